//! The recovery kit, followed by somebody who has nothing else: an empty home, stock duplicity, gpg, and the page. The
//! commands are taken from the page and typed as they stand there; the key comes once from the page's text and once
//! from its QR codes, as a camera would see them.

use backtrail_base::{Clock, Sensitive, SystemClock, fs};
use backtrail_profile::Folders;
use backtrail_profile::kit::{self, KitContents, Opens, Paper};
use backtrail_profile::secrets::{MemoryKeyring, Secrets};
use backtrail_tests::chain::Room;
use backtrail_tests::compare::Facts;
use backtrail_tests::keys;
use backtrail_tests::tool::{Station, Tool};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WORDS: &str = "canary-anvil-teapot-orbit-velvet-sunrise";

/// A backup and its kit.
struct Lost {
    room: Room,
    kit: PathBuf,
    facts: Facts,
}

/// How the backup is protected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Key,
    OpenKey,
    Passphrase,
}

/// Backs a folder up into one of this name, and saves the kit.
fn lose(destination: &str, by: By) -> Lost {
    let room = Room::new();
    let source = room.path().join("home of anna");
    fs::create_dir_all(source.join("Documents/Übersicht 東京")).expect("a folder");
    fs::write(source.join("Documents/a letter"), "Dear reader").expect("a file");
    fs::write(source.join("Documents/Übersicht 東京/numbers"), vec![7; 300_000]).expect("a file");
    let destination = room.path().join(destination);
    fs::create_dir_all(&destination).expect("a drive");

    let passphrase = Sensitive::from(WORDS);
    let station = Station::new(Tool::Backtrail, room.path()).with_env("PASSPHRASE", WORDS);
    let url = destination.to_str().expect("text").to_owned();
    let now = SystemClock.now().0;
    let opens = if by == By::Passphrase {
        station.full(&source, &url, now).ok();
        Opens::Passphrase
    } else {
        let secrets =
            Secrets::new(&Folders::below(&room.path().join("backtrail")), Arc::new(MemoryKeyring::default()));
        let protected = by == By::Key;
        let key = secrets
            .make_key("Backtrail: Home of laptop", protected.then_some(&passphrase), None, &SystemClock)
            .expect("a key");
        let secret = key.export_secret().expect("its secret part");
        let named = keys::Key { fingerprint: key.fingerprint(), passphrase: WORDS.to_owned() };
        keys::import_into_backtrail(&station, &named, secret.reveal());
        let station = station.with_options(&["--encrypt-sign-key", &named.fingerprint]);
        station.full(&source, &url, now).ok();
        Opens::Key { fingerprint: named.fingerprint, secret, protected }
    };
    let contents = KitContents {
        profile: "Home".to_owned(),
        computer: "laptop".to_owned(),
        address: url,
        reach: format!("the folder {}", destination.display()),
        sources: vec![source.clone()],
        opens,
        passphrase: None,
        made: SystemClock.now(),
        paper: Paper::A4,
    };
    let kit = room.path().join("kit.pdf");
    kit::save_and_prove(&kit, &contents, Some(&passphrase), &[]).expect("a kit that opens the backup");
    if let Some(folder) = std::env::var_os("BACKTRAIL_KITS") {
        let name = format!("lost-{}.pdf", contents.address.len());
        fs::copy(&kit, PathBuf::from(folder).join(name)).expect("a folder to look at");
    }
    // Everything of Backtrail's is gone.
    let facts = Facts::of(&source).expect("what was lost");
    fs::remove_dir_all(&source).expect("lost");
    Lost { room, kit, facts }
}

impl Lost {
    fn text(&self) -> String {
        let output = Command::new("pdftotext").arg(&self.kit).arg("-").output();
        let output = output.expect("pdftotext comes with the package poppler-utils");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The commands on the page, each with the lines it goes on in.
    fn commands(&self) -> Vec<String> {
        let text = self.text();
        let mut commands: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in text.lines() {
            match commands.last_mut().filter(|_| goes_on) {
                Some(command) => {
                    command.push('\n');
                    command.push_str(line);
                }
                None if line.starts_with("base64 ") || line.starts_with("duplicity ") => {
                    commands.push(line.to_owned());
                }
                None => continue,
            }
            goes_on = line.ends_with('\\');
        }
        commands
    }

    /// The key as it is printed: the lines of base64.
    fn key_from_text(&self) -> String {
        let text = self.text();
        let letters =
            |line: &str| line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.is_empty() && letters(line)) {
            // The last line is a shorter one, and follows the others.
            let goes_on = !key.is_empty() && line.len() % 4 == 0;
            if line.len() == 64 || goes_on {
                key.push_str(line);
                key.push('\n');
            }
            if line.len() != 64 && !key.is_empty() {
                break;
            }
        }
        key
    }

    /// The key as a camera sees it.
    fn key_from_codes(&self) -> String {
        let pictures = self.room.path().join("pictures");
        fs::create_dir_all(&pictures).expect("a folder");
        let mut drawing = Command::new("pdftoppm");
        drawing.args(["-r", "300", "-gray"]).arg(&self.kit).arg(pictures.join("page"));
        let drawn = drawing.status().expect("pdftoppm comes with the package poppler-utils");
        assert!(drawn.success());
        let mut pages: Vec<PathBuf> =
            fs::read_dir(&pictures).expect("pages").flatten().map(|entry| entry.path()).collect();
        pages.sort();
        pages.iter().map(|page| codes_on(&fs::read(page).expect("a page"))).collect()
    }

