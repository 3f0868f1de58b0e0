//! Interactions: commands, pressed buttons, menus and forms, which Discord posts and wants answered within three seconds.

use super::ids::{self, is_snowflake};
use super::inbound::{at, ignored};
use super::text;
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, Reply, ThreadHint};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

/// Seen only by the person who asked.
const EPHEMERAL: u64 = 64;

fn kind(body: &Value) -> Option<i64> {
    body.get("type").and_then(Value::as_i64)
}
/// A webhook event (about the application), which comes to another address but may be pointed here.
fn is_event(body: &Value) -> bool {
    body.get("event").is_some() || (kind(body) == Some(0) && body.get("data").is_none())
}

/// Discord's own questions whether anybody is there.
pub fn ping(body: &[u8]) -> Option<Reply> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if body.get("t").is_some() || body.get("event").is_some() {
        return None;
    }
    match kind(&body)? {
        0 => Some(Reply::empty(204)),
        1 => Some(Reply::json(&json!({"type": 1}))),
        _ => None,
    }
}

/// What the person sees at once.
pub fn answer(account: &Account, body: &[u8]) -> Option<Reply> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if body.get("t").is_some() {
        return None;
    }
    if is_event(&body) {
        return Some(Reply::empty(204));
    }
    Some(match kind(&body)? {
        // Heard; the message stays as it is.
        3 => Reply::json(&json!({"type": 6})),
        4 => Reply::json(&json!({"type": 8, "data": {"choices": []}})),
        2 | 5 => {
            let words = account.settings.text("command_reply").unwrap_or(super::form::THANKS);
            let words: String = words.chars().take(super::form::TEXT).collect();
            Reply::json(&json!({"type": 4, "data": {"content": words, "flags": EPHEMERAL, "allowed_mentions": {"parse": []}}}))
        }
        _ => return None,
    })
}

pub fn parse(account: &Account, body: &Value) -> Result<Vec<Inbound>, ParseError> {
    if is_event(body) {
        return Ok(ignored(format!("An event about the application ({}).", shorten(at(body, "/event/type"), 60))));
    }
    let said = match kind(body) {
        Some(2) => command(body),
        Some(3) => component(body),
        Some(5) => modal(body),
        Some(1) => return Ok(ignored("Discord asked whether anybody is there.")),
        Some(other) => return Ok(ignored(format!("An interaction of another kind ({other})."))),
        None => return Err(ParseError("The body has no type.".into())),
    };
    let ours = account.settings.text("application_id").unwrap_or_default();
    let theirs = at(body, "/application_id");
    if !theirs.is_empty() && !ours.is_empty() && theirs != ours {
        return Ok(ignored("It is for another application."));
    }
    let (id, channel) =
        (at(body, "/id"), Some(at(body, "/channel_id")).filter(|c| is_snowflake(c)).unwrap_or_else(|| at(body, "/channel/id")));
    let user = body.pointer("/member/user").or_else(|| body.get("user")).unwrap_or(&Value::Null);
    if !is_snowflake(id) || !is_snowflake(channel) || !is_snowflake(at(user, "/id")) {
        return Err(ParseError("The interaction has no id, no channel or no person.".into()));
    }
    let mut metadata = Map::new();
    metadata.insert("interactive".into(), json!({"kind": said.kind, "id": said.id, "title": said.text, "payload": said.id}));
    let guild = at(body, "/guild_id");
    if is_snowflake(guild) {
        metadata.insert("guild_id".into(), guild.into());
    }
    let name = Some(at(body, "/member/nick")).filter(|n| !n.trim().is_empty()).or_else(|| text::name(user));
    let message = at(body, "/message/id");
    Ok(vec![Inbound::Message(Box::new(InboundMessage {
        thread: ThreadHint {
            key: Some(channel.to_owned()),
            answers: Some(message).filter(|m| is_snowflake(m)).map(str::to_owned).into_iter().collect(),
            ..ThreadHint::default()
        },
        content_type: ContentType::Interactive,
        sent_at: ids::time(id),
        metadata,
        ..InboundMessage::text(format!("interaction:{id}"), "", people::sender(account, at(user, "/id"), name), said.text)
    }))])
}

struct Said {
    kind: &'static str,
    id: String,
    text: String,
}

/// `/support order: 1001`
fn command(body: &Value) -> Said {
    let name = shorten(at(body, "/data/name"), 100);
    let mut words = vec![format!("/{name}")];
    options(body.pointer("/data/options"), 3, &mut words);
    Said { kind: "command", id: name, text: words.join(" ") }
}

fn options(list: Option<&Value>, depth: u8, words: &mut Vec<String>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    for option in list.and_then(Value::as_array).into_iter().flatten().take(25) {
        let name = shorten(at(option, "/name"), 100);
        match option.get("value") {
            Some(Value::String(value)) => words.push(format!("{name}: {}", shorten(value, 2_000))),
            Some(value) if !value.is_object() && !value.is_array() => words.push(format!("{name}: {value}")),
            // A command below the command.
            _ => {
                words.push(name);
                options(option.get("options"), deeper, words);
            }
        }
    }
}

/// A button by its label, a menu by what was chosen.
fn component(body: &Value) -> Said {
    let id = shorten(at(body, "/data/custom_id"), 100);
    let values: Vec<&str> =
        body.pointer("/data/values").and_then(Value::as_array).into_iter().flatten().take(25).filter_map(Value::as_str).collect();
    let found = body.pointer("/message/components").and_then(|c| find(c, &id, 5));
    if values.is_empty() {
        let label = found.map(|c| shorten(at(c, "/label"), 100)).filter(|l| !l.is_empty()).unwrap_or_else(|| id.clone());
        return Said { kind: "button", id, text: label };
    }
    let offered = found.and_then(|c| c.get("options")).and_then(Value::as_array);
    let label = |value: &&str| {
        let option = offered.and_then(|l| l.iter().find(|o| at(o, "/value") == *value));
        option.map(|o| shorten(at(o, "/label"), 100)).filter(|l| !l.is_empty()).unwrap_or_else(|| shorten(value, 100))
    };
    Said { kind: "menu", text: values.iter().map(label).collect::<Vec<_>>().join(", "), id: values.join(",") }
}

fn find<'a>(components: &'a Value, id: &str, depth: u8) -> Option<&'a Value> {
    let deeper = depth.checked_sub(1)?;
    components
        .as_array()?
        .iter()
        .find_map(|c| if at(c, "/custom_id") == id { Some(c) } else { c.get("components").and_then(|inner| find(inner, id, deeper)) })
}

/// A form: its values, one a line.
fn modal(body: &Value) -> Said {
    let mut lines = Vec::new();
    values(body.pointer("/data/components"), 5, &mut lines);
    let id = shorten(at(body, "/data/custom_id"), 100);
    let text = if lines.is_empty() { id.clone() } else { lines.join("\n") };
    Said { kind: "form", id, text }
}

fn values(list: Option<&Value>, depth: u8, lines: &mut Vec<String>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    for part in list.and_then(Value::as_array).into_iter().flatten().take(25) {
        let value: String = at(part, "/value").chars().filter(|c| *c != '\0').take(4_000).collect();
        if !value.trim().is_empty() {
            lines.push(value);
        }
        values(part.get("components"), deeper, lines);
        if let Some(one) = part.get("component") {
            values(Some(&Value::Array(vec![one.clone()])), deeper, lines);
        }
    }
}
