//! How a gateway proves its deliveries: by the secret itself, or by a signature with it.

use super::settings;
use crate::kit::forms;
use crate::kit::proofs::{header, missing, recent, same, unset, wrong};
use crate::kit::signatures::{WINDOW_MS, check_hex, mac_sha256};
use data_encoding::{BASE64, HEXLOWER};
use kernel::channel::{Account, RawDelivery, Reject};
use kernel::time::Millis;

pub const SIGNATURE: &str = "x-signature";
pub const TIMESTAMP: &str = "x-timestamp";

pub fn check(account: &Account, raw: &RawDelivery, now: Millis) -> Result<&'static str, Reject> {
    let get = raw.method.eq_ignore_ascii_case("GET");
    if !get && !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Deliveries come with POST or GET."));
    }
    let secret = account.settings.secret("inbound_secret").ok_or_else(|| unset("The inbound secret"))?;
    if settings::by_signature(account) {
        if get {
            return Err(Reject::new("transport.wrong", "A signed delivery comes with POST: the signature covers the body."));
        }
        signed(secret.reveal(), raw, now)?;
        return Ok("hmac-sha256");
    }
    let given = given(account, raw);
    if given.is_empty() {
        let name = account.settings.text("token_header").unwrap_or("X-Webhook-Token");
        return Err(missing(&format!("{name} (or ?token= in the address)")));
    }
    let mut right = false;
    for one in &given {
        right |= same(one, secret.reveal());
    }
    if right { Ok("token") } else { Err(wrong()) }
}

/// The secret in every place where it may come.
fn given(account: &Account, raw: &RawDelivery) -> Vec<String> {
    let own = raw.header(account.settings.text("token_header").unwrap_or("X-Webhook-Token")).map(|v| v.trim().to_owned());
    let (scheme, rest) = raw.header("authorization").and_then(|v| v.trim().split_once(' ')).unwrap_or_default();
    let authorization = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "basic" => password(rest.trim()),
        _ => None,
    };
    let query = forms::query(raw);
    let token = forms::first(&query, "token").map(str::to_owned);
    [own, authorization, token].into_iter().flatten().filter(|v| !v.is_empty()).collect()
}
fn password(basic: &str) -> Option<String> {
    let bytes = BASE64.decode(basic.as_bytes()).ok()?;
    String::from_utf8(bytes).ok()?.split_once(':').map(|(_, password)| password.to_owned())
}

/// `X-Signature: sha256=<hex HMAC-SHA256(secret, "{timestamp}.{body}")>`, at most five minutes old.
fn signed(secret: &str, raw: &RawDelivery, now: Millis) -> Result<(), Reject> {
    let (timestamp, signature) = (header(raw, TIMESTAMP)?, header(raw, SIGNATURE)?);
    let hex = signature.strip_prefix("sha256=").ok_or_else(wrong)?;
    if !check_hex(secret.as_bytes(), &[timestamp.as_bytes(), b".", &raw.body], hex) {
        return Err(wrong());
    }
    let at = timestamp.parse::<i64>().ok().and_then(|s| s.checked_mul(1000)).ok_or_else(wrong)?;
    recent(at, now, WINDOW_MS)
}

/// The two headers of a signed request.
pub fn sign(secret: &str, body: &[u8], now: Millis) -> [(String, String); 2] {
    let timestamp = now.div_euclid(1000).to_string();
    let mac = mac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), b".", body]);
    [(TIMESTAMP.into(), timestamp), (SIGNATURE.into(), format!("sha256={}", HEXLOWER.encode(&mac)))]
}
