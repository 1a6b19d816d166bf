//! Keys that this version does not know, carried from the file that is replaced into the one that replaces it.

use serde_ignored::Path as Ignored;
use toml::{Table, Value};

/// The keys that lead to a value, outermost first. Items of lists have none: a list is replaced as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    keys: Vec<String>,
    in_list: bool,
}

impl Path {
    pub(super) fn of(path: &Ignored<'_>) -> Self {
        let mut made = Self { keys: Vec::new(), in_list: false };
        made.add(path);
        made
    }

    fn add(&mut self, path: &Ignored<'_>) {
        match path {
            Ignored::Root => {}
            Ignored::Map { parent, key } => {
                self.add(parent);
                self.keys.push(key.clone());
            }
            Ignored::Seq { parent, .. } => {
                self.add(parent);
                self.in_list = true;
            }
            Ignored::Some { parent }
            | Ignored::NewtypeStruct { parent }
            | Ignored::NewtypeVariant { parent } => self.add(parent),
        }
    }
}

/// Puts the values at `unknown` in `old` into `new`, where the table they were in still is.
pub(super) fn keep(new: &mut Table, old: &Table, unknown: &[Path]) {
    for path in unknown.iter().filter(|path| !path.in_list) {
        put(new, old, &path.keys);
    }
}

fn put(new: &mut Table, old: &Table, keys: &[String]) {
    let Some((key, below)) = keys.split_first() else { return };
    match (old.get(key), new.get_mut(key)) {
        (Some(Value::Table(old)), Some(Value::Table(new))) => put(new, old, below),
        (Some(value), None) if below.is_empty() => drop(new.insert(key.clone(), value.clone())),
        _ => {}
    }
}
