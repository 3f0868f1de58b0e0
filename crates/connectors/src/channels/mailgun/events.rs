//! Webhooks: one event in each. A domain's webhooks report on all its mail; ours carries our marks as user variables.

use super::Signed;
use crate::kit::mail::shared;
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Inbound, ParseError, StatusReport};
use kernel::message::MessageStatus;
use serde_json::Value;

fn read(body: &[u8]) -> Result<Value, ParseError> {
    serde_json::from_slice(body).map_err(|e| ParseError(format!("The event is not JSON: {e}")))
}

pub fn proof(body: &[u8]) -> Option<Signed> {
    let value = read(body).ok()?;
    let signed = &value["signature"];
    let timestamp = signed["timestamp"].as_str().map(str::to_owned).or_else(|| signed["timestamp"].as_i64().map(|t| t.to_string()));
    Signed::new(timestamp.as_deref(), signed["token"].as_str(), &[signed["signature"].as_str(), signed["parent-signature"].as_str()])
}

/// The channel the event is about.
pub fn account(body: &[u8]) -> Option<String> {
    let value = read(body).ok()?;
    shared::account_of(&value["event-data"]["user-variables"]).map(str::to_owned)
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let value = read(body)?;
    let event = &value["event-data"];
    if !event.is_object() {
        return Err(ParseError("The delivery carries no event.".into()));
    }
    let message_id = event["message"]["headers"]["message-id"].as_str();
    if !shared::concerns(account, &event["user-variables"], message_id) {
        return Ok(vec![Inbound::Ignored { why: "An event on mail of others.".into() }]);
    }
    Ok(one(event, message_id))
}

fn one(event: &Value, message_id: Option<&str>) -> Vec<Inbound> {
    let text = |value: &Value| value.as_str().map(|t| shorten(t, 300)).unwrap_or_default();
    let kind = text(&event["event"]);
    let marks = &event["user-variables"];
    let ignored = |why: String| vec![Inbound::Ignored { why }];
    let report = |status, error: Option<String>| {
        let given = message_id.map(|id| shorten(id.trim_matches(['<', '>', ' ']), 500)).filter(|id| !id.is_empty());
        let Some(external_id) = shared::own_id(marks, message_id).or(given) else {
            return ignored(format!("“{}” names no message.", shorten(&kind, 60)));
        };
        vec![Inbound::Status(StatusReport {
            external_id,
            message_id: shared::message_of(marks),
            status,
            at: time(&event["timestamp"]),
            error: error.map(|e| shorten(&e, 300)),
            bounced: status == MessageStatus::Failed,
        })]
    };
    match kind.as_str() {
        "accepted" => report(MessageStatus::Sent, None),
        "delivered" => report(MessageStatus::Delivered, None),
        "opened" if !text(&event["client-info"]["bot"]).is_empty() => {
            ignored("A machine loaded the pictures; nobody has read it for certain.".into())
        }
        "opened" | "clicked" => report(MessageStatus::Read, None),
        "failed" if event["severity"] == "temporary" => report(MessageStatus::Sent, Some(words(event))),
        "failed" => {
            let mut out = report(MessageStatus::Failed, Some(words(event)));
            let address = people::email(&text(&event["recipient"]));
            if is_about_the_address(event)
                && let Some(handle) = address
            {
                out.push(Inbound::Reachable { handle, blocked: Some(shorten(&words(event), 300)) });
            }
            out
        }
        "rejected" => report(MessageStatus::Failed, Some(format!("Mailgun did not send it: {}", text(&event["reject"]["reason"])))),
        "complained" | "unsubscribed" => match people::email(&text(&event["recipient"])) {
            Some(handle) => vec![Inbound::OptOut { handle, out: true }],
            None => ignored(format!("“{kind}” names no address.")),
        },
        "" => ignored("The event has no name.".into()),
        other => ignored(format!("Unknown event “{}”.", shorten(other, 60))),
    }
}

/// Mailgun writes no more to addresses that bounced; a full mailbox and mail given up for its age are no bounce of the address.
fn is_about_the_address(event: &Value) -> bool {
    let status = &event["delivery-status"];
    let code = status["code"].as_i64().map(|c| c.to_string()).unwrap_or_default();
    let full = [status["enhanced-code"].as_str().unwrap_or_default(), code.as_str()].iter().any(|c| shared::is_mailbox_full(c));
    matches!(event["reason"].as_str(), Some("bounce" | "suppress-bounce")) && !full
}

/// `5.1.1 bounce (ann@example.com): No such user`
fn words(event: &Value) -> String {
    let status = &event["delivery-status"];
    let text = |value: &Value| value.as_str().map(|t| shorten(t, 200)).unwrap_or_default();
    let code = Some(text(&status["enhanced-code"])).filter(|c| !c.is_empty());
    let code = code.or_else(|| status["code"].as_i64().filter(|c| *c > 0).map(|c| c.to_string())).unwrap_or_default();
    let reason = match text(&event["reason"]).as_str() {
        "suppress-bounce" => "an earlier mail bounced, and Mailgun writes no more".to_owned(),
        "suppress-unsubscribe" => "the person unsubscribed at Mailgun".to_owned(),
        "suppress-complaint" => "the person reported mail as spam".to_owned(),
        "" | "generic" => "not delivered".to_owned(),
        other => other.to_owned(),
    };
    let mut out = format!("{code} {reason} ({})", text(&event["recipient"])).trim_start().to_owned();
    let said = [&status["message"], &status["description"]].into_iter().map(text).find(|t| !t.is_empty());
    if let Some(said) = said {
        out.push_str(&format!(": {said}"));
    }
    if let Some(attempt) = status["attempt-no"].as_i64() {
        out.push_str(&format!(" [attempt {attempt}]"));
    }
    out
}

/// Seconds with fractions.
fn time(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|s| *s > 0.0 && *s < 1e11)?;
    Some((seconds * 1000.0).round() as i64)
}
