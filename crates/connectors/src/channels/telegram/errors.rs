//! Calls of the Bot API, and what its refusals mean. The token stands in every address: no error text may carry one.

use super::form::BASE;
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, judge_http_error, shorten};
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use serde_json::Value;

/// A bot: where it is reached, and its key.
pub struct Bot {
    base: String,
    token: Secret<String>,
}
impl Bot {
    pub fn of(account: &Account) -> Result<Self, SendError> {
        let token = calls::needed_secret(account, "bot_token", "The bot token")?;
        let shaped = token.reveal().split_once(':').is_some_and(|(id, key)| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && !key.is_empty() && key.bytes().all(plain)
        });
        if !shaped {
            let detail = "The bot token is not one: it looks like 123456789:AAE…. Copy it from @BotFather.".into();
            return Err(SendError::Account { detail });
        }
        Ok(Self { base: calls::base_url(account, BASE).to_owned(), token })
    }
    /// The address of a method.
    pub fn method(&self, name: &str) -> String {
        format!("{}/bot{}/{name}", self.base, self.token.reveal())
    }
    /// The address of a file's bytes.
    pub fn file(&self, path: &str) -> String {
        let path = path.split('/').map(calls::encode).collect::<Vec<_>>().join("/");
        format!("{}/file/bot{}/{path}", self.base, self.token.reveal())
    }
    /// Leaves the token out of a text, in the forms it takes in addresses.
    fn scrub(&self, text: &str) -> String {
        let token = self.token.reveal();
        let key = token.split_once(':').map_or(token.as_str(), |(_, key)| key);
        text.replace(token.as_str(), "…").replace(&calls::encode(token), "…").replace(key, "…")
    }
    fn clean(&self, error: SendError) -> SendError {
        let scrub = |detail: String| self.scrub(&detail);
        match error {
            SendError::Retry { after_ms, detail } => SendError::Retry { after_ms, detail: scrub(detail) },
            SendError::Uncertain { detail } => SendError::Uncertain { detail: scrub(detail) },
            SendError::Account { detail } => SendError::Account { detail: scrub(detail) },
            SendError::Policy { code, detail } => SendError::Policy { code, detail: scrub(detail) },
            SendError::Permanent { detail } => SendError::Permanent { detail: scrub(detail) },
        }
    }
}

/// A refusal, with what a next step may need.
#[derive(Debug)]
pub struct Failure {
    pub error: SendError,
    /// Telegram's own words, in small letters.
    pub said: String,
    /// The new id of a group that became a supergroup.
    pub moved_to: Option<i64>,
}
impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}
impl Failure {
    fn plain(error: SendError) -> Self {
        Self { error, said: String::new(), moved_to: None }
    }
}

/// Calls a method with a JSON body; gives its `result`.
pub async fn call(edge: Edge<'_>, bot: &Bot, method: &str, body: &Value) -> Result<Value, Failure> {
    send(edge, bot, calls::json("POST", bot.method(method), body)).await
}

/// Sends a request and reads its answer.
pub async fn send(edge: Edge<'_>, bot: &Bot, request: HttpRequest) -> Result<Value, Failure> {
    let response = exchange(edge, bot, request).await.map_err(Failure::plain)?;
    let mut body = calls::body_of(&response);
    if body.get("ok").and_then(Value::as_bool) == Some(true) {
        return Ok(body.get_mut("result").map(Value::take).unwrap_or_default());
    }
    let mut failure = judge(&response, &body, edge.clock.now());
    failure.error = bot.clean(failure.error);
    Err(failure)
}

/// Sends a request; only the exchange itself can fail.
pub async fn exchange(edge: Edge<'_>, bot: &Bot, request: HttpRequest) -> Result<HttpResponse, SendError> {
    edge.http.send(request).await.map_err(|e| bot.clean(judge_http_error(&e)))
}

fn judge(response: &HttpResponse, body: &Value, now: i64) -> Failure {
    if body.get("ok").and_then(Value::as_bool) != Some(false) {
        // Not Telegram's own answer: something stands between.
        let error = match response.status {
            200..=299 => SendError::Uncertain { detail: "The answer was not one of Telegram's.".into() },
            _ => judge_http(response, None, now),
        };
        return Failure::plain(error);
    }
    let code = body.get("error_code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok()).unwrap_or(response.status);
    let description = body.get("description").and_then(Value::as_str).map(|d| shorten(d, 300)).unwrap_or_default();
    let said = description.to_lowercase();
    let wait = body.pointer("/parameters/retry_after").and_then(Value::as_i64).map(|s| s.clamp(0, 86_400) * 1_000);
    let moved_to = body.pointer("/parameters/migrate_to_chat_id").and_then(Value::as_i64);
    let detail = match words(code, &said) {
        "" => format!("Telegram refused: {description} ({code})"),
        words => format!("{words} ({code}: {description})"),
    };
    let error = match code {
        // An unknown method or a broken token is a 404 in Telegram's own words.
        401 | 404 | 409 => SendError::Account { detail },
        429 | 500..=599 => SendError::Retry { after_ms: wait.or_else(|| crate::kit::verdicts::retry_after(response, now)), detail },
        400 if said.contains("caption is too long") => SendError::Policy { code: "policy.split".into(), detail },
        400 if moved_to.is_some() => SendError::Retry { after_ms: Some(0), detail },
        _ => SendError::Permanent { detail },
    };
    Failure { error, said, moved_to }
}

/// What to do about it, where we know.
fn words(code: u16, said: &str) -> &'static str {
    let has = |part: &str| said.contains(part);
    match code {
        401 | 404 => "Telegram does not know this bot token. Copy it again from @BotFather.",
        403 if has("blocked") => "The person has blocked the bot. They have to unblock it before anything reaches them.",
        403 if has("deactivated") => "The person has deleted their Telegram account.",
        403 if has("initiate") => "The person has not started the bot yet. A bot cannot write first.",
        403 if has("kicked") => "The bot was removed from the group.",
        409 if has("webhook is active") => "A webhook is set for this bot, so that it cannot be asked for messages.",
        409 => "Another program asks for this bot's messages. Stop it, or give it a bot of its own.",
        413 => "The file is too large for Telegram: at most 50 MB.",
        429 => "Too many messages for Telegram.",
        400 if has("upgraded to a supergroup") => "The group has become a supergroup and has a new id.",
        400 if has("chat not found") => "Telegram does not know this chat. The person has to write to the bot first.",
        400 if has("caption is too long") => "The text under a file may have 1,024 characters.",
        400 if has("message is too long") => "The text is too long for Telegram: at most 4,096 characters.",
        400 if has("reaction_invalid") || has("reaction_empty") => "Telegram does not take this emoji as a reaction.",
        400 if has("message can't be deleted") => "Telegram lets a bot take back a message for 48 hours only.",
        400 if has("message can't be edited") => "Telegram does not let the bot change this message any more.",
        400 if has("button_data_invalid") => "The id of a button may have 64 bytes.",
        400 if has("not enough rights") || has("have no rights") => "The bot may not do this here. Ask an administrator of the group.",
        400 if has("business_connection_invalid") || has("business connection not found") => {
            "The business account has disconnected the bot."
        }
        _ => "",
    }
}
