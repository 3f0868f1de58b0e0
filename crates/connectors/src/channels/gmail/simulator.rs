//! A customer who writes mail, and the Gmail API as far as we use it. Mail comes as the poller would have fetched it: the simulated
//! mailbox itself is always empty.

use super::google;
use crate::kit::mail::simulated;
use crate::kit::proofs::same;
use kernel::channel::{Account, Answered, Fault, RawDelivery, Seen, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{DAY, Millis};
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let id = crate::kit::signatures::sha256_hex(say.external_id.as_bytes());
        // A thread for each person.
        let thread = crate::kit::signatures::sha256_hex(say.from.as_bytes());
        RawDelivery {
            method: "POLL".into(),
            path: format!("/gmail?id={}&thread={}&labels=UNREAD%2CINBOX", &id[..16], &thread[..16]),
            headers: Vec::new(),
            body: simulated::write(account, say, now),
            received_at: now,
            peer: None,
        }
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        if path == "/oauth2/v3/certs" {
            return Answered::json(200, &json!({"keys": []}), None);
        }
        let token = account.settings.text("access_token").unwrap_or_default();
        let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map(|(_, v)| v.as_str());
        if token.is_empty() || !given.and_then(|v| v.strip_prefix("Bearer ")).is_some_and(|t| same(t, token)) {
            return Answered { response: self.fault(Fault::ExpiredToken), seen: None };
        }
        if path.starts_with("/upload/gmail/v1/users/me/messages/send") {
            return upload(request, serial);
        }
        let Some(path) = path.strip_prefix("/gmail/v1/users/me/") else { return refuse(404, "notFound", "NOT_FOUND", "Not Found") };
        match (request.method, path) {
            ("POST", "messages/send") => send(request, serial),
            ("POST", "watch") => watch(request, now),
            ("GET", "profile") => Answered::json(
                200,
                &json!({"emailAddress": account.identifier, "messagesTotal": 12, "threadsTotal": 7, "historyId": "9876"}),
                None,
            ),
            ("GET", "history") if query.contains("startHistoryId=") => Answered::json(200, &json!({"historyId": "9876"}), None),
            ("GET", "history") => refuse(400, "invalidArgument", "INVALID_ARGUMENT", "Required parameter: startHistoryId"),
            ("GET", "messages") => Answered::json(200, &json!({"resultSizeEstimate": 0}), None),
            ("GET", "settings/sendAs") => Answered::json(
                200,
                &json!({"sendAs": [{"sendAsEmail": account.identifier, "displayName": "", "isPrimary": true, "isDefault": true}]}),
                None,
            ),
            ("GET", path) if path.starts_with("messages/") => {
                Answered::json(200, &json!({"id": &path["messages/".len()..], "threadId": "18c0", "labelIds": ["SENT"]}), None)
            }
            _ => refuse(404, "notFound", "NOT_FOUND", "Not Found"),
        }
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        match fault {
            Fault::RateLimit => error(429, "rateLimitExceeded", "RESOURCE_EXHAUSTED", "Too many concurrent requests for user."),
            Fault::Outage => error(503, "backendError", "UNAVAILABLE", "The service is currently unavailable."),
            Fault::ExpiredToken => error(
                401,
                "authError",
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
            ),
        }
    }
}

fn error(status: u16, reason: &str, state: &str, words: &str) -> HttpResponse {
    let body = json!({"error": {"code": status, "message": words, "status": state,
                                "errors": [{"message": words, "domain": "global", "reason": reason}]}});
    let headers = vec![("content-type".to_owned(), "application/json; charset=UTF-8".to_owned())];
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}
fn refuse(status: u16, reason: &str, state: &str, words: &str) -> Answered {
    Answered { response: error(status, reason, state, words), seen: None }
}
fn invalid(words: &str) -> Answered {
    refuse(400, "invalidArgument", "INVALID_ARGUMENT", words)
}

fn send(request: &HttpRequest, serial: u64) -> Answered {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return invalid("Invalid JSON payload received.") };
    let known = |map: &serde_json::Map<String, Value>| map.keys().all(|k| k == "raw" || k == "threadId");
    if !body.as_object().is_some_and(known) {
        return invalid("Invalid JSON payload received. Unknown name.");
    }
    match body["raw"].as_str().and_then(google::decode) {
        Some(mail) => take(&mail, body["threadId"].as_str(), serial),
        None => invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required"),
    }
}

fn upload(request: &HttpRequest, serial: u64) -> Answered {
    let header = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.as_str()).unwrap_or_default();
    let mark = b"Content-Type: message/rfc822\r\n\r\n";
    let at = request.body.windows(mark.len()).position(|w| w == mark);
    match at.filter(|_| header.starts_with("multipart/related;") && request.url.ends_with("uploadType=multipart")) {
        Some(at) => take(&request.body[at + mark.len()..], None, serial),
        None => invalid("Media type is not supported."),
    }
}

fn take(mail: &[u8], thread: Option<&str>, serial: u64) -> Answered {
    let Some(shown) = simulated::read(mail) else { return invalid("Invalid message.") };
    let Some(to) = shown.to.first().cloned() else { return invalid("Recipient address required") };
    if mail.len() > 36_700_160 {
        return refuse(413, "uploadTooLarge", "INVALID_ARGUMENT", "Request is too large.");
    }
    let id = format!("18c{serial:013x}");
    let body = json!({"id": id, "threadId": thread.unwrap_or(&id), "labelIds": ["SENT"]});
    Answered::json(200, &body, Some(Seen { external_id: shown.message_id, to, text: shown.text, files: shown.files }))
}

fn watch(request: &HttpRequest, now: Millis) -> Answered {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let topic = body["topicName"].as_str().unwrap_or_default();
    if !(topic.starts_with("projects/") && topic.contains("/topics/")) {
        return invalid("Invalid topicName does not match projects/*/topics/*");
    }
    Answered::json(200, &json!({"historyId": "9876", "expiration": (now + 7 * DAY).to_string()}), None)
}
