//! The connect form as the rest of the channel reads it.

use crate::kit::calls::{base_url, encode, needed};
use kernel::channel::{Account, SendError};

const JSON: &str = r#"{"id": "{id}", "to": "{to}", "from": "{from}", "text": "{text}", "callback_url": "{callback_url}"}"#;
const FORM: &str = "id={id}\nto={to}\nfrom={from}\ntext={text}\ncallback_url={callback_url}";
const XML: &str = "<message id=\"{id}\"><to>{to}</to><from>{from}</from><text>{text}</text></message>";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Json,
    Form,
    Xml,
    None,
}

pub fn is_get(account: &Account) -> bool {
    account.settings.text("method") == Some("GET")
}
pub fn body_type(account: &Account) -> Body {
    match account.settings.text("body_type") {
        Some("form") => Body::Form,
        Some("xml") => Body::Xml,
        Some("none") => Body::None,
        // A GET has no body.
        _ if is_get(account) => Body::None,
        _ => Body::Json,
    }
}
/// The template of the body, ours when none was written.
pub fn body(account: &Account) -> String {
    let ours = match body_type(account) {
        Body::Json => JSON,
        Body::Form => FORM,
        Body::Xml => XML,
        Body::None => "",
    };
    account.settings.text("body").unwrap_or(ours).to_owned()
}

/// The address for sending, with its blanks.
pub fn send_url(account: &Account) -> Result<String, SendError> {
    needed(account, "send_url", "The address for sending").map(|url| rebased(account, url))
}
/// The address for checking, with its blanks.
pub fn check_url(account: &Account) -> Option<String> {
    account.settings.text("check_url").map(|url| rebased(account, url))
}

/// With another scheme, host and port where `base_url` says so.
fn rebased(account: &Account, url: &str) -> String {
    let base = base_url(account, "");
    if base.is_empty() {
        return url.to_owned();
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
    if path.starts_with('?') { format!("{base}/{path}") } else { format!("{base}{path}") }
}

/// Where the gateway reports on a message; it names channel and message, and brings the secret where the secret itself is the proof.
pub fn callback_url(account: &Account, message_id: &str) -> String {
    let ours = account.public_url.trim_end_matches('/');
    let mut url = format!("{ours}/api/webhooks/sms_gateway?sender={}&message={}", encode(&account.identifier), encode(message_id));
    if !by_signature(account)
        && let Some(secret) = account.settings.secret("inbound_secret")
    {
        url.push_str(&format!("&token={}", encode(secret.reveal())));
    }
    url
}

/// Deliveries are signed instead of bringing the secret along.
pub fn by_signature(account: &Account) -> bool {
    account.settings.text("proof") == Some("signature")
}

/// Is the value one of a list in the settings?
pub fn lists(account: &Account, name: &str, value: &str) -> bool {
    let value = value.trim();
    account.settings.words(name).iter().any(|word| word.eq_ignore_ascii_case(value))
}
