//! Integers for ids. A thing gets its number when it is shown first and keeps it; conversations are known by their own number.

use super::store;
use crate::app::App;
use db::{Lane, Tx};
use kernel::{Result, WorkspaceId};
use serde_json::Value;
use std::collections::HashMap;

/// What is numbered, by the prefix of its id.
const KINDS: [&str; 9] = ["con", "mem", "tem", "chn", "msg", "crp", "tag", "fil", "whk"];

#[derive(Debug, Default)]
pub struct Numbers(HashMap<String, i64>);

impl Numbers {
    /// The number of an id; null where there is none.
    pub fn of(&self, id: &Value) -> Value {
        id.as_str().and_then(|id| self.0.get(id)).map_or(Value::Null, |n| Value::from(*n))
    }
    pub fn of_text(&self, id: &str) -> Option<i64> {
        self.0.get(id).copied()
    }
    /// For what is shown and not kept.
    pub fn made_of(pairs: &[(&str, i64)]) -> Self {
        Self(pairs.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect())
    }
}

fn kind_of(id: &str) -> Option<&'static str> {
    let (prefix, rest) = id.split_once('_')?;
    KINDS.into_iter().find(|k| *k == prefix).filter(|_| rest.len() >= 20)
}

/// The ids that stand in our own answers, wherever an id stands in them.
pub fn ids_in(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| ids_in(v, out)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(id) if (key == "id" || key.ends_with("_id")) && kind_of(id).is_some() => out.push(id.clone()),
                    Value::Array(list) if key.ends_with("_ids") => {
                        out.extend(list.iter().filter_map(Value::as_str).filter(|id| kind_of(id).is_some()).map(str::to_owned));
                    }
                    // What others wrote there is theirs.
                    _ if key == "custom_attributes" || key == "metadata" => {}
                    other => ids_in(other, out),
                }
            }
        }
        _ => {}
    }
}

/// The numbers of these ids; those without one get it now, the oldest first.
pub async fn give(app: &App, workspace: WorkspaceId, mut ids: Vec<String>) -> Result<Numbers> {
    ids.sort_unstable();
    ids.dedup();
    let asked = ids.clone();
    let mut known = app.db.read(workspace, move |tx| store::known(tx, &asked)).await?;
    let new: Vec<String> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
    if !new.is_empty() {
        known.extend(app.db.write(workspace, Lane::Interactive, move |tx| number(tx, &new)).await?);
    }
    Ok(Numbers(known))
}

/// The same within a transaction that writes.
pub fn give_in(tx: &mut Tx<'_>, mut ids: Vec<String>) -> Result<Numbers> {
    ids.sort_unstable();
    ids.dedup();
    let mut known = store::known(tx, &ids)?;
    ids.retain(|id| !known.contains_key(id));
    known.extend(number(tx, &ids)?);
    Ok(Numbers(known))
}

fn number(tx: &mut Tx<'_>, new: &[String]) -> Result<HashMap<String, i64>> {
    for id in new {
        if let Some(kind) = kind_of(id) {
            store::give(tx, kind, id)?;
        }
    }
    store::known(tx, new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_found_where_ids_stand() {
        let (con, mem, msg) =
            (kernel::ContactId::from_uuid(Default::default()), kernel::MemberId::from_uuid(Default::default()), "msg_short");
        let mut found = Vec::new();
        ids_in(
            &json!({"contact": {"id": con, "name": "con_x"}, "assignee_id": mem, "text": mem, "reply_to_id": msg, "member_ids": [mem, 3],
                "custom_attributes": {"id": con}, "conversation_id": kernel::ConversationId::from_uuid(Default::default())}),
            &mut found,
        );
        found.sort();
        assert_eq!(found, [con.to_string(), mem.to_string(), mem.to_string()]);
    }
}
