//! Every secret that there is, looked for wherever it must not be: in every answer, in every line of the log, and in every
//! byte that the platform keeps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, Request};
use noc_simulator::{Effect, Provider};
use noc_system_tests::{Noc, Options, claim_token, deploy_body, json_request, root};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const CREDENTIAL: &str = "canary-credential-0123456789abcdef0123456789abcdef";

const CLIENT_SECRET: &str = "canary-client-secret-0123456789abcdef";

/// A secret, and what it is.
type Secret = (&'static str, String);

/// Everything that was answered, but for the one answer that each secret is for.
#[derive(Default)]
struct Seen(Vec<(String, String)>);

impl Seen {
    fn ask(&mut self, noc: &Noc, request: http::request::Builder, body: &str) -> u16 {
        let what = format!("{:?} {:?}", request.method_ref().unwrap(), request.uri_ref().unwrap());
        let answer = noc.send(request, body.to_owned());
        self.0.push((what, format!("{:?}\n{}", answer.headers, answer.text)));
        answer.status.as_u16()
    }
}

#[test]
fn no_secret_is_anywhere_but_in_its_place() {
    let digest = hex::encode(Sha256::digest(CREDENTIAL));
    let mut noc = Noc::start(Options {
        state: Some(folder()),
        settings: vec![
            ("NOC_BREAK_GLASS_SHA256", digest),
            ("NOC_OIDC_ISSUER", "http://127.0.0.1:1".to_owned()),
            ("NOC_OIDC_CLIENT_ID", "noc".to_owned()),
            ("NOC_OIDC_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ],
        ..Options::default()
    });
    let mut seen = Seen::default();
    let mut secrets = noc.secrets();
    secrets.push(("break-glass credential", CREDENTIAL.to_owned()));
    secrets.push(("secret at the identity provider", CLIENT_SECRET.to_owned()));

    // What is handed out once, each in the one answer that it is for.
    let origin = noc.origin().to_owned();
    let signed_in = noc.post("/api/sign-in/break-glass", &json!({ "credential": CREDENTIAL }));
    assert_eq!(signed_in.status, 204, "{}", signed_in.text);
    let session = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    secrets.push(("session", session.split_once('=').unwrap().1.to_owned()));
    let by_person = |method: Method, path: &str, body: Value| {
        let request = json_request(method, path).header("cookie", &session).header("origin", &origin);
        noc.send(request, body.to_string())
    };
    // Somebody who has come in by an invitation, sets up codes, and so has proven the second factor.
    let invited =
        by_person(Method::POST, "/api/invitations", json!({ "email": "mary@noc.test", "role": "owner" }));
    let url = invited.assert_status(201)["url"].as_str().unwrap().to_owned();
    let link = url.split_once('=').unwrap().1.to_owned();
    let joined = noc.post("/api/sign-in/invitation", &json!({ "invitation": link, "name": "Mary" }));
    assert_eq!(joined.status, 204, "{}", joined.text);
    let session = joined.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    secrets.push(("accepted invitation", link));
    secrets.push(("session of a person", session.split_once('=').unwrap().1.to_owned()));
    let by_person = |method: Method, path: &str, body: Value| {
        let request = json_request(method, path).header("cookie", &session).header("origin", &origin);
        noc.send(request, body.to_string())
    };
    let begun = by_person(Method::POST, "/api/second-factor/codes", Value::Null).assert_status(201);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let code = json!({ "code": crate::identity::shown(&secret) });
    let codes = by_person(Method::POST, "/api/second-factor/codes/confirm", code).assert_status(200);
    secrets.push(("secret of an app", secret));
    for code in codes["recovery_codes"].as_array().unwrap() {
        secrets.push(("recovery code", code.as_str().unwrap().to_owned()));
    }
    let made = by_person(Method::POST, "/api/tokens", json!({ "name": "CI", "scopes": ["servers:read"] }));
    secrets.push(("token", made.assert_status(201)["secret"].as_str().unwrap().to_owned()));
    let invited =
        by_person(Method::POST, "/api/invitations", json!({ "email": "eve@noc.test", "role": "viewer" }));
    let url = invited.assert_status(201)["url"].as_str().unwrap().to_owned();
    secrets.push(("invitation", url.split_once('=').unwrap().1.to_owned()));
    let link = by_person(Method::POST, "/api/session/links", Value::Null);
    let url = link.assert_status(201)["url"].as_str().unwrap().to_owned();
    secrets.push(("link", url.split_once('=').unwrap().1.to_owned()));

    // A server with its machine, one that gets stuck, and a provider that repeats what it was sent.
    noc.deploy("canary").assert_status(200);
    noc.wait_until_active("canary");
    secrets.push(("claim token", claim_token(&noc, "canary")));
    let echo = Effect::status(422);
    noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, echo);
    seen.ask(&noc, json_request(Method::POST, "/api/deploy"), &deploy_body("refused").to_string());

    // Every route, as it succeeds where it can and as it fails where it cannot.
    let document: Value =
        serde_json::from_str(&fs::read_to_string(root().join("worker/openapi.json")).unwrap()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            if path.starts_with("/api/session") && method != Method::GET {
                continue;
            }
            for (name, id) in [("canary", deployment(&noc)), ("nobody", "x".to_owned())] {
                let path = path.replace("{name}", name).replace("{id}", &id);
                let bodies =
                    if method == Method::GET { vec![""] } else { vec!["{}", "{", "{\"confirm\":\"x\"}"] };
                for body in bodies {
                    seen.ask(&noc, json_request(method.clone(), &path), body);
                }
                let request = Request::builder().method(method.clone()).uri(&path);
                seen.ask(&noc, request.header("authorization", "Bearer x"), "");
                // As a person, too; but what hands out a new secret is left to where that is looked for, and what ends
                // the session to others.
                if hands_out(&path) || path.starts_with("/api/session") && method != Method::GET {
                    continue;
                }
                let request = json_request(method.clone(), &path).header("cookie", &session);
                seen.ask(&noc, request.header("origin", &origin), "{}");
            }
        }
    }
    seen.ask(&noc, Request::get("/api/servers/canary/logs?limit=1000"), "");
    seen.ask(&noc, Request::get("/api/audit/export"), "");
    let destroy = json!({ "confirm": "DESTROY" }).to_string();
    assert_eq!(seen.ask(&noc, json_request(Method::DELETE, "/api/servers/canary"), &destroy), 200);

    for (what, text) in &seen.0 {
        absent(&secrets, what, text.as_bytes());
    }
    absent(&secrets, "the log", noc.console.text().as_bytes());
    let state = noc.state().to_owned();
    noc.kill();
    let mut names_of_the_server = 0;
    for file in files(&state) {
        // The test's own note of its token.
        if file.parent() == Some(state.as_path()) {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        absent(&secrets, &file.display().to_string(), &bytes);
        names_of_the_server += String::from_utf8_lossy(&bytes).matches("canary").count();
    }
    // What is not secret is found by the same look.
    assert!(names_of_the_server > 10, "only {names_of_the_server}");
    fs::remove_dir_all(&state).unwrap();
}

/// Whether the answer of a route to a person is the place of a secret.
fn hands_out(path: &str) -> bool {
    ["/api/second-factor", "/api/tokens", "/api/sign-in", "/api/invitations"]
        .iter()
        .any(|one| path.starts_with(one))
}

/// A deployment of the server.
fn deployment(noc: &Noc) -> String {
    let listed = noc.get("/api/deployments?server=canary").assert_status(200);
    listed["deployments"][0]["id"].as_str().unwrap().to_owned()
}

/// Says that none of the secrets is there: as it is, in base64, or in hexadecimal digits.
#[track_caller]
fn absent(secrets: &[Secret], place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (name, secret) in secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [secret.clone(), STANDARD.encode(secret), hex] {
            if let Some(at) = text.find(&form) {
                let around: String = text[..at].chars().rev().take(200).collect();
                panic!("the {name} is in {place}, behind {}", around.chars().rev().collect::<String>());
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("noc-canary-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}
