//! What a message of the Messenger Platform carries besides its text.

use super::messaging::{list, text};
use crate::kit::verdicts::shorten;
use kernel::channel::{FileSource, InboundFile};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

const MOST_FILES: usize = 100;

/// The content of one message.
pub struct Said {
    pub kind: ContentType,
    pub text: String,
    pub files: Vec<InboundFile>,
    pub metadata: Map<String, Value>,
}
impl Default for Said {
    fn default() -> Self {
        Self { kind: ContentType::Text, text: String::new(), files: Vec::new(), metadata: Map::new() }
    }
}
impl Said {
    fn line(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(words);
    }
}

pub fn said(message: &Value, surface: &str) -> Said {
    let mut said = Said { text: text(message, "/text").replace('\0', ""), ..Said::default() };
    for attachment in list(message, "/attachments").iter().take(MOST_FILES) {
        add(&mut said, attachment, surface);
    }
    said
}

fn add(said: &mut Said, a: &Value, surface: &str) {
    let kind = text(a, "/type");
    let payload = a.get("payload").unwrap_or(&Value::Null);
    let url = [text(payload, "/url"), text(a, "/url")].into_iter().find(|u| !u.is_empty()).unwrap_or_default();
    let title = shorten([text(payload, "/title"), text(a, "/title")].into_iter().find(|t| !t.is_empty()).unwrap_or_default(), 500);
    match kind {
        "image" | "video" | "audio" | "file" if is_link(url) => {
            let sticker = kind == "image" && !payload.get("sticker_id").unwrap_or(&Value::Null).is_null();
            let own = match kind {
                "image" if sticker => ContentType::Sticker,
                "image" => ContentType::Image,
                "video" => ContentType::Video,
                "audio" => ContentType::Audio,
                _ => ContentType::File,
            };
            if said.files.is_empty() {
                said.kind = own;
            }
            let n = said.files.len();
            said.files.push(file(kind, url, n));
        }
        "location" => location(said, payload, &title),
        // The picture of a story may be kept no longer than the story itself, so that only its address is noted.
        "story_mention" => {
            said.metadata.insert("story".into(), story(payload));
            said.line("Mentioned you in their story");
        }
        "fallback" | "share" | "post" | "ig_post" | "reel" | "ig_reel" | "ig_story" => {
            let what = match kind {
                "fallback" => "",
                "reel" | "ig_reel" => "Shared a reel:",
                "ig_story" => "Shared a story:",
                _ => "Shared a post:",
            };
            let words = [what, title.as_str(), url].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
            // A link in the text comes once more as its preview.
            if !url.is_empty() && !said.text.contains(url) || url.is_empty() && !words.is_empty() {
                said.line(&words);
            }
            said.metadata.insert("share".into(), json!({"kind": kind, "title": title, "url": url}));
        }
        "template" => {
            let titles: Vec<String> = list(payload, "/generic/elements")
                .iter()
                .chain(list(payload, "/elements"))
                .map(|e| [text(e, "/title"), text(e, "/subtitle")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", "))
                .collect();
            let words = [text(payload, "/text").to_owned(), title, titles.join("\n")];
            let words = words.into_iter().find(|w| !w.is_empty()).unwrap_or_else(|| "A card with buttons".into());
            if said.text.is_empty() {
                said.line(&shorten(&words, 2_000));
            }
        }
        "like_heart" => said.line("❤️"),
        "ephemeral" => said.line("A photo or film that disappears; it can be seen in the app only."),
        "image" | "video" | "audio" | "file" | "unsupported_type" => said.line(&format!("A file that {surface} does not pass on.")),
        other => said.line(&format!("Something that {surface} calls “{}”; look at it in the app.", shorten(other, 60))),
    }
}

/// A story by its address and id, as far as they are given.
pub fn story(story: &Value) -> Value {
    let given = ["url", "id"].into_iter().filter_map(|name| Some((name, story.get(name)?.as_str().filter(|v| !v.is_empty())?)));
    Value::Object(given.map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
}

fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn location(said: &mut Said, payload: &Value, title: &str) {
    let number = |name: &str| payload.pointer(&format!("/coordinates/{name}")).and_then(Value::as_f64);
    let (Some(latitude), Some(longitude)) = (number("lat"), number("long")) else {
        return said.line(&format!("Location: {title}"));
    };
    let mut facts = json!({"latitude": latitude, "longitude": longitude});
    if !title.is_empty() {
        facts["name"] = title.into();
    }
    said.metadata.insert("location".into(), facts);
    said.kind = ContentType::Location;
    let name = if title.is_empty() { String::new() } else { format!("{title} ") };
    said.line(&format!("Location: {name}({latitude}, {longitude})"));
}

/// The file's own name is the last part of its address, if that looks like one.
fn file(kind: &str, url: &str, n: usize) -> InboundFile {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let last: String = form_urlencoded::parse(format!("n={}", last.replace('+', "%2B")).as_bytes()).map(|(_, v)| v.into_owned()).collect();
    let last = shorten(last.rsplit(['/', '\\']).next().unwrap_or_default(), 120);
    let ending = last.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).filter(|e| (2..=5).contains(&e.len()));
    let (content_type, usual) = match (kind, ending.as_deref()) {
        ("image", Some("png")) => ("image/png", "png"),
        ("image", Some("gif")) => ("image/gif", "gif"),
        ("image", Some("webp")) => ("image/webp", "webp"),
        ("image", _) => ("image/jpeg", "jpg"),
        ("video", _) => ("video/mp4", "mp4"),
        ("audio", Some("mp3")) => ("audio/mpeg", "mp3"),
        ("audio", Some("ogg")) => ("audio/ogg", "ogg"),
        ("audio", _) => ("audio/mp4", "m4a"),
        (_, Some("pdf")) => ("application/pdf", "pdf"),
        _ => ("application/octet-stream", "bin"),
    };
    let name = match ending {
        Some(_) => last,
        None => format!("{kind}-{}.{usual}", n + 1),
    };
    InboundFile { name, content_type: content_type.into(), source: FileSource::Url(url.to_owned()), content_id: None, inline: false }
}
