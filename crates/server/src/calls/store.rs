//! Every SQL text about calls.

use db::{Tx, Value};
use kernel::{ChannelId, Result};
use std::collections::HashSet;

/// Which of these external ids the channel has already.
pub fn known(tx: &mut Tx<'_>, channel: ChannelId, ids: &[String]) -> Result<HashSet<String>> {
    let mut out = HashSet::new();
    for some in ids.chunks(400) {
        let marks: Vec<String> = (2..some.len() + 2).map(|n| format!("${n}")).collect();
        let mut args: Vec<Value<'_>> = vec![channel.into()];
        args.extend(some.iter().map(Value::from));
        let sql = format!("SELECT external_id FROM messages WHERE channel_id = $1 AND external_id IN ({})", marks.join(", "));
        out.extend(tx.query(&sql, &args, |r| r.get::<String>(0))?);
    }
    Ok(out)
}
