//! Refusals, and the only place that picks their HTTP status.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::RETRY_AFTER};
use noc_shared::{
    deployments::{DeploymentStatus, Failure, FailureCode},
    errors::{ErrorBody, ErrorDetail, ErrorDetails, FieldError, ProviderRefusal},
    id::{DeploymentId, RequestId},
    sessions::OTHER_ORGANIZATION,
};

use crate::{
    app::NotConfigured,
    log,
    ports::{A_MINUTE, DatabaseError, TargetsError},
    providers::{ProviderError, ProviderErrorKind},
};

/// Why a request is refused.
#[derive(Debug)]
pub enum ApiError {
    /// The body is no JSON, or not of the right shape.
    Malformed(String),
    /// A field is missing, unknown or wrong.
    Invalid {
        /// Which.
        field: String,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// The body is of another type than JSON.
    NotJson,
    /// The body is longer than it may be.
    TooLarge {
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// Who asks did not prove who they are.
    Unauthorized(String),
    /// Who asks may not do this.
    Forbidden(String),
    /// Too much was wrong; it may be tried again after a while.
    TooManyAttempts {
        /// After how many milliseconds.
        retry_after_ms: i64,
    },
    /// Who asks may do this only after the second factor was proven again.
    SecondFactor,
    /// The page that asks believes that its session acts in another organization.
    OtherOrganization,
    /// Who asks has asked for this too often in this minute.
    TooManyRequests,
    /// A machine asks too often.
    MachineTooOften,
    /// There is no such thing.
    NotFound(&'static str),
    /// There is no such route.
    NoRoute,
    /// The route does not take this method.
    MethodNotAllowed,
    /// The name is taken.
    NameTaken {
        /// The deployment that holds it.
        deployment_id: DeploymentId,
    },
    /// Something stands in the way of it now.
    Conflict {
        /// A word for programs.
        code: &'static str,
        /// A sentence for people.
        message: String,
    },
    /// The counter of an agent does not rise, or is too far ahead.
    CounterRefused {
        /// The highest one that was here.
        seen: u64,
    },
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The deployment failed.
    Failed {
        /// Which deployment.
        deployment_id: DeploymentId,
        /// Why.
        failure: Failure,
        /// Where it stands with what it had done: unwound, unwinding or stuck.
        status: DeploymentStatus,
    },
    /// A provider is needed for the answer and did not give one.
    Provider(ProviderError),
    /// Settings are missing.
    NotConfigured(NotConfigured),
    /// A part of NOC does not answer now.
    Unavailable {
        /// What was to be done.
        doing: &'static str,
        /// Why not, for the log.
        cause: String,
    },
    /// The target's object could not do it.
    Target {
        /// What was to be done.
        doing: &'static str,
    },
    /// A fault of ours.
    Internal {
        /// What was to be done.
        doing: &'static str,
        /// Why not, for the log.
        cause: String,
    },
}

/// What an answer says, before it is known which request it answers.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
    pub(crate) details: Option<ErrorDetails>,
    /// What only the log may know.
    pub(crate) cause: Option<String>,
}

impl ApiError {
    /// A cursor that is none of ours.
    pub fn cursor() -> Self {
        Self::Invalid {
            field: "cursor".to_owned(),
            message: "send what next_cursor said, unchanged".to_owned(),
        }
    }

    /// Something that was there a moment ago is not any more, or the other way round.
    pub fn changed_meanwhile() -> Self {
        let message = "this was changed by somebody else meanwhile; look again".to_owned();
        Self::Conflict { code: "changed_meanwhile", message }
    }

    /// A database that did not do what it was asked.
    pub fn database(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |error| Self::Unavailable { doing, cause: log::chain(&error) }
    }

    pub(crate) fn refusal(self) -> Refusal {
        let refuse = |status, code, message: String| Refusal {
            status,
            code,
            message,
            field: None,
            details: None,
            cause: None,
        };
        match self {
            Self::Malformed(message) => refuse(StatusCode::BAD_REQUEST, "malformed_body", message),
            Self::Invalid { field, message } => Refusal {
                field: Some(field),
                ..refuse(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", message)
            },
            Self::NotJson => refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "send the body as JSON, with the header `Content-Type: application/json`".to_owned(),
            ),
            Self::TooLarge { limit } => refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("a body has at most {limit} bytes here; send less at once"),
            ),
            Self::Unauthorized(message) => refuse(StatusCode::UNAUTHORIZED, "unauthorized", message),
            Self::Forbidden(message) => refuse(StatusCode::FORBIDDEN, "forbidden", message),
            Self::TooManyAttempts { retry_after_ms } => refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                format!("too much was wrong; try again in {} s", in_seconds(retry_after_ms)),
            ),
            Self::SecondFactor => refuse(
                StatusCode::FORBIDDEN,
                "second_factor_required",
                "prove your second factor, which then counts for ten minutes, and ask again".to_owned(),
            ),
            Self::OtherOrganization => refuse(
                StatusCode::CONFLICT,
                OTHER_ORGANIZATION,
                "this session acts in another organization now; GET /api/session says in which".to_owned(),
            ),
            Self::TooManyRequests => refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                format!("this may be asked {A_MINUTE} times a minute; ask again after Retry-After"),
            ),
            Self::MachineTooOften => refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "this machine asks too often; wait longer before each further try".to_owned(),
            ),
            Self::NotFound(what) => {
                refuse(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
            }
            Self::NoRoute => refuse(
                StatusCode::NOT_FOUND,
                "no_such_route",
                "there is nothing here; GET /api/openapi.json lists what there is".to_owned(),
            ),
            Self::MethodNotAllowed => refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route does not take this method; GET /api/openapi.json lists what there is".to_owned(),
            ),
            Self::NameTaken { deployment_id } => Refusal {
                field: Some("server_name".to_owned()),
                details: Some(about(&deployment_id, None)),
                ..refuse(
                    StatusCode::CONFLICT,
                    "name_taken",
                    format!("a server of this name exists; the deployment {deployment_id} holds it"),
                )
            },
            Self::Conflict { code, message } => refuse(StatusCode::CONFLICT, code, message),
            Self::CounterRefused { seen } => Refusal {
                details: Some(ErrorDetails { counter: Some(seen), ..ErrorDetails::default() }),
                ..refuse(
                    StatusCode::CONFLICT,
                    "counter_does_not_rise",
                    format!(
                        "a counter is higher than each before it, of which the highest is {seen}, and at most a year \
                         of seconds ahead of the time"
                    ),
                )
            },
            Self::IdempotencyKeyReused => refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request; choose a new one".to_owned(),
            ),
            Self::Failed { deployment_id, failure, status } => failed(&deployment_id, failure, status),
            Self::Provider(error) => provider(error),
            Self::NotConfigured(error) => Refusal {
                details: Some(ErrorDetails {
                    missing: error.missing.iter().map(|name| (*name).to_owned()).collect(),
                    ..ErrorDetails::default()
                }),
                ..refuse(StatusCode::SERVICE_UNAVAILABLE, "not_configured", error.to_string())
            },
            Self::Unavailable { doing, cause } => Refusal {
                cause: Some(format!("{doing}: {cause}")),
                ..refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "a part of NOC does not answer now; try again in a moment".to_owned(),
                )
            },
            Self::Target { doing } => Self::Unavailable {
                doing,
                cause: "the target's object could not do it; its own line has the cause".to_owned(),
            }
            .refusal(),
            Self::Internal { doing, cause } => Refusal {
                cause: Some(format!("{doing}: {cause}")),
                ..refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something went wrong here; the log has the cause under this request's id".to_owned(),
                )
            },
        }
    }
}

