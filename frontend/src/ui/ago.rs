//! Points in time as people say them: relative ones tick, and the absolute time shows on hover.

use js_sys::{Date, Object, Reflect};
use leptos::prelude::*;

/// The time now, which moves on every second while the page is seen.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<f64>);

impl Clock {
    /// Starts it. Called once.
    pub fn begin() -> Self {
        let clock = Self(RwSignal::new(Date::now()));
        let tick = move || {
            if !document().hidden() {
                clock.0.set(Date::now());
            }
        };
        // Nothing ever stops it: it lives as long as the page.
        let _ = set_interval_with_handle(tick, std::time::Duration::from_secs(1));
        clock
    }

    /// Milliseconds since 1970; whoever reads it is called again every second.
    pub fn now(self) -> i64 {
        self.0.get() as i64
    }
}

/// A point in time, relative to now.
#[component]
pub fn Ago(
    /// Milliseconds since 1970.
    #[prop(into)]
    at: Signal<i64>,
) -> impl IntoView {
    let clock = expect_context::<Clock>();
    // Only a text that changed touches the page: most of them do once a minute.
    let text = Memo::new(move |_| relative(at.get(), clock.now()));
    view! { <time title=move || absolute(at.get()) datetime=move || iso(at.get())>{text}</time> }
}

fn iso(at: i64) -> String {
    Date::new(&(at as f64).into()).to_iso_string().into()
}

/// The date and the time in the user's zone and in the user's way of writing it.
pub fn absolute(at: i64) -> String {
    let options = Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "long")] {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    Date::new(&(at as f64).into()).to_locale_string("default", &options).into()
}

/// The time of day in the user's way of writing it; with the date, where a stretch of so many milliseconds needs one.
pub fn moment(at: i64, stretch: i64) -> String {
    const DAY: i64 = 86_400_000;
    let options = Object::new();
    let date: &[(&str, &str)] = if stretch >= DAY { &[("month", "short"), ("day", "numeric")] } else { &[] };
    for (name, value) in date.iter().chain(&[("hour", "2-digit"), ("minute", "2-digit")]) {
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    Date::new(&(at as f64).into()).to_locale_string("default", &options).into()
}

/// How long ago, or in how long.
pub fn relative(at: i64, now: i64) -> String {
    let ms = now - at;
    if ms.abs() < 5_000 {
        return "just now".to_owned();
    }
    if ms < 0 { format!("in {}", coarse(-ms)) } else { format!("{} ago", coarse(ms)) }
}

/// A length of time with one unit.
pub fn coarse(ms: i64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..5_184_000 => format!("{} d", seconds / 86_400),
        _ => format!("{} months", seconds / 2_592_000),
    }
}

/// A length of time with two units at most.
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if ms < 1_000 => format!("{} ms", ms.max(0)),
        (0, 0, 0) if ms < 10_000 => format!("{}.{} s", ms / 1_000, ms / 100 % 10),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let day = 86_400_000;
        for (ago, expected) in [
            (0, "just now"),
            (4_999, "just now"),
            (-4_999, "just now"),
            (5_000, "5 s ago"),
            (-30_000, "in 30 s"),
            (61_000, "1 min ago"),
            (7_200_000, "2 h ago"),
            (59 * day, "59 d ago"),
            (90 * day, "3 months ago"),
        ] {
            assert_eq!(relative(0, ago), expected, "{ago}");
        }
    }

    #[test]
    fn lengths_have_two_units_at_most() {
        for (ms, expected) in [
            (-5, "0 ms"),
            (40, "40 ms"),
            (1_240, "1.2 s"),
            (12_400, "12 s"),
            (61_000, "1 min 1 s"),
            (3_660_000, "1 h 1 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }
}
