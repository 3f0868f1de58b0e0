//! Pushes of Google Cloud Pub/Sub: proved by the token of a service account ("Authenticate push requests"), they carry no mail
//! and only say that there is some.

use super::google;
use crate::kit::jwt;
use crate::kit::proofs;
use data_encoding::BASE64;
use kernel::channel::{Account, Inbound, ParseError, Proof, RawDelivery, Reject};
use serde_json::Value;

const KEYS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";

pub fn keys_url(account: &Account) -> String {
    match google::is_stand_in(account) {
        true => format!("{}/oauth2/v3/certs", google::base(account)),
        false => KEYS_URL.into(),
    }
}

pub fn verify(account: &Account, raw: &RawDelivery, proof: Proof<'_>) -> Result<(), Reject> {
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Pub/Sub pushes with POST."));
    }
    let wrong = |why: &str| Reject::new("signature.wrong", why);
    let header = raw.header("authorization").map(str::trim).filter(|v| !v.is_empty()).ok_or_else(|| {
        Reject::new("signature.missing", "The push carries no token. Switch on authentication in the Pub/Sub push subscription.")
    })?;
    let token = header.strip_prefix("Bearer ").ok_or_else(|| wrong("The authorization of the push is no bearer token."))?;
    let account_name = account.settings.text("push_service_account").ok_or_else(|| proofs::unset("The push service account"))?;
    let keys = proof.keys.ok_or_else(|| Reject::new("signature.unset", "Google's keys could not be fetched."))?;
    let claims = jwt::verify_rs256(token, keys, proof.now)?;
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    if !matches!(text("iss"), "https://accounts.google.com" | "accounts.google.com") {
        return Err(wrong("The token was not issued by Google."));
    }
    // Any Google customer can have a token signed: who it is for and who it is from decide.
    let ours = format!("{}{}", account.public_url, raw.path.split('?').next().unwrap_or_default());
    let audience = account.settings.text("push_audience").unwrap_or(&ours);
    if !proofs::same(text("aud"), audience) {
        return Err(wrong("The token is for another audience. Compare the push subscription's audience with the channel's settings."));
    }
    if !proofs::same(&text("email").to_lowercase(), &account_name.to_lowercase()) || claims["email_verified"] != Value::Bool(true) {
        return Err(wrong("The token belongs to another service account than the one in the channel's settings."));
    }
    Ok(())
}

/// The mailbox that a push speaks of.
pub fn mailbox(body: &[u8]) -> Option<String> {
    let outer: Value = serde_json::from_slice(body).ok()?;
    let data = outer["message"]["data"].as_str()?;
    let bytes = BASE64.decode(data.as_bytes()).ok().or_else(|| google::decode(data))?;
    let inner: Value = serde_json::from_slice(&bytes).ok()?;
    crate::kit::addresses::clean(inner["emailAddress"].as_str()?)
}

pub fn parse(body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    if serde_json::from_slice::<Value>(body).is_err() {
        return Err(ParseError("The push is not JSON.".into()));
    }
    Ok(vec![match mailbox(body) {
        // The mailbox's own name may differ from the account's address, which may be an alias.
        Some(_) => Inbound::PollNow,
        None => Inbound::Ignored { why: "A Pub/Sub message that is not Gmail's.".into() },
    }])
}
