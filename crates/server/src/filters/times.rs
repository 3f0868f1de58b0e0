//! Times in filters: an instant, a day, so long ago, or a period such as `this_week`, each in the workspace's time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};
use kernel::time::{Millis, parse_rfc3339, rfc3339};

/// A time as a filter says it; what it is in milliseconds depends on when and where it is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    At(Millis),
    /// The whole day, in the zone.
    Day(Date),
    /// `-3d`, `+2h`: so much before or after now by the calendar.
    Away(i64, Unit),
    Period(Period),
}

macro_rules! words {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text),* } }
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some($name::$variant),)* _ => None } }
        }
    };
}
words! { Unit { Minute = "m", Hour = "h", Day = "d", Week = "w", Month = "mo", Year = "y" } }
words! {
    Period {
        Now = "now", Today = "today", Yesterday = "yesterday", Tomorrow = "tomorrow",
        ThisWeek = "this_week", LastWeek = "last_week", NextWeek = "next_week",
        ThisMonth = "this_month", LastMonth = "last_month", NextMonth = "next_month",
        ThisYear = "this_year", LastYear = "last_year",
    }
}

/// Farther away than this nothing is meant.
const MOST: i64 = 100_000;

impl Moment {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(period) = Period::parse(text) {
            return Some(Self::Period(period));
        }
        if let Some(away) = away(text) {
            return Some(away);
        }
        if text.len() == 10
            && let Ok(date) = text.parse::<Date>()
        {
            return Some(Self::Day(date));
        }
        parse_rfc3339(text).map(Self::At)
    }
    pub fn text(self) -> String {
        match self {
            Self::At(at) => rfc3339(at),
            Self::Day(date) => date.to_string(),
            Self::Away(n, unit) => format!("{n:+}{}", unit.as_str()),
            Self::Period(period) => period.as_str().into(),
        }
    }
    /// Has a beginning and an end apart from each other.
    pub fn is_range(self) -> bool {
        matches!(self, Self::Day(_)) || matches!(self, Self::Period(p) if p != Period::Now)
    }
    /// Means another time when it is asked again later.
    pub fn moves(self) -> bool {
        matches!(self, Self::Away(..) | Self::Period(_))
    }
    /// From its first millisecond to the first one after it.
    pub fn range(self, now: Millis, zone: &TimeZone) -> (Millis, Millis) {
        let instant = |at: Millis| (at, at.saturating_add(1));
        let Ok(here) = Timestamp::from_millisecond(now).map(|t| t.to_zoned(zone.clone())) else { return instant(now) };
        let days = |from: Option<Date>, to: Option<Date>| match (from.and_then(|d| begin(d, zone)), to.and_then(|d| begin(d, zone))) {
            (Some(from), Some(to)) => (from, to),
            _ => instant(now),
        };
        match self {
            Self::At(at) => instant(at),
            Self::Day(date) => days(Some(date), date.tomorrow().ok()),
            Self::Away(n, unit) => instant(shifted(&here, n, unit).unwrap_or(if n < 0 { i64::MIN / 4 } else { i64::MAX / 4 })),
            Self::Period(Period::Now) => instant(now),
            Self::Period(period) => {
                let (from, to) = dates(here.date(), period);
                days(from, to)
            }
        }
    }
}

/// The zone of that name; UTC where there is none.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn away(text: &str) -> Option<Moment> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => return None,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let n: i64 = rest.get(..digits)?.parse().ok().filter(|n| *n <= MOST)?;
    Some(Moment::Away(sign * n, Unit::parse(rest.get(digits..)?)?))
}

fn begin(date: Date, zone: &TimeZone) -> Option<Millis> {
    date.to_zoned(zone.clone()).ok()?.start_of_day().ok().map(|z| z.timestamp().as_millisecond())
}

fn shifted(here: &Zoned, n: i64, unit: Unit) -> Option<Millis> {
    let span = match unit {
        Unit::Minute => Span::new().try_minutes(n),
        Unit::Hour => Span::new().try_hours(n),
        Unit::Day => Span::new().try_days(n),
        Unit::Week => Span::new().try_weeks(n),
        Unit::Month => Span::new().try_months(n),
        Unit::Year => Span::new().try_years(n),
    };
    here.checked_add(span.ok()?).ok().map(|z| z.timestamp().as_millisecond())
}

