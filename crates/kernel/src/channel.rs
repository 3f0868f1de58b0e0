//! The contract of a connector: describe yourself, verify, parse, send, report health.
//!
//! A connector is stateless. It sees no SQL and no web framework: deliveries come in as [`Unverified`],
//! the network comes in as [`Edge`]. What a provider sent cannot be parsed before it was verified, because
//! [`Channel::parse`] takes a [`Verified`] and only a verification makes one.

use crate::form::Field;
use crate::http::{HttpClient, HttpRequest};
use crate::message::{Address, ChannelWord, ContentType, HandleEvidence, MessageStatus};
use crate::time::Millis;
use crate::{BoxFuture, ChannelId, Secret, clock::Clock, dial::Dial};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

// ---------- what a connector says of itself ----------

/// What the screen and the rules may count on.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
pub struct Capabilities {
    /// Messages have subjects; a new outbound conversation asks for one.
    pub subject: bool,
    /// To, Cc and Bcc can be edited.
    pub recipients: bool,
    /// Rich text goes out; otherwise the composer is plain.
    pub html: bool,
    pub attachments: bool,
    /// We may write first, to this kind of handle (`email`, `phone`); empty when we may only answer.
    pub outbound_first: &'static str,
    pub typing: bool,
    /// `delivered` is reported by this channel.
    pub delivery_reports: bool,
    pub read_reports: bool,
    pub templates: bool,
    pub reactions: bool,
    /// One conversation runs on for ever (chat) instead of one for each thread (mail).
    pub continuous: bool,
    /// Visitors talk to us directly (the widget); there is a live preview.
    pub widget: bool,
    pub simulator: bool,
}

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Limits {
    pub text_chars: usize,
    pub attachments: usize,
    pub attachment_bytes: i64,
    /// Largest delivery taken in, in bytes.
    pub inbound_bytes: i64,
    /// Messages a second to the provider, for one channel account.
    pub sends_per_second: u32,
}

/// An address of ours that the administrator pastes into the provider's console.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Paste {
    pub label: &'static str,
    /// With `{public_url}`, `{key}` (the channel's key), and `{configuration field}` filled in.
    pub template: &'static str,
    pub help: &'static str,
}

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Descriptor {
    /// Stable id, also the path segment of its webhooks: `api`, `smtp`, `webchat`.
    pub id: &'static str,
    pub name: &'static str,
    pub channel: ChannelWord,
    /// One sentence for the "add channel" grid.
    pub summary: &'static str,
    /// Name of a free glyph (Lucide or Simple Icons).
    pub icon: &'static str,
    /// OKLCH hue of the channel disc.
    pub hue: u16,
    pub capabilities: Capabilities,
    pub limits: Limits,
    pub fields: &'static [Field],
    pub paste: &'static [Paste],
    /// What is needed before connecting, one step a line.
    pub needs: &'static [&'static str],
    /// Which field names this account towards the outside (address, number); must be unique in the installation.
    pub identifier_field: &'static str,
}

// ---------- the account a connector works for ----------

/// One connected channel, secrets already decrypted.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: ChannelId,
    pub provider: String,
    pub name: String,
    /// The address, number or public token that names it to the outside.
    pub identifier: String,
    pub settings: Settings,
    /// Scheme, host and port under which the outside reaches us.
    pub public_url: String,
    /// Per-channel key for reply tokens and other MACs, made at creation, 32 bytes.
    pub mac_key: Secret<Vec<u8>>,
}

/// The values of the connect form. Secrets are in here too: `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Settings(Map<String, Value>);
impl Settings {
    pub fn new(values: Map<String, Value>) -> Self {
        Self(values)
    }
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|s| !s.is_empty())
    }
    pub fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.text(name).map(|s| Secret::new(s.to_owned()))
    }
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }
    pub fn words(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.map(|l| l.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()).unwrap_or_default()
    }
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

// ---------- inbound ----------

