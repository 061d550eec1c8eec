//! From what an issuer vouches for to a session.

use http::HeaderMap;
use noc_shared::id::{PrincipalId, RequestId, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::store;
use crate::{
    app::App,
    error::ApiError,
    guard,
    log::Fields,
    members::{self, Invited},
    ports::{Param, Statement},
    sessions::{self, About, Begun, Sign},
    users::{self, Person},
};

/// What an issuer vouches for.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// Who vouches.
    pub issuer: String,
    /// For whom, by its own name for them.
    pub subject: String,
    /// The address, if it has made sure that it is theirs.
    pub email: Option<String>,
    /// What they are called, if it says so.
    pub name: Option<String>,
    /// How they sign in: `oidc` or `access`.
    pub method: &'static str,
}

/// Who asks for a further identity, and in which session: one that was ended meanwhile asks for nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    /// Who.
    pub user_id: PrincipalId,
    /// The session.
    pub session_id: SessionId,
}

/// The issuer vouches for somebody who has no business here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

/// What is done for somebody for whom an issuer vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision<P, I> {
    /// It is this person, who is known by this identity.
    Known(P),
    /// It is this person, who is known by this identity from now on.
    Link(P),
    /// It is somebody new, who was invited.
    Join(I),
    /// It is nobody.
    Refuse,
}

/// An identity goes before an address: an address may be given to somebody else. Somebody who is signed in and asks for it
/// gets an identity that is nobody's; somebody else's they do not get.
fn decide<P: PartialEq, I>(
    known: Option<P>,
    linking: Option<P>,
    by_email: Option<P>,
    invited: Option<I>,
) -> Decision<P, I> {
    match (known, linking, by_email, invited) {
        (Some(known), Some(linking), _, _) if known != linking => Decision::Refuse,
        (Some(known), _, _, _) => Decision::Known(known),
        (None, Some(linking), _, _) => Decision::Link(linking),
        (None, None, Some(person), _) => Decision::Link(person),
        (None, None, None, Some(invited)) => Decision::Join(invited),
        (None, None, None, None) => Decision::Refuse,
    }
}

/// Begins a session for whom an issuer vouches, together with the changes that belong to it.
///
/// # Errors
/// When the database does not do it, or one of the changes is a guard that stops it.
pub async fn sign_in(
    app: &App,
    headers: &HeaderMap,
    request_id: &RequestId,
    vouched: Vouched,
    linking: Option<Linking>,
    with: Vec<Statement>,
) -> Result<Result<Begun, Unknown>, ApiError> {
    let doing = "find out who signs in";
    let database = &*app.database;
    let now = app.clock.now();
    let known = store::find(database, &vouched.issuer, &vouched.subject).await;
    let known = known.map_err(ApiError::database(doing))?;
    let (mut by_email, mut invited) = (None, None);
    if let Some(email) = vouched.email.as_deref().filter(|_| known.is_none() && linking.is_none()) {
        let person = users::find_by_email(database, email).await.map_err(ApiError::database(doing))?;
        by_email = person.map(|person| person.id);
        // The issuer knows this account by another subject already: the address has gone to somebody else there.
        if let Some(person) = &by_email {
            let elsewhere = store::has_of(database, person, &vouched.issuer).await;
            if elsewhere.map_err(ApiError::database(doing))? {
                let fields = Fields { target: Some(person.to_string()), ..Fields::default() };
                app.log.warn(
                    "another subject of an issuer has the address of an account that is linked",
                    fields,
                );
                return Ok(Err(Unknown));
            }
        }
        invited = members::invited(database, email, now).await.map_err(ApiError::database(doing))?;
    }
    let link = |user: &PrincipalId| store::insert(&vouched.issuer, &vouched.subject, user, now);
    let mut changes = with;
    changes.extend(linking.as_ref().map(|linking| {
        guard::exists(
            "SELECT 1 FROM sessions WHERE id = ?1 AND user_id = ?2",
            [Param::from(linking.session_id.as_str()), linking.user_id.as_str().into()],
        )
    }));
    let linking = linking.map(|linking| linking.user_id);
    let (person, organization_id, about) = match decide(known, linking, by_email, invited) {
        Decision::Refuse => return Ok(Err(Unknown)),
        Decision::Known(user) => {
            let person = users::find(database, &user).await.map_err(ApiError::database(doing))?;
            (person, sessions::home(app, &user).await?, None)
        }
        Decision::Link(user) => {
            let person = users::find(database, &user).await.map_err(ApiError::database(doing))?;
            changes.extend(link(&user));
            if let Some(email) = &vouched.email {
                changes.push(users::verify_email(&user, email));
            }
            let what = json!({ "issuer": vouched.issuer, "subject": vouched.subject });
            (person, sessions::home(app, &user).await?, Some(About { action: "identities.link", what }))
        }
        Decision::Join(invited) => {
            let person = newcomer(app, &vouched, &invited);
            changes.extend(members::accept(&invited, now));
            changes.extend(users::create(&person, &invited.organization_id, now));
            changes.push(members::join(
                &invited.organization_id,
                &person.id,
                invited.project_id.as_ref(),
                invited.role,
                now,
            ));
            changes.extend(link(&person.id));
            let mut what = members::told(&invited);
            if let Value::Object(fields) = &mut what {
                fields.insert("issuer".to_owned(), vouched.issuer.as_str().into());
                fields.insert("subject".to_owned(), vouched.subject.as_str().into());
            }
            let about = About { action: "members.join", what };
            (Some(person), Some(invited.organization_id), Some(about))
        }
    };
    let (Some(person), Some(organization_id)) = (person, organization_id) else { return Ok(Err(Unknown)) };
    let sign = Sign {
        user_id: person.id,
        name: person.name,
        email: person.email,
        organization_id,
        method: vouched.method,
        about,
        until: None,
        is_proven: false,
        from: None,
        credential: None,
    };
    sessions::begin(app, headers, request_id, sign, changes).await.map(Ok)
}

fn newcomer(app: &App, vouched: &Vouched, invited: &Invited) -> Person {
    let before = invited.email.split('@').next().unwrap_or_default();
    let name = vouched.name.as_deref().and_then(|name| users::name(name).ok());
    Person {
        id: PrincipalId::from_random(app.random.identifier()),
        email: invited.email.clone(),
        name: name.unwrap_or_else(|| before.to_owned()),
        is_email_verified: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_goes_before_an_address_and_is_nobody_elses() {
        let (ada, eve, link) = (Some("ada"), Some("eve"), Some("invitation"));
        let cases = [
            ("who is known", ada, None, None, None, Decision::Known("ada")),
            ("who is known, with another's address", ada, None, eve, link, Decision::Known("ada")),
            ("who is signed in as themselves", ada, ada, None, None, Decision::Known("ada")),
            ("who is signed in as somebody else", ada, eve, None, None, Decision::Refuse),
            ("who is signed in", None, ada, None, None, Decision::Link("ada")),
            ("who is signed in, with another's address", None, ada, eve, link, Decision::Link("ada")),
            ("whose address is known", None, None, ada, link, Decision::Link("ada")),
            ("who is invited", None, None, None, link, Decision::Join("invitation")),
            ("who is nobody", None, None, None, None, Decision::Refuse),
        ];
        for (what, known, linking, by_email, invited, expected) in cases {
            assert_eq!(decide(known, linking, by_email, invited), expected, "{what}");
        }
    }
}
