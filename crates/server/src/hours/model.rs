//! Hours, holidays and automatic answers as the API shows them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::error::FieldError;
use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, Error, HolidayId, Result};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
const MOST_SLOTS: usize = 12;
const LONGEST_ANSWER: usize = 2_000;
const MOST_LANGUAGES: usize = 30;

/// What can be open and answer: the workspace, or one of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Where {
    Workspace,
    Channel(ChannelId),
}
impl Where {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "workspace" => Some(Self::Workspace),
            other => other.parse().ok().map(Self::Channel),
        }
    }
}
impl std::fmt::Display for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Channel(id) => id.fmt(f),
        }
    }
}

/// A part of a day, `09:00` to `12:30`. One that ends before it begins goes on after midnight and belongs to the day it begins on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OpeningSlot)]
pub struct Slot {
    pub from: String,
    pub to: String,
}

/// When it is open in an ordinary week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OpeningHours)]
pub struct Schedule {
    /// By its name: `Europe/Stockholm`.
    pub time_zone: String,
    /// Seven days from Monday, each with its slots; a day without any is closed.
    pub week: Vec<Vec<Slot>>,
}

/// What is written to a person without anybody having to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AutomaticAnswer)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub on: bool,
    /// May contain `{{name}}` (the person's first name), `{{opens}}` (when it opens next) and `{{number}}` (the conversation's).
    pub text: String,
    /// The same in other languages, by their code (`sv`, `pt-BR`), for people whose language is known.
    #[serde(default)]
    pub languages: BTreeMap<String, String>,
}
impl Answer {
    /// In the person's language if there is one, and that language; else the text for everybody.
    pub fn in_language(&self, language: Option<&str>) -> (&str, Option<&str>) {
        let wanted = language.map(str::to_ascii_lowercase).unwrap_or_default().replace('_', "-");
        let bare = wanted.split('-').next().unwrap_or_default();
        let known = |code: &str| self.languages.iter().find(|(c, _)| c.to_ascii_lowercase() == code);
        match known(&wanted).or_else(|| known(bare)) {
            Some((code, text)) => (text, Some(code)),
            None => (&self.text, None),
        }
    }
    pub fn tidy(self) -> Self {
        let languages = self.languages.into_iter().map(|(code, text)| (code, text.trim().to_owned())).collect();
        Self { text: self.text.trim().to_owned(), languages, ..self }
    }
}

/// The hours and automatic answers of the workspace, or of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = HoursOfPlace)]
pub struct Place {
    /// `workspace`, or a channel's id.
    pub place: String,
    /// Null: always open for the workspace; as the workspace for a channel.
    pub schedule: Option<Schedule>,
    /// To a person who begins a conversation while it is open. Null, for a channel: as the workspace.
    pub greeting: Option<Answer>,
    /// To a person who writes while it is closed. Null, for a channel: as the workspace.
    pub away: Option<Answer>,
    /// Whether it is open at the moment, by its own hours or the workspace's and all holidays.
    pub open: bool,
    /// When that changes; null when it does not within a year.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changes_at: Option<Millis>,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = HoursOfPlaceBody)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    pub schedule: Option<Schedule>,
    pub greeting: Option<Answer>,
    pub away: Option<Answer>,
}

/// Days that are not like others: closed, or open at other times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Holiday {
    #[schema(value_type = String)]
    pub id: HolidayId,
    /// `workspace`: for all channels; else a channel's id.
    pub place: String,
    pub name: String,
    /// The first day, `2026-12-24`.
    #[serde(serialize_with = "day")]
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The last day, itself included.
    #[serde(serialize_with = "day")]
    #[schema(value_type = String, format = Date)]
    pub to: Date,
    /// On the same days every year.
    pub yearly: bool,
    /// When it is open all the same; empty: closed all day.
    pub slots: Vec<Slot>,
    /// From an imported calendar.
    pub imported: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayBody {
    /// `workspace` when left out, else a channel's id.
    pub place: Option<String>,
    pub name: String,
    #[schema(format = Date)]
    pub from: String,
    /// The first day when left out.
    #[schema(format = Date)]
    pub to: Option<String>,
    #[serde(default)]
    pub yearly: bool,
    #[serde(default)]
    pub slots: Vec<Slot>,
}

fn day<S: serde::Serializer>(day: &Date, s: S) -> std::result::Result<S::Ok, S::Error> {
    s.collect_str(day)
}

/// Minutes since midnight of `09:30`; `24:00` is the end of the day.
pub fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY_MINUTES).then_some(hours * 60 + minutes)
}

