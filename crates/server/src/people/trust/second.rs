//! The second step of signing in: a code from an app, or one of ten recovery codes. It belongs to the account, in whichever workspaces
//! that is.

use super::note::{carried, told, told_of_operator};
use super::store::{self, SecondFactor};
use super::totp;
use crate::app::App;
use crate::people::auth::{self, Authenticated, Client};
use crate::people::check::normal_email;
use crate::people::store as people;
use crate::people::throttle::Limit;
use data_encoding::BASE32_NOPAD;
use db::{Lane, Scope};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::actor::Who;
use kernel::time::{HOUR, MINUTE, Millis};
use kernel::{AccountId, Error, Result, Secret, WorkspaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const CODES: usize = 10;
/// Codes tried for one account, from wherever: six digits are few for whoever has many addresses.
const CODES_TRIED: Limit = Limit { most: 20, window: HOUR };
/// How long somebody may take from the password to the code.
const CHALLENGE: Millis = 10 * MINUTE;

/// How it stands with somebody's second step.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecondStep {
    pub enabled: bool,
    pub recovery_codes_left: i64,
}

/// A new secret, for an app to keep. It counts from the first right code on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecondStepOffer {
    /// To be typed where a picture cannot be scanned.
    pub secret: String,
    /// What the picture says.
    pub uri: String,
    pub qr: QrPicture,
}

/// A QR code as an SVG path of unit squares, drawn here and nowhere else.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QrPicture {
    /// Squares in each direction.
    pub size: i32,
    pub path: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// Each works once, in place of a code. They are in this answer only.
    pub recovery_codes: Vec<String>,
}

fn account(who: &Authenticated) -> Result<AccountId> {
    match (who.actor.who, who.session, who.actor.previewed_by) {
        (Who::Person { account, .. }, Some(_), None) => Ok(account),
        _ => Err(Error::forbidden("auth.person_needed", "This is changed by the person who signed in.")),
    }
}

pub async fn standing(app: &App, who: &Authenticated) -> Result<SecondStep> {
    let account = account(who)?;
    app.db
        .read(Scope::Control, move |tx| {
            let enabled = store::second_factor(tx, account)?.is_some_and(|s| s.confirmed_at.is_some());
            Ok(SecondStep { enabled, recovery_codes_left: if enabled { store::recovery_codes_left(tx, account)? } else { 0 } })
        })
        .await
}

/// A new secret, after the password was given once more.
pub async fn offer(app: &App, who: &Authenticated, client: &Client, password: Secret<String>) -> Result<SecondStepOffer> {
    let (id, row) = proved(app, who, client, password).await?;
    let mut secret = [0u8; totp::SECRET];
    app.ids.random(&mut secret);
    let data_key = app.vault.new_data_key()?;
    let sealed = app.vault.unwrap(&data_key)?.seal(&secret, about(id).as_bytes())?;
    let now = app.now();
    let begun =
        app.db.write(Scope::Control, Lane::Interactive, move |tx| store::begin_second_factor(tx, id, &data_key, &sealed, now)).await?;
    if !begun {
        return Err(Error::conflict("second_step.enabled", "The second step is on already. Switch it off before setting up another app."));
    }
    let uri = totp::uri(&secret, "Switchboard", &row.email);
    Ok(SecondStepOffer { secret: totp::written(&secret), qr: picture(&uri)?, uri })
}

fn picture(text: &str) -> Result<QrPicture> {
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).map_err(|e| Error::internal(e.to_string()))?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{x},{y}h1v1h-1z"));
        }
    }
    Ok(QrPicture { size, path })
}

fn about(account: AccountId) -> String {
    format!("second factor of {account}")
}

/// The password of whoever is signed in, once more.
async fn proved(
    app: &App,
    who: &Authenticated,
    client: &Client,
    password: Secret<String>,
) -> Result<(AccountId, crate::people::model::AccountRow)> {
    let id = account(who)?;
    let row = app.db.read(Scope::Control, move |tx| people::account_by_id(tx, id)).await?;
    let row = crate::app::found(row, "account.not_found", "account")?;
    match auth::account(app, &row.email, password, client).await {
        Err(e) if e.code == "auth.wrong_credentials" => Err(Error::field("password", "wrong", "This is not your password.")),
        other => other.map(|row| (id, row)),
    }
}

