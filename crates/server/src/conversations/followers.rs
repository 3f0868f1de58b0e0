//! Who of the team takes part in a conversation: whoever has written in it or was asked along, until they leave.

use super::model::Conversation;
use crate::teams::Sight;
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, MemberId, Result};
use serde_json::json;

/// Those who follow it, in order of joining.
pub fn of(tx: &mut Tx<'_>, id: ConversationId) -> Result<Vec<MemberId>> {
    tx.query(
        "SELECT f.member_id FROM conversation_followers f JOIN members m ON m.id = f.member_id AND m.active WHERE f.conversation_id = $1 AND f.following \
         ORDER BY f.since, f.member_id LIMIT 100",
        params![id],
        |r| r.get(0),
    )
}

/// Whoever writes follows from then on, unless they left once.
pub fn wrote(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, member: MemberId, now: Millis) -> Result<()> {
    let n = tx.exec(
        "INSERT INTO conversation_followers (conversation_id, member_id, following, since) VALUES ($1, $2, TRUE, $3) ON CONFLICT DO NOTHING",
        params![id, member, now],
    )?;
    if n > 0 {
        tx.emit(NewEvent::new("conversation.followed", actor.label(), now).conversation(id).payload(json!({ "member_id": member })));
    }
    Ok(())
}

/// Joins or leaves; gives whether that was news.
pub fn set(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, member: MemberId, following: bool, now: Millis) -> Result<bool> {
    let id = c.id;
    if following {
        let m = crate::people::member(tx, member)?.filter(|m| m.active);
        let m = m.ok_or_else(|| Error::field("member_id", "not_found", "There is no such member."))?;
        if !Sight::of_member(tx, member, m.role)?.sees(&c.seat()) {
            return Err(Error::field("member_id", "cannot_see", format!("{} does not see this conversation.", m.name)));
        }
    }
    let n = tx.exec(
        "INSERT INTO conversation_followers (conversation_id, member_id, following, since) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (conversation_id, member_id) DO UPDATE SET following = excluded.following, since = excluded.since \
         WHERE conversation_followers.following <> excluded.following",
        params![id, member, following, now],
    )?;
    if n > 0 {
        let kind = if following { "conversation.followed" } else { "conversation.unfollowed" };
        tx.emit(NewEvent::new(kind, actor.label(), now).conversation(id).payload(json!({ "member_id": member })));
    }
    Ok(n > 0)
}

/// Whoever follows one follows the other too.
pub fn join_all(tx: &mut Tx<'_>, from: ConversationId, to: ConversationId, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO conversation_followers (conversation_id, member_id, following, since) \
         SELECT $2, member_id, TRUE, $3 FROM conversation_followers WHERE conversation_id = $1 AND following ON CONFLICT DO NOTHING",
        params![from, to, now],
    )
    .map(|_| ())
}
