//! The real app in its real window, in a desktop session of its own: what a person sees and does from the first start
//! to a file that came back, what the tray, the keyring, the power and the drives have to do with it, and the walls
//! around the page.

mod first_start;
mod look;
mod restore;
mod schedule;
mod session;
mod tray;
mod trouble;
mod walls;
