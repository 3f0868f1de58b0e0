//! Customers who write now and then, and answer when somebody has replied to them. They come in by the real doors.

use super::scripts::{ANSWERS, NEWS};
use super::workspace;
use crate::app::App;
use crate::channels::{self, Entry};
use crate::conversations::{self, Message};
use crate::{journal, realtime};
use connectors::kit::signatures::sign_timestamped;
use db::Scope;
use edges::smtp_in::{MailHandler, MailRefusal, RcptVerdict, ReceivedMail, SmtpIn};
use kernel::channel::{RawDelivery, Simulated};
use kernel::dial::{Envelope, SmtpSecurity, SmtpServer};
use kernel::message::Direction;
use kernel::{Actor, BoxFuture, Error, Result, WorkspaceId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The mail server of the simulated world: takes what we send.
struct PostOffice;
impl MailHandler for PostOffice {
    fn recipient<'a>(&'a self, _rcpt: &'a str) -> BoxFuture<'a, RcptVerdict> {
        Box::pin(std::future::ready(RcptVerdict::Accept))
    }
    fn accept(&self, _mail: ReceivedMail) -> BoxFuture<'_, Result<String, MailRefusal>> {
        Box::pin(std::future::ready(Ok("delivered".into())))
    }
}

/// Lives until the task is ended.
pub async fn live(app: App) {
    if let Err(error) = run(&app).await {
        tracing::error!(error = %error, "the simulated customers went home");
    }
}

fn roll(app: &App, below: usize) -> usize {
    let mut bytes = [0u8; 4];
    app.ids.random(&mut bytes);
    u32::from_le_bytes(bytes) as usize % below.max(1)
}

