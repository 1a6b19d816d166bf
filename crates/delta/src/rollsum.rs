//! librsync's weak rolling sum (`rollsum.h`): two sums over bytes raised by 31, kept in 16 bits each.

const CHAR_OFFSET: u32 = 31;

/// The sum of a window of bytes. Both halves are kept in 32 bits and cut to 16 when asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rollsum {
    s1: u32,
    s2: u32,
}

impl Rollsum {
    /// The sum of `window`.
    pub(crate) fn of(window: &[u8]) -> Self {
        // Written as two plain sums over short runs, which the compiler turns into vector code.
        let mut sum = Self::default();
        for run in window.chunks(256) {
            let len = run.len() as u32;
            let (mut plain, mut weighted) = (0u32, 0u32);
            for (i, &byte) in run.iter().enumerate() {
                plain += u32::from(byte);
                weighted += u32::from(byte) * (len - i as u32);
            }
            sum.s2 = sum
                .s2
                .wrapping_add(sum.s1.wrapping_mul(len))
                .wrapping_add(weighted)
                .wrapping_add(CHAR_OFFSET * (len * (len + 1) / 2));
            sum.s1 = sum.s1.wrapping_add(plain).wrapping_add(CHAR_OFFSET * len);
        }
        sum
    }

    /// Moves a window of `len` bytes on by one: `old` leaves, `new` enters.
    #[inline]
    pub(crate) fn rotate(&mut self, len: u32, old: u8, new: u8) {
        self.s1 = self.s1.wrapping_add(u32::from(new)).wrapping_sub(u32::from(old));
        self.s2 = self.s2.wrapping_add(self.s1).wrapping_sub(len.wrapping_mul(u32::from(old) + CHAR_OFFSET));
    }

    /// Takes the first byte, `old`, from a window of `len` bytes.
    #[inline]
    pub(crate) fn roll_out(&mut self, len: u32, old: u8) {
        let raised = u32::from(old) + CHAR_OFFSET;
        self.s1 = self.s1.wrapping_sub(raised);
        self.s2 = self.s2.wrapping_sub(len.wrapping_mul(raised));
    }

    /// The sum as it stands in a signature.
    #[inline]
    pub(crate) fn digest(self) -> u32 {
        (self.s2 << 16) | (self.s1 & 0xffff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weak_of_fast_rsync(data: &[u8]) -> u32 {
        let options = fast_rsync::SignatureOptions { block_size: data.len() as u32, crypto_hash_size: 8 };
        let signature = fast_rsync::Signature::calculate(data, options).into_serialized();
        u32::from_be_bytes(signature[12..16].try_into().unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sum_and_steps_agree_with_librsync(data in proptest::collection::vec(any::<u8>(), 2..2000)) {
            prop_assert_eq!(Rollsum::of(&data).digest(), weak_of_fast_rsync(&data), "the sum of a whole window");
            let len = data.len() as u32 - 1;
            let mut rolled = Rollsum::of(&data[..data.len() - 1]);
            rolled.rotate(len, data[0], data[data.len() - 1]);
            prop_assert_eq!(rolled.digest(), Rollsum::of(&data[1..]).digest(), "a step equals a fresh sum");
            let mut shrunk = Rollsum::of(&data);
            shrunk.roll_out(len + 1, data[0]);
            prop_assert_eq!(shrunk.digest(), Rollsum::of(&data[1..]).digest(), "a shorter window too");
        }
    }

    #[test]
    fn long_windows_do_not_overflow() {
        let data = vec![0xffu8; 3 << 20];
        assert_eq!(Rollsum::of(&data).digest(), weak_of_fast_rsync(&data), "blocks of MiB are allowed");
    }
}
