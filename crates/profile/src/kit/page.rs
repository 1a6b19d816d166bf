//! What the kit says and where it stands on the page. Everything is on one page when it fits; else the text form of the
//! key goes to a second one, and only a key too large for that takes its codes along.

use super::codes;
use super::commands;
use super::fonts::{Fonts, Style};
use super::sheet::{HEIGHT, Ink, Sheets, WIDTH};
use super::{Error, KitContents, Opens, Result};
use backtrail_base::Timestamp;
use jiff::tz::TimeZone;
use krilla::metadata::DateTime;

/// Between two columns.
const GAP: f32 = 18.0;
/// The width of a column.
const COLUMN: f32 = (WIDTH - GAP) / 2.0;
/// Where the foot of a page begins.
const FOOT: f32 = HEIGHT - 24.0;
/// The text form of the key: 64 characters a line.
const KEY_SIZE: f32 = 6.2;
const KEY_LEAD: f32 = 7.7;
/// Commands.
const COMMAND_SIZE: f32 = 8.0;
const COMMAND_LEAD: f32 = 11.5;
/// How far steps stand in.
const INDENT: f32 = 20.0;
/// How many characters of a command fit on a line.
const COMMAND_WIDTH: usize = 96;

/// Where the key's two forms are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Codes and text on the first page.
    One,
    /// The text on a page of its own.
    TextLater,
    /// Both after the first page.
    KeyLater,
}

/// A column of text being written downwards.
struct Pen<'a> {
    sheets: &'a mut Sheets,
    x: f32,
    y: f32,
    width: f32,
    /// How many steps there were.
    steps: u8,
}

/// Lays the kit out and writes it.
pub(super) fn write(contents: &KitContents, fonts: Fonts) -> Result<Vec<u8>> {
    let key = match &contents.opens {
        Opens::Key { secret, .. } => Some(key_text(secret.reveal())?),
        Opens::Passphrase => None,
    };
    let mut fonts = fonts;
    for plan in [Plan::One, Plan::TextLater, Plan::KeyLater] {
        let mut sheets = Sheets::new(fonts);
        let fits = lay_out(contents, key.as_ref().map(|key| key.as_str()), plan, &mut sheets)?;
        if fits || plan == Plan::KeyLater {
            feet(&mut sheets);
            let title = format!("Recovery kit for {}", contents.profile);
            return sheets.finish(contents.paper, &title, date_of(contents.made));
        }
        fonts = sheets.fonts;
    }
    Err(Error::Layout { why: "no page is large enough".to_owned() })
}

/// The secret key as it is printed: the lines of its armour without the frame, so plain base64. The frame needs an
/// empty line, which gets lost when text is copied from a page, and its dashes are taken for hyphens.
pub(super) fn key_text(armoured: &[u8]) -> Result<zeroize::Zeroizing<String>> {
    let broken = || Error::Layout { why: "the secret key is not armoured".to_owned() };
    let text = std::str::from_utf8(armoured).map_err(|_| broken())?;
    let mut kept = String::with_capacity(text.len());
    let body = text.lines().map(str::trim).skip_while(|line| !line.is_empty()).skip(1);
    // Four characters behind an equals sign are a sum of the rest, which the key has itself.
    for line in body.take_while(|line| !line.starts_with('=') && !line.starts_with('-')) {
        kept.push_str(line);
        kept.push('\n');
    }
    if kept.is_empty() { Err(broken()) } else { Ok(zeroize::Zeroizing::new(kept)) }
}

/// Draws everything by a plan, and says whether it fits on the pages the plan means.
fn lay_out(contents: &KitContents, key: Option<&str>, plan: Plan, sheets: &mut Sheets) -> Result<bool> {
    let mut pen = Pen { sheets, x: 0.0, y: 0.0, width: WIDTH, steps: 0 };
    head(contents, &mut pen);
    facts(contents, &mut pen);
    let mut fits = true;
    if let Some(key) = key {
        fits = match plan {
            Plan::One => key_whole(key, &mut pen)?,
            Plan::TextLater => {
                pen.section("The secret key, locked by the passphrase");
                pen.small("Scan the codes in their order into one file, backup-key.txt. The same as text is on the next page.");
                code_grid(key, &mut pen)?
            }
            Plan::KeyLater => true,
        };
    }
    steps(contents, key.is_some(), &mut pen);
    // Below the last line is no other: the space to the next one may go over.
    fits &= pen.sheets.count() == 1 && pen.y <= FOOT + 12.0;
    if let Some(key) = key.filter(|_| plan != Plan::One) {
        // What little went over from the first page leaves room below it.
        if pen.sheets.count() == 1 || pen.y > HEIGHT / 4.0 {
            pen.sheets.turn();
            pen.y = 0.0;
        }
        if plan == Plan::KeyLater {
            pen.section("The secret key, locked by the passphrase");
            pen.small(
                "Scan the codes in their order into one file, backup-key.txt. The same as text follows.",
            );
            code_grid(key, &mut pen)?;
        }
        pen.section("The secret key as text");
        pen.small("The whole content of backup-key.txt. Capital and small letters matter.");
        text_columns(key, &mut pen);
    }
    Ok(fits)
}