/// The first right code switches it on; from then on the recovery codes count.
pub async fn confirm(app: &App, who: &Authenticated, client: &Client, code: &str) -> Result<RecoveryCodes> {
    let id = account(who)?;
    let key = format!("second step of {id}");
    begin_try(app, &key, client)?;
    let (codes, hashes) = new_codes(app);
    let (app2, code, now) = (app.clone(), code.to_owned(), app.now());
    let trail = who.actor.trail.clone();
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let factor = store::second_factor(tx, id)?.filter(|f| f.confirmed_at.is_none());
            let factor = factor.ok_or_else(|| Error::conflict("second_step.not_begun", "Begin with a new secret."))?;
            let step = step(&app2, id, &factor, &code, now)?.ok_or_else(wrong_code)?;
            store::use_step(tx, id, step)?;
            store::confirm_second_factor(tx, id, now)?;
            store::put_recovery_codes(tx, id, &hashes)?;
            told(tx, id, "second_step.enabled", Some(&trail), now)
        })
        .await?;
    carried(app, id).await?;
    right_try(app, &key, client);
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// Tries of one address, and of all together.
fn begin_try(app: &App, name: &str, client: &Client) -> Result<()> {
    app.people.throttle.begin(name, client.address, app.config.auth.failed_sign_ins, app.now())?;
    app.people.throttle.count(name, None, CODES_TRIED, app.now())
}
fn right_try(app: &App, name: &str, client: &Client) {
    app.people.throttle.succeeded(name, client.address);
    app.people.throttle.uncount(name, None);
}

fn wrong_code() -> Error {
    Error::field("code", "wrong", "This code is not right, or was used already. Wait for the next one.")
}

fn step(app: &App, account: AccountId, f: &SecondFactor, code: &str, now: Millis) -> Result<Option<i64>> {
    let secret = app.vault.unwrap(&f.data_key)?.open(&f.secret, about(account).as_bytes())?;
    Ok(totp::matching_step(secret.reveal(), code, now, f.last_step))
}

/// Ten codes in words of eight letters, and what is kept of them.
fn new_codes(app: &App) -> (Vec<String>, Vec<Vec<u8>>) {
    let mut codes = Vec::new();
    for _ in 0..CODES {
        let mut raw = [0u8; 5];
        app.ids.random(&mut raw);
        let text = BASE32_NOPAD.encode(&raw).to_lowercase();
        codes.push(format!("{}-{}", &text[..4], &text[4..]));
    }
    let hashes = codes.iter().map(|c| code_hash(app, c)).collect();
    (codes, hashes)
}

/// Forty bits are few, so that the hash takes a key that is not in the database.
fn code_hash(app: &App, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    Sha256::new().chain_update(app.vault.derive("recovery codes")).chain_update(plain).finalize().to_vec()
}

/// New recovery codes; the old ones end.
pub async fn renew_codes(app: &App, who: &Authenticated, client: &Client, password: Secret<String>) -> Result<RecoveryCodes> {
    let (id, _) = proved(app, who, client, password).await?;
    let (codes, hashes) = new_codes(app);
    let (trail, now) = (who.actor.trail.clone(), app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let on = store::second_factor(tx, id)?.is_some_and(|f| f.confirmed_at.is_some());
            on.then_some(()).ok_or_else(|| Error::conflict("second_step.off", "The second step is off."))?;
            store::put_recovery_codes(tx, id, &hashes)?;
            told(tx, id, "second_step.codes_renewed", Some(&trail), now)
        })
        .await?;
    carried(app, id).await?;
    Ok(RecoveryCodes { recovery_codes: codes })
}

