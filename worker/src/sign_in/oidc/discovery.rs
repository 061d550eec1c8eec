//! How an OpenID provider is spoken to.

use serde_json::Value;

use crate::config::is_issuer;

/// Where a provider publishes that.
pub(crate) fn url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// How a provider is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Discovered {
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) keys: String,
    pub(crate) userinfo: Option<String>,
    /// Whether our secret goes into the form, because the provider takes it nowhere else.
    pub(crate) secret_in_form: bool,
    /// Whether its answers say who they are from.
    pub(crate) names_itself: bool,
}

impl Discovered {
    /// Reads what a provider says of itself. One that calls itself otherwise than it is called here is not the one.
    pub(crate) fn read(document: &Value, issuer: &str) -> Result<Self, &'static str> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        if text("issuer") != Some(issuer) {
            return Err("it calls itself otherwise than it is called here");
        }
        let address = |name: &str| text(name).filter(|url| is_endpoint(url)).map(str::to_owned);
        let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let takes = |method: &str| methods.is_some_and(|methods| methods.iter().any(|one| one == method));
        Ok(Self {
            authorization: address("authorization_endpoint")
                .ok_or("it has no usable authorization_endpoint")?,
            token: address("token_endpoint").ok_or("it has no usable token_endpoint")?,
            keys: address("jwks_uri").ok_or("it has no usable jwks_uri")?,
            userinfo: address("userinfo_endpoint"),
            // What says nothing of it takes the header.
            secret_in_form: takes("client_secret_post") && !takes("client_secret_basic"),
            names_itself: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

/// Where an issuer publishes its keys, if the document is its own. Issuers of machines' tokens say nothing else.
pub(crate) fn keys_url(document: &Value, issuer: &str) -> Result<String, &'static str> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("issuer") != Some(issuer) {
        return Err("the issuer calls itself otherwise than it is called here");
    }
    let url = text("jwks_uri").filter(|url| is_endpoint(url));
    url.map(str::to_owned).ok_or("the issuer has no usable jwks_uri")
}

/// An address to which something is sent. It may have a query, as Entra's does.
fn is_endpoint(url: &str) -> bool {
    is_issuer(url.split('?').next().unwrap_or_default()) && !url.contains(['#', ' ', '\\'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_provider_is_believed_what_it_says_of_itself_if_it_is_the_one_and_over_tls() {
        let good = json!({
            "issuer": "https://id.example", "authorization_endpoint": "https://id.example/auth?p=1",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
            "userinfo_endpoint": "https://id.example/me",
        });
        let cases = [
            ("as it must be", json!({}), true),
            ("another issuer", json!({ "issuer": "https://id.example/" }), false),
            ("no issuer", json!({ "issuer": null }), false),
            ("a token endpoint without TLS", json!({ "token_endpoint": "http://id.example/token" }), false),
            ("no keys", json!({ "jwks_uri": null }), false),
            ("keys in a file", json!({ "jwks_uri": "file:///etc/passwd" }), false),
            ("no authorization endpoint", json!({ "authorization_endpoint": 7 }), false),
            ("no userinfo", json!({ "userinfo_endpoint": null }), true),
        ];
        for (what, instead, expected) in cases {
            let mut document = good.clone();
            for (name, value) in instead.as_object().unwrap() {
                document[name] = value.clone();
            }
            assert_eq!(Discovered::read(&document, "https://id.example").is_ok(), expected, "{what}");
        }
    }

    #[test]
    fn the_secret_goes_into_the_form_only_where_nothing_else_is_taken() {
        for (methods, expected) in [
            (json!(null), false),
            (json!(["client_secret_basic", "client_secret_post"]), false),
            (json!(["client_secret_post"]), true),
        ] {
            let document = json!({
                "issuer": "https://i", "authorization_endpoint": "https://i/a", "token_endpoint": "https://i/t",
                "jwks_uri": "https://i/k", "token_endpoint_auth_methods_supported": methods,
            });
            assert_eq!(
                Discovered::read(&document, "https://i").unwrap().secret_in_form,
                expected,
                "{methods}"
            );
        }
    }
}
