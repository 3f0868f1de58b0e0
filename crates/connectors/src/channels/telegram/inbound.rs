//! Updates: one thing that happened, under the name of its kind.

use super::content;
use super::ids::{MessageName, Spot};
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, Sender};
use kernel::message::ContentType;
use kernel::time::Millis;
use serde_json::{Value, json};

/// The kinds of updates we ask for; reactions come only when they are named.
pub const UPDATES: &[&str] = &[
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
];

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let update: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if update.get("update_id").and_then(Value::as_i64).is_none() {
        return Err(ParseError("The update has no update_id.".into()));
    }
    let groups = account.settings.flag("groups");
    let of = |kind: &str| update.get(kind).filter(|v| v.is_object());
    if let Some(m) = of("message").or_else(|| of("business_message")) {
        message(account, m, groups).map(|i| vec![i])
    } else if let Some(m) = of("edited_message").or_else(|| of("edited_business_message")) {
        edited(m, groups).map(|i| vec![i])
    } else if let Some(query) = of("callback_query") {
        callback(account, query, groups).map(|i| vec![i])
    } else if let Some(reaction) = of("message_reaction") {
        self::reaction(account, reaction, groups).map(|i| vec![i])
    } else if let Some(member) = of("my_chat_member") {
        membership(account, member, groups).map(|i| vec![i])
    } else if let Some(gone) = of("deleted_business_messages") {
        deleted(gone)
    } else if let Some(connection) = of("business_connection") {
        Ok(vec![connected(connection)])
    } else {
        let kind = update.as_object().and_then(|o| o.keys().find(|k| *k != "update_id")).map(|k| shorten(k, 60)).unwrap_or_default();
        Ok(ignored(format!("An update of a kind that we do not use: “{kind}”.")))
    }
}

/// The id of a pressed button, when the update is one.
pub fn callback_id(body: &[u8]) -> Option<String> {
    let update: Value = serde_json::from_slice(body).ok()?;
    Some(update.pointer("/callback_query/id")?.as_str()?.to_owned())
}

fn ignored(why: impl Into<String>) -> Vec<Inbound> {
    vec![ignore(why)]
}
fn ignore(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}
fn number(value: &Value, pointer: &str) -> Result<i64, ParseError> {
    let found = value.pointer(pointer).and_then(Value::as_i64);
    found.ok_or_else(|| ParseError(format!("The update has no {}.", pointer.trim_start_matches('/').replace('/', "."))))
}
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty())
}
/// Seconds of Telegram's clock; 0 stands for a message that can no longer be read.
fn time(value: &Value, key: &str) -> Option<Millis> {
    value.get(key).and_then(Value::as_i64).filter(|s| *s > 0).and_then(|s| s.checked_mul(1_000))
}

/// A message's own name; `at` leads to the message.
fn name(message: &Value) -> Result<MessageName, ParseError> {
    let business = text(message, "/business_connection_id").map(str::to_owned);
    Ok(MessageName { chat: number(message, "/chat/id")?, number: number(message, "/message_id")?, business })
}

/// Why a chat is left out, if it is.
fn left_out(chat: Option<&Value>, groups: bool) -> Option<Inbound> {
    match chat.and_then(|c| c.get("type")).and_then(Value::as_str) {
        Some("private") => None,
        Some("channel") => Some(ignore("Posts in channels are not conversations.")),
        _ if groups => None,
        _ => Some(ignore("Said in a group; groups are switched off for this channel.")),
    }
}

