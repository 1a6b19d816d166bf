//! Profiles carried out on real folders, with a keyring in memory and a clock that stands where it is put.

mod backing_up;
mod bringing_back;
mod machine;
