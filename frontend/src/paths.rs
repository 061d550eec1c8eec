//! Every link that there is. A page's path, its folder and the API's noun are the same word.

use noc_shared::id::DeploymentId;

/// One application.
pub fn application(name: &str) -> String {
    format!("/applications/{}", encode(name))
}

/// The form that changes an application.
pub fn application_edit(name: &str) -> String {
    format!("/applications/{}?act=edit", encode(name))
}

/// The form that adds an application.
pub fn application_new() -> String {
    "/applications?act=new".to_owned()
}

/// All applications.
pub fn applications() -> String {
    "/applications".to_owned()
}

/// Who did what.
pub fn audit() -> String {
    "/audit".to_owned()
}

/// Who did this, as that principal, to something; what is empty does not matter.
pub fn audit_with(action: &str, principal: &str, target: &str) -> String {
    let parts: Vec<String> = [("action", action), ("principal", principal), ("target", target)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if parts.is_empty() { audit() } else { format!("/audit?{}", parts.join("&")) }
}

/// The catalog: sizes, regions, applications.
pub fn catalog() -> String {
    "/catalog".to_owned()
}

/// The form that makes a server.
pub fn deploy() -> String {
    "/deploy".to_owned()
}

/// The form that makes a server, with a size chosen.
pub fn deploy_size(size: &str) -> String {
    format!("/deploy?size={}", encode(size))
}

/// The form that makes a server, with an application chosen.
pub fn deploy_application(application: &str) -> String {
    format!("/deploy?application={}", encode(application))
}

/// One deployment.
pub fn deployment(id: &DeploymentId) -> String {
    format!("/deployments/{id}")
}

/// All deployments.
pub fn deployments() -> String {
    "/deployments".to_owned()
}

/// Deployments that stand so.
pub fn deployments_with_status(status: &str) -> String {
    format!("/deployments?status={}", encode(status))
}

/// Who is in the organization.
pub fn members() -> String {
    "/members".to_owned()
}

/// How NOC itself is.
pub fn health() -> String {
    "/health".to_owned()
}

/// What differs from what was asked for.
pub fn drift() -> String {
    "/drift".to_owned()
}

/// What lies at the providers and belongs to nothing.
pub fn orphans() -> String {
    "/orphans".to_owned()
}

/// Named groups of servers.
pub fn projects() -> String {
    "/projects".to_owned()
}

/// One server.
pub fn server(name: &str) -> String {
    format!("/servers/{}", encode(name))
}

/// A part of a server's page.
pub fn server_tab(name: &str, tab: &str) -> String {
    format!("/servers/{}?tab={}", encode(name), encode(tab))
}

/// How a server was over time: `hour`, `day` or `month`.
pub fn server_metrics(name: &str, range: &str) -> String {
    format!("/servers/{}?tab=metrics&range={}", encode(name), encode(range))
}

/// One's own sessions and devices.
pub fn settings() -> String {
    "/settings".to_owned()
}

/// Where one signs in.
pub fn sign_in() -> String {
    "/sign-in".to_owned()
}

/// Signing in by Cloudflare Access, and then on to a path.
pub fn sign_in_by_access(return_to: &str) -> String {
    format!("/api/sign-in/access?return_to={}", encode(return_to))
}

/// Signing in at an OpenID provider, and then on to a path.
pub fn sign_in_at(provider: &str, return_to: &str) -> String {
    format!("/api/sign-in/oidc/{}?return_to={}", encode(provider), encode(return_to))
}

/// All servers.
pub fn servers() -> String {
    "/servers".to_owned()
}

/// Who may log in to new machines.
pub fn ssh_keys() -> String {
    "/ssh-keys".to_owned()
}

/// The tokens of scripts.
pub fn tokens() -> String {
    "/tokens".to_owned()
}

/// A text as one part of a path or of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_are_these() {
        let id = DeploymentId::from_random([0xab; 12]);
        let links = [
            application("my app"),
            application_edit("alpha"),
            application_new(),
            applications(),
            audit(),
            audit_with("servers.deploy", "", "server/alpha"),
            catalog(),
            deploy(),
            deploy_size("s-2vcpu-4gb"),
            deploy_application("flagger link"),
            deployment(&id),
            deployments(),
            deployments_with_status("stuck"),
            drift(),
            health(),
            orphans(),
            server("alpha"),
            server("a/../b"),
            server_tab("alpha", "logs"),
            server_metrics("alpha", "day"),
            servers(),
            ssh_keys(),
            members(),
            projects(),
            settings(),
            sign_in(),
            sign_in_at("oidc", "/servers?view=cards"),
            sign_in_by_access("/"),
            tokens(),
        ];
        let expected = "\
/applications/my%20app
/applications/alpha?act=edit
/applications?act=new
/applications
/audit
/audit?action=servers.deploy&target=server%2Falpha
/catalog
/deploy
/deploy?size=s-2vcpu-4gb
/deploy?application=flagger%20link
/deployments/dep_abababababababababababab
/deployments
/deployments?status=stuck
/drift
/health
/orphans
/servers/alpha
/servers/a%2F..%2Fb
/servers/alpha?tab=logs
/servers/alpha?tab=metrics&range=day
/servers
/ssh-keys
/members
/projects
/settings
/sign-in
/api/sign-in/oidc/oidc?return_to=%2Fservers%3Fview%3Dcards
/api/sign-in/access?return_to=%2F
/tokens";
        assert_eq!(links.join("\n"), expected);
    }
}
