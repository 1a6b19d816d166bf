//! Lists of patterns and lists of paths, as files hold them.

use std::collections::BTreeSet;

use backtrail_format::EntryPath;

use super::SelectError;

/// The patterns of a list, each with whether it includes.
pub(super) fn patterns(text: &[u8], separator: u8, include: bool) -> Vec<(bool, Vec<u8>)> {
    let lines = text.split(|&byte| byte == separator).map(trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let signed = lines.map(|line| match (line.strip_prefix(b"+ "), line.strip_prefix(b"- ")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => (include, line),
    });
    let unquoted = signed.map(|(include, line)| (include, unquote(line).to_vec()));
    unquoted.filter(|(_, line)| !line.is_empty()).collect()
}

/// The paths of a list and every folder above them. Each byte of a line counts, save `./` parts, slashes at the end
/// and a carriage return before a line feed.
pub(super) fn paths(text: &[u8], separator: u8) -> Result<BTreeSet<EntryPath>, SelectError> {
    let mut paths = BTreeSet::new();
    for line in text.split(|&byte| byte == separator) {
        let line = if separator == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        let shown = || String::from_utf8_lossy(line).into_owned();
        if line.starts_with(b"/") {
            return Err(SelectError::FilesFromAbsolute { path: shown() });
        }
        let parts = line.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
        let mut path = EntryPath::root();
        for part in parts {
            path =
                path.try_child(part).map_err(|error| SelectError::FileList { reason: error.to_string() })?;
            paths.insert(path.clone());
        }
    }
    if paths.is_empty() { Err(SelectError::FilesFromEmpty) } else { Ok(paths) }
}

/// The line without the white space at its ends: Unicode's, and the separators that Python counts too.
fn trim(line: &[u8]) -> &[u8] {
    let space = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
    let mut line = line;
    while let Some(chunk) = line.utf8_chunks().next()
        && let Some(first) = chunk.valid().chars().next()
        && space(first)
    {
        line = &line[first.len_utf8()..];
    }
    // From the end, a character is found by trying its few possible lengths.
    'end: while !line.is_empty() {
        for len in 1..=line.len().min(4) {
            let (rest, last) = line.split_at(line.len() - len);
            if let Ok(last) = std::str::from_utf8(last) {
                if last.chars().all(space) {
                    line = rest;
                    continue 'end;
                }
                break;
            }
        }
        break;
    }
    line
}

fn unquote(line: &[u8]) -> &[u8] {
    match line {
        // Stock takes a single quotation mark for both of a pair.
        b"'" | b"\"" => b"",
        [b'\'', inside @ .., b'\''] | [b'"', inside @ .., b'"'] => inside,
        _ => line,
    }
}
