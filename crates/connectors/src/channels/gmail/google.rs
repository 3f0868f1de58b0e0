//! Requests to the Gmail API, and what its answers mean.

use super::form::BASE_URL;
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{Millis, parse_rfc3339};
use serde_json::Value;

pub fn base(account: &Account) -> &str {
    calls::base_url(account, BASE_URL)
}
pub fn is_stand_in(account: &Account) -> bool {
    base(account) != BASE_URL
}
/// An address of the mailbox's own.
pub fn mine(account: &Account, path: &str) -> String {
    format!("{}/gmail/v1/users/me/{path}", base(account))
}
/// Base64 for addresses, with or without its padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let flat: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').collect();
    BASE64URL_NOPAD.decode(&flat).ok()
}

pub async fn exchange(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let not_connected = || SendError::Account { detail: "The mailbox is not connected. Press Connect and give consent.".into() };
    let token = account.settings.secret("access_token").ok_or_else(not_connected)?;
    calls::exchange(edge, calls::bearer(request, &token)).await
}

/// Sends and expects 2xx.
pub async fn call(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    let response = exchange(edge, account, request).await?;
    if (200..300).contains(&response.status) { Ok(calls::body_of(&response)) } else { Err(judge(&response, edge.clock.now())) }
}

pub fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let body = calls::body_of(response);
    let said = calls::words_at(&body, "/error/message");
    let reason = calls::words_at(&body, "/error/errors/0/reason").unwrap_or_default();
    let words = said.clone().unwrap_or_else(|| format!("HTTP {}", response.status));
    let coded = if reason.is_empty() { words.clone() } else { format!("{words} ({reason})") };
    let detail = |advice: &str| shorten(&format!("{advice}{coded}"), 400);
    match (response.status, reason.as_str()) {
        (401, _) => SendError::Account { detail: detail("Google no longer accepts the connection. Connect the mailbox again. ") },
        (403 | 429, "rateLimitExceeded" | "userRateLimitExceeded" | "quotaExceeded") | (429, _) => {
            let after_ms = retry_after(response, now).or_else(|| named_time(&words, now));
            SendError::Retry { after_ms, detail: detail("Google asks us to go slower. ") }
        }
        (403, "dailyLimitExceeded") => SendError::Account { detail: detail("The day's quota of the Google project is used up. ") },
        (403, "insufficientPermissions") => {
            SendError::Account { detail: detail("The consent does not cover this. Connect the mailbox again and tick every box. ") }
        }
        (403, "accessNotConfigured") => SendError::Account { detail: detail("The Gmail API is switched off in the Google project. ") },
        (400, "failedPrecondition") => SendError::Account { detail: detail("Gmail is not switched on for this account. ") },
        _ => judge_http(response, Some(&coded).filter(|_| said.is_some()).map(String::as_str), now),
    }
}

/// “User-rate limit exceeded. Retry after 2026-11-21T07:15:00.000Z”
fn named_time(words: &str, now: Millis) -> Option<Millis> {
    let text = words.split("Retry after ").nth(1)?.split_whitespace().next()?;
    parse_rfc3339(text.trim_end_matches(['.', ',', ')'])).map(|at| (at - now).clamp(0, 24 * 60 * 60_000))
}
