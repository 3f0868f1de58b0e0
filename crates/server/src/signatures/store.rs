//! Every SQL text about signatures.

use super::model::{ChannelSignature, Signature};
use db::{Tx, params};
use kernel::time::Millis;
use kernel::{ChannelId, Error, MemberId, Result};

/// A member's signatures; empty when they have none.
pub fn of(tx: &mut Tx<'_>, member: MemberId) -> Result<Signature> {
    let row = tx.opt("SELECT html, text, off_channels, updated_at FROM signatures WHERE member_id = $1", params![member], |r| {
        Ok(Signature {
            html: r.next()?,
            text: r.next()?,
            off_channels: serde_json::from_str(&r.next::<String>()?)
                .map_err(|e| Error::internal(format!("stored channels of a signature: {e}")))?,
            updated_at: Some(r.next()?),
            ..Default::default()
        })
    })?;
    let Some(mut signature) = row else { return Ok(Signature::default()) };
    signature.channels =
        tx.query("SELECT channel_id, html, text FROM channel_signatures WHERE member_id = $1 ORDER BY channel_id", params![member], |r| {
            Ok(ChannelSignature { channel_id: r.next()?, html: r.next()?, text: r.next()? })
        })?;
    Ok(signature)
}

/// What a member's mails of a channel end with, in both forms.
pub fn on(tx: &mut Tx<'_>, member: MemberId, channel: ChannelId) -> Result<Option<(String, String)>> {
    let mut s = of(tx, member)?;
    if s.off_channels.contains(&channel) {
        return Ok(None);
    }
    let own = s.channels.iter().position(|c| c.channel_id == channel).map(|at| s.channels.swap_remove(at));
    let (html, text) = own.map_or((s.html, s.text), |c| (c.html, c.text));
    Ok(Some((html, text)).filter(|(html, _)| !html.is_empty()))
}

pub fn put(tx: &mut Tx<'_>, member: MemberId, s: &Signature, now: Millis) -> Result<()> {
    let off = serde_json::to_string(&s.off_channels).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO signatures (member_id, html, text, off_channels, updated_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (member_id) DO UPDATE SET html = excluded.html, text = excluded.text, off_channels = excluded.off_channels, \
         updated_at = excluded.updated_at",
        params![member, &s.html, &s.text, off, now],
    )?;
    tx.exec("DELETE FROM channel_signatures WHERE member_id = $1", params![member])?;
    for c in &s.channels {
        tx.exec(
            "INSERT INTO channel_signatures (member_id, channel_id, html, text) VALUES ($1, $2, $3, $4)",
            params![member, c.channel_id, &c.html, &c.text],
        )?;
    }
    Ok(())
}