pub async fn switch_off(app: &App, who: &Authenticated, client: &Client, password: Secret<String>) -> Result<()> {
    let (id, _) = proved(app, who, client, password).await?;
    let (trail, now) = (who.actor.trail.clone(), app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| match store::end_second_factor(tx, id)? {
            true => told(tx, id, "second_step.disabled", Some(&trail), now),
            false => Ok(()),
        })
        .await?;
    carried(app, id).await
}

/// For whoever lost the app and the codes, by somebody with access to the server. False when it was off.
pub async fn switch_off_for(app: &App, email: &str) -> Result<bool> {
    let address = normal_email(email);
    let row = app.db.read(Scope::Control, move |tx| people::account_by_email(tx, &address)).await?;
    let id = crate::app::found(row, "account.not_found", "account with this address")?.id;
    let now = app.now();
    let was_on = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let ended = store::end_second_factor(tx, id)?;
            if ended {
                told_of_operator(tx, id, "second_step.reset", now)?;
            }
            Ok(ended)
        })
        .await?;
    carried(app, id).await?;
    Ok(was_on)
}

/// Before something that cannot be taken back: a code of the app, or a recovery code, of whoever is signed in. Nothing is asked where the
/// second step is off.
pub async fn prove(app: &App, who: &Authenticated, client: &Client, code: Option<&str>) -> Result<()> {
    let id = account(who)?;
    if !needed(app, id).await? {
        return Ok(());
    }
    let Some(code) = code.map(str::trim).filter(|c| !c.is_empty()) else {
        return Err(Error::field("code", "required", "Give the code of your authenticator app, or a recovery code."));
    };
    let name = format!("second step of {id}");
    begin_try(app, &name, client)?;
    if !fits(app, id, code).await? {
        return Err(wrong_code());
    }
    right_try(app, &name, client);
    Ok(())
}

/// Uses up a code that is right.
async fn fits(app: &App, id: AccountId, code: &str) -> Result<bool> {
    let (app2, code, now) = (app.clone(), code.to_owned(), app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let Some(factor) = store::second_factor(tx, id)?.filter(|f| f.confirmed_at.is_some()) else { return Ok(false) };
            if let Some(step) = step(&app2, id, &factor, &code, now)? {
                return store::use_step(tx, id, step);
            }
            store::use_recovery_code(tx, id, &code_hash(&app2, &code), now)
        })
        .await
}

pub async fn needed(app: &App, account: AccountId) -> Result<bool> {
    app.db.read(Scope::Control, move |tx| Ok(store::second_factor(tx, account)?.is_some_and(|f| f.confirmed_at.is_some()))).await
}

/// Says that the password was right, and what the code is for.
#[derive(Serialize, Deserialize)]
struct Challenge {
    acc: AccountId,
    wsp: WorkspaceId,
    exp: i64,
}

pub fn challenge(app: &App, account: AccountId, workspace: WorkspaceId) -> Result<String> {
    let claims = Challenge { acc: account, wsp: workspace, exp: (app.now() + CHALLENGE) / 1_000 };
    let key = EncodingKey::from_secret(&app.vault.derive("second step"));
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|e| Error::internal(format!("signing a challenge: {e}")))
}

/// A code, or a recovery code, for a challenge: who signs in, and where to.
pub async fn answer(app: &App, client: &Client, challenge: &str, code: &str) -> Result<(AccountId, WorkspaceId)> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(&app.vault.derive("second step"));
    let ended = || Error::unauthenticated("auth.challenge_ended", "This took too long. Begin again with your password.");
    let claims = jsonwebtoken::decode::<Challenge>(challenge, &key, &validation).map_err(|_| ended())?.claims;
    if claims.exp * 1_000 <= app.now() {
        return Err(ended());
    }
    let id = claims.acc;
    let name = format!("second step of {id}");
    begin_try(app, &name, client)?;
    if !fits(app, id, code).await? {
        return Err(Error::unauthenticated("auth.wrong_code", "This code is not right, or was used already."));
    }
    right_try(app, &name, client);
    Ok((id, claims.wsp))
}
