//! verify: always reads the whole backup back, whatever is compared.

use super::{Session, exit_for};
use crate::error::CliError;
use crate::exit;
use crate::render::{json, progress, text};
use backtrail_base::Code;
use backtrail_engine::verify::{self, Request};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

#[derive(Serialize)]
struct Done {
    action: &'static str,
    set: json::Set,
    /// Nothing is damaged; with compare_data, nothing differs either.
    ok: bool,
    compare_data: bool,
    compared: u64,
    differences: Vec<Difference>,
    problems: Vec<json::Problem>,
}

#[derive(Serialize)]
struct Difference {
    #[serde(flatten)]
    path: json::Path,
    what: String,
}

impl Session<'_> {
    pub(super) fn verify(&self, url: &str, folder: &Path) -> Result<u8, CliError> {
        let wanted = &self.settings.restoring;
        let selection = if self.settings.selection.is_empty() {
            None
        } else {
            Some(Arc::new(self.selection_below(folder)?))
        };
        let request = Request {
            path: self.path()?,
            time: wanted.time,
            folder: folder.to_owned(),
            compare_data: wanted.compare_data,
            selection,
            follow_links: self.settings.backup.follow_links,
        };
        let ctx = self.context(url, false)?;
        let report = verify::run(&ctx, &request)?;
        self.progress.finish();
        for difference in &report.differences {
            let path = progress::printable(&difference.path.to_string_lossy());
            self.output.notice(&format!("Difference found: {path}: {}.", difference.what));
        }
        let compared = text::counted(report.compared, "file");
        let found = text::counted(report.differences.len() as u64, "difference");
        self.output.notice(&format!("Verify complete: {compared} compared, {found} found."));
        if !report.problems.is_empty() {
            self.output.failure(
                Code::Incomplete,
                &format!("the backup has {}", text::counted(report.problems.len() as u64, "problem")),
                "What is named above cannot be restored from it; make a new full backup.",
            );
        } else if !wanted.compare_data && !report.differences.is_empty() {
            self.output.notice(
                "The backup itself is sound. With --compare-data, contents are compared too, and differences exit \
                 with 1.",
            );
        }
        let differs = wanted.compare_data && !report.differences.is_empty();
        let differences = report.differences.into_iter();
        self.output.json(&Done {
            action: "verify",
            set: json::Set::new(report.set),
            ok: report.problems.is_empty() && !differs,
            compare_data: wanted.compare_data,
            compared: report.compared,
            differences: differences
                .map(|difference| Difference {
                    path: json::Path::new(&difference.path),
                    what: difference.what,
                })
                .collect(),
            problems: json::Problem::list(&report.problems),
        })?;
        Ok(match exit_for(&report.problems) {
            exit::OK if differs => exit::DIFFERENT,
            number => number,
        })
    }
}
