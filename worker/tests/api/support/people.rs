//! People and tokens in an empty database, for tests that are not about how they got there.

use noc_shared::access::Scope;
use noc_worker::{access::Bearer, ports::Random};
use rusqlite::{Connection, params};

/// Random bits that are the same in every run.
struct Fixed(u8);

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

/// Long after every test.
const LATE: i64 = 4_000_000_000_000;

/// Makes the first owner, and a token of theirs that may do everything. Gives the token.
pub(crate) fn first_owner_with_token(connection: &Connection) -> String {
    let (owner, organization) = ("prn_000000000000000000000001", "org_000000000000000000000001");
    connection
        .execute(
            "INSERT INTO users (id, email, email_verified, name, created_at) VALUES (?1, 'ada@noc.test', 1, 'Ada', 0)",
            [owner],
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO members (organization_id, user_id, project_id, role, created_at) VALUES (?1, ?2, '', 'owner', 0)",
            [organization, owner],
        )
        .unwrap();
    let (token, issued) = ("prn_0000000000000000000000aa", Bearer::Token.issue(&Fixed(0xaa)));
    connection
        .execute(
            "INSERT INTO principals (id, organization_id, name, created_at) VALUES (?1, ?2, 'tests', 0)",
            [token, organization],
        )
        .unwrap();
    // It was last used in the future, so that no request writes down that it was used.
    let scopes = serde_json::to_string(&Scope::ALL).unwrap();
    connection
        .execute(
            "INSERT INTO tokens (id, hash, organization_id, name, scopes, created_by, created_at, expires_at, last_used_at)
             VALUES (?1, ?2, ?3, 'tests', ?4, ?5, 0, ?6, ?6)",
            params![token, issued.hash, organization, scopes, owner, LATE],
        )
        .unwrap();
    issued.secret.expose().to_owned()
}
