//! Finds the blocks of a signature by their weak sum. Built by sorting, so that neither equal blocks (a file of
//! zeros) nor chosen ones make building or looking up slower than a logarithm.

use crate::Signature;
use crate::rollsum::Rollsum;

/// Blocks by weak sum, equal blocks once (the first of them).
#[derive(Debug)]
pub(crate) struct BlockIndex {
    /// Scrambled weak sum in the high half, block number in the low half; sorted by sum, strong sum, number.
    entries: Vec<u64>,
    /// Where the entries begin whose scrambled sum has these top bits.
    starts: Vec<u32>,
    start_shift: u32,
    /// One bit for the top bits of each scrambled sum: most positions of a file end here.
    filter: Vec<u64>,
    filter_shift: u32,
}

/// Spreads the sums over the whole range; a bijection, so equal results mean equal sums.
#[inline]
fn scramble(weak: u32) -> u32 {
    weak.wrapping_mul(0x9E37_79B1)
}

impl BlockIndex {
    /// Indexes the blocks of `signature`, of which there are fewer than 2³².
    pub(crate) fn new(signature: &Signature) -> Self {
        let number = |entry: u64| entry as u32 as usize;
        let mut entries: Vec<u64> = (0..signature.blocks())
            .map(|i| u64::from(scramble(signature.weak(i))) << 32 | i as u64)
            .collect();
        entries.sort_unstable();
        for group in entries.chunk_by_mut(|a, b| a >> 32 == b >> 32) {
            if group.len() > 1 {
                group.sort_unstable_by_key(|&entry| (signature.entry(number(entry)), number(entry)));
            }
        }
        entries.dedup_by(|b, a| {
            *a >> 32 == *b >> 32 && signature.entry(number(*a)) == signature.entry(number(*b))
        });
        entries.shrink_to_fit();

        let bits = usize::BITS - entries.len().leading_zeros();
        let start_bits = bits.saturating_sub(1).clamp(1, 24);
        let filter_bits = (bits + 3).clamp(10, 27);
        let start_shift = 32 - start_bits;
        let filter_shift = 32 - filter_bits;
        let mut starts = vec![0u32; (1 << start_bits) + 1];
        let mut filter = vec![0u64; 1 << (filter_bits - 6)];
        for &entry in &entries {
            let key = (entry >> 32) as u32;
            starts[(key >> start_shift) as usize + 1] += 1;
            let bit = key >> filter_shift;
            filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Self { entries, starts, start_shift, filter, filter_shift }
    }

    /// Whether a block may have this weak sum. Never wrong when it says no.
    #[inline]
    fn may_hold(&self, weak: u32) -> bool {
        let bit = scramble(weak) >> self.filter_shift;
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// Moves `sum`, of the first `len` bytes of `old`, on until a block may have it or `new`, the bytes that enter, ends;
    /// returns by how many bytes. This is where a file that is new spends its time.
    #[inline]
    pub(crate) fn skip(&self, sum: &mut Rollsum, len: u32, old: &[u8], new: &[u8]) -> usize {
        for (steps, (&old, &new)) in old.iter().zip(new).enumerate() {
            if self.may_hold(sum.digest()) {
                return steps;
            }
            sum.rotate(len, old, new);
        }
        old.len().min(new.len())
    }

    /// The different blocks with this weak sum, by strong sum; [`Self::find`] looks among them.
    pub(crate) fn candidates(&self, weak: u32) -> &[u64] {
        let key = scramble(weak);
        let bucket = (key >> self.start_shift) as usize;
        let bucket = &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let from = bucket.partition_point(|&entry| ((entry >> 32) as u32) < key);
        let to = bucket.partition_point(|&entry| (entry >> 32) as u32 <= key);
        &bucket[from..to]
    }

    /// The first block among `candidates` whose sums are `sums`.
    pub(crate) fn find(signature: &Signature, candidates: &[u64], sums: &[u8]) -> Option<usize> {
        let found =
            candidates.binary_search_by(|&entry| signature.entry(entry as u32 as usize).cmp(sums)).ok()?;
        Some(candidates[found] as u32 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignatureWriter;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn finds_the_first_of_equal_blocks(data in proptest::collection::vec(0u8..3, 0..4000), block in 1u32..9) {
            let mut writer = SignatureWriter::new(block);
            writer.update(&data);
            let signature = Signature::parse(writer.finish()).unwrap();
            let index = BlockIndex::new(&signature);
            for i in 0..signature.blocks() {
                let weak = signature.weak(i);
                prop_assert!(index.may_hold(weak), "the filter must let every block through");
                let first = (0..signature.blocks()).find(|&j| signature.entry(j) == signature.entry(i));
                let found = BlockIndex::find(&signature, index.candidates(weak), signature.entry(i));
                prop_assert_eq!(found, first, "equal blocks are held once, by their first");
            }
            prop_assert!(index.candidates(0x1234_5678).is_empty(), "a sum of no block has no candidates");
        }
    }
}
