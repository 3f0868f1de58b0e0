//! Meta as simulators play it: signed deliveries, errors in the Graph API's shape.

use super::{SIGNATURE_HEADER, sign};
use kernel::channel::{Account, Answered, Fault, RawDelivery};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

/// JSON as Meta writes it: every letter beyond ASCII escaped (`\u00e9`), also in the bytes that are signed.
pub fn escaped(body: &Value) -> Vec<u8> {
    let mut out = String::new();
    for c in body.to_string().chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out.into_bytes()
}

/// A delivery to the plain address of this channel, signed with the account's app secret.
pub fn delivery(account: &Account, body: Vec<u8>, now: Millis) -> RawDelivery {
    let signature = sign(account.settings.text("app_secret").unwrap_or_default(), &body);
    let headers = vec![("content-type".into(), "application/json".into()), (SIGNATURE_HEADER.into(), signature)];
    RawDelivery { method: "POST".into(), path: format!("/api/webhooks/{}", account.provider), headers, body, received_at: now, peer: None }
}
/// The same as a request.
pub fn request(account: &Account, delivery: RawDelivery) -> HttpRequest {
    let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url, delivery.path)).body(delivery.body);
    request.headers = delivery.headers;
    request
}

/// An error as the Graph API answers it.
pub fn error(status: u16, code: i64, subcode: i64, message: &str, details: &str) -> HttpResponse {
    let mut error = json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"});
    if subcode != 0 {
        error["error_subcode"] = subcode.into();
    }
    if !details.is_empty() {
        error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
    }
    if status >= 500 {
        error["is_transient"] = true.into();
    }
    answer(status, &json!({"error": error}))
}
pub fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse { status, headers: vec![("content-type".into(), "application/json".into())], body: body.to_string().into_bytes() }
}
/// An answer to something that no customer sees.
pub fn unseen(response: HttpResponse) -> Answered {
    Answered { response, seen: None }
}

/// Does the request carry this token, in the header or the query? The provider's refusal if not.
pub fn refused_token(request: &HttpRequest, token: &str) -> Option<HttpResponse> {
    let header = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("authorization")).map(|(_, v)| v.as_str());
    let given = header.and_then(|h| h.strip_prefix("Bearer ")).map(str::to_owned).or_else(|| query(request, "access_token"));
    match given {
        None => Some(error(401, 190, 0, "An access token is required to request this resource.", "")),
        Some(given) if given != token => Some(error(401, 190, 0, "Invalid OAuth access token - Cannot parse access token", "")),
        Some(_) => None,
    }
}
pub fn query(request: &HttpRequest, name: &str) -> Option<String> {
    let pairs = crate::kit::forms::pairs(request.url.split_once('?')?.1.as_bytes());
    crate::kit::forms::first(&pairs, name).map(str::to_owned)
}

/// The provider's answer when a fault is asked for; `rate` is the channel's code for too many messages.
pub fn fault(fault: Fault, rate: i64) -> HttpResponse {
    match fault {
        Fault::RateLimit => {
            let mut response = error(429, rate, 0, "Calls to this api have exceeded the rate limit.", "");
            response.headers.push(("retry-after".into(), "2".into()));
            response
        }
        Fault::Outage => error(503, 2, 0, "Service temporarily unavailable", ""),
        Fault::ExpiredToken => {
            error(401, 190, 463, "Error validating access token: Session has expired on Friday, 20-Nov-26 23:00:00 PST.", "")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_escaped_as_meta_does() {
        assert_eq!(escaped(&json!({"n": "Ada É 😀"})), br#"{"n":"Ada \u00c9 \ud83d\ude00"}"#);
    }
}
