//! Points in time.
//!
//! Reading and writing one form of a date is some dozen lines, and the crate for dates is a hundredth of what a browser loads
//! first. A test holds these lines against that crate.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time, in milliseconds since 1970; RFC 3339 in UTC on the wire (`2026-11-20T10:00:00Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than any other.
    pub const MAX: Self = Self(i64::MAX);

    /// The point that lies so many milliseconds after 1970 began.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The point that lies so many milliseconds later.
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from an earlier point to this one; negative if it is a later one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, with any offset.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is = |place: usize, any: &[u8]| bytes.get(place).is_some_and(|byte| any.contains(byte));
        let number = |from: usize, to: usize| digits(bytes.get(from..to)?);
        if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let (fraction, zone) = fraction(bytes.get(19..)?)?;
        let offset = offset(zone)?;
        let is_date = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        // A leap second is the first one of the next minute, as everywhere where days have 86,400 of them.
        if !is_date || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60;
        Some(Self(seconds * 1_000 + fraction))
    }
}

/// A number of nothing but digits.
fn digits(bytes: &[u8]) -> Option<i64> {
    let add = |sum: i64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'));
    (1..=9).contains(&bytes.len()).then(|| bytes.iter().try_fold(0, add)).flatten()
}

/// Milliseconds of a fraction that may be there, and what stands behind it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (written, zone) = rest.split_at_checked(length).filter(|(written, _)| !written.is_empty())?;
    let millis = (0..3).map(|place| written.get(place).map_or(0, |byte| i64::from(byte - b'0')));
    Some((millis.fold(0, |sum, digit| sum * 10 + digit), zone))
}

/// Minutes by which a zone is ahead.
fn offset(zone: &[u8]) -> Option<i64> {
    let sign = match zone {
        b"Z" | b"z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(zone.get(1..3)?)?, digits(zone.get(4..)?)?);
    let is_zone = zone.len() == 6 && zone.get(3) == Some(&b':') && hours <= 23 && minutes <= 59;
    is_zone.then_some(sign * (hours * 60 + minutes))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to a date. Years begin in March here, so that the leap day is the last one of a year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after 1970 began: the same backwards.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0.div_euclid(1_000), self.0.rem_euclid(1_000));
        let (year, month, day) = date(seconds.div_euclid(86_400));
        // RFC 3339 has no other years.
        if !(0..=9_999).contains(&year) {
            return write!(formatter, "{} ms", self.0);
        }
        let (hour, minute) = (seconds.rem_euclid(86_400) / 3_600, seconds.rem_euclid(3_600) / 60);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}",
            seconds.rem_euclid(60)
        )?;
        // Whole seconds are written without a fraction: most of what people read here is no finer than that.
        if millis > 0 {
            write!(formatter, ".{millis:03}")?;
        }
        formatter.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected a time as in 2026-11-20T10:00:00Z"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time", "description": "RFC 3339, in UTC" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read_but_in_utc() {
        let cases = [
            ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T11:30:00+01:30", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00.250Z", "2026-11-20T10:00:00.250Z"),
        ];
        for (read, written) in cases {
            let time = Timestamp::parse(read);
            assert_eq!(time.map(|time| time.to_string()).as_deref(), Some(written), "{read}");
        }
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn every_day_is_read_and_written_as_by_the_crate_for_dates() {
        let first = chrono::DateTime::parse_from_rfc3339("0000-01-01T00:00:00Z").unwrap().timestamp_millis();
        let last = chrono::DateTime::parse_from_rfc3339("9999-12-31T23:59:59Z").unwrap().timestamp_millis();
        // A step of a day and some, so that all times of the day come, too.
        for millis in (first..=last).step_by(86_400_000 + 4_967_321) {
            let time = chrono::DateTime::from_timestamp_millis(millis).unwrap();
            let written = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(Timestamp::from_millis(millis).to_string(), written);
            assert_eq!(Timestamp::parse(&written), Some(Timestamp::from_millis(millis)), "{written}");
        }
        for millis in [first - 1, last + 1_000, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), format!("{millis} ms"));
        }
    }

    #[test]
    fn what_the_crate_for_dates_refuses_is_refused() {
        for text in [
            "2026-11-20T10:00:00.123456789Z",
            "2026-11-20t10:00:00z",
            "2026-11-20 10:00:00-08:00",
            "2024-02-29T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:60:00Z",
            "2026-11-20T10:00:61Z",
            "2026-11-20T10:00:00",
            "2026-11-20T10:00:00.Z",
            "2026-11-20T10:00:00+1:00",
            "2026-11-20T10:00:00+0100",
            "2026-11-20T10:00:00+01:60",
            "2026-11-20T10:00:00Zx",
            "26-11-20T10:00:00Z",
            "2026-11-20",
            "",
            "2026-11-20T10:00:00é",
        ] {
            let expected =
                chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
            assert_eq!(Timestamp::parse(text).map(Timestamp::millis), expected, "{text}");
        }
    }
}
