//! The folder restored into. Everything is written under a temporary name beside its place, given its attributes and
//! then renamed; every step is relative to an open folder that was made or checked here, so that no link in the
//! target or in the backup leads outside. Folders get their attributes when they are left, since filling them
//! changes their times.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use portable as system;
#[cfg(unix)]
use unix as system;

use super::rebuild::{Content, Sink, Trouble};
use super::stream::PayloadError;
use super::{Owners, Request};
use crate::error::reason;
use crate::event::{Change, Event};
use crate::owners::Numbers;
use crate::select::{EntryInfo, Selection, Verdict};
use crate::{Context, EngineError};
use backtrail_base::{Code, Timestamp, fs};
use backtrail_format::{EntryPath, Kind, Metadata};
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

/// How an entry's attributes are set.
pub(super) struct Attributes<'m> {
    pub(super) metadata: &'m Metadata,
    /// Number of the owner and of the group; none when owners are not restored.
    pub(super) owner: Option<(u64, u64)>,
}

/// A folder that is being filled.
struct Open {
    path: EntryPath,
    folder: system::Folder,
    /// What it gets when it is left; none for a folder that the backup does not hold.
    metadata: Option<Metadata>,
}

/// The target of a restore.
pub(crate) struct Target<'a> {
    ctx: &'a Context,
    under: EntryPath,
    rename: Vec<(EntryPath, EntryPath)>,
    selection: Option<Arc<Selection>>,
    owners: Owners,
    overwrite: bool,
    numbers: Numbers,
    /// The folder that the target lies in, and its name there.
    parent: system::Folder,
    name: Vec<u8>,
    open: Vec<Open>,
    files: u64,
    bytes: u64,
}

impl<'a> Target<'a> {
    pub(super) fn new(ctx: &'a Context, request: &Request) -> Result<Self, EngineError> {
        let (parent, name) = match &request.beneath {
            Some(top) => beneath(top, &request.target)?,
            None => typed(request)?,
        };
        Ok(Self {
            ctx,
            under: request.path.clone(),
            rename: request.rename.clone(),
            selection: request.selection.clone(),
            owners: request.owners,
            overwrite: request.overwrite,
            numbers: Numbers::default(),
            parent,
            name,
            open: Vec::new(),
            files: 0,
            bytes: 0,
        })
    }

    /// Gives every open folder its attributes. Returns entries and bytes restored.
    pub(super) fn finish(mut self) -> Result<(u64, u64), EngineError> {
        while self.leave()? {}
        // Where files were replaced, the old ones are gone: the new ones are made durable before this says that they
        // are there. What was restored into a place of its own can be restored again.
        if self.overwrite {
            self.parent.sync()?;
        }
        Ok((self.files, self.bytes))
    }

    /// Where an entry goes, relative to the target.
    fn place(&self, path: &EntryPath) -> Option<EntryPath> {
        let renamed = self.rename.iter().find_map(|(from, to)| {
            path.strip_prefix(from).map(|rest| if rest.is_root() { to.clone() } else { to.join(&rest) })
        });
        match renamed {
            Some(path) => Some(path.strip_prefix(&self.under).unwrap_or(path)),
            None => path.strip_prefix(&self.under),
        }
    }

    /// Leaves the innermost folder; false when none is open.
    fn leave(&mut self) -> Result<bool, EngineError> {
        let Some(open) = self.open.pop() else { return Ok(false) };
        if let Some(metadata) = &open.metadata {
            let attributes = self.attributes(metadata);
            if let Err(error) = open.folder.set_attributes(&attributes) {
                let message = format!("its attributes could not be set: {}", reason(&error));
                self.ctx.warn(&crate::Warning { code: Code::Io, path: Some(open.path), message });
            }
        }
        Ok(true)
    }

    fn attributes<'m>(&mut self, metadata: &'m Metadata) -> Attributes<'m> {
        let owner = match self.owners {
            Owners::Ignore => None,
            Owners::ByNumber => Some((metadata.uid, metadata.gid)),
            Owners::ByName => Some((
                self.numbers.user(&metadata.uname, metadata.uid),
                self.numbers.group(&metadata.gname, metadata.gid),
            )),
        };
        Attributes { metadata, owner }
    }

    /// Makes `folder` the innermost open folder, entering those on the way; ones the backup does not hold are made.
    fn enter(&mut self, folder: &EntryPath) -> Result<(), Refused> {
        while self.open.last().is_some_and(|open| !folder.starts_with(&open.path)) {
            self.leave().map_err(Refused::Fatal)?;
        }
        if self.open.is_empty() {
            self.make_folder(&EntryPath::root(), None)?;
        }
        while let Some(depth) = self.open.last().map(|open| open.path.depth()) {
            if depth >= folder.depth() {
                break;
            }
            self.make_folder(&folder.cut_to(depth + 1), None)?;
        }
        Ok(())
    }

    /// Makes and enters one folder whose parent is the innermost open one.
    fn make_folder(&mut self, path: &EntryPath, metadata: Option<Metadata>) -> Result<(), Refused> {
        let (parent, name) = match path.name() {
            None => (&self.parent, self.name.as_slice()),
            Some(name) => match self.open.last() {
                Some(open) => (&open.folder, name),
                None => (&self.parent, self.name.as_slice()),
            },
        };
        let folder = parent.make_folder(name, metadata.is_none()).map_err(Refused::Here)?;
        self.open.push(Open { path: path.clone(), folder, metadata });
        Ok(())
    }

    fn put(
        &mut self,
        shown: &EntryPath,
        place: &EntryPath,
        metadata: &Metadata,
        content: &mut Content<'_, '_>,
    ) -> Result<(), Refused> {
        if metadata.kind == Kind::Dir {
            if let Some(parent) = place.parent() {
                self.enter(&parent)?;
                return self.make_folder(place, Some(metadata.clone()));
            }
            while self.leave().map_err(Refused::Fatal)? {}
            return self.make_folder(place, Some(metadata.clone()));
        }
        if let Some(parent) = place.parent() {
            self.enter(&parent)?;
        }
        let attributes = self.attributes(metadata);
        let (folder, name) = match (place.name(), self.open.last()) {
            (Some(name), Some(open)) => (&open.folder, name),
            _ => (&self.parent, self.name.as_slice()),
        };
        if metadata.kind == Kind::File {
            self.ctx.tell(Event::Content { path: shown });
            let mut pending = folder.create_file().map_err(Refused::Here)?;
            let bytes = match content.write_to(pending.writer()) {
                Ok(bytes) => bytes,
                Err(error) => {
                    folder.discard(&pending);
                    return Err(match error {
                        PayloadError::Damaged(message) => Refused::Damaged(message),
                        PayloadError::Output(error) => Refused::Here(error),
                        PayloadError::Stream(error) => Refused::Fatal(error),
                    });
                }
            };
            self.bytes += bytes;
            folder.finish_file(pending, name, &attributes, self.overwrite).map_err(Refused::Here)
        } else {
            folder.make_special(name, &attributes, self.overwrite).map_err(Refused::Here)
        }
    }
}

