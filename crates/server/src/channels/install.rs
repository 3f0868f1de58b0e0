//! Letting a channel set itself up at its provider: what the credentials reach, and our webhook address registered there.

use super::directory::{Entry, secrets};
use super::{fresh, store};
use crate::app::{App, found};
use kernel::channel::{Account, Reach, SendError, Settings};
use kernel::form::{self, Field};
use kernel::id::new_id;
use kernel::{Actor, ChannelId, Error, Result, Secret};
use serde_json::{Map, Value};
use std::sync::Arc;

fn refused(error: SendError) -> Error {
    Error::conflict("provider.refused", error.detail().to_owned())
}

/// Our webhook address of a channel.
pub fn webhook_url(app: &App, entry: &Entry) -> String {
    format!("{}/api/webhooks/{}/{}", app.config.server.public_url, entry.account.provider, entry.key)
}

/// What these credentials reach, before or after the channel exists.
pub async fn reach(app: &App, actor: &Actor, provider: &str, given: Map<String, Value>, channel: Option<ChannelId>) -> Result<Vec<Reach>> {
    let connector = found(connectors::channel(provider), "channel_type.not_found", "kind of channel")?;
    let installer =
        connector.installer().ok_or_else(|| Error::conflict("channel.no_list", "This kind of channel has nothing to choose from."))?;
    let mut values = Map::new();
    if let Some(id) = channel {
        let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
        let row = found(row, "channel.not_found", "channel")?;
        values = row.configuration.clone();
        values.extend(secrets(app, actor.workspace, &row).await?);
    }
    values.extend(given.into_iter().filter(|(_, v)| !v.is_object()));
    // Only what is there has to be right: choosing fills in the rest.
    let fields: Vec<Field> = connector.descriptor().fields.iter().map(|f| Field { required: false, ..*f }).collect();
    values.retain(|name, _| fields.iter().any(|f| f.name == name));
    let values = form::check(&fields, &values).map_err(Error::fields)?;
    if let Some(id) = channel
        && let Some(entry) = app.directory.by_id(app, actor.workspace, id).await?
    {
        let entry = fresh(app, &entry).await?.map_err(refused)?;
        let mut settings = entry.account.settings.values().clone();
        settings.extend(values);
        let account = Account { settings: Settings::new(settings), ..entry.account.clone() };
        return installer.list(app.edge_of(&entry).edge(), &account).await.map_err(refused);
    }
    let account = Account {
        id: new_id(app.ids.as_ref(), app.now()),
        provider: provider.to_owned(),
        name: String::new(),
        identifier: String::new(),
        settings: Settings::new(values),
        public_url: app.config.server.public_url.clone(),
        mac_key: Secret::new(Vec::new()),
    };
    let edge = kernel::channel::Edge { http: app.http.as_ref(), dial: app.dial.as_ref(), clock: app.clock.as_ref() };
    installer.list(edge, &account).await.map_err(refused)
}

/// Registers our webhook address; gives words on what was done.
pub async fn install(app: &App, entry: &Arc<Entry>) -> Result<String> {
    let entry = fresh(app, entry).await?.map_err(refused)?;
    let installer = entry.connector.installer().ok_or_else(|| {
        Error::conflict("channel.no_install", "Paste the address at the provider yourself; this kind of channel has no way to register it.")
    })?;
    installer.install(app.edge_of(&entry).edge(), &entry.account, &webhook_url(app, &entry)).await.map_err(refused)
}
