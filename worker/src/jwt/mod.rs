//! JSON Web Tokens of others (RFC 7519): of identity providers, of Cloudflare Access, of machines that build software.
//!
//! A token is taken apart within bounds, its algorithm must be one of three and that of the key, the key must be one that
//! the issuer publishes, and only then is anything that it says believed, if it was said to us and now.

mod claims;
mod key_set;
mod published;
mod token;

pub use claims::{Claims, Expected};
pub use key_set::KeySet;
pub use published::{Published, Unavailable, forget_old, published};
pub use token::Token;

use std::fmt;

use crate::{app::App, error::ApiError, ports::Signatures};

/// Why a token is not believed. It goes to the log; whoever sent the token is told no more than that it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the token is refused: {}", self.0)
    }
}

impl std::error::Error for Refused {}

/// What a token says, if it was signed by one of these keys, for us, and for now.
///
/// # Errors
/// When anything about it is not as it must be.
pub async fn verify(
    token: &Token<'_>,
    keys: &KeySet,
    signatures: &dyn Signatures,
    expected: &Expected<'_>,
) -> Result<Claims, Refused> {
    let key = keys.find(&token.header).ok_or(Refused("the issuer publishes no such key"))?;
    if !signatures.verify(key, token.signed.as_bytes(), &token.signature).await {
        return Err(Refused("the signature is not the one of the key"));
    }
    let claims = token.claims()?;
    expected.check(&claims)?;
    Ok(claims)
}

/// Why a token was not verified.
#[derive(Debug)]
pub enum Unverified {
    /// It is not to be believed.
    Refused(Refused),
    /// Its issuer's keys cannot be had now.
    Unavailable(Unavailable),
}

impl From<Refused> for Unverified {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Unverified {
    /// What is answered: the reason is for the log alone.
    pub fn refusal(self, doing: &'static str) -> ApiError {
        match self {
            Self::Refused(_) => ApiError::Unauthorized("the token is not accepted".to_owned()),
            Self::Unavailable(error) => ApiError::Unavailable { doing, cause: error.to_string() },
        }
    }
}

/// What a token says, if it was signed by a key that is published at this address, for us, and for now. The keys are
/// remembered; a key that is not among them has them asked for again, at most once a minute.
///
/// # Errors
/// When anything about it is not as it must be, or the keys cannot be had.
pub async fn verify_published(
    app: &App,
    text: &str,
    keys_url: &str,
    expected: &Expected<'_>,
) -> Result<Claims, Unverified> {
    let token = Token::parse(text)?;
    let has_it = |document: &serde_json::Value| KeySet::read(document).find(&token.header).is_some();
    let document = published(app, keys_url, has_it).await.map_err(Unverified::Unavailable)?;
    Ok(verify(&token, &KeySet::read(&document), &*app.signatures, expected).await?)
}
