//! Signing in at a workspace's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636), one state and one nonce for
//! each try. Nobody becomes a member by it: whoever the provider names has to be one already.

use super::id_token::{self, Expected, Identity};
use super::provider::{self, Code, Tokens, refused};
use super::second;
use super::store::{self, Begun, SsoRow};
use crate::app::{App, Sealer, found};
use crate::audit::{self, Act};
use crate::people::auth::Client;
use crate::people::check::Checks;
use crate::people::credential::{random_text, same};
use crate::people::model::Membership;
use crate::people::throttle::Limit;
use crate::people::{roles, sessions, store as people, workspaces};
use connectors::kit::calls;
use data_encoding::BASE64URL_NOPAD;
use db::{Lane, Scope};
use jsonwebtoken::jwk::JwkSet;
use kernel::actor::Who;
use kernel::event::NewEvent;
use kernel::time::{MINUTE, Millis};
use kernel::{Actor, Error, MemberId, Result, Role, Secret, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A sign-in that was begun is finished within this time, or not at all.
const BEGUN: Millis = 15 * MINUTE;
/// Sign-ins begun from one address in a minute; an office behind one address begins its day.
const BEGINNINGS: Limit = Limit { most: 60, window: MINUTE };
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
pub(in crate::people) fn about(workspace: WorkspaceId) -> String {
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

/// Whoever names the provider can come in as everybody whom it names: that is for owners, in person.
fn owner(actor: &Actor) -> Result<MemberId> {
    match actor.who {
        Who::Person { member, .. } if actor.role == Role::Owner => Ok(member),
        _ => Err(Error::forbidden("sso.owner_needed", "Only an owner connects an identity provider, signed in and not by a token.")),
    }
}

/// Stores the connection after the provider has answered.
pub async fn put(app: &App, actor: &Actor, s: SsoSettings) -> Result<SsoConnection> {
    let stored_by = owner(actor)?;
    let mut checks = Checks::default();
    let name = checks.name("name", &s.name);
    let issuer = s.issuer.trim().trim_end_matches('/').to_owned();
    if !provider::trusted(&issuer) {
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
    provider::discover(app, &issuer).await.map_err(|e| Error::field("issuer", "unreachable", e.detail))?;
    let row = SsoRow {
        workspace,
        name,
        issuer,
        client_id,
        client_secret,
        map_by_email: s.map_by_email,
        enforced: s.enforced,
        stored_by,
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
    app.people.providers.forget(|p| p.is_called(&row.issuer));
    audit::carry(app, workspace).await?;
    told(app, actor).await?;
    Ok(shown(app, &row))
}

pub async fn delete(app: &App, actor: &Actor) -> Result<()> {
    owner(actor)?;
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

/// Where the browser goes to sign in, and the cookie that ties the answer to this browser.
pub async fn begin(app: &App, workspace: WorkspaceId, next: &str, client: &Client) -> Result<(String, String)> {
    app.people.throttle.count("sso", Some(client.address), BEGINNINGS, app.now())?;
    let row = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let row = found(row, "sso.not_found", "identity provider")?;
    let provider = provider::known(app, &row.issuer).await?;
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

/// Where the browser goes on, having come back.
pub enum Finished {
    /// With the cookie of a new session.
    In { cookie: String, next: String },
    /// With what the code of the second step answers.
    SecondStep { challenge: String, next: String },
}

/// The browser came back: exchanges the code, reads the ID token, finds the member, opens a session.
pub async fn finish(app: &App, client: &Client, state: &str, cookie: Option<&str>, code: &str) -> Result<Finished> {
    if !cookie.is_some_and(|c| same(c.as_bytes(), state.as_bytes())) {
        return Err(refused("This sign-in was begun in another browser. Begin again."));
    }
    let (wanted, newer) = (state.to_owned(), app.now() - BEGUN);
    let begun = app.db.write(Scope::Control, Lane::Interactive, move |tx| store::take_state(tx, &wanted, newer)).await?;
    let begun = begun.ok_or_else(|| refused("This sign-in took too long, or was used already. Begin again."))?;
    let workspace = begun.workspace;
    let row = app.db.read(Scope::Control, move |tx| store::sso(tx, workspace)).await?;
    let row = row.ok_or_else(|| refused("This workspace has no identity provider any more."))?;
    let provider = provider::known(app, &row.issuer).await?;
    let sealer = Sealer::new(app, &workspaces::workspace(app, workspace).await?.data_key)?;
    let secret = sealer.open(&row.client_secret, &about(workspace))?;
    let secret = String::from_utf8_lossy(&secret);
    let brought = Code { code, redirect_uri: &redirect_uri(app), verifier: &begun.verifier };
    let Tokens { id_token: token, access_token } = provider::exchange(app, &provider, &row.client_id, &secret, &brought).await?;
    let keys = provider::get_json(app, &provider.jwks_uri).await?;
    let keys: JwkSet =
        serde_json::from_value(provider::readable(keys)).map_err(|e| refused(format!("The provider's keys cannot be read: {e}")))?;
    let expected = Expected { issuer: &provider.issuer, client_id: &row.client_id, nonce: &begun.nonce, now: app.now() };
    if !id_token::has_key(&keys, &token) {
        return Err(refused("The provider signed with a key that it does not publish."));
    }
    let mut identity =
        id_token::read(&token, &keys, &expected).map_err(|why| refused(format!("The provider's answer is not taken: {why}.")))?;
    if identity.verified_email.is_none()
        && let (Some(url), Some(access_token)) = (&provider.userinfo_endpoint, access_token)
    {
        identity.verified_email = provider::told_email(app, url, access_token, &identity.subject).await?;
    }
    let member = member(app, &row, identity).await?;
    // An owner's second step is asked for whatever stands before it; others have the one that their provider asks for.
    if member.role == Role::Owner && second::needed(app, member.account).await? {
        let challenge = second::challenge(app, member.account, workspace)?;
        return Ok(Finished::SecondStep { challenge, next: begun.next });
    }
    let (cookie, _) = sessions::open_session(app, member.account, workspace, client).await?;
    Ok(Finished::In { cookie, next: begun.next })
}

fn no_member() -> Error {
    refused("You are not a member of this workspace. Ask an admin to invite you.")
}

/// The active member of the workspace who has an identity: known from before, or by an address the first time.
async fn member(app: &App, row: &SsoRow, identity: Identity) -> Result<Membership> {
    let (workspace, issuer, subject) = (row.workspace, row.issuer.clone(), identity.subject.clone());
    let email = identity.verified_email.filter(|_| row.map_by_email);
    let (known, found) = app
        .db
        .read(Scope::Control, move |tx| {
            let known = store::identity(tx, &issuer, &subject)?;
            let account = match (known, &email) {
                (Some(account), _) => Some(account),
                (None, Some(email)) => people::account_by_email(tx, email)?.map(|a| a.id),
                (None, None) => None,
            };
            let of = account.map(|a| people::memberships_of(tx, a)).transpose()?.unwrap_or_default();
            Ok((known.is_some(), of.into_iter().find(|m| m.workspace == workspace && m.active)))
        })
        .await?;
    match found {
        Some(member) if known => Ok(member),
        None if known => Err(no_member()),
        None => Err(refused(
            "Nobody in this workspace has this identity. Ask an admin to invite you with the address that the provider has proved.",
        )),
        Some(member) => {
            check_reach(app, row, &member).await?;
            let (issuer, account, now) = (row.issuer.clone(), member.account, app.now());
            app.db
                .write(Scope::Control, Lane::Interactive, move |tx| store::put_identity(tx, &issuer, &identity.subject, account, now))
                .await?;
            Ok(member)
        }
    }
}

/// A provider names for the first time only people whom the one who connected it could have made members themselves, at this moment.
async fn check_reach(app: &App, row: &SsoRow, member: &Membership) -> Result<()> {
    let (workspace, stored_by) = (row.workspace, row.stored_by);
    let by = app.db.read(Scope::Control, move |tx| people::membership(tx, workspace, stored_by)).await?;
    let beyond = || refused("This is beyond the member who connected the identity provider. An owner has to save its settings once more.");
    let by = by.filter(|m| m.active).ok_or_else(beyond)?;
    let who = Who::Person { account: by.account, member: by.member };
    let actor = Actor::new(workspace, by.role, roles::permissions(app, workspace, by.role).await?, who);
    roles::may_give(&actor, member.role, roles::permissions(app, workspace, member.role).await?).map_err(|_| beyond())
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
}
