//! Deflate on all cores inside one stream: blocks of 256 KiB, each compressed by itself with the 32 KiB before it
//! as its dictionary and ended by a sync flush, joined in order, are one raw deflate stream (RFC 1951) that any
//! reader takes. What cannot be compressed is stored, which is eight times faster than trying.

use flate2::{Compress, Compression, FlushCompress, Status};
use std::io;

/// How much is compressed at once. Larger blocks compress no better; smaller ones lose to the flush and the
/// dictionary's set-up.
pub(crate) const BLOCK: usize = 256 * 1024;
/// How far back deflate can refer.
pub(crate) const WINDOW: usize = 32 * 1024;
/// Ends the stream: an empty last block with fixed codes.
pub(crate) const END: [u8; 2] = [0x03, 0x00];

/// The longest stored block of deflate.
const STORED: usize = 65535;
/// How much of a block the entropy probe reads, and in how many places.
const PROBE: usize = 4096;
const PROBES: usize = 4;
/// From this many bits a byte on, a block is taken for incompressible: random data measures 7.99 in a probe of
/// this size, compressed files and JPEGs more than 7.93, and code, text and tables less than 7.
const INCOMPRESSIBLE: f64 = 7.9;

/// Compresses blocks, one after the other, of any message.
pub(crate) struct Deflater {
    engine: Compress,
    used: bool,
}

impl Deflater {
    /// Levels are zlib's, 1 to 9.
    pub(crate) fn new(level: u32) -> Self {
        Self { engine: Compress::new(Compression::new(level.clamp(1, 9)), false), used: false }
    }

    /// The block as deflate blocks that end on a byte border and are not the last of the stream.
    pub(crate) fn block(&mut self, block: &[u8], dictionary: &[u8]) -> io::Result<Vec<u8>> {
        if looks_incompressible(block) {
            return Ok(stored(block));
        }
        if std::mem::replace(&mut self.used, true) {
            self.engine.reset();
        }
        if !dictionary.is_empty() {
            self.engine.set_dictionary(dictionary).map_err(io::Error::other)?;
        }
        // Room for the worst case (nine bits a byte), so that the output never runs full: zlib-rs 0.6 panics in its
        // level 1 when it has to stop for want of output.
        let mut out = Vec::with_capacity(block.len() + block.len() / 4 + 1024);
        loop {
            let done = usize::try_from(self.engine.total_in()).unwrap_or(usize::MAX).min(block.len());
            let status = self
                .engine
                .compress_vec(&block[done..], &mut out, FlushCompress::Sync)
                .map_err(io::Error::other)?;
            let complete = self.engine.total_in() == block.len() as u64;
            // Room left over means that the flush is complete too.
            if complete && (out.len() < out.capacity() || status == Status::BufError) {
                break;
            }
            if out.len() >= block.len() {
                return Ok(stored(block));
            }
            out.reserve(block.len() / 4 + 1024);
        }
        Ok(if out.len() < block.len() { out } else { stored(block) })
    }
}

/// The block as stored deflate blocks: 5 bytes for each 65535.
fn stored(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len() + (block.len() / STORED + 1) * 5);
    for piece in block.chunks(STORED) {
        let length = piece.len() as u16;
        out.push(0);
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(piece);
    }
    out
}

/// Whether samples of the block use all byte values about equally often.
fn looks_incompressible(block: &[u8]) -> bool {
    if block.len() < PROBE * PROBES {
        return false;
    }
    let mut counts = [0u32; 256];
    let step = (block.len() - PROBE) / (PROBES - 1);
    for probe in 0..PROBES {
        for &byte in &block[probe * step..probe * step + PROBE] {
            counts[usize::from(byte)] += 1;
        }
    }
    let total = (PROBE * PROBES) as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum();
    entropy > INCOMPRESSIBLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// Joins blocks as the sealer does, and inflates the result with the reader of another crate's making.
    fn round_trip(data: &[u8], block: usize, level: u32) -> (Vec<u8>, usize) {
        let mut deflater = Deflater::new(level);
        let mut stream = Vec::new();
        let mut at = 0usize;
        for piece in data.chunks(block) {
            let dictionary = &data[at.saturating_sub(WINDOW)..at];
            stream.extend(deflater.block(piece, dictionary).unwrap());
            at += piece.len();
        }
        stream.extend(END);
        let mut out = Vec::new();
        flate2::read::DeflateDecoder::new(&stream[..]).read_to_end(&mut out).unwrap();
        (out, stream.len())
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect()
    }

    #[test]
    fn blocks_join_to_one_stream() {
        let text: Vec<u8> =
            (0..200_000u32).flat_map(|n| format!("line {n} of the text\n").into_bytes()).collect();
        for level in [1, 3, 6, 9] {
            let (out, length) = round_trip(&text, BLOCK, level);
            assert!(out == text, "level {level}: the joined blocks must give the text back");
            assert!(length * 3 < text.len(), "level {level}: numbered lines shrink to a third, got {length}");
        }
    }

    #[test]
    fn noise_is_stored_and_hardly_grows() {
        let data = noise(1_000_000);
        let (out, length) = round_trip(&data, BLOCK, 6);
        assert!(out == data);
        assert!(length <= data.len() + 200, "stored blocks cost 5 bytes in 65535, got {length}");
    }

    #[test]
    fn a_dictionary_saves_what_repeats_across_a_border() {
        // The same 16 KiB of noise again and again is compressible only through references to the block before.
        let page = noise(8 * 1024);
        let data: Vec<u8> = page.iter().copied().cycle().take(12 * 1024 * 16).collect();
        let (out, length) = round_trip(&data, 12 * 1024, 6);
        assert!(out == data);
        assert!(length < data.len() / 6, "references must reach into the block before, got {length}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn any_data_comes_back(seed in proptest::collection::vec(any::<u8>(), 0..200), repeat in 1usize..400,
                               noisy in any::<bool>(), block in 1usize..40_000, level in 1u32..=9) {
            let mut data = seed.repeat(repeat);
            if noisy {
                data.extend(noise(50_000));
                data.extend(&seed);
            }
            prop_assert_eq!(round_trip(&data, block.max(data.len() / 64 + 1), level).0, data);
        }
    }
}
