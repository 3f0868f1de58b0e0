//! Connect buttons (RFC 6749 authorization code, RFC 7636 PKCE) and tokens that are refreshed before they end, one refresh at a time.

use super::actions;
use super::directory::Entry;
use super::note_health;
use crate::app::{App, found};
use data_encoding::BASE64URL_NOPAD;
use db::{Lane, Scope, params};
use kernel::channel::{OAuth, SendError};
use kernel::http::HttpRequest;
use kernel::time::{HOUR, MINUTE, Millis};
use kernel::{Actor, ChannelId, Error, Result, WorkspaceId};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Settings beside the connector's own, kept with its secrets.
pub const ACCESS_TOKEN: &str = "access_token";
pub const REFRESH_TOKEN: &str = "refresh_token";
/// Unix time in milliseconds.
pub const EXPIRES_AT: &str = "token_expires_at";
/// What changes by itself.
pub const TOKENS: [&str; 3] = [ACCESS_TOKEN, REFRESH_TOKEN, EXPIRES_AT];
/// Tokens are refreshed this long before they end.
const AHEAD: Millis = 2 * MINUTE;
/// A connection that was begun is finished within this time, or not at all.
const BEGUN: Millis = HOUR;

/// One refresh at a time for each account: a refresh token that rotates works once.
#[derive(Default)]
pub struct Refreshing(Mutex<HashMap<ChannelId, Arc<tokio::sync::Mutex<()>>>>);

fn redirect_uri(app: &App) -> String {
    format!("{}/oauth/callback", app.config.server.public_url)
}

fn fill(template: &str, settings: &kernel::channel::Settings) -> String {
    let mut text = template.to_owned();
    for (name, value) in settings.values() {
        if let Some(value) = value.as_str() {
            text = text.replace(&format!("{{{name}}}"), value);
        }
    }
    text
}

/// Where the browser goes to give its consent.
pub async fn begin(app: &App, actor: &Actor, id: ChannelId) -> Result<String> {
    let entry = found(app.directory.by_id(app, actor.workspace, id).await?, "channel.not_found", "channel")?;
    let (oauth, client_id, _) = client(&entry)?;
    let (state, verifier) = (app.secret_text(20), app.secret_text(40));
    let (kept, proof, workspace, now) = (state.clone(), verifier.clone(), actor.workspace, app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            tx.exec("DELETE FROM oauth_states WHERE created_at < $1", params![now - BEGUN])?;
            tx.exec(
                "INSERT INTO oauth_states (state, workspace_id, channel_id, verifier, created_at) VALUES ($1, $2, $3, $4, $5)",
                params![&kept, workspace, id, &proof, now],
            )
        })
        .await?;
    let encode = connectors::kit::calls::encode;
    let scopes = encode(&fill(&oauth.scopes.join(oauth.scope_separator), &entry.account.settings));
    let mut url = fill(oauth.authorize_url, &entry.account.settings);
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(&format!("response_type=code&client_id={}&redirect_uri={}&state={state}", encode(&client_id), encode(&redirect_uri(app))));
    if !scopes.is_empty() {
        url.push_str(&format!("&scope={scopes}"));
    }
    for (name, value) in oauth.extra {
        url.push_str(&format!("&{name}={}", encode(value)));
    }
    if oauth.pkce {
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
        url.push_str(&format!("&code_challenge={challenge}&code_challenge_method=S256"));
    }
    Ok(url)
}

fn client(entry: &Entry) -> Result<(OAuth, String, String)> {
    let oauth = entry
        .connector
        .descriptor()
        .oauth_for(entry.account.settings.values())
        .ok_or_else(|| Error::conflict("channel.no_connect", "This channel is not connected with a button."))?;
    let need = |field: &'static str| {
        let value = entry.account.settings.text(field).map(str::to_owned);
        value.ok_or_else(|| Error::field(&format!("configuration.{field}"), "required", "Fill this in and save before connecting."))
    };
    Ok((oauth, need(oauth.client_id_field)?, need(oauth.client_secret_field)?))
}

/// The browser came back: exchanges the code and stores the tokens. Gives the channel.
pub async fn finish(app: &App, actor: &Actor, state: &str, code: &str) -> Result<ChannelId> {
    // Whoever comes back signed in elsewhere would give their account to a workspace that is not theirs.
    let (wanted, now, theirs) = (state.to_owned(), app.now(), actor.workspace);
    let row = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            tx.opt(
                "DELETE FROM oauth_states WHERE state = $1 AND created_at >= $2 AND workspace_id = $3 RETURNING workspace_id, channel_id, verifier",
                params![&wanted, now - BEGUN, theirs],
                |r| Ok((r.next::<WorkspaceId>()?, r.next::<ChannelId>()?, r.next::<String>()?)),
            )
        })
        .await?;
    let (workspace, id, verifier) = row.ok_or_else(|| {
        Error::conflict("oauth.state_unknown", "This connection was begun too long ago. Begin again from the channel's settings.")
    })?;
    let entry = found(app.directory.by_id(app, workspace, id).await?, "channel.not_found", "channel")?;
    let (oauth, client_id, client_secret) = client(&entry)?;
    let redirect = redirect_uri(app);
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect.as_str()),
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
    ];
    if oauth.pkce {
        pairs.push(("code_verifier", verifier.as_str()));
    }
    let tokens = exchange(app, &entry, &oauth, &pairs).await.map_err(|e| Error::conflict("oauth.refused", e.detail().to_owned()))?;
    store_tokens(app, &entry, &tokens).await?;
    let now = app.now();
    app.db.write(workspace, Lane::Interactive, move |tx| note_health(tx, id, None, now)).await?;
    app.directory.forget(id);
    Ok(id)
}

