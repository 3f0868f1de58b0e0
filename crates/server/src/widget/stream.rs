//! A visitor's event stream: messages, states and typing of their own thread.

use super::api::raise;
use super::messages::{history, show};
use super::session;
use crate::app::App;
use crate::channels::Entry;
use crate::files;
use crate::http::ClientIp;
use crate::http::error::Problem;
use crate::realtime::Frame;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use db::events;
use futures_util::StreamExt;
use kernel::message::{Direction, MessageStatus};
use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

#[derive(Deserialize)]
pub struct StreamQuery {
    token: Option<String>,
    since: Option<String>,
}

pub async fn events(
    State(app): State<App>,
    Path(key): Path<String>,
    Query(q): Query<StreamQuery>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = q.token.as_deref().and_then(|t| session::read_token(&app, &entry, t));
    let visitor = visitor.ok_or_else(|| Error::unauthenticated("widget.no_session", "Begin a session first."))?;
    let (out, frames) = mpsc::channel::<Value>(256);
    let was_away = q.since.is_some();
    tokio::spawn(async move {
        app.hub.visitor_enters(entry.workspace, &visitor);
        if let Err(error) = follow(&app, &entry, &visitor, was_away, &out).await {
            tracing::debug!(error = %error, "a visitor's stream ended");
        }
        app.hub.visitor_leaves(entry.workspace, &visitor);
    });
    let stream = ReceiverStream::new(frames).map(|v| Ok::<_, Infallible>(Event::default().data(v.to_string())));
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")], Sse::new(stream))
        .into_response())
}

async fn follow(app: &App, entry: &Arc<Entry>, visitor: &str, was_away: bool, out: &mpsc::Sender<Value>) -> Result<()> {
    let gone = || Error::conflict("events.gone", "The visitor is gone.");
    let mut live = app.hub.listen(entry.workspace);
    let (channel, who, links) = (entry.id, visitor.to_owned(), files::links(app, entry.workspace));
    let (head, missed) = app
        .db
        .read(entry.workspace, move |tx| {
            let head = events::head(tx)?;
            // What was missed is among the last messages; the widget knows each by its id, so saying them again doubles nothing.
            let missed = if was_away { history(tx, channel, &who, None, 50, &links)?.0 } else { Vec::new() };
            Ok((head, missed))
        })
        .await?;
    let mut cursor = head.cursor();
    for (_, message) in missed {
        out.send(json!({ "type": "message", "message": message, "cursor": cursor })).await.map_err(|_| gone())?;
    }
    raise(app, entry, visitor.to_owned(), MessageStatus::Delivered, None).await?;
    let mut beat = tokio::time::interval(Duration::from_secs(15));
    loop {
        tokio::select! {
            frame = live.recv() => match frame {
                Ok(frame) => {
                    if frame.seq > 0 {
                        cursor = format!("{}.{}", head.epoch, frame.seq);
                    }
                    if let Some(mut said) = translate(&frame, visitor) {
                        said["cursor"] = json!(cursor);
                        out.try_send(said).map_err(|_| gone())?;
                        let arrived = frame.message.as_ref().is_some_and(|m| m.direction == Direction::Outbound && m.status == MessageStatus::Sent);
                        if arrived {
                            raise(app, entry, visitor.to_owned(), MessageStatus::Delivered, None).await?;
                        }
                    }
                }
                // Too far behind: the widget comes back and fetches what it missed.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(()),
            },
            _ = beat.tick() => out.try_send(json!({ "type": "heartbeat", "cursor": cursor })).map_err(|_| gone())?,
            () = out.closed() => return Ok(()),
        }
    }
}

/// A frame of the team's stream as this visitor may hear it.
fn translate(frame: &Frame, visitor: &str) -> Option<Value> {
    if frame.thread.as_deref() != Some(visitor) {
        return None;
    }
    if let Some(t) = &frame.typing {
        return t.by_member.then(|| json!({ "type": "typing", "typing": t.typing, "name": t.name }));
    }
    if let Some(id) = frame.read_up_to {
        return Some(json!({ "type": "read", "up_to": id }));
    }
    let message = show(frame.message.as_ref()?, visitor)?;
    let kind = if frame.kind == "message.created" { "message" } else { "message_updated" };
    // The first the visitor hears of an agent's message is that it was sent.
    let kind = if message.from == "agent" && message.status == MessageStatus::Sent { "message" } else { kind };
    Some(json!({ "type": kind, "message": message }))
}