/// A slot in minutes; its end is beyond the day's when it goes on after midnight.
fn span(slot: &Slot) -> Option<(u16, u16)> {
    let (from, to) = (minutes(&slot.from)?, minutes(&slot.to)?);
    match from.cmp(&to) {
        Ordering::Less => Some((from, to)),
        Ordering::Equal => None,
        Ordering::Greater => (from < DAY_MINUTES).then_some((from, to + DAY_MINUTES)),
    }
}

/// Slots in minutes, in order, touching ones made one.
pub fn spans(slots: &[Slot]) -> Vec<(u16, u16)> {
    let mut all: Vec<(u16, u16)> = slots.iter().filter_map(span).collect();
    all.sort_unstable();
    let mut out: Vec<(u16, u16)> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// What is wrong with a form, all of it at once.
#[derive(Default)]
pub struct Faults(Vec<FieldError>);
impl Faults {
    fn add(&mut self, field: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
    }
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::fields(self.0)) }
    }

    fn slots(&mut self, field: &str, slots: &[Slot]) {
        if slots.len() > MOST_SLOTS {
            self.add(field, "too_many", format!("A day has at most {MOST_SLOTS} slots."));
        }
        let mut sorted = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            match span(slot) {
                Some(span) => sorted.push(span),
                None if minutes(&slot.from).is_some() && minutes(&slot.to).is_some() => {
                    self.add(format!("{field}.{i}"), "empty", "A slot ends at another time than it begins.");
                }
                None => self.add(format!("{field}.{i}"), "invalid", "Write times as 09:00; the end of a day is 24:00."),
            }
        }
        sorted.sort_unstable();
        if sorted.windows(2).any(|w| w[1].0 < w[0].1) {
            self.add(field, "overlap", "Two slots of a day overlap.");
        }
    }

    fn answer(&mut self, field: &str, answer: &Answer) {
        if answer.on && answer.text.trim().is_empty() {
            self.add(format!("{field}.text"), "required", "Write what is to be answered, or switch it off.");
        }
        self.words(&format!("{field}.text"), &answer.text);
        if answer.languages.len() > MOST_LANGUAGES {
            self.add(format!("{field}.languages"), "too_many", format!("An answer has at most {MOST_LANGUAGES} languages."));
        }
        let mut seen = Vec::new();
        for (code, text) in &answer.languages {
            let at = format!("{field}.languages.{code}");
            let known =
                (2..=12).contains(&code.len()) && code.split('-').all(|p| p.len() >= 2 && p.bytes().all(|b| b.is_ascii_alphanumeric()));
            if !known || seen.contains(&code.to_ascii_lowercase()) {
                self.add(&at, "invalid", "Name a language once, by its code: sv, de or pt-BR.");
            }
            seen.push(code.to_ascii_lowercase());
            if text.trim().is_empty() {
                self.add(&at, "required", "Write the answer in this language, or remove the language.");
            }
            self.words(&at, text);
        }
    }
    fn words(&mut self, field: &str, text: &str) {
        let text = text.trim();
        if text.chars().count() > LONGEST_ANSWER {
            self.add(field, "too_long", format!("Use at most {LONGEST_ANSWER} characters."));
        }
        if let Some(unknown) = placeholders(text).into_iter().find(|p| !matches!(*p, "name" | "opens" | "number")) {
            let shown: String = unknown.chars().take(40).collect();
            self.add(field, "unknown_placeholder", format!("{{{{{shown}}}}} is not known here. Use name, opens or number."));
        }
    }

    pub fn place(&mut self, body: &PlaceBody) {
        if let Some(schedule) = &body.schedule {
            if TimeZone::get(&schedule.time_zone).is_err() {
                self.add("schedule.time_zone", "invalid", "There is no time zone of this name. Write it as Europe/Stockholm.");
            }
            if schedule.week.len() != 7 {
                self.add("schedule.week", "seven_days", "A week has seven days, from Monday.");
            }
            for (i, day) in schedule.week.iter().enumerate().take(7) {
                self.slots(&format!("schedule.week.{i}"), day);
            }
            if schedule.week.len() == 7 {
                for (i, day) in schedule.week.iter().enumerate() {
                    let beyond = spans(day).last().map_or(0, |s| s.1.saturating_sub(DAY_MINUTES));
                    if spans(&schedule.week[(i + 1) % 7]).first().is_some_and(|next| next.0 < beyond) {
                        self.add(format!("schedule.week.{i}"), "overlap", "The last slot goes on into the first one of the next day.");
                    }
                }
            }
        }
        for (field, answer) in [("greeting", &body.greeting), ("away", &body.away)] {
            if let Some(answer) = answer {
                self.answer(field, answer);
            }
        }
    }

    fn date(&mut self, field: &str, text: &str) -> Option<Date> {
        let date = text.trim().parse().ok();
        if date.is_none() {
            self.add(field, "invalid", "Write a day as 2026-12-24.");
        }
        date
    }

    /// The first and the last day, if they are right.
    pub fn holiday(&mut self, body: &HolidayBody) -> Option<(Date, Date)> {
        let name = body.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            self.add("name", "invalid", "A holiday has a name of 1 to 100 characters, on one line.");
        }
        self.slots("slots", &body.slots);
        let from = self.date("from", &body.from)?;
        let to = body.to.as_deref().map_or(Some(from), |text| self.date("to", text))?;
        if to < from {
            self.add("to", "order", "The last day is not before the first.");
        } else if (to - from).get_days() > 366 {
            self.add("to", "too_long", "A holiday is a year at most.");
        }
        Some((from, to))
    }
}

