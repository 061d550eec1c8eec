//! Signatures, checked by the platform's own cryptography: crates for RSA and P-256 would be a tenth of the Worker.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use js_sys::{Array, JsString, Object, Reflect, global};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey};
use worker::send::IntoSendFuture as _;

use crate::ports::{PublicKey, Signatures};

pub(super) struct PlatformSignatures;

#[async_trait]
impl Signatures for PlatformSignatures {
    async fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        // What the platform does not take, it says by an exception.
        async { verify(key, message, signature).await.unwrap_or(false) }.into_send().await
    }
}

async fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (jwk, algorithm) = match key {
        PublicKey::Rsa { modulus, exponent } => (
            object(&[("kty", "RSA"), ("n", &encode(modulus)), ("e", &encode(exponent))])?,
            object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])?,
        ),
        PublicKey::P256 { x, y } => (
            object(&[("kty", "EC"), ("crv", "P-256"), ("x", &encode(x)), ("y", &encode(y))])?,
            object(&[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")])?,
        ),
        PublicKey::Ed25519(point) => (
            object(&[("kty", "OKP"), ("crv", "Ed25519"), ("x", &encode(point))])?,
            object(&[("name", "Ed25519")])?,
        ),
    };
    let subtle = Reflect::get(&global(), &JsString::from("crypto"))?.unchecked_into::<Crypto>().subtle();
    let usages = Array::of1(&JsValue::from_str("verify"));
    let key = JsFuture::from(subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &usages)?).await?;
    let key: CryptoKey = key.unchecked_into();
    let (signature, message) = (js_sys::Uint8Array::from(signature), js_sys::Uint8Array::from(message));
    let verified =
        subtle.verify_with_object_and_js_u8_array_and_js_u8_array(&algorithm, &key, &signature, &message)?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}

fn object(fields: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    Ok(object)
}
