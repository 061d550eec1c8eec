//! What the tool says, and how: plain lines, bold titles only where somebody watches.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A piece of work that was announced; its end is told with the time it took.
pub(crate) struct Step {
    begun: Instant,
}

impl Step {
    /// Announces `title` and how long it `usually` takes.
    pub(crate) fn begin(title: &str, usually: &str) -> Self {
        say(&format!("{} (usually {usually})", bold(title)));
        Self { begun: Instant::now() }
    }

    /// Tells that the work is done.
    pub(crate) fn done(self) {
        say(&format!("  done in {}", duration(self.begun.elapsed())));
    }
}

/// Prints one message to standard output.
pub(crate) fn say(message: &str) {
    // Whoever reads may have gone (`| head`): that is no reason to panic.
    let _ = writeln!(std::io::stdout().lock(), "{message}");
}

/// Prints one message to standard error.
pub(crate) fn say_aside(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

/// Prints what went wrong to standard error.
pub(crate) fn complain(message: &str) {
    say_aside(&format!("{} {message}", bold("error:")));
}

/// `text` as a title.
pub(crate) fn bold(text: &str) -> String {
    if coloured() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// Whether somebody watches who wants colours and progress bars.
pub(crate) fn coloured() -> bool {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    *COLOURED.get_or_init(|| {
        let unwanted = ["CI", "NO_COLOR"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        !unwanted && std::io::stdout().is_terminal()
    })
}

/// `time` as a person writes it.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_seconds_and_from_a_minute_on_in_minutes() {
        for (milliseconds, text) in
            [(40, "0.0 s"), (1_250, "1.2 s"), (59_900, "59.9 s"), (61_000, "1 min 01 s")]
        {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
