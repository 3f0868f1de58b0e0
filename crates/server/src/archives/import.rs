//! Taking a workspace in. The archive is looked through from end to end first; then files are put, the database is filled where nobody sees
//! it, and last of all the installation is told. Until then nothing of it can be found, and a failure leaves nothing but unused files.

use super::check::{Checked, check, entries};
use super::format::{LARGEST_PART, carried, columns, row};
use super::secrets::{Secrets, about_channel, about_domain, about_webhook, unseal};
use super::tar::damaged;
use crate::app::App;
use crate::people::WorkspaceInfo;
use crate::people::arrivals::{self, Arrival, about_sso};
use crate::{channels, webhooks};
use db::rows::{Filling, Kind, Layout};
use db::{Lane, Scope, Value, copy};
use edges::DataKey;
use kernel::id::{Id, Kind as IdKind};
use kernel::time::{Millis, parse_rfc3339};
use kernel::{AccountId, Actor, Error, Result, Secret, WorkspaceId};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

#[derive(Clone, Default)]
pub struct Order {
    /// Another name for the workspace here.
    pub name: Option<String>,
    pub passphrase: Option<Secret<String>>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Imported {
    pub workspace: WorkspaceId,
    pub name: String,
    pub rows: u64,
    pub files: u64,
    pub members: usize,
    /// Accounts that were made for them; the others were here.
    pub accounts: usize,
    /// Channels that ask for their credentials.
    pub disconnected: usize,
    pub with_secrets: bool,
    pub missing_files: usize,
}

/// Takes in an archive. Nobody else may work on the data meanwhile (`start::open` sees to that).
pub async fn import(app: &App, file: &Path, order: Order) -> Result<Imported> {
    let nobodys = arrivals::nobodys_password(app).await?;
    let (app, file, runtime) = (app.clone(), file.to_owned(), Handle::current());
    let work = move || Import::prepare(&app, &file, &order, nobodys, &runtime)?.carry_out(&runtime);
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(e.to_string()))?
}

struct Import {
    app: App,
    file: PathBuf,
    checked: Checked,
    arrival: Arrival,
    outside: Vec<channels::Outside>,
    had: Vec<(String, String)>,
    rows: Rows,
}

