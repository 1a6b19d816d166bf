//! The workers that compress: one pool a run, as many threads as cores, shared by every message that is being
//! sealed. A worker that fails answers with an error; it never leaves a message waiting.

use crate::deflate::Deflater;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// One block to compress.
struct Job {
    block: Vec<u8>,
    /// What comes before the block in the same message, at most 32 KiB: matches may reach into it.
    dictionary: Vec<u8>,
    answer: Sender<io::Result<Vec<u8>>>,
}

/// Where a block's compressed form will arrive.
pub(crate) type Answer = Receiver<io::Result<Vec<u8>>>;

/// A pool of compressing threads. They end when its last clone is dropped.
#[derive(Clone)]
pub(crate) struct Pool {
    jobs: Sender<Job>,
    size: usize,
}

impl Pool {
    /// Starts one thread a core.
    pub(crate) fn start(level: u32) -> io::Result<Self> {
        let size = thread::available_parallelism().map_or(1, usize::from);
        let (jobs, receiver) = unbounded::<Job>();
        for number in 0..size {
            let receiver = receiver.clone();
            thread::Builder::new().name(format!("deflate-{number}")).spawn(move || work(&receiver, level))?;
        }
        Ok(Self { jobs, size })
    }

    /// How many threads there are.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Hands a block over. The callers bound how many they have under way.
    pub(crate) fn compress(&self, block: Vec<u8>, dictionary: Vec<u8>) -> io::Result<Answer> {
        let (answer, receiver) = bounded(1);
        self.jobs
            .send(Job { block, dictionary, answer })
            .map_err(|_| io::Error::other("the compressing threads have ended"))?;
        Ok(receiver)
    }
}

fn work(jobs: &Receiver<Job>, level: u32) {
    let mut deflater = Deflater::new(level);
    for job in jobs {
        let result = catch_unwind(AssertUnwindSafe(|| deflater.block(&job.block, &job.dictionary)));
        let result = result.unwrap_or_else(|_| {
            deflater = Deflater::new(level);
            Err(io::Error::other("a compressing thread failed"))
        });
        // Nobody waits any more when the message was given up.
        let _ = job.answer.send(result);
    }
}
