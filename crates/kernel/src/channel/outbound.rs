//! What leaves: a message about to be sent, what the provider said to it, and the small acts around it.

use crate::clock::Clock;
use crate::dial::Dial;
use crate::http::HttpClient;
use crate::message::{Address, MessageStatus};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub struct OutboundFile {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    /// Signed link for providers that fetch.
    pub url: String,
}

/// A message about to leave; everything a connector needs, already decided by policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbound {
    /// `msg_…`, stable over attempts: the idempotency key towards providers that have one.
    pub message_id: String,
    pub conversation_id: crate::ConversationId,
    /// `#42`
    pub conversation_number: i64,
    pub sender_name: Option<String>,
    /// The person's handle on this channel; for mail, the first recipient.
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub files: Vec<OutboundFile>,
    /// External id chosen before sending (the Message-ID without brackets for mail).
    pub external_id: String,
    /// External id of the message answered, and the chain before it, oldest first.
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// The provider's thread id, as inbound messages gave it.
    pub thread_key: Option<String>,
    /// True for mail written by a rule or an answering machine: RFC 3834 headers are added.
    pub automatic: bool,
    pub created_at: Millis,
    pub attempt: u32,
    /// An approved template instead of free text.
    pub template: Option<TemplateUse>,
    /// Quick replies under the text, at most what the descriptor allows.
    pub buttons: Vec<Button>,
    /// When the person last wrote on this channel.
    pub last_inbound_at: Option<Millis>,
    /// External id of the person's last message.
    pub last_inbound_id: Option<String>,
    /// What the connector put into the metadata of the person's last message.
    pub last_inbound_metadata: Map<String, Value>,
}

/// A quick reply or a link under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Button {
    /// Comes back when the person presses it.
    pub id: String,
    pub title: String,
    /// Opens this address instead of answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A template with its blanks filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TemplateUse {
    /// The provider's id of it.
    pub id: String,
    pub name: String,
    pub language: String,
    /// Values of the blanks by name (`1`, `2`, … where they are numbered).
    #[serde(default)]
    pub parameters: std::collections::BTreeMap<String, String>,
    /// Address of the file in the header, where the template has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_url: Option<String>,
}

/// A template as the provider keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Template {
    pub id: String,
    pub name: String,
    pub language: String,
    /// The provider's word: `marketing`, `utility`, `authentication`.
    pub category: String,
    /// `approved`, `pending`, `rejected`, `paused`, `disabled`.
    pub status: String,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `text`, `image`, `video`, `document`; none has no header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_text: Option<String>,
    /// With `{{1}}` or `{{name}}` for the blanks.
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// The blanks, in order.
    #[serde(default)]
    pub blanks: Vec<String>,
}

/// Something small done to a conversation besides sending a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Reacts to a message, or takes the reaction back.
    React { external_id: String, emoji: Option<String> },
    /// Shows or hides that somebody is writing.
    Typing { on: bool },
    /// Tells the person that this message, and what came before it, was read.
    MarkRead { external_id: String },
    /// Changes the text of a message of ours.
    Edit { external_id: String, text: String },
    /// Takes a message of ours back.
    Delete { external_id: String },
}

/// Where an [`Act`] happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The person's handle on this channel.
    pub to: Address,
    pub thread_key: Option<String>,
    pub last_inbound_id: Option<String>,
    pub last_inbound_metadata: Map<String, Value>,
}

/// The provider took it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Receipt {
    /// The provider's id, when it differs from ours.
    pub external_id: Option<String>,
    /// The provider's words, kept with the attempt.
    pub detail: Option<String>,
    /// `sent` unless the answer itself already says more.
    pub status: Option<MessageStatus>,
}

/// Why a send did not happen, in the classes that decide what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The same request may pass later. `after_ms` when the provider named a time.
    Retry { after_ms: Option<i64>, detail: String },
    /// Nobody knows whether it left: the connection broke after the request was written.
    Uncertain { detail: String },
    /// Credentials, suspension, billing: the channel account stops, the message waits.
    Account { detail: String },
    /// A rule of the channel that the user can act on.
    Policy { code: String, detail: String },
    /// Never again in this form.
    Permanent { detail: String },
}

impl SendError {
    /// The words for people.
    pub fn detail(&self) -> &str {
        match self {
            Self::Retry { detail, .. }
            | Self::Uncertain { detail }
            | Self::Account { detail }
            | Self::Policy { detail, .. }
            | Self::Permanent { detail } => detail,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    Ok {
        detail: String,
    },
    /// Words that say what to do.
    Broken {
        detail: String,
    },
}

/// One step of trying a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// `credentials`, `incoming`, `folders`, `outgoing`.
    pub step: &'static str,
    pub ok: bool,
    /// What works, or what to do.
    pub detail: String,
}

/// What the connector reaches the world with.
#[derive(Clone, Copy)]
pub struct Edge<'a> {
    pub http: &'a dyn HttpClient,
    pub dial: &'a dyn Dial,
    pub clock: &'a dyn Clock,
}
