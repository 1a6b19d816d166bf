//! Shell patterns, with the meaning of duplicity's `globmatch.py`. A pattern becomes a short program that is run
//! over the path with all its states at once, so that no pattern takes more than its length times the path's, and
//! lists of many thousand patterns cost little memory.

use super::text::{SLASH, Text, lower, same, upper};

const STAR: u32 = b'*' as u32;
const QUESTION: u32 = b'?' as u32;
const OPEN: u32 = b'[' as u32;
const CLOSE: u32 = b']' as u32;
const NOT: [u32; 2] = [b'!' as u32, b'^' as u32];
const RANGE: u32 = b'-' as u32;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `?`: any character but a slash.
    One,
    /// `*`: any characters but slashes.
    Many,
    /// `**`: anything.
    All,
    Char(u32),
    /// `[..]`, which may match a slash too.
    Class {
        negated: bool,
        ranges: Vec<(u32, u32)>,
    },
}

/// A sequence of tokens, the plain characters it begins with apart: they settle most comparisons.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Program {
    head: Vec<u32>,
    tokens: Vec<Token>,
}

/// How a path relates to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Match {
    /// The whole path matches.
    exact: bool,
    /// The path of a folder above it matches.
    below: bool,
}

/// A compiled shell pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    whole: Program,
    /// One for each leading part of the pattern up to a slash, to the first `**`: folders that must be scanned.
    parts: Vec<Program>,
    folders_only: bool,
    ignore_case: bool,
}

/// What a pattern says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    /// It matches the path, or a folder above it.
    Yes,
    /// It matches neither, but may match something below.
    Below,
    /// Neither.
    No,
}

impl Glob {
    /// Compiles `pattern`, which is not empty. The error says what is wrong with it.
    pub(super) fn new(pattern: &Text, ignore_case: bool) -> Result<Self, &'static str> {
        let mut pattern = pattern.chars().to_vec();
        let mut folders_only = false;
        if pattern == [SLASH] {
            pattern.extend([STAR, STAR]);
        } else if pattern.last() == Some(&SLASH) {
            pattern.pop();
            folders_only = true;
        }
        let whole = Program::new(&pattern)?;
        if let Some(stars) = pattern.windows(2).position(|pair| pair == [STAR, STAR]) {
            pattern.truncate(stars + 2);
        }
        let ends: Vec<usize> =
            (0..=pattern.len()).filter(|&i| i == pattern.len() || pattern[i] == SLASH).collect();
        // Empty parts may stand first and last only, as in `/folder/`.
        if ends.windows(2).rev().skip(1).any(|pair| pair[1] == pair[0] + 1) {
            return Err("it has two slashes in a row");
        }
        let part = |&end: &usize| Program::new(if end == 0 { &[SLASH] } else { &pattern[..end] });
        let parts = ends.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { whole, parts, folders_only, ignore_case })
    }

    /// What the pattern says of the entry at `path`; whether it may match below is looked at only if `deeper`.
    pub(super) fn covers(&self, path: &Text, is_dir: bool, deeper: bool) -> Covers {
        let whole = self.whole.run(path.chars(), self.ignore_case);
        if whole.exact || whole.below {
            // Of the path itself only a folder will do; what is below one is covered whatever it is.
            let wrong = self.folders_only && whole.exact && !is_dir;
            return if wrong { Covers::No } else { Covers::Yes };
        }
        if deeper && self.parts.iter().any(|part| part.run(path.chars(), self.ignore_case).exact) {
            return Covers::Below;
        }
        Covers::No
    }
}

impl Program {
    fn new(pattern: &[u32]) -> Result<Self, &'static str> {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            let token = match first {
                STAR if rest.first() == Some(&STAR) => {
                    rest = &rest[1..];
                    Token::All
                }
                STAR => Token::Many,
                QUESTION => Token::One,
                OPEN => match class_end(rest) {
                    Some(end) => {
                        let class = class(&rest[..end])?;
                        rest = &rest[end + 1..];
                        class
                    }
                    None => Token::Char(OPEN),
                },
                plain => Token::Char(plain),
            };
            tokens.push(token);
        }
        let plain = tokens.iter().take_while(|token| matches!(token, Token::Char(_))).count();
        let head = tokens.drain(..plain).filter_map(|token| match token {
            Token::Char(c) => Some(c),
            _ => None,
        });
        Ok(Self { head: head.collect(), tokens })
    }

    fn run(&self, path: &[u32], ignore_case: bool) -> Match {
        let Some((head, rest)) = path.split_at_checked(self.head.len()) else { return Match::default() };
        if !head.iter().zip(&self.head).all(|(&a, &b)| same(a, b, ignore_case)) {
            return Match::default();
        }
        if self.tokens.is_empty() {
            return Match { exact: rest.is_empty(), below: rest.first() == Some(&SLASH) };
        }
        let end = self.tokens.len();
        let mut found = Match::default();
        // `now[i]`: the tokens before `i` match what was read so far.
        let mut now = vec![false; end + 1];
        let mut next = now.clone();
        now[0] = true;
        for place in 0..=rest.len() {
            for i in 0..end {
                if now[i] && matches!(self.tokens[i], Token::Many | Token::All) {
                    now[i + 1] = true;
                }
            }
            let Some(&c) = rest.get(place) else {
                found.exact = now[end];
                break;
            };
            found.below |= now[end] && c == SLASH;
            next.fill(false);
            for i in (0..end).filter(|&i| now[i]) {
                match &self.tokens[i] {
                    Token::All => next[i] = true,
                    Token::Many => next[i] |= c != SLASH,
                    token => next[i + 1] |= token.takes(c, ignore_case),
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        found
    }
}

impl Token {
    fn takes(&self, c: u32, ignore_case: bool) -> bool {
        match self {
            Self::One => c != SLASH,
            Self::Char(wanted) => same(c, *wanted, ignore_case),
            Self::Class { negated, ranges } => {
                let within = |c: u32| ranges.iter().any(|&(from, to)| (from..=to).contains(&c));
                let hit = within(c) || ignore_case && (within(lower(c)) || within(upper(c)));
                hit != *negated
            }
            Self::Many | Self::All => true,
        }
    }
}

/// Where the bracket that closes a class stands, of what follows the opening one. A bracket that comes first is a
/// member.
fn class_end(rest: &[u32]) -> Option<usize> {
    let mut from = usize::from(rest.first().is_some_and(|first| NOT.contains(first)));
    from += usize::from(rest.get(from) == Some(&CLOSE));
    rest.get(from..)?.iter().position(|&c| c == CLOSE).map(|at| from + at)
}

fn class(inside: &[u32]) -> Result<Token, &'static str> {
    let negated = inside.first().is_some_and(|first| NOT.contains(first));
    let mut members = &inside[usize::from(negated)..];
    let mut ranges = Vec::new();
    while let Some((&from, rest)) = members.split_first() {
        let to = match rest {
            [RANGE, to, ..] => {
                members = &rest[2..];
                *to
            }
            _ => {
                members = rest;
                from
            }
        };
        if to < from {
            return Err("it has a range that ends before it begins");
        }
        ranges.push((from, to));
    }
    Ok(Token::Class { negated, ranges })
}
