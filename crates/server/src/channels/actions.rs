//! Connecting, changing and removing channel accounts.

use super::directory::{SIMULATED, secrets};
use super::model::{ChannelRow, NewChannel};
use super::oauth::{ACCESS_TOKEN, EXPIRES_AT, REFRESH_TOKEN};
use super::store;
use crate::app::{App, Sealer, found};
use crate::audit::{self, Act};
use crate::people;
use db::{Lane, Scope, Tx};
use kernel::channel::Descriptor;
use kernel::event::NewEvent;
use kernel::form::{self, Field, FieldKind};
use kernel::id::new_id;
use kernel::message::ChannelStatus;
use kernel::time::Millis;
use kernel::{Actor, ChannelId, Error, Result, WorkspaceId};
use serde_json::{Map, Value, json};

/// Announced when a channel is there, gone, or another: whoever fetches looks again.
const CHANNELS: &str = "channels";

/// Connects a channel: checks the form, makes keys, takes the outside name, stores.
pub async fn create(app: &App, actor: &Actor, new: NewChannel, read_only: bool) -> Result<ChannelId> {
    let connector = connectors::channel(&new.provider)
        .ok_or_else(|| Error::field("provider", "unknown", "There is no such kind of channel. See /channel-types."))?;
    let descriptor = connector.descriptor();
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("name", "invalid", "Give the channel a name of 1 to 100 characters."));
    }
    let mut given = new.configuration.clone();
    if new.simulated {
        let mut roll = [0u8; 4];
        app.ids.random(&mut roll);
        let number = u32::from_le_bytes(roll) % 9_000_000 + 1_000_000;
        for (name, value) in connector.simulator().map(|s| s.settings(number)).unwrap_or_default() {
            given.entry(name).or_insert(value.into());
        }
        fill_for_simulator(descriptor, &mut given, &app.secret_text(6));
    }
    // What the connect button fills in is not asked for yet.
    let awaited = descriptor.oauth.map_or(&[] as &[&str], |o| o.fills);
    let fields: Vec<_> = descriptor.fields.iter().map(|f| Field { required: f.required && !awaited.contains(&f.name), ..*f }).collect();
    let mut values = form::check(&fields, &given).map_err(Error::fields)?;
    if new.simulated {
        values.insert(SIMULATED.into(), true.into());
    }
    let now = app.now();
    let key = app.secret_text(15);
    for field in descriptor.fields.iter().filter(|f| f.generated) {
        if values.contains_key(field.name) {
            continue;
        }
        let made = if field.kind == FieldKind::Secret { app.secret_text(30) } else { key.clone() };
        values.insert(field.name.into(), made.into());
    }
    let identifier = identifier(descriptor, &values).unwrap_or_else(|| key.clone());
    let (plain, hidden) = split(descriptor, values);
    let id: ChannelId = new_id(app.ids.as_ref(), now);
    let row = ChannelRow {
        id,
        key: key.clone(),
        provider: new.provider.clone(),
        channel: descriptor.channel.as_str().into(),
        name,
        account_identifier: identifier.clone(),
        status: ChannelStatus::Active,
        sync_error: None,
        last_sync_at: None,
        configuration: plain,
        secrets: seal(app, actor.workspace, id, &hidden).await?,
        read_only,
        created_at: now,
        updated_at: now,
        open_count: 0,
        last_inbound_at: None,
        last_outbound_at: None,
        checked_at: None,
        health_detail: None,
    };
    take_name(app, actor.workspace, &row, descriptor).await?;
    let (actor_label, who) = (actor.label(), actor.clone());
    let stored = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            store::insert(tx, &row)?;
            audit::note(tx, &who, &Act::new("channel.created", row.id).named(&row.name).after(told(&row)), now)?;
            tx.emit(NewEvent::new("channel.created", &actor_label, now).payload(json!({ "channel_id": row.id })));
            tx.wake(CHANNELS);
            Ok(())
        })
        .await;
    if let Err(error) = stored {
        app.db.write(Scope::Control, Lane::Interactive, move |tx| store::unindex(tx, &key)).await?;
        return Err(error);
    }
    Ok(id)
}

