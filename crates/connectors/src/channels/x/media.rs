//! Media: what came along with a message, fetching it, and putting ours at X.

use super::errors::{self, Caller};
use super::inbound::{at, is_id};
use crate::kit::calls::{self, before_sending};
use kernel::channel::{Edge, Fetched, FileSource, InboundFile, OutboundFile, SendError};
use kernel::http::HttpRequest;
use kernel::message::ContentType;
use serde_json::{Value, json};

const PATIENCE_MS: u64 = 120_000;
/// Bytes of one part of an upload.
const PART: usize = 4 << 20;
/// How often X is asked whether it has finished with a video.
const QUESTIONS: usize = 8;

#[derive(Default)]
pub struct Attached {
    pub files: Vec<InboundFile>,
    /// What stands for those that cannot be had.
    pub lines: Vec<String>,
}

pub fn kind(content_type: &str) -> ContentType {
    match content_type.split('/').next().unwrap_or_default() {
        "image" => ContentType::Image,
        "video" => ContentType::Video,
        _ => ContentType::File,
    }
}

/// The media of a message. A reference is `{message} {media} {resource}`, what X's download asks for.
pub fn attached<'a>(message: &str, media: impl Iterator<Item = &'a Value>) -> Attached {
    let mut out = Attached::default();
    for one in media.take(10) {
        let moving = matches!(at(one, "/type"), "video" | "animated_gif");
        let what = if moving { "video" } else { "picture" };
        let url = if moving { best(one) } else { ["/media_url_https", "/url"].iter().map(|p| at(one, p)).find(|u| u.contains("/dm")) };
        let Some((id, resource)) = url.and_then(|u| named(one, u)) else {
            out.lines.push(format!("A {what} that can be seen in X only."));
            continue;
        };
        let content_type = match resource.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            _ if moving => "video/mp4",
            "png" => "image/png",
            "webp" => "image/webp",
            "gif" => "image/gif",
            _ => "image/jpeg",
        };
        out.files.push(InboundFile {
            name: resource.clone(),
            content_type: content_type.into(),
            source: FileSource::Provider(format!("{message} {id} {resource}")),
            content_id: None,
            inline: false,
        });
    }
    out
}

/// Of a video, the mp4 with the most detail.
fn best(media: &Value) -> Option<&str> {
    let variants = media.pointer("/video_info/variants").or_else(|| media.get("variants"))?.as_array()?;
    let mp4 = variants.iter().filter(|v| at(v, "/content_type") == "video/mp4");
    let rate = |v: &&Value| v.get("bitrate").or_else(|| v.get("bit_rate")).and_then(Value::as_i64).unwrap_or_default();
    mp4.max_by_key(rate).map(|v| at(v, "/url"))
}

/// Id and resource of a medium; its address ends in `/{id}/{resource}` where the id does not stand by itself.
fn named(media: &Value, url: &str) -> Option<(String, String)> {
    let path = url.strip_prefix("https://")?.split(['?', '#']).next()?;
    let resource = path.rsplit('/').next().filter(|r| is_resource(r))?;
    let own = media.get("id").and_then(Value::as_u64).map(|n| n.to_string());
    let key = at(media, "/media_key").rsplit('_').next().unwrap_or_default();
    let id = Some(at(media, "/id_str").to_owned()).filter(|i| is_id(i)).or(own).or_else(|| Some(key.to_owned()).filter(|i| is_id(i)));
    let id = id.or_else(|| path.rsplit('/').nth(1).filter(|i| is_id(i)).map(str::to_owned))?;
    Some((id, resource.to_owned()))
}
fn is_resource(text: &str) -> bool {
    (1..=50).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

pub async fn fetch(edge: Edge<'_>, caller: &Caller<'_>, reference: &str) -> Result<Fetched, SendError> {
    let permanent = |detail: &str| SendError::Permanent { detail: detail.into() };
    let parts: Vec<&str> = reference.split(' ').collect();
    let [message, media, resource] = parts.as_slice() else { return Err(permanent("This is no file of X.")) };
    if !is_id(message) || !is_id(media) || !is_resource(resource) {
        return Err(permanent("This is no file of X."));
    }
    let mut request = HttpRequest::new("GET", caller.url(&format!("/2/dm_conversations/media/{message}/{media}/{resource}")));
    request.timeout_ms = PATIENCE_MS;
    request.max_response_bytes = 101 << 20;
    let response = errors::exchange(edge, caller, request).await.map_err(before_sending)?;
    match response.status {
        200..=299 => {
            let mime = response.header("content-type").map(|t| t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
            let content_type = mime.filter(|t| t.contains('/') && t != "application/octet-stream");
            Ok(Fetched { name: None, content_type, bytes: response.body })
        }
        403 | 404 | 410 => Err(permanent("X does not give this file any more.")),
        _ => Err(errors::judge(&calls::body_of(&response), &response, edge.clock.now())),
    }
}

/// How X keeps a file for a direct message; `None` when it does not take it.
pub fn category(content_type: &str) -> Option<&'static str> {
    match content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/png" | "image/webp" => Some("dm_image"),
        "image/gif" => Some("dm_gif"),
        "video/mp4" => Some("dm_video"),
        _ => None,
    }
}

