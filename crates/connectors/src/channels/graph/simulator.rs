//! A customer who writes mail, and Microsoft Graph as far as we use it. Mail comes as the poller would have fetched it: the simulated
//! inbox itself is always empty. Drafts are kept for a while, since sending takes several requests.

use super::form::BASE_URL;
use crate::kit::mail::simulated;
use crate::kit::proofs::same;
use crate::kit::{addresses, calls, html};
use kernel::channel::{Account, Answered, Fault, RawDelivery, Seen, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const MOST_DRAFTS: usize = 200;
static DRAFTS: Mutex<VecDeque<Draft>> = Mutex::new(VecDeque::new());
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Draft {
    id: String,
    fields: Map<String, Value>,
    files: Vec<String>,
    sent: bool,
}

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let id = crate::kit::signatures::sha256_hex(say.external_id.as_bytes());
        let conversation = crate::kit::signatures::sha256_hex(say.from.as_bytes());
        RawDelivery {
            method: "POLL".into(),
            path: format!("/graph?folder=inbox&id=AAkAL{}&conversation=AAQkAD{}", &id[..20], &conversation[..20]),
            headers: Vec::new(),
            body: simulated::write(account, say, now),
            received_at: now,
            peer: None,
        }
    }

    fn provider(&self, account: &Account, request: &HttpRequest, _serial: u64, _now: Millis) -> Answered {
        let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        // The address of an upload is its own key.
        if request.method == "PUT" && path.starts_with("/upload/") {
            return uploaded(request, path);
        }
        let token = account.settings.text("access_token").unwrap_or_default();
        let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map(|(_, v)| v.as_str());
        if token.is_empty() || !given.and_then(|v| v.strip_prefix("Bearer ")).is_some_and(|t| same(t, token)) {
            return Answered { response: self.fault(Fault::ExpiredToken), seen: None };
        }
        let base = calls::base_url(account, BASE_URL);
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let shared = format!("/users/{}/", calls::encode(&account.identifier));
        match (request.method, path) {
            ("GET", "/me") => {
                let me = json!({"displayName": "Simulated mailbox", "mail": account.identifier, "userPrincipalName": account.identifier});
                return Answered::json(200, &me, None);
            }
            ("GET", "/subscriptions") => return Answered::json(200, &json!({"value": []}), None),
            ("POST", "/subscriptions") => return subscribed(&body),
            ("PATCH", path) if path.starts_with("/subscriptions/") => return Answered::json(200, &body, None),
            _ => {}
        }
        let Some(path) = path.strip_prefix("/me/").or_else(|| path.strip_prefix(&shared)) else { return no_such_item() };
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method, parts.as_slice()) {
            ("GET", ["mailFolders", "inbox"]) => {
                Answered::json(200, &json!({"id": "AAMkInbox", "displayName": "Inbox", "totalItemCount": 3, "unreadItemCount": 1}), None)
            }
            ("GET", ["mailFolders", _, "messages", "delta"]) => {
                let link = format!("{base}{}", request.url);
                Answered::json(200, &json!({"value": [], "@odata.deltaLink": link}), None)
            }
            ("GET", ["messages"]) if query.contains("$filter") => Answered::json(200, &json!({"value": []}), None),
            ("POST", ["sendMail"]) => send_mime(request),
            ("POST", ["messages"]) => create(&body),
            ("POST", ["messages", _, "createReply"]) => create(&body["message"]),
            ("GET", ["messages", id]) => with(id, |d| Answered::json(200, &picture(d), None)),
            ("PATCH", ["messages", id]) => match check(&body) {
                Ok(fields) => with(id, |d| {
                    d.fields.extend(fields);
                    Answered::json(200, &picture(d), None)
                }),
                Err(refused) => *refused,
            },
            ("DELETE", ["messages", id]) => {
                drafts().retain(|d| d.id != *id);
                empty(204)
            }
            ("POST", ["messages", id, "attachments"]) => attach(id, &body),
            ("POST", ["messages", id, "attachments", "createUploadSession"]) => session(base, id, &body),
            ("POST", ["messages", id, "send"]) => with(id, send),
            _ => no_such_item(),
        }
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        match fault {
            Fault::RateLimit => {
                let mut response = error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.");
                response.headers.push(("retry-after".to_owned(), "2".to_owned()));
                response
            }
            Fault::Outage => error(503, "serviceNotAvailable", "The service is temporarily unavailable."),
            Fault::ExpiredToken => error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
        }
    }
}

