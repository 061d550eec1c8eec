//! The OpenAPI document is what the routes say.

use serde_json::Value;
use std::{collections::BTreeSet, env, fs, path::Path};

use noc_worker::{app, openapi};

use crate::support::TestApp;

#[test]
fn the_document_that_is_checked_in_is_the_one_that_the_routes_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let made = openapi::document();
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept == made, "openapi.json is not what the routes say: run `cargo xtask snapshots`");
}

#[test]
fn every_route_says_what_it_is_and_no_two_are_called_the_same() {
    let mut ids = BTreeSet::new();
    for route in app::routes() {
        let operation = &route.operation;
        assert!(ids.insert(operation.id), "{} is there twice", operation.id);
        assert!(operation.summary.ends_with('.'), "{} has no sentence", route.path);
        assert!(!operation.answers.is_empty(), "{} answers nothing", route.path);
        // Whoever collects metrics looks for them at this place.
        assert!(route.path.starts_with("/api/") || route.path == "/metrics", "{}", route.path);
    }
}

#[tokio::test]
async fn every_route_takes_the_method_that_it_says() {
    let noc = TestApp::new();
    for route in app::routes() {
        let path = route.path.replace("{name}", "nobody").replace("{id}", "nothing");
        let answer = noc.send(http::Request::builder().method(route.method.clone()).uri(path), "").await;
        assert_ne!(answer.status, 405, "{} {}", route.method, route.path);
        assert!(!answer.text().contains("no_such_route"), "{} {}", route.method, route.path);
    }
}

/// What is sent has no field that nobody knows: a misspelt one would be left out in silence.
#[test]
fn no_body_takes_a_field_that_it_does_not_know() {
    let document: Value = serde_json::from_str(&noc_worker::openapi::document()).unwrap();
    let mut looked = 0;
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    for (_, operation) in operations {
        let mut open = vec![operation["requestBody"]["content"]["application/json"]["schema"].clone()];
        while let Some(schema) = open.pop() {
            if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
                open.push(document["components"]["schemas"][name].clone());
            } else if schema["properties"].is_object() {
                let named = &schema["title"];
                assert_eq!(schema["additionalProperties"], false, "{named} {}", operation["operationId"]);
                looked += 1;
            }
            match schema {
                Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
    assert!(looked > 15, "only {looked}");
}
