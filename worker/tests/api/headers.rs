//! What every answer says to browsers.

use axum::body::Body;
use http::Request;

use crate::support::TestApp;

const FRIEND: &str = "https://friend.test";

fn noc() -> TestApp {
    TestApp::with(noc_simulator::Settings::default(), |name, value| match name {
        "NOC_ALLOWED_ORIGINS" => Some(format!("{FRIEND}, *, nonsense, https://b.test/path")),
        _ => value,
    })
}

#[tokio::test]
async fn every_answer_loads_nothing_is_framed_by_nobody_and_kept_by_nobody() {
    let noc = noc();
    for path in ["/api/servers", "/api/servers/nowhere/status", "/nowhere", "/api/health", "/metrics"] {
        let answer = noc.get(path).await;
        for (name, value) in [
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name} of {path}");
        }
    }
    let nobody = noc.send_bare(Request::get("/api/servers"), Body::empty()).await;
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer realm=\"noc\""));
}

#[tokio::test]
async fn only_pages_of_configured_origins_may_ask_and_never_with_a_cookie() {
    let noc = noc();
    for (origin, is_allowed) in [
        (FRIEND, true),
        ("https://friend.test.evil", false),
        ("http://friend.test", false),
        ("null", false),
        ("*", false),
        ("https://b.test", false),
        ("nonsense", false),
    ] {
        for method in ["GET", "OPTIONS"] {
            let request = Request::builder().method(method).uri("/api/servers").header("origin", origin);
            let answer = noc.send(request, Body::empty()).await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, is_allowed.then_some(origin), "{method} from {origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            if method == "OPTIONS" {
                assert_eq!(answer.status == 204, is_allowed, "{origin}");
            }
        }
    }
}
