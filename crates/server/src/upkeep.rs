//! After an upgrade, rows from before get what new ones have from the start: slice by slice in the lane behind everybody else. What is
//! left to do stands in `backfills`; doing a slice twice changes nothing.

use crate::app::App;
use crate::{contacts, conversations, search};
use db::{Lane, Tx, params};
use kernel::{Result, WorkspaceId};

/// Rows in one write.
const SLICE: i64 = 200;

type Refill = fn(&mut Tx<'_>, &[u8], i64) -> Result<Option<Vec<u8>>>;

/// Each takes the next rows after a position, and gives the last one it did.
const REFILLS: &[(&str, Refill)] =
    &[("contact_words", contacts::refill_words), ("folded_subjects", conversations::refold_subjects), ("message_words", search::refill)];

/// Does what is left, until there is nothing.
pub async fn round(app: &App, workspace: WorkspaceId) -> Result<()> {
    for (name, refill) in REFILLS {
        let left = app.db.read(workspace, |tx| tx.opt("SELECT 1 FROM backfills WHERE name = $1", params![*name], |_| Ok(()))).await?;
        if left.is_none() {
            continue;
        }
        tracing::info!(workspace.id = %workspace, what = *name, "old rows are brought up to date in the background");
        while app.db.write(workspace, Lane::Bulk, move |tx| slice(tx, name, *refill)).await? {
            if app.runner.is_stopping() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Gives whether there is more to do.
fn slice(tx: &mut Tx<'_>, name: &str, refill: Refill) -> Result<bool> {
    let position: Option<String> = tx.opt("SELECT position FROM backfills WHERE name = $1", params![name], |r| r.get(0))?;
    let Some(position) = position else { return Ok(false) };
    let after = data_encoding::HEXLOWER.decode(position.as_bytes()).unwrap_or_default();
    match refill(tx, &after, SLICE)? {
        Some(last) => {
            let position = data_encoding::HEXLOWER.encode(&last);
            tx.exec("UPDATE backfills SET position = $2 WHERE name = $1", params![name, position])?;
            Ok(true)
        }
        None => {
            tx.exec("DELETE FROM backfills WHERE name = $1", params![name])?;
            Ok(false)
        }
    }
}
