//! Routes of conversations, messages, tags and drafts; here is what they share.

mod acting;
mod lists;
mod forwarding;
mod joining;
mod messages;
mod moving;
mod reading;
mod scheduled;
mod shaping;
mod tags;
mod writing;

pub use lists::{Asking, Chosen, asking};
pub use reading::Statistics;
pub use tags::Tag;

use super::model::Conversation;
use super::{access, store};
use crate::app::{App, found};
use crate::files::{self, Links};
use crate::http::error::Problem;
use crate::http::extract::IdempotencyKey;
use crate::http::once::once;
use axum::Json;
use db::{Lane, Tx};
use kernel::actor::Permission;
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lists::list_conversations, writing::create_conversation))
        .routes(routes!(reading::conversation_statistics))
        .routes(routes!(reading::stats))
        .routes(routes!(reading::stats_inbox))
        .routes(routes!(reading::get_conversation, acting::replace_conversation, acting::update_conversation, acting::delete_conversation))
        .routes(routes!(acting::restore_conversation))
        .routes(routes!(reading::list_messages, writing::create_message))
        .routes(routes!(reading::list_conversation_events))
        .routes(routes!(reading::get_conversation_access))
        .routes(routes!(reading::list_assignments))
        .routes(routes!(writing::create_note))
        .routes(routes!(acting::assign_conversation))
        .routes(routes!(acting::unassign_conversation))
        .routes(routes!(acting::set_conversation_status))
        .routes(routes!(acting::mark_conversation_read))
        .routes(routes!(acting::add_conversation_tags, acting::remove_conversation_tags))
        .routes(routes!(writing::put_draft, writing::delete_draft))
        .routes(routes!(messages::get_message, messages::delete_message))
        .routes(routes!(messages::cancel_message))
        .routes(routes!(messages::retry_message))
        .routes(routes!(messages::list_attempts))
        .routes(routes!(messages::get_message_source))
        .routes(routes!(tags::list_tags))
        .routes(routes!(tags::update_tag))
        .routes(routes!(lists::search_conversations))
        .routes(routes!(lists::count_conversations))
        .routes(routes!(joining::list_duplicates))
        .routes(routes!(joining::join_contact, joining::unjoin_contact))
        .routes(routes!(scheduled::list_scheduled))
        .routes(routes!(scheduled::update_schedule))
        .routes(routes!(scheduled::send_message_now))
        .routes(routes!(shaping::merge_conversations))
        .routes(routes!(shaping::undo_merge))
        .routes(routes!(shaping::split_conversation))
        .routes(routes!(moving::move_messages))
        .routes(routes!(moving::undo_move))
        .routes(routes!(shaping::list_trash))
        .routes(routes!(shaping::purge_conversation))
        .routes(routes!(shaping::follow_conversation))
        .routes(routes!(shaping::unfollow_conversation))
        .routes(routes!(shaping::pin_note, shaping::unpin_note))
        .routes(routes!(forwarding::forward_conversation))
        .routes(routes!(forwarding::get_transcript, forwarding::mail_transcript))
}

fn id_of<T: std::str::FromStr>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::field(field, "invalid", "This is no id of that kind."))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What a verb needs besides the transaction.
struct Deps {
    actor: Actor,
    ids: Arc<dyn kernel::Ids>,
    now: Millis,
    links: Links,
}
fn deps(app: &App, actor: &Actor) -> Deps {
    Deps { actor: actor.clone(), ids: app.ids.clone(), now: app.now(), links: files::links(app, actor.workspace) }
}

/// Runs a verb on a conversation the caller may touch; gives the conversation afterwards.
async fn act(
    app: &App,
    actor: &Actor,
    id: ConversationId,
    need: Permission,
    key: Option<IdempotencyKey>,
    mut verb: impl FnMut(&mut Tx<'_>, &Deps, &Conversation) -> Result<()> + Send + 'static,
) -> Result<Json<Value>, Problem> {
    let deps = deps(app, actor);
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let c = access(tx, &deps.actor, id, need)?;
            once(tx, &deps.actor, key.as_ref(), deps.now, |tx| {
                verb(tx, &deps, &c)?;
                found(store::find(tx, id)?, "conversation.not_found", "conversation")
            })
        })
        .await?;
    Ok(Json(value))
}
