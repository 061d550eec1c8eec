//! Signing in at an OpenID provider, and by Cloudflare Access, with tokens that real keys have signed.

use noc_simulator::Settings;
use serde_json::{Value, json};

use crate::support::{Answer, As, FIRST, ORIGIN, Signer, TestApp};

const ISSUER: &str = "https://id.test";
const TEAM: &str = "https://acme.cloudflareaccess.com";

fn noc() -> TestApp {
    let noc = TestApp::with(Settings::default(), |name, value| match name {
        "NOC_OIDC_ISSUER" => Some(ISSUER.to_owned()),
        "NOC_OIDC_CLIENT_ID" => Some("noc client".to_owned()),
        "NOC_OIDC_CLIENT_SECRET" => Some("a secret: of ours".to_owned()),
        "NOC_OIDC_NAME" => Some("Example".to_owned()),
        "NOC_ACCESS_TEAM" => Some("acme".to_owned()),
        "NOC_ACCESS_AUDIENCE" => Some("tag".to_owned()),
        _ => value,
    });
    noc.publishes(
        &format!("{ISSUER}/.well-known/openid-configuration"),
        &json!({
            "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/auth"),
            "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
            "userinfo_endpoint": format!("{ISSUER}/me"),
        }),
    );
    noc
}

/// A browser on its way: what it was led to with, and its cookie.
struct Away {
    cookie: String,
    question: Vec<(String, String)>,
}

impl Away {
    fn said(&self, name: &str) -> &str {
        self.question.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

fn away(answer: &Answer) -> Away {
    let to = match answer.header("location") {
        Some(to) => to.to_owned(),
        None => answer.assert_status(200)["url"].as_str().unwrap().to_owned(),
    };
    let query = to.strip_prefix(&format!("{ISSUER}/auth?")).unwrap_or_else(|| panic!("{to}"));
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, behind @ ..] = rest {
            if *first == b'%' {
                bytes.extend(hex::decode(&behind[..2]).unwrap());
                rest = &behind[2..];
            } else {
                bytes.push(*first);
                rest = behind;
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-noc_oidc=") && cookie.contains("Secure; HttpOnly; SameSite=Lax"));
    Away {
        cookie: cookie.split(';').next().unwrap().to_owned(),
        question: query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), decode(value)))
            .collect(),
    }
}

async fn leave(noc: &TestApp, query: &str) -> Away {
    away(&noc.ask(&As::Nobody, "GET", &format!("/api/sign-in/oidc/oidc{query}"), &Value::Null).await)
}

async fn come_back(noc: &TestApp, cookie: &str, query: &str) -> Answer {
    let path = format!("/api/sign-in/oidc/oidc/callback?{query}");
    noc.send_bare(http::Request::get(path).header("cookie", cookie), "").await
}

fn claims(noc: &TestApp, away: &Away) -> Value {
    let now = noc.app.clock.now().seconds();
    json!({ "iss": ISSUER, "aud": "noc client", "sub": "7", "exp": now + 300, "iat": now,
        "nonce": away.said("nonce"), "email": "Mary@noc.test", "email_verified": true, "name": "Mary" })
}

/// Signs in with these claims, and gives the answer to the browser that comes back.
async fn signed(noc: &TestApp, signer: &Signer, away: &Away, claims: &Value) -> Answer {
    noc.publishes(&format!("{ISSUER}/keys"), &json!({ "keys": [signer.jwk("k")] }));
    noc.publishes(
        &format!("{ISSUER}/token"),
        &json!({ "id_token": signer.token("k", claims), "access_token": "at" }),
    );
    come_back(noc, &away.cookie, &format!("code=c&state={}", away.said("state"))).await
}

#[track_caller]
fn led(answer: &Answer, to: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some(to)), "{}", answer.text());
    let taken_away = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .any(|cookie| cookie.to_str().unwrap().starts_with("__Host-noc_oidc=; Path=/; Max-Age=0"));
    assert!(taken_away);
}

/// The session that was begun.
fn session(answer: &Answer) -> As {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let value = cookies
        .filter_map(|cookie| cookie.to_str().unwrap().strip_prefix("__Host-noc_session="))
        .next()
        .unwrap_or_else(|| panic!("{:?} {}", answer.headers, answer.text()));
    As::Session(value.split(';').next().unwrap().to_owned())
}

