//! Calls of Discord's API, and what its refusals mean.

use super::form::BASE;
use crate::kit::calls::{self, needed_secret};
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::Secret;
use kernel::channel::{Account, Edge, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{MINUTE, Millis};
use serde_json::Value;

/// The bot as we reach it.
pub struct Bot<'a> {
    base: &'a str,
    token: Secret<String>,
    agent: String,
}
impl<'a> Bot<'a> {
    pub fn of(account: &'a Account) -> Result<Self, SendError> {
        let token = needed_secret(account, "bot_token", "The bot token")?;
        if token.reveal().contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(SendError::Account { detail: "The bot token holds a space or a line break. Copy it again.".into() });
        }
        // Without this form of a name, requests are stopped before they reach Discord.
        let agent = format!("DiscordBot ({}, {})", account.public_url, env!("CARGO_PKG_VERSION"));
        Ok(Self { base: calls::base_url(account, BASE), token, agent })
    }
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A refusal with Discord's code for it; 0 is none.
#[derive(Debug)]
pub struct Failure {
    pub code: i64,
    pub verdict: SendError,
}
impl From<Failure> for SendError {
    fn from(f: Failure) -> Self {
        f.verdict
    }
}

pub async fn get(edge: Edge<'_>, bot: &Bot<'_>, path: &str) -> Result<Value, Failure> {
    call(edge, bot, calls::get(bot.url(path))).await
}
pub async fn json(edge: Edge<'_>, bot: &Bot<'_>, method: &'static str, path: &str, body: &Value) -> Result<Value, Failure> {
    call(edge, bot, calls::json(method, bot.url(path), body)).await
}
/// A call without a body.
pub async fn bare(edge: Edge<'_>, bot: &Bot<'_>, method: &'static str, path: &str) -> Result<(), Failure> {
    call(edge, bot, HttpRequest::new(method, bot.url(path)).header("accept", "application/json")).await.map(|_| ())
}

pub async fn call(edge: Edge<'_>, bot: &Bot<'_>, request: HttpRequest) -> Result<Value, Failure> {
    let request = request.header("authorization", format!("Bot {}", bot.token.reveal())).header("user-agent", bot.agent.clone());
    let response = calls::exchange(edge, request).await.map_err(|verdict| Failure { code: 0, verdict })?;
    let body = calls::body_of(&response);
    match response.status {
        204 => Ok(Value::Null),
        200..=299 if body.is_null() => {
            Err(Failure { code: 0, verdict: SendError::Uncertain { detail: "Discord's answer cannot be read.".into() } })
        }
        200..=299 => Ok(body),
        _ => Err(judge(&body, &response, edge.clock.now())),
    }
}

/// `retry_after` in seconds with a fraction, in the body or else in the header.
fn wait(body: &Value, response: &HttpResponse, now: Millis) -> Option<Millis> {
    let said = body.get("retry_after").and_then(Value::as_f64).filter(|s| s.is_finite() && *s >= 0.0);
    said.map(|s| (s.min(86_400.0) * 1_000.0).ceil() as Millis).or_else(|| retry_after(response, now))
}

/// The class of a refusal: Discord's code first, the HTTP status second.
fn judge(body: &Value, response: &HttpResponse, now: Millis) -> Failure {
    let code = body.get("code").and_then(Value::as_i64).unwrap_or_default();
    let said = body.get("message").and_then(Value::as_str).map(|m| shorten(m, 200)).unwrap_or_default();
    let status = response.status;
    let verdict = match (words(code), code) {
        (Some((Class::Account, words)), _) => SendError::Account { detail: format!("{words} ({code})") },
        (Some((Class::Permanent, words)), _) => SendError::Permanent { detail: detail(words, body, code) },
        (Some((Class::Retry, words)), _) => {
            SendError::Retry { after_ms: wait(body, response, now).or(Some(MINUTE)), detail: format!("{words} ({code})") }
        }
        (None, _) if status == 429 => SendError::Retry {
            after_ms: wait(body, response, now),
            detail: "Too many messages for Discord; they go out later by themselves.".into(),
        },
        (None, _) if status == 401 => SendError::Account {
            detail: "Discord does not know this bot token. Reset it in the Developer Portal under Bot, and paste the new one. (401)".into(),
        },
        (None, _) if status == 413 => SendError::Permanent { detail: "The files are too large for Discord. (413)".into() },
        (None, 1..) if !(500..=599).contains(&status) => SendError::Permanent { detail: format!("Discord refused: {said} ({code})") },
        (None, _) => judge_http(response, Some(&said), now),
    };
    Failure { code, verdict }
}

/// The first thing Discord finds wrong with a form, after the words.
fn detail(words: &str, body: &Value, code: i64) -> String {
    fn first(errors: &Value, depth: u8) -> Option<&str> {
        let deeper = depth.checked_sub(1)?;
        if let Some(list) = errors.get("_errors").and_then(Value::as_array) {
            return list.first()?.get("message")?.as_str();
        }
        match errors {
            Value::Object(map) => map.values().find_map(|v| first(v, deeper)),
            Value::Array(list) => list.iter().find_map(|v| first(v, deeper)),
            _ => None,
        }
    }
    match body.get("errors").and_then(|e| first(e, 8)) {
        Some(said) => format!("{words} {} ({code})", shorten(said, 200)),
        None => format!("{words} ({code})"),
    }
}

enum Class {
    Account,
    Permanent,
    Retry,
}

fn words(code: i64) -> Option<(Class, &'static str)> {
    use Class::{Account, Permanent, Retry};
    Some(match code {
        40001 => (Account, "Discord does not take the bot token any more. Reset it and paste the new one."),
        40002 => (Account, "Discord wants the owner of the bot to verify their account."),
        10003 | 10004 => (Permanent, "This channel or server is gone, or the bot was removed from it."),
        50001 => (Permanent, "The bot may not see this channel. Invite it again, or give its role View Channel."),
        50013 => {
            (Permanent, "The bot's role lacks a permission here: Send Messages, Attach Files, Add Reactions or Send Messages in Threads.")
        }
        10008 => (Permanent, "Discord does not have this message any more."),
        10013 => (Permanent, "Discord does not know this person."),
        10014 => (Permanent, "Discord does not know this emoji."),
        20009 | 50007 => {
            (Permanent, "This person takes no direct messages from the bot: they blocked it, or allow none from people of the server.")
        }
        40007 => (Permanent, "This person is banned from the server."),
        50278 => (Permanent, "This person shares no server with the bot any more."),
        50006 => (Permanent, "There is nothing to send."),
        50035 => (Permanent, "Discord does not take this message."),
        50109 => (Permanent, "Discord could not read the message."),
        40005 => (Permanent, "The files are too large for Discord."),
        50005 => (Permanent, "Only messages of the bot itself can be changed."),
        50083 => (Permanent, "The thread is archived and could not be opened again."),
        160006 => (Permanent, "The server has too many open threads, so that this one cannot be opened again."),
        160005 => (Permanent, "The thread is locked."),
        30010 => (Permanent, "The message has too many kinds of reactions already."),
        90001 => (Permanent, "This person has blocked the bot."),
        10062 | 40060 => (Permanent, "This was answered already, or too late."),
        240000 | 200000 | 200001 => (Permanent, "The server's own rules (AutoMod) stopped this message."),
        40003 => (Retry, "The bot opens direct messages too fast."),
        20016 => (Retry, "The channel is in slow mode."),
        20028 => (Retry, "Too many messages in this channel."),
        40062 => (Retry, "Discord limits this service just now."),
        130000 => (Retry, "Discord is overloaded just now."),
        _ => return None,
    })
}
