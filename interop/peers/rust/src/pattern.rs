//! The bytes that every request sends: a function of the offset alone.

/// The byte at an offset.
#[inline]
fn at(offset: u64) -> u8 {
    (offset as u8)
        .wrapping_mul(167)
        .wrapping_add(((offset >> 8) as u8).wrapping_mul(13))
        .wrapping_add(((offset >> 16) as u8).wrapping_mul(7))
}

/// Fills a buffer with what begins at an offset.
pub fn fill(offset: u64, buffer: &mut [u8]) {
    for (i, byte) in buffer.iter_mut().enumerate() {
        *byte = at(offset + i as u64);
    }
}

/// Whether the bytes are the ones that begin at an offset.
pub fn matches(offset: u64, bytes: &[u8]) -> bool {
    let wrong = bytes
        .iter()
        .enumerate()
        .fold(0u8, |wrong, (i, byte)| wrong | (*byte ^ at(offset + i as u64)));
    wrong == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_formula() {
        for offset in [0u64, 1, 255, 256, 65_535, 65_536, 1 << 40] {
            let expected = (u128::from(offset) * 167
                + u128::from(offset >> 8) * 13
                + u128::from(offset >> 16) * 7)
                & 0xff;
            assert_eq!(u128::from(at(offset)), expected);
        }
    }

    #[test]
    fn notices_one_wrong_byte() {
        let mut bytes = vec![0; 1000];
        fill(77, &mut bytes);
        assert!(matches(77, &bytes));
        bytes[999] ^= 1;
        assert!(!matches(77, &bytes));
    }
}
