//! Every SQL text about the keys of domains.

use super::model::Key;
use db::{Row, Tx, params};
use kernel::Result;
use kernel::time::Millis;

const COLUMNS: &str = "domain, selector, sealed, public_key, created_at, checked_at, published_at, trouble";
fn read(r: &Row<'_>) -> Result<Key> {
    Ok(Key {
        domain: r.next()?,
        selector: r.next()?,
        sealed: r.next()?,
        public: r.next()?,
        created_at: r.next()?,
        checked_at: r.next()?,
        published_at: r.next()?,
        trouble: r.next()?,
    })
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Key>> {
    tx.query(&format!("SELECT {COLUMNS} FROM mail_domains ORDER BY domain"), params![], read)
}
pub fn find(tx: &mut Tx<'_>, domain: &str) -> Result<Option<Key>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM mail_domains WHERE domain = $1"), params![domain], read)
}
/// False when the domain has one.
pub fn insert(tx: &mut Tx<'_>, k: &Key) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO mail_domains (domain, selector, sealed, public_key, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        params![&k.domain, &k.selector, &k.sealed, &k.public, k.created_at],
    )?;
    Ok(n > 0)
}
pub fn note_check(tx: &mut Tx<'_>, k: &Key, published_at: Option<Millis>, trouble: Option<&str>, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE mail_domains SET checked_at = $3, published_at = $4, trouble = $5 WHERE domain = $1 AND selector = $2",
        params![&k.domain, &k.selector, now, published_at, trouble],
    )
    .map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, domain: &str) -> Result<bool> {
    Ok(tx.exec("DELETE FROM mail_domains WHERE domain = $1", params![domain])? > 0)
}
