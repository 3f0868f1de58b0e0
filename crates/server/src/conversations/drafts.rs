//! Every SQL text about drafts: one for each member and conversation.

use super::model::Draft;
use super::store::json;
use db::{Tx, params};
use kernel::time::Millis;
use kernel::{ConversationId, MemberId, Result};

pub fn draft(tx: &mut Tx<'_>, conversation: ConversationId, member: MemberId) -> Result<Option<Draft>> {
    tx.opt("SELECT body FROM drafts WHERE conversation_id = $1 AND member_id = $2", params![conversation, member], |r| {
        Ok(json(&r.next::<String>()?))
    })
}
pub fn put_draft(tx: &mut Tx<'_>, conversation: ConversationId, member: MemberId, draft: &Draft, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO drafts (conversation_id, member_id, body, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (conversation_id, member_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        params![conversation, member, serde_json::to_string(draft).unwrap_or_default(), now],
    )
    .map(|_| ())
}
pub fn drop_draft(tx: &mut Tx<'_>, conversation: ConversationId, member: MemberId) -> Result<()> {
    tx.exec("DELETE FROM drafts WHERE conversation_id = $1 AND member_id = $2", params![conversation, member]).map(|_| ())
}
