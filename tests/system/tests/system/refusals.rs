//! What is refused, once each: with which status, in which words, and with nothing done.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Shutdown, TcpStream},
    thread,
};

use http::{Method, Request};
use noc_system_tests::{Noc, Options, deploy_body, json_request};
use serde_json::{Value, json};

use crate::shared::shared;

const DEPLOY: &str = "POST /api/deploy";

#[test]
fn what_is_wrong_with_a_request_is_told_and_nothing_is_made() {
    let noc = shared();
    let calls = |noc: &Noc| {
        let calls = noc.providers.calls();
        calls.iter().filter(|call| call.target.contains("refused")).count()
    };
    let post = || json_request(Method::POST, "/api/deploy");
    let with = |field: &str, value: Value| {
        let mut body = deploy_body("refused");
        body[field] = value;
        body.to_string()
    };
    let form = Request::post("/api/deploy").header("content-type", "application/x-www-form-urlencoded");
    let cases = [
        (post(), with("surprise", json!(1)), 422, "invalid_field", Some("surprise")),
        (post(), with("server_name", json!("Refused")), 422, "invalid_field", Some("server_name")),
        (post(), with("droplet_size", json!("s-9000vcpu")), 422, "invalid_field", Some("droplet_size")),
        (post(), with("branch", json!("a..b")), 422, "invalid_field", Some("branch")),
        (post(), String::new(), 422, "invalid_field", Some("server_name")),
        (post(), "{\"server_name\":".to_owned(), 400, "malformed_body", None),
        (form, "server_name=refused".to_owned(), 415, "not_json", None),
        (json_request(Method::PUT, "/api/deploy"), "{}".to_owned(), 405, "method_not_allowed", None),
        (json_request(Method::POST, "/api/depoly"), "{}".to_owned(), 404, "no_such_route", None),
        (Request::get("/api/servers?colour=red"), String::new(), 422, "invalid_field", Some("colour")),
        (Request::get("/api/servers/refused/status"), String::new(), 404, "not_found", None),
        (Request::get("/api/servers/refused/logs"), String::new(), 404, "not_found", None),
        (Request::get("/api/deployments/dep_refused"), String::new(), 404, "not_found", None),
    ];
    for (request, body, status, code, field) in cases {
        let what = format!("{:?} {:?} {body}", request.method_ref().unwrap(), request.uri_ref().unwrap());
        let answer = if body.is_empty() && request.method_ref() == Some(&Method::GET) {
            noc.send(request, ())
        } else {
            noc.send(request, body)
        };
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
        answer.assert_refused(status, code, field);
    }
    assert_eq!((noc.made("refused"), calls(&noc)), ((0, 0), 0));
}

#[test]
fn a_name_that_is_taken_and_a_destroy_that_is_not_meant_change_nothing() {
    let noc = shared();
    let first = noc.deploy("held").assert_status(200);
    let body = noc.deploy("held").assert_refused(409, "name_taken", Some("server_name"));
    assert_eq!(body["error"]["details"]["deployment_id"], first["deployment_id"]);
    let destroy = |name: &str, body: Value| noc.delete(&format!("/api/servers/{name}"), &body);
    for body in [json!({}), json!({ "confirm": "destroy" }), json!({ "confirm": "" })] {
        destroy("held", body).assert_refused(422, "invalid_field", Some("confirm"));
    }
    let unconfirmed = noc.send(Request::delete("/api/servers/held"), ());
    unconfirmed.assert_refused(422, "invalid_field", Some("confirm"));
    destroy("absent", json!({ "confirm": "DESTROY" })).assert_refused(404, "not_found", None);
    assert_eq!(noc.made("held"), (1, 3));
    assert_eq!(noc.wait_until_active("held")["deployment_id"], first["deployment_id"]);
    noc.destroy("held").assert_status(200);
}

/// The first line of the answer to a request that is sent as it stands. Like curl, and unlike the usual client, this
/// reads the answer also when it comes, and the connection goes, before everything was sent.
fn first_line(noc: &Noc, request: &str, headers: &str, body: &[u8]) -> String {
    let host = noc.origin().strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let mut sending = connection.try_clone().unwrap();
    let token = noc.token().unwrap();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         {headers}\r\n\r\n"
    );
    thread::scope(|scope| {
        scope.spawn(move || {
            // What cannot be sent any more was not wanted.
            let _ = sending.write_all(head.as_bytes()).and_then(|()| sending.write_all(body));
        });
        let mut line = String::new();
        BufReader::new(&mut connection).read_line(&mut line).unwrap();
        // Whoever still sends has its answer.
        let _ = connection.shutdown(Shutdown::Both);
        line.trim_end().to_owned()
    })
}

#[test]
fn a_body_that_is_too_long_is_refused_however_it_comes() {
    let noc = shared();
    let post = || json_request(Method::POST, "/api/deploy");
    noc.send(post(), " ".repeat(64 * 1024 + 1)).assert_refused(413, "body_too_large", None);
    // A body that just fits is read.
    noc.send(post(), " ".repeat(64 * 1024)).assert_refused(400, "malformed_body", None);
    let refused = "HTTP/1.1 413 Payload Too Large";
    for length in [64 * 1024 + 1, 256 * 1024 + 1, 8 * 1024 * 1024] {
        let spaces = " ".repeat(length);
        let declared = format!("Content-Length: {length}");
        assert_eq!(first_line(&noc, DEPLOY, &declared, spaces.as_bytes()), refused, "{length} bytes");
        let chunked = format!("{length:x}\r\n{spaces}\r\n0\r\n\r\n");
        assert_eq!(
            first_line(&noc, DEPLOY, "Transfer-Encoding: chunked", chunked.as_bytes()),
            refused,
            "{length} bytes"
        );
    }
    // What is declared far too long is refused before it comes, and what has no end before that.
    assert_eq!(first_line(&noc, DEPLOY, "Content-Length: 1073741824", b""), refused);
    let endless = format!("{:x}\r\n{}", 1 << 30, " ".repeat(1 << 20));
    assert_eq!(first_line(&noc, DEPLOY, "Transfer-Encoding: chunked", endless.as_bytes()), refused);
}

#[test]
fn a_method_and_a_header_that_nobody_knows_are_refused_and_not_guessed_at() {
    let noc = shared();
    for method in ["PROPFIND", "COPY", "PURGE", "OPTIONS"] {
        let line = first_line(&noc, &format!("{method} /api/servers"), "Content-Length: 0", b"");
        assert!(line.contains(" 405 "), "{method}: {line}");
    }
    for byte in ["\u{1}", "\u{1b}", "\u{7f}"] {
        let line = first_line(&noc, "GET /api/servers", &format!("X-Anything: a{byte}b"), b"");
        assert!(line.contains(" 400 "), "{byte:?}: {line}");
    }
}

#[test]
fn whoever_asks_too_often_is_told_when_to_come_again() {
    let noc = Noc::start(Options { limit: 5, ..Options::default() });
    // It is counted by the minute of the clock, of which one may end in between.
    let answers: Vec<_> = (0..11).map(|_| noc.get("/api/catalog")).collect();
    let allowed = answers.iter().take_while(|answer| answer.status == 200).count();
    assert!((5..11).contains(&allowed), "{allowed} of 11 were answered");
    let refused = &answers[allowed];
    refused.assert_refused(429, "too_many_requests", None);
    assert_eq!(refused.header("retry-after"), Some("60"));
    noc.get("/api/servers").assert_status(200);
}
