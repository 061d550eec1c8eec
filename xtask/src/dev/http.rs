//! The requests that this tool makes: is it up, and is it time?

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Asks a server on this machine; `None` while it does not answer.
pub(super) fn get(port: u16, path: &str) -> Option<Answer> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    // Of version 1.0, whose answers end where the connection does and never come in chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    parse(&String::from_utf8_lossy(&answer))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        for (text, expected) in [
            ("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\n{\"ok\":false}", Some((503, "{\"ok\":false}"))),
            ("HTTP/1.0 200 OK\r\n\r\n", Some((200, ""))),
            ("HTTP/1.1 200 OK\r\n", None),
            ("SSH-2.0-x\r\n\r\n", None),
        ] {
            let expected = expected.map(|(status, body)| Answer { status, body: body.into() });
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
