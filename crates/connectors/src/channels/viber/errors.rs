//! Calls of the bot API. Viber answers HTTP 200 whatever happened; `status` says what.

use super::form::BASE;
use crate::kit::calls;
use crate::kit::verdicts::{judge_http, retry_after, shorten};
use kernel::channel::{Account, Edge, SendError};
use serde_json::Value;

/// Calls a method; gives the whole answer.
pub async fn call(edge: Edge<'_>, account: &Account, method: &str, body: &Value) -> Result<Value, SendError> {
    let token = calls::needed_secret(account, "auth_token", "The authentication token")?;
    let url = format!("{}/pa/{method}", calls::base_url(account, BASE));
    let response = calls::exchange(edge, calls::json("POST", url, body).header("x-viber-auth-token", token.reveal())).await?;
    let answer = calls::body_of(&response);
    let said = shorten(answer.get("status_message").and_then(Value::as_str).unwrap_or_default(), 200);
    match answer.get("status").and_then(Value::as_i64) {
        Some(0) => Ok(answer),
        Some(status) => Err(judge(status, &said, retry_after(&response, edge.clock.now()))),
        None if (200..300).contains(&response.status) => Err(SendError::Uncertain { detail: "The answer was not one of Viber's.".into() }),
        None => Err(judge_http(&response, None, edge.clock.now())),
    }
}

/// The class of one status.
fn judge(status: i64, said: &str, after_ms: Option<i64>) -> SendError {
    let words = match status {
        1 => "Viber cannot use this address. It has to be https, public, with a certificate from a known authority, and answer at once.",
        2 => "Viber does not know the authentication token. Copy it again from the bot's Edit info.",
        5 => "The person is not on Viber any more.",
        6 => "The person has not subscribed to the bot, or has left it. They have to write first.",
        7 => "Viber has blocked the bot.",
        8 => "The token belongs to no bot.",
        9 => "Viber has suspended the bot.",
        10 => "No webhook is registered for the bot. Register it.",
        11 => "The person's Viber is too old for bots.",
        12 => "Too many messages for Viber: at most 100 in an hour to a person who does not answer.",
        13 | 14 => "The person's Viber is too old for this message.",
        15 => "The bot is not allowed to do this. Ask Viber.",
        21 => "Viber does not deliver this in the person's country.",
        23 => "The bot's free messages are used up. Look into the Viber admin panel.",
        24 => "The bot's balance at Viber is used up.",
        _ => "Viber does not take this message.",
    };
    let detail = format!("{words} ({status}: {said})");
    match status {
        2 | 7..=10 | 15 | 23 | 24 => SendError::Account { detail },
        12 => SendError::Retry { after_ms, detail },
        _ => SendError::Permanent { detail },
    }
}
