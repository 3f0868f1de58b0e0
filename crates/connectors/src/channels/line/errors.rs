//! Calls of the Messaging API, and what its refusals mean.

use super::form::{BASE, DATA};
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, shorten};
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use serde_json::Value;

/// The address of a path of the API.
pub fn at(account: &Account, path: &str) -> String {
    format!("{}{path}", calls::base_url(account, BASE))
}

/// The address of a path of the host that keeps files.
pub fn at_data(account: &Account, path: &str) -> String {
    match calls::base_url(account, BASE) {
        BASE => format!("{DATA}{path}"),
        other => format!("{other}/data{path}"),
    }
}

/// With the account's token.
pub fn signed(account: &Account, request: HttpRequest) -> Result<HttpRequest, SendError> {
    let token = calls::needed_secret(account, "channel_access_token", "The channel access token")?;
    Ok(calls::bearer(request, &token))
}

/// Sends with the token and expects 2xx.
pub async fn call(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    let response = calls::exchange(edge, signed(account, request)?).await?;
    match response.status {
        200..=299 => Ok(calls::body_of(&response)),
        _ => Err(judge(&response, edge.clock.now())),
    }
}

/// What LINE said: its message, and which part of the request it means.
pub fn said(body: &Value) -> String {
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    let details = body.get("details").and_then(Value::as_array);
    let text = |d: &Value, key: &str| d.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let details: Vec<String> = details
        .into_iter()
        .flatten()
        .take(5)
        .map(|d| format!("{} {}", text(d, "property"), text(d, "message")).trim().to_owned())
        .collect();
    shorten(&[&[message.to_owned()], details.as_slice()].concat().join("; "), 300).trim_end_matches("; ").to_owned()
}

pub fn judge(response: &HttpResponse, now: i64) -> SendError {
    let said = said(&calls::body_of(response));
    let code = response.status;
    let with = |words: &str| if said.is_empty() { format!("{words} ({code})") } else { format!("{words} ({code}: {said})") };
    match code {
        400 => SendError::Permanent { detail: with("LINE does not take this message.") },
        401 => SendError::Account { detail: with("LINE does not know the channel access token. Issue a new one in the console.") },
        403 => SendError::Account { detail: with("The LINE account's plan or rights do not allow this.") },
        429 if said.to_lowercase().contains("monthly limit") => SendError::Account {
            detail: with("The month's messages of the LINE plan are used up. Answers within a minute of the person's message still go."),
        },
        _ => judge_http(response, Some(said.as_str()).filter(|s| !s.is_empty()), now),
    }
}
