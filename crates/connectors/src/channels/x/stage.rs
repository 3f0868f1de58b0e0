//! X's API as the simulator plays it: strict about the token and the fields, without memory.

use super::form::TEXT;
use super::inbound::{at, is_id};
use super::simulator::number;
use crate::kit::forms;
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Answered, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

fn ok(status: u16, body: Value, seen: Option<Seen>) -> Answered {
    Answered::json(status, &body, seen)
}
pub fn problem(status: u16, title: &str, detail: &str) -> Answered {
    Answered::json(status, &json!({"title": title, "detail": detail, "type": "about:blank", "status": status}), None)
}
fn invalid(detail: &str) -> Answered {
    let body = json!({"title": "Invalid Request", "detail": detail, "type": "https://api.twitter.com/2/problems/invalid-request"});
    Answered::json(400, &body, None)
}

/// With the account's token, or with a signature by all four keys.
fn authorised(account: &Account, request: &HttpRequest) -> bool {
    let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map(|(_, v)| v.as_str()).unwrap_or_default();
    let setting = |name: &str| account.settings.text(name).unwrap_or_default();
    match given.strip_prefix("OAuth ") {
        Some(signed) => {
            let named = |part: &str, value: &str| signed.contains(&format!("{part}=\"{}\"", crate::kit::calls::encode(value)));
            named("oauth_consumer_key", setting("consumer_key"))
                && named("oauth_token", setting("access_token"))
                && signed.contains("oauth_signature=\"")
        }
        None => {
            let bearer = given.strip_prefix("Bearer ").unwrap_or_default();
            !bearer.is_empty() && (bearer == setting("access_token") || bearer == setting("bearer_token"))
        }
    }
}

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    if !authorised(account, request) {
        return problem(401, "Unauthorized", "Unauthorized");
    }
    let path = request.url.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let me = account.settings.text("user_id").unwrap_or("1");
    match (request.method, parts.as_slice()) {
        ("GET", ["2", "users", "me"]) => ok(200, json!({"data": {"id": me, "name": account.name, "username": "simulated"}}), None),
        ("GET", ["2", "users", id]) if is_id(id) => {
            ok(200, json!({"data": {"id": id, "name": format!("Person {id}"), "username": format!("user{id}")}}), None)
        }
        ("GET", ["2", "webhooks"]) => {
            let url = format!("{}/api/webhooks/x", account.public_url);
            ok(200, json!({"data": [{"id": "1", "url": url, "valid": true}]}), None)
        }
        ("POST", ["2", "webhooks"]) if !at(&body, "/url").starts_with("https://") => invalid("The url must be https."),
        ("POST", ["2", "webhooks"]) => ok(200, json!({"data": {"id": "1", "url": at(&body, "/url"), "valid": true}}), None),
        ("PUT", ["2", "webhooks", _]) => ok(200, json!({"data": {"attempted": true}}), None),
        ("POST", ["2", "activity", "subscriptions"]) => ok(200, json!({"data": {"subscription": {"subscription_id": "1"}}}), None),
        ("POST", ["2", "account_activity", "webhooks", _, "subscriptions", "all"]) => ok(200, json!({"data": {"subscribed": true}}), None),
        ("GET", ["2", "dm_events"] | ["2", "dm_conversations", .., "dm_events"]) => ok(200, json!({"meta": {"result_count": 0}}), None),
        ("POST", ["2", "dm_conversations", "with", person, "messages"]) if is_id(person) => message(me, person, &body, serial, now),
        ("POST", ["2", "dm_conversations", group, "messages"]) if is_id(group) => message(me, group, &body, serial, now),
        ("POST", ["2", "media", "upload", "initialize"]) => {
            let fine = body.get("total_bytes").and_then(Value::as_u64).is_some_and(|b| b > 0)
                && matches!(at(&body, "/media_category"), "dm_image" | "dm_gif" | "dm_video");
            match fine {
                true => ok(200, json!({"data": {"id": number(&format!("media {serial}"), now), "expires_after_secs": 86_399}}), None),
                false => invalid("One or more parameters to your request was invalid."),
            }
        }
        ("POST", ["2", "media", "upload", id, "append"]) if is_id(id) => {
            let kind = request.headers.iter().find(|(n, _)| n == "content-type").map(|(_, v)| v.as_str()).unwrap_or_default();
            let parts = forms::multipart(kind, &request.body).unwrap_or_default();
            match parts.iter().any(|p| p.name == "media") && parts.iter().any(|p| p.name == "segment_index") {
                true => ok(200, json!({"data": {"expires_at": now / 1_000 + 86_399}}), None),
                false => invalid("The part holds no media."),
            }
        }
        ("POST", ["2", "media", "upload", id, "finalize"]) if is_id(id) => ok(200, json!({"data": {"id": id, "size": 1}}), None),
        ("GET", ["2", "dm_conversations", "media", _, _, resource]) => download(resource),
        _ => problem(404, "Not Found", "Not Found"),
    }
}

fn message(me: &str, person: &str, body: &Value, serial: u64, now: Millis) -> Answered {
    let text = at(body, "/text");
    let media: Vec<&str> = body.get("attachments").and_then(Value::as_array).into_iter().flatten().map(|a| at(a, "/media_id")).collect();
    if text.trim().is_empty() && media.is_empty() {
        return invalid("Either text or attachments has to be there.");
    }
    if text.chars().count() > TEXT || media.len() > 1 || media.iter().any(|m| !is_id(m)) {
        return invalid("One or more parameters to your request was invalid.");
    }
    let id = number(&format!("sent {serial}"), now);
    let seen = Seen {
        external_id: id.clone(),
        to: person.to_owned(),
        text: text.to_owned(),
        files: media.iter().map(|m| format!("media {m}")).collect(),
    };
    ok(201, json!({"data": {"dm_conversation_id": format!("{me}-{person}"), "dm_event_id": id}}), Some(seen))
}

fn download(resource: &str) -> Answered {
    let carried = resource.split('.').next().unwrap_or_default();
    match BASE64URL_NOPAD.decode(carried.as_bytes()) {
        Ok(bytes) => {
            let headers = vec![("content-type".to_owned(), "application/octet-stream".to_owned())];
            Answered { response: HttpResponse { status: 200, headers, body: bytes }, seen: None }
        }
        Err(_) => problem(404, "Not Found", "Not Found"),
    }
}
