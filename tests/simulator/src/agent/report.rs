//! What a machine reports, and how it signs it.

use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Millis;
use crate::random::Random;
use crate::time::rfc3339_seconds;

use super::machine::{Hardware, Machine};

/// The path of a report, which its signature covers.
pub(super) const PATH: &str = "/api/agents/report";

/// The report of a machine that is well.
pub(super) fn report(machine: &Machine, hardware: &Hardware, now: Millis, droplet: u64) -> Value {
    let mut random = Random::new(droplet ^ machine.counter);
    let mut services = Map::new();
    let mut lines = Vec::new();
    for (index, service) in machine.services.iter().enumerate() {
        services.insert(service.clone(), health(index, machine.reports).into());
        for line in lines_of(service, machine.reports, &mut random) {
            lines.push(json!({"service": service, "at": rfc3339_seconds(now), "line": line}));
        }
    }
    json!({
        "uptime": now.saturating_sub(machine.booted_at) / 1_000,
        // In thousandths: busy while the services start, and at 2 % to 12 % afterwards.
        "cpu": f64::from(u32::try_from(if machine.reports < 2 { 620 } else { 20 } + random.below(100)).unwrap_or(0)) / 1_000.0,
        "load": load(machine.reports, &mut random),
        "memory": {
            "total_bytes": hardware.memory_bytes,
            // Between 35 % and 55 % are free.
            "available_bytes": hardware.memory_bytes / 100 * (35 + random.below(20)),
        },
        "disk": {
            "total_bytes": hardware.disk_bytes,
            // A fresh system with its containers takes about 6 GB, and its logs grow by a megabyte a report.
            "available_bytes": hardware.disk_bytes.saturating_sub(6_000_000_000 + machine.reports * 1_000_000),
        },
        "services": services,
        "lines": lines,
    })
}

/// Lower-case hex of the HMAC-SHA256 of the call; none when the key is no hex.
pub(super) fn sign(key: &str, timestamp: &str, counter: &str, body: &[u8]) -> Option<String> {
    let key = hex::decode(key).ok()?;
    let digest = hex::encode(Sha256::digest(body));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("POST\n{PATH}\n{timestamp}\n{counter}\n{digest}").as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}

/// Every service is starting in the first report; every other one needs a second.
fn health(index: usize, reports: u64) -> &'static str {
    let needed = if index.is_multiple_of(2) { 1 } else { 2 };
    if reports < needed { "starting" } else { "healthy" }
}

/// One, five and fifteen minutes: high while the services start, low afterwards.
fn load(reports: u64, random: &mut Random) -> [f64; 3] {
    let hundredths = if reports < 2 { 120 } else { 8 };
    let spread = if reports < 2 { 80 } else { 30 };
    let mut one = || f64::from(u32::try_from(hundredths + random.below(spread)).unwrap_or_default()) / 100.0;
    [one(), one(), one()]
}

/// The lines of a service since the last report: its start first, then what it does all day.
fn lines_of(service: &str, reports: u64, random: &mut Random) -> Vec<String> {
    let starting: &[&str] = match service {
        "api" => &[
            "starting api on 0.0.0.0:8080",
            "connected to redis",
            "connected to rabbitmq",
            "migrations are up to date",
        ],
        "texting" => &["starting texting on 0.0.0.0:8090", "consuming queue outbound-texts"],
        "redis" => &["Redis version=7.4.2, bits=64, commit=00000000", "Ready to accept connections tcp"],
        "rabbitmq" => &["Starting RabbitMQ 4.0.5", "Server startup complete; 4 plugins started."],
        _ => &["started"],
    };
    if reports == 0 {
        return starting.iter().map(|line| (*line).to_owned()).collect();
    }
    let count = 1 + random.below(3);
    (0..count).map(|_| busy_line(service, random)).collect()
}

fn busy_line(service: &str, random: &mut Random) -> String {
    let mut pick = |choices: &[&str]| {
        let index = usize::try_from(random.below(choices.len() as u64)).unwrap_or_default();
        choices.get(index).copied().unwrap_or_default().to_owned()
    };
    match service {
        "api" => {
            let call = pick(&[
                "GET /v1/shifts 200",
                "GET /v1/crews/42 200",
                "POST /v1/timesheets 201",
                "GET /healthz 200",
                "GET /v1/shifts/9137 404",
            ]);
            format!("{call} {} ms", 2 + random.below(60))
        }
        "texting" => {
            let what = pick(&["sent", "delivered", "queued"]);
            format!("text {what} id={}", random.hex(4))
        }
        "redis" => {
            format!("DB 0: {} keys ({} volatile) in 2048 slots HT.", 900 + random.below(90), random.below(90))
        }
        "rabbitmq" => format!("accepting AMQP connection <0.{}.0>", 700 + random.below(300)),
        _ => format!("alive, {} tasks", random.below(12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_that_another_implementation_makes() {
        // printf 'POST\n/api/agents/report\n1700000000\n7\n%s' "$(printf '{}' | sha256sum | cut -c1-64)" |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01
        let key = "01".repeat(32);
        assert_eq!(
            sign(&key, "1700000000", "7", b"{}").as_deref(),
            Some("2f3938ae1f1953e369d6ce158efa1e3650e3e7353a2f0e868cd54cb9b21e46c6")
        );
        assert_eq!(sign("not hex", "1700000000", "7", b"{}"), None);
    }

    #[test]
    fn a_machine_starts_its_services_and_then_they_are_well() {
        for (reports, expected) in
            [(0, ["starting", "starting"]), (1, ["healthy", "starting"]), (2, ["healthy", "healthy"])]
        {
            assert_eq!([health(0, reports), health(1, reports)], expected, "{reports}");
        }
    }
}
