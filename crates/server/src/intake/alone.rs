//! Whether what came in was one message and nothing else: only then is its source for whoever sees the message. Programs hand over
//! several people's messages at once.

use crate::app::App;
use crate::conversations::Message;
use crate::journal;
use kernel::channel::Inbound;
use kernel::{Result, WorkspaceId};

/// Whether the delivery that brought this message held nothing besides. Where that cannot be known any more, it is taken to have.
pub async fn came_alone(app: &App, workspace: WorkspaceId, message: &Message) -> Result<bool> {
    let Some(key) = message.journal_key else { return Ok(false) };
    let Some(row) = app.db.read(workspace, move |tx| journal::take(tx, key)).await? else { return Ok(false) };
    // Mail comes letter by letter, also from an archive, and also on a channel that is gone by now.
    if row.raw.method == "SMTP" {
        return Ok(true);
    }
    let Ok(understood) = super::understand(app, workspace, &row).await else { return Ok(false) };
    Ok(match understood.parsed.as_slice() {
        [Inbound::Message(m)] => message.external_id.as_deref() == Some(m.external_id.as_str()),
        // Only the name of something that was fetched.
        [Inbound::Fetch { .. }] => true,
        _ => false,
    })
}
