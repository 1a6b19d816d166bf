//! The commands that restore a backup without Backtrail, as lines that fit on the page and work in a shell when they are
//! typed, or pasted, line by line as they stand: a line that goes on ends with a backslash, also within a long address.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The file that a person saves the key in.
pub(super) const KEY_FILE: &str = "backup-key.txt";
/// The folder that is restored into.
pub(super) const TARGET: &str = "~/restored";

/// What means something else than itself to a shell or in an address. A percent sign stays, since the rest of the
/// address is encoded already.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'!')
    .add(b'"')
    .add(b'#')
    .add(b'$')
    .add(b'&')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'*')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The address as duplicity is given it: all ASCII, without credentials and without anything that a shell minds.
/// A plain path becomes a `file://` address.
pub(super) fn address(given: &str) -> String {
    let Some((scheme, rest)) = given.split_once("://") else {
        // In a path a percent sign is itself.
        return format!("file://{}", encode(&given.replace('%', "%25")));
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        // A password has no place here, whatever the caller thought.
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    if scheme.ends_with("file") {
        return format!("{scheme}://{authority}{}", encode(path));
    }
    // Elsewhere `?` and what follows is a part of the address.
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    match query {
        None => format!("{scheme}://{authority}{}", encode(path)),
        Some(query) => format!("{scheme}://{authority}{}?{}", encode(path), query.replace(' ', "%20")),
    }
}

fn encode(path: &str) -> String {
    utf8_percent_encode(path, UNSAFE).to_string()
}

/// The command that gives gpg the key.
pub(super) fn import() -> Vec<String> {
    vec![format!("base64 -d {KEY_FILE} | gpg --batch --import")]
}

/// The command that restores everything, in lines of at most `width` characters.
pub(super) fn restore(address: &str, width: usize) -> Vec<String> {
    let mut typed = String::new();
    for character in address.chars() {
        // Only what follows a `?` can hold anything that a shell minds.
        if !character.is_ascii_alphanumeric() && !"%+,-./:=@_~".contains(character) {
            typed.push('\\');
        }
        typed.push(character);
    }
    fold(&["duplicity", "restore", &typed, TARGET], width)
}

/// Sets a command in lines of at most `width` characters.
fn fold(words: &[&str], width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        let current = lines.last().map_or(0, String::len);
        // Room for the space before it, and for a space and a backslash after it.
        if current > 0 && current + 1 + word.len() + 2 <= width {
            push(&mut lines, &format!(" {word}"));
            continue;
        }
        if current > 0 {
            push(&mut lines, " \\");
            lines.push(String::new());
        }
        let mut rest = *word;
        while rest.len() + 2 > width {
            let (head, tail) = rest.split_at(split(rest, width - 2));
            push(&mut lines, &format!("{head}\\"));
            lines.push(String::new());
            rest = tail;
        }
        push(&mut lines, rest);
    }
    lines
}

/// Where to split a word that is too long: behind a slash when there is one not too far left, and never within `%20` or behind
/// a backslash.
fn split(word: &str, most: usize) -> usize {
    let head = &word[..most];
    if let Some(slash) = head.rfind('/').filter(|at| at + 1 > most / 2) {
        return slash + 1;
    }
    match head.rfind(['%', '\\']) {
        Some(at) if at + 3 > most && at > 0 => at,
        _ => most,
    }
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_quotes_and_names_the_same_place() {
        for (given, expected) in [
            (
                "file:///media/anna/Elements/Backtrail/laptop-Home",
                "file:///media/anna/Elements/Backtrail/laptop-Home",
            ),
            ("file:///media/My%20Drive/a", "file:///media/My%20Drive/a"),
            (
                "file:///media/My Drive/it's (new) & $HOME;",
                "file:///media/My%20Drive/it%27s%20%28new%29%20%26%20%24HOME%3B",
            ),
            ("/media/100% ok", "file:///media/100%25%20ok"),
            ("file:///media/東", "file:///media/%E6%9D%B1"),
            ("sftp://anna:secret@host.example//srv/backup", "sftp://anna@host.example//srv/backup"),
            ("s3://bucket/a b?region=x&y", "s3://bucket/a%20b?region=x&y"),
        ] {
            assert_eq!(address(given), expected, "a shell takes it as one word and duplicity decodes it");
        }
        let line = restore("s3://bucket/a?region=x&y", 200).concat();
        assert!(line.contains(r"a\?region=x\&y"), "a shell would take the & for itself: {line}");
    }

    #[test]
    fn folded_lines_are_the_same_command() {
        let long = format!("file:///{}", "a%20long name/".replace(' ', "_").repeat(40));
        for width in [30, 31, 60, 61, 62, 88, 200, 2000] {
            for address in ["file:///short", long.as_str()] {
                let lines = restore(address, width);
                assert!(lines.iter().all(|line| line.len() <= width), "{width}: {lines:?}");
                assert_eq!(
                    lines.join("\n").replace("\\\n", ""),
                    format!("duplicity restore {address} {TARGET}"),
                    "a shell takes a backslash at the end of a line and the line's end away"
                );
                assert!(
                    lines.iter().all(|line| !line.starts_with(' ')),
                    "an indent would end the word: {lines:?}"
                );
            }
        }
    }
}
