//! Acting on a conversation: its fields, assignment, status, tags, reading marks, removal.

use super::{act, deps, id_of};
use crate::app::{App, found};
use crate::attributes::{self, AppliesTo};
use crate::conversations::access::access_any;
use crate::conversations::model::Conversation;
use crate::conversations::seats::{self, Placing};
use crate::conversations::{access, actions, store, trash};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ConversationsDelete, ConversationsRead, ConversationsWrite};
use kernel::message::{Priority, Status};
use kernel::time::{Millis, wire_opt};
use kernel::{Actor, ConversationId, Error, MemberId, Result, SubStatusId, TeamId};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct ConversationPatch {
    subject: Option<String>,
    priority: Option<Priority>,
    /// Those that are given change, null takes one away, the others stay. Defined ones are checked (see `/attribute-definitions`).
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    status: Option<Status>,
    /// One of the status that it has or is given here; an empty text for none.
    sub_status_id: Option<String>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
    /// A member's id, or an empty text for nobody.
    assignee_id: Option<String>,
    /// A team's id, or an empty text for none.
    team_id: Option<String>,
    /// Replaces all tags.
    tags: Option<Vec<String>>,
}

fn sub_status_of(text: &str) -> Result<Option<SubStatusId>> {
    if text.is_empty() { Ok(None) } else { id_of::<SubStatusId>("sub_status_id", text).map(Some) }
}

async fn patch(app: &App, caller: &Caller, id: ConversationId, p: ConversationPatch) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?;
    let subject = p.subject.map(|s| s.trim().to_owned());
    if subject.as_deref().is_some_and(|s| s.contains(['\r', '\n']) || s.chars().count() > 500) {
        return Err(Error::field("subject", "invalid", "A subject is one line of at most 500 characters.").into());
    }
    let too_big = |m: &Option<Map<String, Value>>| m.as_ref().is_some_and(|m| Value::Object(m.clone()).to_string().len() > 64_000);
    if too_big(&p.metadata) {
        return Err(Error::too_large("conversation.too_large", "Metadata takes at most 64 kB.").into());
    }
    for (field, given) in [("custom_attributes", &p.custom_attributes), ("metadata", &p.metadata)] {
        crate::http::json::check_nul(field, given.as_ref())?;
    }
    let placing = placing(actor, p.assignee_id.as_deref(), p.team_id.as_deref())?;
    let change = store::Change { subject, priority: p.priority, custom_attributes: None, metadata: p.metadata };
    let sub_status = p.sub_status_id.as_deref().map(sub_status_of).transpose()?;
    let fields = [
        ("subject", change.subject.is_some()),
        ("priority", change.priority.is_some()),
        ("custom_attributes", p.custom_attributes.is_some()),
        ("metadata", change.metadata.is_some()),
    ];
    let changed: Vec<&str> = fields.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    act(app, actor, id, ConversationsWrite, None, move |tx, d, c| {
        if !changed.is_empty() {
            let mut change = change.clone();
            let mut keys = Vec::new();
            if let Some(given) = &p.custom_attributes {
                let (values, touched) = attributes::merge(tx, AppliesTo::Conversation, &c.custom_attributes, given)?;
                (change.custom_attributes, keys) = (Some(values), touched);
            }
            store::change(tx, id, &change, d.now)?;
            let event = kernel::event::NewEvent::new("conversation.updated", d.actor.label(), d.now).conversation(id);
            tx.emit(event.payload(serde_json::json!({ "priority": change.priority, "changed": changed, "attributes": keys })));
        }
        if let Some(tags) = &p.tags {
            actions::set_tags(tx, d.ids.as_ref(), &d.actor, c, tags, d.now)?;
        }
        seats::place(tx, &d.actor, c, placing, d.now)?;
        if let Some(status) = p.status.filter(|s| *s != c.status || *s == Status::Snoozed) {
            actions::set_status(tx, &d.actor, c, status, p.snoozed_until, d.now)?;
        }
        if let Some(to) = sub_status {
            actions::set_sub_status(tx, &d.actor, id, to, d.now)?;
        }
        Ok(())
    })
    .await
}

