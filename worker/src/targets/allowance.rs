//! How often something may be done: so many at once, and then one more each so many milliseconds.

use noc_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// So many at once.
    pub(super) at_once: i64,
    /// And one more each so many milliseconds.
    pub(super) every_ms: i64,
}

/// 300 at once are the 200 that waited on a machine and what comes meanwhile. Two a second are 172,800 samples a day of
/// 350 bytes: 60 MB, of the ten gigabytes that an object may have.
pub(super) const REPORTS: Rate = Rate { at_once: 300, every_ms: 500 };

/// A machine whose first claims go wrong asks again after 2, 4, 8 and then 60 seconds.
pub(super) const CLAIMS: Rate = Rate { at_once: 20, every_ms: 30_000 };

/// A first start makes about ten. 144 a day, of 500 bytes at most, are 26 MB in a year.
pub(super) const EVENTS: Rate = Rate { at_once: 50, every_ms: 600_000 };

/// Three tell what somebody tries; 24 a day tell that they go on.
pub(super) const AUDITS: Rate = Rate { at_once: 3, every_ms: 3_600_000 };

/// A service that dies again and again changes with each report. With a row for each, 288 a day besides the 72 that there
/// are anyway: some hundred machines may do that within the 100,000 rows of the free plan.
pub(super) const CHANGES: Rate = Rate { at_once: 12, every_ms: 300_000 };

/// As many lines as are kept, and then 200 a minute, which is what one report has at most, and the usual interval is a
/// minute. Each is a row and an index, and both again when it is forgotten: 200 x 1,440 x 4 are 1,152,000 rows a day, and
/// 35 of the 50 million that the paid plan has in a month. Without a bound it would be 138 million a day. The free plan's
/// 100,000 rows a day, of all servers together, are for 17 lines a minute.
pub(super) const LINES: Rate = Rate { at_once: 5_000, every_ms: 300 };

/// What is left to do: the time at which all of it may be done again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Allowance(Option<Timestamp>);

impl Allowance {
    /// Takes one, if there is one.
    pub(super) fn take(&mut self, rate: Rate, now: Timestamp) -> bool {
        self.take_up_to(1, rate, now) == 1
    }

    /// Takes so many, or as many as there are; says how many.
    pub(super) fn take_up_to(&mut self, most: usize, rate: Rate, now: Timestamp) -> usize {
        let full_at = self.0.map_or(now, |at| at.max(now));
        // What is not whole again counts as taken.
        let left = rate.at_once - (full_at.since(now) + rate.every_ms - 1).div_euclid(rate.every_ms);
        let taken = usize::try_from(left).unwrap_or(0).min(most);
        if taken > 0 {
            let spent_ms = rate.every_ms.saturating_mul(i64::try_from(taken).unwrap_or(i64::MAX));
            self.0 = Some(full_at.plus(spent_ms));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_may_be_done_at_once_and_one_more_after_each_pause() {
        let rate = Rate { at_once: 3, every_ms: 1_000 };
        let mut allowance = Allowance::default();
        let mut taken = Vec::new();
        for ms in [0, 0, 0, 0, 999, 1_000, 1_001, 5_000, 5_000, 5_000, 5_000, 4_000] {
            taken.push(allowance.take(rate, Timestamp::from_millis(ms)));
        }
        let expected = [true, true, true, false, false, true, false, true, true, true, false, false];
        assert_eq!(taken, expected);
    }

    #[test]
    fn of_many_as_many_are_taken_as_there_are() {
        let rate = Rate { at_once: 10, every_ms: 100 };
        let mut allowance = Allowance::default();
        for (ms, wanted, expected) in [
            (0, 4, 4),
            (0, 0, 0),
            (0, 9, 6),
            (0, 1, 0),
            (99, 1, 0),
            (100, 5, 1),
            (450, 5, 3),
            (450, 1, 0),
            (9_999, 50, 10),
        ] {
            let taken = allowance.take_up_to(wanted, rate, Timestamp::from_millis(ms));
            assert_eq!(taken, expected, "{wanted} at {ms}");
        }
    }
}
