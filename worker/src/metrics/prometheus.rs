//! The text format of Prometheus, version 0.0.4.

use std::fmt::Write as _;

use noc_shared::{
    agents::ServiceHealth,
    servers::{Server, ServerStatus},
};

use super::store::Last;

/// A family of metrics: its name, what it is, and its value for a server that has been heard.
type Family = (&'static str, &'static str, &'static str, fn(&Last) -> Option<f64>);

const FAMILIES: [Family; 10] = [
    (
        "noc_server_last_sample_seconds",
        "gauge",
        "When the values of the server were measured, in seconds since 1970.",
        |last| Some(last.sample.at.seconds() as f64),
    ),
    ("noc_server_uptime_seconds", "gauge", "Seconds since the machine started.", |last| {
        Some(last.sample.uptime as f64)
    }),
    ("noc_server_cpu_ratio", "gauge", "The share of the processors' time that was used.", |last| {
        last.sample.cpu
    }),
    ("noc_server_load1", "gauge", "The load average over one minute.", |last| Some(last.sample.load[0])),
    ("noc_server_memory_total_bytes", "gauge", "Memory.", |last| Some(last.sample.memory.total_bytes as f64)),
    ("noc_server_memory_available_bytes", "gauge", "Memory that is free.", |last| {
        Some(last.sample.memory.available_bytes as f64)
    }),
    ("noc_server_disk_total_bytes", "gauge", "The root disk.", |last| {
        Some(last.sample.disk.total_bytes as f64)
    }),
    ("noc_server_disk_available_bytes", "gauge", "What is free of the root disk.", |last| {
        Some(last.sample.disk.available_bytes as f64)
    }),
    ("noc_server_service_restarts_total", "counter", "How often services were restarted.", |last| {
        Some(last.sample.restarts as f64)
    }),
    ("noc_server_security_updates", "gauge", "Packages that wait for a security update.", |last| {
        last.security_updates.map(f64::from)
    }),
];

/// The fleet in Prometheus' text format. What nobody has measured is left out, not told as 0.
pub(super) fn text(fleet: &[(Server, Option<Last>)]) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, values: Vec<(String, f64)>| {
        // Writing into a text does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{{{labels}}} {value}");
        }
    };
    let of_status = ServerStatus::LISTED
        .iter()
        .map(|status| {
            let count = fleet.iter().filter(|(server, _)| server.status == *status).count();
            (format!("status=\"{}\"", status.as_str()), count as f64)
        })
        .collect();
    family("noc_servers", "gauge", "Servers by how they stand.", of_status);
    let up = fleet
        .iter()
        .filter(|(server, _)| matches!(server.status, ServerStatus::Active | ServerStatus::Unreachable))
        .map(|(server, _)| (labels(server), f64::from(u8::from(server.status == ServerStatus::Active))))
        .collect();
    family("noc_server_up", "gauge", "1 for a server whose agent is heard, 0 for one that is silent.", up);
    for (name, kind, help, value) in FAMILIES {
        let values = fleet
            .iter()
            .filter_map(|(server, last)| Some((labels(server), value(last.as_ref()?)?)))
            .collect();
        family(name, kind, help, values);
    }
    let healthy = fleet
        .iter()
        .flat_map(|(server, _)| {
            server.services.iter().filter(|(_, health)| **health != ServiceHealth::Unknown).map(
                |(service, health)| {
                    let labels = format!("{},service=\"{}\"", labels(server), escaped(service));
                    (labels, f64::from(u8::from(*health == ServiceHealth::Healthy)))
                },
            )
        })
        .collect();
    family("noc_service_healthy", "gauge", "1 for a service whose health check passes.", healthy);
    text
}

fn labels(server: &Server) -> String {
    format!(
        "server=\"{}\",application=\"{}\",environment=\"{}\",region=\"{}\"",
        escaped(&server.name),
        escaped(&server.application),
        escaped(&server.environment),
        escaped(&server.region),
    )
}

/// A label's value: backslash, quote and line end are written with a backslash.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_must_not_hold_is_escaped() {
        assert_eq!(escaped("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
    }

    #[test]
    fn a_fleet_of_none_is_counted_as_none() {
        let text = text(&[]);
        assert!(
            text.starts_with("# HELP noc_servers Servers by how they stand.\n# TYPE noc_servers gauge\n")
        );
        assert!(text.contains("noc_servers{status=\"active\"} 0\n"), "{text}");
        assert!(!text.contains("noc_server_up{"), "{text}");
    }
}
