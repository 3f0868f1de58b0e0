//! The only way from a conversation's id given by a caller to the conversation.

use super::model::Conversation;
use super::store;
use db::Tx;
use kernel::actor::Permission;
use kernel::{Actor, ConversationId, Error, Result};

/// The conversation, if this actor may do this with it; otherwise it is not there.
pub fn access(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    store::find(tx, id)?.ok_or_else(|| Error::not_found("conversation.not_found", "There is no such conversation."))
}
