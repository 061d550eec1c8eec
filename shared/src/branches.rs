//! Names of git branches.

use crate::errors::FieldError;

/// Git keeps a branch as the file `NAME.lock` while it writes it, and file systems give a file name 255 octets.
const MOST: usize = 255 - ".lock".len();

/// Says whether git would take this as a branch: the rules of `git check-ref-format --branch`, without its `@{-1}`.
///
/// # Errors
/// With a sentence that says what is allowed.
pub fn validate_branch(branch: &str) -> Result<(), FieldError> {
    let refuse = |message: &str| Err(FieldError::new("branch", message));
    if branch.is_empty() {
        return refuse("a branch needs a name");
    }
    if branch.len() > MOST {
        return refuse("a branch has at most 250 octets");
    }
    if branch.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return refuse("a branch has no spaces and no control characters");
    }
    if branch.contains(['~', '^', ':', '?', '*', '[', '\\']) {
        return refuse("git allows none of ~ ^ : ? * [ \\ in a branch");
    }
    if branch.contains("..") || branch.contains("@{") {
        return refuse("git allows neither .. nor @{ in a branch");
    }
    if branch == "@" || branch == "HEAD" || branch.starts_with('-') {
        return refuse("git allows no branch that is @ or HEAD or begins with a hyphen");
    }
    if branch.ends_with('.') {
        return refuse("a branch does not end with a dot");
    }
    if branch.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.ends_with(".lock")) {
        return refuse("between slashes a branch has names that neither begin with a dot nor end with .lock");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_what_git_takes_as_one() {
        let long = "b".repeat(250);
        let too_long = "b".repeat(251);
        let cases = [
            ("master", true),
            ("feature/login-2", true),
            ("release/1.2.x", true),
            ("umläut", true),
            ("a@b", true),
            ("don't", true),
            ("$(reboot)", true),
            (&long, true),
            (&too_long, false),
            ("", false),
            ("two words", false),
            ("tab\tbed", false),
            ("new\nline", false),
            ("a..b", false),
            ("a~1", false),
            ("a^", false),
            ("a:b", false),
            ("a?", false),
            ("a*", false),
            ("a[b", false),
            ("a\\b", false),
            ("@", false),
            ("HEAD", false),
            ("a@{b", false),
            ("/a", false),
            ("a/", false),
            ("a//b", false),
            (".a", false),
            ("a/.b", false),
            ("a.lock", false),
            ("a.lock/b", false),
            ("a.", false),
            ("-a", false),
        ];
        for (branch, expected) in cases {
            assert_eq!(validate_branch(branch).is_ok(), expected, "{branch:?}");
        }
    }
}
