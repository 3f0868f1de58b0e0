//! Sending over `POST /v3/mail/send`, and asking what the key may do.

use super::form::BASE_URL;
use crate::kit::calls::{self, base_url, bearer, needed_secret};
use crate::kit::mail::draft::{Draft, draft};
use crate::kit::mail::shared::marks;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use data_encoding::BASE64;
use kernel::channel::{Account, Edge, Health, Outbound, Receipt, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::{Address, MessageStatus};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

const MOST_BYTES: usize = 30_000_000;
const LONG_MS: u64 = 120_000;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let draft = draft(account, message)?;
    if draft.size() > MOST_BYTES {
        return Err(SendError::Permanent { detail: "The mail is larger than the 30 MB that SendGrid takes. Send fewer files.".into() });
    }
    let mut request = calls::json("POST", format!("{}/v3/mail/send", base(account)), &body(account, message, &draft));
    request.timeout_ms = LONG_MS;
    let response = calls::exchange(edge, signed(account, request)?).await?;
    if !(200..300).contains(&response.status) {
        return Err(judge(&response, edge.clock.now()));
    }
    let id = response.header("x-message-id").map(|id| shorten(id, 100)).filter(|id| !id.is_empty());
    Ok(Receipt {
        // The mail keeps the Message-ID we chose, and the events bring it back; SendGrid's own id serves to look it up there.
        external_id: None,
        detail: Some(id.map_or_else(|| "SendGrid took it.".into(), |id| format!("SendGrid took it as {id}."))),
        status: Some(MessageStatus::Sent),
    })
}

pub fn base(account: &Account) -> &str {
    base_url(account, BASE_URL)
}

pub fn signed(account: &Account, request: HttpRequest) -> Result<HttpRequest, SendError> {
    Ok(bearer(request, &needed_secret(account, "api_key", "The API key")?))
}

fn body(account: &Account, message: &Outbound, draft: &Draft<'_>) -> Value {
    let mut person = json!({
        "to": draft.to.iter().map(address).collect::<Vec<_>>(),
        "custom_args": marks(account, message).map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect::<Map<_, _>>(),
    });
    for (name, list) in [("cc", &draft.cc), ("bcc", &draft.bcc)] {
        if !list.is_empty() {
            person[name] = list.iter().map(address).collect();
        }
    }
    let words = draft.words();
    let mut content = Vec::new();
    if !words.is_empty() {
        content.push(json!({"type": "text/plain", "value": words}));
    }
    content.extend(draft.html.as_ref().map(|html| json!({"type": "text/html", "value": html})));
    let mut body = json!({
        "personalizations": [person],
        "from": address(&draft.from),
        "subject": if draft.subject.is_empty() { "(no subject)" } else { &draft.subject },
        "content": content,
        "headers": draft.headers.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect::<Map<_, _>>(),
        "tracking_settings": {
            "click_tracking": {"enable": false, "enable_text": false},
            "open_tracking": {"enable": account.settings.flag("track_opens")},
            "subscription_tracking": {"enable": false},
        },
    });
    if let Some(reply_to) = &draft.reply_to {
        body["reply_to"] = address(reply_to);
    }
    if !draft.files.is_empty() {
        body["attachments"] = draft
            .files
            .iter()
            .map(|file| {
                let mut out = json!({"content": BASE64.encode(file.bytes), "type": file.content_type, "filename": file.name, "disposition": "attachment"});
                if let Some(id) = &file.content_id {
                    out["disposition"] = "inline".into();
                    out["content_id"] = id.as_str().into();
                }
                out
            })
            .collect();
    }
    body
}

fn address(address: &Address) -> Value {
    match address.name.as_deref().filter(|n| !n.is_empty()) {
        Some(name) => json!({"email": address.address, "name": name}),
        None => json!({"email": address.address}),
    }
}

/// `message (field)` of every fault in an error body.
pub fn said(body: &Value) -> Option<String> {
    let list = body["errors"].as_array()?;
    let words = |fault: &Value| {
        let message = fault["message"].as_str()?;
        Some(match fault["field"].as_str().filter(|f| !f.is_empty()) {
            Some(field) => format!("{message} ({field})"),
            None => message.to_owned(),
        })
    };
    let all: Vec<String> = list.iter().filter_map(words).take(5).collect();
    (!all.is_empty()).then(|| shorten(&all.join("; "), 300))
}

fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let said = said(&calls::body_of(response));
    let with = |words: &str| match &said {
        Some(said) => format!("{words} [{}: {said}]", response.status),
        None => format!("{words} [{}]", response.status),
    };
    match response.status {
        401 => SendError::Account { detail: with("SendGrid does not accept the API key, or its credits are used up.") },
        403 => SendError::Account {
            detail: with("SendGrid does not let this key send from this address. Verify the address or its domain, and check the key."),
        },
        413 => SendError::Permanent { detail: with("The mail is too large for SendGrid. Send fewer files.") },
        429 => {
            SendError::Retry { after_ms: retry_after(response, now).or_else(|| reset(response, now)), detail: with("Too many at once.") }
        }
        _ => judge_http(response, said.as_deref(), now),
    }
}

/// `X-RateLimit-Reset`: when the count begins anew, in seconds of Unix time.
fn reset(response: &HttpResponse, now: Millis) -> Option<Millis> {
    let at = response.header("x-ratelimit-reset")?.trim().parse::<Millis>().ok()?.checked_mul(1000)?;
    Some((at - now).clamp(1_000, 60 * 60_000))
}

/// What may the key do?
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let request = match signed(account, calls::get(format!("{}/v3/scopes", base(account)))) {
        Ok(request) => request,
        Err(_) => return Health::Broken { detail: "The channel has no API key. Make one in SendGrid under Settings, API Keys.".into() },
    };
    let response = match edge.http.send(request).await {
        Ok(response) => response,
        Err(error) => return Health::Broken { detail: format!("SendGrid cannot be reached: {}", shorten(&error.to_string(), 200)) },
    };
    let answer = calls::body_of(&response);
    match response.status {
        200 => {}
        401 | 403 => {
            return Health::Broken {
                detail: "SendGrid does not accept the API key. Make a new one under Settings, API Keys, and check the region.".into(),
            };
        }
        status => return Health::Broken { detail: format!("SendGrid answered HTTP {status}. Try again in a moment.") },
    }
    if !answer["scopes"].as_array().is_some_and(|list| list.iter().any(|s| s == "mail.send")) {
        return Health::Broken { detail: "The API key may not send mail. Give it Full Access to Mail Send.".into() };
    }
    Health::Ok { detail: format!("SendGrid takes the key; mail leaves as {}.", account.identifier) }
}
