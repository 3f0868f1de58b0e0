//! Deliveries in whatever form the gateway has: query, form, JSON, XML. Names of fields come from the settings, or are the usual ones.

use super::answers::{at, pick, scalar};
use super::settings;
use crate::kit::forms;
use crate::kit::phones::international;
use crate::kit::signatures::sha256_hex;
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError, RawDelivery, Sender, StatusReport};
use kernel::message::{ContentType, MessageStatus};
use kernel::time::{Millis, parse_rfc3339};
use serde_json::Value;

const MOST_ITEMS: usize = 1_000;
const MOST_FILES: usize = 30;

const FROM: &[&str] = &["from", "sender", "msisdn", "source", "originator", "phone", "number"];
const TEXT: &[&str] = &["text", "message", "body", "content", "msg"];
const ID: &[&str] = &["id", "message_id", "messageId", "message-id", "msgid", "smsid", "uuid"];
const TIME: &[&str] = &["timestamp", "time", "date", "sent_at", "received_at"];
const NAME: &[&str] = &["name", "sender_name"];
const MEDIA: &[&str] = &["media", "media_url", "mediaUrl", "image"];
const STATUS: &[&str] = &["status", "dlr", "state", "delivery_status", "message_status", "stat"];
const STATUS_ID: &[&str] = &["external_id", "id", "message_id", "messageId", "message-id", "msgid", "smsid", "uuid"];
const ERROR: &[&str] = &["error.message", "error", "err", "error_code", "err-code", "reason"];

/// One place where fields may stand.
enum Place<'a> {
    Json(&'a Value),
    Pairs(&'a [(String, String)]),
    Text(&'a str),
}

struct Item<'a> {
    account: &'a Account,
    places: Vec<Place<'a>>,
}
impl Item<'_> {
    /// The field that the setting names, else the first of the usual names that is there.
    fn get(&self, setting: &str, usual: &[&str]) -> Option<String> {
        match self.account.settings.text(setting) {
            Some(name) => self.named(name),
            None => usual.iter().find_map(|name| self.named(name)),
        }
    }
    fn named(&self, name: &str) -> Option<String> {
        self.places.iter().find_map(|place| match place {
            Place::Json(value) => at(value, name).and_then(scalar),
            Place::Pairs(pairs) => pairs.iter().find(|(n, v)| n.eq_ignore_ascii_case(name) && !v.is_empty()).map(|(_, v)| v.clone()),
            Place::Text(text) => pick(text, name),
        })
    }
    fn json(&self, setting: &str, usual: &[&str]) -> Option<&Value> {
        let names = self.account.settings.text(setting).map_or_else(|| usual.to_vec(), |name| vec![name]);
        self.places.iter().find_map(|place| match place {
            Place::Json(value) => names.iter().find_map(|name| at(value, name)),
            _ => None,
        })
    }
}

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let mut query = forms::query(raw);
    // What we put into our own address is no content, and the secret never is.
    let callback = callback(account, raw);
    query.retain(|(name, _)| name != "token" && (callback.is_none() || name != "sender" && name != "message"));
    let text = String::from_utf8_lossy(&raw.body);
    let kind = raw.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let start = text.trim_start();
    if start.starts_with(['{', '[']) || kind.contains("json") && !start.is_empty() {
        let value: Value = serde_json::from_str(&text).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
        let list = account.settings.text("in_list").and_then(|path| at(&value, path)).unwrap_or(&value);
        let items: Vec<&Value> = list.as_array().map_or_else(|| vec![list], |l| l.iter().collect());
        if items.len() > MOST_ITEMS {
            return Err(ParseError(format!("One delivery may hold {MOST_ITEMS} messages.")));
        }
        if items.is_empty() {
            return Ok(vec![Inbound::Ignored { why: "The delivery holds no messages.".into() }]);
        }
        // What belongs to all of them belongs to none: an id above all.
        let query: &[(String, String)] = if items.len() == 1 { &query } else { &[] };
        let read = |(n, item)| one(&Item { account, places: vec![Place::Json(item), Place::Pairs(query)] }, raw, n);
        let all: Result<Vec<_>, _> = items.into_iter().enumerate().map(read).collect();
        return all.map(|all| all.into_iter().flatten().collect());
    }
    if start.starts_with('<') {
        let places = vec![Place::Text(&text), Place::Pairs(&query)];
        return one(&Item { account, places }, raw, 0);
    }
    let pairs = if kind.starts_with("multipart/form-data") {
        let parts = forms::multipart(raw.header("content-type").unwrap_or_default(), &raw.body)?;
        parts.into_iter().filter(|p| p.filename.is_none()).map(|p| (p.name.clone(), p.text())).collect()
    } else {
        forms::pairs(&raw.body)
    };
    one(&Item { account, places: vec![Place::Pairs(&pairs), Place::Pairs(&query)] }, raw, 0)
}