/// The simulator plays the provider: what a form needs and nobody has, is made up.
fn fill_for_simulator(descriptor: &Descriptor, given: &mut Map<String, Value>, unique: &str) {
    // What a connect button would bring, and every secret a step might want, is made up as well.
    let fills = descriptor.oauth.map_or(&[] as &[&str], |o| o.fills);
    let wanted = |f: &&Field| f.required || f.kind == FieldKind::Secret || fills.contains(&f.name);
    for f in descriptor.fields.iter().filter(wanted).filter(|f| !f.generated && f.default.is_empty()) {
        if given.get(f.name).is_some_and(|v| !v.is_null() && v.as_str() != Some("")) {
            continue;
        }
        let made: Value = match f.kind {
            FieldKind::Email => format!("{unique}@simulated.example").into(),
            FieldKind::Url => format!("https://simulated.example/{unique}").into(),
            FieldKind::Number => 1.into(),
            FieldKind::Boolean => false.into(),
            FieldKind::Select => f.options.first().map_or("", |o| o.value).into(),
            FieldKind::Words | FieldKind::Names => vec![Value::from("simulated")].into(),
            FieldKind::Colour => "#0f766e".into(),
            _ if !f.placeholder.is_empty() && f.name != descriptor.identifier_field => f.placeholder.into(),
            _ => format!("simulated-{unique}").into(),
        };
        given.insert(f.name.into(), made);
    }
    if descriptor.fields.iter().any(|f| f.name == "base_url") {
        given.insert("base_url".into(), format!("https://{unique}.simulated.example").into());
    }
}

/// Takes the outside name in the installation's index; one left behind by a channel that never came to be is taken over.
async fn take_name(app: &App, workspace: WorkspaceId, row: &ChannelRow, descriptor: &'static Descriptor) -> Result<()> {
    let (key, identifier, id, provider) = (row.key.clone(), row.account_identifier.clone(), row.id, descriptor.id);
    let took = {
        let (key, identifier) = (key.clone(), identifier.clone());
        app.db.write(Scope::Control, Lane::Interactive, move |tx| store::index(tx, &key, provider, &identifier, workspace, id)).await?
    };
    if took {
        return Ok(());
    }
    if app.directory.by_identifier(app, provider, &identifier).await?.is_none() {
        let again = app
            .db
            .write(Scope::Control, Lane::Interactive, move |tx| {
                if let Some(old) = store::locate_identifier(tx, provider, &identifier)? {
                    tx.exec("DELETE FROM channel_index WHERE channel_id = $1", db::params![old.channel])?;
                }
                store::index(tx, &key, provider, &identifier, workspace, id)
            })
            .await?;
        if again {
            return Ok(());
        }
    }
    Err(taken(descriptor))
}

fn taken(descriptor: &Descriptor) -> Error {
    let label = descriptor.fields.iter().find(|f| f.name == descriptor.identifier_field).map_or("address", |f| f.label);
    Error::field(
        &format!("configuration.{}", descriptor.identifier_field),
        "taken",
        format!("Another channel already has this {}.", label.to_lowercase()),
    )
}

fn identifier(descriptor: &Descriptor, values: &Map<String, Value>) -> Option<String> {
    let value = values.get(descriptor.identifier_field)?.as_str()?.trim().to_lowercase();
    (!value.is_empty()).then_some(value)
}

fn split(descriptor: &Descriptor, values: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    // What is not in the form came from the connection itself and is as secret as its tokens.
    let secret =
        |name: &str| name != SIMULATED && descriptor.fields.iter().find(|f| f.name == name).is_none_or(|f| f.kind == FieldKind::Secret);
    values.into_iter().partition(|(name, _)| !secret(name))
}

async fn seal(app: &App, workspace: WorkspaceId, id: ChannelId, hidden: &Map<String, Value>) -> Result<Vec<u8>> {
    let info = people::workspace(app, workspace).await?;
    let plain = Value::Object(hidden.clone()).to_string();
    Sealer::new(app, &info.data_key)?.seal(plain.as_bytes(), &id.to_string())
}

/// Settings beside the form's that survive a change of it.
const KEPT: &[&str] = &[SIMULATED, ACCESS_TOKEN, REFRESH_TOKEN, EXPIRES_AT];

pub struct Change {
    pub name: Option<String>,
    pub status: Option<ChannelStatus>,
    pub configuration: Option<Map<String, Value>>,
}

/// What the audit log tells of a channel; its secrets are not in it.
fn told(row: &ChannelRow) -> Value {
    json!({ "name": row.name, "status": row.status, "configuration": row.configuration })
}

/// Changes a channel; settings that are not named stay, secrets too.
pub async fn change(app: &App, actor: &Actor, id: ChannelId, change: Change) -> Result<()> {
    change_as(app, actor, id, change, false).await
}
/// The same by the environment, which alone may change what it made.
pub(super) async fn change_from_environment(app: &App, actor: &Actor, id: ChannelId, change: Change) -> Result<()> {
    change_as(app, actor, id, change, true).await
}