async fn who(noc: &TestApp, session: &As) -> Value {
    noc.ask(session, "GET", "/api/session", &Value::Null).await.assert_status(200)
}

#[tokio::test]
async fn somebody_signs_in_at_a_provider_and_is_known_by_their_identity_from_then_on() {
    let noc = noc();
    noc.person("mary", FIRST, "", "owner").await;
    let ways = noc.ask(&As::Nobody, "GET", "/api/sign-in", &Value::Null).await.assert_status(200);
    assert_eq!(ways["providers"], json!([{ "id": "oidc", "name": "Example" }]));
    let signer = Signer::p256();
    let away = leave(&noc, "?return_to=/servers%3Fstatus%3Dactive").await;
    assert_eq!(away.said("redirect_uri"), format!("{ORIGIN}/api/sign-in/oidc/oidc/callback"));
    assert_eq!((away.said("client_id"), away.said("code_challenge_method")), ("noc client", "S256"));
    let answer = signed(&noc, &signer, &away, &claims(&noc, &away)).await;
    led(&answer, "/servers?status=active");
    let session = session(&answer);
    let shown = who(&noc, &session).await;
    assert_eq!((&shown["email"], &shown["session"]["method"]), (&json!("mary@noc.test"), &json!("oidc")));
    assert_eq!(shown["proven_until"], Value::Null, "the provider is one factor");
    // What was given in with the code shows that it is the one who asked.
    let sent = noc.sent_to(&format!("{ISSUER}/token"));
    let verifier = sent.split("code_verifier=").nth(1).unwrap();
    let challenge = {
        use sha2::Digest as _;
        crate::support::encode(&sha2::Sha256::digest(verifier))
    };
    assert_eq!(challenge, away.said("code_challenge"));
    assert!(!sent.contains("client_secret"));

    // The same browser cannot come back with the same answer twice.
    let again = signed(&noc, &signer, &away, &claims(&noc, &away)).await;
    led(&again, "/sign-in?problem=expired");
    // The address is somebody else's now, and is not even verified: it is the subject that tells.
    let later = leave(&noc, "").await;
    let mut changed = claims(&noc, &later);
    (changed["email"], changed["email_verified"]) = (json!("grace@noc.test"), json!(false));
    let answer = signed(&noc, &signer, &later, &changed).await;
    led(&answer, "/");
    assert_eq!(who(&noc, &crate::oidc::session(&answer)).await["email"], "mary@noc.test");
}

#[tokio::test]
async fn another_subject_with_the_address_of_an_account_that_is_linked_does_not_get_it() {
    let noc = noc();
    noc.person("mary", FIRST, "", "owner").await;
    let signer = Signer::p256();
    let sign_in = async |subject: &str, email: &str| {
        let away = leave(&noc, "").await;
        let mut claims = claims(&noc, &away);
        (claims["sub"], claims["email"]) = (json!(subject), json!(email));
        signed(&noc, &signer, &away, &claims).await
    };
    led(&sign_in("mary's", "mary@noc.test").await, "/");
    // The address has gone to somebody else there, or they have typed it themselves.
    led(&sign_in("eve's", "mary@noc.test").await, "/sign-in?problem=not_invited");
    assert!(noc.log.all().contains("another subject of an issuer has the address"));
    // A letter that becomes another one in lower case is not that one.
    noc.person("kim", FIRST, "", "owner").await;
    led(&sign_in("eve's", "\u{212a}im@noc.test").await, "/sign-in?problem=not_invited");
    led(&sign_in("mary's", "mary@noc.test").await, "/");
}

