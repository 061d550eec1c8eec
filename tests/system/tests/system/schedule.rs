//! What the platform's schedule asks for every hour.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread,
};

use noc_system_tests::{Noc, Options};
use serde_json::Value;

/// Whoever takes one request, answers that it is taken, and gives its body.
fn taker() -> (String, thread::JoinHandle<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/heads", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        for line in reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
        serde_json::from_slice(&body).unwrap()
    });
    (url, taken)
}

#[test]
fn every_hour_the_signed_heads_of_the_audit_go_to_whoever_takes_them() {
    let (url, taken) = taker();
    let settings = vec![("NOC_AUDIT_WEBHOOK", url)];
    let noc = Noc::start(Options { machines: None, settings, ..Options::default() });
    noc.deploy("alpha").assert_status(200);
    assert_eq!(noc.get("/cdn-cgi/handler/scheduled?cron=0+*+*+*+*").status, 200);
    let heads = taken.join().unwrap()["heads"].clone();
    assert_eq!(heads.as_array().map(Vec::len), Some(1), "{heads:#}");
    assert!(heads[0]["signature"].is_string(), "{heads:#}");
}
