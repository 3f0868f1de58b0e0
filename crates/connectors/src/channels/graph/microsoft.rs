//! Requests to Microsoft Graph, and what its answers mean.

use super::form::BASE_URL;
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{DAY, MINUTE, Millis};
use serde_json::Value;

/// Ids that stay when a message moves to another folder (a draft that becomes a sent mail).
const IMMUTABLE: &str = "IdType=\"ImmutableId\"";

pub fn base(account: &Account) -> &str {
    calls::base_url(account, BASE_URL)
}
/// `me`, or the shared mailbox.
pub fn owner(account: &Account) -> String {
    if account.settings.flag("shared_mailbox") { format!("users/{}", account.identifier) } else { "me".into() }
}
/// An address of the mailbox's own.
pub fn mine(account: &Account, path: &str) -> String {
    let owner = match account.settings.flag("shared_mailbox") {
        true => format!("users/{}", calls::encode(&account.identifier)),
        false => "me".into(),
    };
    format!("{}/{owner}/{path}", base(account))
}
pub fn message(account: &Account, id: &str, rest: &str) -> String {
    mine(account, &format!("messages/{}{rest}", calls::encode(id)))
}
/// A request with JSON of ours, or without any body.
pub fn post(url: String, body: Option<&Value>) -> HttpRequest {
    match body {
        Some(body) => calls::json("POST", url, body),
        None => HttpRequest::new("POST", url).header("accept", "application/json").header("content-length", "0"),
    }
}

pub async fn exchange(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let not_connected = || SendError::Account { detail: "The mailbox is not connected. Press Connect and sign in.".into() };
    let token = account.settings.secret("access_token").ok_or_else(not_connected)?;
    let request = match request.headers.iter().any(|(n, _)| n == "prefer") {
        true => request,
        false => request.header("prefer", IMMUTABLE),
    };
    calls::exchange(edge, calls::bearer(request, &token)).await
}
/// A list in pages of this size.
pub fn paged(url: String, size: usize) -> HttpRequest {
    calls::get(url).header("prefer", format!("{IMMUTABLE}, odata.maxpagesize={size}"))
}

/// Sends and expects 2xx.
pub async fn call(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    let response = exchange(edge, account, request).await?;
    if is_good(&response) { Ok(calls::body_of(&response)) } else { Err(judge(&response, edge.clock.now())) }
}
pub fn is_good(response: &HttpResponse) -> bool {
    (200..300).contains(&response.status)
}
pub fn code_of(response: &HttpResponse) -> String {
    calls::words_at(&calls::body_of(response), "/error/code").unwrap_or_default()
}

pub fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let code = code_of(response);
    let said = calls::words_at(&calls::body_of(response), "/error/message");
    let words = said.unwrap_or_else(|| format!("HTTP {}", response.status));
    let coded = if code.is_empty() { words } else { format!("{words} ({code})") };
    let detail = |advice: &str| shorten(&format!("{advice}{coded}"), 400);
    let account = |advice: &str| SendError::Account { detail: detail(advice) };
    let retry = |after_ms| SendError::Retry { after_ms: retry_after(response, now).or(after_ms), detail: detail("") };
    match (response.status, code.as_str()) {
        (401, _) | (_, "InvalidAuthenticationToken") => account("Microsoft no longer accepts the connection. Connect the mailbox again. "),
        (_, "ErrorSendAsDenied") => account("Whoever signed in may not send as this address. "),
        (_, "ErrorAccessDenied" | "Authorization_RequestDenied" | "AccessDenied") => {
            account("Microsoft does not let us into this mailbox. Check the permissions, and for a shared one full access. ")
        }
        (_, "MailboxNotEnabledForRESTAPI" | "MailboxNotSupportedForRESTAPI" | "MailboxNotHostedInExchangeOnline") => {
            account("This mailbox does not lie in Exchange Online, or has no licence. ")
        }
        (_, "ErrorMessageSubmissionBlocked" | "ErrorAccountSuspend" | "ErrorAccountDisabled") => {
            account("Microsoft has blocked this mailbox from sending. ")
        }
        (_, "ErrorQuotaExceeded") => account("The mailbox is full. "),
        (_, "ErrorExceededMessageLimit") => {
            SendError::Retry { after_ms: Some(DAY), detail: detail("The day's limit of messages is reached. ") }
        }
        (_, "ErrorInvalidRecipients" | "ErrorMessageSizeExceeded" | "ErrorRecipientLimitExceeded") => {
            SendError::Permanent { detail: detail("") }
        }
        (409 | 412, _) | (_, "ErrorIrresolvableConflict" | "ErrorTimeoutExpired" | "ErrorInternalServerTransientError") => retry(None),
        (429, _) | (_, "ApplicationThrottled" | "ErrorTooManyObjectsOpened" | "ErrorServerBusy") => retry(None),
        (507, _) => retry(Some(10 * MINUTE)),
        _ => judge_http(response, Some(&coded).filter(|c| !c.starts_with("HTTP ")).map(String::as_str), now),
    }
}
