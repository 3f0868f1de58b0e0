//! Routes of the switch that stops automatic sending.

use super::stop::{self, Stop};
use crate::app::App;
use crate::conversations::{self, StatusChange};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body};
use crate::people;
use axum::Json;
use axum::extract::State;
use db::{Lane, Tx};
use kernel::actor::Permission;
use kernel::event::NewEvent;
use kernel::message::MessageStatus;
use kernel::time::Millis;
use kernel::{Actor, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_sending)).routes(routes!(stop_sending)).routes(routes!(resume_sending))
}

/// Whether what nobody writes by hand may leave.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SendingState {
    /// Null while automatic sending goes on.
    stopped: Option<Stop>,
    /// Automatic messages that have not left.
    waiting: i64,
}
fn sending(tx: &mut Tx<'_>) -> Result<SendingState> {
    Ok(SendingState { stopped: stop::stopped(tx)?, waiting: stop::waiting(tx)? })
}

#[utoipa::path(get, path = "/sending", tag = "sending", responses((status = 200, body = SendingState)))]
async fn get_sending(State(app): State<App>, caller: Caller) -> Result<Json<SendingState>, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?;
    Ok(Json(app.db.read(actor.workspace, sending).await?))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SendingStopBody {
    /// For the others, who all see it.
    reason: Option<String>,
}

/// Stops all automatic sending at once: answers, rules, campaigns. People's own messages leave as before.
#[utoipa::path(post, path = "/sending/stop", tag = "sending", request_body = SendingStopBody, responses((status = 200, body = SendingState)))]
async fn stop_sending(State(app): State<App>, caller: Caller, Body(b): Body<SendingStopBody>) -> Result<Json<SendingState>, Problem> {
    let actor = caller.need(Permission::SendingStop)?.clone();
    if b.reason.as_deref().is_some_and(|r| r.chars().count() > 200 || r.chars().any(char::is_control)) {
        return Err(Error::field("reason", "invalid", "Give the reason in one line of at most 200 characters.").into());
    }
    let now = app.now();
    let state = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        let name = actor.member().map_or(Ok(None), |id| people::member(tx, id))?.map(|m| m.name);
        stop::stop(tx, &actor, name.as_deref(), b.reason.as_deref(), now)?;
        sending(tx)
    });
    Ok(Json(state.await?))
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum WaitingMessages {
    /// They leave now.
    Send,
    /// They never leave, and say so.
    Discard,
}
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SendingResumeBody {
    /// What becomes of the automatic messages that wait.
    waiting: WaitingMessages,
}

/// Automatic sending goes on.
#[utoipa::path(post, path = "/sending/resume", tag = "sending", request_body = SendingResumeBody, responses((status = 200, body = SendingState)))]
async fn resume_sending(State(app): State<App>, caller: Caller, Body(b): Body<SendingResumeBody>) -> Result<Json<SendingState>, Problem> {
    let actor = caller.need(Permission::SendingStop)?.clone();
    let now = app.now();
    let mut discarded = 0;
    if b.waiting == WaitingMessages::Discard {
        // In parts, so that nobody waits for it; the switch is still on meanwhile.
        loop {
            let who = actor.clone();
            let n = app.db.write(actor.workspace, Lane::Bulk, move |tx| discard(tx, &who, now)).await?;
            discarded += n;
            if n == 0 {
                break;
            }
        }
    }
    let state = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        stop::resume(tx, &actor, discarded, now)?;
        sending(tx)
    });
    Ok(Json(state.await?))
}

/// Some of what waits is taken away, visibly.
fn discard(tx: &mut Tx<'_>, actor: &Actor, now: Millis) -> Result<i64> {
    if stop::stopped(tx)?.is_none() {
        return Ok(0);
    }
    const WHY: &str = "Not sent: automatic sending was stopped before it left.";
    let some = stop::held(tx, 200)?;
    for (message, conversation) in &some {
        let change = StatusChange { status: Some(MessageStatus::Failed), error: Some(Some(WHY.into())), ..Default::default() };
        conversations::change_message(tx, *message, &change)?;
        super::settle(tx, *message, "failed", None, Some(WHY))?;
        let event = NewEvent::new("message.status_updated", actor.label(), now).conversation(*conversation).message(*message);
        tx.emit(event.payload(json!({ "status": MessageStatus::Failed })));
    }
    Ok(some.len() as i64)
}
