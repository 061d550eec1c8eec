//! What happens behind NOC's back.

use noc_simulator::Request;
use noc_worker::{
    ports::{Clock as _, Statement},
    schedule,
};
use serde_json::{Value, json};

use super::TestApp;

impl TestApp {
    /// The platform's schedule: the reconciler's tick.
    pub(crate) async fn tick(&self) {
        schedule::run(&self.app, schedule::EVERY_MINUTE).await;
    }

    /// The platform's schedule: what is done every hour.
    pub(crate) async fn strike_the_hour(&self) {
        schedule::run(&self.app, schedule::EVERY_HOUR).await;
    }

    /// How many requests NOC has made to providers, to its database and to objects.
    pub(crate) fn requests(&self) -> u64 {
        self.simulator.calls().len() as u64 + self.database.batches() + self.world.asked()
    }

    /// Somebody else asks a provider.
    pub(crate) fn behind_its_back(&self, method: &str, path: &str, body: &Value) -> Value {
        let settings = self.simulator.settings();
        let token = if path.starts_with("/digitalocean") {
            settings.digitalocean_token
        } else {
            settings.cloudflare_token
        };
        let mut request = Request::new(method, path).bearer(&token);
        if !body.is_null() {
            request.body = body.to_string().into_bytes();
            request = request.header("content-type", "application/json");
        }
        let now = u64::try_from(self.world.now().millis()).unwrap();
        let reply = self.simulator.handle(now, &request).reply.expect("the provider answers");
        assert!(reply.status < 300, "{method} {path}: {}", String::from_utf8_lossy(&reply.body));
        serde_json::from_slice(&reply.body).unwrap_or_default()
    }

    /// A droplet that NOC did not make.
    pub(crate) fn make_droplet(&self, name: &str, tags: &[&str]) {
        let body = json!({ "name": name, "size": "s-2vcpu-4gb", "region": "nyc1", "image": "ubuntu-24-04-x64",
            "tags": tags });
        self.behind_its_back("POST", "/digitalocean/v2/droplets", &body);
    }

    /// Everything that NOC knows of servers is lost: the database, and the objects with their storage.
    pub(crate) async fn lose_all_records(&self) {
        self.lose_the_database().await;
        self.world.lose_objects();
    }

    /// The database has lost every server.
    pub(crate) async fn lose_the_database(&self) {
        let tables = [
            "drifts",
            "drift_repairs",
            "server_projects",
            "servers",
            "domains",
            "deployments",
            "sweeps",
            "sweep_pages",
        ];
        let wipe = tables.map(|table| Statement::new(format!("DELETE FROM {table}"), []));
        self.app.database.batch(wipe.into()).await.unwrap();
    }

    /// An orphan becomes one of another organization.
    pub(crate) async fn give_away(&self, orphan: &str) {
        let other = "org_0000000000000000000000ff";
        let make = "INSERT INTO organizations (id, name, created_at) VALUES (?1, 'other', 0)";
        let give = "UPDATE orphans SET organization_id = ?1 WHERE id = ?2";
        let make = Statement::new(make, [other.into()]);
        let give = Statement::new(give, [other.into(), orphan.into()]);
        self.app.database.batch(vec![make, give]).await.unwrap();
    }

    /// From now on the database writes nothing into a table.
    pub(crate) async fn database_refuses(&self, table: &str) {
        let trigger = format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        );
        self.in_the_database(&trigger).await;
    }

    /// Somebody who has the database runs a statement.
    pub(crate) async fn in_the_database(&self, sql: &str) {
        self.app.database.batch(vec![Statement::new(sql.to_owned(), [])]).await.unwrap();
    }

    /// The rows that somebody who has the database reads.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<noc_worker::ports::Row> {
        self.app.database.batch(vec![Statement::new(sql.to_owned(), [])]).await.unwrap().remove(0)
    }

    /// The identifier of the first server.
    pub(crate) async fn server_id(&self) -> String {
        self.get("/api/servers").await.json()["servers"][0]["id"].as_str().unwrap().to_owned()
    }
}
