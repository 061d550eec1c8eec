//! What a run did, as a table and a count.

use std::time::Duration;

use crate::console::{self, bold};

use super::count::Count;

/// How a stage ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// All of it is well.
    Passed,
    /// Something is wrong.
    Failed(String),
    /// It could not run, as what it stands on failed.
    NotRun(&'static str),
}

/// One stage that is over.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) end: End,
    pub(super) time: Duration,
    pub(super) count: Count,
}

/// The stages of a run, in their order.
#[derive(Default)]
pub(super) struct Report {
    pub(super) stages: Vec<Stage>,
}

impl Report {
    /// Whether no stage failed, and none was left out for another's failure.
    pub(super) fn succeeded(&self) -> bool {
        self.stages.iter().all(|stage| stage.end == End::Passed)
    }

    /// Whether this stage ran and passed.
    pub(super) fn passed(&self, name: &str) -> bool {
        self.stages.iter().any(|stage| stage.name == name && stage.end == End::Passed)
    }

    /// Prints the table, what failed, and the count as the last line.
    pub(super) fn print(&self) {
        console::say(&format!("\n{}", self.text()));
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", bold("Stages"));
        for stage in &self.stages {
            let (word, note) = match &stage.end {
                End::Passed if stage.count == Count::default() => ("ok", String::new()),
                End::Passed => ("ok", summary(stage.count)),
                End::Failed(reason) => ("FAILED", reason.lines().next().unwrap_or_default().to_owned()),
                End::NotRun(why) => ("not run", format!("as {why} failed")),
            };
            let line =
                format!("  {:<34} {:>12}  {word:<8} {note}", stage.name, console::duration(stage.time));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let failed: Vec<&str> = self
            .stages
            .iter()
            .filter(|stage| matches!(stage.end, End::Failed(_)))
            .map(|stage| stage.name)
            .collect();
        if !failed.is_empty() {
            text.push_str(&format!("\nFailed: {}\n", failed.join(", ")));
        }
        text.push('\n');
        text.push_str(&summary(self.count()));
        text
    }

    /// All tests; and one failed for each stage that failed without one, as no run with a failure may end with
    /// `0 failed`.
    fn count(&self) -> Count {
        let mut sum = Count::default();
        for stage in &self.stages {
            sum += stage.count;
            if matches!(stage.end, End::Failed(_)) && stage.count.failed == 0 {
                sum.failed += 1;
            }
        }
        sum
    }
}

fn summary(count: Count) -> String {
    let skipped = if count.skipped > 0 { format!(", {} skipped", count.skipped) } else { String::new() };
    format!("{} passed, {} failed{skipped}", count.passed, count.failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &'static str, end: End, (passed, failed, skipped): (u64, u64, u64)) -> Stage {
        Stage { name, end, time: Duration::from_secs(1), count: Count { passed, failed, skipped } }
    }

    #[test]
    fn the_last_line_is_the_count_and_never_hides_a_failure() {
        let bad = || End::Failed("it broke\nin detail".into());
        for (stages, last, succeeded) in [
            (
                vec![stage("a", End::Passed, (0, 0, 0)), stage("b", End::Passed, (3, 0, 0))],
                "3 passed, 0 failed",
                true,
            ),
            (
                vec![stage("a", End::Passed, (3, 0, 1)), stage("b", End::Passed, (4, 0, 0))],
                "7 passed, 0 failed, 1 skipped",
                true,
            ),
            (
                vec![stage("a", bad(), (0, 0, 0)), stage("b", End::Passed, (3, 0, 0))],
                "3 passed, 1 failed",
                false,
            ),
            (
                vec![stage("a", bad(), (5, 2, 0)), stage("b", End::NotRun("a"), (0, 0, 0))],
                "5 passed, 2 failed",
                false,
            ),
        ] {
            let report = Report { stages };
            let text = report.text();
            assert_eq!(text.lines().last(), Some(last), "{text}");
            assert_eq!(report.succeeded(), succeeded, "{text}");
            assert_eq!(text.contains("\nFailed: a\n"), !succeeded, "{text}");
            assert!(!text.contains("in detail"), "{text}");
        }
    }
}
