//! What cloud-init's own files say, read with care: they come from a machine.

use noc_shared::{
    agents::CloudInitReport,
    servers::{CloudInitProgress, CloudInitStatus},
};
use serde_json::Value;

use crate::agents::one_line;

/// Errors that are kept, and how long each may be.
const MOST_ERRORS: usize = 20;
const LONGEST_ERROR: usize = 500;

/// The names of cloud-init's stages have at most 14 letters.
const LONGEST_STAGE: usize = 100;

/// Lines of output that are kept.
const MOST_LINES: usize = 100;

/// How far the machine's first start is. What does not read says nothing, and does not make it an error.
pub(super) fn of(report: &CloudInitReport) -> CloudInitProgress {
    let stages: Value = crate::json::read(&report.stages).unwrap_or_default();
    let stages = stages.get("v1").unwrap_or(&Value::Null);
    let result: Option<Value> = report.result.as_deref().and_then(|text| crate::json::read(text).ok());
    let mut errors = Vec::new();
    for part in stages.as_object().into_iter().flat_map(|parts| parts.values()) {
        take_errors(part, &mut errors);
    }
    if let Some(part) = result.as_ref().and_then(|result| result.get("v1")) {
        take_errors(part, &mut errors);
    }
    let status = match (&report.result, errors.is_empty()) {
        (None, _) => CloudInitStatus::Running,
        (Some(_), true) => CloudInitStatus::Done,
        (Some(_), false) => CloudInitStatus::Failed,
    };
    let lines: Vec<&str> = report.output.lines().collect();
    CloudInitProgress {
        status,
        stage: stages.get("stage").and_then(Value::as_str).map(|stage| one_line(stage, LONGEST_STAGE)),
        errors,
        output: lines
            .iter()
            .skip(lines.len().saturating_sub(MOST_LINES))
            .map(|line| (*line).to_owned())
            .collect(),
    }
}

fn take_errors(part: &Value, errors: &mut Vec<String>) {
    let found = part.get("errors").and_then(Value::as_array).into_iter().flatten();
    for error in found.filter_map(Value::as_str) {
        // They stand in JSON within JSON, so that nobody has looked at their letters yet.
        let error = one_line(error, LONGEST_ERROR);
        if errors.len() < MOST_ERRORS && !errors.contains(&error) {
            errors.push(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_cloud_init_say_how_far_it_is() {
        let stages = r#"{"v1":{"datasource":null,"init":{"errors":[],"start":1.0,"finished":2.0},
            "modules-final":{"errors":["('scripts_user', RuntimeError())"]},"stage":"modules-final"}}"#;
        let failed = r#"{"v1":{"datasource":"x","errors":["('scripts_user', RuntimeError())"]}}"#;
        let good = r#"{"v1":{"init":{"errors":[]},"stage":null}}"#;
        for (stages, result, expected) in [
            (stages, None, (CloudInitStatus::Running, Some("modules-final"), 1)),
            (stages, Some(failed), (CloudInitStatus::Failed, Some("modules-final"), 1)),
            (good, Some(r#"{"v1":{"errors":[]}}"#), (CloudInitStatus::Done, None, 0)),
            ("{half", None, (CloudInitStatus::Running, None, 0)),
            ("[]", Some("nonsense"), (CloudInitStatus::Done, None, 0)),
        ] {
            let progress = of(&CloudInitReport {
                stages: stages.to_owned(),
                result: result.map(str::to_owned),
                output: "a\nb".to_owned(),
            });
            let found = (progress.status, progress.stage.as_deref(), progress.errors.len());
            assert_eq!(found, expected, "{stages}");
            assert_eq!(progress.output, ["a", "b"]);
        }
    }

    #[test]
    fn what_would_break_a_terminal_is_in_none_of_it() {
        let stages = r#"{"v1":{"init":{"errors":["\u001b[31mred\n\u202eover"]},"stage":"in\u0007it"}}"#;
        let progress = of(&CloudInitReport {
            stages: stages.to_owned(),
            result: Some(stages.to_owned()),
            output: String::new(),
        });
        assert_eq!(
            (progress.errors, progress.stage),
            (vec!["[31mredover".to_owned()], Some("init".to_owned()))
        );
    }
}
