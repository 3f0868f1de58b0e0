//! Deliveries that nobody signs: a password in the webhook's address proves them, as user information (`https://user:password@host/…`,
//! which arrives as HTTP basic authentication, RFC 7617) or in the query (`?password=…`).

use super::{forms, proofs};
use kernel::channel::{Account, RawDelivery, Reject};

/// The name of the password in the query.
const QUERY: &str = "password";

/// Checks the password against the setting `field`. The user name does not matter.
pub fn check(account: &Account, raw: &RawDelivery, field: &str, label: &str) -> Result<(), Reject> {
    let Some(expected) = account.settings.secret(field) else { return Err(proofs::unset(label)) };
    let query = forms::query(raw);
    let given = match (basic(raw), forms::first(&query, QUERY)) {
        (Some(given), _) => given,
        (None, Some(given)) => given.to_owned(),
        (None, None) => {
            let words = format!("The delivery carries no password. Put the {label} into the webhook's address at the provider.");
            return Err(Reject::new("credentials.missing", words));
        }
    };
    if proofs::same(&given, expected.reveal()) {
        Ok(())
    } else {
        Err(Reject::new("credentials.wrong", format!("The password in the webhook's address is not the {label} of this channel.")))
    }
}

/// The webhook's address with the password in it.
pub fn address(webhook_url: &str, password: &str) -> String {
    let password = super::calls::encode(password);
    match webhook_url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://switchboard:{password}@{rest}"),
        None => webhook_url.to_owned(),
    }
}

/// The header that an address with user information makes of itself.
pub fn header(password: &str) -> (String, String) {
    ("authorization".into(), format!("Basic {}", data_encoding::BASE64.encode(format!("switchboard:{password}").as_bytes())))
}

fn basic(raw: &RawDelivery) -> Option<String> {
    let value = raw.header("authorization")?.trim();
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = data_encoding::BASE64.decode(encoded.trim().as_bytes()).ok()?;
    let (_, password) = String::from_utf8(decoded).ok()?.split_once(':').map(|(u, p)| (u.to_owned(), p.to_owned()))?;
    Some(password)
}
