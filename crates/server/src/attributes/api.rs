//! Routes of the definitions of attributes.

use super::model::{Definition, DefinitionPatch, NewDefinition};
use super::{actions, store};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::AttributeId;
use kernel::actor::Permission;
use kernel::page::Page;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_attribute_definitions, create_attribute_definition))
        .routes(routes!(update_attribute_definition, delete_attribute_definition))
}

/// The attributes of conversations and of contacts, in their order; archived ones too.
#[utoipa::path(get, path = "/attribute-definitions", tag = "attributes", responses((status = 200, body = Page<Definition>)))]
async fn list_attribute_definitions(State(app): State<App>, caller: Caller) -> Result<Json<Page<Definition>>, Problem> {
    // Whoever sees either kind of thing knows what stands on it.
    let actor = caller.need(Permission::ConversationsRead).or_else(|_| caller.need(Permission::ContactsRead))?;
    let data = app.db.read(actor.workspace, store::list).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

#[utoipa::path(post, path = "/attribute-definitions", tag = "attributes", request_body = NewDefinition, responses((status = 201, body = Definition)))]
async fn create_attribute_definition(
    State(app): State<App>,
    caller: Caller,
    b: Keyed<NewDefinition>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let value = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        once(tx, &actor, b.key.as_ref(), now, |tx| actions::create(tx, ids.as_ref(), &actor, &b.body, now))
    });
    Ok((StatusCode::CREATED, Json(value.await?)))
}

/// Changes the fields that are given. Key and kind stay.
#[utoipa::path(patch, path = "/attribute-definitions/{id}", tag = "attributes", params(("id" = String, Path)), request_body = DefinitionPatch, responses((status = 200, body = Definition)))]
async fn update_attribute_definition(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AttributeId>,
    Body(patch): Body<DefinitionPatch>,
) -> Result<Json<Definition>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    let done = app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::change(tx, &actor, id, &patch, now));
    Ok(Json(done.await?))
}

/// Removes a definition. Values stay where they are, and come back with a definition of the same key.
#[utoipa::path(delete, path = "/attribute-definitions/{id}", tag = "attributes", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_attribute_definition(State(app): State<App>, caller: Caller, Path(id): Path<AttributeId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