#[tokio::test]
async fn what_is_not_the_answer_to_the_question_signs_nobody_in() {
    let noc = noc();
    noc.person("mary", FIRST, "", "owner").await;
    let (signer, other) = (Signer::ed25519(), Signer::ed25519());
    let now = noc.app.clock.now().seconds();
    for (what, name, value) in [
        ("another nonce", "nonce", json!("n")),
        ("no nonce", "nonce", Value::Null),
        ("for another client", "aud", json!("other")),
        ("for several, asked for by another", "aud", json!(["noc client", "other"])),
        ("from another issuer", "iss", json!("https://evil.test")),
        ("expired", "exp", json!(now - 61)),
        ("from the future", "iat", json!(now + 61)),
    ] {
        let away = leave(&noc, "").await;
        let mut claims = claims(&noc, &away);
        claims[name] = value;
        let answer = signed(&noc, &signer, &away, &claims).await;
        assert_eq!(answer.header("location"), Some("/sign-in?problem=refused"), "{what}");
        assert!(!answer.text().contains("noc_session"));
    }
    // Nobody begins a session whom nobody has invited, or whose address is not verified.
    for (email, verified) in [(json!("eve@noc.test"), json!(true)), (json!("mary@noc.test"), json!(false))] {
        let away = leave(&noc, "").await;
        let mut claims = claims(&noc, &away);
        (claims["sub"], claims["email"], claims["email_verified"]) = (json!("8"), email, verified);
        led(&signed(&noc, &signer, &away, &claims).await, "/sign-in?problem=not_invited");
    }
    // A key that the provider does not publish.
    let away = leave(&noc, "").await;
    noc.publishes(&format!("{ISSUER}/token"), &json!({ "id_token": other.token("k", &claims(&noc, &away)) }));
    let right = format!("code=c&state={}", away.said("state"));
    led(&come_back(&noc, &away.cookie, &right).await, "/sign-in?problem=refused");
    // Another browser, another state, a browser that comes too late, and people who changed their mind.
    let fresh = leave(&noc, "").await;
    for (cookie, query, problem) in [
        ("a=b", right.as_str(), "expired"),
        (fresh.cookie.as_str(), right.as_str(), "expired"),
        (fresh.cookie.as_str(), "code=c&state=", "expired"),
        (fresh.cookie.as_str(), "code=c", "expired"),
        (fresh.cookie.as_str(), &format!("error=access_denied&state={}", fresh.said("state")), "cancelled"),
        (fresh.cookie.as_str(), &format!("error=server_error&state={}", fresh.said("state")), "refused"),
        (
            fresh.cookie.as_str(),
            &format!("code=c&iss=https%3A%2F%2Fevil.test&state={}", fresh.said("state")),
            "refused",
        ),
    ] {
        led(&come_back(&noc, cookie, query).await, &format!("/sign-in?problem={problem}"));
    }
    noc.skip(600_000);
    let late = format!("code=c&state={}", fresh.said("state"));
    led(&come_back(&noc, &fresh.cookie, &late).await, "/sign-in?problem=expired");
    assert_eq!(noc.rows("SELECT COUNT(*) AS count FROM sessions").await[0]["count"], 0);
    for place in ["//evil.test", "https://evil.test", "/%5Cevil.test"] {
        let path = format!("/api/sign-in/oidc/oidc?return_to={place}");
        let refused = noc.ask(&As::Nobody, "GET", &path, &Value::Null).await;
        refused.assert_refused(422, "invalid_field", Some("return_to"));
    }
    let unknown = noc.ask(&As::Nobody, "GET", "/api/sign-in/oidc/other", &Value::Null).await;
    unknown.assert_refused(404, "not_found", None);
    assert!(!noc.log.all().contains("a secret: of ours"));
}

