//! librsync signatures: a header (magic, block length, strong length) and for each block of the file its weak
//! rolling sum and the first bytes of its strong sum. Written block by block as the file is read; read with every
//! length checked.

use std::sync::{Arc, OnceLock};

use crate::DeltaError;
use crate::index::BlockIndex;

const HEADER: usize = 12;
const WEAK: usize = 4;
const MD4_MAGIC: u32 = 0x7273_0136;
const BLAKE2_MAGIC: u32 = 0x7273_0137;
const RK_MD4_MAGIC: u32 = 0x7273_0146;
const RK_BLAKE2_MAGIC: u32 = 0x7273_0147;

/// The strong length duplicity uses, in bytes.
const STRONG: u32 = 8;
/// Shorter strong sums are not trusted to identify a block: a wrong match would damage the backup.
const STRONG_LEAST: usize = 8;
/// Longer blocks are not matched, since a block must be held in memory: 16 MiB is what duplicity's rule gives for
/// a file of 256 TiB.
const BLOCK_MOST: usize = 16 << 20;

/// The sums of each block of `data` (the last may be short) as they stand in a signature: 4 + `strong` bytes a
/// block. `strong` is at most 16, `block_len` at least 1.
pub(crate) fn block_sums(data: &[u8], block_len: u32, strong: u32) -> Vec<u8> {
    let options = fast_rsync::SignatureOptions { block_size: block_len, crypto_hash_size: strong };
    let mut sums = fast_rsync::Signature::calculate(data, options).into_serialized();
    sums.drain(..HEADER);
    sums
}

/// Makes the signature of a file that is fed to it in pieces: MD4 and rollsum with a strong length of 8, equal byte
/// for byte to `rdiff -R rollsum -H md4 -S 8 -b BLOCK signature`.
///
/// Memory: the signature (12 bytes a block) and a buffer of eight blocks, at least 64 KiB; one block where blocks
/// are longer than 1 MiB.
#[derive(Debug)]
pub struct SignatureWriter {
    block_len: u32,
    /// How many bytes are hashed at once: a multiple of the block length, so that the lanes are full.
    batch: usize,
    pending: Vec<u8>,
    signature: Vec<u8>,
}

impl SignatureWriter {
    /// A signature with blocks of `block_len` bytes (0 is taken as 1).
    #[must_use]
    pub fn new(block_len: u32) -> Self {
        let block_len = block_len.max(1);
        let block = block_len as usize;
        let batch = if block > 1 << 20 { block } else { block * 8usize.max((64 << 10) / block) };
        let mut signature = Vec::with_capacity(1024);
        for number in [MD4_MAGIC, block_len, STRONG] {
            signature.extend_from_slice(&number.to_be_bytes());
        }
        Self { block_len, batch, pending: Vec::new(), signature }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, mut data: &[u8]) {
        if !self.pending.is_empty() {
            let taken = data.len().min(self.batch - self.pending.len());
            self.pending.extend_from_slice(&data[..taken]);
            data = &data[taken..];
            if self.pending.len() < self.batch {
                return;
            }
            let pending = std::mem::take(&mut self.pending);
            self.add(&pending);
            self.pending = pending;
            self.pending.clear();
        }
        let (whole, rest) = data.split_at(data.len() - data.len() % self.batch);
        for batch in whole.chunks(self.batch) {
            self.add(batch);
        }
        self.pending.extend_from_slice(rest);
    }

    /// The signature of all that was fed.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let pending = std::mem::take(&mut self.pending);
        self.add(&pending);
        self.signature
    }

    fn add(&mut self, blocks: &[u8]) {
        self.signature.extend_from_slice(&block_sums(blocks, self.block_len, STRONG));
    }
}

/// Which sums a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// MD4 and the rolling sum: what duplicity writes.
    Md4,
    /// BLAKE2 and the rolling sum.
    Blake2,
    /// MD4 and the RabinKarp sum.
    RabinKarpMd4,
    /// BLAKE2 and the RabinKarp sum.
    RabinKarpBlake2,
}

/// A parsed signature, cheap to clone.
///
/// Memory: the bytes given, and once a [`DeltaWriter`](crate::DeltaWriter) was made from it about 14 bytes a block
/// for the index, shared by all clones.
#[derive(Debug, Clone)]
pub struct Signature(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: SignatureKind,
    block_len: u32,
    strong: usize,
    bytes: Vec<u8>,
    index: OnceLock<BlockIndex>,
}

impl Signature {
    /// Reads a signature of any of librsync's four kinds.
    ///
    /// # Errors
    /// [`DeltaError::Signature`] when the magic is unknown, a length in the header is impossible, or the bytes do not
    /// end with a whole block's sums.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, DeltaError> {
        let bytes = bytes.into();
        let number = |i: usize| {
            let four = bytes.get(i * 4..i * 4 + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
            four.map(u32::from_be_bytes).ok_or(DeltaError::Signature("the header is cut off"))
        };
        let (kind, strong_most) = match number(0)? {
            MD4_MAGIC => (SignatureKind::Md4, 16),
            BLAKE2_MAGIC => (SignatureKind::Blake2, 32),
            RK_MD4_MAGIC => (SignatureKind::RabinKarpMd4, 16),
            RK_BLAKE2_MAGIC => (SignatureKind::RabinKarpBlake2, 32),
            _ => return Err(DeltaError::Signature("it does not begin as a signature does")),
        };
        let (block_len, strong) = (number(1)?, number(2)? as usize);
        if block_len == 0 {
            return Err(DeltaError::Signature("its block length is 0"));
        }
        if strong == 0 || strong > strong_most {
            return Err(DeltaError::Signature("its strong sums have an impossible length"));
        }
        if !(bytes.len() - HEADER).is_multiple_of(WEAK + strong) {
            return Err(DeltaError::Signature("its last block is cut off"));
        }
        Ok(Self(Arc::new(Inner { kind, block_len, strong, bytes, index: OnceLock::new() })))
    }

