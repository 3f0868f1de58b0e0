//! Webhook bodies: messages, echoes, statuses, and what WhatsApp reports about the account.

use super::content::{self, list, text};
use super::errors;
use crate::kit::meta::GraphError;
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Handle, Inbound, InboundMessage, ParseError, Sender, StatusReport, ThreadHint};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Map, Value, json};

/// The most events of one delivery; Meta batches up to a thousand.
const MOST: usize = 10_000;

/// The phone number ids that a delivery speaks of.
pub fn numbers(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut out: Vec<String> = Vec::new();
    for change in list(&body, "/entry").iter().flat_map(|entry| list(entry, "/changes")) {
        let number = text(change, "/value/metadata/phone_number_id");
        if !number.is_empty() && number.len() <= 40 && !out.iter().any(|n| n == number) {
            out.push(number.to_owned());
        }
    }
    out
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if text(&body, "/object") != "whatsapp_business_account" {
        return Ok(vec![ignored(format!("An event of “{}”, not of WhatsApp.", shorten(text(&body, "/object"), 60)))]);
    }
    let mut out = Vec::new();
    for entry in list(&body, "/entry") {
        for one in list(entry, "/changes") {
            change(account, text(entry, "/id"), one, &mut out);
            if out.len() > MOST {
                return Err(ParseError(format!("One delivery may carry {MOST} events.")));
            }
        }
    }
    if out.is_empty() {
        out.push(ignored("The delivery carried no events."));
    }
    Ok(out)
}

fn ignored(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}

fn change(account: &Account, business: &str, change: &Value, out: &mut Vec<Inbound>) {
    let value = change.get("value").unwrap_or(&Value::Null);
    let number = text(value, "/metadata/phone_number_id");
    if !number.is_empty() && number != account.identifier {
        return out.push(ignored(format!("For another number ({}).", shorten(number, 40))));
    }
    let ours = account.settings.text("waba_id");
    if number.is_empty() && ours.is_some_and(|ours| ours != business) {
        return out.push(ignored("For another WhatsApp Business account."));
    }
    match text(change, "/field") {
        "messages" => {
            let before = out.len();
            out.extend(list(value, "/messages").iter().flat_map(|m| message(account, value, m)));
            out.extend(list(value, "/statuses").iter().map(status));
            out.extend(list(value, "/errors").iter().map(|e| ignored(format!("WhatsApp reports: {}", error_words(e)))));
            if out.len() == before {
                out.push(ignored("The event carried neither messages nor statuses."));
            }
        }
        "smb_message_echoes" => out.extend(list(value, "/message_echoes").iter().map(|m| echo(account, m))),
        field => out.push(about_account(field, value)),
    }
}

/// The ids under which WhatsApp knows a person: their own for this business (BSUID), and their number unless they hide it.
#[derive(Default)]
struct Person {
    bsuid: Option<String>,
    number: Option<String>,
}
impl Person {
    fn new(bsuid: &str, number: &str) -> Self {
        // Either field was seen with the other's content.
        let (mut person, given) = (Self::default(), [bsuid, number]);
        person.bsuid = given.into_iter().find(|id| is_bsuid(id)).map(str::to_owned);
        person.number = given.into_iter().find_map(digits);
        person
    }
    /// The name under which the conversation is kept: the person's own id as soon as there is one.
    fn key(&self) -> Option<&str> {
        self.bsuid.as_deref().or(self.number.as_deref())
    }
    fn sender(&self, account: &Account, name: Option<&str>) -> Option<Sender> {
        let mut sender = people::sender(account, self.key()?, name);
        if self.bsuid.is_some() {
            // Under which the person may be known from before there were own ids.
            sender.more.extend(self.number.as_deref().map(|n| people::handle(account, n)));
        }
        sender.more.extend(self.number.as_deref().and_then(people::phone));
        Some(sender)
    }
}

/// `^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`
pub fn is_bsuid(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    let alphanumeric = !rest.is_empty() && rest.len() <= 128 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) && alphanumeric
}
/// A WhatsApp id: the number's digits without its plus.
pub fn digits(id: &str) -> Option<String> {
    let id = id.trim().trim_start_matches('+');
    let flat: String = id.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    ((5..=20).contains(&flat.len()) && flat.bytes().all(|b| b.is_ascii_digit())).then_some(flat)
}

/// Seconds as a text by the reference; numbers were seen.
fn time(value: &Value) -> Option<Millis> {
    let stamp = value.get("timestamp")?;
    let seconds = stamp.as_i64().or_else(|| stamp.as_str()?.trim().parse().ok())?;
    seconds.checked_mul(1_000).filter(|ms| *ms > 0 && *ms < 253_402_300_800_000)
}

