//! Messages made here. The thread that writes hashes for the signature and cuts blocks; the pool compresses them;
//! a thread of the message puts them in order, encrypts and writes. At most 2 × cores + 2 blocks are under way.

use crate::cfb::{self, Encrypted};
use crate::deflate;
use crate::frame::{Packet, Tag};
use crate::pool::{Answer, Pool};
use crate::{Error, Result, Warning};
use crossbeam_channel::{Receiver, Sender, bounded};
use sequoia_openpgp as openpgp;
use sequoia_openpgp::crypto::{KeyPair, S2K, SessionKey, hash};
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::packet::one_pass_sig::OnePassSig3;
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::packet::skesk::SKESK4;
use sequoia_openpgp::packet::{PKESK, pkesk::PKESK3};
use sequoia_openpgp::serialize::SerializeInto as _;
use sequoia_openpgp::types::{HashAlgorithm, SignatureType, SymmetricAlgorithm};
use std::io::{self, Write};
use std::thread::{self, JoinHandle};

/// A key that messages are encrypted to.
pub(super) struct To {
    pub(super) key: openpgp::packet::Key<PublicParts, UnspecifiedRole>,
    pub(super) hidden: bool,
}

/// A passphrase, stretched.
pub(super) struct Stretched {
    s2k: S2K,
    key: SessionKey,
}

/// Everything a message needs that is the same for all messages of a run.
pub(super) struct Native {
    pub(super) to: Vec<To>,
    pub(super) stretched: Option<Stretched>,
    pub(super) signer: Option<(KeyPair, HashAlgorithm)>,
    pub(super) pool: Option<Pool>,
    pub(super) warnings: Vec<Warning>,
}

/// A failure of the cryptographic library while sealing.
fn sealing(error: anyhow::Error) -> Error {
    Error::from_sequoia(error, |detail| Error::Io(io::Error::other(format!("sealing failed: {detail}"))))
}

/// A packet as it is written.
fn bytes(packet: &openpgp::Packet) -> Result<Vec<u8>> {
    packet.to_vec().map_err(sealing)
}

impl Stretched {
    /// Stretches with the most rounds that OpenPGP can express (65,011,712 bytes of SHA-256), under a salt of
    /// this run.
    pub(super) fn new(passphrase: &str) -> Result<Self> {
        const ROUNDS: u32 = 65_011_712;
        let s2k = S2K::new_iterated(HashAlgorithm::SHA256, ROUNDS).map_err(sealing)?;
        let key = s2k.derive_key(&passphrase.into(), cfb::KEY).map_err(sealing)?;
        Ok(Self { s2k, key })
    }

    /// The packet that holds the message's session key, wrapped by the stretched passphrase.
    fn packet(&self, session_key: &SessionKey) -> Result<openpgp::Packet> {
        let mut wrapped = Vec::with_capacity(1 + cfb::KEY);
        wrapped.push(u8::from(SymmetricAlgorithm::AES256));
        wrapped.extend_from_slice(session_key);
        cfb::wrap(&self.key, &mut wrapped)?;
        let packet = SKESK4::new(SymmetricAlgorithm::AES256, self.s2k.clone(), Some(wrapped.into()))
            .map_err(sealing)?;
        Ok(openpgp::packet::SKESK::from(packet).into())
    }
}

impl To {
    fn packet(&self, session_key: &SessionKey) -> Result<openpgp::Packet> {
        let mut packet =
            PKESK3::for_recipient(SymmetricAlgorithm::AES256, session_key, &self.key).map_err(sealing)?;
        if self.hidden {
            packet.set_recipient(None);
        }
        Ok(PKESK::from(packet).into())
    }
}

impl Native {
    /// Begins a message.
    pub(super) fn seal<W: Write + Send + 'static>(&self, mut out: W) -> Result<NativeWriter<W>> {
        let session_key = SessionKey::new(cfb::KEY).map_err(sealing)?;
        for to in &self.to {
            out.write_all(&bytes(&to.packet(&session_key)?)?)?;
        }
        if let Some(stretched) = &self.stretched {
            out.write_all(&bytes(&stretched.packet(&session_key)?)?)?;
        }

        // The blocks in the channel, the one that is being filled and the one that is being written.
        let under_way = 2 * self.pool.as_ref().map_or(1, Pool::size);
        let (pieces, receiver) = bounded(under_way);
        let compressed = self.pool.is_some();
        let thread = thread::Builder::new()
            .name("seal".to_owned())
            .spawn(move || assemble(out, &session_key, &receiver, compressed))
            .map_err(Error::Io)?;
        let mut blocks = Blocks { pool: self.pool.clone(), pieces, filling: Vec::new(), tail: Vec::new() };

        let signing = match &self.signer {
            None => None,
            Some((pair, algorithm)) => {
                let mut announcement = OnePassSig3::new(SignatureType::Binary);
                announcement.set_pk_algo(pair.public().pk_algo());
                announcement.set_hash_algo(*algorithm);
                announcement.set_issuer(pair.public().keyid());
                announcement.set_last(true);
                blocks.write_all(&bytes(&openpgp::packet::OnePassSig::from(announcement).into())?)?;
                let hash = algorithm.context().map_err(sealing)?.for_signature(pair.public().version());
                Some((pair.clone(), hash))
            }
        };
        let mut literal = Packet::begin(Tag::Literal, blocks)?;
        // Binary, without a name and a date: neither says anything about the backup.
        literal.write_all(&[b'b', 0, 0, 0, 0, 0])?;
        Ok(NativeWriter { literal: Some(literal), signing, thread: Some(thread) })
    }
}

