//! What a server says: its deployments' story and its services' lines, as they come.

use leptos::{html, prelude::*, task::spawn_local};
use noc_shared::servers::{LogLine, LogSource};

use crate::{
    api::{self, Stream, StreamState, follow},
    live::Timer,
    shell::Activity,
    ui::{
        Badge, Empty, Glyph, Icon, IconButton, Search, Select, Switch, Tone, absolute, copy_text, offer,
        recall, remember,
    },
};

/// So many lines are kept: at 150 bytes each they are less than a megabyte.
const KEPT: usize = 5_000;

/// So many are on the page; what is searched for is found in all that are kept.
const SHOWN: usize = 1_000;

#[component]
pub(super) fn Logs(name: String) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let lines = RwSignal::new(Vec::<LogLine>::new());
    let state = RwSignal::new(StreamState::Connecting);
    let (search, source) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrap = RwSignal::new(recall("wrap").as_deref() == Some("on"));
    let following = RwSignal::new(true);
    let on_lines = move |new: Vec<LogLine>| {
        lines.try_update(|lines| {
            lines.extend(new);
            let over = lines.len().saturating_sub(KEPT);
            lines.drain(..over);
        });
    };
    let stream: StoredValue<Option<Stream>, LocalStorage> =
        StoredValue::new_local(Some(follow(api::servers::logs_path(&name), on_lines, move |new| {
            state.try_set(new);
        })));
    on_cleanup(move || {
        stream.try_update_value(|stream| stream.take());
    });
    let found = Memo::new(move |_| {
        let (search, source) = (search.get().to_lowercase(), source.get());
        lines.with(|lines| {
            let fits = |line: &&LogLine| {
                (source.is_empty() || who(line) == source) && line.message.to_lowercase().contains(&search)
            };
            let mut found: Vec<LogLine> = lines.iter().rev().filter(fits).take(SHOWN).cloned().collect();
            found.reverse();
            found
        })
    });
    let sources = Memo::new(move |_| {
        let mut sources: Vec<String> = lines.with(|lines| lines.iter().map(who).collect());
        sources.sort_unstable();
        sources.dedup();
        let all = [(String::new(), "All sources".to_owned())];
        all.into_iter().chain(sources.into_iter().map(|source| (source.clone(), source))).collect::<Vec<_>>()
    });
    let node = NodeRef::<html::Div>::new();
    let bottom = move || {
        if let Some(log) = node.get_untracked() {
            log.set_scroll_top(log.scroll_height());
        }
    };
    Effect::new(move |_| {
        found.with(|_| ());
        if following.get() {
            request_animation_frame(bottom);
        }
    });
    // Who scrolls up wants to read; who comes back to the end wants to follow. It is looked at when the scrolling rests.
    let rest = StoredValue::new_local(None::<Timer>);
    let on_scroll = move |_| {
        let look = Timer::start(80, move || {
            if let Some(log) = node.get_untracked() {
                let below = log.scroll_height() - log.scroll_top() - log.client_height();
                following.try_set(below < 24);
            }
        });
        rest.set_value(Some(look));
    };
    let text = move || {
        found.with_untracked(|found| {
            found
                .iter()
                .map(|line| format!("{} {:<16} {}\n", line.at, who(line), line.message))
                .collect::<String>()
        })
    };
    let copy = move |_| {
        spawn_local(async move {
            if copy_text(&text()).await {
                activity.done("The lines are copied");
            }
        });
    };
    let file = format!("{name}.log");
    let download = move |_| {
        if offer(&file, &text()).is_ok() {
            activity.done(format!("{file} is downloaded"));
        }
    };
    let said = move || match state.get() {
        StreamState::Connecting => (Tone::Warn, "Connecting".to_owned()),
        StreamState::Open => (Tone::Ok, "Live".to_owned()),
        StreamState::Ended => (Tone::Idle, "Ended".to_owned()),
        StreamState::Refused(problem) => (Tone::Bad, problem.message()),
    };
    let class = move || if wrap.get() { "log wrap" } else { "log" };
    let needle = Memo::new(move |_| search.get().to_lowercase());
    view! {
        <div class="toolbar">
            <Search name="Search the lines" value=search on_input=move |value| search.set(value)/>
            <Select name="Source" options=sources value=source on_choose=move |value| source.set(value)/>
            <Switch text="Follow" on=following on_switch=move |on| following.set(on)/>
            <Switch
                text="Wrap"
                on=wrap
                on_switch=move |on| {
                    wrap.set(on);
                    remember("wrap", if on { "on" } else { "" });
                }
            />
            <span class="ml-auto flex items-center gap-1">
                <Badge tone=Signal::derive(move || said().0) text=Signal::derive(move || said().1) live=Signal::derive(move || state.get() == StreamState::Open)/>
                <IconButton icon=Icon::COPY name="Copy these lines" on_press=copy/>
                <IconButton icon=Icon::DOWNLOAD name="Download these lines" on_press=download/>
            </span>
        </div>
        <div node_ref=node class=class tabindex="0" role="log" aria-label="Log" aria-live="off" on:scroll=on_scroll>
            <Show when=move || found.with(Vec::is_empty)>
                <Empty icon=Icon::TERMINAL title="No lines" text="What its deployments and its services say stands here as it comes."/>
            </Show>
            <For each=move || found.get() key=move |line| (line.id, needle.get()) let:line>{row(line, needle.get_untracked())}</For>
        </div>
        <p class="sub mt-2 num flex items-center gap-1.5"><Glyph icon=Icon::INFO class="glyph-sm"/> {move || format!("{} of {} lines", found.with(Vec::len), lines.with(Vec::len))}</p>
    }
}

fn who(line: &LogLine) -> String {
    match (&line.service, line.source) {
        (Some(service), _) => service.clone(),
        (None, LogSource::Deployment) => "deployment".to_owned(),
        (None, LogSource::Agent) => "agent".to_owned(),
        (None, LogSource::Server) => "server".to_owned(),
    }
}

fn row(line: LogLine, needle: String) -> impl IntoView {
    let at = line.at.millis();
    let time = String::from(js_sys::Date::new(&(at as f64).into()).to_locale_time_string("default"));
    let class = if line.source == LogSource::Deployment { "log-line deployment" } else { "log-line" };
    view! {
        <div class=class>
            <time title=absolute(at)>{time}</time>
            <span class="who">{who(&line)}</span>
            <span class="what">{marked(&line.message, &needle)}</span>
        </div>
    }
}

/// The line with what was searched for marked.
fn marked(text: &str, needle: &str) -> AnyView {
    let lower = text.to_lowercase();
    // Lower case may be of another length, and then the places are not those of the text.
    if needle.is_empty() || lower.len() != text.len() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(needle)).map(|at| from + at) {
        let end = at + needle.len();
        if let (Some(before), Some(found)) = (text.get(from..at), text.get(at..end)) {
            parts.push(view! { {before.to_owned()} <mark>{found.to_owned()}</mark> });
        }
        from = end;
    }
    let rest = text.get(from..).unwrap_or_default().to_owned();
    view! { {parts} {rest} }.into_any()
}
