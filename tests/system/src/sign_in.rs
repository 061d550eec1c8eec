//! The first owner and a token of theirs, as somebody gets them who starts NOC for the first time.

use std::{fs, path::Path};

use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, json_request};

/// A token that may do everything. The state remembers it, because the first owner is made once.
#[track_caller]
pub(crate) fn token(client: &Client, state: &Path, bootstrap: &str) -> String {
    let kept = state.join("token");
    if let Ok(token) = fs::read_to_string(&kept) {
        return token;
    }
    let body = json!({ "token": bootstrap, "email": "ada@noc.test", "name": "Ada" });
    let signed_in = client.post("/api/sign-in/bootstrap", &body);
    assert_eq!(signed_in.status, 204, "{}", signed_in.text);
    let cookie = signed_in.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.unwrap_or_else(|| panic!("no cookie was set"));
    let me = client.send(http::Request::get("/api/session").header("cookie", cookie), ()).assert_status(200);
    let request =
        json_request(Method::POST, "/api/tokens").header("cookie", cookie).header("origin", client.origin());
    let body = json!({ "name": "tests", "scopes": me["scopes"], "days": 365 });
    let made: Value = client.send(request, body.to_string()).assert_status(201);
    let token = made["secret"].as_str().unwrap_or_else(|| panic!("{made:#}")).to_owned();
    fs::write(&kept, &token).unwrap_or_else(|error| panic!("{}: {error}", kept.display()));
    token
}
