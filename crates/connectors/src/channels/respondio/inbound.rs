//! Webhooks as respond.io sends them: one event each, named by `event_type`. The nested family goes to [`super::nested`].

use super::content;
use super::facts::{self, first, id, ignored, list, text};
use super::nested;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, StatusReport, ThreadHint};
use kernel::message::MessageStatus;
use serde_json::{Map, Value};

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if !body.is_object() {
        return Err(ParseError("The body has to be an object.".into()));
    }
    let one = match (text(&body, "/event_type"), text(&body, "/event")) {
        ("", "") => ignored("The delivery names no event."),
        ("", event) => nested::event(account, event, &body)?,
        (event, _) => event_of(account, event, &body)?,
    };
    Ok(vec![one])
}

fn event_of(account: &Account, event: &str, body: &Value) -> Result<Inbound, ParseError> {
    match event {
        "message.received" | "message.sent" => message(account, event, body),
        "contact.created" | "contact.updated" if id(body, "/contact/id").is_some() => Ok(known(account, &body["contact"])),
        other => Ok(ignored(words(other, body))),
    }
}

/// What an event that carries no message is about, for the journal.
pub fn words(event: &str, body: &Value) -> String {
    let who = name(body.get("contact").unwrap_or(&Value::Null)).unwrap_or_else(|| "A contact".into());
    match event {
        "conversation.opened" => "A conversation was opened in respond.io.".into(),
        "conversation.closed" => {
            let about: Vec<String> = [("category", "/conversation/category"), ("summary", "/conversation/summary")]
                .into_iter()
                .filter(|(_, at)| !text(body, at).trim().is_empty())
                .map(|(label, at)| format!("{label}: {}", shorten(text(body, at), 200)))
                .collect();
            let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
            format!("The conversation was closed in respond.io{about}; here it stays as it is.")
        }
        "conversation.updated" => "A conversation was changed in respond.io.".into(),
        "contact.created" => format!("{who} was added in respond.io."),
        "contact.updated" => format!("{who} was changed in respond.io."),
        "contact.deleted" => format!("{who} was deleted in respond.io."),
        "contact.assignee.updated" => match first(body, &["/contact/assignee/firstName", "/contact/assignee/email"]) {
            Some(assignee) => format!("{who} was assigned to {} in respond.io.", shorten(assignee, 100)),
            None => format!("{who} is assigned to nobody in respond.io."),
        },
        "contact.tag.updated" => format!("The tags of {who} were changed in respond.io."),
        "contact.lifecycle.updated" => format!("The lifecycle stage of {who} was changed in respond.io."),
        e if e.starts_with("comment.") => "A comment was written in respond.io; the customer does not see it.".into(),
        e if e.starts_with("call.") => "A call ended in respond.io.".into(),
        other => format!("Unknown event “{}”.", shorten(other, 60)),
    }
}

/// A contact as respond.io knows them now: whoever has written here is known better by it.
fn known(account: &Account, contact: &Value) -> Inbound {
    let id = id(contact, "/id").unwrap_or_default();
    let profile = facts::profile(account, &id, contact);
    Inbound::Profile { handle: facts::sender(account, &id, None, "", "").handle, profile: Box::new(profile) }
}

fn name(contact: &Value) -> Option<String> {
    let both = format!("{} {}", text(contact, "/firstName"), text(contact, "/lastName"));
    crate::kit::people::named(Some(&both))
}

