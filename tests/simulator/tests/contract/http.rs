//! The HTTP shell: real connections that are answered, held back and cut.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use noc_simulator::http::Background;
use noc_simulator::{Cut, Effect, Fault, Match, Simulator};

const CREATE: &str = r#"{"name":"alpha","size":"s-1vcpu-1gb","image":"debian-12-x64","region":"nyc3"}"#;

/// Sends raw bytes and reads until the end of the connection, which must come: what came, or nothing when it was
/// cut.
pub(crate) fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|cause| panic!("cannot connect: {cause}"));
    // Far more than any answer takes, so that a connection which is never ended fails the test instead of hanging.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(cause) if cause.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(cause) => panic!("the connection did not end: {cause}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn post(target: &str, body: &str) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sim-digitalocean-token\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn get(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sim-digitalocean-token\r\n\
         connection: close\r\n\r\n"
    )
}

fn start() -> (Simulator, Background) {
    let simulator = Simulator::default();
    let server = Background::start(simulator.clone(), 0).unwrap_or_else(|cause| panic!("no server: {cause}"));
    (simulator, server)
}

#[test]
fn a_request_is_answered_over_the_wire() {
    let (simulator, server) = start();
    let answer = exchange(server.address(), &post("/digitalocean/v2/droplets", CREATE));
    assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{answer}");
    assert!(answer.contains("\r\nratelimit-remaining: 4999\r\n"), "{answer}");
    assert!(answer.contains("http://localhost/digitalocean/v2/actions/"), "{answer}");
    assert_eq!(simulator.ledger().left_over, 1);
    let health = exchange(server.address(), &get("/_simulator/health"));
    assert!(health.ends_with(r#"{"status":"ok"}"#), "{health}");
}

#[test]
fn a_cut_really_ends_the_connection_before_or_after_the_work() {
    for (effect, left_over) in [
        (Effect::cut(Cut::Before), 0),
        (Effect::cut(Cut::After), 1),
        (Effect::Hang { hang_ms: 20, after: false }, 0),
        (Effect::Hang { hang_ms: 20, after: true }, 1),
    ] {
        let (simulator, server) = start();
        let id = simulator.inject(Fault { calls: Match::default(), effect: effect.clone() });
        assert_eq!(exchange(server.address(), &post("/digitalocean/v2/droplets", CREATE)), "", "{effect:?}");
        assert_eq!((simulator.fired(id), simulator.ledger().left_over), (1, left_over), "{effect:?}");
        let next = exchange(server.address(), &get("/digitalocean/v2/account"));
        assert!(next.starts_with("HTTP/1.1 200"), "{effect:?} {next}");
    }
}

#[test]
fn a_delayed_answer_comes_all_the_same() {
    let (simulator, server) = start();
    simulator.inject(Fault { calls: Match::default(), effect: Effect::Delay { delay_ms: 20 } });
    let answer = exchange(server.address(), &get("/digitalocean/v2/account"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_body_beyond_a_megabyte_is_refused() {
    let (simulator, server) = start();
    // Announced, and refused before it is sent.
    let request = "POST /digitalocean/v2/droplets HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                   content-length: 1048577\r\n\r\n";
    let answer = exchange(server.address(), request);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(simulator.calls().is_empty());
}

#[test]
fn a_server_that_is_dropped_ends_its_connections() {
    let (simulator, server) = start();
    simulator
        .inject(Fault { calls: Match::default(), effect: Effect::Hang { hang_ms: 3_600_000, after: false } });
    let address = server.address();
    let waiting = std::thread::spawn(move || exchange(address, &get("/digitalocean/v2/account")));
    // The call is known before it hangs.
    while simulator.calls().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(server);
    assert_eq!(waiting.join().unwrap_or_else(|_| panic!("the exchange failed")), "");
}
