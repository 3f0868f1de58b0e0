//! Twilio Voice: what its webhooks say of calls and recordings, and what a call that comes in is told to do (TwiML).
//!
//! Source: the provider's OpenAPI description (api v2010) for states and directions, and its reference of voice webhooks.

use super::call::{Call, Outcome, Recording, length};
use super::numbers::{self, Party};
use super::record;
use crate::kit::forms::{self, first};
use crate::kit::twilio::{EMPTY_TWIML, events, proof};
use crate::kit::verdicts::shorten;
use jiff::tz::TimeZone;
use kernel::channel::{Account, Inbound, ParseError, RawDelivery, Reply};

/// In the query of addresses that we name ourselves.
const STEP: &str = "step";
const DIALLED: &str = "dialled";
const RECORDED: &str = "recorded";
/// How long a telephone rings before the caller hears the greeting.
const RING_SECONDS: u32 = 25;
const LONGEST_VOICEMAIL_SECONDS: u32 = 300;

pub fn is_from_twilio(raw: &RawDelivery) -> bool {
    raw.header(proof::HEADER).is_some()
}

/// Both ends: either may be ours.
pub fn addressees(raw: &RawDelivery) -> Vec<String> {
    let pairs = events::fields(raw);
    ["To", "From"].iter().filter_map(|n| first(&pairs, n)).filter(|n| n.len() <= 100).map(str::to_lowercase).collect()
}

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let pairs = events::fields(raw);
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.to_owned() }]);
    let Some(call_id) = first(&pairs, "CallSid") else { return ignored("It speaks of no call.") };
    let query = forms::query(raw);
    let get = |name: &str| first(&pairs, name);
    // Twilio's recordings do not say who called; the address that we gave may.
    let (from, to) = (get("From").or_else(|| first(&query, "from")), get("To").or_else(|| first(&query, "to")));
    let direction = get("Direction").or_else(|| first(&query, "direction")).unwrap_or("inbound");
    let incoming = !direction.starts_with("outbound");
    let step = first(&query, STEP).unwrap_or_default();
    let status = get("CallStatus").unwrap_or_default();
    let about_recording = get("RecordingStatus").is_some() || step == RECORDED;
    if about_recording {
        match get("RecordingStatus") {
            None | Some("completed") => {}
            Some(other) => return ignored(&format!("The recording is {}.", shorten(other, 30))),
        }
        if from.is_none() && to.is_none() {
            return ignored("A recording that does not say whose. Its address comes with the call’s own record.");
        }
    }
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    let (person, ours) = if incoming { (from, to) } else { (to, from) };
    if incoming && from.starts_with("client:") {
        return ignored("A call from a soft phone of ours. Its outgoing part is the record.");
    }
    if let Some(other) = foreign(account, ours) {
        if get("ParentCallSid").is_some() {
            return ignored("A part of another call, which has its own record.");
        }
        return ignored(&format!("It is about {other}. Connect that number as a channel of its own."));
    }
    let ended_at = get("Timestamp").and_then(|t| record::time(t, &TimeZone::UTC));
    let number = |name: &str| get(name).and_then(|n| n.parse::<i64>().ok()).filter(|n| (0..1_000_000).contains(n));
    let url = get("RecordingUrl").filter(|u| (u.starts_with("https://") || u.starts_with("http://")) && u.len() <= 1_000);
    let mut call = Call {
        external_id: call_id.to_owned(),
        call_id: call_id.to_owned(),
        incoming,
        person: person.to_owned(),
        name: get("CallerName").filter(|_| incoming).map(str::to_owned),
        ours: ours.to_owned(),
        outcome: Outcome::Answered,
        seconds: None,
        started_at: None,
        answered_at: None,
        ended_at,
        recording: url.map(|u| Recording::Twilio(u.to_owned())),
        handled_by: None,
        note: None,
        text: None,
    };
    if about_recording {
        call.outcome = Outcome::Voicemail;
        call.seconds = number("RecordingDuration");
        call.external_id = get("RecordingSid").map_or_else(|| format!("{call_id}:voicemail"), str::to_owned);
        if step != RECORDED {
            call.outcome = Outcome::Answered;
            call.text = Some(format!("Recording of a call, {}", length(call.seconds.unwrap_or(0))));
        }
    } else if let Some(dialled) = get("DialCallStatus") {
        // The caller has been put through, or nobody took the call: the record of the whole call cannot tell.
        let Some(outcome) = outcome(dialled) else { return ignored("The call is being put through.") };
        call.outcome = outcome;
        call.seconds = number("DialCallDuration").filter(|_| outcome == Outcome::Answered);
    } else {
        let Some(outcome) = outcome(status) else {
            return ignored(&format!("The call is {}. Its record comes when it has ended.", shorten(status, 30)));
        };
        call.outcome = outcome;
        call.seconds = number("CallDuration").filter(|_| outcome == Outcome::Answered);
        if outcome == Outcome::Answered && incoming && only_greets(account) {
            (call.outcome, call.seconds) = (Outcome::NotAnswered, None);
        }
        if get("AnsweredBy").is_some_and(|a| a.starts_with("machine")) && !incoming {
            call.outcome = Outcome::Voicemail;
        }
    }
    call.into_inbound(account)
}

