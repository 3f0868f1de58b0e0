//! Every SQL text about signatures.

use super::model::Signature;
use db::{Tx, params};
use kernel::time::Millis;
use kernel::{Error, MemberId, Result};

/// A member's signature; an empty one when they have none.
pub fn of(tx: &mut Tx<'_>, member: MemberId) -> Result<Signature> {
    let row = tx.opt("SELECT html, text, off_channels, updated_at FROM signatures WHERE member_id = $1", params![member], |r| {
        Ok(Signature {
            html: r.next()?,
            text: r.next()?,
            off_channels: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
            updated_at: Some(r.next()?),
        })
    })?;
    Ok(row.unwrap_or_default())
}

pub fn put(tx: &mut Tx<'_>, member: MemberId, s: &Signature, now: Millis) -> Result<()> {
    let off = serde_json::to_string(&s.off_channels).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO signatures (member_id, html, text, off_channels, updated_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (member_id) DO UPDATE SET html = excluded.html, text = excluded.text, off_channels = excluded.off_channels, \
         updated_at = excluded.updated_at",
        params![member, &s.html, &s.text, off, now],
    )
    .map(|_| ())
}