fn message(account: &Account, value: &Value, m: &Value) -> Vec<Inbound> {
    let kind = text(m, "/type");
    if kind == "system" {
        return moved(account, m);
    }
    let from = text(m, "/from");
    let contact = contact_of(value, from, text(m, "/from_user_id"));
    let own = [text(m, "/from_user_id"), text(contact, "/user_id")].into_iter().find(|id| !id.is_empty()).unwrap_or_default();
    let number = [from, text(contact, "/wa_id")].into_iter().find(|id| !id.is_empty()).unwrap_or_default();
    let person = Person::new(own, number);
    let id = text(m, "/id");
    let (Some(key), Some(sender)) = (person.key(), person.sender(account, name_of(contact))) else {
        return vec![ignored("A message that names no sender.")];
    };
    if id.is_empty() {
        return vec![ignored("A message without an id.")];
    }
    if let Some(small) = small(kind, m, || people::handle(account, key)) {
        return vec![small];
    }
    let Some(read) = content::read(m) else { return vec![nothing_said(kind)] };
    let group = text(m, "/group_id");
    let mut metadata = read.metadata;
    metadata.extend(around(m));
    let username = text(contact, "/profile/username");
    if !username.is_empty() {
        metadata.insert("username".into(), shorten(username, 100).into());
    }
    // Some messages (one-time codes) reach only a number, so that it is kept at hand for the answer.
    metadata.extend(person.number.as_ref().filter(|_| person.bsuid.is_some()).map(|n| ("wa_id".to_owned(), Value::from(n.as_str()))));
    let key = if group.is_empty() { key.to_owned() } else { group.to_owned() };
    let answered = text(m, "/context/id");
    vec![Inbound::Message(Box::new(InboundMessage {
        thread: ThreadHint {
            key: Some(key.clone()),
            answers: Some(answered).filter(|a| !a.is_empty()).map(str::to_owned).into_iter().collect(),
            ..ThreadHint::default()
        },
        content_type: read.kind,
        files: read.files,
        sent_at: time(m),
        metadata,
        ..InboundMessage::text(id, key, sender, read.text)
    }))]
}

fn nothing_said(kind: &str) -> Inbound {
    match kind {
        "request_welcome" => ignored("The person opened the chat for the first time."),
        other => ignored(format!("A message of the unknown kind “{}”.", shorten(other, 60))),
    }
}

/// The entry of `contacts` that belongs to this sender; the only one, when nothing fits.
fn contact_of<'a>(value: &'a Value, from: &str, own: &str) -> &'a Value {
    let all = list(value, "/contacts");
    let fits = |c: &&Value| (!from.is_empty() && text(c, "/wa_id") == from) || (!own.is_empty() && text(c, "/user_id") == own);
    all.iter().find(fits).or(if all.len() == 1 { all.first() } else { None }).unwrap_or(&Value::Null)
}
fn name_of(contact: &Value) -> Option<&str> {
    [text(contact, "/profile/name"), text(contact, "/profile/username")].into_iter().find(|n| !n.trim().is_empty())
}

/// What changes another message instead of being one.
fn small(kind: &str, m: &Value, handle: impl Fn() -> Handle) -> Option<Inbound> {
    let original = |kind: &str| text(m, &format!("/{kind}/original_message_id")).to_owned();
    Some(match kind {
        "reaction" => {
            let emoji = text(m, "/reaction/emoji");
            Inbound::Reaction {
                external_id: text(m, "/reaction/message_id").to_owned(),
                handle: handle(),
                emoji: Some(emoji).filter(|e| !e.is_empty()).map(|e| shorten(e, 20)),
                at: time(m),
            }
        }
        "revoke" => Inbound::Deleted { external_id: original("revoke"), at: time(m) },
        "edit" => {
            let now = content::read(m.pointer("/edit/message").unwrap_or(&Value::Null)).map(|c| c.text).unwrap_or_default();
            Inbound::Edited { external_id: original("edit"), text: now, at: time(m) }
        }
        _ => return None,
    })
}

/// What stands around the content: forwarded, from an advertisement, about a product.
fn around(m: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    let flag = |pointer: &str| m.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    if flag("/context/forwarded") || flag("/context/frequently_forwarded") {
        out.insert("forwarded".into(), true.into());
    }
    if let Some(product) = m.pointer("/context/referred_product").filter(|p| p.is_object()) {
        out.insert("product".into(), product.clone());
    }
    if let Some(r) = m.get("referral").filter(|r| r.is_object()) {
        let mut facts = Map::new();
        let names = [
            ("source", "source_type"),
            ("headline", "headline"),
            ("body", "body"),
            ("url", "source_url"),
            ("id", "source_id"),
            ("click_id", "ctwa_clid"),
        ];
        for (ours, theirs) in names {
            if let Some(value) = r.get(theirs).and_then(Value::as_str).filter(|v| !v.is_empty()) {
                facts.insert(ours.into(), shorten(value, 1_000).into());
            }
        }
        out.insert("referral".into(), Value::Object(facts));
    }
    out
}

