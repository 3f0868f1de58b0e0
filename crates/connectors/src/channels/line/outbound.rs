//! Answers by the reply token while it lasts, pushes with a retry key afterwards; the small acts; files in.

use super::errors::{self, at, at_data};
use super::form::FETCHED_BYTES;
use super::inbound::{BUTTON_ID, BUTTON_TITLE};
use crate::kit::calls;
use crate::kit::verdicts::{judge_http_error, shorten};
use kernel::channel::{Account, Act, Button, Edge, Fetched, Outbound, OutboundFile, Place, Receipt, SendError};
use kernel::http::{HttpError, HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A reply token lasts about a minute from the person's message.
const TOKEN_MS: Millis = 50_000;
/// Characters of a button, and of what comes back when it is pressed.
const LABEL: usize = 20;
const DATA: usize = 300;

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}
fn policy(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let to = message.thread_key.as_deref().or_else(|| message.to.first().map(|a| a.address.as_str())).unwrap_or_default();
    if !is_id(to) {
        return Err(permanent("This is not the id of a LINE user or group. The person has to add the account as a friend first."));
    }
    let content = json!([content(message, to)?]);
    if let Some(token) = reply_token(message, edge.clock.now())
        && let Some(outcome) = reply(edge, account, token, &content, message.attempt).await
    {
        return outcome;
    }
    push(edge, account, to, &content, &message.message_id).await
}

/// `U…`, `C…` (group) or `R…` (room) and 32 hex digits.
fn is_id(id: &str) -> bool {
    let Some(rest) = id.strip_prefix(['U', 'C', 'R']) else { return false };
    rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The token of the person's last message, when this message was written in its time. The first attempt has to be in time itself;
/// a later one asks for the same token again, because only so LINE says whether the first arrived.
fn reply_token(message: &Outbound, now: Millis) -> Option<&str> {
    let token = message.last_inbound_metadata.get("reply_token").and_then(Value::as_str)?;
    let last = message.last_inbound_at?;
    let in_time = |at: Millis| (0..=TOKEN_MS).contains(&(at - last));
    (in_time(message.created_at) && (message.attempt > 1 || in_time(now))).then_some(token)
}

/// `None`: the token is of no use (used by another message, or too old), and nothing was sent with it.
async fn reply(edge: Edge<'_>, account: &Account, token: &str, content: &Value, attempt: u32) -> Option<Result<Receipt, SendError>> {
    let ask = || async {
        let body = json!({"replyToken": token, "messages": content});
        let request = errors::signed(account, calls::json("POST", at(account, "/v2/bot/message/reply"), &body))?;
        calls::exchange(edge, request).await
    };
    let (mut outcome, mut tried) = (ask().await, attempt > 1);
    // A token is good for one message: asking again cannot send twice, and tells whether the first request arrived.
    if let Err(SendError::Uncertain { .. }) = outcome {
        tried = true;
        outcome = ask().await;
    }
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return Some(Err(error)),
    };
    let used_up = response.status == 400 && errors::said(&calls::body_of(&response)).to_lowercase().contains("reply token");
    match (response.status, used_up) {
        (200..=299, _) => Some(Ok(receipt(&response, "answered with the reply token"))),
        (_, true) if tried => {
            let detail = "LINE gave no answer, and has taken the reply token meanwhile: the message has probably arrived.";
            Some(Err(SendError::Uncertain { detail: detail.into() }))
        }
        (_, true) => None,
        _ => Some(Err(errors::judge(&response, edge.clock.now()))),
    }
}

async fn push(edge: Edge<'_>, account: &Account, to: &str, content: &Value, message_id: &str) -> Result<Receipt, SendError> {
    let body = json!({"to": to, "messages": content});
    let request = calls::json("POST", at(account, "/v2/bot/message/push"), &body).header("x-line-retry-key", retry_key(message_id));
    let response = match edge.http.send(errors::signed(account, request)?).await {
        Ok(response) => response,
        // LINE knows the retry key for a day, so that the same request may come again without harm.
        Err(HttpError::Uncertain(why)) => {
            return Err(SendError::Retry { after_ms: None, detail: format!("No answer came: {}", shorten(&why, 200)) });
        }
        Err(error) => return Err(judge_http_error(&error)),
    };
    match response.status {
        200..=299 => Ok(receipt(&response, "")),
        409 if response.header("x-line-accepted-request-id").is_some() || calls::body_of(&response).get("sentMessages").is_some() => {
            Ok(receipt(&response, "LINE had it already"))
        }
        _ => Err(errors::judge(&response, edge.clock.now())),
    }
}

