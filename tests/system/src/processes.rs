//! The processes that run on this machine.

use std::{fs, process::Command};

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: i32,
    /// The number of the process that started it.
    pub parent: i32,
    /// The number of its process group.
    pub group: i32,
    /// Its name.
    pub name: String,
}

/// All processes below this one.
pub fn descendants(ancestor: i32) -> Vec<Process> {
    let all = running();
    let mut found = Vec::new();
    let mut parents = vec![ancestor];
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            parents.push(process.id);
            found.push(process.clone());
        }
    }
    found
}

/// Whether this very process still runs, and not another one that was given its number.
pub fn is_running(process: &Process) -> bool {
    // The parent of a process changes when that ends.
    running().iter().any(|other| (other.id, &other.name) == (process.id, &process.name))
}

/// Whether a member of this process group still runs.
pub(crate) fn group_is_running(group: i32) -> bool {
    running().iter().any(|process| process.group == group)
}

/// All processes but the dead: in a container there may be nobody who buries those.
fn running() -> Vec<Process> {
    match fs::read_dir("/proc") {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
            .filter_map(|stat| of_proc(&stat))
            .collect(),
        Err(_) => of_ps(),
    }
}

/// Reads `PID (NAME) STATE PARENT GROUP …`, where a name may hold anything.
fn of_proc(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(") ")?;
    let (id, name) = head.split_once(" (")?;
    let mut fields = tail.split(' ');
    let state = fields.next()?;
    let process = Process {
        id: id.parse().ok()?,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        name: name.to_owned(),
    };
    (!matches!(state, "Z" | "X")).then_some(process)
}

/// For systems without `/proc`.
fn of_ps() -> Vec<Process> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,pgid=,stat=,comm="]).output();
    let listed = listed.unwrap_or_else(|error| panic!("`ps` cannot be started: {error}"));
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let mut number = || fields.next()?.parse().ok();
            let (id, parent, group) = (number()?, number()?, number()?);
            let state = fields.next()?;
            let name = fields.collect::<Vec<_>>().join(" ");
            (!state.starts_with('Z')).then_some(Process { id, parent, group, name })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_while_it_runs() {
        let mut child = Command::new("sleep").arg("3600").spawn().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        let id = i32::try_from(child.id()).unwrap();
        let process = crate::wait_for("the child to have its name", || {
            descendants(own).into_iter().find(|process| process.id == id && process.name == "sleep")
        });
        assert!(is_running(&process));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_running(&process));
    }

    #[test]
    fn a_name_may_hold_anything_and_the_dead_do_not_count() {
        let process = Process { id: 7, parent: 1, group: 3, name: "a) (b".to_owned() };
        assert_eq!(of_proc("7 (a) (b) S 1 3 3 0"), Some(process));
        assert_eq!(of_proc("7 (a) Z 1 3 3 0"), None);
        assert_eq!(of_proc(""), None);
    }
}