fn error(status: u16, code: &str, words: &str) -> HttpResponse {
    let body = json!({"error": {"code": code, "message": words, "innerError": {"request-id": "00000000-0000-4000-8000-000000000000"}}});
    HttpResponse { status, headers: vec![("content-type".to_owned(), "application/json".to_owned())], body: body.to_string().into_bytes() }
}
fn refuse(status: u16, code: &str, words: &str) -> Answered {
    Answered { response: error(status, code, words), seen: None }
}
fn no_such_item() -> Answered {
    refuse(404, "ErrorItemNotFound", "The specified object was not found in the store.")
}
fn empty(status: u16) -> Answered {
    Answered { response: HttpResponse { status, headers: Vec::new(), body: Vec::new() }, seen: None }
}

fn drafts() -> MutexGuard<'static, VecDeque<Draft>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}
fn with(id: &str, act: impl FnOnce(&mut Draft) -> Answered) -> Answered {
    drafts().iter_mut().find(|d| d.id == id).map_or_else(no_such_item, act)
}
fn picture(draft: &Draft) -> Value {
    let mut out = draft.fields.clone();
    out.insert("id".into(), draft.id.clone().into());
    out.insert("isDraft".into(), (!draft.sent).into());
    out.into()
}

/// Fields of a message as Graph takes them.
fn check(body: &Value) -> Result<Map<String, Value>, Box<Answered>> {
    let refused = |code: &str, words: &str| Err(Box::new(refuse(400, code, words)));
    let bad = |words: &str| refused("RequestBodyRead", words);
    let map = match body {
        Value::Object(map) => map.clone(),
        Value::Null => Map::new(),
        _ => return bad("The request body is not an object."),
    };
    const KNOWN: &[&str] = &[
        "subject",
        "body",
        "from",
        "toRecipients",
        "ccRecipients",
        "bccRecipients",
        "replyTo",
        "internetMessageHeaders",
        "internetMessageId",
        "singleValueExtendedProperties",
    ];
    if let Some(name) = map.keys().find(|k| !KNOWN.contains(&k.as_str())) {
        return bad(&format!("The property '{name}' does not exist on type 'microsoft.graph.message'."));
    }
    let headers = map.get("internetMessageHeaders").and_then(Value::as_array).cloned().unwrap_or_default();
    let foreign = |h: &Value| !h["name"].as_str().is_some_and(|n| n.to_ascii_lowercase().starts_with("x-"));
    if headers.len() > 5 || headers.iter().any(foreign) {
        return refused("InvalidInternetMessageHeader", "The internet message header name should start with 'x-' or 'X-'.");
    }
    let kind = map.get("body").map(|b| b["contentType"].as_str().unwrap_or_default().to_ascii_lowercase());
    if kind.is_some_and(|k| k != "text" && k != "html") {
        return bad("Requested value was not found for contentType.");
    }
    for list in ["toRecipients", "ccRecipients", "bccRecipients", "replyTo"] {
        let all = map.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        if all.iter().any(|r| r["emailAddress"]["address"].as_str().and_then(addresses::clean).is_none()) {
            return refused("ErrorInvalidRecipients", "At least one recipient is not valid.");
        }
    }
    Ok(map)
}

fn create(body: &Value) -> Answered {
    let fields = match check(body) {
        Ok(fields) => fields,
        Err(refused) => return *refused,
    };
    let draft = Draft { id: format!("AAkALSim{:012}", NEXT.fetch_add(1, Ordering::Relaxed)), fields, files: Vec::new(), sent: false };
    let answer = picture(&draft);
    let mut drafts = drafts();
    drafts.push_back(draft);
    if drafts.len() > MOST_DRAFTS {
        drafts.pop_front();
    }
    Answered::json(201, &answer, None)
}

