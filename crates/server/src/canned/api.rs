//! Routes of canned replies.

use super::actions;
use super::model::{CannedFolder, CannedReply, CannedReplyPatch, FilledReply, NewCannedReply, ReplyScope};
use super::store::{self, Filter, Position};
use super::variables::{self, NAMES};
use crate::app::{App, found};
use crate::conversations;
use crate::files;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::{people, search};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::page::{self, Page};
use kernel::{CannedReplyId, ConversationId, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_canned_replies, create_canned_reply))
        .routes(routes!(list_variables))
        .routes(routes!(list_folders, rename_folder))
        .routes(routes!(get_canned_reply, update_canned_reply, delete_canned_reply))
        .routes(routes!(use_canned_reply))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CannedQuery {
    /// Words of the title, the shortcut, the folder or the text. What begins with it as a shortcut or title comes first.
    text: Option<String>,
    folder: Option<String>,
    /// `mine` or `all` (everybody's); both without it.
    scope: Option<String>,
    /// `used` (default, most used first) or `name` (by folder and title).
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Everybody's canned replies and the caller's own.
#[utoipa::path(get, path = "/canned-replies", tag = "replies", params(CannedQuery), responses((status = 200, body = Page<CannedReply>)))]
async fn list_canned_replies(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<CannedQuery>,
) -> Result<Json<Page<CannedReply>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let member = actions::member_of(&actor)?;
    let typed = q.text.unwrap_or_default().trim().trim_start_matches('/').to_lowercase();
    let filter = Filter {
        words: search::tokens(&typed).into_iter().take(8).collect(),
        typed,
        folder: q.folder.filter(|f| !f.trim().is_empty()),
        scope: match q.scope.as_deref() {
            None | Some("") => None,
            Some(word) => Some(ReplyScope::parse(word).ok_or_else(|| Error::field("scope", "not_an_option", "Choose one of: mine, all."))?),
        },
        by_name: match q.sort.as_deref() {
            None | Some("used") => false,
            Some("name") => true,
            Some(_) => return Err(Error::field("sort", "not_an_option", "Choose one of: used, name.").into()),
        },
    };
    let limit = page::limit(q.limit)?;
    let after: Option<Position> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app.db.read(actor.workspace, move |tx| store::list(tx, member, &filter, after, limit + 1)).await?;
    let links = files::links(&app, actor.workspace);
    Ok(Json(Page::cut(rows, limit, |(_, position)| position.clone()).map(|(mut reply, _)| {
        links.fill_all(&mut reply.attachments);
        reply
    })))
}

/// Writes a new one.
#[utoipa::path(post, path = "/canned-replies", tag = "replies", request_body = NewCannedReply, responses((status = 201, body = CannedReply)))]
async fn create_canned_reply(
    State(app): State<App>,
    caller: Caller,
    b: Keyed<NewCannedReply>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                let mut reply = actions::create(tx, ids.as_ref(), &actor, &b.body, now)?;
                links.fill_all(&mut reply.attachments);
                Ok(reply)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(get, path = "/canned-replies/{id}", tag = "replies", params(("id" = String, Path)), responses((status = 200, body = CannedReply)))]
async fn get_canned_reply(State(app): State<App>, caller: Caller, Path(id): Path<CannedReplyId>) -> Result<Json<CannedReply>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let member = actions::member_of(actor)?;
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, member, id)).await?;
    let mut reply = found(row, "canned_reply.not_found", "canned reply")?;
    files::links(&app, actor.workspace).fill_all(&mut reply.attachments);
    Ok(Json(reply))
}

#[utoipa::path(patch, path = "/canned-replies/{id}", tag = "replies", params(("id" = String, Path)), request_body = CannedReplyPatch, responses((status = 200, body = CannedReply)))]
async fn update_canned_reply(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CannedReplyId>,
    Body(patch): Body<CannedReplyPatch>,
) -> Result<Json<CannedReply>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let reply = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let mut reply = actions::change(tx, ids.as_ref(), &actor, id, &patch, now)?;
            links.fill_all(&mut reply.attachments);
            Ok(reply)
        })
        .await?;
    Ok(Json(reply))
}

#[utoipa::path(delete, path = "/canned-replies/{id}", tag = "replies", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_canned_reply(State(app): State<App>, caller: Caller, Path(id): Path<CannedReplyId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, ids.as_ref(), &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct UseCannedReply {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
}
/// Fills it in for a conversation, as the caller would write it, and counts the use. Nothing is sent.
#[utoipa::path(post, path = "/canned-replies/{id}/use", tag = "replies", params(("id" = String, Path)), request_body = UseCannedReply, responses((status = 200, body = FilledReply)))]
async fn use_canned_reply(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CannedReplyId>,
    b: Keyed<UseCannedReply>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let workspace = people::workspace(&app, actor.workspace).await?;
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let c = conversations::access(tx, &actor, b.body.conversation_id, ConversationsWrite)?;
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                let facts = variables::facts(tx, &c, actor.member(), &workspace.name)?;
                let mut filled = actions::apply(tx, ids.as_ref(), &actor, &c, id, &facts, now)?;
                links.fill_all(&mut filled.attachments);
                Ok(filled)
            })
        })
        .await?;
    Ok(Json(value))
}

/// One name that may stand between double braces.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReplyVariable {
    pub name: String,
    pub example: String,
}
/// What may stand in a canned reply or a macro as `{{name}}` or `{{name|fallback}}`; besides, `contact.custom.` and the name of a custom attribute.
#[utoipa::path(get, path = "/canned-replies/variables", tag = "replies", responses((status = 200, body = Page<ReplyVariable>)))]
async fn list_variables(caller: Caller) -> Result<Json<Page<ReplyVariable>>, Problem> {
    caller.need(ConversationsRead)?;
    let data = NAMES.iter().map(|(name, example)| ReplyVariable { name: (*name).into(), example: (*example).into() }).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// The folders of what the caller sees.
#[utoipa::path(get, path = "/canned-replies/folders", tag = "replies", responses((status = 200, body = Page<CannedFolder>)))]
async fn list_folders(State(app): State<App>, caller: Caller) -> Result<Json<Page<CannedFolder>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let member = actions::member_of(actor)?;
    let data = app.db.read(actor.workspace, move |tx| store::folders(tx, member)).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct FolderRename {
    from: String,
    /// An empty name puts what was in it outside of folders.
    to: String,
}
/// Renames a folder, or joins it to another.
#[utoipa::path(patch, path = "/canned-replies/folders", tag = "replies", request_body = FolderRename, responses((status = 204)))]
async fn rename_folder(State(app): State<App>, caller: Caller, Body(b): Body<FolderRename>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::rename_folder(tx, &actor, &b.from, &b.to, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
