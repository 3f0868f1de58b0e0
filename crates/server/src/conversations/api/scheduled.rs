//! Messages that wait for their time: the queue, another time or other words, sending one now.

use super::messages::reach;
use super::writing::entry;
use super::{deps, id_of};
use crate::app::{App, found};
use crate::conversations::model::Message;
use crate::conversations::scheduled::{self, Edit, ScheduledMessage};
use crate::conversations::{access, store};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path, Query};
use crate::people;
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use db::Lane;
use kernel::MessageId;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::page::{self, Page};
use kernel::time::{Millis, wire_opt};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScheduledQuery {
    conversation_id: Option<String>,
    /// Only those the caller wrote.
    mine: Option<bool>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Messages that wait for their time, earliest first.
#[utoipa::path(get, path = "/scheduled-messages", tag = "messages", params(ScheduledQuery), responses((status = 200, body = Page<ScheduledMessage>)))]
pub(super) async fn list_scheduled(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ScheduledQuery>,
) -> Result<Json<Page<ScheduledMessage>>, Problem> {
    let d = deps(&app, caller.need(ConversationsRead)?);
    people::need_feature(&app, &d.actor, "unified_inbox").await?;
    let limit = page::limit(q.limit)?;
    let after: Option<(Millis, MessageId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let conversation = q.conversation_id.as_deref().filter(|t| !t.is_empty()).map(|t| id_of("conversation_id", t)).transpose()?;
    let writer = if q.mine == Some(true) { Some(found(d.actor.member(), "member.not_found", "member")?) } else { None };
    let who = d.actor.clone();
    let mut rows = app
        .db
        .read(d.actor.workspace, move |tx| {
            let sight = Sight::of(tx, &who)?;
            scheduled::list(tx, &sight, conversation, writer, after, limit + 1)
        })
        .await?;
    rows.iter_mut().for_each(|r| d.links.fill_all(&mut r.message.attachments));
    Ok(Json(Page::cut(rows, limit, |r| (r.send_at, r.message.id))))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct SchedulePatch {
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<Millis>,
    text: Option<String>,
    /// With `text`, or alone: the plain form is made of it.
    html: Option<String>,
    cancel_on_reply: Option<bool>,
}

/// Changes the time or the words of a message that has not left.
#[utoipa::path(patch, path = "/messages/{id}/schedule", tag = "messages", params(("id" = String, Path)), request_body = SchedulePatch, responses((status = 200, body = Message)))]
pub(super) async fn update_schedule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
    Body(p): Body<SchedulePatch>,
) -> Result<Json<Message>, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let who = d.actor.clone();
    let channel = app
        .db
        .read(d.actor.workspace, move |tx| {
            let m = reach(tx, &who, id, ConversationsWrite)?;
            Ok(found(store::find(tx, m.conversation_id)?, "conversation.not_found", "conversation")?.channel_id)
        })
        .await?;
    let entry = entry(&app, &d.actor, channel).await?;
    let words = (p.text.is_some() || p.html.is_some()).then(|| (p.text.clone().unwrap_or_default(), p.html.clone()));
    let edit = Edit { send_at: p.send_at, words, unless_answered: p.cancel_on_reply };
    let message = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let m = reach(tx, &d.actor, id, ConversationsWrite)?;
            let c = access(tx, &d.actor, m.conversation_id, ConversationsWrite)?;
            let mut m = scheduled::edit(tx, &d.actor, &c, &m, &entry, &edit, d.now)?;
            d.links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}

/// Sends a message that waits for its time now.
#[utoipa::path(post, path = "/messages/{id}/send-now", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn send_message_now(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    super::messages::on_message(&app, &caller, id, |tx, d, m| scheduled::send_now(tx, &d.actor, m, d.now)).await
}
