//! Events of the gateway and interactions, as Discord writes them.

use super::ids::{self, is_snowflake};
use super::{interactions, text};
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, FileSource, Inbound, InboundFile, InboundMessage, ParseError, StatusReport, ThreadHint};
use kernel::message::{ContentType, MessageStatus};
use kernel::time::{Millis, parse_rfc3339};
use serde_json::{Map, Value};

const MOST_FILES: usize = 50;
/// The message is a recording.
const VOICE: i64 = 1 << 13;

/// A text below a value; empty when there is none.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
pub fn ignored(why: impl Into<String>) -> Vec<Inbound> {
    vec![Inbound::Ignored { why: why.into() }]
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if !body.is_object() {
        return Err(ParseError("The body has to be an object.".into()));
    }
    if body.get("t").is_none() {
        return interactions::parse(account, &body);
    }
    let data = body.get("d").filter(|d| d.is_object()).ok_or_else(|| ParseError("The event holds nothing.".into()))?;
    let me = Some(at(&body, "/me")).filter(|m| !m.is_empty()).or_else(|| account.settings.text("application_id")).unwrap_or_default();
    match at(&body, "/t") {
        "MESSAGE_CREATE" => message(account, data, me),
        "MESSAGE_UPDATE" => edited(data, me),
        "MESSAGE_DELETE" => deleted(std::iter::once(at(data, "/id"))),
        "MESSAGE_DELETE_BULK" => {
            deleted(data.get("ids").and_then(Value::as_array).into_iter().flatten().take(200).map(|v| v.as_str().unwrap_or_default()))
        }
        "MESSAGE_REACTION_ADD" => reaction(account, data, me, true),
        "MESSAGE_REACTION_REMOVE" => reaction(account, data, me, false),
        "INTERACTION_CREATE" => interactions::parse(account, data),
        other => Ok(ignored(format!("The event “{}” says nothing to an inbox.", shorten(other, 60)))),
    }
}

fn message(account: &Account, data: &Value, me: &str) -> Result<Vec<Inbound>, ParseError> {
    let (id, channel, author) = (at(data, "/id"), at(data, "/channel_id"), at(data, "/author/id"));
    if !is_snowflake(id) || !is_snowflake(channel) {
        return Err(ParseError("The message has no id, or no channel.".into()));
    }
    if author == me {
        return Ok(own(data, id));
    }
    if data.get("webhook_id").is_some_and(Value::is_string) {
        return Ok(ignored("A message of a webhook, not of a person."));
    }
    let kind = data.get("type").and_then(Value::as_i64).unwrap_or_default();
    if !matches!(kind, 0 | 19) {
        return Ok(ignored(format!("A note of Discord's own (type {kind}).")));
    }
    if !is_snowflake(author) {
        return Err(ParseError("The message is of nobody.".into()));
    }
    let mut content = Content::default();
    content.read(data);
    let mut metadata = Map::new();
    for snapshot in data.get("message_snapshots").and_then(Value::as_array).into_iter().flatten().take(5) {
        if let Some(passed) = snapshot.get("message") {
            metadata.insert("forwarded".into(), true.into());
            content.lines.push("Forwarded:".into());
            content.read(passed);
        }
    }
    if content.lines.is_empty() && content.files.is_empty() {
        content.lines.push(nothing(data));
    }
    let guild = at(data, "/guild_id");
    if is_snowflake(guild) {
        metadata.insert("guild_id".into(), guild.into());
    }
    if let Some(username) = people::named(Some(at(data, "/author/username"))) {
        metadata.insert("username".into(), username.into());
    }
    let answered = at(data, "/message_reference/message_id");
    let passed_on = data.pointer("/message_reference/type").and_then(Value::as_i64) == Some(1);
    let name = Some(at(data, "/member/nick")).filter(|n| !n.trim().is_empty()).or_else(|| data.get("author").and_then(text::name));
    let m = InboundMessage {
        thread: ThreadHint {
            key: Some(channel.to_owned()),
            answers: Some(answered).filter(|a| is_snowflake(a) && !passed_on).map(str::to_owned).into_iter().collect(),
            ..ThreadHint::default()
        },
        content_type: content.kind.unwrap_or(ContentType::Text),
        files: content.files,
        sent_at: when(at(data, "/timestamp")).or_else(|| ids::time(id)),
        automatic: data.pointer("/author/bot") == Some(&Value::Bool(true)),
        metadata,
        ..InboundMessage::text(id, "", people::sender(account, author, name), content.lines.join("\n"))
    };
    Ok(vec![Inbound::Message(Box::new(m))])
}

/// What the bot itself said comes back with the nonce that we gave to it.
fn own(data: &Value, id: &str) -> Vec<Inbound> {
    match ids::of_nonce(at(data, "/nonce")) {
        Some(message) => vec![Inbound::Status(StatusReport {
            external_id: id.to_owned(),
            message_id: Some(message.to_string()),
            status: MessageStatus::Sent,
            at: when(at(data, "/timestamp")),
            error: None,
            bounced: false,
        })],
        None => ignored("A message of our own."),
    }
}

fn when(text: &str) -> Option<Millis> {
    parse_rfc3339(text)
}

/// Why a message can be empty.
fn nothing(data: &Value) -> String {
    let in_server = data.get("guild_id").is_some_and(Value::is_string);
    if in_server && data.get("components").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return "(Discord keeps the text back: switch on the Message Content Intent of the bot.)".into();
    }
    "(A message that only Discord can show.)".into()
}

