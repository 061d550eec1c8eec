//! A line over time. Where nothing is known there is no line.

use leptos::{ev, html, prelude::*};

use super::ago::moment;

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How much.
    pub value: f64,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning, in milliseconds since 1970.
    pub from: i64,
    /// Its end.
    pub to: i64,
    /// What lies further apart than this has a gap between.
    pub gap: i64,
}

/// More than so many corners nobody sees: a chart is about as wide as that in pixels.
const CORNERS: i64 = 320;

/// The picture's own measure; it is stretched to the room that there is.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 100.0;

/// A chart of one line.
#[component]
pub fn Chart(
    /// What it shows.
    #[prop(into)]
    name: String,
    /// The stretch of time.
    span: Signal<Span>,
    /// The values, oldest first.
    points: Signal<Vec<Point>>,
    /// What the top is; when there is none, a little more than the highest value.
    most: Signal<Option<f64>>,
    /// Writes a value.
    write: fn(f64) -> String,
    /// Where the cursor is, in milliseconds since 1970; charts beside each other share it.
    cursor: RwSignal<Option<i64>>,
) -> impl IntoView {
    let top = Memo::new(move |_| most.get().unwrap_or_else(|| points.with(|points| above(points))));
    let drawn = Memo::new(move |_| points.with(|points| lines(points, span.get(), top.get())));
    // Under the cursor, or else the newest.
    let chosen = Memo::new(move |_| {
        points.with(|points| match cursor.get() {
            Some(at) => nearest(points, at, span.get().gap),
            None => points.last().copied(),
        })
    });
    let said = move || match (chosen.get(), cursor.get()) {
        (Some(point), _) => (write(point.value), moment(point.at, span.get().to - span.get().from)),
        (None, Some(at)) => ("–".to_owned(), moment(at, span.get().to - span.get().from)),
        (None, None) => ("–".to_owned(), String::new()),
    };
    let share = move |at: i64| {
        let span = span.get();
        (at - span.from) as f64 / (span.to - span.from).max(1) as f64
    };
    let node = NodeRef::<html::Div>::new();
    let follow = move |event: ev::PointerEvent| {
        let Some(plot) = node.get_untracked() else { return };
        let bounds = plot.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
        let span = span.get_untracked();
        cursor.set(Some(span.from + (share.clamp(0.0, 1.0) * (span.to - span.from) as f64) as i64));
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -1,
            "ArrowRight" => 1,
            "PageUp" => -10,
            "PageDown" => 10,
            "Home" => isize::MIN / 2,
            "End" => isize::MAX / 2,
            "Escape" => return cursor.set(None),
            _ => return,
        };
        event.prevent_default();
        let at = points.with_untracked(|points| {
            let last = points.len().checked_sub(1)?;
            let here = cursor
                .get_untracked()
                .map_or(last, |at| points.partition_point(|point| point.at < at).min(last));
            points.get(here.saturating_add_signed(step).min(last)).map(|point| point.at)
        });
        cursor.set(at);
    };
    let now = move || (cursor.get().map_or(1.0, share).clamp(0.0, 1.0) * 100.0).round() as u32;
    view! {
        <figure class="chart">
            <figcaption>
                <span class="chart-name">{name.clone()}</span>
                <span class="chart-value num">{move || said().0}</span>
                <span class="sub num">{move || said().1}</span>
            </figcaption>
            <div
                class="plot"
                node_ref=node
                tabindex="0"
                role="slider"
                aria-label=format!("{name}: moment")
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=now
                aria-valuetext=move || { let (value, at) = said(); format!("{value}, {at}") }
                on:pointermove=follow
                on:pointerdown=follow
                on:pointerleave=move |_| cursor.set(None)
                on:keydown=on_key
                on:blur=move |_| cursor.set(None)
            >
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                    <path class="plot-grid" d=format!("M0 0H{WIDTH}M0 {}H{WIDTH}M0 {HEIGHT}H{WIDTH}", HEIGHT / 2.0)></path>
                    <path class="plot-area" d=move || drawn.with(|drawn| drawn.1.clone())></path>
                    <path class="plot-line" d=move || drawn.with(|drawn| drawn.0.clone())></path>
                </svg>
                <span class="plot-top num" aria-hidden="true">{move || write(top.get())}</span>
                {move || cursor.get().map(|at| {
                    // In a gap it stands where it is put, and there is nothing to point at.
                    let point = chosen.get();
                    let left = percent(share(point.map_or(at, |point| point.at)));
                    let dot = point.map(|point| {
                        let height = point.value / top.get().max(f64::MIN_POSITIVE);
                        view! { <span class="plot-dot" style:left=left.clone() style:top=percent(1.0 - height)></span> }
                    });
                    view! { <span class="plot-cursor" style:left=left></span> {dot} }
                })}
            </div>
            <p class="plot-times num" aria-hidden="true">
                {move || {
                    let span = span.get();
                    let length = span.to - span.from;
                    [0, 1, 2].map(|part| view! { <span>{moment(span.from + length * part / 2, length)}</span> })
                }}
            </p>
        </figure>
    }
}

