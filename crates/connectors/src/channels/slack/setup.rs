//! Around the messages: is the app well, which workspace is it, who is this person.

use super::errors::{self, Workspace};
use super::form::SCOPES;
use super::ids;
use super::inbound::at;
use crate::kit::people;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Health, Installer, Profile, Reach, SendError};
use serde_json::Map;

pub struct Setup;

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    match look(edge, account).await {
        Ok(detail) => Health::Ok { detail },
        Err(detail) => Health::Broken { detail },
    }
}

async fn look(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let workspace = Workspace::of(account).map_err(words)?;
    let (me, response) = errors::ask_with_headers(edge, &workspace, "auth.test").await.map_err(|f| words(f.into()))?;
    let (team, id) = (at(&me, "/team"), at(&me, "/team_id"));
    let ours = account.settings.text("team_id").unwrap_or_default();
    if !id.eq_ignore_ascii_case(ours) {
        return Err(format!("The bot token belongs to the workspace {team} ({id}), not to {ours}. Correct the workspace ID or the token."));
    }
    if at(&me, "/bot_id").is_empty() {
        return Err("This is not a bot token. Copy the Bot User OAuth Token, which begins with xoxb-.".into());
    }
    let Some(granted) = response.header("x-oauth-scopes") else { return Ok(format!("{team} answers.")) };
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    let missing: Vec<&str> = SCOPES.iter().filter(|s| !granted.contains(*s)).copied().collect();
    if missing.contains(&"chat:write") {
        return Err("The app may not write. Add the scope chat:write under OAuth & Permissions and install it again.".into());
    }
    Ok(match missing.is_empty() {
        true => format!("{team} answers, and the app may do everything it needs."),
        false => format!("{team} answers. The app lacks {}; what needs that does not work.", missing.join(", ")),
    })
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

/// Name, address and picture of a person (`users.info`). The address needs the scope `users:read.email`; people of other
/// workspaces may have none.
pub async fn profile(edge: Edge<'_>, account: &Account, handle: &str) -> Option<Profile> {
    if !ids::is_person(handle) {
        return None;
    }
    let workspace = Workspace::of(account).ok()?;
    let answer = errors::ask(edge, &workspace, "users.info", &[("user", handle), ("include_locale", "true")]).await.ok()?;
    let user = answer.get("user")?;
    let first = |list: &[&str]| list.iter().map(|p| at(user, p)).find(|t| !t.trim().is_empty());
    let email = people::email(at(user, "/profile/email")).filter(|_| user.get("is_bot") != Some(&true.into()));
    Some(Profile {
        name: people::named(first(&["/profile/real_name", "/real_name", "/profile/display_name", "/name"])),
        handles: email.into_iter().collect(),
        picture_url: first(&["/profile/image_192", "/profile/image_72", "/profile/image_48"])
            .filter(|u| u.starts_with("https://"))
            .map(str::to_owned),
        language: first(&["/locale"]).map(|l| l.chars().take(20).collect()),
    })
}

impl Installer for Setup {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(async move {
            let workspace = Workspace::of(account)?;
            let me = errors::ask(edge, &workspace, "auth.test", &[]).await?;
            let id = at(&me, "/team_id");
            if id.is_empty() {
                return Err(SendError::Permanent { detail: "Slack named no workspace for this token.".into() });
            }
            let mut settings = Map::new();
            settings.insert("team_id".into(), id.into());
            settings.insert("bot_user_id".into(), at(&me, "/user_id").into());
            let name = people::named(Some(at(&me, "/team"))).unwrap_or_else(|| id.to_owned());
            Ok(vec![Reach { id: id.to_owned(), name, webhook: None, settings }])
        })
    }

    fn install<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        let detail = format!(
            "Slack lets nobody but you set this address. On the app's page, under Event Subscriptions and under Interactivity, paste {webhook_url}"
        );
        Box::pin(std::future::ready(Err(SendError::Permanent { detail })))
    }
}
