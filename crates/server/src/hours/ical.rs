//! Holidays out of a calendar file (RFC 5545): whole days, single or every year. A day that moves with the week, such as the fourth
//! Thursday of November, and one that ends some year, become the days of the next years.

use jiff::civil::Date;
use jiff::civil::Weekday;
use jiff::{Span, ToSpan};

/// For how many years, with this one, a moving day is worked out.
const YEARS: i16 = 6;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub uid: String,
    pub name: String,
    pub from: Date,
    pub to: Date,
    pub yearly: bool,
}
/// An entry that is no holiday we can keep, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SkippedEntry)]
pub struct Skipped {
    pub name: String,
    /// `has_times`, `cancelled`, `repeats` (in a way that is not kept), `no_date`, `past`, `too_long`.
    pub why: &'static str,
}

/// Everything in a calendar that is a holiday from `today` on. `None`: this is no calendar.
pub fn read(text: &str, today: Date) -> Option<(Vec<Event>, Vec<Skipped>)> {
    let lines = unfold(text);
    lines.iter().find(|l| l.eq_ignore_ascii_case("BEGIN:VCALENDAR"))?;
    let (mut events, mut skipped) = (Vec::new(), Vec::new());
    let mut entry: Option<Entry> = None;
    // Alarms and the like inside an entry have properties of their own.
    let mut inner = 0;
    for line in &lines {
        let Some((name, parameters, value)) = split(line) else { continue };
        match (name.as_str(), value) {
            ("BEGIN", v) if v.eq_ignore_ascii_case("VEVENT") => entry = Some(Entry::default()),
            ("END", v) if v.eq_ignore_ascii_case("VEVENT") => match entry.take().map(|e| e.finish(today)) {
                Some(Ok(found)) => events.extend(found),
                Some(Err(why)) => skipped.push(why),
                None => {}
            },
            ("BEGIN", _) if entry.is_some() => inner += 1,
            ("END", _) if entry.is_some() && inner > 0 => inner -= 1,
            _ if inner > 0 => {}
            _ => {
                if let Some(e) = &mut entry {
                    e.take(&name, parameters, value);
                }
            }
        }
    }
    Some((events, skipped))
}

/// Long lines are folded: what begins with a space goes on.
fn unfold(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        match (line.strip_prefix([' ', '\t']), out.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => out.push(line.trim_end().to_owned()),
        }
    }
    out
}

/// `NAME;PARAMETERS:VALUE`; a colon may stand in a quoted parameter.
fn split(line: &str) -> Option<(String, &str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    let (head, value) = (&line[..colon.0], &line[colon.0 + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.to_ascii_uppercase(), parameters, value))
}

