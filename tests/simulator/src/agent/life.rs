//! The life of one machine: boot, claim, report, until its droplet is gone or NOC does not know it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Simulator;
use crate::http::wall_clock;
use crate::random::Random;

use super::Settings;
use super::client::{Answer, Client};
use super::machine::Hardware;
use super::report;
use super::user_data::AgentEnv;

/// The longest wait between two tries, and how long a machine that is switched off waits to look again.
const RETRY_LIMIT: Duration = Duration::from_secs(30);
/// NOC may not be flooded, whatever interval it asks for.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Lives; the droplet's number at the end.
pub(super) async fn live(simulator: Simulator, settings: Settings, client: Client, droplet: u64) -> u64 {
    let mut life = Life { simulator, settings, client, droplet, failures: 0 };
    life.run().await;
    droplet
}

struct Life {
    simulator: Simulator,
    settings: Settings,
    client: Client,
    droplet: u64,
    /// How many calls failed in a row.
    failures: u32,
}

/// What an answer means for the machine.
enum Verdict {
    Accepted(Value),
    TryAgain,
    /// NOC does not know the machine.
    Stop,
}

impl Life {
    async fn run(&mut self) {
        let Some(hardware) = self.simulator.hardware(self.droplet) else { return };
        let env = match AgentEnv::of(&hardware.user_data) {
            Ok(env) => env,
            Err(reason) => return self.stop(&hardware, &reason),
        };
        let user_data = hardware.user_data;
        if self.simulator.machine(self.droplet).booted_at == 0 {
            tokio::time::sleep(self.settings.boot_after).await;
            let nonce = self.random("nonce").hex(32);
            self.simulator.update_machine(self.droplet, |machine| {
                machine.server_id.clone_from(&env.server_id);
                machine.booted_at = wall_clock();
                machine.nonce = nonce;
            });
        }
        loop {
            // Asked anew each time: the droplet may be gone, switched off or told to be silent.
            let now = self.simulator.hardware(self.droplet);
            // After a reset, another droplet may have this one's number: that is another machine's life.
            let Some(hardware) = now.filter(|now| now.user_data == user_data) else { return };
            if !hardware.running {
                tokio::time::sleep(self.settings.look_every).await;
                continue;
            }
            let claimed = self.simulator.machine(self.droplet).agent_key.is_some();
            let verdict = if claimed { self.report(&env, &hardware).await } else { self.claim(&env).await };
            match verdict {
                Verdict::Accepted(answer) if claimed => self.reported(&answer),
                Verdict::Accepted(answer) => {
                    // The first report follows at once.
                    self.claimed(&hardware, &answer);
                    continue;
                }
                Verdict::TryAgain => {}
                Verdict::Stop => return self.stop(&hardware, "NOC does not know it"),
            }
            tokio::time::sleep(self.pause()).await;
        }
    }

    async fn claim(&mut self, env: &AgentEnv) -> Verdict {
        let machine = self.simulator.machine(self.droplet);
        let mut random = self.random("hardware");
        let body = json!({
            "server_id": env.server_id,
            "deployment_id": env.deployment_id,
            "nonce": machine.nonce,
            "machine_id": random.hex(16),
            "host_keys": [host_key(&mut random)],
        });
        let url = format!("{}/api/agents/claim", env.noc_url);
        let bearer = format!("Bearer {}", env.claim_token);
        let answer =
            self.client.post(&url, &[("authorization", &bearer)], body.to_string().into_bytes()).await;
        // An answer without a key is as good as none.
        let answer = answer.filter(|answer| answer.status >= 300 || agent_key(&answer.body).is_some());
        self.judge(answer, "claim")
    }

    fn claimed(&self, hardware: &Hardware, answer: &Value) {
        self.simulator.update_machine(self.droplet, |machine| {
            machine.agent_key = agent_key(answer).map(str::to_owned);
            machine.interval_seconds = interval(answer).unwrap_or(60);
            machine.services = answer
                .get("services")
                .and_then(Value::as_array)
                .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default();
            machine.secrets = answer
                .get("secrets")
                .and_then(Value::as_object)
                .map(|secrets| secrets.keys().cloned().collect())
                .unwrap_or_default();
        });
        say(self.droplet, &hardware.name, "has claimed its key");
    }

