//! A person at the app: what they have at home, and what they do in the usual order. The steps are those of
//! `screens.md`; each click goes through [`Page::press`] and is counted there, clicks in native dialogs here.

use super::dialog::Dialog;
use super::driver::Page;
use super::session::Session;
use super::words::say;
use backtrail_base::fs;
use std::path::{Path, PathBuf};

/// The title of the dialog that saves the kit.
pub const KIT_DIALOG: &str = "Save the recovery kit";

/// Puts some files into the session's home, and gives the folder they lie in.
///
/// # Panics
/// When the home cannot be written.
pub fn settle_in(session: &Session) -> PathBuf {
    let documents = session.home().join("Documents");
    let thesis = documents.join("Thesis");
    fs::create_dir_all(&thesis).expect("one's own home");
    fs::create_dir_all(session.home().join("Pictures")).expect("one's own home");
    for (name, text) in [
        ("Thesis/thesis.txt", "The measured delays agree with the model within 3 %.\n".repeat(200)),
        ("Thesis/notes für morgen.md", "- read again\n".repeat(50)),
        ("letter.txt", "Dear Tim,\n".repeat(20)),
    ] {
        fs::write(documents.join(name), text).expect("one's own home");
    }
    let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(session.home().join("Pictures/cat.jpg"), noise).expect("one's own home");
    documents
}

/// What the wizard took.
#[derive(Debug)]
pub struct Counted {
    /// Clicks, those in native dialogs included.
    pub clicks: u32,
    /// Screens of the wizard.
    pub screens: u32,
    /// The words that open the backup, as they were shown.
    pub words: String,
    /// The kit.
    pub kit: PathBuf,
}

/// Goes through the wizard with all defaults, and saves the kit where its dialog proposes, under another folder's name
/// when `kit` is given. `at` is told at each screen.
///
/// # Panics
/// When a step does not come.
pub fn set_up(session: &Session, page: &Page, kit: &Path, at: &mut dyn FnMut(&Page, &str)) -> Counted {
    let before = page.clicks();
    page.wait_for_text(&say("setup.what.title"), 60);
    at(page, "setup-what-and-where");
    page.press(&say("setup.continue"));
    page.wait_for_text(&say("protect.title"), 30);
    let words = super::wait_for("the words on the screen", 30, || {
        let script = "return [...document.querySelectorAll('ol[translate=no] li')]
            .map((li) => li.lastElementChild.innerText.trim()).join(' ')";
        let words = page.run(script).as_str().unwrap_or_default().to_owned();
        Some(words).filter(|words| !words.is_empty())
    });
    at(page, "setup-protect");
    page.press(&say("kit.save"));
    let dialog = Dialog::wait(session, KIT_DIALOG);
    dialog.type_path(kit);
    dialog.accept(); // its default button: one click
    page.wait_for_text(&say("kit.proved"), 60);
    at(page, "setup-kit-saved");
    page.press(&say("setup.continue"));
    page.wait_for_text(&say("start.title"), 30);
    at(page, "setup-start");
    page.press(&say("start.go"));
    Counted { clicks: page.clicks() - before + 1, screens: 3, words, kit: kit.to_path_buf() }
}

/// Goes through the wizard, and waits for the end of the first backup.
///
/// # Panics
/// When it does not come.
pub fn set_up_and_back_up(session: &Session, page: &Page) -> Counted {
    let kit = session.path("kit.pdf");
    let counted = set_up(session, page, &kit, &mut |_, _| ());
    page.wait_for_text(&say("home.backed-up"), 120);
    counted
}
