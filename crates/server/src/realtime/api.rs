//! `GET /events` over WebSocket and server-sent events, and the task that makes frames of commits.

use super::ears::{Ears, Heard};
use super::frames::{self, Frame, Typing};
use crate::app::App;
use crate::conversations;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path, Query};
use crate::people::{self, Authenticated, Watch};
use crate::teams::presence;
use axum::extract::State;
use axum::extract::ws::{Message as Ws, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event as SseEvent, Sse};
use axum::response::{IntoResponse, Response};
use db::{Lane, Scope, events};
use futures_util::{SinkExt, StreamExt};
use kernel::actor::Permission;
use kernel::event::Event;
use kernel::{Actor, ConversationId, Error, MemberId, Result, WorkspaceId};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events_stream)).routes(routes!(type_in_conversation))
}

/// Missed events beyond this are not replayed: the client fetches anew.
const REPLAY: i64 = 5_000;
const PAGE: i64 = 500;
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Frames that leave in one piece.
const TOGETHER: usize = 256;

/// Turns commits into frames, in order, for whoever listens.
pub async fn publish(app: App) {
    let mut commits = app.db.subscribe();
    loop {
        match commits.recv().await {
            Ok(commit) => {
                let Scope::Workspace(workspace) = commit.scope else { continue };
                if commit.events.is_empty() || !app.hub.is_heard(workspace) {
                    continue;
                }
                match frames::build(&app, workspace, commit.events.clone()).await {
                    Ok(all) => all.into_iter().for_each(|f| app.hub.send(workspace, f)),
                    Err(error) => {
                        tracing::warn!(error = %error, "frames could not be made; clients fetch anew");
                        lost(&app, workspace).await;
                    }
                }
            }
            Err(RecvError::Lagged(n)) => {
                tracing::warn!(commits.missed = n, "the live stream fell behind; clients fetch anew");
                match app.workspaces().await {
                    Ok(all) => {
                        for workspace in all.into_iter().filter(|w| app.hub.is_heard(*w)) {
                            lost(&app, workspace).await;
                        }
                    }
                    Err(error) => tracing::warn!(error = %error, "the workspaces cannot be listed"),
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn lost(app: &App, workspace: WorkspaceId) {
    if let Ok(head) = app.db.read(workspace, events::head).await {
        app.hub.send(workspace, frames::reset(&head.cursor()));
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The cursor after which to go on, as the server gave it; without it, from now.
    since: Option<String>,
}

/// Who listens, and the frames from the moment at which they began to.
type Listener = (Ears, broadcast::Receiver<Arc<Frame>>);

/// The live stream: a WebSocket, or server-sent events when the request accepts `text/event-stream`.
///
/// Frames are JSON. `event` frames carry a cursor; `heartbeat` comes every 15 s; `reset` means fetch anew; `typing` and `presence`
/// are ephemeral. A client may send `{"type":"viewing","conversation_id":…}`.
#[utoipa::path(get, path = "/events", tag = "events", params(EventsQuery), responses((status = 200, body = Event, content_type = "text/event-stream"), (status = 101, description = "Switching to WebSocket")))]
async fn events_stream(
    State(app): State<App>,
    who: Authenticated,
    Query(q): Query<EventsQuery>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let actor = who.actor.clone();
    actor.need(Permission::ConversationsRead)?;
    let since = q.since.as_deref().map(events::parse_cursor).transpose()?;
    let session = who.session.is_some();
    let access = people::watch(&app, who.clone()).await?;
    let ears = Ears::open(&app, who).await?;
    // What is for one person alone stands in no log: whoever has our answer misses none of it.
    let live = app.hub.listen(actor.workspace);
    match upgrade {
        Ok(upgrade) => {
            same_origin(&app, &headers)?;
            let upgrade = upgrade.read_buffer_size(4 << 10).write_buffer_size(8 << 10).max_message_size(16 << 10);
            Ok(upgrade.on_upgrade(move |socket| serve_socket(app, actor, (ears, live), access, since, socket)))
        }
        Err(_) => {
            // A person whose network lets no WebSocket through is there all the same; a program is not.
            let member = actor.member().filter(|_| actor.previewed_by.is_none() && session);
            let guard = Present::open(&app, actor.workspace, member).await;
            let frames = feed(app, actor.workspace, (ears, live), access, since);
            let stream = ReceiverStream::new(frames).map(move |text| {
                let _here = &guard;
                text
            });
            let stream = stream.map(|text| Ok::<_, Infallible>(SseEvent::default().data(text.as_ref())));
            Ok(([(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")], Sse::new(stream))
                .into_response())
        }
    }
}

/// A cookie travels with any WebSocket, so the page must be ours.
fn same_origin(app: &App, headers: &HeaderMap) -> Result<()> {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|v| v.to_str().ok()) else { return Ok(()) };
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("");
    let ours = origin == app.config.server.public_url || origin.split_once("://").is_some_and(|(_, h)| h == host);
    if ours { Ok(()) } else { Err(Error::forbidden("events.origin", "This page may not open the event stream.")) }
}

/// The frames for one client: what it missed, then what happens. The channel closes when the client is too slow, or may not listen
/// any more.
fn feed(app: App, workspace: WorkspaceId, heard: Listener, access: Watch, since: Option<(i64, i64)>) -> mpsc::Receiver<Arc<str>> {
    let (out, frames) = mpsc::channel(1_024);
    tokio::spawn(async move {
        app.metrics.sockets.inc();
        tokio::select! {
            done = follow(&app, workspace, heard, since, &out) => if let Err(error) = done {
                tracing::debug!(error = %error, "an event stream ended");
            },
            () = access.ended(&app) => tracing::debug!("an event stream ended with its access"),
        }
        app.metrics.sockets.dec();
    });
    frames
}

async fn follow(
    app: &App,
    workspace: WorkspaceId,
    (mut ears, mut live): Listener,
    since: Option<(i64, i64)>,
    out: &mpsc::Sender<Arc<str>>,
) -> Result<()> {
    let gone = || Error::conflict("events.gone", "The client is gone or too slow.");
    // Listening began before the log is read, so that nothing falls between.
    let head = app.db.read(workspace, events::head).await?;
    let mut at = head.seq;
    match since {
        None => {}
        Some((epoch, seq)) if epoch == head.epoch && seq <= head.seq && seq + 1 >= head.min_seq && head.seq - seq <= REPLAY => {
            at = seq;
            while at < head.seq {
                let from = at;
                let page = app.db.read(workspace, move |tx| events::after(tx, head.epoch, from, PAGE)).await?;
                let Some(last) = page.last() else { break };
                at = last.seq;
                if ears.are_changed_by(&page) {
                    // What was seen then is not what is seen now.
                    at = head.seq;
                    out.send(frames::reset(&head.cursor()).text).await.map_err(|_| gone())?;
                    break;
                }
                for frame in frames::build(app, workspace, page).await? {
                    if let Heard::This(text) = ears.hear(app, &frame).await? {
                        out.send(text).await.map_err(|_| gone())?;
                    }
                }
            }
        }
        Some(_) => out.send(frames::reset(&head.cursor()).text).await.map_err(|_| gone())?,
    }
    let mut epoch = head.epoch;
    out.send(frames::heartbeat(&format!("{epoch}.{at}")).into()).await.map_err(|_| gone())?;
    if let Heard::This(text) = ears.hear(app, &frames::presence(app.hub.present(workspace))).await? {
        out.send(text).await.map_err(|_| gone())?;
    }
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.reset();
    loop {
        tokio::select! {
            frame = live.recv() => match frame {
                Ok(f) if f.seq == 0 || f.seq > at => {
                    at = at.max(f.seq);
                    match ears.hear(app, &f).await? {
                        Heard::Nothing => {}
                        Heard::This(text) => out.try_send(text).map_err(|_| gone())?,
                        Heard::Anew(text) => {
                            out.try_send(text).map_err(|_| gone())?;
                            out.try_send(frames::reset(&format!("{epoch}.{at}")).text).map_err(|_| gone())?;
                        }
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    let head = app.db.read(workspace, events::head).await?;
                    (epoch, at) = (head.epoch, head.seq);
                    out.try_send(frames::reset(&head.cursor()).text).map_err(|_| gone())?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            _ = beat.tick() => out.try_send(frames::heartbeat(&format!("{epoch}.{at}")).into()).map_err(|_| gone())?,
            () = out.closed() => return Ok(()),
        }
    }
}

#[derive(Deserialize)]
struct Said {
    r#type: String,
    conversation_id: Option<ConversationId>,
}

async fn serve_socket(app: App, actor: Actor, heard: Listener, access: Watch, since: Option<(i64, i64)>, mut socket: WebSocket) {
    let workspace = actor.workspace;
    // Who looks with another's eyes is not there in their place.
    let member = actor.member().filter(|_| actor.previewed_by.is_none());
    let stream = member.map(|m| app.hub.enter(workspace, m));
    here(&app, workspace, member).await;
    let mut frames = feed(app.clone(), workspace, heard, access, since);
    loop {
        tokio::select! {
            frame = frames.recv() => {
                let Some(text) = frame else {
                    // Said properly, so that the client does not wait for the connection to break.
                    drop(socket.send(Ws::Close(None)).await);
                    break;
                };
                // All that wait leave in one piece: with many frames and many screens each write of its own is what costs.
                let mut sent = socket.feed(Ws::Text(text.as_ref().into())).await;
                let mut more = 1..TOGETHER;
                while sent.is_ok() && more.next().is_some() && let Ok(text) = frames.try_recv() {
                    sent = socket.feed(Ws::Text(text.as_ref().into())).await;
                }
                if sent.is_err() || socket.flush().await.is_err() {
                    break;
                }
            }
            said = socket.recv() => match said {
                Some(Ok(Ws::Text(text))) => {
                    // Words we do not know are passed over: newer clients may say more.
                    if let (Ok(Said { r#type, conversation_id }), Some(n)) = (serde_json::from_str::<Said>(&text), stream)
                        && r#type == "viewing"
                    {
                        app.hub.look_at(workspace, n, conversation_id);
                    } else if let (Ok(said), Some(member)) = (serde_json::from_str::<Said>(&text), member)
                        && said.r#type == "active"
                    {
                        alive(&app, workspace, member).await;
                    }
                }
                Some(Ok(Ws::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            }
        }
    }
    if let Some(n) = stream {
        app.hub.leave(workspace, n);
        here(&app, workspace, member).await;
    }
}

/// Somebody who listens over server-sent events, as long as this lives.
struct Present {
    app: App,
    workspace: WorkspaceId,
    of: Option<(MemberId, u64)>,
}
impl Present {
    async fn open(app: &App, workspace: WorkspaceId, member: Option<MemberId>) -> Self {
        let of = member.map(|m| (m, app.hub.enter(workspace, m)));
        here(app, workspace, member).await;
        Self { app: app.clone(), workspace, of }
    }
}
impl Drop for Present {
    fn drop(&mut self) {
        if let Some((member, stream)) = self.of {
            self.app.hub.leave(self.workspace, stream);
            let (app, workspace) = (self.app.clone(), self.workspace);
            tokio::spawn(async move { here(&app, workspace, Some(member)).await });
        }
    }
}

/// Notes whether the member has a screen open: as it is when the row is written, so that the last word is the true one.
async fn here(app: &App, workspace: WorkspaceId, member: Option<MemberId>) {
    let Some(member) = member else { return };
    let (with, now) = (app.clone(), app.now());
    let noted = app
        .db
        .write(workspace, Lane::Interactive, move |tx| presence::connected(tx, member, with.hub.online(workspace).contains(&member), now))
        .await;
    if let Err(error) = noted {
        tracing::warn!(error = %error, "presence could not be noted");
    }
}

async fn alive(app: &App, workspace: WorkspaceId, member: MemberId) {
    let now = app.now();
    if let Err(error) = app.db.write(workspace, Lane::Interactive, move |tx| presence::active(tx, member, now)).await {
        tracing::warn!(error = %error, "presence could not be noted");
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct TypingBody {
    typing: bool,
}

/// Tells colleagues and the customer that somebody is writing.
#[utoipa::path(post, path = "/conversations/{id}/typing", tag = "events", params(("id" = String, Path)), request_body = TypingBody, responses((status = 204)))]
async fn type_in_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(b): Body<TypingBody>,
) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::ConversationsWrite)?.clone();
    let who = actor.clone();
    let (name, thread) = app
        .db
        .read(actor.workspace, move |tx| {
            let c = conversations::access(tx, &who, id, Permission::ConversationsWrite)?;
            let member = who.member().map(|m| crate::people::member(tx, m)).transpose()?.flatten();
            Ok((member.map(|m| m.name).unwrap_or_default(), c.participants.first().map(|p| p.address.clone())))
        })
        .await?;
    let label = actor.member().map(|m| m.to_string()).unwrap_or_default();
    let frame: Frame = frames::typing(id, thread, &label, Typing { by_member: true, name, typing: b.typing });
    app.hub.send(actor.workspace, frame);
    let (with, workspace) = (app.clone(), actor.workspace);
    tokio::spawn(async move { crate::delivery::acts::tell_typing(&with, workspace, id, b.typing).await });
    Ok(StatusCode::NO_CONTENT)
}

/// A customer writes.
pub fn customer_types(app: &App, workspace: WorkspaceId, conversation: ConversationId, contact: &str, name: String, typing: bool) {
    app.hub.send(workspace, frames::typing(conversation, None, contact, Typing { by_member: false, name, typing }));
}