    async fn report(&mut self, env: &AgentEnv, hardware: &Hardware) -> Verdict {
        let now = wall_clock();
        // The time in the counter makes it rise even when the state file missed the last one.
        self.simulator
            .update_machine(self.droplet, |machine| machine.counter = (now / 1_000).max(machine.counter + 1));
        let machine = self.simulator.machine(self.droplet);
        let report = report::report(&machine, hardware, now, self.droplet);
        let body = report.to_string().into_bytes();
        let timestamp = (now / 1_000).to_string();
        let counter = machine.counter.to_string();
        let Some(signature) =
            machine.agent_key.as_deref().and_then(|key| report::sign(key, &timestamp, &counter, &body))
        else {
            return Verdict::Stop;
        };
        let url = format!("{}{}", env.noc_url, report::PATH);
        let headers = [
            ("x-noc-server", machine.server_id.as_str()),
            ("x-noc-timestamp", &timestamp),
            ("x-noc-counter", &counter),
            ("x-noc-signature", &signature),
        ];
        let answer = self.client.post(&url, &headers, body).await;
        self.judge(answer, "report")
    }

    fn reported(&self, answer: &Value) {
        self.simulator.update_machine(self.droplet, |machine| {
            machine.reports += 1;
            machine.interval_seconds = interval(answer).unwrap_or(machine.interval_seconds);
        });
    }

    fn judge(&mut self, answer: Option<Answer>, call: &str) -> Verdict {
        let status = answer.as_ref().map(|answer| answer.status);
        self.simulator.update_machine(self.droplet, |machine| machine.last_status = status);
        let verdict = match answer {
            Some(Answer { status: 200..=299, body }) => Verdict::Accepted(body),
            // One that has its key goes on: NOC may have lost its record, and finds the server again by its machine.
            Some(Answer { status: 404, .. }) if call == "claim" => Verdict::Stop,
            _ => Verdict::TryAgain,
        };
        if let Verdict::TryAgain = verdict {
            self.failures = self.failures.saturating_add(1);
            // Once is enough to see that something is wrong; the count of the tries is of no interest.
            if self.failures == 1 {
                let reason =
                    status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
                say(self.droplet, "", &format!("its {call} was not accepted ({reason}); it tries again"));
            }
        } else {
            self.failures = 0;
        }
        verdict
    }

    /// How long it waits before its next call.
    fn pause(&self) -> Duration {
        if self.failures > 0 {
            // Six doublings are beyond the limit.
            let doubled = self.settings.retry_after.saturating_mul(1 << (self.failures - 1).min(6));
            return doubled.min(RETRY_LIMIT);
        }
        let wanted = Duration::from_secs(self.simulator.machine(self.droplet).interval_seconds);
        self.settings.interval_limit.map_or(wanted, |limit| wanted.min(limit)).max(SHORTEST_INTERVAL)
    }

    fn stop(&self, hardware: &Hardware, reason: &str) {
        say(self.droplet, &hardware.name, &format!("has stopped: {reason}"));
        self.simulator.update_machine(self.droplet, |machine| machine.stopped = true);
    }

    /// Numbers that are the same whenever this machine boots, and others for each purpose.
    fn random(&self, purpose: &str) -> Random {
        Random::new(purpose.bytes().fold(self.droplet, |seed, byte| seed.rotate_left(8) ^ u64::from(byte)))
    }
}

fn agent_key(answer: &Value) -> Option<&str> {
    answer.get("agent_key").and_then(Value::as_str)
}

fn interval(answer: &Value) -> Option<u64> {
    answer.get("interval_seconds").and_then(Value::as_u64)
}

/// A public key in the wire form of SSH: its type and 32 bytes, each with their length in front.
fn host_key(random: &mut Random) -> String {
    let kind = b"ssh-ed25519";
    let key = random.bytes(32);
    let mut wire = Vec::with_capacity(51);
    for part in [kind.as_slice(), &key] {
        wire.extend_from_slice(&[0, 0, 0]);
        wire.extend(u8::try_from(part.len()));
        wire.extend_from_slice(part);
    }
    format!("ssh-ed25519 {}", STANDARD.encode(wire))
}

fn say(droplet: u64, name: &str, what: &str) {
    let space = if name.is_empty() { "" } else { " " };
    eprintln!("simulator: machine {droplet}{space}{name}: {what}");
}
