//! Who says who somebody is.

use serde::Deserialize;

use super::Secret;

/// An OpenID provider.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Names it in paths.
    pub id: String,
    /// What people know it by.
    pub name: String,
    /// Its issuer, exactly as it says it.
    pub issuer: String,
    /// What it knows us by.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
}

/// Cloudflare Access in front of this NOC.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// The address of the team, which signs.
    pub issuer: String,
    /// The tag of the application.
    pub audience: String,
}

/// Who says who somebody is.
#[derive(Clone, Debug, Default)]
pub struct IdentityConfig {
    /// The OpenID providers.
    pub oidc: Vec<OidcProvider>,
    /// Cloudflare Access, if it stands before this NOC.
    pub access: Option<AccessConfig>,
    /// The names of the settings that cannot be used.
    pub unusable: Vec<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret: String,
}

impl IdentityConfig {
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut read = Self::default();
        if let Some(issuer) = get("NOC_OIDC_ISSUER") {
            read.take(
                "NOC_OIDC_ISSUER",
                Listed {
                    id: "oidc".to_owned(),
                    name: get("NOC_OIDC_NAME").unwrap_or_else(|| "single sign-on".to_owned()),
                    issuer,
                    client_id: get("NOC_OIDC_CLIENT_ID").unwrap_or_default(),
                    client_secret: get("NOC_OIDC_CLIENT_SECRET").unwrap_or_default(),
                },
            );
        }
        if let Some(list) = get("NOC_OIDC_PROVIDERS") {
            match crate::json::read::<Vec<Listed>>(&list) {
                Ok(list) => list.into_iter().for_each(|one| read.take("NOC_OIDC_PROVIDERS", one)),
                Err(_) => read.unusable.push("NOC_OIDC_PROVIDERS"),
            }
        }
        if let Some(team) = get("NOC_ACCESS_TEAM") {
            let is_label = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            // A test serves the keys of a team on its own machine.
            let issuer = if is_label(&team) {
                Some(format!("https://{team}.cloudflareaccess.com"))
            } else {
                Some(team).filter(|team| is_loopback(team))
            };
            match (issuer, get("NOC_ACCESS_AUDIENCE")) {
                (Some(issuer), Some(audience)) => read.access = Some(AccessConfig { issuer, audience }),
                (None, _) => read.unusable.push("NOC_ACCESS_TEAM"),
                (_, None) => read.unusable.push("NOC_ACCESS_AUDIENCE"),
            }
        }
        read
    }

    fn take(&mut self, setting: &'static str, one: Listed) {
        let Listed { id, name, issuer, client_id, client_secret } = one;
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_id = (1..=40).contains(&id.len()) && id.bytes().all(is_part);
        let is_new = self.oidc.iter().all(|other| other.id != id && other.issuer != issuer);
        if !is_id || !is_new || !is_issuer(&issuer) || client_id.is_empty() || client_secret.is_empty() {
            self.unusable.push(setting);
            return;
        }
        let client_secret = Secret::new(client_secret);
        self.oidc.push(OidcProvider { id, name, issuer, client_id, client_secret });
    }
}

/// Whether an address can be an issuer's: over TLS, with nothing behind the path. What is on this very machine may do
/// without TLS: nobody is between.
pub fn is_issuer(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return is_loopback(url) };
    let host = rest.split('/').next().unwrap_or_default();
    url.len() <= 500
        && host.contains(|character: char| character.is_ascii_alphanumeric())
        && !url.contains(|character: char| {
            !character.is_ascii_graphic() || matches!(character, '?' | '#' | '@' | '\\')
        })
}

fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost") && !url.contains(['?', '#', '@', '\\', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> IdentityConfig {
        IdentityConfig::read(|asked| {
            settings.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_provider_is_taken_if_it_is_whole_and_each_name_is_there_once() {
        let one = |issuer| {
            [
                ("NOC_OIDC_ISSUER", issuer),
                ("NOC_OIDC_CLIENT_ID", "noc"),
                ("NOC_OIDC_CLIENT_SECRET", "very secret"),
            ]
        };
        let taken = read(&one("https://id.example.com/realms/noc"));
        assert_eq!((taken.oidc.len(), taken.unusable.len()), (1, 0));
        assert_eq!((taken.oidc[0].id.as_str(), taken.oidc[0].name.as_str()), ("oidc", "single sign-on"));
        assert!(!format!("{taken:?}").contains("very secret"));
        for refused in ["http://id.example.com", "https://", "https://id.example.com?x", "https://a@b", "id"]
        {
            assert_eq!(read(&one(refused)).unusable, ["NOC_OIDC_ISSUER"], "{refused}");
        }
        assert_eq!(read(&one("https://id.example.com")[..2]).unusable, ["NOC_OIDC_ISSUER"]);
        let listed = |id: &str| {
            format!(
                r#"{{"id":"{id}","name":"n","issuer":"https://{id}.example","client_id":"c","client_secret":"s"}}"#
            )
        };
        let list = format!("[{},{}]", listed("a"), listed("b"));
        assert_eq!(read(&[("NOC_OIDC_PROVIDERS", &list)]).oidc.len(), 2);
        for list in
            [format!("[{},{}]", listed("a"), listed("a")), listed("a"), format!("[{}]", listed("A/b"))]
        {
            assert_eq!(read(&[("NOC_OIDC_PROVIDERS", &list)]).unusable, ["NOC_OIDC_PROVIDERS"], "{list}");
        }
    }

    #[test]
    fn access_is_a_team_and_an_audience() {
        let cases = [
            ("acme", Some("tag"), Some("https://acme.cloudflareaccess.com"), vec![]),
            ("acme", None, None, vec!["NOC_ACCESS_AUDIENCE"]),
            ("evil.example/x", Some("tag"), None, vec!["NOC_ACCESS_TEAM"]),
            ("https://evil.example", Some("tag"), None, vec!["NOC_ACCESS_TEAM"]),
            ("http://127.0.0.1:9", Some("tag"), Some("http://127.0.0.1:9"), vec![]),
            ("http://127.0.0.1.evil", Some("tag"), None, vec!["NOC_ACCESS_TEAM"]),
        ];
        for (team, audience, issuer, unusable) in cases {
            let mut settings = vec![("NOC_ACCESS_TEAM", team)];
            settings.extend(audience.map(|audience| ("NOC_ACCESS_AUDIENCE", audience)));
            let taken = read(&settings);
            assert_eq!(taken.access.map(|access| access.issuer).as_deref(), issuer, "{team}");
            assert_eq!(taken.unusable, unusable, "{team}");
        }
    }
}
