//! Messages out: text, a file, buttons, a place, a template; reactions, read marks and the sign of writing.

use super::inbound::{digits, is_bsuid};
use super::{errors, media, templates};
use crate::kit::calls::{self, needed, needed_secret};
use crate::kit::meta::{self, FACEBOOK};
use crate::kit::places;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Act, Button, Edge, Outbound, OutboundFile, Place, Receipt, SendError};
use kernel::message::MessageStatus;
use serde_json::{Map, Value, json};

const CAPTION: usize = 1_024;
/// Words over reply buttons, and over a list.
const BUTTONS_TEXT: usize = 1_024;

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let number = message.last_inbound_metadata.get("wa_id").and_then(Value::as_str);
    let address = message.to.first().map(|a| a.address.as_str()).unwrap_or_default();
    let mut body = recipient(address, number, message.thread_key.as_deref())?;
    if let Some(answered) = answered(message) {
        body.insert("context".into(), json!({"message_id": answered}));
    }
    // Comes back with every status, so that a report finds the message even if this answer is lost.
    body.insert("biz_opaque_callback_data".into(), message.message_id.as_str().into());
    let (kind, part) = content(edge, account, message).await?;
    body.insert("type".into(), kind.into());
    body.insert(kind.into(), part);
    let answer = post(edge, account, &Value::Object(body), message.attempt).await?;
    let id = answer.pointer("/messages/0/id").and_then(Value::as_str).filter(|id| !id.is_empty());
    // `held_for_quality_assessment` and `paused` are said here and nowhere else.
    let detail = answer.pointer("/messages/0/message_status").and_then(Value::as_str).map(|s| shorten(s, 100));
    Ok(Receipt { external_id: id.map(str::to_owned), detail, status: Some(MessageStatus::Sent) })
}

pub async fn act(edge: Edge<'_>, account: &Account, place: &Place, act: &Act) -> Result<(), SendError> {
    let body = match act {
        Act::React { external_id, emoji } => {
            let number = place.last_inbound_metadata.get("wa_id").and_then(Value::as_str);
            let mut body = recipient(&place.to.address, number, place.thread_key.as_deref())?;
            body.insert("type".into(), "reaction".into());
            body.insert("reaction".into(), json!({"message_id": external_id, "emoji": emoji.as_deref().unwrap_or_default()}));
            Value::Object(body)
        }
        Act::MarkRead { external_id } => json!({"messaging_product": "whatsapp", "status": "read", "message_id": external_id}),
        Act::Typing { on: true } => match &place.last_inbound_id {
            // There is no sign of writing without a read mark.
            Some(id) => json!({"messaging_product": "whatsapp", "status": "read", "message_id": id, "typing_indicator": {"type": "text"}}),
            None => return Ok(()),
        },
        // It ends by itself after 25 seconds, or with the next message.
        Act::Typing { on: false } => return Ok(()),
        Act::Edit { .. } => return Err(SendError::Permanent { detail: "WhatsApp does not let a business change a sent message.".into() }),
        Act::Delete { .. } => {
            return Err(SendError::Permanent { detail: "WhatsApp does not let a business take back a sent message.".into() });
        }
    };
    post(edge, account, &body, 1).await.map(|_| ())
}

async fn post(edge: Edge<'_>, account: &Account, body: &Value, attempt: u32) -> Result<Value, SendError> {
    let token = needed_secret(account, "access_token", "The access token")?;
    let number = needed(account, "phone_number_id", "The phone number ID")?;
    let url = format!("{}/{}/messages", meta::base(account, FACEBOOK), calls::encode(number));
    let request = meta::signed(account, calls::json("POST", url, body), &token);
    meta::call(edge, request, &|e| errors::judge(e, attempt)).await
}

/// Who gets it. A person by their own id is `recipient`, by their number `to`; with both, WhatsApp takes the number.
fn recipient(address: &str, number: Option<&str>, thread: Option<&str>) -> Result<Map<String, Value>, SendError> {
    let mut body = Map::new();
    body.insert("messaging_product".into(), "whatsapp".into());
    let is_person = |id: &str| is_bsuid(id) || digits(id).is_some();
    if let Some(group) = thread.filter(|t| !t.is_empty() && *t != address && !is_person(t)) {
        body.insert("recipient_type".into(), "group".into());
        body.insert("to".into(), group.into());
        return Ok(body);
    }
    body.insert("recipient_type".into(), "individual".into());
    if is_bsuid(address) {
        body.insert("recipient".into(), address.into());
        body.extend(number.and_then(digits).map(|n| ("to".to_owned(), Value::from(n))));
    } else {
        let Some(number) = digits(address) else {
            return Err(SendError::Permanent {
                detail: "This is not a WhatsApp number. Write it with its country code, such as +27 82 555 0001.".into(),
            });
        };
        body.insert("to".into(), number.into());
    }
    Ok(body)
}

/// The message that is quoted. An answer to what the person said last needs no quotation.
fn answered(message: &Outbound) -> Option<&str> {
    let answered = message.in_reply_to.as_deref().filter(|id| id.starts_with("wamid."))?;
    (message.last_inbound_id.as_deref() != Some(answered)).then_some(answered)
}

