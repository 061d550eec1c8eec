//! `.dev.vars`: the secrets of the Worker on this machine.

use std::io::Read;

use crate::project::Project;
use crate::{Outcome, console, files};

/// The secrets that the Worker needs, each with the value by which the simulator knows NOC. The master key is
/// this machine's own: it is made when the file is.
pub(super) const SECRETS: &[(&str, &str)] = &[
    ("DIGITALOCEAN_TOKEN", "sim-digitalocean-token"),
    ("CLOUDFLARE_API_TOKEN", "sim-cloudflare-token"),
    ("CLOUDFLARE_ZONE_ID", "023e105f4ecef8ad9ca31a8372d0c353"),
    ("INFISICAL_CLIENT_ID", "sim-infisical-client-id"),
    ("INFISICAL_CLIENT_SECRET", "sim-infisical-client-secret"),
    ("INFISICAL_PROJECT_ID", "7f3c1a52-2f0e-4c8b-9c55-0d2a6a1e9b10"),
];

/// The key that all others are derived from.
pub(super) const MASTER_KEY: &str = "NOC_MASTER_KEY";

/// Who else says who somebody is, where anybody does; docs/signing-in.md has what each is.
pub(super) const IDENTITY: &[&str] = &[
    "NOC_OIDC_ISSUER",
    "NOC_OIDC_CLIENT_ID",
    "NOC_OIDC_CLIENT_SECRET",
    "NOC_OIDC_NAME",
    "NOC_OIDC_PROVIDERS",
    "NOC_ACCESS_TEAM",
    "NOC_ACCESS_AUDIENCE",
];

/// What makes the first owner, once. It is this machine's own, too.
pub(super) const BOOTSTRAP_TOKEN: &str = "NOC_BOOTSTRAP_TOKEN";

const HEAD: &str = "# Secrets of the Worker on this machine; made by `cargo xtask dev`, never overwritten by it.\n\
                    # The providers' are those of the simulator: put real ones in their place to use the real providers, which is what\n\
                    # `npx wrangler dev` alone does. What depends on NOC_MASTER_KEY is lost with it.\n";

/// Makes the file if there is none, and adds what it lacks. What it has stays as it is.
pub(super) fn complete(project: &Project) -> Outcome<()> {
    let path = project.root.join(".dev.vars");
    let there = if path.exists() { files::read(&path)? } else { String::new() };
    let completed = completed(&there, &random_key()?, &random_key()?);
    if completed != there {
        files::write_private(&path, &completed)?;
        console::say(&format!("Wrote the missing secrets to {}", path.display()));
    }
    Ok(())
}

/// The bootstrap token that the Worker has, where nothing in the environment overrides it.
pub(super) fn bootstrap_token(project: &Project) -> Outcome<String> {
    let there = files::read(&project.root.join(".dev.vars"))?;
    let found = there.lines().rev().find_map(|line| {
        let line = line.trim_start();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        (name.trim() == BOOTSTRAP_TOKEN).then(|| value.trim().trim_matches(['\'', '"', '`']).to_owned())
    });
    Ok(found.unwrap_or_default())
}

fn completed(there: &str, master_key: &str, bootstrap_token: &str) -> String {
    let mut text = if there.is_empty() { HEAD.to_owned() } else { there.to_owned() };
    let own = [(MASTER_KEY, master_key), (BOOTSTRAP_TOKEN, bootstrap_token)];
    for (name, value) in SECRETS.iter().copied().chain(own) {
        if !names(there).any(|named| named == name) {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&format!("{name}={value}\n"));
        }
    }
    text
}

/// The names that a file in the manner of dotenv gives a value.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start();
        let name = line.strip_prefix("export ").unwrap_or(line).split_once('=')?.0.trim();
        (!name.starts_with('#')).then_some(name)
    })
}

fn random_key() -> Outcome<String> {
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|error| format!("there is no randomness for a key: {error}"))?;
    Ok(base64(&bytes))
}

/// The standard alphabet, padded.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) as usize & 63;
            text.push(if place <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_has_every_secret() {
        let text = completed("", "KEY=", "TOKEN=");
        let named: Vec<&str> = names(&text).collect();
        assert_eq!(named.len(), SECRETS.len() + 2);
        assert!(SECRETS.iter().all(|(name, _)| named.contains(name)));
        assert!(text.ends_with("\nNOC_MASTER_KEY=KEY=\nNOC_BOOTSTRAP_TOKEN=TOKEN=\n"), "{text}");
    }

    #[test]
    fn what_is_there_stays_and_only_what_is_missing_is_added() {
        for there in [
            "NOC_MASTER_KEY=mine\nDIGITALOCEAN_TOKEN='real'",
            "# about\r\nexport NOC_MASTER_KEY = mine\r\nDIGITALOCEAN_TOKEN=\n",
        ] {
            let text = completed(there, "new", "token");
            assert!(text.starts_with(there), "{text}");
            assert!(!text.contains("new") && !text.contains("sim-digitalocean-token"), "{text}");
            assert_eq!(names(&text).count(), SECRETS.len() + 2, "{text}");
            assert_eq!(completed(&text, "newer", "newer"), text);
        }
    }

    #[test]
    fn a_secret_that_is_commented_out_is_missing() {
        let text = completed("# NOC_MASTER_KEY=old\n", "new", "token");
        assert!(text.contains("\nNOC_MASTER_KEY=new\n"), "{text}");
    }

    #[test]
    fn base64_is_the_standard_one() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff], "+/8="),
        ] {
            assert_eq!(base64(bytes), text);
        }
    }

    #[test]
    fn each_key_is_another_of_32_bytes() {
        let (one, two) = (random_key().unwrap(), random_key().unwrap());
        assert_ne!(one, two);
        assert_eq!((one.len(), one.ends_with('=')), (44, true));
    }

    #[test]
    fn the_secrets_are_those_by_which_the_simulator_knows_noc() {
        let settings = include_str!("../../../tests/simulator/src/settings.rs");
        for (name, value) in SECRETS {
            assert!(settings.contains(&format!("\"{value}\"")), "{name}");
        }
    }
}
