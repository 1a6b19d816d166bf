//! The kit as a person would meet it: made, saved, read back, in every kind that there is.

use super::*;
use backtrail_base::fs;
use backtrail_pgp::{Key, NewKey};

const WORDS: &str = "canary-anvil-teapot-orbit-velvet-sunrise";

/// A time at which keys are valid already.
const MADE: Timestamp = Timestamp(1_763_800_000);

fn key(passphrase: Option<&str>) -> Key {
    let new = NewKey {
        user_id: "Backtrail: Home of laptop".to_owned(),
        passphrase: passphrase.map(Sensitive::from),
        created: MADE,
        expires: None,
    };
    Key::make(&new).expect("a key")
}

fn contents(key: &Key, protected: bool) -> KitContents {
    KitContents {
        profile: "Home".to_owned(),
        computer: "laptop".to_owned(),
        address: "file:///media/anna/Elements/Backtrail/laptop-Home".to_owned(),
        reach: "the drive “Elements”, folder Backtrail/laptop-Home".to_owned(),
        sources: vec![PathBuf::from("/home/anna")],
        opens: Opens::Key {
            fingerprint: key.fingerprint(),
            secret: key.export_secret().expect("the secret part"),
            protected,
        },
        passphrase: None,
        made: MADE,
        paper: Paper::A4,
    }
}

/// Keeps the page for a person to look at, where `BACKTRAIL_KITS` names a folder.
fn show(name: &str, contents: &KitContents) -> Sensitive<Vec<u8>> {
    let pdf = make(contents).expect("a page");
    if let Some(folder) = std::env::var_os("BACKTRAIL_KITS") {
        fs::write(PathBuf::from(folder).join(format!("{name}.pdf")), pdf.reveal())
            .expect("a folder to write to");
    }
    pdf
}

#[test]
fn a_saved_kit_opens_the_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kit.pdf");
    let key = key(Some(WORDS));
    let contents = contents(&key, true);
    show("plain", &contents);
    let proved = save_and_prove(&path, &contents, Some(&WORDS.into()), &[]).expect("proved");
    assert_eq!(proved.fingerprint, Some(key.fingerprint()), "the key that was put together is the backup's");
    assert_eq!(proved.pages, 1, "a usual key fits on one page");
    assert_eq!(proved.codes, 4, "they stand in one row");
    let words = KitContents { passphrase: Some(WORDS.into()), ..contents };
    let proved = save_and_prove(&path, &words, Some(&WORDS.into()), &[]).expect("proved");
    assert_eq!(proved.pages, 1, "also with the words on it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "the kit is for its owner's eyes");
    }
}

/// A kit with everything that could be in the way.
fn hostile(key: &Key) -> KitContents {
    KitContents {
        profile: "写真とドキュメント «Ñandú» 📷".to_owned(),
        computer: "ordinateur-de-Zoë".to_owned(),
        address: format!("file:///media/anna/東京 מגן & it's/{}", "a name that goes on ".repeat(60)),
        reach: format!("the drive “東京 מגן”, folder {}", "a name that goes on ".repeat(60)),
        sources: (0..40).map(|number| PathBuf::from(format!("/home/anna/фото/{number}"))).collect(),
        ..contents(key, true)
    }
}

#[test]
fn long_names_in_other_scripts_are_printed_and_proved() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(Some(WORDS));
    for (paper, words) in [(Paper::A4, None), (Paper::Letter, Some(WORDS.into()))] {
        let contents = KitContents { paper, passphrase: words, ..hostile(&key) };
        show(&format!("hostile-{paper:?}"), &contents);
        let path = folder.path().join("写真.pdf");
        let proved = save_and_prove(&path, &contents, Some(&WORDS.into()), &[]).expect("proved");
        assert!(proved.pages <= 3, "{proved:?}");
    }
}

#[test]
fn a_large_key_takes_more_pages_and_is_proved_too() {
    // RSA with 4096 bits is four times as long as what we make: its text stands for it.
    let text: String = std::iter::once("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n".to_owned())
        .chain((0..80).map(|line| format!("{line:064}\n")))
        .chain(["=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n".to_owned()])
        .collect();
    let contents = KitContents {
        opens: Opens::Key {
            fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".to_owned(),
            secret: Sensitive::new(text.clone().into_bytes()),
            protected: true,
        },
        ..contents(&key(Some(WORDS)), true)
    };
    let pdf = show("large", &contents);
    let kit = read::read(pdf.reveal()).expect("a kit");
    let body: String = text.lines().skip(2).take(80).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(*kit.joined().reveal(), body, "the codes are in their order over the pages");
    assert!(kit.codes.len() <= 7, "{} codes", kit.codes.len());
}

#[test]
fn a_passphrase_alone_needs_no_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let contents = KitContents {
        opens: Opens::Passphrase,
        passphrase: Some(WORDS.into()),
        ..contents(&key(Some(WORDS)), true)
    };
    show("passphrase", &contents);
    let path = folder.path().join("kit.pdf");
    let proved = save_and_prove(&path, &contents, Some(&WORDS.into()), &[]).expect("proved");
    assert_eq!((proved.codes, proved.pages, proved.fingerprint), (0, 1, None));
    let other = save_and_prove(&path, &contents, Some(&"another".into()), &[]);
    assert!(
        matches!(other, Err(Error::NotProved { .. })),
        "the words on it are not those of the backup: {other:?}"
    );
    let unprintable = Sensitive::from("\u{f0000}\u{f0001}");
    let contents = KitContents { passphrase: Some(unprintable.clone()), ..contents };
    let unreadable = save_and_prove(&path, &contents, Some(&unprintable), &[]);
    assert!(matches!(unreadable, Err(Error::NotProved { .. })), "nobody could read it there: {unreadable:?}");
}

