//! Finding by what somebody half remembers.

/// How well `text` fits what was typed: the letters of `typed` in their order. `None` when they are not there. Both are in
/// lower case.
///
/// Letters that begin a word or follow each other count for more, and a short text for more than a long one.
pub(super) fn score(typed: &str, text: &str) -> Option<i32> {
    let typed: Vec<char> = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let Some(first) = typed.first() else { return Some(-short(text)) };
    // Where it begins matters: the first place that has the letter is not always the one that is meant.
    let letters: Vec<char> = text.chars().collect();
    let places = letters.iter().enumerate().filter(|(_, letter)| *letter == first).map(|(place, _)| place);
    places.filter_map(|place| from(&typed, &letters, place)).max().map(|score| score * 8 - short(text))
}

fn short(text: &str) -> i32 {
    i32::try_from(text.len().min(80)).unwrap_or(80)
}

fn from(typed: &[char], letters: &[char], place: usize) -> Option<i32> {
    let (mut score, mut run) = (0, 0);
    let mut wanted = typed.iter().peekable();
    let mut before = place.checked_sub(1).and_then(|before| letters.get(before)).copied().unwrap_or(' ');
    for letter in letters.iter().skip(place) {
        if wanted.next_if_eq(&letter).is_some() {
            run += 1;
            score += 1 + 2 * run + if before.is_alphanumeric() { 0 } else { 6 };
        } else {
            run = 0;
        }
        before = *letter;
    }
    wanted.peek().is_none().then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_better_comes_first() {
        for (typed, better, worse) in [
            ("al", "alpha", "total"),
            ("dep", "deployments", "redeploy"),
            ("ser", "destroy server", "persister"),
            ("web1", "web-1", "web-21"),
            ("a", "a", "alpha"),
        ] {
            assert!(score(typed, better) > score(typed, worse), "{typed}: {better} before {worse}");
        }
        assert_eq!(score("xyz", "alpha"), None);
        assert!(score("", "alpha").is_some());
    }
}
