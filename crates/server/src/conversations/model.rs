//! The shapes of conversations and messages, as the API gives them, and the pure rules between states.

use crate::sub_statuses::SubStatusBrief;
use crate::teams::Seat;
use kernel::message::{Address, ContentType, Direction, MessageStatus, Priority, SenderType, Status};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, ContactId, ConversationId, FileId, MemberId, MessageId, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The person of a conversation, as lists show it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactBrief {
    #[schema(value_type = String)]
    pub id: ContactId,
    pub name: String,
    /// Nobody has confirmed yet who this is.
    pub review: bool,
    /// What they write is not taken in.
    pub blocked: bool,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Conversation {
    #[schema(value_type = String)]
    pub id: ConversationId,
    pub number: i64,
    pub external_id: Option<String>,
    /// Kind of channel: `email`, `webchat`, …
    pub channel: String,
    #[schema(value_type = String)]
    pub channel_id: ChannelId,
    pub channel_name: String,
    pub provider: String,
    pub status: Status,
    pub priority: Priority,
    pub subject: Option<String>,
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
    pub contact: Option<ContactBrief>,
    pub lead_id: Option<String>,
    pub company_id: Option<String>,
    pub participants: Vec<Address>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub last_message_at: Millis,
    pub last_message_preview: String,
    pub last_message_direction: Direction,
    pub unread_count: i64,
    pub message_count: i64,
    #[schema(value_type = Option<String>)]
    pub assignee_id: Option<MemberId>,
    #[schema(value_type = Option<String>)]
    pub team_id: Option<TeamId>,
    pub tags: Vec<String>,
    #[schema(value_type = Object)]
    pub custom_attributes: Map<String, Value>,
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    /// The conversation this one goes on from, when that one was closed too long ago.
    #[schema(value_type = Option<String>)]
    pub previous_id: Option<ConversationId>,
    /// What the workspace calls its status more precisely.
    pub sub_status: Option<SubStatusBrief>,
}

impl Conversation {
    /// What decides who sees it.
    pub fn seat(&self) -> Seat {
        Seat { channel: self.channel_id, assignee: self.assignee_id, team: self.team_id }
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Message {
    #[schema(value_type = String)]
    pub id: MessageId,
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    pub external_id: Option<String>,
    pub direction: Direction,
    pub sender_type: SenderType,
    /// `con_…` or `mem_…`.
    pub sender_id: Option<String>,
    pub sender_name: Option<String>,
    pub from: Option<String>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: Option<String>,
    pub content_type: ContentType,
    pub text: String,
    /// The text without quoted history, when there was some.
    pub stripped_text: Option<String>,
    /// Sanitised.
    pub html: Option<String>,
    pub attachments: Vec<crate::files::Attachment>,
    #[schema(value_type = Option<String>)]
    pub reply_to_id: Option<MessageId>,
    pub is_note: bool,
    pub status: MessageStatus,
    pub error: Option<String>,
    /// A crash hid whether it left; offer check and resend.
    pub delivery_uncertain: bool,
    pub automated_by: Option<String>,
    /// Written by a machine (RFC 3834).
    pub automatic: bool,
    pub verified_sender: bool,
    /// Why this message is in this conversation.
    pub thread_reason: Option<String>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub send_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// Emoji that somebody put on it.
    pub reactions: Vec<Reaction>,
    /// When its writer last changed it.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Millis>,
    /// Taken back by its writer: the content is gone.
    pub is_deleted: bool,
    /// Since when this note stands above the conversation.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub pinned_at: Option<Millis>,
    /// The forward with which a talk with somebody else began beside the conversation; this message belongs to it.
    #[schema(value_type = Option<String>)]
    pub aside_id: Option<MessageId>,
    #[serde(skip)]
    pub key: i64,
    #[serde(skip)]
    pub journal_key: Option<i64>,
}

/// One emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reaction {
    pub emoji: String,
    /// The person's handle on the channel, or `mem_…` of a member.
    pub by: String,
    pub name: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
impl Location {
    pub fn checked(self) -> kernel::Result<Self> {
        use kernel::Error;
        if !(-90.0..=90.0).contains(&self.latitude) || !(-180.0..=180.0).contains(&self.longitude) {
            return Err(Error::field("location", "out_of_range", "A latitude is -90 to 90 degrees, a longitude -180 to 180."));
        }
        let tidy = |text: Option<String>| text.map(|t| t.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|t| !t.is_empty());
        let out = Self { name: tidy(self.name), address: tidy(self.address), ..self };
        if [&out.name, &out.address].into_iter().flatten().any(|t| t.chars().count() > 200) {
            return Err(Error::field("location", "too_long", "Name and address take 200 characters each."));
        }
        Ok(out)
    }
    /// As people read it.
    pub fn words(&self) -> String {
        let named: Vec<&str> = [&self.name, &self.address].into_iter().flatten().map(String::as_str).collect();
        if named.is_empty() { format!("{}, {}", self.latitude, self.longitude) } else { named.join(", ") }
    }
    /// As connectors that know places take it (RFC 5870), with name and address on lines of their own.
    pub fn geo(&self) -> String {
        let mut out = format!("geo:{},{}", self.latitude, self.longitude);
        for line in [&self.name, &self.address].into_iter().flatten() {
            out.push('\n');
            out.push_str(line);
        }
        out
    }
    /// For everybody else: the words and a link.
    pub fn link(&self) -> String {
        let (lat, lon) = (self.latitude, self.longitude);
        format!("{}\nhttps://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}", self.words())
    }
}

/// To, Cc and Bcc as one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recipients {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Address>,
}

/// A reply that is being written; one for each member and conversation.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Draft {
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub html: Option<String>,
    #[serde(default)]
    pub is_note: bool,
    #[serde(default)]
    pub to: Option<Vec<Address>>,
    #[serde(default)]
    pub cc: Option<Vec<Address>>,
    #[serde(default)]
    pub bcc: Option<Vec<Address>>,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub attachments: Vec<FileId>,
    /// Buttons under the text.
    #[serde(default)]
    pub buttons: Vec<kernel::channel::Button>,
    /// The message it answers, where that is a certain one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reply_to_id: Option<MessageId>,
}

/// A draft as it is shown: with what is known of its files.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DraftDetail {
    #[serde(flatten)]
    pub draft: Draft,
    /// Its attachments that can still be sent, in order.
    pub files: Vec<crate::files::Attachment>,
}