#[test]
fn a_kit_that_does_not_open_the_backup_is_not_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kit.pdf");
    fs::write(&path, "an older kit").expect("a file");
    let (own, other) = (key(Some(WORDS)), key(Some(WORDS)));
    let contents = contents(&own, true);
    let wrong = save_and_prove(&path, &contents, Some(&"another".into()), &[]);
    assert!(matches!(wrong, Err(Error::NotProved { .. })), "another passphrase: {wrong:?}");
    let none = save_and_prove(&path, &contents, None, &[]);
    assert!(matches!(none, Err(Error::NotProved { .. })), "no passphrase: {none:?}");
    let fingerprint = other.fingerprint();
    let secret = own.export_secret().expect("secret");
    let mixed = KitContents { opens: Opens::Key { fingerprint, secret, protected: true }, ..contents };
    let mixed = save_and_prove(&path, &mixed, Some(&WORDS.into()), &[]);
    assert!(matches!(mixed, Err(Error::NotProved { .. })), "the key of another backup: {mixed:?}");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "an older kit", "it is as it was");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left beside it");
}

#[test]
fn what_opens_the_backup_by_itself_is_not_saved_into_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, drive) = (folder.path().join("home"), folder.path().join("drive"));
    for place in [home.join("anna/Documents"), drive.clone()] {
        fs::create_dir_all(place).expect("a folder");
    }
    let keep_out = [home.clone(), drive.clone(), folder.path().join("not there")];
    let words = Some(Sensitive::from(WORDS));
    let (locked, open) = (key(Some(WORDS)), key(None));
    let with_words = KitContents { passphrase: words.clone(), ..contents(&locked, true) };
    let open = contents(&open, false);
    let save = |place: PathBuf, contents: &KitContents| {
        save_and_prove(&place.join("kit.pdf"), contents, words.as_ref(), &keep_out)
    };
    for place in [home.clone(), home.join("anna/Documents"), drive.clone(), home.join("anna/../anna")] {
        for contents in [&with_words, &open] {
            let refused = save(place.clone(), contents);
            assert!(matches!(refused, Err(Error::Inside { .. })), "{}: {refused:?}", place.display());
        }
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&home, folder.path().join("link")).expect("a link");
        let refused = save(folder.path().join("link/anna"), &with_words);
        assert!(matches!(refused, Err(Error::Inside { .. })), "a link leads there too: {refused:?}");
    }
    save(drive, &contents(&locked, true)).expect("without the words the page is of no use to a thief");
    save(folder.path().to_owned(), &with_words).expect("elsewhere the words are the person's own choice");
}

#[test]
fn the_words_are_on_the_page_only_when_asked_for() {
    let key = key(Some(WORDS));
    let plain = contents(&key, true);
    let (without, with) =
        (show("without", &plain), KitContents { passphrase: Some(WORDS.into()), ..plain.clone() });
    let with = show("words", &with);
    let text = |pdf: &Sensitive<Vec<u8>>| {
        let document = lopdf::Document::load_mem(pdf.reveal()).expect("a PDF");
        let text = document.extract_text(&[1]).expect("its text");
        text.split_whitespace().collect::<String>()
    };
    assert!(text(&with).contains(WORDS), "{}", text(&with));
    assert!(!text(&without).contains("canary"), "they were not asked for");
    assert!(text(&without).contains("duplicityrestore"), "the text can be read at all");
    assert!(!format!("{plain:?} {:?}", plain.passphrase).contains("PRIVATE KEY"), "nothing secret prints");
}

#[test]
fn damaged_files_are_told_and_never_panic() {
    let pdf = make(&contents(&key(Some(WORDS)), true)).expect("a kit");
    let pdf = pdf.reveal();
    for part in 0..15 {
        let cut = &pdf[..pdf.len() * part / 15];
        let gone = read::read(cut).map_or(true, |kit| kit.codes.len() < 4);
        assert!(gone, "{} of {} bytes cannot hold all codes", cut.len(), pdf.len());
        let mut damaged = pdf.clone();
        let at = damaged.len() * part / 15;
        damaged[at] ^= 0x55;
        let _ = read::read(&damaged);
    }
    assert!(matches!(read::read(b"no PDF"), Err(Error::Unreadable { .. })));
}

#[test]
fn a_computer_without_fonts_loses_nothing_of_a_name() {
    let fonts = fonts::Fonts::without_system().expect("our own");
    let contents = hostile(&key(Some(WORDS)));
    let pdf = page::write(&contents, fonts).expect("a page");
    if let Some(folder) = std::env::var_os("BACKTRAIL_KITS") {
        fs::write(PathBuf::from(folder).join("no-fonts.pdf"), &pdf).expect("a folder to write to");
    }
    let document = lopdf::Document::load_mem(&pdf).expect("a PDF");
    let text = document.extract_text(&[1]).expect("its text");
    assert!(text.contains("%E5%86%99%E7%9C%9F"), "what no font has is written as in an address: {text}");
}
