//! The only way from a conversation's id given by a caller to the conversation.

use super::model::Conversation;
use super::{merging, store};
use db::Tx;
use kernel::actor::Permission;
use kernel::{Actor, ConversationId, Error, Result};

/// Code of a conversation that goes on in another.
pub const MERGED: &str = "conversation.merged";

/// The conversation, if this actor may do this with it; otherwise it is not there.
pub fn access(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    match store::find(tx, id)? {
        Some(c) => Ok(c),
        None => Err(match merging::of_source(tx, id)? {
            Some(merge) => Error::not_found(MERGED, format!("#{} was merged into another conversation.", merge.source_number)),
            None => Error::not_found("conversation.not_found", "There is no such conversation."),
        }),
    }
}
