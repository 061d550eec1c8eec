//! Tokens of others: what is believed, and what is not, with signatures by real keys.

use noc_shared::time::Timestamp;
use noc_worker::jwt::{self, Expected, KeySet, Token};
use serde_json::{Value, json};

use crate::support::{Checked, Signer, TestApp, encode};

const NOW: i64 = 1_800_000_000;
const URL: &str = "http://issuer/keys";

fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://id.example",
        audience: "noc",
        asked_by_us: true,
        nonce: None,
        now: Timestamp::from_millis(NOW * 1_000),
    }
}

fn claims() -> Value {
    json!({ "iss": "https://id.example", "aud": "noc", "sub": "ada", "exp": NOW + 300, "iat": NOW })
}

async fn verify(token: &str, keys: &[Value]) -> Result<(), &'static str> {
    let keys = KeySet::read(&json!({ "keys": keys }));
    let token = Token::parse(token).map_err(|refused| refused.0)?;
    jwt::verify(&token, &keys, &Checked, &expected()).await.map(|_| ()).map_err(|refused| refused.0)
}

#[tokio::test]
async fn a_token_of_each_kind_of_key_is_believed() {
    for signer in [Signer::rsa(), Signer::p256(), Signer::ed25519()] {
        let token = signer.token("k", &claims());
        assert_eq!(verify(&token, &[signer.jwk("k")]).await, Ok(()), "{}", signer.algorithm());
    }
}

