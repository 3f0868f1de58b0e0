//! The sample workspace: conversations to look at, and customers who write and answer while the demo runs. Everything goes through
//! the real doors: the connectors' simulators, our SMTP listener, the journal, intake.

mod customers;
mod sample;
mod scripts;

pub use customers::live;
pub use sample::{fill_sample, remove_sample};

use crate::app::App;
use crate::channels::{self, NewChannel};
use crate::conversations::Sort;
use crate::journal;
use crate::people::{self, NewAdmin};
use crate::views::{self, NewView, ViewScope};
use db::Lane;
use kernel::actor::Who;
use kernel::channel::Simulated;
use kernel::message::ChannelWord;
use kernel::{Actor, Result, Role, Secret, WorkspaceId};
use serde_json::{Map, Value, json};

/// How to get in.
pub struct SignIn {
    pub email: &'static str,
    pub password: &'static str,
}
const SIGN_IN: SignIn = SignIn { email: "mara@northwind.example", password: "northwind-demo-1" };
const MAIL: &str = "hello@northwind.example";

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Makes the sample workspace unless it is there.
pub async fn begin(app: &App) -> Result<SignIn> {
    if people::is_set_up(app).await? {
        return Ok(SIGN_IN);
    }
    let admin = NewAdmin {
        name: "Mara Lindqvist".into(),
        email: SIGN_IN.email.into(),
        password: Secret::new(SIGN_IN.password.into()),
        workspace_name: "Northwind Studio".into(),
        locale: "en".into(),
        time_zone: "Europe/Stockholm".into(),
        default_country: "SE".into(),
    };
    let (account, workspace, member) = people::create_workspace(app, admin).await?;
    for (name, email) in [
        ("Jonas Okafor", "jonas@northwind.example"),
        ("Priya Raman", "priya@northwind.example"),
        ("Tomás Ferreira", "tomas@northwind.example"),
    ] {
        people::add_user(app, workspace, email, name, Secret::new(SIGN_IN.password.into()), Role::Agent).await?;
    }
    let actor = Actor::system(workspace);
    channels::create_first_widget(app, &actor, "Northwind Studio").await?;
    let mail = json!({ "address": MAIL, "display_name": "Northwind Studio", "smtp_host": "127.0.0.1", "smtp_port": 2526, "smtp_security": "none" });
    channels::create(
        app,
        &actor,
        NewChannel { provider: "smtp".into(), name: MAIL.into(), configuration: object(mail), simulated: false },
        false,
    )
    .await?;
    channels::create(
        app,
        &actor,
        NewChannel { provider: "api".into(), name: "Shop orders".into(), configuration: Map::new(), simulated: false },
        false,
    )
    .await?;
    sample::fill(app, workspace, scripts::THREADS).await?;
    keep_views(app, Actor { role: Role::Admin, who: Who::Person { account, member }, ..Actor::system(workspace) }).await?;
    for (word, lines) in scripts::MESSENGERS {
        if let Err(error) = messenger(app, &actor, *word, lines).await {
            tracing::warn!(error = %error, "a simulated channel is missing from the demo");
        }
    }
    Ok(SIGN_IN)
}

/// Looks at the inbox that a team would have kept.
async fn keep_views(app: &App, actor: Actor) -> Result<()> {
    let open = json!({ "field": "status", "op": "any_of", "value": ["new", "open"] });
    let waiting = json!({ "and": [open, { "field": "waiting_since", "op": "before", "value": "-20m" }] });
    let files = json!({ "and": [open, { "field": "has_attachment", "op": "is", "value": true }] });
    let wholesale = json!({ "and": [open, { "field": "tags", "op": "any_of", "value": ["Wholesale", "VIP"] }] });
    let all = [
        (
            "Waiting over 20 min",
            "clock",
            Some(30),
            ViewScope::All,
            waiting,
            Some(Sort::Waiting),
            Some(vec!["preview", "waiting_since", "tags", "assignee"]),
        ),
        ("Wholesale and VIP", "star", Some(270), ViewScope::All, wholesale, None, None),
        ("With files", "inbox", None, ViewScope::Mine, files, None, None),
    ];
    for (name, icon, hue, scope, filter, sort, columns) in all {
        let new = NewView {
            name: name.into(),
            scope: Some(scope),
            icon: Some(icon.into()),
            hue,
            filter,
            sort,
            descending: None,
            columns: columns.map(|list| list.into_iter().map(str::to_owned).collect()),
        };
        let (ids, actor, now) = (app.ids.clone(), actor.clone(), app.now());
        app.db.write(actor.workspace, Lane::Interactive, move |tx| views::create(tx, ids.as_ref(), &actor, &new, now).map(drop)).await?;
    }
    Ok(())
}

/// A channel whose provider is played, with customers who have written.
async fn messenger(app: &App, actor: &Actor, word: ChannelWord, lines: &[scripts::Line]) -> Result<()> {
    let kind = connectors::CHANNELS.iter().find(|c| c.descriptor().channel == word && c.simulator().is_some());
    let Some(kind) = kind else { return Ok(()) };
    let d = kind.descriptor();
    let new = NewChannel { provider: d.id.into(), name: d.name.into(), configuration: Map::new(), simulated: true };
    let id = channels::create(app, actor, new, false).await?;
    let Some(entry) = app.directory.by_id(app, actor.workspace, id).await? else { return Ok(()) };
    let Some(simulator) = kind.simulator() else { return Ok(()) };
    if kind.templates().is_some() {
        channels::sync_templates(app, &entry).await?;
    }
    for (n, name, text) in lines {
        let say = Simulated {
            external_id: app.secret_text(8),
            from: kind.simulated_person(*n),
            from_name: Some((*name).to_owned()),
            text: (*text).to_owned(),
            ..Default::default()
        };
        journal::receive(app, &entry, simulator.delivery(&entry.account, &say, app.now())).await?;
    }
    Ok(())
}

/// The demo's workspace: the only one there is.
async fn workspace(app: &App) -> Result<Option<WorkspaceId>> {
    Ok(app.workspaces().await?.into_iter().next())
}
