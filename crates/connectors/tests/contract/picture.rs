//! A parse result as JSON that a person can read in a diff.

use kernel::channel::*;
use kernel::time::rfc3339;
use serde_json::{Value, json};

pub fn draw(result: &Result<Vec<Inbound>, ParseError>) -> String {
    let value = match result {
        Ok(list) => Value::Array(list.iter().map(inbound).collect()),
        Err(ParseError(words)) => json!({ "quarantined": words }),
    };
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    text.push('\n');
    text
}

fn inbound(one: &Inbound) -> Value {
    match one {
        Inbound::Message(m) => json!({ "message": prune(message(m)) }),
        Inbound::Status(s) => json!({"status": prune(json!({
            "external_id": s.external_id, "message_id": s.message_id, "status": s.status, "at": s.at.map(rfc3339), "error": s.error, "bounced": s.bounced,
        }))}),
        Inbound::UpTo { handle, at, status } => json!({"up_to": {"handle": handle, "at": rfc3339(*at), "status": status}}),
        Inbound::Reaction { external_id, handle, emoji, at } => {
            json!({"reaction": prune(json!({"external_id": external_id, "handle": handle, "emoji": emoji, "at": at.map(rfc3339)}))})
        }
        Inbound::Edited { external_id, text, at } => {
            json!({"edited": prune(json!({"external_id": external_id, "text": text, "at": at.map(rfc3339)}))})
        }
        Inbound::Deleted { external_id, at } => json!({"deleted": prune(json!({"external_id": external_id, "at": at.map(rfc3339)}))}),
        Inbound::Moved { from, to } => json!({"moved": {"from": from, "to": to}}),
        Inbound::Reachable { handle, blocked } => json!({"reachable": prune(json!({"handle": handle, "blocked": blocked}))}),
        Inbound::OptOut { handle, out } => json!({"opt_out": {"handle": handle, "out": out}}),
        Inbound::Profile { handle, profile } => json!({"profile": prune(json!({
            "handle": handle, "name": profile.name, "handles": profile.handles, "picture_url": profile.picture_url, "language": profile.language,
        }))}),
        Inbound::Account { broken, detail } => json!({"account": prune(json!({"broken": broken, "detail": detail}))}),
        Inbound::Visit { url, why } => json!({"visit": {"url": url, "why": why}}),
        Inbound::PollNow => json!("poll now"),
        Inbound::Fetch { reference } => json!({"fetch": reference}),
        Inbound::Ignored { why } => json!({ "ignored": why }),
    }
}

fn message(m: &InboundMessage) -> Value {
    let stripped = m.stripped_text.as_ref().filter(|s| **s != m.text);
    json!({
        "external_id": m.external_id, "thread": prune(json!(m.thread)), "sender": prune(json!(m.sender)), "to": m.to, "cc": m.cc,
        "reply_to": m.reply_to, "subject": m.subject, "content_type": m.content_type, "text": m.text, "stripped_text": stripped,
        "html": m.html, "files": m.files.iter().map(file).collect::<Vec<_>>(), "sent_at": m.sent_at.map(rfc3339),
        "automatic": m.automatic, "echo": m.echo, "attended": m.attended, "metadata": m.metadata,
    })
}

fn file(f: &InboundFile) -> Value {
    let source = match &f.source {
        FileSource::Bytes(bytes) => format!("{} bytes, sha256 {}", bytes.len(), &connectors::kit::signatures::sha256_hex(bytes)[..12]),
        FileSource::Url(url) => url.clone(),
        FileSource::Provider(reference) => format!("provider: {reference}"),
    };
    prune(json!({"name": f.name, "content_type": f.content_type, "source": source, "content_id": f.content_id, "inline": f.inline}))
}

/// Leaves out what is empty.
fn prune(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let empty = |v: &Value| match v {
        Value::Null | Value::Bool(false) => true,
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    };
    Value::Object(map.into_iter().filter(|(_, v)| !empty(v)).collect())
}