async fn change_as(app: &App, actor: &Actor, id: ChannelId, change: Change, by_environment: bool) -> Result<()> {
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
    let mut row = found(row, "channel.not_found", "channel")?;
    if row.read_only && !by_environment && (change.name.is_some() || change.configuration.is_some()) {
        return Err(Error::conflict("channel.read_only", "This channel is set up by the environment of the server. Change it there."));
    }
    let connector = connectors::channel(&row.provider).ok_or_else(|| Error::internal("unknown provider"))?;
    let descriptor = connector.descriptor();
    if let Some(name) = change.name {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Error::field("name", "invalid", "Give the channel a name of 1 to 100 characters."));
        }
        row.name = name;
    }
    if let Some(status) = change.status {
        if !matches!(status, ChannelStatus::Active | ChannelStatus::Inactive) {
            return Err(Error::field("status", "invalid", "Set a channel active or inactive; the other states are found, not set."));
        }
        row.status = status;
        row.sync_error = None;
    }
    if let Some(given) = change.configuration {
        let mut values = row.configuration.clone();
        values.extend(secrets(app, actor.workspace, &row).await?);
        // `{"set": true}` is how the API shows a secret; given back, it means "as it is".
        if let Some(unknown) = given.keys().find(|name| !descriptor.fields.iter().any(|f| f.name == name.as_str())) {
            return Err(Error::field(&format!("configuration.{unknown}"), "unknown", "This channel has no such setting."));
        }
        values.extend(given.into_iter().filter(|(_, v)| !v.is_object()));
        let (ours, hidden): (Map<_, _>, Map<_, _>) =
            values.into_iter().partition(|(name, _)| descriptor.fields.iter().any(|f| f.name == name));
        let mut values = form::check(descriptor.fields, &ours).map_err(Error::fields)?;
        values.extend(hidden.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())));
        let identifier = identifier(descriptor, &values).unwrap_or_else(|| row.key.clone());
        if identifier != row.account_identifier {
            let (key, new, provider) = (row.key.clone(), identifier.clone(), descriptor.id);
            let took = app.db.write(Scope::Control, Lane::Interactive, move |tx| store::rename_index(tx, &key, provider, &new)).await?;
            if !took {
                return Err(taken(descriptor));
            }
            row.account_identifier = identifier;
        }
        let (plain, hidden) = split(descriptor, values);
        row.secrets = seal(app, actor.workspace, id, &hidden).await?;
        row.configuration = plain;
        // New settings are given a chance; if they are wrong too, the next send or check says so.
        if matches!(row.status, ChannelStatus::Error | ChannelStatus::Disconnected) {
            row.status = ChannelStatus::Active;
            row.sync_error = None;
        }
    }
    let (now, label, who) = (app.now(), actor.label(), actor.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let before = store::find(tx, id)?.map_or(Value::Null, |b| told(&b));
            store::update(tx, &row, now)?;
            audit::note(tx, &who, &Act::new("channel.updated", id).named(&row.name).changed(before, told(&row)), now)?;
            tx.emit(NewEvent::new("channel.updated", &label, now).payload(json!({ "channel_id": id, "status": row.status })));
            // What waited for this channel may leave now.
            tx.wake("outbox");
            tx.wake(CHANNELS);
            Ok(())
        })
        .await?;
    app.directory.forget(id);
    Ok(())
}

/// Changes settings that the connection made itself (tokens, cursors of its own): no form is asked. `Null` takes one away.
pub(super) async fn store_hidden(app: &App, workspace: WorkspaceId, id: ChannelId, fresh: Map<String, Value>) -> Result<()> {
    let row = app.db.read(workspace, move |tx| store::find(tx, id)).await?;
    let row = found(row, "channel.not_found", "channel")?;
    let connector = connectors::channel(&row.provider).ok_or_else(|| Error::internal("unknown provider"))?;
    let descriptor = connector.descriptor();
    let mut row = row;
    let mut values = row.configuration.clone();
    values.extend(secrets(app, workspace, &row).await?);
    values.extend(fresh);
    values.retain(|_, v| !v.is_null());
    if let Some(identifier) = identifier(descriptor, &values)
        && identifier != row.account_identifier
    {
        let (key, new, provider) = (row.key.clone(), identifier.clone(), descriptor.id);
        if !app.db.write(Scope::Control, Lane::Interactive, move |tx| store::rename_index(tx, &key, provider, &new)).await? {
            return Err(taken(descriptor));
        }
        row.account_identifier = identifier;
    }
    let (plain, hidden) = split(descriptor, values);
    row.secrets = seal(app, workspace, id, &hidden).await?;
    row.configuration = plain;
    let now = app.now();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            tx.wake(CHANNELS);
            store::update(tx, &row, now)
        })
        .await?;
    app.directory.forget(id);
    Ok(())
}

