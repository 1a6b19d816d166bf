//! Ids for what the page must be able to name and must not be able to make up: folders that a dialog gave, entries of a
//! moment, places that were restored. They live in memory, end with the program, and the oldest give way to new ones.

use backtrail_base::random_bytes;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// Values and the ids that stand for them; the same value has the same id while it is known.
#[derive(Debug)]
pub(super) struct Ids<T> {
    /// Told apart from ids of an earlier start and of other tables, which a window may still hold.
    prefix: String,
    most: usize,
    next: u64,
    values: HashMap<u64, (Arc<T>, u64)>,
    numbers: HashMap<Arc<T>, u64>,
    /// By when they were last given out.
    order: BTreeMap<u64, u64>,
    now: u64,
}

impl<T: Eq + Hash> Ids<T> {
    /// A table that holds at most `most` values.
    pub(super) fn new(most: usize) -> Self {
        let [a, b, c, d] = random_bytes();
        Self {
            prefix: format!("{a:02x}{b:02x}{c:02x}{d:02x}-"),
            most,
            next: 0,
            values: HashMap::new(),
            numbers: HashMap::new(),
            order: BTreeMap::new(),
            now: 0,
        }
    }

    /// The id of a value, a new one if it is not known.
    pub(super) fn id(&mut self, value: T) -> String {
        self.now += 1;
        let known = self.numbers.get(&value).copied();
        let number = known.unwrap_or_else(|| {
            self.next += 1;
            let value = Arc::new(value);
            self.numbers.insert(Arc::clone(&value), self.next);
            self.values.insert(self.next, (value, 0));
            self.next
        });
        if let Some((_, given)) = self.values.get_mut(&number) {
            self.order.remove(given);
            *given = self.now;
            self.order.insert(self.now, number);
        }
        while self.values.len() > self.most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            if let Some((value, _)) = self.values.remove(&oldest) {
                self.numbers.remove(&value);
            }
        }
        format!("{}{number:x}", self.prefix)
    }

    /// What an id stands for; none for one that was never given out or has given way.
    pub(super) fn value(&self, id: &str) -> Option<Arc<T>> {
        let number = u64::from_str_radix(id.strip_prefix(&self.prefix)?, 16).ok()?;
        self.values.get(&number).map(|(value, _)| Arc::clone(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_id_and_an_id_its_value() {
        let mut ids = Ids::new(10);
        let (a, b) = (ids.id("a"), ids.id("b"));
        assert_ne!(a, b, "two things under one id would restore the wrong file");
        assert_eq!(ids.id("a"), a, "a selection survives that the folder is listed again");
        assert_eq!(ids.value(&b).as_deref(), Some(&"b"));
        let mut others = Ids::new(10);
        others.id("x");
        assert_eq!(
            others.value(&a),
            None,
            "an id of another table, or of an earlier start, names nothing here"
        );
        for bad in ["", "1", "a", &a[..a.len() - 1], &format!("{a}0"), &format!("{a} ")] {
            assert_eq!(ids.value(bad), None, "{bad:?} was never given out");
        }
    }

    #[test]
    fn the_oldest_give_way_and_what_is_listed_again_is_young() {
        let mut ids = Ids::new(3);
        let first: Vec<String> = ["a", "b", "c"].map(|value| ids.id(value)).to_vec();
        ids.id("a");
        ids.id("d");
        assert_eq!(ids.value(&first[1]), None, "memory is bounded: b was the oldest");
        assert_eq!(ids.value(&first[0]).as_deref(), Some(&"a"), "a was just shown again");
        assert_eq!(
            (ids.values.len(), ids.numbers.len(), ids.order.len()),
            (3, 3, 3),
            "nothing is left behind"
        );
        assert_ne!(ids.id("b"), first[1], "an id never comes to mean something again by chance");
    }
}