async fn exchange(app: &App, entry: &Entry, oauth: &OAuth, pairs: &[(&str, &str)]) -> std::result::Result<Map<String, Value>, SendError> {
    use connectors::kit::{calls, verdicts};
    let url = fill(oauth.token_url, &entry.account.settings);
    let request: HttpRequest = if entry.connector.client_in_header() {
        let of = |name: &str| pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| *v);
        let form: Vec<_> = pairs.iter().filter(|(n, _)| !n.starts_with("client_")).copied().collect();
        calls::basic(calls::form("POST", url, &form), of("client_id"), of("client_secret"))
    } else {
        calls::form("POST", url, pairs)
    };
    let response = calls::exchange(app.edge_of(entry).edge(), request).await.map_err(calls::before_sending)?;
    let body = calls::body_of(&response);
    let said = ["/error_description", "/error/message", "/error"].iter().find_map(|p| calls::words_at(&body, p));
    if !(200..300).contains(&response.status) || body.get("error").is_some() {
        // A token that the provider no longer takes: only a person can connect again.
        if matches!(response.status, 200 | 400 | 401 | 403) {
            let detail =
                format!("The connection has ended ({}). Connect again.", said.unwrap_or_else(|| format!("HTTP {}", response.status)));
            return Err(SendError::Account { detail });
        }
        return Err(verdicts::judge_http(&response, said.as_deref(), app.now()));
    }
    match body {
        Value::Object(map) if map.get(ACCESS_TOKEN).and_then(Value::as_str).is_some() => Ok(map),
        _ => Err(SendError::Account { detail: "The provider gave no token. Connect again.".into() }),
    }
}

async fn store_tokens(app: &App, entry: &Entry, tokens: &Map<String, Value>) -> Result<()> {
    let mut fresh = Map::new();
    for name in [ACCESS_TOKEN, REFRESH_TOKEN] {
        if let Some(value) = tokens.get(name).filter(|v| v.is_string()) {
            fresh.insert(name.into(), value.clone());
        }
    }
    let seconds = tokens.get("expires_in").and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok()));
    fresh.insert(EXPIRES_AT.into(), seconds.map_or(Value::Null, |s| json!(app.now() + s.saturating_mul(1_000))));
    // What the connector keeps of the answer besides: `team_id` is also found as `team.id`.
    let all = Value::Object(tokens.clone());
    for name in entry.connector.descriptor().oauth.map_or(&[] as &[&str], |o| o.fills) {
        let nested = all.pointer(&format!("/{}", name.replacen('_', "/", 1)));
        if let Some(value) = tokens.get(*name).or(nested).filter(|v| v.is_string()) {
            fresh.insert((*name).into(), value.clone());
        }
    }
    actions::store_hidden(app, entry.workspace, entry.id, fresh).await
}

/// The account with a token that is good for the next minutes.
pub async fn fresh(app: &App, entry: &Arc<Entry>) -> Result<std::result::Result<Arc<Entry>, SendError>> {
    let ends = |e: &Entry| e.account.settings.number(EXPIRES_AT);
    let stale = |e: &Entry| ends(e).is_some_and(|at| at - AHEAD <= app.now());
    if entry.connector.descriptor().oauth_for(entry.account.settings.values()).is_none() || !stale(entry) {
        return Ok(Ok(entry.clone()));
    }
    let lock = app.refreshing.0.lock().unwrap_or_else(PoisonError::into_inner).entry(entry.id).or_default().clone();
    let _held = lock.lock().await;
    let Some(entry) = app.directory.by_id(app, entry.workspace, entry.id).await? else {
        return Ok(Err(SendError::Permanent { detail: "The channel was removed.".into() }));
    };
    if !stale(&entry) {
        return Ok(Ok(entry));
    }
    let (oauth, client_id, client_secret) = client(&entry)?;
    let Some(refresh) = entry.account.settings.text(REFRESH_TOKEN).map(str::to_owned) else {
        let ended = ends(&entry).is_some_and(|at| at <= app.now());
        let detail = "The connection has ended. Connect again.".to_owned();
        return Ok(if ended { Err(SendError::Account { detail }) } else { Ok(entry) });
    };
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
    ];
    match exchange(app, &entry, &oauth, &pairs).await {
        Ok(tokens) => {
            store_tokens(app, &entry, &tokens).await?;
            app.directory.forget(entry.id);
            match app.directory.by_id(app, entry.workspace, entry.id).await? {
                Some(entry) => Ok(Ok(entry)),
                None => Ok(Err(SendError::Permanent { detail: "The channel was removed.".into() })),
            }
        }
        Err(error) => Ok(Err(error)),
    }
}