/// Our id of the message, when it is the address that we gave to the gateway with it.
fn callback(account: &Account, raw: &RawDelivery) -> Option<String> {
    let query = forms::query(raw);
    let sender = forms::first(&query, "sender")?;
    forms::first(&query, "message").filter(|id| is_ours(id) && sender == account.identifier).map(str::to_owned)
}
fn is_ours(id: &str) -> bool {
    id.starts_with("msg_") && id.len() <= 100
}

fn one(item: &Item<'_>, raw: &RawDelivery, n: usize) -> Result<Vec<Inbound>, ParseError> {
    let status = item.get("status_field", STATUS);
    let kind = item.named("type").unwrap_or_default();
    let text = item.get("in_text", TEXT);
    if let Some(word) = &status
        && (kind == "status" || known(item.account, word).is_some() || text.is_none() || callback(item.account, raw).is_some())
    {
        return Ok(vec![report(item, raw, word)]);
    }
    let from = item.get("in_from", FROM);
    if text.is_none() && (from.is_none() || item.json("in_media", MEDIA).is_none() && item.get("in_media", MEDIA).is_none()) {
        return Ok(vec![Inbound::Ignored { why: "It is neither a message nor a report.".into() }]);
    }
    let from = from.ok_or_else(|| ParseError("The message has no sender. Name its field in the channel’s settings.".into()))?;
    message(item, raw, n, &from, text.unwrap_or_default())
}

fn known(account: &Account, word: &str) -> Option<MessageStatus> {
    [("delivered_values", MessageStatus::Delivered), ("failed_values", MessageStatus::Failed), ("sent_values", MessageStatus::Sent)]
        .into_iter()
        .find(|(name, _)| settings::lists(account, name, word))
        .map(|(_, status)| status)
        .or_else(|| (word.eq_ignore_ascii_case("read")).then_some(MessageStatus::Read))
}

fn report(item: &Item<'_>, raw: &RawDelivery, word: &str) -> Inbound {
    let Some(status) = known(item.account, word) else {
        return Inbound::Ignored {
            why: format!("Unknown status “{}”. Its meaning can be named in the channel’s settings.", shorten(word, 60)),
        };
    };
    let id = item.get("status_id_field", STATUS_ID).filter(|id| id.len() <= 200);
    // By our own contract `id` is what we gave, and `external_id` what the gateway answered.
    let given = || id.clone().into_iter().chain(item.named("id")).find(|id| is_ours(id));
    let message_id = callback(item.account, raw).or_else(given);
    let Some(external_id) = id.or_else(|| message_id.clone()) else {
        return Inbound::Ignored { why: "The report names no message. Name the field of its id in the channel’s settings.".into() };
    };
    let error = (status == MessageStatus::Failed).then(|| {
        let said = item.get("status_error_field", ERROR).map(|e| shorten(&e, 250)).filter(|e| !e.is_empty());
        said.map_or_else(
            || format!("The gateway gave no reason. [{}]", shorten(word, 60)),
            |said| format!("{said} [{}]", shorten(word, 60)),
        )
    });
    let at = item.get("in_time", TIME).and_then(|t| time(&t));
    Inbound::Status(StatusReport { external_id, message_id, status, at, error, bounced: false })
}

