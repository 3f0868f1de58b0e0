//! Events that a program posts: messages, statuses of ours, and how far the person has read.

use crate::kit::{addresses, html, verdicts::shorten};
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError, Sender, StatusReport, ThreadHint};
use kernel::message::{ContentType, HandleEvidence, MessageStatus};
use kernel::time::parse_rfc3339;
use serde::Deserialize;
use serde_json::{Map, Value};

const MOST_EVENTS: usize = 1_000;
const MOST_FILES: usize = 100;

/// One event, or several under `events`.
pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    let events = match value {
        Value::Array(list) => list,
        Value::Object(mut map) => match map.remove("events") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err(ParseError("“events” has to be a list.".into())),
            None => vec![Value::Object(map)],
        },
        _ => return Err(ParseError("The body has to be an object.".into())),
    };
    if events.len() > MOST_EVENTS {
        return Err(ParseError(format!("One request may carry {MOST_EVENTS} events.")));
    }
    if events.is_empty() {
        return Ok(vec![Inbound::Ignored { why: "The request carried no events.".into() }]);
    }
    events.into_iter().map(|event| parse_event(account, event)).collect()
}

fn parse_event(account: &Account, event: Value) -> Result<Inbound, ParseError> {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "message" => read::<MessageEvent>(event, &kind).and_then(|e| message(account, e)).map(|m| Inbound::Message(Box::new(m))),
        "status" => read::<StatusEvent>(event, &kind).and_then(status),
        "read" => read::<ReadEvent>(event, &kind).and_then(|e| read_up_to(account, e)),
        "" => Ok(Inbound::Ignored { why: "The event has no type.".into() }),
        other => Ok(Inbound::Ignored { why: format!("Unknown event “{}”.", shorten(other, 60)) }),
    }
}

fn read<T: serde::de::DeserializeOwned>(event: Value, kind: &str) -> Result<T, ParseError> {
    serde_json::from_value(event).map_err(|e| ParseError(format!("The {kind} event cannot be read: {e}")))
}

#[derive(Deserialize)]
struct MessageEvent {
    id: String,
    from: Person,
    conversation_id: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    text: String,
    html: Option<String>,
    sent_at: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    reply_to_id: Option<String>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// The program says that it has proved e-mail and phone itself.
    #[serde(default)]
    verified: bool,
}

