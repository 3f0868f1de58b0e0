//! Answers posted to the program's webhook, signed the way its own requests are.

use crate::kit::signatures::sign_timestamped;
use crate::kit::verdicts::{judge_http, judge_http_error, shorten};
use kernel::channel::{Account, Edge, Health, Outbound, Receipt, SendError};
use kernel::http::HttpRequest;
use kernel::message::MessageStatus;
use kernel::time::rfc3339;
use serde_json::{Value, json};

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let Some(url) = account.settings.text("webhook_url") else {
        return Ok(Receipt { external_id: None, detail: Some("kept for polling".into()), status: Some(MessageStatus::Sent) });
    };
    let request = sign(edge, account, url, &body(message))?.header("idempotency-key", &message.message_id);
    let response = match edge.http.send(request).await {
        Ok(response) => response,
        // The program knows the idempotency key, so that the same request may come again without harm.
        Err(kernel::http::HttpError::Uncertain(why)) => {
            return Err(SendError::Retry { after_ms: None, detail: format!("No answer came: {}", shorten(&why, 200)) });
        }
        Err(error) => return Err(judge_http_error(&error)),
    };
    let answer: Option<Value> = serde_json::from_slice(&response.body).ok();
    if !(200..300).contains(&response.status) {
        let said = answer.as_ref().and_then(|a| ["detail", "error", "message"].iter().find_map(|k| a.get(k)?.as_str()));
        return Err(judge_http(&response, said, edge.clock.now()));
    }
    let external_id = answer.as_ref().and_then(|a| a.get("id")).and_then(Value::as_str).filter(|id| !id.is_empty() && id.len() <= 500);
    Ok(Receipt {
        external_id: external_id.map(str::to_owned),
        detail: Some(format!("HTTP {}", response.status)),
        status: Some(MessageStatus::Sent),
    })
}

/// Posts a `ping`, which the program answers with any 2xx.
pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let Some(url) = account.settings.text("webhook_url") else {
        return Health::Ok { detail: "No webhook address: answers wait here until they are fetched.".into() };
    };
    let request = match sign(edge, account, url, &json!({"type": "ping"})) {
        Ok(request) => request,
        Err(_) => return Health::Broken { detail: "The channel has no signing secret. Save its settings once.".into() },
    };
    match edge.http.send(request).await {
        Ok(response) if (200..300).contains(&response.status) => Health::Ok { detail: "Your webhook answers.".into() },
        Ok(response) if matches!(response.status, 401 | 403) => Health::Broken {
            detail: format!("Your webhook refuses our requests (HTTP {}). Check that it uses the same signing secret.", response.status),
        },
        Ok(response) => Health::Broken { detail: format!("Your webhook answered a ping with HTTP {}; any 2xx is right.", response.status) },
        Err(error) => Health::Broken { detail: format!("Your webhook cannot be reached: {}", shorten(&error.to_string(), 200)) },
    }
}

fn sign(edge: Edge<'_>, account: &Account, url: &str, body: &Value) -> Result<HttpRequest, SendError> {
    let none = || SendError::Account { detail: "The channel has no signing secret. Save its settings once.".into() };
    let secret = account.settings.secret("secret").ok_or_else(none)?;
    let bytes = body.to_string().into_bytes();
    let [timestamp, signature] = sign_timestamped(secret.reveal(), &bytes, edge.clock.now());
    let request = HttpRequest::new("POST", url).header("content-type", "application/json");
    Ok(request.header(&timestamp.0, timestamp.1).header(&signature.0, signature.1).body(bytes))
}

fn body(message: &Outbound) -> Value {
    let files: Vec<Value> = message.files.iter().map(|f| json!({"name": f.name, "content_type": f.content_type, "url": f.url})).collect();
    json!({
        "type": "message",
        "id": message.external_id,
        "message_id": message.message_id,
        "conversation_id": message.thread_key.clone().unwrap_or_else(|| message.conversation_id.to_string()),
        "to": {"id": message.to.first().map(|a| a.address.as_str())},
        "from": {"name": message.sender_name},
        "text": message.text,
        "html": message.html,
        "subject": message.subject,
        "attachments": files,
        "in_reply_to": message.in_reply_to,
        "created_at": rfc3339(message.created_at),
    })
}
