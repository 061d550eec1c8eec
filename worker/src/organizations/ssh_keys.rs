//! `/api/ssh-keys`: who may log in to an organization's new machines.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{delete, get, put},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    organizations::{SshKey, SshKeyList, SshKeyRequest},
};

use super::{Caller, store};
use crate::{
    api::{Answer, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
};

/// A machine's document has room for about so many beside everything else: 50 of 100 characters are 5 kB of 64.
const MOST: usize = 50;

/// An RSA key of 16,384 bits has 2,800 characters.
const LONGEST: usize = 3_000;

const KINDS: [&str; 6] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
];

/// The routes of SSH keys.
pub(super) fn routes() -> Vec<Route> {
    let route = |method, path, scope, operation, handler| {
        Route::new(method, path, Requires::Scope(scope), operation, handler)
    };
    vec![
        route(
            Method::GET,
            "/api/ssh-keys",
            Scope::OrganizationRead,
            Operation {
                id: "list_ssh_keys",
                summary: "The keys that the organization's people log in to its new machines with.",
                answers: vec![Answer::json(200, "always", schema::<SshKeyList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::PUT,
            "/api/ssh-keys/{name}",
            Scope::OrganizationWrite,
            Operation {
                id: "put_ssh_key",
                summary: "Keeps a key. It is on the machines that are made from now on.",
                body: Some(schema::<SshKeyRequest>()),
                answers: vec![Answer::json(200, "it is kept", schema::<SshKey>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "ssh_keys.put",
                ..Operation::default()
            },
            put(keep),
        ),
        route(
            Method::DELETE,
            "/api/ssh-keys/{name}",
            Scope::OrganizationWrite,
            Operation {
                id: "delete_ssh_key",
                summary: "Forgets a key. Machines that have it keep it.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 422, 503],
                audits: "ssh_keys.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<SshKeyList>, ApiError> {
    parameters.end()?;
    let ssh_keys = store::ssh_keys(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the SSH keys"))?;
    Ok(Json(SshKeyList { ssh_keys }))
}

async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    Body(request): Body<SshKeyRequest>,
) -> Result<Json<SshKey>, ApiError> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.@".contains(&byte);
    if !(1..=50).contains(&name.len()) || !name.bytes().all(is_part) {
        return Err(invalid(
            "name",
            "a name has at most 50 lower-case letters, digits, `-`, `_`, `.` and `@`",
        ));
    }
    let key = SshKey { name, public_key: public_key(&request.public_key)?, created_at: app.clock.now() };
    let there = store::ssh_keys(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the SSH keys"))?;
    if there.len() >= MOST && there.iter().all(|other| other.name != key.name) {
        let message = format!("an organization has at most {MOST} SSH keys; remove one first");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let before = there.iter().find(|other| other.name == key.name).cloned();
    let act = act("ssh_keys.put", &key.name, before.as_ref(), Some(&key));
    audit::record(&app, &caller, act, vec![store::put_ssh_key(&caller.organization_id, &key)]).await?;
    Ok(Json(key))
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let there = store::ssh_keys(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the SSH keys"))?;
    let before = there.iter().find(|key| key.name == name).ok_or(ApiError::NotFound("SSH key"))?;
    let act = act("ssh_keys.delete", &name, Some(before), None);
    audit::record(&app, &caller, act, vec![store::delete_ssh_key(&caller.organization_id, &name)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn act(action: &'static str, name: &str, before: Option<&SshKey>, after: Option<&SshKey>) -> Act {
    let value = |key: &SshKey| serde_json::to_value(key).ok();
    Act {
        action,
        kind: "ssh_key",
        id: name.to_owned(),
        before: before.and_then(value),
        after: after.and_then(value),
    }
}

/// Kind and key of a public key in the form of OpenSSH; options in front and the remark behind are not taken.
fn public_key(text: &str) -> Result<String, ApiError> {
    use base64::Engine as _;
    let mut words = text.split_whitespace();
    let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let decoded = base64::engine::general_purpose::STANDARD.decode(key).unwrap_or_default();
    // The key itself begins with its kind, with the length of that in front.
    let length = u32::try_from(kind.len()).unwrap_or(0).to_be_bytes();
    let begins = decoded.strip_prefix(&length).is_some_and(|rest| rest.starts_with(kind.as_bytes()));
    if text.len() > LONGEST || text.contains(['\n', '\r']) || !KINDS.contains(&kind) || !begins {
        return Err(invalid(
            "public_key",
            "one line of a public key as ssh-keygen writes it: `ssh-ed25519 AAAA…`",
        ));
    }
    Ok(format!("{kind} {key}"))
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";

    #[test]
    fn a_key_is_what_ssh_keygen_writes() {
        assert_eq!(public_key(&format!("{KEY} somebody@machine")).unwrap(), KEY);
        for refused in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            &format!("command=\"x\" {KEY}"),
            &format!("{KEY}\n{KEY}"),
            &KEY.replace("ssh-ed25519", "ssh-rsa"),
            &KEY.replace("ssh-ed25519", "ssh-dss"),
        ] {
            assert!(public_key(refused).is_err(), "{refused}");
        }
    }
}
