//! The envelope of the event log: one row for each change, numbered without gaps in commit order.

use crate::time::Millis;
use crate::{ContactId, ConversationId, MessageId};
use serde::Serialize;
use serde_json::Value;

/// Events deeper than this are not followed by automation: the brake for loops.
pub const MAX_DEPTH: i64 = 8;

/// A change about to be appended; the log gives it its `seq` when the batch commits.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Past tense, dotted: `message.created`.
    pub kind: &'static str,
    /// Version of the payload's shape.
    pub version: i64,
    /// [`crate::Actor::label`] of who did it.
    pub actor: String,
    pub at: Millis,
    pub cause_seq: Option<i64>,
    pub depth: i64,
    pub conversation: Option<ConversationId>,
    pub message: Option<MessageId>,
    pub contact: Option<ContactId>,
    /// Ids and non-personal deltas only, so that erasing a person leaves nothing here.
    pub payload: Value,
}

impl NewEvent {
    pub fn new(kind: &'static str, actor: impl Into<String>, at: Millis) -> Self {
        Self {
            kind,
            version: 1,
            actor: actor.into(),
            at,
            cause_seq: None,
            depth: 0,
            conversation: None,
            message: None,
            contact: None,
            payload: Value::Null,
        }
    }
    pub fn conversation(mut self, id: ConversationId) -> Self {
        self.conversation = Some(id);
        self
    }
    pub fn message(mut self, id: MessageId) -> Self {
        self.message = Some(id);
        self
    }
    pub fn contact(mut self, id: ContactId) -> Self {
        self.contact = Some(id);
        self
    }
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }
}

/// A row of the log as it goes over the wire.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Event {
    pub seq: i64,
    /// `epoch.seq`, to be given back as `?since=`.
    pub cursor: String,
    #[serde(with = "crate::time::wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    pub kind: String,
    pub version: i64,
    pub actor: String,
    pub cause_seq: Option<i64>,
    pub depth: i64,
    pub conversation_id: Option<ConversationId>,
    pub message_id: Option<MessageId>,
    pub contact_id: Option<ContactId>,
    #[schema(value_type = Object)]
    pub payload: Value,
}
