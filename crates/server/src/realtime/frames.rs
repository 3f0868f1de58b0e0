//! Frames: an event with the things it is about as they are now, encoded once for everybody.

use crate::app::App;
use crate::conversations::{self, Conversation, Message};
use crate::files;
use crate::teams::Seat;
use kernel::event::Event;
use kernel::{ConversationId, MemberId, MessageId, Result, WorkspaceId};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// Stands in the payload of each event that belongs to an act on many conversations.
pub const BULK: &str = "bulk_id";

/// The kind of a frame that means: fetch anew.
pub const RESET: &str = "reset";

/// One frame, ready to send.
pub struct Frame {
    /// Zero for frames without a number.
    pub seq: i64,
    pub text: Arc<str>,
    /// The same without what only those hear who may see everything it is about.
    pub veiled: Option<Arc<str>>,
    pub kind: String,
    pub conversation: Option<ConversationId>,
    /// First participant: on continuous channels, whose thread it is.
    pub thread: Option<String>,
    pub message: Option<Arc<Message>>,
    /// The team has read what the customer wrote, up to this message.
    pub read_up_to: Option<MessageId>,
    /// Who types, for the other side of the conversation.
    pub typing: Option<Typing>,
    /// The row of the log.
    pub event: Option<Arc<Event>>,
    /// Where the conversation stands, and where it stood before this event if that changed.
    pub seat: Option<Seat>,
    pub seat_before: Option<Seat>,
    /// What those hear for whom it came into sight or went out of it.
    pub crossing: Option<Crossing>,
    /// Members who are there, each with what they look at.
    pub presence: Option<super::Present>,
    /// For this member's streams only.
    pub only: Option<MemberId>,
}
pub struct Crossing {
    pub appeared: Arc<str>,
    pub gone: Arc<str>,
}
#[derive(Clone, Serialize)]
pub struct Typing {
    pub by_member: bool,
    pub name: String,
    pub typing: bool,
}

impl Frame {
    fn plain(value: serde_json::Value) -> Self {
        Self {
            seq: 0,
            text: value.to_string().into(),
            veiled: None,
            kind: String::new(),
            conversation: None,
            thread: None,
            message: None,
            read_up_to: None,
            typing: None,
            event: None,
            seat: None,
            seat_before: None,
            crossing: None,
            presence: None,
            only: None,
        }
    }
}

pub fn heartbeat(cursor: &str) -> String {
    json!({ "type": "heartbeat", "cursor": cursor }).to_string()
}
pub fn reset(cursor: &str) -> Frame {
    Frame { kind: RESET.into(), ..Frame::plain(json!({ "type": "reset", "cursor": cursor })) }
}
pub fn presence(present: super::Present) -> Frame {
    Frame { text: presence_text(&present).into(), presence: Some(present), ..Frame::plain(json!({})) }
}
pub fn presence_text(all: &super::Present) -> String {
    let mut members: HashMap<String, serde_json::Value> = HashMap::new();
    for (member, viewing) in all {
        let entry = members.entry(member.to_string()).or_insert_with(|| json!({ "online": true, "viewing": null }));
        if let Some(id) = viewing {
            entry["viewing"] = json!(id);
        }
    }
    json!({ "type": "presence", "members": members }).to_string()
}
/// Something for one person: what happened if it is new, and how many of theirs are unread now.
pub fn notification(member: MemberId, what: serde_json::Value, unread: i64) -> Frame {
    Frame { only: Some(member), ..Frame::plain(json!({ "type": "notification", "notification": what, "unread": unread })) }
}
pub fn typing(conversation: ConversationId, thread: Option<String>, id: &str, t: Typing) -> Frame {
    let who = json!({ "kind": if t.by_member { "member" } else { "contact" }, "id": id, "name": t.name });
    let mut frame = Frame::plain(json!({ "type": "typing", "conversation_id": conversation, "who": who, "typing": t.typing }));
    frame.conversation = Some(conversation);
    frame.thread = thread;
    frame.typing = Some(t);
    frame
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a Conversation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a Message>,
}

