//! Machines exchange a token of their own issuer for one of NOC's.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Answer, As, FIRST, OTHER, Signer, TestApp};

const ISSUER: &str = "https://ci.test";

pub(crate) fn rule() -> Value {
    json!({
        "issuer": ISSUER, "audience": "noc", "claims": { "repository": "acme/site", "sub": "repo:acme/site:*" },
        "scopes": ["servers:read", "servers:deploy"],
    })
}

struct Ci<'a> {
    noc: &'a TestApp,
    signer: Signer,
}

impl<'a> Ci<'a> {
    fn new(noc: &'a TestApp) -> Self {
        Self::signing(noc, Signer::rsa())
    }

    fn signing(noc: &'a TestApp, signer: Signer) -> Self {
        // Such an issuer says of itself only where its keys are.
        let itself = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys") });
        noc.publishes(&format!("{ISSUER}/.well-known/openid-configuration"), &itself);
        noc.publishes(&format!("{ISSUER}/keys"), &json!({ "keys": [signer.jwk("k")] }));
        Self { noc, signer }
    }

    fn claims(&self) -> Value {
        let now = self.noc.app.clock.now().seconds();
        json!({ "iss": ISSUER, "aud": "noc", "sub": "repo:acme/site:ref:refs/heads/main", "exp": now + 300,
            "iat": now, "repository": "acme/site", "jti": self.noc.app.random.identifier() })
    }

    async fn exchange(&self, claims: &Value) -> Answer {
        self.give_in(&json!({ "token": self.signer.token("k", claims) })).await
    }

    async fn give_in(&self, body: &Value) -> Answer {
        self.noc.ask(&As::Nobody, "POST", "/api/tokens/exchange", body).await
    }
}

async fn keep(noc: &TestApp, who: &As, name: &str, rule: &Value) -> Answer {
    noc.ask(who, "PUT", &format!("/api/tokens/rules/{name}"), rule).await
}

#[tokio::test]
async fn a_machine_whose_token_fulfils_a_rule_gets_one_of_nocs_for_a_quarter_of_an_hour() {
    let noc = TestApp::new();
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let session = noc.session(&mary, FIRST, true).await;
    let ci = Ci::new(&noc);
    ci.exchange(&ci.claims()).await.assert_refused(401, "unauthorized", None);
    assert_eq!(noc.asked_of(&format!("{ISSUER}/keys")), 0, "an issuer that no rule names is not asked");
    let kept = keep(&noc, &session, "site", &rule()).await.assert_status(200);
    assert_eq!((&kept["name"], &kept["created_by"]), (&json!("site"), &json!("mary@noc.test")));

    let given = ci.exchange(&ci.claims()).await.assert_status(201);
    assert_eq!(given["scopes"], json!(["servers:deploy", "servers:read"]));
    let token = As::Token(given["token"].as_str().unwrap().to_owned());
    noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_status(200);
    noc.ask(&token, "GET", "/api/audit", &Value::Null).await.assert_refused(403, "forbidden", None);
    let events = noc.get("/api/audit?action=tokens.exchange").await.json()["events"].clone();
    assert_eq!(events[0]["after"]["subject"], "repo:acme/site:ref:refs/heads/main");
    assert_eq!(events[0]["after"]["rule"], "site");
    noc.skip(900_000);
    noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_refused(401, "unauthorized", None);

    // One is not taken twice, and what is not fulfilled gives nothing.
    let once = json!({ "token": ci.signer.token("k", &ci.claims()) });
    ci.give_in(&once).await.assert_status(201);
    ci.give_in(&once).await.assert_refused(409, "changed_meanwhile", None);
    for (name, value) in [
        ("repository", json!("acme/other")),
        ("repository", json!(["acme/site"])),
        ("sub", json!("repo:acme/site-evil:x")),
        ("aud", json!("other")),
        ("iss", json!("https://other.test")),
        ("exp", json!(1)),
    ] {
        let mut claims = ci.claims();
        claims[name] = value;
        ci.exchange(&claims).await.assert_refused(401, "unauthorized", None);
        noc.skip(3_700_000);
    }
    let forged = json!({ "token": Signer::p256().token("k", &ci.claims()) });
    ci.give_in(&forged).await.assert_refused(401, "unauthorized", None);

    // What the maker may not do any more, the machine may not either.
    let given = ci.exchange(&ci.claims()).await.assert_status(201);
    let token = As::Token(given["token"].as_str().unwrap().to_owned());
    noc.in_the_database(&format!("UPDATE members SET role = 'viewer' WHERE user_id = '{mary}'")).await;
    let deploy = crate::support::deploy_body("alpha");
    noc.ask(&token, "POST", "/api/deploy", &deploy).await.assert_refused(403, "forbidden", None);
}

