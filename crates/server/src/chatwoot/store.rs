//! Every SQL text about numbers.

use crate::contacts;
use db::{Tx, Value, params};
use kernel::{ContactId, Result};
use std::collections::HashMap;

/// Ids in one statement.
const AT_ONCE: usize = 200;

pub fn known(tx: &mut Tx<'_>, ids: &[String]) -> Result<HashMap<String, i64>> {
    let mut out = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let marks: Vec<String> = (1..=some.len()).map(|i| format!("${i}")).collect();
        let args: Vec<Value<'_>> = some.iter().map(|id| Value::from(id.as_str())).collect();
        let sql = format!("SELECT id, number FROM chatwoot_numbers WHERE id IN ({})", marks.join(", "));
        out.extend(tx.query(&sql, &args, |r| Ok((r.next::<String>()?, r.next::<i64>()?)))?);
    }
    Ok(out)
}

/// The next number of its kind, unless it has one.
pub fn give(tx: &mut Tx<'_>, kind: &str, id: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO chatwoot_numbers (kind, number, id) SELECT $1, COALESCE(MAX(number), 0) + 1, $2 FROM chatwoot_numbers WHERE kind = $1 \
         ON CONFLICT (id) DO NOTHING",
        params![kind, id],
    )
    .map(drop)
}

pub fn id_of(tx: &mut Tx<'_>, kind: &str, number: i64) -> Result<Option<String>> {
    tx.opt("SELECT id FROM chatwoot_numbers WHERE kind = $1 AND number = $2", params![kind, number], |r| r.get(0))
}

/// The contact that such a program calls so: whoever was joined goes on by their name, and whoever was removed bears it no more.
pub fn contact_called(tx: &mut Tx<'_>, name: &str) -> Result<Option<ContactId>> {
    let sql = "SELECT id FROM chatwoot_numbers WHERE kind = 'con' AND name = $1";
    let id = tx.opt(sql, params![name], |r| r.get::<String>(0))?.and_then(|id| id.parse::<ContactId>().ok());
    let Some(id) = id else { return Ok(None) };
    let id = contacts::joined_into(tx, id)?.unwrap_or(id);
    Ok(contacts::brief(tx, id)?.map(|_| id))
}
pub fn names(tx: &mut Tx<'_>, ids: &[String]) -> Result<HashMap<String, String>> {
    let mut out = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let marks: Vec<String> = (1..=some.len()).map(|i| format!("${i}")).collect();
        let args: Vec<Value<'_>> = some.iter().map(|id| Value::from(id.as_str())).collect();
        let sql = format!("SELECT id, name FROM chatwoot_numbers WHERE name IS NOT NULL AND id IN ({})", marks.join(", "));
        out.extend(tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?);
    }
    Ok(out)
}
/// An empty name takes it away. False when somebody else is called so.
pub fn call_contact(tx: &mut Tx<'_>, id: ContactId, name: &str) -> Result<bool> {
    let name = Some(name).filter(|n| !n.is_empty());
    if let Some(name) = name {
        if contact_called(tx, name)?.is_some_and(|other| other != id) {
            return Ok(false);
        }
        // Whoever bore it before is gone, or the same person now.
        tx.exec("UPDATE chatwoot_numbers SET name = NULL WHERE kind = 'con' AND name = $1", params![name])?;
    }
    let id = id.to_string();
    give(tx, "con", &id)?;
    tx.exec("UPDATE chatwoot_numbers SET name = $2 WHERE id = $1", params![&id, name])?;
    Ok(true)
}