fn attach(id: &str, body: &Value) -> Answered {
    let Some(name) = body["name"].as_str().filter(|_| body["@odata.type"] == "#microsoft.graph.fileAttachment") else {
        return refuse(400, "RequestBodyRead", "An attachment needs its type and a name.");
    };
    if body["contentBytes"].as_str().is_none_or(|b| b.len() > 4 << 20) {
        return refuse(413, "RequestEntityTooLarge", "The attachment is missing or larger than 3 MB.");
    }
    with(id, |d| {
        d.files.push(name.to_owned());
        Answered::json(201, &json!({"id": format!("{id}-{}", d.files.len()), "name": name}), None)
    })
}

fn session(base: &str, id: &str, body: &Value) -> Answered {
    let item = &body["AttachmentItem"];
    let (Some(name), Some(_), "file") = (item["name"].as_str(), item["size"].as_u64(), item["attachmentType"].as_str().unwrap_or_default())
    else {
        return refuse(400, "RequestBodyRead", "AttachmentItem needs attachmentType, name and size.");
    };
    with(id, |_| {
        let url = format!("{base}/upload/{id}/{}", calls::encode(name));
        Answered::json(201, &json!({"uploadUrl": url, "nextExpectedRanges": ["0-"]}), None)
    })
}

fn uploaded(request: &HttpRequest, path: &str) -> Answered {
    let range = request.headers.iter().find(|(n, _)| n == "content-range").map(|(_, v)| v.as_str()).unwrap_or_default();
    let Some((_, end, total)) = read_range(range).filter(|(from, end, _)| end + 1 - from == request.body.len()) else {
        return refuse(400, "InvalidRange", "The Content-Range header does not fit the body.");
    };
    if end + 1 < total {
        return Answered::json(200, &json!({"nextExpectedRanges": [(end + 1).to_string()]}), None);
    }
    let mut parts = path.trim_start_matches("/upload/").splitn(2, '/');
    let (id, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_owned());
    with(id, |d| {
        d.files.push(name);
        empty(201)
    })
}

/// `bytes 0-9/100`
fn read_range(text: &str) -> Option<(usize, usize, usize)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, end) = range.split_once('-')?;
    Some((from.parse().ok()?, end.parse().ok()?, total.parse().ok()?)).filter(|(from, end, total)| from <= end && end < total)
}

fn send(draft: &mut Draft) -> Answered {
    let field = |name: &str| draft.fields.get(name).unwrap_or(&Value::Null);
    let Some(to) = field("toRecipients")[0]["emailAddress"]["address"].as_str().map(str::to_owned) else {
        return refuse(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.");
    };
    let content = field("body")["content"].as_str().unwrap_or_default();
    let is_html = field("body")["contentType"].as_str().is_some_and(|k| k.eq_ignore_ascii_case("html"));
    let text = if is_html { html::to_text(content) } else { content.to_owned() };
    let id = field("internetMessageId").as_str().unwrap_or_default().trim_matches(['<', '>']).to_owned();
    let seen = Seen { external_id: id, to, text, files: draft.files.clone() };
    draft.sent = true;
    Answered { seen: Some(seen), ..empty(202) }
}

/// A whole mail, base64 as plain text.
fn send_mime(request: &HttpRequest) -> Answered {
    let plain = request.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("content-type") && v == "text/plain");
    let mail = data_encoding::BASE64.decode(&request.body).ok().filter(|_| plain && request.body.len() <= 4_000_000);
    let Some(shown) = mail.and_then(|m| simulated::read(&m)) else {
        return refuse(400, "ErrorMimeContentInvalidBase64String", "The MIME content is not base64.");
    };
    match shown.to.first().cloned() {
        Some(to) => Answered { seen: Some(Seen { external_id: shown.message_id, to, text: shown.text, files: shown.files }), ..empty(202) },
        None => refuse(400, "ErrorInvalidRecipients", "At least one recipient isn't valid."),
    }
}

fn subscribed(body: &Value) -> Answered {
    let given = |name: &str| body[name].as_str().is_some_and(|v| !v.is_empty());
    let complete = ["changeType", "notificationUrl", "resource", "expirationDateTime"].iter().all(|n| given(n));
    if !complete || body["clientState"].as_str().is_some_and(|s| s.len() > 128) {
        return refuse(400, "InvalidRequest", "A subscription needs changeType, notificationUrl, resource and expirationDateTime.");
    }
    let mut answer = body.clone();
    answer["id"] = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07".into();
    Answered::json(201, &answer, None)
}
