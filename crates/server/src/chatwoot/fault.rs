//! Refusals as such programs read them: `{error}`, and for faulty fields `{message, attributes}`. Our own code stands beside, for people.

use crate::http::error::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::Error;
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Fault {
    status: u16,
    body: Value,
    retry_after: Option<String>,
}
pub type Answer<T = Json<Value>> = Result<T, Fault>;

/// Our fields by their names there.
fn field_there(name: &str) -> &str {
    match name {
        "emails" | "value" => "email",
        "phones" | "phone" => "phone_number",
        "text" | "html" => "content",
        "channel_id" => "inbox_id",
        "tags" => "labels",
        "shortcut" | "title" => "short_code",
        "to" => "to_emails",
        "cc" => "cc_emails",
        "bcc" => "bcc_emails",
        other => other,
    }
}

impl Fault {
    /// A refusal of our own API.
    pub fn of_answer(status: StatusCode, problem: &Value, retry_after: Option<String>) -> Self {
        let words = problem["detail"].as_str().unwrap_or("The request failed.");
        let code = problem["code"].as_str().unwrap_or("internal");
        let attributes: Vec<&str> = match problem["fields"].as_array() {
            Some(fields) if !fields.is_empty() => fields.iter().filter_map(|f| f["field"].as_str()).map(field_there).collect(),
            _ if code == "handle.taken" && words.contains('@') => vec!["email"],
            _ if code == "handle.taken" => vec!["phone_number"],
            _ => Vec::new(),
        };
        let status = match status.as_u16() {
            // Who may not do something is told that they are not authorised; what is wrong or in the way cannot be processed.
            401 | 403 => 401,
            400 | 409 | 422 => 422,
            other => other,
        };
        let mut body = json!({ "error": words, "message": words, "code": code });
        if status == 422 {
            body["attributes"] = json!(attributes);
        }
        Self { status, body, retry_after }
    }
    pub fn is_not_found(&self) -> bool {
        self.status == 404
    }
    pub fn unauthorised(words: &str) -> Self {
        Self::from(Error::unauthenticated("chatwoot.unauthorised", words))
    }
    pub fn not_found() -> Self {
        Self::from(Error::not_found("not_found", "Nothing was found here."))
    }
    pub fn field(name: &str, words: impl Into<String>) -> Self {
        Self::from(Error::field(name, "invalid", words))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        // The same way to the outside as every other refusal, so that what is internal stays inside.
        let response = Problem::from(error.clone()).into_response();
        let status = response.status();
        let detail = if status.is_server_error() { "Something went wrong here. Try again.".to_owned() } else { words(&error) };
        let fields = if let kernel::ErrorKind::Invalid(fields) = &error.kind { json!(fields) } else { Value::Null };
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Self::of_answer(status, &json!({ "detail": detail, "code": error.code, "fields": fields }), retry_after)
    }
}
fn words(error: &Error) -> String {
    match &error.kind {
        kernel::ErrorKind::Invalid(fields) if !fields.is_empty() => fields.iter().map(|f| f.detail.as_str()).collect::<Vec<_>>().join(" "),
        _ => error.detail.clone(),
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        if let Some(value) = self.retry_after.and_then(|v| v.parse().ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// Also for what Chatwoot has and this layer has not: `docs/chatwoot.md` lists it.
pub async fn nothing_here() -> Fault {
    Fault::from(Error::not_found("chatwoot.not_there", "This address is not part of the Chatwoot-compatible layer."))
}
