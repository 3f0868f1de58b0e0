//! Uploading and fetching files.

use super::store::{Attachment, NewFile};
use super::{describe, links, store};
use crate::app::{App, found};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path, Query};
use axum::Json;
use axum::body::Body;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Lane;
use futures_util::StreamExt;
use kernel::actor::Permission;
use kernel::{Error, FileId, Result, WorkspaceId};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    // Uploads are limited where they are streamed into the store.
    OpenApiRouter::new().routes(routes!(upload_file)).layer(axum::extract::DefaultBodyLimit::disable()).routes(routes!(fetch_file))
}

/// How much of a file is kept at hand to tell its type and draw its small picture.
const LOOKED_AT: usize = 12 << 20;

/// Reads the field `file` of a multipart body into the store, streamed and limited.
pub async fn read_upload(app: &App, mut form: Multipart, limit: i64) -> Result<NewFile> {
    let broken = || Error::bad_request("upload.malformed", "Send the file as multipart/form-data in a field named `file`.");
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or("file").to_owned();
        let claimed = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let mut start: Vec<u8> = Vec::new();
        let content = field.inspect(|piece| {
            if let Ok(piece) = piece
                && start.len() < LOOKED_AT
            {
                start.extend_from_slice(piece);
            }
        });
        let stored = app.files.put_stream(Box::pin(content), limit).await?;
        return describe(app, &name, &claimed, stored, start).await;
    }
    Err(broken())
}

/// Uploads a file, to be attached to a message afterwards.
#[utoipa::path(post, path = "/files", tag = "files", request_body(content = Object, content_type = "multipart/form-data"), responses((status = 201, body = Attachment)))]
async fn upload_file(
    State(app): State<App>,
    caller: Caller,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, Json<Attachment>), Problem> {
    let actor = caller.need(Permission::ConversationsWrite)?.clone();
    let form = form.map_err(|_| Error::bad_request("upload.malformed", "Send the file as multipart/form-data in a field named `file`."))?;
    let file = read_upload(&app, form, app.config.limits.upload_bytes as i64).await?;
    let (ids, now) = (app.ids.clone(), app.now());
    let mut row = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let id = store::insert(tx, ids.as_ref(), &file, None, actor.member(), now)?;
            found(store::find(tx, id)?, "file.not_found", "file")
        })
        .await?;
    links(&app, caller.0.workspace).fill(&mut row);
    Ok((StatusCode::CREATED, Json(row)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// `full`, `thumb`, or `sent` (the form in which it left).
    v: Option<String>,
    exp: Option<i64>,
    sig: Option<String>,
}

/// Fetches a file by its signed link; the signature is the permission.
#[utoipa::path(get, path = "/files/{workspace}/{id}/{name}", tag = "files",
    params(("workspace" = String, Path), ("id" = String, Path), ("name" = String, Path), LinkQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")), security(()))]
async fn fetch_file(
    State(app): State<App>,
    Path((workspace, id, _name)): Path<(WorkspaceId, FileId, String)>,
    Query(q): Query<LinkQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let variant = q.v.unwrap_or_else(|| "full".into());
    let good = edges::files::check(
        &app.vault.derive("file-links"),
        &format!("{workspace}/{id}"),
        &variant,
        q.exp.unwrap_or(0),
        q.sig.as_deref().unwrap_or(""),
        app.now(),
    );
    if !good {
        return Err(Error::forbidden(
            "file.link_invalid",
            "This link has expired or is not genuine. Open the file from the conversation again.",
        )
        .into());
    }
    let row = app.db.read(workspace, move |tx| store::find(tx, id)).await?;
    serve(&app, found(row, "file.not_found", "file")?, &variant, &headers).await
}

/// Streams a file with headers that keep a browser from running it.
pub async fn serve(app: &App, file: Attachment, variant: &str, request: &HeaderMap) -> Result<Response, Problem> {
    let thumb = variant == "thumb";
    let sent = file.sent_as.clone().filter(|_| variant == "sent");
    let (name, _, _, _) = file.outgoing();
    let name = if sent.is_some() { name } else { file.name.clone() };
    let hash = match (&sent, thumb) {
        (Some(sent), _) => sent.hash.clone(),
        (None, true) => found(file.thumbnail_hash, "file.not_found", "picture")?,
        (None, false) => file.hash,
    };
    let tag = format!("\"{hash}\"");
    if request.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let content_type = match thumb {
        true => edges::media::safe_content_type("thumbnail", &app.files.get(&hash).await?, "image/jpeg"),
        false => sent.map_or(file.content_type, |s| s.content_type),
    };
    let size = app.files.size(&hash).await?;
    let body = Body::from_stream(app.files.get_stream(&hash).await?);
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let set = |headers: &mut HeaderMap, name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let place = edges::media::disposition(&content_type);
    let name: String = name
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b".-_".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect();
    set(headers, header::CONTENT_TYPE, &content_type);
    set(headers, header::CONTENT_LENGTH, &size.to_string());
    set(headers, header::CONTENT_DISPOSITION, &format!("{}; filename*=UTF-8''{name}", place.word()));
    set(headers, header::ETAG, &tag);
    set(headers, header::CACHE_CONTROL, "private, max-age=604800, immutable");
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    Ok(response)
}
