//! Components that draw: charts, long lists, marks.

use leptos::prelude::*;

use super::components::Part;
use crate::ui::{Brand, Button, Chart, Glyph, Icon, Once, Point, Rows, Span, VirtualList, spans};

const MINUTE: i64 = 60_000;

const ICONS: [Icon; 8] = [
    Icon::SERVER,
    Icon::ACTIVITY,
    Icon::COMPARE,
    Icon::UNPLUG,
    Icon::BOXES,
    Icon::PACKAGE,
    Icon::KEY,
    Icon::TRIANGLE_ALERT,
];

/// Charts: as they usually are, with a gap, and with nothing at all. They share a cursor.
#[component]
pub(super) fn Charts() -> impl IntoView {
    let to = js_sys::Date::now() as i64;
    let from = to - 60 * MINUTE;
    let span = Signal::stored(Span { from, to, gap: 3 * MINUTE });
    let cursor = RwSignal::new(None::<i64>);
    let wave = |minutes: &[i64]| -> Vec<Point> {
        let point =
            |minute: &i64| Point { at: from + minute * MINUTE, value: ((minute * 7) % 40 + 30) as f64 };
        minutes.iter().map(point).collect()
    };
    let all: Vec<i64> = (0..60).collect();
    let gap: Vec<i64> = (0..20).chain(35..60).collect();
    let charts = [("Usual", wave(&all)), ("With a gap", wave(&gap)), ("Nothing known", Vec::new())];
    let charts = charts.map(|(name, points)| {
        let points = Signal::stored(points);
        let write = |value: f64| format!("{} %", value.round() as u32);
        view! { <section class="card" aria-label=name><Chart name span points most=Signal::stored(Some(100.0)) write cursor/></section> }
    });
    view! { <Part title="Charts"><div class="charts">{charts}</div></Part> }
}

/// A long list, of which only what is seen is on the page.
#[component]
pub(super) fn Long() -> impl IntoView {
    let span = Signal::stored(spans((0..8).map(|_| 40.0)));
    let row = |place: usize, _: usize| {
        view! { <div class="grid-row h-full"><span class="num">{format!("Row {}", place + 1)}</span></div> }
    };
    view! { <Part title="A long list"><VirtualList span=span key=|place| place row/></Part> }
}

/// Rows that stay while others come before them.
#[component]
pub(super) fn Staying() -> impl IntoView {
    let count = RwSignal::new(2_usize);
    let each = Signal::derive(move || (1..=count.get()).rev().collect::<Vec<_>>());
    let row = |number: Signal<usize>| {
        view! { <li><span class="num">{move || format!("Number {}", number.get())}</span></li> }
    };
    view! {
        <Part title="Rows that stay">
            <ul class="rows"><Rows each=each key=|number| *number row=row/></ul>
            <p><Button text="One more" on_press=move |_| count.update(|count| *count += 1)/></p>
        </Part>
    }
}

/// What is shown once, the brand, and some icons.
#[component]
pub(super) fn Marks() -> impl IntoView {
    view! {
        <Part title="Marks">
            <Brand href="/ui"/>
            <div class="flex flex-wrap gap-3 text-faint">{ICONS.map(|icon| view! { <Glyph icon/> })}</div>
            <Once title="The token is made" text="Keep it where only your script reads it." secret="noc_0123456789abcdef".to_owned() what="token"/>
        </Part>
    }
}