/// First day, and the first day after. Weeks begin on Monday (ISO 8601).
fn dates(today: Date, period: Period) -> (Option<Date>, Option<Date>) {
    let plus = |date: Date, span: Span| date.checked_add(span).ok();
    let monday = || plus(today, (-i64::from(today.weekday().to_monday_zero_offset())).days());
    let first = || today.first_of_month();
    let new_year = || today.first_of_year();
    let from = |start: Option<Date>, before: Span, length: Span| {
        let start = start.and_then(|d| plus(d, before));
        (start, start.and_then(|d| plus(d, length)))
    };
    match period {
        Period::Now | Period::Today => from(Some(today), 0.days(), 1.day()),
        Period::Yesterday => from(Some(today), (-1).days(), 1.day()),
        Period::Tomorrow => from(Some(today), 1.day(), 1.day()),
        Period::ThisWeek => from(monday(), 0.weeks(), 1.week()),
        Period::LastWeek => from(monday(), (-1).weeks(), 1.week()),
        Period::NextWeek => from(monday(), 1.week(), 1.week()),
        Period::ThisMonth => from(Some(first()), 0.months(), 1.month()),
        Period::LastMonth => from(Some(first()), (-1).months(), 1.month()),
        Period::NextMonth => from(Some(first()), 1.month(), 1.month()),
        Period::ThisYear => from(Some(new_year()), 0.years(), 1.year()),
        Period::LastYear => from(Some(new_year()), (-1).years(), 1.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, now: &str, name: &str) -> (String, String) {
        let (from, to) = Moment::parse(text).expect(text).range(parse_rfc3339(now).expect(now), &zone(name));
        (rfc3339(from), rfc3339(to))
    }
    fn day(text: &str) -> String {
        format!("{text}.000Z")
    }

    #[test]
    fn a_day_is_the_workspaces_day_also_when_the_clocks_change() {
        // In Berlin the clocks went forward on 29 March 2026: that day has 23 hours.
        let got = range("today", "2026-03-29T12:00:00Z", "Europe/Berlin");
        assert_eq!(got, (day("2026-03-28T23:00:00"), day("2026-03-29T22:00:00")));
        assert_eq!(range("2026-03-29", "2020-01-01T00:00:00Z", "Europe/Berlin"), got);
        // Just before midnight in Auckland it is still noon in London.
        assert_eq!(range("tomorrow", "2026-07-01T11:59:00Z", "Pacific/Auckland"), (day("2026-07-01T12:00:00"), day("2026-07-02T12:00:00")));
        // Three days ago by the calendar, at the same hour of the wall clock.
        assert_eq!(range("-3d", "2026-03-30T12:00:00Z", "Europe/Berlin").0, day("2026-03-27T13:00:00"));
        assert_eq!(range("-72h", "2026-03-30T12:00:00Z", "Europe/Berlin").0, day("2026-03-27T12:00:00"));
    }

    #[test]
    fn weeks_begin_on_monday_and_months_with_their_first() {
        let now = "2026-11-22T10:00:00Z"; // a Sunday
        assert_eq!(range("this_week", now, "UTC"), (day("2026-11-16T00:00:00"), day("2026-11-23T00:00:00")));
        assert_eq!(range("last_week", now, "UTC"), (day("2026-11-09T00:00:00"), day("2026-11-16T00:00:00")));
        assert_eq!(range("last_month", now, "UTC"), (day("2026-10-01T00:00:00"), day("2026-11-01T00:00:00")));
        assert_eq!(range("next_month", now, "UTC"), (day("2026-12-01T00:00:00"), day("2027-01-01T00:00:00")));
        assert_eq!(range("this_year", now, "UTC"), (day("2026-01-01T00:00:00"), day("2027-01-01T00:00:00")));
        assert_eq!(range("-1mo", "2026-03-31T10:00:00Z", "UTC").0, day("2026-02-28T10:00:00"));
    }

    #[test]
    fn what_is_said_is_read_again_the_same() {
        for text in ["-3d", "+2h", "-90m", "-2mo", "today", "last_week", "2026-11-21", "2026-11-21T09:30:00.000Z"] {
            let moment = Moment::parse(text).expect(text);
            assert_eq!(moment.text(), text);
            assert_eq!(moment.is_range(), ["today", "last_week", "2026-11-21"].contains(&text), "{text}");
            assert_eq!(moment.moves(), !text.starts_with("2026"), "{text}");
        }
        for wrong in ["", "3d", "-d", "-3", "-3x", "soon", "2026-13-01", "-999999999d", "21.11.2026", "-3dd", "−3d"] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
        // Beyond what the calendar holds, everything is later.
        assert!(Moment::parse("-100000y").is_some_and(|m| m.range(0, &TimeZone::UTC).0 < -1_000_000_000_000_000));
    }
}
