//! The changes a history is made of, as a deck of cards that is dealt over its steps, and how each is played. A
//! card that finds nothing to play on is dropped; the deck is large enough that this loses nothing.

use super::objects::{self, Kind, PIECE};
use super::{PATH_MAX, Tree, inside};
use backtrail_base::fs;
use rand::RngExt;
use rand::seq::IndexedRandom;
use std::io;

/// How the content of a file changes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    Overwrite,
    Insert,
    Append,
    Truncate,
    Empty,
    ToPieces,
    Replace,
    Move,
    OneByte,
    SameContent,
    /// Much of a large file, so that the delta fills volumes of its own.
    Rework,
}

/// One change of a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Become(Kind, Kind),
    Make(Kind),
    MakeLarge,
    MakeSparse,
    HardLink,
    Delete(Kind),
    Revive(Kind),
    Rename(Kind),
    RenameOver,
    Swap,
    Edit(Edit),
    Touch(Kind),
    Chmod(Kind),
    Chown(Kind),
    Remake(Kind),
    DressRoot,
}

/// Folders with more below them than this are not removed or replaced: the tree would bleed out.
const SMALL_FOLDER: usize = 12;

impl Change {
    /// Every change, each at least once.
    pub(super) fn deck(kinds: &[Kind], superuser: bool) -> Vec<Self> {
        let mut deck = Vec::new();
        for &from in kinds {
            deck.extend(kinds.iter().filter(|&&to| to != from).map(|&to| Self::Become(from, to)));
            deck.extend([Self::Make(from), Self::Delete(from), Self::Revive(from), Self::Rename(from)]);
            deck.push(Self::Touch(from));
            if from != Kind::Symlink {
                deck.push(Self::Chmod(from));
            }
            if superuser {
                deck.push(Self::Chown(from));
            }
        }
        for kind in [Kind::Symlink, Kind::CharDevice, Kind::BlockDevice] {
            if kinds.contains(&kind) {
                deck.push(Self::Remake(kind));
            }
        }
        let edits = [
            Edit::Overwrite,
            Edit::Insert,
            Edit::Append,
            Edit::Truncate,
            Edit::Empty,
            Edit::ToPieces,
            Edit::Replace,
            Edit::Move,
            Edit::OneByte,
            Edit::SameContent,
        ];
        deck.extend(edits.iter().chain(&edits).map(|&edit| Self::Edit(edit)));
        deck.extend([Self::Edit(Edit::Rework), Self::Edit(Edit::Rework), Self::MakeLarge, Self::MakeSparse]);
        deck.extend([Self::HardLink, Self::RenameOver, Self::Swap, Self::Swap, Self::DressRoot]);
        deck.extend([Self::Make(Kind::File), Self::Make(Kind::File), Self::Delete(Kind::File)]);
        deck.extend([Self::Rename(Kind::Dir), Self::Revive(Kind::File), Self::Delete(Kind::Dir)]);
        deck
    }
}

