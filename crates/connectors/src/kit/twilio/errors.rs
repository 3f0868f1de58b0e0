//! Twilio's error codes: their classes, and words that say what to do. The code counts; the HTTP status only where no code is known.
//!
//! Source: the provider's public list of errors; the classes are our judgement.

use crate::kit::calls;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::channel::SendError;
use kernel::http::HttpResponse;
use kernel::time::{MINUTE, Millis};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Account,
    /// With a wait of our own where Twilio names none.
    Retry(Option<Millis>),
    Permanent,
    WindowClosed,
}
use Class::{Account, Permanent, Retry, WindowClosed};

/// What an answer other than success means.
pub fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let body = calls::body_of(response);
    let said = body.get("message").and_then(Value::as_str);
    let Some(code) = body.get("code").and_then(Value::as_i64) else { return judge_http(response, said, now) };
    match known(code) {
        Some((Retry(wait), _)) => SendError::Retry { after_ms: retry_after(response, now).or(wait), detail: words(code, said) },
        Some((class, _)) => verdict(class, words(code, said)),
        None => judge_http(response, Some(&words(code, said)), now),
    }
}

/// What an error that came with an accepted request means.
pub fn judge_code(code: i64, said: Option<&str>) -> SendError {
    verdict(known(code).map_or(Permanent, |(class, _)| class), words(code, said))
}

fn verdict(class: Class, detail: String) -> SendError {
    match class {
        Account => SendError::Account { detail },
        Retry(after_ms) => SendError::Retry { after_ms, detail },
        Permanent => SendError::Permanent { detail },
        WindowClosed => SendError::Policy { code: "policy.window_closed".into(), detail },
    }
}

/// Our words for a code, Twilio's where we have none; the code in brackets.
pub fn words(code: i64, said: Option<&str>) -> String {
    let ours = known(code).map(|(_, words)| words).filter(|w| !w.is_empty());
    let said = said.map(|s| shorten(s, 250)).filter(|s| !s.is_empty());
    match ours.map(str::to_owned).or(said) {
        Some(words) => format!("{words} [{code}]"),
        None => format!("Twilio error {code}"),
    }
}

fn known(code: i64) -> Option<(Class, &'static str)> {
    Some(match code {
        20003 => (Account, "Twilio refuses the credentials. Check account SID and auth token (or the API key)."),
        20005 => (Account, "The Twilio account is not active."),
        20404 => (Permanent, "Twilio does not know this."),
        20429 => (Retry(None), "Too many requests to Twilio at once."),
        21211 | 21217 => (Permanent, "This is not a phone number that can be reached."),
        21614 => (Permanent, "This number cannot receive text messages."),
        21635 => (Permanent, "This is a landline; it cannot receive text messages."),
        21604 => (Permanent, "The message has no recipient."),
        21612 => (Permanent, "Twilio has no route from our number to this one."),
        21608 => (Permanent, "A trial account reaches only numbers that were verified in the Twilio console."),
        21212 => (Account, "The sender is not a valid number. Check it in the channel's settings."),
        21603 => (Account, "The sender is missing. Set it in the channel's settings."),
        21606 | 21659 | 21660 => (Account, "The sender does not belong to this Twilio account, or cannot send text messages."),
        21609 => (Account, "Twilio cannot use our public address for reports. Check the server's public URL."),
        21408 => (Account, "Twilio is not allowed to send to this country. Allow it under Messaging, Settings, Geo permissions."),
        21610 => (Permanent, "This person has unsubscribed (STOP) and must write START before you can send again."),
        21602 | 21619 => (Permanent, "The message is empty."),
        21617 => (Permanent, "The text is longer than 1,600 characters."),
        21620 => (Permanent, "Twilio cannot use the address of a file."),
        21623 => (Permanent, "A message takes at most ten files."),
        21611 => (Retry(Some(10 * MINUTE)), "Too many messages wait for this sender at Twilio."),
        21655 | 21656 => (Permanent, "The template or the values of its blanks are not valid."),
        30001 => (Retry(Some(10 * MINUTE)), "Too many messages wait for this sender at Twilio."),
        30002 => (Account, "The Twilio account is suspended."),
        30003 => (Permanent, "The phone cannot be reached: switched off, without signal, or the number is not in use."),
        30004 => (Permanent, "The message was blocked: the number does not take text messages, or it has blocked us."),
        30005 => (Permanent, "The number is unknown or no longer in use."),
        30006 => (Permanent, "This is a landline, or a network that cannot be reached by text message."),
        30007 => (Permanent, "The network filtered the message out as unwanted."),
        30008 => (Retry(Some(MINUTE)), "The network did not say why it failed."),
        30017 | 30022 | 30023 => (Retry(Some(MINUTE)), "The network takes no more messages at the moment."),
        30032 => (Account, "The toll-free number is not verified yet. Verify it in the Twilio console."),
        30034 => (Account, "The number is not registered for US traffic (A2P 10DLC). Register it in the Twilio console."),
        63003 | 63024 => (Permanent, "This number is not on WhatsApp."),
        63007 => (Account, "Twilio has no WhatsApp sender with this number. Check the sender in the channel's settings."),
        63015 => (Account, "The person has not joined the sandbox. They send “join” and the sandbox's word to its number first."),
        63020 => (Account, "The invitation to connect the WhatsApp account has not been accepted yet."),
        63016 => (WindowClosed, "Outside the 24-hour window. Send a template."),
        63018 => (Retry(Some(MINUTE)), "Too many messages to WhatsApp at once."),
        63013 => (Permanent, "The message breaks a rule of WhatsApp."),
        63021 => (Permanent, "WhatsApp does not take this content."),
        63027 => (Permanent, "WhatsApp does not know this template in this language."),
        63028 => (Permanent, "The number of filled blanks does not fit the template."),
        63032 | 63049 => (Permanent, "WhatsApp decided not to deliver this message to this person."),
        _ => return None,
    })
}
