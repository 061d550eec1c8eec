//! Runs as their logs add up, kept in memory so that only what was added to a log has to be read.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use noc_shared::id::DeploymentId;

use crate::{
    ports::StorageError,
    saga::{Record, Run},
};

/// Runs that are kept: those of the picture, and a few that somebody looks at.
const KEPT: usize = 16;

/// Runs, each with the place up to which its log was read.
#[derive(Default)]
pub(super) struct Replayed(Mutex<BTreeMap<DeploymentId, (Run, u64)>>);

impl Replayed {
    /// A run. `entries` reads its log behind a place, and `replay` adds up a whole log, which may be of another saga.
    pub(super) fn run(
        &self,
        id: &DeploymentId,
        entries: impl Fn(u64) -> Result<Vec<Record>, StorageError>,
        replay: impl Fn(&[Record]) -> Option<Run>,
    ) -> Result<Option<Run>, StorageError> {
        let mut kept = self.kept();
        if let Some((run, place)) = kept.get_mut(id) {
            for record in entries(*place)? {
                run.apply(&record);
                *place = record.id;
            }
            return Ok(Some(run.clone()));
        }
        let records = entries(0)?;
        let Some(run) = replay(&records) else { return Ok(None) };
        if kept.len() >= KEPT {
            kept.clear();
        }
        let place = records.last().map_or(0, |record| record.id);
        kept.insert(id.clone(), (run.clone(), place));
        Ok(Some(run))
    }

    /// What is kept. A panic in the middle may have left a run with half of an entry in it: all of them are read anew.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<DeploymentId, (Run, u64)>> {
        self.0.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            self.0.clear_poison();
            let mut kept = poisoned.into_inner();
            kept.clear();
            kept
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicU64, Ordering},
    };

    use noc_shared::{
        deployments::SagaKind,
        id::{OrganizationId, PrincipalId, RequestId, ServerId},
        time::Timestamp,
    };
    use serde_json::json;

    use super::*;
    use crate::{saga::Entry, servers::SAGAS};

    fn log() -> Vec<Record> {
        let started = Entry::Started {
            saga: SagaKind::Deploy,
            version: 1,
            server_id: ServerId::from_random([1; 12]),
            organization_id: OrganizationId::from_random([1; 12]),
            principal_id: PrincipalId::from_random([1; 12]),
            request_id: RequestId::from_random([1; 12]),
            parameters: json!({}),
        };
        let done = Entry::StepDone { step: "reserve_name".to_owned(), output: json!({}) };
        let entries = [started, done].into_iter().zip([7, 9]);
        entries.map(|(entry, id)| Record { id, at: Timestamp::from_millis(0), entry }).collect()
    }

    #[test]
    fn a_log_is_read_from_where_it_was_read_to_and_from_the_start_after_a_panic() {
        let (kept, read_from) = (Replayed::default(), AtomicU64::new(99));
        let id = DeploymentId::from_random([1; 12]);
        let definition = SAGAS.find(SagaKind::Deploy, 1).unwrap();
        let run = |panics: bool| {
            let entries = |after: u64| {
                assert!(!panics, "the middle of it");
                read_from.store(after, Ordering::Relaxed);
                Ok(log().into_iter().filter(|record| record.id > after).collect())
            };
            kept.run(&id, entries, |records| Run::replay(&id, definition, records)).unwrap().unwrap()
        };
        let first = run(false);
        assert_eq!(read_from.load(Ordering::Relaxed), 0);
        assert_eq!(run(false), first);
        assert_eq!(read_from.load(Ordering::Relaxed), 9);
        assert!(catch_unwind(AssertUnwindSafe(|| run(true))).is_err());
        assert_eq!(run(false), first);
        assert_eq!(read_from.load(Ordering::Relaxed), 0);
    }
}
