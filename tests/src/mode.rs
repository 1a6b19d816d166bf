//! The ways a backup can be sealed, each with three machines set up for it: the right options, environment and
//! keys for every tool, the keys having gone from one to the others by export and import.

use crate::chain::Room;
use crate::keys::{self, Algorithm};
use crate::tool::{Station, Tool};

/// How a backup is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Encrypted with a passphrase.
    Passphrase,
    /// Encrypted to an RSA key that gpg made, itself under a passphrase.
    KeyByGpg,
    /// Encrypted to a key that `backtrail key new` made.
    KeyByUs,
    /// Encrypted to and signed by a Curve25519 key that gpg made.
    Signed,
    /// `--no-encryption`: compressed only.
    Compressed,
    /// `--no-encryption --no-compression`.
    Plain,
}

/// The three tools, set up alike.
#[derive(Debug)]
pub struct Stations(Vec<Station>);

impl Stations {
    /// The machine of one tool.
    ///
    /// # Panics
    /// Never: there is one of each.
    #[must_use]
    pub fn of(&self, tool: Tool) -> &Station {
        self.0.iter().find(|station| station.tool == tool).expect("one of each")
    }

    fn map(&mut self, change: impl Fn(Station) -> Station) {
        self.0 = self.0.drain(..).map(change).collect();
    }

    fn stock(&self) -> impl Iterator<Item = &Station> {
        self.0.iter().filter(|station| station.tool != Tool::Backtrail)
    }
}

impl Mode {
    /// Three machines in `room` for this mode.
    ///
    /// # Panics
    /// When a program is missing or a key cannot be made or carried over.
    #[must_use]
    pub fn stations(self, room: &Room) -> Stations {
        let mut stations = Stations(Tool::ALL.map(|tool| Station::new(tool, room.path())).into());
        match self {
            Self::Passphrase => {
                stations.map(|station| station.with_env("PASSPHRASE", "correct horse \"battery\" ä"));
            }
            Self::KeyByGpg | Self::Signed => {
                let algorithm = if self == Self::Signed { Algorithm::Curve25519 } else { Algorithm::Rsa };
                let maker = stations.of(Tool::Duplicity3).gnupg.clone();
                let key = keys::generate(&maker, algorithm, "the key's own");
                let exported = keys::export_secret(&maker, &key);
                keys::import(&stations.of(Tool::Duplicity08).gnupg, &key, &exported);
                keys::import_into_backtrail(stations.of(Tool::Backtrail), &key, &exported);
                let option = if self == Self::Signed { "--encrypt-sign-key" } else { "--encrypt-key" };
                let id = if self == Self::Signed { &key.fingerprint[24..] } else { &key.fingerprint[..] };
                stations.map(|station| {
                    station.with_options(&[option, id]).with_env("PASSPHRASE", &key.passphrase)
                });
            }
            Self::KeyByUs => {
                let maker = stations.of(Tool::Backtrail);
                let key = keys::make_with_backtrail(maker, "Made by us");
                let exported = keys::export_from_backtrail(maker, &key);
                for station in stations.stock() {
                    keys::import(&station.gnupg, &key, &exported);
                }
                stations.map(|station| {
                    let station = station.with_options(&["--encrypt-key", &key.fingerprint]);
                    // Stock asks on the terminal unless there is one, be it empty.
                    let asks = station.tool != Tool::Backtrail || Tool::is_stand_in();
                    if asks { station.with_env("PASSPHRASE", "") } else { station }
                });
            }
            Self::Compressed => stations.map(|station| station.with_options(&["--no-encryption"])),
            Self::Plain => {
                stations.map(|station| station.with_options(&["--no-encryption", "--no-compression"]));
            }
        }
        stations
    }
}
