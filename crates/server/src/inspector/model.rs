//! One thing that happened, as the inspector shows it.

use crate::conversations::history::HistoryEntry;
use kernel::time::{Millis, wire};
use kernel::{JournalId, MemberId, MessageId, NotificationId, WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which kinds of entries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InspectorKind)]
pub enum Kind {
    Message,
    Event,
    Attempt,
    Notification,
    Webhook,
}

/// A code that is translated, and what it is about: an address, an id, words of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = InspectorReason)]
pub struct Reason {
    pub code: &'static str,
    pub detail: Option<String>,
}

/// Where a message came from, and why it stands here.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectedMessage)]
pub struct Message {
    /// `inbound` or `outbound`.
    pub direction: String,
    pub is_note: bool,
    pub sender_name: Option<String>,
    /// Written by a machine: theirs, or for ours see `automated_by`.
    pub automatic: bool,
    /// What of ours wrote it: `hours.greeting`, `hours.away` …
    pub automated_by: Option<String>,
    /// Whether the sender is who takes part here.
    pub verified_sender: bool,
    pub status: String,
    pub error: Option<String>,
    pub external_id: Option<String>,
    /// Why it stands in this conversation: `token`, `channel_thread`, `first_of_thread`, `answers`, `subject`, `new`, `beside`, `by_hand`, `other`.
    pub thread: Option<Reason>,
    /// How its sender was recognised: `handle`, `known`, `claim`, `new`.
    pub person: Option<Reason>,
    /// The delivery that brought it; for those who read the journal and see every conversation.
    #[schema(value_type = Option<String>)]
    pub journal_id: Option<JournalId>,
    pub journal_state: Option<String>,
    /// What became of that delivery, in words.
    pub journal_outcome: Option<String>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectedEvent)]
pub struct Happened {
    pub seq: i64,
    /// `conversation.assigned`, `message.created` …
    pub kind: String,
    /// `user:mem_…`, `token:tok_…`, `contact:con_…`, `system`.
    pub actor: String,
    pub actor_name: Option<String>,
    /// What changed with it, as the log has it.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// The same with names in place of ids.
    pub change: HistoryEntry,
}

/// One try to send a message.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectedAttempt)]
pub struct Attempt {
    pub attempt: i64,
    pub outcome: String,
    /// What was answered.
    pub detail: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectedNotification)]
pub struct Told {
    #[schema(value_type = String)]
    pub notification_id: NotificationId,
    pub kind: String,
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub member_name: Option<String>,
    /// How often it happened while it was unread.
    pub times: i64,
}

/// What a program outside was told of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectedWebhook)]
pub struct Outside {
    #[schema(value_type = String)]
    pub subscription_id: WebhookId,
    #[schema(value_type = String)]
    pub delivery_id: WebhookDeliveryId,
    pub name: String,
    pub event: String,
    pub state: String,
    pub attempts: i64,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

/// One of `message`, `event`, `attempt`, `notification`, `webhook` is there, as `kind` says.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = InspectorEntry)]
pub struct Entry {
    /// Names it within this list.
    pub id: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    pub kind: Kind,
    /// What it is about.
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    /// The beginning of that message.
    pub preview: Option<String>,
    pub message: Option<Message>,
    pub event: Option<Happened>,
    pub attempt: Option<Attempt>,
    pub notification: Option<Told>,
    pub webhook: Option<Outside>,
}
impl Entry {
    pub fn new(id: String, at: Millis, kind: Kind) -> Self {
        Self { id, at, kind, message_id: None, preview: None, message: None, event: None, attempt: None, notification: None, webhook: None }
    }
}
