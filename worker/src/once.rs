//! What is good once, and says itself until when: what was used is remembered until then.

use noc_shared::time::Timestamp;

use crate::{
    guard,
    keys::sha256_hex,
    ports::{Param, Statement},
};

/// The statements that use something up, for the batch of what it is used for; they stop the batch if it was used before.
pub fn use_up(what: &[u8], expires_at: Timestamp, now: Timestamp) -> [Statement; 3] {
    let hash = sha256_hex(what);
    [
        guard::absent("SELECT 1 FROM used_once WHERE hash = ?1", [hash.as_str().into()]),
        Statement::new(
            "INSERT INTO used_once (hash, expires_at) VALUES (?1, ?2)",
            [Param::from(hash.as_str()), expires_at.millis().into()],
        ),
        Statement::new("DELETE FROM used_once WHERE expires_at <= ?1", [now.millis().into()]),
    ]
}
