//! The provider simulator behind the port for HTTP, in the same process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use noc_simulator::{Connection, Request, Simulator};
use noc_worker::ports::{Authorization, Clock as _, Http, HttpError, HttpRequest, HttpResponse, Method};
use serde_json::Value;

use super::{elsewhere::Elsewhere, world::World};

pub(super) struct SimulatedProviders {
    simulator: Simulator,
    world: Arc<World>,
    user_data: Mutex<BTreeMap<String, String>>,
    elsewhere: Elsewhere,
}

impl SimulatedProviders {
    pub(super) fn new(simulator: Simulator, world: Arc<World>) -> Self {
        Self { simulator, world, user_data: Mutex::default(), elsewhere: Elsewhere::default() }
    }

    /// What the newest droplet of this name was given.
    pub(super) fn user_data(&self, name: &str) -> String {
        self.user_data.lock().unwrap().get(name).cloned().expect("there is such a droplet")
    }

    /// What is not a provider of machines.
    pub(super) fn elsewhere(&self) -> &Elsewhere {
        &self.elsewhere
    }

    fn remember(&self, request: &HttpRequest) {
        let body = request.body.as_ref().map_or(&[][..], |(_, body)| body);
        if request.method == Method::Post
            && request.url.ends_with("/droplets")
            && let Ok(body) = serde_json::from_slice::<Value>(body)
            && let (Some(name), Some(user_data)) = (body["name"].as_str(), body["user_data"].as_str())
        {
            self.user_data.lock().unwrap().insert(name.to_owned(), user_data.to_owned());
        }
    }
}

#[async_trait]
impl Http for SimulatedProviders {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(target) = request.url.strip_prefix("http://simulator") else {
            return self.elsewhere.answer(&request);
        };
        self.remember(&request);
        let mut simulated = Request::new(request.method.as_str(), target);
        if let Some(Authorization::Bearer(token)) = &request.authorization {
            simulated = simulated.bearer(token.expose());
        }
        if let Some((_, body)) = request.body {
            simulated.body = body;
            simulated = simulated.header("content-type", "application/json");
        }
        let now = u64::try_from(self.world.now().millis()).unwrap();
        let handled = self.simulator.handle(now, &simulated);
        // Somebody else may do something while the answer is on its way.
        tokio::task::yield_now().await;
        if handled.delay_ms >= request.timeout_ms {
            self.world.skip(request.timeout_ms);
            return Err(HttpError::Timeout);
        }
        self.world.skip(handled.delay_ms);
        match handled.reply {
            Some(reply) if handled.connection == Connection::Kept => Ok(HttpResponse {
                status: reply.status,
                headers: reply
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name.to_ascii_lowercase(), value))
                    .collect(),
                body: reply.body,
            }),
            _ => Err(HttpError::Unreachable("the connection broke".to_owned())),
        }
    }
}
