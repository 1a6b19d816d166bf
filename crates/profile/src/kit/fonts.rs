//! The typefaces of the kit: three that come with Backtrail, and whatever the system has for characters that they lack.
//! Text is shaped here into runs of glyphs with an exact width. A character that no font has is written percent-encoded,
//! as it stands in the backup's address, so that nothing of a name is ever lost.

use super::{Error, Result};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, UnicodeBuffer};
use std::collections::HashMap;
use std::sync::Arc;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// Running text.
    Plain,
    /// Titles.
    Strong,
    /// Commands, addresses, keys: every character has the same width.
    Fixed,
}

const PLAIN: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
const STRONG: &[u8] = include_bytes!("fonts/Inter-SemiBold.otf");
const FIXED: &[u8] = include_bytes!("fonts/JetBrainsMono-Regular.ttf");

/// A font file.
#[derive(Clone)]
struct Typeface {
    bytes: Bytes,
    index: u32,
    font: Font,
}

#[derive(Clone)]
enum Bytes {
    /// One of ours, understood once.
    Own(Arc<rustybuzz::Face<'static>>),
    /// One of the system's.
    Read(Arc<Vec<u8>>),
}

/// Text in one font, ready to be drawn. Offsets and advances are in units of the font size.
pub(super) struct Run {
    pub(super) font: Font,
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    pub(super) width: f32,
}

/// The typefaces.
pub(super) struct Fonts {
    own: [Typeface; 3],
    /// Which characters our own have, as far as it was asked.
    has: HashMap<(Style, char), bool>,
    /// What the system has; looked at only when a character needs it.
    system: Option<fontdb::Database>,
    /// Characters that were looked for, and what has them.
    found: HashMap<char, Option<Typeface>>,
    faces: HashMap<fontdb::ID, Option<Typeface>>,
}

impl Typeface {
    fn own(bytes: &'static [u8]) -> Option<Self> {
        let face = rustybuzz::Face::from_slice(bytes, 0)?;
        Some(Self { bytes: Bytes::Own(Arc::new(face)), index: 0, font: Font::new(bytes.into(), 0)? })
    }

    fn read(bytes: Arc<Vec<u8>>, index: u32) -> Option<Self> {
        // Both readers have to accept it: one shapes, the other embeds.
        rustybuzz::Face::from_slice(&bytes, index)?;
        let font = Font::new(Arc::clone(&bytes).into(), index)?;
        Some(Self { bytes: Bytes::Read(bytes), index, font })
    }

    /// Does something with the font, understood.
    fn with<T>(&self, what: impl FnOnce(&rustybuzz::Face<'_>) -> T) -> Option<T> {
        match &self.bytes {
            Bytes::Own(face) => Some(what(face)),
            Bytes::Read(bytes) => rustybuzz::Face::from_slice(bytes, self.index).map(|face| what(&face)),
        }
    }

    fn has(&self, character: char) -> bool {
        self.with(|face| face.glyph_index(character).is_some_and(|glyph| glyph.0 != 0)).unwrap_or(false)
    }

    fn shape(&self, text: &str) -> Run {
        let (glyphs, width) = self.with(|face| shaped(face, text)).unwrap_or_default();
        Run { font: self.font.clone(), text: text.to_owned(), glyphs, width }
    }
}

/// The glyphs of a text, and how wide they are together.
fn shaped(face: &rustybuzz::Face<'_>, text: &str) -> (Vec<KrillaGlyph>, f32) {
    let (mut glyphs, mut width) = (Vec::new(), 0.0);
    let em = unit(face.units_per_em().max(1));
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let forward = buffer.direction() == Direction::LeftToRight;
    // A command has to be read character by character: nothing may be drawn as one sign.
    let features = [b"liga", b"calt", b"clig", b"dlig"].map(|tag| Feature::new(Tag::from_bytes(tag), 0, ..));
    let shaped = rustybuzz::shape(face, &features, buffer);
    let infos = shaped.glyph_infos();
    for (at, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
        let start = info.cluster as usize;
        let other = |info: &&rustybuzz::GlyphInfo| info.cluster as usize != start;
        let next =
            if forward { infos[at..].iter().find(other) } else { infos[..at].iter().rev().find(other) };
        let end = next.map_or(text.len(), |info| info.cluster as usize);
        let advance = unit(position.x_advance) / em;
        width += advance;
        glyphs.push(KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            advance,
            unit(position.x_offset) / em,
            unit(position.y_offset) / em,
            0.0,
            start..end.max(start),
            None,
        ));
    }
    (glyphs, width)
}

#[expect(clippy::cast_precision_loss, reason = "font units are small numbers")]
fn unit(value: i32) -> f32 {
    value as f32
}

impl Fonts {
    /// The typefaces that come with Backtrail; the system's are looked at when they are needed.
    pub(super) fn new() -> Result<Self> {
        let missing = || Error::Layout { why: "a font of Backtrail's own cannot be read".to_owned() };
        let (plain, strong, fixed) = (Typeface::own(PLAIN), Typeface::own(STRONG), Typeface::own(FIXED));
        let own = [plain.ok_or_else(missing)?, strong.ok_or_else(missing)?, fixed.ok_or_else(missing)?];
        Ok(Self { own, has: HashMap::new(), system: None, found: HashMap::new(), faces: HashMap::new() })
    }

