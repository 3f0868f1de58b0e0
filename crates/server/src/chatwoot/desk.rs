//! Where a request of such a program is received: who sends it, for which account, and our own API at hand.

use super::fault::Fault;
use super::numbers::{self, Numbers};
use super::store;
use crate::app::App;
use crate::http::ClientIp;
use crate::people;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use kernel::{Actor, ConversationId, Error, WorkspaceId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::str::FromStr;
use tower_service::Service;

/// Answers of our own API are JSON of at most this size.
const LARGEST: usize = 64 << 20;

/// Our own API, and what lies before it.
#[derive(Clone)]
pub struct Doors {
    inner: Router,
    api: Api,
}
#[derive(Clone)]
struct Api(Router);

impl Doors {
    pub fn new(app: &App, api: Router, inner: Router<App>) -> Self {
        Self { inner: inner.with_state(app.clone()), api: Api(api) }
    }
}

/// Addresses end with a slash or without; some clients write one and some the other.
pub async fn serve(Extension(doors): Extension<Doors>, request: Request) -> Response {
    let path = request.uri().path().strip_prefix("/chatwoot").unwrap_or_default().trim_end_matches('/');
    let query = request.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    let Ok(uri) = Uri::from_str(&format!("{path}{query}")) else { return Fault::not_found().into_response() };
    // A new request, because what the router outside found in the address stays with the old one.
    let (parts, body) = request.into_parts();
    let mut inside = Request::new(body);
    (*inside.method_mut(), *inside.uri_mut(), *inside.headers_mut()) = (parts.method, uri, parts.headers);
    if let Some(ip) = parts.extensions.get::<ClientIp>() {
        inside.extensions_mut().insert(*ip);
    }
    inside.extensions_mut().insert(doors.api);
    // The client API is asked from pages anywhere. It looks at no cookie, so that there is nothing to be had by asking in somebody's name.
    let anywhere = inside.uri().path().starts_with("/public/");
    if anywhere && inside.method() == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, ANYWHERE, PREFLIGHT).into_response();
    }
    let mut inner = doors.inner;
    let mut response = match inner.call(inside).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if anywhere {
        response.headers_mut().extend(ANYWHERE.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
    response
}

const ANYWHERE: [(HeaderName, &str); 1] = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// A workspace's number there. It says which workspace a program means to work in; what it may see is said by its token.
pub fn account_of(workspace: WorkspaceId) -> i64 {
    let sum = Sha256::digest(workspace.as_bytes());
    let [a, b, c, d] = [sum[0], sum[1], sum[2], sum[3]].map(i64::from);
    // Nine digits, which fit 32 bits.
    100_000_000 + (((a << 24) | (b << 16) | (c << 8) | d) % 900_000_000)
}

/// A recognised request.
pub struct Desk {
    pub app: App,
    pub actor: Actor,
    pub account: i64,
    api: Router,
    bearer: HeaderValue,
    ip: Option<ClientIp>,
}

fn token(headers: &HeaderMap) -> Option<&str> {
    // Proxies drop names with underscores unless told otherwise; the other spelling passes.
    let given = headers.get("api_access_token").or_else(|| headers.get("api-access-token"))?;
    given.to_str().ok().map(str::trim).filter(|t| !t.is_empty())
}

impl FromRequestParts<App> for Desk {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let missing = || Fault::unauthorised("Send an API token of Switchboard in the header api_access_token.");
        let bearer = token(&parts.headers).and_then(|t| HeaderValue::from_str(&format!("Bearer {t}")).ok()).ok_or_else(missing)?;
        // The token alone counts here: no cookie, no other header.
        parts.headers.remove(header::COOKIE);
        parts.headers.insert(header::AUTHORIZATION, bearer.clone());
        let actor = people::authenticate(app, parts).await?.actor;
        let account = account_of(actor.workspace);
        let named = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Fault::not_found())?;
        if named.iter().any(|(name, value)| name == "account" && value != account.to_string()) {
            return Err(Fault::unauthorised("This token belongs to another account. Its number is shown in Settings, API tokens."));
        }
        let api = parts.extensions.get::<Api>().cloned().ok_or_else(|| Error::internal("our own API is not at hand"))?;
        Ok(Self { app: app.clone(), actor, account, api: api.0, bearer, ip: parts.extensions.get().copied() })
    }
}

impl Desk {
    /// Asks our own API in this token's name.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Fault> {
        let mut request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, &self.bearer);
        if let Some(ip) = self.ip {
            request = request.extension(ip);
        }
        let content = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(content).map_err(|e| Error::internal(format!("{path}: {e}")))?;
        let response = match self.api.clone().call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, LARGEST).await.map_err(|e| Error::internal(format!("{path}: {e}")))?;
        let value: Value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_default() };
        if parts.status.is_success() {
            return Ok(value);
        }
        let retry_after = parts.headers.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Err(Fault::of_answer(parts.status, &value, retry_after))
    }
    pub async fn get(&self, path: &str) -> Result<Value, Fault> {
        self.call(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, Fault> {
        self.call(Method::POST, path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Result<Value, Fault> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// All rows of one of our lists that is never long.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, Fault> {
        let mut out = Vec::new();
        let mut cursor: Option<String> = None;
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let next = cursor.as_deref().map(|c| format!("{sign}cursor={}", encode(c))).unwrap_or_default();
            let mut page = self.get(&format!("{path}{next}")).await?;
            if let Value::Array(rows) = page["data"].take() {
                out.extend(rows);
            }
            match page["next_cursor"].as_str() {
                Some(next) if out.len() < 10_000 => cursor = Some(next.to_owned()),
                _ => return Ok(out),
            }
        }
    }

    pub async fn numbers(&self, values: &[&Value]) -> Result<Numbers, Fault> {
        let mut ids = Vec::new();
        values.iter().for_each(|v| numbers::ids_in(v, &mut ids));
        Ok(numbers::give(&self.app, self.actor.workspace, ids).await?)
    }

    /// The id behind a number; numbers that nobody was given are not there.
    pub async fn id(&self, kind: &'static str, number: i64) -> Result<String, Fault> {
        let id = self.app.db.read(self.actor.workspace, move |tx| store::id_of(tx, kind, number)).await?;
        id.ok_or_else(Fault::not_found)
    }
    /// The conversation of a number, whoever may see it: what follows asks that.
    pub async fn conversation(&self, number: i64) -> Result<ConversationId, Fault> {
        let id = self.app.db.read(self.actor.workspace, move |tx| crate::conversations::id_of_number(tx, number)).await?;
        id.ok_or_else(Fault::not_found)
    }
}

pub fn encode(text: &str) -> String {
    connectors::kit::calls::encode(text)
}

/// A page of 15 or 25, as they count pages: from one.
pub const DEEPEST: i64 = 10_000;
pub fn skipped(page: i64, size: i64) -> Result<i64, Fault> {
    let skip = (page.max(1) - 1).saturating_mul(size);
    if skip > DEEPEST {
        return Err(Fault::field("page", format!("Lists go {DEEPEST} rows deep here. Ask for less with a filter.")));
    }
    Ok(skip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_nine_digits_and_keeps_them() {
        let one = account_of(WorkspaceId::from_uuid(uuid::Uuid::from_u128(1)));
        assert_eq!(one, account_of(WorkspaceId::from_uuid(uuid::Uuid::from_u128(1))));
        for n in 0..1_000u128 {
            let account = account_of(WorkspaceId::from_uuid(uuid::Uuid::from_u128(n)));
            assert!((100_000_000..1_000_000_000).contains(&account), "{account}");
        }
    }
}
