//! Changing what a conversation is made of: merging and splitting, the trash, who of the team takes part, pinned notes.

use super::messages::on_message;
use super::writing::entry;
use super::{PageQuery, act, deps, id_of};
use crate::app::{App, found};
use crate::conversations::merging::{self, Merge};
use crate::conversations::model::{Conversation, Message};
use crate::conversations::trash::{self, TrashedConversation};
use crate::conversations::{access, followers, pins, store};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path, Query};
use crate::http::once::once;
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ConversationsDelete, ConversationsRead, ConversationsWrite};
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{ConversationId, Error, MemberId, MergeId, MessageId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct MergeBody {
    /// Conversations whose messages come here, 1 to 20.
    #[schema(value_type = Vec<String>)]
    from: Vec<ConversationId>,
}
/// What came of merging.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Merged {
    conversation: Conversation,
    /// For taking each back.
    merges: Vec<Merge>,
}

/// Puts other conversations of the same channel into this one. Answers to them arrive here from now on.
#[utoipa::path(post, path = "/conversations/{id}/merge", tag = "conversations", params(("id" = String, Path)), request_body = MergeBody, responses((status = 200, body = Merged)))]
pub(super) async fn merge_conversations(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<MergeBody>,
) -> Result<Json<Value>, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let mut from = b.body.from;
    from.dedup();
    let who = d.actor.clone();
    let channel = app.db.read(d.actor.workspace, move |tx| access(tx, &who, id, ConversationsWrite).map(|c| c.channel_id)).await?;
    if from.is_empty() || from.len() > 20 {
        return Err(Error::field("from", "invalid", "Give 1 to 20 conversations.").into());
    }
    let entry = entry(&app, &d.actor, channel).await?;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, b.key.as_ref(), d.now, |tx| {
                let mut merges = Vec::with_capacity(from.len());
                for source in &from {
                    let target = access(tx, &d.actor, id, ConversationsWrite)?;
                    let source = access(tx, &d.actor, *source, ConversationsWrite)?;
                    merges.push(merging::merge(tx, d.ids.as_ref(), &d.actor, &target, &source, &entry, d.now)?);
                }
                let conversation = found(store::find(tx, id)?, "conversation.not_found", "conversation")?;
                Ok(Merged { conversation, merges })
            })
        })
        .await?;
    Ok(Json(value))
}

/// Both conversations as they are after a merge was taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Unmerged {
    source: Conversation,
    target: Conversation,
}
/// Takes a merge back: the messages return, with those that have arrived on them since.
#[utoipa::path(post, path = "/merges/{id}/undo", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = Unmerged)))]
pub(super) async fn undo_merge(State(app): State<App>, caller: Caller, Path(id): Path<MergeId>) -> Result<Json<Unmerged>, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let (source, target) = app.db.write(d.actor.workspace, Lane::Interactive, move |tx| merging::unmerge(tx, &d.actor, id, d.now)).await?;
    Ok(Json(Unmerged { source, target }))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct SplitBody {
    #[schema(value_type = Vec<String>)]
    message_ids: Vec<MessageId>,
    /// That of the first message when absent.
    subject: Option<String>,
}
/// Puts some messages into a conversation of their own.
#[utoipa::path(post, path = "/conversations/{id}/split", tag = "conversations", params(("id" = String, Path)), request_body = SplitBody, responses((status = 201, body = Conversation)))]
pub(super) async fn split_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<SplitBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let who = d.actor.clone();
    let channel = app.db.read(d.actor.workspace, move |tx| access(tx, &who, id, ConversationsWrite).map(|c| c.channel_id)).await?;
    let entry = entry(&app, &d.actor, channel).await?;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, b.key.as_ref(), d.now, |tx| {
                let subject = b.body.subject.as_deref();
                merging::split(tx, d.ids.as_ref(), &d.actor, &c, &entry, (&b.body.message_ids, subject), d.now)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

/// What was deleted within the last thirty days, last deleted first.
#[utoipa::path(get, path = "/trash", tag = "conversations", params(PageQuery), responses((status = 200, body = Page<TrashedConversation>)))]
pub(super) async fn list_trash(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<TrashedConversation>>, Problem> {
    let actor = caller.need(ConversationsDelete)?;
    let limit = page::limit(q.limit)?;
    let after: Option<(Millis, ConversationId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let who = actor.clone();
    let rows = app.db.read(actor.workspace, move |tx| {
        let sight = Sight::of(tx, &who)?;
        trash::list(tx, &sight, after, limit + 1)
    });
    let rows = rows.await?;
    Ok(Json(Page::cut(rows, limit, |t| (t.deleted_at, t.conversation.id))))
}
/// Removes a deleted conversation for good: its messages, files and raw deliveries. This cannot be undone.
#[utoipa::path(delete, path = "/trash/{id}", tag = "conversations", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn purge_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsDelete)?;
    trash::remove_for_good(&app, actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowBody {
    /// Whom to ask along; the caller when absent.
    member_id: Option<String>,
}
/// Takes part in a conversation, or asks a colleague along. Whoever writes takes part anyway.
#[utoipa::path(post, path = "/conversations/{id}/followers", tag = "conversations", params(("id" = String, Path)), request_body = FollowBody, responses((status = 200, body = Conversation)))]
pub(super) async fn follow_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<FollowBody>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?;
    let member = match b.body.member_id.as_deref() {
        None | Some("" | "me") => found(actor.member(), "member.not_found", "member")?,
        Some(id) => id_of::<MemberId>("member_id", id)?,
    };
    act(&app, actor, id, ConversationsWrite, b.key, move |tx, d, c| followers::set(tx, &d.actor, c, member, true, d.now).map(|_| ())).await
}
/// Leaves a conversation, or takes a colleague off; writing does not bring them back.
#[utoipa::path(delete, path = "/conversations/{id}/followers/{member_id}", tag = "conversations", params(("id" = String, Path), ("member_id" = String, Path)), responses((status = 200, body = Conversation)))]
pub(super) async fn unfollow_conversation(
    State(app): State<App>,
    caller: Caller,
    Path((id, member)): Path<(ConversationId, MemberId)>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let need = if actor.member() == Some(member) { ConversationsRead } else { ConversationsWrite };
    act(&app, actor, id, need, None, move |tx, d, c| followers::set(tx, &d.actor, c, member, false, d.now).map(|_| ())).await
}

/// Keeps a note above the conversation.
#[utoipa::path(post, path = "/messages/{id}/pin", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn pin_note(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    on_message(&app, &caller, id, |tx, d, m| pins::pin(tx, &d.actor, m, true, d.now)).await
}
#[utoipa::path(delete, path = "/messages/{id}/pin", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn unpin_note(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    on_message(&app, &caller, id, |tx, d, m| pins::pin(tx, &d.actor, m, false, d.now)).await
}
