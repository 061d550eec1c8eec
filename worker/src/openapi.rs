//! The OpenAPI document, made from the list of routes. It is made natively: the Worker serves the file that came of it.

#![expect(clippy::indexing_slicing, reason = "a JSON object that is indexed with a text makes room for it")]

use noc_shared::{errors::ErrorBody, sessions::ORGANIZATION_HEADER};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    access::SESSION_COOKIE,
    api::{Parameter, Proof, Requires, Route, Values},
    app,
};

/// The document, as the file has it.
pub fn document() -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let refusal = generator.subschema_for::<ErrorBody>();
    let mut paths: Map<String, Value> = Map::new();
    for route in app::routes() {
        let operation = operation(&route, &mut generator, refusal.as_value());
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.as_str().to_lowercase(), operation);
        }
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "NOC",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Deploys, watches and destroys servers at cloud providers.",
        },
        "paths": paths,
        "components": {
            "parameters": {
                "organization": {
                    "name": ORGANIZATION_HEADER,
                    "in": "header",
                    "description": "The organization that the session is believed to act in: if it acts in another one, \
                        the request is refused with the code `other_organization`. Nothing is compared for a token.",
                    "schema": { "type": "string" },
                },
            },
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "agent": { "type": "apiKey", "in": "header", "name": "X-Noc-Signature" },
                "principal": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE },
            },
        },
    });
    format!("{document:#}\n")
}

fn operation(route: &Route, generator: &mut SchemaGenerator, refusal: &Value) -> Value {
    let operation = &route.operation;
    let mut responses = Map::new();
    for answer in &operation.answers {
        let response = responses.entry(answer.status.to_string()).or_insert_with(
            || json!({ "description": answer.when, "headers": headers(operation.id, answer.status) }),
        );
        if !answer.media.is_empty() {
            let schema = answer.schema.map_or_else(|| json!({}), |schema| schema(generator).to_value());
            response["content"][answer.media] = json!({ "schema": schema });
        }
    }
    // What the gate refuses, on every route that requires somebody.
    let gates: &[u16] = match route.requires {
        Requires::Nothing(_) | Requires::Agent => &[],
        Requires::SignedIn | Requires::Session(_) => &[401, 403],
        Requires::Scope(_) | Requires::InProject(_) => &[401, 403, 409],
    };
    for status in operation.refusals.iter().chain(gates) {
        responses.insert(
            status.to_string(),
            json!({
                "description": "refused; the body says why",
                "headers": headers(operation.id, *status),
                "content": { "application/json": { "schema": refusal } },
            }),
        );
    }
    let mut parameters: Vec<Value> = in_path(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(operation.parameters.iter().map(parameter));
    if route.requires.within_an_organization() {
        parameters.push(json!({ "$ref": "#/components/parameters/organization" }));
    }
    let mut value = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    match route.requires {
        Requires::Nothing(reason) => value["x-requires-nothing-because"] = json!(reason),
        Requires::SignedIn => value["x-requires"] = json!("anybody who is signed in, or any token"),
        Requires::Session(proof) => {
            value["x-requires"] = json!("a person's session");
            value["x-requires-proof"] = json!(proof != Proof::None);
        }
        Requires::Scope(scope) => {
            value["x-requires-scope"] = json!(scope);
            value["x-requires-proof"] = json!(scope.is_sensitive());
        }
        Requires::InProject(scope) => {
            value["x-requires-scope-in-project"] = json!(scope);
            value["x-requires-proof"] = json!(scope.is_sensitive());
        }
        Requires::Agent => value["security"] = json!([{ "agent": [] }]),
    }
    if !matches!(route.requires, Requires::Nothing(_) | Requires::Agent) {
        value["security"] = json!([{ "principal": [] }, { "session": [] }]);
    }
    if !operation.audits.is_empty() {
        value["x-audits"] = json!(operation.audits);
    }
    if let Some(schema) = operation.body {
        let schema = schema(generator).to_value();
        value["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    value
}

/// The headers of an answer that programs may want.
fn headers(operation: &str, status: u16) -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let mut headers = json!({ "x-request-id": header("Names the request in the log.") });
    let begins =
        ["deploy_server", "destroy_server", "cancel_deployment", "retry_deployment"].contains(&operation);
    if begins && status < 300 {
        headers["Location"] = header("The deployment.");
    }
    headers
}

fn parameter(parameter: &Parameter) -> Value {
    let header = parameter.name.starts_with(char::is_uppercase);
    json!({
        "name": parameter.name,
        "in": if header { "header" } else { "query" },
        "description": parameter.description,
        "schema": match parameter.values {
            Values::Text => json!({ "type": "string" }),
            Values::Switch => json!({ "enum": ["1", "0", "true", "false"] }),
            Values::UpTo(most) => json!({ "type": "integer", "minimum": 1, "maximum": most }),
            Values::OneOf(words) => json!({ "enum": words }),
        },
    })
}

fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
