//! Calls to a provider's HTTP API: how requests are put together, and how answers become verdicts.

use super::verdicts::{judge_http, judge_http_error, shorten};
use data_encoding::BASE64;
use kernel::Secret;
use kernel::channel::{Account, Edge, OutboundFile, SendError};
use kernel::http::{HttpRequest, HttpResponse};
use serde_json::Value;

/// The account's `base_url` setting, or the provider's own address; without a slash at the end.
pub fn base_url<'a>(account: &'a Account, default: &'a str) -> &'a str {
    account.settings.text("base_url").unwrap_or(default).trim_end_matches('/')
}

/// A setting that sending needs; its absence is the account's trouble.
pub fn needed<'a>(account: &'a Account, name: &str, label: &str) -> Result<&'a str, SendError> {
    account
        .settings
        .text(name)
        .ok_or_else(|| SendError::Account { detail: format!("{label} is not set. Open the channel's settings and fill it in.") })
}
/// The same for a secret.
pub fn needed_secret(account: &Account, name: &str, label: &str) -> Result<Secret<String>, SendError> {
    needed(account, name, label).map(|s| Secret::new(s.to_owned()))
}

/// A request with a JSON body.
pub fn json(method: &'static str, url: impl Into<String>, body: &Value) -> HttpRequest {
    HttpRequest::new(method, url)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(body.to_string().into_bytes())
}
/// A request with a form body (`application/x-www-form-urlencoded`).
pub fn form<K: AsRef<str>, V: AsRef<str>>(method: &'static str, url: impl Into<String>, pairs: &[(K, V)]) -> HttpRequest {
    let mut body = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        body.append_pair(name.as_ref(), value.as_ref());
    }
    HttpRequest::new(method, url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(body.finish().into_bytes())
}
/// A plain GET that expects JSON.
pub fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest::new("GET", url).header("accept", "application/json")
}
pub fn bearer(request: HttpRequest, token: &Secret<String>) -> HttpRequest {
    request.header("authorization", format!("Bearer {}", token.reveal()))
}
/// HTTP basic authentication (RFC 7617).
pub fn basic(request: HttpRequest, user: &str, password: &str) -> HttpRequest {
    request.header("authorization", format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes())))
}

/// A request with fields and files (`multipart/form-data`, RFC 7578). `boundary_seed` makes the boundary, which must not occur
/// in the parts: the message's id will do.
pub fn multipart(
    method: &'static str,
    url: impl Into<String>,
    boundary_seed: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &OutboundFile)],
) -> HttpRequest {
    let boundary = format!("switchboard-{}", &super::signatures::sha256_hex(boundary_seed.as_bytes())[..32]);
    let quoted = |name: &str| name.replace('"', "%22").replace(['\r', '\n'], " ");
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n", quoted(name)).as_bytes(),
        );
    }
    for (name, file) in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            quoted(name),
            quoted(&file.name),
            file.content_type
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    HttpRequest::new(method, url)
        .header("content-type", format!("multipart/form-data; boundary={boundary}"))
        .header("accept", "application/json")
        .body(body)
}

/// Sends; a failed exchange becomes its verdict.
pub async fn exchange(edge: Edge<'_>, request: HttpRequest) -> Result<HttpResponse, SendError> {
    edge.http.send(request).await.map_err(|e| judge_http_error(&e))
}

/// The body as JSON; `Null` when it is none.
pub fn body_of(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

/// Sends and expects 2xx; `said` finds the provider's words in an error body.
pub async fn call(edge: Edge<'_>, request: HttpRequest, said: fn(&Value) -> Option<String>) -> Result<Value, SendError> {
    let response = exchange(edge, request).await?;
    let body = body_of(&response);
    if (200..300).contains(&response.status) { Ok(body) } else { Err(judge_http(&response, said(&body).as_deref(), edge.clock.now())) }
}

/// What a step before the message itself (an upload, a token) failed with: nothing has reached the customer, so it may be tried again.
pub fn before_sending(error: SendError) -> SendError {
    match error {
        SendError::Uncertain { detail } => SendError::Retry { after_ms: None, detail },
        other => other,
    }
}

/// One text by a path of keys (`error/message`), shortened for people.
pub fn words_at(body: &Value, pointer: &str) -> Option<String> {
    let value = body.pointer(pointer)?;
    let text = value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string()))?;
    Some(shorten(&text, 300)).filter(|t| !t.is_empty())
}

/// A path segment or query value, percent-encoded (RFC 3986 unreserved characters stay).
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_the_rfc_says() {
        let file = OutboundFile { name: "a\"b.png".into(), content_type: "image/png".into(), bytes: vec![1, 2], url: String::new() };
        let request = multipart("POST", "https://p.example/", "msg_1", &[("type", "image/png")], &[("file", &file)]);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        assert!(body.contains("name=\"type\"\r\n\r\nimage/png\r\n") && body.contains("filename=\"a%22b.png\"\r\nContent-Type: image/png"));
        assert!(
            request
                .headers
                .iter()
                .any(|(n, v)| n == "content-type" && body.ends_with(&format!("--{}--\r\n", v.rsplit('=').next().unwrap())))
        );
    }

    #[test]
    fn what_a_path_cannot_hold_is_encoded() {
        assert_eq!(encode("phone:+27 ü"), "phone%3A%2B27%20%C3%BC");
    }
}
