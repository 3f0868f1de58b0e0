//! A record with named values, as telephone systems write them: JSON objects and lines of a list are read alike.

use super::call::{Call, Outcome, Recording};
use super::numbers::{self, Party};
use crate::kit::signatures::sha256_hex;
use crate::kit::verdicts::shorten;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kernel::channel::{Account, Inbound, ParseError};
use kernel::time::{Millis, parse_rfc3339};
use std::collections::BTreeMap;

/// A call of more than a day is a mistake of the record.
const LONGEST_SECONDS: i64 = 100 * 3_600;

const ID: &[&str] = &["id", "externalid", "callid", "callsid", "uniqueid", "linkedid", "uuid"];
const DIRECTION: &[&str] = &["direction", "calldirection", "calltype"];
const FROM: &[&str] = &["from", "src", "caller", "callernumber", "callerid", "clid", "source", "fromnumber", "ani"];
const TO: &[&str] = &["to", "dst", "callee", "called", "callednumber", "destination", "tonumber", "dnis"];
const NUMBER: &[&str] = &["number", "phone", "phonenumber", "remotenumber", "customer"];
const NAME: &[&str] = &["name", "callername", "contactname", "fromname"];
const STATUS: &[&str] = &["status", "outcome", "disposition", "result", "callstatus"];
const STARTED: &[&str] = &["startedat", "start", "starttime", "calldate", "datetime", "date", "timestamp", "time"];
const ANSWERED: &[&str] = &["answeredat", "answertime", "answer"];
const ENDED: &[&str] = &["endedat", "end", "endtime"];
const SECONDS: &[&str] = &["seconds", "billsec", "talktime", "durations", "durationseconds", "duration"];
const RECORDING: &[&str] = &["recordingurl", "recordinglink", "recording"];
const HANDLED_BY: &[&str] = &["handledby", "answeredby", "agent", "operator", "user"];
const NOTE: &[&str] = &["note", "notes", "comment", "comments"];
const TEXT: &[&str] = &["text", "transcript", "transcription"];

/// Names in lower case without anything between their letters.
pub struct Record(BTreeMap<String, String>);
impl Record {
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            let value = value.trim();
            if !value.is_empty() {
                map.entry(plain(&name)).or_insert_with(|| value.to_owned());
            }
        }
        Self(map)
    }

    /// Does a list with this heading tell who called or was called?
    pub fn names_somebody(headings: &[String]) -> bool {
        headings.iter().map(|h| plain(h)).any(|h| [FROM, TO, NUMBER].iter().any(|list| list.contains(&h.as_str())))
    }

    fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|n| self.0.get(*n)).map(String::as_str)
    }

    fn time(&self, names: &[&str], zone: &TimeZone) -> Result<Option<Millis>, ParseError> {
        let Some(text) = self.get(names) else { return Ok(None) };
        let wrong = || ParseError(format!("“{}” is not a time such as 2026-11-21T09:30:00Z.", shorten(text, 60)));
        time(text, zone).map(Some).ok_or_else(wrong)
    }

    pub fn read(&self, account: &Account) -> Result<Vec<Inbound>, ParseError> {
        let zone = account.settings.text("time_zone").and_then(|z| TimeZone::get(z).ok()).unwrap_or(TimeZone::UTC);
        let started_at = self.time(STARTED, &zone)?;
        let answered_at = self.time(ANSWERED, &zone)?;
        let ended_at = self.time(ENDED, &zone)?;
        let seconds = match self.get(SECONDS) {
            Some(text) => Some(seconds(text).ok_or_else(|| ParseError(format!("“{}” is not a length in seconds.", shorten(text, 60))))?),
            None => answered_at.zip(ended_at).map(|(a, e)| ((e - a) / 1_000).clamp(0, LONGEST_SECONDS)),
        };
        let (from, to) = (self.get(FROM).unwrap_or_default(), self.get(TO).unwrap_or_default());
        let word = self.get(DIRECTION).or_else(|| self.0.get("type").map(String::as_str).filter(|t| direction(t).is_some()));
        let told = match word {
            Some(word) if plain(word) == "internal" => return ignored("A call between extensions."),
            Some(word) => Some(direction(word).ok_or_else(|| ParseError("The direction is neither inbound nor outbound.".into()))?),
            None => None,
        };
        let incoming = told.unwrap_or_else(|| comes_in(account, from, to));
        let missed = word.is_some_and(|w| plain(w).starts_with("missed"));
        let (theirs, ours) = if incoming { (from, to) } else { (to, from) };
        let person = self.get(NUMBER).unwrap_or(theirs);
        // A caller may be nobody; a person we called has a number.
        if from.is_empty() && to.is_empty() && person.is_empty() || !incoming && person.is_empty() {
            return Err(ParseError("The record does not say whom it was with: from and to, or number.".into()));
        }
        let talked = answered_at.is_some() || seconds.is_some_and(|s| s > 0);
        let outcome = match self.get(STATUS).map(plain) {
            _ if missed => Outcome::NotAnswered,
            _ if self.get(&["voicemail"]).is_some_and(|v| matches!(plain(v).as_str(), "true" | "yes" | "1")) => Outcome::Voicemail,
            Some(word) if matches!(word.as_str(), "queued" | "initiated" | "ringing" | "inprogress" | "active") => {
                return ignored("The call goes on. Its record comes when it has ended.");
            }
            Some(word) => outcome(&word).unwrap_or(if talked { Outcome::Answered } else { Outcome::NotAnswered }),
            None if talked => Outcome::Answered,
            None => Outcome::NotAnswered,
        };
        let id = match self.get(ID) {
            Some(id) => id.to_owned(),
            None if started_at.is_none() => return Err(ParseError("The record has neither an id nor the time of the call.".into())),
            None => {
                let facts = format!("{incoming}\n{from}\n{to}\n{person}\n{}\n{}", started_at.unwrap_or(0), seconds.unwrap_or(-1));
                format!("call-{}", &sha256_hex(facts.as_bytes())[..32])
            }
        };
        let recording = self.get(RECORDING).filter(|u| (u.starts_with("https://") || u.starts_with("http://")) && u.len() <= 2_000);
        let call = Call {
            external_id: id.clone(),
            call_id: id,
            incoming,
            person: person.to_owned(),
            name: self.get(NAME).map(str::to_owned),
            ours: ours.to_owned(),
            outcome,
            seconds: seconds.filter(|_| matches!(outcome, Outcome::Answered | Outcome::Voicemail)),
            started_at,
            answered_at,
            ended_at,
            recording: recording.map(|u| Recording::Open(u.to_owned())),
            handled_by: self.get(HANDLED_BY).map(|h| shorten(h, 200)).filter(|h| !h.is_empty()),
            note: self.get(NOTE).map(str::to_owned),
            text: self.get(TEXT).map(str::to_owned),
        };
        call.into_inbound(account)
    }
}

