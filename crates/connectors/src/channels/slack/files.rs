//! Files: what came along with a message, fetching it, and sending ours (upload in three steps).

use super::errors::{self, Failure, Workspace};
use super::ids;
use super::inbound::at;
use crate::kit::calls::{self, before_sending};
use kernel::channel::{Edge, Fetched, FileSource, InboundFile, OutboundFile, SendError};
use kernel::http::HttpRequest;
use kernel::message::ContentType;
use serde_json::{Value, json};

const PATIENCE_MS: u64 = 120_000;
const LARGEST: usize = 100 << 20;
const MOST: usize = 50;

#[derive(Default)]
pub struct Attached {
    pub files: Vec<InboundFile>,
    /// What stands for those that cannot be had.
    pub lines: Vec<String>,
}

pub fn attached(event: &Value) -> Attached {
    let mut out = Attached::default();
    for file in event.get("files").and_then(Value::as_array).into_iter().flatten().take(MOST) {
        let (id, mode) = (at(file, "/id"), at(file, "/mode"));
        let name = ["/name", "/title"].iter().map(|p| at(file, p).trim()).find(|n| !n.is_empty()).unwrap_or("file");
        let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        let url = ["/url_private_download", "/url_private"].iter().map(|p| at(file, p)).find(|u| !u.is_empty()).unwrap_or_default();
        match mode {
            "tombstone" | "hidden_by_limit" => out.lines.push(format!("A file that Slack no longer shows: {name}")),
            // Lies elsewhere (a document in the cloud): our token is not for there.
            "external" => out.lines.push(format!("{name}: {url}")),
            _ if file.get("is_external") == Some(&Value::Bool(true)) => out.lines.push(format!("{name}: {url}")),
            _ if !ids::is_file(id) => out.lines.push(format!("A file that cannot be fetched: {name}")),
            _ => {
                let mime = Some(at(file, "/mimetype")).filter(|m| m.contains('/') && m.len() <= 127 && !m.contains(char::is_whitespace));
                let mime = mime.unwrap_or("application/octet-stream");
                // Files of other workspaces come without an address; it is asked for.
                let known = !url.is_empty() && at(file, "/file_access") != "check_file_info" && !url.contains(char::is_whitespace);
                let reference = format!("{id} {mime} {}", if known { url } else { "" });
                out.files.push(InboundFile {
                    name,
                    content_type: mime.to_owned(),
                    source: FileSource::Provider(reference.trim_end().to_owned()),
                    content_id: None,
                    inline: false,
                });
            }
        }
    }
    out
}

pub fn kind(content_type: &str) -> ContentType {
    match content_type.split('/').next().unwrap_or_default() {
        "image" => ContentType::Image,
        "video" => ContentType::Video,
        "audio" => ContentType::Audio,
        _ => ContentType::File,
    }
}

/// An address of Slack's file host, or where it stands in for it. The token goes to no other host.
fn trusted(workspace: &Workspace<'_>, url: &str) -> Option<String> {
    let base = workspace.base;
    if base != super::form::BASE && url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')) {
        return Some(url.to_owned());
    }
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    if host != "slack.com" && !host.ends_with(".slack.com") {
        return None;
    }
    if host.contains(['@', ':', '\\', '?', '#']) || path.split(['?', '#']).next().unwrap_or_default().split('/').any(|s| s == "..") {
        return None;
    }
    Some(if base == super::form::BASE { url.to_owned() } else { format!("{base}/{path}") })
}

