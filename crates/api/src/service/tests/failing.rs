//! What goes wrong is seen at once, with its reason and one next step.

use super::stage::{Stage, until};
use crate::call::*;
use crate::service::NoticeKind;
use crate::view::*;
use backtrail_base::fs;

#[test]
fn a_failed_backup_is_visible_with_its_reason_and_a_step() {
    let stage = Stage::new();
    stage.backed_up();
    fs::rename(stage.path("home"), stage.path("moved")).unwrap();
    stage.pass(2);
    until("the notice", || stage.noticed(NoticeKind::Failed).is_some());
    let notice = stage.noticed(NoticeKind::Failed).unwrap();
    assert!(
        notice.title.contains("Home") && notice.body.ends_with('.') && notice.action.is_some(),
        "{notice:?}"
    );
    let home = stage.home();
    assert_eq!(home.overall, Overall::Attention);
    let banner = &home.banners[0];
    let failure = banner.failure.as_ref().expect("a reason");
    assert_eq!((banner.kind, failure.code.as_str()), (BannerKind::Failed, "source-missing"), "{failure:?}");
    assert_eq!(banner.step, Some(BannerStep::Next(NextStep::OpenSettings)));
    assert_eq!(stage.service.tray().reason.as_ref(), Some(&failure.message));
    fs::rename(stage.path("moved"), stage.path("home")).unwrap();
    stage.call(BackUpNow { profile: None });
    until("all well again", || stage.home().overall == Overall::BackedUp);
}

#[test]
fn a_damaged_profile_is_kept_aside_and_shown() {
    let mut stage = Stage::new();
    let id = stage.backed_up();
    let file = stage.path(&format!("backtrail/config/profiles/{id}.toml"));
    fs::write(&file, "name = [this is no").unwrap();
    stage.restart();
    let home = stage.home();
    let banner = home.banners.iter().find(|banner| banner.kind == BannerKind::ProfileDamaged);
    let banner = banner.unwrap_or_else(|| panic!("a banner: {home:#?}"));
    assert_eq!(banner.step, Some(BannerStep::SetUp));
    assert_eq!(banner.failure.as_ref().map(|failure| failure.code.as_str()), Some("settings-damaged"));
    let kept = super::stage::files(&stage.path("backtrail/config/profiles"));
    assert!(kept.iter().any(|file| file.to_string_lossy().contains(".damaged-")), "{kept:?}");
    assert!(stage.home().banners.len() == home.banners.len(), "it stays until it is mended");
}

#[test]
fn what_a_window_sends_amiss_is_answered_and_never_repeated() {
    let stage = Stage::new();
    let answer = |name: &str, with| stage.service.answer(name, with).unwrap_err();
    let canary = "canary-passphrase-nobody-types";
    let failure = answer("give_passphrase", serde_json::json!({"profile": 3, "passphrase": canary}));
    assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    assert!(!format!("{:?}", answer(canary, serde_json::Value::Null)).is_empty());
    for (name, _) in crate::call::CALLS {
        let home = stage
            .service
            .answer(name, serde_json::json!({"profile": "../../etc", "moment": "x", "job": "1"}));
        if let Err(failure) = home {
            assert!(failure.message.ends_with('.') && !failure.code.is_empty(), "{name}: {failure:?}");
        }
    }
    assert!(
        stage.service.answer("home", serde_json::Value::Null).is_ok(),
        "a call without anything may be empty"
    );
}
