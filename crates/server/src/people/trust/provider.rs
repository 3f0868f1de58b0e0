//! Talking to an identity provider: what it says of itself, its keys, and the exchange of a code for tokens.

use crate::app::App;
use connectors::kit::calls;
use kernel::http::{HttpRequest, HttpResponse};
use kernel::{Error, Result, Secret};
use serde_json::Value;
use std::sync::Arc;

/// Tokens travel to it, so it is https; only a provider on this machine may be without.
pub fn trusted(issuer: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1"]
        .iter()
        .any(|h| issuer.strip_prefix(h).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    (issuer.starts_with("https://") && issuer.len() > 8 || local) && issuer.len() <= 500 && !issuer.contains(['?', '#', ' '])
}

/// What a provider says of itself.
pub struct Provider {
    /// Its own name for itself, letter by letter as its tokens have it.
    pub issuer: String,
    pub authorization_endpoint: String,
    token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    /// The client names itself in the form, not in the header.
    secret_in_form: bool,
}

impl Provider {
    /// By the name that its settings have, with a slash at the end or without.
    pub fn is_called(&self, issuer: &str) -> bool {
        self.issuer.strip_suffix('/').unwrap_or(&self.issuer) == issuer
    }
}

async fn ask(app: &App, request: HttpRequest) -> Result<HttpResponse> {
    let what = request.url.clone();
    let answer = app.http.send(request).await;
    answer.map_err(|e| Error::unavailable("sso.unreachable", format!("The identity provider does not answer at {what}: {e}")))
}

pub async fn get_json(app: &App, url: &str) -> Result<Value> {
    let answer = ask(app, calls::get(url)).await?;
    let body = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200);
    body.ok_or_else(|| Error::unavailable("sso.unreachable", format!("The identity provider answers {} at {url}.", answer.status)))
}

/// What it said lately, or says now: whoever begins to sign in must not make it work each time.
pub async fn known(app: &App, issuer: &str) -> Result<Arc<Provider>> {
    let now = app.now();
    let key = issuer.to_owned();
    match app.people.providers.get(&key, now) {
        Ok(provider) => Ok(provider),
        Err(ticket) => Ok(app.people.providers.put(ticket, key, discover(app, issuer).await?, now)),
    }
}

/// OpenID Connect Discovery §4. People write its name with a slash at the end or without; what it calls itself is what its tokens say.
pub async fn discover(app: &App, issuer: &str) -> Result<Provider> {
    let document = get_json(app, &format!("{issuer}/.well-known/openid-configuration")).await?;
    let text = |name: &str| document[name].as_str().map(str::to_owned);
    let own = text("issuer").filter(|own| own.strip_suffix('/').unwrap_or(own) == issuer);
    let own = own
        .ok_or_else(|| Error::unavailable("sso.unreachable", format!("The provider calls itself {}, not {issuer}.", document["issuer"])))?;
    let need =
        |name: &str| text(name).ok_or_else(|| Error::unavailable("sso.unreachable", format!("The provider does not name its {name}.")));
    let ways: Vec<&str> =
        document["token_endpoint_auth_methods_supported"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Ok(Provider {
        issuer: own,
        authorization_endpoint: need("authorization_endpoint")?,
        token_endpoint: need("token_endpoint")?,
        jwks_uri: need("jwks_uri")?,
        userinfo_endpoint: text("userinfo_endpoint"),
        secret_in_form: !ways.is_empty() && !ways.contains(&"client_secret_basic"),
    })
}

pub fn refused(words: impl Into<String>) -> Error {
    Error::unauthenticated("sso.refused", words)
}

/// Keys of kinds that we do not know are none of ours; one of them must not hide the others.
pub fn readable(mut keys: Value) -> Value {
    if let Some(list) = keys["keys"].as_array_mut() {
        list.retain(|k| serde_json::from_value::<jsonwebtoken::jwk::Jwk>(k.clone()).is_ok() && k["use"] != "enc");
    }
    keys
}

pub struct Tokens {
    pub id_token: String,
    pub access_token: Option<Secret<String>>,
}

/// Many providers tell addresses only when they are asked (OpenID Connect Core §5.3.2); the answer has to be about the same person.
pub async fn told_email(app: &App, url: &str, access_token: Secret<String>, subject: &str) -> Result<Option<String>> {
    let answer = ask(app, calls::bearer(calls::get(url), &access_token)).await?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let same = answer.status == 200 && body["sub"] == subject;
    let verified = body["email_verified"] == true || body["email_verified"] == "true";
    Ok(body["email"].as_str().filter(|_| same && verified).map(|e| e.trim().to_lowercase()))
}

/// What the browser brought, with the proof that it was sent there by us.
pub struct Code<'a> {
    pub code: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: &'a str,
}

/// The browser's code for tokens; `secret` is the client's.
pub async fn exchange(app: &App, provider: &Provider, client_id: &str, secret: &str, code: &Code<'_>) -> Result<Tokens> {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code.code),
        ("redirect_uri", code.redirect_uri),
        ("code_verifier", code.verifier),
    ];
    let request = if provider.secret_in_form {
        pairs.extend([("client_id", client_id), ("client_secret", secret)]);
        calls::form("POST", &provider.token_endpoint, &pairs)
    } else {
        // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
        calls::basic(calls::form("POST", &provider.token_endpoint, &pairs), &calls::encode(client_id), &calls::encode(secret))
    };
    let answer = ask(app, request).await?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    if answer.status != 200 {
        let why = body["error_description"].as_str().or(body["error"].as_str()).unwrap_or("no reason was given");
        return Err(refused(format!("The provider refused the sign-in: {why}.")));
    }
    let id_token = body["id_token"].as_str().map(str::to_owned).ok_or_else(|| refused("The provider sent no ID token."))?;
    Ok(Tokens { id_token, access_token: body["access_token"].as_str().map(|t| Secret::new(t.to_owned())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_safely() {
        assert!(trusted("https://login.example.com/realms/x") && trusted("http://127.0.0.1:4000") && trusted("http://localhost"));
        for wrong in ["http://login.example.com", "http://localhost.evil.example", "ftp://x", "https://", "", "https://a b"] {
            assert!(!trusted(wrong), "{wrong}");
        }
    }
}
