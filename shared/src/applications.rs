//! What runs on a server. An application is data: adding one needs no Rust.

use serde::{Deserialize, Serialize};

/// An application, as its `application.json` says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// Its name, as requests call it.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Its services, as the machine's agent reports them.
    pub services: Vec<String>,
    /// What is put behind a server's name to make its domains; an empty one is the name itself.
    pub domain_suffixes: Vec<String>,
    /// The secrets that it needs, by the names they have in the secret store.
    pub secrets: Vec<String>,
    /// Where its source is, for `git clone`; absent for an application that has none.
    #[serde(default)]
    pub repository: Option<String>,
    /// The image that its machine starts from.
    pub image: String,
    /// The size that it wants when nothing else is said.
    pub default_size: String,
    /// How long the machine may take from its first address to its agent's first report, in seconds.
    pub ready_within_seconds: u32,
}

/// An application as the catalog shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApplicationSummary {
    /// Its name, as requests call it.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Its services.
    pub services: Vec<String>,
    /// What is put behind a server's name to make its domains.
    pub domain_suffixes: Vec<String>,
    /// The size that it wants when nothing else is said.
    pub default_size: String,
}

impl From<&Application> for ApplicationSummary {
    fn from(application: &Application) -> Self {
        Self {
            name: application.name.clone(),
            description: application.description.clone(),
            services: application.services.clone(),
            domain_suffixes: application.domain_suffixes.clone(),
            default_size: application.default_size.clone(),
        }
    }
}
