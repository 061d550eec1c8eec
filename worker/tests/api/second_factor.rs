//! Codes of an app, recovery codes, and how whoever guesses is slowed down.

use ring::hmac;
use serde_json::{Value, json};

use crate::support::{Answer, As, FIRST, TestApp};

/// The code that an app shows, computed on its own from what the app was given.
pub(crate) fn shown(secret: &str, seconds: i64) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret
        .chars()
        .flat_map(|letter| {
            let number = letters.find(letter).unwrap() as u8;
            (0..5).rev().map(move |bit| number >> bit & 1)
        })
        .collect();
    let key: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |number, bit| number << 1 | bit)).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let hash = hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let hash = hash.as_ref();
    let offset = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

async fn prove(noc: &TestApp, who: &As, proof: Value) -> Answer {
    noc.ask(who, "POST", "/api/session/proof", &proof).await
}

/// Somebody with an app: their session, what the app was given, and their recovery codes.
async fn with_app(noc: &TestApp) -> (String, As, String, Vec<Value>) {
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let session = noc.session(&mary, FIRST, false).await;
    let begun = noc.ask(&session, "POST", "/api/second-factor/codes", &Value::Null).await.assert_status(201);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["otpauth_url"].as_str().unwrap().contains(&format!("secret={secret}&")));
    assert_eq!(secret.len(), 32);
    let path = "/api/second-factor/codes/confirm";
    let wrong = noc.ask(&session, "POST", path, &json!({ "code": "000000" })).await;
    wrong.assert_refused(422, "invalid_field", Some("code"));
    let code = json!({ "code": shown(&secret, noc.app.clock.now().seconds()) });
    let confirmed = noc.ask(&session, "POST", path, &code).await.assert_status(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    (mary, session, secret, codes)
}

#[tokio::test]
async fn codes_of_an_app_prove_the_second_factor_each_once() {
    let noc = TestApp::new();
    let (mary, session, secret, _) = with_app(&noc).await;
    let who = noc.ask(&session, "GET", "/api/session", &Value::Null).await.json();
    assert!(who["proven_until"].is_string(), "the first code proves it");
    let again = noc.ask(&session, "POST", "/api/second-factor/codes", &Value::Null).await;
    again.assert_refused(409, "codes_already", None);

    let other = noc.session(&mary, FIRST, false).await;
    let path = "/api/second-factor/codes";
    noc.ask(&other, "DELETE", path, &Value::Null).await.assert_refused(403, "second_factor_required", None);
    let used = json!({ "code": shown(&secret, noc.app.clock.now().seconds()) });
    prove(&noc, &other, used.clone()).await.assert_refused(422, "invalid_field", Some("code"));
    noc.skip(30_000);
    prove(&noc, &other, used).await.assert_refused(422, "invalid_field", Some("code"));
    let fresh = json!({ "code": shown(&secret, noc.app.clock.now().seconds()) });
    prove(&noc, &other, fresh.clone()).await.assert_status(200);
    prove(&noc, &other, fresh).await.assert_refused(422, "invalid_field", Some("code"));
    noc.ask(&other, "DELETE", path, &Value::Null).await.assert_status(204);
    noc.skip(60_000);
    let gone = json!({ "code": shown(&secret, noc.app.clock.now().seconds()) });
    prove(&noc, &other, gone).await.assert_refused(422, "invalid_field", Some("code"));
    for empty in [json!({}), json!({ "code": "1", "recovery_code": "2" })] {
        prove(&noc, &other, empty).await.assert_refused(422, "invalid_field", Some("passkey"));
    }
}

#[tokio::test]
async fn recovery_codes_prove_it_each_once_and_new_ones_take_their_place() {
    let noc = TestApp::new();
    let (mary, _, _, codes) = with_app(&noc).await;
    let left = async |session: &As| {
        let factor = noc.ask(session, "GET", "/api/second-factor", &Value::Null).await.assert_status(200);
        factor["recovery_codes_left"].clone()
    };
    let session = noc.session(&mary, FIRST, false).await;
    let path = "/api/second-factor/recovery";
    noc.ask(&session, "POST", path, &Value::Null).await.assert_refused(403, "second_factor_required", None);
    let typed = codes[0].as_str().unwrap().to_uppercase().replace('-', " ");
    prove(&noc, &session, json!({ "recovery_code": typed })).await.assert_status(200);
    assert_eq!(left(&session).await, 9);
    let again = prove(&noc, &session, json!({ "recovery_code": codes[0] })).await;
    again.assert_refused(422, "invalid_field", Some("recovery_code"));
    let renewed = noc.ask(&session, "POST", path, &Value::Null).await.assert_status(200);
    assert_eq!(left(&session).await, 10);
    let old = prove(&noc, &session, json!({ "recovery_code": codes[1] })).await;
    old.assert_refused(422, "invalid_field", Some("recovery_code"));
    let new = &renewed["recovery_codes"][0];
    // Nobody proves anything with the codes of others.
    let eve = noc.person("eve", FIRST, "", "owner").await;
    let of_eve = noc.session(&eve, FIRST, false).await;
    let others = prove(&noc, &of_eve, json!({ "recovery_code": new })).await;
    others.assert_refused(422, "invalid_field", Some("recovery_code"));
    prove(&noc, &session, json!({ "recovery_code": new })).await.assert_status(200);
}

