//! Our own chat widget. The server's widget routes are the provider: they build the deliveries themselves, and
//! what we send arrives through the visitor's event stream, so that sending here only says "taken".

mod form;
mod inbound;
mod simulator;

use crate::kit::{origins, signatures};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Proof, Receipt, Reject, SendError, Simulator, Unverified,
    Verified,
};
use kernel::message::MessageStatus;

pub use inbound::METHOD;

pub struct Webchat;

impl Channel for Webchat {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    /// Takes what the server built after it had checked the visitor's token. Nothing that comes over HTTP can say
    /// `WIDGET`, since no such request method reaches the webhook routes.
    fn verify(&self, _account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        if delivery.raw().method != METHOD {
            return Err(Reject::new("transport.wrong", "Chat messages come through the widget only."));
        }
        Ok(delivery.accept("widget session"))
    }

    fn parse(&self, _account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(&delivery.raw().body)
    }

    fn send<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        let receipt =
            Receipt { external_id: None, detail: Some("in the visitor's event stream".into()), status: Some(MessageStatus::Sent) };
        Box::pin(std::future::ready(Ok(receipt)))
    }

    fn health<'a>(&'a self, _edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        let detail = match account.settings.words("allowed_domains").len() {
            0 => "Ready. The widget works on every site; name your domains to keep others from showing it.".to_owned(),
            n => format!("Ready on {n} {}.", if n == 1 { "domain" } else { "domains" }),
        };
        Box::pin(std::future::ready(Health::Ok { detail }))
    }

    /// Nothing leaves for a third party: said twice, it is the same message in the same stream.
    fn repeats_safely(&self) -> bool {
        true
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Visitor)
    }
}

/// Did the site prove that its visitor is `identifier`? `hash` is hex HMAC-SHA256(identity key, identifier).
pub fn check_identity(account: &Account, identifier: &str, hash: &str) -> bool {
    let Some(key) = account.settings.secret("identity_key") else { return false };
    !identifier.is_empty() && signatures::check_hex(key.reveal().as_bytes(), &[identifier.as_bytes()], hash)
}

/// May a page of this origin (`https://shop.example`) show the widget? Without a list every page may.
/// A domain in the list covers itself and what lies under it.
pub fn is_allowed_origin(account: &Account, origin: &str) -> bool {
    origins::is_allowed(account, origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::channel::Settings;
    use kernel::{Secret, SystemIds, new_id};
    use serde_json::json;

    fn account(settings: serde_json::Value) -> Account {
        Account {
            id: new_id(&SystemIds, 1),
            provider: "webchat".into(),
            name: "Chat".into(),
            identifier: "w".into(),
            settings: Settings::new(settings.as_object().cloned().unwrap_or_default()),
            public_url: "http://localhost".into(),
            mac_key: Secret::new(vec![1; 32]),
        }
    }

    #[test]
    fn an_identity_needs_the_keys_proof() {
        let a = account(json!({"identity_key": "widget-identity-key"}));
        let hash = "d1705f6df6749f5269a0caf6b67dfaec54c33b9318f8d687aa67a8a754bb4ebd";
        assert!(check_identity(&a, "user-42", hash));
        assert!(!check_identity(&a, "user-43", hash));
        assert!(!check_identity(&a, "user-42", ""));
        assert!(!check_identity(&account(json!({})), "user-42", hash));
    }

    #[test]
    fn only_named_domains_show_the_widget() {
        let a = account(json!({"allowed_domains": ["shop.example", "https://other.example/"]}));
        assert!(is_allowed_origin(&a, "https://shop.example") && is_allowed_origin(&a, "https://www.shop.example:8443"));
        assert!(is_allowed_origin(&a, "http://other.example"));
        assert!(!is_allowed_origin(&a, "https://evilshop.example") && !is_allowed_origin(&a, "https://shop.example.evil.example"));
        assert!(!is_allowed_origin(&a, "null") && !is_allowed_origin(&a, ""));
        assert!(is_allowed_origin(&account(json!({})), "https://any.example"));
    }
}
