//! Paper and pen: pages of one size, and what is drawn on them, in points from the upper left corner of the part that
//! every printer reaches on A4 and on Letter. It knows nothing of what the kit says.

use super::fonts::{Fonts, Style};
use super::{Error, Paper, Result};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::{Page, PageSettings};
use krilla::paint::{Fill, LineCap, Stroke};

/// The width that is printed on: 180 mm.
pub(super) const WIDTH: f32 = 510.0;
/// The height: 254 mm, which leaves 14 mm above and 11 below on Letter.
pub(super) const HEIGHT: f32 = 720.0;
/// The white above.
const TOP: f32 = 40.0;

/// The colours, those of the app's light look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Quiet,
    Line,
    Sunken,
    Accent,
    Soft,
    White,
}

impl Ink {
    fn colour(self) -> rgb::Color {
        let (red, green, blue) = match self {
            Self::Text => (0x1d, 0x24, 0x22),
            Self::Quiet => (0x55, 0x60, 0x5c),
            Self::Line => (0xd0, 0xcc, 0xc0),
            Self::Sunken => (0xf4, 0xf2, 0xec),
            Self::Accent => (0x1c, 0x6b, 0x52),
            Self::Soft => (0xdc, 0xeb, 0xe4),
            Self::White => (0xff, 0xff, 0xff),
        };
        rgb::Color::new(red, green, blue)
    }
}

/// Something drawn.
enum Mark {
    Text { style: Style, size: f32, ink: Ink, x: f32, baseline: f32, text: String },
    Fill { path: Path, ink: Ink },
    Line { path: Path, ink: Ink, width: f32, dashed: bool },
    Image { image: Image, x: f32, y: f32, side: f32 },
}

/// The pages, collected before they are written, since what is on the last one decides how many there are.
pub(super) struct Sheets {
    pub(super) fonts: Fonts,
    pages: Vec<Vec<Mark>>,
}

impl Sheets {
    pub(super) fn new(fonts: Fonts) -> Self {
        Self { fonts, pages: vec![Vec::new()] }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.pages.len()
    }