#[derive(Default)]
struct Entry {
    uid: String,
    name: String,
    start: Option<(Date, bool)>,
    end: Option<Date>,
    days: Option<i64>,
    rule: Option<String>,
    cancelled: bool,
    dates: bool,
}
impl Entry {
    fn take(&mut self, name: &str, parameters: &str, value: &str) {
        let whole_day = value.len() == 8 || parameters.to_ascii_uppercase().contains("VALUE=DATE") && !value.contains('T');
        match name {
            "UID" => self.uid = value.trim().to_owned(),
            "SUMMARY" => self.name = unescape(value),
            "DTSTART" => self.start = day(value).map(|d| (d, whole_day)),
            "DTEND" => self.end = day(value),
            "DURATION" => self.days = days_of(value),
            "RRULE" => self.rule = Some(value.to_ascii_uppercase()),
            "RDATE" => self.dates = true,
            "STATUS" => self.cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn finish(self, today: Date) -> Result<Vec<Event>, Skipped> {
        let name: String = self.name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
        let skip = |why| Skipped { name: name.clone(), why };
        let Some((from, whole_day)) = self.start else { return Err(skip("no_date")) };
        if self.cancelled {
            return Err(skip("cancelled"));
        }
        if !whole_day {
            return Err(skip("has_times"));
        }
        // The end of whole days is the day after the last.
        let to = match (self.end, self.days) {
            (Some(end), _) if end > from => end.yesterday().unwrap_or(from),
            (None, Some(days)) if days > 1 => from.checked_add((days - 1).days()).unwrap_or(from),
            _ => from,
        };
        if (to - from).get_days() > 366 {
            return Err(skip("too_long"));
        }
        let rule = self.rule.as_deref().map(yearly).transpose().map_err(|()| skip("repeats"))?;
        if self.dates {
            return Err(skip("repeats"));
        }
        let uid = if self.uid.is_empty() { format!("{name}@{from}") } else { self.uid.chars().take(200).collect() };
        let shown = if name.is_empty() { from.to_string() } else { name.clone() };
        let event = |from: Date, to: Date, yearly: bool| Event { uid: uid.clone(), name: shown.clone(), from, to, yearly };
        let length = to - from;
        let days: Vec<Event> = match rule {
            Some(Rule { moving: None, until: None }) => return Ok(vec![event(from, to, true)]),
            None => vec![event(from, to, false)],
            Some(Rule { moving, until }) => (today.year()..today.year() + YEARS)
                .filter_map(|year| match moving {
                    Some((month, nth, weekday)) => Date::new(year, month, 1).and_then(|d| d.nth_weekday_of_month(nth, weekday)).ok(),
                    None => Date::new(year, from.month(), from.day()).ok(),
                })
                .filter(|begin| *begin >= from && until.is_none_or(|u| *begin <= u))
                .filter_map(|begin| Some(event(begin, begin.checked_add(length).ok()?, false)))
                .collect(),
        };
        let ahead: Vec<Event> = days.into_iter().filter(|e| e.to >= today).collect();
        if ahead.is_empty() { Err(skip("past")) } else { Ok(ahead) }
    }
}

/// Every year, on the same date or on a day that moves.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// Month, which of them (the last is -1), day of the week.
    moving: Option<(i8, i8, Weekday)>,
    until: Option<Date>,
}
fn yearly(rule: &str) -> Result<Rule, ()> {
    let parts: Vec<(&str, &str)> = rule.trim().split(';').filter_map(|p| p.split_once('=')).collect();
    let is = |name: &str| parts.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let plain = parts.iter().all(|(n, v)| match *n {
        "FREQ" => *v == "YEARLY",
        "INTERVAL" => *v == "1",
        "WKST" | "UNTIL" | "BYDAY" => true,
        // Said again what the first day says.
        "BYMONTH" | "BYMONTHDAY" => v.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    });
    if !plain || is("FREQ").is_none() {
        return Err(());
    }
    let moving = match is("BYDAY") {
        None => None,
        // Only one day of one month, not counted within the month.
        Some(text) if is("BYMONTHDAY").is_none() => {
            let (nth, weekday) = nth_weekday(text).ok_or(())?;
            Some((is("BYMONTH").and_then(|m| m.parse().ok()).filter(|m| (1..=12).contains(m)).ok_or(())?, nth, weekday))
        }
        Some(_) => return Err(()),
    };
    let until = is("UNTIL").map(|u| day(u).ok_or(())).transpose()?;
    Ok(Rule { moving, until })
}
/// `4TH`, `+1MO`, `-1MO`.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    let at = text.len().checked_sub(2)?;
    let (nth, name) = (text.get(..at)?, text.get(at..)?);
    let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let weekday = Weekday::from_monday_zero_offset(i8::try_from(days.iter().position(|d| *d == name)?).ok()?).ok()?;
    let nth: i8 = nth.parse().ok()?;
    (nth != 0 && nth.abs() <= 5).then_some((nth, weekday))
}

fn day(value: &str) -> Option<Date> {
    let digits = value.trim().get(..8).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    Date::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}
