//! The desktop app's own figures, of the release build in a real session: how soon its window is on the screen, what
//! its background holds in memory and on the processor, whether a web view outlives its window, and how smoothly the
//! page is drawn while a backup runs. Started by `cargo xtask bench desktop`.

use backtrail_base::fs;
use backtrail_tests::window::person::{set_up_and_back_up, settle_in};
use backtrail_tests::window::processes::{self, Process};
use backtrail_tests::window::words::say;
use backtrail_tests::window::{Appearance, Page, Session, background, wait_for};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long the idle background is watched.
const WATCH: Duration = Duration::from_secs(60);

fn main() {
    let rounds = 3;
    let mut session = Session::start(Appearance::Light);
    settle_in(&session);
    session.plug("Backup Plus", 4096);
    let page = Page::open(&mut session);
    set_up_and_back_up(&session, &page);
    frames(&session, &page);
    drop(page);
    background::end(&session);

    for _ in 0..rounds {
        let start = Instant::now();
        let mut command = session.command(Page::application());
        session.keep(with_no_words(&mut command), "window");
        let seconds = drawn(&session, start);
        println!("window on screen, nothing running before: {seconds:.2} s");
        close(&session);
        background::end(&session);
    }
    let background = background::start(&mut session);
    for _ in 0..rounds {
        let start = Instant::now();
        session.tray().click(&open_entry(&session));
        let seconds = drawn(&session, start);
        println!("window on screen, from the tray: {seconds:.2} s");
        close(&session);
    }
    let web: Vec<Process> =
        processes::of(&session).into_iter().filter(|process| process.command.contains("WebKit")).collect();
    println!("WebKit processes after the window was closed: {}", web.len());
    idle(&background, "after windows were opened and closed");
    background::end(&session);
    let background = background::start(&mut session);
    idle(&background, "that never had a window");
}

fn with_no_words(command: &mut std::process::Command) -> std::process::Command {
    let mut copy = std::process::Command::new(command.get_program());
    copy.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    copy.current_dir(command.get_current_dir().expect("the session's home")).stdin(Stdio::null());
    copy
}

fn open_entry(session: &Session) -> String {
    let menu = session.tray().menu();
    menu.into_iter().find(|label| label.starts_with("Open")).expect("the menu opens the window")
}

/// Seconds until the window shows more than an empty ground.
fn drawn(session: &Session, start: Instant) -> f64 {
    wait_for("a window that is drawn", 60, || {
        let (id, _) = session.window_ids().into_iter().next()?;
        let picture = session.command("xwd").args(["-silent", "-id", &id]).output().ok()?.stdout;
        let mut pixels: Vec<[u8; 4]> =
            picture.get(4096..)?.chunks_exact(4).filter_map(|p| p.try_into().ok()).collect();
        pixels.sort_unstable();
        pixels.dedup();
        (pixels.len() > 40).then_some(())
    });
    start.elapsed().as_secs_f64()
}

fn close(session: &Session) {
    for (id, _) in session.window_ids() {
        let _ = session.command("xdotool").args(["windowclose", &id]).status();
    }
    wait_for("the end of the window", 30, || session.windows().is_empty().then_some(()));
    std::thread::sleep(Duration::from_secs(2));
}

fn idle(background: &Process, which: &str) {
    std::thread::sleep(Duration::from_secs(5));
    let before = background.processor_time();
    std::thread::sleep(WATCH);
    let used = background.processor_time().saturating_sub(before);
    println!(
        "background {which}: {:.1} MiB PSS, {:.3} % of a processor over {} s",
        background.memory() as f64 / f64::from(1 << 20),
        used.as_secs_f64() / WATCH.as_secs_f64() * 100.0,
        WATCH.as_secs(),
    );
}

/// The longest time between two frames while a backup runs and the page shows its progress.
fn frames(session: &Session, page: &Page) {
    let noise: Vec<u8> =
        (0..300_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8 ^ (n >> 9) as u8).collect();
    fs::write(session.home().join("Documents/film.mkv"), noise).expect("one's own home");
    page.run(
        "window.gaps = []; let last = performance.now();
         const frame = (now) => { window.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
         requestAnimationFrame(frame);",
    );
    page.press(&say("home.back-up-now"));
    page.wait_for_text(&say("running.pause"), 30);
    page.run("window.gaps.length = 0");
    wait_for("the end of the backup", 120, || (!page.text().contains(&say("running.pause"))).then_some(()));
    let gaps = page.run("return window.gaps.sort((a, b) => a - b)");
    let gaps: Vec<f64> =
        gaps.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect();
    let at = |part: f64| gaps.get(((gaps.len() as f64 - 1.0) * part) as usize).copied().unwrap_or_default();
    println!(
        "frames during a backup: {} drawn, median {:.0} ms, 99 of 100 within {:.0} ms, longest {:.0} ms",
        gaps.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