/// A UUID that is the same for the same message.
fn retry_key(message_id: &str) -> String {
    let digest = Sha256::digest(format!("line retry key {message_id}").as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

fn receipt(response: &HttpResponse, detail: &str) -> Receipt {
    let id = calls::words_at(&calls::body_of(response), "/sentMessages/0/id");
    Receipt { external_id: id, detail: Some(detail.to_owned()).filter(|d| !d.is_empty()), status: Some(MessageStatus::Sent) }
}

/// The one message object of a send.
fn content(message: &Outbound, to: &str) -> Result<Value, SendError> {
    if message.template.is_some() {
        return Err(permanent("LINE has no templates to send. Write the text instead."));
    }
    let text = message.text.trim_end();
    let mut out = match message.files.as_slice() {
        [] if text.trim().is_empty() => return Err(permanent("There is nothing to send.")),
        [] => json!({"type": "text", "text": text}),
        [file] if is_picture(file) => {
            if !text.trim().is_empty() {
                return Err(policy("policy.split", "LINE takes no text with a picture. Send the text by itself."));
            }
            json!({"type": "image", "originalContentUrl": linked(file)?, "previewImageUrl": linked(file)?})
        }
        [file] => {
            let link = format!("{}\n{}", shorten(&file.name, 200), linked(file)?);
            let text = if text.trim().is_empty() { link } else { format!("{text}\n\n{link}") };
            json!({"type": "text", "text": text})
        }
        _ => return Err(policy("policy.split", "LINE takes one file with each message.")),
    };
    // Between two, an answer to what was said last needs no quotation; among many, it says who is meant.
    let quote = message.last_inbound_metadata.get("quote_token").and_then(Value::as_str);
    if let Some(quote) = quote.filter(|_| !to.starts_with('U') && out["type"] == "text" && message.in_reply_to == message.last_inbound_id) {
        out["quoteToken"] = quote.into();
    }
    if !message.buttons.is_empty() {
        out["quickReply"] = quick_replies(&message.buttons)?;
    }
    Ok(out)
}

fn is_picture(file: &OutboundFile) -> bool {
    let mime = file.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(mime.as_str(), "image/jpeg" | "image/jpg" | "image/png") && file.bytes.len() <= 10_000_000
}

/// LINE and the person's phone fetch the file themselves.
fn linked(file: &OutboundFile) -> Result<&str, SendError> {
    match file.url.starts_with("https://") && file.url.len() <= 2_000 {
        true => Ok(&file.url),
        false => Err(permanent("LINE fetches files over https only. Give this installation a public https address.")),
    }
}

fn quick_replies(buttons: &[Button]) -> Result<Value, SendError> {
    if buttons.len() > 13 || buttons.iter().any(|b| b.title.trim().is_empty()) {
        return Err(policy("policy.buttons", "LINE takes up to 13 quick replies, each with a title."));
    }
    let mut items = Vec::with_capacity(buttons.len());
    for b in buttons {
        let label: String = b.title.chars().take(LABEL).collect();
        let action = match &b.url {
            Some(url) => json!({"type": "uri", "label": label, "uri": url}),
            None => {
                let full = form_urlencoded::Serializer::new(String::new())
                    .append_pair(BUTTON_ID, &b.id)
                    .append_pair(BUTTON_TITLE, &b.title)
                    .finish();
                let data = if full.len() <= DATA { full } else { b.id.clone() };
                if data.is_empty() || data.chars().count() > DATA {
                    return Err(policy("policy.buttons", "The id of a quick reply may have 1 to 300 characters."));
                }
                json!({"type": "postback", "label": label, "data": data, "displayText": shorten(&b.title, DATA)})
            }
        };
        items.push(json!({"type": "action", "action": action}));
    }
    Ok(json!({ "items": items }))
}

pub async fn act(edge: Edge<'_>, account: &Account, place: &Place, act: &Act) -> Result<(), SendError> {
    match act {
        // It shows between two only, and ends by itself or with the next message.
        Act::Typing { on: true } => {
            let to = place.thread_key.as_deref().unwrap_or(&place.to.address);
            if !(is_id(to) && to.starts_with('U')) {
                return Ok(());
            }
            let body = json!({"chatId": to, "loadingSeconds": 10});
            errors::call(edge, account, calls::json("POST", at(account, "/v2/bot/chat/loading/start"), &body)).await.map(|_| ())
        }
        Act::Typing { on: false } => Ok(()),
        Act::MarkRead { .. } => match read_token(&place.last_inbound_metadata) {
            Some(token) => {
                let body = json!({ "markAsReadToken": token });
                errors::call(edge, account, calls::json("POST", at(account, "/v2/bot/chat/markAsRead"), &body)).await.map(|_| ())
            }
            // Accounts without chat mark everything as read by themselves.
            None => Ok(()),
        },
        Act::React { .. } => Err(permanent("LINE has no reactions for accounts.")),
        Act::Edit { .. } => Err(permanent("LINE does not let an account change a sent message.")),
        Act::Delete { .. } => Err(permanent("LINE does not let an account take back a sent message.")),
    }
}

fn read_token(metadata: &Map<String, Value>) -> Option<&str> {
    metadata.get("mark_as_read_token").and_then(Value::as_str).filter(|t| !t.is_empty())
}

/// The bytes of what a person sent, by the message's id.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let url = at_data(account, &format!("/v2/bot/message/{}/content", calls::encode(reference)));
    let mut request = errors::signed(account, HttpRequest::new("GET", url))?;
    request.timeout_ms = 120_000;
    request.max_response_bytes = FETCHED_BYTES as usize;
    let response = match edge.http.send(request).await {
        Ok(response) => response,
        Err(HttpError::TooLarge) => return Err(permanent("The file is larger than 50 MB.")),
        Err(error) => return Err(calls::before_sending(judge_http_error(&error))),
    };
    match response.status {
        202 => Err(SendError::Retry { after_ms: Some(5_000), detail: "LINE is still preparing the file.".into() }),
        200..=299 => {
            let mime = response.header("content-type").map(|t| t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
            let content_type = mime.filter(|t| !t.is_empty() && t != "application/octet-stream");
            Ok(Fetched { name: None, content_type, bytes: response.body })
        }
        404 | 410 => Err(permanent("LINE no longer has this file: it was taken back, or kept too long.")),
        _ => Err(errors::judge(&response, edge.clock.now())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_key_is_a_uuid_that_stays() {
        let key = retry_key("msg_1");
        assert_eq!(key, retry_key("msg_1"));
        assert_ne!(key, retry_key("msg_2"));
        assert!(uuid::Uuid::parse_str(&key).is_ok() && key.len() == 36);
    }
}
