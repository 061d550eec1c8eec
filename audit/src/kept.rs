//! Heads that somebody has kept where the database is not.

use std::{fmt, io::Read};

use noc_shared::id::OrganizationId;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Found, Head, event::HASH};

/// The kept heads of one chain, for [`Verifier::holding`](crate::Verifier::holding).
#[derive(Clone, Debug)]
pub struct Kept {
    /// Whose chain it is.
    pub(crate) organization_id: OrganizationId,
    /// Those that are not reached yet, the next one last.
    heads: Vec<Head>,
    held: Held,
    /// The number of the last event that a head has vouched for.
    since: u64,
}

/// What came of holding a chain against kept heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many heads of this chain are signed with the key and lie on it.
    pub checked: u64,
    /// How many heads are of other organizations, and were not looked at.
    pub others: u64,
    /// How many heads are of events behind the end, and were signed after the export was made, so that it cannot have them.
    pub younger: u64,
}

/// Why a file of kept heads cannot be read.
#[derive(Debug)]
pub struct NotHeads {
    /// The JSON document in it, counted from 1.
    document: u64,
    cause: serde_json::Error,
}

impl fmt::Display for NotHeads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JSON document {} holds no heads: {}", self.document, self.cause)
    }
}

impl std::error::Error for NotHeads {}

/// What is sent to whoever takes the heads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    heads: Vec<Head>,
}

/// A head as the last line of an export.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadLine {
    pub(crate) head: Head,
}

impl Kept {
    /// Reads the heads of one organization out of JSON documents, one behind the other: what `NOC_AUDIT_WEBHOOK` was sent,
    /// last lines of exports, and heads alone. Those of others are counted and forgotten, so that memory holds one chain's.
    ///
    /// # Errors
    /// When it cannot be read, or something else stands in it: a head that is passed over could be the one that matters.
    pub fn read(source: impl Read, organization_id: OrganizationId) -> Result<Self, NotHeads> {
        let (mut heads, mut held) = (Vec::new(), Held::default());
        for (document, value) in (1..).zip(serde_json::Deserializer::from_reader(source).into_iter()) {
            let read = value.and_then(heads_of).map_err(|cause| NotHeads { document, cause })?;
            let before = heads.len() + read.len();
            heads.extend(read.into_iter().filter(|head| head.organization_id == organization_id));
            held.others += (before - heads.len()) as u64;
        }
        // The next one last. What was sent twice, because nobody said that it was taken, is one head.
        heads.sort_by(|a, b| (b.number, b.at, &b.signature).cmp(&(a.number, a.at, &a.signature)));
        heads.dedup();
        Ok(Self { organization_id, heads, held, since: 0 })
    }

    /// Holds the heads of this event against it. Called for each number from 0 on, and nearly always for nothing.
    pub(crate) fn pass(&mut self, number: u64, hash: &[u8; HASH], key: &str) -> Result<(), Found> {
        while let Some(head) = self.heads.pop_if(|head| head.number <= number) {
            if !head.is_signed_by(key) {
                return Err(Found::KeptNotSigned { number: head.number, at: head.at });
            }
            if head.hash.as_bytes() != hash {
                return Err(Found::Rewritten {
                    number: head.number,
                    at: head.at,
                    kept: head.hash,
                    found: String::from_utf8_lossy(hash).into_owned(),
                    since: self.since,
                });
            }
            self.held.checked += 1;
            self.since = head.number;
        }
        Ok(())
    }

    /// Ends a chain whose last event has this number, and whose export is signed by this head. What is left was signed where
    /// the chain does not reach.
    pub(crate) fn end(mut self, found: u64, exported: Option<&Head>, key: &str) -> Result<Held, Found> {
        // The first of them is the one that reaches farthest.
        for head in self.heads {
            if exported.is_some_and(|exported| head.at > exported.at) {
                self.held.younger += 1;
            } else if head.is_signed_by(key) {
                return Err(Found::CutOff { number: head.number, at: head.at, found });
            } else {
                return Err(Found::KeptNotSigned { number: head.number, at: head.at });
            }
        }
        let Held { checked, others, younger } = self.held;
        if checked == 0 { Err(Found::NoneKept { others, younger }) } else { Ok(self.held) }
    }
}

/// The heads of a document, in whichever of the three forms it is.
fn heads_of(document: Value) -> Result<Vec<Head>, serde_json::Error> {
    if document.get("heads").is_some() {
        of::<Sent>(document).map(|sent| sent.heads)
    } else if document.get("head").is_some() {
        of::<HeadLine>(document).map(|line| vec![line.head])
    } else {
        of::<Head>(document).map(|head| vec![head])
    }
}

fn of<T: DeserializeOwned>(document: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(document)
}
