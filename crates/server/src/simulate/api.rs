//! The server's API as the command line needs it. It goes through the guarded client like everything that leaves; the one address that
//! may be private is the server the person named.

use super::words;
use edges::{GuardedClient, NetGuard};
use kernel::http::{HttpClient, HttpError, HttpRequest};
use kernel::{Error, Result, Secret};
use serde_json::Value;

pub struct Api {
    client: GuardedClient,
    base: String,
    token: Secret<String>,
}

impl Api {
    pub fn new(url: &str, token: Secret<String>) -> Result<Self> {
        let wrong =
            || words(&format!("{url} is no address of a server. Give one such as http://localhost:8080 or https://help.example.com."));
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(wrong)?;
        let authority = rest.split('/').next().filter(|a| !a.is_empty() && !a.contains('@')).ok_or_else(wrong)?;
        if !matches!(scheme, "http" | "https") {
            return Err(wrong());
        }
        let allowed = if authority.starts_with('[') && authority.ends_with(']') { authority.trim_matches(['[', ']']) } else { authority };
        let guard = NetGuard::from_words(&[allowed.to_owned()]).map_err(|_| wrong())?;
        Ok(Self { client: GuardedClient::new(guard)?, base: format!("{scheme}://{authority}"), token })
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call("GET", path, "application/json", Vec::new()).await
    }
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("POST", path, "application/json", body.to_string().into_bytes()).await
    }
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("PUT", path, "application/json", body.to_string().into_bytes()).await
    }
    /// Uploads a file; gives its id.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Result<String> {
        let boundary = "switchboard-simulate-3c1f7a";
        let name: String = name.chars().map(|c| if c.is_control() || c == '"' || c == '\\' { '_' } else { c }).collect();
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let made = self.call("POST", "/files", &format!("multipart/form-data; boundary={boundary}"), body).await?;
        made["id"].as_str().map(str::to_owned).ok_or_else(|| words("The server took the file and gave it no id."))
    }

    async fn call(&self, method: &'static str, path: &str, content_type: &str, body: Vec<u8>) -> Result<Value> {
        let mut request = HttpRequest::new(method, format!("{}/api/v1{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token.reveal()))
            .header("Content-Type", content_type)
            .header("Accept", "application/json")
            .body(body);
        request.max_response_bytes = 32 << 20;
        let answer = match self.client.send(request).await {
            Ok(answer) => answer,
            Err(HttpError::Connect(why)) => {
                return Err(words(&format!(
                    "No server answers at {} ({why}). Start one with `switchboard serve`, or say where it is with --url.",
                    self.base
                )));
            }
            Err(error) => return Err(words(&format!("{}: {error}", self.base))),
        };
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200..300 => Ok(value),
            401 => Err(words("The server does not take this token. Make a new one as an admin in Settings › API tokens.")),
            status => Err(refused(status, &value, &self.base)),
        }
    }
}

/// The server's own words, with the fields they are about.
fn refused(status: u16, problem: &Value, base: &str) -> Error {
    let fields: Vec<String> = problem["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|f| Some(format!("{}: {}", f["field"].as_str()?, f["detail"].as_str()?)))
        .collect();
    match (fields.is_empty(), problem["detail"].as_str()) {
        (false, _) => words(&fields.join(" ")),
        (true, Some(detail)) => words(detail),
        (true, None) => words(&format!("{base} answered {status}, and not as a Switchboard does. Is it one?")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_none_are_refused_in_words() {
        for wrong in ["localhost:8080", "ftp://x", "http://", "http://user:pass@host"] {
            let error = Api::new(wrong, Secret::new("t".into())).err().expect(wrong);
            assert!(error.detail.contains("http://localhost:8080"), "{wrong}: {}", error.detail);
        }
        assert_eq!(Api::new("http://localhost:8080/some/path", Secret::new("t".into())).unwrap().base, "http://localhost:8080");
        assert!(
            Api::new("http://[::1]:8080", Secret::new("t".into())).is_ok()
                && Api::new("https://help.example.com", Secret::new("t".into())).is_ok()
        );
    }

    #[test]
    fn refusals_keep_the_words_of_the_server() {
        let field = serde_json::json!({ "detail": "text: x", "fields": [{ "field": "text", "code": "required", "detail": "Say what the customer writes." }] });
        assert_eq!(refused(422, &field, "http://x").detail, "text: Say what the customer writes.");
        assert!(refused(502, &Value::Null, "http://x").detail.contains("502"));
    }
}
