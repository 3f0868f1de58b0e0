//! Whether what came in was one message and nothing else: only then is its source for whoever sees the message. Programs hand over
//! several people's messages at once.

use crate::app::App;
use crate::conversations::Message;
use crate::journal;
use kernel::channel::Inbound;
use kernel::{ErrorKind, Result, WorkspaceId};

/// Whether the delivery that brought this message held nothing besides. Where that cannot be known any more, it is taken to have.
pub async fn came_alone(app: &App, workspace: WorkspaceId, message: &Message) -> Result<bool> {
    let Some(key) = message.journal_key else { return Ok(false) };
    let Some(row) = app.db.read(workspace, move |tx| journal::take(tx, key)).await? else { return Ok(false) };
    // Mail comes letter by letter, also from an archive, and also on a channel that is gone by now.
    if row.raw.method == "SMTP" {
        return Ok(true);
    }
    let understood = super::understand(app, workspace, &row).await;
    is_alone(understood.map(|u| u.parsed), message.external_id.as_deref())
}

fn is_alone(parsed: Result<Vec<Inbound>>, message: Option<&str>) -> Result<bool> {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        // That we cannot look now does not say what there is.
        Err(error) if matches!(error.kind, ErrorKind::Internal | ErrorKind::Unavailable) => return Err(error),
        Err(_) => return Ok(false),
    };
    Ok(match parsed.as_slice() {
        [Inbound::Message(m)] => message == Some(m.external_id.as_str()),
        // Only the name of something that was fetched.
        [Inbound::Fetch { .. }] => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::is_alone;
    use kernel::Error;

    #[test]
    fn what_cannot_be_looked_at_now_is_not_taken_for_nothing() {
        for ours in [Error::internal("a disk"), Error::unavailable("files.away", "The store does not answer.")] {
            let code = ours.code;
            assert_eq!(is_alone(Err(ours), Some("m1")).map_err(|e| e.code), Err(code));
        }
        for gone in [Error::conflict("channel.removed", "It was removed."), Error::not_found("file.not_found", "It is not there.")] {
            assert_eq!(is_alone(Err(gone), Some("m1")).map_err(|e| e.code), Ok(false));
        }
        assert_eq!(is_alone(Ok(Vec::new()), Some("m1")).map_err(|e| e.code), Ok(false));
    }
}
