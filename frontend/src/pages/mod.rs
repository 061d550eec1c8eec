//! The pages: a folder each, by the noun that the API calls them.

mod catalog;
mod deploy;
mod deployment;
mod deployments;
mod drift;
mod gallery;
mod health;
mod not_found;
mod orphans;
mod parts;
mod server;
mod servers;

pub use catalog::Catalog;
pub use deploy::Deploy;
pub use deployment::Deployment;
pub use deployments::Deployments;
pub use drift::Drift;
pub use gallery::Gallery;
pub use health::Health;
pub use not_found::NotFound;
pub use orphans::Orphans;
pub use server::Server;
pub use servers::Servers;