/// Lists are made of buckets: new and open are one.
pub fn bucket(status: Status) -> &'static str {
    match status {
        Status::New | Status::Open => "open",
        other => other.as_str(),
    }
}

/// A closed thread goes on in its conversation for this long; later a new, linked one begins.
pub const REOPEN_WITHIN: Millis = 14 * kernel::time::DAY;

/// What an inbound message does to the state it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInbound {
    /// The conversation keeps its status.
    Keep,
    /// Pending, snoozed or recently resolved: open again, same assignee.
    Reopen,
    /// Closed too long ago: a new conversation, linked to this one.
    Continue,
}

/// `automatic` mail does not reopen what was closed more than a day ago.
pub fn on_inbound(status: Status, closed_at: Option<Millis>, now: Millis, automatic: bool) -> OnInbound {
    match status {
        Status::New | Status::Open | Status::Spam => OnInbound::Keep,
        Status::Pending | Status::Snoozed => OnInbound::Reopen,
        Status::Resolved | Status::Archived => {
            let age = now - closed_at.unwrap_or(now);
            match () {
                () if automatic && age > kernel::time::DAY => OnInbound::Keep,
                () if age > REOPEN_WITHIN => OnInbound::Continue,
                () => OnInbound::Reopen,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::time::{DAY, HOUR};

    #[test]
    fn an_answer_reopens_a_recent_conversation_and_continues_an_old_one() {
        let now = 100 * DAY;
        assert_eq!(on_inbound(Status::Pending, None, now, false), OnInbound::Reopen);
        assert_eq!(on_inbound(Status::Resolved, Some(now - DAY), now, false), OnInbound::Reopen);
        assert_eq!(on_inbound(Status::Resolved, Some(now - 15 * DAY), now, false), OnInbound::Continue);
        assert_eq!(on_inbound(Status::Spam, Some(now - 15 * DAY), now, false), OnInbound::Keep);
        assert_eq!(on_inbound(Status::Open, None, now, false), OnInbound::Keep);
    }

    #[test]
    fn a_machine_does_not_reopen_what_was_closed_yesterday() {
        let now = 100 * DAY;
        assert_eq!(on_inbound(Status::Resolved, Some(now - 25 * HOUR), now, true), OnInbound::Keep);
        assert_eq!(on_inbound(Status::Resolved, Some(now - HOUR), now, true), OnInbound::Reopen);
    }
}
