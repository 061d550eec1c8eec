//! What to try once everything runs.

use super::sign_in::SignIn;
use crate::console::bold;

/// How to get in, and a `curl` for each thing worth trying.
pub(super) fn text(port: u16, simulator: Option<u16>, sign_in: Option<&SignIn>) -> String {
    let origin = format!("http://127.0.0.1:{port}");
    let json = "-H 'content-type: application/json'";
    let deploy = r#"{"server_name":"alpha","droplet_size":"s-2vcpu-4gb","droplet_region":"nyc1","branch":"master","enable_cloudflare_proxy":true}"#;
    let mut lines = vec![String::new(), format!("{} {origin}", bold("NOC runs at"))];
    let bearer = match sign_in {
        Some(SignIn { token, link }) => {
            lines.push(format!("Sign in:  {link}  (once, within ten minutes)"));
            token.as_str()
        }
        None => {
            lines.push("Sign in as you did; the first owner is there already.".to_owned());
            "noc_…"
        }
    };
    let token = format!("-H 'authorization: Bearer {bearer}'");
    lines.extend([
        String::new(),
        format!("Deploy:   curl -X POST {origin}/api/deploy {token} {json} -d '{deploy}'"),
        format!("Status:   curl {origin}/api/servers/alpha/status {token}"),
        format!(
            "Destroy:  curl -X DELETE {origin}/api/servers/alpha {token} {json} -d '{{\"confirm\":\"DESTROY\"}}'"
        ),
    ]);
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
