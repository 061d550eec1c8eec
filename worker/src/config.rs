//! What the environment says, read once.

mod identity;

pub use identity::{AccessConfig, IdentityConfig, OidcProvider, is_issuer};

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A value that must not be seen: it cannot be printed and cannot be serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value out of sight.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value. Whoever calls this sends it to the one place that it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// The key that all others are derived from.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Reads the key from base64; `None` if it is not one of 32 bytes.
    fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The bytes, for derivation.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// How to reach DigitalOcean.
#[derive(Clone, Debug)]
pub struct DigitalOceanConfig {
    /// What stands before `/droplets`.
    pub url: String,
    /// The API token.
    pub token: Secret,
}

/// How to reach Cloudflare's DNS.
#[derive(Clone, Debug)]
pub struct CloudflareConfig {
    /// What stands before `/zones`.
    pub url: String,
    /// The API token.
    pub token: Secret,
    /// The zone that the domains are in.
    pub zone_id: String,
}

/// How to reach Infisical.
#[derive(Clone, Debug)]
pub struct InfisicalConfig {
    /// What stands before `/v1` and `/v4`.
    pub url: String,
    /// The machine identity.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The project that has the secrets.
    pub project_id: String,
}

/// All that is needed to deploy.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The machines.
    pub digitalocean: DigitalOceanConfig,
    /// The domains.
    pub cloudflare: CloudflareConfig,
    /// The applications' secrets.
    pub infisical: InfisicalConfig,
    /// The key that all others are derived from.
    pub master_key: MasterKey,
}

impl Platform {
    /// Everything that a provider might repeat in an answer and that nobody must read there.
    pub fn secrets(&self) -> [&Secret; 3] {
        [&self.digitalocean.token, &self.cloudflare.token, &self.infisical.client_secret]
    }
}

/// Where the signed heads of the audit go.
#[derive(Clone, Debug)]
pub struct AuditWebhook {
    /// The address, over TLS.
    pub url: String,
    /// What is sent as `Authorization: Bearer`, if anything.
    pub token: Option<Secret>,
}

/// What the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// All that is needed to deploy, or the names of the settings that are missing or cannot be used.
    pub platform: Result<Platform, Vec<&'static str>>,
    /// Where machines reach this Worker; the address of the request that deploys them when absent.
    pub public_url: Option<String>,
    /// Pages of other origins that may ask with a token, each as `https://host`.
    pub allowed_origins: Vec<String>,
    /// Who says who somebody is.
    pub identity: IdentityConfig,
    /// Who takes the signed heads of the audit.
    pub audit_webhook: Option<AuditWebhook>,
    /// What makes the first owner, once.
    pub bootstrap_token: Option<Secret>,
    /// The SHA-256 of the sealed credential, in lower-case hexadecimal digits.
    pub break_glass_sha256: Option<Secret>,
    /// The names of the settings that are there and cannot be used. NOC runs without them, and without what they are for.
    pub unusable: Vec<&'static str>,
}

