//! Requests that are sent twice.

use std::thread;

use http::Method;
use noc_system_tests::{Answer, Noc, deploy_body, json_request};

use crate::shared::shared;

fn deploy(noc: &Noc, name: &str, key: &str) -> Answer {
    let request = json_request(Method::POST, "/api/deploy").header("idempotency-key", key);
    noc.send(request, deploy_body(name).to_string())
}

#[test]
fn an_idempotency_key_repeats_the_first_answer() {
    let noc = shared();
    let first = deploy(&noc, "twice", "one-after-the-other");
    let again = deploy(&noc, "twice", "one-after-the-other");
    assert_eq!(first.assert_status(200), again.assert_status(200));
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(noc.made("twice"), (1, 3));
    deploy(&noc, "other", "one-after-the-other").assert_refused(422, "idempotency_key_reused", None);
    assert_eq!(noc.made("other"), (0, 0));
    noc.destroy("twice").assert_status(200);
}

#[test]
fn two_requests_with_one_idempotency_key_at_once_make_one_server() {
    let noc = shared();
    let (one, other) = thread::scope(|scope| {
        let send = || scope.spawn(|| deploy(&noc, "both", "at-the-same-time"));
        let (one, other) = (send(), send());
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one.assert_status(200), other.assert_status(200));
    assert_eq!(noc.made("both"), (1, 3));
    noc.destroy("both").assert_status(200);
}