fn message(item: &Item<'_>, raw: &RawDelivery, n: usize, from: &str, text: String) -> Result<Vec<Inbound>, ParseError> {
    if from.len() > 200 {
        return Err(ParseError("The sender is too long.".into()));
    }
    let handle = handle(item.account, from);
    let text = text.replace('\0', "");
    let files = files(item);
    let sent_at = item.get("in_time", TIME);
    let id = item.get("in_id", ID).filter(|id| id.len() <= 200);
    let external_id = id.unwrap_or_else(|| {
        // Without an id of the gateway's the content is the id; with the time, so that a second “Yes” is not lost.
        let when = sent_at.clone().unwrap_or_else(|| raw.received_at.to_string());
        sha256_hex(format!("{n}\n{from}\n{when}\n{text}").as_bytes())[..32].to_owned()
    });
    let word = text.trim().trim_end_matches(['.', '!']);
    let out = match () {
        () if settings::lists(item.account, "stop_words", word) => Some(true),
        () if settings::lists(item.account, "start_words", word) => Some(false),
        () => None,
    };
    let name = people::named(item.get("in_name", NAME).as_deref()).filter(|name| name != from);
    let sender = Sender { handle: handle.clone(), name, more: Vec::new() };
    let shown = if text.trim().is_empty() && files.is_empty() { "(empty message)".to_owned() } else { text };
    let content_type = match files.first().map(|f| f.content_type.split('/').next().unwrap_or_default()) {
        None => ContentType::Text,
        Some("image") => ContentType::Image,
        Some("video") => ContentType::Video,
        Some("audio") => ContentType::Audio,
        Some(_) => ContentType::File,
    };
    let message = InboundMessage::text(external_id, handle.value.clone(), sender, shown);
    let message = InboundMessage { content_type, files, sent_at: sent_at.and_then(|t| time(&t)), ..message };
    let mut all = vec![Inbound::Message(Box::new(message))];
    all.extend(out.map(|out| Inbound::OptOut { handle, out }));
    Ok(all)
}

/// A number where it is one; short codes and names are the gateway's own.
fn handle(account: &Account, from: &str) -> Handle {
    let number = international(from, account.settings.text("country_code"));
    number.as_deref().and_then(people::phone).unwrap_or_else(|| people::handle(account, from.trim()))
}

/// Addresses, or objects with an address and its kind.
fn files(item: &Item<'_>) -> Vec<InboundFile> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    match item.json("in_media", MEDIA) {
        Some(Value::Array(list)) => found.extend(list.iter().filter_map(media)),
        Some(one) => found.extend(media(one)),
        None => found.extend(item.get("in_media", MEDIA).map(|url| (url, None))),
    }
    found.retain(|(url, _)| url.starts_with("https://") || url.starts_with("http://"));
    found.truncate(MOST_FILES);
    let file = |(n, (url, kind)): (usize, (String, Option<String>))| {
        let last = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let name = shorten(last, 120);
        let kind = kind.filter(|k| k.contains('/') && k.len() <= 127).unwrap_or_else(|| by_ending(&name).to_owned());
        let name = if name.contains('.') { name } else { format!("file-{}", n + 1) };
        InboundFile { name, content_type: kind, source: FileSource::Url(url), content_id: None, inline: false }
    };
    found.into_iter().enumerate().map(file).collect()
}
fn media(value: &Value) -> Option<(String, Option<String>)> {
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::String(url) => Some((url.clone(), None)),
        _ => Some((word("url")?, word("content_type"))),
    }
}
fn by_ending(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("mp4") => "video/mp4",
        Some("3gp") => "video/3gpp",
        Some("mp3") => "audio/mpeg",
        Some("amr") => "audio/amr",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// Seconds, milliseconds, RFC 3339, or `2026-11-21 09:30:00` in universal time.
fn time(text: &str) -> Option<Millis> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        let millis = if number.abs() < 1e11 { number * 1_000.0 } else { number };
        return (millis.is_finite() && (0.0..4e12).contains(&millis)).then_some(millis as Millis).filter(|m| *m > 0);
    }
    parse_rfc3339(text).or_else(|| parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1))))
}