impl Config {
    /// Reads the environment: `get` gives a variable or a secret by its name.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut missing = Vec::new();
        let get =
            |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut need = |name: &'static str| {
            get(name).unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        let cloudflare_token = Secret::new(need("CLOUDFLARE_API_TOKEN"));
        let zone_id = need("CLOUDFLARE_ZONE_ID");
        let digitalocean_token = Secret::new(need("DIGITALOCEAN_TOKEN"));
        let client_id = need("INFISICAL_CLIENT_ID");
        let client_secret = Secret::new(need("INFISICAL_CLIENT_SECRET"));
        let project_id = need("INFISICAL_PROJECT_ID");
        let master_key = get("NOC_MASTER_KEY").as_deref().and_then(MasterKey::parse);
        if master_key.is_none() {
            missing.push("NOC_MASTER_KEY");
        }
        let mut address = |name: &'static str, usual: &str, path: Path| match base_url(get(name), usual, path)
        {
            Some(url) => url,
            None => {
                missing.push(name);
                String::new()
            }
        };
        let digitalocean_url =
            address("DIGITALOCEAN_API_URL", "https://api.digitalocean.com/v2", Path::EndsWith("/v2"));
        let cloudflare_url =
            address("CLOUDFLARE_API_URL", "https://api.cloudflare.com/client/v4", Path::Usual("/client/v4"));
        let infisical_url =
            address("INFISICAL_API_URL", "https://app.infisical.com/api", Path::EndsWith("/api"));
        let platform = match master_key {
            Some(master_key) if missing.is_empty() => Ok(Platform {
                digitalocean: DigitalOceanConfig { url: digitalocean_url, token: digitalocean_token },
                cloudflare: CloudflareConfig { url: cloudflare_url, token: cloudflare_token, zone_id },
                infisical: InfisicalConfig { url: infisical_url, client_id, client_secret, project_id },
                master_key,
            }),
            _ => Err(missing),
        };
        let mut unusable = Vec::new();
        let mut usable = |name: &'static str, is_usable: fn(&str) -> bool| {
            let value = get(name)?;
            if !is_usable(&value) {
                unusable.push(name);
            }
            is_usable(&value).then_some(value)
        };
        let public_url = usable("NOC_PUBLIC_URL", |url| host(url).is_some());
        let audit_webhook = usable("NOC_AUDIT_WEBHOOK", identity::is_issuer);
        let bootstrap_token = usable("NOC_BOOTSTRAP_TOKEN", |token| token.len() >= SHORTEST_TOKEN);
        let break_glass = usable("NOC_BREAK_GLASS_SHA256", is_sha256);
        // One that is none allows nobody, `*` least of all; the others are no less what they are.
        usable("NOC_ALLOWED_ORIGINS", |text| listed(text).all(is_origin));
        let origins = get("NOC_ALLOWED_ORIGINS").unwrap_or_default();
        let identity = IdentityConfig::read(get);
        unusable.extend(&identity.unusable);
        Self {
            platform,
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            audit_webhook: audit_webhook
                .map(|url| AuditWebhook { url, token: get("NOC_AUDIT_WEBHOOK_TOKEN").map(Secret::new) }),
            allowed_origins: listed(&origins).filter(|one| is_origin(one)).map(str::to_owned).collect(),
            identity,
            bootstrap_token: bootstrap_token.map(Secret::new),
            break_glass_sha256: break_glass.map(|digest| Secret::new(digest.to_lowercase())),
            unusable,
        }
    }

    /// The names of the settings that are missing or cannot be used.
    pub fn missing(&self) -> &[&'static str] {
        self.platform.as_ref().err().map_or(&[], Vec::as_slice)
    }
}

/// What a list with commas has.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

/// Whether a page can come from there.
fn is_origin(origin: &str) -> bool {
    host(origin).is_some_and(|host| !host.contains(['/', '*']))
}

