//! The Send API, which Pages and Instagram accounts share.

use super::{GraphError, call, signed};
use crate::kit::calls;
use crate::kit::verdicts::shorten;
use kernel::Secret;
use kernel::channel::{Account, Act, Button, Edge, Outbound, OutboundFile, Place, Receipt, SendError};
use kernel::message::MessageStatus;
use kernel::time::{MINUTE, Millis};
use serde_json::{Value, json};

const HOUR: Millis = 60 * MINUTE;
/// Answers go freely for a day after the person's last message,
pub const STANDARD_HOURS: u32 = 24;
/// and for a week when a person of the team writes them.
pub const HUMAN_HOURS: u32 = 7 * 24;

/// Where a channel's calls go, and what differs between the two platforms.
pub struct Line {
    pub base: String,
    /// The Page's or account's id in the address.
    pub id: String,
    pub token: Secret<String>,
    pub rules: Rules,
}
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub name: &'static str,
    pub text_chars: usize,
    pub text_bytes: usize,
    /// `messaging_type` is asked for, and our message id goes along and comes back in the echo.
    pub page: bool,
}
impl Line {
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}{path}", self.base, calls::encode(&self.id))
    }
}

pub async fn send(edge: Edge<'_>, account: &Account, line: &Line, message: &Outbound) -> Result<Receipt, SendError> {
    let tag = tag(account, line.rules, message, edge.clock.now())?;
    let person = message.to.first().map(|a| a.address.as_str()).filter(|a| !a.is_empty()).ok_or_else(nobody)?;
    let mut body = json!({"recipient": {"id": person}, "message": content(line.rules, message)?});
    if let Some(tag) = tag {
        body["messaging_type"] = "MESSAGE_TAG".into();
        body["tag"] = tag.into();
    } else if line.rules.page {
        body["messaging_type"] = "RESPONSE".into();
    }
    if line.rules.page {
        body["message"]["metadata"] = message.message_id.as_str().into();
    }
    if let Some(answered) = answered(message) {
        body["reply_to"] = json!({"mid": answered});
    }
    let request = signed(account, calls::json("POST", line.url("/messages"), &body), &line.token);
    let answer = call(edge, request, &|e| judge(e, message.attempt, tag.is_some())).await?;
    let id = answer.get("message_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    Ok(Receipt { external_id: id.map(str::to_owned), detail: tag.map(|t| format!("sent with {t}")), status: Some(MessageStatus::Sent) })
}

fn nobody() -> SendError {
    SendError::Permanent { detail: "The message names no person.".into() }
}

/// The tag that is needed by now, if any. Without a known time the provider decides.
fn tag(account: &Account, rules: Rules, message: &Outbound, now: Millis) -> Result<Option<&'static str>, SendError> {
    let Some(last) = message.last_inbound_at else { return Ok(None) };
    let age = now - last;
    let closed = |detail: String| Err(SendError::Policy { code: "policy.window_closed".into(), detail });
    if age <= Millis::from(STANDARD_HOURS) * HOUR {
        return Ok(None);
    }
    if age > Millis::from(HUMAN_HOURS) * HOUR {
        return closed(format!(
            "Seven days have passed since this person last wrote. {} lets you answer when they write again.",
            rules.name
        ));
    }
    if message.automatic {
        return closed("Later than 24 hours after the person's last message only answers written by somebody of the team may go.".into());
    }
    if !account.settings.flag("human_agent") {
        let words = "More than 24 hours have passed since this person last wrote. With Meta's approval for “Human Agent” you may answer for seven days; turn it on in the channel's settings.";
        return closed(words.into());
    }
    Ok(Some("HUMAN_AGENT"))
}

/// The message that is quoted. An answer to what the person said last needs no quotation.
fn answered(message: &Outbound) -> Option<&str> {
    let answered = message.in_reply_to.as_deref().filter(|id| !id.is_empty() && !id.contains(['@', ':', ' ']))?;
    (message.last_inbound_id.as_deref() != Some(answered)).then_some(answered)
}

fn content(rules: Rules, message: &Outbound) -> Result<Value, SendError> {
    let refuse = |code: &str, detail: String| Err(SendError::Policy { code: code.into(), detail });
    let text = message.text.trim_end();
    if message.files.len() > 1 || (!message.files.is_empty() && !text.is_empty()) {
        return refuse("policy.split", format!("{} takes either words or one file in a message.", rules.name));
    }
    if text.chars().count() > rules.text_chars || (rules.text_bytes > 0 && text.len() > rules.text_bytes) {
        let most = if rules.text_bytes > 0 { format!("{} bytes", rules.text_bytes) } else { format!("{} characters", rules.text_chars) };
        return refuse("policy.split", format!("A message on {} has at most {most}.", rules.name));
    }
    if message.buttons.iter().any(|b| b.url.is_some()) {
        return cards(rules, message, text);
    }
    let mut out = match message.files.first() {
        Some(file) => json!({"attachment": attachment(file)?}),
        None if text.is_empty() => return Err(SendError::Permanent { detail: "The message is empty.".into() }),
        None => json!({"text": text}),
    };
    if message.buttons.len() > 13 {
        return refuse("policy.buttons", format!("{} takes at most thirteen quick replies.", rules.name));
    }
    if !message.buttons.is_empty() {
        let reply = |b: &Button| json!({"content_type": "text", "title": cut(&b.title, 20), "payload": shorten(&b.id, 1_000)});
        out["quick_replies"] = message.buttons.iter().map(reply).collect();
    }
    Ok(out)
}

