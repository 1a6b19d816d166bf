//! The changes of one file over a chain, taken the newest first and folded into one: so it is known of each older one
//! which of its bytes are still wanted, and the rest is not kept. The file is then made in one pass over its oldest
//! content. Commands are held in memory, up to a bound; literal bytes go to scratch space.

use super::stream::{Payload, PayloadError};
use crate::EngineError;
use crate::spool::{Scratch, Spool};
use backtrail_delta::{DeltaError, Forward, Literals, Ops, Ranges, patch};
use std::cell::RefCell;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// Commands that are held of one delta: 12 MiB.
const COMMANDS_MOST: usize = 1 << 19;

/// What changed of a file.
pub(crate) struct Patches {
    scratch: Arc<Scratch>,
    /// The literal bytes of all that is folded.
    literals: RefCell<Spool>,
    /// The newest first. More than one only where folding would take too many commands.
    steps: Vec<Step>,
}

enum Step {
    Folded(Ops),
    /// A delta as it is, of too many commands.
    Whole(RefCell<Spool>),
}

/// Writes a file's oldest content.
type Base<'f> = Box<dyn FnOnce(&mut dyn Write) -> Result<u64, PayloadError> + 'f>;

impl Patches {
    pub(super) fn new(scratch: &Arc<Scratch>) -> Self {
        Self { scratch: Arc::clone(scratch), literals: RefCell::new(scratch.spool()), steps: Vec::new() }
    }

    /// Whether anything of an older content is in the file.
    pub(super) fn need_more(&self) -> bool {
        match self.steps.last() {
            Some(Step::Folded(ops)) => ops.base_len() > 0,
            Some(Step::Whole(_)) | None => true,
        }
    }

    /// Takes the delta before those that are here.
    pub(super) fn add_older(&mut self, mut delta: Payload<'_, '_>) -> Result<(), PayloadError> {
        // One that comes in pieces may have more commands than can be held.
        let may_be_long = delta.has_pieces();
        let added = self.add(&mut delta, may_be_long, COMMANDS_MOST);
        // The payload knows better why it could not be read.
        delta.finish()?;
        added
    }

    fn add(&mut self, delta: impl Read, may_be_long: bool, most: usize) -> Result<(), PayloadError> {
        let wanted = match self.steps.last() {
            Some(Step::Folded(ops)) => ops.copied(),
            Some(Step::Whole(_)) | None => Ranges::of(vec![(0, u64::MAX)]),
        };
        let copy = may_be_long.then(|| self.scratch.spool());
        let mut input = Copying { input: delta, copy, failure: None };
        let literals = self.literals.get_mut();
        let start = literals.len();
        let buffered = BufReader::with_capacity(64 << 10, &mut input);
        let read = Ops::read_wanted(buffered, 0, start, literals, most, &wanted);
        let too_long = matches!(read, Err(DeltaError::TooManyOps { .. }));
        if too_long {
            // All of it is wanted again. What cannot be read, the payload's end says.
            io::copy(&mut input, &mut io::sink()).ok();
        }
        if let Some(error) = input.failure.take() {
            return Err(local(error));
        }
        let step = match (read, self.steps.last()) {
            (Ok((ops, _)), Some(Step::Folded(newer))) => match ops.compose(newer, most) {
                Ok(folded) => {
                    self.steps.pop();
                    Step::Folded(folded)
                }
                Err(DeltaError::TooManyOps { .. }) => Step::Folded(ops),
                Err(error) => return Err(damage(error)),
            },
            (Ok((ops, _)), Some(Step::Whole(_)) | None) => Step::Folded(ops),
            (Err(error), _) => match input.copy.take() {
                Some(copy) if too_long => Step::Whole(RefCell::new(copy)),
                _ => return Err(damage(error)),
            },
        };
        self.steps.push(step);
        Ok(())
    }

    /// Writes the file to `out`: `base` writes its oldest content, once. Returns the file's length.
    pub(super) fn apply(
        self,
        out: &mut dyn Write,
        base: impl FnOnce(&mut dyn Write) -> Result<u64, PayloadError>,
    ) -> Result<u64, PayloadError> {
        self.through(&self.steps, out, Box::new(base))
    }

    fn through<'f>(&self, steps: &[Step], out: &mut dyn Write, base: Base<'f>) -> Result<u64, PayloadError> {
        let Some((newest, older)) = steps.split_first() else { return base(out) };
        match newest {
            Step::Folded(ops) => {
                let mut literals = Shared(&self.literals);
                let mut forward = Forward::new(ops, &mut literals, self.scratch.spool(), out);
                let fed = self.through(older, &mut forward, base);
                match (fed, forward.take_failure()) {
                    (Ok(_) | Err(PayloadError::Output(_)), Some(failure)) => Err(damage(failure)),
                    (Err(error), _) => Err(error),
                    (Ok(_), None) => forward.finish().map_err(damage),
                }
            }
            Step::Whole(delta) => {
                let mut content = self.scratch.spool();
                self.through(older, &mut content, base)?;
                let mut delta = delta.borrow_mut();
                delta.seek(SeekFrom::Start(0)).map_err(local)?;
                let delta = BufReader::with_capacity(64 << 10, &mut *delta);
                patch(&mut content, delta, out, None).map_err(damage)
            }
        }
    }
}

