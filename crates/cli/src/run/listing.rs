//! list-current-files: duplicity's lines, a date and a path. A path is printed as its bytes are.

use super::Session;
use crate::error::CliError;
use crate::exit;
use crate::render::{json, text};
use backtrail_base::Timestamp;
use backtrail_engine::list;
use backtrail_format::{EntryPath, Kind, Metadata};
use serde::Serialize;

#[derive(Serialize)]
struct Listing {
    action: &'static str,
    set: json::Set,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    #[serde(flatten)]
    path: json::Path,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Last change of content.
    mtime: i64,
    /// Permission bits, octal.
    mode: String,
    uid: u64,
    gid: u64,
    user: String,
    group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl Session<'_> {
    pub(super) fn list_current_files(&self, url: &str) -> Result<u8, CliError> {
        let selection = self.selection_in_backup()?;
        let ctx = self.context(url, false)?;
        let zone = self.output.zone().clone();
        let mut files = Vec::new();
        let mut failed = None;
        let mut each = |path: &EntryPath, metadata: &Metadata| {
            if failed.is_some() {
                return;
            }
            if self.output.is_json() {
                files.push(File::new(path, metadata));
                return;
            }
            let mut line = text::date(Timestamp(metadata.mtime), &zone).into_bytes();
            line.push(b' ');
            line.extend_from_slice(if path.is_root() { b"." } else { path.as_bytes() });
            line.push(b'\n');
            if let Err(error) = self.output.result(&line) {
                // Nobody reads on (`| head`): the rest need not be read either.
                self.cancel.cancel();
                failed = Some(error);
            }
        };
        let result = list::current_files(&ctx, self.settings.restoring.time, selection.as_deref(), &mut each);
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.output.json(&Listing { action: "list-current-files", set: json::Set::new(result?), files })?;
        Ok(exit::OK)
    }
}

impl File {
    fn new(path: &EntryPath, metadata: &Metadata) -> Self {
        let (kind, target) = match &metadata.kind {
            Kind::File => ("file", None),
            Kind::Dir => ("folder", None),
            Kind::Symlink { target } => ("link", Some(String::from_utf8_lossy(target).into_owned())),
            Kind::Fifo => ("fifo", None),
            Kind::CharDevice { .. } => ("character-device", None),
            Kind::BlockDevice { .. } => ("block-device", None),
        };
        Self {
            path: json::Path::new(path),
            kind,
            mtime: metadata.mtime,
            mode: format!("{:04o}", metadata.mode),
            uid: metadata.uid,
            gid: metadata.gid,
            user: String::from_utf8_lossy(&metadata.uname).into_owned(),
            group: String::from_utf8_lossy(&metadata.gname).into_owned(),
            target,
        }
    }
}
