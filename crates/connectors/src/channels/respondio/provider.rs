//! The Developer API as the simulator plays it: token, identifiers and bodies are checked as strictly as the provider does.

use super::facts::{list, text};
use super::form::REPLIES;
use kernel::channel::{Account, Answered, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

/// The channels of the simulated workspace.
pub const WHATSAPP: i64 = 12_345;
pub const MAILBOX: i64 = 12_346;

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let token = account.settings.text("access_token").unwrap_or_default();
    let header = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map(|(_, v)| v.as_str());
    if token.is_empty() || header.and_then(|h| h.strip_prefix("Bearer ")) != Some(token) {
        return unseen(error(401, "Unauthorized"));
    }
    let path = request.url.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method, parts.as_slice()) {
        ("GET", ["space", "channel"]) => {
            unseen(items(vec![channel(WHATSAPP, "Main WhatsApp", "whatsapp_cloud"), channel(MAILBOX, "Mailbox", "other_email")]))
        }
        ("GET", ["space", "channel", id, "mtm"]) if *id == WHATSAPP.to_string() => unseen(items(vec![hello()])),
        ("GET", ["space", "channel", _, "mtm"]) => unseen(items(Vec::new())),
        (_, ["contact", identifier, ..]) if person(identifier).is_none() => {
            unseen(error(400, "Validation error. identifier: Invalid identifier, supported: id:, email:, phone:"))
        }
        ("POST", ["contact", identifier, "message"]) => message(request, identifier, serial, now),
        ("GET", ["contact", identifier, "message", id]) => unseen(sent(identifier, id, now)),
        ("GET", ["contact", identifier]) => unseen(ok(&about(identifier))),
        _ => unseen(error(404, "Not found")),
    }
}

fn ok(body: &Value) -> HttpResponse {
    HttpResponse { status: 200, headers: vec![("content-type".into(), "application/json".into())], body: body.to_string().into_bytes() }
}
pub fn error(status: u16, message: &str) -> HttpResponse {
    HttpResponse { status, ..ok(&json!({"code": status, "message": message})) }
}
fn unseen(response: HttpResponse) -> Answered {
    Answered { response, seen: None }
}
fn items(items: Vec<Value>) -> HttpResponse {
    ok(&json!({"items": items, "pagination": {"next": null, "previous": null}}))
}
fn channel(id: i64, name: &str, source: &str) -> Value {
    json!({"id": id, "name": name, "source": source, "created_at": 1_768_000_000})
}
fn hello() -> Value {
    json!({
        "id": 778_899, "name": "order_update", "languageCode": "en", "category": "UTILITY", "status": "approved", "channelId": WHATSAPP, "botId": 1,
        "components": [
            {"type": "body", "text": "Hello {{1}}, your order {{2}} is on its way."},
            {"type": "footer", "text": "Acme"},
        ],
    })
}

/// The value of `id:…`, `phone:+…` or `email:…`.
fn person(identifier: &str) -> Option<String> {
    let decoded = crate::kit::forms::pairs(format!("v={}", identifier.replace('+', "%2B")).as_bytes()).pop().map(|(_, v)| v)?;
    let (kind, value) = decoded.split_once(':')?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let fine = match kind {
        "id" => digits(value),
        "phone" => value.strip_prefix('+').is_some_and(|d| digits(d) && (5..=20).contains(&d.len())),
        "email" => crate::kit::addresses::clean(value).is_some(),
        _ => false,
    };
    fine.then(|| value.to_owned())
}

fn about(identifier: &str) -> Value {
    let id = person(identifier).unwrap_or_default();
    json!({
        "id": id.parse::<i64>().unwrap_or(204_210_001), "firstName": "Ann", "lastName": "Lee", "phone": "+27825550001", "email": null,
        "language": "en", "profilePic": null, "countryCode": "ZA", "custom_fields": [], "status": "open", "tags": [], "assignee": null,
        "lifecycle": null, "created_at": 1_768_300_000,
    })
}

