//! Is the account well, which accounts are there, its token kept fresh, its events subscribed to, and who a person is.

use super::{base, by_facebook, line};
use crate::kit::calls::{self, needed_secret};
use crate::kit::meta::login::{about, accounts, long_lived, subscribe, subscribed, words};
use crate::kit::meta::sending::{Line, judge};
use crate::kit::meta::{self, GraphError};
use crate::kit::people;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use kernel::time::{MINUTE, Millis};
use kernel::{BoxFuture, Secret};
use serde_json::{Map, Value};

/// The events of an account that we read, by Instagram login.
const FIELDS: &str = "messages,messaging_postbacks,message_reactions,messaging_seen";
/// With Facebook login the Page has to be subscribed to something; the account's own events are chosen in the app dashboard.
const PAGE_FIELDS: &str = "messages";
/// `instagram_business_account{id,username}`
const LINKED: &str = "id,name,instagram_business_account%7Bid,username%7D";

const DAY: Millis = 24 * 60 * MINUTE;
/// A token lasts sixty days; half of that is time enough to try again.
const RENEW_BEFORE: Millis = 30 * DAY;

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
/// An id as Meta gives it: a text, sometimes a number.
fn id(value: &Value, pointer: &str) -> String {
    let value = value.pointer(pointer).unwrap_or(&Value::Null);
    value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string())).unwrap_or_default()
}
fn verdict(error: &GraphError) -> SendError {
    judge(error, 1, false)
}
/// The account itself, whichever it is, for calls about it by Instagram login.
fn me(account: &Account) -> Result<Line, SendError> {
    let line = line(account)?;
    Ok(if by_facebook(account) { line } else { Line { id: "me".into(), ..line } })
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match look(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(error) => Health::Broken { detail: words(error) },
    }
}

async fn look(edge: Edge<'_>, account: &Account) -> Result<String, SendError> {
    let wrong = |detail: &str| Err(SendError::Account { detail: detail.into() });
    if account.settings.number("token_expires_at").is_some_and(|at| at > 0 && at < edge.clock.now()) {
        return wrong("The access token has run out. Connect the account again.");
    }
    let line = me(account)?;
    let (found, name) = if by_facebook(account) {
        let page = about(edge, account, &line, LINKED).await?;
        (id(&page, "/instagram_business_account/id"), text(&page, "/instagram_business_account/username").to_owned())
    } else {
        let me = about(edge, account, &line, "user_id,username").await?;
        (id(&me, "/user_id"), text(&me, "/username").to_owned())
    };
    if found != account.identifier {
        return wrong(
            "The access token belongs to another account than this one, or the Page is not linked to it. Choose the account again.",
        );
    }
    if !subscribed(edge, account, &line).await? {
        return wrong("No app receives the events of this account. Press “Register webhook”.");
    }
    Ok(format!("Connected as @{name}."))
}

/// Known only once the person has written or tapped a button.
pub async fn profile(edge: Edge<'_>, account: &Account, person: &str) -> Option<Profile> {
    let line = Line { id: person.to_owned(), ..line(account).ok()? };
    let person = about(edge, account, &line, "name,username,profile_pic").await.ok()?;
    let name = [text(&person, "/name"), text(&person, "/username")].into_iter().find(|n| !n.trim().is_empty());
    let picture = Some(text(&person, "/profile_pic")).filter(|u| u.starts_with("https://")).map(str::to_owned);
    Some(Profile { name: people::named(name), handles: Vec::new(), picture_url: picture, language: None })
}

/// The settings that a new token means.
fn fresh(answer: &Value, now: Millis) -> Option<Map<String, Value>> {
    let token = Some(text(answer, "/access_token")).filter(|t| !t.is_empty())?;
    let mut settings = Map::new();
    settings.insert("access_token".into(), token.into());
    if let Some(seconds) = answer.get("expires_in").and_then(Value::as_i64).filter(|s| *s > 0 && *s < 1 << 32) {
        settings.insert("token_expires_at".into(), (now + seconds * 1_000).into());
    }
    Some(settings)
}

