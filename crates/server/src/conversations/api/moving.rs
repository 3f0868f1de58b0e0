//! Moving messages to another conversation, and back.

use super::writing::entry;
use super::{deps, id_of};
use crate::app::{App, found};
use crate::conversations::model::Conversation;
use crate::conversations::moving::{self, MessageMove};
use crate::conversations::{access, store};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use db::Lane;
use kernel::actor::Permission::ConversationsWrite;
use kernel::{ConversationId, MessageId, MoveId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct MoveBody {
    #[schema(value_type = Vec<String>)]
    message_ids: Vec<MessageId>,
    /// The conversation where they belong, of the same channel.
    to: String,
}
/// Both conversations after a move, and the move for taking it back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovedMessages {
    source: Conversation,
    target: Conversation,
    #[serde(rename = "move")]
    done: MessageMove,
}
/// Moves messages to another conversation of the same channel. Answers to them arrive there from then on.
#[utoipa::path(post, path = "/conversations/{id}/move-messages", tag = "conversations", params(("id" = String, Path)), request_body = MoveBody, responses((status = 200, body = MovedMessages)))]
pub(super) async fn move_messages(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    b: Keyed<MoveBody>,
) -> Result<Json<Value>, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let to: ConversationId = id_of("to", &b.body.to)?;
    let who = d.actor.clone();
    let channel = app.db.read(d.actor.workspace, move |tx| access(tx, &who, id, ConversationsWrite).map(|c| c.channel_id)).await?;
    let entry = entry(&app, &d.actor, channel).await?;
    let value = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let source = access(tx, &d.actor, id, ConversationsWrite)?;
            once(tx, &d.actor, b.key.as_ref(), d.now, |tx| {
                let target = access(tx, &d.actor, to, ConversationsWrite)?;
                let done = moving::move_messages(tx, d.ids.as_ref(), &d.actor, (&source, &target), &entry, &b.body.message_ids, d.now)?;
                let mut again = |id| found(store::find(tx, id)?, "conversation.not_found", "conversation");
                Ok(MovedMessages { source: again(source.id)?, target: again(target.id)?, done })
            })
        })
        .await?;
    Ok(Json(value))
}

/// Both conversations after a move was taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovedBack {
    source: Conversation,
    target: Conversation,
}
/// Takes a move back; what was moved on meanwhile stays where it is.
#[utoipa::path(post, path = "/message-moves/{id}/undo", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = MovedBack)))]
pub(super) async fn undo_move(State(app): State<App>, caller: Caller, Path(id): Path<MoveId>) -> Result<Json<MovedBack>, Problem> {
    let d = deps(&app, caller.need(ConversationsWrite)?);
    let (source, target) = app.db.write(d.actor.workspace, Lane::Interactive, move |tx| moving::undo(tx, &d.actor, id, d.now)).await?;
    Ok(Json(MovedBack { source, target }))
}
