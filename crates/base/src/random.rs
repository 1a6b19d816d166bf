//! Randomness from the operating system, in one place.

/// `N` random bytes from the operating system's generator.
///
/// # Panics
/// If the system has no randomness to give, which no supported system lets happen after boot; going on without
/// it would make guessable keys.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}
