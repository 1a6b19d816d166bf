//! Verifying: every entry that is named is fetched, hashed, opened and rebuilt, and compared with a folder. What the
//! folder has and the backup has not is not looked for.

use crate::error::reason;
use crate::event::{Change, Event, Phase};
use crate::owners::{Names, Numbers};
use crate::restore::{Content, PayloadError, Sink, Trouble, open_sets, rebuild, selected};
use crate::select::Selection;
use crate::walk::{Folder, OpenFolder, to_metadata};
use crate::{Context, EngineError, Warning, archive};
use backtrail_base::{Code, Timestamp};
use backtrail_format::names::SetId;
use backtrail_format::{EntryPath, Kind, Metadata};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What to verify, and against what.
pub struct Request {
    /// The path in the backup, with everything below it; the root for all.
    pub path: EntryPath,
    /// The moment; none for the latest.
    pub time: Option<Timestamp>,
    /// What `path` is compared with.
    pub folder: PathBuf,
    /// Whether content is compared too, and not only attributes.
    pub compare_data: bool,
    /// What of it is wanted; none for everything.
    pub selection: Option<Arc<Selection>>,
    /// Whether links in the folder stand for what they point to.
    pub follow_links: bool,
}

/// What a verify found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The set that was verified.
    pub set: SetId,
    /// Entries rebuilt and compared.
    pub compared: u64,
    /// Where the folder is not as the backup says.
    pub differences: Vec<Difference>,
    /// What in the backup is damaged.
    pub problems: Vec<Warning>,
    /// Bytes fetched.
    pub fetched: u64,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The entry.
    pub path: EntryPath,
    /// What differs, in words.
    pub what: String,
}

/// Verifies.
///
/// # Errors
/// [`EngineError::VerifyFolderMissing`], [`EngineError::NoBackup`], [`EngineError::PathNotInBackup`], or what the
/// destination or OpenPGP say. Damage and differences are in the report.
pub fn run(ctx: &Context, request: &Request) -> Result<Report, EngineError> {
    let missing = |_| EngineError::VerifyFolderMissing { path: request.folder.clone() };
    let (parent, name) = Folder::parent_of(&request.folder).map_err(missing)?;
    // The folder that was typed may be a link; what lies in it is compared as it is.
    let follow = request.follow_links || request.path.is_root();
    let stat = parent.stat(&name, follow).map_err(missing)?;
    let root = if stat.kind == Some(Kind::Dir) { parent.folder(&name, follow).ok() } else { None };
    archive::create(ctx)?;
    let (streams, set) = open_sets(ctx, request.time, &request.path)?;
    ctx.tell(Event::Phase(Phase::Verifying));
    let mut comparer = Comparer {
        ctx,
        request,
        parent,
        name,
        open: root.into_iter().map(|folder| (EntryPath::root(), folder)).collect(),
        names: Names::default(),
        numbers: Numbers::default(),
        differences: Vec::new(),
        compared: 0,
    };
    let outcome = rebuild(ctx, streams, &request.path, &mut comparer)?;
    if comparer.compared == 0 && outcome.problems.is_empty() && !request.path.is_root() {
        return Err(EngineError::PathNotInBackup { path: request.path.clone() });
    }
    let Comparer { compared, differences, .. } = comparer;
    Ok(Report { set, compared, differences, problems: outcome.problems, fetched: outcome.fetched })
}

struct Comparer<'a> {
    ctx: &'a Context,
    request: &'a Request,
    parent: Folder,
    name: Vec<u8>,
    /// Folders from the root to the one last looked into.
    open: Vec<(EntryPath, Folder)>,
    names: Names,
    numbers: Numbers,
    differences: Vec<Difference>,
    compared: u64,
}

