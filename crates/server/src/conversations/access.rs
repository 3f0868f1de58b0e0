//! The only way from a conversation's id given by a caller to the conversation.

use super::merging::{self, Merge};
use super::model::Conversation;
use super::{seats, store};
use crate::teams::Sight;
use db::Tx;
use kernel::actor::Permission;
use kernel::{Actor, ConversationId, Error, Result};

/// Code of a conversation that goes on in another.
pub const MERGED: &str = "conversation.merged";

/// Code of a thread that colleagues have whose conversations the caller does not see.
pub const ELSEWHERE: &str = "conversation.elsewhere";

/// The conversation, if this actor may do this with it and sees it; otherwise it is not there.
pub fn access(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    match store::find(tx, id)? {
        Some(c) => seen(tx, actor, c),
        None => Err(match merging::of_source(tx, id)? {
            Some(merge) if shows(tx, actor, &merge)? => {
                Error::not_found(MERGED, format!("#{} was merged into another conversation.", merge.source_number))
            }
            _ => not_there(),
        }),
    }
}

/// The same, deleted or not.
pub fn access_any(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, need: Permission) -> Result<Conversation> {
    actor.need(need)?;
    let found = store::find_any(tx, id)?.ok_or_else(not_there)?;
    seen(tx, actor, found)
}

/// Whoever does not see the one it went into learns nothing of it.
fn shows(tx: &mut Tx<'_>, actor: &Actor, merge: &Merge) -> Result<bool> {
    let at = merging::follow(tx, merge.source_id)?;
    sees(tx, actor, at)
}

/// Whether the actor sees the conversation, deleted or not.
pub fn sees(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId) -> Result<bool> {
    let sight = Sight::of(tx, actor)?;
    Ok(seats::seat(tx, id)?.is_some_and(|s| sight.sees(&s)))
}

fn seen(tx: &mut Tx<'_>, actor: &Actor, c: Conversation) -> Result<Conversation> {
    if Sight::of(tx, actor)?.sees(&c.seat()) { Ok(c) } else { Err(not_there()) }
}

fn not_there() -> Error {
    Error::not_found("conversation.not_found", "There is no such conversation.")
}