fn head(contents: &KitContents, pen: &mut Pen<'_>) {
    pen.sheets.icon((0.0, 0.0), 36.0);
    pen.sheets.text(Style::Strong, 21.0, Ink::Text, (48.0, 17.0), "Recovery kit");
    let whose = format!("for the backup “{}” of {}", contents.profile, contents.computer);
    let whose = pen.fit(Style::Plain, 10.0, WIDTH - 48.0 - 130.0, &whose);
    pen.sheets.text(Style::Plain, 10.0, Ink::Quiet, (48.0, 33.0), &whose);
    let made = format!("Made on {}", day(contents.made));
    pen.sheets.text_before(Style::Plain, 9.0, Ink::Quiet, (WIDTH, 33.0), &made);
    pen.sheets.text_before(Style::Strong, 9.0, Ink::Accent, (WIDTH, 17.0), "Backtrail");
    pen.y = 55.0;
    let whole = match (&contents.opens, &contents.passphrase) {
        (Opens::Key { protected: false, .. }, _) => {
            "This page brings your files back on any computer, even when this one is lost and Backtrail is gone. The key \
             on it has no passphrase: whoever holds this page can open the backup. Keep it like the key of your house."
        }
        (_, Some(_)) => {
            "This page brings your files back on any computer, even when this one is lost and Backtrail is gone. The \
             passphrase is on it: whoever holds it and reaches the backup can open it. Keep it like the key of your house."
        }
        (_, None) => {
            "This page and the passphrase bring your files back on any computer, even when this one is lost and \
             Backtrail is gone. Keep it away from the computer, where you keep your passport."
        }
    };
    pen.paragraph(Style::Plain, 9.5, 13.5, Ink::Text, whole);
    pen.y += 4.0;
}

/// The two cards: where the backup is, and what opens it.
fn facts(contents: &KitContents, pen: &mut Pen<'_>) {
    let top = pen.y;
    let page = pen.sheets.count() - 1;
    let inner = COLUMN - 24.0;

    let mut left = Pen { sheets: pen.sheets, x: 12.0, y: top + 19.0, width: inner, steps: 0 };
    left.line(Style::Strong, 10.5, 12.0, Ink::Accent, "Where the backup is");
    left.labelled("Place", Style::Plain, &contents.reach, 3);
    left.labelled("Address for duplicity", Style::Fixed, &commands::address(&contents.address), 4);
    let sources: Vec<String> = contents.sources.iter().map(|source| source.display().to_string()).collect();
    left.labelled("What is in it", Style::Plain, &sources.join(", "), 2);
    let left_end = left.y;

    let mut right = Pen { sheets: pen.sheets, x: COLUMN + GAP + 12.0, y: top + 19.0, width: inner, steps: 0 };
    right.line(Style::Strong, 10.5, 12.0, Ink::Accent, "What opens it");
    if let Opens::Key { fingerprint, .. } = &contents.opens {
        right.label("The key with this fingerprint");
        for half in groups(fingerprint) {
            right.line(Style::Fixed, 10.5, 14.5, Ink::Text, &half);
        }
        right.y += 4.0;
    }
    passphrase(contents, &mut right);
    let height = left_end.max(right.y) + 2.0 - top;
    for x in [0.0, COLUMN + GAP] {
        pen.sheets.on(page, |sheets| sheets.outline(Ink::Line, (x, top, COLUMN, height), 6.0));
    }
    pen.y = top + height + 6.0;
}