/// A file by `{id} {content type} {address}`; the address may be missing.
pub async fn fetch(edge: Edge<'_>, workspace: &Workspace<'_>, reference: &str) -> Result<Fetched, SendError> {
    let permanent = |detail: &str| SendError::Permanent { detail: detail.into() };
    let mut parts = reference.splitn(3, ' ');
    let (id, mime, url) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut url = url.to_owned();
    if url.is_empty() {
        let file = info(edge, workspace, id).await.map_err(SendError::from).map_err(before_sending)?;
        url = ["/url_private_download", "/url_private"].iter().map(|p| at(&file, p)).find(|u| !u.is_empty()).unwrap_or_default().to_owned();
    }
    let Some(url) = trusted(workspace, &url) else {
        return Err(permanent("Slack keeps this file elsewhere; it can be opened in Slack only."));
    };
    let mut request = calls::bearer(HttpRequest::new("GET", url), &workspace.token);
    request.timeout_ms = PATIENCE_MS;
    request.max_response_bytes = LARGEST + (1 << 20);
    let response = calls::exchange(edge, request).await.map_err(before_sending)?;
    let got = response.header("content-type").map(|t| t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match response.status {
        // Without the scope, Slack shows its sign-in page, as if all were well.
        200..=299 if got.as_deref() == Some("text/html") && mime != "text/html" => {
            Err(permanent("Slack gave a page instead of the file. Give the app the scope files:read and install it again."))
        }
        200..=299 => {
            let content_type = got.filter(|t| t.contains('/') && t != "application/octet-stream" && t != "binary/octet-stream");
            Ok(Fetched { name: None, content_type, bytes: response.body })
        }
        401 | 403 => Err(permanent("Slack does not give this file to the app. Give it the scope files:read and install it again.")),
        404 | 410 => Err(permanent("Slack no longer has this file.")),
        _ => Err(crate::kit::verdicts::judge_http(&response, None, edge.clock.now())),
    }
}

pub async fn info(edge: Edge<'_>, workspace: &Workspace<'_>, id: &str) -> Result<Value, Failure> {
    let mut answer = errors::ask(edge, workspace, "files.info", &[("file", id)]).await?;
    Ok(answer.get_mut("file").map(Value::take).unwrap_or_default())
}

/// The message in this channel by which a file was shared, once Slack has said so.
pub fn shared_as(file: &Value, channel: &str) -> Option<String> {
    ["public", "private"].iter().find_map(|kind| {
        let shares = file.pointer(&format!("/shares/{kind}"))?.get(channel)?.as_array()?;
        shares.iter().map(|s| at(s, "/ts")).rfind(|ts| ids::is_ts(ts)).map(str::to_owned)
    })
}

/// Puts the bytes of a file at Slack, where nobody sees them yet; gives the file's id.
pub async fn upload(edge: Edge<'_>, workspace: &Workspace<'_>, file: &OutboundFile) -> Result<String, SendError> {
    let length = file.bytes.len().to_string();
    let place = errors::form(edge, workspace, "files.getUploadURLExternal", &[("filename", file.name.as_str()), ("length", &length)]).await;
    let place = place.map_err(SendError::from).map_err(before_sending)?;
    let id = at(&place, "/file_id");
    let (true, Some(url)) = (ids::is_file(id), trusted(workspace, at(&place, "/upload_url"))) else {
        return Err(SendError::Permanent { detail: "Slack named no place for the file.".into() });
    };
    let mut request = HttpRequest::new("POST", url).header("content-type", "application/octet-stream").body(file.bytes.clone());
    request.timeout_ms = PATIENCE_MS;
    let response = calls::exchange(edge, request).await.map_err(before_sending)?;
    match response.status {
        200..=299 => Ok(id.to_owned()),
        _ => Err(crate::kit::verdicts::judge_http(&response, Some("the upload of the file"), edge.clock.now())),
    }
}

/// Shows uploaded files in a channel, with a text above them; gives the message's id there.
pub async fn share(
    edge: Edge<'_>,
    workspace: &Workspace<'_>,
    channel: &str,
    thread: Option<&str>,
    uploaded: &[(String, String)],
    comment: &str,
) -> Result<String, Failure> {
    let files: Vec<Value> = uploaded.iter().map(|(id, title)| json!({"id": id, "title": title})).collect();
    let mut body = json!({"files": files, "channel_id": channel});
    if let Some(thread) = thread {
        body["thread_ts"] = thread.into();
    }
    if !comment.is_empty() {
        body["initial_comment"] = comment.into();
    }
    let answer = errors::post(edge, workspace, "files.completeUploadExternal", &body).await?;
    let first = uploaded.first().map(|(id, _)| id.as_str()).unwrap_or_default();
    if let Some(ts) = answer.pointer("/files/0").and_then(|f| shared_as(f, channel)) {
        return Ok(ts);
    }
    // The message comes a little later than the answer. Where it is not there yet, the file's id stands for it.
    let ts = info(edge, workspace, first).await.ok().and_then(|f| shared_as(&f, channel));
    Ok(ts.unwrap_or_else(|| first.to_owned()))
}