/// One delivery as it came, byte for byte.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawDelivery {
    pub method: String,
    /// Path and query as asked for.
    pub path: String,
    /// Lower-case names; only those of interest are kept in the journal.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub received_at: Millis,
    /// Address of the peer, when known.
    pub peer: Option<String>,
}
impl RawDelivery {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A delivery nobody has checked yet. There is no way to its content but through verification.
#[derive(Debug)]
pub struct Unverified(RawDelivery);
impl Unverified {
    pub fn new(raw: RawDelivery) -> Self {
        Self(raw)
    }
    /// The bytes, for computing a signature over them and for nothing else.
    pub fn raw(&self) -> &RawDelivery {
        &self.0
    }
    /// Says that the delivery is genuine; call it only after comparing in constant time. `how` names the proof.
    pub fn accept(self, how: &'static str) -> Verified {
        Verified { raw: self.0, how }
    }
}

/// A delivery whose sender was proved.
#[derive(Debug, Clone)]
pub struct Verified {
    raw: RawDelivery,
    how: &'static str,
}
impl Verified {
    pub fn raw(&self) -> &RawDelivery {
        &self.raw
    }
    pub fn how(&self) -> &'static str {
        self.how
    }
    pub fn into_raw(self) -> RawDelivery {
        self.raw
    }
    /// From a journal row: only verified deliveries are written there.
    pub fn from_journal(raw: RawDelivery) -> Self {
        Self { raw, how: "journal" }
    }
}

/// The delivery is not genuine, or not complete. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Stable: `signature.missing`, `signature.wrong`, `signature.expired`.
    pub code: &'static str,
    pub detail: String,
}
impl Reject {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// The delivery is genuine and cannot be understood; it goes to quarantine with these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(pub String);

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
    /// To be fetched by intake through the guarded client.
    Url(String),
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
    pub metadata: Map<String, Value>,
}

/// A provider's report on a message of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusReport {
    /// The id the provider gave, or the Message-ID we chose.
    pub external_id: String,
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
    /// The person has read everything up to this time.
    ReadUpTo {
        handle: Handle,
        at: Millis,
    },
    /// Kept in the journal as ignored, with the reason.
    Ignored {
        why: String,
    },
}

// ---------- outbound ----------

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

/// What the connector reaches the world with.
#[derive(Clone, Copy)]
pub struct Edge<'a> {
    pub http: &'a dyn HttpClient,
    pub dial: &'a dyn Dial,
    pub clock: &'a dyn Clock,
}

/// A connector.
pub trait Channel: Send + Sync {
    fn descriptor(&self) -> &'static Descriptor;
    /// Proves that a delivery is genuine. `now` is for replay windows.
    fn verify(&self, account: &Account, delivery: Unverified, now: Millis) -> Result<Verified, Reject>;
    /// Pure: the same bytes always give the same result.
    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError>;
    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>>;
    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health>;
    /// The simulator, where the connector has one (all of ours do).
    fn simulator(&self) -> Option<&dyn Simulator> {
        None
    }
    /// The external id of a message of ours, chosen before it leaves so that answers find it even if the receipt is lost.
    fn outgoing_id(&self, _account: &Account, message: crate::MessageId, _conversation: crate::ConversationId) -> String {
        message.to_string()
    }
    /// A send with the same key is harmless: the provider keeps our key, or there is no provider.
    fn repeats_safely(&self) -> bool {
        false
    }
}

/// A customer made of nothing: builds genuine deliveries, as the provider would have made them.
pub trait Simulator: Send + Sync {
    /// A signed delivery in which `customer` says `text`; with `answers`, it answers that external id.
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery;
    /// The same as a request for the webhook address, when the channel is fed over HTTP.
    fn request(&self, _account: &Account, _say: &Simulated, _now: Millis) -> Option<HttpRequest> {
        None
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Simulated {
    /// Unique for each thing said.
    pub external_id: String,
    /// Address, number or id of the customer on this channel.
    pub from: String,
    pub from_name: Option<String>,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub answers: Option<String>,
    /// Reply token address of the mail that is answered, if any.
    pub to: Option<String>,
}
