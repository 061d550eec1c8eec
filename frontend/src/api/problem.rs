//! Why a request came to nothing.

use noc_shared::errors::{ErrorBody, ErrorDetail};

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// Nothing that speaks NOC's language answered: the network, or the Worker, is away.
    Gone,
    /// The API answered, and refused.
    Refused(Box<ErrorDetail>),
    /// The API answered something that this version of the dashboard does not understand.
    Unreadable(String),
    /// The browser did not do what it was asked to; the sentence says what is to be known of it.
    Browser(&'static str),
}

impl Problem {
    /// What an answer that is no success means.
    pub fn of_answer(status: u16, body: &str) -> Self {
        match serde_json::from_str::<ErrorBody>(body) {
            Ok(body) => Self::Refused(Box::new(body.error)),
            // Every refusal of the API is of that shape; anything else comes from something in front of it.
            Err(_) if status >= 500 || status == 404 => Self::Gone,
            Err(_) => Self::Unreadable(format!("an answer with status {status}")),
        }
    }

    /// A sentence for people.
    pub fn message(&self) -> String {
        match self {
            Self::Gone => "The API does not answer.".to_owned(),
            Self::Refused(detail) => sentence(&detail.message),
            Self::Browser(sentence) => (*sentence).to_owned(),
            Self::Unreadable(what) => {
                format!("The API answered something unexpected ({what}). Reloading the page may help.")
            }
        }
    }

    /// The field that is wrong, as the wire calls it.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Refused(detail) => detail.field.as_deref(),
            Self::Gone | Self::Unreadable(_) | Self::Browser(_) => None,
        }
    }

    /// The word that programs compare.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(detail) => Some(&detail.code),
            Self::Gone | Self::Unreadable(_) | Self::Browser(_) => None,
        }
    }

    /// What support asks for.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(detail) => Some(&detail.request_id),
            Self::Gone | Self::Unreadable(_) | Self::Browser(_) => None,
        }
    }

    /// Whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some("not_found")
    }
}

/// A message as a sentence: the API's begin in lower case, because logs are full of them.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_refusal_or_says_that_the_api_is_gone() {
        let refusal = r#"{"error":{"code":"name_taken","message":"a server of this name exists","field":"server_name","request_id":"req_1"}}"#;
        for (status, body, code, field, message) in [
            (409, refusal, Some("name_taken"), Some("server_name"), "A server of this name exists."),
            (503, refusal, Some("name_taken"), Some("server_name"), "A server of this name exists."),
            (502, "<html>Bad gateway</html>", None, None, "The API does not answer."),
            (404, "<!doctype html>", None, None, "The API does not answer."),
            (
                400,
                "",
                None,
                None,
                "The API answered something unexpected (an answer with status 400). Reloading the page may help.",
            ),
        ] {
            let problem = Problem::of_answer(status, body);
            assert_eq!((problem.code(), problem.field()), (code, field), "{status} {body}");
            assert_eq!(problem.message(), message, "{status} {body}");
        }
    }
}
