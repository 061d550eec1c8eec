//! Signing in against real counterparts: OpenID providers with each kind of key, Cloudflare Access' keys and tokens of
//! machines, all checked by the platform's own cryptography.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, Mac as _};
use http::{Method, Request};
use noc_system_tests::{Answer, Client, Issuers, Noc, Options, json_request, wait_within};
use serde_json::{Value, json};
use sha1::Sha1;

fn start() -> (Issuers, Noc) {
    let issuers = Issuers::start();
    let providers: Vec<Value> = ["rs256", "es256", "eddsa"]
        .iter()
        .map(|kind| {
            json!({ "id": kind, "name": kind, "issuer": issuers.issuer(kind), "client_id": "noc",
                "client_secret": "a secret: of ours" })
        })
        .collect();
    let settings = vec![
        ("NOC_OIDC_PROVIDERS", json!(providers).to_string()),
        ("NOC_ACCESS_TEAM", issuers.signer().to_owned()),
        ("NOC_ACCESS_AUDIENCE", "tag".to_owned()),
    ];
    let noc = Noc::start(Options { machines: None, settings, ..Options::default() });
    issuers.tell(&json!({ "redirect": noc.origin() }));
    (issuers, noc)
}

/// A browser: it keeps cookies by the site that set them, and goes where it is led.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// What it does to an address before it goes there.
    on_its_way: Option<fn(&str) -> String>,
}

impl Browser {
    fn get(&mut self, url: &str) -> Answer {
        let (origin, path) = split(url);
        let jar = self.cookies.entry(origin.clone()).or_default();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::get(path);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = Client::new(origin.clone()).send(request, ());
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Goes where it is led, until it is led into the dashboard. Gives that place.
    fn follow(&mut self, start: &str, home: &str) -> String {
        let mut url = start.to_owned();
        for _ in 0..10 {
            let answer = self.get(&url);
            let to = answer
                .header("location")
                .unwrap_or_else(|| panic!("{url} leads nowhere: {} {}", answer.status, answer.text));
            let to = if to.starts_with('/') { format!("{}{to}", split(&url).0) } else { to.to_owned() };
            if let Some(place) = to.strip_prefix(home).filter(|place| !place.starts_with("/api/")) {
                return place.to_owned();
            }
            url = self.on_its_way.map_or(to.clone(), |change| change(&to));
        }
        panic!("led in circles")
    }

    /// Signs in at a provider. Gives the place that it is led to in the end.
    fn sign_in(&mut self, noc: &Noc, kind: &str) -> String {
        let home = noc.origin().to_owned();
        self.follow(&format!("{home}/api/sign-in/oidc/{kind}?return_to=/servers"), &home)
    }
}

fn split(url: &str) -> (String, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or_else(|| panic!("{url} is no address"));
    let (host, path) =
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, path.to_owned()));
    (format!("{scheme}://{host}"), format!("/{path}"))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn somebody_signs_in_at_a_real_provider_with_each_kind_of_key() {
    let (issuers, noc) = start();
    for kind in ["rs256", "es256", "eddsa"] {
        let mut browser = Browser::default();
        assert_eq!(browser.sign_in(&noc, kind), "/servers", "{kind}: {}", noc.console.lines().join("\n"));
        let me: Value = browser.get(&format!("{}/api/session", noc.origin())).assert_status(200);
        assert_eq!((&me["email"], &me["session"]["method"]), (&json!("ada@noc.test"), &json!("oidc")));
    }
    // What was changed on its way signs nobody in.
    for (change, problem) in
        [(wrong_nonce as fn(&str) -> String, "refused"), (wrong_state, "expired"), (wrong_code, "refused")]
    {
        let mut browser = Browser { on_its_way: Some(change), ..Browser::default() };
        assert_eq!(browser.sign_in(&noc, "es256"), format!("/sign-in?problem={problem}"));
    }
    // A clock that is off by half a minute is as clocks are; by two hours it is wrong.
    for (seconds, place) in [
        (30, "/servers"),
        (-30, "/servers"),
        (7_200, "/sign-in?problem=refused"),
        (-7_200, "/sign-in?problem=refused"),
    ] {
        issuers.tell(&json!({ "clock": seconds }));
        assert_eq!(Browser::default().sign_in(&noc, "eddsa"), place, "{seconds} s");
    }
    issuers.tell(&json!({ "clock": 0 }));
    // Keys that were changed are found again within a minute, in which the issuer is not asked twice.
    issuers.tell(&json!({ "rotate": "es256" }));
    // Whoever is refused waits longer each time: a minute in all.
    wait_within(Duration::from_secs(180), "the new keys to be known", || {
        (Browser::default().sign_in(&noc, "es256") == "/servers").then_some(())
    });
}

