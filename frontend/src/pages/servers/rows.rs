//! The list itself: a table, or cards.

use leptos::{ev, prelude::*};
use noc_shared::servers::{Server, ServerStatus};

use super::{
    Lines,
    view::{GroupLine, Line, Sort, View},
};
use crate::{
    fleet::Known,
    pages::parts::{StatusBadge, on_arrows, services},
    paths,
    ui::{Ago, Clock, Glyph, Icon, VirtualList, coarse, spans},
    words,
};

/// Heights in rem, as the style sheet has them: what is not on the page cannot be measured.
const ROW: f64 = 3.5;
const NARROW_ROW: f64 = 4.75;
const GROUP: f64 = 2.75;
const CARD: f64 = 11.0;
/// A card is at least so wide.
const CARD_WIDTH: f64 = 20.0;

/// The width of the window and the size of a rem, both in pixels; read again when the window changes.
fn measures() -> Signal<(f64, f64)> {
    let read = || {
        let width = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1_280.0);
        let root = document().document_element();
        let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
        let size = style.and_then(|style| style.get_property_value("font-size").ok());
        let rem = size.and_then(|size| size.trim_end_matches("px").parse().ok()).unwrap_or(16.0);
        (width, rem)
    };
    let measures = RwSignal::new(read());
    let handle = window_event_listener(ev::resize, move |_| {
        if measures.get_untracked() != read() {
            measures.set(read());
        }
    });
    on_cleanup(move || handle.remove());
    measures.into()
}

#[component]
pub(super) fn Table(view: RwSignal<View>, shown: Memo<Lines>) -> impl IntoView {
    let measures = measures();
    let narrow = Memo::new(move |_| {
        let (width, rem) = measures.get();
        width < 54.0 * rem
    });
    let span = Memo::new(move |_| {
        let (_, rem) = measures.get();
        let row = if narrow.get() { NARROW_ROW } else { ROW };
        shown.with(|lines| {
            spans(lines.0.iter().map(|line| match line {
                Line::Group(_) => GROUP * rem,
                Line::Server(_) => row * rem,
            }))
        })
    });
    let key = move |place: usize| shown.with_untracked(|lines| lines.0.get(place).cloned());
    let row = move |place: usize, line: Option<Line>| match line {
        Some(Line::Group(group)) => {
            let (name, about) = group_head(&group);
            view! { <div class="group" role="row"><span role="cell">{name}</span><span role="cell" class="sub num">{about}</span></div> }
                .into_any()
        }
        Some(Line::Server(known)) => server_row(place, &known, narrow.get_untracked()).into_any(),
        None => ().into_any(),
    };
    // A list that was decided anew is drawn anew where its rows differ.
    let span = Signal::derive(move || {
        shown.with(|_| ());
        span.get()
    });
    let head = [
        ("Server", Some(Sort::Name), ""),
        ("Status", Some(Sort::Status), ""),
        ("Services", None, "roomy"),
        ("Region", Some(Sort::Region), ""),
        ("Size", None, "roomy"),
        ("Per month", Some(Sort::Cost), "end"),
        ("Age", Some(Sort::Age), "end"),
    ]
    .map(|(text, sort, class)| view! { <Head view text sort class/> });
    let count = move || shown.with(|lines| lines.0.len() + 1).to_string();
    view! {
        <div class="grid-table servers-columns" role="table" aria-label="Servers" aria-rowcount=count on:keydown=|event| on_arrows(&event)>
            <div class="grid-head" role="row" aria-rowindex="1">{head}</div>
            <VirtualList span=span key=key row=row/>
        </div>
    }
}

#[component]
fn Head(view: RwSignal<View>, text: &'static str, sort: Option<Sort>, class: &'static str) -> impl IntoView {
    let Some(sort) = sort else {
        return view! { <span role="columnheader" class=class>{text}</span> }.into_any();
    };
    let order = move || view.with(|view| (view.sort == sort).then_some(view.descending));
    let press = move |_| {
        view.update(|view| {
            view.descending = view.sort == sort && !view.descending;
            view.sort = sort;
        });
    };
    let said = move || match order() {
        Some(false) => Some("ascending"),
        Some(true) => Some("descending"),
        None => None,
    };
    let arrow = move || {
        order().map(|descending| {
            let icon = if descending { Icon::ARROW_DOWN } else { Icon::ARROW_UP };
            view! { <Glyph icon class="glyph-sm"/> }
        })
    };
    view! {
        <span role="columnheader" class=class aria-sort=said><button type="button" on:click=press>{text} {arrow}</button></span>
    }
    .into_any()
}

fn group_head(group: &GroupLine) -> (String, String) {
    let about = format!("{} · {} per month", words::count(group.count, "server"), words::cents(group.cents));
    (group.name.clone(), about)
}

