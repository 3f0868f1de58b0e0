//! A customer with a phone behind the gateway that the settings describe, and that gateway.

use super::proofs;
use super::settings::{self, Body};
use super::templates::{capture, json_template, lines};
use crate::kit::calls::encode;
use crate::kit::forms;
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Doing, RawDelivery, Seen, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::{Millis, rfc3339};
use serde_json::{Map, Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let mut item = json!({});
        match say.doing {
            Doing::Say => {
                let time = rfc3339(now);
                let mut all = vec![
                    ("in_id", "id", json!(say.external_id)),
                    ("in_from", "from", json!(say.from)),
                    ("in_text", "text", json!(say.text)),
                    ("in_time", "timestamp", json!(time)),
                ];
                all.extend(say.from_name.as_ref().map(|name| ("in_name", "name", json!(name))));
                let media: Vec<Value> = say.files.iter().map(|f| json!({"url": f.url, "content_type": f.content_type})).collect();
                all.extend((!media.is_empty()).then(|| ("in_media", "media", media.into())));
                for (setting, usual, value) in all {
                    put(&mut item, account.settings.text(setting).unwrap_or(usual), value);
                }
            }
            // Text messages know none of these; what comes is nothing that could be read.
            Doing::React | Doing::Edit | Doing::Delete | Doing::Read => item["type"] = "unknown".into(),
        }
        if let Some(list) = account.settings.text("in_list") {
            let one = std::mem::replace(&mut item, json!({}));
            put(&mut item, list, json!([one]));
        }
        delivered(account, "/api/webhooks/sms_gateway", &item, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let url = format!("{}{}", account.public_url.trim_end_matches('/'), delivery.path);
        let mut request = HttpRequest::new("POST", url).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, _to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let values = match status {
            MessageStatus::Sent => "sent_values",
            MessageStatus::Delivered => "delivered_values",
            MessageStatus::Failed => "failed_values",
            _ => return None,
        };
        let word = account.settings.words(values).into_iter().next()?;
        let mut item = json!({});
        put(&mut item, account.settings.text("status_id_field").unwrap_or("external_id"), json!(external_id));
        put(&mut item, account.settings.text("status_field").unwrap_or("status"), json!(word));
        if status == MessageStatus::Failed {
            put(&mut item, account.settings.text("status_error_field").unwrap_or("error"), json!("The number is not in use"));
        }
        Some(delivered(account, "/api/webhooks/sms_gateway", &item, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, _now: Millis) -> Answered {
        if !is_signed_in(account, request) {
            return Answered::json(401, &json!({"status": "error", "error": "wrong credentials"}), None);
        }
        let place = |url: &str| path_of(url).split('?').next().unwrap_or_default().to_owned();
        let asked = place(&request.url);
        if request.method == "GET" && settings::check_url(account).is_some_and(|url| place(&below(account, &url)) == asked) {
            return taken(account, "");
        }
        match read(account, request) {
            Some(blanks) => {
                let get = |names: &[&str]| blanks.iter().find(|(n, _)| names.contains(n)).map(|(_, v)| v.clone()).unwrap_or_default();
                let (to, text) = (get(&["to", "to_digits", "to_00"]), get(&["text", "text_hex"]));
                let phone = to.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit()) && to.len() >= 3;
                if !phone || text.is_empty() {
                    return Answered::json(400, &json!({"status": "error", "error": "recipient and text are needed"}), None);
                }
                let id = if account.settings.text("id_field").is_some() { format!("gw-{serial}") } else { get(&["id"]) };
                let seen = Seen { external_id: id.clone(), to, text, files: Vec::new() };
                Answered { seen: Some(seen), ..taken(account, &id) }
            }
            None => {
                Answered::json(400, &json!({"status": "error", "error": "the request does not have the form that the gateway wants"}), None)
            }
        }
    }
}

/// A signed POST with a JSON body.
fn delivered(account: &Account, path: &str, body: &Value, now: Millis) -> RawDelivery {
    let body = body.to_string().into_bytes();
    let secret = account.settings.text("inbound_secret").unwrap_or_default();
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let mut path = path.to_owned();
    if settings::by_signature(account) {
        headers.extend(proofs::sign(secret, &body, now));
    } else {
        path.push_str(&format!("?token={}", encode(secret)));
    }
    RawDelivery { method: "POST".into(), path, headers, body, received_at: now, peer: None }
}

/// Sets a value at a path, making what is missing on the way.
fn put(target: &mut Value, path: &str, value: Value) {
    match path.split_once('.') {
        None => target[path] = value,
        Some((first, rest)) => {
            if !target[first].is_object() {
                target[first] = Value::Object(Map::new());
            }
            put(&mut target[first], rest, value);
        }
    }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or("", |at| &rest[at..])
}
/// An address below the account's base address.
fn below(account: &Account, url: &str) -> String {
    let base = account.settings.text("base_url").unwrap_or_default().trim_end_matches('/');
    url.strip_prefix(base).unwrap_or(url).to_owned()
}

fn is_signed_in(account: &Account, request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let setting = |name: &str| account.settings.text(name).unwrap_or_default();
    let (user, password) = (setting("username"), setting("password"));
    match account.settings.text("auth") {
        Some("basic") => header("authorization") == Some(&format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()))),
        Some("bearer") => header("authorization") == Some(&format!("Bearer {password}")),
        Some("header") => header(setting("auth_header")) == Some(password),
        Some("signature") => header(proofs::SIGNATURE).is_some_and(|given| {
            let at = header(proofs::TIMESTAMP).and_then(|t| t.parse::<i64>().ok()).unwrap_or_default();
            proofs::sign(password, &request.body, at * 1000).iter().any(|(n, v)| n == proofs::SIGNATURE && v == given)
        }),
        _ => true,
    }
}

