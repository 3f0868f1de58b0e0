//! The Event Webhook: what became of our mail. One SendGrid account posts the events of all its mail, newsletters included; ours are
//! those that give back what [`super::outbound`] put into `custom_args`.

use crate::kit::mail::shared;
use crate::kit::people;
use crate::kit::verdicts::{enhanced_code, shorten};
use kernel::channel::{Account, Inbound, ParseError, StatusReport};
use kernel::message::MessageStatus;
use serde_json::Value;

/// A batch is 768 kB at most.
const MOST_EVENTS: usize = 10_000;

/// The accounts whose mail the events are about.
pub fn accounts(body: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for event in list(body).unwrap_or_default() {
        if let Some(name) = shared::account_of(&event)
            && !out.iter().any(|n| n == name)
            && out.len() < 50
        {
            out.push(name.to_owned());
        }
    }
    out
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let mut out = Vec::new();
    let mut others = 0;
    for event in list(body)? {
        match mine(account, &event) {
            true => out.extend(read(account, &event)),
            false => others += 1,
        }
    }
    if out.is_empty() {
        let why = if others == 0 { "The delivery carried no events.".into() } else { format!("{others} events on mail of others.") };
        out.push(Inbound::Ignored { why });
    }
    Ok(out)
}

fn list(body: &[u8]) -> Result<Vec<Value>, ParseError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The events are not JSON: {e}")))?;
    match value {
        Value::Array(list) if list.len() > MOST_EVENTS => Err(ParseError(format!("One delivery may carry {MOST_EVENTS} events."))),
        Value::Array(list) => Ok(list),
        _ => Err(ParseError("Events come as a list.".into())),
    }
}

/// Is it about mail of this channel, or about the SendGrid account itself? The marks stand at the top of each event.
fn mine(account: &Account, event: &Value) -> bool {
    event["event"] == "account_status_change" || shared::concerns(account, event, event["smtp-id"].as_str())
}

/// The Message-ID we chose, else the id SendGrid gave: the part of `sg_message_id` before the server that handled it.
fn external_id(event: &Value) -> Option<String> {
    shared::own_id(event, event["smtp-id"].as_str()).or_else(|| {
        let id = event["sg_message_id"].as_str()?;
        let end = [".filter", ".recvd"].iter().filter_map(|mark| id.find(mark)).min().unwrap_or(id.len());
        Some(shorten(&id[..end], 200)).filter(|id| !id.is_empty())
    })
}

fn read(account: &Account, event: &Value) -> Vec<Inbound> {
    let text = |name: &str| event[name].as_str().map(|t| shorten(t, 300)).unwrap_or_default();
    let kind = text("event");
    let ignored = |why: String| vec![Inbound::Ignored { why }];
    let report = |status, error: Option<String>| {
        let Some(external_id) = external_id(event) else { return ignored(format!("“{}” names no message.", shorten(&kind, 60))) };
        vec![Inbound::Status(StatusReport {
            external_id,
            message_id: shared::message_of(event),
            status,
            at: time(&event["timestamp"]),
            error: error.map(|e| shorten(&e, 300)),
            bounced: status == MessageStatus::Failed,
        })]
    };
    let opted = |out| match people::email(&text("email")) {
        Some(handle) => vec![Inbound::OptOut { handle, out }],
        None => ignored(format!("“{kind}” names no address.")),
    };
    match kind.as_str() {
        "processed" => report(MessageStatus::Sent, None),
        "deferred" => report(MessageStatus::Sent, Some(format!("attempt {}: {}", text("attempt"), text("response")))),
        "delivered" => report(MessageStatus::Delivered, None),
        "open" if event["sg_machine_open"] == true => ignored("A machine loaded the pictures; nobody has read it for certain.".into()),
        "open" | "click" => report(MessageStatus::Read, None),
        "bounce" => {
            let words = bounce_words(event);
            let mut out = report(MessageStatus::Failed, Some(words.clone()));
            // “blocked” is about this one mail, a full mailbox passes; any other bounce is about the address, and SendGrid will not
            // write to it again.
            if event["type"] != "blocked"
                && !shared::is_mailbox_full(words.split(' ').next().unwrap_or_default())
                && let Some(handle) = people::email(&text("email"))
            {
                out.push(Inbound::Reachable { handle, blocked: Some(shorten(&words, 300)) });
            }
            out
        }
        "dropped" => report(MessageStatus::Failed, Some(format!("SendGrid did not send it: {}", text("reason")))),
        "spamreport" | "unsubscribe" | "group_unsubscribe" => opted(true),
        "group_resubscribe" => opted(false),
        "account_status_change" => vec![account_change(account, &text("type"))],
        "" => ignored("The event has no name.".into()),
        other => ignored(format!("Unknown event “{}”.", shorten(other, 60))),
    }
}

/// `5.1.1 (ann@example.com): 550 5.1.1 no such user`
fn bounce_words(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().map(|t| shorten(t, 200)).unwrap_or_default();
    let reason = text("reason");
    let code = Some(text("status")).filter(|c| !c.is_empty()).or_else(|| enhanced_code(&reason)).unwrap_or_default();
    let class = match (event["type"] == "blocked", text("bounce_classification")) {
        (true, _) => "refused for now".to_owned(),
        (false, class) if class.is_empty() => "not delivered".to_owned(),
        (false, class) => class,
    };
    let mut out = format!("{code} {class} ({})", text("email")).trim_start().to_owned();
    if !reason.is_empty() {
        out.push_str(&format!(": {reason}"));
    }
    out
}

fn account_change(account: &Account, kind: &str) -> Inbound {
    let well = kind.contains("reactivat") || kind == "active";
    let detail = format!("SendGrid changed the account's state to “{}”.", shorten(kind, 60));
    let words = format!("{detail} Mail from {} may not leave. Ask SendGrid's support.", account.identifier);
    Inbound::Account { broken: (!well).then_some(words), detail }
}

/// Seconds, as a number or a text.
fn time(value: &Value) -> Option<i64> {
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|s| s as i64)).or_else(|| value.as_str()?.trim().parse().ok())?;
    seconds.checked_mul(1000).filter(|ms| *ms > 0)
}
