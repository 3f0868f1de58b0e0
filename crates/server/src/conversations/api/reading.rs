//! Reading: one conversation with its messages, its history, and the counts of the views pane.

use super::{PageQuery, act};
use crate::app::App;
use crate::conversations::history::{self, HistoryEntry};
use crate::conversations::merging::{self, Merge};
use crate::conversations::model::{Conversation, DraftDetail, Message};
use crate::conversations::recipients::{self, Answering};
use crate::conversations::store;
use crate::conversations::{access, actions, counts, drafts, followers, pins, scheduled, seats};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path, Query};
use crate::teams::{Sight, WhySeen};
use crate::{files, people};
use axum::Json;
use axum::extract::State;
use kernel::actor::Permission::{ConversationsRead, MembersRead};
use kernel::message::ChannelStatus;
use kernel::page::{self, Page};
use kernel::policy::Verdict;
use kernel::time::DAY;
use kernel::{ConversationId, Error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A conversation with its last messages and what belongs to writing an answer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationDetail {
    #[serde(flatten)]
    conversation: Conversation,
    /// The last 50, oldest first.
    messages: Vec<Message>,
    /// For older ones, with `/messages?cursor=`.
    messages_cursor: Option<String>,
    /// Those that wait for their time, earliest first.
    scheduled: Vec<Message>,
    /// Notes that stand above the conversation, last pinned first.
    pinned: Vec<Message>,
    /// Members who take part.
    #[schema(value_type = Vec<String>)]
    followers: Vec<kernel::MemberId>,
    /// What was merged into it, for taking that back.
    merged: Vec<Merge>,
    /// Who would get an answer.
    recipients: Answering,
    /// The caller's own.
    draft: Option<DraftDetail>,
    channel_status: ChannelStatus,
    /// Whether a reply may leave now, and why not.
    policy: Verdict,
    /// How long free answers are possible, where the channel has such a window.
    window: Option<kernel::policy::WindowState>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DetailQuery {
    mark_read: Option<bool>,
}

/// One conversation with its last 50 messages.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path), DetailQuery), responses((status = 200, body = ConversationDetail)))]
pub(super) async fn get_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<DetailQuery>,
) -> Result<Json<ConversationDetail>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    // Who looks with another's eyes leaves no traces, and reads nobody's drafts.
    let looking = actor.previewed_by.is_some();
    if q.mark_read == Some(true) && !looking {
        let Json(_) =
            act(&app, &actor, id, ConversationsRead, None, |tx, deps, c| actions::mark_read(tx, &deps.actor, c, true, deps.now)).await?;
    }
    let who = actor.clone();
    let merged_into = app.db.read(actor.workspace, move |tx| {
        let at = merging::follow(tx, id)?;
        Ok((at != id && access::sees(tx, &who, at)?).then_some(at))
    });
    if let Some(at) = merged_into.await? {
        let gone = Error::not_found(access::MERGED, "This conversation was merged into another one.");
        return Err(Problem::from(gone).with("merged_into", at));
    }
    let links = files::links(&app, actor.workspace);
    let who = actor.clone();
    let (conversation, mut messages, mut scheduled, mut pinned, followers, merged, mut draft) = app
        .db
        .read(actor.workspace, move |tx| {
            let c = access(tx, &who, id, ConversationsRead)?;
            let draft = match who.member().filter(|_| !looking).map(|m| drafts::draft(tx, id, m)).transpose()?.flatten() {
                Some(draft) => Some(DraftDetail { files: files::at_hand(tx, &draft.attachments)?, draft }),
                None => None,
            };
            let scheduled: Vec<Message> =
                scheduled::list(tx, &Sight::all(), Some(id), None, None, 50)?.into_iter().map(|s| s.message).collect();
            let (pinned, followers, merged) = (pins::of(tx, id)?, followers::of(tx, id)?, merging::into(tx, id)?);
            Ok((c, store::messages(tx, id, None, 51)?, scheduled, pinned, followers, merged, draft))
        })
        .await?;
    let messages_cursor = (messages.len() > 50).then(|| page::encode(&messages[49].key));
    messages.truncate(50);
    messages.reverse();
    if let Some(draft) = &mut draft {
        links.fill_all(&mut draft.files);
    }
    messages.iter_mut().chain(&mut scheduled).chain(&mut pinned).for_each(|m| links.fill_all(&mut m.attachments));
    let entry = app.directory.by_id(&app, actor.workspace, conversation.channel_id).await?;
    let (channel_status, policy, window, recipients) = match entry {
        Some(entry) => {
            let c = conversation.clone();
            let with = entry.clone();
            let now = app.now();
            let (policy, window, recipients) = app
                .db
                .read(actor.workspace, move |tx| {
                    let answering = recipients::answering(tx, &c, &with)?;
                    let policy = actions::may_send(tx, &c, &with, &answering.all.clone().into(), now)?;
                    Ok((policy, actions::window(tx, &c, &with)?, answering))
                })
                .await?;
            (entry.status, policy, window, recipients)
        }
        None => (ChannelStatus::Disconnected, gone(), None, Answering::default()),
    };
    Ok(Json(ConversationDetail {
        conversation,
        messages,
        messages_cursor,
        scheduled,
        pinned,
        followers,
        merged,
        recipients,
        draft,
        channel_status,
        policy,
        window,
    }))
}

