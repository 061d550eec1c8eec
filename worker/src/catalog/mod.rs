//! The catalog: what can be had from the provider, and what can be deployed.

mod remembered;
mod routes;

pub use remembered::{Remembered, Stale, remembered};
pub use routes::routes;

use noc_shared::{catalog::Catalog, deployments::FailureCode, time::Timestamp};

use crate::{
    app::{App, NotConfigured},
    error::ApiError,
    providers::ProviderError,
    saga::Fault,
};

/// For this long the catalog is taken as it was: prices and sizes change a few times a year.
const FRESH_MS: i64 = 60 * 60 * 1000;

/// There is no catalog: none is remembered, and the provider does not give one.
#[derive(Debug)]
pub enum CatalogError {
    /// Settings are missing.
    NotConfigured(NotConfigured),
    /// The provider did not answer.
    Provider(ProviderError),
}

impl CatalogError {
    /// As a fault of a step.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::NotConfigured(error) => Fault {
                failure: noc_shared::deployments::Failure {
                    code: FailureCode::Internal,
                    message: error.to_string(),
                    provider: None,
                },
                transient: true,
                unsure: false,
                retry_after_ms: None,
            },
            Self::Provider(error) => error.into(),
        }
    }
}

impl From<CatalogError> for ApiError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NotConfigured(error) => error.into(),
            CatalogError::Provider(error) => error.into(),
        }
    }
}

/// When a catalog was fetched, and whether it is older than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// When the provider was last asked.
    pub fetched_at: Timestamp,
    /// Whether it could not be asked again since.
    pub stale: bool,
}

/// The catalog: as it is remembered, or as the provider gives it, or as it was if the provider does not.
///
/// # Errors
/// When there is none at all.
pub async fn current(app: &App) -> Result<(Catalog, Age), CatalogError> {
    let providers = app.providers().map_err(CatalogError::NotConfigured)?;
    let fetch = || async { providers.compute.catalog().await };
    let found =
        remembered(app, "catalog/digitalocean", FRESH_MS, fetch).await.map_err(CatalogError::Provider)?;
    Ok((found.value, Age { fetched_at: found.fetched_at, stale: found.stale == Stale::Yes }))
}