    /// Which sums it holds.
    #[must_use]
    pub fn kind(&self) -> SignatureKind {
        self.0.kind
    }

    /// Block length, in bytes.
    #[must_use]
    pub fn block_len(&self) -> u32 {
        self.0.block_len
    }

    /// Length of a strong sum, in bytes.
    #[must_use]
    pub fn strong_len(&self) -> usize {
        self.0.strong
    }

    /// Number of blocks; the last one may be short.
    #[must_use]
    pub fn blocks(&self) -> usize {
        (self.0.bytes.len() - HEADER) / self.entry_len()
    }

    /// The bytes it was parsed from.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Whether blocks can be matched against it: MD4 with the rolling sum, strong sums of 8 bytes or more, blocks of
    /// at most 16 MiB. If not, a [`DeltaWriter`](crate::DeltaWriter) makes a valid delta of literals only.
    #[must_use]
    pub fn can_match(&self) -> bool {
        self.0.kind == SignatureKind::Md4
            && self.0.strong >= STRONG_LEAST
            && self.0.block_len as usize <= BLOCK_MOST
            && u32::try_from(self.blocks()).is_ok()
    }

    /// Bytes of one block's sums.
    pub(crate) fn entry_len(&self) -> usize {
        WEAK + self.0.strong
    }

    /// The sums of block `i`, which must exist, as they stand in the signature.
    pub(crate) fn entry(&self, i: usize) -> &[u8] {
        &self.entries()[i * self.entry_len()..][..self.entry_len()]
    }

    /// The weak sum of block `i`, which must exist.
    pub(crate) fn weak(&self, i: usize) -> u32 {
        let entry = self.entry(i);
        u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]])
    }

    /// The sums of all blocks.
    pub(crate) fn entries(&self) -> &[u8] {
        &self.0.bytes[HEADER..]
    }

    /// The index of the blocks by weak sum, made at the first call.
    pub(crate) fn index(&self) -> &BlockIndex {
        self.0.index.get_or_init(|| BlockIndex::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_make_the_signature_of_the_whole(
            start in proptest::collection::vec(any::<u8>(), 1..300),
            repeats in 0usize..1000,
            block in 1u32..5000,
            piece in 1usize..100_000,
        ) {
            let data = start.repeat(repeats);
            let mut writer = SignatureWriter::new(block);
            data.chunks(piece).for_each(|piece| writer.update(piece));
            let options = fast_rsync::SignatureOptions { block_size: block, crypto_hash_size: 8 };
            let whole = fast_rsync::Signature::calculate(&data, options).into_serialized();
            prop_assert_eq!(writer.finish(), whole, "how the file is cut must not show");
        }

        #[test]
        fn any_bytes_parse_or_fail(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0usize..5) {
            if let Some(magic) = [0x36, 0x37, 0x46, 0x47].get(kind) && bytes.len() >= 4 {
                bytes[..4].copy_from_slice(&[0x72, 0x73, 1, *magic]);
            }
            if let Ok(signature) = Signature::parse(bytes.clone()) {
                prop_assert_eq!(signature.blocks() * signature.entry_len() + HEADER, bytes.len());
            }
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        let make = |magic: u32, block: u32, strong: u32, tail: usize| {
            let mut bytes = [magic, block, strong].map(u32::to_be_bytes).concat();
            bytes.resize(HEADER + tail, 7);
            Signature::parse(bytes)
        };
        assert!(make(MD4_MAGIC, 700, 8, 24).unwrap().can_match(), "duplicity's own kind");
        assert!(make(MD4_MAGIC, 65536, 16, 40).unwrap().can_match(), "with whole MD4 sums");
        for (magic, strong) in [(BLAKE2_MAGIC, 32), (RK_MD4_MAGIC, 8), (RK_BLAKE2_MAGIC, 32), (MD4_MAGIC, 4)]
        {
            let signature = make(magic, 2048, strong, 2 * (4 + strong as usize)).unwrap();
            assert!(
                !signature.can_match(),
                "{magic:#x} with {strong} cannot be matched, yet it is a signature"
            );
            assert_eq!(signature.blocks(), 2);
        }
        assert!(!make(MD4_MAGIC, u32::MAX, 8, 12).unwrap().can_match(), "a block of 4 GiB must not be held");
        for (magic, block, strong, tail) in [
            (0x7273_0236, 2048, 8, 12), // a delta
            (MD4_MAGIC, 0, 8, 12),
            (MD4_MAGIC, 2048, 0, 12),
            (MD4_MAGIC, 2048, 17, 21),
            (BLAKE2_MAGIC, 2048, 33, 37),
            (MD4_MAGIC, 2048, 8, 13),
            (MD4_MAGIC, 2048, u32::MAX, 12),
        ] {
            assert!(
                make(magic, block, strong, tail).is_err(),
                "{magic:#x} {block} {strong} {tail} contradicts itself"
            );
        }
        assert!(Signature::parse(vec![0x72, 0x73, 1, 0x36, 0, 0]).is_err(), "half a header");
    }
}