impl Import {
    /// Everything that can be refused is refused here.
    fn prepare(app: &App, file: &Path, order: &Order, nobodys: String, runtime: &Handle) -> Result<Self> {
        let checked = check(file)?;
        let m = &checked.manifest;
        let id: WorkspaceId = m.workspace_id.parse().map_err(damaged)?;
        let had: Vec<(String, String)> = m.migrations.iter().map(|x| (x.name.clone(), x.hash.clone())).collect();
        copy::of(&app.db.options().migrations(Scope::Workspace(id)), &had)?;
        let secrets = match (&m.secrets, &checked.sealed, &order.passphrase) {
            (Some(how), Some(sealed), Some(passphrase)) => Some(unseal(how, sealed, passphrase, app.ids.clone())?),
            (Some(_), _, None) => {
                return Err(Error::bad_request(
                    "archive.passphrase_needed",
                    "This archive is sealed with a passphrase. Give it with --passphrase-stdin.",
                ));
            }
            _ => None,
        };
        let exported_at = parse_rfc3339(&m.exported_at).ok_or_else(|| damaged("its time is none"))?;
        let outside = checked
            .control
            .channels
            .iter()
            .map(|o| {
                let channel = o.channel_id.parse().map_err(damaged)?;
                Ok(channels::Outside { channel, key: o.key.clone(), provider: o.provider.clone(), identifier: o.identifier.clone() })
            })
            .collect::<Result<Vec<_>>>()?;
        let c = &checked.control;
        let info = WorkspaceInfo {
            id,
            name: order.name.clone().unwrap_or_else(|| c.name.clone()),
            locale: c.locale.clone(),
            time_zone: c.time_zone.clone(),
            default_country: c.default_country.clone(),
            tier: c.tier,
            data_key: app.vault.new_data_key()?,
            sample_data: c.sample_data,
            created_at: c.created_at,
        };
        let fresh = arrivals::fresh_ids(app, checked.travellers.len());
        let (travellers, wanted) = (checked.travellers.clone(), outside.clone());
        let asked = app.db.read(Scope::Control, move |tx| {
            if arrivals::workspace_row(tx, id)?.is_some() {
                return Err(Error::conflict(
                    "archive.here_already",
                    "This workspace is in this installation already. Delete it first if it is to be taken in anew.",
                ));
            }
            if let Some(taken) = channels::taken(tx, &wanted)? {
                return Err(Error::conflict(
                    "archive.channel_taken",
                    format!(
                        "Another workspace of this installation is connected to {} as {}. Remove that channel there, or from the workspace \
                         before it is exported.",
                        taken.provider, taken.identifier
                    ),
                ));
            }
            arrivals::seats(tx, &travellers, &fresh)
        });
        let seats = runtime.block_on(asked)?;
        let key = app.vault.unwrap(&info.data_key)?;
        let with_secrets = secrets.is_some();
        let mut secrets = secrets.unwrap_or_default();
        let mut proofs = std::mem::take(&mut secrets.proofs);
        if let Some(sso) = &mut proofs.sso {
            sso.client_secret = key.seal(&sso.client_secret, about_sso(id).as_bytes())?;
        }
        let rows = Rows {
            key,
            secrets,
            with_secrets,
            seats: seats.clone(),
            with_credentials: c.with_credentials.iter().cloned().collect(),
            exported_at: (!m.still).then_some(exported_at),
            app: app.clone(),
            disconnected: 0,
        };
        let arrival = Arrival { info, travellers: checked.travellers.clone(), seats, proofs, nobodys };
        Ok(Self { app: app.clone(), file: file.to_owned(), arrival, outside, had, rows, checked })
    }

    fn carry_out(mut self, runtime: &Handle) -> Result<Imported> {
        let id = self.arrival.info.id;
        let mut filling = Filling::begin(self.app.db.options(), Scope::Workspace(id), &self.had)?;
        if let Err(error) = self.fill(&mut filling, runtime) {
            filling.abandon();
            return Err(error);
        }
        filling.finish()?;
        let m = &self.checked.manifest;
        let out = Imported {
            workspace: id,
            name: self.arrival.info.name.clone(),
            rows: m.tables.iter().map(|t| t.rows).sum(),
            files: m.files.count,
            members: self.arrival.travellers.len(),
            accounts: 0,
            disconnected: self.rows.disconnected,
            with_secrets: self.rows.with_secrets,
            missing_files: m.files.missing.len(),
        };
        let (arrival, outside) = (self.arrival, self.outside);
        let told = self.app.db.write(Scope::Control, Lane::Interactive, move |tx| {
            let made = arrivals::arrive(tx, &arrival)?;
            for o in &outside {
                if !channels::take_outside_name(tx, id, o)? {
                    return Err(Error::conflict("archive.channel_taken", format!("The channel {} is taken here.", o.identifier)));
                }
            }
            Ok(made)
        });
        match runtime.block_on(told) {
            Ok(accounts) => Ok(Imported { accounts, ..out }),
            Err(error) => {
                runtime.block_on(self.app.db.remove(id))?;
                Err(error)
            }
        }
    }

