//! A long list of which only what is seen is on the page.
//!
//! It scrolls with the window, as any other page does, so that find, the space bar and the bar at the side do what people
//! expect; its height is that of all its rows.

use std::{hash::Hash, ops::Range};

use leptos::{html, prelude::*};

/// What stands ready above and below what is seen, in pixels: two notches of a wheel.
const AHEAD: f64 = 400.0;

/// Where each row begins, and where the last one ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    starts: Vec<f64>,
}

/// Places rows of these heights, in pixels.
pub fn spans(heights: impl IntoIterator<Item = f64>) -> Span {
    let mut starts = vec![0.0];
    let mut end = 0.0;
    for height in heights {
        end += height;
        starts.push(end);
    }
    Span { starts }
}

impl Span {
    /// How high all of it is.
    pub fn total(&self) -> f64 {
        self.starts.last().copied().unwrap_or(0.0)
    }

    /// Where a row begins.
    pub fn start(&self, row: usize) -> f64 {
        self.starts.get(row).copied().unwrap_or_else(|| self.total())
    }

    /// The rows that lie between two heights, if only in part.
    pub fn between(&self, from: f64, to: f64) -> Range<usize> {
        let rows = self.starts.len().saturating_sub(1);
        let first = self.starts.partition_point(|start| *start <= from).saturating_sub(1);
        let end = self.starts.partition_point(|start| *start < to);
        first.min(rows)..end.min(rows)
    }
}

/// A long list.
#[component]
pub fn VirtualList<K, V>(
    /// Where the rows are.
    #[prop(into)]
    span: Signal<Span>,
    /// What tells a row from all others, by its place. What has the same key stays on the page.
    key: impl Fn(usize) -> K + Copy + Send + Sync + 'static,
    /// A row, by its key.
    row: impl Fn(usize, K) -> V + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let node = NodeRef::<html::Div>::new();
    let seen = RwSignal::new((0.0_f64, 1_600.0_f64));
    // In steps, so that most events of a scroll change nothing.
    let look = move || {
        let Some(list) = node.get_untracked() else { return };
        let above = -list.get_bounding_client_rect().top();
        let high = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(1_000.0);
        let from = ((above - AHEAD) / 100.0).floor() * 100.0;
        let to = ((above + high + AHEAD) / 100.0).ceil() * 100.0;
        if seen.get_untracked() != (from, to) {
            seen.set((from, to));
        }
    };
    for name in ["scroll", "resize"] {
        let handle = window_event_listener_untyped(name, move |_| look());
        on_cleanup(move || handle.remove());
    }
    // What stands above the list may have changed its height.
    Effect::new(move |_| {
        span.with(|_| ());
        node.track();
        request_animation_frame(look);
    });
    let rows = move || {
        let (from, to) = seen.get();
        span.with(|span| {
            let place_of =
                |place: usize| (place, span.start(place), span.start(place + 1) - span.start(place));
            span.between(from.max(0.0), to.max(0.0))
                .map(|place| (place_of(place), key(place)))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div node_ref=node class="virtual" role="presentation" style:height=move || format!("{}px", span.with(Span::total) as i64)>
            // A row that moved, or whose height changed, is another.
            <For
                each=rows
                key=|((place, top, height), key)| (*place, top.to_bits(), height.to_bits(), key.clone())
                let:item
            >
                {
                    let ((place, top, height), key) = item;
                    view! {
                        <div
                            class="slot"
                            role="presentation"
                            style:height=format!("{}px", height as i64)
                            style:transform=format!("translateY({}px)", top as i64)
                        >
                            {row(place, key)}
                        </div>
                    }
                }
            </For>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_between_two_heights_are_those_that_are_seen_if_only_in_part() {
        let span = spans([10.0, 20.0, 10.0, 10.0]);
        assert_eq!(span.total(), 50.0);
        for (from, to, expected) in [
            (0.0, 0.0, 0..0),
            (0.0, 5.0, 0..1),
            (0.0, 10.0, 0..1),
            (9.0, 11.0, 0..2),
            (10.0, 31.0, 1..3),
            (35.0, 500.0, 2..4),
            (500.0, 600.0, 4..4),
        ] {
            assert_eq!(span.between(from, to), expected, "{from} to {to}");
        }
        assert_eq!(spans([]).between(0.0, 100.0), 0..0);
    }
}
