//! What became of mail of ours: identity feedback and event publishing, which carry the same objects
//! ("Contents of event data that Amazon SES publishes to Amazon SNS").

use super::inbound::sending_host;
use super::sns::text;
use crate::kit::mail::is_ours;
use crate::kit::verdicts::shorten;
use crate::kit::{addresses, people};
use kernel::channel::{Account, Inbound, StatusReport};
use kernel::message::MessageStatus;
use kernel::time::parse_rfc3339;
use serde_json::{Map, Value};

const MOST_RECIPIENTS: usize = 100;

/// SES writes its own id as the Message-ID; which host follows it, its documentation does not say for every region. What counts is
/// the part before it, so that every such id gets the form in which we keep ours.
pub fn our_form(account: &Account, id: String) -> String {
    match id.rsplit_once('@') {
        Some((local, host)) if host.to_ascii_lowercase().ends_with("amazonses.com") => format!("{local}@{}", sending_host(account)),
        _ => id,
    }
}
/// The external id of a message that SES knows under this id.
pub fn external_id(account: &Account, id: &str) -> String {
    format!("{id}@{}", sending_host(account))
}

/// Who the mail was sent from.
pub fn senders(body: &Map<String, Value>) -> Vec<String> {
    let mail = body.get("mail").unwrap_or(&Value::Null);
    let from = mail["commonHeaders"]["from"].as_array().into_iter().flatten();
    let all = mail["source"].as_str().into_iter().chain(from.filter_map(Value::as_str));
    all.take(10).flat_map(addresses::find_all).collect()
}

