//! What the API says, in words and colours.

use noc_shared::{
    agents::ServiceHealth,
    deployments::{DeploymentStatus, SagaKind, StepStatus},
    money::Usd,
    servers::ServerStatus,
};

use crate::ui::Tone;

/// How a server stands.
pub const fn server_status(status: ServerStatus) -> (Tone, &'static str) {
    match status {
        ServerStatus::Provisioning => (Tone::Info, "Provisioning"),
        ServerStatus::Active => (Tone::Ok, "Active"),
        ServerStatus::Unreachable => (Tone::Bad, "Unreachable"),
        ServerStatus::Destroying => (Tone::Warn, "Destroying"),
        ServerStatus::Stuck => (Tone::Bad, "Stuck"),
        ServerStatus::Destroyed => (Tone::Idle, "Destroyed"),
    }
}

/// Whether a server will stand otherwise soon, by itself.
pub const fn server_moves(status: ServerStatus) -> bool {
    matches!(status, ServerStatus::Provisioning | ServerStatus::Destroying)
}

/// How a deployment stands.
pub const fn deployment_status(status: DeploymentStatus) -> (Tone, &'static str) {
    match status {
        DeploymentStatus::Running => (Tone::Info, "Running"),
        DeploymentStatus::Unwinding => (Tone::Warn, "Unwinding"),
        DeploymentStatus::Succeeded => (Tone::Ok, "Succeeded"),
        DeploymentStatus::Unwound => (Tone::Idle, "Unwound"),
        DeploymentStatus::Stuck => (Tone::Bad, "Stuck"),
        DeploymentStatus::Superseded => (Tone::Idle, "Superseded"),
    }
}

/// What a deployment does.
pub const fn saga(saga: SagaKind) -> &'static str {
    match saga {
        SagaKind::Deploy => "Deploy",
        SagaKind::Destroy => "Destroy",
        SagaKind::Repair => "Repair",
        SagaKind::Adopt => "Adoption",
    }
}

/// How a step stands.
pub const fn step_status(status: StepStatus) -> (Tone, &'static str) {
    match status {
        StepStatus::Pending => (Tone::Idle, "Not begun"),
        StepStatus::Running => (Tone::Info, "Running"),
        StepStatus::Waiting => (Tone::Info, "Waiting"),
        StepStatus::Done => (Tone::Ok, "Done"),
        StepStatus::Failed => (Tone::Bad, "Failed"),
        StepStatus::Undoing => (Tone::Warn, "Undoing"),
        StepStatus::Undone => (Tone::Idle, "Undone"),
        StepStatus::UndoFailed => (Tone::Bad, "Could not be undone"),
    }
}

/// How a service is.
pub const fn service(health: ServiceHealth) -> (Tone, &'static str) {
    match health {
        ServiceHealth::Healthy => (Tone::Ok, "healthy"),
        ServiceHealth::Unhealthy => (Tone::Bad, "unhealthy"),
        ServiceHealth::Starting => (Tone::Info, "starting"),
        ServiceHealth::Unknown => (Tone::Idle, "unknown"),
    }
}

/// An amount of money.
pub fn usd(amount: Usd) -> String {
    cents(amount.cents())
}

/// An amount of cents.
pub fn cents(cents: i64) -> String {
    let (dollars, rest) = (cents / 100, cents % 100);
    let digits = dollars.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest == 0 { format!("${grouped}") } else { format!("${grouped}.{rest:02}") }
}

/// An amount of bytes.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10), 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if tenths < 100 && unit > 0 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// A fraction with two places.
pub fn hundredths(value: f64) -> String {
    let hundredths = (value * 100.0).round() as u64;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// An amount of memory as it is sold.
pub fn memory(mib: u32) -> String {
    if mib.is_multiple_of(1024) { format!("{} GB", mib / 1024) } else { format!("{mib} MB") }
}

/// A name of the wire as people write it: `create_droplet` is `Create droplet`.
pub fn title(name: &str) -> String {
    // Names that are written in a way of their own.
    let own = [
        ("access", "Cloudflare Access"),
        ("digitalocean", "DigitalOcean"),
        ("ip", "IP address"),
        ("noc", "NOC"),
        ("oidc", "Identity provider"),
        ("sha256", "SHA-256"),
    ];
    if let Some((_, own)) = own.iter().find(|(word, _)| *word == name) {
        return (*own).to_owned();
    }
    capital(&name.replace('_', " ").replace("dns", "DNS").replace("cloud init", "cloud-init"))
}

/// A text as the beginning of a sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A message of the API as a sentence: what names a vendor first names it as the vendor does.
pub fn sentence(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let (first, rest) = message.split_once(' ').unwrap_or((message, ""));
    if rest.is_empty() { format!("{}.", capital(first)) } else { format!("{} {rest}.", title(first)) }
}

/// An action of the audit as people read it: `servers.deploy` is `Servers: deploy`.
pub fn act(action: &str) -> String {
    title(&action.replace('.', ": "))
}

/// So many of something.
pub fn count(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_read_them() {
        for (amount, expected) in [(0, "$0"), (450, "$4.50"), (2_400, "$24"), (123_456_789, "$1,234,567.89")]
        {
            assert_eq!(cents(amount), expected);
        }
        for (amount, expected) in
            [(512, "512 B"), (1_536, "1.5 KiB"), (4_294_967_296, "4.0 GiB"), (85_899_345_920, "80 GiB")]
        {
            assert_eq!(bytes(amount), expected);
        }
        assert_eq!((memory(512), memory(4096)), ("512 MB".to_owned(), "4 GB".to_owned()));
    }

    #[test]
    fn names_of_the_wire_become_words() {
        for (name, expected) in [
            ("create_droplet", "Create droplet"),
            ("write_dns", "Write DNS"),
            ("render_cloud_init", "Render cloud-init"),
            ("digitalocean", "DigitalOcean"),
            ("", ""),
        ] {
            assert_eq!(title(name), expected);
        }
        assert_eq!(act("drift_policies.put"), "Drift policies: put");
        for (message, expected) in [
            ("digitalocean did not answer: 403.", "DigitalOcean did not answer: 403."),
            ("the domains stay reserved", "The domains stay reserved."),
            ("done", "Done."),
        ] {
            assert_eq!(sentence(message), expected);
        }
    }
}
