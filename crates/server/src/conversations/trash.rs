//! What was deleted: kept out of sight for thirty days, then gone for good with everything that belongs to it.

use super::model::Conversation;
use super::{access, store};
use crate::app::App;
use crate::audit::{self, Act};
use crate::teams::Sight;
use crate::webhooks;
use db::{Lane, Tx, Value, params};
use kernel::actor::Permission::ConversationsDelete;
use kernel::event::NewEvent;
use kernel::time::{DAY, Millis, wire};
use kernel::{Actor, ConversationId, Error, Result, WorkspaceId};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// How long it can come back.
pub const KEPT: Millis = 30 * DAY;

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TrashedConversation {
    pub conversation: Conversation,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: Millis,
    /// When it goes for good.
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub gone_at: Millis,
}

/// Last deleted first, after a position.
pub fn list(tx: &mut Tx<'_>, sight: &Sight, after: Option<(Millis, ConversationId)>, limit: i64) -> Result<Vec<TrashedConversation>> {
    let (at, id) = after.unwrap_or((i64::MAX, ConversationId::from_uuid(uuid::Uuid::max())));
    let mut args: Vec<Value<'static>> = vec![at.into(), id.into(), limit.into()];
    let seen = sight.and("c", &mut args);
    let rows: Vec<(ConversationId, Millis)> = tx.query(
        &format!(
            "SELECT c.id, c.deleted_at FROM conversations c WHERE c.deleted_at IS NOT NULL AND c.merged_into IS NULL \
             AND (c.deleted_at, c.id) < ($1, $2){seen} ORDER BY c.deleted_at DESC, c.id DESC LIMIT $3"
        ),
        &args,
        |r| Ok((r.next()?, r.next()?)),
    )?;
    let mut out = Vec::with_capacity(rows.len());
    for (id, deleted_at) in rows {
        if let Some(conversation) = store::find_any(tx, id)? {
            out.push(TrashedConversation { conversation, deleted_at, gone_at: deleted_at + KEPT });
        }
    }
    Ok(out)
}

/// In the trash, and not merged into another.
pub fn find(tx: &mut Tx<'_>, id: ConversationId) -> Result<Conversation> {
    let there =
        tx.opt("SELECT 1 FROM conversations WHERE id = $1 AND deleted_at IS NOT NULL AND merged_into IS NULL", params![id], |r| {
            r.get::<i64>(0)
        })?;
    let c = if there.is_some() { store::find_any(tx, id)? } else { None };
    c.ok_or_else(|| Error::not_found("conversation.not_found", "There is no such conversation in the trash."))
}

/// Those whose time is over.
pub fn due(tx: &mut Tx<'_>, now: Millis, limit: i64) -> Result<Vec<ConversationId>> {
    tx.query(
        "SELECT id FROM conversations WHERE deleted_at IS NOT NULL AND merged_into IS NULL AND deleted_at <= $1 ORDER BY deleted_at LIMIT $2",
        params![now - KEPT, limit],
        |r| r.get(0),
    )
}

/// Removes it for good: messages, files, drafts, what waits to be sent, raw deliveries, and what was merged into it, directly or by way of
/// another. Gives the hashes of files that may now belong to nobody.
pub fn purge(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, now: Millis) -> Result<Vec<String>> {
    let mut hashes = BTreeSet::new();
    for one in with_merged(tx, id)? {
        hashes.extend(purge_one(tx, one)?);
    }
    tx.emit(NewEvent::new("conversation.purged", actor.label(), now).conversation(id).payload(json!({})));
    Ok(hashes.into_iter().collect())
}

/// It, after whatever went into it, so that nothing points at what is gone.
fn with_merged(tx: &mut Tx<'_>, id: ConversationId) -> Result<Vec<ConversationId>> {
    let mut all = vec![id];
    let mut at = 0;
    while let Some(one) = all.get(at).copied() {
        let into: Vec<ConversationId> = tx.query("SELECT id FROM conversations WHERE merged_into = $1", params![one], |r| r.get(0))?;
        all.extend(into.into_iter().filter(|c| !all.contains(c)).collect::<Vec<_>>());
        at += 1;
    }
    all.reverse();
    Ok(all)
}

