//! Sending through the Developer API v2, and what its errors mean.

use super::facts;
use super::form::{API, REPLIES};
use super::templates;
use crate::kit::calls::{self, body_of, needed_secret, words_at};
use crate::kit::verdicts::{retry_after, shorten};
use kernel::channel::{Account, Button, Edge, Outbound, OutboundFile, Receipt, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::{MINUTE, Millis};
use serde_json::{Map, Value, json};

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    if facts::read_only(account) {
        return Err(refuse(
            "policy.read_only",
            "This respond.io channel is read only. Switch “Read only” off in its settings to answer from here.",
        ));
    }
    let to = message.to.first().map(|a| a.address.as_str()).unwrap_or_default();
    let contact = contact(to, &message.last_inbound_metadata)?;
    let mut channel = channel(account, message);
    let content = match &message.template {
        Some(template) => {
            let (at, content) = templates::part(edge, account, template).await?;
            channel = at.unwrap_or(channel);
            content
        }
        None => content(message)?,
    };
    let url = format!("{}/contact/{contact}/message", calls::base_url(account, API));
    let answer = call(edge, account, calls::json("POST", url, &json!({"channelId": channel, "message": content}))).await?;
    let external_id = facts::id(&answer, "/messageId");
    let detail = if external_id.is_some() { "Taken by respond.io." } else { "Taken by respond.io, which gave no id for it." };
    Ok(Receipt { external_id, detail: Some(detail.into()), status: Some(MessageStatus::Sent) })
}

fn refuse(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

/// A signed call; 2xx or a verdict.
pub async fn call(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    let token = needed_secret(account, "access_token", "The access token")?;
    let response = calls::exchange(edge, calls::bearer(request, &token)).await?;
    if (200..300).contains(&response.status) { Ok(body_of(&response)) } else { Err(judge(&response, edge.clock.now())) }
}

/// What an error means: the HTTP status, unless that is a plain 400 and the body's own code says more.
pub fn judge(response: &HttpResponse, now: Millis) -> SendError {
    let body = body_of(response);
    let named = body.get("code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok()).filter(|c| (400..600).contains(c));
    let code = named.filter(|_| response.status == 400).unwrap_or(response.status);
    let said = words_at(&body, "/message").unwrap_or_default();
    let ours = match code {
        401 | 403 => "respond.io does not accept the access token. Make a new one and put it into the channel's settings.",
        404 => "respond.io does not know this contact or channel.",
        409 => "respond.io is at work on this contact at the same time.",
        429 => "Too many requests to respond.io at once.",
        449 => "respond.io has put the request into its queue and asks to come again in a few minutes.",
        500..=599 => "respond.io is not available for the moment.",
        _ => "respond.io refused the message.",
    };
    let said = if said.is_empty() { String::new() } else { format!(" respond.io says: {said}") };
    let detail = format!("{ours}{said} [{code}]");
    match code {
        401 | 403 => SendError::Account { detail },
        429 => SendError::Retry { after_ms: retry_after(response, now), detail },
        449 => SendError::Retry { after_ms: Some(retry_after(response, now).unwrap_or(MINUTE).max(MINUTE)), detail },
        408 | 425 | 500..=599 => SendError::Retry { after_ms: retry_after(response, now), detail },
        _ => SendError::Permanent { detail },
    }
}

/// The path segment that names a contact: `id:`, `phone:` or `email:`.
pub fn contact(handle: &str, last: &Map<String, Value>) -> Result<String, SendError> {
    let handle = handle.trim();
    let known = last.get("contact").and_then(Value::as_str).unwrap_or_default();
    let (kind, value) = match known.split_once(':') {
        _ if !handle.is_empty() && handle.len() <= 20 && handle.bytes().all(|b| b.is_ascii_digit()) => ("id", handle.to_owned()),
        Some((kind @ ("phone" | "email"), value)) => (kind, value.to_owned()),
        _ if handle.starts_with('+') => ("phone", handle.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()),
        _ if crate::kit::addresses::clean(handle).is_some() => ("email", handle.to_owned()),
        _ => {
            let detail = "respond.io knows people by number, phone or e-mail; of this one we have neither, so that it cannot be answered.";
            return Err(SendError::Permanent { detail: detail.into() });
        }
    };
    Ok(format!("{kind}:{}", calls::encode(&value)))
}

/// The channel an answer leaves by: that of the conversation, else of the person's last message, else the account's; `null` is the
/// one that was used last.
fn channel(account: &Account, message: &Outbound) -> Value {
    let of_thread = message.thread_key.as_deref().and_then(|k| k.split_once(':')).map(|(_, channel)| channel);
    let of_message = message.last_inbound_metadata.get("channel_id").and_then(Value::as_str);
    let number = |id: &str| id.parse::<i64>().ok();
    match of_thread.and_then(number).or_else(|| of_message.and_then(number)).or_else(|| account.settings.number("channel_id")) {
        Some(id) => id.into(),
        None => Value::Null,
    }
}

fn content(message: &Outbound) -> Result<Value, SendError> {
    let text = message.text.trim_end();
    if message.last_inbound_metadata.get("channel").and_then(Value::as_str) == Some("email") && message.buttons.is_empty() {
        return email(message, text);
    }
    if !message.buttons.is_empty() {
        return buttons(message, text);
    }
    match message.files.as_slice() {
        [] if text.is_empty() => Err(SendError::Permanent { detail: "The message is empty.".into() }),
        [] => Ok(json!({"type": "text", "text": escaped(text)})),
        [file] if text.is_empty() => Ok(json!({"type": "attachment", "attachment": {"type": kind(file), "url": address(file)?}})),
        _ => Err(refuse("policy.split", "respond.io takes either words or one file in a message. Send them one after the other.")),
    }
}

/// A zero-width space between braces: respond.io would read `{{…}}` as one of its variables and fill in what it knows of the contact.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        if c == '{' && last == '{' {
            out.push('\u{200b}');
        }
        out.push(c);
        last = c;
    }
    out
}

