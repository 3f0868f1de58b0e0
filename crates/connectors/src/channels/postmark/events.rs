//! Event webhooks: one record in each. A server reports on all its mail; ours carries our marks as metadata.

use super::external_id;
use super::form::STREAM;
use crate::kit::mail::shared;
use crate::kit::people;
use crate::kit::verdicts::{enhanced_code, shorten};
use kernel::channel::{Account, Inbound, ParseError, StatusReport};
use kernel::message::MessageStatus;
use kernel::time::parse_rfc3339;
use serde_json::Value;

pub fn parse(account: &Account, body: &Value) -> Result<Vec<Inbound>, ParseError> {
    let Some(kind) = body["RecordType"].as_str() else {
        return Err(ParseError("The delivery is neither a mail nor a record.".into()));
    };
    let marks = &body["Metadata"];
    let ours = match shared::account_of(marks) {
        Some(name) => name.eq_ignore_ascii_case(&account.identifier),
        // An address too long for the metadata stays away; our own id of the message is enough.
        None if shared::message_of(marks).is_some() => true,
        // A change of the suppression list need not be about one mail; it is about one stream.
        None => kind == "SubscriptionChange" && body["MessageStream"].as_str() == Some(stream(account)),
    };
    if !ours {
        return Ok(vec![Inbound::Ignored { why: "A record on mail of others.".into() }]);
    }
    Ok(one(kind, body))
}

/// The message stream that this channel sends by.
pub fn stream(account: &Account) -> &str {
    account.settings.text("message_stream").map(str::trim).unwrap_or(STREAM)
}

fn one(kind: &str, body: &Value) -> Vec<Inbound> {
    let ignored = |why: String| vec![Inbound::Ignored { why }];
    match kind {
        "Delivery" => report(body, MessageStatus::Delivered, "DeliveredAt", None),
        "Open" | "Click" => report(body, MessageStatus::Read, "ReceivedAt", None),
        "Bounce" => bounce(body),
        "SpamComplaint" => opted(body, "Email", true),
        "SubscriptionChange" => subscription(body),
        other => ignored(format!("Unknown record “{}”.", shorten(other, 60))),
    }
}

fn said(body: &Value, name: &str) -> String {
    body[name].as_str().map(|t| shorten(t, 300)).unwrap_or_default()
}

fn report(body: &Value, status: MessageStatus, time: &str, error: Option<String>) -> Vec<Inbound> {
    let id = said(body, "MessageID");
    if id.is_empty() || id.len() > 200 {
        return vec![Inbound::Ignored { why: "The record names no message.".into() }];
    }
    vec![Inbound::Status(StatusReport {
        external_id: external_id(&id),
        message_id: shared::message_of(&body["Metadata"]),
        status,
        at: body[time].as_str().and_then(parse_rfc3339),
        error: error.map(|e| shorten(&e, 300)),
        bounced: status == MessageStatus::Failed,
    })]
}

fn opted(body: &Value, name: &str, out: bool) -> Vec<Inbound> {
    match people::email(&said(body, name)) {
        Some(handle) => vec![Inbound::OptOut { handle, out }],
        None => vec![Inbound::Ignored { why: "The record names no address.".into() }],
    }
}

/// Postmark calls bounces what any machine answered. Most are; some say that the mail arrived.
fn bounce(body: &Value) -> Vec<Inbound> {
    let kind = said(body, "Type");
    match kind.as_str() {
        "AutoResponder" | "AddressChange" | "ChallengeVerification" | "Subscribe" | "OpenRelayTest" => {
            vec![Inbound::Ignored { why: format!("A machine answered ({kind}); the mail arrived.") }]
        }
        "Unsubscribe" | "SpamComplaint" => opted(body, "Email", true),
        "Transient" => report(body, MessageStatus::Sent, "BouncedAt", Some(words(body, &kind))),
        _ => {
            let words = words(body, &kind);
            let mut out = report(body, MessageStatus::Failed, "BouncedAt", Some(words.clone()));
            // Postmark writes no more to an inactive address.
            if body["Inactive"] == true
                && let Some(handle) = people::email(&said(body, "Email"))
            {
                out.push(Inbound::Reachable { handle, blocked: Some(shorten(&words, 300)) });
            }
            out
        }
    }
}

/// `5.1.1 Hard bounce (ann@example.com): smtp;550 5.1.1 …`
fn words(body: &Value, kind: &str) -> String {
    let name = Some(said(body, "Name")).filter(|n| !n.is_empty()).unwrap_or_else(|| kind.to_owned());
    let details = Some(said(body, "Details")).filter(|d| !d.is_empty()).unwrap_or_else(|| said(body, "Description"));
    let code = enhanced_code(&details).unwrap_or_default();
    let mut out = format!("{code} {name} ({})", said(body, "Email")).trim_start().to_owned();
    if !details.is_empty() {
        out.push_str(&format!(": {details}"));
    }
    out
}

fn subscription(body: &Value) -> Vec<Inbound> {
    let Some(handle) = people::email(&said(body, "Recipient")) else {
        return vec![Inbound::Ignored { why: "The record names no address.".into() }];
    };
    let by_person = body["Origin"] == "Recipient";
    match (body["SuppressSending"] == true, said(body, "SuppressionReason").as_str()) {
        (true, "HardBounce") => {
            let why = "An earlier mail bounced, and Postmark writes no more to this address.";
            vec![Inbound::Reachable { handle, blocked: Some(why.into()) }]
        }
        (true, _) => vec![Inbound::OptOut { handle, out: true }],
        (false, _) if by_person => {
            vec![Inbound::Reachable { handle: handle.clone(), blocked: None }, Inbound::OptOut { handle, out: false }]
        }
        // Taken off the list by somebody else: it can be reached again, what the person wants is another matter.
        (false, _) => vec![Inbound::Reachable { handle, blocked: None }],
    }
}
