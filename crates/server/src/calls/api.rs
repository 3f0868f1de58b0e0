//! Routes of calls.

use super::actions::{self, Told, With};
use super::import::{self, Imported};
use crate::app::{App, found};
use crate::channels::{self, Entry};
use crate::conversations::{self, Message};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission;
use kernel::message::Direction;
use kernel::time::{Millis, wire_opt};
use kernel::{Actor, ChannelId, ContactId, ConversationId, Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest list of calls as a request.
const LIST_BYTES: usize = 8 << 20;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import_calls)).layer(axum::extract::DefaultBodyLimit::max(LIST_BYTES)).routes(routes!(log_call))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewCall {
    /// Where the record stands; without it, in the person's conversation on a channel that holds calls.
    #[schema(value_type = Option<String>)]
    conversation_id: Option<ConversationId>,
    /// Whom it was with; or `number`.
    #[schema(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    number: Option<String>,
    /// Of a person who is not known yet.
    name: Option<String>,
    /// A channel that holds calls; the first one when absent.
    #[schema(value_type = Option<String>)]
    channel_id: Option<ChannelId>,
    direction: Direction,
    /// `answered`, `missed`, `no_answer`, `busy`, `cancelled`, `failed`, `voicemail`.
    outcome: String,
    /// When it began; now when absent.
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Millis>,
    seconds: Option<i64>,
    note: Option<String>,
}

/// The channel whose conversation holds the call, when no conversation is named.
async fn channel(app: &App, actor: &Actor, wanted: Option<ChannelId>) -> Result<Arc<Entry>> {
    let holds = |e: &Arc<Entry>| e.connector.descriptor().capabilities.calls;
    if let Some(id) = wanted {
        let entry = app.directory.by_id(app, actor.workspace, id).await?.filter(holds);
        return entry.ok_or_else(|| Error::field("channel_id", "not_found", "There is no such channel that holds calls."));
    }
    for row in app.db.read(actor.workspace, channels::list).await? {
        if let Some(entry) = app.directory.by_id(app, actor.workspace, row.id).await?.filter(holds) {
            return Ok(entry);
        }
    }
    Err(Error::field("channel_id", "required", "No channel holds calls yet. Add one, or log the call in a conversation."))
}

/// Logs a call by hand. An incoming call that nobody took counts as unread; every other does not.
#[utoipa::path(post, path = "/calls", tag = "calls", request_body = NewCall, responses((status = 201, body = Message)))]
async fn log_call(State(app): State<App>, caller: Caller, b: Keyed<NewCall>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::ConversationsWrite)?.clone();
    let Keyed { body: n, key } = b;
    let now = app.now();
    let told = Told::check(n.direction, &n.outcome, n.started_at, n.seconds, n.note, now)?;
    let entry = match n.conversation_id {
        Some(_) => None,
        None => Some(channel(&app, &actor, n.channel_id).await?),
    };
    let country = crate::people::workspace(&app, actor.workspace).await?.default_country.clone();
    let given = n.number.as_deref().filter(|t| !t.trim().is_empty());
    let number = given
        .map(|t| crate::contacts::normalise("phone", t, &country))
        .map(|found| found.ok_or_else(|| Error::field("number", "invalid", "This is no phone number; write it with its country code.")));
    let number = number.transpose()?;
    let with = With { contact: n.contact_id, number: number.clone(), name: n.name };
    let (ids, links) = (app.ids.clone(), crate::files::links(&app, actor.workspace));
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            // Whoever may not see the conversation hears nothing of it, key or no key.
            let named = match n.conversation_id {
                Some(id) => Some(conversations::access(tx, &actor, id, Permission::ConversationsWrite)?),
                None => None,
            };
            once(tx, &actor, key.as_ref(), now, |tx| {
                let (c, ours) = match (&named, &entry) {
                    (Some(c), _) => (c.clone(), ""),
                    (None, Some(entry)) => {
                        (actions::conversation_with(tx, ids.as_ref(), &actor, entry, &with, &told, now)?, entry.account.identifier.as_str())
                    }
                    (None, None) => return Err(Error::internal("a call has neither conversation nor channel")),
                };
                let held = crate::channels::find(tx, c.channel_id)?.and_then(|row| connectors::channel(&row.provider));
                let holds_calls = held.is_some_and(|connector| connector.descriptor().capabilities.calls);
                let place = actions::Place { conversation: &c, holds_calls, number: number.as_deref(), ours };
                let mut m = actions::log(tx, ids.as_ref(), &actor, &place, &told, now)?;
                links.fill_all(&mut m.attachments);
                Ok(m)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct CallList {
    /// The list as CSV with a heading line, up to 20,000 lines.
    text: String,
    /// Only says what would come in.
    #[serde(default)]
    dry_run: bool,
}

/// Takes in a list of calls; lines that cannot be read are named, the others come in. The same list again changes nothing.
#[utoipa::path(post, path = "/channels/{id}/calls/import", tag = "calls", params(("id" = String, Path)), request_body = CallList, responses((status = 200, body = Imported)))]
async fn import_calls(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Body(list): Body<CallList>,
) -> Result<Json<Imported>, Problem> {
    let actor = caller.need(Permission::ChannelsManage)?;
    let entry = found(app.directory.by_id(&app, actor.workspace, id).await?, "channel.not_found", "channel")?;
    Ok(Json(import::import(&app, &entry, list.text, list.dry_run).await?))
}