pub fn read(account: &Account, kind: &str, body: &Map<String, Value>) -> Vec<Inbound> {
    let ignored = |why: String| vec![Inbound::Ignored { why }];
    let mail = body.get("mail").unwrap_or(&Value::Null);
    let id = mail["messageId"].as_str().map(|id| shorten(id, 200)).unwrap_or_default();
    if id.is_empty() {
        return ignored(format!("An event “{}” that names no message.", shorten(kind, 60)));
    }
    let senders = senders(body);
    if !senders.is_empty() && !senders.iter().any(|s| is_ours(account, s)) {
        return ignored("This is about mail from another address.".into());
    }
    let report = |status: MessageStatus, at: &Value, error: Option<String>, bounced: bool| {
        Inbound::Status(StatusReport {
            external_id: external_id(account, &id),
            message_id: mail["tags"]["message_id"][0].as_str().map(str::to_owned),
            status,
            at: at.as_str().and_then(parse_rfc3339),
            error: error.map(|e| shorten(&e, 300)),
            bounced,
        })
    };
    let part = |name: &str| body.get(name).unwrap_or(&Value::Null);
    match kind {
        "Send" => vec![report(MessageStatus::Sent, &mail["timestamp"], None, false)],
        "Delivery" => vec![report(MessageStatus::Delivered, &part("delivery")["timestamp"], None, false)],
        "Open" => vec![report(MessageStatus::Read, &part("open")["timestamp"], None, false)],
        "Click" => vec![report(MessageStatus::Read, &part("click")["timestamp"], None, false)],
        "DeliveryDelay" => ignored(format!("Amazon SES still tries ({}).", words(part("deliveryDelay"), "delayType"))),
        "Reject" => {
            let why = format!("Amazon SES rejected the mail: {}", words(part("reject"), "reason"));
            vec![report(MessageStatus::Failed, &mail["timestamp"], Some(why), false)]
        }
        "Rendering Failure" => {
            let why = format!("Amazon SES could not write the mail: {}", words(part("failure"), "errorMessage"));
            vec![report(MessageStatus::Failed, &mail["timestamp"], Some(why), false)]
        }
        "Bounce" => {
            let bounce = part("bounce");
            let (meaning, list) = bounced(bounce);
            // An out-of-office answer comes as a bounce for which nobody gives a reason.
            if words(bounce, "bounceType") == "Transient" && list.iter().all(|(_, said)| said.is_empty()) {
                return ignored("A temporary bounce without a reason: most of these are automatic answers.".into());
            }
            let each = |(address, said): &(String, String)| {
                [address.as_str(), said.as_str()].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(": ")
            };
            let reasons = list.iter().map(each).filter(|r| !r.is_empty()).collect::<Vec<_>>().join("; ");
            let why = if reasons.is_empty() { meaning.to_owned() } else { format!("{meaning}: {reasons}") };
            // Others are temporary: they do not undo a delivery.
            let for_good = words(bounce, "bounceType") == "Permanent";
            let mut all = vec![report(MessageStatus::Failed, &bounce["timestamp"], Some(why), for_good)];
            if for_good {
                let blocked = |said: &str| Some(shorten(&if said.is_empty() { meaning.into() } else { format!("{meaning}: {said}") }, 300));
                all.extend(list.iter().filter_map(|(address, said)| {
                    people::email(address).map(|handle| Inbound::Reachable { handle, blocked: blocked(said) })
                }));
            }
            all
        }
        "Complaint" => {
            let complaint = part("complaint");
            let mut all = Vec::new();
            if complaint["complaintSubType"].is_string() {
                let why = "This person has complained before: Amazon SES did not send the mail.".to_owned();
                all.push(report(MessageStatus::Failed, &complaint["timestamp"], Some(why), true));
            }
            let list = complaint["complainedRecipients"].as_array().into_iter().flatten().take(MOST_RECIPIENTS);
            let handles = list.filter_map(|r| people::email(r["emailAddress"].as_str()?));
            all.extend(handles.map(|handle| Inbound::OptOut { handle, out: true }));
            if all.is_empty() { ignored("A complaint that names nobody.".into()) } else { all }
        }
        "Subscription" => {
            let topics = &part("subscription")["newTopicPreferences"];
            let list = mail["destination"].as_array().into_iter().flatten().take(MOST_RECIPIENTS);
            let handles = list.filter_map(|a| people::email(a.as_str()?));
            match topics["unsubscribeAll"].as_bool() {
                Some(out) => handles.map(|handle| Inbound::OptOut { handle, out }).collect(),
                None => ignored("Subscriptions to single topics are not kept here.".into()),
            }
        }
        other => ignored(format!("Unknown event “{}”.", shorten(other, 60))),
    }
}

fn words(value: &Value, name: &str) -> String {
    value.as_object().map(|map| shorten(text(map, name), 200)).filter(|t| !t.is_empty()).unwrap_or_else(|| "no reason given".into())
}

/// What happened, in words for people, and each address with what its server said.
fn bounced(bounce: &Value) -> (&'static str, Vec<(String, String)>) {
    let list = bounce["bouncedRecipients"].as_array().into_iter().flatten().take(MOST_RECIPIENTS);
    let each = list.map(|one| {
        let address = one["emailAddress"].as_str().and_then(addresses::clean).unwrap_or_default();
        let said = ["diagnosticCode", "status"].iter().find_map(|n| one[*n].as_str()).map(|s| shorten(s, 160)).unwrap_or_default();
        (address, said)
    });
    let meaning = match (words(bounce, "bounceType").as_str(), words(bounce, "bounceSubType").as_str()) {
        ("Permanent", "NoEmail") => "There is no such address",
        ("Permanent", "Suppressed" | "OnAccountSuppressionList") => {
            "Amazon SES does not send to this address after earlier bounces or complaints"
        }
        ("Permanent", _) => "The mail was refused for good",
        ("Transient", "MailboxFull") => "The mailbox is full",
        ("Transient", "MessageTooLarge") => "The mail is too large for this mailbox",
        ("Transient", "ContentRejected" | "AttachmentRejected") => "The other side did not take the content",
        _ => "The mail could not be delivered for now",
    };
    (meaning, each.collect())
}
