//! Reading a saved kit back: the pictures on its pages, in their order, the QR codes in them, and the key that their
//! pieces make. It takes any PDF, and answers a damaged one with an error.

use super::{Error, Result};
use backtrail_base::Sensitive;
use lopdf::{Dictionary, Document, Object, ObjectId};
use rqrr::PreparedImage;

/// No page of a kit holds a larger picture.
const LARGEST_SIDE: usize = 4000;

/// What was read from a kit.
#[derive(Debug)]
pub(super) struct ReadBack {
    /// How many pages it has.
    pub(super) pages: usize,
    /// The text of each code, in the order in which they stand.
    pub(super) codes: Vec<Sensitive<String>>,
    /// What is printed, without spaces and line breaks.
    text: Sensitive<String>,
}

impl ReadBack {
    /// The pieces, one after another.
    pub(super) fn joined(&self) -> Sensitive<String> {
        Sensitive::new(self.codes.iter().map(|code| code.reveal().as_str()).collect())
    }

    /// Whether these words are printed somewhere.
    pub(super) fn says(&self, words: &str) -> bool {
        let words: String = words.split_whitespace().collect();
        self.text.reveal().contains(&words)
    }
}

/// Reads a kit.
pub(super) fn read(pdf: &[u8]) -> Result<ReadBack> {
    let document = Document::load_mem(pdf).map_err(unreadable)?;
    let pages = document.get_pages();
    let mut codes = Vec::new();
    for page in pages.values() {
        for (width, height, dots) in pictures(&document, *page)? {
            codes.extend(decode(width, height, &dots)?);
        }
    }
    let numbers: Vec<u32> = pages.keys().copied().collect();
    let mut text = document.extract_text(&numbers).map_err(unreadable)?;
    text.retain(|character| !character.is_whitespace());
    Ok(ReadBack { pages: pages.len(), codes, text: Sensitive::new(text) })
}

/// The grey pictures of a page, in the order in which they are drawn.
fn pictures(document: &Document, page: ObjectId) -> Result<Vec<(usize, usize, Vec<u8>)>> {
    let content = document.get_and_decode_page_content(page).map_err(unreadable)?;
    let (inline, referenced) = document.get_page_resources(page).map_err(unreadable)?;
    let referenced = referenced.into_iter().filter_map(|id| document.get_dictionary(id).ok());
    let resources: Vec<&Dictionary> = inline.into_iter().chain(referenced).collect();
    let mut pictures = Vec::new();
    for operation in content.operations.iter().filter(|operation| operation.operator == "Do") {
        let Some(Object::Name(name)) = operation.operands.first() else { continue };
        let object = resources.iter().find_map(|resources| {
            let objects = document.get_dict_in_dict(resources, b"XObject").ok()?;
            document.dereference(objects.get(name).ok()?).ok()?.1.as_stream().ok()
        });
        let Some(stream) = object else { continue };
        let number = |key: &[u8]| {
            let value = stream.dict.get(key).ok().and_then(|value| document.dereference(value).ok());
            value.and_then(|(_, value)| value.as_i64().ok()).and_then(|value| usize::try_from(value).ok())
        };
        let is_image =
            stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image");
        let (Some(width), Some(height), true) = (number(b"Width"), number(b"Height"), is_image) else {
            continue;
        };
        if width > LARGEST_SIDE || height > LARGEST_SIDE {
            continue;
        }
        let dots = stream.decompressed_content().map_err(unreadable)?;
        if dots.len() == width * height {
            pictures.push((width, height, dots));
        }
    }
    Ok(pictures)
}

/// The codes in a picture: as a camera's picture would be read, with no knowledge of how it was drawn.
fn decode(width: usize, height: usize, dots: &[u8]) -> Result<Vec<Sensitive<String>>> {
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| dots[y * width + x]);
    let read = image.detect_grids().into_iter().map(|grid| grid.decode());
    read.map(|read| read.map(|(_, text)| Sensitive::new(text)).map_err(|error| broken(error.to_string())))
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn unreadable(error: lopdf::Error) -> Error {
    broken(error.to_string())
}

fn broken(why: String) -> Error {
    Error::Unreadable { why }
}
