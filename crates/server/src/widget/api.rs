//! The routes a widget talks to. Public: a page's origin is checked, a visitor is known by a signed token, cookies play no part.

use super::messages::{WidgetMessage, history, show, thread};
use super::session::{self, Says};
use super::stream;
use crate::app::App;
use crate::channels::Entry;
use crate::http::ClientIp;
use crate::http::error::Problem;
use crate::http::extract::Json as Body;
use crate::{contacts, conversations, files, journal, people, realtime};
use axum::extract::{Extension, Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use db::{Lane, events};
use kernel::channel::RawDelivery;
use kernel::event::NewEvent;
use kernel::message::{Direction, MessageStatus};
use kernel::{Error, MessageId, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Messages a minute from one visitor.
const PER_VISITOR: u32 = 20;
const MAX_TEXT: usize = 5_000;

/// Below `/widget/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/{key}/session", post(open_session))
        .route("/{key}/visitor", patch(update_visitor))
        .route("/{key}/messages", get(list_messages).post(create_message))
        .route("/{key}/files", post(upload).layer(axum::extract::DefaultBodyLimit::disable()))
        .route("/{key}/typing", post(typing))
        .route("/{key}/read", post(mark_read))
        .route("/{key}/events", get(stream::events))
        .layer(axum::middleware::from_fn(cross_origin))
}

/// Any page may ask; which ones are answered is decided by the channel's list of domains.
async fn cross_origin(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asks = request.method() == Method::OPTIONS;
    let mut response = if asks { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        if asks {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, x-visitor-token"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        }
    }
    response
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Opening {
    visitor_token: Option<String>,
    identifier: Option<String>,
    identifier_hash: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

async fn open_session(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Body(o): Body<Opening>,
) -> Result<Json<Value>, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let settings = &entry.account.settings;
    let known = o.visitor_token.as_deref().and_then(|t| session::read_token(&app, &entry, t));
    let visitor = match o.identifier.as_deref().filter(|i| !i.is_empty()) {
        Some(identifier) => {
            let proved =
                connectors::channels::webchat::check_identity(&entry.account, identifier, o.identifier_hash.as_deref().unwrap_or(""));
            if !proved {
                return Err(Error::unauthenticated("widget.identity_wrong", "The identity's signature is wrong.").into());
            }
            session::proved_visitor(&app, &entry, identifier)
        }
        None if settings.flag("require_identity") => {
            return Err(Error::unauthenticated("widget.identity_wrong", "This chat is for signed-in visitors.").into());
        }
        // A token of a proved identity needs the proof each time, so that the next user of the device does not see it.
        None => known.filter(|v| !session::is_proved(v)).unwrap_or_else(|| session::new_visitor(&app)),
    };
    if o.name.is_some() || o.email.is_some() {
        // A wrong identity has been refused above.
        let proved = o.identifier.as_deref().filter(|i| !i.is_empty());
        session::remember(&app, &entry, &visitor, proved, Says { name: o.name, email: o.email, phone: None }).await?;
    }
    let links = files::links(&app, entry.workspace);
    let (channel, who, provider) = (entry.id, visitor.clone(), entry.account.provider.clone());
    let (messages, more, conversation, person, head) = app
        .db
        .read(entry.workspace, move |tx| {
            let head = events::head(tx)?;
            let (messages, more) = history(tx, channel, &who, None, 50, &links)?;
            let conversation = thread(tx, channel, &who)?.first().map(|(id, _)| *id);
            let person = contacts::find_by_handle(tx, "contact", &provider, &channel.to_string(), &who)?;
            let person = person.map(|id| contacts::find(tx, id)).transpose()?.flatten();
            Ok((messages, more, conversation, person, head))
        })
        .await?;
    let email = person.as_ref().and_then(|p| p.handles.iter().find(|h| h.kind == "email").map(|h| h.value.clone()));
    let text = |name: &str| settings.text(name).map(str::to_owned);
    let pre_chat = text("pre_chat").unwrap_or_else(|| "off".into());
    let online = !app.hub.online(entry.workspace).is_empty();
    Ok(Json(json!({
        "visitor_token": session::token(&app, &entry, &visitor),
        "config": {
            "name": text("title").or(text("display_name")).unwrap_or_else(|| entry.name.clone()),
            "greeting": text("greeting"), "colour": text("colour"), "position": text("position").unwrap_or_else(|| "right".into()),
            "locale": people::workspace(&app, entry.workspace).await?.locale, "pre_chat": pre_chat, "email_required": pre_chat == "required",
            "online": online, "file_bytes": entry.connector.descriptor().limits.attachment_bytes,
        },
        "visitor": { "name": person.as_ref().map(|p| p.name.clone()).filter(|n| !n.starts_with("Visitor ")), "email": email, "verified": session::is_proved(&visitor) },
        "conversation_id": conversation,
        "messages": messages.into_iter().map(|(_, m)| m).collect::<Vec<_>>(),
        "has_older": more,
        "cursor": head.cursor(),
    })))
}

#[derive(Deserialize)]
struct VisitorPatch {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}
async fn update_visitor(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Body(p): Body<VisitorPatch>,
) -> Result<StatusCode, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    session::remember(&app, &entry, &visitor, None, Says { name: p.name, email: p.email, phone: p.phone }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Before {
    before: Option<MessageId>,
}
async fn list_messages(
    State(app): State<App>,
    Path(key): Path<String>,
    Query(q): Query<Before>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    let links = files::links(&app, entry.workspace);
    let channel = entry.id;
    let (rows, more) = app
        .db
        .read(entry.workspace, move |tx| {
            let before = match q.before {
                Some(id) => conversations::message(tx, id)?.map(|m| m.key),
                None => None,
            };
            history(tx, channel, &visitor, before, 50, &links)
        })
        .await?;
    let next = if more { rows.first().map(|(_, m)| m.id.to_string()) } else { None };
    Ok(Json(json!({ "data": rows.into_iter().map(|(_, m)| m).collect::<Vec<_>>(), "next": next })))
}

#[derive(Deserialize)]
struct NewMessage {
    echo_id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    file_ids: Vec<kernel::FileId>,
    page_url: Option<String>,
}

/// Stored in the journal before it is answered, then played like every other delivery; the same echo id is the same message.
async fn create_message(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Body(n): Body<NewMessage>,
) -> Result<(StatusCode, Json<WidgetMessage>), Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    app.widget_limits.count(format!("visitor {visitor}"), PER_VISITOR, app.now())?;
    let text = n.text.trim_end().to_owned();
    if text.trim().is_empty() && n.file_ids.is_empty() {
        return Err(Error::field("text", "required", "Write something.").into());
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Error::field("text", "too_long", format!("A message takes {MAX_TEXT} characters.")).into());
    }
    if n.echo_id.is_empty() || n.echo_id.len() > 100 {
        return Err(Error::field("echo_id", "invalid", "An echo id has 1 to 100 characters.").into());
    }
    let external = format!("{visitor}:{}", n.echo_id);
    if let Some(known) = by_external(&app, &entry, &external, &visitor).await? {
        return Ok((StatusCode::OK, Json(known)));
    }
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let files: Vec<Value> = n.file_ids.iter().map(|id| json!({ "id": id })).collect();
    let body =
        json!({ "visitor": visitor, "echo_id": n.echo_id, "text": text, "page_url": n.page_url, "user_agent": agent, "files": files });
    let raw = RawDelivery {
        method: connectors::channels::webchat::METHOD.into(),
        path: "widget".into(),
        headers: vec![],
        body: body.to_string().into_bytes(),
        received_at: app.now(),
        peer: None,
    };
    let key = journal::receive(&app, &entry, raw).await?;
    // It is durable; playing it at once lets the answer carry the message itself.
    crate::intake::play(&app, entry.workspace, key).await?;
    let made = by_external(&app, &entry, &external, &visitor).await?;
    if made.is_none() && is_blocked(&app, &entry, &visitor).await? {
        return Err(Error::forbidden("widget.refused", "Messages are not taken here.").into());
    }
    let made = made.ok_or_else(|| Error::unavailable("widget.delayed", "Your message is kept and will arrive in a moment."))?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn is_blocked(app: &App, entry: &Entry, visitor: &str) -> Result<bool> {
    let (kind, scope, visitor) = (entry.account.provider.clone(), entry.id.to_string(), visitor.to_owned());
    app.db.read(entry.workspace, move |tx| contacts::is_blocked(tx, &kind, &scope, &visitor)).await
}

async fn by_external(app: &App, entry: &Entry, external: &str, visitor: &str) -> Result<Option<WidgetMessage>> {
    let links = files::links(app, entry.workspace);
    let (channel, external, visitor) = (entry.id, external.to_owned(), visitor.to_owned());
    app.db
        .read(entry.workspace, move |tx| {
            let Some(id) = conversations::message_by_external(tx, channel, &external)? else { return Ok(None) };
            let Some(mut m) = conversations::message(tx, id)? else { return Ok(None) };
            links.fill_all(&mut m.attachments);
            Ok(show(&m, &visitor))
        })
        .await
}

async fn upload(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    app.widget_limits.count(format!("upload {visitor}"), PER_VISITOR, app.now())?;
    let file = files::read_upload(&app, form, entry.connector.descriptor().limits.attachment_bytes).await?;
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, entry.workspace));
    let shown = app
        .db
        .write(entry.workspace, Lane::Interactive, move |tx| {
            let id = files::insert(tx, ids.as_ref(), &file, None, None, now)?;
            crate::app::found(files::find(tx, id)?, "file.not_found", "file")
        })
        .await?;
    let mut shown = shown;
    links.fill(&mut shown);
    Ok((
        StatusCode::CREATED,
        Json(
            json!({ "id": shown.id, "name": shown.name, "content_type": shown.content_type, "size_bytes": shown.size_bytes, "url": shown.url, "thumbnail_url": shown.thumbnail_url }),
        ),
    ))
}

#[derive(Deserialize)]
struct TypingBody {
    typing: bool,
}
async fn typing(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Body(b): Body<TypingBody>,
) -> Result<StatusCode, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    let channel = entry.id;
    let found = app
        .db
        .read(entry.workspace, move |tx| {
            let Some((conversation, contact)) = thread(tx, channel, &visitor)?.into_iter().next() else { return Ok(None) };
            let name = contact.map(|c| contacts::brief(tx, c)).transpose()?.flatten().map(|(n, _)| n).unwrap_or_default();
            Ok(Some((conversation, contact, name)))
        })
        .await?;
    if let Some((conversation, contact, name)) = found {
        realtime::customer_types(&app, entry.workspace, conversation, &contact.map(|c| c.to_string()).unwrap_or_default(), name, b.typing);
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct ReadBody {
    up_to: MessageId,
}
async fn mark_read(
    State(app): State<App>,
    Path(key): Path<String>,
    Extension(ip): Extension<ClientIp>,
    headers: HeaderMap,
    Body(b): Body<ReadBody>,
) -> Result<StatusCode, Problem> {
    let entry = session::channel(&app, &key, &headers, &ip).await?;
    let visitor = session::visitor(&app, &entry, &headers)?;
    raise(&app, &entry, visitor, MessageStatus::Read, Some(b.up_to)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Raises the state of agents' messages in a visitor's thread, up to one of them.
pub async fn raise(app: &App, entry: &Arc<Entry>, visitor: String, status: MessageStatus, up_to: Option<MessageId>) -> Result<()> {
    let (channel, now) = (entry.id, app.now());
    let look = visitor.clone();
    let waiting = app.db.read(entry.workspace, move |tx| unread(tx, channel, &look, status, up_to)).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    app.db
        .write(entry.workspace, Lane::Interactive, move |tx| {
            for (id, conversation) in unread(tx, channel, &visitor, status, up_to)? {
                let change = conversations::StatusChange {
                    status: Some(status),
                    delivered_at: Some(now),
                    read_at: (status == MessageStatus::Read).then_some(now),
                    ..Default::default()
                };
                conversations::change_message(tx, id, &change)?;
                let event = NewEvent::new("message.status_updated", "system", now).conversation(conversation).message(id);
                tx.emit(event.payload(json!({ "status": status })));
            }
            Ok(())
        })
        .await
}

fn unread(
    tx: &mut db::Tx<'_>,
    channel: kernel::ChannelId,
    visitor: &str,
    status: MessageStatus,
    up_to: Option<MessageId>,
) -> Result<Vec<(MessageId, kernel::ConversationId)>> {
    let limit = match up_to {
        Some(id) => conversations::message(tx, id)?.map_or(i64::MAX, |m| m.key),
        None => i64::MAX,
    };
    let mut out = Vec::new();
    for (conversation, _) in thread(tx, channel, visitor)?.into_iter().take(2) {
        for m in conversations::messages(tx, conversation, None, 50)? {
            let ours = m.direction == Direction::Outbound && !m.is_note && m.aside_id.is_none() && m.key <= limit;
            if ours && matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered) && m.status.rank() < status.rank() {
                out.push((m.id, conversation));
            }
        }
    }
    Ok(out)
}
