//! The only way from a conversation's id given by a caller to the conversation.

use super::model::Conversation;
use super::store;
use crate::teams::Sight;
use db::Tx;
use kernel::actor::Permission;
use kernel::{Actor, ConversationId, Error, Result};

/// The conversation, if this actor may do this with it and sees it; otherwise it is not there.
pub fn access(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    let found = store::find(tx, id)?;
    seen(tx, actor, found)
}

/// The same, deleted or not.
pub fn access_any(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    let found = store::find_any(tx, id)?;
    seen(tx, actor, found)
}

fn seen(tx: &mut Tx<'_>, actor: &Actor, found: Option<Conversation>) -> Result<Conversation> {
    let not_there = || Error::not_found("conversation.not_found", "There is no such conversation.");
    let c = found.ok_or_else(not_there)?;
    if Sight::of(tx, actor)?.sees(&c.seat()) { Ok(c) } else { Err(not_there()) }
}
