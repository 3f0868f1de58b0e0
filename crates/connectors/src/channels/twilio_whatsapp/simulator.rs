//! A customer on WhatsApp, and Twilio's API with its other products below the one address.

use super::PREFIX;
use crate::kit::calls::body_of;
use crate::kit::forms::{self, first};
use crate::kit::twilio::play::{self, Fields};
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

const SENDER: &str = "XE00000000000000000000000000000001";
const TEMPLATE: &str = "HX00000000000000000000000000000001";

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("account_sid", format!("AC{unique:032x}")), ("auth_token", format!("{unique:032x}")), ("sender", format!("+1501{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let mut fields = play::said(account, say, PREFIX);
        let kind = match say.files.first().map(|f| f.content_type.split('/').next().unwrap_or_default()) {
            Some(kind @ ("image" | "video" | "audio")) => kind,
            Some(_) => "document",
            None => "text",
        };
        let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
        add("WaId", say.from.trim_start_matches('+'));
        if let Some(name) = &say.from_name {
            add("ProfileName", name);
        }
        if let Some(answers) = &say.answers {
            add("OriginalRepliedMessageSid", answers);
        }
        match say.doing {
            Doing::Say => add("MessageType", kind),
            Doing::React => {
                add("MessageType", "reaction");
                add("ReactionEmoji", &say.text);
                fields.retain(|(n, _)| n != "Body");
            }
            // Twilio reports none of these; what comes is nothing that could be read. Reading is a report on a message.
            Doing::Edit | Doing::Delete | Doing::Read => fields.retain(|(n, _)| n == "AccountSid" || n == "ApiVersion"),
        }
        play::delivery(account, &fields, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        Some(play::request(account, self.delivery(account, say, now)))
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let mut fields: Fields = play::report(account, external_id, to, status, PREFIX)?;
        fields.extend(play::pairs(&[("ChannelPrefix", "whatsapp"), ("ChannelToAddress", &format!("{PREFIX}{to}"))]));
        Some(play::delivery(account, &fields, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        if let Some(refusal) = play::unknown_caller(account, request) {
            return refusal;
        }
        let path = request.url.split('?').next().unwrap_or_default();
        if let Some(below) = path.strip_prefix("/content/v1/") {
            return content(request, below, serial);
        }
        if let Some(below) = path.strip_prefix("/messaging/") {
            return messaging(account, request, below);
        }
        match (request.method, play::below(account, &request.url)) {
            ("POST", Some("/Messages.json")) => message(account, request, serial, now),
            ("GET", Some("/Messages.json")) => Answered::json(200, &json!({"messages": []}), None),
            ("GET", Some(".json")) => play::account_answer(account),
            ("GET", Some(place)) if place.contains("/Media/") => play::media(),
            _ => missing(path),
        }
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        play::fault(fault)
    }
}

fn missing(path: &str) -> Answered {
    play::refuse(404, 20404, &format!("The requested resource {path} was not found"))
}

fn message(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let fields = forms::pairs(&request.body);
    if fields.iter().filter(|(n, _)| n == "MediaUrl").count() > 1 {
        return play::refuse(400, 63005, "Channel did not accept given content. WhatsApp takes one media in each message.");
    }
    let known = first(&fields, "ContentSid").is_none_or(|sid| sid == TEMPLATE || sid.starts_with("HX") && sid.len() == 34);
    if !known {
        return play::refuse(400, 21655, "The ContentSid is Invalid");
    }
    play::message(account, request, PREFIX, serial, now)
}

fn template(sid: &str, name: &str, body: &str, status: &str) -> Value {
    json!({
        "sid": sid, "friendly_name": name, "language": "en", "variables": {"1": "Ann"}, "types": {"twilio/text": {"body": body}},
        "approval_requests": {"name": name, "category": "UTILITY", "content_type": "twilio/text", "status": status, "rejection_reason": ""},
    })
}

fn content(request: &HttpRequest, below: &str, serial: u64) -> Answered {
    let sent: Value = body_of(&HttpResponse { status: 200, headers: Vec::new(), body: request.body.clone() });
    match (request.method, below.split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", ["ContentAndApprovals"]) => {
            play::page("contents", json!([template(TEMPLATE, "order_update", "Hi {{1}}, your order is on its way.", "approved")]))
        }
        ("POST", ["Content"]) => match (sent.get("language").and_then(Value::as_str), sent.get("types").and_then(Value::as_object)) {
            (Some(_), Some(types)) if !types.is_empty() => {
                let mut made = sent.clone();
                made["sid"] = format!("HX{serial:032x}").into();
                Answered::json(201, &made, None)
            }
            _ => play::refuse(400, 20001, "Invalid parameter: language and types are required"),
        },
        ("POST", ["Content", _, "ApprovalRequests", "whatsapp"]) => {
            let words = ["name", "category"].map(|n| sent.get(n).and_then(Value::as_str).unwrap_or_default());
            if words.iter().any(|w| w.is_empty()) {
                return play::refuse(400, 20001, "Invalid parameter: name and category are required");
            }
            let [name, category] = words;
            Answered::json(201, &json!({"name": name, "category": category, "status": "received", "rejection_reason": ""}), None)
        }
        ("DELETE", ["Content", _]) => {
            Answered { response: HttpResponse { status: 204, headers: Vec::new(), body: Vec::new() }, seen: None }
        }
        _ => missing(below),
    }
}

fn messaging(account: &Account, request: &HttpRequest, below: &str) -> Answered {
    let own = crate::kit::twilio::sender(account).unwrap_or_default();
    let number = if crate::kit::twilio::is_number(&own) { own.as_str() } else { "+15005550006" };
    let sender = || json!({"sid": SENDER, "status": "ONLINE", "sender_id": format!("{PREFIX}{number}"), "profile": {"name": "Acme"}, "webhook": null});
    match (request.method, below) {
        ("GET", "v2/Channels/Senders") => play::page("senders", json!([sender()])),
        ("POST", place) if place == format!("v2/Channels/Senders/{SENDER}") => Answered::json(202, &sender(), None),
        ("POST", "v2/Indicators/Typing.json") => {
            let fields = forms::pairs(&request.body);
            match (first(&fields, "messageId"), first(&fields, "channel")) {
                (Some(_), Some("whatsapp")) => Answered::json(200, &json!({"success": true}), None),
                _ => play::refuse(400, 20001, "Invalid parameter: messageId and channel are required"),
            }
        }
        ("GET", "v1/Services") => play::page("services", json!([])),
        ("GET" | "POST", place) if place == format!("v1/Services/{own}") => {
            Answered::json(200, &json!({"sid": own, "friendly_name": "Care", "inbound_request_url": null}), None)
        }
        _ => missing(below),
    }
}