/// Frames for these events, with conversations and messages as they are now.
pub async fn build(app: &App, workspace: WorkspaceId, mut events: Vec<Event>) -> Result<Vec<Frame>> {
    // What was done to many at once is told once, by the act itself; the log has each.
    events.retain(|e| e.kind.starts_with("bulk.") || e.payload.get(BULK).is_none());
    let mut conversation_ids: Vec<ConversationId> = events.iter().filter_map(|e| e.conversation_id).collect();
    conversation_ids.sort_unstable();
    conversation_ids.dedup();
    let mut message_ids: Vec<MessageId> = events.iter().filter_map(|e| e.message_id).collect();
    message_ids.sort_unstable();
    message_ids.dedup();
    let links = files::links(app, workspace);
    let (conversations, seats, messages) = app
        .db
        .read(workspace, move |tx| {
            let mut c: HashMap<ConversationId, Conversation> = HashMap::new();
            let mut seats: HashMap<ConversationId, Seat> = HashMap::new();
            for id in conversation_ids {
                if let Some(found) = conversations::find(tx, id)? {
                    seats.insert(id, found.seat());
                    c.insert(id, found);
                } else if let Some(seat) = conversations::seat(tx, id)? {
                    seats.insert(id, seat);
                }
            }
            let mut m: HashMap<MessageId, Arc<Message>> = HashMap::new();
            for id in message_ids {
                if let Some(mut found) = conversations::message(tx, id)? {
                    links.fill_all(&mut found.attachments);
                    m.insert(id, Arc::new(found));
                }
            }
            Ok((c, seats, m))
        })
        .await?;
    let frame = |event: Event| {
        let message = event.message_id.and_then(|id| messages.get(&id));
        let conversation = event.conversation_id.and_then(|id| conversations.get(&id));
        let body = Body { r#type: "event", event: &event, conversation, message: message.map(Arc::as_ref) };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let seat = event.conversation_id.and_then(|id| seats.get(&id)).copied();
        let seat_before = seat.and_then(|s| stood_before(&event, s));
        Frame {
            crossing: seat_before.map(|_| crossing(&event, conversation)),
            seat,
            seat_before,
            presence: None,
            seq: event.seq,
            text: text.into(),
            veiled: veiled(&event),
            message: message.cloned(),
            conversation: event.conversation_id,
            thread: conversation.and_then(|c| c.participants.first()).map(|p| p.address.clone()),
            read_up_to: event.payload["up_to"].as_str().filter(|_| event.kind == "conversation.read").and_then(|id| id.parse().ok()),
            kind: event.kind.clone(),
            typing: None,
            event: Some(Arc::new(event)),
            only: None,
        }
    };
    Ok(events.into_iter().map(frame).collect())
}

/// An act on many conversations, without how many: that is told to those who see them all, and to whoever does it.
fn veiled(e: &Event) -> Option<Arc<str>> {
    if !e.kind.starts_with("bulk.") {
        return None;
    }
    let event = Event { payload: json!({ BULK: e.payload[BULK], "state": e.payload["state"] }), ..e.clone() };
    let body = Body { r#type: "event", event: &event, conversation: None, message: None };
    Some(serde_json::to_string(&body).unwrap_or_default().into())
}

/// Where it stood before an event that gave it to somebody else.
fn stood_before(e: &Event, now: Seat) -> Option<Seat> {
    if e.kind != "conversation.assigned" {
        return None;
    }
    let assignee = e.payload["before"].as_str().and_then(|id| id.parse().ok());
    let team = e.payload["team_before"].as_str().and_then(|id| id.parse().ok());
    Some(Seat { assignee, team, ..now })
}

fn crossing(e: &Event, conversation: Option<&Conversation>) -> Crossing {
    let appeared = Event { kind: "conversation.appeared".into(), ..e.clone() };
    let gone =
        Event { kind: "conversation.gone".into(), payload: serde_json::Value::Null, message_id: None, contact_id: None, ..e.clone() };
    let text = |event: &Event, conversation| {
        let body = Body { r#type: "event", event, conversation, message: None };
        serde_json::to_string(&body).unwrap_or_default().into()
    };
    Crossing { appeared: text(&appeared, conversation), gone: text(&gone, None) }
}
