//! Makes a delta while the file is read. The bytes go through a window with a rolling sum; a block found in the
//! signature becomes a copy, the rest literals. What is left of a window, less than a block, is carried into the
//! next one, so that a shifted file costs nothing at the window's border.

use crate::Signature;
use crate::command::{self, Command};
use crate::index::BlockIndex;
use crate::rollsum::Rollsum;
use crate::signature::block_sums;

/// Bytes scanned at a time, beside the carried tail; at least a block.
const WINDOW: usize = 1 << 20;
/// The most blocks compared at a time while they follow the old file.
const RUN_MOST: usize = 32;
/// Strong sums may be computed in vain over this many bytes, and …
const VAIN_AT_FIRST: u64 = 16 << 20;
/// … over this many times the bytes scanned. It bounds the time that data made to collide can take.
const VAIN_FACTOR: u64 = 8;

/// Writes one librsync delta against a signature, from a file that is fed in pieces.
///
/// A file that follows its old self is compared many blocks at a time; a run of equal blocks (zeros) becomes one copy
/// where the old file has such a run. The time is linear in the file whatever it holds.
///
/// Memory: a window of 1 MiB, or a block if that is longer, plus a block; and the signature's index. What is
/// appended to `out` in one call is at most what was fed plus one window and a few bytes a mebibyte.
#[derive(Debug)]
pub struct DeltaWriter {
    signature: Signature,
    /// Block length, or 0 when nothing can be matched.
    block: usize,
    window: usize,
    /// Fed and not yet written: begins where the last command ended.
    buffer: Vec<u8>,
    /// A copy that may yet be continued.
    copy: Option<(u64, u64)>,
    /// The block that follows the last match, if the file continues there.
    expected: Option<usize>,
    /// How many blocks to compare at once.
    run: usize,
    scanned: u64,
    vain: u64,
    started: bool,
}

impl DeltaWriter {
    /// A delta against the file that `signature` was made from. If it [cannot be matched](Signature::can_match), the
    /// delta will hold literals only.
    #[must_use]
    pub fn new(signature: &Signature) -> Self {
        let usable = signature.can_match() && signature.blocks() > 0;
        let block = if usable { signature.block_len() as usize } else { 0 };
        Self {
            signature: signature.clone(),
            block,
            window: WINDOW.max(block),
            buffer: Vec::new(),
            copy: None,
            expected: None,
            run: 1,
            scanned: 0,
            vain: 0,
            started: false,
        }
    }

    /// Takes the next bytes of the file and appends what is known of the delta to `out`.
    pub fn update(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        let full = self.window + self.block;
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(full - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            data = later;
            if self.buffer.len() == full {
                let done = self.scan(out);
                self.buffer.drain(..done);
            }
        }
    }

