//! The secret key as QR codes: its text in pieces, each piece plain, so that any reader gives the text back and the
//! pieces one after another are the key again. Codes are drawn with many dots a module, because some viewers smooth
//! pictures, and a module with a soft edge is still a module.

use super::{Error, Result};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use std::sync::Arc;

/// The most that a code of the usual size holds: version 15 with medium correction. Four of them hold a key of ours, and
/// stand in a row with half a millimetre a module, which a telephone reads at arm's length.
pub(super) const USUAL: usize = 390;
/// The most that a large code holds, for keys that would need many: version 23.
pub(super) const LARGE: usize = 850;
/// White around a code, in modules, as its standard wants it.
const QUIET: i32 = 4;
/// Dots a module.
const DOTS: i32 = 8;

/// A code as a picture: one byte a dot, 0 black and 255 white.
#[derive(Clone, Hash)]
pub(super) struct Picture {
    dots: Arc<Vec<u8>>,
    side: u32,
}

/// Splits the key's text into pieces of whole lines, as equal as they can be, each at most `most` bytes.
pub(super) fn pieces(text: &str, most: usize) -> Vec<&str> {
    let count = text.len().div_ceil(most).max(1);
    for count in count..=text.len().max(1) {
        let aim = text.len().div_ceil(count);
        let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
        for line in text.split_inclusive('\n') {
            // A line belongs to the piece that its middle lies in.
            if end > start && end + line.len() / 2 > (pieces.len() + 1) * aim {
                pieces.push(&text[start..end]);
                start = end;
            }
            end += line.len();
        }
        pieces.push(&text[start..end]);
        if pieces.iter().all(|piece| piece.len() <= most) {
            return pieces;
        }
    }
    vec![text]
}

/// Draws a piece.
pub(super) fn picture(piece: &str) -> Result<Picture> {
    let failed = |why: &str| Error::Layout { why: format!("a QR code: {why}") };
    let segment = QrSegment::make_bytes(piece.as_bytes());
    let code = QrCode::encode_segments_advanced(
        &[segment],
        QrCodeEcc::Medium,
        Version::MIN,
        Version::MAX,
        None,
        // What the size leaves room for goes into correction.
        true,
    );
    let code = code.map_err(|error| failed(&error.to_string()))?;
    let side = (code.size() + 2 * QUIET) * DOTS;
    let mut dots = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let dark = code.get_module(x / DOTS - QUIET, y / DOTS - QUIET);
            dots.push(if dark { 0 } else { 255 });
        }
    }
    let side = u32::try_from(side).map_err(|_| failed("its size"))?;
    Ok(Picture { dots: Arc::new(dots), side })
}

impl Picture {
    /// The picture for the page.
    pub(super) fn image(&self) -> Result<Image> {
        Image::from_custom(self.clone(), false).map_err(|why| Error::Layout { why })
    }
}

impl CustomImage for Picture {
    fn color_channel(&self) -> &[u8] {
        &self.dots
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.side, self.side)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text_in_order_and_about_equal() {
        for lines in 1..90 {
            let text = format!("{}\n", ["x"; 63].concat()).repeat(lines);
            let pieces = pieces(&text, USUAL);
            assert_eq!(pieces.concat(), text, "nothing may be lost or change its place");
            assert!(
                pieces.iter().all(|piece| piece.len() <= USUAL && piece.ends_with('\n')),
                "{lines} lines"
            );
            let lengths = pieces.iter().map(|piece| piece.len());
            let (least, most) = (lengths.clone().min(), lengths.max());
            assert!(
                most.zip(least).is_some_and(|(most, least)| most - least <= 2 * 64),
                "codes beside each other should be of one size: {lines} lines give {most:?} and {least:?}"
            );
        }
    }
}