async fn content(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<(&'static str, Value), SendError> {
    let split = |detail: &str| SendError::Policy { code: "policy.split".into(), detail: detail.into() };
    if message.files.len() > 1 {
        return Err(split("WhatsApp takes one file in each message."));
    }
    let file = message.files.first();
    if let Some(template) = &message.template {
        return Ok(("template", templates::part(edge, account, template, file, &message.message_id).await?));
    }
    let text = message.text.trim_end();
    if !message.buttons.is_empty() {
        return Ok(("interactive", interactive(edge, account, message, text).await?));
    }
    let Some(file) = file else {
        if text.is_empty() {
            return Err(SendError::Permanent { detail: "The message is empty.".into() });
        }
        return Ok(match place(text) {
            Some(location) => ("location", location),
            None => ("text", json!({"body": text, "preview_url": text.contains("https://") || text.contains("http://")})),
        });
    };
    let kind = media::kind(file);
    if kind == "audio" && !text.is_empty() {
        return Err(split("WhatsApp carries no words with sound. Send the words by themselves."));
    }
    if text.chars().count() > CAPTION {
        return Err(split("Words under a file have at most 1,024 characters on WhatsApp. Send the words by themselves."));
    }
    let mut part = uploaded(edge, account, message, kind, file).await?;
    if !text.is_empty() {
        part["caption"] = text.into();
    }
    Ok((kind, part))
}

async fn uploaded(edge: Edge<'_>, account: &Account, message: &Outbound, kind: &str, file: &OutboundFile) -> Result<Value, SendError> {
    let id = media::upload(edge, account, &message.message_id, file).await?;
    Ok(if kind == "document" { json!({"id": id, "filename": shorten(&file.name, 240)}) } else { json!({"id": id}) })
}

/// A place on the map, when the text is one.
fn place(text: &str) -> Option<Value> {
    let spot = places::read(text)?;
    let mut out = json!({"latitude": spot.latitude, "longitude": spot.longitude});
    for (name, line) in [("name", spot.name), ("address", spot.address)] {
        if let Some(line) = line {
            out[name] = shorten(&line, 1_000).into();
        }
    }
    Some(out)
}

/// Up to three reply buttons, a list of up to ten, or one link.
async fn interactive(edge: Edge<'_>, account: &Account, message: &Outbound, text: &str) -> Result<Value, SendError> {
    let refuse = |code: &str, detail: &str| SendError::Policy { code: code.into(), detail: detail.into() };
    let buttons = &message.buttons;
    let chars = |b: &Button| b.title.chars().count();
    if text.is_empty() {
        return Err(refuse("policy.buttons", "WhatsApp wants words above buttons."));
    }
    if buttons.iter().any(|b| b.title.trim().is_empty() || b.id.is_empty() || b.id.len() > 200) {
        return Err(refuse("policy.buttons", "Each button needs a title and an id of up to 200 characters."));
    }
    let links = buttons.iter().filter(|b| b.url.is_some()).count();
    if links > 0 && buttons.len() > 1 {
        return Err(refuse("policy.buttons", "WhatsApp takes either one link or quick replies under a message."));
    }
    let short = text.chars().count() <= BUTTONS_TEXT;
    let mut out = match buttons.as_slice() {
        [Button { title, url: Some(url), .. }] if short => {
            let parameters = json!({"display_text": shorten(title, 20), "url": url});
            json!({"type": "cta_url", "body": {"text": text}, "action": {"name": "cta_url", "parameters": parameters}})
        }
        few if links == 0 && short && few.len() <= 3 && few.iter().all(|b| chars(b) <= 20) => {
            let buttons: Vec<Value> = few.iter().map(|b| json!({"type": "reply", "reply": {"id": b.id, "title": b.title}})).collect();
            json!({"type": "button", "body": {"text": text}, "action": {"buttons": buttons}})
        }
        some if links == 0 && some.len() <= 10 => {
            let row = |b: &Button| {
                let title: String = b.title.chars().take(24).collect();
                let mut row = json!({"id": b.id, "title": title});
                if chars(b) > 24 {
                    row["description"] = b.title.chars().take(72).collect::<String>().into();
                }
                row
            };
            let rows: Vec<Value> = some.iter().map(row).collect();
            json!({"type": "list", "body": {"text": text}, "action": {"button": "Choose", "sections": [{"title": "Choose", "rows": rows}]}})
        }
        _ if links == 0 => return Err(refuse("policy.buttons", "WhatsApp takes at most ten quick replies.")),
        _ => return Err(refuse("policy.buttons", "Words above a link have at most 1,024 characters on WhatsApp.")),
    };
    if let Some(file) = message.files.first() {
        let kind = media::kind(file);
        if out["type"] == "list" || kind == "audio" {
            return Err(refuse("policy.split", "WhatsApp takes no file above these buttons. Send the file by itself."));
        }
        let part = uploaded(edge, account, message, kind, file).await?;
        out["header"] = json!({"type": kind, kind: part});
    }
    Ok(out)
}