fn passphrase(contents: &KitContents, pen: &mut Pen<'_>) {
    if matches!(contents.opens, Opens::Key { protected: false, .. }) {
        pen.label("Passphrase");
        pen.paragraph(Style::Plain, 9.5, 13.0, Ink::Text, "None. The key opens the backup by itself.");
        return;
    }
    match &contents.passphrase {
        Some(words) => {
            let unbroken = !words.reveal().contains(char::is_whitespace);
            pen.label(if unbroken {
                "Passphrase, typed without a space or a line break"
            } else {
                "Passphrase"
            });
            let lines = passphrase_lines(pen, words.reveal());
            let height = lines_height(lines.len());
            pen.sheets.fill(Ink::Soft, (pen.x, pen.y - 7.0, pen.width, height), 4.0);
            pen.y += 8.0;
            for line in &lines {
                pen.sheets.text(Style::Fixed, 11.0, Ink::Text, (pen.x + 8.0, pen.y), line);
                pen.y += 15.0;
            }
            pen.y += 4.0;
        }
        None => {
            pen.label("Passphrase: write it here by hand, or keep it elsewhere");
            for _ in 0..2 {
                pen.y += 19.0;
                pen.sheets.rule(Ink::Quiet, (pen.x, pen.y), pen.x + pen.width, 0.6, true);
            }
            pen.y += 9.0;
        }
    }
}

