//! Is it open at this moment, and when does that change? Days are those of the place's time zone.

use super::model::{DAY_MINUTES, Holiday, Schedule, Slot, spans};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kernel::time::Millis;

/// How far ahead a change is looked for.
const AHEAD_DAYS: i32 = 370;

/// One place's hours, with the days that differ.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// `None`: always open, but for holidays.
    week: Option<Vec<Vec<(u16, u16)>>>,
    zone: TimeZone,
    /// Its own first, then those of the whole workspace: the first list with a match says how the day is.
    holidays: [Vec<Exception>; 2],
}
#[derive(Debug, Clone)]
struct Exception {
    from: Date,
    to: Date,
    yearly: bool,
    spans: Vec<(u16, u16)>,
}
impl Exception {
    fn covers(&self, day: Date) -> bool {
        if !self.yearly {
            return self.from <= day && day <= self.to;
        }
        // One that runs over New Year began last year.
        [day.year(), day.year() - 1].into_iter().any(|year| {
            let length = self.to - self.from;
            let begin = Date::new(year, self.from.month(), self.from.day())
                // 29 February in a year without one.
                .or_else(|_| Date::new(year, 2, 28));
            begin.is_ok_and(|begin| begin <= day && begin.checked_add(length).is_ok_and(|end| day <= end))
        })
    }
}

fn exceptions<'a>(all: impl Iterator<Item = &'a Holiday>) -> Vec<Exception> {
    all.map(|h| Exception { from: h.from, to: h.to, yearly: h.yearly, spans: spans(&h.slots) }).collect()
}

impl Calendar {
    /// `own`: the place as its holidays name it; `zone` is used when nothing but holidays is set.
    pub fn new(schedule: Option<&Schedule>, zone: &str, own: &str, holidays: &[Holiday]) -> Self {
        let zone = TimeZone::get(schedule.map_or(zone, |s| s.time_zone.as_str())).unwrap_or(TimeZone::UTC);
        let week = schedule.map(|s| s.week.iter().map(|day: &Vec<Slot>| spans(day)).collect());
        let of = |place: &str| exceptions(holidays.iter().filter(|h| h.place == place));
        let all = of("workspace");
        Self { week, zone, holidays: if own == "workspace" { [all, Vec::new()] } else { [of(own), all] } }
    }

    fn day(&self, day: Date) -> Vec<(u16, u16)> {
        for list in &self.holidays {
            let mut matching = list.iter().filter(|e| e.covers(day)).peekable();
            if matching.peek().is_some() {
                // Closed once is closed.
                let each: Vec<&Exception> = matching.collect();
                let closed = each.iter().any(|e| e.spans.is_empty());
                return if closed { Vec::new() } else { each[0].spans.clone() };
            }
        }
        match &self.week {
            None => vec![(0, DAY_MINUTES)],
            Some(week) => week.get(weekday(day.weekday())).cloned().unwrap_or_default(),
        }
    }

    fn date(&self, at: Millis) -> Date {
        Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone()).date()
    }
    fn instant(&self, day: Date, minute: u16) -> Option<Millis> {
        let (day, minute) = if minute >= DAY_MINUTES { (day.tomorrow().ok()?, minute - DAY_MINUTES) } else { (day, minute) };
        let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).ok()?;
        // A time that the clocks leave out is the one after it.
        let zoned = self.zone.to_ambiguous_zoned(DateTime::from_parts(day, time)).compatible().ok()?;
        Some(zoned.timestamp().as_millisecond())
    }
    /// The times at which it is open that begin on this day; the last may end on the next.
    fn open_on(&self, day: Date) -> impl Iterator<Item = (Millis, Millis)> + '_ {
        self.day(day).into_iter().filter_map(move |(from, to)| Some((self.instant(day, from)?, self.instant(day, to)?)))
    }

    pub fn is_open(&self, at: Millis) -> bool {
        let today = self.date(at);
        let days = [today.yesterday().unwrap_or(today), today];
        days.into_iter().flat_map(|day| self.open_on(day)).any(|(from, to)| from <= at && at < to)
    }

    /// When it closes if it is open, opens if it is closed.
    pub fn next_change(&self, at: Millis) -> Option<Millis> {
        let first = self.date(at);
        let mut until = self.is_open(at).then_some(at);
        for ahead in -1..AHEAD_DAYS {
            let day = first.checked_add(ahead.days()).ok()?;
            for (from, to) in self.open_on(day).filter(|(_, to)| *to > at) {
                match until {
                    // Closed: this is when it opens.
                    None => return Some(from),
                    // Open until the end of the slot, and on if the next day begins where it ends.
                    Some(end) if from <= end => until = Some(end.max(to)),
                    Some(end) => return Some(end),
                }
            }
            // A whole day without going on.
            if let Some(end) = until
                && self.date(end) < day
            {
                return Some(end);
            }
        }
        None
    }

    /// Whether it was open at some moment after `from`, up to `to`.
    pub fn opened_between(&self, from: Millis, to: Millis) -> bool {
        self.is_open(to) || self.is_open(from) || self.next_change(from).is_some_and(|at| at <= to)
    }

    /// For an answer: `14:00` today, `2026-11-23 09:00` later.
    pub fn in_words(&self, at: Millis, now: Millis) -> String {
        let zoned = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.zone.clone());
        let pattern = if self.date(now) == zoned.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        zoned.strftime(pattern).to_string()
    }
}

