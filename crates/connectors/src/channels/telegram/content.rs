//! What a message holds: words, files, places, contact cards, and the kinds that only Telegram has.

use super::form::FETCHED_BYTES;
use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{FileSource, Handle, InboundFile};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

/// The readable part of a message.
#[derive(Debug, Default)]
pub struct Content {
    pub kind: Option<ContentType>,
    pub text: String,
    pub files: Vec<InboundFile>,
    pub metadata: Map<String, Value>,
    /// Numbers that Telegram vouches for.
    pub handles: Vec<Handle>,
}

/// Notes of Telegram's own among the messages: nobody said anything.
const SERVICE: &[&str] = &[
    "new_chat_members",
    "left_chat_member",
    "chat_owner_left",
    "chat_owner_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "connected_website",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway",
    "giveaway_winners",
    "giveaway_completed",
    "managed_bot_created",
    "paid_message_price_changed",
    "poll_option_added",
    "poll_option_deleted",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
];

/// The name of the note, when the message is one.
pub fn service(message: &Value) -> Option<&'static str> {
    SERVICE.iter().copied().find(|key| message.get(*key).is_some())
}

/// Kinds of files: the message's key, what they are here, a name for those that have none, and their usual type.
/// An animation comes as a document too, so that it stands before.
const FILES: &[(&str, ContentType, &str, &str)] = &[
    ("animation", ContentType::Video, "animation", "video/mp4"),
    ("live_photo", ContentType::Video, "live-photo", "video/mp4"),
    ("video", ContentType::Video, "video", "video/mp4"),
    ("video_note", ContentType::Video, "video-note", "video/mp4"),
    ("audio", ContentType::Audio, "audio", "audio/mpeg"),
    ("voice", ContentType::Audio, "voice", "audio/ogg"),
    ("document", ContentType::File, "document", "application/octet-stream"),
];

/// Reads whatever the message holds. Unknown kinds become words that say so.
pub fn read(message: &Value) -> Content {
    let mut out = Content { text: words(message, "caption", "caption_entities"), ..Content::default() };
    if message.get("text").is_some() {
        out.kind = Some(ContentType::Text);
        out.text = words(message, "text", "entities");
        if let Some(payload) = out.text.strip_prefix("/start ").map(str::trim).filter(|p| !p.is_empty()) {
            // What stood in the link that led to the bot (t.me/bot?start=…).
            out.metadata.insert("referral".into(), json!({"source": shorten(payload, 64)}));
        }
    } else if let Some(sizes) = message.get("photo").and_then(Value::as_array) {
        out.kind = Some(ContentType::Image);
        // The sizes grow; the last is the picture itself.
        if let Some(photo) = sizes.last() {
            file(&mut out, photo, "photo", "image/jpeg");
        }
    } else if let Some((key, kind, name, mime)) = FILES.iter().find(|f| message.get(f.0).is_some()) {
        out.kind = Some(*kind);
        file(&mut out, &message[*key], name, mime);
    } else if let Some(sticker) = message.get("sticker") {
        read_sticker(&mut out, sticker);
    } else if message.get("location").is_some() || message.get("venue").is_some() {
        location(&mut out, message);
    } else if let Some(contact) = message.get("contact") {
        let sender = message.pointer("/from/id").and_then(Value::as_i64);
        read_contact(&mut out, contact, sender);
    } else {
        out.kind = Some(ContentType::Text);
        let special = special(message);
        out.text = if out.text.is_empty() { special } else { format!("{special}\n{}", out.text) };
    }
    if let Some(story) = message.get("reply_to_story") {
        out.metadata.insert("story".into(), json!({"id": story.get("id").map(Value::to_string)}));
    }
    out
}

