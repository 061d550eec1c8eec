//! Runs as their logs add up, kept in memory so that only what was added to a log has to be read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use noc_shared::id::DeploymentId;

use crate::{
    ports::StorageError,
    saga::{Record, Run},
    servers::DeployParameters,
};

/// Runs that are kept: those of the picture, and a few that somebody looks at.
const KEPT: usize = 16;

/// A run that is kept.
struct Kept {
    run: Arc<Run>,
    /// The place up to which its log was read.
    place: u64,
    /// What had been written into the story by then, as the store counts it.
    written: u64,
    /// What a deploy was asked for, since somebody wanted to know: it is read for everything that is done.
    parameters: Option<Arc<DeployParameters>>,
}

/// Runs as far as their logs were read.
#[derive(Default)]
pub(super) struct Replayed(Mutex<BTreeMap<DeploymentId, Kept>>);

impl Replayed {
    /// A run. `written` is how often the story has been written to: while that stays, no log is longer than it was.
    /// `entries` reads its log behind a place, and `replay` adds up a whole log, which may be of another saga.
    pub(super) fn run(
        &self,
        id: &DeploymentId,
        written: u64,
        entries: impl Fn(u64) -> Result<Vec<Record>, StorageError>,
        replay: impl Fn(&[Record]) -> Option<Run>,
    ) -> Result<Option<Arc<Run>>, StorageError> {
        let mut kept = self.kept();
        if let Some(known) = kept.get_mut(id) {
            if known.written != written {
                for record in entries(known.place)? {
                    Arc::make_mut(&mut known.run).apply(&record);
                    known.place = record.id;
                }
                known.written = written;
            }
            return Ok(Some(Arc::clone(&known.run)));
        }
        let records = entries(0)?;
        let Some(run) = replay(&records) else { return Ok(None) };
        if kept.len() >= KEPT {
            kept.clear();
        }
        let (run, place) = (Arc::new(run), records.last().map_or(0, |record| record.id));
        kept.insert(id.clone(), Kept { run: Arc::clone(&run), place, written, parameters: None });
        Ok(Some(run))
    }

    /// What a run that is kept was asked for, which never changes; `read` reads it out of the run.
    pub(super) fn parameters(
        &self,
        run: &Run,
        read: impl Fn(&Run) -> Result<DeployParameters, StorageError>,
    ) -> Result<Arc<DeployParameters>, StorageError> {
        let mut kept = self.kept();
        let Some(known) = kept.get_mut(&run.id) else { return read(run).map(Arc::new) };
        if let Some(parameters) = &known.parameters {
            return Ok(Arc::clone(parameters));
        }
        Ok(Arc::clone(known.parameters.insert(Arc::new(read(run)?))))
    }

    /// What is kept. A panic in the middle may have left a run with half of an entry in it: all of them are read anew.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<DeploymentId, Kept>> {
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
    fn a_log_is_read_from_where_it_was_read_to_if_anything_was_written_and_from_the_start_after_a_panic() {
        const NOT_READ: u64 = 99;
        let (kept, read_from) = (Replayed::default(), AtomicU64::new(NOT_READ));
        let id = DeploymentId::from_random([1; 12]);
        let definition = SAGAS.find(SagaKind::Deploy, 1).unwrap();
        let run = |written: u64, panics: bool| {
            read_from.store(NOT_READ, Ordering::Relaxed);
            let entries = |after: u64| {
                assert!(!panics, "the middle of it");
                read_from.store(after, Ordering::Relaxed);
                Ok(log().into_iter().filter(|record| record.id > after).collect())
            };
            kept.run(&id, written, entries, |records| Run::replay(&id, definition, records)).unwrap().unwrap()
        };
        let first = run(2, false);
        assert_eq!(read_from.load(Ordering::Relaxed), 0);
        assert_eq!(run(2, false), first);
        assert_eq!(read_from.load(Ordering::Relaxed), NOT_READ);
        assert_eq!(run(3, false), first);
        assert_eq!(read_from.load(Ordering::Relaxed), 9);
        assert!(catch_unwind(AssertUnwindSafe(|| run(4, true))).is_err());
        assert_eq!(run(4, false), first);
        assert_eq!(read_from.load(Ordering::Relaxed), 0);
    }
}