async fn run(app: &App) -> Result<()> {
    let Some(workspace) = workspace(app).await? else { return Ok(()) };
    let failed = |e: std::io::Error| Error::unavailable("listen.failed", e.to_string());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let options = SmtpIn::new("customers.example", app.clock.clone());
    tokio::spawn(edges::smtp_in::serve(listener, options, Arc::new(PostOffice), std::future::pending()));
    let actor = Actor::system(workspace);
    for row in app.db.read(workspace, channels::list).await? {
        if row.provider == "smtp" {
            let configuration = super::object(json!({ "smtp_port": port }));
            channels::change(app, &actor, row.id, channels::Change { name: None, status: None, configuration: Some(configuration) })
                .await?;
        }
    }
    let mut commits = app.db.subscribe();
    let mut visits = tokio::time::interval(Duration::from_secs(45));
    visits.tick().await;
    let mut next = roll(app, NEWS.len());
    loop {
        tokio::select! {
            _ = visits.tick() => {
                let app = app.clone();
                tokio::spawn(async move {
                    if let Err(error) = visit(&app, workspace, next).await {
                        tracing::warn!(error = %error, "a simulated customer gave up");
                    }
                });
                next = (next + 1) % NEWS.len();
            }
            got = commits.recv() => match got {
                Ok(c) if c.scope == Scope::Workspace(workspace) => {
                    for event in c.events.iter().filter(|e| e.kind == "message.status_updated" && e.payload["status"] == "sent") {
                        let Some(id) = event.message_id else { continue };
                        let app = app.clone();
                        tokio::spawn(async move {
                            if let Err(error) = answer(&app, workspace, id).await {
                                tracing::warn!(error = %error, "a simulated customer gave up");
                            }
                        });
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}

async fn entry_of(app: &App, workspace: WorkspaceId, provider: &str) -> Result<Option<Arc<Entry>>> {
    for row in app.db.read(workspace, channels::list).await? {
        if row.provider == provider && row.status != kernel::message::ChannelStatus::Inactive {
            return app.directory.by_id(app, workspace, row.id).await;
        }
    }
    Ok(None)
}

/// Somebody comes with something new.
async fn visit(app: &App, workspace: WorkspaceId, n: usize) -> Result<()> {
    let (provider, name, from, subject, text) = NEWS[n % NEWS.len()];
    let Some(entry) = entry_of(app, workspace, provider).await? else { return Ok(()) };
    // Whoever still waits for an answer does not say it again.
    let waits = app
        .db
        .read(workspace, move |tx| {
            tx.number(
                "SELECT COUNT(*) FROM conversations v JOIN contact_handles h ON h.owner_id = v.contact_id WHERE h.value = $1 AND v.bucket <> 'resolved'",
                db::params![from],
            )
        })
        .await?;
    if waits > 0 {
        return Ok(());
    }
    let say = Simulated {
        external_id: format!("demo-{}", app.secret_text(8)),
        from: from.into(),
        from_name: Some(name.into()),
        subject: Some(subject.to_owned()).filter(|s| !s.is_empty()),
        text: text.into(),
        ..Default::default()
    };
    deliver(app, &entry, &say).await
}

/// By the door the channel has: mail through our SMTP listener, the others as a signed delivery.
async fn deliver(app: &App, entry: &Arc<Entry>, say: &Simulated) -> Result<()> {
    let simulator = entry.connector.simulator().ok_or_else(|| Error::internal("no simulator"))?;
    let raw = simulator.delivery(&entry.account, say, app.now());
    match (raw.method.as_str(), app.smtp_address) {
        ("SMTP", Some(address)) => {
            let server = SmtpServer {
                host: address.ip().to_string(),
                port: address.port(),
                security: SmtpSecurity::None,
                username: None,
                password: None,
                bearer: None,
            };
            let to = raw.header("envelope-to").unwrap_or(&entry.account.identifier).to_owned();
            let envelope = Envelope { from: Some(say.from.clone()), to: vec![to], report_arrival: false };
            app.dial.smtp(&server, &envelope, &raw.body).await.map_err(|e| Error::unavailable("demo.mail", format!("{e:?}")))?;
        }
        _ => drop(journal::receive(app, entry, raw).await?),
    }
    Ok(())
}

/// The customer reads a reply, writes for a while, and answers.
async fn answer(app: &App, workspace: WorkspaceId, id: kernel::MessageId) -> Result<()> {
    let found = app
        .db
        .read(workspace, move |tx| {
            let Some(m) = conversations::message(tx, id)? else { return Ok(None) };
            let c = conversations::find(tx, m.conversation_id)?;
            Ok(c.map(|c| (m, c)))
        })
        .await?;
    let Some((message, conversation)) = found else { return Ok(()) };
    if message.direction != Direction::Outbound || message.is_note {
        return Ok(());
    }
    let Some(entry) = app.directory.by_id(app, workspace, conversation.channel_id).await? else { return Ok(()) };
    let Some(person) = conversation.participants.first().cloned() else { return Ok(()) };
    // A person at the live widget answers for themselves; so does an address outside the sample.
    let scripted = NEWS.iter().any(|n| n.2 == person.address) || super::scripts::THREADS.iter().any(|t| t.from == person.address);
    if !scripted {
        return Ok(());
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    report(app, &entry, &message, &person.address).await?;
    let contact = conversation.contact_id.map(|c| c.to_string()).unwrap_or_default();
    let name = conversation.contact.as_ref().map(|c| c.name.clone()).unwrap_or_default();
    let types = entry.connector.descriptor().capabilities.typing;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    if types {
        realtime::customer_types(app, workspace, conversation.id, &contact, name.clone(), true);
    }
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    if types {
        realtime::customer_types(app, workspace, conversation.id, &contact, name.clone(), false);
    }
    // The answer depends on how far they have got, and ends after a few.
    let turn = conversation.message_count as usize;
    if turn > 14 {
        return Ok(());
    }
    let say = Simulated {
        external_id: format!("demo-{}", app.secret_text(8)),
        from: person.address,
        from_name: Some(name).filter(|n| !n.is_empty()),
        subject: conversation.subject.map(|s| format!("Re: {s}")),
        text: ANSWERS[roll(app, ANSWERS.len())].into(),
        answers: message.external_id.clone(),
        ..Default::default()
    };
    deliver(app, &entry, &say).await
}

/// Says that the message was read, as the channel would.
async fn report(app: &App, entry: &Arc<Entry>, message: &Message, visitor: &str) -> Result<()> {
    if entry.connector.descriptor().capabilities.widget {
        return crate::widget::raise(app, entry, visitor.to_owned(), kernel::message::MessageStatus::Read, Some(message.id)).await;
    }
    let Some(secret) = entry.account.settings.secret("secret") else { return Ok(()) };
    for status in ["delivered", "read"] {
        let body = json!({ "type": "status", "id": message.external_id, "status": status }).to_string().into_bytes();
        let headers = sign_timestamped(secret.reveal(), &body, app.now());
        let raw =
            RawDelivery { method: "POST".into(), path: String::new(), headers: headers.to_vec(), body, received_at: app.now(), peer: None };
        journal::receive(app, entry, raw).await?;
    }
    Ok(())
}
