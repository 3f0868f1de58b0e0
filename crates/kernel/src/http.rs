//! The outgoing HTTP edge: connectors describe a request, the guarded client carries it out.

use crate::BoxFuture;

#[derive(Debug, Clone)]
pub struct HttpRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// Larger answers are cut off with [`HttpError::TooLarge`].
    pub max_response_bytes: usize,
    /// They are cut off there, and what came until then is the answer.
    pub keep_beginning: bool,
    /// How often it may be sent elsewhere; with none, a redirect is an answer like others.
    pub max_redirects: usize,
}
impl HttpRequest {
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: 15_000,
            max_response_bytes: 1 << 20,
            keep_beginning: false,
            max_redirects: 5,
        }
    }
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}

#[derive(Debug, Clone)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}
impl HttpResponse {
    /// First header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// The address is private, not http(s), or otherwise not allowed; nothing was sent.
    Refused(String),
    /// No connection was made; nothing was sent.
    Connect(String),
    /// The request may have arrived: it was written, wholly or in part, and no answer came.
    Uncertain(String),
    TooLarge,
}
impl std::fmt::Display for HttpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Whose address it is reads this, and it says of itself what is wrong.
            Self::Refused(why) => f.write_str(why),
            Self::Connect(why) => write!(f, "no connection: {why}"),
            Self::Uncertain(why) => write!(f, "no answer: {why}"),
            Self::TooLarge => f.write_str("the answer is too large"),
        }
    }
}

pub trait HttpClient: Send + Sync {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        let refused = HttpError::Refused("intranet is at 10.0.0.8, which is not a public address".into());
        assert_eq!(
            format!("The calendar cannot be fetched: {refused}."),
            "The calendar cannot be fetched: intranet is at 10.0.0.8, which is not a public address."
        );
    }
}
