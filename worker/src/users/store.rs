//! People in the shared database.

use noc_shared::{
    id::{OrganizationId, PrincipalId},
    time::Timestamp,
};

use crate::ports::{Database, DatabaseError, Param, Row, Statement, integer, text};

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PrincipalId,
    /// The address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Whether an identity provider has vouched for the address.
    pub is_email_verified: bool,
}

/// The statements that make a person, who begins in an organization. The principal of the first owner is there already.
pub fn create(person: &Person, organization: &OrganizationId, now: Timestamp) -> [Statement; 2] {
    let principal = Statement::new(
        "INSERT INTO principals (id, organization_id, name, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        [
            Param::from(person.id.as_str()),
            organization.as_str().into(),
            person.name.as_str().into(),
            now.millis().into(),
        ],
    );
    let user = Statement::new(
        "INSERT INTO users (id, email, email_verified, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        [
            Param::from(person.id.as_str()),
            person.email.as_str().into(),
            i64::from(person.is_email_verified).into(),
            person.name.as_str().into(),
            now.millis().into(),
        ],
    );
    [principal, user]
}

/// Somebody by what they are known by.
///
/// # Errors
/// When the database does not answer.
pub async fn find(database: &dyn Database, id: &PrincipalId) -> Result<Option<Person>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, email, email_verified, name FROM users WHERE id = ?1",
        [Param::from(id.as_str())],
    );
    Ok(database.query(statement).await?.first().and_then(person))
}

/// Somebody by an address that was proven to be theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_email(database: &dyn Database, email: &str) -> Result<Option<Person>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, email, email_verified, name FROM users WHERE email = ?1 AND email_verified = 1",
        [Param::from(email)],
    );
    Ok(database.query(statement).await?.first().and_then(person))
}

/// The statement that notes that somebody's address was proven to be theirs, if it is the one that they have and nobody
/// else's.
pub fn verify_email(id: &PrincipalId, email: &str) -> Statement {
    Statement::new(
        "UPDATE users SET email_verified = 1
         WHERE id = ?1 AND email = ?2
             AND NOT EXISTS (SELECT 1 FROM users WHERE email = ?2 AND email_verified = 1)",
        [Param::from(id.as_str()), email.into()],
    )
}

/// The statement that notes whether somebody has a second factor, after it was given or taken away.
pub fn note_second_factor(id: &PrincipalId) -> Statement {
    Statement::new(
        "UPDATE users SET has_second_factor =
             EXISTS (SELECT 1 FROM passkeys WHERE user_id = ?1)
             OR EXISTS (SELECT 1 FROM code_apps WHERE user_id = ?1 AND confirmed_at IS NOT NULL)
         WHERE id = ?1",
        [id.as_str().into()],
    )
}

fn person(row: &Row) -> Option<Person> {
    Some(Person {
        id: PrincipalId::parse(text(row, "id")?)?,
        email: text(row, "email")?.to_owned(),
        name: text(row, "name")?.to_owned(),
        is_email_verified: integer(row, "email_verified")? == 1,
    })
}