impl Refusal {
    /// The body of the answer to this request.
    pub(crate) fn body(&self, request: &RequestId) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.code.to_owned(),
                message: self.message.clone(),
                field: self.field.clone(),
                request_id: request.to_string(),
                details: self.details.clone(),
            },
        }
    }
}

/// A deployment that failed. It is the caller's to mend (409, 422), the provider's (502, 503), or ours (500).
fn failed(deployment_id: &DeploymentId, failure: Failure, standing: DeploymentStatus) -> Refusal {
    let (status, code) = match failure.code {
        FailureCode::DomainTaken => (StatusCode::CONFLICT, "domain_taken"),
        FailureCode::NotInCatalog => (StatusCode::UNPROCESSABLE_ENTITY, "not_in_catalog"),
        FailureCode::SecretMissing => (StatusCode::CONFLICT, "secret_missing"),
        FailureCode::ProviderRefused => (StatusCode::BAD_GATEWAY, "provider_refused"),
        FailureCode::ProviderUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable"),
        FailureCode::Cancelled => (StatusCode::CONFLICT, "cancelled"),
        FailureCode::MachineFailed => (StatusCode::BAD_GATEWAY, "machine_failed"),
        FailureCode::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded"),
        FailureCode::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    let end = match standing {
        DeploymentStatus::Unwound => "everything that was done is undone",
        DeploymentStatus::Stuck => "something is left over; the deployment lists it",
        _ => "what was done is being undone; the deployment shows how far that is",
    };
    Refusal {
        status,
        code,
        message: format!("{}; {end}", failure.message),
        field: None,
        details: Some(about(deployment_id, failure.provider)),
        cause: None,
    }
}

fn provider(error: ProviderError) -> Refusal {
    let (status, code) = match error.kind {
        ProviderErrorKind::NotFound | ProviderErrorKind::Refused => {
            (StatusCode::BAD_GATEWAY, "provider_refused")
        }
        ProviderErrorKind::Busy
        | ProviderErrorKind::Exists
        | ProviderErrorKind::RateLimited(_)
        | ProviderErrorKind::Unavailable
        | ProviderErrorKind::Unreadable => (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable"),
    };
    Refusal {
        status,
        code,
        message: error.to_string(),
        field: None,
        details: Some(ErrorDetails { provider: Some(error.refusal), ..ErrorDetails::default() }),
        cause: None,
    }
}

fn about(deployment_id: &DeploymentId, provider: Option<ProviderRefusal>) -> ErrorDetails {
    ErrorDetails { deployment_id: Some(deployment_id.to_string()), provider, ..ErrorDetails::default() }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::Invalid { field: error.field.to_owned(), message: error.message }
    }
}

impl From<NotConfigured> for ApiError {
    fn from(error: NotConfigured) -> Self {
        Self::NotConfigured(error)
    }
}

impl From<ProviderError> for ApiError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

impl From<TargetsError> for ApiError {
    fn from(error: TargetsError) -> Self {
        Self::Unavailable { doing: "ask the target's object", cause: log::chain(&error) }
    }
}

/// Whole seconds, at least one: nobody shall come a moment too early.
fn in_seconds(millis: i64) -> i64 {
    millis.div_euclid(1_000) + 1
}

/// The answer gets its body where the request's id is known, in `api::respond`.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let retry_after_ms = match self {
            Self::TooManyAttempts { retry_after_ms } => Some(retry_after_ms),
            _ => None,
        };
        let refusal = self.refusal();
        let mut response = refusal.status.into_response();
        if let Some(millis) = retry_after_ms {
            response.headers_mut().insert(RETRY_AFTER, in_seconds(millis).into());
        }
        response.extensions_mut().insert(std::sync::Arc::new(refusal));
        response
    }
}
