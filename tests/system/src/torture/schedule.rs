//! When it is killed, and how long it is then left alone: all of it follows from the seed.

use std::fmt;

use super::random::Random;

/// The moment at which a kill shall come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// Anywhere.
    AnyTime,
    /// Just after it was started again.
    JustStarted,
    /// While requests are on their way that were sent a moment ago.
    Asked,
    /// As soon as a request was answered.
    Answered,
    /// The provider has got the call that makes a droplet, and does nothing.
    DropletNotMade,
    /// The droplet is made, and nobody has written that down.
    DropletNotRecorded,
    /// The provider has got the call that makes the records, and does nothing.
    RecordsNotMade,
    /// The records are made, and nobody has written that down.
    RecordsNotRecorded,
    /// A deploy failed for good, and its droplet is deleted just now.
    UnwindingDroplet,
    /// A deploy was cancelled, and its records are deleted just now.
    UnwindingRecords,
    /// A destroy deletes the records just now.
    DestroyingRecords,
    /// A destroy deletes the droplet just now.
    DestroyingDroplet,
    /// An undo failed for good.
    Stuck,
}

impl Moment {
    /// Every moment.
    pub(super) const ALL: [Self; 13] = [
        Self::AnyTime,
        Self::JustStarted,
        Self::Asked,
        Self::Answered,
        Self::DropletNotMade,
        Self::DropletNotRecorded,
        Self::RecordsNotMade,
        Self::RecordsNotRecorded,
        Self::UnwindingDroplet,
        Self::UnwindingRecords,
        Self::DestroyingRecords,
        Self::DestroyingDroplet,
        Self::Stuck,
    ];

    /// Whether a run that is killed here waits for 35 seconds before it believes that nothing was made.
    fn makes_wait(self) -> bool {
        matches!(self, Self::DropletNotMade | Self::RecordsNotMade)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::AnyTime => "at any time",
            Self::JustStarted => "just after the start",
            Self::Asked => "while requests were on their way",
            Self::Answered => "as soon as a request was answered",
            Self::DropletNotMade => "before the droplet was made",
            Self::DropletNotRecorded => "after the droplet was made, before it was recorded",
            Self::RecordsNotMade => "before the records were made",
            Self::RecordsNotRecorded => "after the records were made, before they were recorded",
            Self::UnwindingDroplet => "in the undo of the droplet",
            Self::UnwindingRecords => "in the undo of the records",
            Self::DestroyingRecords => "while a destroy deleted the records",
            Self::DestroyingDroplet => "while a destroy deleted the droplet",
            Self::Stuck => "as an undo had failed for good",
        })
    }
}

/// What happens after a restart until all open runs go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// The next kill comes at once.
    None,
    /// The runs are asked for, as a dashboard would.
    Asking,
    /// Nobody asks for the runs: they go on by themselves.
    Silent,
}

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    /// When.
    pub(super) moment: Moment,
    /// Requests that are sent before it comes.
    pub(super) requests: u64,
    /// A wait for the moments that have no other mark, in milliseconds.
    pub(super) wait_ms: u64,
    /// How long droplets have no address, in milliseconds.
    pub(super) address_after_ms: u64,
    /// What happens after the restart.
    pub(super) watch: Watch,
}

/// Kills at the end that leave nothing behind which is waited for very long: twelve take about 25 seconds.
const BEFORE_THE_END: usize = 12;

/// All kills: each moment equally often, in an order that is chance.
pub(super) fn schedule(kills: u32, random: &mut Random) -> Vec<Kill> {
    let kills = usize::try_from(kills).unwrap_or(usize::MAX);
    let mut moments = Vec::new();
    while moments.len() < kills {
        let mut round = Moment::ALL;
        random.shuffle(&mut round);
        moments.extend(round);
    }
    moments.truncate(kills);
    let kill = |(index, moment): (usize, Moment)| {
        let late = kills - index <= BEFORE_THE_END;
        let moment = if late && moment.makes_wait() { Moment::AnyTime } else { moment };
        Kill {
            moment,
            requests: random.below(4),
            wait_ms: match moment {
                Moment::AnyTime => random.below(1_500),
                Moment::JustStarted => random.below(100),
                _ => random.below(30),
            },
            address_after_ms: if random.one_in(4) { 300 } else { 0 },
            watch: match random.below(10) {
                0..=1 => Watch::None,
                2 => Watch::Silent,
                _ => Watch::Asking,
            },
        }
    };
    moments.into_iter().enumerate().map(kill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_follows_from_its_seed_and_has_every_moment() {
        let of = |seed| schedule(60, &mut Random::new(seed));
        assert_eq!((of(7), of(7).len()), (of(7), 60));
        assert_ne!(of(7), of(8));
        for moment in Moment::ALL {
            assert!(of(7).iter().any(|kill| kill.moment == moment), "{moment}");
        }
        assert!(of(7).iter().rev().take(BEFORE_THE_END).all(|kill| !kill.moment.makes_wait()));
    }
}
