//! Versions: reading them and comparing them.

use crate::Outcome;

/// Major, minor, patch.
pub(super) type Version = (u64, u64, u64);

/// Reads `v20.18.1`, `20.18` or `>=20.18.1`; what follows a dash or a space does not count.
pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches(['v', '>', '=', ' ']);
    let mut numbers = text.split(['-', ' ']).next()?.split('.').map(|number| number.parse().ok());
    let major = numbers.next()??;
    let mut next = || numbers.next().unwrap_or(Some(0));
    let version = (major, next()?, next()?);
    numbers.next().is_none().then_some(version)
}

/// The one version of `package` in the text of a `Cargo.lock`.
pub(super) fn locked(lockfile: &str, package: &str) -> Outcome<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lockfile.lines();
    let mut versions = Vec::new();
    while lines.any(|line| line == name) {
        let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
        versions.extend(version);
    }
    match versions[..] {
        [version] => Ok(version.to_owned()),
        [] => Err(format!("Cargo.lock has no `{package}`: does the Worker depend on it?")),
        _ => Err(format!("Cargo.lock has {} versions of `{package}`; there must be one", versions.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_their_ornaments() {
        for (text, version) in [
            ("v20.18.1\n", Some((20, 18, 1))),
            (">=20.18.1", Some((20, 18, 1))),
            (">= 22", Some((22, 0, 0))),
            ("23.0.0-nightly20251001", Some((23, 0, 0))),
            ("1.95", Some((1, 95, 0))),
            ("", None),
            ("lts", None),
            ("1.2.x", None),
            ("1.2.3.4", None),
        ] {
            assert_eq!(parse(text), version, "{text}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for (lower, higher) in [("9.9.9", "20.0.0"), ("20.9.0", "20.18.1"), ("20.18.1", "20.18.10")] {
            assert!(parse(lower) < parse(higher), "{lower} {higher}");
        }
    }

    #[test]
    fn the_locked_version_is_the_one_there_is() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n")
        };
        let others = package("wasm-bindgen-macro", "9.9.9") + &package("js-sys", "0.3.106");
        for (lockfile, expected) in [
            (others.clone() + &package("wasm-bindgen", "0.2.129"), Ok("0.2.129")),
            (others.clone(), Err("has no `wasm-bindgen`")),
            (package("wasm-bindgen", "0.2.1") + &package("wasm-bindgen", "0.2.2"), Err("has 2 versions")),
        ] {
            match (locked(&lockfile, "wasm-bindgen"), expected) {
                (Ok(version), Ok(expected)) => assert_eq!(version, expected),
                (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{reason}"),
                (outcome, _) => panic!("{outcome:?} for {lockfile}"),
            }
        }
    }
}