/// Literal bytes that several steps refer to.
struct Shared<'a>(&'a RefCell<Spool>);

impl Literals for Shared<'_> {
    fn read_at(&mut self, _: u32, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut spool = self.0.borrow_mut();
        spool.seek(SeekFrom::Start(offset))?;
        spool.read_exact(into)
    }
}

/// Keeps a copy of what is read, where one may be needed.
struct Copying<R> {
    input: R,
    copy: Option<Spool>,
    /// Why the copy could not be kept.
    failure: Option<io::Error>,
}

impl<R: Read> Read for Copying<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if let Some(copy) = &mut self.copy
            && let Err(error) = copy.write_all(&buffer[..count])
        {
            self.failure = Some(error);
            return Err(io::Error::other("the copy cannot be kept"));
        }
        Ok(count)
    }
}

fn damage(error: DeltaError) -> PayloadError {
    match error {
        DeltaError::Output(error) => PayloadError::Output(error),
        // Scratch space, which is no fault of the backup.
        DeltaError::Base(error) | DeltaError::Literals(error) => local(error),
        error => PayloadError::Damaged(format!("its change cannot be applied: {error}")),
    }
}

fn local(error: io::Error) -> PayloadError {
    PayloadError::Stream(EngineError::Io(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_delta::{DeltaWriter, Signature, SignatureWriter};

    /// The delta from `old` to `new`, in blocks of 64 bytes.
    fn delta(old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut writer = SignatureWriter::new(64);
        writer.update(old);
        let mut delta = Vec::new();
        let mut writer = DeltaWriter::new(&Signature::parse(writer.finish()).expect("a signature"));
        writer.update(new, &mut delta);
        writer.finish(&mut delta);
        delta
    }

    /// A file's states: each has a few blocks of the one before exchanged, and from time to time all of them.
    fn states() -> Vec<Vec<u8>> {
        let mut number = 1u64;
        let mut random = move || {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (number >> 33) as usize
        };
        let mut states = vec![(0..200_000).map(|_| random() as u8).collect::<Vec<u8>>()];
        for step in 1..=12 {
            let mut next = states[step - 1].clone();
            if step == 5 {
                next = (0..150_000).map(|_| random() as u8).collect();
            }
            for _ in 0..20 {
                let at = random() % next.len();
                let len = 1 + random() % 3000;
                let end = next.len().min(at + len);
                next.drain(at..end);
                let at = random() % next.len();
                next.splice(at..at, (0..len).map(|_| random() as u8));
            }
            let turn = random() % next.len();
            next.rotate_left(turn);
            states.push(next);
        }
        states
    }

    #[test]
    fn changes_fold_and_those_with_too_many_commands_are_applied_one_by_one() {
        let folder = tempfile::tempdir().expect("folder");
        let states = states();
        for (first, last) in [(0, 12), (5, 12), (0, 4), (3, 4)] {
            for most in [COMMANDS_MOST, 300, 30, 1] {
                let scratch = Scratch::new(folder.path(), 1 << 20);
                let mut patches = Patches::new(&scratch);
                for step in (first..last).rev() {
                    if patches.need_more() {
                        patches
                            .add(&delta(&states[step], &states[step + 1])[..], true, most)
                            .ok()
                            .expect("added");
                    }
                }
                let steps = patches.steps.len();
                let needed = patches.need_more();
                assert_eq!(needed, first >= 5 || last < 5, "what was rewritten at 5 needs nothing older");
                match most {
                    COMMANDS_MOST => assert_eq!(steps, 1, "all is folded into one"),
                    1 | 30 => assert!(steps > 1 || last - first == 1, "nothing can be folded, yet {steps}"),
                    _ => {}
                }
                let mut out = Vec::new();
                let base = |out: &mut dyn Write| {
                    if needed {
                        out.write_all(&states[first]).map_err(PayloadError::Output)?;
                    }
                    Ok(0)
                };
                let len = patches.apply(&mut out, base).ok().expect("applied");
                assert_eq!(len, out.len() as u64);
                assert!(out == states[last], "{first} to {last} with at most {most} commands");
            }
        }
    }

    #[test]
    fn a_base_that_is_too_short_is_damage_and_a_full_disk_is_not() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let folder = tempfile::tempdir().expect("folder");
        let scratch = Scratch::new(folder.path(), 1 << 20);
        let (old, new) = ([1, 2, 3, 4].repeat(1000), [1, 2, 3, 4].repeat(1001));
        let patches = || {
            let mut patches = Patches::new(&scratch);
            patches.add(&delta(&old, &new)[..], false, COMMANDS_MOST).ok().expect("added");
            patches
        };
        let short =
            |out: &mut dyn Write| out.write_all(&old[..10]).map(|()| 10).map_err(PayloadError::Output);
        assert!(matches!(patches().apply(&mut Vec::new(), short), Err(PayloadError::Damaged(_))));
        let whole = |out: &mut dyn Write| out.write_all(&old).map(|()| 4000).map_err(PayloadError::Output);
        let error = patches().apply(&mut Full, whole);
        assert!(
            matches!(error, Err(PayloadError::Output(error)) if error.kind() == io::ErrorKind::StorageFull)
        );
    }
}
