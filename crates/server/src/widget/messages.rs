//! A visitor's messages as the widget shows them.

use crate::conversations::{self, Message};
use crate::files::Links;
use db::{Tx, params};
use kernel::message::{Direction, MessageStatus};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, ContactId, ConversationId, MessageId, Result};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct WidgetMessage {
    pub id: MessageId,
    /// The visitor's own id for it.
    pub echo_id: Option<String>,
    /// `visitor`, `agent`, `system`.
    pub from: &'static str,
    pub author_name: String,
    pub text: String,
    pub files: Vec<WidgetFile>,
    #[serde(with = "wire")]
    pub at: Millis,
    /// `read` when the other side has looked at it.
    pub status: MessageStatus,
    #[serde(with = "wire_opt")]
    pub read_at: Option<Millis>,
}
#[derive(Debug, Clone, Serialize)]
pub struct WidgetFile {
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    pub url: String,
    pub thumbnail_url: Option<String>,
}

/// What the visitor may see of a message; notes, what was said to others and what has not left are not theirs.
pub fn show(m: &Message, visitor: &str) -> Option<WidgetMessage> {
    let visible = match m.direction {
        _ if m.is_note || m.aside_id.is_some() => false,
        Direction::Inbound => true,
        Direction::Outbound => matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read),
    };
    if !visible {
        return None;
    }
    let external = m.external_id.as_deref().unwrap_or("");
    Some(WidgetMessage {
        id: m.id,
        echo_id: external.strip_prefix(visitor).and_then(|rest| rest.strip_prefix(':')).map(str::to_owned),
        from: if m.direction == Direction::Inbound { "visitor" } else { "agent" },
        author_name: m.sender_name.clone().unwrap_or_default(),
        text: m.stripped_text.clone().unwrap_or_else(|| m.text.clone()),
        files: m
            .attachments
            .iter()
            .map(|a| WidgetFile {
                name: a.name.clone(),
                content_type: a.content_type.clone(),
                size_bytes: a.size_bytes,
                url: a.url.clone(),
                thumbnail_url: a.thumbnail_url.clone(),
            })
            .collect(),
        at: m.sent_at.unwrap_or(m.created_at),
        status: if m.direction == Direction::Inbound && m.read_at.is_some() { MessageStatus::Read } else { m.status },
        read_at: m.read_at,
    })
}

/// A visitor's thread: the running conversation first, then those before it.
pub fn thread(tx: &mut Tx<'_>, channel: ChannelId, visitor: &str) -> Result<Vec<(ConversationId, Option<ContactId>)>> {
    tx.query(
        "SELECT id, contact_id FROM conversations WHERE channel_id = $1 AND thread_key = $2 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20",
        params![channel, visitor],
        |r| Ok((r.next()?, r.next()?)),
    )
}

/// Up to `limit` messages before `before`, oldest first, and whether there are older ones.
pub fn history(
    tx: &mut Tx<'_>,
    channel: ChannelId,
    visitor: &str,
    before: Option<i64>,
    limit: i64,
    links: &Links,
) -> Result<(Vec<(i64, WidgetMessage)>, bool)> {
    let mut out = Vec::new();
    let mut more = false;
    for (conversation, _) in thread(tx, channel, visitor)? {
        let left = limit - out.len() as i64;
        if left <= 0 {
            more = true;
            break;
        }
        let rows = conversations::messages(tx, conversation, before, left + 1)?;
        more = rows.len() as i64 > left;
        for mut m in rows.into_iter().take(left as usize) {
            links.fill_all(&mut m.attachments);
            let key = m.key;
            out.extend(show(&m, visitor).map(|w| (key, w)));
        }
        if more {
            break;
        }
    }
    out.sort_by_key(|(key, _)| *key);
    Ok((out, more))
}
