//! How a server was over time.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use noc_shared::{
    agents::Capacity,
    metrics::{MetricsAnswer, Resolution, Sample},
    time::Timestamp,
};

use super::super::parts::{Stale, shown};
use crate::{
    api,
    live::Live,
    paths,
    ui::{Chart, Empty, Icon, Point, Segment, Segmented, SkeletonRows, Span, absolute},
    words,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How far back one can look.
const RANGES: &[Segment] = &[
    Segment { value: "hour", text: "1 hour", icon: None },
    Segment { value: "day", text: "24 hours", icon: None },
    Segment { value: "month", text: "30 days", icon: None },
];

/// A table with more rows nobody reads; what lies between is in the charts.
const ROWS: usize = 60;

/// How far back, how fine, and after how many milliseconds something new may be there.
fn range(word: &str) -> (i64, Resolution, i32) {
    match word {
        "month" => (30 * 24 * HOUR, Resolution::Hour, 300_000),
        "day" => (24 * HOUR, Resolution::Full, 60_000),
        _ => (HOUR, Resolution::Full, 10_000),
    }
}

#[component]
pub(super) fn Metrics(name: String) -> impl IntoView {
    let query = use_location().query;
    let navigate = use_navigate();
    let chosen =
        Memo::new(move |_| query.with(|query| query.get("range").unwrap_or_else(|| "hour".to_owned())));
    let given = StoredValue::new(name.clone());
    let live = Live::new(
        move |_: Option<&MetricsAnswer>| Some(chosen.with_untracked(|chosen| range(chosen).2)),
        move || {
            let (length, resolution, _) = chosen.with(|chosen| range(chosen));
            let name = given.with_value(Clone::clone);
            async move {
                let from = Timestamp::from_millis(js_sys::Date::now() as i64 - length);
                api::servers::metrics(&name, resolution, from).await
            }
        },
    );
    // What was measured in another range must not stand under this one, least of all when it cannot be read.
    Effect::new(move |before: Option<String>| {
        let now = chosen.get();
        if before.is_some_and(|before| before != now) {
            live.data.set(None);
        }
        now
    });
    let choose = move |word: &'static str| {
        let to = paths::server_metrics(&name, word);
        navigate(&to, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
    };
    let there = Memo::new(move |_| live.data.with(|data| data.as_ref().map(|data| !data.samples.is_empty())));
    // What is drawn follows by itself: the charts stay, and with them the cursor.
    let body = move || match there.get() {
        Some(true) => view! { <Charts live/> }.into_any(),
        Some(false) => none(),
        None => shown(
            live,
            "The metrics could not be read",
            || view! { <SkeletonRows rows=5/> }.into_any(),
            |_| none(),
        )(),
    };
    view! {
        <div class="toolbar"><Segmented name="How far back" segments=RANGES value=chosen on_choose=choose/></div>
        <Stale what="The metrics could not be read" problem=live.problem read_at=live.read_at retry=move |()| live.refresh()/>
        {body}
    }
}

fn none() -> AnyView {
    let text = "Its agent has not reported in this time. A server that was just made reports within its first minutes.";
    view! { <div class="card"><Empty icon=Icon::ACTIVITY title="Nothing was measured" text=text/></div> }
        .into_any()
}

/// What one chart reads of a sample, and how it writes that.
struct Line {
    name: &'static str,
    most: fn(&Sample) -> Option<f64>,
    read: fn(&Sample) -> Option<f64>,
    write: fn(f64) -> String,
}

const LINES: [Line; 5] = [
    Line {
        name: "CPU used",
        most: |_| Some(100.0),
        read: |sample| Some(sample.cpu? * 100.0),
        write: percent,
    },
    Line {
        name: "Load, over 1 minute",
        most: |_| None,
        read: |sample| Some(sample.load[0]),
        write: hundredths,
    },
    Line {
        name: "Memory used",
        most: |_| Some(100.0),
        read: |sample| Some(used(sample.memory)),
        write: percent,
    },
    Line { name: "Disk used", most: |_| Some(100.0), read: |sample| Some(used(sample.disk)), write: percent },
    Line {
        name: "Services healthy",
        most: |sample| Some(f64::from(sample.services.max(1))),
        read: |sample| Some(f64::from(sample.healthy)),
        write: whole,
    },
];

#[component]
fn Charts(live: Live<MetricsAnswer>) -> impl IntoView {
    let cursor = RwSignal::new(None::<i64>);
    let span = Signal::derive(move || {
        live.data.with(|data| {
            data.as_ref().map_or(Span { from: 0, to: 1, gap: 1 }, |data| Span {
                from: data.from.millis(),
                to: data.to.millis(),
                gap: gap(data.resolution, &data.samples),
            })
        })
    });
    let charts = LINES.map(|line| {
        let points = Signal::derive(move || {
            live.data.with(|data| {
                let samples = data.iter().flat_map(|data| &data.samples);
                samples
                    .filter_map(|sample| Some(Point { at: sample.at.millis(), value: (line.read)(sample)? }))
                    .collect()
            })
        });
        let most = Signal::derive(move || {
            live.data.with(|data| data.as_ref().and_then(|data| (line.most)(data.samples.last()?)))
        });
        view! { <section class="card" aria-label=line.name><Chart name=line.name span points most write=line.write cursor/></section> }
    });
    let rows = move || {
        live.data.with(|data| {
            let samples = data.as_ref().map(|data| data.samples.as_slice()).unwrap_or_default();
            samples.iter().rev().step_by(samples.len().div_ceil(ROWS).max(1)).map(row).collect_view()
        })
    };
    view! {
        <div class="charts">{charts}</div>
        <details class="card mt-4 min-w-0">
            <summary class="card-title px-4.5 py-3.5">"The same as a table"</summary>
            <div class="card-body overflow-x-auto" tabindex="0" role="group" aria-label="Metrics as a table">
                <table class="w-full text-sm">
                    <thead class="text-xs text-faint text-left"><tr>
                        <th scope="col" class="pb-2 pr-4 font-medium">"When"</th>
                        {LINES.map(|line| view! { <th scope="col" class="pb-2 pr-4 font-medium whitespace-nowrap">{line.name}</th> })}
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

fn row(sample: &Sample) -> impl IntoView + use<> {
    let cells = LINES.map(
        |line| view! { <td class="pr-4 num">{(line.read)(sample).map_or("–".to_owned(), line.write)}</td> },
    );
    view! {
        <tr class="border-b border-line last:border-0">
            <th scope="row" class="text-left font-normal py-1.5 pr-4 whitespace-nowrap num">{absolute(sample.at.millis())}</th>
            {cells}
        </tr>
    }
}

/// What lies further apart has a gap between: an hour that is missing, or three reports that did not come.
fn gap(resolution: Resolution, samples: &[Sample]) -> i64 {
    if resolution == Resolution::Hour {
        return HOUR + 30 * MINUTE;
    }
    let mut apart: Vec<i64> = samples
        .iter()
        .zip(samples.iter().skip(1))
        .map(|(one, next)| next.at.millis() - one.at.millis())
        .collect();
    apart.sort_unstable();
    let usual = apart.get(apart.len() / 2).copied().unwrap_or(MINUTE);
    (3 * usual).max(30_000)
}

fn used(capacity: Capacity) -> f64 {
    let used = capacity.total_bytes.saturating_sub(capacity.available_bytes);
    used as f64 / capacity.total_bytes.max(1) as f64 * 100.0
}

fn percent(value: f64) -> String {
    format!("{} %", value.round() as u32)
}

fn whole(value: f64) -> String {
    (value.round() as u32).to_string()
}

fn hundredths(value: f64) -> String {
    words::hundredths(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: i64) -> Sample {
        let capacity = Capacity { total_bytes: 400, available_bytes: 100 };
        Sample {
            at: Timestamp::from_millis(at),
            reports: 1,
            uptime: 1,
            cpu: None,
            highest_cpu: None,
            load: [0.5; 3],
            highest_load: 0.5,
            memory: capacity,
            least_memory: 100,
            disk: capacity,
            healthy: 2,
            services: 3,
            restarts: 0,
        }
    }

    #[test]
    fn three_reports_that_did_not_come_are_a_gap_and_one_is_none() {
        let samples: Vec<Sample> = [0, 60, 120, 240, 600].map(|at| sample(at * 1_000)).into();
        assert_eq!(gap(Resolution::Full, &samples), 360_000);
        assert_eq!(gap(Resolution::Full, &[]), 180_000);
        assert_eq!(gap(Resolution::Hour, &samples), 5_400_000);
    }

    #[test]
    fn a_sample_is_written_as_people_read_it() {
        let written = |sample: &Sample| LINES.map(|line| (line.read)(sample).map(line.write));
        let texts = ["0.50", "75 %", "75 %", "2"].map(|text| Some(text.to_owned()));
        let [cpu, rest @ ..] = written(&sample(0));
        assert_eq!((cpu, rest), (None, texts), "an agent from before does not tell");
        let [cpu, ..] = written(&Sample { cpu: Some(0.376), ..sample(0) });
        assert_eq!(cpu.as_deref(), Some("38 %"));
    }
}
