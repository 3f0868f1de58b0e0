//! One call, wherever it was told, and the message it becomes.

use super::numbers::{self, Party};
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError, Sender, StatusReport};
use kernel::message::{ContentType, HandleEvidence, MessageStatus};
use kernel::time::{Millis, rfc3339};
use serde_json::{Map, Value};

/// Handles of callers who are no telephone number; the kind is no world-wide one.
const CALLER: &str = "caller";
const TEXT_CHARS: usize = 20_000;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    NotAnswered,
    Busy,
    /// The caller hung up before anybody answered.
    Cancelled,
    Failed,
    Voicemail,
}
impl Outcome {
    /// As people and programs say it; `missed` and `no_answer` are the same, seen from both ends.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "answered" => Self::Answered,
            "missed" | "no_answer" => Self::NotAnswered,
            "busy" => Self::Busy,
            "cancelled" => Self::Cancelled,
            "failed" => Self::Failed,
            "voicemail" => Self::Voicemail,
            _ => return None,
        })
    }

    /// The name in `metadata.call.outcome`.
    fn word(self, incoming: bool) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NotAnswered if incoming => "missed",
            Self::NotAnswered => "no_answer",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Voicemail => "voicemail",
        }
    }
}

/// Where a recording is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// From anywhere, without credentials.
    Open(String),
    /// From Twilio, which has MP3 below the address it names.
    Twilio(String),
}

#[derive(Debug, Clone)]
pub struct Call {
    /// Unique; a voice message has one of its own.
    pub external_id: String,
    pub call_id: String,
    pub incoming: bool,
    /// The person, as the record spells the number.
    pub person: String,
    pub name: Option<String>,
    /// Our side.
    pub ours: String,
    pub outcome: Outcome,
    pub seconds: Option<i64>,
    pub started_at: Option<Millis>,
    pub answered_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    pub recording: Option<Recording>,
    pub handled_by: Option<String>,
    pub note: Option<String>,
    /// Instead of our own words: what a voice message says.
    pub text: Option<String>,
}

impl Call {
    /// The message, and what became of a call of ours.
    pub fn into_inbound(self, account: &Account) -> Result<Vec<Inbound>, ParseError> {
        if self.external_id.is_empty() || self.external_id.len() > 500 {
            return Err(ParseError("The call’s id has to be 1 to 500 characters.".into()));
        }
        let (handle, thread) = match numbers::party(account, &self.person) {
            Party::Phone(number) => {
                let handle = people::phone(&number).filter(|_| number.starts_with('+'));
                // As it is dialled in the country: whoever knows the country completes it.
                (handle.unwrap_or_else(|| Handle { kind: "phone".into(), ..caller(number.clone()) }), number)
            }
            Party::Named(name) => (caller(name.clone()), name),
            Party::Unknown => (caller(format!("unknown:{}", self.call_id)), self.call_id.clone()),
            Party::Inside(_) => return Ok(vec![Inbound::Ignored { why: "A call between extensions.".into() }]),
        };
        let unknown = handle.value.starts_with("unknown:");
        let name = people::named(self.name.as_deref()).or_else(|| unknown.then(|| "Unknown caller".to_owned()));
        let files: Vec<InboundFile> = self.recording.iter().filter(|_| account.settings.flag("fetch_recordings")).map(file).collect();
        let sent_at = self.started_at.or_else(|| Some(self.ended_at? - self.seconds.unwrap_or(0) * 1_000));
        let failed = self.not_reached();
        let mut all = vec![Inbound::Message(Box::new(InboundMessage {
            content_type: if files.is_empty() { ContentType::Text } else { ContentType::Audio },
            files,
            sent_at,
            echo: !self.incoming,
            attended: self.attended(),
            metadata: Map::from_iter([("call".to_owned(), Value::Object(self.metadata()))]),
            ..InboundMessage::text(self.external_id.clone(), thread, Sender { handle, name, more: Vec::new() }, self.words())
        }))];
        all.extend(failed.map(|error| {
            Inbound::Status(StatusReport {
                external_id: self.external_id.clone(),
                message_id: None,
                status: MessageStatus::Failed,
                at: self.ended_at.or(self.started_at),
                error: Some(error.to_owned()),
                // An echo comes in as delivered.
                bounced: true,
            })
        }));
        Ok(all)
    }

    /// Somebody has spoken with the person: nobody waits for an answer.
    pub fn attended(&self) -> bool {
        self.outcome == Outcome::Answered
    }

