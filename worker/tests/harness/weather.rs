//! Who decides what happens at a moment.

use super::moment::{Disturbance, Moment};

/// Decides what happens at each moment of a run.
pub(crate) trait Weather: Send {
    /// What happens at this moment, which is the so-manieth of the run.
    fn at(&mut self, index: usize, moment: &Moment) -> Option<Disturbance>;
}

/// Nothing goes wrong.
pub(crate) struct Fair;

impl Weather for Fair {
    fn at(&mut self, _: usize, _: &Moment) -> Option<Disturbance> {
        None
    }
}

/// Disturbances, each at its own moment.
pub(crate) struct Aimed(pub(crate) Vec<Aim>);

/// A disturbance and the moment that it is meant for.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) index: usize,
    pub(crate) moment: Moment,
    pub(crate) disturbance: Disturbance,
}

impl Weather for Aimed {
    fn at(&mut self, index: usize, moment: &Moment) -> Option<Disturbance> {
        let aim = self.0.iter().find(|aim| aim.index == index)?;
        // Up to the first disturbance a run is the same every time, and from there to the second one, too.
        assert_eq!(aim.moment, *moment, "what was aimed at moment {index} would hit another one");
        Some(aim.disturbance.clone())
    }
}
