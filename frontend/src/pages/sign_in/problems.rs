//! What came of signing in elsewhere, when nobody was signed in: the words for what `?problem=` says.

/// What happened, and what can be done.
pub(super) fn words(problem: &str) -> (&'static str, &'static str) {
    match problem {
        "cancelled" => ("You did not go on there", "Nobody was signed in. Try again whenever you like."),
        "expired" => (
            "That took too long",
            "Signing in is begun and ended in the same browser, within some minutes. Begin again.",
        ),
        "not_invited" => (
            "Nobody has invited you yet",
            "It is known who you are, but not here. Ask an administrator for an invitation to your address.",
        ),
        "slow_down" => (
            "Too many tries",
            "Too much that came from your address was wrong. Wait a while, and begin again.",
        ),
        "unavailable" => {
            ("The identity provider does not answer", "Try again in a minute, or come in another way.")
        }
        _ => (
            "That was refused",
            "What the identity provider said could not be trusted. Begin again; if it happens again, the log says why.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_words_and_an_unknown_one_is_a_refusal() {
        let problems = ["cancelled", "expired", "refused", "not_invited", "slow_down", "unavailable"];
        for (place, problem) in problems.iter().enumerate() {
            let (title, text) = words(problem);
            assert!(!title.is_empty() && text.ends_with('.'), "{problem}");
            assert!(problems.iter().skip(place + 1).all(|other| words(other).0 != title), "{problem}");
        }
        assert_eq!(words("<script>"), words("refused"));
    }
}