/// What a message says and carries.
#[derive(Default)]
struct Content {
    lines: Vec<String>,
    files: Vec<InboundFile>,
    kind: Option<ContentType>,
}
impl Content {
    fn read(&mut self, message: &Value) {
        let words = text::plain(at(message, "/content"), message.get("mentions").unwrap_or(&Value::Null));
        self.say(words);
        let voice = message.get("flags").and_then(Value::as_i64).is_some_and(|f| f & VOICE != 0);
        for file in message.get("attachments").and_then(Value::as_array).into_iter().flatten().take(MOST_FILES) {
            self.attach(file, voice);
        }
        for sticker in message.get("sticker_items").and_then(Value::as_array).into_iter().flatten().take(5) {
            self.sticker(sticker);
        }
        if let Some(poll) = message.get("poll").filter(|p| p.is_object()) {
            self.say(format!("Poll: {}", at(poll, "/question/text")));
            for answer in poll.get("answers").and_then(Value::as_array).into_iter().flatten().take(20) {
                self.say(format!("- {}", at(answer, "/poll_media/text")));
            }
        }
        if self.lines.is_empty() {
            // Programs write cards.
            for embed in message.get("embeds").and_then(Value::as_array).into_iter().flatten().take(10) {
                let parts = ["/title", "/description", "/url"].iter().map(|p| at(embed, p)).filter(|t| !t.trim().is_empty());
                self.say(parts.map(|t| text::plain(t, &Value::Null)).collect::<Vec<_>>().join("\n"));
            }
        }
    }
    fn say(&mut self, words: String) {
        if !words.trim().is_empty() {
            self.lines.push(words);
        }
    }
    fn file(&mut self, name: &str, mime: &str, url: &str) {
        let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        self.files.push(InboundFile {
            name: if name.trim().is_empty() { "file".into() } else { name },
            content_type: mime.to_owned(),
            source: FileSource::Url(url.to_owned()),
            content_id: None,
            inline: false,
        });
    }
    fn attach(&mut self, file: &Value, voice: bool) {
        let url = at(file, "/url");
        if !url.starts_with("https://") || self.files.len() >= MOST_FILES {
            return self.say(format!("A file that cannot be fetched: {}", shorten(at(file, "/filename"), 200)));
        }
        let mime = at(file, "/content_type").split(';').next().unwrap_or_default().trim();
        let mime = if mime.contains('/') && mime.len() <= 127 { mime } else { "application/octet-stream" };
        let kind = match mime.split('/').next().unwrap_or_default() {
            _ if voice => ContentType::Audio,
            "image" => ContentType::Image,
            "video" => ContentType::Video,
            "audio" => ContentType::Audio,
            _ => ContentType::File,
        };
        self.kind.get_or_insert(kind);
        self.file(at(file, "/filename"), mime, url);
        self.say(Some(at(file, "/description")).filter(|d| !d.is_empty()).map(|d| format!("({d})")).unwrap_or_default());
    }
    fn sticker(&mut self, sticker: &Value) {
        let (id, name) = (at(sticker, "/id"), shorten(at(sticker, "/name"), 100));
        self.kind.get_or_insert(ContentType::Sticker);
        self.say(format!("Sticker: {name}"));
        match sticker.get("format_type").and_then(Value::as_i64) {
            Some(1 | 2) if is_snowflake(id) => {
                self.file(&format!("{name}.png"), "image/png", &format!("https://cdn.discordapp.com/stickers/{id}.png"));
            }
            Some(4) if is_snowflake(id) => {
                self.file(&format!("{name}.gif"), "image/gif", &format!("https://media.discordapp.net/stickers/{id}.gif"));
            }
            _ => {}
        }
    }
}

fn edited(data: &Value, me: &str) -> Result<Vec<Inbound>, ParseError> {
    let id = at(data, "/id");
    if !is_snowflake(id) {
        return Err(ParseError("The change does not say of what.".into()));
    }
    if at(data, "/author/id") == me {
        return Ok(ignored("A message of our own was changed."));
    }
    let (Some(content), Some(edited)) = (data.get("content").and_then(Value::as_str), when(at(data, "/edited_timestamp"))) else {
        return Ok(ignored("Only the preview of a link or a thread changed."));
    };
    let text = text::plain(content, data.get("mentions").unwrap_or(&Value::Null));
    Ok(vec![Inbound::Edited { external_id: id.to_owned(), text, at: Some(edited) }])
}

fn deleted<'a>(ids: impl Iterator<Item = &'a str>) -> Result<Vec<Inbound>, ParseError> {
    let out: Vec<Inbound> = ids.filter(|id| is_snowflake(id)).map(|id| Inbound::Deleted { external_id: id.to_owned(), at: None }).collect();
    if out.is_empty() { Err(ParseError("The deletion does not say of what.".into())) } else { Ok(out) }
}

fn reaction(account: &Account, data: &Value, me: &str, added: bool) -> Result<Vec<Inbound>, ParseError> {
    let (user, message) = (at(data, "/user_id"), at(data, "/message_id"));
    if !is_snowflake(user) || !is_snowflake(message) {
        return Err(ParseError("The reaction does not say to what, or whose it is.".into()));
    }
    if user == me {
        return Ok(ignored("A reaction of our own."));
    }
    let name = shorten(at(data, "/emoji/name"), 60);
    let own = data.pointer("/emoji/id").is_some_and(Value::is_string);
    let emoji = if own || name.is_empty() { format!(":{name}:") } else { name };
    Ok(vec![Inbound::Reaction {
        external_id: message.to_owned(),
        handle: people::handle(account, user),
        emoji: added.then_some(emoji),
        at: None,
    }])
}
