//! Writing: replies, notes, drafts, and conversations that begin with us.

use super::deps;
use crate::app::{App, found};
use crate::channels::Entry;
use crate::conversations::actions::{self, Reply, UNDO};
use crate::conversations::model::{Conversation, Draft, Location, Message};
use crate::conversations::{access, asides, drafts, outbound, store, wording};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use crate::people;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::ConversationsWrite;
use kernel::message::{Address, Status};
use kernel::time::{Millis, SECOND, wire_opt};
use kernel::{Actor, ChannelId, ContactId, ConversationId, Error, FileId, MemberId, MessageId, Result};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewReply {
    #[serde(default)]
    text: String,
    /// For channels that carry rich text; sanitised.
    html: Option<String>,
    /// Ids of uploaded files.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachments: Vec<FileId>,
    to: Option<Vec<Address>>,
    cc: Option<Vec<Address>>,
    bcc: Option<Vec<Address>>,
    subject: Option<String>,
    #[schema(value_type = Option<String>)]
    reply_to_id: Option<MessageId>,
    /// How long undo is possible, 0 to 60; 10 when absent.
    undo_seconds: Option<i64>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<Millis>,
    /// With `send_at`: it is not sent when the customer writes before.
    #[serde(default)]
    cancel_on_reply: bool,
    status_after: Option<Status>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
    /// How many messages the writer had seen; when there are more, 409 `conversation.changed`.
    seen_message_count: Option<i64>,
    /// An approved template instead of a text of one's own.
    template: Option<crate::channels::TemplateChoice>,
    /// Quick replies under the text, where the channel has them.
    #[serde(default)]
    buttons: Vec<kernel::channel::Button>,
    /// A place instead of a text; where the channel has none, it goes as a text with a link to a map.
    location: Option<Location>,
    /// The writer's signature below it, where the channel is mail and the signature is not left out there.
    #[serde(default)]
    signature: bool,
}

pub(super) fn when(now: Millis, undo_seconds: Option<i64>, send_at: Option<Millis>) -> Result<Option<Millis>> {
    if let Some(n) = undo_seconds
        && !(0..=60).contains(&n)
    {
        return Err(Error::field("undo_seconds", "out_of_range", "Undo lasts 0 to 60 seconds."));
    }
    Ok(send_at.or(Some(now + undo_seconds.map_or(UNDO, |n| n * SECOND))))
}

pub(super) async fn entry(app: &App, actor: &Actor, id: ChannelId) -> Result<Arc<Entry>> {
    let entry = app.directory.by_id(app, actor.workspace, id).await?;
    entry.ok_or_else(|| Error::conflict("policy.channel_removed", "The channel of this conversation was removed."))
}