/// A row has the cells that are seen and no others: one that scrolls is made in passing.
fn server_row(place: usize, known: &Known, narrow: bool) -> impl IntoView + use<> {
    let server = &known.0.server;
    let cells = if narrow {
        let about = format!("{} · {} · {}", server.region, server.size, words::usd(server.price_monthly));
        view! {
            <div role="cell" class="sub cut">{about}</div>
            <div role="cell" class="flex items-center justify-end">{services(server)}</div>
        }
        .into_any()
    } else {
        view! {
            <div role="cell" class="roomy flex items-center">{services(server)}</div>
            <div role="cell" class="text-sm text-soft">{server.region.clone()}</div>
            <div role="cell" class="roomy text-sm text-soft cut">{server.size.clone()}</div>
            <div role="cell" class="text-sm text-soft num end">{words::usd(server.price_monthly)}</div>
            <div role="cell" class="text-sm text-soft end">{age(server)}{up(server)}</div>
        }
        .into_any()
    };
    view! {
        <div class="grid-row h-full" role="row" aria-rowindex=(place + 2).to_string()>
            <div role="cell">
                <a class="name cut block" href=paths::server(&server.name)>{server.name.clone()}</a>
                <div class="sub cut">{beneath(server)}</div>
            </div>
            <div role="cell"><StatusBadge status=server.status/></div>
            {cells}
        </div>
    }
}

fn beneath(server: &Server) -> String {
    let place = format!("{} · {}", server.projects.join(", "), server.environment);
    match &server.ip {
        Some(ip) => format!("{ip} · {place}"),
        None => format!("No address yet · {place}"),
    }
}

/// How old it is.
fn age(server: &Server) -> impl IntoView + use<> {
    view! { <Ago at=server.created_at.millis()/> }
}

/// How long it is up, while it is.
fn up(server: &Server) -> Option<impl IntoView + use<>> {
    let clock = expect_context::<Clock>();
    let since = server.active_since.filter(|_| server.status == ServerStatus::Active)?.millis();
    let text = Memo::new(move |_| format!("up {}", coarse((clock.now() - since).max(0))));
    Some(view! { <div class="sub num">{text}</div> })
}

#[component]
pub(super) fn Cards(shown: Memo<Lines>) -> impl IntoView {
    let measures = measures();
    let columns = Memo::new(move |_| {
        let (width, rem) = measures.get();
        // What the frame takes: the side from a certain width on, and the space around the page.
        let side = if width < 54.0 * rem { 2.0 } else { 18.5 };
        let most = if width < 2_400.0 { 92.0 } else { 124.0 };
        let room = (width / rem - side).min(most);
        ((room + 0.875) / (CARD_WIDTH + 0.875)).floor().max(1.0) as usize
    });
    // Each line of the list holds as many cards as have room, and a group begins a new one.
    let rows = Memo::new(move |_| {
        let columns = columns.get();
        shown.with(|lines| {
            let mut rows: Vec<Vec<Line>> = Vec::new();
            for line in lines.0.iter() {
                match (line, rows.last_mut()) {
                    (Line::Server(_), Some(row))
                        if row.len() < columns && !matches!(row.first(), Some(Line::Group(_))) =>
                    {
                        row.push(line.clone());
                    }
                    _ => rows.push(vec![line.clone()]),
                }
            }
            rows
        })
    });
    let span = Signal::derive(move || {
        let (_, rem) = measures.get();
        rows.with(|rows| {
            spans(rows.iter().map(|row| match row.first() {
                Some(Line::Group(_)) => GROUP * rem,
                _ => (CARD + 0.875) * rem,
            }))
        })
    });
    let key = move |place: usize| rows.with_untracked(|rows| rows.get(place).cloned().unwrap_or_default());
    let row = move |_: usize, row: Vec<Line>| {
        if let Some(Line::Group(group)) = row.first() {
            let (name, about) = group_head(group);
            return view! { <h2 class="group">{name}<span class="sub num">{about}</span></h2> }.into_any();
        }
        let template = format!("repeat({}, minmax(0, 1fr))", columns.get_untracked());
        let cards = row.iter().filter_map(|line| match line {
            Line::Server(known) => Some(card(known)),
            Line::Group(_) => None,
        });
        view! { <div class="server-cards" style:grid-template-columns=template>{cards.collect_view()}</div> }
            .into_any()
    };
    view! { <div class="cards" role="group" aria-label="Servers" on:keydown=|event| on_arrows(&event)><VirtualList span=span key=key row=row/></div> }
}

fn card(known: &Known) -> impl IntoView + use<> {
    let server = &known.0.server;
    let domain = server.domains.first().cloned().unwrap_or_default();
    view! {
        <article class="card server-card">
            <div class="flex items-start gap-3">
                <h3 class="min-w-0 grow font-semibold cut"><a class="name" href=paths::server(&server.name)>{server.name.clone()}</a></h3>
                <StatusBadge status=server.status/>
            </div>
            <p class="sub cut">{domain}</p>
            <div class="flex items-center mt-3">{services(server)}</div>
            <p class="text-sm text-soft mt-auto cut">{format!("{} · {}", server.region, server.size)}</p>
            <p class="flex text-sm text-faint num">
                <span>{words::usd(server.price_monthly)}" per month"</span>
                <span class="ml-auto">{age(server)}</span>
            </p>
        </article>
    }
}
