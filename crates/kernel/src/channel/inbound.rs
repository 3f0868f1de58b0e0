//! What a verified delivery turns out to be: messages, and everything providers report around them.

use super::Profile;
use crate::message::{Address, ContentType, HandleEvidence, MessageStatus};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A name by which somebody is reached. `scope` is empty for world-wide kinds (`email`, `phone`)
/// and the channel account's id for the provider's own ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// `email`, `phone`, or the connector's id.
    pub kind: String,
    pub value: String,
    pub evidence: HandleEvidence,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The handle the channel itself delivered from.
    pub handle: Handle,
    pub name: Option<String>,
    /// Further handles that came along (typed into a form, in a payload).
    pub more: Vec<Handle>,
}

/// What helps to find the conversation. Everything is optional; intake tries in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreadHint {
    /// MAC-checked conversation from a reply token, as the id's 16 bytes in hex, and how it was found.
    pub token: Option<(crate::ConversationId, String)>,
    /// The provider's own thread id (chat id, room); with `continuous` channels, the person.
    pub key: Option<String>,
    /// External ids this answers, best first (In-Reply-To last to first, then References last to first).
    pub answers: Vec<String>,
    /// Normalised subject, when a subject match is allowed.
    pub subject: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FileSource {
    Bytes(Vec<u8>),
    /// To be fetched by intake through the guarded client, without credentials.
    Url(String),
    /// To be fetched by the connector ([`super::Channel::fetch`]), which knows the credentials and the steps; the text is its own.
    Provider(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct InboundFile {
    pub name: String,
    pub content_type: String,
    pub source: FileSource,
    /// For `cid:` references, without brackets.
    pub content_id: Option<String>,
    pub inline: bool,
}

/// A message as every provider's traffic ends.
///
/// `metadata` holds what has no field of its own, under these names where they apply: `location` {latitude, longitude, name,
/// address, url}, `contacts` [{name, phones, emails}], `interactive` {kind, id, title, payload}, `order` {catalog_id, items},
/// `referral` {source, headline, body, url}, `forwarded` (true), `story` {url, id}, `call` {direction, seconds, outcome,
/// recording_url, handled_by, note, transcript}.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    /// Idempotency key: unique in the channel account.
    pub external_id: String,
    pub thread: ThreadHint,
    pub sender: Sender,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub reply_to: Option<Address>,
    pub subject: Option<String>,
    pub content_type: ContentType,
    /// Plain text; made from the HTML when there was none.
    pub text: String,
    /// Text without quoted history and signature; equals `text` when nothing was stripped.
    pub stripped_text: Option<String>,
    /// Sanitised, safe to show in a script-less frame.
    pub html: Option<String>,
    pub files: Vec<InboundFile>,
    /// The sender's clock.
    pub sent_at: Option<Millis>,
    /// Written by a machine (RFC 3834): stored, never answered automatically.
    pub automatic: bool,
    /// Sent from our side through another program (an echo); stored as outbound.
    pub echo: bool,
    /// Somebody of the team was there when it happened (a call that was answered): it is not unread, and nobody waits for an answer.
    pub attended: bool,
    pub metadata: Map<String, Value>,
}
impl InboundMessage {
    /// A plain text from a person in their continuous thread; the rest by struct update.
    pub fn text(external_id: impl Into<String>, thread_key: impl Into<String>, sender: Sender, text: impl Into<String>) -> Self {
        Self {
            external_id: external_id.into(),
            thread: ThreadHint { key: Some(thread_key.into()), ..ThreadHint::default() },
            sender,
            to: Vec::new(),
            cc: Vec::new(),
            reply_to: None,
            subject: None,
            content_type: ContentType::Text,
            text: text.into(),
            stripped_text: None,
            html: None,
            files: Vec::new(),
            sent_at: None,
            automatic: false,
            echo: false,
            attended: false,
            metadata: Map::new(),
        }
    }
}

/// A provider's report on a message of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusReport {
    /// The id the provider gave, or the Message-ID we chose.
    pub external_id: String,
    /// Our own `msg_…`, where the provider gives back what we put in; finds the message even if the receipt was lost.
    pub message_id: Option<String>,
    pub status: MessageStatus,
    pub at: Option<Millis>,
    /// Provider's code and words on failure.
    pub error: Option<String>,
    /// Mail accepted and bounced later: may turn `delivered` into `failed`.
    pub bounced: bool,
}

/// What a verified delivery turned out to be. One delivery may hold several.
#[derive(Debug, Clone, PartialEq)]
pub enum Inbound {
    Message(Box<InboundMessage>),
    Status(StatusReport),
    /// Everything of ours up to this time has been read by the person, or (`delivered`) has reached them.
    UpTo {
        handle: Handle,
        at: Millis,
        status: MessageStatus,
    },
    /// Somebody reacted to a message (theirs or ours) with an emoji; none takes the reaction back.
    Reaction {
        /// The message reacted to.
        external_id: String,
        handle: Handle,
        emoji: Option<String>,
        at: Option<Millis>,
    },
    /// The person changed what they had said.
    Edited {
        external_id: String,
        text: String,
        at: Option<Millis>,
    },
    /// The person took back what they had said; our copy loses its content.
    Deleted {
        external_id: String,
        at: Option<Millis>,
    },
    /// The person's id on this channel has changed (a new number, a group that became a supergroup).
    Moved {
        from: Handle,
        to: Handle,
    },
    /// The person can no longer be written to (blocked us), or (`None`) can be again.
    Reachable {
        handle: Handle,
        /// Why not.
        blocked: Option<String>,
    },
    /// The person wants no more messages from this account (STOP), or wants them again.
    OptOut {
        handle: Handle,
        out: bool,
    },
    /// What the provider knows of a person by now. Nobody is made of it: only who has written here is known better.
    Profile {
        handle: Handle,
        profile: Box<Profile>,
    },
    /// The account itself: broken with the words for the administrator, or well again.
    Account {
        broken: Option<String>,
        detail: String,
    },
    /// An address to call once (a subscription to confirm); the connector has checked that its host is the provider's.
    Visit {
        url: String,
        why: String,
    },
    /// New content waits at the provider: poll now.
    PollNow,
    /// The content lies at the provider and the delivery only names it: the server calls [`super::Channel::fetch`] with this
    /// reference and parses the bytes again, as a delivery with method `FETCHED` and the same headers.
    Fetch {
        reference: String,
    },
    /// Kept in the journal as ignored, with the reason.
    Ignored {
        why: String,
    },
}
