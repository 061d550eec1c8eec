//! Infisical: the login that locks itself, and the secrets in two versions.

use noc_simulator::{Reply, Request, Secret};
use serde_json::{Value, json};

use crate::support::{World, at, count, number, text};

const LOGIN: &str = "/infisical/api/v1/auth/universal-auth/login";

fn login(world: &World, secret: &str) -> Reply {
    world.call(
        "POST",
        LOGIN,
        &json!({"clientId": world.settings.infisical_client_id, "clientSecret": secret}),
    )
}

fn read(world: &World, token: &str, target: &str) -> Reply {
    world.send(&Request::new("GET", format!("/infisical/api{target}")).bearer(token))
}

fn error(reply: &Reply) -> (u16, String) {
    assert_eq!(number(&reply.value(), "/statusCode"), u64::from(reply.status));
    assert!(text(&reply.value(), "/reqId").starts_with("req-"));
    (reply.status, text(&reply.value(), "/error").to_owned())
}

#[test]
fn a_login_gives_a_token_that_expires() {
    let mut world = World::new();
    let secret = world.settings.infisical_client_secret.clone();
    let token = login(&world, &secret).value();
    assert_eq!(at(&token, "/expiresIn"), 2_592_000);
    assert_eq!(at(&token, "/accessTokenMaxTTL"), 2_592_000);
    assert_eq!(at(&token, "/tokenType"), "Bearer");
    let token = text(&token, "/accessToken").to_owned();
    let list = format!("/v4/secrets?projectId={}&environment=dev", world.settings.infisical_project_id);
    assert_eq!(read(&world, &token, &list).status, 200);
    world.now += 2_592_000_000;
    assert_eq!(error(&read(&world, &token, &list)), (403, "TokenError".into()));

    let token = world.infisical_token();
    world.simulator.expire_infisical_tokens();
    assert_eq!(error(&read(&world, &token, &list)), (403, "TokenError".into()));
    assert_eq!(error(&read(&world, "nonsense", &list)), (403, "TokenError".into()));
    let without = world.send(&Request::new("GET", format!("/infisical/api{list}")));
    assert_eq!(error(&without), (401, "UnauthorizedError".into()));
}

#[test]
fn three_failed_logins_lock_the_identity() {
    let mut world = World::new();
    let secret = world.settings.infisical_client_secret.clone();
    let locked = "This identity auth method is temporarily locked, please try again later";
    for (wait_ms, secret, status, message) in [
        (0, "wrong", 401, "Invalid credentials"),
        (0, "wrong", 401, "Invalid credentials"),
        (30_000, "wrong", 401, "Invalid credentials"),
        (0, &secret, 200, ""),
        (0, "wrong", 401, "Invalid credentials"),
        (0, "wrong", 401, "Invalid credentials"),
        (0, "wrong", 401, "Invalid credentials"),
        (0, &secret, 401, locked),
        (299_999, &secret, 401, locked),
        (1, &secret, 200, ""),
    ] {
        world.now += wait_ms;
        let reply = login(&world, secret);
        let found = at(&reply.value(), "/message");
        assert_eq!((reply.status, found.as_str().unwrap_or_default()), (status, message));
    }
}

#[test]
fn a_login_is_validated() {
    let world = World::new();
    let missing = world.call("POST", LOGIN, &json!({"clientId": "x"}));
    assert_eq!(error(&missing), (422, "ValidationFailure".into()));
    assert_eq!(at(&missing.value(), "/message/0/path"), json!(["clientSecret"]), "the message is a list");
    let misspelt =
        world.call("POST", LOGIN, &json!({"clientId": "x", "clientSecret": "y", "organization": "z"}));
    assert_eq!(error(&misspelt), (422, "ValidationFailure".into()));
    let unknown = world.call("POST", LOGIN, &json!({"clientId": "x", "clientSecret": "y"}));
    assert_eq!(error(&unknown), (401, "UnauthorizedError".into()));
}

#[test]
fn both_versions_list_the_secrets_of_an_environment() {
    let world = World::new();
    let token = world.infisical_token();
    let project = &world.settings.infisical_project_id;
    let slug = &world.settings.infisical_project_slug;
    for target in [
        format!("/v4/secrets?projectId={project}&environment=staging&secretPath=%2F&viewSecretValue=true"),
        format!("/v3/secrets/raw?workspaceId={project}&environment=staging"),
        format!("/v3/secrets/raw?workspaceSlug={slug}&environment=staging&recursive=true"),
    ] {
        let reply = read(&world, &token, &target);
        assert_eq!(reply.status, 200, "{target} {}", reply.value());
        let value = reply.value();
        assert_eq!(count(&value, "/secrets"), 3, "{target}");
        assert_eq!(at(&value, "/imports"), Value::Null);
        let secret = at(&value, "/secrets/2");
        assert_eq!(at(&secret, "/secretKey"), "RABBITMQ_PASSWORD");
        assert!(text(&secret, "/secretValue").contains('\n'), "staging has what trips templates up");
        for property in [
            "id",
            "_id",
            "workspace",
            "environment",
            "version",
            "type",
            "secretKey",
            "secretValue",
            "secretComment",
            "createdAt",
            "updatedAt",
            "secretValueHidden",
        ] {
            assert!(secret.get(property).is_some(), "{property} is missing");
        }
    }
}

