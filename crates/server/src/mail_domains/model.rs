//! Domains as the API gives them.

use kernel::time::{Millis, wire_opt};
use kernel::{ChannelId, Error, Result};
use serde::{Deserialize, Serialize};

/// A domain from which mail leaves through a mail server of one's own choosing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MailDomain {
    pub domain: String,
    /// `off` without a key, `waiting` for the record, `on` while mail is signed.
    pub state: SigningState,
    /// The name of the TXT record to publish.
    pub record_name: Option<String>,
    /// And its text.
    pub record_value: Option<String>,
    /// What the last check found instead.
    pub trouble: Option<String>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub checked_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Millis>,
    /// Channels that send from it.
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningState {
    Off,
    Waiting,
    On,
}

#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMailDomain {
    pub domain: String,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Key {
    pub domain: String,
    pub selector: String,
    pub sealed: Vec<u8>,
    pub public: String,
    pub created_at: Millis,
    pub checked_at: Option<Millis>,
    pub published_at: Option<Millis>,
    pub trouble: Option<String>,
}

impl Key {
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }
}

impl MailDomain {
    pub fn new(domain: &str, key: Option<&Key>, channel_ids: Vec<ChannelId>) -> Self {
        Self {
            domain: domain.to_owned(),
            state: match key {
                None => SigningState::Off,
                Some(k) if k.published_at.is_some() => SigningState::On,
                Some(_) => SigningState::Waiting,
            },
            record_name: key.map(Key::record_name),
            record_value: key.map(|k| mailproof::KeyPair::record(&k.public)),
            trouble: key.and_then(|k| k.trouble.clone()),
            checked_at: key.and_then(|k| k.checked_at),
            published_at: key.and_then(|k| k.published_at),
            created_at: key.map(|k| k.created_at),
            channel_ids,
        }
    }
}

/// A domain as it stands in addresses.
pub fn clean(domain: &str) -> Result<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if domain.len() > 200 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err(Error::field("domain", "invalid", "Write the domain as it stands behind the @, such as example.com."));
    }
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn domains_are_names_and_nothing_else() {
        assert_eq!(clean(" Example.COM. ").unwrap(), "example.com");
        for odd in ["example", "a@b.example", "-a.example", "a..example", "x y.example", "exämple.com"] {
            assert!(clean(odd).is_err(), "{odd}");
        }
    }
}
