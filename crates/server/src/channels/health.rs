//! Whether a channel works: asked of the provider by hand and every few minutes, and told before a customer notices.

use super::api::TestStep;
use super::directory::Entry;
use super::{actions, fresh, store};
use crate::app::App;
use db::{Lane, params};
use kernel::channel::{Outbound, SendError, Tried};
use kernel::message::ChannelStatus;
use kernel::time::{MINUTE, Millis};
use kernel::{ChannelId, Result, WorkspaceId};
use std::sync::Arc;

/// Broken channels are asked this often, working ones every six times as long.
const EVERY: Millis = 5 * MINUTE;

/// Asks the provider, and notes what it said.
pub(super) async fn look(app: &App, entry: &Arc<Entry>) -> Result<(bool, String, Vec<TestStep>)> {
    let steps = steps(app, entry).await?;
    let ok = steps.iter().all(|s| s.ok);
    let detail = steps.iter().filter(|s| s.ok == ok).map(|s| s.detail.as_str()).collect::<Vec<_>>().join(" ");
    note(app, entry, ok, &detail).await?;
    Ok((ok, detail, steps.into_iter().map(|s| TestStep::new(s.step, s.ok, s.detail)).collect()))
}

/// The same in the connector's own steps, and nothing noted.
async fn steps(app: &App, entry: &Arc<Entry>) -> Result<Vec<Tried>> {
    match renewed(app, entry).await? {
        Ok(entry) => Ok(entry.connector.steps(app.edge_of(&entry).edge(), &entry.account).await),
        Err(error) => Ok(vec![Tried { step: "credentials", ok: false, detail: error.detail().to_owned() }]),
    }
}

async fn note(app: &App, entry: &Arc<Entry>, ok: bool, detail: &str) -> Result<()> {
    let detail = detail.to_owned();
    let (id, now, words, broken) = (entry.id, app.now(), detail.clone(), (!ok).then(|| detail.clone()));
    let changed = app
        .db
        .write(entry.workspace, Lane::Interactive, move |tx| {
            store::checked(tx, id, &words, now)?;
            actions::note_health(tx, id, broken.as_deref(), now)
        })
        .await?;
    if changed {
        app.directory.forget(id);
    }
    Ok(())
}

/// The account with credentials that last: refreshed, or renewed in the provider's own way.
async fn renewed(app: &App, entry: &Arc<Entry>) -> Result<std::result::Result<Arc<Entry>, SendError>> {
    let entry = match fresh(app, entry).await? {
        Ok(entry) => entry,
        Err(error) => return Ok(Err(error)),
    };
    match entry.connector.renew(app.edge_of(&entry).edge(), &entry.account).await {
        Ok(None) => Ok(Ok(entry)),
        Ok(Some(settings)) => {
            actions::store_hidden(app, entry.workspace, entry.id, settings).await?;
            Ok(app
                .directory
                .by_id(app, entry.workspace, entry.id)
                .await?
                .ok_or(SendError::Permanent { detail: "The channel was removed.".into() }))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// Looks at the channels whose turn it is.
pub async fn round(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    let due: Vec<(ChannelId, bool)> = app
        .db
        .read(workspace, move |tx| {
            tx.query(
                "SELECT id, broken_since IS NOT NULL FROM channels WHERE deleted_at IS NULL AND \
                 (((status = 'error' OR (status = 'active' AND broken_since IS NOT NULL)) AND COALESCE(checked_at, 0) <= $1) \
                 OR (status = 'active' AND COALESCE(checked_at, created_at) <= $2))",
                params![now - EVERY, now - 6 * EVERY],
                |r| Ok((r.next()?, r.next()?)),
            )
        })
        .await?;
    for (id, broken) in due {
        if let Some(entry) = app.directory.by_id(app, workspace, id).await? {
            // Asking must not be felt: whoever has an API of their own is asked, the program behind a webhook only when it failed.
            if broken || entry.status == ChannelStatus::Error || entry.connector.descriptor().fields.iter().any(|f| f.name == "base_url") {
                look(app, &entry).await?;
            }
        }
    }
    app.runner.schedule(workspace, now + EVERY);
    Ok(())
}

/// Tries the channel step by step; with `to`, a real message leaves.
pub(super) async fn test(app: &App, entry: &Arc<Entry>, to: Option<&str>) -> Result<Vec<super::api::TestStep>> {
    let (_, _, mut steps) = look(app, entry).await?;
    let entry = match fresh(app, entry).await? {
        Ok(entry) => entry,
        Err(error) => {
            steps.push(TestStep::new("send", false, error.detail().to_owned()));
            return Ok(steps);
        }
    };
    if let Some(installer) = entry.connector.installer() {
        let ours = super::install::webhook_url(app, &entry);
        match installer.list(app.edge_of(&entry).edge(), &entry.account).await {
            Ok(list) => {
                let here = list.iter().find(|r| r.id.eq_ignore_ascii_case(&entry.account.identifier));
                let step = match here.and_then(|r| r.webhook.as_deref()) {
                    Some(url) if url == ours => TestStep::new("webhook", true, "The provider sends to this channel's address.".into()),
                    Some(url) => TestStep::new("webhook", false, format!("The provider sends to {url} and not to {ours}.")),
                    None => TestStep::new("webhook", true, "The provider does not say where it sends to.".into()),
                };
                steps.push(step);
            }
            Err(error) => steps.push(TestStep::new("webhook", false, error.detail().to_owned())),
        }
    }
    if let Some(to) = to {
        let id: kernel::MessageId = kernel::id::new_id(app.ids.as_ref(), app.now());
        let conversation = kernel::id::new_id(app.ids.as_ref(), app.now());
        let d = entry.connector.descriptor();
        let message = Outbound {
            message_id: id.to_string(),
            conversation_id: conversation,
            conversation_number: 0,
            sender_name: None,
            to: vec![kernel::message::Address::bare(to)],
            cc: vec![],
            bcc: vec![],
            subject: d.capabilities.subject.then(|| format!("Test of the channel {}", entry.name)),
            text: format!("This is a test of the channel {}. Nothing needs to be done.", entry.name),
            html: None,
            files: vec![],
            external_id: entry.connector.outgoing_id(&entry.account, id, conversation),
            in_reply_to: None,
            references: vec![],
            thread_key: d.capabilities.continuous.then(|| to.to_owned()),
            automatic: false,
            created_at: app.now(),
            attempt: 1,
            template: None,
            buttons: vec![],
            last_inbound_at: Some(app.now()),
            last_inbound_id: None,
            last_inbound_metadata: Default::default(),
        };
        let step = match entry.connector.send(app.edge_of(&entry).edge(), &entry.account, &message).await {
            Ok(receipt) => TestStep::new("send", true, receipt.detail.unwrap_or_else(|| "The provider took it.".into())),
            Err(error) => TestStep::new("send", false, error.detail().to_owned()),
        };
        steps.push(step);
    }
    Ok(steps)
}
