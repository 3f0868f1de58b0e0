//! Secrets and signatures, as standardwebhooks.com writes them down: `v1,` and the HMAC-SHA256 of `{id}.{timestamp}.{body}` in base64, one for
//! each secret that is good at the moment.

use crate::app::App;
use connectors::kit::signatures::{equal, mac_sha256};
use data_encoding::BASE64;
use kernel::Ids;
use kernel::http::HttpRequest;
use kernel::time::{MINUTE, Millis, SECOND};

const PREFIX: &str = "whsec_";
/// A signature older or newer than this is not believed.
const TOLERANCE: Millis = 5 * MINUTE;

/// A new secret as it is shown.
pub fn new_secret(ids: &dyn Ids) -> String {
    let mut raw = [0u8; 32];
    ids.random(&mut raw);
    format!("{PREFIX}{}", BASE64.encode(&raw))
}

fn key(secret: &str) -> Option<Vec<u8>> {
    BASE64.decode(secret.strip_prefix(PREFIX)?.as_bytes()).ok()
}

fn signature(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let mac = mac_sha256(&key(secret)?, &[id.as_bytes(), b".", seconds.to_string().as_bytes(), b".", body]);
    Some(format!("v1,{}", BASE64.encode(&mac)))
}

/// The request, signed with all of these at this time.
pub fn signed(app: &App, url: &str, id: &str, body: Vec<u8>, secrets: &[String]) -> HttpRequest {
    let seconds = app.now() / SECOND;
    let signatures: Vec<String> = secrets.iter().filter_map(|s| signature(s, id, seconds, &body)).collect();
    HttpRequest::new("POST", url)
        .header("Content-Type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signatures.join(" "))
        .body(body)
}

/// Whether a request was signed with one of these: gives which, or why not.
pub fn check(secrets: &[String], header: impl Fn(&str) -> Option<String>, body: &[u8], now: Millis) -> Result<usize, String> {
    let (Some(id), Some(timestamp), Some(given)) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")) else {
        return Err("It has no webhook-id, webhook-timestamp or webhook-signature.".into());
    };
    let Ok(seconds) = timestamp.parse::<i64>() else { return Err("webhook-timestamp is no number of seconds.".into()) };
    if (now - seconds.saturating_mul(SECOND)).abs() > TOLERANCE {
        return Err("webhook-timestamp is more than five minutes off.".into());
    }
    for (n, secret) in secrets.iter().enumerate() {
        let Some(wanted) = signature(secret, &id, seconds, body) else { continue };
        if given.split(' ').any(|one| equal(one.as_bytes(), wanted.as_bytes())) {
            return Ok(n);
        }
    }
    Err("No signature in webhook-signature fits the body.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_comes_out() {
        // From the specification's own examples (github.com/standard-webhooks, MIT).
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        let wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).as_deref(), Some(wanted));
        let header = |name: &str| {
            Some(match name {
                "webhook-id" => "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
                "webhook-timestamp" => "1614265330".to_owned(),
                _ => format!("v1,bm9wZQ== {wanted}"),
            })
        };
        let secrets = [new_secret(&kernel::SystemIds), secret.to_owned()];
        let now = 1_614_265_330_000;
        assert_eq!(check(&secrets, header, body, now), Ok(1));
        assert!(check(&secrets, header, b"{}", now).unwrap_err().contains("fits"));
        assert!(check(&secrets, header, body, now + 6 * MINUTE).unwrap_err().contains("five minutes"));
        assert!(check(&secrets, |_| None, body, now).unwrap_err().contains("webhook-id"));
    }
}
