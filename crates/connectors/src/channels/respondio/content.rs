//! What a message of respond.io says, whichever channel behind it carried it.

use super::facts::{first, id, list, text};
use crate::kit::html;
use crate::kit::verdicts::shorten;
use kernel::channel::{FileSource, InboundFile};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

/// The most files of one message that are looked at.
const MOST_FILES: usize = 50;

pub struct Said {
    pub kind: ContentType,
    pub text: String,
    pub html: Option<String>,
    pub subject: Option<String>,
    pub files: Vec<InboundFile>,
    pub metadata: Map<String, Value>,
    /// The message this one answers.
    pub answers: Option<String>,
}
impl Said {
    fn new(kind: ContentType, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into().replace('\0', ""),
            html: None,
            subject: None,
            files: Vec::new(),
            metadata: Map::new(),
            answers: None,
        }
    }
    fn with(mut self, name: &str, value: Value) -> Self {
        self.metadata.insert(name.into(), value);
        self
    }
}

/// Reads `message.message`. `pending` names the file for later when respond.io is still fetching it itself.
pub fn read(content: &Value, pending: &str) -> Said {
    let words = || first(content, &["/text", "/title", "/message", "/body", "/caption"]).unwrap_or_default().to_owned();
    let mut said = match text(content, "/type") {
        "text" | "" => Said::new(ContentType::Text, words()),
        "attachment" => attachment(content, pending),
        "story_reply" => story(content, words()),
        "location" => location(content),
        "email" => email(content, pending),
        "unsupported" => Said::new(ContentType::Text, "A message of a kind that respond.io does not show."),
        "whatsapp_interactive" => interactive(content),
        "post" => post(content),
        "whatsapp_order" => order(content),
        "quick_reply" => quick_reply(content),
        "whatsapp_template" | "facebook_template" => template(content),
        "card" => Said::new(ContentType::Interactive, labelled("Card", first(content, &["/title", "/card/title", "/text"]))),
        "rating" => Said::new(ContentType::Interactive, labelled("Rating", first(content, &["/title", "/text", "/question"]))),
        "custom_payload" => Said::new(ContentType::Interactive, labelled("Custom message", first(content, &["/payload/text", "/text"]))),
        other => {
            let label = format!("Message of the kind “{}”", shorten(other, 60));
            Said::new(ContentType::Text, labelled(&label, first(content, &["/text", "/title", "/message"])))
        }
    };
    if said.text.trim().is_empty() && said.files.is_empty() {
        said.text = "A message without words.".into();
    }
    said.answers = said.answers.or_else(|| id(content, "/replyToMessageId"));
    said
}

fn labelled(label: &str, words: Option<&str>) -> String {
    match words {
        Some(words) => format!("{label}: {words}"),
        None => label.to_owned(),
    }
}

/// `image`, `video`, `audio`, `file`.
fn kind_of(word: &str) -> ContentType {
    match word {
        "image" => ContentType::Image,
        "video" => ContentType::Video,
        "audio" | "voice" => ContentType::Audio,
        "sticker" => ContentType::Sticker,
        _ => ContentType::File,
    }
}

fn attachment(content: &Value, pending: &str) -> Said {
    let part = content.get("attachment").unwrap_or(&Value::Null);
    let caption = first(content, &["/text", "/caption", "/attachment/caption", "/attachment/description"]).unwrap_or_default();
    let mut said = Said::new(kind_of(text(part, "/type")), caption);
    match file(part, pending, 0) {
        Some(file) => said.files.push(file),
        None if said.text.is_empty() => said.text = "A file that respond.io does not give away.".into(),
        None => {}
    }
    said
}

/// One file, to be fetched by its address; while respond.io is still loading it, to be asked for.
pub fn file(part: &Value, pending: &str, n: usize) -> Option<InboundFile> {
    let url = text(part, "/url");
    let waits = part.get("isPending").and_then(Value::as_bool).unwrap_or(false);
    let source = if waits && !pending.is_empty() {
        FileSource::Provider(format!("{pending} {n}"))
    } else if url.starts_with("https://") || url.starts_with("http://") {
        FileSource::Url(url.to_owned())
    } else {
        return None;
    };
    let name = name(part, url, n);
    let content_type = first(part, &["/mimeType", "/mime", "/content_type", "/mime_type"])
        .map(|m| m.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .filter(|m| m.len() <= 100 && m.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('/')))
        .unwrap_or_else(|| guessed(text(part, "/type"), &name).to_owned());
    Some(InboundFile { name, content_type, source, content_id: None, inline: false })
}