/// Whole days of `P2D` or `P1W`.
fn days_of(value: &str) -> Option<i64> {
    let span: Span = value.trim().parse().ok()?;
    Some(i64::from(span.get_weeks()) * 7 + i64::from(span.get_days()))
}
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
        BEGIN:VEVENT\r\nUID:1@x\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas\\, all\r\n  of it\r\n\
        BEGIN:VALARM\r\nDESCRIPTION:x\r\nSUMMARY:Not this\r\nEND:VALARM\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:2@x\r\nDTSTART;VALUE=DATE:20200606\r\nRRULE:FREQ=YEARLY;BYMONTH=6\r\nSUMMARY:National day\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:3@x\r\nDTSTART:20261224T100000Z\r\nSUMMARY:A meeting\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:4@x\r\nDTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY;BYDAY=MO;BYMONTH=5\r\nSUMMARY:Each Monday\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:5@x\r\nDTSTART;VALUE=DATE:20250101\r\nSUMMARY:Long ago\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDURATION:P2D\r\nSUMMARY:New Year\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:7@x\r\nDTSTART;VALUE=DATE:20270102\r\nSTATUS:CANCELLED\r\nSUMMARY:Not at all\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn whole_days_are_holidays_and_the_rest_says_why_not() {
        let (events, skipped) = read(CALENDAR, date("2026-11-20")).unwrap();
        let shown: Vec<(&str, Date, Date, bool)> = events.iter().map(|e| (e.name.as_str(), e.from, e.to, e.yearly)).collect();
        let expected = [
            ("Christmas, all of it", date("2026-12-24"), date("2026-12-26"), false),
            ("National day", date("2020-06-06"), date("2020-06-06"), true),
            ("New Year", date("2027-01-01"), date("2027-01-02"), false),
        ];
        assert_eq!(shown, expected);
        let why: Vec<(&str, &str)> = skipped.iter().map(|s| (s.name.as_str(), s.why)).collect();
        assert_eq!(why, [("A meeting", "has_times"), ("Each Monday", "repeats"), ("Long ago", "past"), ("Not at all", "cancelled")]);
        assert_eq!(events[2].uid, "New Year@2027-01-01");
    }

    fn of_rule(rule: &str) -> Vec<String> {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:9\nDTSTART;VALUE=DATE:20241128\nRRULE:{rule}\nSUMMARY:X\nEND:VEVENT\nEND:VCALENDAR"
        );
        let (events, skipped) = read(&text, date("2026-11-20")).unwrap();
        events
            .iter()
            .map(|e| format!("{}{}", e.from, if e.yearly { "*" } else { "" }))
            .chain(skipped.iter().map(|s| s.why.to_owned()))
            .collect()
    }

    #[test]
    fn days_that_move_or_end_become_the_days_of_the_next_years() {
        let fourth = ["2026-11-26", "2027-11-25", "2028-11-23", "2029-11-22", "2030-11-28", "2031-11-27"];
        assert_eq!(of_rule("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), fourth);
        assert_eq!(of_rule("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20281231")[..], ["2027-05-31", "2028-05-29"]);
        assert_eq!(of_rule("FREQ=YEARLY;UNTIL=20271128"), ["2026-11-28", "2027-11-28"]);
        assert_eq!(
            (of_rule("FREQ=YEARLY;UNTIL=20251128"), of_rule("FREQ=YEARLY")),
            (vec!["past".to_owned()], vec!["2024-11-28*".to_owned()])
        );
        for odd in
            ["FREQ=MONTHLY", "FREQ=YEARLY;BYMONTH=11;BYDAY=9XX", "FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;COUNT=3"]
        {
            assert_eq!(of_rule(odd), ["repeats"], "{odd}");
        }
    }

    #[test]
    fn what_is_no_calendar_is_none() {
        assert!(read("hello", date("2026-11-20")).is_none());
        assert_eq!(read("BEGIN:VCALENDAR\nEND:VCALENDAR", date("2026-11-20")), Some((vec![], vec![])));
    }
}
