//! What a simulator is told when it starts: credentials, zones, secrets, latencies and limits.

/// How the simulated providers are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where ids come from: the same seed and the same calls give the same bytes.
    pub seed: u64,

    /// The one token that DigitalOcean takes.
    pub digitalocean_token: String,
    /// How long a droplet is `new` and has no address.
    pub address_after_ms: u64,
    /// How long a droplet stays visible (and locked) after its deletion was accepted.
    pub delete_after_ms: u64,
    /// How long an action takes, other than the creation.
    pub action_after_ms: u64,
    /// How many droplets the account may have.
    pub droplet_limit: usize,
    /// The keys of the account.
    pub ssh_keys: Vec<SshKey>,

    /// The one token that Cloudflare takes.
    pub cloudflare_token: String,
    /// The zone that NOC is meant to use: 32 hex characters.
    pub zone_id: String,
    /// Its name.
    pub zone_name: String,
    /// Further zones of the same account.
    pub other_zones: Vec<Zone>,
    /// How many operations one batch may hold: 200 on the free plan, 3,500 on a paid one (from memory).
    pub batch_limit: usize,
    /// How long a record's comment may be: 100 characters on the free plan, 500 on a paid one (from memory).
    pub comment_limit: usize,

    /// The client id of the machine identity.
    pub infisical_client_id: String,
    /// Its secret.
    pub infisical_client_secret: String,
    /// The project that the identity may read.
    pub infisical_project_id: String,
    /// The slug by which `/api/v3` also finds that project.
    pub infisical_project_slug: String,
    /// A project that exists and that the identity may not read.
    pub infisical_foreign_project_id: String,
    /// Whether a query parameter that Infisical does not know is refused. The real one drops it silently, which
    /// hides a misspelt name; here it is refused by default, except for those of the neighbouring version.
    pub infisical_refuses_unknown: bool,
    /// How long an access token is valid.
    pub infisical_token_seconds: u64,
    /// The secrets of the project.
    pub secrets: Vec<Secret>,
    /// Folders that are imported: (environment, path that imports, environment imported, path imported).
    pub secret_imports: Vec<(String, String, String, String)>,

    /// Whether calls are counted against the rate limits.
    pub rate_limits: bool,
    /// DigitalOcean's calls in an hour.
    pub digitalocean_per_hour: usize,
    /// DigitalOcean's calls in a minute.
    pub digitalocean_per_minute: usize,
    /// Cloudflare's calls in five minutes.
    pub cloudflare_per_five_minutes: usize,
}

/// A DNS zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// 32 hex characters.
    pub id: String,
    /// The zone's name, such as `example.test`.
    pub name: String,
}

/// A public key of the DigitalOcean account.
#[derive(Clone, Debug)]
pub struct SshKey {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its MD5 fingerprint, by which a droplet may name it too.
    pub fingerprint: String,
    /// The key.
    pub public_key: String,
}

/// One secret of the Infisical project.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The slug of its environment.
    pub environment: String,
    /// The folder, `/` for the root.
    pub path: String,
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// A note of whoever made it.
    pub comment: String,
    /// Whether the identity may see that it exists but not its value.
    pub value_hidden: bool,
}

impl Secret {
    /// A readable secret at the root of an environment.
    pub fn new(environment: &str, key: &str, value: &str) -> Self {
        Self {
            environment: environment.into(),
            path: "/".into(),
            key: key.into(),
            value: value.into(),
            comment: String::new(),
            value_hidden: false,
        }
    }
}

impl Settings {
    /// All zones, the one that NOC is meant to use first.
    pub(crate) fn zones(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::once((self.zone_id.as_str(), self.zone_name.as_str()))
            .chain(self.other_zones.iter().map(|zone| (zone.id.as_str(), zone.name.as_str())))
    }

    pub(crate) fn zone_name(&self, zone_id: &str) -> Option<&str> {
        self.zones().find(|(id, _)| *id == zone_id).map(|(_, name)| name)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            digitalocean_token: "sim-digitalocean-token".into(),
            address_after_ms: 1_500,
            delete_after_ms: 0,
            action_after_ms: 1_000,
            // More than the ten thousand servers that the paid plan is designed for.
            droplet_limit: 20_000,
            ssh_keys: vec![SshKey {
                id: 512_189,
                name: "operations".into(),
                fingerprint: "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa".into(),
                public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmQ2pdXnbXrZ1c4Yh3qk5QF2Qm0mQbqfZC1d8rZQ7aY operations"
                    .into(),
            }],
            cloudflare_token: "sim-cloudflare-token".into(),
            zone_id: "023e105f4ecef8ad9ca31a8372d0c353".into(),
            zone_name: "flaggerlink.test".into(),
            other_zones: vec![
                Zone { id: "5a7805061c76ada191ed06f989cc3dac".into(), name: "example.test".into() },
                Zone { id: "9f1a6bf2e0f4a2d3c7b85d1e0c9b7a64".into(), name: "partner.test".into() },
            ],
            batch_limit: 200,
            comment_limit: 100,
            infisical_client_id: "sim-infisical-client-id".into(),
            infisical_client_secret: "sim-infisical-client-secret".into(),
            infisical_project_id: "7f3c1a52-2f0e-4c8b-9c55-0d2a6a1e9b10".into(),
            infisical_project_slug: "flaggerlink-x7pq".into(),
            infisical_foreign_project_id: "00000000-aaaa-4bbb-8ccc-dddddddddddd".into(),
            infisical_refuses_unknown: true,
            infisical_token_seconds: 2_592_000,
            secrets: default_secrets(),
            secret_imports: Vec::new(),
            rate_limits: true,
            digitalocean_per_hour: 5_000,
            digitalocean_per_minute: 250,
            cloudflare_per_five_minutes: 1_200,
        }
    }
}

/// The secrets of the built-in application. Staging has every character that a template, a shell or a YAML
/// document could trip over, because a value that survives there survives anywhere.
fn default_secrets() -> Vec<Secret> {
    [
        ("dev", "REDIS_PASSWORD", "dev-redis-4f9c"),
        ("dev", "RABBITMQ_USER", "flaggerlink"),
        ("dev", "RABBITMQ_PASSWORD", "dev-rabbit-81ab"),
        (
            "staging",
            "REDIS_PASSWORD",
            "it's \"quoted\" $HOME $(id) `id` #no-comment {{ no_template }} \\n %41 é",
        ),
        ("staging", "RABBITMQ_USER", "flagger'link"),
        (
            "staging",
            "RABBITMQ_PASSWORD",
            "first line\nsecond: line\n\t- third & <fourth> {% raw %} ${BRACES}",
        ),
        ("prod", "REDIS_PASSWORD", "b7Qe2V0sX9kLr4Tn8Wm1Zp6Ya3Uc5Hd"),
        ("prod", "RABBITMQ_USER", "flaggerlink"),
        ("prod", "RABBITMQ_PASSWORD", "Jk5Rw8Nt2Bx7Gv4Ml9Qs1Cy6Fz3Pd0A"),
    ]
    .into_iter()
    .map(|(environment, key, value)| Secret::new(environment, key, value))
    .collect()
}
