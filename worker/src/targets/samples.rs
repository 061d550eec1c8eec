//! How a server was over time: a ring of samples in the object's own storage.

use noc_shared::{
    agents::{Capacity, Report, ServiceHealth},
    id::ServerId,
    metrics::{Resolution, Sample},
    time::Timestamp,
};

use super::store::{Store, body, text};
use crate::ports::{Param, Statement, StorageError};

const HOUR_MS: i64 = 3_600_000;

/// Each report is kept for a day: with one a minute 1,440 rows of about 350 bytes, half a megabyte.
const FULL_KEPT_MS: i64 = 24 * HOUR_MS;

/// Each hour is kept for thirty days: 720 rows.
const HOURS_KEPT_MS: i64 = 30 * 24 * HOUR_MS;

/// The most that one answer carries: a day of one report each ten seconds, or a year of hours.
pub(super) const MOST_SAMPLES: i64 = 8_640;

/// The one source of these tables. A report has a place by its time, so that one that waited on the machine comes to lie
/// where it belongs.
pub(super) const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS samples (
        server_id TEXT NOT NULL,
        resolution TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (server_id, resolution, at)
    ) STRICT, WITHOUT ROWID"];

/// A report as a sample.
pub(super) fn sample(report: &Report, at: Timestamp) -> Sample {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Sample {
        at,
        reports: 1,
        uptime: report.uptime,
        cpu: report.cpu,
        highest_cpu: report.cpu,
        load: report.load,
        highest_load: report.load[0],
        memory: report.memory,
        least_memory: report.memory.available_bytes,
        disk: report.disk,
        healthy: count(report.services.values().filter(|health| **health == ServiceHealth::Healthy).count()),
        services: count(report.services.len()),
        restarts: report.restarts.values().fold(0, |sum, restarts| sum.saturating_add(*restarts)),
    }
}

/// The hour that a time lies in.
fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis() - at.millis().rem_euclid(HOUR_MS))
}

/// The samples of an hour as one: averages, the worst of what matters, and the last of what only grows.
fn rolled_up(hour: Timestamp, samples: &[Sample]) -> Option<Sample> {
    let last = samples.last()?;
    let number = samples.len() as f64;
    let average = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / number;
    // Of those that told of it: an agent from before does not.
    let told: Vec<f64> = samples.iter().filter_map(|sample| sample.cpu).collect();
    let bytes = |of: fn(&Sample) -> u64| average_of(samples.iter().map(of));
    Some(Sample {
        at: hour,
        reports: samples.iter().fold(0, |sum, sample| sum.saturating_add(sample.reports)),
        uptime: last.uptime,
        cpu: (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64),
        highest_cpu: samples.iter().filter_map(|sample| sample.highest_cpu).reduce(f64::max),
        load: [average(|s| s.load[0]), average(|s| s.load[1]), average(|s| s.load[2])],
        highest_load: samples.iter().map(|sample| sample.highest_load).fold(0.0, f64::max),
        memory: Capacity {
            total_bytes: last.memory.total_bytes,
            available_bytes: bytes(|s| s.memory.available_bytes),
        },
        least_memory: samples.iter().map(|sample| sample.least_memory).min().unwrap_or(0),
        disk: Capacity {
            total_bytes: last.disk.total_bytes,
            available_bytes: bytes(|s| s.disk.available_bytes),
        },
        healthy: samples.iter().map(|sample| sample.healthy).min().unwrap_or(0),
        services: last.services,
        restarts: last.restarts,
    })
}

fn average_of(numbers: impl ExactSizeIterator<Item = u64>) -> u64 {
    let count = u128::try_from(numbers.len()).unwrap_or(1).max(1);
    let sum: u128 = numbers.map(u128::from).sum();
    u64::try_from(sum / count).unwrap_or(u64::MAX)
}

impl Store {
    /// Puts a sample into the ring, and forgets what is too old. `now` is when it came, which may be later than when it
    /// was made.
    pub(super) fn add_sample(
        &self,
        server: &ServerId,
        sample: &Sample,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let hour = hour_of(sample.at);
        let newest = self.newest_sample(server)?;
        self.put_sample(server, Resolution::Full, sample)?;
        // An hour is rolled up when the next one begins, and again when something is added to it later.
        if let Some(newest) = newest.filter(|newest| hour_of(*newest) != hour) {
            self.roll_up(server, hour_of(newest).min(hour))?;
            self.forget(server, Resolution::Full, now.plus(-FULL_KEPT_MS))?;
            self.forget(server, Resolution::Hour, now.plus(-HOURS_KEPT_MS))?;
        }
        Ok(())
    }

