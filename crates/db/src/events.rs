//! The event log's primitives: numbering at commit, reading from a cursor.

use crate::params;
use crate::tx::Tx;
use crate::value::{Row, Value};
use kernel::event::{Event, NewEvent};
use kernel::time::Millis;
use kernel::{ConversationId, Error, Result};
use serde_json::Value as Json;

/// Position in a log: the epoch changes when a backup is restored, so that old cursors are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub epoch: i64,
    pub seq: i64,
    /// The oldest number still kept.
    pub min_seq: i64,
}
impl Head {
    /// The cursor as it goes over the wire.
    pub fn cursor(&self) -> String {
        format!("{}.{}", self.epoch, self.seq)
    }
}

/// Reads `epoch.seq`.
pub fn parse_cursor(text: &str) -> Result<(i64, i64)> {
    text.split_once('.')
        .and_then(|(e, s)| Some((e.parse().ok()?, s.parse().ok()?)))
        .ok_or_else(|| Error::field("since", "invalid", "Give the cursor as the server gave it, such as 1.42."))
}

pub fn head(tx: &mut Tx<'_>) -> Result<Head> {
    tx.one("SELECT epoch, seq, min_seq FROM log_head WHERE id = 1", params![], |r| {
        Ok(Head { epoch: r.next()?, seq: r.next()?, min_seq: r.next()? })
    })
}

const COLUMNS: &str = "seq, at, kind, version, actor, cause_seq, depth, conversation_id, message_id, contact_id, payload";

/// Events after `seq`, oldest first, at most `limit`.
pub fn after(tx: &mut Tx<'_>, epoch: i64, seq: i64, limit: i64) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > $1 ORDER BY seq LIMIT $2");
    tx.query(&sql, params![seq, limit], |r| read(r, epoch))
}

/// Events of these conversations after `seq`, oldest first, at most `limit`.
pub fn of_conversations(tx: &mut Tx<'_>, epoch: i64, conversations: &[ConversationId], seq: i64, limit: i64) -> Result<Vec<Event>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (3..conversations.len() + 3).map(|i| format!("${i}")).collect();
    let mut args: Vec<Value<'_>> = vec![seq.into(), limit.into()];
    args.extend(conversations.iter().map(Value::from));
    let sql = format!("SELECT {COLUMNS} FROM events WHERE conversation_id IN ({}) AND seq > $1 ORDER BY seq LIMIT $2", marks.join(", "));
    tx.query(&sql, &args, |r| read(r, epoch))
}

/// Events of one conversation before `seq`, newest first, of these kinds only.
pub fn history(tx: &mut Tx<'_>, epoch: i64, conversation: ConversationId, kinds: &[&str], seq: i64, limit: i64) -> Result<Vec<Event>> {
    let marks: Vec<String> = (4..kinds.len() + 4).map(|i| format!("${i}")).collect();
    let mut args: Vec<Value<'_>> = vec![conversation.into(), seq.into(), limit.into()];
    args.extend(kinds.iter().map(|kind| Value::from(*kind)));
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE conversation_id = $1 AND seq < $2 AND kind IN ({}) ORDER BY seq DESC LIMIT $3",
        marks.join(", ")
    );
    tx.query(&sql, &args, |r| read(r, epoch))
}

/// Events of one conversation up to a moment, the latest first.
pub fn until(tx: &mut Tx<'_>, epoch: i64, conversation: ConversationId, at: Millis, limit: i64) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE conversation_id = $1 AND at <= $2 ORDER BY at DESC, seq DESC LIMIT $3");
    tx.query(&sql, params![conversation, at, limit], |r| read(r, epoch))
}

fn read(r: &Row<'_>, epoch: i64) -> Result<Event> {
    let seq: i64 = r.next()?;
    Ok(Event {
        seq,
        cursor: format!("{epoch}.{seq}"),
        at: r.next()?,
        kind: r.next()?,
        version: r.next()?,
        actor: r.next()?,
        cause_seq: r.next()?,
        depth: r.next()?,
        conversation_id: r.next()?,
        message_id: r.next()?,
        contact_id: r.next()?,
        payload: serde_json::from_str(&r.next::<String>()?).unwrap_or(Json::Null),
    })
}

/// Numbers and inserts a batch's events: the last thing before COMMIT, so that order is commit order and nothing burns a number.
pub(crate) fn flush(tx: &mut Tx<'_>, events: Vec<NewEvent>) -> Result<Vec<Event>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let n = events.len() as i64;
    let (epoch, last): (i64, i64) =
        tx.one("UPDATE log_head SET seq = seq + $1 WHERE id = 1 RETURNING epoch, seq", params![n], |r| Ok((r.next()?, r.next()?)))?;
    let mut seq = last - n;
    let mut out = Vec::with_capacity(events.len());
    let sql = format!("INSERT INTO events ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    for e in events {
        seq += 1;
        let payload = e.payload.to_string();
        tx.exec(
            &sql,
            params![seq, e.at, e.kind, e.version, &e.actor, e.cause_seq, e.depth, e.conversation, e.message, e.contact, &payload],
        )?;
        out.push(Event {
            seq,
            cursor: format!("{epoch}.{seq}"),
            at: e.at,
            kind: e.kind.to_owned(),
            version: e.version,
            actor: e.actor,
            cause_seq: e.cause_seq,
            depth: e.depth,
            conversation_id: e.conversation,
            message_id: e.message,
            contact_id: e.contact,
            payload: e.payload,
        });
    }
    Ok(out)
}