    /// The same without the system's fonts: as on a computer that has none.
    #[cfg(test)]
    pub(super) fn without_system() -> Result<Self> {
        Ok(Self { system: Some(fontdb::Database::new()), ..Self::new()? })
    }

    /// Shapes a line of text.
    pub(super) fn shape(&mut self, style: Style, text: &str) -> Vec<Run> {
        let mut runs: Vec<(Typeface, String)> = Vec::new();
        for character in text.chars() {
            // Control characters would break the line; what is no character at all stands as its bytes.
            let face = if character.is_control() { None } else { self.face_for(style, character) };
            let (face, written) = match face {
                Some(face) => (face, character.to_string()),
                None => (self.own[style as usize].clone(), encoded(character)),
            };
            match runs.last_mut() {
                Some((last, run)) if last.font == face.font => run.push_str(&written),
                _ => runs.push((face, written)),
            }
        }
        runs.into_iter().map(|(face, text)| face.shape(&text)).collect()
    }

    /// How wide a line of text is at a font size of 1.
    pub(super) fn width(&mut self, style: Style, text: &str) -> f32 {
        self.shape(style, text).iter().map(|run| run.width).sum()
    }

    fn face_for(&mut self, style: Style, character: char) -> Option<Typeface> {
        let own = &self.own[style as usize];
        if *self.has.entry((style, character)).or_insert_with(|| own.has(character)) {
            return Some(own.clone());
        }
        if let Some(known) = self.found.get(&character) {
            return known.clone();
        }
        let found = self.in_system(character);
        self.found.insert(character, found.clone());
        found
    }

    fn in_system(&mut self, character: char) -> Option<Typeface> {
        let system = self.system.get_or_insert_with(|| {
            let mut fonts = fontdb::Database::new();
            fonts.load_system_fonts();
            fonts
        });
        // Upright and regular where there is a choice; the name decides between equals, so that it is always the same.
        let mut faces: Vec<_> = system.faces().collect();
        faces.sort_by_key(|face| {
            let plain = face.style == fontdb::Style::Normal && face.weight == fontdb::Weight::NORMAL;
            (!plain, face.monospaced, face.post_script_name.clone())
        });
        for face in faces {
            let has = system.with_face_data(face.id, |bytes, index| {
                let face = rustybuzz::ttf_parser::Face::parse(bytes, index).ok()?;
                // Pictures have no outline that could be embedded.
                let glyph = face.glyph_index(character).filter(|glyph| glyph.0 != 0)?;
                (face.glyph_bounding_box(glyph).is_some() || character.is_whitespace()).then_some(())
            });
            if has.flatten().is_none() {
                continue;
            }
            let known = self.faces.entry(face.id).or_insert_with(|| {
                system
                    .with_face_data(face.id, |bytes, index| Typeface::read(Arc::new(bytes.to_vec()), index))
                    .flatten()
            });
            if known.is_some() {
                return known.clone();
            }
        }
        None
    }
}

/// A character as it stands in an address.
fn encoded(character: char) -> String {
    utf8_percent_encode(character.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC).to_string()
}
