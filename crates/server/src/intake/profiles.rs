//! Who somebody is, asked of the provider once when only an id came in: afterwards the list shows a name instead of a number.

use crate::app::App;
use crate::{contacts, standstill};
use db::{Lane, Scope, Tx, params};
use kernel::channel::Profile;
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{ChannelId, ContactId, Ids, Result, WorkspaceId};
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// People looked at at once.
const AT_ONCE: usize = 16;
/// People asked about at once on one account, and how many may wait for it: with more, some keep their made-up names.
const ON_ONE: usize = 4;
const MOST_WAITING: usize = 1_000;

/// Whose turn it is on each account: a provider that hangs holds up its own people only.
#[derive(Default, Clone)]
struct Turns(Arc<Mutex<HashMap<ChannelId, Arc<Turn>>>>);
struct Turn {
    at_once: Semaphore,
    waiting: AtomicUsize,
}
impl Turns {
    fn of(&self, channel: ChannelId) -> Arc<Turn> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = all.entry(channel).or_insert_with(|| Arc::new(Turn { at_once: Semaphore::new(ON_ONE), waiting: AtomicUsize::new(0) }));
        turn.clone()
    }
}

/// Looks at each new person as they come.
pub async fn follow(app: App) {
    let mut commits = app.db.subscribe();
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let turns = Turns::default();
    loop {
        match commits.recv().await {
            Ok(c) => {
                let Scope::Workspace(workspace) = c.scope else { continue };
                for id in c.events.iter().filter(|e| e.kind == "contact.created" && e.actor == "system").filter_map(|e| e.contact_id) {
                    let Ok(looking) = at_once.clone().acquire_owned().await else { return };
                    let (app, turns) = (app.clone(), turns.clone());
                    tokio::spawn(async move {
                        if let Err(error) = ask(&app, workspace, id, looking, &turns).await {
                            tracing::debug!(error = %error, "a person's name could not be asked for");
                        }
                    });
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn ask(app: &App, workspace: WorkspaceId, id: ContactId, looking: OwnedSemaphorePermit, turns: &Turns) -> Result<()> {
    if standstill::is_still(app, workspace).await? {
        return Ok(());
    }
    let known = app
        .db
        .read(workspace, move |tx| {
            let Some((name, _)) = contacts::brief(tx, id)? else { return Ok(None) };
            let handle = tx.opt(
                "SELECT scope, value FROM contact_handles WHERE owner_id = $1 AND scope <> '' AND evidence = 'verified' ORDER BY first_seen_at LIMIT 1",
                params![id],
                |r| Ok((r.next::<String>()?, r.next::<String>()?)),
            )?;
            Ok(handle.map(|(scope, value)| (name, scope, value)))
        })
        .await?;
    let Some((name, scope, value)) = known else { return Ok(()) };
    let Ok(channel) = scope.parse::<ChannelId>() else { return Ok(()) };
    if !contacts::is_made_up(&name) {
        return Ok(());
    }
    let Some(entry) = app.directory.by_id(app, workspace, channel).await? else { return Ok(()) };
    drop(looking);
    let turn = turns.of(channel);
    if turn.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
        turn.waiting.fetch_sub(1, Ordering::Relaxed);
        return Ok(());
    }
    let mine = turn.at_once.acquire().await;
    turn.waiting.fetch_sub(1, Ordering::Relaxed);
    let Ok(_mine) = mine else { return Ok(()) };
    let Ok(entry) = crate::channels::fresh(app, &entry).await? else { return Ok(()) };
    let Some(profile) = entry.connector.profile(app.edge_of(&entry).edge(), &entry.account, &value).await else { return Ok(()) };
    let (ids, now, country) = (app.ids.clone(), app.now(), entry.default_country.clone());
    app.db.write(workspace, Lane::Intake, move |tx| apply(tx, ids.as_ref(), channel, id, &profile, &country, now)).await
}

/// Keeps what the provider says of a person: a name where there was none, handles that are nobody else's, the language.
pub fn apply(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    channel: ChannelId,
    id: ContactId,
    profile: &Profile,
    country: &str,
    now: Millis,
) -> Result<()> {
    let Profile { name, handles, language, .. } = profile;
    if let Some(name) = name.as_deref().map(str::trim).filter(|n| !n.is_empty())
        && contacts::brief(tx, id)?.is_some_and(|(now, _)| contacts::is_made_up(&now))
    {
        contacts::rename(tx, id, &name.chars().take(200).collect::<String>(), now)?;
    }
    for h in handles {
        let Some(value) = contacts::normalise(&h.kind, &h.value, country) else { continue };
        // Somebody else's proved address stays theirs.
        if contacts::find_by_handle(tx, "contact", &h.kind, "", &value)?.is_none() {
            let handle = kernel::channel::Handle { value, ..h.clone() };
            contacts::insert_handle(tx, ids, id, &handle, "", &format!("channel:{channel}"), now)?;
        }
    }
    if let Some(language) = language {
        tx.exec("UPDATE contacts SET language = COALESCE(language, $2) WHERE id = $1", params![id, language])?;
    }
    tx.emit(NewEvent::new("contact.updated", "system", now).contact(id).payload(json!({ "because": "profile" })));
    // Lists show the person's name: their conversations are told too.
    let open: Vec<kernel::ConversationId> =
        tx.query("SELECT id FROM conversations WHERE contact_id = $1 AND deleted_at IS NULL LIMIT 20", params![id], |r| r.get(0))?;
    for conversation in open {
        tx.emit(NewEvent::new("conversation.updated", "system", now).conversation(conversation).payload(json!({ "because": "profile" })));
    }
    Ok(())
}
