//! What somebody is signed in with, from what it says of itself.

/// Programs by the word that only they say: most say those of the later ones, too.
const PROGRAMS: [(&str, &str); 5] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A browser with its version and its system; of other programs, their name.
pub(super) fn of(user_agent: &str) -> String {
    let program = PROGRAMS.iter().find_map(|(word, name)| {
        let (_, version) = user_agent.split_once(word)?;
        let version: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{name} {version}"))
    });
    let Some(program) = program else {
        return user_agent.split(['/', ' ']).next().unwrap_or_default().to_owned();
    };
    match SYSTEMS.iter().find(|(word, _)| user_agent.contains(word)) {
        Some((_, system)) => format!("{program} on {system}"),
        None => program,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_said_with_its_system_and_a_program_by_its_name() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
                "Chrome 156 on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.1.2",
                "Edge 150 on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari 19 on iOS",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
                "Firefox 140 on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("node", "node"),
            ("", ""),
        ] {
            assert_eq!(of(user_agent), expected);
        }
    }
}
