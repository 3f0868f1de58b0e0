//! Routes of macros.

use super::actions;
use super::model::{Macro, MacroPatch, MacroPreview, MacroRun, NewMacro};
use super::running::{self, Context, Wishes};
use super::store::{self, Filter, Position};
use crate::app::{App, found};
use crate::canned::{self, Facts, ReplyScope, Words, member_of};
use crate::channels::Entry;
use crate::conversations::{self, Conversation};
use crate::files;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::people::{self, WorkspaceInfo};
use crate::search;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx};
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::page::{self, Page};
use kernel::time::SECOND;
use kernel::{Actor, ConversationId, Error, MacroId, MacroRunId, Result};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_macros, create_macro))
        .routes(routes!(get_macro, update_macro, delete_macro))
        .routes(routes!(preview_macro))
        .routes(routes!(run_macro))
        .routes(routes!(undo_macro))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MacroQuery {
    /// Words of the name, the reply, the note or the tags.
    text: Option<String>,
    /// `mine` or `all` (everybody's); both without it.
    scope: Option<String>,
    /// `used` (default, most used first) or `name`.
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Everybody's macros and the caller's own.
#[utoipa::path(get, path = "/macros", tag = "replies", params(MacroQuery), responses((status = 200, body = Page<Macro>)))]
async fn list_macros(State(app): State<App>, caller: Caller, Query(q): Query<MacroQuery>) -> Result<Json<Page<Macro>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let member = member_of(&actor)?;
    let filter = Filter {
        words: search::tokens(q.text.as_deref().unwrap_or("")).into_iter().take(8).collect(),
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
    let mut rows = app.db.read(actor.workspace, move |tx| store::list(tx, member, &filter, after, limit + 1)).await?;
    let links = files::links(&app, actor.workspace);
    rows.iter_mut().for_each(|m| links.fill_all(&mut m.attachments));
    Ok(Json(Page::cut(rows, limit, |m| (m.used_count, m.name.to_lowercase(), m.id))))
}

/// Makes a new one.
#[utoipa::path(post, path = "/macros", tag = "replies", request_body = NewMacro, responses((status = 201, body = Macro)))]
async fn create_macro(State(app): State<App>, caller: Caller, b: Keyed<NewMacro>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                let mut m = actions::create(tx, ids.as_ref(), &actor, &b.body, now)?;
                links.fill_all(&mut m.attachments);
                Ok(m)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(get, path = "/macros/{id}", tag = "replies", params(("id" = String, Path)), responses((status = 200, body = Macro)))]
async fn get_macro(State(app): State<App>, caller: Caller, Path(id): Path<MacroId>) -> Result<Json<Macro>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let member = member_of(actor)?;
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, member, id)).await?;
    let mut m = found(row, "macro.not_found", "macro")?;
    files::links(&app, actor.workspace).fill_all(&mut m.attachments);
    Ok(Json(m))
}

#[utoipa::path(patch, path = "/macros/{id}", tag = "replies", params(("id" = String, Path)), request_body = MacroPatch, responses((status = 200, body = Macro)))]
async fn update_macro(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MacroId>,
    Body(patch): Body<MacroPatch>,
) -> Result<Json<Macro>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let m = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let mut m = actions::change(tx, ids.as_ref(), &actor, id, &patch, now)?;
            links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(m))
}

#[utoipa::path(delete, path = "/macros/{id}", tag = "replies", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_macro(State(app): State<App>, caller: Caller, Path(id): Path<MacroId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, ids.as_ref(), &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a macro needs from outside the transaction.
struct Around {
    entry: Option<Arc<Entry>>,
    workspace: Arc<WorkspaceInfo>,
}
impl Around {
    async fn of(app: &App, actor: &Actor, id: ConversationId) -> Result<Self> {
        let who = actor.clone();
        let channel =
            app.db.read(actor.workspace, move |tx| conversations::access(tx, &who, id, ConversationsWrite).map(|c| c.channel_id)).await?;
        Ok(Self {
            entry: app.directory.by_id(app, actor.workspace, channel).await?,
            workspace: people::workspace(app, actor.workspace).await?,
        })
    }
    fn facts(&self, tx: &mut Tx<'_>, actor: &Actor, c: &Conversation) -> Result<Facts> {
        canned::facts(tx, c, actor.member(), &self.workspace.name)
    }
}

