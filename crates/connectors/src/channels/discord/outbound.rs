//! Messages out, and the small acts around them.

use super::errors::{self, Bot, Failure};
use super::form::REQUEST_BYTES;
use super::ids::{self, is_snowflake};
use super::inbound::at;
use crate::kit::calls::{self, before_sending};
use kernel::channel::{Account, Act, Button, Edge, Outbound, OutboundFile, Place, Receipt, SendError};
use kernel::message::MessageStatus;
use serde_json::{Value, json};

const PATIENCE_MS: u64 = 120_000;
/// A repeat has to come while Discord still remembers the nonce, which it does for a few minutes.
const SOON_MS: i64 = 2_000;

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}
fn policy(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let bot = Bot::of(account)?;
    check(message)?;
    let person = message.to.first().map(|a| a.address.as_str());
    let channel = channel(edge, &bot, message.thread_key.as_deref(), person).await.map_err(before_sending)?;
    let mut answered = answered(message);
    let mut opened = false;
    let sent = loop {
        match post(edge, &bot, &channel, message, answered).await {
            Err(failure) if failure.code == 10008 && answered.is_some() => answered = None,
            Err(failure) if matches!(failure.code, 50083 | 160006) && !opened => {
                opened = true;
                if errors::json(edge, &bot, "PATCH", &format!("/channels/{channel}"), &json!({"archived": false})).await.is_err() {
                    return Err(failure.into());
                }
            }
            Err(Failure { verdict: SendError::Uncertain { detail }, .. }) => {
                // The nonce makes the same request harmless.
                return Err(SendError::Retry { after_ms: Some(SOON_MS), detail });
            }
            other => break other?,
        }
    };
    let id = Some(at(&sent, "/id")).filter(|id| is_snowflake(id)).map(str::to_owned);
    let detail = id.is_none().then(|| "Discord named no message.".to_owned());
    Ok(Receipt { external_id: id, detail, status: Some(MessageStatus::Sent) })
}

fn check(message: &Outbound) -> Result<(), SendError> {
    if message.template.is_some() {
        return Err(permanent("Discord has no templates. Write the text instead."));
    }
    if message.files.is_empty() && message.text.trim().is_empty() {
        return Err(permanent("There is nothing to send."));
    }
    if message.files.len() > 10 || (message.files.len() > 1 && message.files.iter().map(|f| f.bytes.len()).sum::<usize>() > REQUEST_BYTES) {
        return Err(policy("policy.split", "Discord takes ten files and 25 MB with one message."));
    }
    let wrong = |b: &Button| {
        let title = b.title.trim().chars().count();
        let id = b.id.chars().count();
        !(1..=80).contains(&title) || b.url.as_ref().map_or(!(1..=100).contains(&id), |u| u.len() > 512)
    };
    if message.buttons.len() > 25 || message.buttons.iter().any(wrong) {
        return Err(policy(
            "policy.buttons",
            "Discord shows up to 25 buttons, each with a title of 1 to 80 and an id of 1 to 100 characters.",
        ));
    }
    Ok(())
}

/// The channel that is written to; a person's direct messages have to be asked for.
async fn channel(edge: Edge<'_>, bot: &Bot<'_>, thread: Option<&str>, person: Option<&str>) -> Result<String, SendError> {
    if let Some(channel) = thread.filter(|t| Some(*t) != person && is_snowflake(t)) {
        return Ok(channel.to_owned());
    }
    let Some(person) = person.filter(|p| is_snowflake(p)) else {
        return Err(permanent("This is not the id of a person or a channel in Discord. The person has to write first."));
    };
    let opened = errors::json(edge, bot, "POST", "/users/@me/channels", &json!({ "recipient_id": person })).await?;
    let id = at(&opened, "/id");
    match is_snowflake(id) {
        true => Ok(id.to_owned()),
        false => Err(SendError::Retry { after_ms: None, detail: "Discord opened no direct message.".into() }),
    }
}

/// The message to refer to: between two, what was said last needs no reference; among many, it says who is meant.
fn answered(message: &Outbound) -> Option<&str> {
    let among_many = message.last_inbound_metadata.get("guild_id").is_some();
    let last = message.in_reply_to.is_some() && message.in_reply_to == message.last_inbound_id;
    message.in_reply_to.as_deref().filter(|id| is_snowflake(id) && (among_many || !last))
}