fn is_sha256(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What stands behind the scheme of an address, if it is one that paths can be put behind.
fn host(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    (!host.is_empty() && !host.starts_with('/') && !url.contains(['?', '#', ' ', '@'])).then_some(host)
}

/// 32 characters of hexadecimal digits are 128 bits, which nobody guesses. A shorter bootstrap token is as good as none.
const SHORTEST_TOKEN: usize = 32;

/// What the path of a base URL must be.
enum Path {
    /// It ends so; what does not gets it put behind.
    EndsWith(&'static str),
    /// It is this one if none is given; any other one is taken as it is.
    Usual(&'static str),
}

/// The base URL of a provider: what was configured, path included. People copy such URLs with and without their last
/// part, so that what every path of the provider has in common is put behind when it is not there.
fn base_url(configured: Option<String>, usual: &str, path: Path) -> Option<String> {
    let Some(configured) = configured else { return Some(usual.to_owned()) };
    let url = configured.trim_end_matches('/');
    let host = host(url)?;
    Some(match path {
        Path::EndsWith(end) if !url.ends_with(end) => format!("{url}{end}"),
        Path::Usual(usual) if !host.contains('/') => format!("{url}{usual}"),
        _ => url.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(name: &str) -> Option<String> {
        Some(match name {
            "NOC_MASTER_KEY" => STANDARD.encode([7; 32]),
            name if name.ends_with("_URL") => return None,
            name => format!("value-of-{name}"),
        })
    }

    #[test]
    fn a_complete_environment_is_taken_and_a_missing_setting_is_named() {
        assert!(Config::read(complete).platform.is_ok());
        for name in [
            "CLOUDFLARE_API_TOKEN",
            "CLOUDFLARE_ZONE_ID",
            "DIGITALOCEAN_TOKEN",
            "INFISICAL_CLIENT_ID",
            "INFISICAL_CLIENT_SECRET",
            "INFISICAL_PROJECT_ID",
            "NOC_MASTER_KEY",
        ] {
            for instead in [None, Some(String::new()), Some("  ".to_owned())] {
                let config =
                    Config::read(|asked| if asked == name { instead.clone() } else { complete(asked) });
                assert_eq!(config.missing(), [name]);
            }
        }
        assert_eq!(Config::read(|_| None).missing().len(), 7);
    }

    #[test]
    fn a_master_key_is_32_bytes_of_base64() {
        for (key, expected) in [
            (STANDARD.encode([1; 32]), true),
            (STANDARD.encode([1; 31]), false),
            ("not base64!".into(), false),
        ] {
            let config =
                Config::read(
                    |name| if name == "NOC_MASTER_KEY" { Some(key.clone()) } else { complete(name) },
                );
            assert_eq!(config.platform.is_ok(), expected, "{key}");
        }
    }

    #[test]
    fn a_base_url_is_taken_with_its_path_and_completed_when_it_lacks_the_common_part() {
        let cases = [
            ("DIGITALOCEAN_API_URL", "", "https://api.digitalocean.com/v2"),
            ("DIGITALOCEAN_API_URL", "http://127.0.0.1:1/do/v2", "http://127.0.0.1:1/do/v2"),
            ("DIGITALOCEAN_API_URL", "http://127.0.0.1:1/do/v2/", "http://127.0.0.1:1/do/v2"),
            ("DIGITALOCEAN_API_URL", "http://127.0.0.1:1/do", "http://127.0.0.1:1/do/v2"),
            ("CLOUDFLARE_API_URL", "http://127.0.0.1:1", "http://127.0.0.1:1/client/v4"),
            ("CLOUDFLARE_API_URL", "http://127.0.0.1:1/cf", "http://127.0.0.1:1/cf"),
            ("CLOUDFLARE_API_URL", "http://127.0.0.1:1/cf/client/v4", "http://127.0.0.1:1/cf/client/v4"),
            ("INFISICAL_API_URL", "https://secrets.example", "https://secrets.example/api"),
            ("INFISICAL_API_URL", "https://secrets.example/api", "https://secrets.example/api"),
        ];
        for (name, given, expected) in cases {
            let config =
                Config::read(|asked| if asked == name { Some(given.to_owned()) } else { complete(asked) });
            let platform = config.platform.unwrap();
            let actual = match name {
                "DIGITALOCEAN_API_URL" => platform.digitalocean.url,
                "CLOUDFLARE_API_URL" => platform.cloudflare.url,
                _ => platform.infisical.url,
            };
            assert_eq!(actual, expected, "{name}={given}");
        }
        for refused in ["ftp://x", "https://", "http://user:password@host/", "nonsense"] {
            let config = Config::read(|asked| {
                if asked == "CLOUDFLARE_API_URL" { Some(refused.to_owned()) } else { complete(asked) }
            });
            assert_eq!(config.missing(), ["CLOUDFLARE_API_URL"], "{refused}");
        }
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_and_left_out() {
        let cases = [
            ("NOC_PUBLIC_URL", "https://noc.example.com/", "noc.example.com"),
            ("NOC_AUDIT_WEBHOOK", "https://archive.example.com/heads", "http://archive.example.com/heads"),
            ("NOC_BOOTSTRAP_TOKEN", "0123456789abcdef0123456789abcdef", "0123456789abcdef"),
            ("NOC_BREAK_GLASS_SHA256", &"Ab".repeat(32), &"ab".repeat(31)),
            ("NOC_BREAK_GLASS_SHA256", &"ab".repeat(32), &"ab".repeat(31).replace('b', "g")),
            ("NOC_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080,", "*, a.example"),
            ("NOC_ALLOWED_ORIGINS", "https://a.example", "https://a.example/path"),
            ("NOC_OIDC_PROVIDERS", "[]", "{}"),
        ];
        for (name, taken, refused) in cases {
            let read = |value: &str| {
                Config::read(|asked| match asked {
                    _ if asked == name => Some(value.to_owned()),
                    "NOC_MASTER_KEY" => complete(asked),
                    _ => complete(asked).filter(|_| !asked.starts_with("NOC_")),
                })
            };
            let told = |config: &Config| {
                let there = [
                    config.public_url.is_some(),
                    config.audit_webhook.is_some(),
                    config.bootstrap_token.is_some(),
                    config.break_glass_sha256.is_some(),
                    !config.allowed_origins.is_empty(),
                ];
                there.into_iter().filter(|is| *is).count()
            };
            let (good, bad) = (read(taken), read(refused));
            assert_eq!((good.unusable.len(), bad.unusable.as_slice()), (0, &[name][..]), "{name}={refused}");
            assert_eq!((told(&good), told(&bad)), (usize::from(!name.contains("OIDC")), 0), "{name}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let config = Config::read(complete);
        assert!(!format!("{config:?}").contains("value-of-DIGITALOCEAN_TOKEN"));
        assert!(!format!("{config:?}").contains("value-of-INFISICAL_CLIENT_SECRET"));
    }
}
