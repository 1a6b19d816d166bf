//! The signatures of a new set: one tar that goes two ways at once, encoded to the destination and gzipped into the
//! archive folder. Neither appears under its name before the set is committed.

use crate::archive::GzipCopy;
use crate::backup::Request;
use crate::output::{Finished, ObjectWriter};
use crate::{Context, EngineError};
use backtrail_format::names::{Encoding, FileKind, FileName, SetId};
use backtrail_format::sigtar::{self, Member};
use backtrail_format::{EntryPath, Metadata, difftar};
use crossbeam_channel::Sender;
use std::io::Write;
use std::sync::Arc;
use std::thread::JoinHandle;
use tempfile::NamedTempFile;

const CHUNK: usize = 256 << 10;
const WAITING: usize = 8;

/// Writes the signatures of a set.
pub(super) struct Signatures {
    chunk: Vec<u8>,
    plain: u64,
    send: Sender<Vec<u8>>,
    worker: JoinHandle<Result<Complete, EngineError>>,
}

/// Signatures whose content is complete.
pub(super) struct Complete {
    /// The object, not yet visible.
    pub(super) object: Finished,
    /// The archive folder's copy, not yet under its name.
    pub(super) local: NamedTempFile,
    /// Its name there.
    pub(super) local_name: String,
    /// Where its gzip members begin, in the content and in the file.
    pub(super) members: Vec<(u64, u64)>,
}

impl Signatures {
    pub(super) fn start(ctx: &Context, request: &Request, set: SetId) -> Result<Self, EngineError> {
        let kind = FileKind::Signatures { set };
        let encoding = request.protection.encoding();
        let name = FileName { kind, encoding, partial: false }.write(&ctx.prefixes);
        let local_name = FileName { kind, encoding: Encoding::Gzip, partial: false }.write(&ctx.prefixes);
        let mut object = ObjectWriter::create(&ctx.destination, &name, &request.protection, Arc::default())?;
        let mut local = GzipCopy::create(&ctx.archive_folder)?;
        let (send, receive) = crossbeam_channel::bounded::<Vec<u8>>(WAITING);
        let worker = std::thread::Builder::new()
            .name("signatures".into())
            .spawn(move || {
                for chunk in receive {
                    object.write_all(&chunk).map_err(|error| EngineError::from_stream(&name, error))?;
                    local.write(&chunk)?;
                }
                let (local, members) = local.finish()?;
                Ok(Complete { object: object.finish()?, local, local_name, members })
            })
            .map_err(EngineError::Io)?;
        Ok(Self { chunk: Vec::new(), plain: 0, send, worker })
    }

    /// Adds an entry; `signature` is empty for what is no regular file. Returns where its member begins.
    pub(super) fn entry(
        &mut self,
        member: Member,
        path: &EntryPath,
        metadata: Option<&Metadata>,
        signature: &[u8],
    ) -> Result<u64, EngineError> {
        let begin = self.plain;
        let before = self.chunk.len();
        sigtar::header(&mut self.chunk, &member, path, metadata, signature.len() as u64)
            .map_err(EngineError::format(path.to_string()))?;
        self.chunk.extend_from_slice(signature);
        let padding = difftar::padding(signature.len() as u64);
        self.chunk.resize(self.chunk.len() + padding, 0);
        self.plain += (self.chunk.len() - before) as u64;
        if self.chunk.len() >= CHUNK {
            self.send_chunk();
        }
        Ok(begin)
    }

    /// Ends the signatures.
    pub(super) fn finish(mut self) -> Result<Complete, EngineError> {
        let zeros = difftar::end_blocks(self.plain);
        self.chunk.resize(self.chunk.len() + zeros, 0);
        self.send_chunk();
        drop(self.send);
        self.worker.join().map_err(|_| EngineError::Worker { stage: "signatures" })?
    }

    /// A worker that has stopped says why when the signatures are finished.
    fn send_chunk(&mut self) {
        self.send.send(std::mem::replace(&mut self.chunk, Vec::with_capacity(2 * CHUNK))).ok();
    }
}
