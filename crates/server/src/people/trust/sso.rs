//! Signing in at a workspace's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636), one state and one nonce for
//! each try. Nobody becomes a member by it: whoever the provider names has to be one already.

use super::id_token::{self, Expected, Identity};
use super::store::{self, Begun, SsoRow};
use crate::app::{App, Sealer, found};
use crate::audit::{self, Act};
use crate::people::auth::Client;
use crate::people::check::Checks;
use crate::people::credential::{random_text, same};
use crate::people::model::SessionAnswer;
use crate::people::{sessions, store as people, workspaces};
use connectors::kit::calls;
use data_encoding::BASE64URL_NOPAD;
use db::{Lane, Scope};
use jsonwebtoken::jwk::JwkSet;
use kernel::event::NewEvent;
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{MINUTE, Millis};
use kernel::{AccountId, Actor, Error, Result, Role, Secret, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A sign-in that was begun is finished within this time, or not at all.
const BEGUN: Millis = 15 * MINUTE;
pub const COOKIE: &str = "switchboard_sso";

/// The connection to an identity provider; its secret is not given back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SsoConnection {
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub has_secret: bool,
    /// Whoever the provider names is found by a proved e-mail address the first time.
    pub map_by_email: bool,
    /// Members sign in there and nowhere else; owners can still use their password.
    pub enforced: bool,
    /// To be registered at the provider.
    pub redirect_uri: String,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct SsoSettings {
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Without it, the stored one stays.
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret<String>>,
    #[serde(default)]
    pub map_by_email: bool,
    #[serde(default)]
    pub enforced: bool,
}

/// What the sign-in page offers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignInMethods {
    /// A lost password can be replaced by mail.
    pub reset_by_mail: bool,
    pub sso: Vec<SsoButton>,
}
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SsoButton {
    #[schema(value_type = String)]
    pub workspace_id: WorkspaceId,
    pub name: String,
}

fn redirect_uri(app: &App) -> String {
    format!("{}/api/v1/auth/sso/callback", app.config.server.public_url)
}
fn about(workspace: WorkspaceId) -> String {
    format!("sso of {workspace}")
}

fn shown(app: &App, row: &SsoRow) -> SsoConnection {
    SsoConnection {
        name: row.name.clone(),
        issuer: row.issuer.clone(),
        client_id: row.client_id.clone(),
        has_secret: !row.client_secret.is_empty(),
        map_by_email: row.map_by_email,
        enforced: row.enforced,
        redirect_uri: redirect_uri(app),
    }
}

pub async fn methods(app: &App) -> Result<SignInMethods> {
    let rows = app.db.read(Scope::Control, store::all_sso).await?;
    let sso = rows.into_iter().map(|r| SsoButton { workspace_id: r.workspace, name: r.name }).collect();
    Ok(SignInMethods { reset_by_mail: app.config.mail.is_some(), sso })
}

/// The connection, or an empty one that says where the provider sends people back to.
pub async fn get(app: &App, actor: &Actor) -> Result<SsoConnection> {
    let workspace = actor.workspace;
    let row = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let empty = SsoConnection {
        name: String::new(),
        issuer: String::new(),
        client_id: String::new(),
        has_secret: false,
        map_by_email: true,
        enforced: false,
        redirect_uri: redirect_uri(app),
    };
    Ok(row.map_or(empty, |r| shown(app, &r)))
}