#[derive(Deserialize)]
struct Attachment {
    name: Option<String>,
    content_type: Option<String>,
    url: Option<String>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct StatusEvent {
    id: String,
    status: String,
    error: Option<String>,
    at: Option<String>,
}

#[derive(Deserialize)]
struct ReadEvent {
    from: PersonId,
    up_to: String,
}
#[derive(Deserialize)]
struct PersonId {
    id: String,
}

fn message(account: &Account, event: MessageEvent) -> Result<InboundMessage, ParseError> {
    needed(&event.id, "id")?;
    needed(&event.from.id, "from.id")?;
    if event.attachments.len() > MOST_FILES {
        return Err(ParseError(format!("One message may carry {MOST_FILES} attachments.")));
    }
    let files = event.attachments.into_iter().enumerate().map(|(n, a)| file(n, a)).collect::<Result<Vec<_>, _>>()?;
    let html = event.html.as_deref().filter(|h| !h.trim().is_empty()).and_then(html::sanitise);
    let mut text = event.text.replace('\0', "");
    if text.trim().is_empty()
        && let Some(html) = &html
    {
        text = html::to_text(html);
    }
    if text.trim().is_empty() && html.is_none() && files.is_empty() {
        return Err(ParseError("The message has neither text nor attachments.".into()));
    }
    let thread = ThreadHint {
        // Without a thread of its own, the person is the thread.
        key: Some(event.conversation_id.filter(|c| !c.is_empty()).unwrap_or_else(|| event.from.id.clone())),
        answers: event.reply_to_id.into_iter().filter(|id| !id.is_empty()).collect(),
        ..ThreadHint::default()
    };
    Ok(InboundMessage {
        external_id: event.id,
        thread,
        sender: sender(account, event.from),
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: None,
        subject: event.subject.map(|s| shorten(&s, 998)).filter(|s| !s.is_empty()),
        content_type: if html.is_some() { ContentType::Html } else { ContentType::Text },
        stripped_text: Some(text.clone()),
        text,
        html,
        files,
        sent_at: time(event.sent_at.as_deref(), "sent_at")?,
        automatic: false,
        echo: false,
        attended: false,
        metadata: event.metadata,
    })
}

fn needed(value: &str, name: &str) -> Result<(), ParseError> {
    if value.is_empty() || value.len() > 500 { Err(ParseError(format!("“{name}” has to be 1 to 500 characters."))) } else { Ok(()) }
}

fn time(text: Option<&str>, name: &str) -> Result<Option<i64>, ParseError> {
    match text.filter(|t| !t.is_empty()) {
        None => Ok(None),
        Some(text) => {
            parse_rfc3339(text).map(Some).ok_or_else(|| ParseError(format!("“{name}” is not a time such as 2026-11-21T09:30:00Z.")))
        }
    }
}

fn sender(account: &Account, person: Person) -> Sender {
    let evidence = if person.verified { HandleEvidence::Verified } else { HandleEvidence::Claimed };
    let email = person.email.as_deref().and_then(addresses::clean).map(|value| Handle { kind: "email".into(), value, evidence });
    let phone = person.phone.as_deref().and_then(clean_phone).map(|value| Handle { kind: "phone".into(), value, evidence });
    Sender {
        handle: handle(account, person.id),
        name: person.name.map(|n| shorten(&n, 200)).filter(|n| !n.is_empty()),
        more: email.into_iter().chain(phone).collect(),
    }
}

fn handle(account: &Account, id: String) -> Handle {
    Handle { kind: account.provider.clone(), value: id, evidence: HandleEvidence::Verified }
}

/// `+` and digits; anything else is not a number we could call.
fn clean_phone(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let international = phone.trim_start().starts_with('+') || phone.trim_start().starts_with("00");
    let digits = if phone.trim_start().starts_with("00") { digits.trim_start_matches('0').to_owned() } else { digits };
    (international && (7..=15).contains(&digits.len())).then(|| format!("+{digits}"))
}

fn file(n: usize, a: Attachment) -> Result<InboundFile, ParseError> {
    let source = match (a.data, a.url) {
        (Some(data), _) => {
            let bytes =
                data_encoding::BASE64.decode(data.as_bytes()).map_err(|_| ParseError(format!("Attachment {} is not base64.", n + 1)))?;
            FileSource::Bytes(bytes)
        }
        (None, Some(url)) if url.starts_with("https://") || url.starts_with("http://") => FileSource::Url(url),
        _ => return Err(ParseError(format!("Attachment {} has neither data nor an https address.", n + 1))),
    };
    let name = a.name.map(|n| shorten(n.rsplit(['/', '\\']).next().unwrap_or_default(), 200)).filter(|n| !n.is_empty());
    Ok(InboundFile {
        name: name.unwrap_or_else(|| format!("attachment-{}", n + 1)),
        content_type: a.content_type.filter(|t| !t.is_empty() && t.len() <= 127).unwrap_or_else(|| "application/octet-stream".into()),
        source,
        content_id: None,
        inline: false,
    })
}

fn status(event: StatusEvent) -> Result<Inbound, ParseError> {
    needed(&event.id, "id")?;
    let status = match event.status.as_str() {
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        "failed" => MessageStatus::Failed,
        other => return Ok(Inbound::Ignored { why: format!("Unknown status “{}”.", shorten(other, 60)) }),
    };
    let at = time(event.at.as_deref(), "at")?;
    Ok(Inbound::Status(StatusReport {
        external_id: event.id,
        message_id: None,
        status,
        at,
        error: event.error.map(|e| shorten(&e, 300)),
        bounced: false,
    }))
}

fn read_up_to(account: &Account, event: ReadEvent) -> Result<Inbound, ParseError> {
    needed(&event.from.id, "from.id")?;
    let at = time(Some(&event.up_to), "up_to")?.ok_or_else(|| ParseError("“up_to” is missing.".into()))?;
    Ok(Inbound::UpTo { handle: handle(account, event.from.id), at, status: MessageStatus::Read })
}