    /// Goes on to a new page.
    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
    }

    /// Draws on another page for as long as `draw` takes.
    pub(super) fn on(&mut self, page: usize, draw: impl FnOnce(&mut Self)) {
        let rest = self.pages.split_off((page + 1).min(self.pages.len()));
        draw(self);
        self.pages.extend(rest);
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// One line of text.
    pub(super) fn text(&mut self, style: Style, size: f32, ink: Ink, at: (f32, f32), text: &str) {
        self.mark(Mark::Text { style, size, ink, x: at.0, baseline: at.1, text: text.to_owned() });
    }

    /// One line of text that ends at `x`.
    pub(super) fn text_before(&mut self, style: Style, size: f32, ink: Ink, at: (f32, f32), text: &str) {
        let x = at.0 - self.fonts.width(style, text) * size;
        self.text(style, size, ink, (x, at.1), text);
    }

    /// A box with round corners.
    pub(super) fn fill(&mut self, ink: Ink, (x, y, width, height): (f32, f32, f32, f32), radius: f32) {
        if let Some(path) = rounded(x, y, width, height, radius) {
            self.mark(Mark::Fill { path, ink });
        }
    }

    /// The outline of a box with round corners.
    pub(super) fn outline(&mut self, ink: Ink, (x, y, width, height): (f32, f32, f32, f32), radius: f32) {
        if let Some(path) = rounded(x, y, width, height, radius) {
            self.mark(Mark::Line { path, ink, width: 0.8, dashed: false });
        }
    }

    /// A line across, to write on or to divide.
    pub(super) fn rule(&mut self, ink: Ink, from: (f32, f32), to: f32, width: f32, dashed: bool) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to, from.1);
        if let Some(path) = path.finish() {
            self.mark(Mark::Line { path, ink, width, dashed });
        }
    }

    /// A square picture.
    pub(super) fn image(&mut self, image: Image, at: (f32, f32), side: f32) {
        self.mark(Mark::Image { image, x: at.0, y: at.1, side });
    }

    /// The icon of Backtrail: the trail of moments, as in `icons/`.
    pub(super) fn icon(&mut self, at: (f32, f32), side: f32) {
        let scale = side / 896.0;
        let point = |x: f32, y: f32| (at.0 + (x - 64.0) * scale, at.1 + (y - 64.0) * scale);
        self.fill(Ink::Accent, (at.0, at.1, side, side), 204.0 * scale);
        let mut trail = PathBuilder::new();
        let (a, b, c, d) =
            (point(286.0, 742.0), point(428.0, 708.0), point(392.0, 528.0), point(534.0, 494.0));
        let (e, f, g) = (point(676.0, 460.0), point(712.0, 458.0), point(738.0, 316.0));
        trail.move_to(a.0, a.1);
        trail.cubic_to(b.0, b.1, c.0, c.1, d.0, d.1);
        trail.cubic_to(e.0, e.1, f.0, f.1, g.0, g.1);
        if let Some(path) = trail.finish() {
            self.mark(Mark::Line { path, ink: Ink::Soft, width: 50.0 * scale, dashed: false });
        }
        for (x, y, radius) in [(286.0, 742.0, 62.0), (522.0, 497.0, 62.0), (738.0, 306.0, 104.0)] {
            let (x, y) = point(x - radius, y - radius);
            let across = 2.0 * radius * scale;
            self.fill(Ink::White, (x, y, across, across), radius * scale);
        }
    }

    /// Breaks text into lines no wider than `width`: at spaces, behind `/`, and where nothing else helps, anywhere.
    pub(super) fn wrap(&mut self, style: Style, size: f32, width: f32, text: &str) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut room = width;
        for word in text.split_inclusive([' ', '/']) {
            let wide = self.fonts.width(style, word.trim_end()) * size;
            if wide > room && room < width {
                lines.push(String::new());
                room = width;
            }
            if wide <= room {
                room -= self.fonts.width(style, word) * size;
                push(&mut lines, word);
                continue;
            }
            for character in word.chars() {
                let wide = self.fonts.width(style, character.encode_utf8(&mut [0; 4])) * size;
                if wide > room {
                    lines.push(String::new());
                    room = width;
                }
                room -= wide;
                push(&mut lines, character.encode_utf8(&mut [0; 4]));
            }
        }
        lines.iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Writes the PDF.
    pub(super) fn finish(mut self, paper: Paper, title: &str, made: Option<DateTime>) -> Result<Vec<u8>> {
        let (width, height) = match paper {
            Paper::A4 => (595.28, 841.89),
            Paper::Letter => (612.0, 792.0),
        };
        let left = (width - WIDTH) / 2.0;
        let failed = |why: String| Error::Layout { why };
        let mut document = Document::new();
        for marks in std::mem::take(&mut self.pages) {
            let settings =
                PageSettings::from_wh(width, height).ok_or_else(|| failed("the paper's size".to_owned()))?;
            let mut page = document.start_page_with(settings);
            self.draw(&mut page, left, marks);
            page.finish();
        }
        let mut metadata = Metadata::new()
            .title(title.to_owned())
            .creator("Backtrail".to_owned())
            .producer("Backtrail".to_owned())
            .language("en".to_owned());
        if let Some(made) = made {
            metadata = metadata.creation_date(made);
        }
        document.set_metadata(metadata);
        document.finish().map_err(|error| failed(format!("{error:?}")))
    }

    fn draw(&mut self, page: &mut Page<'_>, left: f32, marks: Vec<Mark>) {
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_translate(left, TOP));
        for mark in marks {
            match mark {
                Mark::Text { style, size, ink, mut x, baseline, text } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(ink)));
                    for run in self.fonts.shape(style, &text) {
                        let start = Point::from_xy(x, baseline);
                        surface.draw_glyphs(start, &run.glyphs, run.font, &run.text, size, false);
                        x += run.width * size;
                    }
                }
                Mark::Fill { path, ink } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(ink)));
                    surface.draw_path(&path);
                }
                Mark::Line { path, ink, width, dashed } => {
                    let dash =
                        dashed.then(|| krilla::paint::StrokeDash { array: vec![1.0, 3.0], offset: 0.0 });
                    surface.set_fill(None);
                    surface.set_stroke(Some(Stroke {
                        paint: ink.colour().into(),
                        width,
                        dash,
                        line_cap: LineCap::Round,
                        ..Stroke::default()
                    }));
                    surface.draw_path(&path);
                }
                Mark::Image { image, x, y, side } => {
                    if let Some(size) = Size::from_wh(side, side) {
                        surface.push_transform(&Transform::from_translate(x, y));
                        surface.draw_image(image, size);
                        surface.pop();
                    }
                }
            }
        }
        surface.pop();
        surface.finish();
    }
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: ink.colour().into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

/// A box; with a radius of half its side, a disc.
fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    // How far the handles of a Bézier curve stand so that it is a quarter of a circle.
    const HANDLE: f32 = 0.552_285;
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    let (right, bottom, near) = (x + width, y + height, radius * (1.0 - HANDLE));
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - near, y, right, y + near, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - near, right - near, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + near, bottom, x, bottom - near, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + near, x + near, y, x + radius, y);
    path.close();
    path.finish()
}
