//! Routes of channel accounts and channel types.

use super::actions::{self, Change};
use super::directory::secrets;
use super::model::{Channel, ChannelRow, NewChannel};
use super::store;
use crate::app::{App, found};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::channel::{Descriptor, Health};
use kernel::message::ChannelStatus;
use kernel::page::Page;
use kernel::{Actor, ChannelId, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_channel_types))
        .routes(routes!(list_channels, create_channel))
        .routes(routes!(get_channel, update_channel, delete_channel))
        .routes(routes!(check_channel))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ChannelTypes {
    #[schema(value_type = Vec<Descriptor>)]
    data: Vec<&'static Descriptor>,
}

/// Everything that can be connected, with its form, limits and capabilities.
#[utoipa::path(get, path = "/channel-types", tag = "channels", responses((status = 200, body = ChannelTypes)))]
async fn list_channel_types(caller: Caller) -> Result<Json<ChannelTypes>, Problem> {
    caller.need(Permission::ChannelsRead)?;
    Ok(Json(ChannelTypes { data: connectors::CHANNELS.iter().map(|c| c.descriptor()).collect() }))
}

async fn shown(app: &App, actor: &Actor, row: ChannelRow) -> Result<Channel, Problem> {
    let connector = connectors::channel(&row.provider).ok_or_else(|| Error::internal("unknown provider"))?;
    let names: Vec<String> = secrets(app, actor.workspace, &row).await?.into_iter().map(|(n, _)| n).collect();
    Ok(row.show(connector.descriptor(), &app.config.server.public_url, &names))
}

/// The workspace's channels, oldest first.
#[utoipa::path(get, path = "/channels", tag = "channels", responses((status = 200, body = Page<Channel>)))]
async fn list_channels(State(app): State<App>, caller: Caller) -> Result<Json<Page<Channel>>, Problem> {
    let actor = caller.need(Permission::ChannelsRead)?;
    let rows = app.db.read(actor.workspace, store::list).await?;
    let mut data = Vec::new();
    for row in rows {
        data.push(shown(&app, actor, row).await?);
    }
    Ok(Json(Page { data, next_cursor: None }))
}

/// Connects a channel.
#[utoipa::path(post, path = "/channels", tag = "channels", request_body = NewChannel, responses((status = 201, body = Channel)))]
async fn create_channel(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewChannel>,
) -> Result<(StatusCode, Json<Channel>), Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let id = actions::create(&app, actor, new, false).await?;
    Ok((StatusCode::CREATED, get(&app, actor, id).await?))
}

async fn get(app: &App, actor: &Actor, id: ChannelId) -> Result<Json<Channel>, Problem> {
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
    Ok(Json(shown(app, actor, found(row, "channel.not_found", "channel")?).await?))
}

#[utoipa::path(get, path = "/channels/{id}", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Channel)))]
async fn get_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Channel>, Problem> {
    get(&app, caller.need(Permission::ChannelsRead)?, id).await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct ChannelPatch {
    name: Option<String>,
    /// `active` or `inactive`.
    status: Option<ChannelStatus>,
    /// Only the settings to change; a secret left out, or given as `{"set": true}`, stays.
    #[schema(value_type = Option<Object>)]
    configuration: Option<Map<String, Value>>,
}

#[utoipa::path(patch, path = "/channels/{id}", tag = "channels", params(("id" = String, Path)), request_body = ChannelPatch, responses((status = 200, body = Channel)))]
async fn update_channel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(patch): Body<ChannelPatch>,
) -> Result<Json<Channel>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let change = Change { name: patch.name, status: patch.status, configuration: patch.configuration };
    actions::change(&app, actor, id, change).await?;
    get(&app, actor, id).await
}

/// Removes a channel; its conversations stay.
#[utoipa::path(delete, path = "/channels/{id}", tag = "channels", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<StatusCode, Problem> {
    actions::remove(&app, caller.need(Permission::ChannelsManage)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Check {
    ok: bool,
    /// What works, or what to do.
    detail: String,
}

/// Tries the connection without sending anything.
#[utoipa::path(post, path = "/channels/{id}/check", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Check)))]
async fn check_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Check>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = found(app.directory.by_id(&app, actor.workspace, id).await?, "channel.not_found", "channel")?;
    let health = entry.connector.health(app.edge(), &entry.account).await;
    let (ok, detail) = match health {
        Health::Ok { detail } => (true, detail),
        Health::Broken { detail } => (false, detail),
    };
    actions::set_health(&app, actor.workspace, id, (!ok).then(|| detail.clone())).await?;
    Ok(Json(Check { ok, detail }))
}
