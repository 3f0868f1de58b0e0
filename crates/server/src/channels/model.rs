//! A channel account as the API shows it: secrets only say whether they are set.

use super::directory::SIMULATED;
use super::oauth::{ACCESS_TOKEN, EXPIRES_AT};
use kernel::ChannelId;
use kernel::channel::Descriptor;
use kernel::form::FieldKind;
use kernel::message::ChannelStatus;
use kernel::time::{Millis, wire, wire_opt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PasteRow {
    pub label: String,
    pub value: String,
    pub help: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Channel {
    #[schema(value_type = String)]
    pub id: ChannelId,
    pub provider: String,
    pub channel: String,
    pub name: String,
    pub account_identifier: String,
    pub status: ChannelStatus,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sync_at: Option<Millis>,
    pub sync_error: Option<String>,
    pub autopilot_enabled: bool,
    /// Messages a second that this account may send.
    pub rate_limit: f64,
    /// The connector's settings; a secret is `{"set": true}`.
    #[schema(value_type = Object)]
    pub configuration: Map<String, Value>,
    /// Public name in webhook addresses and embed code.
    pub key: String,
    pub paste: Vec<PasteRow>,
    /// Two lines of HTML for channels with a widget.
    pub embed: Option<String>,
    /// Open conversations.
    pub open_count: i64,
    /// Made from the environment: cannot be changed here.
    pub read_only: bool,
    /// The channel's own switch forbids sending.
    pub sending_forbidden: bool,
    /// Starts a call when opened, with the number in place of `{number}`; where the channel has such an address.
    pub call_url: Option<String>,
    /// The simulator plays the provider.
    pub simulated: bool,
    /// Connected with the button; `null` where the channel has none.
    pub connected: Option<bool>,
    /// When the connection ends unless it is renewed.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub token_expires_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_inbound_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_outbound_at: Option<Millis>,
    /// When its health was last looked at, and what was found.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub checked_at: Option<Millis>,
    pub health_detail: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewChannel {
    /// Id of a channel type.
    pub provider: String,
    pub name: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub configuration: Map<String, Value>,
    /// Nobody outside is reached: the channel's simulator plays the provider, and what the form needs is made up.
    #[serde(default)]
    pub simulated: bool,
}

/// The row as stored.
#[derive(Debug, Clone)]
pub struct ChannelRow {
    pub id: ChannelId,
    pub key: String,
    pub provider: String,
    pub channel: String,
    pub name: String,
    pub account_identifier: String,
    pub status: ChannelStatus,
    pub sync_error: Option<String>,
    pub last_sync_at: Option<Millis>,
    pub configuration: Map<String, Value>,
    pub secrets: Vec<u8>,
    pub read_only: bool,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub open_count: i64,
    pub last_inbound_at: Option<Millis>,
    pub last_outbound_at: Option<Millis>,
    pub checked_at: Option<Millis>,
    pub health_detail: Option<String>,
}

impl ChannelRow {
    pub fn show(&self, descriptor: &Descriptor, public_url: &str, secrets: &Map<String, Value>) -> Channel {
        let mut configuration = self.configuration.clone();
        let simulated = configuration.remove(SIMULATED).is_some_and(|v| v == true);
        for field in descriptor.fields.iter().filter(|f| f.kind == FieldKind::Secret) {
            configuration.insert(field.name.into(), json!({ "set": secrets.contains_key(field.name) }));
        }
        let fill = |template: &str| {
            let mut text = template.replace("{public_url}", public_url).replace("{key}", &self.key);
            for (name, value) in &self.configuration {
                let value = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
                text = text.replace(&format!("{{{name}}}"), &value);
            }
            text
        };
        let oauth = descriptor.oauth_for(&self.configuration);
        let redirect = oauth.map(|_| PasteRow {
            label: "Redirect address".into(),
            value: format!("{public_url}/oauth/callback"),
            help:
                "Where the provider sends people back to after they gave consent. Enter it there with the application, letter for letter."
                    .into(),
        });
        let paste = descriptor.paste_for(&self.configuration).iter().map(|p| PasteRow {
            label: p.label.into(),
            value: fill(p.template),
            help: p.help.into(),
        });
        let embed = descriptor.capabilities.widget.then(|| {
            format!(
                "<script src=\"{public_url}/widget.js\" defer></script>\n<switchboard-chat channel=\"{}\"></switchboard-chat>",
                self.key
            )
        });
        Channel {
            id: self.id,
            provider: self.provider.clone(),
            channel: self.channel.clone(),
            name: self.name.clone(),
            account_identifier: self.account_identifier.clone(),
            status: self.status,
            last_sync_at: self.last_sync_at,
            sync_error: self.sync_error.clone(),
            autopilot_enabled: false,
            rate_limit: descriptor.limits.sends_per_second,
            configuration,
            key: self.key.clone(),
            paste: redirect.into_iter().chain(paste).collect(),
            embed,
            open_count: self.open_count,
            read_only: self.read_only,
            sending_forbidden: !descriptor.read_only_field.is_empty()
                && self.configuration.get(descriptor.read_only_field).is_some_and(|v| v == true),
            call_url: self
                .configuration
                .get(descriptor.call_url_field)
                .and_then(Value::as_str)
                .filter(|u| !u.is_empty())
                .map(str::to_owned),
            simulated,
            connected: oauth.map(|_| simulated || secrets.contains_key(ACCESS_TOKEN)),
            token_expires_at: secrets.get(EXPIRES_AT).and_then(Value::as_i64),
            last_inbound_at: self.last_inbound_at,
            last_outbound_at: self.last_outbound_at,
            checked_at: self.checked_at,
            health_detail: self.health_detail.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
