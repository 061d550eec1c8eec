//! A sliding window over the times of calls, as rate limits count them.

use std::collections::VecDeque;

use crate::Millis;

/// The calls of the last `span_ms`, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    span_ms: u64,
    calls: VecDeque<Millis>,
}

impl Window {
    pub(crate) fn new(span_ms: u64) -> Self {
        Self { span_ms, calls: VecDeque::new() }
    }

    /// Forgets the calls that have left the window.
    pub(crate) fn slide(&mut self, now: Millis) {
        while self.calls.front().is_some_and(|at| at.saturating_add(self.span_ms) <= now) {
            self.calls.pop_front();
        }
    }

    pub(crate) fn add(&mut self, now: Millis) {
        self.calls.push_back(now);
    }

    pub(crate) fn count(&self) -> usize {
        self.calls.len()
    }

    /// When the oldest call leaves the window; an empty window would be left by a call made now.
    pub(crate) fn oldest_leaves_at(&self, now: Millis) -> Millis {
        self.calls.front().copied().unwrap_or(now).saturating_add(self.span_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_is_not_reset_as_a_whole() {
        let mut window = Window::new(1_000);
        window.add(0);
        window.add(900);
        window.slide(1_000);
        assert_eq!((window.count(), window.oldest_leaves_at(1_000)), (1, 1_900));
        window.slide(1_900);
        assert_eq!(window.count(), 0);
    }
}
