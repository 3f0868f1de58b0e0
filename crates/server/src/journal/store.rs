//! Every SQL text about journal rows.

use db::{Row, Tx, Value, params};
use kernel::channel::RawDelivery;
use kernel::time::Millis;
use kernel::{ChannelId, ConversationId, MessageId, Result};

/// A delivery that waits for intake.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub key: i64,
    pub channel: ChannelId,
    pub raw: RawDelivery,
    pub body_hash: Option<String>,
    pub silent: bool,
    pub attempts: i64,
}

const WAITING: &str = "key, channel_id, received_at, method, path, headers, body, body_hash, silent, attempts";
fn read(r: &Row<'_>) -> Result<Waiting> {
    let key = r.next()?;
    let channel = r.next()?;
    let received_at = r.next()?;
    let method = r.next()?;
    let path = r.next()?;
    let headers = serde_json::from_str(&r.next::<String>()?).unwrap_or_default();
    let body: Option<Vec<u8>> = r.next()?;
    Ok(Waiting {
        key,
        channel,
        raw: RawDelivery { method, path, headers, body: body.unwrap_or_default(), received_at, peer: None },
        body_hash: r.next()?,
        silent: r.next()?,
        attempts: r.next()?,
    })
}

/// Deliveries not yet played, in order of arrival, after `after`, but not those of these channels.
pub fn next(tx: &mut Tx<'_>, after: i64, limit: i64, but: &[ChannelId]) -> Result<Vec<Waiting>> {
    let mut args: Vec<Value<'_>> = vec![after.into(), limit.into()];
    args.extend(but.iter().map(Value::from));
    let marks: Vec<String> = (3..but.len() + 3).map(|i| format!("${i}")).collect();
    let others = if but.is_empty() { String::new() } else { format!("AND channel_id NOT IN ({})", marks.join(", ")) };
    tx.query(&format!("SELECT {WAITING} FROM journal WHERE state = 'received' AND key > $1 {others} ORDER BY key LIMIT $2"), &args, read)
}
/// The same of one channel.
pub fn waiting_on(tx: &mut Tx<'_>, channel: ChannelId, after: i64, limit: i64) -> Result<Vec<Waiting>> {
    tx.query(
        &format!("SELECT {WAITING} FROM journal WHERE state = 'received' AND key > $1 AND channel_id = $3 ORDER BY key LIMIT $2"),
        params![after, limit, channel],
        read,
    )
}
pub fn take(tx: &mut Tx<'_>, key: i64) -> Result<Option<Waiting>> {
    tx.opt(&format!("SELECT {WAITING} FROM journal WHERE key = $1"), params![key], read)
}

/// Whether a row still waits; two rounds may have picked it up at once, and only the first plays it.
pub fn is_waiting(tx: &mut Tx<'_>, key: i64) -> Result<bool> {
    Ok(tx.opt("SELECT 1 FROM journal WHERE key = $1 AND state = 'received'", params![key], |r| r.get::<i64>(0))?.is_some())
}

/// Writes down the end of a delivery.
pub fn outcome(
    tx: &mut Tx<'_>,
    key: i64,
    state: &str,
    words: &str,
    message: Option<MessageId>,
    conversation: Option<ConversationId>,
) -> Result<()> {
    tx.exec(
        "UPDATE journal SET state = $2, outcome = $3, message_id = COALESCE($4, message_id), conversation_id = COALESCE($5, conversation_id), \
         attempts = attempts + 1 WHERE key = $1",
        params![key, state, words, message, conversation],
    )
    .map(|_| ())
}

/// A row as the journal page shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub key: i64,
    pub channel_id: ChannelId,
    pub channel_name: Option<String>,
    pub provider: Option<String>,
    pub received_at: Millis,
    pub state: String,
    pub outcome: Option<String>,
    pub message_id: Option<MessageId>,
    pub conversation_id: Option<ConversationId>,
    pub size_bytes: i64,
    pub attempts: i64,
    pub preview: Option<String>,
    pub headers: String,
    pub method: String,
}
impl Shown {
    pub fn can_release(&self) -> bool {
        self.state == "quarantined" && matches!(self.method.as_str(), "SMTP" | "IMAP")
    }
}
const SHOWN: &str = "j.key, j.channel_id, c.name, c.provider, j.received_at, j.state, j.outcome, j.message_id, j.conversation_id, j.size_bytes, j.attempts, \
    (SELECT COALESCE(m.subject, m.text) FROM messages m WHERE m.id = j.message_id), j.headers, j.method";