impl Tree {
    pub(super) fn apply(&mut self, change: Change) -> io::Result<()> {
        match change {
            Change::Become(from, to) => {
                let Some(path) = self.pick(from)? else { return Ok(()) };
                self.remove(&path, from)?;
                self.build(path, to)
            }
            Change::Make(kind) => {
                let place = self.any_folder()?;
                let path = self.free_name(&place);
                self.build(path, kind)
            }
            Change::MakeLarge => {
                let place = self.any_folder()?;
                let path = self.free_name(&place);
                let size = self.rng.random_range(1_200_000..1_500_000);
                let bytes = objects::noise(&mut self.rng, size);
                fs::write(self.at(&path), bytes)?;
                self.finish(path, Kind::File)
            }
            Change::MakeSparse => {
                let place = self.any_folder()?;
                let path = self.free_name(&place);
                let target = self.at(&path);
                objects::make_sparse(&mut self.rng, &target, 11 * PIECE as u64)?;
                self.finish(path, Kind::File)
            }
            Change::HardLink => {
                let (Some(first), place) = (self.pick(Kind::File)?, self.any_folder()?) else {
                    return Ok(());
                };
                let second = self.free_name(&place);
                fs::hard_link(self.at(&first), self.at(&second))?;
                self.busy.extend([first, second]);
                Ok(())
            }
            Change::Delete(kind) => {
                let Some(path) = self.pick(kind)? else { return Ok(()) };
                self.remove(&path, kind)?;
                self.gone.push(path.clone());
                self.busy.push(path);
                Ok(())
            }
            Change::Revive(kind) => self.revive(kind),
            Change::Rename(kind) => self.rename(kind),
            Change::RenameOver => {
                let Some(first) = self.pick(Kind::File)? else { return Ok(()) };
                self.busy.push(first.clone());
                let Some(second) = self.pick(Kind::File)? else { return Ok(()) };
                fs::rename(self.at(&first), self.at(&second))?;
                self.busy.push(second);
                Ok(())
            }
            Change::Swap => {
                let Some(first) = self.pick(Kind::File)? else { return Ok(()) };
                self.busy.push(first.clone());
                let Some(second) = self.pick(Kind::File)? else { return Ok(()) };
                let between = self.at(b"between a swap");
                fs::rename(self.at(&first), &between)?;
                fs::rename(self.at(&second), self.at(&first))?;
                fs::rename(&between, self.at(&second))?;
                self.busy.push(second);
                Ok(())
            }
            Change::Edit(edit) => self.edit(edit),
            Change::Touch(kind) => self.alter(kind, |tree, path| {
                let place = tree.at(path);
                objects::touch(&mut tree.rng, &place)
            }),
            Change::Chmod(kind) => self.alter(kind, |tree, path| {
                let place = tree.at(path);
                objects::chmod(&mut tree.rng, &place, kind, tree.superuser)
            }),
            Change::Chown(kind) => self.alter(kind, |tree, path| {
                let place = tree.at(path);
                objects::chown(&mut tree.rng, &place)
            }),
            Change::Remake(kind) => {
                let Some(path) = self.pick(kind)? else { return Ok(()) };
                self.remove(&path, kind)?;
                self.build(path, kind)
            }
            Change::DressRoot => self.dress(b"", Kind::Dir),
        }
    }

    /// A random path of that kind that this step has not touched, never the root.
    fn pick(&mut self, kind: Kind) -> io::Result<Option<Vec<u8>>> {
        let listing = self.listing()?;
        let candidates: Vec<&Vec<u8>> = listing
            .iter()
            .filter(|(path, found)| *found == kind && !path.is_empty() && !self.is_busy(path))
            .filter(|(path, _)| {
                kind != Kind::Dir
                    || listing.iter().filter(|(other, _)| inside(other, path)).count() <= SMALL_FOLDER
            })
            .map(|(path, _)| path)
            .collect();
        Ok(candidates.choose(&mut self.rng).map(|path| path.to_vec()))
    }

    fn remove(&self, path: &[u8], kind: Kind) -> io::Result<()> {
        if kind == Kind::Dir { fs::remove_dir_all(self.at(path)) } else { fs::remove_file(self.at(path)) }
    }

    /// Makes and dresses an object; a folder gets three more in it.
    fn build(&mut self, path: Vec<u8>, kind: Kind) -> io::Result<()> {
        self.make(&path, kind, None)?;
        if kind == Kind::Dir && path.len() < PATH_MAX - 300 {
            for child in [Kind::File, Kind::Symlink, Kind::Dir] {
                let child_path = self.make_in(&path, child)?;
                self.dress(&child_path, child)?;
            }
        }
        self.finish(path, kind)
    }

    fn finish(&mut self, path: Vec<u8>, kind: Kind) -> io::Result<()> {
        self.dress(&path, kind)?;
        self.busy.push(path);
        Ok(())
    }

