//! Whether a browser's request comes from our own pages.

use http::{HeaderMap, Uri, header::HOST, header::ORIGIN};

/// The host that a request was sent to, with its port.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(|authority| authority.as_str()).or_else(|| headers.get(HOST)?.to_str().ok())
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Where this NOC's pages are, as a request came in.
pub fn site(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = host(uri, headers)?;
    Some(format!("{}://{host}", if is_this_machine(host) { "http" } else { "https" }))
}

/// What the header says of the page that a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// It says nothing: no browser, or one that only looks.
    Unsaid,
    /// One of ours.
    Ours,
    /// Another one.
    Elsewhere,
}

/// Where a request came from. A page of ours is one of the very host that was asked, over TLS unless it is this machine.
pub(super) fn origin(uri: &Uri, headers: &HeaderMap) -> From {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else { return From::Unsaid };
    let ours = site(uri, headers);
    let is_ours = origin.to_str().ok().is_some_and(|origin| ours.as_deref() == Some(origin));
    if is_ours && origins.next().is_none() { From::Ours } else { From::Elsewhere }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_page_of_the_very_host_that_was_asked_is_ours() {
        let cases = [
            ("https://noc.example/api/x", None, From::Unsaid),
            ("https://noc.example/api/x", Some("https://noc.example"), From::Ours),
            ("https://noc.example/api/x", Some("http://noc.example"), From::Elsewhere),
            ("https://noc.example/api/x", Some("https://noc.example.evil"), From::Elsewhere),
            ("https://noc.example/api/x", Some("https://evil.noc.example"), From::Elsewhere),
            ("https://noc.example/api/x", Some("https://noc.example:8443"), From::Elsewhere),
            ("https://noc.example/api/x", Some("null"), From::Elsewhere),
            ("https://noc.example/api/x", Some(""), From::Elsewhere),
            ("http://localhost:8787/api/x", Some("http://localhost:8787"), From::Ours),
            ("http://localhost:8787/api/x", Some("http://localhost:8788"), From::Elsewhere),
        ];
        for (asked, from, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(from) = from {
                headers.insert(ORIGIN, HeaderValue::from_static(from));
            }
            assert_eq!(origin(&Uri::from_static(asked), &headers), expected, "{from:?} at {asked}");
        }
    }
}
