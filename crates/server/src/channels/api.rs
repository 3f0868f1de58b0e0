//! Routes of channel accounts and channel types.

use super::actions::{self, Change};
use super::directory::{Entry, secrets};
use super::model::{Channel, ChannelRow, NewChannel};
use super::{store, templates};
use crate::app::{App, found};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::channel::{Descriptor, Template};
use kernel::message::ChannelStatus;
use kernel::page::Page;
use kernel::{Actor, ChannelId, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_channel_types))
        .routes(routes!(list_channels, create_channel))
        .routes(routes!(get_channel, update_channel, delete_channel))
        .routes(routes!(check_channel))
        .routes(routes!(test_channel))
        .routes(routes!(pause_channel))
        .routes(routes!(resume_channel))
        .routes(routes!(connect_channel))
        .routes(routes!(list_reach))
        .routes(routes!(install_channel))
        .routes(routes!(list_templates, create_template))
        .routes(routes!(sync_templates))
        .routes(routes!(delete_template))
}

/// A kind of channel: what its connector says of itself.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChannelType {
    #[serde(flatten)]
    descriptor: Descriptor,
    /// It can list what the credentials reach, and register our webhook address itself.
    installs: bool,
}
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChannelTypes {
    data: Vec<ChannelType>,
}

/// Everything that can be connected, with its form, limits and capabilities.
#[utoipa::path(get, path = "/channel-types", tag = "channels", responses((status = 200, body = ChannelTypes)))]
async fn list_channel_types(caller: Caller) -> Result<Json<ChannelTypes>, Problem> {
    caller.need(Permission::ChannelsRead)?;
    let show = |c: &&dyn kernel::channel::Channel| ChannelType { descriptor: *c.descriptor(), installs: c.installer().is_some() };
    Ok(Json(ChannelTypes { data: connectors::CHANNELS.iter().map(show).collect() }))
}

async fn shown(app: &App, actor: &Actor, row: ChannelRow) -> Result<Channel, Problem> {
    let connector = connectors::channel(&row.provider).ok_or_else(|| Error::internal("unknown provider"))?;
    let secrets = secrets(app, actor.workspace, &row).await?;
    Ok(row.show(connector.descriptor(), &app.config.server.public_url, &secrets))
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
    /// The same, step by step.
    steps: Vec<TestStep>,
}

async fn entry(app: &App, actor: &Actor, id: ChannelId) -> Result<Arc<Entry>, Problem> {
    Ok(found(app.directory.by_id(app, actor.workspace, id).await?, "channel.not_found", "channel")?)
}

/// Tries the connection without sending anything.
#[utoipa::path(post, path = "/channels/{id}/check", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Check)))]
async fn check_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Check>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    let (ok, detail, steps) = super::health::look(&app, &entry).await?;
    Ok(Json(Check { ok, detail, steps }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestBody {
    /// Somebody who agrees to get a test message; nobody is written to when absent.
    to: Option<String>,
}
#[derive(Serialize, utoipa::ToSchema)]
pub struct TestStep {
    /// `credentials`, `incoming`, `folders`, `outgoing`, `webhook`, `send`, `receive`.
    step: &'static str,
    ok: bool,
    detail: String,
}
#[derive(Serialize, utoipa::ToSchema)]
pub struct TestResult {
    ok: bool,
    steps: Vec<TestStep>,
}

/// Tries the whole channel: credentials, webhook address, a real message if somebody is named, and when something last came in.
#[utoipa::path(post, path = "/channels/{id}/test", tag = "channels", params(("id" = String, Path)), request_body = TestBody, responses((status = 200, body = TestResult)))]
async fn test_channel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(body): Body<TestBody>,
) -> Result<Json<TestResult>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    let mut steps = super::health::test(&app, &entry, body.to.as_deref().map(str::trim).filter(|t| !t.is_empty())).await?;
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
    if let Some(at) = row.and_then(|r| r.last_inbound_at) {
        steps.push(TestStep { step: "receive", ok: true, detail: format!("The last delivery came in at {}.", kernel::time::rfc3339(at)) });
    } else {
        steps.push(TestStep {
            step: "receive",
            ok: false,
            detail: "Nothing has come in yet. Write to this channel once as a customer would.".into(),
        });
    }
    // Nothing received yet is no fault of a channel that was just connected.
    Ok(Json(TestResult { ok: steps.iter().all(|s| s.ok || s.step == "receive"), steps }))
}
impl TestStep {
    pub(super) fn new(step: &'static str, ok: bool, detail: String) -> Self {
        Self { step, ok, detail }
    }
}

