//! `X-Twilio-Signature`: HMAC-SHA1 with the auth token over the address that was called and, for forms, the sorted parameters.
//!
//! Source: the provider's page on webhook security and its helper libraries, which also try the address with and without its port.

use crate::kit::proofs::{self, mac_sha1, same};
use crate::kit::signatures::sha256_hex;
use crate::kit::{forms, twilio::EMPTY_TWIML};
use data_encoding::BASE64;
use kernel::channel::{Account, RawDelivery, Reject, Reply};
use std::collections::{BTreeMap, BTreeSet};

pub const HEADER: &str = "x-twilio-signature";

/// Is it signed with one of the account's tokens? During a rotation there are two.
pub fn check(account: &Account, raw: &RawDelivery) -> Result<(), Reject> {
    let get = raw.method.eq_ignore_ascii_case("GET");
    if !get && !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Twilio calls with POST or GET."));
    }
    let tokens = ["auth_token", "auth_token_secondary"].map(|name| account.settings.secret(name));
    if tokens.iter().all(Option::is_none) {
        return Err(proofs::unset("The auth token"));
    }
    let given = proofs::header(raw, HEADER)?;
    let url = format!("{}{}", account.public_url.trim_end_matches('/'), raw.path);
    let body = if get { String::new() } else { signed_body(raw)? };
    let mut right = false;
    for token in tokens.iter().flatten() {
        for url in spellings(&url) {
            right |= same(&sign(token.reveal(), &url, &body), given);
        }
    }
    if right { Ok(()) } else { Err(proofs::wrong()) }
}

/// What follows the address in the signed text. A body that is no form is covered by its hash in the query instead.
fn signed_body(raw: &RawDelivery) -> Result<String, Reject> {
    let query = forms::query(raw);
    match query.iter().find(|(name, _)| name == "bodySHA256") {
        Some((_, hash)) if same(&hash.to_lowercase(), &sha256_hex(&raw.body)) => Ok(String::new()),
        Some(_) => Err(proofs::wrong()),
        None => Ok(sorted(&forms::pairs(&raw.body))),
    }
}

/// Names and values without anything between them, sorted, each value of a name once.
pub fn sorted(pairs: &[(String, String)]) -> String {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().insert(value);
    }
    all.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}"))).collect()
}

/// The signature of an address and what follows it.
pub fn sign(token: &str, url: &str, body: &str) -> String {
    BASE64.encode(&mac_sha1(token.as_bytes(), &[url.as_bytes(), body.as_bytes()]))
}

/// The address as it is configured, and with the standard port added or taken away.
fn spellings(url: &str) -> Vec<String> {
    let mut out = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return out };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let port = if scheme == "https" { ":443" } else { ":80" };
    let bare = host.rsplit_once(':').filter(|(_, p)| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())).map(|(bare, _)| bare);
    out.push(match bare {
        Some(bare) => format!("{scheme}://{bare}{path}"),
        None => format!("{scheme}://{host}{port}{path}"),
    });
    out
}

/// An empty answer in the provider's own language; JSON would be logged there as an error (12300).
pub fn acknowledge() -> Reply {
    Reply::xml(EMPTY_TWIML)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with the provider's helper libraries.
    #[test]
    fn the_signature_is_that_of_the_providers_libraries() {
        let token = "12345678901234567890123456789012";
        let pairs = forms::pairs(b"MediaUrl=https://b&MediaUrl=https://a&MediaUrl=https://a&From=%2B1");
        assert_eq!(sorted(&pairs), "From+1MediaUrlhttps://aMediaUrlhttps://b");
        assert_eq!(sign(token, "https://h/", &sorted(&pairs)), "fl3Vc4mDx0lQ/7gsk3+1JomWH00=");
    }

    #[test]
    fn addresses_are_tried_with_and_without_their_port() {
        assert_eq!(spellings("https://a.example/x?y=1"), ["https://a.example/x?y=1", "https://a.example:443/x?y=1"]);
        assert_eq!(spellings("http://a.example:8080/x"), ["http://a.example:8080/x", "http://a.example/x"]);
    }
}
