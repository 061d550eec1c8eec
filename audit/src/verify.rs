//! Reads an export and says what is wrong with it.

use noc_shared::id::OrganizationId;
use serde::Deserialize;

use crate::{
    Broken, Found, Head, Held, Kept, Unsigned,
    event::{HASH, LINE, digits},
    kept::HeadLine,
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
    kept: Option<Kept>,
}

/// What an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events it has, from the first.
    pub events: u64,
    /// The hash of the last one.
    pub hash: String,
    /// The head that it ends with, whose signature was checked if a key was given; without one nobody can say whether
    /// events were cut off at the end.
    pub head: Option<Head>,
    /// What came of the kept heads, if there were any to hold it against.
    pub held: Option<Held>,
}

/// What of an event the chain is made of. The rest is covered by the hash, and needs not be read.
#[derive(Deserialize)]
struct Link<'a> {
    number: u64,
    organization_id: &'a str,
    previous_hash: &'a str,
}

/// Whose chain an export is, as its first line says.
pub fn organization_of(line: &[u8]) -> Option<OrganizationId> {
    match parts(line) {
        Some((document, _)) => {
            let link: Link<'_> = serde_json::from_slice(document).ok()?;
            OrganizationId::parse(link.organization_id)
        }
        None => serde_json::from_slice(line).ok().map(|HeadLine { head }| head.organization_id),
    }
}

impl Verifier {
    /// Checks a chain from its first event on. With a public key it must end with a head that is signed with it.
    pub fn new(key: Option<String>) -> Self {
        Self { organization_id: None, number: 0, hash: [b'0'; HASH], key, head: None, kept: None }
    }

    /// Checks the chain that these heads were kept of: each of them must be signed with the key and lie on it.
    pub fn holding(key: String, kept: Kept) -> Self {
        let organization_id = Some(kept.organization_id.clone());
        Self { organization_id, kept: Some(kept), ..Self::new(Some(key)) }
    }

    /// Reads the next line, without its end.
    ///
    /// # Errors
    /// When something is wrong with it. Nothing behind it says anything then.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Found> {
        if self.head.is_some() {
            return Err(Found::BehindTheHead);
        }
        if self.number == 0 {
            self.hold()?;
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
        self.hold()
    }

    /// Holds what was read so far against the heads that were kept of it.
    fn hold(&mut self) -> Result<(), Found> {
        match (&mut self.kept, &self.key) {
            (Some(kept), Some(key)) => kept.pass(self.number, &self.hash, key),
            _ => Ok(()),
        }
    }

    fn head(&mut self, line: &[u8]) -> Result<(), Found> {
        let Ok(HeadLine { head }) = serde_json::from_slice(line) else {
            return Err(Unsigned::read(line).map_or(Found::Unreadable, Found::Unsigned));
        };
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
    /// When a key was given and the export does not end with a signed head, or when a kept head was signed where the chain
    /// does not reach.
    pub fn end(self) -> Result<Verified, Found> {
        let held = match (self.kept, &self.key) {
            (Some(kept), Some(key)) => Some(kept.end(self.number, self.head.as_ref(), key)?),
            _ => None,
        };
        if self.key.is_some() && self.head.is_none() {
            return Err(Found::NoHead);
        }
        let hash = String::from_utf8_lossy(&self.hash).into_owned();
        Ok(Verified { events: self.number, hash, head: self.head, held })
    }

    /// Reads a whole export. Its last line ends with a line break, too.
    ///
    /// # Errors
    /// When something is wrong with it: what, and where first.
    pub fn verify(key: Option<String>, export: &[u8]) -> Result<Verified, Broken> {
        Self::new(key).all(export)
    }

    /// Reads a whole export, as [`Verifier::verify`] does.
    ///
    /// # Errors
    /// When something is wrong with it: what, and where first.
    pub fn all(self, export: &[u8]) -> Result<Verified, Broken> {
        let (mut verifier, mut number) = (self, 0);
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
