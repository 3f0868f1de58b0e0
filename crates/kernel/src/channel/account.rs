//! One connected channel as a connector sees it: its settings with the secrets opened, its keys.

use crate::{ChannelId, Secret};
use serde_json::{Map, Value};

/// One connected channel, secrets already decrypted.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: ChannelId,
    pub provider: String,
    pub name: String,
    /// The address, number or public token that names it to the outside.
    pub identifier: String,
    pub settings: Settings,
    /// Scheme, host and port under which the outside reaches us.
    pub public_url: String,
    /// Per-channel key for reply tokens and other MACs, made at creation, 32 bytes.
    pub mac_key: Secret<Vec<u8>>,
}

/// The values of the connect form. Secrets are in here too: `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Settings(Map<String, Value>);
impl Settings {
    pub fn new(values: Map<String, Value>) -> Self {
        Self(values)
    }
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|s| !s.is_empty())
    }
    pub fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.text(name).map(|s| Secret::new(s.to_owned()))
    }
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }
    pub fn words(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.map(|l| l.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()).unwrap_or_default()
    }
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
