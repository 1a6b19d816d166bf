//! Duplicity's storage format, as bytes: object names, manifests, the members of difftar volumes and sigtars, the
//! order of paths, and how a flat listing becomes sets and chains. Pure: it reads and writes what it is handed,
//! knows no destination, no encryption and no file system, and never panics whatever the input is. What it writes,
//! stock duplicity 0.8.22 and 3.2.1 read; the exact bytes are tested against theirs.

pub mod collection;
pub mod difftar;
mod error;
pub mod manifest;
mod metadata;
pub mod names;
mod path;
mod quote;
pub mod sigtar;
mod tar;

pub use error::Error;
pub use metadata::{Kind, Metadata, tar_mtime};
pub use path::EntryPath;
pub use quote::{quote, unquote};

/// What a fallible call of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The block length, in bytes, of the signature of a file of `size` bytes: duplicity 3.2.1's rule, the integer
/// square root rounded up to a multiple of 512, at least 512. Readers take any length; 0.8.22 chooses smaller ones.
#[must_use]
pub fn block_len(size: u64) -> u32 {
    let blocks = size.isqrt().div_ceil(512).max(1);
    // The root of the greatest u64 rounds up to 2^32 exactly, which no signature header can say.
    u32::try_from(blocks * 512).unwrap_or(u32::MAX - 511)
}

#[cfg(test)]
mod tests {
    use super::block_len;

    #[test]
    fn block_lengths_follow_stock_duplicity() {
        // Values computed with round512(isqrt(n)) of stock 3.2.1; the last one is cut to what a header can say.
        let known = [
            (0, 512),
            (1, 512),
            (262_144, 512),
            (262_143, 512),
            (263_169, 1024),
            (1_048_576, 1024),
            (1_050_625, 1536),
            (10_000_000_000, 100_352),
            (u64::MAX, 4_294_966_784),
        ];
        for (size, expected) in known {
            assert_eq!(block_len(size), expected, "a signature of {size} bytes must match stock's length");
        }
    }
}
