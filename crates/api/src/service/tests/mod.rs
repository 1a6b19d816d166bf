//! The service without a window: real folders, the real engine, a keyring in memory, a clock and a desktop that do what
//! a test says.

mod failing;
mod kit;
mod restoring;
mod running;
mod secrecy;
mod setting_up;
mod stage;
