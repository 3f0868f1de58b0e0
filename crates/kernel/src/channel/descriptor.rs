//! What a connector says of itself: capabilities, limits, rules, connect form, what to paste where.

use crate::form::{self, Field, Is};
use crate::message::ChannelWord;
use serde::Serialize;
use serde_json::{Map, Value};

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
    /// We can show the person that somebody is writing.
    pub typing: bool,
    /// `delivered` is reported by this channel.
    pub delivery_reports: bool,
    pub read_reports: bool,
    /// We can tell the person that we have read.
    pub mark_read: bool,
    /// Approved templates exist and can be sent; the connector has [`super::Templates`].
    pub templates: bool,
    /// We can react to a message with an emoji.
    pub reactions: bool,
    /// We can change the text of a message that was sent.
    pub edits: bool,
    /// We can take back a message that was sent.
    pub deletes: bool,
    /// A place can be sent as one: the text is then a `geo:` address (RFC 5870), with name and address on lines of their own.
    pub locations: bool,
    /// How many quick-reply buttons a message may carry; 0 is none.
    pub buttons: u8,
    /// One conversation runs on for ever (chat) instead of one for each thread (mail).
    pub continuous: bool,
    /// Visitors talk to us directly (the widget); there is a live preview.
    pub widget: bool,
    pub simulator: bool,
    /// What comes in cannot be answered on the channel itself (calls, forms).
    pub inbound_only: bool,
    /// Its messages are records of calls: they can be logged by hand and taken in as a list.
    pub calls: bool,
}
impl Capabilities {
    /// Nothing at all, for struct update syntax in constants.
    pub const NONE: Self = Self {
        subject: false,
        recipients: false,
        html: false,
        attachments: false,
        outbound_first: "",
        typing: false,
        delivery_reports: false,
        read_reports: false,
        mark_read: false,
        templates: false,
        reactions: false,
        edits: false,
        deletes: false,
        locations: false,
        buttons: 0,
        continuous: false,
        widget: false,
        simulator: false,
        inbound_only: false,
        calls: false,
    };
}

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Limits {
    /// Characters of one text.
    pub text_chars: usize,
    /// Bytes of one text in UTF-8; 0 is no limit besides the characters.
    pub text_bytes: usize,
    pub attachments: usize,
    /// Largest file of any kind, in bytes; `media` may say less.
    pub attachment_bytes: i64,
    /// Characters of text that may go together with a file; with 0 they travel as two messages.
    pub caption_chars: usize,
    /// Largest delivery taken in, in bytes.
    pub inbound_bytes: i64,
    /// Messages a second to the provider, for one channel account.
    pub sends_per_second: f64,
    /// How many may go at once after a pause.
    pub burst: u32,
    /// Least time between two messages to the same person, in milliseconds; 0 is none.
    pub pair_interval_ms: i64,
    /// How many may go to the same person at once after a pause.
    pub pair_burst: u32,
    /// What the provider takes of each kind of file; empty takes everything.
    pub media: &'static [MediaLimit],
    /// What is turned into another form before it leaves, because the provider does not take it as it is.
    pub convert: &'static [Conversion],
    /// Text is sent in parts that are paid for (GSM 03.38): the composer counts them.
    pub sms_parts: bool,
    /// Characters of a button's title.
    pub button_chars: usize,
    /// Characters of the text above buttons; 0 is as many as elsewhere.
    pub button_text_chars: usize,
}
impl Limits {
    /// Generous values, for struct update syntax in constants.
    pub const WIDE: Self = Self {
        text_chars: 100_000,
        text_bytes: 0,
        attachments: 10,
        attachment_bytes: 25_000_000,
        caption_chars: 100_000,
        inbound_bytes: 1 << 20,
        sends_per_second: 10.0,
        burst: 10,
        pair_interval_ms: 0,
        pair_burst: 1,
        media: &[],
        convert: &[],
        sms_parts: false,
        button_chars: 20,
        button_text_chars: 0,
    };
}

impl Limits {
    /// The largest file of this kind; `None` when the provider takes none.
    pub fn most(&self, content_type: &str) -> Option<i64> {
        let own = self.media.iter().filter(|m| content_type.starts_with(m.prefix)).max_by_key(|m| m.prefix.len());
        if self.media.is_empty() { Some(self.attachment_bytes) } else { own.map(|m| m.bytes) }
    }
    /// What a file becomes before it leaves.
    pub fn conversion(&self, content_type: &str, bytes: i64) -> Option<&'static Conversion> {
        let fits = |c: &&Conversion| content_type.starts_with(c.from) && bytes > c.over;
        self.convert.iter().filter(fits).max_by_key(|c| c.from.len())
    }
}

