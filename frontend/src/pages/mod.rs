//! The pages: a folder each, by the noun that the API calls them.

mod applications;
mod audit;
mod catalog;
mod deploy;
mod deployment;
mod deployments;
mod drift;
mod gallery;
mod health;
mod later;
mod not_found;
mod orphans;
mod parts;
mod pieces;
mod server;
mod servers;
mod ssh_keys;

pub use later::Later;
pub use not_found::NotFound;
pub use servers::Servers;

/// A page that is not part of what is loaded first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// One application.
    Application,
    /// All applications.
    Applications,
    /// Who did what.
    Audit,
    /// What can be deployed.
    Catalog,
    /// The form that makes a server.
    Deploy,
    /// One deployment.
    Deployment,
    /// All deployments.
    Deployments,
    /// What differs from what was asked for.
    Drift,
    /// The components.
    Gallery,
    /// How NOC itself is.
    Health,
    /// What belongs to nothing.
    Orphans,
    /// One server.
    Server,
    /// Who may log in to new machines.
    SshKeys,
}

impl Page {
    /// What it is called until it says so itself.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Applications => "Applications",
            Self::Audit => "Audit",
            Self::Catalog => "Catalog",
            Self::Deploy => "Deploy",
            Self::Deployment => "Deployment",
            Self::Deployments => "Deployments",
            Self::Drift => "Drift",
            Self::Gallery => "Components",
            Self::Health => "Health",
            Self::Orphans => "Orphans",
            Self::Server => "Server",
            Self::SshKeys => "SSH keys",
        }
    }
}
