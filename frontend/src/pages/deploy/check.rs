//! What was filled in, what is wrong with it, and what it will come to.

use noc_shared::{
    applications::ApplicationSummary,
    branches::validate_branch,
    catalog::{Catalog, CatalogAnswer, Size},
    deployments::DeployRequest,
    errors::FieldError,
    names,
};
use serde::{Deserialize, Serialize};

/// What was filled in. All but the name is remembered for the next time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    #[serde(skip)]
    pub(super) name: String,
    pub(super) application: String,
    pub(super) size: String,
    pub(super) region: String,
    pub(super) branch: String,
    pub(super) proxied: bool,
    pub(super) project: String,
    pub(super) environment: String,
}

/// What a preset sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    /// The application's own size, in production.
    Production,
    /// The smallest size that is sold, for trying something.
    Small,
    /// The next larger size.
    Large,
}

impl Draft {
    /// What stands in the form at first: what was remembered as far as it is still there, or what is usual.
    pub(super) fn usual(catalog: &CatalogAnswer, remembered: Option<&str>) -> Self {
        let remembered = remembered.and_then(|text| serde_json::from_str::<Self>(text).ok());
        let application = catalog.applications.iter().find(|application| application.name == "flaggerlink");
        let application = application.or(catalog.applications.first());
        let usual = Self {
            name: String::new(),
            application: application.map(|application| application.name.clone()).unwrap_or_default(),
            size: application.map(|application| application.default_size.clone()).unwrap_or_default(),
            region: catalog
                .regions
                .iter()
                .find(|region| region.available)
                .map(|region| region.slug.clone())
                .unwrap_or_default(),
            branch: "master".to_owned(),
            proxied: true,
            project: "default".to_owned(),
            environment: "production".to_owned(),
        };
        match remembered {
            Some(draft) if draft.size(catalog).is_some() && draft.application_of(catalog).is_some() => draft,
            _ => usual,
        }
    }

