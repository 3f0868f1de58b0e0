//! Routes of conversations, messages, tags and drafts.

use super::access;
use super::actions::{self, Reply, UNDO};
use super::history::{self, HistoryEntry};
use super::model::{Conversation, Draft, DraftDetail, Message};
use super::store::{self, Filter, Sort};
use crate::app::{App, found};
use crate::channels::Entry;
use crate::files::{self, Links};
use crate::http::error::Problem;
use crate::http::extract::{Caller, IdempotencyKey, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::{outbox, people};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{Lane, Tx};
use kernel::actor::Permission::{self, ConversationsDelete, ConversationsRead, ConversationsWrite};
use kernel::message::{Address, ChannelStatus, Priority, Status};
use kernel::page::{self, Page};
use kernel::policy::Verdict;
use kernel::time::{DAY, Millis, SECOND, wire_opt};
use kernel::{Actor, ChannelId, ContactId, ConversationId, Error, FileId, MemberId, MessageId, Result, TagId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_conversations, create_conversation))
        .routes(routes!(conversation_statistics))
        .routes(routes!(stats))
        .routes(routes!(stats_inbox))
        .routes(routes!(get_conversation, replace_conversation, update_conversation, delete_conversation))
        .routes(routes!(restore_conversation))
        .routes(routes!(list_messages, create_message))
        .routes(routes!(list_conversation_events))
        .routes(routes!(create_note))
        .routes(routes!(assign_conversation))
        .routes(routes!(unassign_conversation))
        .routes(routes!(set_conversation_status))
        .routes(routes!(mark_conversation_read))
        .routes(routes!(add_conversation_tags, remove_conversation_tags))
        .routes(routes!(put_draft, delete_draft))
        .routes(routes!(get_message, delete_message))
        .routes(routes!(cancel_message))
        .routes(routes!(retry_message))
        .routes(routes!(list_attempts))
        .routes(routes!(get_message_source))
        .routes(routes!(list_tags))
        .routes(routes!(update_tag))
}

// ---------- reading ----------

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// Statuses, comma separated; `open` stands for new and open, `all` for everything. Without it: all but spam and archived.
    status: Option<String>,
    /// Kind of channel, e.g. `email`.
    channel: Option<String>,
    channel_id: Option<String>,
    /// `me`, `none`, or a member's id.
    assignee: Option<String>,
    unread: Option<bool>,
    tag: Option<String>,
    /// Words in its messages.
    text: Option<String>,
    contact_id: Option<String>,
    /// `newest` (default), `oldest`, `waiting`.
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

fn id_of<T: std::str::FromStr>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::field(field, "invalid", "This is no id of that kind."))
}

/// What the query string asks for.
fn filter(q: &ConversationQuery, actor: &Actor) -> Result<(Filter, Sort)> {
    let mut f = Filter { unread: q.unread.unwrap_or(false), tag: q.tag.clone(), ..Default::default() };
    match q.status.as_deref() {
        None | Some("") => f.buckets = ["open", "pending", "snoozed", "resolved"].map(str::to_owned).to_vec(),
        Some("all") => {}
        Some(list) => {
            let mut asked = Vec::new();
            for word in list.split(',').map(str::trim) {
                let status = Status::parse(word).ok_or_else(|| {
                    Error::field(
                        "status",
                        "not_an_option",
                        format!("`{word}` is no status. Choose from: new, open, pending, snoozed, resolved, archived, spam, all."),
                    )
                })?;
                asked.push(status);
                f.buckets.push(super::model::bucket(status).to_owned());
            }
            f.buckets.sort();
            f.buckets.dedup();
            // New ones share their bucket with open ones.
            f.status = asked.iter().all(|s| *s == Status::New).then_some(Status::New);
        }
    }
    if let Some(word) = q.channel.as_deref().filter(|w| !w.is_empty()) {
        let known = kernel::message::ChannelWord::parse(word)
            .ok_or_else(|| Error::field("channel", "not_an_option", format!("`{word}` is no kind of channel.")))?;
        f.channel = Some(known.as_str().to_owned());
    }
    f.channel_id = q.channel_id.as_deref().map(|t| id_of("channel_id", t)).transpose()?;
    f.contact_id = q.contact_id.as_deref().map(|t| id_of("contact_id", t)).transpose()?;
    f.assignee = match q.assignee.as_deref() {
        None | Some("") => None,
        Some("none") => Some(None),
        Some("me") => Some(actor.member()),
        Some(id) => Some(Some(id_of("assignee", id)?)),
    };
    let sort = match q.sort.as_deref() {
        None | Some("newest") => Sort::Newest,
        Some("oldest") => Sort::Oldest,
        Some("waiting") => Sort::Waiting,
        Some(_) => return Err(Error::field("sort", "not_an_option", "Choose one of: newest, oldest, waiting.")),
    };
    Ok((f, sort))
}

