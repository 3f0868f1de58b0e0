//! Extractors that fail as problems: JSON bodies (with their idempotency key), queries, paths, and who is calling.

use super::error::Problem;
use crate::app::App;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use kernel::actor::Permission;
use kernel::{Actor, Error};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A JSON body. Unknown fields are ignored; a wrong type names its field.
pub struct Json<T>(pub T);

/// A JSON body together with the request's `Idempotency-Key`.
pub struct Keyed<T> {
    pub body: T,
    pub key: Option<IdempotencyKey>,
}

/// The caller's key and what it was used for.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    pub key: String,
    /// SHA-256 over method, path and body.
    pub request_hash: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = body(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = request.headers().get("idempotency-key").map(|v| v.to_str().map(str::to_owned));
        let key = match key {
            None => None,
            Some(Ok(k)) if (1..=200).contains(&k.len()) => Some(k),
            Some(_) => return Err(Error::bad_request("idempotency.key_invalid", "Idempotency-Key is 1 to 200 plain characters.").into()),
        };
        let what = format!("{} {}\n", request.method(), request.uri().path());
        let bytes = body(request, state).await?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::new().chain_update(what).chain_update(&bytes).finalize());
        let key = key.map(|key| IdempotencyKey { key, request_hash: hash });
        Ok(Self { body: parse(&bytes)?, key })
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|e| {
        let too_large = e.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
        Problem::from(match too_large {
            true => Error::too_large("request.too_large", "The request body is too large."),
            false => Error::bad_request("request.incomplete", "The request body did not arrive whole."),
        })
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // A list would be taken for the fields in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::bad_request("json.wrong_type", "The body has to be an object.").into());
    }
    serde_json::from_slice(bytes).map_err(|e| {
        use serde_json::error::Category;
        let words = e.to_string();
        Problem::from(match e.classify() {
            Category::Data => match words.split('`').nth(1) {
                Some(field) if words.starts_with("missing field") => Error::field(field, "required", "This is needed."),
                _ => Error::bad_request("json.wrong_type", format!("The JSON does not fit: {words}.")),
            },
            _ => Error::bad_request("json.malformed", format!("The body is not JSON: {words}.")),
        })
    })
}

/// `?…` as a struct; an unreadable value names itself.
pub struct Query<T>(pub T);
impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(e) => Err(Error::bad_request("query.invalid", format!("The query does not fit: {}.", e.body_text())).into()),
        }
    }
}

/// Path parameters; an id of the wrong form is simply not there.
pub struct Path<T>(pub T);
impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found("not_found", "There is nothing at this address.").into()),
        }
    }
}

/// Who is calling, signed in and (for cookies) with the CSRF header on everything that changes something.
pub struct Caller(pub Actor);
impl Caller {
    pub fn need(&self, permission: Permission) -> Result<&Actor, Problem> {
        self.0.need(permission)?;
        Ok(&self.0)
    }
}
impl FromRequestParts<App> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(crate::people::authenticate(app, parts).await?.actor))
    }
}
