//! Which build of the Worker: its profile, its features and where it goes.

use std::fmt;

use crate::Outcome;

/// One build of the Worker.
#[derive(Debug, PartialEq)]
pub(crate) struct Build {
    profile: String,
    /// With the feature `faults`, by which tests inject panics.
    pub(crate) faults: bool,
}

impl Build {
    /// What runs in production.
    pub(crate) fn production() -> Self {
        Self { profile: "release".into(), faults: false }
    }

    /// What the whole-system tests run.
    pub(crate) fn for_tests() -> Self {
        Self { profile: "wasm-test".into(), faults: true }
    }

    /// What `cargo xtask dev` runs.
    pub(crate) fn for_dev(release: bool) -> Self {
        if release { Self::production() } else { Self { faults: false, ..Self::for_tests() } }
    }

    /// The build for what was typed; `by_dev` is the profile of the `cargo xtask dev` that this runs below.
    pub(crate) fn chosen(
        release: bool,
        profile: Option<&str>,
        faults: bool,
        by_dev: Option<String>,
    ) -> Outcome<Self> {
        let profile = match (release, profile) {
            (true, Some(_)) => return Err("say either --release or --profile, not both".into()),
            (true, None) => "release".into(),
            (false, Some("dev")) => {
                return Err("the profile dev is too big for workerd: use wasm-test".into());
            }
            (false, Some(profile)) => profile.into(),
            (false, None) if faults => "wasm-test".into(),
            (false, None) => by_dev.unwrap_or_else(|| "release".into()),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if !profile.chars().all(plain) {
            return Err(format!("`{profile}` cannot be the name of a profile"));
        }
        Ok(Self { profile, faults })
    }

    /// The cargo profile.
    pub(crate) fn profile(&self) -> &str {
        &self.profile
    }

    /// Whether this is what runs in production.
    pub(crate) fn is_production(&self) -> bool {
        *self == Self::production()
    }

    /// Where it goes, seen from the Worker's folder.
    pub(crate) fn out_dir(&self) -> String {
        match (self.profile.as_str(), self.faults) {
            ("release", false) => "build".into(),
            ("wasm-test", true) => "build/test".into(),
            (profile, false) => format!("build/{profile}"),
            (profile, true) => format!("build/{profile}-faults"),
        }
    }

    /// What `worker-build` is told.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--out-dir".into(), self.out_dir()];
        if self.profile == "release" {
            arguments.push("--release".into());
        } else {
            // Optimizing once more would cost more time than a test run gains by it.
            arguments.extend(["--profile".into(), self.profile.clone(), "--no-opt".into()]);
        }
        arguments
    }

    /// How long it usually takes.
    pub(crate) fn usually(&self) -> &'static str {
        if self.profile == "release" {
            "1 to 3 minutes"
        } else {
            "10 to 60 seconds, 2 minutes the first time"
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "profile {}{}", self.profile, if self.faults { ", with faults" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_chooses_profile_and_folder() {
        for (release, profile, faults, by_dev, expected) in [
            (false, None, false, None, Ok(("release", "build"))),
            (true, None, false, Some("wasm-test"), Ok(("release", "build"))),
            (false, None, false, Some("wasm-test"), Ok(("wasm-test", "build/wasm-test"))),
            (false, None, true, None, Ok(("wasm-test", "build/test"))),
            (false, Some("wasm-test"), true, None, Ok(("wasm-test", "build/test"))),
            (true, None, true, None, Ok(("release", "build/release-faults"))),
            (false, Some("bench"), false, None, Ok(("bench", "build/bench"))),
            (true, Some("bench"), false, None, Err("say either --release or --profile, not both")),
            (false, Some("../x"), false, None, Err("`../x` cannot be the name of a profile")),
        ] {
            let build = Build::chosen(release, profile, faults, by_dev.map(str::to_owned));
            let chosen = build.as_ref().map(|build| (build.profile().to_owned(), build.out_dir()));
            let expected = expected.map(|(profile, out)| (profile.to_owned(), out.to_owned()));
            assert_eq!(chosen.map_err(Clone::clone), expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn only_the_release_without_faults_is_for_production() {
        assert!(Build::production().is_production());
        assert!(Build::for_dev(true).is_production());
        assert!(!Build::for_dev(false).is_production());
        assert!(!Build::for_tests().is_production());
    }
}
