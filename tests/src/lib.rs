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

/// An error with its causes: what a file-system call names is the path, and why it failed comes after.
#[must_use]
pub fn why(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