    fn alter(
        &mut self,
        kind: Kind,
        change: impl FnOnce(&mut Self, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(path) = self.pick(kind)? else { return Ok(()) };
        change(self, &path)?;
        if kind != Kind::Dir {
            self.busy.push(path);
        }
        Ok(())
    }

    fn revive(&mut self, kind: Kind) -> io::Result<()> {
        let possible: Vec<Vec<u8>> = self
            .gone
            .iter()
            .filter(|path| !self.exists(path) && !self.is_busy(path) && self.is_folder(parent(path)))
            .cloned()
            .collect();
        match possible.choose(&mut self.rng).cloned() {
            Some(path) => self.build(path, kind),
            None => Ok(()),
        }
    }

    fn is_folder(&self, path: &[u8]) -> bool {
        fs::symlink_metadata(self.at(path)).is_ok_and(|metadata| metadata.is_dir())
    }

    /// Moves an object to a free name in any folder that is not inside it and where its longest path still fits.
    fn rename(&mut self, kind: Kind) -> io::Result<()> {
        let (Some(path), place) = (self.pick(kind)?, self.any_folder()?) else { return Ok(()) };
        let longest = self
            .listing()?
            .iter()
            .filter(|(other, _)| inside(other, &path))
            .map(|(other, _)| other.len())
            .max();
        let tail = longest.unwrap_or(0).saturating_sub(path.len());
        if inside(&place, &path) || place.len() + super::NAME_MAX + 1 + tail > PATH_MAX {
            return Ok(());
        }
        let target = self.free_name(&place);
        fs::rename(self.at(&path), self.at(&target))?;
        self.gone.push(path.clone());
        self.busy.extend([path, target]);
        Ok(())
    }

    fn edit(&mut self, edit: Edit) -> io::Result<()> {
        let path = if matches!(edit, Edit::Rework) { self.pick_large()? } else { self.pick(Kind::File)? };
        let Some(path) = path else { return Ok(()) };
        let place = self.at(&path);
        let mut content = fs::read(&place)?;
        let middle = self.rng.random_range(0..=content.len());
        let amount = self.rng.random_range(1..5000);
        match edit {
            Edit::Overwrite => {
                let end = (middle + amount).min(content.len());
                let bytes = objects::noise(&mut self.rng, end - middle);
                content[middle..end].copy_from_slice(&bytes);
            }
            Edit::Insert => {
                let bytes = objects::content(&mut self.rng, amount);
                content.splice(middle..middle, bytes);
            }
            Edit::Append => content.extend(objects::content(&mut self.rng, amount * 10)),
            Edit::Truncate => content.truncate(middle),
            Edit::Empty => content.clear(),
            Edit::ToPieces => content.resize((content.len() / PIECE + 1) * PIECE, b'p'),
            Edit::Replace => content = objects::content(&mut self.rng, amount * 40),
            Edit::Move => content.rotate_left(middle),
            Edit::OneByte => match content.get_mut(middle) {
                Some(byte) => *byte ^= 0x55,
                None => content.push(b'1'),
            },
            Edit::SameContent => {}
            Edit::Rework => {
                let end = (middle / 2 + 900_000).min(content.len());
                let bytes = objects::noise(&mut self.rng, 1_000_000);
                content.splice(middle / 2..end, bytes);
            }
        }
        fs::write(&place, content)?;
        objects::touch(&mut self.rng, &place)?;
        self.busy.push(path);
        Ok(())
    }

    fn pick_large(&mut self) -> io::Result<Option<Vec<u8>>> {
        let large: Vec<Vec<u8>> = self
            .listing()?
            .into_iter()
            .filter(|(path, kind)| *kind == Kind::File && self.size(path) > 500_000 && !self.is_busy(path))
            .map(|(path, _)| path)
            .collect();
        Ok(large.choose(&mut self.rng).cloned())
    }
}

fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &path[..slash])
}
