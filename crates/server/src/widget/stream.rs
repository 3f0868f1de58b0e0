//! A visitor's event stream: messages, states and typing of their own thread.

use super::api::raise;
use super::messages::{show, thread};
use super::session;
use crate::app::App;
use crate::channels::Entry;
use crate::http::ClientIp;
use crate::http::error::Problem;
use crate::realtime::{self, Frame, RESET};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use db::Tx;
use db::events::{self, Head};
use futures_util::StreamExt;
use kernel::event::Event as LogEvent;
use kernel::message::{Direction, MessageStatus};
use kernel::{ChannelId, Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Missed events of their thread beyond this are not replayed: the widget fetches anew.
const REPLAY: i64 = 500;

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
    let since = q.since.as_deref().filter(|s| !s.is_empty()).map(events::parse_cursor).transpose()?;
    let (out, frames) = mpsc::channel::<Value>(256);
    tokio::spawn(async move {
        app.hub.visitor_enters(entry.workspace, &visitor);
        if let Err(error) = follow(&app, &entry, &visitor, since, &out).await {
            tracing::debug!(error = %error, "a visitor's stream ended");
        }
        app.hub.visitor_leaves(entry.workspace, &visitor);
    });
    let stream = ReceiverStream::new(frames).map(|v| Ok::<_, Infallible>(Event::default().data(v.to_string())));
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")], Sse::new(stream))
        .into_response())
}

async fn follow(app: &App, entry: &Arc<Entry>, visitor: &str, since: Option<(i64, i64)>, out: &mpsc::Sender<Value>) -> Result<()> {
    let gone = || Error::conflict("events.gone", "The visitor is gone.");
    // Listening begins before the log is read, so that nothing falls between.
    let mut live = app.hub.listen(entry.workspace);
    let (channel, who) = (entry.id, visitor.to_owned());
    let (head, missed) = app
        .db
        .read(entry.workspace, move |tx| {
            let head = events::head(tx)?;
            Ok((head, missed(tx, &head, channel, &who, since)?))
        })
        .await?;
    let mut at = head.seq;
    let cursor = |seq: i64| json!(format!("{}.{seq}", head.epoch));
    match missed {
        None => out.send(reset(&head.cursor())).await.map_err(|_| gone())?,
        Some(missed) => {
            let mut told = HashSet::new();
            for frame in realtime::frames_of(app, entry.workspace, missed).await? {
                // Messages come as they are now, so the first frame about one says it all.
                if frame.message.as_ref().is_some_and(|m| !told.insert(m.id)) {
                    continue;
                }
                if let Some(mut said) = translate(&frame, visitor) {
                    said["cursor"] = cursor(frame.seq);
                    out.send(said).await.map_err(|_| gone())?;
                }
            }
        }
    }
    raise(app, entry, visitor.to_owned(), MessageStatus::Delivered, None).await?;
    let mut beat = tokio::time::interval(Duration::from_secs(15));
    loop {
        tokio::select! {
            frame = live.recv() => match frame {
                Ok(frame) if frame.kind == RESET => {
                    let head = app.db.read(entry.workspace, events::head).await?;
                    out.try_send(reset(&head.cursor())).map_err(|_| gone())?;
                }
                Ok(frame) if frame.seq == 0 || frame.seq > at => {
                    at = at.max(frame.seq);
                    if let Some(mut said) = translate(&frame, visitor) {
                        said["cursor"] = cursor(at);
                        out.try_send(said).map_err(|_| gone())?;
                        let arrived = frame.message.as_ref().is_some_and(|m| m.direction == Direction::Outbound && m.status == MessageStatus::Sent);
                        if arrived {
                            raise(app, entry, visitor.to_owned(), MessageStatus::Delivered, None).await?;
                        }
                    }
                }
                Ok(_) => {}
                // Too far behind: the widget comes back and fetches what it missed.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(()),
            },
            _ = beat.tick() => out.try_send(json!({ "type": "heartbeat", "cursor": cursor(at) })).map_err(|_| gone())?,
            () = out.closed() => return Ok(()),
        }
    }
}

/// What happened in a visitor's thread after the cursor; `None` when that cannot be told, or is too much to tell.
fn missed(tx: &mut Tx<'_>, head: &Head, channel: ChannelId, visitor: &str, since: Option<(i64, i64)>) -> Result<Option<Vec<LogEvent>>> {
    let Some((epoch, seq)) = since else { return Ok(Some(Vec::new())) };
    if epoch != head.epoch || seq > head.seq || seq + 1 < head.min_seq {
        return Ok(None);
    }
    let own: Vec<_> = thread(tx, channel, visitor)?.into_iter().map(|(id, _)| id).collect();
    let all = events::of_conversations(tx, head.epoch, &own, seq, REPLAY + 1)?;
    Ok((all.len() as i64 <= REPLAY).then_some(all))
}

fn reset(cursor: &str) -> Value {
    json!({ "type": "reset", "cursor": cursor })
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
