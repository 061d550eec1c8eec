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
mod members;
mod not_found;
mod offered;
mod orphans;
mod parts;
mod pieces;
mod projects;
mod server;
mod servers;
mod settings;
mod sign_in;
mod ssh_keys;
mod steady;
mod tokens;

pub use later::Later;
pub use not_found::NotFound;
pub use servers::Servers;
pub use sign_in::SignIn;

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
    /// Who is in the organization.
    Members,
    /// What belongs to nothing.
    Orphans,
    /// Named groups of servers.
    Projects,
    /// One server.
    Server,
    /// One's own sessions.
    Settings,
    /// Who may log in to new machines.
    SshKeys,
    /// What scripts ask with.
    Tokens,
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
            Self::Members => "Members",
            Self::Orphans => "Orphans",
            Self::Projects => "Projects",
            Self::Server => "Server",
            Self::Settings => "Settings",
            Self::SshKeys => "SSH keys",
            Self::Tokens => "Tokens",
        }
    }
}
