//! Signing in to the Worker of this machine: the first owner, a token for scripts, and a link for the browser.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::dev_vars::BOOTSTRAP_TOKEN;
use super::http::{self, Answer};
use crate::console::{self, Step};
use crate::project::Project;
use crate::{Outcome, files};

/// What somebody on this machine gets in with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SignIn {
    /// The API token, for scripts.
    pub(super) token: String,
    /// Signs a browser in, once and within ten minutes.
    pub(super) link: String,
}

/// How often it is asked again while wrangler restarts the Worker, which it does by itself when it has watched it being built.
const RESTARTS: u32 = 20;

/// What the state remembers between starts, in a file that is its owner's alone.
const KEPT: &str = "sign-in.json";

/// Signs in as whoever was the first owner at the first start; `None` when somebody else has made that one, and then signs
/// in by themselves.
pub(super) fn sign_in(port: u16, state: &Path, bootstrap_token: &str) -> Outcome<Option<SignIn>> {
    let path = state.join(KEPT);
    if !path.exists() {
        let Some((cookie, token)) = first_start(port, bootstrap_token)? else { return Ok(None) };
        let kept = json!({ "cookie": cookie, "token": token });
        files::write_private(&path, &format!("{kept:#}\n"))?;
    }
    let kept: Value = serde_json::from_str(&files::read(&path)?)
        .map_err(|error| format!("{} cannot be read: {error}; remove it with its folder", path.display()))?;
    let (cookie, token) = (word(&kept, "cookie"), word(&kept, "token"));
    let answer = ask(port, "/api/session/links", Some(&cookie), "")?;
    if answer.status == 401 {
        // A session ends after a month, or after a week in which nobody has used it.
        let state = state.display();
        return Err(format!(
            "the sign-in that {state} remembers has ended: begin anew with another --state, or remove that folder"
        ));
    }
    let link = word(&expect(&answer, 201, "the link")?, "url");
    Ok(Some(SignIn { token, link }))
}

/// Has the sessions of a state count as signed in now: whoever starts NOC stands before the machine that has its database,
/// which shows as much as any sign-in does. A second factor that nobody has set up yet can be set up again for a while.
pub(super) fn renew(project: &Project, state: &Path, database: &Path) -> Outcome<()> {
    if !state.join(KEPT).exists() {
        return Ok(());
    }
    let step = Step::begin("Signing in anew", "a few seconds");
    let sql = "UPDATE sessions SET signed_in_at = unixepoch() * 1000";
    let wrangler =
        project.wrangler(["d1", "execute", "DB", "--local", "--yes", "--command", sql, "--persist-to"]);
    let done = wrangler.arg(database).output()?;
    if !done.success {
        console::say(&format!("{}{}", done.stdout, done.stderr));
        return Err("the sessions of this state were not renewed: the lines above say why".into());
    }
    step.done();
    Ok(())
}

fn first_start(port: u16, bootstrap_token: &str) -> Outcome<Option<(String, String)>> {
    let body = json!({ "token": bootstrap_token, "email": "owner@localhost", "name": "Owner" });
    let answer = ask(port, "/api/sign-in/bootstrap", None, &body.to_string())?;
    if answer.status == 401 {
        return Ok(None);
    }
    if answer.status != 204 {
        return Err(format!("{BOOTSTRAP_TOKEN} signs nobody in: {} {}", answer.status, answer.body));
    }
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.ok_or("the Worker has set no cookie")?.to_owned();
    let me = http::send(port, "GET", "/api/session", &[("Cookie", &cookie)], "");
    let me = expect(&me.ok_or("the Worker does not answer")?, 200, "the session")?;
    let token = json!({ "name": "cargo xtask dev", "scopes": me["scopes"], "days": 365 });
    let made = ask(port, "/api/tokens", Some(&cookie), &token.to_string())?;
    Ok(Some((cookie, word(&expect(&made, 201, "the token")?, "secret"))))
}

fn ask(port: u16, path: &str, cookie: Option<&str>, body: &str) -> Outcome<Answer> {
    let origin = format!("http://127.0.0.1:{port}");
    let mut headers = vec![("Origin", origin.as_str())];
    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let mut restarts = RESTARTS;
    loop {
        let answer = http::send(port, "POST", path, &headers, body).ok_or("the Worker does not answer")?;
        if answer.status != 503 || restarts == 0 {
            return Ok(answer);
        }
        restarts -= 1;
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn expect(answer: &Answer, status: u16, what: &str) -> Outcome<Value> {
    if answer.status != status {
        return Err(format!("there was no {what}: {} {}", answer.status, answer.body));
    }
    serde_json::from_str(&answer.body).map_err(|error| format!("{what} cannot be read: {error}"))
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