/// Writes to the customer. The message is stored and queued before this answers.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)), request_body = NewReply, responses((status = 201, body = Message)))]
pub(super) async fn create_message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<NewReply>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let Keyed { body: n, key } = b;
    let (who, answered) = (d.actor.clone(), n.reply_to_id);
    let (channel_id, answered) = app
        .db
        .read(who.workspace, move |tx| {
            let c = access(tx, &who, id, ConversationsWrite)?;
            let answered = answered.map(|m| store::message(tx, m)).transpose()?.flatten().filter(|m| m.conversation_id == id);
            Ok((asides::channel_of(tx, &c, answered.as_ref())?, answered))
        })
        .await?;
    let entry = entry(&app, &d.actor, channel_id).await?;
    // A mail that answers a certain one shows which.
    let below = match answered {
        Some(m) => Some(wording::quoted(&m, &people::workspace(&app, d.actor.workspace).await?.time_zone)),
        None => None,
    };
    let reply = Reply {
        send_at: when(d.now, n.undo_seconds, n.send_at)?,
        unless_answered: n.cancel_on_reply && n.send_at.is_some(),
        text: n.text,
        html: n.html,
        attachments: n.attachments,
        to: n.to,
        cc: n.cc,
        bcc: n.bcc.unwrap_or_default(),
        subject: n.subject,
        reply_to_id: n.reply_to_id,
        status_after: n.status_after,
        snoozed_until: n.snoozed_until,
        seen_message_count: n.seen_message_count,
        buttons: n.buttons,
        location: n.location.map(|l| l.checked()).transpose()?,
        signature: n.signature,
        below,
        ..Default::default()
    };
    let template = n.template;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, key.as_ref(), d.now, |tx| {
                let mut reply = reply.clone();
                if let Some(choice) = &template {
                    let mut kinds = Vec::new();
                    for id in &reply.attachments {
                        kinds.extend(crate::files::find(tx, *id)?.map(|f| f.content_type));
                    }
                    if kinds.len() > 1 {
                        return Err(Error::field("attachments", "too_many", "A template takes one file, in its header."));
                    }
                    let (chosen, text) = crate::channels::fill_template(tx, entry.id, choice, kinds.first().map(String::as_str))?;
                    (reply.template, reply.text, reply.html) = (Some(chosen), text, None);
                }
                let mut m = actions::reply(tx, d.ids.as_ref(), &d.actor, &c, &entry, &reply, d.now)?;
                d.links.fill_all(&mut m.attachments);
                Ok(m)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewNote {
    text: String,
}
/// Writes to the team only.
#[utoipa::path(post, path = "/conversations/{id}/notes", tag = "messages", params(("id" = String, Path)), request_body = NewNote, responses((status = 201, body = Message)))]
pub(super) async fn create_note(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<NewNote>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, b.key.as_ref(), d.now, |tx| actions::note(tx, d.ids.as_ref(), &d.actor, &c, &b.body.text, d.now))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewConversationBody {
    #[schema(value_type = String)]
    channel_id: ChannelId,
    /// The person to write to; or `to`.
    #[schema(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    to: Option<Vec<Address>>,
    cc: Option<Vec<Address>>,
    bcc: Option<Vec<Address>>,
    subject: Option<String>,
    #[serde(default)]
    text: String,
    html: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachments: Vec<FileId>,
    #[schema(value_type = Option<String>)]
    assignee_id: Option<MemberId>,
    #[serde(default)]
    tags: Vec<String>,
    undo_seconds: Option<i64>,
    /// The writer's signature below the first message.
    #[serde(default)]
    signature: bool,
}

/// Writes first: a new conversation with its first message on the way out.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversationBody, responses((status = 201, body = Conversation)))]
pub(super) async fn create_conversation(
    State(app): State<App>,
    caller: Caller,
    b: Keyed<NewConversationBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    people::need_feature(&app, &d.actor, "unified_inbox").await?;
    let Keyed { body: n, key } = b;
    let entry = app.directory.by_id(&app, d.actor.workspace, n.channel_id).await?;
    let entry = entry.ok_or_else(|| Error::field("channel_id", "not_found", "There is no such channel."))?;
    let send_at = when(d.now, n.undo_seconds, None)?;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &d.actor, key.as_ref(), d.now, |tx| {
                let start =
                    outbound::Start { contact_id: n.contact_id, to: n.to.clone(), subject: n.subject.clone(), assignee_id: n.assignee_id };
                let c = outbound::start(tx, d.ids.as_ref(), &d.actor, &entry, &start, d.now)?;
                let reply = Reply {
                    text: n.text.clone(),
                    html: n.html.clone(),
                    attachments: n.attachments.clone(),
                    to: Some(c.participants.clone()),
                    cc: n.cc.clone(),
                    bcc: n.bcc.clone().unwrap_or_default(),
                    subject: n.subject.clone(),
                    send_at,
                    signature: n.signature,
                    ..Default::default()
                };
                actions::reply(tx, d.ids.as_ref(), &d.actor, &c, &entry, &reply, d.now)?;
                if !n.tags.is_empty() {
                    actions::add_tags(tx, d.ids.as_ref(), &d.actor, &c, &n.tags, d.now)?;
                }
                found(store::find(tx, c.id)?, "conversation.not_found", "conversation")
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(put, path = "/conversations/{id}/draft", tag = "messages", params(("id" = String, Path)), request_body = Draft, responses((status = 204)))]
pub(super) async fn put_draft(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(draft): Body<Draft>,
) -> Result<StatusCode, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let member = found(d.actor.member(), "member.not_found", "member")?;
    app.db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            actions::put_draft(tx, &c, member, &draft, d.now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
#[utoipa::path(delete, path = "/conversations/{id}/draft", tag = "messages", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_draft(State(app): State<App>, caller: Caller, Path(id): Path<ConversationId>) -> Result<StatusCode, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let member = found(d.actor.member(), "member.not_found", "member")?;
    app.db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            access(tx, &d.actor, id, ConversationsWrite)?;
            drafts::drop_draft(tx, id, member)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
