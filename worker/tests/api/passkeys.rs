//! Passkeys: made, used to sign in, used to prove the second factor, and refused when anything about them is wrong.

use serde_json::{Value, json};

use crate::support::{As, Authenticator, FIRST, Signer, TestApp, encode};

pub(crate) async fn made(noc: &TestApp, session: &As, key: &Authenticator) -> Value {
    let options = noc.ask(session, "POST", "/api/passkeys/challenge", &Value::Null).await.assert_status(200);
    let body = key.make(&options, "my key");
    noc.ask(session, "POST", "/api/passkeys", &body).await.assert_status(201)
}

async fn asked(noc: &TestApp) -> Value {
    noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey/challenge", &Value::Null).await.assert_status(200)
}

#[tokio::test]
async fn a_passkey_of_each_kind_signs_in_and_proves_the_second_factor() {
    for signer in [Signer::ed25519(), Signer::p256(), Signer::rsa()] {
        let noc = TestApp::new();
        let mary = noc.person("mary", FIRST, "", "owner").await;
        let session = noc.session(&mary, FIRST, false).await;
        let mut key = Authenticator::new(signer);
        let shown = made(&noc, &session, &key).await;
        assert_eq!((&shown["name"], &shown["host"]), (&json!("my key"), &json!("noc.test")));

        key.uses = 1;
        let signed_in = noc.sign_in("passkey", &key.answer(&asked(&noc).await)).await;
        let who = noc.ask(&signed_in, "GET", "/api/session", &Value::Null).await.assert_status(200);
        assert_eq!((&who["email"], &who["session"]["method"]), (&json!("mary@noc.test"), &json!("passkey")));
        assert!(who["proven_until"].is_string());
        let factor = noc.ask(&signed_in, "GET", "/api/second-factor", &Value::Null).await.assert_status(200);
        assert_eq!(factor, json!({ "passkeys": 1, "has_codes": false, "recovery_codes_left": 0 }));

        // Ten minutes later it is asked for again.
        noc.skip(600_000);
        let path = format!("/api/passkeys/{}", shown["id"].as_str().unwrap());
        let refused = noc.ask(&signed_in, "DELETE", &path, &Value::Null).await;
        refused.assert_refused(403, "second_factor_required", None);
        let options = noc
            .ask(&signed_in, "POST", "/api/session/proof/challenge", &Value::Null)
            .await
            .assert_status(200);
        assert_eq!(options["allow"], json!([key.credential_id()]));
        key.uses = 2;
        let proof = json!({ "passkey": key.answer(&options) });
        noc.ask(&signed_in, "POST", "/api/session/proof", &proof).await.assert_status(200);
        noc.ask(&signed_in, "DELETE", &path, &Value::Null).await.assert_status(204);
        key.uses = 3;
        let body = key.answer(&asked(&noc).await);
        noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey", &body).await.assert_refused(
            401,
            "unauthorized",
            None,
        );
        let actions: Vec<Value> = noc.get("/api/audit").await.json()["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["action"].clone())
            .collect();
        assert_eq!(actions, ["passkeys.delete", "sessions.prove", "sessions.begin", "passkeys.make"]);
    }
}