/// What it is most likely, by the name's ending, else by respond.io's own word for it.
fn guessed(word: &str, name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "oga") => "audio/ogg",
        Some("m4a") => "audio/mp4",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        Some("csv") => "text/csv",
        _ => match word {
            "image" => "image/jpeg",
            "video" => "video/mp4",
            "audio" => "audio/mpeg",
            _ => "application/octet-stream",
        },
    }
}

/// The name that was given, else the end of the address.
fn name(part: &Value, url: &str, n: usize) -> String {
    let given = first(part, &["/fileName", "/name", "/filename", "/file_name"]);
    let path = url.split(['?', '#']).next().unwrap_or_default().splitn(4, '/').nth(3).unwrap_or_default();
    let name = given.unwrap_or(path).rsplit(['/', '\\']).next().unwrap_or_default();
    let name = shorten(name, 200);
    let name = if name.is_empty() { format!("attachment-{}", n + 1) } else { name };
    let ending = text(part, "/ext").trim_start_matches('.');
    if ending.is_empty() || ending.len() > 10 || name.contains('.') { name } else { format!("{name}.{ending}") }
}

fn story(content: &Value, words: String) -> Said {
    let url = first(content, &["/story/url", "/storyUrl", "/story/link", "/attachment/url", "/url"]).unwrap_or_default();
    let mut said = Said::new(ContentType::Text, if words.is_empty() { "An answer to a story.".into() } else { words });
    let mut story = Map::new();
    if !url.is_empty() {
        story.insert("url".into(), shorten(url, 2_000).into());
    }
    story.extend(id(content, "/story/id").map(|id| ("id".to_owned(), Value::from(id))));
    said.metadata.insert("story".into(), Value::Object(story));
    said
}

fn location(content: &Value) -> Said {
    let place = content.get("location").filter(|l| l.is_object()).unwrap_or(content);
    let number = |name: &str| place.get(name).and_then(|v| v.as_f64().or_else(|| v.as_str()?.trim().parse().ok()));
    let (latitude, longitude) = (number("latitude"), number("longitude"));
    let words = [text(place, "/name"), text(place, "/address"), text(place, "/title")];
    let mut parts: Vec<String> = words.into_iter().filter(|w| !w.trim().is_empty()).map(|w| shorten(w, 300)).collect();
    if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
        parts.push(format!("{latitude}, {longitude}"));
    }
    let mut fact = json!({"latitude": latitude, "longitude": longitude});
    for name in ["name", "address"] {
        if let Some(words) = first(place, &[&format!("/{name}")]) {
            fact[name] = shorten(words, 300).into();
        }
    }
    Said::new(ContentType::Location, format!("Location: {}", parts.join(", "))).with("location", fact)
}

/// Its text may be plain or HTML; respond.io does not say which.
fn email(content: &Value, pending: &str) -> Said {
    let body = first(content, &["/text", "/message", "/html", "/body"]).unwrap_or_default();
    let markup = body.trim_start().starts_with('<') || ["</p>", "</div>", "<br", "</html>"].iter().any(|t| body.contains(t));
    let clean = if markup { html::sanitise(body) } else { None };
    let mut said = match clean {
        Some(clean) => Said { html: Some(clean.clone()), ..Said::new(ContentType::Html, html::to_text(&clean)) },
        None if markup => Said::new(ContentType::Text, html::to_text(body)),
        None => Said::new(ContentType::Text, body),
    };
    said.subject = Some(shorten(text(content, "/subject"), 998)).filter(|s| !s.is_empty());
    if said.text.trim().is_empty() {
        said.text = said.subject.clone().unwrap_or_default();
    }
    let parts = list(content, "/attachments").iter().take(MOST_FILES).enumerate();
    said.files = parts.filter_map(|(n, part)| file(part, pending, n)).collect();
    for name in ["cc", "bcc"] {
        let addresses: Vec<String> =
            list(content, &format!("/{name}")).iter().take(100).filter_map(Value::as_str).map(|a| shorten(a, 320)).collect();
        if !addresses.is_empty() {
            said.metadata.insert(name.into(), addresses.into());
        }
    }
    said
}

