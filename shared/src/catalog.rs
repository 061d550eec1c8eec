//! What can be had from the provider.

use serde::{Deserialize, Serialize};

use crate::{applications::ApplicationSummary, errors::FieldError, money::Usd, time::Timestamp};

/// The answer of `GET /api/catalog`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogAnswer {
    /// Sizes, cheapest first.
    pub sizes: Vec<Size>,
    /// Regions, by slug.
    pub regions: Vec<Region>,
    /// Applications that can be deployed.
    pub applications: Vec<ApplicationSummary>,
    /// The DNS zone that the servers' domains are in; null while it is not known.
    #[serde(default)]
    pub zone: Option<String>,
    /// When the provider was last asked.
    pub fetched_at: Timestamp,
    /// Whether the provider could not be asked, so that this is older than it should be.
    pub stale: bool,
}

/// What the provider offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Sizes, cheapest first.
    pub sizes: Vec<Size>,
    /// Regions, by slug.
    pub regions: Vec<Region>,
}

/// A size of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Size {
    /// The provider's name for it, as `s-2vcpu-4gb`.
    pub slug: String,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Disk in GiB.
    pub disk_gib: u32,
    /// Price per month in US dollars.
    pub price_monthly: Usd,
    /// Whether the provider sells it now.
    pub available: bool,
    /// The regions that have it, by slug.
    pub regions: Vec<String>,
}

/// A place where machines stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Region {
    /// The provider's name for it, as `nyc1`.
    pub slug: String,
    /// Its name for people, as `New York 1`.
    pub name: String,
    /// Whether the provider takes new machines there now.
    pub available: bool,
}

impl Catalog {
    /// Says whether a machine of this size can be had in this region, and gives the size.
    ///
    /// # Errors
    /// With the field that is wrong and what would fit instead.
    pub fn fit(&self, size: &str, region: &str) -> Result<&Size, FieldError> {
        let Some(found_region) = self.regions.iter().find(|candidate| candidate.slug == region) else {
            let known =
                slugs(self.regions.iter().filter(|region| region.available).map(|region| &region.slug));
            return Err(FieldError::new(
                "droplet_region",
                format!("there is no such region; there are {known}"),
            ));
        };
        let Some(found_size) = self.sizes.iter().find(|candidate| candidate.slug == size) else {
            return Err(FieldError::new(
                "droplet_size",
                "there is no such size; GET /api/catalog lists those that there are".to_owned(),
            ));
        };
        if !found_region.available {
            return Err(FieldError::new(
                "droplet_region",
                "the provider takes no new machines in this region now",
            ));
        }
        if !found_size.available {
            return Err(FieldError::new("droplet_size", "the provider does not sell this size now"));
        }
        if !found_size.regions.iter().any(|candidate| candidate == region) {
            let regions = slugs(found_size.regions.iter());
            return Err(FieldError::new(
                "droplet_size",
                format!("{size} cannot be had in {region}; it can be had in {regions}"),
            ));
        }
        Ok(found_size)
    }
}

fn slugs<'a>(slugs: impl Iterator<Item = &'a String>) -> String {
    let listed: Vec<&str> = slugs.map(String::as_str).collect();
    if listed.is_empty() { "none now".to_owned() } else { listed.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let size = |slug: &str, available, regions: &[&str]| Size {
            slug: slug.into(),
            vcpus: 2,
            memory_mib: 4096,
            disk_gib: 80,
            price_monthly: Usd::from_cents(2400),
            available,
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
        };
        let region =
            |slug: &str, available| Region { slug: slug.into(), name: slug.to_uppercase(), available };
        Catalog {
            sizes: vec![
                size("s-2vcpu-4gb", true, &["nyc1", "fra1"]),
                size("s-old", false, &["nyc1"]),
                size("s-rare", true, &["fra1"]),
            ],
            regions: vec![region("fra1", true), region("nyc1", true), region("nyc2", false)],
        }
    }

    #[test]
    fn a_size_and_a_region_exist_are_sold_and_fit_each_other() {
        let cases = [
            ("s-2vcpu-4gb", "nyc1", Ok("s-2vcpu-4gb")),
            ("s-2vcpu-4gb", "mars1", Err(("droplet_region", "there are fra1, nyc1"))),
            ("s-9000", "nyc1", Err(("droplet_size", "no such size"))),
            ("s-2vcpu-4gb", "nyc2", Err(("droplet_region", "no new machines"))),
            ("s-old", "nyc1", Err(("droplet_size", "does not sell"))),
            ("s-rare", "nyc1", Err(("droplet_size", "it can be had in fra1"))),
        ];
        for (size, region, expected) in cases {
            match (expected, catalog().fit(size, region)) {
                (Ok(slug), actual) => assert_eq!(actual.map(|size| size.slug.as_str()), Ok(slug)),
                (Err((field, part)), Err(error)) => {
                    assert_eq!(error.field, field, "{size} {region}");
                    assert!(error.message.contains(part), "{size} {region}: {error}");
                }
                (Err(_), Ok(_)) => panic!("{size} in {region} was allowed"),
            }
        }
    }
}