#[tokio::test]
async fn somebody_who_is_invited_joins_by_signing_in_and_somebody_signed_in_adds_an_identity() {
    let noc = noc();
    let signer = Signer::p256();
    let invite = json!({ "email": "mary@noc.test", "role": "operator" });
    noc.post("/api/invitations", &invite).await.assert_status(201);
    let away = leave(&noc, "").await;
    let answer = signed(&noc, &signer, &away, &claims(&noc, &away)).await;
    led(&answer, "/");
    let shown = who(&noc, &session(&answer)).await;
    assert_eq!((&shown["name"], &shown["organization"]["role"]), (&json!("Mary"), &json!("operator")));
    assert_eq!(noc.get("/api/invitations").await.json()["invitations"], json!([]));

    // Grace is signed in already, and has the provider know her under another address.
    let grace = noc.person("grace", FIRST, "", "viewer").await;
    let hers = noc.session(&grace, FIRST, false).await;
    let link = |session: As| async {
        let session = session;
        noc.ask(&session, "POST", "/api/sign-in/oidc/oidc/link", &Value::Null).await
    };
    let linking = crate::oidc::away(&link(hers.clone()).await);
    let mut claims_of_grace = claims(&noc, &linking);
    (claims_of_grace["sub"], claims_of_grace["email"]) = (json!("9"), json!("grace@home.test"));
    led(&signed(&noc, &signer, &linking, &claims_of_grace).await, "/");
    // What is Mary's she does not get.
    let linking = crate::oidc::away(&link(hers.clone()).await);
    led(&signed(&noc, &signer, &linking, &claims(&noc, &linking)).await, "/sign-in?problem=not_invited");
    // What was ended meanwhile asks for nothing any more.
    let other = noc.session(&grace, FIRST, false).await;
    let linking = crate::oidc::away(&link(other.clone()).await);
    let id = who(&noc, &other).await["session"]["id"].as_str().unwrap().to_owned();
    noc.ask(&hers, "DELETE", &format!("/api/sessions/{id}"), &Value::Null).await.assert_status(204);
    let mut claims_of_eve = claims(&noc, &linking);
    (claims_of_eve["sub"], claims_of_eve["email"]) = (json!("666"), json!("eve@home.test"));
    led(&signed(&noc, &signer, &linking, &claims_of_eve).await, "/sign-in?problem=expired");
    // And an hour later she has to prove that it is her.
    noc.skip(3_600_000);
    let away = leave(&noc, "").await;
    let mut again = claims(&noc, &away);
    (again["sub"], again["email"]) = (json!("9"), json!("grace@home.test"));
    let answer = signed(&noc, &signer, &away, &again).await;
    assert_eq!(who(&noc, &session(&answer)).await["email"], "grace@noc.test");
    link(hers).await.assert_refused(403, "second_factor_required", None);
    let actions = noc.get("/api/audit").await.json();
    let of = |action: &str| {
        actions["events"].as_array().unwrap().iter().filter(|event| event["action"] == action).count()
    };
    assert_eq!((of("members.join"), of("identities.link"), of("sessions.begin")), (1, 1, 1));
    let after = |action: &str| {
        let events = actions["events"].as_array().unwrap();
        events.iter().find(|event| event["action"] == action).unwrap()["after"].clone()
    };
    assert_eq!(after("identities.link"), json!({ "issuer": ISSUER, "subject": "9", "method": "oidc" }));
    let joined = after("members.join");
    assert_eq!((&joined["role"], &joined["subject"]), (&json!("operator"), &json!("7")));
}

