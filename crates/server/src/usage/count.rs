//! Counting, in the background, day by day.

use super::store::{self, Counted, Totals};
use crate::app::App;
use db::Lane;
use kernel::time::{DAY, MINUTE, Millis};
use kernel::{ChannelId, Result, WorkspaceId};
use std::collections::BTreeMap;

/// Numbers older than this are counted anew when somebody looks.
pub const FRESH: Millis = 10 * MINUTE;
/// What comes late stands where it was sent, so far back at most.
const LATE: i64 = 8;

/// Whether these numbers are to be counted anew.
pub fn is_stale(t: Option<&Totals>, now: Millis) -> bool {
    t.is_none_or(|t| now - t.counted_at >= FRESH)
}

/// Counts what is due; another round that finds it fresh does nothing.
pub async fn round(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    let before = app.db.read(workspace, store::totals).await?;
    if !is_stale(before.as_ref(), now) {
        return Ok(());
    }
    let whole = before.as_ref().is_none_or(|t| now - t.whole_at >= DAY);
    let whole_at = before.as_ref().filter(|_| !whole).map_or(now, |t| t.whole_at);
    let from = if whole { i64::MIN } else { now.div_euclid(DAY) - LATE };
    let mut days: BTreeMap<(i64, ChannelId), Counted> = BTreeMap::new();
    let mut at = if whole { 0 } else { from };
    while let Some(day) = app.db.read(workspace, move |tx| store::next_day(tx, at)).await? {
        for (channel, counted) in app.db.read(workspace, move |tx| store::messages(tx, day)).await? {
            days.insert((day, channel), counted);
        }
        at = day + 1;
        if app.runner.is_stopping() {
            return Ok(());
        }
    }
    let (begun, totals) = app
        .db
        .read(workspace, move |tx| {
            let begun = store::conversations(tx, from.max(0))?;
            let conversations = super::model::Conversations { total: 0, open: store::open(tx)? };
            let (storage, webhooks) = (store::storage(tx)?, store::webhooks(tx)?);
            Ok((begun, Totals { counted_at: now, whole_at, conversations, storage, webhooks }))
        })
        .await?;
    for (day, channel, n) in begun {
        days.entry((day, channel)).or_default().conversations = n;
    }
    let rows: Vec<(i64, ChannelId, Counted)> = days.into_iter().map(|((day, channel), c)| (day, channel, c)).collect();
    app.db
        .write(workspace, Lane::Bulk, move |tx| {
            store::keep(tx, from, &rows)?;
            store::keep_totals(tx, &totals)
        })
        .await
}
