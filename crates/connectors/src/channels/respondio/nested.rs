//! The nested family of webhooks: `event`, `conversation` with its participants, `message`. Programs that speak of respond.io in this
//! older and simpler shape post it to the same address.

use super::content;
use super::facts::{self, first, id, ignored, list, text};
use super::inbound::words;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, FileSource, Inbound, InboundFile, InboundMessage, ParseError, StatusReport, ThreadHint};
use kernel::message::{ContentType, MessageStatus};
use serde_json::Value;

const MOST_FILES: usize = 50;

pub fn event(account: &Account, event: &str, body: &Value) -> Result<Inbound, ParseError> {
    match event {
        "message.received" | "message.sent" => message(account, event, body),
        "message.status" | "message.updated" => status(body),
        other => Ok(ignored(words(other, body))),
    }
}

fn message(account: &Account, event: &str, body: &Value) -> Result<Inbound, ParseError> {
    let message = body.get("message").filter(|m| m.is_object()).ok_or_else(|| ParseError("The event carries no message.".into()))?;
    let external = id(message, "/id").ok_or_else(|| ParseError("The message has no id.".into()))?;
    let conversation = body.get("conversation").unwrap_or(&Value::Null);
    let thread = id(conversation, "/id");
    let person = participant(conversation, message);
    let contact = id(person, "/id").or_else(|| thread.clone());
    let contact = contact.ok_or_else(|| ParseError("The message names neither a conversation nor a participant.".into()))?;
    let outgoing = match text(message, "/direction") {
        "inbound" | "incoming" => false,
        "outbound" | "outgoing" => true,
        _ => event == "message.sent",
    };
    let source = first(message, &["/source"]).or_else(|| first(body, &["/source"])).unwrap_or_default();
    if outgoing && facts::is_ours(account, source) {
        let report = StatusReport {
            external_id: external,
            message_id: None,
            status: MessageStatus::Sent,
            at: message.get("sent_at").and_then(facts::time),
            error: None,
            bounced: false,
        };
        return Ok(Inbound::Status(report));
    }
    let sender = facts::sender(account, &contact, first(person, &["/name"]), text(person, "/email"), text(person, "/phone"));
    let mut metadata = facts::about_channel(text(conversation, "/channel"), id(conversation, "/channel_id").as_deref(), "");
    // Ids of this family need not be numbers, and the API knows people by number, phone or address only.
    if contact.parse::<u64>().is_err()
        && let Some(known) = ["phone", "email"].iter().find_map(|kind| sender.more.iter().find(|h| h.kind == *kind))
    {
        metadata.insert("contact".into(), format!("{}:{}", known.kind, known.value).into());
    }
    let (kind, words, files) = read(message);
    let subject = Some(shorten(text(message, "/subject"), 998)).filter(|s| !s.is_empty());
    metadata.extend(subject.as_ref().map(|s| ("subject".to_owned(), Value::from(s.as_str()))));
    let key = thread.unwrap_or_else(|| contact.clone());
    Ok(Inbound::Message(Box::new(InboundMessage {
        thread: ThreadHint { key: Some(key.clone()), answers: id(message, "/reply_to_id").into_iter().collect(), ..ThreadHint::default() },
        subject,
        content_type: kind,
        files,
        sent_at: ["sent_at", "timestamp", "created_at"].iter().find_map(|n| message.get(*n).and_then(facts::time)),
        echo: outgoing,
        metadata,
        ..InboundMessage::text(external, key, sender, words)
    })))
}

/// The customer among the participants: whom the message names, else the first.
fn participant<'a>(conversation: &'a Value, message: &Value) -> &'a Value {
    let all = list(conversation, "/participants");
    let named = ["/contact_id", "/sender/id", "/sender_id", "/from"].iter().find_map(|at| id(message, at));
    let fits = named.and_then(|named| all.iter().find(|p| id(p, "/id").is_some_and(|id| id == named)));
    fits.or(all.first()).unwrap_or(&Value::Null)
}

/// The words may be a text or an object as in the other family.
fn read(message: &Value) -> (ContentType, String, Vec<InboundFile>) {
    if let Some(content) = message.get("content").filter(|c| c.is_object()) {
        let said = content::read(content, "");
        return (said.kind, said.text, said.files);
    }
    let mut words = first(message, &["/content", "/text"]).unwrap_or_default().replace('\0', "");
    let kind = match text(message, "/type") {
        "image" => ContentType::Image,
        "video" => ContentType::Video,
        "audio" | "voice" => ContentType::Audio,
        "file" | "document" | "attachment" => ContentType::File,
        "location" => ContentType::Location,
        "sticker" => ContentType::Sticker,
        "template" | "whatsapp_template" => ContentType::Template,
        _ => ContentType::Text,
    };
    let parts = list(message, "/attachments").iter().take(MOST_FILES).enumerate();
    let mut files: Vec<InboundFile> = parts.filter_map(|(n, part)| file(part, n)).collect();
    let is_file = matches!(kind, ContentType::Image | ContentType::Video | ContentType::Audio | ContentType::File);
    if files.is_empty() && is_file && words.starts_with("https://") && !words.contains(char::is_whitespace) {
        files.extend(file(&serde_json::json!({"url": words, "type": text(message, "/type")}), 0));
        words.clear();
    }
    if words.trim().is_empty() && files.is_empty() {
        words = "A message without words.".into();
    }
    (kind, words, files)
}

/// An attachment is an object with an address, or the address alone.
fn file(part: &Value, n: usize) -> Option<InboundFile> {
    match part.as_str() {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            let bare = serde_json::json!({"url": url});
            content::file(&bare, "", n).map(|f| InboundFile { source: FileSource::Url(url.to_owned()), ..f })
        }
        Some(_) => None,
        None => content::file(part, "", n),
    }
}

fn status(body: &Value) -> Result<Inbound, ParseError> {
    let external = id(body, "/message/id").or_else(|| id(body, "/message_id")).or_else(|| id(body, "/id"));
    let external = external.ok_or_else(|| ParseError("The status names no message.".into()))?;
    let word = first(body, &["/message/status", "/status"]).unwrap_or_default();
    let Some(status) = facts::status(&word.to_ascii_lowercase()).filter(|s| *s != MessageStatus::Pending) else {
        return Ok(ignored(format!("The status “{}”.", shorten(word, 60))));
    };
    let error = first(body, &["/message/error", "/error", "/message/error/message", "/error/message"]).map(|e| shorten(e, 300));
    let times = ["/message/updated_at", "/message/timestamp", "/timestamp", "/updated_at"];
    Ok(Inbound::Status(StatusReport {
        external_id: external,
        message_id: None,
        status,
        at: times.iter().find_map(|at| body.pointer(at).and_then(facts::time)),
        error: (status == MessageStatus::Failed).then(|| error.unwrap_or_else(|| "respond.io gave no reason.".into())),
        bounced: false,
    }))
}
