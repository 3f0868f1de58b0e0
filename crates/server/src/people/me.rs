//! The signed-in person's own things: name, preferences, password.

use super::auth::{self, Authenticated, Client};
use super::check::Checks;
use super::endings::Ending;
use super::model::{Account, AccountRow, Me, Preview};
use super::trust::note;
use super::{members, password, store, workspaces};
use crate::app::{App, found};
use db::{Lane, Scope};
use kernel::actor::Who;
use kernel::{Actor, Error, Result, Secret};
use serde_json::{Map, Value};

/// Preferences are small settings of the web application, not storage.
const PREFERENCES: usize = 16 * 1_024;

/// Who the actor is, where, and from where to follow events.
pub(super) async fn of(app: &App, actor: &Actor, csrf_token: Option<String>) -> Result<Me> {
    let member_id = actor.member().ok_or_else(auth::required)?;
    let account = row(app, actor).await?;
    let workspace = workspaces::workspace(app, actor.workspace).await?;
    let head = app.db.read(actor.workspace, db::events::head).await?;
    let preview = match actor.previewed_by {
        None => None,
        Some(_) => app.db.read(actor.workspace, move |tx| store::member(tx, member_id)).await?.map(|m| Preview { member_id, name: m.name }),
    };
    Ok(Me {
        member_id,
        role: actor.role,
        permissions: actor.permissions.names(),
        preview,
        workspace: workspace.as_ref().into(),
        csrf_token,
        cursor: head.cursor(),
        preferences: parsed(&account.preferences),
        account: Account { id: account.id, name: account.name, email: account.email },
    })
}

async fn row(app: &App, actor: &Actor) -> Result<AccountRow> {
    // Whoever looks with another's eyes stays themselves.
    let member = actor.previewed_by.or(actor.member()).ok_or_else(auth::required)?;
    let row = app.db.read(Scope::Control, move |tx| store::account_of_member(tx, member)).await?;
    found(row, "account.not_found", "account")
}

fn parsed(preferences: &str) -> Map<String, Value> {
    serde_json::from_str(preferences).unwrap_or_default()
}

/// Changes the name everywhere, and merges preferences: a key with null goes, other keys stay.
pub(super) async fn change(app: &App, actor: &Actor, name: Option<String>, preferences: Option<Map<String, Value>>) -> Result<()> {
    if !matches!(actor.who, Who::Person { .. }) {
        return Err(Error::forbidden("auth.person_needed", "An account is changed by the person who signed in."));
    }
    let mut checks = Checks::default();
    let name = name.map(|n| checks.name("name", &n));
    checks.done()?;
    let account = row(app, actor).await?.id;
    let renamed = name.is_some();
    let memberships = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let before = found(store::account_by_id(tx, account)?, "account.not_found", "account")?;
            let preferences = merged(&before.preferences, preferences.as_ref())?;
            store::set_account(tx, account, name.as_deref().unwrap_or(&before.name), &preferences)?;
            store::memberships_of(tx, account)
        })
        .await?;
    for m in memberships.iter().filter(|_| renamed) {
        members::mirror(app, m.workspace, m.member, &actor.label()).await?;
    }
    Ok(())
}

fn merged(before: &str, patch: Option<&Map<String, Value>>) -> Result<String> {
    let Some(patch) = patch else { return Ok(before.to_owned()) };
    let mut all = parsed(before);
    for (key, value) in patch {
        if value.is_null() {
            all.remove(key);
        } else {
            all.insert(key.clone(), value.clone());
        }
    }
    let text = Value::Object(all).to_string();
    if text.len() > PREFERENCES {
        return Err(Error::field("preferences", "too_large", "Preferences hold at most 16 kB."));
    }
    Ok(text)
}

/// A new password; every other session of the account ends.
pub(super) async fn change_password(
    app: &App,
    who: &Authenticated,
    client: &Client,
    current: Secret<String>,
    new: Secret<String>,
) -> Result<()> {
    let (Who::Person { account, .. }, Some(session)) = (who.actor.who, who.session) else {
        return Err(Error::forbidden("auth.person_needed", "A password is changed by the person who signed in with it."));
    };
    let row = row(app, &who.actor).await?;
    let mut checks = Checks::default();
    checks.password("new_password", &new, &[&row.name, &row.email]);
    checks.done()?;
    match auth::account(app, &row.email, current, client).await {
        Err(e) if e.code == "auth.wrong_credentials" => {
            return Err(Error::field("current_password", "wrong", "This is not your current password."));
        }
        other => other?,
    };
    let hash = password::hash(app, new).await?;
    let (trail, now) = (who.actor.trail.clone(), app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            store::set_password(tx, account, &hash)?;
            store::delete_other_sessions(tx, account, session)?;
            note::told(tx, account, "password.changed", Some(&trail), now)
        })
        .await?;
    note::carried(app, account).await?;
    app.people.sessions.forget(|s| s.account == account);
    app.people.end(Ending::OtherSessions(account, session));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn preferences_merge_key_by_key() {
        let patch = |v: Value| v.as_object().cloned().unwrap();
        let text = merged(r#"{"a":1,"b":{"c":2}}"#, Some(&patch(json!({"a": null, "b": {"d": 3}, "e": true})))).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({"b": {"d": 3}, "e": true}));
        assert_eq!(merged("{}", None).unwrap(), "{}");
        let refused = merged("{}", Some(&patch(json!({"a": "x".repeat(PREFERENCES)})))).unwrap_err();
        assert!(refused.detail.contains("16 kB"));
    }
}
