//! What a message says, by its type: words that a person can read, files, and the rest as metadata.

use super::media;
use crate::kit::verdicts::shorten;
use kernel::channel::{FileSource, InboundFile};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

/// The most cards or ordered things of one message.
const MOST_ITEMS: usize = 100;

pub struct Content {
    pub kind: ContentType,
    pub text: String,
    pub files: Vec<InboundFile>,
    pub metadata: Map<String, Value>,
}
impl Content {
    fn words(kind: ContentType, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), files: Vec::new(), metadata: Map::new() }
    }
    fn with(mut self, name: &str, value: Value) -> Self {
        self.metadata.insert(name.into(), value);
        self
    }
}

/// The content of a message (or echo, or edit); `None` for types that say nothing.
pub fn read(message: &Value) -> Option<Content> {
    let kind = text(message, "/type");
    let part = message.get(kind).unwrap_or(&Value::Null);
    Some(match kind {
        "text" => Content::words(ContentType::Text, text(part, "/body").replace('\0', "")),
        "image" => media(message, part, kind, ContentType::Image),
        "video" => media(message, part, kind, ContentType::Video),
        "audio" => media(message, part, kind, ContentType::Audio),
        "document" => media(message, part, kind, ContentType::File),
        "sticker" => media(message, part, kind, ContentType::Sticker),
        "location" => location(part),
        "contacts" => contacts(part),
        "interactive" => interactive(part),
        "button" => {
            let (title, payload) = (text(part, "/text"), text(part, "/payload"));
            let said = if title.is_empty() { payload } else { title };
            Content::words(ContentType::Text, said).with("interactive", json!({"kind": "button", "title": title, "payload": payload}))
        }
        "order" => order(part),
        "unsupported" | "unknown" => Content::words(ContentType::Text, unsupported(message)),
        _ => return None,
    })
}

/// A text at a path, empty when there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
/// The items of a list; none when there is no list.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
fn joined(parts: &[&str], between: &str) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(between)
}

fn media(message: &Value, part: &Value, word: &str, kind: ContentType) -> Content {
    let id = text(part, "/id");
    let caption = text(part, "/caption").replace('\0', "");
    if id.is_empty() {
        let why = unsupported(message);
        return Content::words(ContentType::Text, joined(&[&caption, &why], "\n"));
    }
    let mime = shorten(text(part, "/mime_type"), 127);
    // `audio/ogg; codecs=opus`
    let mime = mime.split(';').next().map(str::trim).filter(|m| m.contains('/')).unwrap_or("application/octet-stream");
    let given = shorten(text(part, "/filename").rsplit(['/', '\\']).next().unwrap_or_default(), 200);
    let name = if given.is_empty() { format!("{word}.{}", media::extension(mime)) } else { given };
    let file = InboundFile {
        name,
        content_type: mime.to_owned(),
        source: FileSource::Provider(media::reference(id, text(part, "/sha256"))),
        content_id: None,
        inline: false,
    };
    Content { kind, text: caption, files: vec![file], metadata: Map::new() }
}

fn location(part: &Value) -> Content {
    // Numbers by the reference, texts in practice.
    let number = |name: &str| part.get(name).and_then(|v| v.as_f64().or_else(|| v.as_str()?.trim().parse().ok())).filter(|n| n.is_finite());
    let (name, address, url) = (text(part, "/name"), text(part, "/address"), text(part, "/url"));
    let (latitude, longitude) = (number("latitude"), number("longitude"));
    let point = match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => format!("{latitude}, {longitude}"),
        _ => String::new(),
    };
    let place = joined(&[name, address], ", ");
    let said = match (place.is_empty(), point.is_empty()) {
        (false, false) => format!("Location: {place} ({point})"),
        (false, true) => format!("Location: {place}"),
        _ => format!("Location: {point}"),
    };
    let mut facts = Map::new();
    for (key, value) in [("latitude", latitude.map(Value::from)), ("longitude", longitude.map(Value::from))] {
        facts.extend(value.map(|v| (key.to_owned(), v)));
    }
    for (key, value) in [("name", name), ("address", address), ("url", url)] {
        if !value.is_empty() {
            facts.insert(key.into(), value.into());
        }
    }
    Content::words(ContentType::Location, shorten(&said, 1_000)).with("location", Value::Object(facts))
}

