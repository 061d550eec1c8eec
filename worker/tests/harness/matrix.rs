//! The matrix of saga, step and fault, as a document.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{
    case::{Case, Ran},
    check::End,
    moment::{Moment, Scope, Site},
};

const HEAD: &str = "# The fault matrix

What becomes of a run that is disturbed, at each place where it can be, found by running it there against the provider
simulator. The harness in `worker/tests/harness` writes this document, `cargo xtask test` compares it, and

```sh
UPDATE_SNAPSHOTS=1 cargo test -p noc-worker --profile harness --features harness --test harness one_or_two
```

writes it anew. In every cell, and in every run behind the numbers:

- the disturbance hit where it was aimed, and the run came to an end: `succeeded`, `unwound` or `stuck`; a deploy that a
  destroy took over is `superseded`. An arrow says which run came after it. More than one word in a cell means that it
  depends on which of several like places was hit, or on what woke the object;
- no droplet, no DNS record and no reservation of a domain is leaked or doubled. What a stuck run lists as left over is
  what is left over, and both a retry and a destroy then remove it;
- no token is left, because none is kept: a machine's claim token and its agent's key are derived when they are needed;
- the shared database shows what the object says, no alarm is left, and nothing more happens;
- a second deploy of the name is refused with 409, and changes nothing.

Two disturbances are run in every pair of one of each kind of harm (a fault that passes, a refusal, an answer that is
lost, work that is done late, a crash before and after, a destroy, a cancel) at each place, and one of each kind at each
place that the run, so disturbed, passes after that.

After a crash the object is woken by the alarm that was running, by its guard alarm, or, both lost, by the next request:
all three are run, and a cell has all their outcomes.
";

/// What came of a disturbance: the moment, what happened there, and how the runs ended.
pub(crate) type Outcome = (usize, &'static str, Vec<End>);

/// The document, as it comes to be.
#[derive(Default)]
pub(crate) struct Matrix {
    text: String,
}

/// A table of one case: its title, and which places it has as its rows.
type Table = (&'static str, fn(&Site) -> bool);

const TABLES: [Table; 4] = [
    ("Calls to providers", |site| matches!(site, Site::Call(_))),
    ("The shared database", |site| matches!(site, Site::Database | Site::Picture)),
    ("The object's storage", |site| {
        matches!(site, Site::Intent | Site::Outcome | Site::Entry(_) | Site::Write(_) | Site::SetAlarm)
    }),
    ("Alarms", |site| matches!(site, Site::Alarm)),
];

impl Matrix {
    /// Puts in what came of the disturbances of a case, by the moment and what happened there.
    pub(crate) fn add(
        &mut self,
        case: &Case,
        base: &Ran,
        outcomes: &[Outcome],
        pairs: &BTreeMap<String, u32>,
    ) {
        let title = capital(case.title);
        write!(self.text, "\n## {}\n\nUndisturbed: {}.\n", title, words(&base.ends)).unwrap();
        for (title, belongs) in TABLES {
            let rows = rows(&base.trace, belongs);
            let mut columns: Vec<&'static str> = Vec::new();
            let mut cells: BTreeMap<(usize, &'static str), Vec<String>> = BTreeMap::new();
            for (index, column, ends) in outcomes {
                let Some(row) = rows.iter().position(|(_, indices)| indices.contains(index)) else {
                    continue;
                };
                if !columns.contains(column) {
                    columns.push(column);
                }
                let cell = cells.entry((row, column)).or_default();
                let outcome = words(ends);
                if !cell.contains(&outcome) {
                    cell.push(outcome);
                }
            }
            if rows.is_empty() {
                continue;
            }
            write!(self.text, "\n### {title}\n\n| step | at | {} |\n", columns.join(" | ")).unwrap();
            writeln!(self.text, "| --- | --- |{}", " --- |".repeat(columns.len())).unwrap();
            for (row, ((scope, site), _)) in rows.iter().enumerate() {
                let cell = |column: &&'static str| {
                    let mut cell = cells.get(&(row, *column)).cloned().unwrap_or_default();
                    cell.sort();
                    cell.join(" / ")
                };
                let cells: Vec<String> = columns.iter().map(cell).collect();
                writeln!(self.text, "| {scope} | {site} | {} |", cells.join(" | ")).unwrap();
            }
        }
        let (singles, both) = (outcomes.len(), pairs.values().sum::<u32>());
        write!(self.text, "\n### Runs\n\n{singles} with one disturbance, and {both} with two:\n\n").unwrap();
        writeln!(self.text, "| end | runs with two disturbances |\n| --- | --- |").unwrap();
        for (end, count) in pairs {
            writeln!(self.text, "| {end} | {count} |").unwrap();
        }
    }

    /// Says that the document is current, or makes it so.
    pub(crate) fn assert_current(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fault-matrix.md");
        let text = format!("{HEAD}{}", self.text);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = kept.lines().zip(text.lines()).find(|(kept, now)| kept != now);
        assert!(
            kept == text,
            "docs/fault-matrix.md is not current; UPDATE_SNAPSHOTS=1 writes it. First difference: {differs:#?}"
        );
    }
}

type Row = ((String, String), Vec<usize>);

/// The places, each with the moments at which the run was there, in the order of the first.
fn rows(trace: &[Moment], belongs: fn(&Site) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (index, moment) in trace.iter().enumerate().filter(|(_, moment)| belongs(&moment.site)) {
        let scope = match &moment.scope {
            // An alarm is known by what it begins.
            Scope::Alarm => following(&trace[index..]),
            scope => scope.to_string(),
        };
        let key = (scope, moment.site.to_string());
        match rows.iter_mut().find(|(other, _)| *other == key) {
            Some((_, indices)) => indices.push(index),
            None => rows.push((key, vec![index])),
        }
    }
    rows
}

fn following(trace: &[Moment]) -> String {
    let next = trace.iter().find(|moment| matches!(moment.scope, Scope::Step { .. } | Scope::Undo { .. }));
    next.map_or("(nothing)".to_owned(), |moment| format!("before {}", moment.scope))
}

/// How runs ended, one after the other.
pub(crate) fn words(ends: &[End]) -> String {
    ends.iter().map(End::to_string).collect::<Vec<_>>().join(" → ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