fn weekday(day: Weekday) -> usize {
    day.to_monday_zero_offset().unsigned_abs().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::HolidayId;
    use kernel::id::new_id;

    fn slot(from: &str, to: &str) -> Slot {
        Slot { from: from.into(), to: to.into() }
    }
    fn office() -> Schedule {
        let day = vec![slot("09:00", "12:00"), slot("13:00", "17:00")];
        let mut week = vec![day; 5];
        week.extend([vec![], vec![]]);
        Schedule { time_zone: "Europe/Stockholm".into(), week }
    }
    fn holiday(place: &str, from: &str, to: &str, yearly: bool, slots: &[Slot]) -> Holiday {
        Holiday {
            id: new_id::<kernel::id::HolidayKind>(&kernel::SystemIds, 0) as HolidayId,
            place: place.into(),
            name: "x".into(),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            yearly,
            slots: slots.to_vec(),
            imported: false,
            created_at: 0,
        }
    }
    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }
    fn local(c: &Calendar, text: &str) -> Millis {
        let t: DateTime = text.parse().unwrap();
        t.to_zoned(c.zone.clone()).unwrap().timestamp().as_millisecond()
    }

    #[test]
    fn lunch_nights_and_weekends_are_closed() {
        let c = Calendar::new(Some(&office()), "UTC", "workspace", &[]);
        // A Friday.
        for (time, open) in [("08:59", false), ("09:00", true), ("11:59", true), ("12:00", false), ("13:00", true), ("17:00", false)] {
            assert_eq!(c.is_open(local(&c, &format!("2026-11-20T{time}"))), open, "{time}");
        }
        assert!(!c.is_open(local(&c, "2026-11-21T10:00")));
        assert_eq!(c.next_change(local(&c, "2026-11-20T10:00")), Some(local(&c, "2026-11-20T12:00")));
        assert_eq!(c.next_change(local(&c, "2026-11-20T12:30")), Some(local(&c, "2026-11-20T13:00")));
        assert_eq!(c.next_change(local(&c, "2026-11-20T18:00")), Some(local(&c, "2026-11-23T09:00")));
        assert!(!c.opened_between(local(&c, "2026-11-20T18:00"), local(&c, "2026-11-22T18:00")));
        assert!(c.opened_between(local(&c, "2026-11-20T12:10"), local(&c, "2026-11-20T18:00")));
        assert_eq!(c.in_words(local(&c, "2026-11-20T13:00"), local(&c, "2026-11-20T12:30")), "13:00");
        assert_eq!(c.in_words(local(&c, "2026-11-23T09:00"), local(&c, "2026-11-20T18:00")), "2026-11-23 09:00");
    }

    #[test]
    fn midnight_does_not_close_and_always_is_always() {
        let mut week = vec![vec![slot("00:00", "24:00")]; 7];
        week[6] = vec![slot("00:00", "06:00")];
        let c = Calendar::new(Some(&Schedule { time_zone: "UTC".into(), week }), "UTC", "workspace", &[]);
        assert_eq!(c.next_change(at("2026-11-20T10:00:00Z")), Some(at("2026-11-22T06:00:00Z")));
        let always = Calendar::new(None, "UTC", "workspace", &[]);
        assert_eq!((always.is_open(at("2026-11-22T03:00:00Z")), always.next_change(at("2026-11-22T03:00:00Z"))), (true, None));
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let mut week = vec![vec![]; 7];
        // Friday evening.
        week[4] = vec![slot("12:00", "14:00"), slot("22:00", "02:00")];
        let schedule = Schedule { time_zone: "Europe/Stockholm".into(), week };
        let list =
            [holiday("workspace", "2026-11-21", "2026-11-21", false, &[]), holiday("workspace", "2026-11-27", "2026-11-27", false, &[])];
        let c = Calendar::new(Some(&schedule), "UTC", "workspace", &list);
        for (time, open) in
            [("20T21:59", false), ("20T22:00", true), ("20T23:59", true), ("21T00:00", true), ("21T01:59", true), ("21T02:00", false)]
        {
            assert_eq!(c.is_open(local(&c, &format!("2026-11-{time}"))), open, "{time}");
        }
        let (evening, end) = (local(&c, "2026-11-20T22:00"), local(&c, "2026-11-21T02:00"));
        assert_eq!(c.next_change(evening), Some(end));
        assert_eq!(c.next_change(local(&c, "2026-11-21T00:30")), Some(end));
        assert_eq!(c.next_change(local(&c, "2026-11-20T15:00")), Some(evening));
        // The evening of the next Friday is a holiday, and so is the night that would have begun on it.
        assert!(!c.is_open(local(&c, "2026-11-28T01:00")));
        assert_eq!(c.next_change(end), Some(local(&c, "2026-12-04T12:00")));
    }

    #[test]
    fn clocks_that_change_do_not_shift_the_hours() {
        let c = Calendar::new(Some(&office()), "UTC", "workspace", &[]);
        // Stockholm is two hours ahead until 25 October 2026, one after it.
        assert_eq!(c.next_change(at("2026-10-23T04:00:00Z")), Some(at("2026-10-23T07:00:00Z")));
        assert_eq!(c.next_change(at("2026-10-26T04:00:00Z")), Some(at("2026-10-26T08:00:00Z")));
        // In the night of 28 March 2027 there is no 02:30.
        let week = vec![vec![slot("02:30", "04:00")]; 7];
        let night = Calendar::new(Some(&Schedule { time_zone: "Europe/Stockholm".into(), week }), "UTC", "workspace", &[]);
        assert_eq!(night.next_change(at("2027-03-28T00:00:00Z")), Some(at("2027-03-28T01:30:00Z")));
    }

    #[test]
    fn holidays_close_and_special_days_open() {
        let list = [
            holiday("workspace", "2024-12-24", "2025-01-01", true, &[]),
            holiday("workspace", "2026-11-23", "2026-11-23", false, &[slot("10:00", "11:00")]),
            holiday("chn_x", "2026-12-28", "2026-12-28", false, &[slot("09:00", "10:00")]),
        ];
        let c = Calendar::new(Some(&office()), "UTC", "workspace", &list);
        assert!(!c.is_open(local(&c, "2026-12-24T10:00")) && !c.is_open(local(&c, "2027-01-01T10:00")));
        assert!(c.is_open(local(&c, "2027-01-04T10:00")));
        assert_eq!(c.next_change(local(&c, "2026-11-20T18:00")), Some(local(&c, "2026-11-23T10:00")));
        assert!(!c.is_open(local(&c, "2026-12-28T09:30")));
        // The channel's own day goes before the workspace's.
        let own = Calendar::new(Some(&office()), "UTC", "chn_x", &list);
        assert!(own.is_open(local(&own, "2026-12-28T09:30")) && !own.is_open(local(&own, "2026-12-29T09:30")));
        // Nothing but holidays: open otherwise.
        let only = Calendar::new(None, "Europe/Stockholm", "workspace", &list);
        assert!(only.is_open(local(&only, "2026-11-22T03:00")) && !only.is_open(local(&only, "2026-12-25T12:00")));
        assert_eq!(only.next_change(local(&only, "2026-12-23T12:00")), Some(local(&only, "2026-12-24T00:00")));
    }
}
