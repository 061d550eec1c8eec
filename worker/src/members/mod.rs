//! Members of an organization: their roles, and how they come and go.

mod by_address;
mod change;
mod invitations;
mod routes;
mod store;

pub use by_address::invited;
pub use invitations::told;
pub use routes::routes;
pub use store::{Invited, accept, join, take_back_all_of};