/// The list of the inbox, most recent first.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(ConversationQuery), responses((status = 200, body = Page<Conversation>)))]
async fn list_conversations(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ConversationQuery>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    people::need_feature(&app, &actor, "unified_inbox").await?;
    let limit = page::limit(q.limit)?;
    let after: Option<(Millis, ConversationId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let (mut f, sort) = filter(&q, &actor)?;
    let text = q.text.clone().filter(|t| !t.trim().is_empty());
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            if let Some(text) = text {
                f.ids = Some(crate::search::conversations(tx, &text, 500)?);
            }
            store::list(tx, &f, sort, after, limit + 1)
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |c| (if sort == Sort::Waiting { c.waiting_since.unwrap_or(0) } else { c.last_message_at }, c.id))))
}

/// A conversation with its last messages and what belongs to writing an answer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationDetail {
    #[serde(flatten)]
    conversation: Conversation,
    /// The last 50, oldest first.
    messages: Vec<Message>,
    /// For older ones, with `/messages?cursor=`.
    messages_cursor: Option<String>,
    /// The caller's own.
    draft: Option<DraftDetail>,
    channel_status: ChannelStatus,
    /// Whether a reply may leave now, and why not.
    policy: Verdict,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DetailQuery {
    mark_read: Option<bool>,
}

/// One conversation with its last 50 messages.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path), DetailQuery), responses((status = 200, body = ConversationDetail)))]
async fn get_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<DetailQuery>,
) -> Result<Json<ConversationDetail>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    if q.mark_read == Some(true) {
        let Json(_) =
            act(&app, &actor, id, ConversationsRead, None, |tx, deps, c| actions::mark_read(tx, &deps.actor, c, true, deps.now)).await?;
    }
    let links = files::links(&app, actor.workspace);
    let who = actor.clone();
    let (conversation, mut messages, mut draft) = app
        .db
        .read(actor.workspace, move |tx| {
            let c = access(tx, &who, id, ConversationsRead)?;
            let draft = match who.member().map(|m| store::draft(tx, id, m)).transpose()?.flatten() {
                Some(draft) => Some(DraftDetail { files: files::at_hand(tx, &draft.attachments)?, draft }),
                None => None,
            };
            Ok((c, store::messages(tx, id, None, 51)?, draft))
        })
        .await?;
    let messages_cursor = (messages.len() > 50).then(|| page::encode(&messages[49].key));
    messages.truncate(50);
    messages.reverse();
    if let Some(draft) = &mut draft {
        links.fill_all(&mut draft.files);
    }
    messages.iter_mut().for_each(|m| links.fill_all(&mut m.attachments));
    let entry = app.directory.by_id(&app, actor.workspace, conversation.channel_id).await?;
    let (channel_status, policy) = match entry {
        Some(entry) => {
            let c = conversation.clone();
            let with = entry.clone();
            let recipients = app.db.read(actor.workspace, move |tx| actions::default_recipients(tx, &c, &with)).await?;
            (entry.status, actions::may_send(&conversation, &entry, &recipients))
        }
        None => (ChannelStatus::Disconnected, gone()),
    };
    Ok(Json(ConversationDetail { conversation, messages, messages_cursor, draft, channel_status, policy }))
}

fn gone() -> Verdict {
    let detail = "The channel of this conversation was removed. It can be read, not answered.".to_owned();
    Verdict::Refuse { reason: kernel::policy::Reason { code: "policy.channel_removed".into(), detail } }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Messages, newest first.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<Message>)))]
