//! The whole system: the Worker, the providers and their machines.

use std::{
    env, fs,
    ops::Deref,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use noc_simulator::{
    Effect, Fault, FaultId, Match, Provider, Request, Settings, Simulator,
    agent::{self, Machines},
    http::{Background, wall_clock},
};
use serde_json::{Value, json};

use crate::{
    build::Build,
    client::{Answer, Client, json_request},
    console::Console,
    sign_in,
    wait::{wait_for, wait_until},
    workerd::Workerd,
};

/// What makes the first owner.
const BOOTSTRAP_TOKEN: &str = "bootstrap-token-of-the-whole-system-tests";

/// How a NOC is set up.
pub struct Options {
    /// The providers.
    pub providers: Settings,
    /// The machines that boot on the droplets; none when they shall stay dead.
    pub machines: Option<agent::Settings>,
    /// Settings of the Worker that are left out.
    pub without: Vec<&'static str>,
    /// More settings of the Worker.
    pub settings: Vec<(&'static str, String)>,
    /// How often one principal may ask for one route in a minute.
    pub limit: u32,
    /// Where it keeps its state; a folder of its own, which goes with it, when absent.
    pub state: Option<PathBuf>,
}

impl Default for Options {
    /// Providers and machines that are quick, as a test has no time.
    fn default() -> Self {
        Self {
            providers: Settings { address_after_ms: 300, ..Settings::default() },
            machines: Some(agent::Settings {
                boot_after: Duration::from_millis(300),
                interval_limit: Some(Duration::from_secs(1)),
                retry_after: Duration::from_millis(500),
                look_every: Duration::from_millis(50),
            }),
            without: Vec::new(),
            settings: Vec::new(),
            // Tests ask much more often than people do.
            limit: 1_000_000,
            state: None,
        }
    }
}

/// A running NOC. It is asked as its [`Client`].
pub struct Noc {
    /// What the Worker writes, over all its starts.
    pub console: Console,
    /// The providers.
    pub providers: Simulator,
    client: Client,
    build: Build,
    bindings: Value,
    limit: u32,
    state: PathBuf,
    state_is_own: bool,
    /// None after it was killed. The order of these three is the order in which they end.
    workerd: Option<Workerd>,
    _machines: Option<Machines>,
    _server: Background,
}

impl Noc {
    /// Starts everything, and comes back when the Worker answers.
    pub fn start(options: Options) -> Self {
        let build = Build::find();
        let providers = Simulator::new(options.providers);
        let server = Background::start(providers.clone(), 0)
            .unwrap_or_else(|error| panic!("the providers cannot listen: {error}"));
        let machines = options.machines.map(|settings| {
            let _inside = server.runtime().map(|runtime| runtime.enter());
            agent::start(providers.clone(), settings)
        });
        let mut bindings = bindings(&providers.settings(), &server.url());
        for name in options.without {
            let was_there = bindings.as_object_mut().and_then(|bindings| bindings.remove(name));
            assert!(was_there.is_some(), "{name} is no setting that could be left out");
        }
        for (name, value) in options.settings {
            bindings[name] = Value::String(value);
        }
        let state_is_own = options.state.is_none();
        let mut noc = Self {
            console: Console::default(),
            providers,
            client: Client::new(""),
            build,
            bindings,
            limit: options.limit,
            state: options.state.unwrap_or_else(own_folder),
            state_is_own,
            workerd: None,
            _machines: machines,
            _server: server,
        };
        noc.start_on(0);
        noc
    }

    /// Kills node and workerd in the middle of whatever they do (SIGKILL). Providers and machines go on.
    pub fn kill(&mut self) {
        self.workerd.take().expect("it was not killed yet").kill();
    }

    /// Starts the Worker again after it was killed: on the same state, and where the machines look for it.
    pub fn start_again(&mut self) {
        assert!(self.workerd.is_none(), "it runs already");
        let port = self.client.origin().rsplit(':').next().and_then(|port| port.parse().ok());
        self.start_on(port.unwrap_or(0));
    }

    fn start_on(&mut self, port: u16) {
        let configuration = json!({
            "build": self.build.worker,
            "migrations": self.build.root.join("worker/migrations"),
            "state": self.state,
            "removeState": self.state_is_own,
            "compatibilityDate": self.build.compatibility_date,
            "port": port,
            "bindings": self.bindings,
            "limit": self.limit,
        });
        let workerd = wait_for("workerd to start", || {
            match Workerd::start(&self.build.root, &configuration, &self.console) {
                Ok(workerd) => Some(workerd),
                // While nobody listened, the system may have given the port to an outgoing connection.
                Err(written) if written.contains("Address already in use") => {
                    thread::sleep(Duration::from_millis(200));
                    None
                }
                Err(written) => panic!("workerd did not start: {written}"),
            }
        });
        // A new one: the old one may hold connections to what was killed.
        let client = Client::new(format!("http://127.0.0.1:{}", workerd.port()));
        let token = sign_in::token(&client, &self.state, BOOTSTRAP_TOKEN);
        self.client = client.with_token(token);
        self.workerd = Some(workerd);
    }

    /// The folder of the state.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Deploys a server, and gives the answer.
    #[track_caller]
    pub fn deploy(&self, name: &str) -> Answer {
        self.post("/api/deploy", &deploy_body(name))
    }

    /// Begins to deploy a server, and gives the deployment's id.
    #[track_caller]
    pub fn deploy_at_once(&self, name: &str) -> String {
        let request = json_request(Method::POST, "/api/deploy").header("prefer", "respond-async");
        let answer = self.send(request, deploy_body(name).to_string());
        let body = answer.assert_status(202);
        body["deployment_id"].as_str().unwrap_or_else(|| panic!("{body:#}")).to_owned()
    }

    /// Destroys a server, and gives the answer.
    #[track_caller]
    pub fn destroy(&self, name: &str) -> Answer {
        self.delete(&format!("/api/servers/{name}"), &json!({ "confirm": "DESTROY" }))
    }

    /// How a server stands, as soon as it is active and all its services are healthy.
    #[track_caller]
    pub fn wait_until_active(&self, name: &str) -> Value {
        wait_for(&format!("{name} to be active and healthy"), || {
            let status = self.get(&format!("/api/servers/{name}/status")).assert_status(200);
            let services = status["services"].as_object();
            let healthy = services.is_some_and(|all| all.values().all(|health| health == "healthy"));
            (status["status"] == "active" && healthy).then_some(status)
        })
    }

    /// A deployment, as soon as it has ended.
    #[track_caller]
    pub fn wait_until_ended(&self, deployment: &str) -> Value {
        wait_for(&format!("{deployment} to end"), || {
            let shown = self.get(&format!("/api/deployments/{deployment}")).assert_status(200);
            shown["finished_at"].is_string().then_some(shown)
        })
    }

    /// A deployment, as soon as it is at a step.
    #[track_caller]
    pub fn wait_until_at(&self, deployment: &str, step: &str) -> Value {
        wait_for(&format!("{deployment} to be at {step}"), || {
            let shown = self.get(&format!("/api/deployments/{deployment}")).assert_status(200);
            (shown["step"] == step).then_some(shown)
        })
    }

    /// How many droplets and DNS records a server has at the providers.
    pub fn made(&self, name: &str) -> (usize, usize) {
        let ledger = self.providers.ledger();
        let zone = self.providers.settings().zone_name;
        let domains = ["", "-api", "-text-api"].map(|suffix| format!("{name}{suffix}.{zone}"));
        let droplets = ledger.droplets.iter().filter(|droplet| droplet.name == name).count();
        let records = ledger.dns_records.iter().filter(|record| domains.contains(&record.name)).count();
        (droplets, records)
    }

    /// Comes back as soon as a server has so many droplets and DNS records at the providers.
    #[track_caller]
    pub fn wait_until_made(&self, name: &str, wanted: (usize, usize)) {
        wait_until(&format!("{name} to have {wanted:?} droplets and records"), || self.made(name) == wanted);
    }

    /// Has calls of the providers fail: the next `times` with this method and this text in their path.
    pub fn inject(
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
        self.providers.inject(Fault { calls, effect })
    }

    /// Lets the machines boot and report, or silences all of them.
    pub fn let_machines_run(&self, running: bool) {
        let request = Request::new("POST", "/_simulator/agents").json(&json!({ "boot": running }));
        let reply = self.providers.handle(wall_clock(), &request).reply;
        assert_eq!(reply.map(|reply| reply.status), Some(200));
    }

    /// Says that nothing is left at the providers.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        let ledger = self.providers.ledger();
        assert_eq!(ledger.left_over, 0, "{ledger:#?}");
    }

    /// Every secret that NOC holds from the beginning, by its name.
    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        const NAMED: [&str; 5] = [
            "DIGITALOCEAN_TOKEN",
            "CLOUDFLARE_API_TOKEN",
            "INFISICAL_CLIENT_SECRET",
            "NOC_MASTER_KEY",
            "NOC_BOOTSTRAP_TOKEN",
        ];
        let named = NAMED.map(|name| (name, self.bindings[name].as_str().unwrap_or_default().to_owned()));
        let settings = self.providers.settings();
        let passwords = settings.secrets.into_iter().filter(|secret| secret.key.ends_with("PASSWORD"));
        let token = self.token().map(|token| ("API token", token.to_owned()));
        let all = named.into_iter().chain(token).chain(passwords.map(|secret| ("password", secret.value)));
        all.filter(|(_, secret)| !secret.is_empty()).collect()
    }

    /// Says that a text has none of these secrets in it.
    #[track_caller]
    pub fn assert_no_secret_in(&self, text: &str) {
        for (name, secret) in self.secrets() {
            assert!(!text.contains(&secret), "{name} is shown in: {text}");
        }
    }
}