fn message(account: &Account, event: &str, body: &Value) -> Result<Inbound, ParseError> {
    let outer = body.get("message").filter(|m| m.is_object()).ok_or_else(|| ParseError("The event carries no message.".into()))?;
    // The older shape has the content itself under `message`, and what belongs around it beside.
    let (around, content) = match outer.get("message").filter(|m| m.is_object()) {
        Some(content) => (outer, content),
        None => (body, outer),
    };
    let external = id(around, "/messageId").or_else(|| id(around, "/channelMessageId")).or_else(|| id(body, "/event_id"));
    let external = external.ok_or_else(|| ParseError("The message has no id.".into()))?;
    let contact = id(body, "/contact/id").or_else(|| id(around, "/contactId"));
    let contact = contact.ok_or_else(|| ParseError("The message names no contact.".into()))?;
    let channel = id(body, "/channel/id").or_else(|| id(around, "/channelId"));
    let outgoing = match text(around, "/traffic") {
        "incoming" => false,
        "outgoing" => true,
        _ => event == "message.sent",
    };
    let mut metadata = facts::about_channel(text(body, "/channel/source"), channel.as_deref(), text(body, "/channel/name"));
    let mut automatic = false;
    if outgoing {
        let source = first(body, &["/source", "/message/source", "/message/sender/source", "/sender/source"]).unwrap_or_default();
        if facts::is_ours(account, source) {
            return Ok(Inbound::Status(own(around, external)));
        }
        automatic = matches!(source, "workflow" | "bot" | "ai_agent" | "broadcast");
        note_writer(&mut metadata, source, body);
    }
    let said = content::read(content, &format!("{contact} {external}"));
    metadata.extend(said.metadata);
    metadata.extend(said.subject.as_ref().map(|s| ("subject".to_owned(), Value::from(s.as_str()))));
    let person = body.get("contact").unwrap_or(&Value::Null);
    let sender = facts::sender(account, &contact, name(person).as_deref(), text(person, "/email"), text(person, "/phone"));
    // There are no conversation ids: one contact has one running conversation on each channel.
    let key = channel.map_or_else(|| contact.clone(), |channel| format!("{contact}:{channel}"));
    Ok(Inbound::Message(Box::new(InboundMessage {
        thread: ThreadHint { key: Some(key.clone()), answers: said.answers.into_iter().collect(), ..ThreadHint::default() },
        subject: said.subject,
        content_type: said.kind,
        html: said.html,
        files: said.files,
        sent_at: around.get("timestamp").and_then(facts::time).or_else(|| written_at(&external)),
        automatic,
        echo: outgoing,
        metadata,
        ..InboundMessage::text(external, key, sender, said.text)
    })))
}

/// Message ids are the time in microseconds.
fn written_at(external: &str) -> Option<i64> {
    let number = external.parse::<i64>().ok().filter(|n| (1_500_000_000_000_000..4_000_000_000_000_000).contains(n))?;
    facts::time(&number.into())
}

/// Who wrote an outgoing message: a user, a workflow, another program.
fn note_writer(metadata: &mut Map<String, Value>, source: &str, body: &Value) {
    if !source.is_empty() {
        metadata.insert("sent_by".into(), shorten(source, 40).into());
    }
    let user = body.get("user").or_else(|| body.pointer("/message/sender")).unwrap_or(&Value::Null);
    if let Some(name) = name(user) {
        metadata.insert("sent_by_name".into(), name.into());
    }
}

/// A message of ours came back: it has left, and perhaps more is known already.
fn own(around: &Value, external: String) -> StatusReport {
    let mut report = StatusReport {
        external_id: external,
        message_id: None,
        status: MessageStatus::Sent,
        at: around.get("timestamp").and_then(facts::time),
        error: None,
        bounced: false,
    };
    for entry in list(around, "/status").iter().take(20) {
        let at = entry.get("timestamp").and_then(facts::time);
        match facts::status(text(entry, "/value")) {
            Some(MessageStatus::Failed) => {
                let why = first(entry, &["/message"]).map_or_else(|| "respond.io gave no reason.".into(), |w| shorten(w, 300));
                return StatusReport { status: MessageStatus::Failed, at: at.or(report.at), error: Some(why), ..report };
            }
            Some(status) if status.rank() > report.status.rank() => (report.status, report.at) = (status, at.or(report.at)),
            _ => {}
        }
    }
    report
}
