//! How long somebody waits who was wrong.

/// What is slowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slowed {
    /// One account, whoever tries. Its own person is slowed too, so that the longest wait is one that can be waited for.
    Account,
    /// One address, whichever account it tries. A whole office may be behind it, so that more is let through first.
    Address,
}

impl Slowed {
    /// So many may be wrong before anybody waits.
    const fn free(self) -> u32 {
        match self {
            Self::Account => 3,
            Self::Address => 10,
        }
    }

    /// The longest wait, in milliseconds. A code of six digits of which three are good at a time, tried every quarter of an
    /// hour, takes over six years until one in two has been guessed.
    const fn longest_ms(self) -> i64 {
        match self {
            Self::Account => 15 * 60_000,
            Self::Address => 3_600_000,
        }
    }
}

/// After a day without a wrong one, what was wrong before is forgotten.
pub(super) const FORGOTTEN_MS: i64 = 86_400_000;

/// How long to wait after so many were wrong one after the other: a second, and twice as long with each.
pub(super) fn wait_ms(slowed: Slowed, failures: u32) -> i64 {
    match failures.checked_sub(slowed.free()) {
        None | Some(0) => 0,
        // Sixteen times twice as long is more than any longest wait.
        Some(over) => (1_000_i64 << (over - 1).min(16)).min(slowed.longest_ms()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_free_and_then_each_wait_is_twice_as_long_up_to_the_longest() {
        let cases = [
            (Slowed::Account, 0, 0),
            (Slowed::Account, 3, 0),
            (Slowed::Account, 4, 1_000),
            (Slowed::Account, 5, 2_000),
            (Slowed::Account, 13, 512_000),
            (Slowed::Account, 14, 900_000),
            (Slowed::Account, 60, 900_000),
            (Slowed::Account, u32::MAX, 900_000),
            (Slowed::Address, 10, 0),
            (Slowed::Address, 11, 1_000),
            (Slowed::Address, 22, 2_048_000),
            (Slowed::Address, 23, 3_600_000),
        ];
        for (slowed, failures, expected) in cases {
            assert_eq!(wait_ms(slowed, failures), expected, "{slowed:?} {failures}");
        }
    }
}