/// In whole tenths of a percent: to write a fraction takes a lot of program.
fn percent(share: f64) -> String {
    let tenths = (share.clamp(0.0, 1.0) * 1_000.0) as u32;
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// A round number that is above all values.
fn above(points: &[Point]) -> f64 {
    let highest = points.iter().map(|point| point.value).fold(0.0, f64::max) * 1.1;
    let mut unit = 0.01;
    while unit * 10.0 < highest {
        unit *= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0].map(|times| times * unit).into_iter().find(|top| *top >= highest).unwrap_or(1.0)
}

/// What is nearest to a time, if anything is near.
fn nearest(points: &[Point], at: i64, gap: i64) -> Option<Point> {
    let behind = points.partition_point(|point| point.at < at);
    let around = [behind.checked_sub(1), Some(behind)];
    let near = around.into_iter().flatten().filter_map(|place| points.get(place));
    near.min_by_key(|point| (point.at - at).abs()).filter(|point| (point.at - at).abs() <= gap).copied()
}

/// The line and the area under it, as paths: what lies between two corners is their average.
fn lines(points: &[Point], span: Span, top: f64) -> (String, String) {
    let (mut line, mut area) = (String::new(), String::new());
    let wide = (span.to - span.from).max(1);
    let place = |point: Point| {
        let x = ((point.at - span.from) as f64 / wide as f64 * WIDTH).round() as i64;
        let y = ((1.0 - (point.value / top.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)) * HEIGHT * 10.0).round()
            as i64;
        // In tenths, by hand.
        (x.clamp(0, WIDTH as i64), format!("{}.{}", y / 10, y % 10))
    };
    for stretch in points.chunk_by(|one, next| next.at - one.at <= span.gap) {
        let corners: Vec<(i64, String)> = averages(stretch, wide / CORNERS).into_iter().map(place).collect();
        let (Some((first, _)), Some((last, end))) = (corners.first(), corners.last()) else { continue };
        let drawn: Vec<String> = corners.iter().map(|(x, y)| format!("{x} {y}")).collect();
        let path = drawn.join("L");
        // A point by itself is a short line.
        let alone = if corners.len() == 1 { format!("L{} {end}", last + 2) } else { String::new() };
        line.push_str(&format!("M{path}{alone}"));
        area.push_str(&format!("M{path}{alone}L{last} {HEIGHT}L{first} {HEIGHT}Z"));
    }
    (line, area)
}

/// Points that are at least so far apart, each the average of those it stands for.
fn averages(points: &[Point], apart: i64) -> Vec<Point> {
    let bucket = |point: &Point| if apart > 0 { point.at / apart } else { point.at };
    let average = |points: &[Point]| {
        let count = points.len().max(1) as f64;
        let at = points.iter().map(|point| point.at as f64).sum::<f64>() / count;
        Point { at: at as i64, value: points.iter().map(|point| point.value).sum::<f64>() / count }
    };
    points.chunk_by(|one, next| bucket(one) == bucket(next)).map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(i64, f64)]) -> Vec<Point> {
        values.iter().map(|(at, value)| Point { at: *at, value: *value }).collect()
    }

    #[test]
    fn a_gap_is_a_gap_and_a_point_alone_is_seen() {
        let span = Span { from: 0, to: 1_000, gap: 100 };
        let given = points(&[(0, 0.0), (100, 50.0), (500, 100.0), (900, 25.0), (1_000, 25.0)]);
        let (line, area) = lines(&given, span, 100.0);
        assert_eq!(line, "M0 100.0L100 50.0M500 0.0L502 0.0M900 75.0L1000 75.0");
        assert_eq!(area.matches('Z').count(), 3);
    }

    #[test]
    fn more_points_than_can_be_seen_are_their_averages() {
        let given: Vec<Point> = (0..10_000).map(|at| Point { at, value: (at % 2) as f64 }).collect();
        let span = Span { from: 0, to: 10_000, gap: 10 };
        let (line, _) = lines(&given, span, 1.0);
        assert!(line.matches('L').count() <= 323, "{}", line.matches('L').count());
        assert_eq!(averages(&given, 100)[3], Point { at: 349, value: 0.5 });
    }

    #[test]
    fn the_top_is_round_and_above() {
        for (highest, expected) in
            [(0.0, 0.01), (0.04, 0.05), (0.5, 1.0), (1.7, 2.0), (4.7, 10.0), (94.0, 200.0)]
        {
            assert!((above(&points(&[(0, highest)])) - expected).abs() < 1e-9, "{highest}");
        }
    }

    #[test]
    fn the_cursor_finds_what_is_near_and_nothing_in_a_gap() {
        let given = points(&[(0, 1.0), (100, 2.0), (1_000, 3.0)]);
        for (at, expected) in [
            (-5, Some(1.0)),
            (49, Some(1.0)),
            (51, Some(2.0)),
            (150, Some(2.0)),
            (500, None),
            (1_050, Some(3.0)),
        ] {
            assert_eq!(nearest(&given, at, 100).map(|point| point.value), expected, "{at}");
        }
    }
}
