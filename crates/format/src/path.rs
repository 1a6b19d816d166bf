//! A path inside a backup: byte components below the root, in duplicity's order. It promises that what it holds
//! can be stored and restored below one folder (no empty, `.` or `..` component, no NUL); what a component means on
//! a system is left to the engine.

use crate::error::{Error, shown};
use crate::quote;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// A path relative to the root of the backup, as the bytes of its components joined with `/`. The root itself is
/// empty. Ordered as duplicity orders entries (`format.md` 3.4): component by component, unsigned bytes, a folder
/// just before what is in it.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct EntryPath(Vec<u8>);

impl EntryPath {
    /// The root.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Reads a joined path. The empty path and `.` are the root; slashes at the end are dropped.
    ///
    /// # Errors
    /// [`Error::Path`] for an empty, `.` or `..` component, a leading slash, or a NUL byte.
    pub fn parse(joined: &[u8]) -> Result<Self, Error> {
        let mut path = joined;
        while let Some(shorter) = path.strip_suffix(b"/") {
            path = shorter;
        }
        if path.is_empty() && !joined.is_empty() {
            return Err(refuse(joined, "is absolute", true));
        }
        if path == b"." {
            return Ok(Self::root());
        }
        let path = Self(path.to_vec());
        path.check()?;
        Ok(path)
    }

    /// Checks what [`EntryPath::parse`] promises, for a path that was put together from names of the file system.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.components().try_for_each(|component| check_component(component, &self.0))
    }

    /// The path of `name` in this folder. The name is one component as a directory listing gives it; one that is no
    /// component (empty, `.`, `..`, with NUL or `/`) makes a path that [`crate::difftar::header`] refuses, and is
    /// for [`EntryPath::try_child`] when it comes from elsewhere.
    #[must_use]
    pub fn child(&self, name: &[u8]) -> Self {
        let mut joined = Vec::with_capacity(self.0.len() + 1 + name.len());
        joined.extend_from_slice(&self.0);
        if !joined.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(name);
        Self(joined)
    }

    /// The path of `name` in this folder.
    ///
    /// # Errors
    /// [`Error::Path`] when the name is not one component.
    pub fn try_child(&self, name: &[u8]) -> Result<Self, Error> {
        if name.contains(&b'/') {
            return Err(refuse(name, "is not one component", true));
        }
        check_component(name, name)?;
        Ok(self.child(name))
    }

    /// The folder this is in; the root has none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(Self(self.0[..end].to_vec()))
    }

    /// The last component; the root has none.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.components().next_back()
    }

    /// The components from the root down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        // Splitting the empty root would give one empty component.
        let parts = if self.is_root() { None } else { Some(self.0.split(|&byte| byte == b'/')) };
        parts.into_iter().flatten()
    }

    /// How many components there are; 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.components().count()
    }

    /// The path cut to its first `depth` components.
    #[must_use]
    pub fn cut_to(&self, depth: usize) -> Self {
        if depth == 0 {
            return Self::root();
        }
        let mut slashes = self.0.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        match slashes.nth(depth - 1) {
            Some(end) => Self(self.0[..end].to_vec()),
            None => self.clone(),
        }
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `base` or lies below it.
    #[must_use]
    pub fn starts_with(&self, base: &Self) -> bool {
        self.strip(base).is_some()
    }

    /// This path as seen from `base`: the root when it is `base` itself, none when it is not below it.
    #[must_use]
    pub fn strip_prefix(&self, base: &Self) -> Option<Self> {
        self.strip(base).map(|rest| Self(rest.to_vec()))
    }

    fn strip(&self, base: &Self) -> Option<&[u8]> {
        if base.is_root() {
            return Some(&self.0);
        }
        let rest = self.0.strip_prefix(&base.0[..])?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
    }

    /// `tail` below this path.
    #[must_use]
    pub fn join(&self, tail: &Self) -> Self {
        if tail.is_root() { self.clone() } else { self.child(&tail.0) }
    }

    /// The components joined with `/`; empty for the root.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as a manifest writes it: quoted, the root as `.`.
    #[must_use]
    pub fn quote(&self) -> Vec<u8> {
        if self.is_root() { b".".to_vec() } else { quote::quote(&self.0).into_owned() }
    }

    /// The path that a manifest's word stands for.
    ///
    /// # Errors
    /// [`Error::Quoting`] for bad quoting, [`Error::Path`] for a path that no entry may have.
    pub fn unquote(word: &[u8]) -> Result<Self, Error> {
        Self::parse(&quote::unquote(word)?)
    }

    /// The path for people: undecodable bytes replaced, the root as `.`.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        if self.is_root() { Cow::Borrowed(".") } else { String::from_utf8_lossy(&self.0) }
    }
}

fn refuse(path: &[u8], reason: &'static str, escapes: bool) -> Error {
    Error::Path { path: shown(path), reason, escapes }
}

fn check_component(component: &[u8], path: &[u8]) -> Result<(), Error> {
    match component {
        b"" => Err(refuse(path, "has an empty component", path.first() == Some(&b'/'))),
        b"." => Err(refuse(path, "has a component '.'", false)),
        b".." => Err(refuse(path, "has a component '..' and would leave its folder", true)),
        _ if component.contains(&0) => Err(refuse(path, "holds a NUL byte", false)),
        _ => Ok(()),
    }
}

impl Ord for EntryPath {
    fn cmp(&self, other: &Self) -> Ordering {
        // '/' counts as lower than every byte, which makes the order of joined bytes that of the components.
        // NUL, the one byte that would tie with it, is in no path.
        let rank = |byte: u8| if byte == b'/' { 0 } else { byte };
        match self.0.iter().zip(&other.0).find(|(a, b)| a != b) {
            Some((&a, &b)) => rank(a).cmp(&rank(b)),
            None => self.0.len().cmp(&other.0.len()),
        }
    }
}

impl PartialOrd for EntryPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryPath({:?})", self.to_string_lossy())
    }
}

#[cfg(test)]
mod tests;
