//! Around the messages: whose bot it is, the webhook, and asking for updates instead.

use super::errors::{self, Bot};
use super::inbound::UPDATES;
use crate::kit::calls;
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Polled, Poller, RawDelivery, Reach, SendError};
use kernel::time::{MINUTE, Millis};
use serde_json::{Map, Value, json};

/// For how long Telegram holds a request for updates when there are none, in seconds.
const HOLD_S: u64 = 10;
/// Updates in one answer.
const MOST: usize = 100;
/// An error of the webhook that is younger than this counts.
const FRESH_MS: Millis = 10 * MINUTE;

pub struct Setup;

fn polls(account: &Account) -> bool {
    account.settings.text("mode") == Some("polling")
}
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
fn words(error: SendError) -> String {
    match error {
        SendError::Retry { detail, .. }
        | SendError::Uncertain { detail }
        | SendError::Account { detail }
        | SendError::Policy { detail, .. }
        | SendError::Permanent { detail } => detail,
    }
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match checked(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn checked(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let bot = Bot::of(account).map_err(words)?;
    let me = errors::call(edge, &bot, "getMe", &json!({})).await.map_err(|f| words(f.into()))?;
    let username = text(&me, "username");
    let ours = account.settings.text("username").unwrap_or_default().trim().trim_start_matches('@');
    if !username.is_empty() && !username.eq_ignore_ascii_case(ours) {
        return Err(format!("The token belongs to @{}, not to @{}.", shorten(username, 60), shorten(ours, 60)));
    }
    let hook = errors::call(edge, &bot, "getWebhookInfo", &json!({})).await.map_err(|f| words(f.into()))?;
    let (url, name) = (text(&hook, "url"), shorten(username, 60));
    if polls(account) {
        return Ok(match url {
            "" => format!("@{name} answers; messages are fetched."),
            _ => format!("@{name} answers; its webhook is removed with the next question for messages."),
        });
    }
    if url.is_empty() {
        return Err(format!("@{name} answers, but no webhook is registered, so that nothing arrives. Register it."));
    }
    if !url.starts_with(&format!("{}/api/webhooks/telegram", account.public_url)) {
        return Err(format!("@{name} delivers to another address ({}). Register the webhook again.", shorten(url, 200)));
    }
    let at = hook.get("last_error_date").and_then(Value::as_i64).and_then(|s| s.checked_mul(1_000));
    let waiting = hook.get("pending_update_count").and_then(Value::as_i64).unwrap_or_default();
    if at.is_some_and(|at| edge.clock.now() - at < FRESH_MS) && waiting > 0 {
        let said = shorten(text(&hook, "last_error_message"), 200);
        return Err(format!("Telegram cannot deliver to us: {said}. {waiting} updates wait."));
    }
    Ok(format!("@{name} answers; its webhook leads here."))
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let bot = Bot::of(account)?;
            let me = errors::call(edge, &bot, "getMe", &json!({})).await?;
            let username = text(&me, "username");
            if username.is_empty() {
                return Err(SendError::Permanent { detail: "Telegram named no bot for this token.".into() });
            }
            let hook = errors::call(edge, &bot, "getWebhookInfo", &json!({})).await.unwrap_or_default();
            let mut settings = Map::new();
            settings.insert("username".into(), username.into());
            Ok(vec![Reach {
                id: username.to_owned(),
                name: format!("{} (@{username})", shorten(text(&me, "first_name"), 100)),
                webhook: Some(text(&hook, "url").to_owned()).filter(|u| !u.is_empty()),
                settings,
            }])
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let bot = Bot::of(account)?;
            if polls(account) {
                errors::call(edge, &bot, "deleteWebhook", &json!({"drop_pending_updates": false})).await?;
                return Ok("The bot's webhook is removed; messages are fetched.".into());
            }
            let secret = calls::needed_secret(account, "webhook_secret", "The webhook secret")?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            if !(1..=256).contains(&secret.reveal().len()) || !secret.reveal().bytes().all(plain) {
                let detail = "The webhook secret may hold letters, digits, _ and - only, at most 256.".into();
                return Err(SendError::Permanent { detail });
            }
            if !webhook_url.starts_with("https://") && calls::base_url(account, super::form::BASE) == super::form::BASE {
                let detail = "Telegram delivers to https addresses only. Choose polling, or give this installation a public https address.";
                return Err(SendError::Permanent { detail: detail.into() });
            }
            let body = json!({"url": webhook_url, "secret_token": secret.reveal(), "allowed_updates": UPDATES});
            errors::call(edge, &bot, "setWebhook", &body).await?;
            Ok("Telegram delivers messages, edits, reactions and pressed buttons to this address.".into())
        })
    }
}

impl Poller for Setup {
    fn every(&self, account: &Account) -> Option<Millis> {
        // Short, because each question itself waits at Telegram for something to happen.
        polls(account).then_some(1_000)
    }

    fn poll<'a>(&'a self, edge: Edge<'a>, account: &'a Account, cursor: Option<&'a str>) -> BoxFuture<'a, Result<Polled, SendError>> {
        Box::pin(poll(edge, account, cursor))
    }
}

async fn poll(edge: Edge<'_>, account: &Account, cursor: Option<&str>) -> Result<Polled, SendError> {
    let bot = Bot::of(account)?;
    let offset = cursor.and_then(|c| c.parse::<i64>().ok()).filter(|c| *c > 0);
    let answer = match updates(edge, &bot, offset).await {
        Err(failure) if failure.said.contains("webhook is active") => {
            errors::call(edge, &bot, "deleteWebhook", &json!({"drop_pending_updates": false})).await?;
            updates(edge, &bot, offset).await?
        }
        other => other.map_err(SendError::from).map_err(calls::before_sending)?,
    };
    let list = match answer {
        Value::Array(list) => list,
        _ => return Err(SendError::Retry { after_ms: None, detail: "Telegram's list of updates cannot be read.".into() }),
    };
    let next = list.iter().filter_map(|u| u.get("update_id")?.as_i64()).max().and_then(|id| id.checked_add(1));
    for update in &list {
        if let Some(id) = update.pointer("/callback_query/id").and_then(Value::as_str) {
            // Only stops the button's turning; if it fails, it stops by itself.
            let _ = errors::call(edge, &bot, "answerCallbackQuery", &json!({"callback_query_id": id})).await;
        }
    }
    let now = edge.clock.now();
    let deliveries = list.iter().map(|update| RawDelivery {
        method: "POLL".into(),
        path: "/".into(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: update.to_string().into_bytes(),
        received_at: now,
        peer: None,
    });
    Ok(Polled {
        deliveries: deliveries.collect(),
        // An empty answer confirms everything before the offset. Forgetting it then matters: after a week without updates their
        // numbers start anywhere, perhaps below.
        cursor: Some(next.map_or_else(|| "0".to_owned(), |n| n.to_string())),
        more: list.len() >= MOST,
    })
}

async fn updates(edge: Edge<'_>, bot: &Bot, offset: Option<i64>) -> Result<Value, errors::Failure> {
    let mut body = json!({"limit": MOST, "timeout": HOLD_S, "allowed_updates": UPDATES});
    if let Some(offset) = offset {
        body["offset"] = offset.into();
    }
    let mut request = calls::json("POST", bot.method("getUpdates"), &body);
    request.timeout_ms = (HOLD_S + 15) * 1_000;
    request.max_response_bytes = 16 << 20;
    errors::send(edge, bot, request).await
}
