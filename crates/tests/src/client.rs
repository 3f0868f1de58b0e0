//! A small HTTP client that knows our conventions: JSON, problem documents, the CSRF header.

use crate::within;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;

type Pool = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

#[derive(Clone)]
pub struct Client {
    pool: Pool,
    address: SocketAddr,
    prefix: String,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// Null when the body is not JSON.
    pub json: Value,
    asked: String,
}

impl Answer {
    /// The body of a success; fails with what was asked and answered.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} → {} {}", self.asked, self.status, self.text());
        self.json
    }
    /// The body of exactly this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} → {}", self.asked, self.text());
        self.json
    }
    /// The problem document of a refusal.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, code), "{} → {}", self.asked, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.asked);
        self.json
    }
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or("")
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let pool = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { pool, address, prefix: String::new(), headers: vec![] }
    }
    /// The same, with this header on every request (in place of one of that name).
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut new = self.without(name);
        new.headers.push((name.to_owned(), value.to_owned()));
        new
    }
    pub fn without(&self, name: &str) -> Self {
        let mut new = self.clone();
        new.headers.retain(|(n, _)| n != name);
        new
    }
    /// The same, below a path.
    pub fn at(&self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self.clone() }
    }
    /// Somebody who has just signed in, by cookie.
    pub fn signed_in(&self, session: &Answer) -> Self {
        let cookie = session.header("set-cookie").split(';').next().unwrap_or("").to_owned();
        let csrf = session.json["csrf_token"].as_str().expect("a session has a CSRF token").to_owned();
        self.with("cookie", &cookie).with("x-csrf-token", &csrf)
    }
    pub fn bearer(&self, token: &str) -> Self {
        self.without("cookie").without("x-csrf-token").with("authorization", &format!("Bearer {token}"))
    }
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    pub fn header_list(&self) -> &[(String, String)] {
        &self.headers
    }
    /// The path as it is asked for.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, Bytes::new()).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json("POST", path, body).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.json("PUT", path, body).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json("PATCH", path, body).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, Bytes::new()).await
    }
    pub async fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, Some("application/json"), body.to_string().into()).await
    }
    /// A multipart upload of one file.
    pub async fn upload(&self, path: &str, name: &str, content_type: &str, content: &[u8]) -> Answer {
        let mut body =
            format!("--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {content_type}\r\n\r\n")
                .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        self.send("POST", path, Some("multipart/form-data; boundary=cut"), body.into()).await
    }
    pub async fn send(&self, method: &str, path: &str, content_type: Option<&str>, body: Bytes) -> Answer {
        let asked = format!("{method} {}{path}", self.prefix);
        self.try_send(method, path, content_type, body).await.unwrap_or_else(|e| panic!("{asked}: {e}"))
    }
    /// The same, where the connection may break.
    pub async fn try_send(&self, method: &str, path: &str, content_type: Option<&str>, body: Bytes) -> Result<Answer, String> {
        let asked = format!("{method} {}{path}", self.prefix);
        within(&asked, async {
            let (parts, body) = self.open(method, path, content_type, body).await?.into_parts();
            let bytes = body.collect().await.map_err(|e| e.to_string())?.to_bytes();
            let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, bytes, json, asked: asked.clone() })
        })
        .await
    }
    /// An answer whose body is still to come.
    pub async fn open(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<hyper::Response<Incoming>, String> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{}{path}", self.address, self.prefix));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(Full::new(body)).map_err(|e| e.to_string())?;
        self.pool.request(request).await.map_err(|e| format!("{e:?}"))
    }
}

/// A text as it stands in a query string.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}
