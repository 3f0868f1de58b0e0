//! Files: up to Meta before a message names them, and down in two steps.

use super::errors;
use crate::kit::calls::{self, before_sending, needed, needed_secret};
use crate::kit::meta::{self, FACEBOOK, GraphError};
use crate::kit::signatures;
use kernel::channel::{Account, Edge, Fetched, OutboundFile, SendError};
use kernel::http::HttpRequest;
use serde_json::Value;

const MIB: usize = 1 << 20;
/// The largest file that WhatsApp keeps.
const LARGEST: usize = 100 * MIB;
const PATIENCE_MS: u64 = 120_000;
/// Where Meta serves files. The token goes along, so that it may go nowhere else.
const HOST: &str = ".fbsbx.com";

/// What [`fetch`] needs to know of a file: its id and the checksum the webhook named, if any.
pub fn reference(id: &str, sha256: &str) -> String {
    format!("{id} {sha256}").trim_end().to_owned()
}

/// The name's ending for a content type.
pub fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => "bin",
    }
}

/// How WhatsApp carries a file: `image`, `video` and `audio` of the formats it takes, everything else as `document`.
pub fn kind(file: &OutboundFile) -> &'static str {
    let mime = file.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (mime.as_str(), file.bytes.len()) {
        ("image/jpeg" | "image/png", ..=5_242_880) => "image",
        ("video/mp4" | "video/3gpp", ..=16_777_216) => "video",
        ("audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg", ..=16_777_216) => "audio",
        _ => "document",
    }
}

/// Puts a file at Meta; gives its id there.
pub async fn upload(edge: Edge<'_>, account: &Account, seed: &str, file: &OutboundFile) -> Result<String, SendError> {
    if file.bytes.len() > LARGEST {
        return Err(SendError::Permanent { detail: "WhatsApp takes files up to 100 MB.".into() });
    }
    let token = needed_secret(account, "access_token", "The access token")?;
    let number = needed(account, "phone_number_id", "The phone number ID")?;
    let url = format!("{}/{}/media", meta::base(account, FACEBOOK), calls::encode(number));
    let mut request =
        calls::multipart("POST", url, seed, &[("messaging_product", "whatsapp"), ("type", &file.content_type)], &[("file", file)]);
    request.timeout_ms = PATIENCE_MS;
    let body = meta::call(edge, meta::signed(account, request, &token), &|e| errors::judge(e, 1)).await.map_err(before_sending)?;
    let id = body.get("id").and_then(|v| v.as_str().map(str::to_owned).or_else(|| v.is_number().then(|| v.to_string())));
    id.ok_or_else(|| SendError::Retry { after_ms: None, detail: "WhatsApp took the file and gave no id for it.".into() })
}

/// Asks where a file is, then gets it; both with the token. The address lasts some minutes, so that a missing file is asked for again.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let (id, expected) = reference.split_once(' ').unwrap_or((reference, ""));
    let token = needed_secret(account, "access_token", "The access token")?;
    let number = needed(account, "phone_number_id", "The phone number ID")?;
    let base = meta::base(account, FACEBOOK);
    let mut found = Err(SendError::Permanent { detail: "WhatsApp no longer has this file.".into() });
    for _ in 0..2 {
        let ask = calls::get(format!("{base}/{}?phone_number_id={}", calls::encode(id), calls::encode(number)));
        let about = meta::call(edge, meta::signed(account, ask, &token), &verdict).await.map_err(before_sending)?;
        let url = about.get("url").and_then(Value::as_str).unwrap_or_default();
        if !trusted(url, &base) {
            return Err(SendError::Permanent { detail: "WhatsApp named an address for the file that is not Meta's.".into() });
        }
        let mut get = calls::bearer(HttpRequest::new("GET", url), &token);
        (get.timeout_ms, get.max_response_bytes) = (PATIENCE_MS, LARGEST + MIB);
        let response = calls::exchange(edge, get).await.map_err(before_sending)?;
        if response.status == 404 {
            continue;
        }
        if !(200..300).contains(&response.status) {
            meta::judged(edge, &response, &verdict).map_err(before_sending)?;
        }
        let hash = signatures::sha256_hex(&response.body);
        let named = about.get("sha256").and_then(Value::as_str).unwrap_or_default();
        if [expected, named].into_iter().filter_map(hex_of).any(|h| h != hash) {
            return Err(SendError::Retry { after_ms: None, detail: "The file arrived damaged: its checksum is another one.".into() });
        }
        let mime = about.get("mime_type").and_then(Value::as_str);
        let mime = mime.or_else(|| response.header("content-type")).and_then(|m| m.split(';').next()).map(|m| m.trim().to_owned());
        found = Ok(Fetched { name: None, content_type: mime.filter(|m| m.contains('/')), bytes: response.body });
        break;
    }
    found
}

fn verdict(error: &GraphError) -> SendError {
    // “Unsupported get request”: the id is unknown or its file was deleted.
    if (error.code, error.subcode) == (100, 33) {
        return SendError::Permanent { detail: error.words("WhatsApp no longer has this file.") };
    }
    errors::judge(error, 1)
}

/// Meta's own servers, or the stand-in that the account is set to.
fn trusted(url: &str, base: &str) -> bool {
    let origin = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        Some((scheme.to_ascii_lowercase(), rest.split(['/', '?', '#', '\\']).next()?.to_ascii_lowercase()))
    };
    let Some((scheme, host)) = origin(url) else { return false };
    let plain = !host.contains(['@', ':']);
    (scheme == "https" && plain && host.ends_with(HOST)) || Some((scheme, host)) == origin(base)
}

/// A checksum in base64 (webhooks) or hex (the media answer), as hex. Anything else is no checksum.
fn hex_of(sum: &str) -> Option<String> {
    if sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(sum.to_ascii_lowercase());
    }
    let bytes = data_encoding::BASE64.decode(sum.as_bytes()).ok().filter(|b| b.len() == 32)?;
    Some(data_encoding::HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_metas_servers_only() {
        let ours = "https://graph.facebook.com/v23.0";
        assert!(trusted("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", ours));
        assert!(trusted("http://127.0.0.1:4101/x", "http://127.0.0.1:4101/v23.0"));
        for url in [
            "http://lookaside.fbsbx.com/x",
            "https://lookaside.fbsbx.com.evil.example/x",
            "https://lookaside.fbsbx.com@evil.example/x",
            "https://evil.example\\.fbsbx.com/x",
            "https://evil.example/.fbsbx.com",
            "https://evilfbsbx.com/",
            "lookaside.fbsbx.com",
            "",
        ] {
            assert!(!trusted(url, ours), "{url}");
        }
    }

    #[test]
    fn both_spellings_of_a_checksum_are_the_same() {
        let hex = signatures::sha256_hex(b"x");
        let base64 = data_encoding::BASE64.encode(&data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap());
        assert_eq!(hex_of(&base64), Some(hex.clone()));
        assert_eq!(hex_of(&hex.to_uppercase()), Some(hex));
        assert_eq!(hex_of("<HASH>"), None);
    }
}