fn person(account: &Account, user: &Value) -> Result<Sender, ParseError> {
    let id = number(user, "/id")?;
    let full = [text(user, "/first_name"), text(user, "/last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = Some(full.as_str()).filter(|n| !n.is_empty()).or_else(|| text(user, "/title")).or_else(|| text(user, "/username"));
    Ok(people::sender(account, id.to_string(), name))
}

fn message(account: &Account, m: &Value, groups: bool) -> Result<Inbound, ParseError> {
    let own = name(m)?;
    if let Some(out) = left_out(m.get("chat"), groups) {
        return Ok(out);
    }
    if let Some(to) = m.get("migrate_to_chat_id").and_then(Value::as_i64) {
        return Ok(Inbound::Moved { from: people::handle(account, own.chat.to_string()), to: people::handle(account, to.to_string()) });
    }
    if m.get("write_access_allowed").is_some() {
        return Ok(Inbound::Reachable { handle: people::handle(account, own.chat.to_string()), blocked: None });
    }
    if let Some(note) = content::service(m) {
        return Ok(ignore(format!("A note of Telegram's own: {note}.")));
    }
    let private = text(m, "/chat/type") == Some("private");
    // In a business account's chats, the chat is the customer; whoever else writes there is our side.
    let echo = own.business.is_some() && private && m.pointer("/from/id").and_then(Value::as_i64).is_some_and(|from| from != own.chat);
    if m.get("sender_business_bot").is_some() {
        return Ok(ignore("Written by this bot itself for the business account."));
    }
    if !echo && m.pointer("/from/is_bot").and_then(Value::as_bool) == Some(true) {
        return Ok(ignore("Written by a bot, or without a name."));
    }
    let sender = match (echo, m.get("from")) {
        (false, Some(from)) => person(account, from)?,
        _ => person(account, m.get("chat").unwrap_or(&Value::Null))?,
    };
    let mut content = content::read(m);
    let topic = m.get("is_topic_message").and_then(Value::as_bool).unwrap_or(false);
    let topic = m.get("message_thread_id").and_then(Value::as_i64).filter(|_| topic);
    let spot = Spot { chat: own.chat, topic, business: own.business.clone() };
    let mut out = InboundMessage::text(own.text(), spot.key(), sender, content.text);
    out.sender.more = content.handles;
    out.content_type = content.kind.unwrap_or(ContentType::Text);
    out.files = content.files;
    out.sent_at = time(m, "date");
    out.echo = echo;
    // Greetings and absence notes that a business account sends by itself.
    out.automatic = m.get("is_from_offline").and_then(Value::as_bool).unwrap_or(false);
    if let Some(answered) = m.pointer("/reply_to_message/message_id").and_then(Value::as_i64) {
        out.thread.answers.push(MessageName { number: answered, ..own.clone() }.text());
    }
    let keep = &mut content.metadata;
    if m.get("forward_origin").is_some() || m.get("forward_date").is_some() {
        keep.insert("forwarded".into(), true.into());
    }
    for (key, pointer) in [("username", "/from/username"), ("language", "/from/language_code"), ("album", "/media_group_id")] {
        keep.extend(text(m, pointer).filter(|_| !echo).map(|t| (key.to_owned(), shorten(t, 100).into())));
    }
    if !private {
        keep.insert("group".into(), json!({"id": own.chat.to_string(), "title": text(m, "/chat/title").map(|t| shorten(t, 200))}));
    }
    out.metadata = content.metadata;
    Ok(Inbound::Message(Box::new(out)))
}

fn edited(m: &Value, groups: bool) -> Result<Inbound, ParseError> {
    let own = name(m)?;
    if let Some(out) = left_out(m.get("chat"), groups) {
        return Ok(out);
    }
    if m.pointer("/from/is_bot").and_then(Value::as_bool) == Some(true) || m.get("sender_business_bot").is_some() {
        return Ok(ignore("Changed by a bot."));
    }
    Ok(Inbound::Edited { external_id: own.text(), text: content::read(m).text, at: time(m, "edit_date") })
}

/// A pressed button under a message of ours: its label is what the person says with it.
fn callback(account: &Account, query: &Value, groups: bool) -> Result<Inbound, ParseError> {
    let id = text(query, "/id").ok_or_else(|| ParseError("The callback has no id.".into()))?;
    let Some(message) = query.get("message") else {
        return Ok(ignore("A button under a message that was not sent here."));
    };
    if let Some(out) = left_out(message.get("chat"), groups) {
        return Ok(out);
    }
    let own = name(message)?;
    let Some(payload) = text(query, "/data") else {
        return Ok(ignore("A button of a game."));
    };
    let rows = message.pointer("/reply_markup/inline_keyboard").and_then(Value::as_array);
    let mut keys = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let label = keys.find(|k| text(k, "/callback_data") == Some(payload)).and_then(|k| text(k, "/text"));
    let label = shorten(label.unwrap_or(payload), 300);
    let sender = person(account, query.get("from").unwrap_or(&Value::Null))?;
    let topic = message.get("is_topic_message").and_then(Value::as_bool).unwrap_or(false);
    let topic = message.get("message_thread_id").and_then(Value::as_i64).filter(|_| topic);
    let spot = Spot { chat: own.chat, topic, business: own.business.clone() };
    let mut out = InboundMessage::text(format!("{}:callback:{id}", own.chat), spot.key(), sender, label.clone());
    out.content_type = ContentType::Interactive;
    out.thread.answers.push(own.text());
    out.metadata.insert("interactive".into(), json!({"kind": "button", "id": payload, "title": label, "payload": payload}));
    Ok(Inbound::Message(Box::new(out)))
}

fn reaction(account: &Account, r: &Value, groups: bool) -> Result<Inbound, ParseError> {
    let own = name(r)?;
    if let Some(out) = left_out(r.get("chat"), groups) {
        return Ok(out);
    }
    let Some(user) = r.pointer("/user/id").and_then(Value::as_i64) else {
        return Ok(ignore("A reaction without a name."));
    };
    // Paid reactions are stars; an emoji of somebody's own set has no letter that stands for it.
    let list = r.get("new_reaction").and_then(Value::as_array);
    let emoji = list.into_iter().flatten().rev().find_map(|one| match text(one, "/type") {
        Some("emoji") => text(one, "/emoji").map(|e| shorten(e, 20)),
        Some("paid") => Some("⭐".to_owned()),
        _ => None,
    });
    Ok(Inbound::Reaction { external_id: own.text(), handle: people::handle(account, user.to_string()), emoji, at: time(r, "date") })
}

fn membership(account: &Account, m: &Value, groups: bool) -> Result<Inbound, ParseError> {
    let chat = number(m, "/chat/id")?;
    if let Some(out) = left_out(m.get("chat"), groups) {
        return Ok(out);
    }
    let private = text(m, "/chat/type") == Some("private");
    let handle = people::handle(account, chat.to_string());
    Ok(match text(m, "/new_chat_member/status") {
        Some("kicked") if private => Inbound::Reachable { handle, blocked: Some("The person has blocked the bot.".into()) },
        Some("kicked" | "left") => Inbound::Reachable { handle, blocked: Some("The bot was removed from the group.".into()) },
        Some("member" | "administrator") => Inbound::Reachable { handle, blocked: None },
        other => ignore(format!("The bot's standing in the chat: {}.", shorten(other.unwrap_or("unknown"), 60))),
    })
}

fn deleted(gone: &Value) -> Result<Vec<Inbound>, ParseError> {
    let chat = number(gone, "/chat/id")?;
    let business = text(gone, "/business_connection_id").map(str::to_owned);
    let list = gone.get("message_ids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids = list.iter().filter_map(Value::as_i64).take(1_000);
    let out: Vec<_> = ids
        .map(|number| Inbound::Deleted { external_id: MessageName { chat, number, business: business.clone() }.text(), at: None })
        .collect();
    Ok(if out.is_empty() { ignored("Nothing was deleted.") } else { out })
}

fn connected(connection: &Value) -> Inbound {
    let who = people::named(text(connection, "/user/first_name")).unwrap_or_else(|| "somebody".into());
    match connection.get("is_enabled").and_then(Value::as_bool) {
        Some(true) => ignore(format!("The business account of {who} is connected with the bot.")),
        _ => ignore(format!("The business account of {who} is no longer connected with the bot.")),
    }
}
