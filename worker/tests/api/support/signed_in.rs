//! Other people, their sessions and their tokens.

use noc_shared::{access::Scope, sessions::ORGANIZATION_HEADER};
use noc_worker::{
    access::{Bearer, SESSION_COOKIE},
    ports::{Param, Statement},
};
use serde_json::{Value, json};

use super::{Answer, TestApp, json_request};

/// The organization that the first migration makes.
pub(crate) const FIRST: &str = "org_000000000000000000000001";

/// Another one.
pub(crate) const OTHER: &str = "org_0000000000000000000000ff";

/// The page that the dashboard's requests come from.
pub(crate) const ORIGIN: &str = "https://noc.test";

/// How a request shows who asks.
#[derive(Clone, Debug)]
pub(crate) enum As {
    Nobody,
    Token(String),
    Session(String),
}

impl TestApp {
    async fn run(&self, sql: &'static str, params: impl Into<Vec<Param>>) {
        self.app.database.batch(vec![Statement::new(sql, params)]).await.unwrap();
    }

    /// There is another organization.
    pub(crate) async fn other_organization(&self) {
        self.run(
            "INSERT INTO organizations (id, name, created_at) VALUES (?1, 'other', 0) ON CONFLICT DO NOTHING",
            [OTHER.into()],
        )
        .await;
    }

    /// Somebody with a role in an organization, or in a project of it.
    pub(crate) async fn person(&self, name: &str, organization: &str, project: &str, role: &str) -> String {
        let id = noc_shared::id::PrincipalId::from_random(self.app.random.identifier()).to_string();
        self.run(
            "INSERT INTO principals (id, organization_id, name, created_at) VALUES (?1, ?2, ?3, 0)",
            [id.as_str().into(), organization.into(), name.into()],
        )
        .await;
        self.run(
            "INSERT INTO users (id, email, email_verified, name, created_at) VALUES (?1, ?2, 1, ?3, 0)",
            [id.as_str().into(), format!("{name}@noc.test").into(), name.into()],
        )
        .await;
        self.run(
            "INSERT INTO members (organization_id, user_id, project_id, role, created_at) VALUES (?1, ?2, ?3, ?4, 0)",
            [organization.into(), id.as_str().into(), project.into(), role.into()],
        )
        .await;
        id
    }

    /// Has an issuer know somebody, who has a session; gives what the API calls that.
    pub(crate) async fn has_identity(&self, user: &str, session: &As, issuer: &str) -> String {
        self.run(
            "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (?1, ?2, ?2, 1)",
            [issuer.into(), user.into()],
        )
        .await;
        let list = self.ask(session, "GET", "/api/identities", &Value::Null).await.json();
        let identities = list["identities"].as_array().unwrap();
        let made = identities.iter().find(|identity| identity["issuer"] == issuer).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// A session of somebody in an organization, with the second factor proven or not.
    pub(crate) async fn session(&self, user: &str, organization: &str, is_proven: bool) -> As {
        let issued = Bearer::Session.issue(&*self.app.random);
        let id = noc_shared::id::SessionId::from_random(self.app.random.identifier()).to_string();
        let now = self.app.clock.now();
        self.run(
            "INSERT INTO sessions (id, hash, user_id, organization_id, method, created_at, seen_at, expires_at, proven_at)
             VALUES (?1, ?2, ?3, ?4, 'link', ?5, ?5, ?6, ?7)",
            [
                id.into(),
                issued.hash.into(),
                user.into(),
                organization.into(),
                now.millis().into(),
                now.plus(86_400_000).millis().into(),
                is_proven.then_some(now.millis()).into(),
            ],
        )
        .await;
        As::Session(issued.secret.expose().to_owned())
    }

    /// A token that somebody has made in an organization.
    pub(crate) async fn token(&self, maker: &str, organization: &str, scopes: &[Scope]) -> As {
        let issued = Bearer::Token.issue(&*self.app.random);
        let id = noc_shared::id::PrincipalId::from_random(self.app.random.identifier()).to_string();
        let now = self.app.clock.now();
        self.run(
            "INSERT INTO principals (id, organization_id, name, created_at) VALUES (?1, ?2, 'script', 0)",
            [id.as_str().into(), organization.into()],
        )
        .await;
        self.run(
            "INSERT INTO tokens (id, hash, organization_id, name, scopes, created_by, created_at, expires_at)
             VALUES (?1, ?2, ?3, 'script', ?4, ?5, ?6, ?7)",
            [
                id.into(),
                issued.hash.into(),
                organization.into(),
                serde_json::to_string(scopes).unwrap().into(),
                maker.into(),
                now.millis().into(),
                now.plus(86_400_000).millis().into(),
            ],
        )
        .await;
        As::Token(issued.secret.expose().to_owned())
    }

    /// Asks as somebody, from a page of ours if it is a browser.
    pub(crate) async fn ask(&self, who: &As, method: &str, path: &str, body: &Value) -> Answer {
        self.ask_from(Some(ORIGIN), who, method, path, body).await
    }

    /// Asks as somebody, from a page that was loaded for an organization.
    pub(crate) async fn ask_within(
        &self,
        organization: &str,
        who: &As,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let said = [(ORGANIZATION_HEADER, organization)];
        self.ask_with(&said, Some(ORIGIN), who, method, path, body).await
    }

    /// Asks as somebody, from a page.
    pub(crate) async fn ask_from(
        &self,
        origin: Option<&str>,
        who: &As,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        self.ask_with(&[], origin, who, method, path, body).await
    }

    async fn ask_with(
        &self,
        headers: &[(&str, &str)],
        origin: Option<&str>,
        who: &As,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let mut request = json_request(method.parse().unwrap(), path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match who {
            As::Nobody => {}
            As::Token(token) => request = request.header("authorization", format!("Bearer {token}")),
            As::Session(session) => {
                request = request.header("cookie", format!("{SESSION_COOKIE}={session}"));
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
            }
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_bare(request, body).await
    }

    /// Signs in by a way that answers with a cookie.
    pub(crate) async fn sign_in(&self, way: &str, body: &Value) -> As {
        let answer = self.ask(&As::Nobody, "POST", &format!("/api/sign-in/{way}"), body).await;
        answer.assert_status(204);
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.ends_with("; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
        let value = cookie.split(';').next().unwrap().split_once('=').unwrap();
        assert_eq!(value.0, SESSION_COOKIE);
        As::Session(value.1.to_owned())
    }

    /// The roles of a member, as the list shows them.
    pub(crate) async fn role_of(&self, email: &str) -> Value {
        let members = self.get("/api/members").await.assert_status(200);
        let member = members["members"].as_array().unwrap().iter().find(|member| member["email"] == email);
        member.map_or(json!(null), |member| member["role"].clone())
    }
}