#[tokio::test]
async fn an_answer_of_a_passkey_that_is_not_as_it_must_be_signs_nobody_in() {
    let noc = TestApp::new();
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let session = noc.session(&mary, FIRST, false).await;
    let mut key = Authenticator::new(Signer::p256());
    made(&noc, &session, &key).await;
    let options = asked(&noc).await;
    let elsewhere = json!({ "challenge": options["challenge"], "rp_id": "evil.test" });
    let of_session =
        noc.ask(&session, "POST", "/api/session/proof/challenge", &Value::Null).await.assert_status(200);
    let forged = json!({ "challenge": encode(&[7; 56]), "rp_id": "noc.test" });
    let changed = |field: &str| {
        let mut body = key.answer(&options);
        let text = body[field].as_str().unwrap().to_owned();
        let instead = if text.ends_with('A') { "Q" } else { "A" };
        body[field] = json!(format!("{}{instead}", &text[..text.len() - 1]));
        body
    };
    let mut cases = vec![
        ("another challenge", key.answer(&forged)),
        ("a challenge for something else", key.answer(&of_session)),
        ("another site", key.answer(&elsewhere)),
        ("another signature", changed("signature")),
        ("other data", changed("authenticator_data")),
        ("other words", changed("client_data_json")),
        ("another name", changed("credential_id")),
        ("no signature", {
            let mut body = key.answer(&options);
            body["signature"] = json!("");
            body
        }),
    ];
    for (what, flags, origin) in [
        ("nobody there", 0x04, "https://noc.test"),
        ("nobody who has shown who they are", 0x01, "https://noc.test"),
        ("a copy of what cannot be copied", 0x15, "https://noc.test"),
        ("another page", 0x05, "https://evil.test"),
        ("without TLS", 0x05, "http://noc.test"),
    ] {
        (key.flags, key.origin) = (flags, origin.to_owned());
        cases.push((what, key.answer(&options)));
    }
    (key.flags, key.origin) = (0x05, "https://noc.test".to_owned());
    for (what, body) in cases {
        let answer = noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey", &body).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
    }
    // The right one works, once.
    let right = key.answer(&options);
    noc.sign_in("passkey", &right).await;
    noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey", &right).await.assert_refused(
        409,
        "changed_meanwhile",
        None,
    );
    // And not later than five minutes after it was asked for.
    let options = asked(&noc).await;
    noc.skip(300_000);
    let late = noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey", &key.answer(&options)).await;
    late.assert_refused(401, "unauthorized", None);
    // A count that goes back shows that somebody has a copy.
    key.uses = 7;
    noc.sign_in("passkey", &key.answer(&asked(&noc).await)).await;
    let body = key.answer(&asked(&noc).await);
    noc.ask(&As::Nobody, "POST", "/api/sign-in/passkey", &body).await.assert_refused(
        401,
        "unauthorized",
        None,
    );
}

#[tokio::test]
async fn a_passkey_is_made_in_the_session_that_asked_for_it_and_proves_nothing_for_others() {
    let noc = TestApp::new();
    let (mary, eve) =
        (noc.person("mary", FIRST, "", "owner").await, noc.person("eve", FIRST, "", "owner").await);
    let (of_mary, of_eve) = (noc.session(&mary, FIRST, false).await, noc.session(&eve, FIRST, false).await);
    let (key, other) = (Authenticator::new(Signer::p256()), Authenticator::new(Signer::ed25519()));
    let options = noc.ask(&of_mary, "POST", "/api/passkeys/challenge", &Value::Null).await.assert_status(200);
    let body = key.make(&options, "stolen");
    let refused = noc.ask(&of_eve, "POST", "/api/passkeys", &body).await;
    refused.assert_refused(422, "invalid_field", Some("attestation_object"));
    for name in ["", "a\nb", &"n".repeat(61)] {
        let refused = noc.ask(&of_mary, "POST", "/api/passkeys", &key.make(&options, name)).await;
        refused.assert_refused(422, "invalid_field", Some("name"));
    }
    noc.ask(&of_mary, "POST", "/api/passkeys", &body).await.assert_status(201);
    noc.ask(&of_mary, "POST", "/api/passkeys", &body).await.assert_refused(409, "passkey_known", None);
    made(&noc, &of_eve, &other).await;

    // Who has a second factor proves it before there is another.
    noc.skip(600_000);
    let refused = noc.ask(&of_mary, "POST", "/api/passkeys/challenge", &Value::Null).await;
    refused.assert_refused(403, "second_factor_required", None);
    let options =
        noc.ask(&of_mary, "POST", "/api/session/proof/challenge", &Value::Null).await.assert_status(200);
    let proof = json!({ "passkey": other.answer(&options) });
    let refused = noc.ask(&of_mary, "POST", "/api/session/proof", &proof).await;
    refused.assert_refused(422, "invalid_field", Some("passkey"));
    let proof = json!({ "passkey": key.answer(&options) });
    noc.ask(&of_mary, "POST", "/api/session/proof", &proof).await.assert_status(200);
    // Nobody sees or deletes the passkeys of others.
    let theirs = noc.ask(&of_mary, "GET", "/api/passkeys", &Value::Null).await.assert_status(200);
    let path = format!("/api/passkeys/{}", theirs["passkeys"][0]["id"].as_str().unwrap());
    let of_eve = noc.session(&eve, FIRST, true).await;
    noc.ask(&of_eve, "DELETE", &path, &Value::Null).await.assert_refused(404, "not_found", None);
}