    /// The application that was chosen.
    pub(super) fn application_of<'a>(&self, catalog: &'a CatalogAnswer) -> Option<&'a ApplicationSummary> {
        catalog.applications.iter().find(|application| application.name == self.application)
    }

    /// Chooses an application, and its size.
    pub(super) fn choose_application(&mut self, catalog: &CatalogAnswer, name: &str) {
        if let Some(application) = catalog.applications.iter().find(|application| application.name == name) {
            self.application.clone_from(&application.name);
            self.size.clone_from(&application.default_size);
        }
    }

    /// The size that was chosen.
    pub(super) fn size<'a>(&self, catalog: &'a CatalogAnswer) -> Option<&'a Size> {
        catalog.sizes.iter().find(|size| size.slug == self.size)
    }

    /// Sets what a preset sets.
    pub(super) fn preset(&mut self, catalog: &CatalogAnswer, preset: Preset) {
        let usual = self
            .application_of(catalog)
            .map(|application| application.default_size.clone())
            .unwrap_or_default();
        let sold: Vec<&Size> = catalog
            .sizes
            .iter()
            .filter(|size| size.available && size.regions.contains(&self.region))
            .collect();
        let at = sold.iter().position(|size| size.slug == usual);
        self.size = match preset {
            Preset::Production => usual,
            Preset::Small => sold.first().map(|size| size.slug.clone()).unwrap_or(usual),
            Preset::Large => {
                at.and_then(|at| sold.get(at + 1)).map(|size| size.slug.clone()).unwrap_or(usual)
            }
        };
        self.environment = if preset == Preset::Small { "staging" } else { "production" }.to_owned();
        self.proxied = true;
    }

    /// What is wrong, by the rules that the Worker has. A field of which nothing was filled in yet is not wrong but empty.
    pub(super) fn wrong(&self, catalog: &CatalogAnswer) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let suffixes = self.application_of(catalog).map(|application| application.domain_suffixes.clone());
        wrong.extend(
            names::validate_server_name(&self.name, &suffixes.unwrap_or_default(), catalog.zone.as_deref())
                .err(),
        );
        wrong.extend(validate_branch(&self.branch).err());
        let offered = Catalog { sizes: catalog.sizes.clone(), regions: catalog.regions.clone() };
        wrong.extend(offered.fit(&self.size, &self.region).err());
        for (field, value) in [("project", &self.project), ("environment", &self.environment)] {
            if value.trim().is_empty() {
                wrong.push(FieldError::new(field, "it needs a name"));
            }
        }
        wrong
    }

    /// The domains as they will be.
    pub(super) fn domains(&self, catalog: &CatalogAnswer) -> Vec<String> {
        let name = if self.name.is_empty() { "…" } else { &self.name };
        let zone = catalog.zone.as_deref().unwrap_or("…");
        let suffixes = self.application_of(catalog).map(|application| application.domain_suffixes.as_slice());
        names::domains(name, suffixes.unwrap_or_default(), zone)
    }

    /// The request that makes it.
    pub(super) fn request(&self) -> DeployRequest {
        DeployRequest {
            server_name: self.name.clone(),
            droplet_size: self.size.clone(),
            droplet_region: self.region.clone(),
            branch: self.branch.clone(),
            enable_cloudflare_proxy: self.proxied,
            application: Some(self.application.clone()),
            project: Some(self.project.trim().to_owned()),
            environment: Some(self.environment.trim().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> CatalogAnswer {
        let size = |slug: &str, price: u32, regions: &[&str]| {
            serde_json::json!({"slug": slug, "vcpus": 1, "memory_mib": 1024, "disk_gib": 25, "price_monthly": price,
                "available": true, "regions": regions})
        };
        serde_json::from_value(serde_json::json!({
            "sizes": [size("small", 6, &["fra1", "nyc1"]), size("usual", 24, &["fra1", "nyc1"]), size("large", 48, &["nyc1"])],
            "regions": [{"slug": "fra1", "name": "Frankfurt 1", "available": true}, {"slug": "nyc1", "name": "New York 1", "available": true}],
            "applications": [{"name": "flaggerlink", "description": "It.", "services": ["api"],
                "domain_suffixes": ["", "-api"], "default_size": "usual"}],
            "zone": "flaggerlink.test", "fetched_at": "2026-11-20T10:00:00Z", "stale": false,
        }))
        .unwrap()
    }

    #[test]
    fn what_is_filled_in_is_checked_by_the_rules_of_the_worker() {
        let draft = |change: fn(&mut Draft)| {
            let mut draft = Draft { name: "alpha".into(), ..Draft::usual(&catalog(), None) };
            change(&mut draft);
            draft
        };
        type Change = fn(&mut Draft);
        let cases: [(Change, &[&str]); 6] = [
            (|_| (), &[]),
            (|draft| draft.name = "Alpha".into(), &["server_name"]),
            (|draft| draft.branch = "a..b".into(), &["branch"]),
            (|draft| draft.size = "large".into(), &["droplet_size"]),
            (|draft| draft.region = "mars1".into(), &["droplet_region"]),
            (|draft| draft.project = " ".into(), &["project"]),
        ];
        for (change, expected) in cases {
            let draft = draft(change);
            let fields: Vec<&str> = draft.wrong(&catalog()).iter().map(|error| error.field).collect();
            assert_eq!(fields, expected, "{draft:?}");
        }
    }

    #[test]
    fn the_domains_are_shown_as_they_will_be() {
        let mut draft = Draft::usual(&catalog(), None);
        assert_eq!(draft.domains(&catalog()), ["….flaggerlink.test", "…-api.flaggerlink.test"]);
        draft.name = "alpha".into();
        assert_eq!(draft.domains(&catalog()), ["alpha.flaggerlink.test", "alpha-api.flaggerlink.test"]);
    }

    #[test]
    fn a_preset_chooses_a_size_that_can_be_had() {
        for (region, preset, size) in [
            ("nyc1", Preset::Small, "small"),
            ("nyc1", Preset::Production, "usual"),
            ("nyc1", Preset::Large, "large"),
            ("fra1", Preset::Large, "usual"),
        ] {
            let mut draft = Draft { region: region.into(), ..Draft::usual(&catalog(), None) };
            draft.preset(&catalog(), preset);
            assert_eq!(draft.size, size, "{region} {preset:?}");
        }
    }

    #[test]
    fn what_was_remembered_stands_there_again_while_it_can_be_had() {
        let remembered = r#"{"application":"flaggerlink","size":"small","region":"nyc1","branch":"dev"}"#;
        assert_eq!(Draft::usual(&catalog(), Some(remembered)).branch, "dev");
        assert_eq!(Draft::usual(&catalog(), Some(&remembered.replace("small", "gone"))).branch, "master");
        assert_eq!(Draft::usual(&catalog(), Some("{")).branch, "master");
    }
}
