//! Requests and their answers, as JSON.

use noc_shared::sessions::ORGANIZATION_HEADER;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestInit, Response};

use super::{Access, Connection, Problem, Proof, proof::WANTED};
use crate::live::Timer;

/// A request that takes longer is given up. The API answers within 25 seconds what it does not stream.
const PATIENCE_MS: i32 = 40_000;

/// Asks for something.
///
/// # Errors
/// When nobody answers, or the API refuses.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Problem> {
    read(proven("GET", path, None, &[]).await?)
}

/// Has something done; `headers` go with it.
///
/// # Errors
/// When nobody answers, or the API refuses.
pub async fn send<T: DeserializeOwned>(
    method: &str,
    path: &str,
    body: Option<&impl Serialize>,
    headers: &[(&str, &str)],
) -> Result<T, Problem> {
    // These types always serialize.
    let body = body.map(|body| serde_json::to_string(body).unwrap_or_default());
    read(proven(method, path, body, headers).await?)
}

/// Asks for something that is of the same shape whether it is a success or not.
pub(super) async fn get_whatever<T: DeserializeOwned>(path: &str) -> Result<T, Problem> {
    let answer = exchange("GET", path, None, &[]).await?;
    let read = serde_json::from_str(&answer.text);
    read.or_else(|_| self::read(answer))
}

/// Looks whether the API answers at all. What it says does not matter: a refusal is an answer, too.
pub(super) async fn look() {
    let _ = exchange("GET", "/api/health", None, &[]).await;
}

/// An answer: its status and its text.
struct Answer {
    status: u16,
    text: String,
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, Problem> {
    if !(200..300).contains(&answer.status) {
        return Err(Problem::of_answer(answer.status, &answer.text));
    }
    // An answer without a body is read as what needs none.
    let text = if answer.text.is_empty() { "null" } else { &answer.text };
    serde_json::from_str(text).map_err(|error| Problem::Unreadable(error.to_string()))
}

/// An exchange that is repeated, word for word, if it was refused for want of the second factor and that is proven then. Who
/// does not prove it gets the refusal as it was.
async fn proven(
    method: &str,
    path: &str,
    body: Option<String>,
    headers: &[(&str, &str)],
) -> Result<Answer, Problem> {
    let answer = exchange(method, path, body.clone(), headers).await?;
    let is_wanted =
        answer.status == 403 && Problem::of_answer(answer.status, &answer.text).code() == Some(WANTED);
    if is_wanted && Proof::given(path).await {
        exchange(method, path, body, headers).await
    } else {
        Ok(answer)
    }
}

async fn exchange(
    method: &str,
    path: &str,
    body: Option<String>,
    headers: &[(&str, &str)],
) -> Result<Answer, Problem> {
    let answer = attempt(method, path, body, headers).await.map_err(|_| Problem::Gone);
    // A page instead of JSON is what a file server answers where no Worker stands behind `/api`.
    let answer = answer.and_then(|(answer, is_json)| {
        let nobody = !is_json && (!answer.text.is_empty() || answer.status >= 500);
        if nobody { Err(Problem::Gone) } else { Ok(answer) }
    });
    // Who could not sign in is not signed out by that.
    if answer.as_ref().is_ok_and(|answer| answer.status == 401) && !path.starts_with("/api/sign-in") {
        Access::refused();
    }
    if let Some(answer) = answer.as_ref().ok().filter(|answer| answer.status == 409) {
        Access::noticed(&Problem::of_answer(answer.status, &answer.text));
    }
    match &answer {
        Ok(_) => Connection::answered(),
        Err(_) => Connection::lost(),
    }
    answer
}

async fn attempt(
    method: &str,
    path: &str,
    body: Option<String>,
    headers: &[(&str, &str)],
) -> Result<(Answer, bool), JsValue> {
    let abort = AbortController::new()?;
    let set = Headers::new()?;
    set.append("accept", "application/json")?;
    if body.is_some() {
        set.append("content-type", "application/json")?;
    }
    if let Some(organization) = Access::organization() {
        set.append(ORGANIZATION_HEADER, organization.as_str())?;
    }
    for (name, value) in headers {
        set.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&set);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = body {
        init.set_body(&JsValue::from_str(&body));
    }
    let request = Request::new_with_str_and_init(path, &init)?;
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let patience = Timer::start(PATIENCE_MS, move || abort.abort());
    let response: Response = JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()?;
    let kind = response.headers().get("content-type")?.unwrap_or_default();
    let text = JsFuture::from(response.text()?).await?;
    drop(patience);
    let text = text.as_string().unwrap_or_default();
    Ok((Answer { status: response.status(), text }, kind.starts_with("application/json")))
}