    fn fill(&mut self, filling: &mut Filling, runtime: &Handle) -> Result<()> {
        let mut tables: HashMap<String, (Layout, Layout)> = HashMap::new();
        for t in &self.checked.manifest.tables {
            let whole =
                filling.layouts().iter().find(|l| l.name == t.name).ok_or_else(|| damaged(format!("no table is called {}", t.name)))?;
            let there = carried(whole);
            if columns(&there) != t.columns {
                return Err(damaged(format!("the table {} has other columns", t.name)));
            }
            tables.insert(t.name.clone(), (there, filled(whole)));
        }
        let mut reader = entries(&self.file)?;
        while let Some((name, _)) = reader.advance()? {
            if let Some(hash) = name.strip_prefix("files/") {
                let content = reader.whole(LARGEST_PART * 8)?;
                let stored = runtime.block_on(self.app.files.put_bytes(content))?;
                if stored.hash != hash {
                    return Err(damaged(format!("the file {hash} is not what its name says")));
                }
            } else if let Some((table, _)) = name.strip_prefix("tables/").and_then(|n| n.split_once('/')) {
                let (there, whole) = tables.get(table).ok_or_else(|| damaged(format!("no table is called {table}")))?;
                let content = reader.whole(LARGEST_PART)?;
                let lines = content.split(|b| *b == b'\n').filter(|l| !l.is_empty());
                let rows = &mut self.rows;
                let mut all = lines.filter_map(|l| row(there, l).and_then(|r| rows.turn(there, r)).transpose());
                filling.fill(whole, &mut all)?;
            }
        }
        self.additions(filling)
    }

    /// What stands in it from here on: it waits until somebody says that it goes on here, and what is found by words is made anew.
    fn additions(&self, filling: &mut Filling) -> Result<()> {
        let layout = |name: &str, columns: &[(&str, Kind)]| Layout {
            name: name.to_owned(),
            columns: columns.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect(),
            key: Vec::new(),
        };
        let texts = [("name", Kind::Text), ("position", Kind::Text)];
        let messages = self.checked.manifest.tables.iter().any(|t| t.name == "messages" && t.rows > 0);
        if messages {
            filling.fill(&layout("backfills", &texts), &mut std::iter::once(Ok(vec!["message_words".into(), "".into()])))?;
        }
        let still =
            [("id", Kind::Integer), ("reason", Kind::Text), ("since", Kind::Integer), ("actor", Kind::Text), ("moved_at", Kind::Integer)];
        let actor = Actor::system(self.arrival.info.id).label();
        let now = self.app.now();
        let row = vec![1.into(), crate::standstill::Reason::Moved.word().into(), now.into(), actor.into(), now.into()];
        filling.fill(&layout("standstill", &still), &mut std::iter::once(Ok(row)))
    }
}

/// The columns that are filled: those that are carried, then those that are sealed anew.
fn filled(whole: &Layout) -> Layout {
    let mut out = carried(whole);
    let rest = whole.columns.iter().filter(|c| !out.columns.contains(c)).cloned().collect::<Vec<_>>();
    out.columns.extend(rest);
    out
}

/// Rows as they have to be here.
struct Rows {
    app: App,
    key: DataKey,
    secrets: Secrets,
    with_secrets: bool,
    seats: HashMap<AccountId, AccountId>,
    with_credentials: HashSet<String>,
    /// When it was exported by a server that went on: what was due then may have left since.
    exported_at: Option<Millis>,
    disconnected: usize,
}