fn gone() -> Verdict {
    let detail = "The channel of this conversation was removed. It can be read, not answered.".to_owned();
    Verdict::Refuse { reason: kernel::policy::Reason { code: "policy.channel_removed".into(), detail } }
}

/// Messages, newest first.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<Message>)))]
pub(super) async fn list_messages(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<Message>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let links = files::links(&app, actor.workspace);
    let mut rows = app
        .db
        .read(actor.workspace, move |tx| {
            access(tx, &actor, id, ConversationsRead)?;
            store::messages(tx, id, before, limit + 1)
        })
        .await?;
    rows.iter_mut().for_each(|m| links.fill_all(&mut m.attachments));
    Ok(Json(Page::cut(rows, limit, |m| m.key)))
}

/// What happened to a conversation besides its messages, newest first: status, assignment, tags, snooze; who did it and when.
#[utoipa::path(get, path = "/conversations/{id}/events", tag = "conversations", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<HistoryEntry>)))]
pub(super) async fn list_conversation_events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<HistoryEntry>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = history::of(&app, actor, id, before, limit + 1).await?;
    Ok(Json(Page::cut(rows, limit, |e| e.seq)))
}

/// Counts for the views pane.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Statistics {
    pub total: i64,
    pub open: i64,
    pub unread: i64,
    pub unassigned: i64,
    pub mine: i64,
    /// Conversations with a message today, in the workspace's time zone.
    pub today: i64,
    /// Messages that wait for their time.
    pub scheduled: i64,
    pub by_status: BTreeMap<String, i64>,
    /// Open ones by channel id.
    pub by_channel: BTreeMap<String, i64>,
    /// Open ones by member id.
    pub by_assignee: BTreeMap<String, i64>,
    /// Open ones by team id.
    pub by_team: BTreeMap<String, i64>,
}

async fn count(app: &App, caller: &Caller) -> Result<Json<Statistics>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    people::need_feature(app, actor, "unified_inbox").await?;
    let info = people::workspace(app, actor.workspace).await?;
    let (me, now) = (actor.member(), app.now());
    let today = jiff::Timestamp::from_millisecond(now)
        .ok()
        .and_then(|t| t.in_tz(&info.time_zone).ok())
        .and_then(|z| z.start_of_day().ok())
        .map_or(now - now.rem_euclid(DAY), |z| z.timestamp().as_millisecond());
    let who = actor.clone();
    let counted = app.db.read(actor.workspace, move |tx| {
        let sight = Sight::of(tx, &who)?;
        let scheduled = scheduled::count(tx, &sight)?;
        Ok(Statistics { scheduled, ..counts::counts(tx, &sight, me, today)? })
    });
    Ok(Json(counted.await?))
}
#[utoipa::path(get, path = "/conversations/statistics", tag = "conversations", responses((status = 200, body = Statistics)))]
pub(super) async fn conversation_statistics(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}
/// The same as /conversations/statistics.
#[utoipa::path(get, path = "/stats", tag = "conversations", responses((status = 200, body = Statistics)))]
pub(super) async fn stats(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}
/// The same as /conversations/statistics.
#[utoipa::path(get, path = "/stats/inbox", tag = "conversations", responses((status = 200, body = Statistics)))]
pub(super) async fn stats_inbox(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}

/// Who sees a conversation, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConversationAccess {
    /// Why the caller sees it; null for programs of the product itself.
    mine: Option<WhySeen>,
    /// Every active member who sees it; empty for callers who may not read members.
    members: Vec<seats::Seer>,
}

/// Why the caller sees this conversation, and who else does.
#[utoipa::path(get, path = "/conversations/{id}/access", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = ConversationAccess)))]
pub(super) async fn get_conversation_access(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<Json<ConversationAccess>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let workspace = actor.workspace;
    let answer = app
        .db
        .read(workspace, move |tx| {
            let seat = access(tx, &actor, id, ConversationsRead)?.seat();
            let mine = Sight::of(tx, &actor)?.why(&seat);
            let members = if actor.may(MembersRead) { seats::seers(tx, &seat)? } else { Vec::new() };
            Ok(ConversationAccess { mine, members })
        })
        .await?;
    Ok(Json(answer))
}

/// Who had a conversation, newest first: for how long, and how it came to them.
#[utoipa::path(get, path = "/conversations/{id}/assignments", tag = "conversations", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<seats::Assignment>)))]
pub(super) async fn list_assignments(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<seats::Assignment>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let (workspace, now) = (actor.workspace, app.now());
    let rows = app
        .db
        .read(workspace, move |tx| {
            access(tx, &actor, id, ConversationsRead)?;
            seats::assignments(tx, id, before.unwrap_or(i64::MAX), limit + 1, now)
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |a| a.n)))
}