/// Why an entry was not put in place.
enum Refused {
    /// The system says so, of this entry.
    Here(io::Error),
    /// The backup does not have it whole.
    Damaged(String),
    /// The restore cannot go on.
    Fatal(EngineError),
}

impl Sink for Target<'_> {
    fn wants(&mut self, path: &EntryPath, metadata: &Metadata) -> bool {
        selected(self.selection.as_deref(), path, metadata) && self.place(path).is_some()
    }

    fn entry(
        &mut self,
        path: &EntryPath,
        metadata: &Metadata,
        content: &mut Content<'_, '_>,
    ) -> Result<Option<Trouble>, EngineError> {
        let Some(place) = self.place(path) else { return Ok(None) };
        match self.put(path, &place, metadata, content) {
            Ok(()) => {
                self.files += 1;
                self.ctx.tell(Event::Entry { path, change: Change::Restored });
                Ok(None)
            }
            Err(Refused::Damaged(message)) => Ok(Some(Trouble { code: Code::Damaged, message })),
            Err(Refused::Here(error)) if error.kind() == io::ErrorKind::StorageFull => {
                Err(EngineError::Io(io::Error::new(error.kind(), format!("{path}: {error}"))))
            }
            Err(Refused::Here(error)) => {
                let code = match error.kind() {
                    io::ErrorKind::NotADirectory => Code::PathEscapes,
                    io::ErrorKind::PermissionDenied => Code::Denied,
                    _ => Code::Io,
                };
                Ok(Some(Trouble { code, message: format!("it could not be restored: {}", reason(&error)) }))
            }
            Err(Refused::Fatal(error)) => Err(error),
        }
    }
}

/// The folder that the target lies in and its name there, for a target that a person typed: links in it are followed.
fn typed(request: &Request) -> Result<(system::Folder, Vec<u8>), EngineError> {
    if let Some(parent) = request.target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    // A link that the person typed is followed; one that a backup makes never is.
    let target = match fs::canonicalize(&request.target) {
        Ok(target) if !request.path.is_root() || target.is_dir() => target,
        _ => request.target.clone(),
    };
    Ok(system::Folder::parent_of(&target).map_err(|error| at_path(&target, &error))?)
}

/// The same for a target at or below the folder `top`, entered step by step so that no link leads out of it.
fn beneath(top: &Path, target: &Path) -> Result<(system::Folder, Vec<u8>), EngineError> {
    let outside = || io::Error::new(io::ErrorKind::InvalidInput, format!("{} is outside", target.display()));
    let way = target.strip_prefix(top).map_err(|_| outside())?;
    let mut names = Vec::new();
    for part in way.components() {
        match part {
            Component::Normal(name) => names.push(name.as_encoded_bytes()),
            _ => return Err(outside().into()),
        }
    }
    // The folder itself is reached from inside: `.` is the name of the target when that is the folder.
    let (mut folder, _) =
        system::Folder::parent_of(&top.join("target")).map_err(|error| at_path(top, &error))?;
    let Some((last, way)) = names.split_last() else { return Ok((folder, b".".to_vec())) };
    for name in way {
        folder = folder.make_folder(name, true).map_err(|error| at_path(target, &error))?;
    }
    Ok((folder, last.to_vec()))
}

/// Whether a selection takes an entry of a backup: judged by what the backup knows of it.
pub(crate) fn selected(selection: Option<&Selection>, path: &EntryPath, metadata: &Metadata) -> bool {
    let Some(selection) = selection else { return true };
    let info = EntryInfo {
        is_dir: metadata.kind.is_dir(),
        is_file: metadata.kind.is_file(),
        is_device: matches!(metadata.kind, Kind::CharDevice { .. } | Kind::BlockDevice { .. }),
        mtime: Timestamp(metadata.mtime),
        dev: 0,
        root_dev: 0,
    };
    // Folders on the way to something wanted are made when that is met.
    selection.judge(path, &info, &|_| false) == Verdict::Include
}

fn at_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