    /// Follows the page in an empty home, with this duplicity and this key, and compares what comes back.
    fn follow(&self, tool: Tool, key: Option<&str>, typed: &str) {
        let home = self.room.path().join(format!("{}{}", tool.name(), key.map_or(0, str::len)));
        for folder in ["bin", "tmp"] {
            fs::create_dir_all(home.join(folder)).expect("an empty home");
        }
        std::os::unix::fs::symlink(tool.program(), home.join("bin/duplicity"))
            .expect("duplicity on the path");
        if let Some(key) = key {
            fs::write(home.join("backup-key.txt"), key).expect("the key, saved");
        }
        let commands = self.commands();
        let programs: Vec<&str> = commands.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(
            programs,
            if key.is_some() { vec!["base64", "duplicity"] } else { vec!["duplicity"] },
            "{commands:?}"
        );
        for command in &commands {
            type_in(&home, command, typed);
        }
        let restored = home.join("restored");
        self.facts.assert_same(&restored, &format!("{}: {commands:?}", tool.name()));
        keys::kill_agent(&home.join(".gnupg"));
    }
}

/// The texts of the QR codes on a page, in reading order.
fn codes_on(page: &[u8]) -> String {
    let mut fields = page.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut field = || std::str::from_utf8(fields.next().expect("a header")).expect("text").to_owned();
    assert_eq!(field(), "P5", "a grey picture");
    let width: usize = field().parse().expect("its width");
    let height: usize = field().parse().expect("its height");
    let dots = &page[page.len() - width * height..];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| dots[y * width + x]);
    let mut codes: Vec<(i32, i32, String)> = Vec::new();
    for grid in image.detect_grids() {
        let corner = grid.bounds[0];
        codes.push((corner.y / 40, corner.x, grid.decode().expect("a code that can be read").1));
    }
    codes.sort();
    codes.into_iter().map(|(_, _, text)| text).collect()
}

/// Types a command in a terminal, and the passphrase when it is asked for.
fn type_in(home: &Path, command: &str, passphrase: &str) {
    // `script` makes a terminal; the shell in it reads the command as it stands on the page.
    fs::write(home.join("typed"), command).expect("a file");
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", "bash --norc ./typed", "/dev/null"]).env_clear().current_dir(home);
    let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").expect("a path"));
    terminal.env("HOME", home).env("PATH", path).env("LANG", "C.UTF-8").env("TMPDIR", home.join("tmp"));
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut terminal = terminal.spawn().expect("script comes with the package bsdutils");
    let mut keyboard = terminal.stdin.take().expect("piped");
    let mut screen = terminal.stdout.take().expect("piped");
    let (send, read) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            let _ = send.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
        }
    });
    let (mut seen, mut answered) = (String::new(), 0);
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        match read.recv_timeout(Duration::from_millis(100)) {
            Ok(text) => seen.push_str(&text),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
        }
        let asked = seen.to_lowercase().matches("passphrase for decryption").count()
            + seen.to_lowercase().matches("gnupg passphrase:").count();
        if asked > answered {
            answered = asked;
            writeln!(keyboard, "{passphrase}").expect("the terminal takes it");
        }
        if Instant::now() > until {
            let _ = terminal.kill();
            panic!("{command}\nstill waits after two minutes:\n{seen}");
        }
    }
    let status = terminal.wait().expect("it ended");
    reader.join().expect("the reader ends with the terminal");
    assert!(status.success(), "{command}\n{status}:\n{seen}");
    assert!(!seen.contains(WORDS), "the passphrase is not shown: {seen}");
}

#[test]
fn the_page_restores_with_stock_duplicity_and_gpg() {
    let lost = lose("Elements/Backtrail/laptop-Home", By::Key);
    let (text, codes) = (lost.key_from_text(), lost.key_from_codes());
    assert_eq!(text, codes, "both forms of the key are the same file");
    for tool in [Tool::Duplicity3, Tool::Duplicity08] {
        lost.follow(tool, Some(&text), WORDS);
    }
}

#[test]
fn a_long_path_in_another_script_restores_too() {
    let long = "a folder whose name goes on for longer than anybody would like it to".repeat(3);
    let lost = lose(&format!("Sicherung 東京 & Ñandú's (neu)/{long}/100% $HOME; #1"), By::Key);
    for tool in [Tool::Duplicity3, Tool::Duplicity08] {
        lost.follow(tool, Some(&lost.key_from_codes()), WORDS);
    }
    let text = lost.key_from_text();
    assert_eq!(text, lost.key_from_codes(), "the second page holds it as text");
}

#[test]
fn a_page_for_a_passphrase_alone_restores() {
    let lost = lose("Elements", By::Passphrase);
    for tool in [Tool::Duplicity3, Tool::Duplicity08] {
        lost.follow(tool, None, WORDS);
    }
}

#[test]
fn a_page_for_a_key_without_a_passphrase_restores() {
    let lost = lose("Elements", By::OpenKey);
    for tool in [Tool::Duplicity3, Tool::Duplicity08] {
        lost.follow(tool, Some(&lost.key_from_text()), "none");
    }
}
