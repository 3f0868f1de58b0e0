//! Pressed buttons (`block_actions`): answers that need no typing.

use super::ids;
use super::inbound::{at, ignored, is_direct};
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, ThreadHint};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

/// Buttons that open an address answer nothing.
pub const OPENS: &str = "open-";

pub fn parse(account: &Account, payload: &Value) -> Result<Vec<Inbound>, ParseError> {
    let kind = at(payload, "/type");
    if kind != "block_actions" {
        return Ok(ignored(format!("An interaction of another kind ({}).", shorten(kind, 60))));
    }
    let either = |a: &str, b: &str| Some(at(payload, a)).filter(|t| !t.is_empty()).unwrap_or_else(|| at(payload, b)).to_owned();
    let channel = either("/channel/id", "/container/channel_id");
    let message = either("/message/ts", "/container/message_ts");
    let user = at(payload, "/user/id");
    if !ids::is_channel(&channel) || !ids::is_ts(&message) || user.is_empty() {
        return Ok(ignored("A button outside of a conversation."));
    }
    let name = ["/user/name", "/user/username"].iter().map(|p| at(payload, p)).find(|n| !n.is_empty());
    let thread = Some(either("/message/thread_ts", "/container/thread_ts")).filter(|t| ids::is_ts(t));
    let direct = is_direct("", &channel) || at(payload, "/channel/name") == "directmessage";
    let root = thread.as_deref().unwrap_or(&message);
    let key = if direct { channel.clone() } else { format!("{channel}:{root}") };
    let actions = payload.get("actions").and_then(Value::as_array).into_iter().flatten().take(20);
    let mut out = Vec::new();
    for action in actions {
        let ts = at(action, "/action_ts");
        if at(action, "/action_id").starts_with(OPENS) || !ids::is_ts(ts) {
            continue;
        }
        let (id, title) = pressed(action);
        let mut metadata = Map::new();
        metadata.insert("interactive".into(), json!({"kind": at(action, "/type"), "id": id, "title": title, "payload": id}));
        if direct && let Some(thread) = &thread {
            metadata.insert("thread_ts".into(), thread.as_str().into());
        }
        let text = if title.is_empty() { id } else { title };
        let sender = people::sender(account, user, name);
        out.push(Inbound::Message(Box::new(InboundMessage {
            thread: ThreadHint { key: Some(key.clone()), answers: vec![format!("{channel}:{message}")], ..ThreadHint::default() },
            content_type: ContentType::Interactive,
            sent_at: ids::time(ts),
            metadata,
            ..InboundMessage::text(format!("action:{channel}:{ts}"), "", sender, text)
        })));
    }
    Ok(if out.is_empty() { ignored("Nothing in it answers.") } else { out })
}

/// Id and words of what was chosen: a button, or an option of a menu.
fn pressed(action: &Value) -> (String, String) {
    let first = |list: &[&str]| list.iter().map(|p| at(action, p)).find(|t| !t.trim().is_empty()).unwrap_or_default();
    let id = first(&["/value", "/selected_option/value", "/selected_date", "/selected_time", "/action_id"]);
    let title = first(&["/text/text", "/selected_option/text/text", "/selected_date", "/selected_time"]);
    (shorten(id, 2_000), shorten(title, 200))
}
