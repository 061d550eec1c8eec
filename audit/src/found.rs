//! What can be wrong with an export.

use std::fmt;

use noc_shared::time::Timestamp;

use crate::Unsigned;

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
    /// NOC itself did not sign the end.
    Unsigned(Unsigned),
    /// A kept head is not signed with the key, so that it says nothing.
    KeptNotSigned {
        /// The number of its event.
        number: u64,
        /// When it says that it was signed.
        at: Timestamp,
    },
    /// A kept head says that the chain was another one.
    Rewritten {
        /// The number of the event.
        number: u64,
        /// When the head was signed.
        at: Timestamp,
        /// The hash that the event had then.
        kept: String,
        /// The hash that it has here.
        found: String,
        /// The number of the last event before it of which a kept head says the same; 0 if there is none.
        since: u64,
    },
    /// A kept head says that the chain was longer.
    CutOff {
        /// The number of the last event when it was signed.
        number: u64,
        /// When that was.
        at: Timestamp,
        /// The number of the last event that is here.
        found: u64,
    },
    /// No kept head can be held against this chain.
    NoneKept {
        /// How many are of other organizations.
        others: u64,
        /// How many were signed where it does not reach, after the export was made.
        younger: u64,
    },
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
            Self::Unsigned(unsigned) => unsigned.fmt(formatter),
            Self::KeptNotSigned { number, at } => {
                write!(formatter, "the kept head of event {number}, from {at}, is not signed with the key")
            }
            Self::Rewritten { number, at, kept, found, since } => write!(
                formatter,
                "event {number} had the hash {kept} when the head that was kept of it was signed at {at}, and has the \
                 hash {found} here: from event {} to this one, something was written anew",
                since + 1
            ),
            Self::CutOff { number, at, found } => write!(
                formatter,
                "event {number} was there when the head that was kept of it was signed at {at}, and event {found} is \
                 the last one here: the end was cut off"
            ),
            Self::NoneKept { others, younger } => write!(
                formatter,
                "no kept head says anything about this chain: {others} are of other organizations, and {younger} were \
                 signed after the export was made"
            ),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.found)
    }
}

impl std::error::Error for Broken {}