fn contacts(part: &Value) -> Content {
    let mut cards = Vec::new();
    let mut lines = Vec::new();
    for card in list(part, "").iter().take(MOST_ITEMS) {
        let all = |pointer: &str, name: &str| -> Vec<String> {
            list(card, pointer).iter().map(|v| shorten(text(v, name), 200)).filter(|t| !t.is_empty()).collect()
        };
        let whole = joined(&[text(card, "/name/first_name"), text(card, "/name/last_name")], " ");
        let formatted = text(card, "/name/formatted_name");
        let name = shorten(if formatted.is_empty() { &whole } else { formatted }, 200);
        let (phones, emails, company) = (all("/phones", "/phone"), all("/emails", "/email"), shorten(text(card, "/org/company"), 200));
        let mut parts = vec![name.as_str(), company.as_str()];
        parts.extend(phones.iter().chain(&emails).map(String::as_str));
        lines.push(format!("Contact: {}", joined(&parts, ", ")));
        cards.push(json!({"name": name, "phones": phones, "emails": emails}));
    }
    if lines.is_empty() {
        lines.push("Contact: (empty)".into());
    }
    Content::words(ContentType::Contact, lines.join("\n")).with("contacts", Value::Array(cards))
}

fn interactive(part: &Value) -> Content {
    let kind = text(part, "/type");
    let reply = part.get(kind).unwrap_or(&Value::Null);
    let (id, title) = (text(reply, "/id"), text(reply, "/title"));
    let (said, facts) = match kind {
        "button_reply" | "list_reply" => {
            let mut facts = json!({"kind": kind, "id": id, "title": title});
            let description = text(reply, "/description");
            if !description.is_empty() {
                facts["description"] = description.into();
            }
            (if title.is_empty() { id } else { title }.to_owned(), facts)
        }
        "nfm_reply" => {
            let body = text(reply, "/body");
            let facts = json!({"kind": kind, "id": text(reply, "/name"), "title": body, "payload": text(reply, "/response_json")});
            (if body.is_empty() { "Sent a form" } else { body }.to_owned(), facts)
        }
        "call_permission_reply" => {
            let answer = text(reply, "/response");
            let said = if answer == "accept" { "Allows calls" } else { "Does not allow calls" };
            (said.to_owned(), json!({"kind": kind, "payload": answer}))
        }
        _ => ("Answered a message with buttons".to_owned(), json!({"kind": shorten(kind, 60)})),
    };
    Content::words(ContentType::Text, said).with("interactive", facts)
}

fn order(part: &Value) -> Content {
    let items: Vec<&Value> = list(part, "/product_items").iter().take(MOST_ITEMS).collect();
    let mut lines: Vec<String> = vec![text(part, "/text").to_owned()];
    let plain = |value: Option<&Value>| match value {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    for item in &items {
        let (quantity, price) = (plain(item.get("quantity")), plain(item.get("item_price")));
        let line = format!("{quantity} × {} at {price} {}", text(item, "/product_retailer_id"), text(item, "/currency"));
        lines.push(shorten(&line, 200));
    }
    let said = lines.into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    let said = if said.is_empty() { "Sent an order".to_owned() } else { format!("Order: {said}") };
    Content::words(ContentType::Text, said).with("order", json!({"catalog_id": text(part, "/catalog_id"), "items": items}))
}

fn unsupported(message: &Value) -> String {
    let details = ["/errors/0/error_data/details", "/errors/0/title"].into_iter().map(|p| text(message, p)).find(|t| !t.is_empty());
    match details {
        Some(details) => format!("A message that WhatsApp does not pass on: {}", shorten(details, 200)),
        None => "A message that WhatsApp does not pass on.".to_owned(),
    }
}
