//! Rows and their chain.

use super::store::{self, Row};
use db::Tx;
use kernel::time::Millis;
use kernel::{Actor, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// One act, as it is noted.
#[derive(Debug, Clone)]
pub struct Act {
    /// Past tense, dotted, as events are: `team.updated`.
    pub action: &'static str,
    /// The id of what it was done to.
    pub subject: String,
    pub name: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}
impl Act {
    pub fn new(action: &'static str, subject: impl std::fmt::Display) -> Self {
        Self { action, subject: subject.to_string(), name: None, before: None, after: None }
    }
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
    pub fn before(mut self, value: Value) -> Self {
        self.before = Some(value);
        self
    }
    pub fn after(mut self, value: Value) -> Self {
        self.after = Some(value);
        self
    }
    /// Both sides, without what is the same on both.
    pub fn changed(self, before: Value, after: Value) -> Self {
        let (Value::Object(before), Value::Object(after)) = (&before, &after) else { return self.before(before).after(after) };
        let differ = |of: &Map<String, Value>, other: &Map<String, Value>| -> Value {
            Value::Object(of.iter().filter(|(k, v)| other.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect())
        };
        let (b, a) = (differ(before, after), differ(after, before));
        self.before(b).after(a)
    }
}

/// Notes an act of this actor; commits with it.
pub fn note(tx: &mut Tx<'_>, actor: &Actor, act: &Act, now: Millis) -> Result<()> {
    actor.trail.note();
    append(tx, &actor.label(), actor.trail.seed(), actor.trail.address(), act, now, None)
}

/// The same with what is left of the actor; `carried` is the id of a row that came over from control.
pub(super) fn append(
    tx: &mut Tx<'_>,
    by: &str,
    seed: &[u8; 16],
    address: Option<&str>,
    act: &Act,
    now: Millis,
    carried: Option<&str>,
) -> Result<()> {
    let head = store::head(tx)?;
    let n = head.n + 1;
    let details = serde_json::json!({ "name": act.name, "before": act.before, "after": act.after, "address": address }).to_string();
    let salt = Sha256::new().chain_update(seed).chain_update(n.to_be_bytes()).finalize()[..16].to_vec();
    let digest = digest(&salt, &details);
    let mut row = Row {
        n,
        at: now,
        actor: by.to_owned(),
        action: act.action.to_owned(),
        subject: act.subject.clone(),
        salt: Some(salt),
        details: Some(details),
        digest,
        hash: Vec::new(),
    };
    row.hash = hash(&head.hash, &row);
    store::insert(tx, &row, carried)
}

fn digest(salt: &[u8], details: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(details).finalize().to_vec()
}

/// Each part with its length, so that no two rows read the same.
fn hash(before: &[u8], row: &Row) -> Vec<u8> {
    let mut sum = Sha256::new().chain_update(before).chain_update(row.n.to_be_bytes()).chain_update(row.at.to_be_bytes());
    for part in [row.actor.as_bytes(), row.action.as_bytes(), row.subject.as_bytes(), row.digest.as_slice()] {
        sum = sum.chain_update((part.len() as u64).to_be_bytes()).chain_update(part);
    }
    sum.finalize().to_vec()
}

/// What the check of a chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub rows: i64,
    /// The number of the first row that is not as it was written, or is missing.
    pub broken_at: Option<i64>,
    pub why: Option<&'static str>,
    /// Of the last row.
    pub hash: Vec<u8>,
    pub last_at: Option<Millis>,
}

/// Goes through a piece of the chain; the whole of it is pieces until there are no rows.
pub struct Check {
    pub verdict: Verdict,
}
impl Check {
    pub fn begin() -> Self {
        Self { verdict: Verdict { rows: 0, broken_at: None, why: None, hash: Vec::new(), last_at: None } }
    }
    fn broken(&mut self, n: i64, why: &'static str) {
        if self.verdict.broken_at.is_none() {
            (self.verdict.broken_at, self.verdict.why) = (Some(n), Some(why));
        }
    }
    pub fn rows(&mut self, rows: &[Row]) {
        for row in rows {
            let expected = self.verdict.rows + 1;
            if row.n != expected {
                return self.broken(expected, "a row is missing");
            }
            if let (Some(salt), Some(details)) = (&row.salt, &row.details)
                && digest(salt, details) != row.digest
            {
                return self.broken(row.n, "its details were changed");
            }
            if hash(&self.verdict.hash, row) != row.hash {
                return self.broken(row.n, "it does not follow from the row before it");
            }
            self.verdict.rows = row.n;
            self.verdict.hash.clone_from(&row.hash);
            self.verdict.last_at = Some(row.at);
        }
    }
    pub fn end(mut self, head: &store::Head) -> Verdict {
        if self.verdict.broken_at.is_none() && (head.n != self.verdict.rows || head.hash != self.verdict.hash) {
            let missing = self.verdict.rows + 1;
            self.broken(missing, "rows at the end are missing");
        }
        self.verdict
    }
}

/// Checks the whole chain, as far as its head was when this began: where each statement sees the newest rows, more come meanwhile.
pub fn verify(tx: &mut Tx<'_>) -> Result<Verdict> {
    // Asked before the head, no row of ours is beyond it.
    let last = store::last(tx)?;
    let head = store::head(tx)?;
    let mut check = Check::begin();
    while check.verdict.rows < head.n && check.verdict.broken_at.is_none() {
        let mut rows = store::after(tx, check.verdict.rows, 1_000)?;
        rows.retain(|r| r.n <= head.n);
        if rows.is_empty() {
            break;
        }
        check.rows(&rows);
    }
    if last > head.n {
        check.broken(head.n + 1, "a row was added at the end");
    }
    Ok(check.end(&head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows() -> (Vec<Row>, store::Head) {
        let mut out: Vec<Row> = Vec::new();
        let mut before = Vec::new();
        for n in 1..=4 {
            let details = format!("{{\"n\":{n}}}");
            let salt = vec![n as u8; 16];
            let digest = digest(&salt, &details);
            let mut row = Row {
                n,
                at: n,
                actor: "user:a".into(),
                action: "x.done".into(),
                subject: "x".into(),
                salt: Some(salt),
                details: Some(details),
                digest,
                hash: vec![],
            };
            row.hash = hash(&before, &row);
            before.clone_from(&row.hash);
            out.push(row);
        }
        (out, store::Head { n: 4, hash: before })
    }
    fn broken(change: impl Fn(&mut Vec<Row>)) -> Option<i64> {
        let (mut all, head) = rows();
        change(&mut all);
        let mut check = Check::begin();
        check.rows(&all);
        check.end(&head).broken_at
    }

    #[test]
    fn whatever_is_changed_shows() {
        assert_eq!(broken(|_| ()), None);
        assert_eq!(broken(|r| r[1].actor = "user:b".into()), Some(2));
        assert_eq!(broken(|r| r[2].details = Some("{}".into())), Some(3));
        assert_eq!(broken(|r| r[3].at += 1), Some(4));
        assert_eq!(broken(|r| drop(r.remove(1))), Some(2));
        assert_eq!(broken(|r| drop(r.pop())), Some(4));
        assert_eq!(broken(|r| r.swap(1, 2)), Some(2));
        // Erased details leave the chain whole.
        assert_eq!(broken(|r| (r[1].salt, r[1].details) = (None, None)), None);
    }

    #[test]
    fn only_what_differs_is_told() {
        let act = Act::new("team.updated", "t").changed(json!({ "name": "A", "hue": 1 }), json!({ "name": "B", "hue": 1 }));
        assert_eq!((act.before, act.after), (Some(json!({ "name": "A" })), Some(json!({ "name": "B" }))));
    }
}
