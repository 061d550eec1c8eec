//! A token, taken apart.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Claims, Refused};
use crate::{json, ports::Algorithm};

/// The longest token. One of Entra with two hundred groups has 8 KiB.
const LONGEST: usize = 16 * 1024;

/// A token whose parts could be read. Nothing that it says is believed yet.
#[derive(Debug)]
pub struct Token<'a> {
    /// How it is signed.
    pub header: Header,
    /// What is signed: the first two parts as they came.
    pub signed: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
    payload: &'a str,
}

/// How a token is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// By which of the issuer's keys, if it says so.
    pub key_id: Option<String>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// When it is none, or is signed in a way that is not accepted.
    pub fn parse(text: &'a str) -> Result<Self, Refused> {
        if text.len() > LONGEST {
            return Err(Refused("it is too long"));
        }
        let shape = Refused("it is not three parts with dots between them");
        let (signed, signature) = text.rsplit_once('.').ok_or(shape)?;
        let (header, payload) = signed.split_once('.').ok_or(shape)?;
        if payload.contains('.') {
            return Err(shape);
        }
        let signature = decode(signature)?;
        Ok(Self { header: Header::read(&object(header)?)?, signed, signature, payload })
    }

    /// What it says. Only who has checked the signature may ask.
    pub(super) fn claims(&self) -> Result<Claims, Refused> {
        object(self.payload).map(Claims)
    }

    /// Who it says that it is from, before that is believed: it tells which keys to look at.
    pub fn claimed_issuer(&self) -> Option<String> {
        self.claims().ok()?.text("iss").map(str::to_owned)
    }
}

impl Header {
    fn read(fields: &Map<String, Value>) -> Result<Self, Refused> {
        let algorithm = fields.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let algorithm = algorithm.ok_or(Refused("its algorithm is not accepted"))?;
        // What must be understood is not: nothing that may stand there is known here (RFC 7515, 4.1.11).
        if fields.contains_key("crit") || fields.contains_key("b64") {
            return Err(Refused("it wants something understood that is not"));
        }
        // An access token or a logout token of the same issuer is signed by the same keys.
        match fields.get("typ") {
            None => {}
            Some(Value::String(kind)) if kind.eq_ignore_ascii_case("jwt") => {}
            Some(_) => return Err(Refused("it is of another type")),
        }
        let key_id = match fields.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= 256 => Some(id.clone()),
            Some(_) => return Err(Refused("its key has no readable name")),
        };
        Ok(Self { algorithm, key_id })
    }
}

/// One text for each value: padding and bits that are left over are refused.
fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused("a part is not base64url"))
}

fn object(part: &str) -> Result<Map<String, Value>, Refused> {
    json::unique(&decode(part)?).map_err(|_| Refused("a part is no JSON object with each name once"))
}