/// Files of a kind that are turned into another before they leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Conversion {
    /// Beginning of the content type.
    pub from: &'static str,
    /// `image/jpeg`, `audio/ogg` (Opus) or `audio/wav`, within the limit of that kind.
    pub to: &'static str,
    /// Only files with more bytes than this; 0 is every file.
    pub over: i64,
}
impl Conversion {
    pub const fn new(from: &'static str, to: &'static str, over: i64) -> Self {
        Self { from, to, over }
    }
}

/// One kind of file that the provider takes.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct MediaLimit {
    /// Beginning of the content type: `image/`, `image/png`, or empty for everything else.
    pub prefix: &'static str,
    pub bytes: i64,
}

/// For how long an answer is free after the person wrote, and what is left afterwards.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Window {
    /// Hours since the person's last message.
    pub hours: u32,
    /// Hours in which a person of the team may still answer under the provider's tag; 0 is none.
    pub human_hours: u32,
    /// What remains afterwards.
    pub after: WindowAfter,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowAfter {
    /// Only approved templates.
    Template,
    /// Nothing, until the person writes again.
    Wait,
}

/// How an account is connected with a button instead of pasted keys (RFC 6749, RFC 7636).
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct OAuth {
    /// With `{configuration field}` filled in.
    pub authorize_url: &'static str,
    pub token_url: &'static str,
    /// With `{configuration field}` filled in.
    pub scopes: &'static [&'static str],
    /// Between scopes in the address; a space by RFC 6749, a comma with some.
    pub scope_separator: &'static str,
    pub pkce: bool,
    /// Further parameters of the authorize address.
    pub extra: &'static [(&'static str, &'static str)],
    /// Names of the form fields that hold our application's id and secret.
    pub client_id_field: &'static str,
    pub client_secret_field: &'static str,
    /// Settings that the connection fills in itself: they are not asked for in the form.
    pub fills: &'static [&'static str],
}

/// An address of ours that the administrator pastes into the provider's console.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Paste {
    pub label: &'static str,
    /// With `{public_url}`, `{key}` (the channel's key), and `{configuration field}` filled in.
    pub template: &'static str,
    pub help: &'static str,
}

/// Where the channel stands in the "add channel" grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Email,
    Messaging,
    Social,
    Voice,
    Website,
    Developer,
}

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Descriptor {
    /// Stable id, also the path segment of its webhooks: `api`, `smtp`, `webchat`.
    pub id: &'static str,
    pub name: &'static str,
    pub channel: ChannelWord,
    pub group: Group,
    /// One sentence for the "add channel" grid.
    pub summary: &'static str,
    /// Name of a free glyph (Lucide or Simple Icons).
    pub icon: &'static str,
    /// OKLCH hue of the channel disc.
    pub hue: u16,
    pub capabilities: Capabilities,
    pub limits: Limits,
    pub window: Option<Window>,
    pub oauth: Option<OAuth>,
    /// The connect button applies while one of these lists of conditions holds; empty: always.
    pub oauth_when: &'static [&'static [Is]],
    pub fields: &'static [Field],
    pub paste: &'static [Paste],
    /// The addresses to paste apply while one of these lists of conditions holds; empty: always.
    pub paste_when: &'static [&'static [Is]],
    /// What is needed before connecting, one step a line.
    pub needs: &'static [&'static str],
    /// What this channel cannot do, in words for the administrator.
    pub notes: &'static [&'static str],
    /// Which field names this account towards the outside (address, number); must be unique in the installation.
    pub identifier_field: &'static str,
    /// A switch of the form that forbids sending, enforced by policy; empty when there is none.
    pub read_only_field: &'static str,
    /// A setting with the address that starts a call, `{number}` in it being who is called; empty when there is none.
    pub call_url_field: &'static str,
    /// Further plain webhook paths below `/api/webhooks/` besides the id: `email/sendgrid`.
    pub webhook_paths: &'static [&'static str],
}
impl Descriptor {
    /// Empty where a channel need not say anything, for struct update syntax in constants.
    pub const BASE: Self = Self {
        id: "",
        name: "",
        channel: ChannelWord::Other,
        group: Group::Messaging,
        summary: "",
        icon: "",
        hue: 0,
        capabilities: Capabilities::NONE,
        limits: Limits::WIDE,
        window: None,
        oauth: None,
        oauth_when: &[],
        fields: &[],
        paste: &[],
        paste_when: &[],
        needs: &[],
        notes: &[],
        identifier_field: "",
        read_only_field: "",
        call_url_field: "",
        webhook_paths: &[],
    };
}
impl Descriptor {
    /// The connect button, where an account with these settings has one.
    pub fn oauth_for(&self, settings: &Map<String, Value>) -> Option<OAuth> {
        self.oauth.filter(|_| form::holds(self.oauth_when, self.fields, settings))
    }
    /// The addresses to paste, where an account with these settings has some.
    pub fn paste_for(&self, settings: &Map<String, Value>) -> &'static [Paste] {
        if form::holds(self.paste_when, self.fields, settings) { self.paste } else { &[] }
    }
}
