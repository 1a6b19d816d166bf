//! Drives on Windows: the volumes that have a letter, as PowerShell's `Get-Volume` tells them. The volume's name with
//! its GUID stays the same whatever letter it gets.

use super::Drive;
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const QUESTION: &str = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-Volume | Where-Object DriveLetter | \
    Select-Object @{n='letter';e={[string]$_.DriveLetter}},@{n='id';e={$_.UniqueId}},\
    @{n='label';e={$_.FileSystemLabel}},@{n='kind';e={[string]$_.DriveType}} | ConvertTo-Json";

#[derive(Deserialize)]
struct Volume {
    letter: String,
    id: Option<String>,
    label: Option<String>,
    kind: Option<String>,
}

/// `ConvertTo-Json` writes one volume without a list around it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Many(Vec<Volume>),
    One(Volume),
}

/// Everything that has a letter.
pub(super) fn mounted() -> Vec<Drive> {
    let said = Command::new("powershell.exe")
        .args(["-NoProfile", "-NonInteractive", "-Command", QUESTION])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(said) = said else { return Vec::new() };
    let volumes = match serde_json::from_slice(&said.stdout) {
        Ok(Answer::Many(volumes)) => volumes,
        Ok(Answer::One(volume)) => vec![volume],
        Err(_) => return Vec::new(),
    };
    let home = std::env::var("SystemDrive").unwrap_or_else(|_| "C:".to_owned());
    volumes.into_iter().map(|volume| drive(volume, &home)).collect()
}

fn drive(volume: Volume, home: &str) -> Drive {
    let letter = format!("{}:", volume.letter.trim());
    let kind = volume.kind.unwrap_or_default();
    Drive {
        uuid: volume.id,
        label: volume.label.filter(|label| !label.is_empty()).or_else(|| Some(letter.clone())),
        mount: PathBuf::from(format!("{letter}\\")),
        free: None,
        total: None,
        removable: kind.eq_ignore_ascii_case("removable"),
        read_only: kind.eq_ignore_ascii_case("cd-rom"),
        system: letter.eq_ignore_ascii_case(home),
    }
}