/// Puts a file at X, part by part; gives its id there.
pub async fn upload(edge: Edge<'_>, caller: &Caller<'_>, seed: &str, file: &OutboundFile) -> Result<String, SendError> {
    let category = category(&file.content_type)
        .ok_or_else(|| SendError::Permanent { detail: "X takes JPEG, PNG, WebP and GIF pictures and MP4 videos only.".into() })?;
    let mime = file.content_type.split(';').next().unwrap_or_default().trim();
    let wanted = json!({"media_type": mime, "total_bytes": file.bytes.len(), "media_category": category});
    let begun = errors::json(edge, caller, "POST", "/2/media/upload/initialize", &wanted).await.map_err(before_sending)?;
    let id = at(&begun, "/data/id").to_owned();
    if !is_id(&id) {
        return Err(SendError::Retry { after_ms: None, detail: "X named no id for the file.".into() });
    }
    for (n, part) in file.bytes.chunks(PART).enumerate() {
        let part = OutboundFile {
            name: file.name.clone(),
            content_type: "application/octet-stream".into(),
            bytes: part.to_vec(),
            url: String::new(),
        };
        let url = caller.url(&format!("/2/media/upload/{id}/append"));
        let mut request = calls::multipart("POST", url, &format!("{seed} {n}"), &[("segment_index", &n.to_string())], &[("media", &part)]);
        request.timeout_ms = PATIENCE_MS;
        let response = errors::exchange(edge, caller, request).await.map_err(before_sending)?;
        if !(200..300).contains(&response.status) {
            return Err(errors::judge(&calls::body_of(&response), &response, edge.clock.now()));
        }
    }
    let mut state =
        errors::json(edge, caller, "POST", &format!("/2/media/upload/{id}/finalize"), &json!({})).await.map_err(before_sending)?;
    for _ in 0..QUESTIONS {
        match at(&state, "/data/processing_info/state") {
            "" | "succeeded" => return Ok(id),
            "failed" => {
                let said = calls::words_at(&state, "/data/processing_info/error/message").unwrap_or_default();
                return Err(SendError::Permanent { detail: format!("X cannot work with this file. {said}") });
            }
            _ => {}
        }
        let path = format!("/2/media/upload?command=STATUS&media_id={id}");
        state = errors::get(edge, caller, &path).await.map_err(before_sending)?;
    }
    match at(&state, "/data/processing_info/state") {
        "" | "succeeded" => Ok(id),
        _ => {
            let seconds = state.pointer("/data/processing_info/check_after_secs").and_then(Value::as_i64).unwrap_or(10).clamp(1, 600);
            Err(SendError::Retry { after_ms: Some(seconds * 1_000), detail: "X is still working on the file.".into() })
        }
    }
}