/// Kinds that become words.
fn special(message: &Value) -> String {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let lines = |first: String, list: &str| {
        let list = message.pointer(list).and_then(Value::as_array);
        let rest = list.into_iter().flatten().filter_map(|o| o.get("text")?.as_str()).take(100).map(|t| format!("\n- {t}"));
        rest.fold(first, |all, line| all + &line)
    };
    let has = |key: &str| message.get(key).is_some();
    if has("poll") {
        lines(format!("Poll: {}", text("/poll/question")), "/poll/options")
    } else if has("checklist") {
        lines(format!("Checklist: {}", text("/checklist/title")), "/checklist/tasks")
    } else if has("dice") {
        let value = message.pointer("/dice/value").and_then(Value::as_i64).unwrap_or_default();
        format!("{} {value}", text("/dice/emoji"))
    } else if has("game") {
        format!("Game: {}", text("/game/title"))
    } else if has("invoice") {
        format!("Invoice: {}", text("/invoice/title"))
    } else if has("web_app_data") {
        format!("{}: {}", text("/web_app_data/button_text"), text("/web_app_data/data"))
    } else if has("story") {
        "A story that was passed on. It can be seen in Telegram only.".into()
    } else if has("paid_media") {
        "Paid media. It can be seen in Telegram only.".into()
    } else if has("rich_message") {
        let mut out = String::new();
        rich(&message["rich_message"], &mut out);
        let out = out.trim().to_owned();
        if out.is_empty() { "A message that can be seen in Telegram only.".into() } else { out }
    } else {
        "A message of a kind that cannot be shown here. It can be seen in Telegram only.".into()
    }
}

/// The words of a rich message, block by block; its pictures stay in Telegram.
fn rich(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(list) => list.iter().for_each(|v| rich(v, out)),
        Value::Object(map) => {
            let block = map.contains_key("type") && !matches!(out.chars().last(), None | Some('\n'));
            if block && BLOCKS.contains(&map.get("type").and_then(Value::as_str).unwrap_or_default()) {
                out.push('\n');
            }
            for key in ["label", "summary", "text", "expression", "alternative_text", "blocks", "items", "cells", "caption", "credit"] {
                if let Some(inner) = map.get(key) {
                    rich(inner, out);
                }
            }
        }
        _ => {}
    }
}
const BLOCKS: &[&str] = &[
    "paragraph",
    "heading",
    "section_heading",
    "pre",
    "preformatted",
    "footer",
    "divider",
    "list",
    "block_quotation",
    "pull_quotation",
    "table",
    "details",
    "blockquote",
    "pullquote",
];

/// A text with the addresses that hide behind words written out. Offsets count UTF-16 units.
pub fn words(message: &Value, text: &str, entities: &str) -> String {
    let text = message.get(text).and_then(Value::as_str).unwrap_or_default().replace('\0', "");
    let list = message.get(entities).and_then(Value::as_array);
    let mut links: Vec<(u64, &str)> = list
        .into_iter()
        .flatten()
        .filter(|e| e.get("type").and_then(Value::as_str) == Some("text_link"))
        .filter_map(|e| Some((e.get("offset")?.as_u64()?.checked_add(e.get("length")?.as_u64()?)?, e.get("url")?.as_str()?)))
        .take(100)
        .collect();
    if links.is_empty() {
        return text;
    }
    links.sort_by_key(|(end, _)| *end);
    let mut links = links.into_iter().peekable();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0u64);
    for c in text.chars() {
        while let Some((_, url)) = links.next_if(|(end, _)| *end <= at) {
            out.push_str(&format!(" ({url})"));
        }
        out.push(c);
        at += c.len_utf16() as u64;
    }
    links.filter(|(end, _)| *end == at).for_each(|(_, url)| out.push_str(&format!(" ({url})")));
    out
}

fn file(out: &mut Content, object: &Value, name: &str, mime: &str) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let mime = text("mime_type").filter(|m| m.len() <= 127).unwrap_or(mime);
    let given = text("file_name").and_then(|n| n.rsplit(['/', '\\']).next()).map(|n| shorten(n, 200)).filter(|n| !n.is_empty());
    let name = given.unwrap_or_else(|| format!("{name}{}", ending(mime)));
    let size = object.get("file_size").and_then(Value::as_i64).unwrap_or_default();
    let too_large = size > FETCHED_BYTES;
    match text("file_id") {
        Some(id) if !too_large => out.files.push(InboundFile {
            name,
            content_type: mime.to_ascii_lowercase(),
            source: FileSource::Provider(id.to_owned()),
            content_id: None,
            inline: false,
        }),
        _ => {
            let why = match too_large {
                true => format!("{} MB: Telegram gives bots files up to 20 MB. Ask for it another way", size / 1_000_000),
                false => "Telegram named no file".into(),
            };
            let note = format!("[{name} ({why})]");
            out.text = if out.text.is_empty() { note } else { format!("{}\n{note}", out.text) };
        }
    }
}

