//! How long to wait before a repeat.

use noc_shared::time::Timestamp;

use crate::ports::Random;

/// The first wait is about a second: most faults of a provider are over by then.
const FIRST_MS: u64 = 1_000;

/// No wait is longer than about a minute, so that a provider that is back is noticed soon.
const LONGEST_MS: u64 = 60_000;

/// Whoever refused may ask for at most an hour: DigitalOcean's limit is counted over one, so no honest answer is
/// longer, and a dishonest one must not put a run to sleep for good.
const LONGEST_ASKED_MS: i64 = 3_600_000;

/// When to repeat an attempt: exponential backoff of which half is chance, so that many runs that failed together do
/// not come back together; later if whoever refused asked for it.
pub(super) fn retry_at(
    now: Timestamp,
    attempt: u32,
    asked_ms: Option<i64>,
    random: &dyn Random,
) -> Timestamp {
    // Past 2^6 seconds the longest wait applies anyway.
    let full = (FIRST_MS << attempt.saturating_sub(1).min(6)).min(LONGEST_MS);
    let wait = full / 2 + random.below(full / 2 + 1);
    let asked = asked_ms.unwrap_or(0).clamp(0, LONGEST_ASKED_MS);
    now.plus(i64::try_from(wait).unwrap_or(i64::MAX).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_grow_to_a_minute_and_are_at_least_what_was_asked_for() {
        let now = Timestamp::from_millis(0);
        let cases = [
            (1, None, 500..=1_000),
            (2, None, 1_000..=2_000),
            (4, None, 4_000..=8_000),
            (7, None, 30_000..=60_000),
            (u32::MAX, None, 30_000..=60_000),
            (1, Some(7_000), 7_000..=7_000),
            (1, Some(-5), 500..=1_000),
            (1, Some(i64::MAX), 3_600_000..=3_600_000),
        ];
        for (attempt, asked, expected) in cases {
            for random in [Always(0), Always(77), Always(255)] {
                let at = retry_at(now, attempt, asked, &random).millis();
                assert!(expected.contains(&at), "attempt {attempt}, asked {asked:?}: {at}");
            }
        }
    }
}
