//! What to try once everything runs.

use crate::console::bold;

/// The addresses, and a `curl` for each thing worth trying.
pub(super) fn text(port: u16, simulator: Option<u16>) -> String {
    let origin = format!("http://127.0.0.1:{port}");
    let json = "-H 'content-type: application/json'";
    let deploy = r#"{"server_name":"alpha","droplet_size":"s-2vcpu-4gb","droplet_region":"nyc1","branch":"master","enable_cloudflare_proxy":true}"#;
    let mut lines = vec![
        String::new(),
        format!("{} {origin} (open it: the dashboard is there)", bold("NOC runs at")),
        String::new(),
        format!("Deploy:   curl -X POST {origin}/api/deploy {json} -d '{deploy}'"),
        format!("Status:   curl {origin}/api/servers/alpha/status"),
        format!(
            "Destroy:  curl -X DELETE {origin}/api/servers/alpha {json} -d '{{\"confirm\":\"DESTROY\"}}'"
        ),
    ];
    if let Some(port) = simulator {
        lines.push(format!("Left over at the providers:  curl http://127.0.0.1:{port}/_simulator/ledger"));
    }
    lines.extend([
        String::new(),
        "Ctrl-C ends all of it; the next start finds its state again.".into(),
        String::new(),
    ]);
    lines.join("\n")
}
