//! Is the Page well, which Pages are there, our address registered for their events, and who a person is.

use super::{RULES, line};
use crate::kit::calls::{self, needed, needed_secret};
use crate::kit::meta::login::{about, accounts, long_lived, subscribe, subscribed, words};
use crate::kit::meta::sending::{Line, judge};
use crate::kit::meta::{self, FACEBOOK};
use crate::kit::people;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use kernel::{BoxFuture, Secret};
use serde_json::{Map, Value};

/// The events of a Page that we read.
const FIELDS: &str = "messages,messaging_postbacks,message_deliveries,message_reads,message_echoes,message_reactions,messaging_referrals,messaging_optins,message_edits";

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    let look = async {
        let line = line(account)?;
        let page = about(edge, account, &line, "id,name").await?;
        if text(&page, "id") != line.id {
            let detail = "The access token belongs to another account than this Page. Choose the Page again.";
            return Err(SendError::Account { detail: detail.into() });
        }
        if !subscribed(edge, account, &line).await? {
            let detail = "No app receives the events of this Page. Press “Register webhook”.";
            return Err(SendError::Account { detail: detail.into() });
        }
        Ok(format!("Connected to the Page {}.", text(&page, "name")))
    };
    match look.await {
        Ok(detail) => Health::Ok { detail },
        Err(error) => Health::Broken { detail: words(error) },
    }
}

/// Meta names people only to apps that may know them; otherwise the id has to do.
pub async fn profile(edge: Edge<'_>, account: &Account, person: &str) -> Option<Profile> {
    let line = Line { id: person.to_owned(), ..line(account).ok()? };
    let person = about(edge, account, &line, "first_name,last_name,profile_pic,locale").await.ok()?;
    let name = format!("{} {}", text(&person, "first_name"), text(&person, "last_name"));
    let some = |name: &str| Some(text(&person, name)).filter(|t| !t.is_empty()).map(str::to_owned);
    Some(Profile {
        name: people::named(Some(&name)),
        handles: Vec::new(),
        picture_url: some("profile_pic").filter(|u| u.starts_with("https://")),
        language: some("locale"),
    })
}

pub struct Pages;

impl Installer for Pages {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let base = meta::base(account, FACEBOOK);
            let token = match account.settings.secret("access_token") {
                Some(login) => long_lived(edge, account, &base, login).await,
                None => needed_secret(account, "page_token", "The access token")?,
            };
            let pages = accounts(edge, account, &base, &token, "id,name").await?;
            Ok(pages.iter().filter_map(reach).collect())
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let line = line(account)?;
            subscribe(edge, account, &line, FIELDS).await?;
            let app = address(edge, account, &line.base, webhook_url).await?;
            Ok(format!("The app now gets the events of this Page. {app}"))
        })
    }
}

fn reach(page: &Value) -> Option<Reach> {
    let id = Some(text(page, "id")).filter(|id| !id.is_empty())?.to_owned();
    let mut settings = Map::new();
    settings.insert("page_id".into(), id.as_str().into());
    let token = text(page, "access_token");
    if !token.is_empty() {
        settings.insert("page_token".into(), token.into());
    }
    Some(Reach { name: people::named(Some(text(page, "name"))).unwrap_or_else(|| id.clone()), id, webhook: None, settings })
}

/// The app has one address for the events of all its Pages. It is set to ours unless it has another: that one may serve somebody else.
async fn address(edge: Edge<'_>, account: &Account, base: &str, webhook_url: &str) -> Result<String, SendError> {
    let (app, secret) = (needed(account, "app_id", "The App ID")?, needed(account, "app_secret", "The app secret")?);
    let verify = needed(account, "verify_token", "The verify token")?;
    let token = Secret::new(format!("{app}|{secret}"));
    let url = format!("{base}/{}/subscriptions", calls::encode(app));
    let verdict = |e: &meta::GraphError| judge(e, 1, false);
    let now = meta::call(edge, calls::bearer(calls::get(&url), &token), &verdict).await?;
    let set = now.get("data").and_then(Value::as_array).into_iter().flatten().find(|s| text(s, "object") == "page");
    match set.map(|s| text(s, "callback_url")).filter(|u| !u.is_empty()) {
        Some(there) if there == webhook_url => Ok("Its address is this channel's.".into()),
        // Any of our addresses will do: each Page's events find their channel.
        Some(there) if there.starts_with(&format!("{}/api/webhooks/messenger", account.public_url)) => {
            Ok(format!("Its address is {there}, which serves every Page of this app."))
        }
        Some(there) => Ok(format!(
            "But the app sends them to {there}. If nothing else needs that address, set the callback URL in the app dashboard to {webhook_url}."
        )),
        None => {
            let pairs = [
                ("object", "page"),
                ("callback_url", webhook_url),
                ("verify_token", verify),
                ("fields", FIELDS),
                ("include_values", "true"),
            ];
            meta::call(edge, calls::bearer(calls::form("POST", &url, &pairs), &token), &verdict).await?;
            Ok(format!("{} events of this app come to this address.", RULES.name))
        }
    }
}