/// A pressed button, a chosen row.
fn interactive(content: &Value) -> Said {
    const PLACES: [&str; 4] = ["/interactive/button_reply", "/interactive/list_reply", "/interactive", ""];
    let found = |name: &str| PLACES.iter().find_map(|p| Some(text(content, &format!("{p}/{name}"))).filter(|t| !t.trim().is_empty()));
    let title = found("title").or_else(|| found("text")).unwrap_or("An answer to buttons.");
    let mut fact = json!({"kind": "reply", "title": shorten(title, 300)});
    for name in ["id", "payload"] {
        if let Some(value) = found(name) {
            fact[name] = shorten(value, 500).into();
        }
    }
    Said::new(ContentType::Interactive, title).with("interactive", fact)
}

/// A comment below a post, or a post that mentions us.
fn post(content: &Value) -> Said {
    let words = first(content, &["/text", "/message", "/comment", "/post/text"]);
    let url = first(content, &["/url", "/post/url", "/link", "/permalink"]).unwrap_or_default();
    let said = Said::new(ContentType::Text, labelled("Post", words));
    if url.is_empty() { said } else { said.with("post", json!({"url": shorten(url, 2_000)})) }
}

fn order(content: &Value) -> Said {
    let order = ["/order", "/whatsappOrder", ""].iter().filter_map(|p| content.pointer(p)).find(|o| o.is_object()).unwrap_or(content);
    let all = [list(order, "/products"), list(order, "/product_items"), list(order, "/items")];
    let items = all.into_iter().find(|l| !l.is_empty()).unwrap_or_default();
    let mut lines: Vec<String> = items
        .iter()
        .take(50)
        .map(|item| {
            let name = first(item, &["/name", "/title", "/product_retailer_id", "/retailerId", "/id"]).unwrap_or("item");
            let count = id(item, "/quantity").unwrap_or_else(|| "1".into());
            format!("{} × {}", shorten(&count, 10), shorten(name, 200))
        })
        .collect();
    lines.extend(first(order, &["/text", "/note"]).map(|t| shorten(t, 1_000)));
    let fact = json!({"catalog_id": first(order, &["/catalog_id", "/catalogId"]), "items": items.iter().take(50).collect::<Vec<_>>()});
    let words = if lines.is_empty() { "Order".to_owned() } else { format!("Order:\n{}", lines.join("\n")) };
    Said::new(ContentType::Interactive, words).with("order", fact)
}

fn quick_reply(content: &Value) -> Said {
    let replies: Vec<String> = list(content, "/replies").iter().take(20).filter_map(Value::as_str).map(|r| format!("[{r}]")).collect();
    let title = first(content, &["/title", "/text"]).unwrap_or_default();
    Said::new(ContentType::Interactive, [title, &replies.join(" ")].join("\n").trim())
}

/// The template's words with its blanks filled, as far as they came along.
fn template(content: &Value) -> Said {
    let name = first(content, &["/template/name", "/name", "/title"]);
    let body = list(content, "/template/components").iter().find(|c| text(c, "/type").eq_ignore_ascii_case("body"));
    let words = body.map(|body| {
        let mut words = text(body, "/text").to_owned();
        for (n, parameter) in list(body, "/parameters").iter().take(50).enumerate() {
            words = words.replace(&format!("{{{{{}}}}}", n + 1), text(parameter, "/text"));
        }
        words
    });
    match words.or_else(|| first(content, &["/text", "/template/text"]).map(str::to_owned)).filter(|w| !w.trim().is_empty()) {
        Some(words) => Said::new(ContentType::Template, words),
        None => Said::new(ContentType::Template, labelled("Template", name)),
    }
}