/// What a macro would do in a conversation, without doing it.
#[utoipa::path(get, path = "/conversations/{id}/macros/{macro_id}/preview", tag = "replies", params(("id" = String, Path), ("macro_id" = String, Path)), responses((status = 200, body = MacroPreview)))]
async fn preview_macro(
    State(app): State<App>,
    caller: Caller,
    Path((id, macro_id)): Path<(ConversationId, MacroId)>,
) -> Result<Json<MacroPreview>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let around = Around::of(&app, &actor, id).await?;
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let preview = app
        .db
        .read(actor.workspace, move |tx| {
            let c = conversations::access(tx, &actor, id, ConversationsWrite)?;
            let facts = around.facts(tx, &actor, &c)?;
            let cx = Context {
                ids: ids.as_ref(),
                actor: &actor,
                entry: around.entry.as_deref(),
                zone: &around.workspace.time_zone,
                facts: &facts,
                now,
            };
            let mut preview = running::preview(tx, &cx, macro_id, &c)?;
            if let Some(reply) = &mut preview.reply {
                links.fill_all(&mut reply.attachments);
            }
            Ok(preview)
        })
        .await?;
    Ok(Json(preview))
}

#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunMacro {
    /// The reply in other words than the macro's.
    text: Option<String>,
    html: Option<String>,
    /// Send it although a variable stays open; otherwise 409 `macro.missing`.
    #[serde(default)]
    allow_missing: bool,
    /// How many messages the caller had seen; when there are more, 409 `conversation.changed`.
    seen_message_count: Option<i64>,
    /// How long the reply can be taken back, 0 to 60; 10 when absent.
    undo_seconds: Option<i64>,
}

/// Runs a macro in a conversation: all of it or nothing.
#[utoipa::path(post, path = "/conversations/{id}/macros/{macro_id}/run", tag = "replies", params(("id" = String, Path), ("macro_id" = String, Path)), request_body = RunMacro, responses((status = 201, body = MacroRun)))]
async fn run_macro(
    State(app): State<App>,
    caller: Caller,
    Path((id, macro_id)): Path<(ConversationId, MacroId)>,
    b: Keyed<RunMacro>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let around = Around::of(&app, &actor, id).await?;
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(&app, actor.workspace));
    let Keyed { body, key } = b;
    let undo = match body.undo_seconds {
        None => conversations::UNDO,
        Some(n) if (0..=60).contains(&n) => n * SECOND,
        Some(_) => return Err(Error::field("undo_seconds", "out_of_range", "Undo lasts 0 to 60 seconds.").into()),
    };
    let wishes = Wishes {
        words: body.text.map(|text| Words { text, html: body.html }),
        allow_missing: body.allow_missing,
        seen_message_count: body.seen_message_count,
        send_at: Some(now + undo),
    };
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let c = conversations::access(tx, &actor, id, ConversationsWrite)?;
            once(tx, &actor, key.as_ref(), now, |tx| {
                let facts = around.facts(tx, &actor, &c)?;
                let cx = Context {
                    ids: ids.as_ref(),
                    actor: &actor,
                    entry: around.entry.as_deref(),
                    zone: &around.workspace.time_zone,
                    facts: &facts,
                    now,
                };
                let mut run = running::run(tx, &cx, macro_id, &c, &wishes)?;
                if let Some(message) = &mut run.message {
                    links.fill_all(&mut message.attachments);
                }
                Ok(run)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoMacro {
    /// Take the rest back although the reply has left; otherwise 409 `macro_run.reply_left`.
    #[serde(default)]
    keep_reply: bool,
}
/// Takes a whole run back. What others have changed since stays as they left it.
#[utoipa::path(post, path = "/macro-runs/{id}/undo", tag = "replies", params(("id" = String, Path)), request_body = UndoMacro, responses((status = 200, body = Conversation)))]
async fn undo_macro(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MacroRunId>,
    Body(b): Body<UndoMacro>,
) -> Result<Json<Conversation>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let c =
        app.db.write(actor.workspace, Lane::Interactive, move |tx| running::undo(tx, ids.as_ref(), &actor, id, b.keep_reply, now)).await?;
    Ok(Json(c))
}
