//! SendGrid's API as far as we use it, for the simulator: it refuses what SendGrid refuses.

use super::simulator::PUBLIC_KEY;
use crate::kit::addresses;
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Fault, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

/// Headers that SendGrid writes itself.
const RESERVED: &[&str] = &[
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];
const TOP: &[&str] = &[
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "attachments",
    "custom_args",
    "tracking_settings",
    "mail_settings",
];

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let expected = format!("Bearer {}", account.settings.text("api_key").unwrap_or_default());
    if header("authorization") != Some(expected.as_str()) {
        return refuse(401, "The provided authorization grant is invalid, expired, or revoked", None);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let path = request.url.split('?').next().unwrap_or_default();
    let settings = "/v3/user/webhooks/event/settings";
    match (request.method, path) {
        ("POST", "/v3/mail/send") => {
            if header("content-type") != Some("application/json") {
                return refuse(415, "Content-Type should be application/json.", None);
            }
            send(account, &body, serial, now)
        }
        ("GET", "/v3/scopes") => Answered::json(200, &json!({"scopes": ["mail.send", "user.webhooks.event.settings.update"]}), None),
        ("GET", "/v3/verified_senders") => {
            let sender =
                json!({"id": 1, "nickname": "Support", "from_email": account.identifier, "from_name": "Support", "verified": true});
            Answered::json(200, &json!({"results": [sender]}), None)
        }
        ("GET", p) if p == format!("{settings}/all") => Answered::json(200, &json!({"max_allowed": 5, "webhooks": []}), None),
        ("PATCH", p) if p.starts_with(&format!("{settings}/signed/")) => {
            Answered::json(200, &json!({"id": p.rsplit('/').next(), "public_key": PUBLIC_KEY}), None)
        }
        ("POST" | "PATCH", p) if p.starts_with(settings) => with_url(&body, |mut hook| {
            hook["id"] = "77d4a5da-7015-11ed-a1eb-0242ac120002".into();
            hook
        }),
        ("GET", p) if p.starts_with("/v3/user/webhooks/parse/settings/") => refuse(404, "Hostname not found", None),
        ("POST" | "PATCH", p) if p.starts_with("/v3/user/webhooks/parse/settings") => match body["hostname"].as_str() {
            Some(_) => with_url(&body, |setting| setting),
            None => refuse(400, "Hostname is required", Some("hostname")),
        },
        ("POST", _) => refuse(405, "method not allowed", None),
        _ => refuse(404, "not found", None),
    }
}

fn with_url(body: &Value, then: impl FnOnce(Value) -> Value) -> Answered {
    match body["url"].as_str().is_some_and(|u| u.starts_with("http")) {
        true => Answered::json(201, &then(body.clone()), None),
        false => refuse(400, "url is required", Some("url")),
    }
}

fn refuse(status: u16, message: &str, field: Option<&str>) -> Answered {
    Answered::json(status, &json!({"errors": [{"message": message, "field": field, "help": null}]}), None)
}

