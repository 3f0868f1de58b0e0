//! Reading an ID token (OpenID Connect Core §3.1.3.7): whose key signed it, for whom, by whom, when, and in answer to which request.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::time::{MINUTE, Millis};
use serde::Deserialize;
use serde_json::Value;

/// Clocks differ.
const LEEWAY: Millis = MINUTE;
/// Only signatures with a key pair: a secret that we share could be used by anybody who has it.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Who the provider says this is.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub subject: String,
    /// An address the provider has proved.
    pub verified_email: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
}

pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Millis,
}

/// Whether this key set has a key that the token names; if not, the provider may have changed its keys.
pub fn has_key(keys: &JwkSet, token: &str) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(token) else { return false };
    match header.kid {
        Some(kid) => keys.find(&kid).is_some(),
        None => keys.keys.len() == 1,
    }
}

/// The identity in a token, or what is wrong with it.
pub fn read(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Identity, String> {
    let header = jsonwebtoken::decode_header(token).map_err(|e| format!("it is no JWT: {e}"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(format!("it is signed with {:?}, which is not taken", header.alg));
    }
    let key = match &header.kid {
        Some(kid) => keys.find(kid).ok_or("its key is not among the provider's")?,
        None if keys.keys.len() == 1 => &keys.keys[0],
        None => return Err("it does not say which key signed it".into()),
    };
    let key = DecodingKey::from_jwk(key).map_err(|e| format!("the provider's key cannot be read: {e}"))?;
    let mut validation = Validation::new(header.alg);
    // Times and names are checked below, by our clock and with words.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims =
        jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|e| format!("its signature or content is wrong: {e}"))?.claims;
    let audience: Vec<&str> = match &claims.aud {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if claims.iss != expected.issuer {
        return Err(format!("it was issued by {}", claims.iss));
    }
    if !audience.contains(&expected.client_id) {
        return Err("it is for another application".into());
    }
    if audience.len() > 1 && claims.azp.as_deref() != Some(expected.client_id)
        || claims.azp.as_deref().is_some_and(|a| a != expected.client_id)
    {
        return Err("it was asked for by another application".into());
    }
    if claims.exp * 1_000 + LEEWAY <= expected.now {
        return Err("it has ended".into());
    }
    if claims.nbf.is_some_and(|at| at * 1_000 - LEEWAY > expected.now) {
        return Err("it does not count yet".into());
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("it does not answer our request".into());
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err("it names nobody".into());
    }
    let verified = matches!(&claims.email_verified, Value::Bool(true)) || claims.email_verified == "true";
    Ok(Identity { subject: claims.sub, verified_email: claims.email.filter(|_| verified).map(|e| e.trim().to_lowercase()) })
}
