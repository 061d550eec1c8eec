//! What makes and uses passkeys: the browser, and the device that it asks.
//!
//! The browser itself reads its options from JSON and writes its answer as JSON, so that bytes are in base64url on both
//! sides and none is decoded here.

use js_sys::{Array, Function, JSON, Reflect};
use leptos::prelude::window;
use noc_shared::passkeys::{Assertion, AssertionOptions, PasskeyOptions, PasskeyRequest};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CredentialCreationOptions, CredentialRequestOptions};

use super::Problem;

/// What a passkey has signed, as the browser writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    raw_id: String,
    response: SignedResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    signature: String,
}

/// A passkey that was made, as the browser writes it.
#[derive(Deserialize)]
struct Made {
    response: MadeResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
}

/// Has a passkey made as NOC wants it.
pub(super) async fn make(options: &PasskeyOptions, name: String) -> Result<PasskeyRequest, Problem> {
    let made: Made = read(&created(options).await.map_err(|error| trouble(&error))?)?;
    let MadeResponse { client_data_json, attestation_object } = made.response;
    Ok(PasskeyRequest { name, client_data_json, attestation_object })
}

async fn created(options: &PasskeyOptions) -> Result<JsValue, JsValue> {
    let algorithms: Value =
        options.algorithms.iter().map(|number| json!({ "type": "public-key", "alg": number })).collect();
    let json = json!({
        "challenge": options.challenge,
        "rp": { "id": options.rp_id, "name": "NOC" },
        "user": { "id": options.user_id, "name": options.user_name, "displayName": options.user_display_name },
        "pubKeyCredParams": algorithms,
        "excludeCredentials": descriptors(&options.exclude),
        "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        "attestation": "none",
    });
    let public_key = read_options("parseCreationOptionsFromJSON", &json)?;
    let options = CredentialCreationOptions::new();
    options.set_public_key(public_key.unchecked_ref());
    JsFuture::from(window().navigator().credentials().create_with_options(&options)?).await
}

/// Has a passkey sign what NOC asks.
pub(super) async fn sign(options: &AssertionOptions) -> Result<Assertion, Problem> {
    let signed: Signed = read(&used(options).await.map_err(|error| trouble(&error))?)?;
    Ok(Assertion {
        credential_id: signed.raw_id,
        client_data_json: signed.response.client_data_json,
        authenticator_data: signed.response.authenticator_data,
        signature: signed.response.signature,
    })
}

async fn used(options: &AssertionOptions) -> Result<JsValue, JsValue> {
    let json = json!({
        "challenge": options.challenge,
        "rpId": options.rp_id,
        "allowCredentials": descriptors(&options.allow),
        "userVerification": "required",
    });
    let public_key = read_options("parseRequestOptionsFromJSON", &json)?;
    let options = CredentialRequestOptions::new();
    options.set_public_key(public_key.unchecked_ref());
    JsFuture::from(window().navigator().credentials().get_with_options(&options)?).await
}

fn descriptors(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "type": "public-key", "id": id })).collect()
}

/// Has the browser read options.
fn read_options(how: &str, json: &Value) -> Result<JsValue, JsValue> {
    let class = Reflect::get(&window(), &JsValue::from_str("PublicKeyCredential"))?;
    call(&class, how, &[JSON::parse(&json.to_string())?])
}

/// Has the browser write what was made or signed.
fn read<T: DeserializeOwned>(credential: &JsValue) -> Result<T, Problem> {
    let text = call(credential, "toJSON", &[]).and_then(|json| JSON::stringify(&json)).map(String::from);
    let text = text.map_err(|error| trouble(&error))?;
    serde_json::from_str(&text).map_err(|_| Problem::Browser(CANNOT))
}

/// Calls a method that `web-sys` has only for those who build with its unstable parts.
fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &JsValue::from_str(name))?.dyn_into()?;
    Reflect::apply(&method, object, &arguments.iter().collect::<Array>())
}

const CANNOT: &str = "This browser cannot use passkeys. A newer one, or another one, can.";

/// What an error of the browser means for whoever sits before it.
fn trouble(error: &JsValue) -> Problem {
    let name = Reflect::get(error, &JsValue::from_str("name")).ok().and_then(|name| name.as_string());
    Problem::Browser(match name.as_deref() {
        // The browser does not say which of them it was, so that no page learns who has which passkey.
        Some("NotAllowedError" | "AbortError") => "No passkey was used, or it took too long.",
        Some("InvalidStateError") => "There is a passkey of yours on this device already.",
        Some("SecurityError") => {
            "The browser allows no passkeys at this address: they need https and the name of a host."
        }
        _ => CANNOT,
    })
}