impl Comparer<'_> {
    /// The folder that holds `path`, if it is there.
    fn folder_of(&mut self, path: &EntryPath) -> Option<(&Folder, Vec<u8>)> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Some((&self.parent, self.name.clone()));
        };
        while self.open.last().is_some_and(|(open, _)| !parent.starts_with(open)) {
            self.open.pop();
        }
        while self.open.last()?.0.depth() < parent.depth() {
            let (open, folder) = self.open.last()?;
            let next = parent.cut_to(open.depth() + 1);
            let folder = folder.folder(next.name()?, self.request.follow_links).ok()?;
            self.open.push((next, folder));
        }
        Some((&self.open.last()?.1, name.to_vec()))
    }

    /// What differs in the attributes; none when nothing does.
    fn attributes(&mut self, now: &Metadata, kept: &Metadata) -> Option<String> {
        let uid = self.numbers.user(&kept.uname, kept.uid);
        let gid = self.numbers.group(&kept.gname, kept.gid);
        let kept = &Metadata { uid, gid, ..kept.clone() };
        if now.unchanged_since(kept) {
            return None;
        }
        Some(if std::mem::discriminant(&now.kind) != std::mem::discriminant(&kept.kind) {
            format!("it is {} and was {}", kind_word(&now.kind), kind_word(&kept.kind))
        } else if now.kind != kept.kind {
            "it points elsewhere".to_owned()
        } else if (now.uid, now.gid) != (kept.uid, kept.gid) {
            "its owner differs".to_owned()
        } else if now.mode != kept.mode {
            format!("its permissions are {:o} and were {:o}", now.mode, kept.mode)
        } else {
            "its time differs".to_owned()
        })
    }
}

fn kind_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::File => "a file",
        Kind::Dir => "a folder",
        Kind::Symlink { .. } => "a link",
        Kind::Fifo => "a named pipe",
        Kind::CharDevice { .. } | Kind::BlockDevice { .. } => "a device",
    }
}

impl Sink for Comparer<'_> {
    fn wants(&mut self, path: &EntryPath, metadata: &Metadata) -> bool {
        selected(self.request.selection.as_deref(), path, metadata)
    }

    fn entry(
        &mut self,
        path: &EntryPath,
        metadata: &Metadata,
        content: &mut Content<'_, '_>,
    ) -> Result<Option<Trouble>, EngineError> {
        self.compared += 1;
        self.ctx.tell(Event::Entry { path, change: Change::Compared });
        let place = path.strip_prefix(&self.request.path).unwrap_or_else(|| path.clone());
        let follow = self.request.follow_links;
        let compare_data = self.request.compare_data && metadata.kind.is_file();
        let (mut found, mut file) = (None, None);
        if let Some((folder, name)) = self.folder_of(&place) {
            let follow = follow || place.is_root();
            found = folder.stat(&name, follow).ok();
            let is_file = found.as_ref().is_some_and(|stat| stat.kind == Some(Kind::File));
            if compare_data && is_file {
                file = Some(folder.file(&name, follow).map(|(file, _)| file));
            }
        }
        let now = found.and_then(|stat| to_metadata(&stat, &mut self.names));
        let mut what = match &now {
            None => Some("it is missing from the folder".to_owned()),
            Some(now) => self.attributes(now, metadata),
        };
        // The content is rebuilt whatever is compared: that is what proves the backup.
        let mut comparison = Comparison { file: None, differs: false, failed: None };
        match file {
            Some(Ok(file)) => comparison.file = Some(file),
            Some(Err(error)) => what = Some(format!("it cannot be read: {}", reason(&error))),
            None => {}
        }
        match content.write_to(&mut comparison) {
            Ok(_) => {}
            Err(PayloadError::Damaged(message)) => return Ok(Some(Trouble { code: Code::Damaged, message })),
            Err(PayloadError::Output(error)) => return Err(error.into()),
            Err(PayloadError::Stream(error)) => return Err(error),
        }
        if let Some(difference) = comparison.finish() {
            what = Some(difference);
        }
        if let Some(what) = what {
            self.differences.push(Difference { path: path.clone(), what });
        }
        Ok(None)
    }
}

/// Compares what is written with a file.
struct Comparison<F> {
    file: Option<F>,
    differs: bool,
    failed: Option<io::Error>,
}

impl<F: Read> Comparison<F> {
    fn finish(mut self) -> Option<String> {
        if let Some(error) = self.failed {
            return Some(format!("it cannot be read: {}", reason(&error)));
        }
        let longer = self.file.as_mut().is_some_and(|file| matches!(file.read(&mut [0]), Ok(1)));
        (self.differs || longer).then(|| "its content differs".to_owned())
    }
}

impl<F: Read> Write for Comparison<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.file
            && !self.differs
            && self.failed.is_none()
        {
            let mut same = vec![0; bytes.len()];
            match file.read_exact(&mut same) {
                Ok(()) if same == bytes => {}
                Ok(()) => self.differs = true,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.differs = true,
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