fn read_shown(r: &Row<'_>) -> Result<Shown> {
    Ok(Shown {
        key: r.next()?,
        channel_id: r.next()?,
        channel_name: r.next()?,
        provider: r.next()?,
        received_at: r.next()?,
        state: r.next()?,
        outcome: r.next()?,
        message_id: r.next()?,
        conversation_id: r.next()?,
        size_bytes: r.next()?,
        attempts: r.next()?,
        preview: r.next()?,
        headers: r.next()?,
        method: r.next()?,
    })
}

pub struct Filter {
    pub state: Option<String>,
    pub channel: Option<ChannelId>,
    pub text: Option<String>,
}
pub fn list(tx: &mut Tx<'_>, f: &Filter, before: i64, limit: i64) -> Result<Vec<Shown>> {
    let mut args: Vec<Value<'static>> = vec![before.into(), limit.into()];
    let mut conditions = vec!["j.key < $1".to_owned()];
    if let Some(state) = &f.state {
        args.push(state.clone().into());
        // Spelt out, so that the partial indexes apply.
        conditions.push(match state.as_str() {
            "duplicate" | "ignored" | "quarantined" => {
                format!("j.state = ${} AND j.state IN ('duplicate', 'ignored', 'quarantined')", args.len())
            }
            "received" => format!("j.state = ${} AND j.state = 'received'", args.len()),
            _ => format!("j.state = ${}", args.len()),
        });
    }
    if let Some(channel) = f.channel {
        args.push(channel.into());
        conditions.push(format!("j.channel_id = ${}", args.len()));
    }
    if let Some(text) = &f.text {
        args.push(format!("%{}%", db::like(&text.to_lowercase())).into());
        let n = args.len();
        conditions.push(format!(
            "(LOWER(COALESCE(j.outcome, '')) LIKE ${n} ESCAPE '!' OR LOWER(j.headers) LIKE ${n} ESCAPE '!' OR EXISTS (SELECT 1 FROM messages m WHERE m.id = j.message_id \
             AND (LOWER(m.text) LIKE ${n} ESCAPE '!' OR LOWER(COALESCE(m.subject, '')) LIKE ${n} ESCAPE '!' OR LOWER(COALESCE(m.from_address, '')) LIKE ${n} ESCAPE '!')))"
        ));
    }
    let sql = format!(
        "SELECT {SHOWN} FROM journal j LEFT JOIN channels c ON c.id = j.channel_id WHERE {} ORDER BY j.key DESC LIMIT $2",
        conditions.join(" AND ")
    );
    tx.query(&sql, &args, read_shown)
}
pub fn find(tx: &mut Tx<'_>, key: i64) -> Result<Option<Shown>> {
    tx.opt(&format!("SELECT {SHOWN} FROM journal j LEFT JOIN channels c ON c.id = j.channel_id WHERE j.key = $1"), params![key], read_shown)
}
/// Plays it again with a mark: what cannot be read is wanted all the same.
pub fn release(tx: &mut Tx<'_>, row: &Shown, mark: &str) -> Result<()> {
    let mut headers: Vec<(String, String)> = serde_json::from_str(&row.headers).map_err(|e| kernel::Error::internal(e.to_string()))?;
    headers.retain(|(name, _)| name != mark);
    headers.push((mark.to_owned(), "1".into()));
    let headers = serde_json::to_string(&headers).map_err(|e| kernel::Error::internal(e.to_string()))?;
    tx.exec("UPDATE journal SET headers = $2 WHERE key = $1", params![row.key, headers])?;
    replay(tx, row.key)
}
/// Back to the start; intake plays it again.
pub fn replay(tx: &mut Tx<'_>, key: i64) -> Result<()> {
    tx.exec("UPDATE journal SET state = 'received', outcome = NULL WHERE key = $1", params![key])?;
    tx.wake("journal");
    Ok(())
}