#[tokio::test]
async fn what_is_forged_or_not_meant_for_us_is_refused() {
    let (rsa, point, curve) = (Signer::rsa(), Signer::p256(), Signer::ed25519());
    let keys = [rsa.jwk("r"), point.jwk("p"), curve.jwk("c")];
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        rsa.token("r", &claims)
    };
    let header = |header: Value| rsa.token_with(&header.to_string(), &claims());
    let unsigned = |algorithm: &str| {
        let header = encode(json!({ "alg": algorithm, "kid": "r" }).to_string().as_bytes());
        format!("{header}.{}.", encode(claims().to_string().as_bytes()))
    };
    let by_the_public_key = {
        let signed = unsigned("HS256").trim_end_matches('.').to_owned();
        let code =
            noc_worker::keys::authenticate(keys[0]["n"].as_str().unwrap().as_bytes(), &[signed.as_bytes()]);
        format!("{signed}.{}", encode(&code))
    };
    let good = rsa.token("r", &claims());
    let parts: Vec<&str> = good.split('.').collect();
    let cases = [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("no signature", unsigned("RS256")),
        ("HS256 with the public key", by_the_public_key),
        ("a name of no key", rsa.token("x", &claims())),
        ("a key that is not published", Signer::ed25519().token("c", &claims())),
        ("the name of another's key", rsa.token("p", &claims())),
        ("a key of another kind", rsa.token_with(r#"{"alg":"ES256","kid":"r"}"#, &claims())),
        ("a key of another kind, named", rsa.token_with(r#"{"alg":"ES256","kid":"p"}"#, &claims())),
        ("a stronger algorithm that is none of ours", header(json!({ "alg": "RS512", "kid": "r" }))),
        ("no algorithm", header(json!({ "kid": "r" }))),
        ("a list of algorithms", header(json!({ "alg": ["RS256"], "kid": "r" }))),
        ("critical headers", header(json!({ "alg": "RS256", "kid": "r", "crit": ["exp"], "exp": 1 }))),
        ("a payload that is not encoded", header(json!({ "alg": "RS256", "kid": "r", "b64": false }))),
        ("an access token", header(json!({ "alg": "RS256", "kid": "r", "typ": "at+jwt" }))),
        ("a name of a key that is a number", header(json!({ "alg": "RS256", "kid": 1 }))),
        ("its own key", header(json!({ "alg": "EdDSA", "jwk": curve.jwk("mine") }))),
        ("algorithms twice", rsa.token_with(r#"{"alg":"none","alg":"RS256","kid":"r"}"#, &claims())),
        ("made in the future", with("iat", json!(NOW + 61))),
        ("expired", with("exp", json!(NOW - 60))),
        ("for another client", with("aud", json!("other"))),
        ("from another issuer", with("iss", json!("https://id.example.evil"))),
        ("four parts", format!("{good}.{}", parts[2])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("padding", format!("{good}=")),
        ("a space behind it", format!("{good} ")),
        ("nothing", String::new()),
        ("too long", format!("{}.{}.{}", parts[0], "A".repeat(20_000), parts[2])),
    ];
    assert_eq!(verify(&good, &keys).await, Ok(()));
    for (what, token) in cases {
        assert!(verify(&token, &keys).await.is_err(), "{what}");
    }
    let twice = format!(r#"{},"sub":"eve"}}"#, claims().to_string().trim_end_matches('}'));
    let signed = format!("{}.{}", parts[0], encode(twice.as_bytes()));
    let token = format!("{signed}.{}", encode(&rsa.sign(signed.as_bytes())));
    assert!(verify(&token, &keys).await.is_err(), "a subject that stands twice");
}

#[tokio::test]
async fn no_byte_of_a_token_can_be_changed() {
    let signer = Signer::ed25519();
    let keys = [signer.jwk("k")];
    let good = signer.token("k", &claims());
    assert_eq!(verify(&good, &keys).await, Ok(()));
    for place in 0..good.len() {
        for instead in ["A", "Z", "-", "9", ".", "=", "\u{7f}"] {
            let mut token = good.clone();
            token.replace_range(place..=place, instead);
            if token != good {
                assert!(verify(&token, &keys).await.is_err(), "byte {place} as {instead:?}");
            }
        }
    }
}

#[tokio::test]
async fn keys_are_remembered_and_asked_for_again_when_one_is_unknown_but_not_more_than_once_a_minute() {
    let noc = TestApp::new();
    let (old, new) = (Signer::ed25519(), Signer::p256());
    let believed = async |signer: &Signer, id: &str| {
        let mut claims = claims();
        let now = noc.app.clock.now();
        claims["exp"] = json!(now.seconds() + 300);
        let token = signer.token(id, &claims);
        jwt::verify_published(&noc.app, &token, URL, &Expected { now, ..expected() }).await.is_ok()
    };
    assert!(!believed(&old, "old").await, "the issuer does not answer");
    noc.publishes(URL, &json!({ "keys": [old.jwk("old")] }));
    assert!(!believed(&old, "old").await, "it was asked a moment ago");
    noc.skip(60_000);
    assert!(believed(&old, "old").await);
    assert!(believed(&old, "old").await);
    assert_eq!(noc.asked_of(URL), 2);

    // The keys are changed. Whoever sends many tokens with unknown keys does not have us ask more often.
    noc.publishes(URL, &json!({ "keys": [new.jwk("new"), old.jwk("old")] }));
    for _ in 0..10 {
        assert!(!believed(&new, "new").await);
    }
    assert_eq!(noc.asked_of(URL), 2);
    noc.skip(60_000);
    assert!(believed(&new, "new").await);
    assert!(believed(&old, "old").await);
    assert_eq!(noc.asked_of(URL), 3);

    // A key that is withdrawn is believed for an hour, and no longer.
    noc.publishes(URL, &json!({ "keys": [new.jwk("new")] }));
    noc.skip(59 * 60_000);
    assert!(believed(&old, "old").await);
    noc.skip(60_000);
    assert!(!believed(&old, "old").await);
    assert!(believed(&new, "new").await);
    assert_eq!(noc.asked_of(URL), 4);

    // An issuer that is away for a day is remembered, and then no more.
    noc.publishes_nothing(URL);
    noc.skip(23 * 3_600_000);
    assert!(believed(&new, "new").await);
    noc.skip(3_600_000);
    assert!(!believed(&new, "new").await);
}