/// Stores the connection after the provider has answered.
pub async fn put(app: &App, actor: &Actor, s: SsoSettings) -> Result<SsoConnection> {
    let mut checks = Checks::default();
    let name = checks.name("name", &s.name);
    let issuer = s.issuer.trim().trim_end_matches('/').to_owned();
    if !trusted(&issuer) {
        checks.wrong("issuer", "invalid", "Give the provider's address, such as https://login.example.com.");
    }
    let client_id = checks.name("client_id", &s.client_id);
    checks.done()?;
    let workspace = actor.workspace;
    let before = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let sealer = Sealer::new(app, &workspaces::workspace(app, workspace).await?.data_key)?;
    let client_secret = match (&s.client_secret, &before) {
        (Some(secret), _) if !secret.reveal().is_empty() => sealer.seal(secret.reveal().as_bytes(), &about(workspace))?,
        // A secret belongs to the provider it was made for.
        (_, Some(row)) if row.issuer == issuer && row.client_id == client_id => row.client_secret.clone(),
        _ => return Err(Error::field("client_secret", "required", "Give the client's secret.")),
    };
    discover(app, &issuer).await.map_err(|e| Error::field("issuer", "unreachable", e.detail))?;
    let row = SsoRow {
        workspace,
        name,
        issuer,
        client_id,
        client_secret,
        map_by_email: s.map_by_email,
        enforced: s.enforced,
        updated_at: app.now(),
    };
    let stored = row.clone();
    let (who, now) = (actor.clone(), app.now());
    let told_of = |r: &SsoRow| serde_json::json!({ "name": r.name, "issuer": r.issuer, "client_id": r.client_id, "map_by_email": r.map_by_email, "enforced": r.enforced });
    let before = before.as_ref().map_or(Value::Null, told_of);
    let act = Act::new("sso.updated", workspace).named(&stored.name).changed(before, told_of(&stored));
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            store::put_sso(tx, &stored)?;
            audit::leave(tx, &who, &act, now)
        })
        .await?;
    audit::carry(app, workspace).await?;
    told(app, actor).await?;
    Ok(shown(app, &row))
}

pub async fn delete(app: &App, actor: &Actor) -> Result<()> {
    let workspace = actor.workspace;
    let (who, now) = (actor.clone(), app.now());
    let gone = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let gone = store::delete_sso(tx, workspace)?;
            if gone {
                audit::leave(tx, &who, &Act::new("sso.deleted", workspace), now)?;
            }
            Ok(gone)
        })
        .await?;
    audit::carry(app, workspace).await?;
    found(gone.then_some(()), "sso.not_found", "connection")?;
    told(app, actor).await
}

async fn told(app: &App, actor: &Actor) -> Result<()> {
    let event = NewEvent::new("workspace.updated", actor.label(), app.now());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            tx.emit(event.clone());
            Ok(())
        })
        .await
}

/// Tokens travel to it, so it is https; only a provider on this machine may be without.
fn trusted(issuer: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1"]
        .iter()
        .any(|h| issuer.strip_prefix(h).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    (issuer.starts_with("https://") && issuer.len() > 8 || local) && issuer.len() <= 500 && !issuer.contains(['?', '#', ' '])
}

struct Provider {
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    /// The client names itself in the form, not in the header.
    secret_in_form: bool,
}

async fn ask(app: &App, request: HttpRequest) -> Result<HttpResponse> {
    let what = request.url.clone();
    let answer = app.http.send(request).await;
    answer.map_err(|e| Error::unavailable("sso.unreachable", format!("The identity provider does not answer at {what}: {e}")))
}

async fn get_json(app: &App, url: &str) -> Result<Value> {
    let answer = ask(app, calls::get(url)).await?;
    let body = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200);
    body.ok_or_else(|| Error::unavailable("sso.unreachable", format!("The identity provider answers {} at {url}.", answer.status)))
}

