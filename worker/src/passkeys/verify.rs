//! Whether a passkey was used, and whose it is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, Uri};
use noc_shared::{
    id::{PrincipalId, SessionId},
    passkeys::{Assertion, AssertionOptions, Passkey},
};

use super::{
    ceremony::{self, Answered, Expected},
    challenge::{Purpose, Question},
    encode, store,
};
use crate::{access::site, app::App, error::ApiError, keys, log::Fields, once, ports::Statement};

/// Where and under which key is asked.
pub struct Asked {
    key: [u8; 32],
    origin: String,
}

impl Asked {
    /// By a request that came in here.
    ///
    /// # Errors
    /// When there is no master key, or the request does not say where it was sent to.
    pub fn of(app: &App, uri: &Uri, headers: &HeaderMap) -> Result<Self, ApiError> {
        let key = keys::passkey_challenge_key(&app.platform()?.master_key);
        let origin = site(uri, headers);
        let origin = origin.ok_or_else(|| ApiError::Malformed("the request names no host".to_owned()))?;
        Ok(Self { key, origin })
    }

    pub(super) fn question<'a>(&'a self, purpose: Purpose<'a>) -> Question<'a> {
        Question { key: &self.key, purpose, origin: &self.origin }
    }

    pub(super) fn rp_id(&self) -> &str {
        ceremony::rp_id(&self.origin)
    }
}

/// A passkey that was used.
#[derive(Debug)]
pub struct Verified {
    /// Whose it is.
    pub user_id: PrincipalId,
    /// Which.
    pub passkey: Passkey,
    /// What has to be written down in the batch of what it is used for; it stops the batch if the same was used before.
    pub changes: Vec<Statement>,
}

/// Asks for a proof by one of somebody's passkeys.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_for_proof(
    app: &App,
    asked: &Asked,
    user: &PrincipalId,
    session: &SessionId,
) -> Result<AssertionOptions, ApiError> {
    let kept = store::of_user(&*app.database, user).await;
    let kept = kept.map_err(ApiError::database("list the passkeys"))?;
    let here = kept.into_iter().filter(|kept| kept.passkey.host == asked.rp_id());
    let question = asked.question(Purpose::Prove(session.as_str()));
    Ok(AssertionOptions {
        challenge: encode(&question.ask(&*app.random, app.clock.now())),
        rp_id: asked.rp_id().to_owned(),
        allow: here.map(|kept| kept.credential_id).collect(),
    })
}

/// Whether it proves that somebody is there, in their session.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_proof(
    app: &App,
    asked: &Asked,
    user: &PrincipalId,
    session: &SessionId,
    assertion: &Assertion,
) -> Result<Option<Verified>, ApiError> {
    let verified = verify(app, asked.question(Purpose::Prove(session.as_str())), assertion).await?;
    Ok(verified.filter(|verified| verified.user_id == *user))
}

/// How many somebody has.
///
/// # Errors
/// When the database does not answer.
pub async fn count(app: &App, user: &PrincipalId) -> Result<usize, ApiError> {
    let kept = store::of_user(&*app.database, user).await;
    Ok(kept.map_err(ApiError::database("count the passkeys"))?.len())
}

/// Whose passkey was used, if it was. Why it was not is for the log.
pub(super) async fn verify(
    app: &App,
    question: Question<'_>,
    assertion: &Assertion,
) -> Result<Option<Verified>, ApiError> {
    let now = app.clock.now();
    let kept = store::by_credential(&*app.database, &assertion.credential_id).await;
    let Some(kept) = kept.map_err(ApiError::database("find the passkey"))? else {
        refused(app, "there is no such passkey");
        return Ok(None);
    };
    let public_key = URL_SAFE_NO_PAD.decode(&kept.public_key).unwrap_or_default();
    let expected = Expected { question, now };
    let used = ceremony::used(assertion, expected, &public_key, kept.uses, &*app.signatures).await;
    match used {
        Err(why) => {
            refused(app, why.0);
            Ok(None)
        }
        Ok(used) => {
            let mut changes = answered(&used.answered, now).to_vec();
            changes.push(store::note_use(&kept.passkey.id, used.uses, now));
            Ok(Some(Verified { user_id: kept.user_id, passkey: kept.passkey, changes }))
        }
    }
}

/// The statements that note that a challenge was answered.
pub(super) fn answered(answered: &Answered, now: noc_shared::time::Timestamp) -> [Statement; 3] {
    once::use_up(&answered.challenge, answered.good_until, now)
}

/// Says in the log why a passkey is not believed.
pub(super) fn refused(app: &App, why: &str) {
    let fields = Fields { error: Some(why.to_owned()), ..Fields::default() };
    app.log.warn("a passkey is refused", fields);
}
