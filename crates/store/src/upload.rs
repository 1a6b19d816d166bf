//! Writing an object: bytes stream to the destination as they come, nothing is kept but the parts in flight, and
//! the object appears whole or not at all.

use crate::StoreError;
use bytes::{Bytes, BytesMut};
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use std::io::{self, Write};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Bytes of a part: what is sent in one call.
const PART: usize = 1 << 20;
/// Parts on their way at once: an upload holds at most `(IN_FLIGHT + 1) * PART` bytes.
const IN_FLIGHT: usize = 4;

/// How an upload becomes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Whatever stands under the name is replaced.
    Replace,
    /// Only when nothing stands under the name (a manifest, so that two computers cannot both win). The object must
    /// be small enough for memory: it is sent in one call.
    IfAbsent,
}

/// An object being written. Dropping it without a commit aborts it.
#[derive(Debug)]
pub struct Upload {
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    path: ObjectPath,
    name: String,
    buffer: BytesMut,
    /// Set with the first full part: smaller objects go in one call.
    parts: Option<Box<dyn MultipartUpload>>,
    /// The parts on their way, oldest first.
    sending: Vec<JoinHandle<object_store::Result<()>>>,
    written: u64,
    done: bool,
}

impl Upload {
    pub(crate) fn start(
        store: Arc<dyn ObjectStore>,
        runtime: Arc<Runtime>,
        path: ObjectPath,
        name: &str,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            store,
            runtime,
            path,
            name: name.to_owned(),
            buffer: BytesMut::new(),
            parts: None,
            sending: Vec::new(),
            written: 0,
            done: false,
        })
    }

    /// The bytes written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Makes the object appear, durable, and returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] for [`Commit::IfAbsent`] when the name is taken; else what the destination
    /// says. After an error nothing new stands under the name.
    pub fn commit(mut self, how: Commit) -> Result<u64, StoreError> {
        let result = self.finish(how);
        self.done = result.is_ok();
        result.map_err(|error| StoreError::from_object_store(&self.name, &error))?;
        Ok(self.written)
    }

    fn finish(&mut self, how: Commit) -> object_store::Result<()> {
        let rest = self.buffer.split().freeze();
        if self.parts.is_none() {
            let mode = match how {
                Commit::Replace => PutMode::Overwrite,
                Commit::IfAbsent => PutMode::Create,
            };
            let options = PutOptions { mode, ..PutOptions::default() };
            return self.runtime.block_on(self.store.put_opts(&self.path, rest.into(), options)).map(|_| ());
        }
        if !rest.is_empty() {
            self.send(rest)?;
        }
        self.wait_for(0)?;
        if how == Commit::IfAbsent {
            // A large object cannot be put conditionally in parts on every store: look first. The window between the
            // two calls is closed by the commit guard, which lists the destination again.
            match self.runtime.block_on(self.store.head(&self.path)) {
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    return Err(object_store::Error::AlreadyExists {
                        path: self.name.clone(),
                        source: "the name is taken".into(),
                    });
                }
            }
        }
        match &mut self.parts {
            Some(parts) => self.runtime.block_on(parts.complete()).map(|_| ()),
            None => Ok(()),
        }
    }

    fn send(&mut self, part: Bytes) -> object_store::Result<()> {
        self.wait_for(IN_FLIGHT - 1)?;
        if self.parts.is_none() {
            self.parts = Some(self.runtime.block_on(self.store.put_multipart(&self.path))?);
        }
        if let Some(parts) = &mut self.parts {
            let _inside = self.runtime.enter();
            self.sending.push(self.runtime.spawn(parts.put_part(PutPayload::from(part))));
        }
        Ok(())
    }

    /// Waits until at most `left` parts are on their way.
    fn wait_for(&mut self, left: usize) -> object_store::Result<()> {
        while self.sending.len() > left {
            let oldest = self.sending.remove(0);
            match self.runtime.block_on(oldest) {
                Ok(result) => result?,
                Err(panicked) => {
                    return Err(object_store::Error::Generic { store: "upload", source: panicked.into() });
                }
            }
        }
        Ok(())
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART {
            let part = self.buffer.split().freeze();
            self.send(part)
                .map_err(|error| io::Error::other(StoreError::from_object_store(&self.name, &error)))?;
        }
        self.written += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // The parts on their way must end before the abort, or they would write into what is gone.
        for part in self.sending.drain(..) {
            self.runtime.block_on(part).ok();
        }
        if let Some(parts) = &mut self.parts {
            // A failed abort leaves a staged part that no listing takes for an object.
            self.runtime.block_on(parts.abort()).ok();
        }
    }
}