/// A piece of the message's inner packets, in order.
enum Piece {
    /// As it is.
    Ready(Vec<u8>),
    /// Being compressed.
    Pending(Answer),
    /// The message is complete.
    End,
}

/// Cuts what is written into blocks and sends them on, through the pool where there is one.
struct Blocks {
    pool: Option<Pool>,
    pieces: Sender<Piece>,
    filling: Vec<u8>,
    /// The end of the block before: the dictionary of the next.
    tail: Vec<u8>,
}

impl Blocks {
    fn send(&mut self) -> io::Result<()> {
        if self.filling.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.filling);
        let piece = match &self.pool {
            None => Piece::Ready(block),
            Some(pool) => {
                let tail = block[block.len().saturating_sub(deflate::WINDOW)..].to_vec();
                let dictionary = std::mem::replace(&mut self.tail, tail);
                Piece::Pending(pool.compress(block, dictionary)?)
            }
        };
        self.pass_on(piece)
    }

    fn finish(mut self) -> io::Result<()> {
        self.send()?;
        self.pass_on(Piece::End)
    }

    fn pass_on(&self, piece: Piece) -> io::Result<()> {
        self.pieces.send(piece).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for Blocks {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(deflate::BLOCK);
        }
        let data = &data[..data.len().min(deflate::BLOCK - self.filling.len())];
        self.filling.extend_from_slice(data);
        if self.filling.len() == deflate::BLOCK {
            self.send()?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The message's own thread: encrypts and writes the pieces as they come.
fn assemble<W: Write>(
    out: W,
    session_key: &SessionKey,
    pieces: &Receiver<Piece>,
    compressed: bool,
) -> io::Result<W> {
    let mut encrypted = Encrypted::begin(session_key, out)?;
    if compressed {
        const ZIP: u8 = 1;
        let mut packet = Packet::begin(Tag::Compressed, encrypted)?;
        packet.write_all(&[ZIP])?;
        pump(pieces, &mut packet)?;
        packet.write_all(&deflate::END)?;
        encrypted = packet.finish()?;
    } else {
        pump(pieces, &mut encrypted)?;
    }
    encrypted.finish()
}

fn pump(pieces: &Receiver<Piece>, out: &mut impl Write) -> io::Result<()> {
    loop {
        // A channel that closes without an end is a message that was given up: it must stay visibly cut off.
        match pieces.recv().map_err(|_| io::Error::from(io::ErrorKind::Interrupted))? {
            Piece::End => return Ok(()),
            Piece::Ready(block) => out.write_all(&block)?,
            Piece::Pending(answer) => {
                let block =
                    answer.recv().map_err(|_| io::Error::other("a compressing thread has ended"))??;
                out.write_all(&block)?;
            }
        }
    }
}

/// A message being made here.
pub(super) struct NativeWriter<W> {
    /// None once the message failed.
    literal: Option<Packet<Blocks>>,
    signing: Option<(KeyPair, hash::Context)>,
    thread: Option<JoinHandle<io::Result<W>>>,
}

impl<W: Write + Send + 'static> NativeWriter<W> {
    /// What the message's thread returned, or why it is gone.
    fn join(&mut self) -> io::Result<W> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the thread that writes the message failed")),
            None => Err(io::Error::other("the message has failed already")),
        }
    }

    /// The error behind a broken channel: the one the message's thread met.
    fn cause(&mut self, error: io::Error) -> io::Error {
        self.literal = None;
        if error.kind() != io::ErrorKind::BrokenPipe {
            return error;
        }
        self.join().err().unwrap_or(error)
    }

    pub(super) fn finish(mut self) -> Result<W> {
        if let Err(error) = self.complete() {
            return Err(match error {
                Error::Io(error) => self.cause(error).into(),
                other => other,
            });
        }
        Ok(self.join()?)
    }

    fn complete(&mut self) -> Result<()> {
        let Some(literal) = self.literal.take() else {
            return Err(Error::Io(io::Error::other("the message has failed already")));
        };
        let mut blocks = literal.finish()?;
        if let Some((mut pair, hash)) = self.signing.take() {
            let signature =
                SignatureBuilder::new(SignatureType::Binary).sign_hash(&mut pair, hash).map_err(sealing)?;
            blocks.write_all(&bytes(&signature.into())?)?;
        }
        blocks.finish()?;
        Ok(())
    }
}

impl<W: Write + Send + 'static> Write for NativeWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let Some(literal) = &mut self.literal else {
            return Err(io::Error::other("the message has failed already"));
        };
        let written = match literal.write(data) {
            Ok(written) => written,
            Err(error) => return Err(self.cause(error)),
        };
        if let Some((_, hash)) = &mut self.signing {
            hash.update(&data[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