/// Links stand in a template of up to three buttons.
fn cards(rules: Rules, message: &Outbound, text: &str) -> Result<Value, SendError> {
    if message.buttons.len() > 3 || text.is_empty() || text.chars().count() > 640 {
        let detail = format!("{} takes up to three buttons with links, below words of up to 640 characters.", rules.name);
        return Err(SendError::Policy { code: "policy.buttons".into(), detail });
    }
    let button = |b: &Button| match &b.url {
        Some(url) => json!({"type": "web_url", "url": url, "title": cut(&b.title, 20)}),
        None => json!({"type": "postback", "title": cut(&b.title, 20), "payload": shorten(&b.id, 1_000)}),
    };
    let buttons: Vec<Value> = message.buttons.iter().map(button).collect();
    Ok(json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": text, "buttons": buttons}}}))
}

fn cut(title: &str, most: usize) -> String {
    if title.chars().count() <= most { title.to_owned() } else { title.chars().take(most - 1).chain(['…']).collect() }
}

/// Meta fetches the file from its signed address.
fn attachment(file: &OutboundFile) -> Result<Value, SendError> {
    if file.url.is_empty() {
        return Err(SendError::Permanent { detail: "The file has no address from which Meta could fetch it.".into() });
    }
    let main = file.content_type.split('/').next().unwrap_or_default();
    let kind = if matches!(main, "image" | "video" | "audio") { main } else { "file" };
    Ok(json!({"type": kind, "payload": {"url": file.url, "is_reusable": false}}))
}

pub async fn act(edge: Edge<'_>, account: &Account, line: &Line, place: &Place, act: &Act) -> Result<(), SendError> {
    let never = |what: &str| Err(SendError::Permanent { detail: format!("{} does not let you {what}.", line.rules.name) });
    let mut body = json!({"recipient": {"id": place.to.address}});
    body["sender_action"] = match act {
        Act::React { external_id, emoji: Some(emoji) } => {
            // Instagram knows the heart by its name.
            let heart = !line.rules.page && matches!(emoji.as_str(), "❤" | "❤️");
            body["payload"] = json!({"message_id": external_id, "reaction": if heart { "love" } else { emoji }});
            "react"
        }
        Act::React { external_id, emoji: None } => {
            body["payload"] = json!({"message_id": external_id});
            "unreact"
        }
        Act::Typing { on: true } => "typing_on",
        Act::Typing { on: false } => "typing_off",
        Act::MarkRead { .. } => "mark_seen",
        Act::Edit { .. } => return never("change a sent message"),
        Act::Delete { .. } => return never("take back a sent message"),
    }
    .into();
    let request = signed(account, calls::json("POST", line.url("/messages"), &body), &line.token);
    call(edge, request, &|e| judge(e, 1, false)).await.map(|_| ())
}

/// The verdict on an error of the Send API; code and subcode decide. `tagged` is a send with the Human Agent tag.
pub fn judge(error: &GraphError, attempt: u32, tagged: bool) -> SendError {
    let words = |ours: &str| error.words(ours);
    let policy = |detail: String| SendError::Policy { code: "policy.window_closed".into(), detail };
    let retry = |detail: String| SendError::Retry { after_ms: None, detail };
    match (error.code, error.subcode) {
        (10, 2_018_278 | 2_534_022) => policy(words("Outside the time in which an answer is allowed. Wait until the person writes again.")),
        (551, _) | (200, 1_545_041) | (10, 2_018_065) => {
            SendError::Permanent { detail: words("This person cannot be written to. They may have blocked you or closed their account.") }
        }
        (100, 2_018_001 | 2_534_014) => SendError::Permanent { detail: words("This account knows no such person.") },
        (190, _) => SendError::Account { detail: words("Meta no longer accepts the access token. Connect the account again.") },
        (10 | 200, _) if tagged => policy(words("Meta does not let this app answer after 24 hours. It needs approval for “Human Agent”.")),
        (10 | 200..=299, _) => {
            SendError::Account { detail: words("The access token may not do this. Connect again and allow everything that is asked for.") }
        }
        (368, _) => SendError::Account { detail: words("Meta has blocked this account for a while because of its rules.") },
        (4 | 32 | 613 | 80_001..=80_014, _) => retry(words("Too many calls at once.")),
        (36_103, _) | (_, 1_609_007) if attempt <= 1 => retry(words("Meta could not fetch the file.")),
        (2 | 1_200 | -1, _) => retry(words("Meta is not available for the moment.")),
        _ if error.transient => retry(words("")),
        _ => SendError::Permanent { detail: words("") },
    }
}
