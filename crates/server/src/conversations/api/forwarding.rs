//! Taking a conversation elsewhere: forwarding it to somebody, and transcripts of it.

use super::deps;
use super::writing::when;
use crate::app::App;
use crate::channels::{self, Entry};
use crate::contacts;
use crate::conversations::actions::{self, Reply};
use crate::conversations::asides::Aside;
use crate::conversations::forwarding::{self, Forward};
use crate::conversations::model::{Conversation, Message};
use crate::conversations::{access, transcript};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path, Query};
use crate::http::once::once;
use crate::people;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Lane;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::message::{Address, ChannelStatus};
use kernel::{Actor, ChannelId, ConversationId, Error, FileId, MessageId, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

fn yes() -> bool {
    true
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForward {
    to: Vec<Address>,
    #[serde(default)]
    cc: Vec<Address>,
    #[serde(default)]
    bcc: Vec<Address>,
    /// That of the message with `Fwd:` in front of it when absent.
    subject: Option<String>,
    /// What is said to it, above.
    #[serde(default)]
    text: String,
    html: Option<String>,
    /// One message; the whole conversation without it.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
    /// Ids of uploaded files to send besides.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachments: Vec<FileId>,
    /// Whether the files of what is forwarded go along; they do when absent.
    #[serde(default = "yes")]
    with_files: bool,
    /// The mail channel to send it from; the conversation's own, or the first there is, when absent.
    #[schema(value_type = Option<String>)]
    channel_id: Option<ChannelId>,
    /// The writer's signature below what is said.
    #[serde(default)]
    signature: bool,
    undo_seconds: Option<i64>,
}

/// Forwards a message or the whole conversation by mail. What its receiver answers comes back to this conversation.
#[utoipa::path(post, path = "/conversations/{id}/forward", tag = "messages", params(("id" = String, Path)), request_body = NewForward, responses((status = 201, body = Message)))]
pub(super) async fn forward_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<NewForward>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let Keyed { body: n, key } = b;
    let c = read(&app, &d.actor, id).await?;
    let entry = mail_channel(&app, &d.actor, &c, n.channel_id).await?;
    let zone = people::workspace(&app, d.actor.workspace).await?.time_zone.clone();
    let forward = Forward {
        send_at: when(d.now, n.undo_seconds, None)?,
        to: n.to,
        cc: n.cc,
        bcc: n.bcc,
        subject: n.subject,
        text: n.text,
        html: n.html,
        message: n.message_id,
        attachments: n.attachments,
        with_files: n.with_files,
        signature: n.signature,
        zone,
    };
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, key.as_ref(), d.now, |tx| {
                let mut m = forwarding::forward(tx, d.ids.as_ref(), &d.actor, &c, &entry, &forward, d.now)?;
                d.links.fill_all(&mut m.attachments);
                Ok(m)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

async fn read(app: &App, actor: &Actor, id: ConversationId) -> Result<Conversation> {
    let who = actor.clone();
    app.db.read(actor.workspace, move |tx| access(tx, &who, id, ConversationsWrite)).await
}

/// The channel that carries mail to somebody else: the one asked for, the conversation's own, or the first that works.
async fn mail_channel(app: &App, actor: &Actor, c: &Conversation, asked: Option<ChannelId>) -> Result<Arc<Entry>> {
    let fits = |e: &Arc<Entry>| e.connector.descriptor().capabilities.recipients && !e.is_read_only();
    if let Some(id) = asked {
        let entry = app.directory.by_id(app, actor.workspace, id).await?.filter(fits);
        return entry.ok_or_else(|| Error::field("channel_id", "not_mail", "Choose a channel that sends mail."));
    }
    if let Some(own) = app.directory.by_id(app, actor.workspace, c.channel_id).await?.filter(fits) {
        return Ok(own);
    }
    for row in app.db.read(actor.workspace, channels::list).await? {
        if row.status == ChannelStatus::Active
            && let Some(entry) = app.directory.by_id(app, actor.workspace, row.id).await?.filter(fits)
        {
            return Ok(entry);
        }
    }
    Err(Error::conflict("forward.no_mail", "Connect a mail channel first: what is forwarded goes by mail."))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TranscriptQuery {
    /// `text` (default) or `html`.
    format: Option<String>,
    /// With notes and what was said to others; without it, only what the customer has seen.
    internal: Option<bool>,
}

/// The conversation as a file.
#[utoipa::path(get, path = "/conversations/{id}/transcript", tag = "conversations", params(("id" = String, Path), TranscriptQuery), responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn get_transcript(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<TranscriptQuery>,
) -> Result<Response, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let page = match q.format.as_deref() {
        None | Some("text") => false,
        Some("html") => true,
        Some(_) => return Err(Error::field("format", "not_an_option", "Choose one of: text, html.").into()),
    };
    let zone = people::workspace(&app, actor.workspace).await?.time_zone.clone();
    let internal = q.internal.unwrap_or(false);
    let (c, content) = app
        .db
        .read(actor.workspace, move |tx| {
            let c = access(tx, &actor, id, ConversationsRead)?;
            Ok((c, transcript::content(tx, id, internal)?))
        })
        .await?;
    let (kind, ending, body) = match page {
        true => ("text/html; charset=utf-8", "html", transcript::html(&c, &content, &zone)),
        false => ("text/plain; charset=utf-8", "txt", transcript::text(&c, &content, &zone)),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"conversation-{}.{ending}\"", c.number)),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TranscriptMail {
    /// The customer's own address when absent.
    to: Option<Vec<Address>>,
    /// What is said above it.
    #[serde(default)]
    text: String,
    #[schema(value_type = Option<String>)]
    channel_id: Option<ChannelId>,
    undo_seconds: Option<i64>,
}

/// Mails the customer what was said.
#[utoipa::path(post, path = "/conversations/{id}/transcript", tag = "conversations", params(("id" = String, Path)), request_body = TranscriptMail, responses((status = 201, body = Message)))]
pub(super) async fn mail_transcript(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<TranscriptMail>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let Keyed { body: n, key } = b;
    let c = read(&app, &d.actor, id).await?;
    let entry = mail_channel(&app, &d.actor, &c, n.channel_id).await?;
    let workspace = people::workspace(&app, d.actor.workspace).await?;
    let send_at = when(d.now, n.undo_seconds, None)?;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, key.as_ref(), d.now, |tx| {
                let to = match n.to.clone().filter(|to| !to.is_empty()) {
                    Some(to) => to,
                    None => vec![own_address(tx, &c)?],
                };
                let content = transcript::content(tx, id, false)?;
                if content.messages.is_empty() {
                    return Err(Error::conflict("transcript.nothing", "Nothing was said in this conversation yet."));
                }
                let count = content.messages.len();
                let reply = Reply {
                    text: match n.text.trim().is_empty() {
                        true => format!("Here is your conversation with {}.", workspace.name),
                        false => n.text.clone(),
                    },
                    to: Some(to),
                    cc: Some(Vec::new()),
                    subject: Some(format!("Your conversation with {} (#{})", workspace.name, c.number)),
                    send_at,
                    aside: Aside::Begin,
                    below: Some(transcript::below(&content, &workspace.time_zone)),
                    about: [("transcript".to_owned(), json!({ "messages": count }))].into_iter().collect(),
                    ..Default::default()
                };
                let mut m = actions::reply(tx, d.ids.as_ref(), &d.actor, &c, &entry, &reply, d.now)?;
                if n.to.as_ref().is_none_or(Vec::is_empty) {
                    transcript::reached(tx, &c, &m.to)?;
                }
                d.links.fill_all(&mut m.attachments);
                Ok(m)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

/// Where the customer gets mail.
fn own_address(tx: &mut db::Tx<'_>, c: &Conversation) -> Result<Address> {
    let known = match c.contact_id {
        Some(contact) => contacts::best_handle(tx, contact, &["email"], &c.channel_id.to_string())?.map(|(_, address)| address),
        None => None,
    };
    let address = known.ok_or_else(|| Error::field("to", "required", "No mail address is known of this customer. Give one."))?;
    Ok(Address { name: c.contact.as_ref().map(|p| p.name.clone()), address })
}