/// OpenID Connect Discovery §4.
async fn discover(app: &App, issuer: &str) -> Result<Provider> {
    let document = get_json(app, &format!("{issuer}/.well-known/openid-configuration")).await?;
    let text = |name: &str| document[name].as_str().map(str::to_owned);
    if text("issuer").map(|i| i.trim_end_matches('/').to_owned()).as_deref() != Some(issuer) {
        return Err(Error::unavailable("sso.unreachable", format!("The provider calls itself {}, not {issuer}.", document["issuer"])));
    }
    let need =
        |name: &str| text(name).ok_or_else(|| Error::unavailable("sso.unreachable", format!("The provider does not name its {name}.")));
    let ways: Vec<&str> =
        document["token_endpoint_auth_methods_supported"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Ok(Provider {
        authorization_endpoint: need("authorization_endpoint")?,
        token_endpoint: need("token_endpoint")?,
        jwks_uri: need("jwks_uri")?,
        userinfo_endpoint: text("userinfo_endpoint"),
        secret_in_form: !ways.is_empty() && !ways.contains(&"client_secret_basic"),
    })
}

/// Where the browser goes to sign in, and the cookie that ties the answer to this browser.
pub async fn begin(app: &App, workspace: WorkspaceId, next: &str) -> Result<(String, String)> {
    let row = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let row = found(row, "sso.not_found", "identity provider")?;
    let provider = discover(app, &row.issuer).await?;
    let begun = Begun {
        state: random_text(app),
        workspace,
        nonce: random_text(app),
        verifier: random_text(app),
        next: within(next),
        created_at: app.now(),
    };
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(begun.verifier.as_bytes()));
    let encode = calls::encode;
    let mark = if provider.authorization_endpoint.contains('?') { '&' } else { '?' };
    let url = format!(
        "{}{mark}response_type=code&scope=openid%20email%20profile&client_id={}&redirect_uri={}&state={}&nonce={}&code_challenge={challenge}&code_challenge_method=S256",
        provider.authorization_endpoint,
        encode(&row.client_id),
        encode(&redirect_uri(app)),
        begun.state,
        begun.nonce
    );
    let secure = if app.config.server.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", begun.state, BEGUN / 1_000);
    let older = app.now() - BEGUN;
    app.db.write(Scope::Control, Lane::Interactive, move |tx| store::put_state(tx, &begun, older)).await?;
    Ok((url, cookie))
}

/// A path of ours, whatever was asked for.
fn within(next: &str) -> String {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) && next.len() <= 1_000;
    if ours { next.to_owned() } else { "/inbox".into() }
}

fn refused(words: impl Into<String>) -> Error {
    Error::unauthenticated("sso.refused", words)
}

/// The browser came back: exchanges the code, reads the ID token, finds the member, opens a session. Gives where to go on.
pub async fn finish(app: &App, client: &Client, state: &str, cookie: Option<&str>, code: &str) -> Result<(String, SessionAnswer, String)> {
    if !cookie.is_some_and(|c| same(c.as_bytes(), state.as_bytes())) {
        return Err(refused("This sign-in was begun in another browser. Begin again."));
    }
    let (wanted, newer) = (state.to_owned(), app.now() - BEGUN);
    let begun = app.db.write(Scope::Control, Lane::Interactive, move |tx| store::take_state(tx, &wanted, newer)).await?;
    let begun = begun.ok_or_else(|| refused("This sign-in took too long, or was used already. Begin again."))?;
    let workspace = begun.workspace;
    let row = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let row = row.ok_or_else(|| refused("This workspace has no identity provider any more."))?;
    let provider = discover(app, &row.issuer).await?;
    let Tokens { id_token: token, access_token } = exchange(app, &row, &provider, code, &begun.verifier).await?;
    let keys = get_json(app, &provider.jwks_uri).await?;
    let keys: JwkSet = serde_json::from_value(readable(keys)).map_err(|e| refused(format!("The provider's keys cannot be read: {e}")))?;
    let expected = Expected { issuer: &row.issuer, client_id: &row.client_id, nonce: &begun.nonce, now: app.now() };
    if !id_token::has_key(&keys, &token) {
        return Err(refused("The provider signed with a key that it does not publish."));
    }
    let mut identity =
        id_token::read(&token, &keys, &expected).map_err(|why| refused(format!("The provider's answer is not taken: {why}.")))?;
    if identity.verified_email.is_none()
        && let (Some(url), Some(access_token)) = (&provider.userinfo_endpoint, access_token)
    {
        identity.verified_email = told_email(app, url, access_token, &identity.subject).await?;
    }
    let account = member(app, &row, identity).await?;
    let (session, answer) = sessions::open_session(app, account, workspace, client).await?;
    Ok((session, answer, begun.next))
}