fn sent(identifier: &str, id: &str, now: Millis) -> HttpResponse {
    let Ok(number) = id.parse::<i64>() else { return error(400, "Validation error. messageId must be a number") };
    let status = json!([{"value": "sent", "timestamp": now / 1_000 - 2}, {"value": "delivered", "timestamp": now / 1_000}]);
    ok(&json!({
        "messageId": number, "channelMessageId": format!("wamid.{number}"), "contactId": about(identifier)["id"], "channelId": WHATSAPP,
        "traffic": "outgoing", "message": {"type": "text", "text": "…"}, "status": status,
    }))
}

fn message(request: &HttpRequest, identifier: &str, serial: u64, now: Millis) -> Answered {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let known = body.as_object().is_some_and(|o| o.keys().all(|k| k == "channelId" || k == "message"));
    let channel = body.get("channelId").unwrap_or(&Value::Null);
    if !known || !(channel.is_null() || channel.is_i64()) {
        return unseen(error(400, "Validation error. channelId must be a number"));
    }
    if channel.as_i64().is_some_and(|c| c != WHATSAPP && c != MAILBOX) {
        return unseen(error(404, "Channel not found"));
    }
    let content = body.get("message").unwrap_or(&Value::Null);
    let (words, files) = match shown(content) {
        Ok(shown) => shown,
        Err(why) => return unseen(error(400, &format!("Validation error. {why}"))),
    };
    let id = now * 1_000 + serial as i64;
    let seen = Seen { external_id: id.to_string(), to: person(identifier).unwrap_or_default(), text: words, files };
    Answered { response: ok(&json!({"messageId": id})), seen: Some(seen) }
}

/// What the customer would see, if the message is one the API takes.
fn shown(content: &Value) -> Result<(String, Vec<String>), String> {
    let kind = text(content, "/type");
    let allowed: &[&str] = match kind {
        "text" => &["type", "text", "messageTag"],
        "attachment" => &["type", "attachment"],
        "quick_reply" => &["type", "title", "replies"],
        "email" => &["type", "text", "message", "subject", "cc", "bcc", "replyToMessageId", "attachments"],
        "whatsapp_template" => &["type", "template"],
        "custom_payload" => &["type", "payload"],
        _ => return Err("message.type is not supported".into()),
    };
    if let Some(other) = content.as_object().and_then(|o| o.keys().find(|k| !allowed.contains(&k.as_str()))) {
        return Err(format!("message.{other} is not allowed"));
    }
    let needed =
        |at: &str| Some(text(content, at)).filter(|t| !t.is_empty()).ok_or_else(|| format!("message{} is required", at.replace('/', ".")));
    let link = |url: &str| if url.starts_with("http") { Ok(url.to_owned()) } else { Err("url must be a link".to_owned()) };
    match kind {
        "text" => Ok((needed("/text")?.to_owned(), Vec::new())),
        "attachment" => match text(content, "/attachment/type") {
            "image" | "video" | "audio" | "file" => Ok((String::new(), vec![link(needed("/attachment/url")?)?])),
            _ => Err("message.attachment.type is not supported".into()),
        },
        "quick_reply" => {
            let replies: Vec<&str> = list(content, "/replies").iter().filter_map(Value::as_str).filter(|r| !r.is_empty()).collect();
            if replies.is_empty() || replies.len() > REPLIES {
                return Err("message.replies takes 1 to 10 texts".into());
            }
            Ok((format!("{}\n[{}]", needed("/title")?, replies.join("] [")), Vec::new()))
        }
        "email" => {
            let words = needed("/text").or_else(|_| needed("/message"))?.to_owned();
            let parts = list(content, "/attachments");
            if parts.iter().any(|p| text(p, "/fileName").is_empty()) {
                return Err("message.attachments.fileName is required".into());
            }
            Ok((words, parts.iter().map(|p| link(text(p, "/url"))).collect::<Result<Vec<_>, _>>()?))
        }
        "whatsapp_template" => {
            needed("/template/languageCode")?;
            let said = super::content::read(content, "").text;
            Ok((format!("[{}] {said}", needed("/template/name")?), Vec::new()))
        }
        _ => Ok((content["payload"].to_string(), Vec::new())),
    }
}