/// Removes a channel; its conversations stay.
pub async fn remove(app: &App, actor: &Actor, id: ChannelId) -> Result<()> {
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
    let row = found(row, "channel.not_found", "channel")?;
    let (now, label, key, who) = (app.now(), actor.label(), row.key.clone(), actor.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            store::set_deleted(tx, id, now)?;
            audit::note(tx, &who, &Act::new("channel.deleted", id).named(&row.name).before(told(&row)), now)?;
            tx.emit(NewEvent::new("channel.deleted", &label, now).payload(json!({ "channel_id": id })));
            tx.wake(CHANNELS);
            Ok(())
        })
        .await?;
    app.db.write(Scope::Control, Lane::Interactive, move |tx| store::unindex(tx, &key)).await?;
    app.directory.forget(id);
    Ok(())
}

/// Notes that a channel works again, or does not, for everybody to see. Gives whether that is news.
pub fn note_health(tx: &mut Tx<'_>, id: ChannelId, broken: Option<&str>, now: Millis) -> Result<bool> {
    let Some(row) = store::find(tx, id)? else { return Ok(false) };
    if row.status == ChannelStatus::Inactive {
        return Ok(false);
    }
    let status = if broken.is_some() { ChannelStatus::Error } else { ChannelStatus::Active };
    let changed = store::set_status(tx, id, status, broken, now)?;
    // Between the two nothing is news: not other words about the same trouble, nor new settings that nobody has tried yet.
    let health = match broken {
        Some(_) => store::set_broken(tx, id, now)?.then_some("broken"),
        None => store::set_mended(tx, id)?.then_some("well"),
    };
    if changed || health.is_some() {
        let payload = json!({ "channel_id": id, "status": status, "health": health });
        tx.emit(NewEvent::new("channel.updated", "system", now).payload(payload));
        tx.wake("outbox");
        tx.wake(CHANNELS);
    }
    Ok(changed)
}

/// Notes that a mailbox is being fetched from, and how far that is. What sending came to stays as it is. Gives whether trouble is over.
pub fn note_working(tx: &mut Tx<'_>, id: ChannelId, detail: &str, now: Millis) -> Result<bool> {
    store::checked(tx, id, detail, now)?;
    match store::find(tx, id)? {
        Some(row) if row.status == ChannelStatus::Active && row.sync_error.is_some() => note_health(tx, id, None, now),
        _ => Ok(false),
    }
}

/// Tells people of trouble that may pass by itself: the channel goes on trying, and sending.
pub async fn set_trouble(app: &App, workspace: WorkspaceId, id: ChannelId, words: String) -> Result<()> {
    let now = app.now();
    let changed = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let active = store::find(tx, id)?.is_some_and(|row| row.status == ChannelStatus::Active);
            let changed = active && store::set_status(tx, id, ChannelStatus::Active, Some(&words), now)?;
            if changed {
                let payload = json!({ "channel_id": id, "status": ChannelStatus::Active, "trouble": true });
                tx.emit(NewEvent::new("channel.updated", "system", now).payload(payload));
            }
            Ok(changed)
        })
        .await?;
    if changed {
        app.directory.forget(id);
    }
    Ok(())
}

/// The same in a transaction of its own.
pub async fn set_health(app: &App, workspace: WorkspaceId, id: ChannelId, broken: Option<String>) -> Result<()> {
    let now = app.now();
    let changed = app.db.write(workspace, Lane::Interactive, move |tx| note_health(tx, id, broken.as_deref(), now)).await?;
    if changed {
        app.directory.forget(id);
    }
    Ok(())
}

/// The web chat that every new workspace starts with.
pub async fn create_first_widget(app: &App, actor: &Actor, workspace_name: &str) -> Result<ChannelId> {
    let widget = connectors::CHANNELS.iter().find(|c| c.descriptor().capabilities.widget);
    let provider = widget.map(|c| c.descriptor().id).ok_or_else(|| Error::internal("no channel with a widget is built in"))?;
    let mut configuration = Map::new();
    if let Some(title) = widget.and_then(|c| c.descriptor().fields.iter().find(|f| f.required && f.kind == FieldKind::Text && !f.generated))
    {
        configuration.insert(title.name.into(), workspace_name.into());
    }
    create(app, actor, NewChannel { provider: provider.into(), name: "Website chat".into(), configuration, simulated: false }, false).await
}
