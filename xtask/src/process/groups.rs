//! The process groups of all that runs, and the end of them.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::Outcome;

/// How long a program may take to end by itself: the simulator writes its state, workerd closes its databases.
const PATIENCE: Duration = Duration::from_secs(6);

/// Makes Ctrl-C, SIGTERM and SIGHUP end everything that was started, and then this tool.
pub(crate) fn end_everything_on_signals() {
    let ready = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        leave(130);
    });
    if let Err(error) = ready {
        crate::console::complain(&format!("Ctrl-C will leave programs behind: {error}"));
    }
}

/// Whether a signal asked this tool to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends everything that was started, then this tool. After a signal the code is 130 for every caller, as a
/// shell expects it.
pub(crate) fn leave(code: i32) -> ! {
    end_everything();
    std::process::exit(if interrupted() { 130 } else { code })
}

/// Starts a program that leads a group of its own, unless this tool is ending.
pub(super) fn spawn(command: &mut Command) -> Outcome<Child> {
    // Held while it starts: what starts before the end begins is on the list that the end works through.
    let mut groups = groups();
    if groups.ending {
        return Err("this tool is ending".into());
    }
    let child = command.process_group(0).spawn().map_err(|error| {
        format!("`{}` cannot be started: {error}", command.get_program().to_string_lossy())
    })?;
    groups.leaders.push(group_of(&child));
    Ok(child)
}

/// Waits for the end of a program, and ends what it left behind.
pub(super) fn wait(child: &mut Child) -> Outcome<ExitStatus> {
    let group = group_of(child);
    let status = child.wait().map_err(|error| format!("waiting for a program failed: {error}"));
    // Whatever it started and left behind (a test's workerd) goes as well. The number cannot have been given
    // to another group: the kernel keeps it while one member lives, and counts through all others first.
    let _ = killpg(group, Signal::SIGTERM);
    // What does not heed that stays on the list: the end of this tool is its end.
    let mut groups = groups();
    if !groups.ending {
        groups.leaders.retain(|leader| *leader != group || alive(group));
    }
    status
}

/// Ends a program and all it started, at once.
pub(super) fn kill(group: Pid) {
    let _ = killpg(group, Signal::SIGKILL);
}

/// The group that a program leads.
pub(super) fn group_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static GROUPS: Mutex<Groups> = Mutex::new(Groups { ending: false, leaders: Vec::new() });

/// The process groups of the programs that run.
struct Groups {
    ending: bool,
    leaders: Vec<Pid>,
}

fn groups() -> MutexGuard<'static, Groups> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_everything() {
    static ENDED: Mutex<bool> = Mutex::new(false);
    // Whoever comes second waits here until the first is through.
    let mut ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::replace(&mut *ended, true) {
        return;
    }
    let mut left = {
        let mut groups = groups();
        groups.ending = true;
        groups.leaders.clone()
    };
    left.retain(|group| killpg(*group, Signal::SIGTERM).is_ok());
    let deadline = Instant::now() + PATIENCE;
    while !left.is_empty() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
        left.retain(|group| alive(*group));
    }
    left.into_iter().for_each(kill);
}

/// Whether a member of the group still runs. The dead that nobody has buried do not count: in a container there
/// may be nobody who does, and they would be waited for in vain.
fn alive(group: Pid) -> bool {
    killpg(group, None).is_ok() && members(group).is_none_or(|states| states.iter().any(|state| state != "Z"))
}

/// The states of a group's members, where the system tells by `/proc`.
fn members(group: Pid) -> Option<Vec<String>> {
    let mut states = Vec::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // `PID (NAME) STATE PARENT GROUP …`, where a name may hold anything.
        let mut fields = stat.rsplit(") ").next()?.split(' ');
        if let (Some(state), Some(of)) = (fields.next(), fields.nth(1))
            && of == group.to_string()
        {
            states.push(state.to_owned());
        }
    }
    Some(states)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn the_dead_do_not_count_as_alive() {
        let mut child = Command::new("sh")
            .args(["-c", "read line"])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let group = group_of(&child);
        assert!(alive(group));
        kill(group);
        // It is dead soon and stays unburied until it is waited for, below.
        while alive(group) {
            thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!alive(group));
    }
}