impl Deref for Noc {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Noc {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("The last lines of the Worker:\n{}", self.console.tail());
        }
        drop(self.workerd.take());
        if self.state_is_own {
            // It has removed it by itself, unless it was killed.
            let _ = fs::remove_dir_all(&self.state);
        }
    }
}

/// The body that the users' scripts send.
pub fn deploy_body(name: &str) -> Value {
    json!({
        "server_name": name,
        "droplet_size": "s-2vcpu-4gb",
        "droplet_region": "nyc1",
        "branch": "master",
        "enable_cloudflare_proxy": true,
    })
}

fn bindings(settings: &Settings, providers: &str) -> Value {
    json!({
        "CLOUDFLARE_API_TOKEN": settings.cloudflare_token,
        "CLOUDFLARE_API_URL": format!("{providers}/cloudflare/client/v4"),
        "CLOUDFLARE_ZONE_ID": settings.zone_id,
        "DIGITALOCEAN_API_URL": format!("{providers}/digitalocean/v2"),
        "DIGITALOCEAN_TOKEN": settings.digitalocean_token,
        "INFISICAL_API_URL": format!("{providers}/infisical/api"),
        "INFISICAL_CLIENT_ID": settings.infisical_client_id,
        "INFISICAL_CLIENT_SECRET": settings.infisical_client_secret,
        "INFISICAL_PROJECT_ID": settings.infisical_project_id,
        "NOC_BOOTSTRAP_TOKEN": BOOTSTRAP_TOKEN,
        "NOC_MASTER_KEY": STANDARD.encode([42; 32]),
    })
}

fn own_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("noc-system-{}-{number}", process::id()));
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}