/// A system message: the person's number, or their own id, is another one now.
fn moved(account: &Account, m: &Value) -> Vec<Inbound> {
    let system = m.get("system").unwrap_or(&Value::Null);
    // Ids came as numbers, too.
    let plain = |v: &Value| v.as_str().map(str::to_owned).or_else(|| v.is_number().then(|| v.to_string()));
    let one_of = |names: &[&str]| names.iter().filter_map(|n| plain(system.get(*n)?)).find(|t| !t.is_empty()).unwrap_or_default();
    let kind = text(system, "/type");
    if !matches!(kind, "user_changed_number" | "customer_changed_number" | "user_changed_user_id") {
        let words = shorten(text(system, "/body"), 200);
        return vec![ignored(if words.is_empty() { format!("A notice of WhatsApp: {}", shorten(kind, 60)) } else { words })];
    }
    let previous = one_of(&["previous_user_id"]);
    let before = Person::new(if previous.is_empty() { text(m, "/from_user_id") } else { &previous }, text(m, "/from"));
    let after = Person::new(&one_of(&["user_id", "new_user_id"]), &one_of(&["wa_id", "new_wa_id"]));
    let pairs = [(before.bsuid, after.bsuid), (before.number, after.number)];
    let mut out: Vec<Inbound> = Vec::new();
    for pair in pairs {
        if let (Some(from), Some(to)) = pair
            && from != to
        {
            out.push(Inbound::Moved { from: people::handle(account, from), to: people::handle(account, to) });
        }
    }
    if out.is_empty() {
        out.push(ignored("The person's number or id changed, and WhatsApp does not say to what."));
    }
    out
}

/// A message that somebody of ours wrote in the WhatsApp Business app.
fn echo(account: &Account, m: &Value) -> Inbound {
    let person = Person::new(text(m, "/to_user_id"), text(m, "/to"));
    let id = text(m, "/id");
    let (Some(key), Some(sender), false) = (person.key(), person.sender(account, None), id.is_empty()) else {
        return ignored("An echo that does not say to whom.");
    };
    let kind = text(m, "/type");
    match small(kind, m, || people::handle(account, key)) {
        // Our own reaction is not the person's.
        Some(Inbound::Reaction { .. }) => return ignored("A reaction set in the WhatsApp Business app."),
        Some(other) => return other,
        None => {}
    }
    let Some(read) = content::read(m) else { return nothing_said(kind) };
    Inbound::Message(Box::new(InboundMessage {
        content_type: read.kind,
        files: read.files,
        sent_at: time(m),
        echo: true,
        metadata: read.metadata,
        ..InboundMessage::text(id, key, sender, read.text)
    }))
}

fn status(s: &Value) -> Inbound {
    let word = text(s, "/status");
    let status = match word {
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        // A voice message that was listened to.
        "read" | "played" => MessageStatus::Read,
        "failed" => MessageStatus::Failed,
        other => return ignored(format!("The status “{}”.", shorten(other, 60))),
    };
    let id = text(s, "/id");
    if id.is_empty() {
        return ignored("A status without an id.");
    }
    let error =
        (status == MessageStatus::Failed).then(|| s.pointer("/errors/0").map_or_else(|| "WhatsApp gave no reason.".into(), error_words));
    Inbound::Status(StatusReport {
        external_id: id.to_owned(),
        message_id: Some(text(s, "/biz_opaque_callback_data")).filter(|t| t.starts_with("msg_") && t.len() <= 64).map(str::to_owned),
        status,
        at: time(s),
        error,
        bounced: false,
    })
}
fn error_words(error: &Value) -> String {
    GraphError::read(error).map_or_else(|| "an error without a code".into(), |e| e.words(errors::words(e.code)))
}

/// Everything that is about the account, not about a conversation.
fn about_account(field: &str, value: &Value) -> Inbound {
    let event = text(value, "/event");
    match field {
        "message_template_status_update" => {
            let (name, language) = (text(value, "/message_template_name"), text(value, "/message_template_language"));
            let reason =
                Some(text(value, "/reason")).filter(|r| !r.is_empty() && *r != "NONE").map(|r| format!(": {r}")).unwrap_or_default();
            ignored(shorten(&format!("Template “{name}” ({language}) is now {}{reason}.", event.to_lowercase()), 300))
        }
        "account_update" if matches!(event, "DISABLED_UPDATE" | "ACCOUNT_DELETED" | "PARTNER_REMOVED") => {
            match text(value, "/ban_info/waba_ban_state") {
                "REINSTATE" => Inbound::Account { broken: None, detail: "Meta has reinstated the WhatsApp Business account.".into() },
                state => {
                    let detail = json!({"event": event, "state": state}).to_string();
                    let broken = "Meta has disabled or removed the WhatsApp Business account. Look into WhatsApp Manager.";
                    Inbound::Account { broken: Some(broken.into()), detail }
                }
            }
        }
        "user_preferences" => {
            let wish = text(value, "/user_preferences/0/value");
            ignored(format!("The person chose “{}” for marketing messages; answers still reach them.", shorten(wish, 30)))
        }
        other => ignored(shorten(&format!("An event about the account: {other} {event}").replace("  ", " "), 200)),
    }
}
