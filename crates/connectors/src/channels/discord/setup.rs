//! Around the messages: is the bot well, which application is it, who is this person.

use super::errors::{self, Bot};
use super::ids::is_snowflake;
use super::inbound::at;
use super::text;
use crate::kit::people;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use serde_json::{Map, Value, json};

pub struct Setup;

const APPLICATION: &str = "/oauth2/applications/@me";
/// The application may read what is written in servers: granted by Discord, or by itself while it is in few of them.
const CONTENT: i64 = 1 << 18 | 1 << 19;

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match look(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn look(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let bot = Bot::of(account).map_err(words)?;
    let it = errors::get(edge, &bot, APPLICATION).await.map_err(|f| words(f.into()))?;
    let (id, name) = (at(&it, "/id"), at(&it, "/name"));
    let ours = account.settings.text("application_id").unwrap_or_default();
    if id != ours {
        return Err(format!(
            "The bot token belongs to the application {name} ({id}), not to {ours}. Correct the application ID or the token."
        ));
    }
    let key = account.settings.text("public_key").unwrap_or_default();
    if !key.is_empty() && !at(&it, "/verify_key").is_empty() && !key.eq_ignore_ascii_case(at(&it, "/verify_key")) {
        return Err("The public key is another application's. Copy it again from General Information.".into());
    }
    let flags = it.get("flags").and_then(Value::as_i64);
    if super::in_servers(account) && flags.is_some_and(|f| f & CONTENT == 0) {
        return Err(
            "The bot may not read messages in servers. In the Developer Portal under Bot, switch on the Message Content Intent, or switch off conversations in servers here."
                .into(),
        );
    }
    Ok(format!("{name} answers."))
}

fn words(error: SendError) -> String {
    match error {
        SendError::Retry { detail, .. }
        | SendError::Uncertain { detail }
        | SendError::Account { detail }
        | SendError::Policy { detail, .. }
        | SendError::Permanent { detail } => detail,
    }
}

/// Name and picture of a person; Discord tells bots no addresses.
pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    let bot = Bot::of(account).ok()?;
    if !is_snowflake(handle) {
        return None;
    }
    let user = errors::get(edge, &bot, &format!("/users/{handle}")).await.ok()?;
    let avatar = at(&user, "/avatar");
    let plain = !avatar.is_empty() && avatar.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Some(Profile {
        name: people::named(text::name(&user)),
        handles: Vec::new(),
        picture_url: plain.then(|| format!("https://cdn.discordapp.com/avatars/{handle}/{avatar}.png?size=256")),
        language: None,
    })
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let bot = Bot::of(account)?;
            let it = errors::get(edge, &bot, APPLICATION).await?;
            let id = at(&it, "/id");
            if !is_snowflake(id) {
                return Err(SendError::Permanent { detail: "Discord named no application for this token.".into() });
            }
            let mut settings = Map::new();
            settings.insert("application_id".into(), id.into());
            settings.insert("public_key".into(), at(&it, "/verify_key").into());
            let name = people::named(Some(at(&it, "/name"))).unwrap_or_else(|| id.to_owned());
            let webhook = Some(at(&it, "/interactions_endpoint_url")).filter(|u| !u.is_empty()).map(str::to_owned);
            Ok(vec![Reach { id: id.to_owned(), name, webhook, settings }])
        })
    }

    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async move {
            let bot = Bot::of(account)?;
            if account.settings.text("public_key").is_none() {
                let detail =
                    "Fill in the public key and save first: Discord tries the address at once, and its signature has to be checked.";
                return Err(SendError::Permanent { detail: detail.into() });
            }
            errors::json(edge, &bot, "PATCH", "/applications/@me", &json!({ "interactions_endpoint_url": webhook_url })).await?;
            Ok("Discord sends commands and pressed buttons to this address. Messages come over the connection that is kept open.".into())
        })
    }
}
