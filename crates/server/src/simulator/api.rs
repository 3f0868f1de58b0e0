//! Routes of the simulator: be the customer, see what the provider saw, break the provider.

use super::Exchange;
use crate::app::{App, found};
use crate::channels::Entry;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use crate::{conversations, files, journal};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::channel::{Doing, Fault, Simulated, SimulatedFile};
use kernel::message::MessageStatus;
use kernel::{ChannelId, Error, FileId, JournalId, MessageId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_simulator, set_simulator)).routes(routes!(simulate)).routes(routes!(report_simulated))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SimulatorState {
    /// What the provider got from us, newest first.
    exchanges: Vec<Exchange>,
    fault: Option<Fault>,
}

async fn simulated(app: &App, workspace: WorkspaceId, id: ChannelId) -> Result<Arc<Entry>, Problem> {
    let entry = found(app.directory.by_id(app, workspace, id).await?, "channel.not_found", "channel")?;
    if !entry.is_simulated() {
        return Err(Error::conflict(
            "channel.not_simulated",
            "This channel is connected to its real provider. Add a simulated one to try things out.",
        )
        .into());
    }
    Ok(entry)
}

/// What a simulated provider saw.
#[utoipa::path(get, path = "/channels/{id}/simulator", tag = "channels", params(("id" = String, Path)), responses((status = 200, body = SimulatorState)))]
async fn get_simulator(State(app): State<App>, caller: Caller, Path(id): Path<ChannelId>) -> Result<Json<SimulatorState>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    simulated(&app, actor.workspace, id).await?;
    let (exchanges, fault) = app.simulations.seen(id);
    Ok(Json(SimulatorState { exchanges, fault }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatorChange {
    /// What the provider answers from now on; `null` makes it well.
    fault: Option<Fault>,
    /// Deliveries are no longer reported by themselves.
    #[serde(default)]
    silent: bool,
}

/// Breaks a simulated provider, or makes it well.
#[utoipa::path(put, path = "/channels/{id}/simulator", tag = "channels", params(("id" = String, Path)), request_body = SimulatorChange, responses((status = 200, body = SimulatorState)))]
async fn set_simulator(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(change): Body<SimulatorChange>,
) -> Result<Json<SimulatorState>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    simulated(&app, actor.workspace, id).await?;
    app.simulations.set_fault(id, change.fault);
    app.simulations.set_silent(id, change.silent);
    let (exchanges, fault) = app.simulations.seen(id);
    Ok(Json(SimulatorState { exchanges, fault }))
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerDoes {
    #[default]
    Say,
    React,
    Edit,
    Delete,
    Read,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerAct {
    #[serde(default)]
    does: CustomerDoes,
    #[serde(default)]
    text: String,
    /// Which customer: 1, 2, 3, …
    #[serde(default)]
    customer: u32,
    /// Address, number or id of the customer on this channel, instead of one of the numbered ones.
    from: Option<String>,
    from_name: Option<String>,
    subject: Option<String>,
    /// The message that is answered, reacted to, changed, taken back or read: `msg_…`, or its id at the provider.
    about: Option<String>,
    /// A file uploaded before, sent along.
    #[schema(value_type = Option<String>)]
    file_id: Option<FileId>,
    /// How often the provider brings the same delivery.
    #[serde(default)]
    times: u8,
    /// With two texts or more (one a line), their deliveries come in the wrong order.
    #[serde(default)]
    shuffled: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Simulation {
    #[schema(value_type = String)]
    journal_id: JournalId,
    #[schema(value_type = Vec<String>)]
    journal_ids: Vec<JournalId>,
    /// External ids of what was said.
    external_ids: Vec<String>,
}

/// Plays the customer: signed deliveries, as the provider would make them, through the real gate, journal and intake.
#[utoipa::path(post, path = "/channels/{id}/simulate", tag = "channels", params(("id" = String, Path)), request_body = CustomerAct, responses((status = 202, body = Simulation)))]
async fn simulate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(act): Body<CustomerAct>,
) -> Result<(StatusCode, Json<Simulation>), Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = found(app.directory.by_id(&app, actor.workspace, id).await?, "channel.not_found", "channel")?;
    if act.does == CustomerDoes::Say && act.text.trim().is_empty() && act.file_id.is_none() {
        return Err(Error::field("text", "required", "Say what the customer writes.").into());
    }
    let simulator =
        entry.connector.simulator().ok_or_else(|| Error::conflict("channel.no_simulator", "This channel cannot be simulated."))?;
    let mut with = Vec::new();
    if let Some(file) = act.file_id {
        let row = app.db.read(actor.workspace, move |tx| files::find(tx, file)).await?;
        let mut row = found(row, "file.not_found", "file")?;
        let links = files::links(&app, actor.workspace);
        links.fill(&mut row);
        let url = super::file_url(&entry, file).unwrap_or_else(|| links.absolute(&row));
        with.push(SimulatedFile {
            name: row.name.clone(),
            content_type: row.content_type.clone(),
            bytes: app.files.get(&row.hash).await?.to_vec(),
            url,
        });
    }
    let lines: Vec<&str> = if act.shuffled { act.text.lines().filter(|l| !l.trim().is_empty()).collect() } else { vec![act.text.as_str()] };
    let about = match act.about.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        None if !matches!(act.does, CustomerDoes::Say) => {
            return Err(Error::field("about", "required", "Say which message it is about.").into());
        }
        None => None,
        Some(about) => match about.parse::<MessageId>() {
            Ok(id) => Some(named(&app, &actor.workspace, entry.id, id).await?.0),
            Err(_) => Some(about.to_owned()),
        },
    };
    let (mut deliveries, mut external_ids) = (Vec::new(), Vec::new());
    for (n, text) in lines.iter().enumerate() {
        let say = Simulated {
            doing: match act.does {
                CustomerDoes::Say => Doing::Say,
                CustomerDoes::React => Doing::React,
                CustomerDoes::Edit => Doing::Edit,
                CustomerDoes::Delete => Doing::Delete,
                CustomerDoes::Read => Doing::Read,
            },
            external_id: app.secret_text(8),
            from: act
                .from
                .clone()
                .filter(|t| !t.trim().is_empty())
                .unwrap_or_else(|| entry.connector.simulated_person(act.customer.max(1))),
            from_name: act
                .from_name
                .clone()
                .filter(|t| !t.trim().is_empty())
                .or_else(|| Some(NAMES[act.customer as usize % NAMES.len()].into())),
            subject: act.subject.clone(),
            text: (*text).to_owned(),
            html: None,
            answers: about.clone(),
            to: None,
            files: with.clone(),
        };
        let raw = simulator.delivery(&entry.account, &say, app.now() + n as i64);
        for _ in 0..act.times.clamp(1, 20) {
            deliveries.push(raw.clone());
        }
        external_ids.push(say.external_id);
    }
    if act.shuffled {
        deliveries.reverse();
    }
    let mut journal_ids = Vec::new();
    for raw in deliveries {
        journal_ids.push(journal::id_of(journal::receive(&app, &entry, raw).await?));
    }
    let journal_id = journal_ids.first().copied().ok_or_else(|| Error::field("text", "required", "Say what the customer writes."))?;
    Ok((StatusCode::ACCEPTED, Json(Simulation { journal_id, journal_ids, external_ids })))
}

/// What the provider calls a message of this channel, and whom it went to.
async fn named(app: &App, workspace: &WorkspaceId, channel: ChannelId, id: MessageId) -> Result<(String, String), Problem> {
    let found_here = app
        .db
        .read(*workspace, move |tx| {
            let Some(message) = conversations::message(tx, id)? else { return Ok(None) };
            let Some(conversation) = conversations::find(tx, message.conversation_id)?.filter(|c| c.channel_id == channel) else {
                return Ok(None);
            };
            let to = message.to.first().or(conversation.participants.first()).map(|a| a.address.clone()).unwrap_or_default();
            Ok(conversations::provider_id(tx, id)?.map(|name| (name, to)))
        })
        .await?;
    Ok(found(found_here, "message.not_found", "message on this channel")?)
}

/// Names of simulated customers.
const NAMES: &[&str] = &["Ada Obi", "Ben Okafor", "Carla Ruiz", "Dmitri Volkov", "Emi Tanaka", "Farah Haddad", "Gus Lindqvist"];

#[derive(Deserialize, utoipa::ToSchema)]
pub struct SimulatedReport {
    /// The message, as we know it.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
    /// Or as the provider does, with whom it went to.
    external_id: Option<String>,
    to: Option<String>,
    /// `delivered`, `read` or `failed`.
    status: MessageStatus,
}

/// Lets the simulated provider report on a message of ours.
#[utoipa::path(post, path = "/channels/{id}/simulate/report", tag = "channels", params(("id" = String, Path)), request_body = SimulatedReport, responses((status = 204)))]
async fn report_simulated(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(report): Body<SimulatedReport>,
) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    simulated(&app, actor.workspace, id).await?;
    let (external_id, to) = match (report.message_id, report.external_id, report.to) {
        (Some(message), _, _) => named(&app, &actor.workspace, id, message).await?,
        (None, Some(external_id), Some(to)) => (external_id, to),
        _ => return Err(Error::field("message_id", "required", "Say which message: message_id, or external_id and to.").into()),
    };
    if !super::report(&app, actor.workspace, id, &external_id, &to, report.status).await? {
        return Err(Error::conflict("simulator.no_report", "This provider does not report that.").into());
    }
    Ok(StatusCode::NO_CONTENT)
}