async fn list_messages(
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
async fn list_conversation_events(
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
    pub by_status: BTreeMap<String, i64>,
    /// Open ones by channel id.
    pub by_channel: BTreeMap<String, i64>,
    /// Open ones by member id.
    pub by_assignee: BTreeMap<String, i64>,
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
    Ok(Json(app.db.read(actor.workspace, move |tx| store::counts(tx, me, today)).await?))
}
#[utoipa::path(get, path = "/conversations/statistics", tag = "conversations", responses((status = 200, body = Statistics)))]
async fn conversation_statistics(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}
/// The same as /conversations/statistics.
#[utoipa::path(get, path = "/stats", tag = "conversations", responses((status = 200, body = Statistics)))]
async fn stats(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}
/// The same as /conversations/statistics.
#[utoipa::path(get, path = "/stats/inbox", tag = "conversations", responses((status = 200, body = Statistics)))]
async fn stats_inbox(State(app): State<App>, caller: Caller) -> Result<Json<Statistics>, Problem> {
    count(&app, &caller).await
}

// ---------- acting on a conversation ----------

/// What a verb needs besides the transaction.
struct Deps {
    actor: Actor,
    ids: Arc<dyn kernel::Ids>,
    now: Millis,
    links: Links,
}
fn deps(app: &App, actor: &Actor) -> Deps {
    Deps { actor: actor.clone(), ids: app.ids.clone(), now: app.now(), links: files::links(app, actor.workspace) }
}

/// Runs a verb on a conversation the caller may touch; gives the conversation afterwards.
async fn act(
    app: &App,
    actor: &Actor,
    id: ConversationId,
    need: Permission,
    key: Option<IdempotencyKey>,
    mut verb: impl FnMut(&mut Tx<'_>, &Deps, &Conversation) -> Result<()> + Send + 'static,
) -> Result<Json<Value>, Problem> {
    let deps = deps(app, actor);
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &deps.actor, id, need)?;
            once(tx, &deps.actor, key.as_ref(), deps.now, |tx| {
                verb(tx, &deps, &c)?;
                found(store::find(tx, id)?, "conversation.not_found", "conversation")
            })
        })
        .await?;
    Ok(Json(value))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct ConversationPatch {
    subject: Option<String>,
    priority: Option<Priority>,
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    status: Option<Status>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
    /// A member's id, or an empty text for nobody.
    assignee_id: Option<String>,
    /// Replaces all tags.
    tags: Option<Vec<String>>,
}

async fn patch(app: &App, caller: &Caller, id: ConversationId, p: ConversationPatch) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?;
    let subject = p.subject.map(|s| s.trim().to_owned());
    if subject.as_deref().is_some_and(|s| s.contains(['\r', '\n']) || s.chars().count() > 500) {
        return Err(Error::field("subject", "invalid", "A subject is one line of at most 500 characters.").into());
    }
    let too_big = |m: &Option<Map<String, Value>>| m.as_ref().is_some_and(|m| Value::Object(m.clone()).to_string().len() > 64_000);
    if too_big(&p.custom_attributes) || too_big(&p.metadata) {
        return Err(Error::too_large("conversation.too_large", "Attributes and metadata take at most 64 kB each.").into());
    }
    let assignee = match p.assignee_id.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(id) => Some(Some(id_of::<MemberId>("assignee_id", id)?)),
    };
    let change = store::Change { subject, priority: p.priority, custom_attributes: p.custom_attributes, metadata: p.metadata };
    let fields = [
        ("subject", change.subject.is_some()),
        ("priority", change.priority.is_some()),
        ("custom_attributes", change.custom_attributes.is_some()),
        ("metadata", change.metadata.is_some()),
    ];
    let changed: Vec<&str> = fields.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    act(app, actor, id, ConversationsWrite, None, move |tx, d, c| {
        if !changed.is_empty() {
            store::change(tx, id, &change, d.now)?;
            let event = kernel::event::NewEvent::new("conversation.updated", d.actor.label(), d.now).conversation(id);
            tx.emit(event.payload(serde_json::json!({ "priority": change.priority, "changed": changed })));
        }
        if let Some(tags) = &p.tags {
            actions::set_tags(tx, d.ids.as_ref(), &d.actor, c, tags, d.now)?;
        }
        if let Some(to) = assignee {
            actions::assign(tx, &d.actor, c, to, d.now)?;
        }
        if let Some(status) = p.status.filter(|s| *s != c.status || *s == Status::Snoozed) {
            actions::set_status(tx, &d.actor, c, status, p.snoozed_until, d.now)?;
        }
        Ok(())
    })
    .await
}