fn purge_one(tx: &mut Tx<'_>, id: ConversationId) -> Result<Vec<String>> {
    let hashes: Vec<String> = tx.query(
        "SELECT f.hash FROM files f JOIN messages m ON m.id = f.message_id WHERE m.conversation_id = $1 \
         UNION SELECT f.thumbnail_hash FROM files f JOIN messages m ON m.id = f.message_id WHERE m.conversation_id = $1 AND f.thumbnail_hash IS NOT NULL \
         UNION SELECT f.sent_hash FROM files f JOIN messages m ON m.id = f.message_id WHERE m.conversation_id = $1 AND f.sent_hash IS NOT NULL \
         UNION SELECT body_hash FROM journal WHERE conversation_id = $1 AND body_hash IS NOT NULL",
        params![id],
        |r| r.get(0),
    )?;
    let keys: Vec<i64> = tx.query("SELECT key FROM messages WHERE conversation_id = $1", params![id], |r| r.get(0))?;
    let forget = tx.dialect().search_delete();
    for key in keys {
        tx.exec(forget, params![key])?;
    }
    for sql in [
        "DELETE FROM files WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
        "DELETE FROM outbox_attempts WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
        "DELETE FROM outbox WHERE conversation_id = $1",
        "DELETE FROM merged_messages WHERE merge_id IN (SELECT id FROM conversation_merges WHERE target_id = $1 OR source_id = $1)",
        "DELETE FROM conversation_merges WHERE target_id = $1 OR source_id = $1",
        "DELETE FROM message_moves WHERE target_id = $1 OR source_id = $1",
        "DELETE FROM messages WHERE conversation_id = $1",
        "DELETE FROM drafts WHERE conversation_id = $1",
        "DELETE FROM conversation_tags WHERE conversation_id = $1",
        "DELETE FROM conversation_followers WHERE conversation_id = $1",
        "DELETE FROM assignments WHERE conversation_id = $1",
        "DELETE FROM macro_runs WHERE conversation_id = $1",
        "DELETE FROM journal WHERE conversation_id = $1 AND state <> 'received'",
        "DELETE FROM notifications WHERE conversation_id = $1",
        "UPDATE conversations SET previous_id = NULL WHERE previous_id = $1",
        "DELETE FROM conversations WHERE id = $1",
    ] {
        tx.exec(sql, params![id])?;
    }
    webhooks::forget_conversation(tx, id)?;
    Ok(hashes)
}

/// The same from outside a transaction, with the bytes of files that nobody has any more.
pub async fn remove_for_good(app: &App, actor: &Actor, id: ConversationId) -> Result<()> {
    let (who, now) = (actor.clone(), app.now());
    let hashes = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let c = find(tx, id)?;
            access::access_any(tx, &who, id, ConversationsDelete)?;
            audit::note(tx, &who, &Act::new("conversation.purged", id).named(format!("#{}", c.number)), now)?;
            purge(tx, &who, id, now)
        })
        .await?;
    for hash in hashes {
        if !is_wanted(app, &hash).await? {
            app.files.delete(&hash).await?;
        }
    }
    Ok(())
}

/// Files are kept once for the whole installation; one that was put lately may be about to get its row.
async fn is_wanted(app: &App, hash: &str) -> Result<bool> {
    if app.files.stored_at(hash).await?.is_none_or(|at| at >= app.now() - DAY) {
        return Ok(true);
    }
    for workspace in app.workspaces().await? {
        let hash = hash.to_owned();
        let used = app
            .db
            .read(workspace, move |tx| {
                tx.opt(
                    "SELECT 1 FROM files WHERE hash = $1 UNION ALL SELECT 1 FROM files WHERE thumbnail_hash = $1 \
                     UNION ALL SELECT 1 FROM files WHERE sent_hash = $1 \
                     UNION ALL SELECT 1 FROM journal WHERE body_hash = $1 LIMIT 1",
                    params![&hash],
                    |r| r.get::<i64>(0),
                )
            })
            .await?;
        if used.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes what has been deleted for thirty days; a few at a time.
pub async fn empty(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    for id in app.db.read(workspace, move |tx| due(tx, now, 50)).await? {
        remove_for_good(app, &Actor::system(workspace), id).await?;
    }
    Ok(())
}