fn ignored(why: &str) -> Result<Vec<Inbound>, ParseError> {
    Ok(vec![Inbound::Ignored { why: why.into() }])
}

/// Lower-case letters and digits.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `Some(true)` for calls that came in.
fn direction(word: &str) -> Option<bool> {
    match plain(word).as_str() {
        "inbound" | "incoming" | "in" | "received" | "missed" | "missedcall" => Some(true),
        "outbound" | "outgoing" | "out" | "dialed" | "dialled" | "placed" | "outboundapi" | "outbounddial" => Some(false),
        _ => None,
    }
}

/// Which way, when the record does not say: by our own number, else by who is in the house.
fn comes_in(account: &Account, from: &str, to: &str) -> bool {
    let own = numbers::party(account, account.settings.text("number").unwrap_or_default());
    let (from, to) = (numbers::party(account, from), numbers::party(account, to));
    if from == own || to == own {
        return from != own;
    }
    !matches!((&from, &to), (Party::Inside(_), Party::Phone(_) | Party::Named(_)))
}

fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "answered" | "answer" | "completed" | "connected" | "success" | "successful" | "ok" => Outcome::Answered,
        "missed" | "noanswer" | "notanswered" | "unanswered" | "noresponse" | "timeout" => Outcome::NotAnswered,
        "busy" | "rejected" | "declined" => Outcome::Busy,
        "canceled" | "cancelled" | "abandoned" | "cancel" => Outcome::Cancelled,
        "failed" | "failure" | "error" | "congestion" | "chanunavail" => Outcome::Failed,
        "voicemail" => Outcome::Voicemail,
        _ => return None,
    })
}

/// `192`, `192.4`, `3:12`, `0:03:12`
fn seconds(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut total: i64 = 0;
    for part in parts {
        let whole = part.trim().split('.').next()?;
        total = total.checked_mul(60)?.checked_add(whole.parse::<i64>().ok().filter(|n| *n >= 0)?)?;
    }
    (total <= LONGEST_SECONDS).then_some(total)
}

/// With an offset, as unix seconds or milliseconds, by RFC 2822, or as the clock on the wall showed it.
pub fn time(text: &str, zone: &TimeZone) -> Option<Millis> {
    if let Some(at) = parse_rfc3339(text) {
        return Some(at);
    }
    if let Ok(at) = text.split('.').next().unwrap_or_default().parse::<i64>() {
        let at = if at.abs() < 100_000_000_000 { at * 1_000 } else { at };
        return Timestamp::from_millisecond(at).ok().map(|t| t.as_millisecond());
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return zone.to_timestamp(local).ok().map(|t| t.as_millisecond());
    }
    jiff::fmt::rfc2822::parse(text).ok().map(|z| z.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times_are_read_as_telephone_systems_write_them() {
        assert_eq!([seconds("192"), seconds("192.9"), seconds("3:12"), seconds("0:03:12")], [Some(192); 4]);
        assert_eq!([seconds("-1"), seconds("x"), seconds("1:2:3:4"), seconds("99999999999999999999")], [None; 4]);
        let zone = TimeZone::get("Africa/Johannesburg").unwrap();
        let same = Some(1_795_244_400_000);
        for text in [
            "2026-11-21T07:00:00Z",
            "2026-11-21 09:00:00",
            "2026-11-21T09:00:00",
            "1795244400",
            "1795244400.17",
            "1795244400000",
            "Sat, 21 Nov 2026 07:00:00 +0000",
        ] {
            assert_eq!(time(text, &zone), same, "{text}");
        }
        assert_eq!([time("soon", &zone), time("", &zone), time("9999999999999999", &zone)], [None; 3]);
    }
}
