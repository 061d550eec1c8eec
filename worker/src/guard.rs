//! Guards: what has to hold at the moment at which a batch runs. One that does not hold stops the whole batch.
//!
//! What was read before a batch may have changed since: an invitation was accepted by somebody quicker, the other owner has
//! left. The database has no transactions that could be kept open meanwhile, so the batch itself asks again.

use crate::ports::{DatabaseError, Param, Statement};

/// The statement that stops the batch unless the query gives a row.
pub fn exists(query: &str, params: impl Into<Vec<Param>>) -> Statement {
    Statement::new(format!("INSERT INTO guards (holds) SELECT 0 WHERE NOT EXISTS ({query})"), params)
}

/// The statement that stops the batch if the query gives a row.
pub fn absent(query: &str, params: impl Into<Vec<Param>>) -> Statement {
    Statement::new(format!("INSERT INTO guards (holds) SELECT 0 WHERE EXISTS ({query})"), params)
}

/// Whether a guard stopped the batch.
pub fn stopped(error: &DatabaseError) -> bool {
    error.0.contains("CHECK constraint failed") && error.0.contains("holds")
}