/// The token of the login lasts an hour; this gives one of sixty days for it.
async fn exchange(edge: Edge<'_>, account: &Account, token: &Secret<String>) -> Result<Value, SendError> {
    let secret = needed_secret(account, "app_secret", "The app secret")?;
    let base = base(account);
    let query = format!(
        "grant_type=ig_exchange_token&client_secret={}&access_token={}",
        calls::encode(secret.reveal()),
        calls::encode(token.reveal())
    );
    meta::call(edge, calls::get(format!("{}/access_token?{query}", meta::without_version(&base))), &verdict).await
}

/// A token of Instagram login is made new in the second half of its sixty days, or exchanged if it is still the short one.
pub async fn renew(edge: Edge<'_>, account: &Account) -> Result<Option<Map<String, Value>>, SendError> {
    if by_facebook(account) {
        return Ok(None);
    }
    let now = edge.clock.now();
    if account.settings.number("token_expires_at").is_some_and(|at| at - now > RENEW_BEFORE) {
        return Ok(None);
    }
    let token = needed_secret(account, "access_token", "The access token")?;
    let base = base(account);
    let url = format!(
        "{}/refresh_access_token?grant_type=ig_refresh_token&access_token={}",
        meta::without_version(&base),
        calls::encode(token.reveal())
    );
    match meta::call(edge, calls::get(url), &verdict).await {
        Ok(answer) => Ok(fresh(&answer, now)),
        // Younger than a day, or not a long one yet.
        Err(SendError::Permanent { .. }) => Ok(exchange(edge, account, &token).await.ok().and_then(|answer| fresh(&answer, now))),
        Err(error) => Err(error),
    }
}

pub struct Accounts;

impl Installer for Accounts {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let token = needed_secret(account, "access_token", "The access token")?;
            let base = base(account);
            if by_facebook(account) {
                let token = long_lived(edge, account, &base, token).await;
                let pages = accounts(edge, account, &base, &token, LINKED).await?;
                return Ok(pages.iter().filter_map(linked).collect());
            }
            // A token that was exchanged before stays as it is.
            let longer = exchange(edge, account, &token).await.ok().and_then(|answer| fresh(&answer, edge.clock.now()));
            let settings = longer.unwrap_or_default();
            let token = settings.get("access_token").and_then(Value::as_str).map_or(token, |t| Secret::new(t.to_owned()));
            let request = meta::signed(account, calls::get(format!("{base}/me?fields=user_id,username,name")), &token);
            let me = meta::call(edge, request, &verdict).await?;
            Ok(own(&me, settings).into_iter().collect())
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let fields = if by_facebook(account) { PAGE_FIELDS } else { FIELDS };
            subscribe(edge, account, &me(account)?, fields).await?;
            Ok(format!(
                "The app now gets the events of this account. Meta lets nobody but you set the app's address: put {webhook_url} and the verify token into the app dashboard, and subscribe to messages, messaging_postbacks, message_reactions and messaging_seen."
            ))
        })
    }
}

fn own(me: &Value, mut settings: Map<String, Value>) -> Option<Reach> {
    let found = Some(id(me, "/user_id")).filter(|id| !id.is_empty())?;
    settings.insert("instagram_id".into(), found.as_str().into());
    Some(Reach { id: found, name: named(text(me, "/username"), text(me, "/name")), webhook: None, settings })
}
fn linked(page: &Value) -> Option<Reach> {
    let found = Some(id(page, "/instagram_business_account/id")).filter(|id| !id.is_empty())?;
    let mut settings = Map::new();
    settings.insert("instagram_id".into(), found.as_str().into());
    settings.insert("page_id".into(), id(page, "/id").into());
    let token = text(page, "/access_token");
    if !token.is_empty() {
        settings.insert("access_token".into(), token.into());
    }
    let name = named(text(page, "/instagram_business_account/username"), text(page, "/name"));
    Some(Reach { id: found, name, webhook: None, settings })
}
fn named(username: &str, name: &str) -> String {
    let words = match (username.is_empty(), name.is_empty()) {
        (false, false) => format!("@{username} ({name})"),
        (false, true) => format!("@{username}"),
        _ => name.to_owned(),
    };
    people::named(Some(&words)).unwrap_or_default()
}