/// Keys of kinds that we do not know are none of ours; one of them must not hide the others.
fn readable(mut keys: Value) -> Value {
    if let Some(list) = keys["keys"].as_array_mut() {
        list.retain(|k| serde_json::from_value::<jsonwebtoken::jwk::Jwk>(k.clone()).is_ok() && k["use"] != "enc");
    }
    keys
}

struct Tokens {
    id_token: String,
    access_token: Option<Secret<String>>,
}

/// Many providers tell addresses only when they are asked (OpenID Connect Core §5.3.2); the answer has to be about the same person.
async fn told_email(app: &App, url: &str, access_token: Secret<String>, subject: &str) -> Result<Option<String>> {
    let answer = ask(app, calls::bearer(calls::get(url), &access_token)).await?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let same = answer.status == 200 && body["sub"] == subject;
    let verified = body["email_verified"] == true || body["email_verified"] == "true";
    Ok(body["email"].as_str().filter(|_| same && verified).map(|e| e.trim().to_lowercase()))
}

async fn exchange(app: &App, row: &SsoRow, provider: &Provider, code: &str, verifier: &str) -> Result<Tokens> {
    let sealer = Sealer::new(app, &workspaces::workspace(app, row.workspace).await?.data_key)?;
    let secret = sealer.open(&row.client_secret, &about(row.workspace))?;
    let secret = String::from_utf8_lossy(&secret).into_owned();
    let redirect = redirect_uri(app);
    let mut pairs =
        vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect.as_str()), ("code_verifier", verifier)];
    let request = if provider.secret_in_form {
        pairs.extend([("client_id", row.client_id.as_str()), ("client_secret", secret.as_str())]);
        calls::form("POST", &provider.token_endpoint, &pairs)
    } else {
        // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
        calls::basic(calls::form("POST", &provider.token_endpoint, &pairs), &calls::encode(&row.client_id), &calls::encode(&secret))
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

/// The account of an identity, if it is an active member of the workspace.
async fn member(app: &App, row: &SsoRow, identity: Identity) -> Result<AccountId> {
    let (workspace, issuer, by_email, now) = (row.workspace, row.issuer.clone(), row.map_by_email, app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let belongs = |tx: &mut db::Tx<'_>, account: AccountId| -> Result<bool> {
                Ok(people::memberships_of(tx, account)?.iter().any(|m| m.workspace == workspace && m.active))
            };
            if let Some(account) = store::identity(tx, &issuer, &identity.subject)? {
                return match belongs(tx, account)? {
                    true => Ok(account),
                    false => Err(refused("You are not a member of this workspace. Ask an admin to invite you.")),
                };
            }
            let email = identity.verified_email.as_deref().filter(|_| by_email);
            let known = email.map(|e| people::account_by_email(tx, e)).transpose()?.flatten();
            match known {
                Some(a) if belongs(tx, a.id)? => {
                    store::put_identity(tx, &issuer, &identity.subject, a.id, now)?;
                    Ok(a.id)
                }
                _ => Err(refused(
                    "Nobody in this workspace has this identity. Ask an admin to invite you with the address that the provider has proved.",
                )),
            }
        })
        .await
}

/// Whether this workspace takes a password from somebody of this role.
pub async fn password_allowed(app: &App, workspace: WorkspaceId, role: Role) -> Result<bool> {
    if role == Role::Owner {
        return Ok(true);
    }
    Ok(!app.db.read(Scope::Control, move |tx| Ok(store::sso(tx, workspace)?.is_some_and(|s| s.enforced))).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_to_pages_of_ours_only() {
        assert_eq!(within("/inbox/cnv_1?x=1"), "/inbox/cnv_1?x=1");
        for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "inbox", ""] {
            assert_eq!(within(elsewhere), "/inbox", "{elsewhere}");
        }
    }

    #[test]
    fn a_provider_is_reached_safely() {
        assert!(trusted("https://login.example.com/realms/x") && trusted("http://127.0.0.1:4000") && trusted("http://localhost"));
        for wrong in ["http://login.example.com", "http://localhost.evil.example", "ftp://x", "https://", "", "https://a b"] {
            assert!(!trusted(wrong), "{wrong}");
        }
    }
}