fn ending(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "video/quicktime" => ".mov",
        "video/webm" => ".webm",
        "audio/mpeg" => ".mp3",
        "audio/mp4" | "audio/x-m4a" => ".m4a",
        "audio/ogg" => ".ogg",
        "application/pdf" => ".pdf",
        "application/x-tgsticker" => ".tgs",
        _ => "",
    }
}

fn read_sticker(out: &mut Content, sticker: &Value) {
    out.kind = Some(ContentType::Sticker);
    let emoji = sticker.get("emoji").and_then(Value::as_str).unwrap_or_default();
    out.text = if emoji.is_empty() { "Sticker".into() } else { shorten(emoji, 20) };
    let flag = |key: &str| sticker.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mime = match (flag("is_animated"), flag("is_video")) {
        (true, _) => "application/x-tgsticker",
        (_, true) => "video/webm",
        _ => "image/webp",
    };
    file(out, sticker, "sticker", mime);
}

fn location(out: &mut Content, message: &Value) {
    out.kind = Some(ContentType::Location);
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).map(|t| shorten(t, 300)).filter(|t| !t.is_empty());
    let point = message.get("location").or_else(|| message.pointer("/venue/location"));
    let degrees = |key: &str| point.and_then(|p| p.get(key)?.as_f64());
    let (name, address) = (text("/venue/title"), text("/venue/address"));
    let mut place = Map::new();
    let mut shown: Vec<String> = name.iter().chain(&address).cloned().collect();
    if let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) {
        shown.push(format!("{latitude}, {longitude}"));
        place.insert("latitude".into(), latitude.into());
        place.insert("longitude".into(), longitude.into());
    }
    place.extend(name.map(|n| ("name".to_owned(), n.into())));
    place.extend(address.map(|a| ("address".to_owned(), a.into())));
    out.text = format!("Location: {}", shown.join(", "));
    out.metadata.insert("location".into(), place.into());
}

fn read_contact(out: &mut Content, contact: &Value, sender: Option<i64>) {
    out.kind = Some(ContentType::Contact);
    let text = |key: &str| contact.get(key).and_then(Value::as_str).map(|t| shorten(t, 200)).filter(|t| !t.is_empty());
    let name = [text("first_name"), text("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let number = text("phone_number");
    let handle = number.as_deref().and_then(people::phone);
    let shown = handle.as_ref().map(|h| h.value.clone()).or(number);
    out.text = format!(
        "Contact: {}",
        [Some(name.clone()).filter(|n| !n.is_empty()), shown.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    );
    let phones: Vec<String> = shown.into_iter().collect();
    out.metadata.insert("contacts".into(), json!([{"name": name, "phones": phones, "emails": []}]));
    // Somebody's own number, shared by themselves, is proved by Telegram; another's is not.
    if sender.is_some() && contact.get("user_id").and_then(Value::as_i64) == sender {
        out.handles.extend(handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_behind_words_are_written_out_by_utf16_offsets() {
        let message = json!({"text": "😀 see here, ok", "entities": [
            {"type": "text_link", "offset": 7, "length": 4, "url": "https://acme.example/a"}, {"type": "bold", "offset": 0, "length": 2}]});
        assert_eq!(words(&message, "text", "entities"), "😀 see here (https://acme.example/a), ok");
        let message =
            json!({"text": "here", "entities": [{"type": "text_link", "offset": 0, "length": 4, "url": "https://acme.example/"}]});
        assert_eq!(words(&message, "text", "entities"), "here (https://acme.example/)");
        let message = json!({"text": "x", "entities": [{"type": "text_link", "offset": 18446744073709551615u64, "length": 1, "url": "u"}]});
        assert_eq!(words(&message, "text", "entities"), "x");
    }
}