    /// The samples from a time until another one, oldest first.
    pub(super) fn samples(
        &self,
        server: &ServerId,
        resolution: Resolution,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>, StorageError> {
        let mut samples = self.kept_samples(server, resolution, from, to)?;
        // The hour that has not ended yet is not kept as one.
        if resolution == Resolution::Hour
            && let Some(newest) = self.newest_sample(server)?
            && (from..to).contains(&hour_of(newest))
        {
            let hour = hour_of(newest);
            samples.retain(|sample| sample.at != hour);
            samples.extend(rolled_up(hour, &self.of_hour(server, hour)?));
        }
        Ok(samples)
    }

    fn kept_samples(
        &self,
        server: &ServerId,
        resolution: Resolution,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT body FROM samples
             WHERE server_id = ?1 AND resolution = ?2 AND at >= ?3 AND at < ?4 ORDER BY at LIMIT ?5",
            [
                Param::from(server.as_str()),
                resolution.as_str().into(),
                from.millis().into(),
                to.millis().into(),
                MOST_SAMPLES.into(),
            ],
        ))?;
        rows.iter().map(body).collect()
    }

    fn of_hour(&self, server: &ServerId, hour: Timestamp) -> Result<Vec<Sample>, StorageError> {
        self.kept_samples(server, Resolution::Full, hour, hour.plus(HOUR_MS))
    }

    fn roll_up(&self, server: &ServerId, hour: Timestamp) -> Result<(), StorageError> {
        match rolled_up(hour, &self.of_hour(server, hour)?) {
            Some(sample) => self.put_sample(server, Resolution::Hour, &sample),
            None => Ok(()),
        }
    }

    fn newest_sample(&self, server: &ServerId) -> Result<Option<Timestamp>, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT body FROM samples WHERE server_id = ?1 AND resolution = 'full' ORDER BY at DESC LIMIT 1",
            [Param::from(server.as_str())],
        ))?;
        rows.first().map(|row| body::<Sample>(row).map(|sample| sample.at)).transpose()
    }

    fn put_sample(
        &self,
        server: &ServerId,
        resolution: Resolution,
        sample: &Sample,
    ) -> Result<(), StorageError> {
        self.storage
            .run(Statement::new(
                "INSERT INTO samples (server_id, resolution, at, body) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (server_id, resolution, at) DO UPDATE SET body = excluded.body",
                [
                    Param::from(server.as_str()),
                    resolution.as_str().into(),
                    sample.at.millis().into(),
                    text(sample)?.into(),
                ],
            ))
            .map(|_| ())
    }

    fn forget(
        &self,
        server: &ServerId,
        resolution: Resolution,
        before: Timestamp,
    ) -> Result<(), StorageError> {
        self.storage
            .run(Statement::new(
                "DELETE FROM samples WHERE server_id = ?1 AND resolution = ?2 AND at < ?3",
                [Param::from(server.as_str()), resolution.as_str().into(), before.millis().into()],
            ))
            .map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(load: f64, free: u64, healthy: u32) -> Sample {
        let capacity = Capacity { total_bytes: 100, available_bytes: free };
        Sample {
            at: Timestamp::from_millis(7 * HOUR_MS + 5),
            reports: 1,
            uptime: free,
            cpu: (load > 0.0).then_some(load / 4.0),
            highest_cpu: (load > 0.0).then_some(load / 4.0),
            load: [load; 3],
            highest_load: load,
            memory: capacity,
            least_memory: free,
            disk: capacity,
            healthy,
            services: 4,
            restarts: 2,
        }
    }

    #[test]
    fn an_hour_is_the_average_of_its_reports_with_the_worst_of_what_matters() {
        let hour = hour_of(Timestamp::from_millis(7 * HOUR_MS + 5));
        assert_eq!(hour, Timestamp::from_millis(7 * HOUR_MS));
        assert_eq!(rolled_up(hour, &[]), None);
        let rolled = rolled_up(hour, &[at(1.0, 50, 4), at(2.0, 10, 3), at(0.0, 30, 4)]).unwrap();
        assert_eq!((rolled.at, rolled.reports, rolled.uptime), (hour, 3, 30));
        assert_eq!((rolled.load, rolled.highest_load), ([1.0; 3], 2.0));
        assert_eq!((rolled.cpu, rolled.highest_cpu), (Some(0.375), Some(0.5)), "one did not tell");
        assert_eq!((rolled.memory.available_bytes, rolled.least_memory), (30, 10));
        assert_eq!((rolled.healthy, rolled.services, rolled.restarts), (3, 4, 2));
    }
}
