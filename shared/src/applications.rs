//! What runs on a server. An application is data: adding one needs no Rust.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How an application's secrets get to its machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecretDelivery {
    /// The machine claims them once, with a one-time token.
    #[default]
    Claim,
    /// They stand in its user data, which every program on the machine can read and the provider keeps: only for what
    /// cannot claim.
    Embedded,
}

impl SecretDelivery {
    fn is_usual(&self) -> bool {
        *self == Self::Claim
    }
}

/// An application, as its `application.json` says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How those get to its machine.
    #[serde(default, skip_serializing_if = "SecretDelivery::is_usual")]
    pub delivery: SecretDelivery,
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

/// The body of `PUT /api/applications/{name}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApplicationRequest {
    /// What it is, in a sentence.
    pub description: String,
    /// Its services: each is the name of a container or of a systemd unit.
    #[serde(default)]
    pub services: Vec<String>,
    /// What is put behind a server's name to make its domains; an empty one is the name itself.
    pub domain_suffixes: Vec<String>,
    /// The secrets that it needs, by the names they have in the secret store.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// How those get to its machine.
    #[serde(default)]
    pub delivery: SecretDelivery,
    /// Where its source is, for `git clone`.
    #[serde(default)]
    pub repository: Option<String>,
    /// The image that its machine starts from.
    pub image: String,
    /// The size that it wants when nothing else is said.
    pub default_size: String,
    /// How long the machine may take from its first address to its agent's first report, in seconds.
    pub ready_within_seconds: u32,
    /// Its cloud-init template: YAML, with `{{…}}` for what NOC puts in.
    pub template: String,
}

impl ApplicationRequest {
    /// The application of this name.
    pub fn into_application(self, name: String) -> Application {
        Application {
            name,
            description: self.description,
            services: self.services,
            domain_suffixes: self.domain_suffixes,
            secrets: self.secrets,
            delivery: self.delivery,
            repository: self.repository,
            image: self.image,
            default_size: self.default_size,
            ready_within_seconds: self.ready_within_seconds,
        }
    }
}

/// An application as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApplicationView {
    /// What it is.
    #[serde(flatten)]
    pub application: Application,
    /// Whether it is built in, and not the organization's own.
    pub built_in: bool,
    /// When it was last changed, if it is the organization's own.
    pub updated_at: Option<Timestamp>,
    /// Its template as it was written, where one application is shown that is the organization's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// The answer of `GET /api/applications`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApplicationList {
    /// Applications by name.
    pub applications: Vec<ApplicationView>,
}

/// The body of `POST /api/applications/{name}/render`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenderRequest {
    /// The server's name.
    pub server_name: String,
    /// The git branch.
    pub branch: String,
}

/// The answer of `POST /api/applications/{name}/render`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RenderAnswer {
    /// What the machine would get, with every secret masked.
    pub document: String,
    /// How long it is, in bytes; the provider takes 65,536.
    pub bytes: usize,
}
