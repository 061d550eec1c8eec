//! What every handler works with, and the one list of routes.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use axum::Router;
use noc_shared::id::ServerId;

use crate::{
    agents,
    api::{self, Route},
    applications, audit, catalog,
    config::{Config, Platform},
    deployments, drift, health, identities,
    jwt::Published,
    log::Log,
    members, metrics, organizations, orphans, passkeys,
    ports::{Cache, Clock, Database, Http, Limits, Random, Signatures, Targets},
    providers::Providers,
    second_factor,
    servers::{self, Located},
    sessions, sign_in, token_rules, tokens,
};

/// The outside world and the configuration.
pub struct App {
    /// What can be done without.
    pub cache: Arc<dyn Cache>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What the environment says.
    pub config: Config,
    /// What the whole of NOC shares.
    pub database: Arc<dyn Database>,
    /// HTTP to the outside.
    pub http: Arc<dyn Http>,
    /// How often something may be asked.
    pub limits: Arc<dyn Limits>,
    /// Log lines.
    pub log: Log,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Checks of signatures.
    pub signatures: Arc<dyn Signatures>,
    /// The objects that own the servers' names.
    pub targets: Arc<dyn Targets>,
    /// Where servers are whose agents report. Nothing awaits while this is held.
    pub(crate) located: Mutex<BTreeMap<ServerId, Located>>,
    /// How the providers were when they were last asked. Nothing awaits while this is held.
    pub(crate) provider_health: Mutex<Option<health::Looked>>,
    /// What issuers of tokens have published.
    pub(crate) published: Published,
    providers: Option<Providers>,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// What can be done without.
    pub cache: Arc<dyn Cache>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What the environment says.
    pub config: Config,
    /// What the whole of NOC shares.
    pub database: Arc<dyn Database>,
    /// HTTP to the outside.
    pub http: Arc<dyn Http>,
    /// How often something may be asked.
    pub limits: Arc<dyn Limits>,
    /// Log lines.
    pub log: Log,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Checks of signatures.
    pub signatures: Arc<dyn Signatures>,
    /// The objects that own the servers' names.
    pub targets: Arc<dyn Targets>,
}

/// Settings are missing, or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotConfigured {
    /// Their names.
    pub missing: Vec<&'static str>,
}

impl fmt::Display for NotConfigured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "settings are missing or cannot be used: {}", self.missing.join(", "))
    }
}

impl std::error::Error for NotConfigured {}

impl App {
    /// Puts it together, and says at once which settings are missing.
    pub fn new(parts: Parts) -> Self {
        let Parts { cache, clock, config, database, http, limits, log, random, signatures, targets } = parts;
        let providers = match &config.platform {
            Ok(platform) => Some(Providers::new(platform, Arc::clone(&http), Arc::clone(&clock))),
            Err(missing) => {
                let error = NotConfigured { missing: missing.clone() };
                log.error(
                    "nothing can be deployed",
                    crate::log::Fields { error: Some(error.to_string()), ..crate::log::Fields::default() },
                );
                None
            }
        };
        for setting in &config.unusable {
            let error =
                format!("{setting} cannot be used: wrangler.toml and docs/signing-in.md say what it must be");
            log.error(
                "a setting is left out",
                crate::log::Fields { error: Some(error), ..crate::log::Fields::default() },
            );
        }
        let (located, provider_health, published) =
            (Mutex::default(), Mutex::default(), Published::default());
        Self {
            cache,
            clock,
            config,
            database,
            http,
            limits,
            log,
            random,
            signatures,
            targets,
            located,
            provider_health,
            published,
            providers,
        }
    }

    /// The providers.
    ///
    /// # Errors
    /// When settings are missing.
    pub fn providers(&self) -> Result<&Providers, NotConfigured> {
        self.providers.as_ref().ok_or_else(|| NotConfigured { missing: self.config.missing().to_vec() })
    }

    /// What is needed to deploy.
    ///
    /// # Errors
    /// When settings are missing.
    pub fn platform(&self) -> Result<&Platform, NotConfigured> {
        self.config.platform.as_ref().map_err(|missing| NotConfigured { missing: missing.clone() })
    }
}

/// Every route that there is.
pub fn routes() -> Vec<Route> {
    [
        agents::routes(),
        applications::routes(),
        audit::routes(),
        catalog::routes(),
        deployments::routes(),
        drift::routes(),
        health::routes(),
        identities::routes(),
        members::routes(),
        metrics::routes(),
        organizations::routes(),
        orphans::routes(),
        passkeys::routes(),
        second_factor::routes(),
        servers::routes(),
        sessions::routes(),
        sign_in::routes(),
        token_rules::routes(),
        tokens::routes(),
        #[cfg(feature = "faults")]
        api::fault_routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Answers requests: every route, and nothing else.
pub fn router(app: Arc<App>) -> Router {
    api::router(&app, routes()).with_state(app)
}
