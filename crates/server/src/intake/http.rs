//! Webhooks: one address for each channel, and the plain paths that name only the provider.

use crate::app::App;
use crate::channels::Entry;
use crate::http::error::Problem;
use crate::journal;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use kernel::channel::RawDelivery;
use kernel::{Error, Result};
use std::sync::Arc;

/// Below `/api/webhooks` and `/webhooks`.
pub fn routes() -> Router<App> {
    Router::new().route("/{provider}/{key}", post(by_key)).route("/{provider}", post(by_provider))
}

/// `{"received": "jrn_…"}`, after the delivery is durable.
fn taken(key: i64) -> Response {
    (StatusCode::OK, Json(serde_json::json!({ "received": journal::id_of(key) }))).into_response()
}

async fn by_key(State(app): State<App>, Path((provider, key)): Path<(String, String)>, request: Request) -> Result<Response, Problem> {
    let entry = app.directory.by_key(&app, &key).await?.filter(|e| e.account.provider == provider);
    let entry = entry.ok_or_else(|| Error::not_found("webhook.unknown", "No channel has this address."))?;
    let raw = read(&app, &entry, request).await?;
    Ok(taken(journal::receive(&app, &entry, raw).await?))
}

/// A path without a channel: exactly one of the provider's channels must recognise the delivery as its own.
async fn by_provider(State(app): State<App>, Path(provider): Path<String>, request: Request) -> Result<Response, Problem> {
    let known = connectors::CHANNELS.iter().map(|c| c.descriptor().id).find(|id| *id == provider);
    let known = known.ok_or_else(|| Error::not_found("webhook.unknown", "No channel has this address."))?;
    let candidates = app.directory.of_provider(&app, known).await?;
    let Some(first) = candidates.first() else {
        return Err(Error::not_found("webhook.unknown", "No channel has this address.").into());
    };
    let raw = read(&app, first, request).await?;
    let mut owners: Vec<Arc<Entry>> = Vec::new();
    for entry in candidates {
        let unverified = kernel::channel::Unverified::new(raw.clone());
        if entry.connector.verify(&entry.account, unverified, app.now()).is_ok() {
            owners.push(entry);
        }
    }
    match owners.as_slice() {
        [one] => Ok(taken(journal::receive(&app, one, raw).await?)),
        _ => Err(Error::unauthenticated("signature.wrong", "No channel recognises this delivery.").into()),
    }
}

/// The delivery as it came: raw bytes first, since signatures cover them.
async fn read(app: &App, entry: &Entry, request: Request) -> Result<RawDelivery> {
    let (parts, body) = request.into_parts();
    let limit = entry.connector.descriptor().limits.inbound_bytes.min(app.config.limits.webhook_bytes as i64) as usize;
    let body: Bytes = axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| Error::too_large("webhook.too_large", format!("A delivery takes at most {limit} bytes.")))?;
    let headers = parts.headers.iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
    let path = parts.uri.path_and_query().map_or_else(String::new, |p| p.as_str().to_owned());
    Ok(RawDelivery { method: parts.method.as_str().to_owned(), path, headers, body: body.to_vec(), received_at: app.now(), peer: None })
}