/// The names between double braces.
fn placeholders(text: &str) -> Vec<&str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(name, _)| name.trim())).collect()
}

/// The text with its placeholders filled in.
pub fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after.split_once("}}") {
            Some((name, tail)) => {
                out.push_str(&value(name.trim()));
                rest = tail;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(from: &str, to: &str) -> Slot {
        Slot { from: from.into(), to: to.into() }
    }

    #[test]
    fn times_are_read_strictly() {
        assert_eq!((minutes("09:30"), minutes("24:00"), minutes("00:00")), (Some(570), Some(1_440), Some(0)));
        for wrong in ["9:30", "09:60", "24:01", "0930", "", "aa:bb", "+9:00"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn touching_slots_are_one() {
        assert_eq!(spans(&[slot("13:00", "17:00"), slot("09:00", "12:00"), slot("12:00", "12:30")]), [(540, 750), (780, 1_020)]);
    }

    #[test]
    fn every_fault_has_its_place() {
        let mut faults = Faults::default();
        let mut week = vec![Vec::new(); 7];
        week[2] = vec![slot("09:00", "12:00"), slot("11:00", "13:00"), slot("18:00", "18:00"), slot("x", "17:00")];
        week[5] = vec![slot("22:00", "02:00")];
        week[6] = vec![slot("01:30", "03:00")];
        faults.place(&PlaceBody {
            schedule: Some(Schedule { time_zone: "Mars/Base".into(), week }),
            away: Some(Answer { on: true, text: " ".into(), languages: [("swedish!".into(), "Hej".into())].into() }),
            greeting: Some(Answer { on: false, text: "Hi {{nobody}}".into(), ..Default::default() }),
        });
        let fields: Vec<String> = faults.0.iter().map(|f| format!("{} {}", f.field, f.code)).collect();
        let expected = [
            "schedule.time_zone invalid",
            "schedule.week.2.2 empty",
            "schedule.week.2.3 invalid",
            "schedule.week.2 overlap",
            "schedule.week.5 overlap",
            "greeting.text unknown_placeholder",
            "away.text required",
            "away.languages.swedish! invalid",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_slot_that_ends_before_it_begins_goes_on_after_midnight() {
        assert_eq!(spans(&[slot("22:00", "02:00")]), [(1_320, 1_560)]);
        assert_eq!(spans(&[slot("22:00", "00:00")]), [(1_320, 1_440)]);
        assert_eq!(spans(&[slot("09:00", "09:00")]), []);
    }

    #[test]
    fn an_answer_is_in_the_language_of_the_person() {
        let languages = [("sv".into(), "Hej".into()), ("pt-BR".into(), "Olá".into())].into();
        let answer = Answer { on: true, text: "Hello".into(), languages };
        let said = |language| answer.in_language(language).0;
        assert_eq!((said(Some("sv-FI")), said(Some("pt_br")), said(Some("pt"))), ("Hej", "Olá", "Hello"));
        assert_eq!((said(None), answer.in_language(Some("sv")).1), ("Hello", Some("sv")));
    }

    #[test]
    fn placeholders_are_filled_and_broken_ones_stay() {
        let value = |name: &str| format!("<{name}>");
        assert_eq!(fill("Hi {{ name }}, {{opens}}.", value), "Hi <name>, <opens>.");
        assert_eq!(fill("a {{ b", value), "a {{ b");
    }
}