#[tokio::test]
async fn the_database_has_nothing_that_proves_anything() {
    let noc = TestApp::new();
    let (_, _, secret, codes) = with_app(&noc).await;
    let mut kept = String::new();
    for table in ["code_apps", "recovery_codes", "audit_events", "sign_in_attempts", "used_once"] {
        kept.push_str(&format!("{:?}", noc.rows(&format!("SELECT * FROM {table}")).await));
    }
    kept.push_str(&noc.log.all());
    assert!(!kept.contains(&secret));
    for code in codes {
        let code = code.as_str().unwrap();
        assert!(!kept.contains(code) && !kept.contains(&code.replace('-', "")));
    }
}

#[tokio::test]
async fn whoever_guesses_is_slowed_more_and_more_and_nobody_is_locked_out() {
    let noc = TestApp::new();
    let (mary, _, secret, _) = with_app(&noc).await;
    let session = noc.session(&mary, FIRST, false).await;
    let guess = async || prove(&noc, &session, json!({ "code": "000000" })).await;
    let mut waits = Vec::new();
    for _ in 0..20 {
        let mut answer = guess().await;
        if answer.status == 429 {
            answer.assert_refused(429, "too_many_attempts", None);
            let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            waits.push(seconds);
            noc.skip(seconds * 1_000);
            answer = guess().await;
        }
        answer.assert_refused(422, "invalid_field", Some("code"));
    }
    assert!(waits.len() >= 16, "{waits:?}");
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert_eq!(waits.last(), Some(&901));
    // A right one too early is not looked at, and a right one in time begins anew.
    let right = |now: i64| json!({ "code": shown(&secret, now) });
    let early = prove(&noc, &session, right(noc.app.clock.now().seconds())).await;
    early.assert_refused(429, "too_many_attempts", None);
    noc.skip(901_000);
    prove(&noc, &session, right(noc.app.clock.now().seconds())).await.assert_status(200);
    for _ in 0..3 {
        guess().await.assert_refused(422, "invalid_field", Some("code"));
    }
    // Somebody else was not slowed.
    let eve = noc.person("eve", FIRST, "", "owner").await;
    let of_eve = noc.session(&eve, FIRST, false).await;
    let answer = prove(&noc, &of_eve, json!({ "code": "000000" })).await;
    answer.assert_refused(422, "invalid_field", Some("code"));
}

#[tokio::test]
async fn whoever_has_broken_the_glass_gets_no_further_way_in() {
    let credential = "fedcba9876543210fedcba9876543210";
    let noc = TestApp::with(noc_simulator::Settings::default(), |name, value| match name {
        "NOC_BREAK_GLASS_SHA256" => Some(noc_worker::keys::sha256_hex(credential.as_bytes())),
        _ => value,
    });
    let session = noc.sign_in("break-glass", &json!({ "credential": credential })).await;
    for (method, path) in [
        ("POST", "/api/passkeys/challenge"),
        ("POST", "/api/second-factor/codes"),
        ("POST", "/api/sign-in/oidc/oidc/link"),
    ] {
        noc.ask(&session, method, path, &Value::Null).await.assert_refused(403, "forbidden", None);
    }
    // Nor anything that would act for it after its hour.
    let token = json!({ "name": "for ever", "scopes": ["servers:read"], "days": 365 });
    noc.ask(&session, "POST", "/api/tokens", &token).await.assert_refused(403, "forbidden", None);
    let kept = noc.ask(&session, "PUT", "/api/tokens/rules/site", &crate::token_rules::rule()).await;
    kept.assert_refused(403, "forbidden", None);
}
