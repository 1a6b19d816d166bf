//! Ranges of bytes of a file, ascending and apart from each other.

/// Which bytes of a file are meant. 16 bytes of memory a range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// The union of ranges, each from its start up to its end.
    #[must_use]
    pub fn of(mut ranges: Vec<(u64, u64)>) -> Self {
        ranges.retain(|(start, end)| start < end);
        ranges.sort_unstable();
        let mut union: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
        for (start, end) in ranges {
            match union.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => union.push((start, end)),
            }
        }
        union.shrink_to_fit();
        Self(union)
    }

    /// Whether no byte is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges.
    pub(crate) fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// What of `start..end` is meant, ascending.
    pub(crate) fn within(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        let first = self.0.partition_point(|(_, stop)| *stop <= start);
        self.0[first..]
            .iter()
            .take_while(move |(begin, _)| *begin < end)
            .map(move |(begin, stop)| (start.max(*begin), end.min(*stop)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_and_cut() {
        let ranges = Ranges::of(vec![(10, 20), (5, 5), (18, 30), (0, 3), (30, 31), (40, 50)]);
        assert_eq!(ranges.as_slice(), [(0, 3), (10, 31), (40, 50)]);
        let within = |start, end| ranges.within(start, end).collect::<Vec<_>>();
        assert_eq!(within(2, 12), [(2, 3), (10, 12)]);
        assert_eq!(within(31, 40), []);
        assert_eq!(within(0, u64::MAX), ranges.as_slice());
        assert!(Ranges::of(vec![(7, 7)]).is_empty());
    }
}
