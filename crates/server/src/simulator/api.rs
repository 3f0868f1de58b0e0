//! Routes of the simulator: be the customer, see what the provider saw, break the provider.

use super::Exchange;
use crate::app::{App, found};
use crate::channels::Entry;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use crate::{files, journal};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::channel::{Doing, Fault, Simulated, SimulatedFile};
use kernel::message::MessageStatus;
use kernel::{ChannelId, Error, FileId, JournalId, WorkspaceId};
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
    /// External id of the message that is answered, reacted to, changed or taken back.
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
            answers: act.about.clone(),
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

/// Names of simulated customers.
const NAMES: &[&str] = &["Ada Obi", "Ben Okafor", "Carla Ruiz", "Dmitri Volkov", "Emi Tanaka", "Farah Haddad", "Gus Lindqvist"];

#[derive(Deserialize, utoipa::ToSchema)]
pub struct SimulatedReport {
    external_id: String,
    to: String,
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
    if !super::report(&app, actor.workspace, id, &report.external_id, &report.to, report.status).await? {
        return Err(Error::conflict("simulator.no_report", "This provider does not report that.").into());
    }
    Ok(StatusCode::NO_CONTENT)
}
