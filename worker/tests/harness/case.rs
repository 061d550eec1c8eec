//! What a saga brings to the harness: how the world comes to its start, how a run of it begins, and what is there when
//! it has succeeded. Everything else is found by running it.

use std::sync::{Arc, atomic::Ordering};

use noc_shared::deployments::{DeploymentStatus, SagaKind};

use super::{
    behind,
    check::{self, End},
    client,
    moment::{Moment, Wish},
    weather::{Aim, Aimed},
    world::{Mutation, World},
};

/// A saga under test.
pub(crate) struct Case {
    /// In the matrix.
    pub(crate) title: &'static str,
    /// Whose run is looked at: the first one that begins after the preparation.
    pub(crate) saga: SagaKind,
    /// Whether machines say that they are there. A deploy of a silent one fails at its last step, so that everything is
    /// undone.
    pub(crate) machines_are_silent: bool,
    /// What is asked for, and undisturbed, before the run begins.
    pub(crate) before: &'static [Wish],
    /// What somebody then does at the providers behind NOC's back.
    pub(crate) behind: fn(&Arc<World>),
    /// What begins the run.
    pub(crate) wish: Wish,
}

/// The cases: each saga, going forward, and going back if it does.
pub(crate) static CASES: [Case; 6] = [
    Case {
        title: "deploy",
        saga: SagaKind::Deploy,
        machines_are_silent: false,
        before: &[],
        behind: |_| {},
        wish: Wish::Deploy,
    },
    Case {
        title: "deploy of a machine that never reports",
        saga: SagaKind::Deploy,
        machines_are_silent: true,
        before: &[],
        behind: |_| {},
        wish: Wish::Deploy,
    },
    Case {
        title: "destroy",
        saga: SagaKind::Destroy,
        machines_are_silent: false,
        before: &[Wish::Deploy],
        behind: |_| {},
        wish: Wish::Destroy,
    },
    Case {
        title: "repair",
        saga: SagaKind::Repair,
        machines_are_silent: false,
        before: &[Wish::Deploy],
        behind: behind::drift,
        wish: Wish::Repair,
    },
    Case {
        title: "adopt",
        saga: SagaKind::Adopt,
        machines_are_silent: false,
        before: &[],
        behind: behind::orphan,
        wish: Wish::Adopt,
    },
    Case {
        title: "adopt a machine that never reports",
        saga: SagaKind::Adopt,
        machines_are_silent: true,
        before: &[],
        behind: behind::orphan,
        wish: Wish::Adopt,
    },
];

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// The moments that it passed, up to its end.
    pub(crate) trace: Vec<Moment>,
    /// How its runs ended, the oldest first, from the one that the case is about.
    pub(crate) ends: Vec<End>,
}

/// What was passed until nothing moved any more.
pub(crate) struct Begun {
    pub(crate) trace: Vec<Moment>,
    /// How many runs there were before.
    pub(crate) before: usize,
}

impl Case {
    /// Runs it with these disturbances, and says that all is as it must be in the end. What is stuck then is cured, in
    /// each way that there is.
    pub(crate) fn run(&self, world: &Arc<World>, mutation: Mutation, aims: &[Aim]) -> Result<Ran, String> {
        let ran = self.run_once(world, mutation, aims, Wish::Retry)?;
        if ran.ends.iter().any(|end| end.status == DeploymentStatus::Stuck) {
            self.run_once(world, mutation, aims, Wish::Destroy)?;
        }
        Ok(ran)
    }

    fn run_once(
        &self,
        world: &Arc<World>,
        mutation: Mutation,
        aims: &[Aim],
        cure: Wish,
    ) -> Result<Ran, String> {
        let Begun { trace, before } = self.begin(world, mutation, aims)?;
        let ends = check::everything(world, cure)?.split_off(before);
        let first = ends.first().ok_or("the run never began")?;
        if first.saga != self.saga {
            return Err(format!("the first run is a {:?}", first.saga));
        }
        Ok(Ran { trace, ends })
    }

    /// Runs it until nothing moves any more.
    pub(crate) fn begin(
        &self,
        world: &Arc<World>,
        mutation: Mutation,
        aims: &[Aim],
    ) -> Result<Begun, String> {
        world.reset(1, mutation);
        for wish in self.before {
            client::ask_for(world, *wish);
            world.run_until_quiet()?;
        }
        let before = world.runs().len();
        (self.behind)(world);
        {
            let mut crowd = world.crowd.lock().unwrap();
            crowd.machines_are_silent = self.machines_are_silent;
            // Whoever boots a machine now looks at what is there.
            world.made.store(true, Ordering::Relaxed);
        }
        world.set_weather(Box::new(Aimed(aims.to_vec())));
        client::ask_for(world, self.wish);
        world.run_until_quiet()?;
        let trace = world.trace();
        if aims.iter().any(|aim| aim.index >= trace.len()) {
            return Err("a disturbance was aimed behind the end of the run".to_owned());
        }
        Ok(Begun { trace, before })
    }
}