async fn post(edge: Edge<'_>, bot: &Bot<'_>, channel: &str, message: &Outbound, answered: Option<&str>) -> Result<Value, Failure> {
    let mut body = json!({
        "content": message.text,
        "nonce": ids::nonce(&message.message_id),
        "enforce_nonce": true,
        "allowed_mentions": {"parse": []},
    });
    if let Some(answered) = answered {
        body["message_reference"] = json!({"message_id": answered, "fail_if_not_exists": false});
    }
    if !message.buttons.is_empty() {
        body["components"] = components(&message.buttons);
    }
    let url = bot.url(&format!("/channels/{channel}/messages"));
    if message.files.is_empty() {
        return errors::call(edge, bot, calls::json("POST", url, &body)).await;
    }
    let list: Vec<Value> = message.files.iter().enumerate().map(|(n, f)| json!({"id": n.to_string(), "filename": f.name})).collect();
    body["attachments"] = list.into();
    let names: Vec<String> = (0..message.files.len()).map(|n| format!("files[{n}]")).collect();
    let files: Vec<(&str, &OutboundFile)> = names.iter().map(String::as_str).zip(&message.files).collect();
    let mut request = calls::multipart("POST", url, &message.message_id, &[("payload_json", &body.to_string())], &files);
    request.timeout_ms = PATIENCE_MS;
    errors::call(edge, bot, request).await
}

/// Rows of five.
fn components(buttons: &[Button]) -> Value {
    let one = |b: &Button| match &b.url {
        Some(url) => json!({"type": 2, "style": 5, "label": b.title.trim(), "url": url}),
        None => json!({"type": 2, "style": 2, "label": b.title.trim(), "custom_id": b.id}),
    };
    let row = |row: &[Button]| json!({"type": 1, "components": row.iter().map(one).collect::<Vec<_>>()});
    Value::Array(buttons.chunks(5).map(row).collect())
}

pub async fn act(edge: Edge<'_>, account: &Account, place: &Place, act: &Act) -> Result<(), SendError> {
    if matches!(act, Act::Typing { on: false }) {
        // It ends by itself after ten seconds.
        return Ok(());
    }
    let bot = Bot::of(account)?;
    if let Act::React { external_id, .. } | Act::Edit { external_id, .. } | Act::Delete { external_id } = act
        && !is_snowflake(external_id)
    {
        return Err(permanent("This message has no id in Discord."));
    }
    let channel = channel(edge, &bot, place.thread_key.as_deref(), Some(&place.to.address)).await?;
    let path = |id: &str| format!("/channels/{channel}/messages/{id}");
    match act {
        Act::Typing { .. } => errors::bare(edge, &bot, "POST", &format!("/channels/{channel}/typing")).await?,
        Act::Edit { external_id, text } => {
            let body = json!({"content": text, "allowed_mentions": {"parse": []}});
            errors::json(edge, &bot, "PATCH", &path(external_id), &body).await?;
        }
        Act::Delete { external_id } => match errors::bare(edge, &bot, "DELETE", &path(external_id)).await {
            Err(failure) if failure.code != 10008 => return Err(failure.into()),
            _ => {}
        },
        Act::React { external_id, emoji } => react(edge, &bot, &path(external_id), emoji.as_deref()).await?,
        Act::MarkRead { .. } => return Err(permanent("Discord does not show that a bot has read.")),
    }
    Ok(())
}

/// One reaction of ours on a message: others are taken back first.
async fn react(edge: Edge<'_>, bot: &Bot<'_>, message: &str, emoji: Option<&str>) -> Result<(), SendError> {
    let there = errors::get(edge, bot, message).await?;
    let list = there.get("reactions").and_then(Value::as_array).into_iter().flatten();
    let mine: Vec<String> = list.filter(|r| r.get("me") == Some(&Value::Bool(true))).map(|r| named(r.get("emoji"))).collect();
    let plain = |e: &str| e.replace('\u{fe0f}', "");
    let path = |e: &str| format!("{message}/reactions/{}/@me", calls::encode(e));
    for old in mine.iter().filter(|old| emoji.is_none_or(|new| plain(new) != plain(old))) {
        errors::bare(edge, bot, "DELETE", &path(old)).await?;
    }
    if let Some(new) = emoji {
        errors::bare(edge, bot, "PUT", &path(new)).await?;
    }
    Ok(())
}

/// An emoji as addresses name it: itself, or `name:id` where it is a server's own.
fn named(emoji: Option<&Value>) -> String {
    let Some(emoji) = emoji else { return String::new() };
    match at(emoji, "/id") {
        "" => at(emoji, "/name").to_owned(),
        id => format!("{}:{id}", at(emoji, "/name")),
    }
}
