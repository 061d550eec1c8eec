//! Reads an export and says what is wrong with it.

use std::fmt;

use noc_shared::id::OrganizationId;
use serde::Deserialize;

use crate::{
    Head,
    event::{HASH, LINE, digits},
};

/// Reads an export line by line.
#[derive(Clone, Debug)]
pub struct Verifier {
    organization_id: Option<OrganizationId>,
    number: u64,
    /// The hash of the last event, in hexadecimal digits.
    hash: [u8; HASH],
    key: Option<String>,
    head: Option<Head>,
}

/// What an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events it has, from the first.
    pub events: u64,
    /// The hash of the last one.
    pub hash: String,
    /// The signed head that it ends with; without one nobody can say whether events were cut off at the end.
    pub head: Option<Head>,
}

/// What is wrong, and in which line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line; the one behind the last if something is missing there.
    pub line: u64,
    /// What is wrong with it.
    pub found: Found,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is neither an event nor a head, or not written as one.
    Unreadable,
    /// The event is not the one that its hash was made of.
    Changed,
    /// Its number does not follow from the one before.
    OutOfOrder {
        /// The number that should be here.
        expected: u64,
        /// The number that is here.
        found: u64,
    },
    /// It does not hold the hash of the one before.
    NotChained,
    /// It is of another organization.
    Stranger,
    /// The head is not signed with the key.
    NotSigned,
    /// The head says that the chain has another end.
    Truncated {
        /// The number of the last event, as the head says.
        expected: u64,
        /// The number of the last event that is here.
        found: u64,
    },
    /// Something stands behind the head.
    BehindTheHead,
    /// There is no head, although a key was given to check it.
    NoHead,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => formatter.write_str("this is no event and no head"),
            Self::Changed => formatter.write_str("the event is not the one that its hash was made of"),
            Self::OutOfOrder { expected, found } => {
                write!(formatter, "event {expected} should be here, and event {found} is")
            }
            Self::NotChained => formatter.write_str("the event does not hold the hash of the one before"),
            Self::Stranger => formatter.write_str("the event is of another organization"),
            Self::NotSigned => formatter.write_str("the head is not signed with the key"),
            Self::Truncated { expected, found } => {
                write!(formatter, "the head says that event {expected} is the last one, and event {found} is")
            }
            Self::BehindTheHead => formatter.write_str("nothing may stand behind the head"),
            Self::NoHead => formatter.write_str("there is no signed head, so that events may be cut off"),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.found)
    }
}

impl std::error::Error for Broken {}

/// What of an event the chain is made of. The rest is covered by the hash, and needs not be read.
#[derive(Deserialize)]
struct Link<'a> {
    number: u64,
    organization_id: &'a str,
    previous_hash: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    head: Head,
}

impl Verifier {
    /// Checks a chain from its first event on. With a public key it must end with a head that is signed with it.
    pub fn new(key: Option<String>) -> Self {
        Self { organization_id: None, number: 0, hash: [b'0'; HASH], key, head: None }
    }

    /// Reads the next line, without its end.
    ///
    /// # Errors
    /// When something is wrong with it. Nothing behind it says anything then.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Found> {
        if self.head.is_some() {
            return Err(Found::BehindTheHead);
        }
        match parts(line) {
            Some((document, sealed)) => self.event(document, sealed),
            None => self.head(line),
        }
    }

    fn event(&mut self, document: &[u8], sealed: &[u8]) -> Result<(), Found> {
        let made = digits(document);
        if made != sealed {
            return Err(Found::Changed);
        }
        let link: Link<'_> = serde_json::from_slice(document).map_err(|_| Found::Unreadable)?;
        let expected = self.number + 1;
        if link.number != expected {
            return Err(Found::OutOfOrder { expected, found: link.number });
        }
        if link.previous_hash.as_bytes() != self.hash {
            return Err(Found::NotChained);
        }
        match &self.organization_id {
            Some(organization) if organization.as_str() == link.organization_id => {}
            Some(_) => return Err(Found::Stranger),
            None => {
                let read = OrganizationId::parse(link.organization_id);
                self.organization_id = Some(read.ok_or(Found::Unreadable)?);
            }
        }
        self.number = expected;
        self.hash = made;
        Ok(())
    }

    fn head(&mut self, line: &[u8]) -> Result<(), Found> {
        let HeadLine { head } = serde_json::from_slice(line).map_err(|_| Found::Unreadable)?;
        // The same head written in another way is not the one that was exported.
        if head.line().as_bytes() != line {
            return Err(Found::Changed);
        }
        if self.key.as_ref().is_some_and(|key| !head.is_signed_by(key)) {
            return Err(Found::NotSigned);
        }
        if head.number != self.number {
            return Err(Found::Truncated { expected: head.number, found: self.number });
        }
        if head.hash.as_bytes() != self.hash {
            return Err(Found::NotChained);
        }
        if self.organization_id.as_ref().is_some_and(|organization| *organization != head.organization_id) {
            return Err(Found::Stranger);
        }
        self.head = Some(head);
        Ok(())
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When a key was given and the export does not end with a signed head.
    pub fn end(self) -> Result<Verified, Found> {
        if self.key.is_some() && self.head.is_none() {
            return Err(Found::NoHead);
        }
        let hash = String::from_utf8_lossy(&self.hash).into_owned();
        Ok(Verified { events: self.number, hash, head: self.head })
    }

    /// Reads a whole export. Its last line ends with a line break, too.
    ///
    /// # Errors
    /// When something is wrong with it: what, and where first.
    pub fn verify(key: Option<String>, export: &[u8]) -> Result<Verified, Broken> {
        let mut verifier = Self::new(key);
        let mut number = 0;
        for line in export.split_inclusive(|byte| *byte == b'\n') {
            number += 1;
            let read = line.strip_suffix(b"\n").ok_or(Found::Unreadable).and_then(|line| verifier.line(line));
            read.map_err(|found| Broken { line: number, found })?;
        }
        verifier.end().map_err(|found| Broken { line: number + 1, found })
    }
}

/// Document and hash of a line, if it is written exactly as a line of an event is.
fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(LINE[0].as_bytes())?.strip_suffix(LINE[2].as_bytes())?;
    let (rest, hash) = rest.split_at_checked(rest.len().checked_sub(HASH)?)?;
    Some((rest.strip_suffix(LINE[1].as_bytes())?, hash))
}