/// The passphrase in lines that end behind a hyphen.
fn passphrase_lines(pen: &mut Pen<'_>, words: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_inclusive('-') {
        let last = lines.last().cloned().unwrap_or_default();
        let wide = pen.sheets.fonts.width(Style::Fixed, &format!("{last}{word}")) * 11.0;
        if wide > pen.width - 16.0 && !last.is_empty() {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    let mut wrapped = Vec::new();
    for line in lines {
        wrapped.extend(pen.sheets.wrap(Style::Fixed, 11.0, pen.width - 16.0, &line));
    }
    wrapped
}

#[expect(clippy::cast_precision_loss, reason = "a few lines")]
fn lines_height(lines: usize) -> f32 {
    lines as f32 * 15.0 + 8.0
}

/// The key as codes and below them as text; whether it is small enough for that.
fn key_whole(key: &str, pen: &mut Pen<'_>) -> Result<bool> {
    if codes::pieces(key, codes::USUAL).len() > 4 {
        return Ok(false);
    }
    pen.section("The secret key, locked by the passphrase");
    pen.small(
        "Scan the codes in their order into one file, backup-key.txt, or copy the text into it, the left half first.",
    );
    let fits = code_grid(key, pen)?;
    pen.y += 3.0;
    let lines: Vec<&str> = key.lines().collect();
    let (left, right) = lines.split_at(lines.len().div_ceil(2));
    let top = pen.y;
    for (x, half) in [(0.0, left), (COLUMN + GAP, right)] {
        pen.y = top;
        for line in half {
            pen.sheets.text(Style::Fixed, KEY_SIZE, Ink::Text, (x, pen.y), line);
            pen.y += KEY_LEAD;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some lines")]
    let height = left.len() as f32 * KEY_LEAD;
    pen.y = top + height;
    Ok(fits)
}

/// The codes in rows; whether all are on one page.
fn code_grid(key: &str, pen: &mut Pen<'_>) -> Result<bool> {
    let usual = codes::pieces(key, codes::USUAL);
    let (pieces, columns, gap) =
        if usual.len() <= 4 { (usual, 4_u8, 4.0) } else { (codes::pieces(key, codes::LARGE), 3, 12.0) };
    let side = (WIDTH - gap * f32::from(columns - 1)) / f32::from(columns);
    let mut column = 0;
    let mut one_page = true;
    pen.y -= 6.0;
    for (index, piece) in pieces.iter().enumerate() {
        if column == 0 && pen.y + side + 14.0 > FOOT {
            pen.sheets.turn();
            pen.y = 8.0;
            one_page = false;
        }
        let x = f32::from(column) * (side + gap);
        code(piece, &name(index, &pieces), (x, pen.y), side, pen)?;
        column += 1;
        if column == columns {
            column = 0;
            pen.y += side + 14.0;
        }
    }
    if column > 0 {
        pen.y += side + 14.0;
    }
    Ok(one_page)
}

fn name(index: usize, pieces: &[&str]) -> String {
    format!("Code {} of {}", index + 1, pieces.len())
}

fn code(piece: &str, name: &str, at: (f32, f32), side: f32, pen: &mut Pen<'_>) -> Result<()> {
    let image = codes::picture(piece)?.image()?;
    pen.sheets.image(image, at, side);
    let wide = pen.sheets.fonts.width(Style::Strong, name) * 8.0;
    pen.sheets.text(Style::Strong, 8.0, Ink::Text, (at.0 + (side - wide) / 2.0, at.1 + side + 5.0), name);
    Ok(())
}

/// The key's text in two columns a page.
fn text_columns(key: &str, pen: &mut Pen<'_>) {
    let top = pen.y;
    let (mut top, mut x) = (top, 0.0);
    for line in key.lines() {
        if pen.y > FOOT {
            if x > 0.0 {
                pen.sheets.turn();
                (top, x) = (10.0, 0.0);
            } else {
                x = COLUMN + GAP;
            }
            pen.y = top;
        }
        pen.sheets.text(Style::Fixed, KEY_SIZE, Ink::Text, (x, pen.y), line);
        pen.y += KEY_LEAD;
    }
}

fn steps(contents: &KitContents, with_key: bool, pen: &mut Pen<'_>) {
    pen.section("How to restore without Backtrail");
    let local = commands::address(&contents.address).starts_with("file://");
    let ready = if local { "Connect the drive named above. " } else { "" };
    pen.step(&format!(
        "{ready}Install duplicity and GnuPG: on Linux the packages duplicity and gnupg, on a Mac “brew install \
         duplicity gnupg”. Open a terminal."
    ));
    if with_key {
        pen.step(&format!(
            "Save the key from this kit as {}. In the folder where it is, type:",
            commands::KEY_FILE
        ));
        pen.commands(&commands::import());
    }
    // Stock duplicity takes no empty answer, and asks whether a key has a passphrase or not.
    let asks = match &contents.opens {
        Opens::Key { protected: false, .. } => {
            "The key has no passphrase; when duplicity asks for one all the same, type the word none:"
        }
        _ => "Type the passphrase when duplicity asks for it:",
    };
    pen.step(&format!(
        "Restore everything into a new folder, {}, where each file is below its old path. {asks}",
        commands::TARGET
    ));
    pen.commands(&commands::restore(&commands::address(&contents.address), COMMAND_WIDTH));
    if local {
        pen.x += INDENT;
        pen.width -= INDENT;
        pen.small("If the drive has another place on that computer, put it into the address: file:// and the path, each space as %20.");
        pen.x -= INDENT;
        pen.width += INDENT;
    }
    let example = contents.sources.first().map(|source| source.display().to_string());
    let example = example.as_deref().map_or("home", |source| source.trim_start_matches('/'));
    let example =
        pen.fit(Style::Fixed, COMMAND_SIZE, 150.0, if example.is_empty() { "home" } else { example });
    pen.step(&format!(
        "For one folder or file only, add -r and its path without the first slash, as in “-r {example}”. For an \
         earlier day, add -t and the day, as in “-t {}”.",
        iso_day(contents.made)
    ));
}

/// Text cut to a width, with an ellipsis where something is missing.
fn fit(sheets: &mut Sheets, style: Style, size: f32, width: f32, text: &str) -> String {
    if sheets.fonts.width(style, text) * size <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = width / size - sheets.fonts.width(style, "…");
    for character in text.chars() {
        room -= sheets.fonts.width(style, character.encode_utf8(&mut [0; 4]));
        if room < 0.0 {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// A fingerprint in groups of four, half of it on each line.
fn groups(fingerprint: &str) -> Vec<String> {
    let digits: Vec<char> = fingerprint.chars().filter(|digit| !digit.is_whitespace()).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(groups.len().div_ceil(2).max(1)).map(|half| half.join(" ")).collect()
}

fn zoned(at: Timestamp) -> Option<jiff::Zoned> {
    Some(jiff::Timestamp::from_second(at.0).ok()?.to_zoned(TimeZone::system()))
}

/// A day as people write it.
fn day(at: Timestamp) -> String {
    zoned(at).map(|at| at.strftime("%-d %B %Y").to_string()).unwrap_or_default()
}

/// A day as duplicity takes it.
fn iso_day(at: Timestamp) -> String {
    zoned(at).map(|at| at.date().to_string()).unwrap_or_default()
}

fn date_of(at: Timestamp) -> Option<DateTime> {
    let at = jiff::Timestamp::from_second(at.0).ok()?.to_zoned(TimeZone::UTC);
    let number = |value: i8| u8::try_from(value).unwrap_or(0);
    Some(
        DateTime::new(u16::try_from(at.year()).ok()?)
            .month(number(at.month()))
            .day(number(at.day()))
            .hour(number(at.hour()))
            .minute(number(at.minute()))
            .second(number(at.second())),
    )
}

/// What stands at the foot of each page.
fn feet(sheets: &mut Sheets) {
    let pages = sheets.count();
    for page in 0..pages {
        sheets.on(page, |sheets| {
            sheets.rule(Ink::Line, (0.0, HEIGHT - 14.0), WIDTH, 0.6, false);
            let free = "Backtrail keeps your files in the format of duplicity, which is free software: they are yours without it.";
            sheets.text(Style::Plain, 7.5, Ink::Quiet, (0.0, HEIGHT - 3.0), free);
            let number = format!("Page {} of {pages}", page + 1);
            sheets.text_before(Style::Plain, 7.5, Ink::Quiet, (WIDTH, HEIGHT - 3.0), &number);
        });
    }
}

impl Pen<'_> {
    fn line(&mut self, style: Style, size: f32, lead: f32, ink: Ink, text: &str) {
        self.sheets.text(style, size, ink, (self.x, self.y), text);
        self.y += lead;
    }

    fn paragraph(&mut self, style: Style, size: f32, lead: f32, ink: Ink, text: &str) {
        for line in self.sheets.wrap(style, size, self.width, text) {
            self.line(style, size, lead, ink, &line);
        }
    }

    fn small(&mut self, text: &str) {
        self.paragraph(Style::Plain, 8.5, 12.0, Ink::Quiet, text);
        self.y += 3.0;
    }

    fn section(&mut self, title: &str) {
        self.y += 13.0;
        self.line(Style::Strong, 12.0, 15.0, Ink::Text, title);
    }

    fn label(&mut self, text: &str) {
        self.y += 5.0;
        self.line(Style::Plain, 7.5, 12.0, Ink::Quiet, text);
    }

    /// A value below its label, in at most `most` lines.
    fn labelled(&mut self, label: &str, style: Style, value: &str, most: usize) {
        self.label(label);
        let size = if style == Style::Fixed { 7.5 } else { 9.5 };
        let mut lines = self.sheets.wrap(style, size, self.width, value);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.push('…');
                *last = fit(self.sheets, style, size, self.width, last);
            }
        }
        for line in lines {
            self.line(style, size, 12.0, Ink::Text, &line);
        }
    }

    fn fit(&mut self, style: Style, size: f32, width: f32, text: &str) -> String {
        fit(self.sheets, style, size, width, text)
    }

    /// The next step, with its number.
    fn step(&mut self, text: &str) {
        self.turn_before(30.0);
        self.steps += 1;
        let number = self.steps.to_string();
        self.sheets.fill(Ink::Accent, (self.x, self.y - 9.0, 13.0, 13.0), 6.5);
        let wide = self.sheets.fonts.width(Style::Strong, &number) * 8.0;
        self.sheets.text(Style::Strong, 8.0, Ink::White, (self.x + 6.5 - wide / 2.0, self.y + 0.4), &number);
        self.x += INDENT;
        self.width -= INDENT;
        self.paragraph(Style::Plain, 9.5, 13.5, Ink::Text, text);
        self.x -= INDENT;
        self.width += INDENT;
        self.y += 2.0;
    }

    /// Lines to be typed, in a box.
    fn commands(&mut self, lines: &[String]) {
        let mut rest = lines;
        while !rest.is_empty() {
            self.turn_before(COMMAND_LEAD + 12.0);
            let room = rest.iter().scan(self.y, |y, line| {
                *y += COMMAND_LEAD;
                (*y <= FOOT).then_some(line)
            });
            let (now, later) = rest.split_at(room.count().max(1));
            #[expect(clippy::cast_precision_loss, reason = "some lines")]
            let height = now.len() as f32 * COMMAND_LEAD + 7.0;
            self.sheets.fill(Ink::Sunken, (self.x + INDENT, self.y - 9.0, self.width - INDENT, height), 4.0);
            self.y += 2.5;
            for line in now {
                self.sheets.text(
                    Style::Fixed,
                    COMMAND_SIZE,
                    Ink::Text,
                    (self.x + INDENT + 8.0, self.y),
                    line,
                );
                self.y += COMMAND_LEAD;
            }
            self.y += 10.0;
            rest = later;
        }
    }

    /// Turns the page when less than this is left of it.
    fn turn_before(&mut self, needed: f32) {
        if self.y + needed > FOOT {
            self.sheets.turn();
            self.y = 10.0;
        }
    }
}