/// Turns the value of a parameter around.
fn turned(url: &str, name: &str) -> String {
    let Some((before, rest)) = url.split_once(&format!("{name}=")) else { return url.to_owned() };
    let (value, after) = rest.split_once('&').unwrap_or((rest, ""));
    format!("{before}{name}={}&{after}", value.chars().rev().collect::<String>())
}

fn wrong_nonce(url: &str) -> String {
    turned(url, "nonce")
}

fn wrong_state(url: &str) -> String {
    if url.contains("/callback?") { turned(url, "state") } else { url.to_owned() }
}

fn wrong_code(url: &str) -> String {
    if url.contains("/callback?") { turned(url, "code") } else { url.to_owned() }
}

#[test]
fn cloudflare_access_and_machines_show_who_they_are_by_tokens_of_real_keys() {
    let (issuers, noc) = start();
    let sign =
        |claims: &Value| issuers.tell(&json!({ "sign": claims }))["token"].as_str().unwrap().to_owned();
    let claims = |audience: &str| {
        json!({ "iss": issuers.signer(), "aud": [audience], "sub": "u-1", "email": "ada@noc.test",
            "exp": now() + 60, "iat": now(), "repository": "acme/site" })
    };
    let ask = |assertion: &str| {
        let request = Request::get("/api/sign-in/access").header("cf-access-jwt-assertion", assertion);
        Client::new(noc.origin()).send(request, ())
    };
    let good = sign(&claims("tag"));
    assert_eq!(ask(&sign(&claims("other"))).status, 401);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    assert_eq!(ask(&format!("{signed}.{turned}")).status, 401);
    let answer = ask(&good);
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/")), "{}", answer.text);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();

    // Who has signed in a moment ago and has no second factor yet may have an app show codes, and prove it by one.
    let person = |method: Method, path: &str, body: &Value| {
        let request = json_request(method, path).header("cookie", &cookie).header("origin", noc.origin());
        Client::new(noc.origin()).send(request, if body.is_null() { String::new() } else { body.to_string() })
    };
    let rule = json!({ "issuer": issuers.signer(), "audience": "ci", "claims": { "repository": "acme/site" },
        "scopes": ["servers:read"] });
    let refused = person(Method::PUT, "/api/tokens/rules/site", &rule);
    assert!(refused.text.contains("second_factor_required"), "{}", refused.text);
    let begun = person(Method::POST, "/api/second-factor/codes", &Value::Null).assert_status(201);
    let code = json!({ "code": shown(begun["secret"].as_str().unwrap()) });
    person(Method::POST, "/api/second-factor/codes/confirm", &code).assert_status(200);
    person(Method::PUT, "/api/tokens/rules/site", &rule).assert_status(200);

    let exchange = |token: &str| {
        let request = json_request(Method::POST, "/api/tokens/exchange");
        Client::new(noc.origin()).send(request, json!({ "token": token }).to_string())
    };
    let mut other = claims("ci");
    other["repository"] = json!("acme/other");
    assert_eq!(exchange(&sign(&other)).status, 401);
    assert_eq!(exchange(&sign(&claims("tag"))).status, 401);
    let given = exchange(&sign(&claims("ci"))).assert_status(201);
    let machine = Client::new(noc.origin()).with_token(given["token"].as_str().unwrap());
    machine.get("/api/servers").assert_status(200);
    assert_eq!(machine.get("/api/audit").status, 403);
}

/// The code that an app shows now, for what it was given.
pub(crate) fn shown(secret: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut key = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in secret.chars() {
        bits = bits << 5 | u32::try_from(letters.find(letter).unwrap()).unwrap();
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push((bits >> count & 0xff) as u8);
        }
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(now() / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
