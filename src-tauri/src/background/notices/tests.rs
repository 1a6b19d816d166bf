//! Notices on a bus of the test's own. The library asks the environment for the bus, so what is tested runs in a
//! process of its own.

use super::*;
use crate::background::testing::{Bus, eventually};
use backtrail_api::Screen;
use backtrail_api::service::{NoticeAction, NoticeStep};
use std::process::Command;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{connection, interface};

const PATH: &str = "/org/freedesktop/Notifications";

/// What a desktop was asked to show: the number it takes the place of, title, buttons.
type Asked = (u32, String, Vec<String>);

/// A desktop that shows notices.
#[derive(Clone, Default)]
struct Shows(Arc<Mutex<Vec<Asked>>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Shows {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned(), "body".to_owned()]
    }

    #[expect(clippy::too_many_arguments, reason = "the desktops' own interface")]
    fn notify(
        &self,
        _app: &str,
        replaces: u32,
        _icon: &str,
        title: String,
        _body: &str,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut shown = self.0.lock().expect("no test panics with it");
        shown.push((replaces, title, actions));
        if replaces == 0 { u32::try_from(shown.len()).unwrap_or(u32::MAX) } else { replaces }
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}

fn notice(kind: NoticeKind, title: &str) -> Notice {
    let action = NoticeAction { label: "What to do".to_owned(), step: NoticeStep::Show(Screen::Home) };
    Notice { kind, profile: None, title: title.to_owned(), body: "Why.".to_owned(), action: Some(action) }
}

#[tokio::test]
async fn a_notice_is_shown_replaced_and_clicked() {
    let bus = Bus::start().await;
    let itself = std::env::current_exe().expect("a test is a program");
    let mut child = Command::new(itself);
    child.args([
        "--exact",
        "background::notices::tests::on_the_bus_it_was_given",
        "--ignored",
        "--nocapture",
    ]);
    let child = child.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    let ended = child.output().expect("it ran until here");
    let said =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "started by the test above, which gives it a bus"]
async fn on_the_bus_it_was_given() {
    let shows = Shows::default();
    let desktop =
        connection::Builder::session().expect("a bus").serve_at(PATH, shows.clone()).expect("a path");
    let desktop =
        desktop.name("org.freedesktop.Notifications").expect("a name").build().await.expect("alone");
    let shown = || shows.0.lock().expect("no panic").clone();

    let (notices, clicks) = (Notices::default(), Arc::new(Mutex::new(Vec::new())));
    let clicked = Arc::clone(&clicks);
    notices.on_click(move |notice| clicked.lock().expect("no panic").push(notice.title.clone()));

    notices.show(&notice(NoticeKind::Failed, "It failed"));
    eventually("the notice", || shown().len() == 1).await;
    assert_eq!(shown()[0].2, ["default", "What to do", "act", "What to do"], "with its button");
    eventually("its number", || notices.shown().values().any(|shown| shown.id == Some(1))).await;

    notices.show(&notice(NoticeKind::Failed, "It failed again"));
    eventually("the second notice", || shown().len() == 2).await;
    assert_eq!(shown()[1].0, 1, "in place of the first, since it is about the same");
    notices.show(&notice(NoticeKind::Overdue, "It is overdue"));
    eventually("the third notice", || shown().len() == 3).await;
    assert_eq!(shown()[2].0, 0, "beside the others, since it is about something else");

    tokio::time::sleep(std::time::Duration::from_millis(300)).await; // whoever waits for clicks listens now
    let emitter = SignalEmitter::new(&desktop, PATH).expect("a path");
    Shows::action_invoked(&emitter, 1, "act").await.expect("the bus takes it");
    eventually("the click", || !clicks.lock().expect("no panic").is_empty()).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(*clicks.lock().expect("no panic"), ["It failed again"], "once, for what it says now");
}
