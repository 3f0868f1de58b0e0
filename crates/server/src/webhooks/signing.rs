//! Secrets and signatures, as standardwebhooks.com writes them down: `v1,` and the HMAC-SHA256 of `{id}.{timestamp}.{body}` in base64, one for
//! each secret that is good at the moment.

use super::model::Format;
use crate::app::App;
use connectors::kit::signatures::{equal, mac_sha256};
use data_encoding::{BASE64, HEXLOWER};
use kernel::http::HttpRequest;
use kernel::time::{MINUTE, Millis, SECOND};
use kernel::{Ids, WebhookDeliveryId};

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

/// Chatwoot's: over the time and the body, keyed with the secret as it is written, in hex.
fn chatwoot_signature(secret: &str, seconds: i64, body: &[u8]) -> String {
    format!("sha256={}", HEXLOWER.encode(&mac_sha256(secret.as_bytes(), &[seconds.to_string().as_bytes(), b".", body])))
}

/// The request, signed at this time: with all of these, or where there is room for one signature with the newest.
pub fn signed(app: &App, format: Format, url: &str, id: WebhookDeliveryId, body: Vec<u8>, secrets: &[String]) -> HttpRequest {
    let seconds = app.now() / SECOND;
    let request = HttpRequest::new("POST", url).header("Content-Type", "application/json");
    let request = match format {
        Format::Standard => {
            let id = id.to_string();
            let signatures: Vec<String> = secrets.iter().filter_map(|s| signature(s, &id, seconds, &body)).collect();
            let request = request.header("webhook-id", &id).header("webhook-timestamp", seconds.to_string());
            request.header("webhook-signature", signatures.join(" "))
        }
        Format::Chatwoot => {
            let request = request.header("X-Chatwoot-Delivery", id.uuid().to_string()).header("X-Chatwoot-Timestamp", seconds.to_string());
            match secrets.first() {
                Some(secret) => request.header("X-Chatwoot-Signature", chatwoot_signature(secret, seconds, &body)),
                None => request,
            }
        }
    };
    request.body(body)
}

/// Whether a request was signed with one of these: gives which, or why not.
pub fn check(
    format: Format,
    secrets: &[String],
    header: impl Fn(&str) -> Option<String>,
    body: &[u8],
    now: Millis,
) -> Result<usize, String> {
    let [id, timestamp, given] = match format {
        Format::Standard => ["webhook-id", "webhook-timestamp", "webhook-signature"],
        Format::Chatwoot => ["x-chatwoot-delivery", "x-chatwoot-timestamp", "x-chatwoot-signature"],
    };
    let (Some(id_sent), Some(sent_at), Some(signed)) = (header(id), header(timestamp), header(given)) else {
        return Err(format!("It has no {id}, {timestamp} or {given}."));
    };
    let Ok(seconds) = sent_at.parse::<i64>() else { return Err(format!("{timestamp} is no number of seconds.")) };
    if (now - seconds.saturating_mul(SECOND)).abs() > TOLERANCE {
        return Err(format!("{timestamp} is more than five minutes off."));
    }
    for (n, secret) in secrets.iter().enumerate() {
        let wanted = match format {
            Format::Standard => signature(secret, &id_sent, seconds, body),
            Format::Chatwoot => Some(chatwoot_signature(secret, seconds, body)),
        };
        let Some(wanted) = wanted else { continue };
        if signed.split(' ').any(|one| equal(one.as_bytes(), wanted.as_bytes())) {
            return Ok(n);
        }
    }
    Err(format!("No signature in {given} fits the body."))
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
        assert_eq!(check(Format::Standard, &secrets, header, body, now), Ok(1));
        assert!(check(Format::Standard, &secrets, header, b"{}", now).unwrap_err().contains("fits"));
        assert!(check(Format::Standard, &secrets, header, body, now + 6 * MINUTE).unwrap_err().contains("five minutes"));
        assert!(check(Format::Standard, &secrets, |_| None, body, now).unwrap_err().contains("webhook-id"));
    }

    #[test]
    fn in_chatwoots_words_time_and_body_are_signed_with_the_secret_as_it_is_written() {
        // echo -n '7.{}' | openssl dgst -sha256 -hmac secret
        let wanted = "sha256=76aad9429f417882918162a1928a38769fff65cc07b6bfa344ac9c5fb1e3448e";
        assert_eq!(chatwoot_signature("secret", 7, b"{}"), wanted);
        assert_ne!(chatwoot_signature("secret", 8, b"{}"), wanted);
        let header = |name: &str| {
            Some(match name {
                "x-chatwoot-delivery" => "1".to_owned(),
                "x-chatwoot-timestamp" => "7".to_owned(),
                "x-chatwoot-signature" => wanted.to_owned(),
                _ => return None,
            })
        };
        let secrets = ["other".to_owned(), "secret".to_owned()];
        assert_eq!(check(Format::Chatwoot, &secrets, header, b"{}", 7_000), Ok(1));
        assert!(check(Format::Chatwoot, &secrets, header, b"{ }", 7_000).unwrap_err().contains("fits"));
        assert!(check(Format::Standard, &secrets, header, b"{}", 7_000).unwrap_err().contains("webhook-id"));
    }
}