#[test]
fn reads_are_refused_as_the_real_ones_are() {
    let world = World::new();
    let token = world.infisical_token();
    let project = &world.settings.infisical_project_id;
    let foreign = &world.settings.infisical_foreign_project_id;
    for (target, expected) in [
        ("/v4/secrets?environment=dev".to_owned(), (400, "BadRequest")),
        (format!("/v4/secrets?projectId={project}"), (400, "BadRequest")),
        (format!("/v4/secrets?workspaceId={project}&environment=dev"), (400, "BadRequest")),
        (format!("/v3/secrets/raw?projectId={project}&environment=dev"), (400, "BadRequest")),
        ("/v4/secrets?projectId=none&environment=dev".to_owned(), (404, "NotFound")),
        (format!("/v4/secrets?projectId={foreign}&environment=dev"), (403, "ForbiddenError")),
        (format!("/v4/secrets?projectId={project}&environment=none"), (404, "NotFound")),
        (format!("/v4/secrets?projectId={project}&environment=dev&recursive=1"), (422, "ValidationFailure")),
        (
            format!("/v4/secrets?projectId={project}&environment=dev&includeImports=true"),
            (422, "ValidationFailure"),
        ),
        (
            format!("/v4/secrets?projectId={project}&environment=dev&metadataFilter=a"),
            (422, "ValidationFailure"),
        ),
        (format!("/v4/secrets/NONE?projectId={project}&environment=dev"), (404, "NotFound")),
        (
            format!("/v4/secrets/REDIS_PASSWORD?projectId={project}&environment=dev&type=mine"),
            (422, "ValidationFailure"),
        ),
        (
            format!("/v4/secrets/REDIS_PASSWORD?projectId={project}&environment=dev&version=2"),
            (404, "NotFound"),
        ),
        ("/v9/secrets".to_owned(), (404, "NotFound")),
    ] {
        let reply = read(&world, &token, &target);
        assert_eq!(error(&reply), (expected.0, expected.1.to_owned()), "{target}");
        assert_eq!(at(&reply.value(), "/message").is_array(), reply.status == 422, "{target}");
    }
}

#[test]
fn values_can_be_hidden_expanded_and_imported() {
    let world = World::with(|settings| {
        let mut hidden = Secret::new("dev", "HIDDEN", "never shown");
        hidden.value_hidden = true;
        let mut shared = Secret::new("shared", "SMTP", "mail");
        shared.path = "/common".into();
        let url = Secret::new("dev", "URL", "amqp://${RABBITMQ_USER}@host/${NONE}");
        settings.secrets.extend([hidden, shared, url]);
        settings.secret_imports = vec![("dev".into(), "/".into(), "shared".into(), "/common".into())];
    });
    let token = world.infisical_token();
    let project = &world.settings.infisical_project_id;
    let one = |name: &str, query: &str| {
        let target = format!("/v4/secrets/{name}?projectId={project}&environment=dev{query}");
        at(&read(&world, &token, &target).value(), "/secret")
    };
    for (name, query, value, hidden) in [
        ("HIDDEN", "", "<hidden-by-infisical>", true),
        ("REDIS_PASSWORD", "", "dev-redis-4f9c", false),
        ("REDIS_PASSWORD", "&viewSecretValue=false", "<hidden-by-infisical>", true),
        ("URL", "", "amqp://${RABBITMQ_USER}@host/${NONE}", false),
        ("URL", "&expandSecretReferences=true", "amqp://flaggerlink@host/${NONE}", false),
    ] {
        let secret = one(name, query);
        let found = (text(&secret, "/secretValue"), at(&secret, "/secretValueHidden"));
        assert_eq!(found, (value, json!(hidden)), "{name}{query}");
    }
    let list = format!("/v4/secrets?projectId={project}&environment=dev&include_imports=true");
    let list = read(&world, &token, &list).value();
    assert_eq!(at(&list, "/imports/0/secretPath"), "/common");
    assert_eq!(at(&list, "/imports/0/secrets/0/secretKey"), "SMTP");
    assert_eq!(at(&list, "/imports/0/secrets/0/createdAt"), Value::Null);
}
