//! From [`kernel::Error`] to `application/problem+json`: the only place that knows the status codes of errors.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::error::FieldError;
use kernel::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value};

/// RFC 9457 problem details, with our stable `code`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    pub type_: String,
    pub title: String,
    pub status: u16,
    /// Stable, dotted; what programs and translations go by.
    pub code: String,
    /// What happened and what to do, in plain words.
    pub detail: String,
    pub fields: Vec<FieldError>,
    pub request_id: String,
    /// Members of this code only, beside those above.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: Map<String, Value>,
}

/// What handlers fail with.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    more: Map<String, Value>,
}
impl Problem {
    pub fn code(&self) -> &'static str {
        self.error.code
    }
    /// The same with an extension member (RFC 9457 §3.2).
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.more.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }
}
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, more: Map::new() }
    }
}

tokio::task_local! {
    /// The id of the request at hand, for logs and problem answers.
    pub static REQUEST_ID: String;
}
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Error { kind, code, detail } = self.error;
        let (status, title, fields, retry) = match kind {
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, "Not found", vec![], None),
            ErrorKind::Invalid(f) => {
                let status = if f.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
                (status, "The request is not valid", f, None)
            }
            ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "Not signed in", vec![], None),
            ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "Not allowed", vec![], None),
            ErrorKind::Conflict => (StatusCode::CONFLICT, "Conflict", vec![], None),
            ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large", vec![], None),
            ErrorKind::TooMany(ms) => (StatusCode::TOO_MANY_REQUESTS, "Too many requests", vec![], Some(ms)),
            ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not available", vec![], Some(2_000)),
            ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", vec![], None),
        };
        let request_id = request_id();
        let detail = if kind_is_internal(status) {
            tracing::error!(request.id = %request_id, error = %detail, "a request failed");
            "This is our fault. Try again; if it stays, give this reference to your administrator.".to_owned()
        } else {
            detail
        };
        let body = ProblemBody {
            type_: format!("https://switchboard.example/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            code: code.into(),
            detail,
            fields,
            request_id,
            more: self.more,
        };
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], json).into_response();
        if let Some(ms) = retry {
            let seconds = (ms + 999) / 1_000;
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        response
    }
}

fn kind_is_internal(status: StatusCode) -> bool {
    status == StatusCode::INTERNAL_SERVER_ERROR
}