#[tokio::test]
async fn an_address_that_is_only_in_the_userinfo_counts_if_it_is_about_the_same_person() {
    let noc = noc();
    noc.person("mary", FIRST, "", "owner").await;
    let signer = Signer::rsa();
    for (subject, to) in [("8", "/sign-in?problem=refused"), ("7", "/")] {
        let away = leave(&noc, "").await;
        let mut claims = claims(&noc, &away);
        claims.as_object_mut().unwrap().remove("email");
        let about = json!({ "sub": subject, "email": "mary@noc.test", "email_verified": true });
        noc.publishes(&format!("{ISSUER}/me"), &about);
        led(&signed(&noc, &signer, &away, &claims).await, to);
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_apart_from_one_that_refuses() {
    let noc = noc();
    let away = leave(&noc, "").await;
    let query = format!("code=c&state={}", away.said("state"));
    led(&come_back(&noc, &away.cookie, &query).await, "/sign-in?problem=unavailable");
    noc.publishes(&format!("{ISSUER}/token"), &json!({ "access_token": "at" }));
    led(&come_back(&noc, &away.cookie, &query).await, "/sign-in?problem=refused");
    noc.publishes_nothing(&format!("{ISSUER}/.well-known/openid-configuration"));
    noc.skip(25 * 3_600_000);
    led(
        &noc.ask(&As::Nobody, "GET", "/api/sign-in/oidc/oidc", &Value::Null).await,
        "/sign-in?problem=unavailable",
    );
}

#[tokio::test]
async fn cloudflare_access_signs_in_whom_it_vouches_for() {
    let noc = noc();
    noc.person("mary", FIRST, "", "owner").await;
    let (signer, other) = (Signer::rsa(), Signer::p256());
    noc.publishes(&format!("{TEAM}/cdn-cgi/access/certs"), &json!({ "keys": [signer.jwk("k")] }));
    let now = noc.app.clock.now().seconds();
    let good = json!({ "iss": TEAM, "aud": ["tag"], "sub": "u-1", "email": "mary@noc.test", "exp": now + 60,
        "iat": now, "nbf": now, "type": "app", "identity_nonce": "x", "country": "DE" });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signer.token("k", &claims)
    };
    let ask = async |assertion: &str| {
        let request = http::Request::get("/api/sign-in/access?return_to=/health");
        noc.send_bare(request.header("cf-access-jwt-assertion", assertion), "").await
    };
    for (what, assertion) in [
        ("another application", with("aud", json!(["other"]))),
        ("another team", with("iss", json!("https://evil.cloudflareaccess.com"))),
        ("a service without a person", with("sub", json!(""))),
        ("expired", with("exp", json!(now - 61))),
        ("another key", other.token("k", &good)),
        ("nonsense", "x".to_owned()),
    ] {
        assert_eq!(ask(&assertion).await.status, 401, "{what}");
    }
    let mut eve = good.clone();
    (eve["sub"], eve["email"]) = (json!("u-2"), json!("eve@noc.test"));
    ask(&signer.token("k", &eve)).await.assert_refused(403, "forbidden", None);
    let without = noc.send_bare(http::Request::get("/api/sign-in/access"), "").await;
    without.assert_refused(401, "unauthorized", None);
    let answer = ask(&signer.token("k", &good)).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/health")));
    let shown = who(&noc, &session(&answer)).await;
    assert_eq!((&shown["email"], &shown["session"]["method"]), (&json!("mary@noc.test"), &json!("access")));
    // Where it does not stand before NOC, it signs nobody in.
    let bare = TestApp::new();
    let request = http::Request::get("/api/sign-in/access").header("cf-access-jwt-assertion", "x");
    bare.send_bare(request, "").await.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn somebody_sees_the_identities_that_are_theirs_and_removes_what_is_not_the_only_way_in() {
    let noc = noc();
    let signer = Signer::p256();
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let grace = noc.person("grace", FIRST, "", "owner").await;
    for (subject, email) in [("7", "mary@noc.test"), ("9", "grace@noc.test")] {
        let away = leave(&noc, "").await;
        let mut claims = claims(&noc, &away);
        (claims["sub"], claims["email"]) = (json!(subject), json!(email));
        led(&signed(&noc, &signer, &away, &claims).await, "/");
    }
    let listed = async |session: &As| {
        let list = noc.ask(session, "GET", "/api/identities", &Value::Null).await.assert_status(200);
        list["identities"].as_array().unwrap().clone()
    };
    let (hers, of_grace) = (noc.session(&mary, FIRST, true).await, noc.session(&grace, FIRST, true).await);
    let (mine, other) = (listed(&hers).await, listed(&of_grace).await);
    assert_eq!((mine.len(), other.len()), (1, 1));
    let shown = (&mine[0]["issuer"], &mine[0]["name"], &mine[0]["subject"]);
    assert_eq!(shown, (&json!(ISSUER), &json!("Example"), &json!("7")));

    let remove = async |session: &As, identity: &Value| {
        let path = format!("/api/identities/{}", identity["id"].as_str().unwrap());
        noc.ask(session, "DELETE", &path, &Value::Null).await
    };
    remove(&hers, &other[0]).await.assert_refused(404, "not_found", None);
    // Whoever has found the browser open has no second factor.
    let found_open = noc.session(&mary, FIRST, false).await;
    remove(&found_open, &mine[0]).await.assert_refused(403, "second_factor_required", None);
    remove(&hers, &mine[0]).await.assert_refused(409, "only_way_in", None);
    noc.has_identity(&mary, &hers, "https://old.test").await;
    let both = listed(&hers).await;
    assert_eq!((both.len(), &both[1]["name"]), (2, &Value::Null), "nobody signs in by the old one any more");
    remove(&hers, &both[0]).await.assert_status(204);
    remove(&hers, &both[0]).await.assert_refused(404, "not_found", None);
    assert_eq!((listed(&hers).await.len(), listed(&of_grace).await.len()), (1, 1));
    let events = noc.get("/api/audit").await.json();
    let removed = &events["events"][0];
    assert_eq!(
        (&removed["action"], &removed["before"]),
        (&json!("identities.delete"), &json!({ "issuer": ISSUER, "subject": "7" }))
    );
}
