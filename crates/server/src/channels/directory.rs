//! Opened channel accounts at hand, by public key and by id; forgotten when a channel changes.

use super::model::ChannelRow;
use super::store;
use crate::app::{App, Sealer};
use crate::{mail_domains, people, standstill};
use db::Scope;
use kernel::channel::{Account, Channel, Limits, Settings};
use kernel::message::ChannelStatus;
use kernel::{ChannelId, Error, Result, Secret, WorkspaceId};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A channel ready to verify, parse and send.
pub struct Entry {
    pub workspace: WorkspaceId,
    pub id: ChannelId,
    pub key: String,
    pub name: String,
    /// The word in conversations: `email`, `webchat`, …
    pub word: String,
    pub status: ChannelStatus,
    pub account: Account,
    pub connector: &'static dyn Channel,
    /// For phone numbers without a country code.
    pub default_country: String,
    /// The workspace's.
    pub time_zone: String,
    /// What mail that leaves directly is signed with.
    pub signs_with: Option<Arc<mailproof::SigningKey>>,
}

impl Entry {
    pub fn limits(&self) -> Limits {
        self.connector.descriptor().limits
    }
    /// Nobody outside is reached: the connector's simulator plays the provider.
    pub fn is_simulated(&self) -> bool {
        self.account.settings.flag(SIMULATED)
    }
    /// Sending is forbidden by the account's own switch.
    pub fn is_read_only(&self) -> bool {
        let field = self.connector.descriptor().read_only_field;
        !field.is_empty() && self.account.settings.flag(field)
    }
}

/// A setting beside the connector's own: the simulator plays the provider.
pub const SIMULATED: &str = "simulated";

#[derive(Default)]
pub struct Directory {
    by_key: RwLock<HashMap<String, Arc<Entry>>>,
    by_id: RwLock<HashMap<ChannelId, Arc<Entry>>>,
}

impl Directory {
    /// By the public key in an address.
    pub async fn by_key(&self, app: &App, key: &str) -> Result<Option<Arc<Entry>>> {
        if let Some(entry) = self.by_key.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(Some(entry.clone()));
        }
        let wanted = key.to_owned();
        let located = app.db.read(Scope::Control, move |tx| store::locate_key(tx, &wanted)).await?;
        match located {
            Some(l) => self.by_id(app, l.workspace, l.channel).await,
            None => Ok(None),
        }
    }

    /// By the address or number the outside knows.
    pub async fn by_identifier(&self, app: &App, provider: &'static str, identifier: &str) -> Result<Option<Arc<Entry>>> {
        let wanted = identifier.to_owned();
        let located = app.db.read(Scope::Control, move |tx| store::locate_identifier(tx, provider, &wanted)).await?;
        match located {
            Some(l) => self.by_id(app, l.workspace, l.channel).await,
            None => Ok(None),
        }
    }

    pub async fn of_provider(&self, app: &App, provider: &'static str) -> Result<Vec<Arc<Entry>>> {
        let all = app.db.read(Scope::Control, move |tx| store::of_provider(tx, provider)).await?;
        let mut out = Vec::new();
        for l in all {
            out.extend(self.by_id(app, l.workspace, l.channel).await?);
        }
        Ok(out)
    }

    pub async fn by_id(&self, app: &App, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Arc<Entry>>> {
        if let Some(entry) = self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok((entry.workspace == workspace).then(|| entry.clone()));
        }
        let row = app.db.read(workspace, move |tx| store::find(tx, id)).await?;
        let Some(row) = row else { return Ok(None) };
        let entry = Arc::new(open(app, workspace, &row).await?);
        self.by_key.write().unwrap_or_else(PoisonError::into_inner).insert(entry.key.clone(), entry.clone());
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(id, entry.clone());
        Ok(Some(entry))
    }

    pub fn forget(&self, id: ChannelId) {
        if let Some(entry) = self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(&id) {
            self.by_key.write().unwrap_or_else(PoisonError::into_inner).remove(&entry.key);
        }
    }
    pub fn forget_all(&self) {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.by_key.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The secrets of a row, opened.
pub(super) async fn secrets(app: &App, workspace: WorkspaceId, row: &ChannelRow) -> Result<Map<String, Value>> {
    let info = people::workspace(app, workspace).await?;
    let plain = Sealer::new(app, &info.data_key)?.open(&row.secrets, &row.id.to_string())?;
    serde_json::from_slice(&plain).map_err(|e| Error::internal(format!("secrets of {}: {e}", row.id)))
}

async fn open(app: &App, workspace: WorkspaceId, row: &ChannelRow) -> Result<Entry> {
    let connector = connectors::channel(&row.provider)
        .ok_or_else(|| Error::internal(format!("channel {} has the unknown provider {}", row.id, row.provider)))?;
    let info = people::workspace(app, workspace).await?;
    let mut values = row.configuration.clone();
    values.extend(secrets(app, workspace, row).await?);
    let signs_with = match connector.fed_by_mail() {
        true => mail_domains::key_for(app, workspace, &row.account_identifier).await?,
        false => None,
    };
    // Whatever is asked of it: while the workspace stands still, its channels are switched off.
    let still = standstill::is_still(app, workspace).await?;
    Ok(Entry {
        workspace,
        id: row.id,
        key: row.key.clone(),
        name: row.name.clone(),
        word: row.channel.clone(),
        status: if still { ChannelStatus::Inactive } else { row.status },
        account: Account {
            id: row.id,
            provider: row.provider.clone(),
            name: row.name.clone(),
            identifier: row.account_identifier.clone(),
            settings: Settings::new(values),
            public_url: app.config.server.public_url.clone(),
            mac_key: Secret::new(app.vault.derive(&format!("channel-mac {}", row.id)).to_vec()),
        },
        connector,
        default_country: info.default_country.clone(),
        time_zone: info.time_zone.clone(),
        signs_with,
    })
}
