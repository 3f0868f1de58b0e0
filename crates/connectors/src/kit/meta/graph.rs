//! The Graph API: addresses with a version, credentials, and errors by their code.

use super::appsecret_proof;
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use serde_json::Value;

/// The version that every call names.
pub const VERSION: &str = "v23.0";
pub const FACEBOOK: &str = "https://graph.facebook.com/v23.0";
pub const INSTAGRAM: &str = "https://graph.instagram.com/v23.0";

/// The address below which calls go: the account's `base_url` or the provider's own, with a version at its end.
pub fn base(account: &Account, default: &str) -> String {
    with_version(calls::base_url(account, default))
}
pub fn with_version(base: &str) -> String {
    if versioned(base) { base.to_owned() } else { format!("{base}/{VERSION}") }
}
/// The same address without the version, for the few calls that have none.
pub fn without_version(base: &str) -> &str {
    if versioned(base) { base.rsplit_once('/').map_or(base, |(head, _)| head) } else { base }
}
fn versioned(base: &str) -> bool {
    let last = base.rsplit('/').next().unwrap_or_default();
    last.strip_prefix('v')
        .is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()) && v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}
/// The path of a request without its version, for whoever plays the provider.
pub fn path_below(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    let rest = path.trim_start_matches('/');
    match rest.split_once('/') {
        Some((first, rest)) if versioned(first) => rest,
        _ => rest,
    }
}

/// Adds the credentials; with the switch `appsecret_proof`, also the proof that the call is the app's own.
pub fn signed(account: &Account, request: HttpRequest, token: &Secret<String>) -> HttpRequest {
    let mut request = calls::bearer(request, token);
    if account.settings.flag("appsecret_proof")
        && let Some(secret) = account.settings.secret("app_secret")
    {
        let join = if request.url.contains('?') { '&' } else { '?' };
        request.url = format!("{}{join}appsecret_proof={}", request.url, appsecret_proof(secret.reveal(), token.reveal()));
    }
    request
}

/// An error as the Graph API words it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GraphError {
    pub code: i64,
    pub subcode: i64,
    pub message: String,
    /// `error_data.details`, or the text meant for people.
    pub details: String,
    pub transient: bool,
}
impl GraphError {
    /// Out of `{"error": {…}}` or, in a webhook, the inner object itself.
    pub fn read(body: &Value) -> Option<Self> {
        let error = body.get("error").unwrap_or(body);
        let number = |name: &str| error.get(name).and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok()));
        let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let details = [text("/error_data/details"), text("/error_user_msg")].into_iter().find(|d| !d.is_empty()).unwrap_or_default();
        let message = [text("/message"), text("/title")].into_iter().find(|m| !m.is_empty()).unwrap_or_default();
        Some(Self {
            code: number("code")?,
            subcode: number("error_subcode").unwrap_or(0),
            message,
            details,
            transient: error.get("is_transient").and_then(Value::as_bool).unwrap_or(false),
        })
    }
    /// Our words (or the provider's), with the code in brackets.
    pub fn words(&self, ours: &str) -> String {
        let code = if self.subcode == 0 { self.code.to_string() } else { format!("{}/{}", self.code, self.subcode) };
        let theirs = if self.details.is_empty() { &self.message } else { &self.details };
        let theirs = shorten(theirs, 200);
        match (ours.is_empty(), theirs.is_empty()) {
            (true, _) => format!("{theirs} [{code}]"),
            (false, true) => format!("{ours} [{code}]"),
            (false, false) => format!("{ours} ({theirs}) [{code}]"),
        }
    }
}

/// Sends and expects 2xx. `judge` knows what the channel's error codes mean; an answer without a code is judged by its HTTP status.
pub async fn call(edge: Edge<'_>, request: HttpRequest, judge: &(dyn Fn(&GraphError) -> SendError + Sync)) -> Result<Value, SendError> {
    let response = calls::exchange(edge, request).await?;
    judged(edge, &response, judge)
}

/// The body of a success, or what the failure means.
pub fn judged(edge: Edge<'_>, response: &HttpResponse, judge: &(dyn Fn(&GraphError) -> SendError + Sync)) -> Result<Value, SendError> {
    let body = calls::body_of(response);
    // A success that carries an error object is none.
    let error = body.get("error").and_then(|_| GraphError::read(&body));
    match error {
        None if (200..300).contains(&response.status) => Ok(body),
        None => Err(judge_http(response, calls::words_at(&body, "/error/message").as_deref(), edge.clock.now())),
        Some(error) => Err(match judge(&error) {
            SendError::Retry { after_ms: None, detail } => SendError::Retry { after_ms: retry_after(response, edge.clock.now()), detail },
            other => other,
        }),
    }
}

/// Every item of a list that comes in pages (`data`, `paging.cursors.after`). `next` in the answer is an absolute address of the
/// provider with the token in it, so that the cursor is used instead.
pub async fn pages(
    edge: Edge<'_>,
    request: &(dyn Fn(Option<&str>) -> HttpRequest + Sync),
    judge: &(dyn Fn(&GraphError) -> SendError + Sync),
) -> Result<Vec<Value>, SendError> {
    const MOST: usize = 50;
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST {
        let mut body = call(edge, request(after.as_deref()), judge).await?;
        if let Some(Value::Array(list)) = body.get_mut("data").map(Value::take) {
            all.extend(list);
        }
        let more = body.pointer("/paging/next").is_some_and(|n| !n.is_null());
        let next = body.pointer("/paging/cursors/after").and_then(Value::as_str).map(str::to_owned);
        match next {
            Some(next) if more && after.as_deref() != Some(&next) => after = Some(next),
            _ => break,
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_version() {
        assert_eq!(with_version("https://graph.facebook.com/v23.0"), "https://graph.facebook.com/v23.0");
        assert_eq!(with_version("http://127.0.0.1:4101"), "http://127.0.0.1:4101/v23.0");
        assert_eq!(without_version("http://127.0.0.1:4101/sim/v23.0"), "http://127.0.0.1:4101/sim");
        assert_eq!(without_version("http://vault.example"), "http://vault.example");
        assert_eq!(path_below("/v23.0/106/messages?a=b"), "106/messages");
        assert_eq!(path_below("/106/messages"), "106/messages");
    }

    #[test]
    fn an_error_is_read_with_its_code() {
        let body = serde_json::json!({"error": {"message": "(#10) outside", "code": 10, "error_subcode": 2018278}});
        let error = GraphError::read(&body).unwrap();
        assert_eq!(error.words("Outside the window."), "Outside the window. ((#10) outside) [10/2018278]");
        assert_eq!(GraphError::read(&serde_json::json!({"error": "no"})), None);
    }
}
