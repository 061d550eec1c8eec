//! A NOC to ask, and what it answers.

mod answer;
mod authenticator;
mod behind;
mod database;
mod elsewhere;
mod found;
mod machine;
mod people;
mod providers;
mod signatures;
mod signed_in;
mod signer;
mod tools;
mod world;

pub(crate) use answer::Answer;
pub(crate) use authenticator::Authenticator;
pub(crate) use database::migrated;
pub(crate) use found::OLD_MS;
pub(crate) use machine::{HOST_KEY, Machine, Signed, derived_key, key_of_generation, report_body};
pub(crate) use signatures::Checked;
pub(crate) use signed_in::{As, FIRST, ORIGIN, OTHER};
pub(crate) use signer::{Signer, encode};
pub(crate) use tools::not_tested;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use noc_simulator::{Cut, Effect, Fault, FaultId, Match, Provider, Settings, Simulator};
use noc_worker::{
    api::Responder,
    app::{App, Parts},
    config::Config,
    log::Log,
};
use serde_json::{Value, json};

use self::{
    database::Sqlite,
    people::first_owner_with_token,
    providers::SimulatedProviders,
    world::{Collected, Forgetful, Seeded, World},
};

/// A NOC with its providers.
pub(crate) struct TestApp {
    pub(crate) simulator: Simulator,
    pub(crate) app: Arc<App>,
    pub(crate) log: Arc<Collected>,
    world: Arc<World>,
    database: Arc<Sqlite>,
    providers: Arc<SimulatedProviders>,
    responder: Responder,
    /// What every request brings that brings nothing of its own.
    token: String,
}

impl TestApp {
    /// A NOC with everything that it needs.
    pub(crate) fn new() -> Self {
        Self::with(Settings { address_after_ms: 3_000, ..Settings::default() }, |_, value| value)
    }

    /// A NOC over providers that are set up so, and with an environment that is changed so.
    pub(crate) fn with(
        settings: Settings,
        environment: impl Fn(&str, Option<String>) -> Option<String>,
    ) -> Self {
        let world = Arc::new(World::default());
        let config = Config::read(|name| environment(name, usual(&settings, name)));
        let simulator = Simulator::new(settings);
        let providers = Arc::new(SimulatedProviders::new(simulator.clone(), Arc::clone(&world)));
        let log = Arc::new(Collected(Mutex::default()));
        let connection = migrated();
        let token = first_owner_with_token(&connection);
        let database = Arc::new(Sqlite::new(connection));
        let app = Arc::new(App::new(Parts {
            cache: Arc::new(Forgetful::default()),
            clock: world.clone(),
            config,
            database: database.clone(),
            http: providers.clone(),
            log: Log::new(log.clone(), world.clone()),
            random: Arc::new(Seeded::default()),
            limits: world.clone(),
            signatures: Arc::new(Checked),
            targets: world.clone(),
        }));
        world.open(&app);
        let responder = Responder::new(Arc::clone(&app));
        Self { simulator, app, log, world, database, providers, responder, token }
    }

    /// Another instance of the same NOC, as the platform starts them: it shares what is outside, and remembers nothing.
    pub(crate) fn another_instance(&self) -> Self {
        let app = Arc::new(App::new(Parts {
            cache: Arc::new(Forgetful::default()),
            clock: self.world.clone(),
            config: self.app.config.clone(),
            database: self.database.clone(),
            http: self.providers.clone(),
            log: Log::new(self.log.clone(), self.world.clone()),
            random: Arc::new(Seeded::default()),
            limits: self.world.clone(),
            signatures: Arc::new(Checked),
            targets: self.world.clone(),
        }));
        let responder = Responder::new(Arc::clone(&app));
        Self {
            simulator: self.simulator.clone(),
            app,
            log: self.log.clone(),
            world: self.world.clone(),
            database: self.database.clone(),
            providers: self.providers.clone(),
            responder,
            token: self.token.clone(),
        }
    }