    /// Why a call of ours came to nothing.
    pub fn not_reached(&self) -> Option<&'static str> {
        match self.outcome {
            _ if self.incoming => None,
            Outcome::Answered | Outcome::Voicemail => None,
            Outcome::NotAnswered => Some("Nobody answered."),
            Outcome::Busy => Some("The line was busy."),
            Outcome::Cancelled => Some("We hung up before anybody answered."),
            Outcome::Failed => Some("The call could not be connected."),
        }
    }

    /// The call in a sentence, with the note below it.
    pub fn words(&self) -> String {
        if let Some(text) = self.text.as_deref().map(tidy).filter(|t| !t.is_empty()) {
            return text;
        }
        let long = self.seconds.filter(|s| *s > 0).map(|s| format!(", {}", length(s))).unwrap_or_default();
        let by = self.handled_by.as_ref().map(|h| format!(" by {h}")).unwrap_or_default();
        let line = match (self.incoming, self.outcome) {
            (true, Outcome::Answered) => format!("Incoming call{long}, answered{by}"),
            (true, Outcome::Voicemail) => format!("Voice message{long}"),
            (true, Outcome::NotAnswered) => "Missed call".to_owned(),
            (true, Outcome::Busy) => "Missed call: the line was busy".to_owned(),
            (true, Outcome::Cancelled) => "Missed call: the caller hung up".to_owned(),
            (true, Outcome::Failed) => "Missed call: it could not be connected".to_owned(),
            (false, Outcome::Answered) => format!("Outgoing call{by}{long}, answered"),
            (false, Outcome::Voicemail) => format!("Outgoing call{by}{long}, voice message left"),
            (false, Outcome::NotAnswered) => format!("Outgoing call{by}, not answered"),
            (false, Outcome::Busy) => format!("Outgoing call{by}, busy"),
            (false, Outcome::Cancelled) => format!("Outgoing call{by}, given up"),
            (false, Outcome::Failed) => format!("Outgoing call{by}, not connected"),
        };
        match self.note.as_deref().map(tidy).filter(|n| !n.is_empty()) {
            Some(note) => format!("{line}\n\n{note}"),
            None => line,
        }
    }

    /// What `metadata.call` holds.
    pub fn metadata(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() && value.as_str() != Some("") {
                out.insert(name.to_owned(), value);
            }
        };
        let (from, to) = if self.incoming { (&self.person, &self.ours) } else { (&self.ours, &self.person) };
        put("call_id", shorten(&self.call_id, 200).into());
        put("direction", if self.incoming { "inbound" } else { "outbound" }.into());
        put("outcome", self.outcome.word(self.incoming).into());
        put("seconds", self.seconds.into());
        put("from", shorten(from, 200).into());
        put("to", shorten(to, 200).into());
        put("started_at", self.started_at.map(rfc3339).into());
        put("answered_at", self.answered_at.map(rfc3339).into());
        put("ended_at", self.ended_at.map(rfc3339).into());
        put("handled_by", self.handled_by.clone().into());
        let url = self.recording.as_ref().map(|(Recording::Open(url) | Recording::Twilio(url))| url.clone());
        put("recording_url", url.into());
        put("note", self.note.as_deref().map(tidy).into());
        put("transcript", self.text.as_deref().map(tidy).into());
        out
    }
}

fn caller(value: String) -> Handle {
    Handle { kind: CALLER.into(), value, evidence: HandleEvidence::Verified }
}

fn file(recording: &Recording) -> InboundFile {
    let (name, content_type, source) = match recording {
        Recording::Twilio(url) => ("recording.mp3".to_owned(), "audio/mpeg", FileSource::Provider(format!("{url}.mp3"))),
        Recording::Open(url) => {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let name = shorten(path.rsplit('/').next().unwrap_or_default(), 100);
            let kind = match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
                Some("mp3") => "audio/mpeg",
                Some("ogg" | "opus") => "audio/ogg",
                Some("m4a" | "mp4") => "audio/mp4",
                _ => "audio/wav",
            };
            (if name.contains('.') { name } else { "recording.wav".to_owned() }, kind, FileSource::Url(url.clone()))
        }
    };
    InboundFile { name, content_type: content_type.to_owned(), source, content_id: None, inline: false }
}

fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\0', "").trim().chars().take(TEXT_CHARS).collect()
}

/// `3 min 12 s`
pub fn length(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let parts = [(hours, "h"), (minutes, "min"), (rest, "s")];
    let words: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_out() {
        assert_eq!((length(192).as_str(), length(3_600).as_str(), length(0).as_str()), ("3 min 12 s", "1 h", "0 s"));
        assert_eq!(length(3_725), "1 h 2 min 5 s");
    }
}