/// What stands in the blanks of the templates; `None` when the request does not fit them.
fn read(account: &Account, request: &HttpRequest) -> Option<Vec<(&'static str, String)>> {
    let template = below(account, &settings::send_url(account).ok()?);
    let body = settings::body(account);
    let kind = settings::body_type(account);
    let (path, query) = template.split_once('?').unwrap_or((&template, ""));
    let (asked, given) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let mut found = capture(path, asked)?;
    for (_, value) in &mut found {
        *value = forms::pairs(format!("x={value}").as_bytes()).into_iter().next().map(|(_, v)| v).unwrap_or_default();
    }
    let mut wanted: Vec<(String, String)> = query.split('&').filter(|p| !p.is_empty()).map(pair).collect();
    let mut given = forms::pairs(given.as_bytes());
    if kind == Body::Form {
        wanted.extend(lines(&body).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())));
        given.extend(forms::pairs(&request.body));
    }
    for (name, template) in &wanted {
        let (_, value) = given.iter().find(|(n, _)| n == name)?;
        found.extend(capture(template, value)?);
    }
    match kind {
        Body::Json => json_blanks(&json_template(account).ok()?, &serde_json::from_slice(&request.body).ok()?, &mut found)?,
        Body::Xml => {
            let text = String::from_utf8(request.body.clone()).ok()?;
            let plain = |v: String| {
                v.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
            };
            found.extend(capture(&body, &text)?.into_iter().map(|(n, v)| (n, plain(v))));
        }
        Body::Form | Body::None => {}
    }
    Some(found)
}

fn pair(text: &str) -> (String, String) {
    // The braces of blanks are no letters of an address; everything else is decoded as it was written.
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let plain = |t: &str| forms::pairs(format!("x={t}").as_bytes()).into_iter().next().map(|(_, v)| v).unwrap_or_default();
    (plain(name), plain(value))
}

fn json_blanks(template: &Value, given: &Value, found: &mut Vec<(&'static str, String)>) -> Option<()> {
    match (template, given) {
        (Value::String(template), Value::String(given)) => found.extend(capture(template, given)?),
        (Value::Object(template), Value::Object(given)) => {
            for (name, one) in template {
                json_blanks(one, given.get(name)?, found)?;
            }
        }
        (Value::Array(template), Value::Array(given)) if template.len() == given.len() => {
            for (one, other) in template.iter().zip(given) {
                json_blanks(one, other, found)?;
            }
        }
        (template, given) if template == given => {}
        _ => return None,
    }
    Some(())
}

/// An answer that the settings understand as a success.
fn taken(account: &Account, id: &str) -> Answered {
    let word = account.settings.words("success_values").into_iter().next().unwrap_or_else(|| "ok".into());
    let (success, id_field) = (account.settings.text("success_field"), account.settings.text("id_field"));
    let words = success.is_none_or(|f| f.starts_with('#')) && !account.settings.words("success_values").is_empty();
    if words || id_field.is_some_and(|f| f.starts_with('#')) {
        let place = |field: Option<&str>| field.and_then(|f| f.strip_prefix('#')).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
        let (first, second) = (place(success), place(id_field));
        let mut pieces = vec!["-".to_owned(); first.max(second).clamp(1, 20)];
        pieces.iter_mut().skip(first.saturating_sub(1)).take(1).for_each(|p| p.clone_from(&word));
        if id_field.is_some_and(|f| f.starts_with('#')) {
            pieces.iter_mut().skip(second.saturating_sub(1)).take(1).for_each(|p| *p = id.to_owned());
        }
        let mut text = pieces.join(" ");
        text.extend(id_field.filter(|f| !f.starts_with('#')).map(|f| format!(" {f}={id}")));
        return Answered { response: HttpResponse { status: 200, headers: Vec::new(), body: text.into_bytes() }, seen: None };
    }
    let mut body = json!({});
    put_at(&mut body, success.unwrap_or("status"), json!(word));
    put_at(&mut body, id_field.unwrap_or("id"), json!(id));
    Answered::json(200, &body, None)
}

/// [`put`] through lists: `messages.0.id`.
fn put_at(target: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let slot = match first.parse::<usize>() {
        Ok(n) if n < 100 => {
            if !target.is_array() {
                *target = Value::Array(Vec::new());
            }
            let Some(list) = target.as_array_mut() else { return };
            while list.len() <= n {
                list.push(json!({}));
            }
            &mut list[n]
        }
        _ => {
            if !target.is_object() {
                *target = json!({});
            }
            &mut target[first]
        }
    };
    match rest {
        None => *slot = value,
        Some(rest) => put_at(slot, rest, value),
    }
}