/// Changes the fields given (the same as PATCH).
#[utoipa::path(put, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), request_body = ConversationPatch, responses((status = 200, body = Conversation)))]
async fn replace_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(p): Body<ConversationPatch>,
) -> Result<Json<Value>, Problem> {
    patch(&app, &caller, id, p).await
}
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), request_body = ConversationPatch, responses((status = 200, body = Conversation)))]
async fn update_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(p): Body<ConversationPatch>,
) -> Result<Json<Value>, Problem> {
    patch(&app, &caller, id, p).await
}

/// Removes a conversation from sight; `restore` brings it back.
#[utoipa::path(delete, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_conversation(State(app): State<App>, caller: Caller, Path(id): Path<ConversationId>) -> Result<StatusCode, Problem> {
    let d = deps(&app, caller.need(ConversationsDelete)?);
    app.db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsDelete)?;
            actions::delete(tx, &d.actor, &c, d.now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/conversations/{id}/restore", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = Conversation)))]
async fn restore_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let d = deps(&app, caller.need(ConversationsDelete)?);
    let c = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            found(store::find_any(tx, id)?, "conversation.not_found", "conversation")?;
            actions::restore(tx, &d.actor, id, d.now)?;
            found(store::find(tx, id)?, "conversation.not_found", "conversation")
        })
        .await?;
    Ok(Json(c))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct AssignBody {
    /// A member's id, or `me`.
    assignee_id: String,
}
#[utoipa::path(post, path = "/conversations/{id}/assign", tag = "conversations", params(("id" = String, Path)), request_body = AssignBody, responses((status = 200, body = Conversation)))]
async fn assign_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<AssignBody>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?;
    let to = match b.body.assignee_id.as_str() {
        "me" => actor.member(),
        other => Some(id_of("assignee_id", other)?),
    };
    act(&app, actor, id, ConversationsWrite, b.key, move |tx, d, c| actions::assign(tx, &d.actor, c, to, d.now)).await
}
#[utoipa::path(post, path = "/conversations/{id}/unassign", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = Conversation)))]
async fn unassign_conversation(State(app): State<App>, caller: Caller, Path(id): Path<ConversationId>) -> Result<Json<Value>, Problem> {
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, None, |tx, d, c| actions::assign(tx, &d.actor, c, None, d.now))
        .await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct StatusBody {
    /// `closed` is taken for `resolved`.
    status: Status,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
}
#[utoipa::path(patch, path = "/conversations/{id}/status", tag = "conversations", params(("id" = String, Path)), request_body = StatusBody, responses((status = 200, body = Conversation)))]
async fn set_conversation_status(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(b): Body<StatusBody>,
) -> Result<Json<Value>, Problem> {
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, None, move |tx, d, c| {
        actions::set_status(tx, &d.actor, c, b.status, b.snoozed_until, d.now)
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct ReadBody {
    /// False marks it unread.
    read: Option<bool>,
}
#[utoipa::path(post, path = "/conversations/{id}/mark-read", tag = "conversations", params(("id" = String, Path)), request_body = ReadBody, responses((status = 200, body = Conversation)))]
async fn mark_conversation_read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(b): Body<ReadBody>,
) -> Result<Json<Value>, Problem> {
    let read = b.read.unwrap_or(true);
    act(&app, caller.need(ConversationsRead)?, id, ConversationsRead, None, move |tx, d, c| {
        actions::mark_read(tx, &d.actor, c, read, d.now)
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct TagsBody {
    tags: Vec<String>,
}
#[utoipa::path(post, path = "/conversations/{id}/tags", tag = "tags", params(("id" = String, Path)), request_body = TagsBody, responses((status = 200, body = Conversation)))]
async fn add_conversation_tags(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<TagsBody>,
) -> Result<Json<Value>, Problem> {
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, b.key, move |tx, d, c| {
        actions::add_tags(tx, d.ids.as_ref(), &d.actor, c, &b.body.tags, d.now)
    })
    .await
}
#[utoipa::path(delete, path = "/conversations/{id}/tags", tag = "tags", params(("id" = String, Path)), request_body = TagsBody, responses((status = 200, body = Conversation)))]
async fn remove_conversation_tags(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(b): Body<TagsBody>,
) -> Result<Json<Value>, Problem> {
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, None, move |tx, d, c| {
        actions::remove_tags(tx, &d.actor, c, &b.tags, d.now)
    })
    .await
}

#[utoipa::path(put, path = "/conversations/{id}/draft", tag = "messages", params(("id" = String, Path)), request_body = Draft, responses((status = 204)))]
async fn put_draft(
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
async fn delete_draft(State(app): State<App>, caller: Caller, Path(id): Path<ConversationId>) -> Result<StatusCode, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let member = found(d.actor.member(), "member.not_found", "member")?;
    app.db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            access(tx, &d.actor, id, ConversationsWrite)?;
            store::drop_draft(tx, id, member)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

// ---------- writing ----------

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
    status_after: Option<Status>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
    /// How many messages the writer had seen; when there are more, 409 `conversation.changed`.
    seen_message_count: Option<i64>,
}

fn when(now: Millis, undo_seconds: Option<i64>, send_at: Option<Millis>) -> Result<Option<Millis>> {
    if let Some(n) = undo_seconds
        && !(0..=60).contains(&n)
    {
        return Err(Error::field("undo_seconds", "out_of_range", "Undo lasts 0 to 60 seconds."));
    }
    Ok(send_at.or(Some(now + undo_seconds.map_or(UNDO, |n| n * SECOND))))
}

async fn entry(app: &App, actor: &Actor, id: ChannelId) -> Result<Arc<Entry>> {
    let entry = app.directory.by_id(app, actor.workspace, id).await?;
    entry.ok_or_else(|| Error::conflict("policy.channel_removed", "The channel of this conversation was removed."))
}

/// Writes to the customer. The message is stored and queued before this answers.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)), request_body = NewReply, responses((status = 201, body = Message)))]
async fn create_message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<NewReply>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let who = d.actor.clone();
    let channel_id = app.db.read(who.workspace, move |tx| access(tx, &who, id, ConversationsWrite).map(|c| c.channel_id)).await?;
    let entry = entry(&app, &d.actor, channel_id).await?;
    let Keyed { body: n, key } = b;
    let reply = Reply {
        send_at: when(d.now, n.undo_seconds, n.send_at)?,
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
        automated_by: None,
    };
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, key.as_ref(), d.now, |tx| {
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
async fn create_note(
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
}

/// Writes first: a new conversation with its first message on the way out.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversationBody, responses((status = 201, body = Conversation)))]
async fn create_conversation(
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
                let start = super::outbound::Start {
                    contact_id: n.contact_id,
                    to: n.to.clone(),
                    subject: n.subject.clone(),
                    assignee_id: n.assignee_id,
                };
                let c = super::outbound::start(tx, d.ids.as_ref(), &d.actor, &entry, &start, d.now)?;
                let reply = Reply {
                    text: n.text.clone(),
                    html: n.html.clone(),
                    attachments: n.attachments.clone(),
                    to: Some(c.participants.clone()),
                    cc: n.cc.clone(),
                    bcc: n.bcc.clone().unwrap_or_default(),
                    subject: n.subject.clone(),
                    send_at,
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

// ---------- single messages ----------

/// The message, through its conversation's access.
fn reach(tx: &mut Tx<'_>, actor: &Actor, id: MessageId, need: Permission) -> Result<Message> {
    let message = found(store::message(tx, id)?, "message.not_found", "message")?;
    access(tx, actor, message.conversation_id, need).map_err(|e| match e.is_not_found() {
        true => Error::not_found("message.not_found", "There is no such message."),
        false => e,
    })?;
    Ok(message)
}

async fn on_message(
    app: &App,
    caller: &Caller,
    id: MessageId,
    mut verb: impl FnMut(&mut Tx<'_>, &Deps, &Message) -> Result<Message> + Send + 'static,
) -> Result<Json<Message>, Problem> {
    let d = deps(app, caller.need(ConversationsWrite)?);
    let message = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let m = reach(tx, &d.actor, id, ConversationsWrite)?;
            let mut m = verb(tx, &d, &m)?;
            d.links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}

#[utoipa::path(get, path = "/messages/{id}", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
async fn get_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    let d = deps(&app, caller.need(ConversationsRead)?);
    let workspace = d.actor.workspace;
    let message = app
        .db
        .read(workspace, move |tx| {
            let mut m = reach(tx, &d.actor, id, ConversationsRead)?;
            d.links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}
/// Deletes one's own note.
#[utoipa::path(delete, path = "/messages/{id}", tag = "messages", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<StatusCode, Problem> {
    let Json(_) = on_message(&app, &caller, id, |tx, d, m| actions::delete_note(tx, &d.actor, m, d.now).map(|()| m.clone())).await?;
    Ok(StatusCode::NO_CONTENT)
}
/// Undo: takes back a message that has not left.
#[utoipa::path(post, path = "/messages/{id}/cancel", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
async fn cancel_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    on_message(&app, &caller, id, |tx, d, m| actions::cancel(tx, &d.actor, m, d.now)).await
}
/// Sends a failed or uncertain message again, really.
#[utoipa::path(post, path = "/messages/{id}/retry", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
async fn retry_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    on_message(&app, &caller, id, |tx, d, m| actions::retry(tx, &d.actor, m, d.now)).await
}

/// The tries to send a message, with the provider's words.
#[utoipa::path(get, path = "/messages/{id}/attempts", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Page<outbox::Attempt>)))]
async fn list_attempts(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Page<outbox::Attempt>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let data = app
        .db
        .read(actor.workspace, move |tx| {
            reach(tx, &actor, id, ConversationsRead)?;
            outbox::attempts(tx, id)
        })
        .await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// The message as it came in, byte for byte (raw mail), as plain text.
#[utoipa::path(get, path = "/messages/{id}/source", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = String, content_type = "text/plain")))]
async fn get_message_source(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Response, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let who = actor.clone();
    let key = app.db.read(actor.workspace, move |tx| reach(tx, &who, id, ConversationsRead).map(|m| m.journal_key)).await?;
    let key = found(key, "message.no_source", "source; it was written here or is no longer kept")?;
    let raw = crate::journal::body(&app, actor.workspace, key).await?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((headers, String::from_utf8_lossy(&raw).into_owned()).into_response())
}

// ---------- tags ----------

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Tag {
    #[schema(value_type = String)]
    pub id: TagId,
    pub name: String,
    /// Degrees on the colour circle.
    pub hue: i64,
    /// Conversations that carry it.
    pub count: i64,
}
#[utoipa::path(get, path = "/tags", tag = "tags", responses((status = 200, body = Page<Tag>)))]
async fn list_tags(State(app): State<App>, caller: Caller) -> Result<Json<Page<Tag>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let data = app.db.read(actor.workspace, store::tags).await?;
    Ok(Json(Page { data, next_cursor: None }))
}
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TagPatch {
    hue: i64,
}
#[utoipa::path(patch, path = "/tags/{id}", tag = "tags", params(("id" = String, Path)), request_body = TagPatch, responses((status = 204)))]
async fn update_tag(State(app): State<App>, caller: Caller, Path(id): Path<TagId>, Body(b): Body<TagPatch>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    if !(0..360).contains(&b.hue) {
        return Err(Error::field("hue", "out_of_range", "A hue is 0 to 359 degrees.").into());
    }
    let now = app.now();
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            found(store::set_tag_hue(tx, id, b.hue)?.then_some(()), "tag.not_found", "tag")?;
            tx.emit(kernel::event::NewEvent::new("tag.updated", actor.label(), now).payload(serde_json::json!({ "tag_id": id })));
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