/// The final states; the others pass.
fn outcome(status: &str) -> Option<Outcome> {
    Some(match status {
        "completed" | "answered" => Outcome::Answered,
        "no-answer" => Outcome::NotAnswered,
        "busy" => Outcome::Busy,
        "canceled" => Outcome::Cancelled,
        "failed" => Outcome::Failed,
        _ => return None,
    })
}

/// The number on our side, when it is not this channel's.
fn foreign(account: &Account, ours: &str) -> Option<String> {
    let own = numbers::party(account, account.settings.text("number").unwrap_or_default());
    let known = matches!(own, Party::Phone(_)) && !ours.is_empty();
    (known && numbers::party(account, ours) != own).then(|| shorten(ours, 60))
}

/// Callers hear a greeting and are put through to nobody.
fn only_greets(account: &Account) -> bool {
    account.settings.text("greeting").is_some() && account.settings.text("forward_to").is_none()
}

/// What a call is told: to ring somebody, to leave a voice message, or nothing at all.
pub fn answer(account: &Account, raw: &RawDelivery) -> Reply {
    let pairs = events::fields(raw);
    let get = |name: &str| first(&pairs, name);
    let query = forms::query(raw);
    let own = format!("{}{}", account.public_url.trim_end_matches('/'), raw.path.split('?').next().unwrap_or_default());
    let begins = get("CallStatus") == Some("ringing")
        && get("Direction") == Some("inbound")
        && get("CallbackSource").is_none()
        && first(&query, STEP).is_none();
    if let Some(dialled) = get("DialCallStatus") {
        return match outcome(dialled) {
            Some(Outcome::Answered) => Reply::xml(EMPTY_TWIML),
            _ => voicemail(account, &own),
        };
    }
    if !begins {
        return Reply::xml(EMPTY_TWIML);
    }
    match account.settings.text("forward_to").map(|n| numbers::party(account, n)) {
        Some(Party::Phone(number)) => Reply::xml(twiml(&format!(
            "<Dial timeout=\"{RING_SECONDS}\" action=\"{}?{STEP}={DIALLED}\">{}</Dial>",
            escape(&own),
            escape(&number)
        ))),
        _ => voicemail(account, &own),
    }
}

fn voicemail(account: &Account, own: &str) -> Reply {
    let Some(greeting) = account.settings.text("greeting") else { return Reply::xml(EMPTY_TWIML) };
    Reply::xml(twiml(&format!(
        "<Say>{}</Say><Record maxLength=\"{LONGEST_VOICEMAIL_SECONDS}\" playBeep=\"true\" action=\"{}?{STEP}={RECORDED}\"/>",
        escape(&shorten(greeting, 1_000)),
        escape(own)
    )))
}

fn twiml(inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inner}</Response>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
