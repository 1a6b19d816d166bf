//! Owner names and numbers: a backup keeps both, and names win when a backup comes back to another computer.

use std::collections::HashMap;

/// Names of the system's users and groups, each asked for once.
#[derive(Debug, Default)]
pub(crate) struct Names {
    users: HashMap<u64, Vec<u8>>,
    groups: HashMap<u64, Vec<u8>>,
}

impl Names {
    /// A user's name, empty when unknown.
    pub(crate) fn user(&mut self, uid: u64) -> &[u8] {
        self.users.entry(uid).or_insert_with(|| system::user_name(uid).unwrap_or_default())
    }

    /// A group's name, empty when unknown.
    pub(crate) fn group(&mut self, gid: u64) -> &[u8] {
        self.groups.entry(gid).or_insert_with(|| system::group_name(gid).unwrap_or_default())
    }
}

/// Numbers on this computer of the names in a backup, each asked for once.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    users: HashMap<Vec<u8>, Option<u64>>,
    groups: HashMap<Vec<u8>, Option<u64>>,
}

impl Numbers {
    /// The number of a user here: by name when the name exists here, else the number in the backup.
    pub(crate) fn user(&mut self, name: &[u8], number: u64) -> u64 {
        if name.is_empty() {
            return number;
        }
        let known = self.users.entry(name.to_vec()).or_insert_with(|| system::user_number(name));
        known.unwrap_or(number)
    }

    /// The number of a group here, likewise.
    pub(crate) fn group(&mut self, name: &[u8], number: u64) -> u64 {
        if name.is_empty() {
            return number;
        }
        let known = self.groups.entry(name.to_vec()).or_insert_with(|| system::group_number(name));
        known.unwrap_or(number)
    }
}

#[cfg(unix)]
mod system {
    use nix::unistd::{Gid, Group, Uid, User};

    pub(super) fn user_name(uid: u64) -> Option<Vec<u8>> {
        let uid = Uid::from_raw(u32::try_from(uid).ok()?);
        Some(User::from_uid(uid).ok()??.name.into_bytes())
    }

    pub(super) fn group_name(gid: u64) -> Option<Vec<u8>> {
        let gid = Gid::from_raw(u32::try_from(gid).ok()?);
        Some(Group::from_gid(gid).ok()??.name.into_bytes())
    }

    pub(super) fn user_number(name: &[u8]) -> Option<u64> {
        let user = User::from_name(std::str::from_utf8(name).ok()?).ok()??;
        Some(u64::from(user.uid.as_raw()))
    }

    pub(super) fn group_number(name: &[u8]) -> Option<u64> {
        let group = Group::from_name(std::str::from_utf8(name).ok()?).ok()??;
        Some(u64::from(group.gid.as_raw()))
    }
}

#[cfg(not(unix))]
mod system {
    //! Owners of the Unix kind do not exist here: numbers in a backup stay as they are.

    pub(super) fn user_name(_: u64) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn group_name(_: u64) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn user_number(_: &[u8]) -> Option<u64> {
        None
    }

    pub(super) fn group_number(_: &[u8]) -> Option<u64> {
        None
    }
}