fn id_at<K: IdKind>(row: &[Value<'static>], at: Option<usize>) -> Result<Id<K>> {
    match at.and_then(|i| row.get(i)) {
        Some(Value::Bytes(Some(bytes))) => Id::from_slice(bytes).map_err(damaged),
        _ => Err(damaged("a row has no id")),
    }
}
fn text_at(row: &[Value<'static>], at: Option<usize>) -> Result<String> {
    match at.and_then(|i| row.get(i)) {
        Some(Value::Text(Some(text))) => Ok(text.to_string()),
        _ => Err(damaged("a row lacks a text")),
    }
}
fn bytes(of: Vec<u8>) -> Value<'static> {
    Value::Bytes(Some(Cow::Owned(of)))
}

impl Rows {
    /// None: it does not come along.
    fn turn(&mut self, layout: &Layout, mut row: Vec<Value<'static>>) -> Result<Option<Vec<Value<'static>>>> {
        let at = |name: &str| layout.at(name);
        let set = |row: &mut Vec<Value<'static>>, name: &str, value: Value<'static>| {
            if let Some(place) = at(name).and_then(|i| row.get_mut(i)) {
                *place = value;
            }
        };
        match layout.name.as_str() {
            "members" => {
                let was: AccountId = id_at(&row, at("account_id"))?;
                let is = self.seats.get(&was).copied().unwrap_or(was);
                set(&mut row, "account_id", Value::from(is));
            }
            // Screens that saw it elsewhere fetch anew.
            "log_head" => {
                if let Some(Value::Int(Some(epoch))) = at("epoch").and_then(|i| row.get(i)).cloned() {
                    set(&mut row, "epoch", (epoch + 1).into());
                }
            }
            "backfills" if text_at(&row, at("name"))? == "message_words" => return Ok(None),
            "channels" => {
                let id = id_at(&row, at("id"))?;
                let plain = match self.secrets.channels.get(&id) {
                    Some(plain) => plain.clone(),
                    None => b"{}".to_vec(),
                };
                if !self.with_secrets && self.with_credentials.contains(&id.to_string()) {
                    self.disconnected += 1;
                    set(&mut row, "status", "disconnected".into());
                    set(&mut row, "sync_error", "Its credentials did not come along with the workspace. Enter them again.".into());
                }
                row.push(bytes(self.key.seal(&plain, about_channel(id).as_bytes())?));
            }
            "webhook_subscriptions" => return self.webhook(layout, row).map(Some),
            "mail_domains" => {
                let domain = text_at(&row, at("domain"))?;
                // Without its key a domain is nothing: it gets a new one, and a new entry in the DNS.
                let Some(plain) = self.secrets.mail_domains.get(&domain) else { return Ok(None) };
                row.push(bytes(self.key.seal(plain, about_domain(&domain).as_bytes())?));
            }
            "outbox" => self.sent_meanwhile(layout, &mut row)?,
            _ => {}
        }
        Ok(Some(row))
    }

    /// Sealed in the order of its columns' names: `old_secret`, `secret`.
    fn webhook(&self, layout: &Layout, mut row: Vec<Value<'static>>) -> Result<Vec<Value<'static>>> {
        let id = id_at(&row, layout.at("id"))?;
        let about = about_webhook(id);
        let (secret, old) = match self.secrets.webhooks.get(&id) {
            Some((secret, old)) => (secret.clone(), old.clone()),
            None => {
                // It is told nothing until somebody has given its receiver the new secret.
                if let Some(place) = layout.at("status").and_then(|i| row.get_mut(i)) {
                    *place = "paused".into();
                }
                (webhooks::new_secret(self.app.ids.as_ref()).into_bytes(), None)
            }
        };
        let old = old.map(|plain| self.key.seal(&plain, about.as_bytes())).transpose()?;
        row.push(Value::Bytes(old.map(Cow::Owned)));
        row.push(bytes(self.key.seal(&secret, about.as_bytes())?));
        Ok(row)
    }

    /// What was due when a server that went on was exported is settled as after a crash: nobody knows whether it left.
    fn sent_meanwhile(&self, layout: &Layout, row: &mut [Value<'static>]) -> Result<()> {
        let Some(exported_at) = self.exported_at else { return Ok(()) };
        let due = layout.at("due_at").and_then(|i| row.get(i)).cloned();
        let Some(Value::Int(Some(due))) = due else { return Err(damaged("a message that waits has no time")) };
        if text_at(row, layout.at("state"))? != "waiting" || due > exported_at {
            return Ok(());
        }
        let attempts = match layout.at("attempts").and_then(|i| row.get(i)) {
            Some(Value::Int(Some(n))) => *n,
            _ => 0,
        };
        let first = layout.at("first_try_at").and_then(|i| row.get(i)).cloned();
        let first = match first {
            Some(Value::Int(Some(at))) => at,
            _ => due,
        };
        for (name, value) in
            [("state", "sending".into()), ("lease_until", 0.into()), ("attempts", (attempts + 1).into()), ("first_try_at", first.into())]
        {
            if let Some(place) = layout.at(name).and_then(|i| row.get_mut(i)) {
                *place = value;
            }
        }
        Ok(())
    }
}
