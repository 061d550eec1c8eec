//! What answers elsewhere: issuers of tokens.

use std::{collections::BTreeMap, sync::Mutex};

use noc_worker::ports::{HttpError, HttpRequest, HttpResponse};
use serde_json::Value;

use super::TestApp;

/// What is answered at an address, and how often it was asked for. What is sent along is kept.
#[derive(Default)]
pub(crate) struct Elsewhere(Mutex<BTreeMap<String, Place>>);

#[derive(Default)]
struct Place {
    answer: Option<Value>,
    asked: u64,
    sent: Vec<u8>,
}

impl Elsewhere {
    pub(super) fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut places = self.0.lock().unwrap();
        let place = places.entry(request.url.clone()).or_default();
        place.asked += 1;
        if let Some((_, body)) = &request.body {
            place.sent.clone_from(body);
        }
        match &place.answer {
            Some(answer) => {
                Ok(HttpResponse { status: 200, headers: Vec::new(), body: answer.to_string().into_bytes() })
            }
            None => Err(HttpError::Unreachable("nobody is there".to_owned())),
        }
    }
}

impl TestApp {
    /// From now on this is answered at an address.
    pub(crate) fn publishes(&self, url: &str, answer: &Value) {
        self.providers.elsewhere().0.lock().unwrap().entry(url.to_owned()).or_default().answer =
            Some(answer.clone());
    }

    /// From now on nobody answers at an address.
    pub(crate) fn publishes_nothing(&self, url: &str) {
        self.providers.elsewhere().0.lock().unwrap().entry(url.to_owned()).or_default().answer = None;
    }

    /// How often an address was asked.
    pub(crate) fn asked_of(&self, url: &str) -> u64 {
        self.providers.elsewhere().0.lock().unwrap().get(url).map_or(0, |place| place.asked)
    }

    /// What an address was last sent.
    pub(crate) fn sent_to(&self, url: &str) -> String {
        let places = self.providers.elsewhere().0.lock().unwrap();
        places.get(url).map(|place| String::from_utf8_lossy(&place.sent).into_owned()).unwrap_or_default()
    }
}