fn kind(file: &OutboundFile) -> &'static str {
    match file.content_type.split('/').next().unwrap_or_default() {
        "image" => "image",
        "video" => "video",
        "audio" => "audio",
        _ => "file",
    }
}
/// respond.io fetches files itself.
fn address(file: &OutboundFile) -> Result<&str, SendError> {
    let ok = file.url.starts_with("https://") || file.url.starts_with("http://");
    ok.then_some(file.url.as_str())
        .ok_or_else(|| SendError::Permanent { detail: "The file has no address that respond.io could fetch it from.".into() })
}

fn buttons(message: &Outbound, text: &str) -> Result<Value, SendError> {
    let titles: Vec<String> = message.buttons.iter().map(|b: &Button| escaped(b.title.trim())).collect();
    if !message.files.is_empty() {
        return Err(refuse("policy.split", "respond.io takes no file above quick replies. Send the file by itself."));
    }
    if text.is_empty() {
        return Err(refuse("policy.buttons", "respond.io wants words above quick replies."));
    }
    if titles.len() > REPLIES || titles.iter().any(String::is_empty) || message.buttons.iter().any(|b| b.url.is_some()) {
        return Err(refuse("policy.buttons", "respond.io takes up to ten quick replies with a title each, and no links."));
    }
    Ok(json!({"type": "quick_reply", "title": escaped(text), "replies": titles}))
}

/// An answer on an e-mail channel behind respond.io: with the subject of what is answered, and files beside the words.
fn email(message: &Outbound, text: &str) -> Result<Value, SendError> {
    if text.is_empty() && message.files.is_empty() {
        return Err(SendError::Permanent { detail: "The message is empty.".into() });
    }
    // The words are required; a file by itself says its name.
    let words =
        if text.is_empty() { message.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ") } else { text.to_owned() };
    let mut out = json!({"type": "email", "text": escaped(&words)});
    let last = message.last_inbound_metadata.get("subject").and_then(Value::as_str);
    let subject = message.subject.clone().or_else(|| last.map(crate::kit::subjects::answer));
    if let Some(subject) = subject.map(|s| escaped(&shorten(&s, 900))).filter(|s| !s.is_empty()) {
        out["subject"] = subject.into();
    }
    if let Some(id) = message.last_inbound_id.as_deref().and_then(|id| id.parse::<i64>().ok()) {
        out["replyToMessageId"] = id.into();
    }
    if !message.files.is_empty() {
        let one = |f: &OutboundFile| address(f).map(|url| json!({"type": kind(f), "url": url, "fileName": shorten(&f.name, 200)}));
        out["attachments"] = message.files.iter().map(one).collect::<Result<Vec<_>, _>>()?.into();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_respondio_are_disarmed() {
        assert_eq!(escaped("Hi {{$contact.name}}"), "Hi {\u{200b}{$contact.name}}");
        assert!(!escaped("{{{{{x").contains("{{"));
        assert_eq!(escaped("{ {"), "{ {");
    }

    #[test]
    fn people_are_named_as_the_api_wants() {
        let none = Map::new();
        assert_eq!(contact("204218886", &none).unwrap(), "id:204218886");
        assert_eq!(contact("+27 82 123 4567", &none).unwrap(), "phone:%2B27821234567");
        assert_eq!(contact("ann+x@example.com", &none).unwrap(), "email:ann%2Bx%40example.com");
        let known: Map<String, Value> = [("contact".to_owned(), "phone:+27821234567".into())].into_iter().collect();
        assert_eq!(contact("contact_456", &known).unwrap(), "phone:%2B27821234567");
        assert_eq!(contact("204218886", &known).unwrap(), "id:204218886");
        assert!(contact("contact_456", &none).is_err());
    }
}
