//! SQL of the audit log.

use db::{Row as Sql, Tx, Value, params};
use kernel::Result;
use kernel::time::Millis;

#[derive(Debug, Clone)]
pub struct Row {
    pub n: i64,
    pub at: Millis,
    pub actor: String,
    pub action: String,
    pub subject: String,
    /// Both gone once somebody's details were erased.
    pub salt: Option<Vec<u8>>,
    pub details: Option<String>,
    pub digest: Vec<u8>,
    pub hash: Vec<u8>,
}

pub struct Head {
    pub n: i64,
    pub hash: Vec<u8>,
}

const COLUMNS: &str = "n, at, actor, action, subject, salt, details, digest, hash";
fn read(r: &Sql<'_>) -> Result<Row> {
    Ok(Row {
        n: r.next()?,
        at: r.next()?,
        actor: r.next()?,
        action: r.next()?,
        subject: r.next()?,
        salt: r.next()?,
        details: r.next()?,
        digest: r.next()?,
        hash: r.next()?,
    })
}

pub fn head(tx: &mut Tx<'_>) -> Result<Head> {
    let found = tx.opt("SELECT n, hash FROM audit_head WHERE id = 1", params![], |r| Ok(Head { n: r.next()?, hash: r.next()? }))?;
    Ok(found.unwrap_or(Head { n: 0, hash: Vec::new() }))
}

/// The number of the last row there is, whatever the head says.
pub fn last(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT COALESCE(MAX(n), 0) FROM audit", params![])
}

/// The next row. A row that was carried over already is not doubled.
pub fn insert(tx: &mut Tx<'_>, r: &Row, carried: Option<&str>) -> Result<()> {
    let n = tx.exec(
        "INSERT INTO audit (n, at, actor, action, subject, salt, details, digest, hash, carried) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (carried) DO NOTHING",
        params![r.n, r.at, &r.actor, &r.action, &r.subject, r.salt.clone(), &r.details, &r.digest, &r.hash, carried],
    )?;
    if n == 0 {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO audit_head (id, n, hash) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET n = excluded.n, hash = excluded.hash",
        params![r.n, &r.hash],
    )
    .map(drop)
}

pub fn after(tx: &mut Tx<'_>, n: i64, limit: i64) -> Result<Vec<Row>> {
    tx.query(&format!("SELECT {COLUMNS} FROM audit WHERE n > $1 ORDER BY n LIMIT $2"), params![n, limit], read)
}

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    /// An action, or the beginning of several: `team.`.
    pub action: Option<String>,
    pub subject: Option<String>,
    pub since: Option<Millis>,
    pub until: Option<Millis>,
}

/// Newest first, before a number.
pub fn list(tx: &mut Tx<'_>, f: &Filter, before: i64, limit: i64) -> Result<Vec<Row>> {
    let mut args: Vec<Value<'static>> = vec![before.into(), limit.into()];
    let mut conditions = vec!["n < $1".to_owned()];
    let mut add = |sql: &str, value: Value<'static>| {
        args.push(value);
        conditions.push(sql.replace('?', &format!("${}", args.len())));
    };
    if let Some(actor) = &f.actor {
        add("actor = ?", actor.clone().into());
    }
    if let Some(action) = &f.action {
        match action.strip_suffix('.') {
            // Between the dot and what follows it in the alphabet.
            Some(stem) => {
                add("action >= ?", format!("{stem}.").into());
                add("action < ?", format!("{stem}/").into());
            }
            None => add("action = ?", action.clone().into()),
        }
    }
    if let Some(subject) = &f.subject {
        add("subject = ?", subject.clone().into());
    }
    if let Some(at) = f.since {
        add("at >= ?", at.into());
    }
    if let Some(at) = f.until {
        add("at < ?", at.into());
    }
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE {} ORDER BY n DESC LIMIT $2", conditions.join(" AND "));
    tx.query(&sql, &args, read)
}
