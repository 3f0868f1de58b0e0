//! Quiet hours: a time of day, in the person's own time zone, in which nothing rings. What comes then waits for their end.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use kernel::time::Millis;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = QuietHours)]
pub struct Quiet {
    pub enabled: bool,
    /// `22:00`; later than `to` when the night lies between.
    pub from: String,
    /// `07:00`
    pub to: String,
    /// `Europe/Berlin`
    pub time_zone: String,
}
impl Default for Quiet {
    fn default() -> Self {
        Self { enabled: false, from: "22:00".into(), to: "07:00".into(), time_zone: "UTC".into() }
    }
}

impl Quiet {
    /// Refuses what is no time, no zone, or no time at all between the two.
    pub fn checked(self) -> Result<Self> {
        let time = |field: &str, text: &str| {
            time(text).ok_or_else(|| Error::field(&format!("quiet.{field}"), "invalid", "Give a time of day such as 22:00."))
        };
        let (from, to) = (time("from", &self.from)?, time("to", &self.to)?);
        if self.enabled && from == to {
            return Err(Error::field("quiet.to", "invalid", "Quiet hours end at another time than they begin."));
        }
        if self.time_zone.trim().is_empty() || TimeZone::get(self.time_zone.trim()).is_err() {
            return Err(Error::field("quiet.time_zone", "invalid", "Give a time zone such as Europe/Berlin or UTC."));
        }
        let written = |t: Time| format!("{:02}:{:02}", t.hour(), t.minute());
        Ok(Self { enabled: self.enabled, from: written(from), to: written(to), time_zone: self.time_zone.trim().to_owned() })
    }

    /// When the quiet hours end that it is now; `None` when it is not quiet.
    pub fn until(&self, now: Millis) -> Option<Millis> {
        if !self.enabled {
            return None;
        }
        let (from, to) = (time(&self.from)?, time(&self.to)?);
        let here = Timestamp::from_millisecond(now).ok()?.to_zoned(TimeZone::get(&self.time_zone).ok()?);
        let at = here.time();
        let overnight = from > to;
        let is_quiet = if overnight { at >= from || at < to } else { at >= from && at < to };
        if !is_quiet {
            return None;
        }
        let day = if overnight && at >= from { here.date().checked_add(Span::new().days(1)).ok()? } else { here.date() };
        // An end that the clocks skip in spring is the moment after the gap.
        let end = day.to_datetime(to).to_zoned(here.time_zone().clone()).ok()?.timestamp().as_millisecond();
        (end > now).then_some(end)
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |t: &str| (t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<i8>().ok()).flatten();
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::time::parse_rfc3339;

    fn quiet(from: &str, to: &str, zone: &str) -> Quiet {
        Quiet { enabled: true, from: from.into(), to: to.into(), time_zone: zone.into() }
    }
    fn at(text: &str) -> Millis {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn the_night_reaches_into_the_next_day() {
        let q = quiet("22:00", "07:00", "Europe/Berlin");
        assert_eq!(q.until(at("2026-10-28T20:59:00Z")), None, "21:59 in Berlin");
        assert_eq!(q.until(at("2026-10-28T21:00:00Z")), Some(at("2026-10-29T06:00:00Z")));
        assert_eq!(q.until(at("2026-10-29T05:59:59Z")), Some(at("2026-10-29T06:00:00Z")));
        assert_eq!(q.until(at("2026-10-29T06:00:00Z")), None);
        assert_eq!(Quiet { enabled: false, ..q }.until(at("2026-10-28T23:00:00Z")), None);
    }

    #[test]
    fn hours_within_a_day() {
        let q = quiet("12:00", "13:30", "America/New_York");
        assert_eq!(q.until(at("2026-07-01T16:15:00Z")), Some(at("2026-07-01T17:30:00Z")));
        assert_eq!(q.until(at("2026-07-01T17:30:00Z")), None);
    }

    #[test]
    fn the_change_of_the_clocks() {
        // Berlin, 25 October 2026: the night has an hour more.
        let q = quiet("22:00", "07:00", "Europe/Berlin");
        assert_eq!(q.until(at("2026-10-24T21:00:00Z")), Some(at("2026-10-25T06:00:00Z")));
        // 29 March 2026: half past two does not exist.
        let q = quiet("23:00", "02:30", "Europe/Berlin");
        assert_eq!(q.until(at("2026-03-28T23:00:00Z")), Some(at("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (from, to, zone) in
            [("25:00", "07:00", "UTC"), ("22", "07:00", "UTC"), ("22:00", "22:00", "UTC"), ("22:00", "07:00", "Mars/Base")]
        {
            assert!(quiet(from, to, zone).checked().is_err(), "{from} {to} {zone}");
        }
        assert_eq!(quiet(" 9:05 ", "7:00", " UTC ").checked().unwrap(), quiet("09:05", "07:00", "UTC"));
    }
}
