//! A long list of which only what is seen is on the page.
//!
//! It scrolls with the window, as any other page does, so that find, the space bar and the bar at the side do what people
//! expect; its height is that of all its rows.

use std::ops::Range;

use leptos::{
    html,
    prelude::*,
    tachys::view::{Mountable, any_view::AnyViewState},
};
use wasm_bindgen::JsCast as _;

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

/// A row and where it is. One that moved, or whose height changed, is another.
#[derive(Clone, Debug, PartialEq)]
struct Placed<K> {
    place: usize,
    top: f64,
    height: f64,
    key: K,
}

/// A row that is on the page.
struct Drawn<K> {
    row: Placed<K>,
    view: AnyViewState,
    /// What its view has made goes with it.
    _owner: Owner,
}

/// A long list.
///
/// It mounts its rows itself. `For` would take all of them out and put them in again whenever one comes before the first,
/// so that each frame of scrolling upwards laid out the whole of what is seen.
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
    K: Clone + PartialEq + 'static,
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
    let all = Owner::current().unwrap_or_default();
    Effect::new(move |drawn: Option<Vec<Drawn<K>>>| {
        let Some(list) = node.get() else { return Vec::new() };
        let (from, to) = seen.get();
        let wanted: Vec<Placed<K>> = span.with(|span| {
            let placed = |place: usize| Placed {
                place,
                top: span.start(place),
                height: span.start(place + 1) - span.start(place),
                key: key(place),
            };
            span.between(from.max(0.0), to.max(0.0)).map(placed).collect()
        });
        let focused = focused_in(&list);
        let first = wanted.first().map_or(0, |row| row.place);
        let stays = |row: &Placed<K>| {
            row.place
                .checked_sub(first)
                .and_then(|place| wanted.get(place))
                .is_some_and(|wanted| wanted == row)
        };
        let mut drawn = drawn.unwrap_or_default();
        drawn.retain_mut(|drawn| {
            let stays = stays(&drawn.row);
            if !stays {
                drawn.view.unmount();
            }
            stays
        });
        // Both are in the order of the page: what is not drawn comes before the next that is.
        let mut drawn = drawn.into_iter().peekable();
        let mut now = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            if drawn.peek().is_some_and(|drawn| drawn.row == wanted) {
                now.extend(drawn.next());
                continue;
            }
            let owner = all.child();
            let slot = || untrack(|| slot(&wanted, row(wanted.place, wanted.key.clone())).build());
            let mut view = owner.with(slot);
            match drawn.peek() {
                Some(next) => _ = next.view.insert_before_this(&mut view),
                None => view.mount(&list, None),
            }
            now.push(Drawn { row: wanted, view, _owner: owner });
        }
        if let Some(href) = focused {
            focus_again(&list, &href);
        }
        now
    });
    view! {
        <div node_ref=node class="virtual" role="presentation" style:height=move || format!("{}px", span.with(Span::total) as i64)></div>
    }
}

/// Where the link leads that has the focus, if it is in this list: a row that is drawn anew is another element, and its
/// link is known by where it leads.
fn focused_in(list: &web_sys::HtmlElement) -> Option<String> {
    let active = document().active_element().filter(|active| list.contains(Some(active)))?;
    active.get_attribute("href")
}

/// Gives the focus to the link that had it, where its row was drawn anew.
fn focus_again(list: &web_sys::HtmlElement, href: &str) {
    if focused_in(list).is_some() {
        return;
    }
    let Ok(links) = list.query_selector_all("a[href]") else { return };
    let link = (0..links.length())
        .filter_map(|place| links.get(place)?.dyn_into::<web_sys::HtmlElement>().ok())
        .find(|link| link.get_attribute("href").as_deref() == Some(href));
    if let Some(link) = link {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = link.focus_with_options(&options);
    }
}

fn slot<K>(at: &Placed<K>, row: impl IntoView + 'static) -> AnyView {
    view! {
        <div
            class="slot"
            role="presentation"
            style:height=format!("{}px", at.height as i64)
            style:top=format!("{}px", at.top as i64)
        >
            {row}
        </div>
    }
    .into_any()
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
