//! Running other programs: each in a process group of its own, so that all it started ends with it.

mod groups;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;

pub(crate) use groups::{end_everything_on_signals, interrupted, leave};

/// A program that is about to be run.
pub(crate) struct Program {
    command: Command,
}

/// What a program that ran to its end wrote.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What a program that still runs does.
pub(crate) enum Happening {
    /// It wrote a line, to standard output or standard error.
    Line(String),
    /// It ended, in the words of the system.
    Ended(String),
}

impl Program {
    /// A program by its name or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        // What `cargo run` told this tool about itself is wrong for everything that it starts.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let of_this_run =
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| name.starts_with(start));
            if of_this_run || name == "CARGO" {
                command.env_remove(&*name);
            }
        }
        Self { command }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder it runs in.
    pub(crate) fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end, with its output going where ours goes.
    pub(crate) fn run(mut self) -> Outcome<ExitStatus> {
        let mut child = groups::spawn(&mut self.command)?;
        groups::wait(&mut child)
    }

    /// Runs it to its end and keeps what it wrote.
    pub(crate) fn output(self) -> Outcome<Finished> {
        self.output_within(Duration::MAX)
    }

    /// Runs it to its end, but not for longer than `limit`, and keeps what it wrote. A program that had to be
    /// ended did not succeed.
    pub(crate) fn output_within(self, limit: Duration) -> Outcome<Finished> {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let success = self.follow_within(limit, |line, is_error| {
            let kept = if is_error { &mut stderr } else { &mut stdout };
            kept.push_str(line);
            kept.push('\n');
        })?;
        Ok(Finished { success, stdout, stderr })
    }

    /// Runs it to its end, handing on each line as it comes, with whether it went to standard error.
    /// Answers whether the program succeeded.
    pub(crate) fn follow(self, on_line: impl FnMut(&str, bool)) -> Outcome<bool> {
        self.follow_within(Duration::MAX, on_line)
    }

    fn follow_within(mut self, limit: Duration, mut on_line: impl FnMut(&str, bool)) -> Outcome<bool> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = groups::spawn(&mut self.command)?;
        let (sender, lines) = channel();
        read_lines(child.stdout.take(), &sender, |line| (line, false));
        read_lines(child.stderr.take(), &sender, |line| (line, true));
        drop(sender);
        let (group, begun) = (groups::group_of(&child), Instant::now());
        // Waiting goes beside reading: it ends what the program may have left behind with the pipes open.
        let waiter = thread::spawn(move || groups::wait(&mut child));
        loop {
            match lines.recv_timeout(limit.saturating_sub(begun.elapsed())) {
                Ok((line, is_error)) => on_line(&line, is_error),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    groups::kill(group);
                    break;
                }
            }
        }
        let status = waiter.join().map_err(|_| "waiting for a program failed")??;
        Ok(status.success())
    }

    /// Starts it and comes back; what happens to it is sent to `happenings`.
    pub(crate) fn start(mut self, happenings: impl Fn(Happening) + Send + Clone + 'static) -> Outcome<()> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = groups::spawn(&mut self.command)?;
        for stream in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)] {
            let happenings = happenings.clone();
            thread::spawn(move || each_line(stream, |line| happenings(Happening::Line(line))));
        }
        thread::spawn(move || {
            let ending = groups::wait(&mut child).map_or_else(|error| error, |status| status.to_string());
            happenings(Happening::Ended(ending));
        });
        Ok(())
    }
}

/// Where a program is that would be started by this name.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}

fn read_lines<T: Send + 'static>(
    stream: Option<impl Read + Send + 'static>,
    sender: &Sender<T>,
    wrap: fn(String) -> T,
) {
    let sender = sender.clone();
    thread::spawn(move || {
        each_line(stream, |line| {
            let _ = sender.send(wrap(line));
        });
    });
}

fn each_line(stream: Option<impl Read>, mut on_line: impl FnMut(String)) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        on_line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_writes_is_kept_apart_with_its_outcome() {
        for (script, success, stdout, stderr) in
            [("echo out; echo err >&2", true, "out\n", "err\n"), ("printf half; exit 3", false, "half\n", "")]
        {
            let finished = Program::new("sh").args(["-c", script]).output().unwrap();
            assert_eq!(
                (finished.success, &*finished.stdout, &*finished.stderr),
                (success, stdout, stderr),
                "{script}"
            );
        }
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let limit = Duration::from_millis(50);
        let finished =
            Program::new("sh").args(["-c", "echo begun; sleep 3600"]).output_within(limit).unwrap();
        assert!(!finished.success);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Program::new("no-such-program").run().unwrap_err();
        assert!(error.starts_with("`no-such-program` cannot be started"), "{error}");
    }

    #[test]
    fn what_a_program_leaves_behind_ends_with_it() {
        // The sleeper holds the pipe open: without the end of its group this would last an hour.
        let finished = Program::new("sh").args(["-c", "sleep 3600 & echo started"]).output().unwrap();
        assert_eq!(finished.stdout, "started\n");
    }
}