    /// Asks as somebody who may do everything, unless the request brings something of its own, and gives the answer.
    pub(crate) async fn send(&self, mut request: http::request::Builder, body: impl Into<Body>) -> Answer {
        let headers = request.headers_ref().unwrap();
        if !headers.contains_key("authorization") && !headers.contains_key("cookie") {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        self.send_bare(request, body).await
    }

    /// Asks with nothing but what the request brings, and gives the answer.
    pub(crate) async fn send_bare(&self, request: http::request::Builder, body: impl Into<Body>) -> Answer {
        let request = request.header("host", "noc.test").body(body.into()).unwrap();
        let response = self.responder.respond(request).await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(http::Request::get(path), Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(json_request(http::Method::POST, path), body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(json_request(http::Method::PUT, path), body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str, body: &Value) -> Answer {
        self.send(json_request(http::Method::DELETE, path), body.to_string()).await
    }

    /// Deploys a server, and says what came of it.
    pub(crate) async fn deploy(&self, name: &str) -> Answer {
        self.post("/api/deploy", &deploy_body(name)).await
    }

    /// Destroys a server, and says what came of it.
    pub(crate) async fn destroy(&self, name: &str) -> Answer {
        self.delete(&format!("/api/servers/{name}"), &json!({ "confirm": "DESTROY" })).await
    }

    /// Deploys a server and plays its machine until it is active.
    pub(crate) async fn deploy_active(&self, name: &str) -> Machine {
        self.deploy(name).await.assert_status(200);
        let machine = self.machine(name);
        machine.claim(self).await.assert_status(200);
        machine.report(self, 1).await.assert_status(200);
        self.pass(1_000).await;
        machine
    }

    /// The machine that the newest droplet of this name is.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        Machine::of(&self.user_data(name))
    }

    /// What the newest droplet of this name was made with.
    pub(crate) fn user_data(&self, name: &str) -> String {
        self.providers.user_data(name)
    }

    /// Lets time go on.
    pub(crate) async fn pass(&self, millis: u64) {
        noc_worker::ports::Clock::sleep(&*self.world, millis).await;
    }

    /// Lets time go on while no alarm comes.
    pub(crate) fn skip(&self, millis: u64) {
        self.world.skip(millis);
    }

    /// Has the calls fail that match.
    pub(crate) fn inject(
        &self,
        provider: Provider,
        method: &str,
        path: &str,
        times: u64,
        effect: Effect,
    ) -> FaultId {
        let calls = Match {
            provider: Some(provider),
            method: Some(method.to_owned()),
            path_contains: Some(path.to_owned()),
            skip: 0,
            times,
        };
        self.simulator.inject(Fault { calls, effect })
    }

    /// How many objects will be woken.
    pub(crate) fn alarms(&self) -> usize {
        self.world.alarms()
    }

    /// Loses every object out of memory, as the platform does whenever it likes.
    pub(crate) fn forget_objects(&self) {
        self.world.forget_objects();
    }

    /// Says that nothing is left at the providers.
    pub(crate) fn assert_clean(&self) {
        let ledger = self.simulator.ledger();
        assert_eq!(ledger.left_over, 0, "{ledger:#?}");
    }

    /// Says that a server has one droplet and three records, and nothing else.
    pub(crate) fn assert_one_server(&self) {
        let ledger = self.simulator.ledger();
        assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 3), "{ledger:#?}");
    }
}

/// The body that the users' scripts send.
pub(crate) fn deploy_body(name: &str) -> Value {
    json!({
        "server_name": name,
        "droplet_size": "s-2vcpu-4gb",
        "droplet_region": "nyc1",
        "branch": "master",
        "enable_cloudflare_proxy": true,
    })
}

/// The connection breaks, after the work was done.
pub(crate) fn cut_after() -> Effect {
    Effect::cut(Cut::After)
}

pub(crate) fn json_request(method: http::Method, path: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(path).header("content-type", "application/json")
}

fn usual(settings: &Settings, name: &str) -> Option<String> {
    Some(match name {
        "CLOUDFLARE_API_TOKEN" => settings.cloudflare_token.clone(),
        "CLOUDFLARE_API_URL" => "http://simulator/cloudflare/client/v4".to_owned(),
        "CLOUDFLARE_ZONE_ID" => settings.zone_id.clone(),
        "DIGITALOCEAN_API_URL" => "http://simulator/digitalocean/v2".to_owned(),
        "DIGITALOCEAN_TOKEN" => settings.digitalocean_token.clone(),
        "INFISICAL_API_URL" => "http://simulator/infisical/api".to_owned(),
        "INFISICAL_CLIENT_ID" => settings.infisical_client_id.clone(),
        "INFISICAL_CLIENT_SECRET" => settings.infisical_client_secret.clone(),
        "INFISICAL_PROJECT_ID" => settings.infisical_project_id.clone(),
        "NOC_MASTER_KEY" => STANDARD.encode([42; 32]),
        _ => return None,
    })
}
