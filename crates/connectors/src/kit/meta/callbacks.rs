//! What Meta asks when somebody removes the app or wants their data deleted: a form with a `signed_request` instead of an event.
//!
//! `signed_request` is `<base64url of HMAC-SHA256(app secret, payload)>.<payload>`, the payload being base64url of JSON with `algorithm`,
//! `issued_at` and `user_id`. A request for deletion is answered with an address where its state can be read, and a code.

use crate::kit::signatures::{mac_sha256, sha256_hex};
use crate::kit::verdicts::shorten;
use crate::kit::{forms, proofs};
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Inbound, RawDelivery, Reject, Reply};
use kernel::time::{DAY, MINUTE, Millis};
use serde_json::{Value, json};

/// In the query of the addresses that are pasted.
const WHICH: &str = "callback";
const DELETION: &str = "deletion";
const FIELD: &str = "signed_request";

fn field(raw: &RawDelivery) -> Option<String> {
    let form = raw.header("content-type").is_some_and(|t| t.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    if !form || !raw.method.eq_ignore_ascii_case("POST") {
        return None;
    }
    forms::first(&forms::pairs(&raw.body), FIELD).map(str::to_owned)
}

/// Is it one of these, and not an event?
pub fn is_one(raw: &RawDelivery) -> bool {
    field(raw).is_some()
}

fn payload(raw: &RawDelivery) -> Option<Value> {
    let given = field(raw)?;
    let (_, payload) = given.split_once('.')?;
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.trim_end_matches('=').as_bytes()).ok()?).ok()
}

pub fn check(account: &Account, raw: &RawDelivery, now: Millis) -> Result<(), Reject> {
    let Some(secret) = account.settings.secret("app_secret") else { return Err(proofs::unset("The app secret")) };
    let given = field(raw).ok_or_else(|| proofs::missing(FIELD))?;
    let (signature, content) = given.split_once('.').ok_or_else(proofs::wrong)?;
    let ours = BASE64URL_NOPAD.encode(&mac_sha256(secret.reveal().as_bytes(), &[content.as_bytes()]));
    if !proofs::same(&ours, signature.trim_end_matches('=')) {
        return Err(proofs::wrong());
    }
    let payload = payload(raw).ok_or_else(proofs::wrong)?;
    if payload["algorithm"].as_str().is_some_and(|a| !a.eq_ignore_ascii_case("HMAC-SHA256")) {
        return Err(proofs::wrong());
    }
    match payload["issued_at"].as_i64() {
        Some(at) if now - at * 1_000 > DAY || at * 1_000 - now > 10 * MINUTE => {
            Err(Reject::new("signature.expired", "The request is more than a day old."))
        }
        _ => Ok(()),
    }
}

fn is_deletion(raw: &RawDelivery) -> bool {
    forms::first(&forms::query(raw), WHICH) == Some(DELETION)
}

/// The same request always has the same code, which says nothing of who asked. Its second half proves the first, so that only codes
/// that were given out are confirmed.
fn code(account: &Account, user: &str) -> String {
    let first = sha256_hex(&mac_sha256(account.mac_key.reveal(), &[b"deletion:", user.as_bytes()]))[..8].to_owned();
    let proof = proof(account, &first);
    first + &proof
}
fn proof(account: &Account, first: &str) -> String {
    sha256_hex(&mac_sha256(account.mac_key.reveal(), &[b"deletion code:", first.as_bytes()]))[..8].to_owned()
}

/// The connection may be over: the next check of the channel says whether it still works.
pub fn parse(account: &Account, raw: &RawDelivery) -> Vec<Inbound> {
    let payload = payload(raw).unwrap_or(Value::Null);
    let user = payload["user_id"].as_str().map(str::to_owned).or_else(|| payload["user_id"].as_i64().map(|n| n.to_string()));
    let user = user.unwrap_or_default();
    let who = if user.is_empty() { "somebody".to_owned() } else { format!("the user {}", shorten(&user, 60)) };
    if is_deletion(raw) {
        let words = format!(
            "Meta asks to delete the data of {who} (code {}). Find the person, if there is one, and delete them under Contacts; then connect \
             this channel again if it was their account that connected it.",
            code(account, &user)
        );
        return vec![Inbound::Account { broken: Some(words), detail: payload.to_string() }];
    }
    let words = format!("At Meta, {who} has removed the app that this channel is connected by. If messages stop, connect it again.");
    vec![Inbound::Account { broken: Some(words), detail: payload.to_string() }]
}

/// What Meta wants to hear.
pub fn answer(account: &Account, raw: &RawDelivery) -> Option<Reply> {
    field(raw)?;
    if !is_deletion(raw) {
        return Some(Reply::json(&json!({ "success": true })));
    }
    let payload = payload(raw)?;
    let user = payload["user_id"].as_str().map_or_else(|| payload["user_id"].to_string(), str::to_owned);
    let code = code(account, &user);
    let path = raw.path.split('?').next().unwrap_or_default();
    let url = format!("{}{path}?{WHICH}={DELETION}&code={code}", account.public_url.trim_end_matches('/'));
    Some(Reply::json(&json!({ "url": url, "confirmation_code": code })))
}

/// The page that the answer leads to: whoever asked reads it, so it says nothing about anybody.
pub fn status(account: &Account, raw: &RawDelivery) -> Option<Reply> {
    let query = forms::query(raw);
    if !raw.method.eq_ignore_ascii_case("GET") || forms::first(&query, WHICH) != Some(DELETION) {
        return None;
    }
    let code = forms::first(&query, "code").unwrap_or_default();
    let ours = code.len() == 16 && code.is_char_boundary(8) && proofs::same(&proof(account, &code[..8]), &code[8..]);
    Some(match ours {
        true => page(
            200,
            "Your request was received",
            &format!(
                "The request to delete your data was received. The people who answer here have been told. Your confirmation code: <b>{code}</b>"
            ),
        ),
        false => page(404, "There is no such request", "No request to delete data has this code. Open the address as it was given to you."),
    })
}

fn page(status: u16, title: &str, words: &str) -> Reply {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><body style=\"font:1.1rem/1.6 system-ui,sans-serif;margin:4rem auto;max-width:36rem;padding:0 1rem\">\
         <h1 style=\"font-size:1.5rem\">{title}</h1><p>{words}</p></body></html>"
    );
    Reply::html(status, body)
}

/// A request as Meta signs it, for trying.
pub fn signed(app_secret: &str, payload: &Value) -> Vec<u8> {
    let content = BASE64URL_NOPAD.encode(payload.to_string().as_bytes());
    let signature = BASE64URL_NOPAD.encode(&mac_sha256(app_secret.as_bytes(), &[content.as_bytes()]));
    format!("{FIELD}={signature}.{content}").into_bytes()
}
