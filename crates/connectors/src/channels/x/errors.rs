//! Calls of X's API, and what its refusals mean (RFC 9457 problems).

use super::form::BASE;
use super::oauth1::{self, Keys};
use crate::kit::calls::{self, needed_secret};
use crate::kit::signatures::sha256_hex;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{MINUTE, Millis};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes every nonce of this process another one.
static SERIAL: AtomicU64 = AtomicU64::new(0);

enum Proof {
    /// OAuth 2.0: a token of the account, or of the app.
    Bearer(Secret<String>),
    Signed(Keys),
}

/// The account as we reach it.
pub struct Caller<'a> {
    base: &'a str,
    proof: Proof,
}
impl<'a> Caller<'a> {
    /// In the name of the account.
    pub fn of(account: &'a Account) -> Result<Self, SendError> {
        let base = calls::base_url(account, BASE);
        let token = needed_secret(account, "access_token", "The access token")?;
        let Some(token_secret) = account.settings.secret("access_token_secret") else {
            return Ok(Self { base, proof: Proof::Bearer(token) });
        };
        let keys = Keys {
            consumer_key: needed_secret(account, "consumer_key", "The API key")?,
            consumer_secret: needed_secret(account, "consumer_secret", "The API key secret")?,
            token,
            token_secret,
        };
        Ok(Self { base, proof: Proof::Signed(keys) })
    }
    /// In the name of the app, where it has a token of its own.
    pub fn app(account: &'a Account) -> Option<Self> {
        let token = account.settings.secret("bearer_token")?;
        Some(Self { base: calls::base_url(account, BASE), proof: Proof::Bearer(token) })
    }
    pub fn is_signed(&self) -> bool {
        matches!(self.proof, Proof::Signed(_))
    }
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
    fn prove(&self, request: HttpRequest, now: Millis) -> HttpRequest {
        match &self.proof {
            Proof::Bearer(token) => calls::bearer(request, token),
            Proof::Signed(keys) => {
                let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
                let nonce = sha256_hex(format!("{now} {serial} {} {}", request.url, keys.token_secret.reveal()).as_bytes());
                let header = oauth1::header(keys, request.method, &request.url, &nonce[..32], now.div_euclid(1_000));
                request.header("authorization", header)
            }
        }
    }
}

pub async fn get(edge: Edge<'_>, caller: &Caller<'_>, path: &str) -> Result<Value, SendError> {
    call(edge, caller, calls::get(caller.url(path))).await
}
pub async fn json(edge: Edge<'_>, caller: &Caller<'_>, method: &'static str, path: &str, body: &Value) -> Result<Value, SendError> {
    call(edge, caller, calls::json(method, caller.url(path), body)).await
}
/// A call whose answer is not JSON.
pub async fn exchange(edge: Edge<'_>, caller: &Caller<'_>, request: HttpRequest) -> Result<HttpResponse, SendError> {
    calls::exchange(edge, caller.prove(request, edge.clock.now())).await
}

pub async fn call(edge: Edge<'_>, caller: &Caller<'_>, request: HttpRequest) -> Result<Value, SendError> {
    let response = exchange(edge, caller, request).await?;
    let body = calls::body_of(&response);
    match response.status {
        204 => Ok(Value::Null),
        // Something of the answer may be missing besides; without any data, the errors are the answer.
        200..=299 if body.get("data").is_none() && body.get("errors").is_some() => Err(judge(&body, &response, edge.clock.now())),
        200..=299 if body.is_null() => Err(SendError::Uncertain { detail: "X's answer cannot be read.".into() }),
        200..=299 => Ok(body),
        _ => Err(judge(&body, &response, edge.clock.now())),
    }
}

/// What an answer other than success means.
pub fn judge(body: &Value, response: &HttpResponse, now: Millis) -> SendError {
    let words = |pointers: &[&str]| pointers.iter().find_map(|p| calls::words_at(body, p)).unwrap_or_default();
    let said = words(&["/detail", "/errors/0/detail", "/errors/0/message", "/title", "/errors/0/title"]);
    let kind = words(&["/type", "/errors/0/type"]);
    let kind = kind.rsplit('/').next().unwrap_or_default();
    let all = format!("{kind} {} {said}", words(&["/reason", "/errors/0/reason"])).to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|w| all.contains(w));
    let status = response.status;
    let tell = |words: &str| match said.is_empty() {
        true => format!("{words} ({status})"),
        false => format!("{words} X says: {} ({status})", shorten(&said, 200)),
    };
    match status {
        // A page of a proxy says nothing of messages.
        _ if !body.is_object() && status == 403 => judge_http(response, None, now),
        401 => SendError::Account {
            detail: tell("X does not take the access token any more. Connect the account again, or paste a new token."),
        },
        402 => SendError::Account { detail: tell("The credits of your plan at X are used up.") },
        403 if has(&[
            "client-not-enrolled",
            "client-forbidden",
            "unsupported-authentication",
            "oauth1-permissions",
            "oauth1 app permissions",
            "suspended",
            "locked",
        ]) =>
        {
            SendError::Account {
                detail: tell("X does not let your app do this. Look at its plan and its permissions (Read and write and Direct message)."),
            }
        }
        403 => SendError::Permanent {
            detail: tell(
                "X does not allow this. A person may take no messages from the account: by their settings, or because they blocked it.",
            ),
        },
        404 => SendError::Permanent { detail: tell("X does not know this person or message any more.") },
        429 => SendError::Retry {
            after_ms: reset(response, now).or_else(|| retry_after(response, now)),
            detail: tell("Too many messages for X; they go out later by themselves."),
        },
        400..=499 if status != 408 && status != 425 => SendError::Permanent { detail: tell("X does not take this message.") },
        _ => judge_http(response, Some(&said).filter(|s| !s.is_empty()).map(String::as_str), now),
    }
}

/// When the limit is over: `x-rate-limit-reset` in seconds since 1970, or the one of the day.
fn reset(response: &HttpResponse, now: Millis) -> Option<Millis> {
    let number = |name: &str| response.header(name)?.trim().parse::<i64>().ok();
    let day_is_over = number("x-user-limit-24hour-remaining") == Some(0) || number("x-app-limit-24hour-remaining") == Some(0);
    let at = if day_is_over {
        number("x-user-limit-24hour-reset").or_else(|| number("x-app-limit-24hour-reset"))
    } else {
        number("x-rate-limit-reset")
    }?;
    Some((at.checked_mul(1_000)? - now).clamp(1_000, 24 * 60 * MINUTE))
}