/// Stops sending on a channel; what is written waits. Deliveries still come in.
#[utoipa::path(post, path = "/channels/{id}/pause", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Channel)))]
async fn pause_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Channel>, Problem> {
    set_status(&app, &caller, id, ChannelStatus::Inactive).await
}
/// Lets a channel send again, what waited included.
#[utoipa::path(post, path = "/channels/{id}/resume", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Channel)))]
async fn resume_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Channel>, Problem> {
    set_status(&app, &caller, id, ChannelStatus::Active).await
}
async fn set_status(app: &App, caller: &Caller, id: ChannelId, status: ChannelStatus) -> Result<Json<Channel>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    actions::change(app, actor, id, Change { name: None, status: Some(status), configuration: None }).await?;
    get(app, actor, id).await
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Connect {
    /// Where the browser goes to give its consent; it comes back to the channel's settings.
    url: String,
}

/// Begins to connect with the provider's own sign-in.
#[utoipa::path(post, path = "/channels/{id}/connect", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Connect)))]
async fn connect_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Connect>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    Ok(Json(Connect { url: super::oauth::begin(&app, actor, id).await? }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachBody {
    #[serde(default)]
    #[schema(value_type = Object)]
    configuration: Map<String, Value>,
    /// A channel whose stored secrets are used besides.
    #[schema(value_type = Option<String>)]
    channel_id: Option<ChannelId>,
}
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReachList {
    data: Vec<kernel::channel::Reach>,
}

/// Lists what these credentials reach (numbers, pages, mailboxes), to choose from while the form is filled in.
#[utoipa::path(post, path = "/channel-types/{id}/reach", tag = "channels", params(("id" = String, Path)), request_body = ReachBody, responses((status = 200, body = ReachList)))]
async fn list_reach(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ReachBody>,
) -> Result<Json<ReachList>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    Ok(Json(ReachList { data: super::install::reach(&app, actor, &id, body.configuration, body.channel_id).await? }))
}

/// Registers the webhook address at the provider.
#[utoipa::path(post, path = "/channels/{id}/install", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = Check)))]
async fn install_channel(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<Check>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    Ok(Json(Check { ok: true, detail: super::install::install(&app, &entry).await?, steps: vec![] }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TemplateList {
    data: Vec<Template>,
}

/// The channel's templates, as they were last fetched.
#[utoipa::path(get, path = "/channels/{id}/templates", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = TemplateList)))]
async fn list_templates(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<TemplateList>, Problem> {
    let actor = caller.need(Permission::ChannelsRead)?;
    entry(&app, actor, id).await?;
    Ok(Json(TemplateList { data: app.db.read(actor.workspace, move |tx| templates::list(tx, id)).await? }))
}

/// Hands a new template to the provider for approval.
#[utoipa::path(post, path = "/channels/{id}/templates", tag = "channels", params(("id" = String, Path)), request_body = Template, responses((status = 201, body = Template)))]
async fn create_template(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(new): Body<Template>,
) -> Result<(StatusCode, Json<Template>), Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    Ok((StatusCode::CREATED, Json(templates::create(&app, &entry, &new).await?)))
}

/// Fetches the templates from the provider.
#[utoipa::path(post, path = "/channels/{id}/templates/sync", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = TemplateList)))]
async fn sync_templates(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<TemplateList>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    templates::sync(&app, &entry).await?;
    Ok(Json(TemplateList { data: app.db.read(actor.workspace, move |tx| templates::list(tx, id)).await? }))
}

/// Removes a template at the provider and here.
#[utoipa::path(delete, path = "/channels/{id}/templates/{template}", tag = "channels", params(("id" = String, Path), ("template" = String, Path)), responses((status = 204)))]
async fn delete_template(
    State(app): State<App>,
    caller: Caller,
    Path((id, template)): Path<(ChannelId, String)>,
) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = entry(&app, actor, id).await?;
    templates::delete(&app, &entry, &template).await?;
    Ok(StatusCode::NO_CONTENT)
}
