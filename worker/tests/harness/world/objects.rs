//! The objects: constructed when they are asked, lost at any moment, and woken by their alarms.

use std::sync::{Arc, atomic::Ordering};

use futures_util::FutureExt as _;
use noc_shared::time::Timestamp;
use noc_worker::{ports::Clock as _, targets::Target};

use super::{World, kept::Kept};
use crate::{
    moment::{Disturbance, Moment, Resume, Scope, Site},
    ports::Ports,
    process::Process,
};

/// How long the platform waits until it delivers an alarm again whose handler failed.
const ALARM_AGAIN_MS: i64 = 2_000;

/// An object in memory.
pub(super) struct Object {
    pub(super) kept: Arc<Kept>,
    pub(super) process: Arc<Process>,
    pub(super) target: Arc<Target>,
}

impl World {
    /// The object of this name, alive: one that was lost is constructed again.
    pub(super) fn object(&self, name: &str) -> (Arc<Target>, Arc<Process>, Arc<Kept>) {
        let mut objects = self.objects.lock().unwrap();
        if let Some(object) = objects.get(name)
            && object.process.is_alive()
        {
            return (Arc::clone(&object.target), Arc::clone(&object.process), Arc::clone(&object.kept));
        }
        let kept = match objects.remove(name) {
            Some(object) => object.kept,
            None => self.kept.lock().unwrap().pop().unwrap_or_else(|| Arc::new(Kept::new())),
        };
        let process = Arc::new(Process::new());
        let ports = Arc::new(Ports {
            world: self.me.upgrade().unwrap(),
            process: Arc::clone(&process),
            kept: Arc::clone(&kept),
        });
        let app = Arc::new(self.app(ports.clone(), ports.clone()));
        let target = Arc::new(Target::with_sagas(app, ports, self.mutation().sagas).unwrap());
        let object =
            Object { kept: Arc::clone(&kept), process: Arc::clone(&process), target: Arc::clone(&target) };
        objects.insert(name.to_owned(), object);
        (target, process, kept)
    }

    /// What the platform does when an object is lost.
    pub(crate) fn lost(&self, kept: &Kept, resume: Resume) {
        let mut alarm = kept.alarm.lock().unwrap();
        let running = kept.running.load(Ordering::Relaxed);
        match resume {
            Resume::Nothing => {
                *alarm = None;
                self.sleeps();
            }
            // The platform does not forget an alarm whose handler did not come to its end.
            Resume::Guard if running && alarm.is_some() => {}
            Resume::Again | Resume::Guard if running => {
                let again = self.now().plus(ALARM_AGAIN_MS);
                *alarm = Some(alarm.map_or(again, |at| at.min(again)));
            }
            Resume::Again | Resume::Guard => {}
        }
    }

    /// Whether there is an object that only a request wakes; asking resets it.
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.swap(false, Ordering::Relaxed)
    }

    /// NOC tells the database to give up a reservation.
    pub(crate) fn releases(&self) {
        self.released.store(true, Ordering::Relaxed);
    }

    /// Whether it was told so.
    pub(crate) fn has_released(&self) -> bool {
        self.released.load(Ordering::Relaxed)
    }

    /// From now on there is an object that only a request wakes.
    pub(crate) fn sleeps(&self) {
        self.asleep.store(true, Ordering::Relaxed);
    }

    /// Loses every object out of memory.
    pub(crate) fn evict(&self) {
        for object in self.objects.lock().unwrap().values() {
            object.process.kill();
        }
    }

    /// When the next alarm is due.
    pub(crate) fn next_alarm(&self) -> Option<Timestamp> {
        let objects = self.objects.lock().unwrap();
        objects.values().filter_map(|object| *object.kept.alarm.lock().unwrap()).min()
    }

    /// Delivers the alarm that is due.
    pub(crate) fn deliver_alarm(&self) {
        let now = self.now();
        let name = {
            let objects = self.objects.lock().unwrap();
            let due = objects
                .iter()
                .find(|(_, object)| object.kept.alarm.lock().unwrap().is_some_and(|at| at <= now));
            let Some((name, object)) = due else { return };
            *object.kept.alarm.lock().unwrap() = None;
            name.clone()
        };
        let moment = Moment { scope: Scope::Alarm, site: Site::Alarm };
        match self.at(moment) {
            None => self.run_alarm(&name),
            Some(Disturbance::Twice) => {
                self.run_alarm(&name);
                self.run_alarm(&name);
            }
            Some(Disturbance::Delayed(millis)) => {
                self.pass(millis);
                self.run_alarm(&name);
            }
            Some(Disturbance::Lost) => {
                self.evict();
                self.sleeps();
            }
            Some(other) => panic!("{other:?} cannot happen to an alarm"),
        }
    }

    fn run_alarm(&self, name: &str) {
        let (target, process, kept) = self.object(name);
        process.enter(Scope::Alarm);
        kept.running.store(true, Ordering::Relaxed);
        let result = target.alarm().now_or_never();
        kept.running.store(false, Ordering::Relaxed);
        match result {
            Some(Ok(())) => {}
            Some(Err(_)) | None if !process.is_alive() => {}
            Some(Err(_)) => {
                let again = self.now().plus(ALARM_AGAIN_MS);
                let mut alarm = kept.alarm.lock().unwrap();
                *alarm = Some(alarm.map_or(again, |at| at.min(again)));
            }
            None => panic!("an alarm waits for something that does not come"),
        }
    }
}
