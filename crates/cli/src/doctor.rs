//! `doctor`: what is installed, reachable and readable, each with a tick. It changes nothing but a file that it makes
//! and removes where it asks whether a folder can be written.

use crate::error::CliError;
use crate::exit;
use crate::render::{Output, text};
use crate::run::archive_folder;
use crate::surroundings::Surroundings;
use backtrail_base::Coded;
use backtrail_format::names::{FileKind, FileName, Prefixes};
use backtrail_pgp::KeyInfo;
use backtrail_store::{Address, Destination};
use serde::Serialize;
use std::path::Path;
use std::process::{Command, Stdio};

/// What came of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Good,
    /// Not there, and not needed.
    Absent,
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    outcome: Outcome,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<String>,
}

#[derive(Serialize)]
struct Findings {
    action: &'static str,
    ok: bool,
    findings: Vec<Finding>,
}

/// Looks, prints, and exits with 1 when something is wrong.
pub(crate) fn run(
    url: Option<&str>,
    archive_root: Option<&Path>,
    around: &Surroundings,
    output: &Output,
) -> Result<u8, CliError> {
    let root = archive_root
        .map_or_else(|| around.cache_folder().join("duplicity"), |root| around.expand(root.as_os_str()));
    let mut findings = vec![Finding::good("Backtrail", format!("version {}", crate::VERSION))];
    findings.extend(keys(around)?);
    findings.push(stock());
    findings.push(locale(around));
    findings.push(writable(
        "temporary files",
        &around.temp_folder(),
        "Name another folder with --tempdir or TMPDIR.",
    ));
    let folder = url.map_or_else(|| root.clone(), |url| archive_folder(&root, None, url));
    findings.push(writable("archive folder", &folder, "Name another folder with --archive-dir."));
    if let Some(url) = url {
        findings.push(destination(url, output));
    }
    for finding in &findings {
        let mark = match finding.outcome {
            Outcome::Good => "✓",
            Outcome::Absent => "–",
            Outcome::Bad => "✗",
        };
        let mut line = format!("{mark} {}: {}", finding.name, finding.detail);
        if let Some(next) = &finding.next_step {
            line.push_str(". ");
            line.push_str(next);
        }
        line.push('\n');
        output.result(line.as_bytes())?;
    }
    let ok = findings.iter().all(|finding| finding.outcome != Outcome::Bad);
    output.json(&Findings { action: "doctor", ok, findings })?;
    Ok(if ok { exit::OK } else { exit::DIFFERENT })
}

impl Finding {
    fn good(name: &'static str, detail: String) -> Self {
        Self { name, outcome: Outcome::Good, detail, next_step: None }
    }

    fn absent(name: &'static str, detail: String) -> Self {
        Self { name, outcome: Outcome::Absent, detail, next_step: None }
    }

    fn bad(name: &'static str, detail: String, next_step: Option<String>) -> Self {
        Self { name, outcome: Outcome::Bad, detail, next_step }
    }
}

/// GnuPG and the keys.
fn keys(around: &Surroundings) -> Result<Vec<Finding>, CliError> {
    let store = crate::key::store(around, None)?;
    let mut findings = vec![match store.gnupg().map(backtrail_pgp::Gnupg::version) {
        Some(Ok(version)) => Finding::good("GnuPG", version),
        _ => Finding::absent("GnuPG", "not installed; needed only for keys that live in it".to_owned()),
    }];
    findings.push(match store.list() {
        Err(error) => Finding::bad("keys", error.to_string(), error.next_step()),
        Ok(keys) if keys.is_empty() => {
            Finding::absent("keys", "none yet; `backtrail key new --name NAME` makes one".to_owned())
        }
        Ok(keys) => {
            let infos: Vec<KeyInfo> = keys.iter().map(backtrail_pgp::Key::info).collect();
            let usable = infos.iter().filter(|key| key.can.encrypt).count() as u64;
            let detail = format!(
                "{} in {} and GnuPG, {usable} of them to encrypt to",
                text::counted(infos.len() as u64, "key"),
                around.data_folder().join("keys").display()
            );
            Finding::good("keys", detail)
        }
    });
    Ok(findings)
}

/// Stock duplicity.
fn stock() -> Finding {
    let name = "duplicity";
    let found = Command::new(name).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    match found {
        Ok(found) if found.status.success() => {
            let version = String::from_utf8_lossy(&found.stdout).trim().replace("duplicity ", "");
            Finding::good(name, format!("version {version}; it reads what Backtrail writes"))
        }
        _ => Finding::absent(name, "not installed, and not needed".to_owned()),
    }
}

/// Names are bytes here; a locale that is not UTF-8 only shows them wrongly.
fn locale(around: &Surroundings) -> Finding {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| around.variable(name));
    let set = set.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let lower = set.to_ascii_lowercase();
    if lower.contains("utf-8") || lower.contains("utf8") || cfg!(not(unix)) {
        Finding::good("locale", if set.is_empty() { "UTF-8".to_owned() } else { set })
    } else {
        let shown = if set.is_empty() { "not set".to_owned() } else { set };
        Finding::absent("locale", format!("{shown}; names are stored exactly, but may be shown wrongly"))
    }
}

/// Whether files can be made in a folder, or the folder itself where it is missing.
fn writable(name: &'static str, folder: &Path, advice: &str) -> Finding {
    let shown = folder.display();
    let Some(nearest) = folder.ancestors().find(|folder| folder.is_dir()) else {
        return Finding::bad(name, format!("{shown} cannot be made"), Some(advice.to_owned()));
    };
    match tempfile::tempfile_in(nearest) {
        Ok(_) if nearest == folder => Finding::good(name, format!("{shown} can be written")),
        Ok(_) => Finding::good(name, format!("{shown} can be made")),
        Err(error) => {
            Finding::bad(name, format!("{shown} cannot be written: {error}"), Some(advice.to_owned()))
        }
    }
}

/// Whether the destination can be reached and read, and what is there.
fn destination(url: &str, output: &Output) -> Finding {
    let name = "destination";
    let listed = Address::parse(url)
        .and_then(|address| Destination::open(&address, false))
        .and_then(|destination| destination.list().map(|objects| (destination, objects)));
    let (destination, objects) = match listed {
        Ok(found) => found,
        Err(error) => return Finding::bad(name, error.to_string(), error.next_step()),
    };
    let prefixes = Prefixes::default();
    let known: Vec<_> = objects
        .iter()
        .filter_map(|object| FileName::parse(&prefixes, &object.name, ':').map(|parsed| (parsed, object)))
        .collect();
    let manifests = known.iter().filter_map(|(parsed, object)| match parsed.kind {
        FileKind::Manifest { set } => Some((set, object)),
        _ => None,
    });
    let Some((last, manifest)) = manifests.max_by_key(|(set, _)| *set) else {
        let count = text::counted(objects.len() as u64, "file");
        return Finding::good(name, format!("can be reached; {count}, no backup yet"));
    };
    // Reachable is not readable: one object is really read.
    if let Err(error) = destination.read(&manifest.name).map(drop) {
        return Finding::bad(name, error.to_string(), error.next_step());
    }
    let bytes = known.iter().map(|(_, object)| object.size).sum();
    Finding::good(
        name,
        format!(
            "can be reached and read; {} of backups ({}), the last of {}",
            text::counted(known.len() as u64, "file"),
            text::size(bytes),
            text::date(last.end(), output.zone())
        ),
    )
}
