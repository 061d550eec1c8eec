//! Every route of the OpenAPI document is there.

use std::fs;

use http::Method;
use noc_system_tests::{json_request, root};
use serde_json::Value;

use crate::shared::shared;

#[test]
fn every_route_of_the_document_answers() {
    let noc = shared();
    let document: Value =
        serde_json::from_str(&fs::read_to_string(root().join("worker/openapi.json")).unwrap()).unwrap();
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let concrete = path.replace("{name}", "nobody").replace("{id}", "dep_000000000000000000000000");
            assert!(!concrete.contains('{'), "{path} has a parameter that this test does not know");
            let request = json_request(method.clone(), &concrete);
            let answer = if method == Method::GET { noc.send(request, ()) } else { noc.send(request, "{}") };
            let status = answer.status.as_u16();
            // An export is lines of JSON, and metrics are text.
            let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
            let code = body["error"]["code"].clone();
            assert!(
                ![405, 500].contains(&status) && code != "no_such_route",
                "{method} {path}: {}",
                answer.text
            );
            let documented = &operation["responses"][status.to_string()];
            assert!(
                documented.is_object(),
                "{method} {path} answers {status}, which the document does not say"
            );
            walked += 1;
        }
    }
    assert!(walked >= 13, "the document has only {walked} routes");
}
