//! What the suites that need the real thing share: hostile folders and their histories, exact comparison, the tools
//! under test on machines of their own, and keys. The suites themselves are in `tests/tests`.

pub mod chain;
pub mod compare;
pub mod keys;
pub mod mode;
pub mod timing;
pub mod tool;
pub mod tree;
pub mod window;