fn send(account: &Account, body: &Value, serial: u64, now: Millis) -> Answered {
    if let Err((status, message, field)) = check(account, body) {
        return refuse(status, &message, Some(&field));
    }
    let person = &body["personalizations"][0];
    let text = |kind: &str| {
        let list = body["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().find(|c| c["type"] == kind).and_then(|c| c["value"].as_str()).unwrap_or_default().to_owned()
    };
    let id = body["headers"]["Message-ID"].as_str().unwrap_or_default().trim_matches(['<', '>']).to_owned();
    let files = body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let seen = Seen {
        external_id: id,
        to: person["to"][0]["email"].as_str().unwrap_or_default().to_owned(),
        text: Some(text("text/plain")).filter(|t| !t.is_empty()).unwrap_or_else(|| text("text/html")),
        files: files.iter().filter_map(|f| f["filename"].as_str().map(str::to_owned)).collect(),
    };
    let headers = vec![("X-Message-Id".to_owned(), format!("sim{serial:04}.{:x}", now.unsigned_abs()))];
    Answered { response: HttpResponse { status: 202, headers, body: Vec::new() }, seen: Some(seen) }
}

type Fault3 = (u16, String, String);

fn check(account: &Account, body: &Value) -> Result<(), Fault3> {
    let bad = |message: &str, field: &str| Err((400, message.to_owned(), field.to_owned()));
    if let Some(name) = body.as_object().and_then(|b| b.keys().find(|k| !TOP.contains(&k.as_str()))) {
        return bad("Additional property is not allowed", name);
    }
    let people = body["personalizations"].as_array().filter(|p| !p.is_empty() && p.len() <= 1000);
    let Some(people) = people else {
        return bad("The personalizations field is required and must have at least one personalization.", "personalizations");
    };
    for person in people {
        check_person(person)?;
    }
    let from = body["from"]["email"].as_str().and_then(addresses::clean);
    let Some(from) = from else {
        return bad(
            "The from object must be provided for every email send. It is an object that requires the email parameter.",
            "from.email",
        );
    };
    if from != account.identifier {
        let words = "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.";
        return Err((403, words.to_owned(), "from".to_owned()));
    }
    if body["subject"].as_str().is_none_or(str::is_empty) {
        return bad("The subject is required.", "subject");
    }
    let content = body["content"].as_array().filter(|c| !c.is_empty());
    let Some(content) = content else {
        return bad("Unless a valid template_id is provided, the content parameter is required.", "content");
    };
    if content.iter().any(|c| c["value"].as_str().is_none_or(str::is_empty)) {
        return bad("The content value must be a string at least one character in length.", "content.0.value");
    }
    if content.iter().skip(1).any(|c| c["type"] == "text/plain") {
        return bad("If present, text/plain and text/html may only be provided once, text/plain first.", "content");
    }
    for (name, value) in body["headers"].as_object().into_iter().flatten() {
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) || !value.as_str().is_some_and(str::is_ascii) {
            return bad("The following header is not allowed", &format!("headers.{name}"));
        }
    }
    for file in body["attachments"].as_array().into_iter().flatten() {
        let right = file["content"].as_str().is_some_and(|c| !c.is_empty() && BASE64.decode(c.as_bytes()).is_ok());
        if !right || file["filename"].as_str().is_none_or(str::is_empty) {
            return bad("The attachment content must be base64 encoded.", "attachments.0.content");
        }
    }
    Ok(())
}

fn check_person(person: &Value) -> Result<(), Fault3> {
    let bad = |message: &str, field: &str| Err((400, message.to_owned(), format!("personalizations.0.{field}")));
    let mut seen: Vec<String> = Vec::new();
    for name in ["to", "cc", "bcc"] {
        let Some(list) = person[name].as_array() else { continue };
        for one in list {
            let Some(address) = one["email"].as_str().and_then(addresses::clean) else {
                return bad("Does not contain a valid address.", &format!("{name}.0.email"));
            };
            if seen.contains(&address) {
                return bad("Each email address in the personalization block should be unique between to, cc, and bcc.", name);
            }
            seen.push(address);
        }
    }
    if person["to"].as_array().is_none_or(Vec::is_empty) {
        return bad("The to array is required for all personalization objects, and must have at least one email object.", "to");
    }
    let custom = &person["custom_args"];
    if custom.to_string().len() > 10_000 || custom.as_object().is_some_and(|c| c.values().any(|v| !v.is_string())) {
        return bad("Custom arguments are texts of at most 10000 bytes.", "custom_args");
    }
    Ok(())
}

pub fn fault(fault: Fault) -> HttpResponse {
    let (status, message) = match fault {
        Fault::RateLimit => (429, "too many requests"),
        Fault::Outage => (503, "service unavailable"),
        Fault::ExpiredToken => (401, "The provided authorization grant is invalid, expired, or revoked"),
    };
    refuse(status, message, None).response
}
