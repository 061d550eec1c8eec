//! The second factor: what proves once more that it is the same person, for what cannot be taken back.

mod code;
mod codes;
mod proof;
mod recovery;
mod routes;
mod store;

pub use routes::routes;

use crate::{
    error::ApiError,
    organizations::{self, Caller},
};

/// Whether somebody may get a further way to show who they are.
///
/// # Errors
/// When it is the break-glass account: whoever has opened it once must not keep a way in that nobody sees being used.
pub fn may_get_one(caller: &Caller) -> Result<(), ApiError> {
    if caller.principal_id != organizations::break_glass() {
        return Ok(());
    }
    let message = "the break-glass account has no other way in; make somebody an owner, and sign in as them";
    Err(ApiError::Forbidden(message.to_owned()))
}