#[tokio::test]
async fn a_rule_gives_nothing_sensitive_and_wants_something_that_tells_who_it_is() {
    let noc = TestApp::new();
    let session = noc.session("prn_000000000000000000000001", FIRST, true).await;
    for (field, value) in [
        ("issuer", json!("http://ci.test")),
        ("issuer", json!("https://ci.test?x")),
        ("audience", json!("")),
        ("claims", json!({})),
        ("claims", json!({ "sub": "*" })),
        ("claims", json!({ "repository": "acme*" })),
        ("scopes", json!([])),
        ("scopes", json!(["servers:destroy"])),
        ("projects", json!(["nowhere"])),
    ] {
        let mut body = rule();
        body[field] = value;
        let answer = keep(&noc, &session, "site", &body).await;
        answer.assert_refused(422, "invalid_field", Some(field));
    }
    let by_token = noc.put("/api/tokens/rules/site", &rule()).await;
    by_token.assert_refused(403, "forbidden", None);
    let viewer = noc.person("viewer", FIRST, "", "viewer").await;
    let viewer = noc.session(&viewer, FIRST, true).await;
    keep(&noc, &viewer, "site", &rule()).await.assert_refused(403, "forbidden", None);

    let mut limited = rule();
    limited["projects"] = json!(["default"]);
    keep(&noc, &session, "site", &limited).await.assert_status(200);
    keep(&noc, &session, "site", &limited).await.assert_status(200);
    let rules = noc.get("/api/tokens/rules").await.assert_status(200)["rules"].clone();
    assert_eq!((rules.as_array().unwrap().len(), &rules[0]["projects"]), (1, &json!(["default"])));
    noc.ask(&session, "DELETE", "/api/tokens/rules/site", &Value::Null).await.assert_status(204);
    let gone = noc.ask(&session, "DELETE", "/api/tokens/rules/site", &Value::Null).await;
    gone.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn where_two_organizations_would_take_a_token_it_says_which_is_meant() {
    let noc = TestApp::new();
    noc.other_organization().await;
    let ci = Ci::new(&noc);
    for organization in [FIRST, OTHER] {
        let owner = noc.person(&format!("owner-of-{organization}"), organization, "", "owner").await;
        let session = noc.session(&owner, organization, true).await;
        keep(&noc, &session, "site", &rule()).await.assert_status(200);
    }
    ci.exchange(&ci.claims()).await.assert_refused(422, "invalid_field", Some("organization_id"));
    let body = json!({ "token": ci.signer.token("k", &ci.claims()), "organization_id": OTHER });
    let given = ci.give_in(&body).await.assert_status(201);
    let token = As::Token(given["token"].as_str().unwrap().to_owned());
    let who = noc.ask(&token, "GET", "/api/session", &Value::Null).await.assert_status(200);
    assert_eq!(who["organization"]["id"], OTHER);
}

/// The other signature of the same text that is as right: of (r, s) it is (r, n - s).
fn turned(token: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (text, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for (byte, of_order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(of_order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference.rem_euclid(256) as u8;
    }
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn a_token_with_its_other_signature_is_the_same_token() {
    let noc = TestApp::new();
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let session = noc.session(&mary, FIRST, true).await;
    let ci = Ci::signing(&noc, Signer::p256());
    keep(&noc, &session, "site", &rule()).await.assert_status(200);
    // The other signature alone would do.
    let first = turned(&ci.signer.token("k", &ci.claims()));
    ci.give_in(&json!({ "token": first })).await.assert_status(201);
    let second = ci.signer.token("k", &ci.claims());
    ci.give_in(&json!({ "token": second })).await.assert_status(201);
    let again = ci.give_in(&json!({ "token": turned(&second) })).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.text());
    // One that is good for a year is taken once in that year.
    let mut claims = ci.claims();
    claims["exp"] = json!(noc.app.clock.now().seconds() + 365 * 86_400);
    let lasting = ci.signer.token("k", &claims);
    ci.give_in(&json!({ "token": lasting })).await.assert_status(201);
    noc.skip(300 * 86_400_000);
    let again = ci.give_in(&json!({ "token": lasting })).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.text());
}

#[tokio::test]
async fn the_rules_of_others_do_not_push_ones_own_out() {
    let noc = TestApp::new();
    noc.other_organization().await;
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let session = noc.session(&mary, FIRST, true).await;
    let ci = Ci::new(&noc);
    keep(&noc, &session, "site", &rule()).await.assert_status(200);
    // Somebody has as many as are looked at, and their names come first.
    noc.in_the_database(&format!(
        "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
         INSERT INTO token_rules
             (id, organization_id, name, issuer, audience, claims, scopes, projects, created_by, created_at)
         SELECT printf('trl_%024x', n), '{OTHER}', 'a' || n, issuer, audience, claims, scopes, NULL, created_by, 0
         FROM numbers, token_rules WHERE name = 'site'"
    ))
    .await;
    ci.exchange(&ci.claims()).await.assert_refused(422, "invalid_field", Some("organization_id"));
    let token = ci.signer.token("k", &ci.claims());
    let named = ci.give_in(&json!({ "token": token, "organization_id": FIRST })).await;
    named.assert_status(201);
}
