//! Postmark's API as far as we use it, for the simulator: it refuses what Postmark refuses.

use super::external_id;
use super::simulator::guid;
use crate::kit::addresses;
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Fault, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{Millis, rfc3339};
use serde_json::{Value, json};

const TOP: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Tag",
    "HtmlBody",
    "TextBody",
    "ReplyTo",
    "Headers",
    "TrackOpens",
    "TrackLinks",
    "Metadata",
    "MessageStream",
    "Attachments",
];
const FORBIDDEN: &[&str] = &["exe", "bat", "cmd", "com", "js", "vbs", "scr", "msi", "jar", "ps1"];

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    if header("x-postmark-server-token") != account.settings.text("server_token") {
        return refuse(
            401,
            10,
            "No Account or Server API tokens were supplied in the HTTP headers. Please add a header for the correct API token.",
        );
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let path = request.url.split('?').next().unwrap_or_default();
    let server = || json!({"ID": 23, "Name": "Simulated", "DeliveryType": "Live", "RawEmailEnabled": true, "InboundHookUrl": "", "InboundDomain": ""});
    match (request.method, path) {
        ("POST", "/email") if header("content-type") != Some("application/json") => refuse(422, 409, "The JSON content type is needed."),
        ("POST", "/email") => send(account, &body, serial, now),
        ("GET", "/server") => Answered::json(200, &server(), None),
        ("PUT", "/server") => match body["InboundHookUrl"].as_str().is_some_and(|u| u.starts_with("http")) {
            true => Answered::json(200, &server(), None),
            false => refuse(422, 606, "Invalid webhook URL."),
        },
        ("GET", "/webhooks") => Answered::json(200, &json!({"Webhooks": []}), None),
        ("POST", "/webhooks") => match (body["Url"].as_str(), body["Triggers"].is_object()) {
            (Some(_), true) => {
                let mut hook = body.clone();
                hook["ID"] = 1_234_567.into();
                Answered::json(200, &hook, None)
            }
            _ => refuse(422, 606, "Invalid webhook URL."),
        },
        _ => refuse(404, 701, "This resource does not exist."),
    }
}

fn refuse(status: u16, code: i64, message: &str) -> Answered {
    Answered::json(status, &json!({"ErrorCode": code, "Message": message}), None)
}

fn send(account: &Account, body: &Value, serial: u64, now: Millis) -> Answered {
    if let Err((code, message)) = check(account, body) {
        return refuse(422, code, &message);
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let id = guid(&format!("{}{serial}", body["Headers"]));
    let seen = Seen {
        external_id: external_id(&id),
        to: addresses::find_all(&text("To")).into_iter().next().unwrap_or_default(),
        text: Some(text("TextBody")).filter(|t| !t.is_empty()).unwrap_or_else(|| text("HtmlBody")),
        files: body["Attachments"].as_array().into_iter().flatten().filter_map(|f| f["Name"].as_str().map(str::to_owned)).collect(),
    };
    let answer = json!({"To": text("To"), "SubmittedAt": rfc3339(now), "MessageID": id, "ErrorCode": 0, "Message": "OK"});
    Answered::json(200, &answer, Some(seen))
}

fn check(account: &Account, body: &Value) -> Result<(), (i64, String)> {
    let bad = |code: i64, message: &str| Err((code, message.to_owned()));
    let Some(all) = body.as_object() else { return bad(402, "Received invalid JSON input.") };
    if let Some(name) = all.keys().find(|k| !TOP.contains(&k.as_str())) {
        return bad(403, &format!("Incompatible JSON: {name}"));
    }
    let list = |name: &str| addresses::find_all(body[name].as_str().unwrap_or_default());
    match list("From").as_slice() {
        [] => return bad(300, "Invalid 'From' address."),
        [from] if *from != account.identifier => {
            return bad(400, "The 'From' address you supplied is not a Sender Signature on your account.");
        }
        _ => {}
    }
    let (to, cc, bcc) = (list("To"), list("Cc"), list("Bcc"));
    if to.is_empty() {
        return bad(300, "Zero recipients specified");
    }
    if to.len() + cc.len() + bcc.len() > 50 {
        return bad(300, "Too many recipients: at most 50 in To, Cc and Bcc together.");
    }
    let filled = |name: &str| body[name].as_str().is_some_and(|t| !t.is_empty());
    if !filled("TextBody") && !filled("HtmlBody") {
        return bad(300, "Provide either email TextBody or HtmlBody or both.");
    }
    if body["MessageStream"].as_str().is_some_and(|s| s != super::events::stream(account)) {
        return bad(1235, "The 'MessageStream' provided does not exist on this server.");
    }
    let metadata = body["Metadata"].as_object().into_iter().flatten();
    for (name, value) in metadata {
        if name.len() > 20 || value.as_str().is_none_or(|v| v.len() > 80) {
            return bad(300, "Metadata: names have up to 20 characters, values up to 80.");
        }
    }
    for header in body["Headers"].as_array().into_iter().flatten() {
        if !header["Name"].is_string() || header["Value"].as_str().is_none_or(|v| v.contains(['\r', '\n'])) {
            return bad(300, "Invalid header.");
        }
    }
    for file in body["Attachments"].as_array().into_iter().flatten() {
        let name = file["Name"].as_str().unwrap_or_default().to_ascii_lowercase();
        let right = file["Content"].as_str().is_some_and(|c| BASE64.decode(c.as_bytes()).is_ok()) && file["ContentType"].is_string();
        if name.is_empty() || !right {
            return bad(300, "Invalid attachment.");
        }
        if name.rsplit_once('.').is_some_and(|(_, end)| FORBIDDEN.contains(&end)) {
            return bad(411, "Forbidden file extension.");
        }
    }
    Ok(())
}

pub fn fault(fault: Fault) -> HttpResponse {
    let (status, code, message) = match fault {
        Fault::RateLimit => (429, 429, "Rate limit exceeded."),
        Fault::Outage => (503, 100, "Maintenance."),
        Fault::ExpiredToken => (401, 10, "Bad or missing server or account API token."),
    };
    refuse(status, code, message).response
}
