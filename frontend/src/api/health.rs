//! How NOC itself is.

use noc_shared::health::Health;

use super::{Problem, client};

/// How each part is; what is not well is part of the answer.
///
/// # Errors
/// When nobody answers.
pub async fn show() -> Result<Health, Problem> {
    client::get_whatever("/api/health?deep=1").await
}