/// Changes the fields given (the same as PATCH).
#[utoipa::path(put, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), request_body = ConversationPatch, responses((status = 200, body = Conversation)))]
pub(super) async fn replace_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(p): Body<ConversationPatch>,
) -> Result<Json<Value>, Problem> {
    patch(&app, &caller, id, p).await
}
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), request_body = ConversationPatch, responses((status = 200, body = Conversation)))]
pub(super) async fn update_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(p): Body<ConversationPatch>,
) -> Result<Json<Value>, Problem> {
    patch(&app, &caller, id, p).await
}

/// Removes a conversation from sight; `restore` brings it back.
#[utoipa::path(delete, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<StatusCode, Problem> {
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
pub(super) async fn restore_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let d = deps(&app, caller.need(ConversationsDelete)?);
    let c = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            trash::find(tx, id)?;
            access_any(tx, &d.actor, id, ConversationsDelete)?;
            actions::restore(tx, &d.actor, id, d.now)?;
            found(store::find(tx, id)?, "conversation.not_found", "conversation")
        })
        .await?;
    Ok(Json(c))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct AssignBody {
    /// A member's id, `me`, or an empty text for nobody; without it, whoever has it keeps it.
    assignee_id: Option<String>,
    /// A team's id, or an empty text for none; without it, the team stays.
    team_id: Option<String>,
}
fn placing(actor: &Actor, assignee: Option<&str>, team: Option<&str>) -> Result<Placing> {
    let assignee = match assignee {
        None => None,
        Some("") => Some(None),
        Some("me") => Some(actor.member()),
        Some(id) => Some(Some(id_of::<MemberId>("assignee_id", id)?)),
    };
    let team = match team {
        None => None,
        Some("") => Some(None),
        Some(id) => Some(Some(id_of::<TeamId>("team_id", id)?)),
    };
    Ok(Placing { assignee, team })
}
/// Gives a conversation to a member, a team, or both. 422 `cannot_see` for a member who may not work on it.
#[utoipa::path(post, path = "/conversations/{id}/assign", tag = "conversations", params(("id" = String, Path)), request_body = AssignBody, responses((status = 200, body = Conversation)))]
pub(super) async fn assign_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<AssignBody>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?;
    let to = placing(actor, b.body.assignee_id.as_deref(), b.body.team_id.as_deref())?;
    act(&app, actor, id, ConversationsWrite, b.key, move |tx, d, c| {
        if to.assignee.is_none() && to.team.is_none() {
            return Err(Error::field("assignee_id", "required", "Say who is to have it: a member, a team, or both."));
        }
        seats::place(tx, &d.actor, c, to, d.now)
    })
    .await
}
#[utoipa::path(post, path = "/conversations/{id}/unassign", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = Conversation)))]
pub(super) async fn unassign_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<Json<Value>, Problem> {
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, None, |tx, d, c| {
        seats::place(tx, &d.actor, c, Placing::to(None), d.now)
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct StatusBody {
    /// `closed` is taken for `resolved`.
    status: Status,
    /// One of this status; an empty text for none.
    sub_status_id: Option<String>,
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
}
#[utoipa::path(patch, path = "/conversations/{id}/status", tag = "conversations", params(("id" = String, Path)), request_body = StatusBody, responses((status = 200, body = Conversation)))]
pub(super) async fn set_conversation_status(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Body(b): Body<StatusBody>,
) -> Result<Json<Value>, Problem> {
    let sub_status = b.sub_status_id.as_deref().map(sub_status_of).transpose()?;
    act(&app, caller.need(ConversationsWrite)?, id, ConversationsWrite, None, move |tx, d, c| {
        // With another name for the same status the status itself does not change.
        if sub_status.is_none() || b.status != c.status || b.snoozed_until.is_some() {
            actions::set_status(tx, &d.actor, c, b.status, b.snoozed_until, d.now)?;
        }
        sub_status.map_or(Ok(()), |to| actions::set_sub_status(tx, &d.actor, id, to, d.now))
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct ReadBody {
    /// False marks it unread.
    read: Option<bool>,
}
#[utoipa::path(post, path = "/conversations/{id}/mark-read", tag = "conversations", params(("id" = String, Path)), request_body = ReadBody, responses((status = 200, body = Conversation)))]
pub(super) async fn mark_conversation_read(
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
pub(super) async fn add_conversation_tags(
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
pub(super) async fn remove_conversation_tags(
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
