//! Webhooks: one address for each channel, the plain paths that name only the provider, and the handshakes that come before.

use crate::app::App;
use crate::channels::Entry;
use crate::http::error::Problem;
use crate::journal;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use kernel::channel::{Channel, RawDelivery, Reject, Reply};
use kernel::{Error, Result};
use std::sync::Arc;

/// Below `/api/webhooks` and `/webhooks`.
pub fn routes() -> Router<App> {
    Router::new().route("/{*path}", get(take).post(take))
}

#[derive(serde::Serialize)]
struct Received {
    received: kernel::JournalId,
}

/// `{"received": "jrn_…"}`, after the delivery is durable; or what the provider wants to hear instead.
fn taken(reply: Option<Reply>, key: i64) -> Response {
    match reply {
        Some(reply) => answered(reply),
        None => Json(Received { received: journal::id_of(key) }).into_response(),
    }
}

fn answered(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, reply.content_type)], reply.body).into_response()
}

fn unknown() -> Error {
    Error::not_found("webhook.unknown", "No channel has this address.")
}

/// The connector whose plain path this is: its id, or another path it names.
fn by_path(path: &str) -> Option<&'static dyn Channel> {
    connectors::CHANNELS.iter().copied().find(|c| c.descriptor().id == path || c.descriptor().webhook_paths.contains(&path))
}

async fn take(State(app): State<App>, Path(path): Path<String>, request: Request) -> Result<Response, Problem> {
    let path = path.trim_end_matches('/');
    let candidates = match by_path(path) {
        Some(connector) => app.directory.of_provider(&app, connector.descriptor().id).await?,
        None => {
            let (provider, key) = path.rsplit_once('/').ok_or_else(unknown)?;
            let wanted = by_path(provider).ok_or_else(unknown)?.descriptor().id;
            let entry = app.directory.by_key(&app, key).await?.filter(|e| e.account.provider == wanted);
            vec![entry.ok_or_else(unknown)?]
        }
    };
    let Some(first) = candidates.first().cloned() else { return Err(unknown().into()) };
    let raw = read(&app, &first, request).await?;
    for entry in &candidates {
        match entry.connector.challenge(&entry.account, &raw) {
            Some(Ok(reply)) => return Ok(answered(reply)),
            Some(Err(reject)) if candidates.len() == 1 => return Err(Error::forbidden(reject.code, reject.detail).into()),
            _ => {}
        }
    }
    if raw.method != "POST" && raw.method != "GET" {
        return Err(unknown().into());
    }
    let names = first.connector.addressees(&raw);
    let entries = addressed(&app, candidates, &names).await?;
    if let [one] = entries.as_slice() {
        return alone(&app, one, raw).await;
    }
    let mut owners: Vec<Arc<Entry>> = Vec::new();
    let mut refusal = None;
    for entry in entries {
        match journal::verify(&app, &entry, raw.clone()).await {
            Ok(verified) => {
                if let Some(reply) = entry.connector.handshake(&entry.account, &verified) {
                    return Ok(answered(reply));
                }
                owners.push(entry);
            }
            Err(reject) => refusal = Some(reject),
        }
    }
    match owners.as_slice() {
        [] => Ok(refused(&app, refusal.ok_or_else(unknown)?)),
        // Without names in it, a delivery that several accounts recognise belongs to nobody for certain.
        [_, _, ..] if names.is_empty() => {
            app.metrics.rejected.inc();
            Err(Error::unauthenticated(
                "signature.ambiguous",
                "Several channels recognise this delivery. Use the address of the one it is for.",
            )
            .into())
        }
        [one, more @ ..] => {
            let reply = one.connector.acknowledge(&one.account, &raw);
            for entry in more {
                journal::store_raw(&app, entry, raw.clone(), false).await?;
            }
            Ok(taken(reply, journal::store_raw(&app, one, raw, false).await?))
        }
    }
}

/// The usual case: one channel's own address, and nobody else named.
async fn alone(app: &App, entry: &Arc<Entry>, raw: RawDelivery) -> Result<Response, Problem> {
    let verified = match journal::verify(app, entry, raw).await {
        Ok(verified) => verified,
        Err(reject) => return Ok(refused(app, reject)),
    };
    if let Some(reply) = entry.connector.handshake(&entry.account, &verified) {
        return Ok(answered(reply));
    }
    let reply = entry.connector.acknowledge(&entry.account, verified.raw());
    Ok(taken(reply, journal::store_raw(app, entry, verified.into_raw(), false).await?))
}

/// 401, and where a name and a password are wanted, the challenge that says so (RFC 7617).
fn refused(app: &App, reject: Reject) -> Response {
    let wants_password = reject.code.starts_with("credentials.");
    let mut response = Problem::from(journal::refused(app, reject)).into_response();
    if wants_password {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"webhook\""));
    }
    response
}

/// The accounts a delivery names, where one address serves several; else the one it came for.
async fn addressed(app: &App, candidates: Vec<Arc<Entry>>, names: &[String]) -> Result<Vec<Arc<Entry>>> {
    let Some(first) = candidates.first() else { return Ok(candidates) };
    if names.is_empty() {
        return Ok(candidates);
    }
    let mut out: Vec<Arc<Entry>> = Vec::new();
    for name in names.iter().take(50) {
        let name = name.to_lowercase();
        let entry = match candidates.iter().find(|e| e.account.identifier == name) {
            Some(entry) => Some(entry.clone()),
            None => app.directory.by_identifier(app, first.connector.descriptor().id, &name).await?,
        };
        if let Some(entry) = entry
            && !out.iter().any(|e| e.id == entry.id)
        {
            out.push(entry);
        }
    }
    // Nobody here by those names: whoever's address it is keeps it and says so.
    Ok(if out.is_empty() { candidates } else { out })
}

/// The delivery as it came: raw bytes first, since signatures cover them.
async fn read(app: &App, entry: &Entry, request: Request) -> Result<RawDelivery> {
    let (parts, body) = request.into_parts();
    let limit = entry.connector.descriptor().limits.inbound_bytes.min(app.config.limits.webhook_bytes as i64) as usize;
    let body: Bytes = axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| Error::too_large("webhook.too_large", format!("A delivery takes at most {limit} bytes.")))?;
    let headers = parts.headers.iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
    let uri = parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |o| &o.0);
    let path = uri.path_and_query().map_or_else(String::new, |p| p.as_str().to_owned());
    Ok(RawDelivery { method: parts.method.as_str().to_owned(), path, headers, body: body.to_vec(), received_at: app.now(), peer: None })
}
