//! The headers of every answer that keep browsers from doing what nobody wants, and those that let pages of other origins in.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY,
        ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};

/// What the API answers is data: it loads nothing, and nobody shows it in a frame.
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Sets what every answer has. An answer is kept by nobody unless its route says otherwise.
pub(super) fn guard(headers: &mut HeaderMap, status: StatusCode) {
    headers.extend(ALWAYS);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"noc\""));
    }
}

/// The origin of a page that may ask from elsewhere, as the configuration allows. Such a page sends a token: no cookie is
/// ever let through.
pub(super) fn allowed_origin(asked: &HeaderMap, allowed: &[String]) -> Option<HeaderValue> {
    let origin = asked.get(ORIGIN)?;
    let text = origin.to_str().ok()?;
    allowed.iter().any(|one| one == text).then(|| origin.clone())
}

/// Lets a page of an allowed origin read the answer, and ask in the first place.
pub(super) fn allow(headers: &mut HeaderMap, origin: HeaderValue, method: &Method) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location, Retry-After, X-Request-Id"),
    );
    if method == Method::OPTIONS {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer"),
        );
        // The longest that browsers keep it.
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
}
