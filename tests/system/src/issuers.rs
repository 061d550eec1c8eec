//! Issuers of identities, as a process of their own.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
};

use serde_json::Value;

use crate::build::root;

/// Real OpenID providers and a signer, which end when this is dropped.
pub struct Issuers {
    child: Child,
    said: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// What it said of itself when it was ready.
    pub ready: Value,
}

impl Issuers {
    /// Starts them, and comes back when they answer.
    #[must_use]
    pub fn start() -> Self {
        let root = root();
        let mut child = Command::new("node")
            .arg(root.join("tests/system/identity.mjs"))
            .current_dir(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`node` cannot be started: {error}; install Node.js"));
        let (stdin, stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut lines = BufReader::new(stdout).lines();
        let ready = next(&mut lines);
        Self { child, said: Mutex::new((stdin, lines)), ready }
    }

    /// Has them do something, and gives the answer.
    pub fn tell(&self, command: &Value) -> Value {
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        writeln!(said.0, "{command}").expect("the issuers listen");
        next(&mut said.1)
    }

    /// Where an issuer is: `rs256`, `es256` or `eddsa`.
    pub fn issuer(&self, kind: &str) -> &str {
        self.ready["issuers"][kind].as_str().expect("there is such an issuer")
    }

    /// Where the signer is.
    pub fn signer(&self) -> &str {
        self.ready["signer"].as_str().expect("there is a signer")
    }
}

fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next().expect("the issuers run").expect("the issuers speak");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

impl Drop for Issuers {
    fn drop(&mut self) {
        // It fails when it has ended, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