    /// Ends the delta.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let done = self.scan(out);
        let buffer = std::mem::take(&mut self.buffer);
        let rest = &buffer[done..];
        let tail = self.old_tail(rest);
        self.put_literal(&rest[..rest.len() - tail], out);
        if tail > 0 {
            self.put_copy(self.signature.blocks() - 1, tail as u64, out);
        }
        self.flush_copy(out);
        self.start(out);
        command::put(Command::End, out);
    }

    /// Writes commands for the buffer as far as it goes, and returns how far that is. Less than a block is left.
    fn scan(&mut self, out: &mut Vec<u8>) -> usize {
        let buffer = std::mem::take(&mut self.buffer);
        let signature = self.signature.clone();
        let block = self.block;
        let mut literal = 0;
        let mut at = 0;
        if block == 0 {
            at = buffer.len();
        }
        'blocks: while block > 0 && buffer.len() - at >= block {
            let followed = self.follow(&buffer[at..]);
            if followed > 0 {
                let first = self.expected.unwrap_or_default();
                self.put_copy(first, (followed * block) as u64, out);
                at += followed * block;
                literal = at;
                self.expected = Some(first + followed);
                continue;
            }
            let index = signature.index();
            let mut sum = Rollsum::of(&buffer[at..at + block]);
            loop {
                let steps = index.skip(&mut sum, block as u32, &buffer[at..], &buffer[at + block..]);
                at += steps;
                if steps > 0 {
                    self.expected = None;
                }
                if let Some(found) = self.find(index, sum.digest(), &buffer[at..at + block], at) {
                    self.put_literal(&buffer[literal..at], out);
                    self.put_copy(found, block as u64, out);
                    at += block;
                    literal = at;
                    self.expected = Some(found + 1);
                    self.run = 2;
                    continue 'blocks;
                }
                at += 1;
                self.expected = None;
                if buffer.len() - at < block {
                    break 'blocks;
                }
                sum.rotate(block as u32, buffer[at - 1], buffer[at - 1 + block]);
            }
        }
        self.put_literal(&buffer[literal..at], out);
        self.scanned += at as u64;
        self.buffer = buffer;
        at
    }

    /// How many blocks at the start of `data`, a block or more, are those expected next in the old file.
    fn follow(&mut self, data: &[u8]) -> usize {
        let Some(first) = self.expected else { return 0 };
        let blocks = self.run.min(data.len() / self.block).min(self.signature.blocks().saturating_sub(first));
        if blocks == 0 {
            return 0;
        }
        // The weak sum is cheap and says no nearly always when the file goes another way.
        if Rollsum::of(&data[..self.block]).digest() != self.signature.weak(first) {
            self.run = 1;
            return 0;
        }
        let strong = self.signature.strong_len() as u32;
        let sums = block_sums(&data[..blocks * self.block], self.block as u32, strong);
        let entry = self.signature.entry_len();
        let old = &self.signature.entries()[first * entry..];
        let equal = sums.chunks(entry).zip(old.chunks(entry)).take_while(|(new, old)| new == old).count();
        self.run = if equal == blocks { (self.run * 2).min(RUN_MOST) } else { 1 };
        equal
    }

    /// The old block that equals `data`, whose weak sum is `weak`.
    fn find(&mut self, index: &BlockIndex, weak: u32, data: &[u8], at: usize) -> Option<usize> {
        let candidates = index.candidates(weak);
        if candidates.is_empty() || self.vain > VAIN_AT_FIRST + VAIN_FACTOR * (self.scanned + at as u64) {
            return None;
        }
        let sums = block_sums(data, self.block as u32, self.signature.strong_len() as u32);
        let found = BlockIndex::find(&self.signature, candidates, &sums);
        if found.is_none() {
            self.vain += self.block as u64;
        }
        found
    }

    /// How many bytes at the end of `rest`, less than a block, are the short last block of the old file.
    fn old_tail(&mut self, rest: &[u8]) -> usize {
        if self.block == 0 {
            return 0;
        }
        let last = self.signature.blocks() - 1;
        let weak = self.signature.weak(last);
        let mut sum = Rollsum::of(rest);
        for (start, &byte) in rest.iter().enumerate() {
            if sum.digest() == weak && self.vain <= VAIN_AT_FIRST + VAIN_FACTOR * self.scanned {
                let tail = &rest[start..];
                if block_sums(tail, self.block as u32, self.signature.strong_len() as u32)
                    == self.signature.entry(last)
                {
                    return tail.len();
                }
                self.vain += tail.len() as u64;
            }
            sum.roll_out((rest.len() - start) as u32, byte);
        }
        0
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            self.started = true;
            command::put_magic(out);
        }
    }

    fn put_literal(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if !data.is_empty() {
            self.flush_copy(out);
            self.start(out);
            command::put(Command::Literal { len: data.len() as u64 }, out);
            out.extend_from_slice(data);
        }
    }

    /// Copies `len` bytes from where block `first` begins; continues the copy before it if it can.
    fn put_copy(&mut self, first: usize, len: u64, out: &mut Vec<u8>) {
        let offset = first as u64 * self.block as u64;
        match &mut self.copy {
            Some((from, so_far)) if *from + *so_far == offset => *so_far += len,
            _ => {
                self.flush_copy(out);
                self.copy = Some((offset, len));
            }
        }
    }

    fn flush_copy(&mut self, out: &mut Vec<u8>) {
        if let Some((offset, len)) = self.copy.take() {
            self.start(out);
            command::put(Command::Copy { offset, len }, out);
        }
    }
}
