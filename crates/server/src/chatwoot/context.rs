//! What an answer needs besides the rows themselves: people, teams, inboxes, last messages, numbers. Read at once, not row by row.

use super::desk::{Desk, account_of};
use super::fault::Fault;
use super::hooks::Teller;
use super::numbers::{self, Numbers};
use super::store;
use crate::app::App;
use crate::{channels, contacts, conversations, files, people, teams};
use db::Tx;
use kernel::actor::Permission;
use kernel::message::ChannelStatus;
use kernel::time::Millis;
use kernel::{ContactId, ConversationId, Error, WorkspaceId};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// An inbox as others name it.
#[derive(Debug, Clone)]
pub struct Inbox {
    pub id: String,
    pub name: String,
    pub provider: String,
    pub word: String,
    pub status: ChannelStatus,
}

#[derive(Debug, Default)]
pub struct Context {
    pub account: i64,
    /// Put before relative addresses.
    pub base: String,
    pub numbers: Numbers,
    pub contacts: HashMap<String, Value>,
    pub members: HashMap<String, Value>,
    pub teams: HashMap<String, String>,
    pub inboxes: Vec<Inbox>,
    /// What programs call contacts themselves.
    pub identifiers: HashMap<String, String>,
    /// The last message of each conversation.
    pub last: HashMap<String, Value>,
    /// Whether an answer may leave, where that depends on time.
    pub can_reply: HashMap<String, bool>,
}

impl Context {
    /// Whatever of these rows and of what is known beside them has a number.
    fn numbered<'a>(&self, rows: impl Iterator<Item = &'a Value>) -> Vec<String> {
        let mut out = Vec::new();
        rows.for_each(|v| numbers::ids_in(v, &mut out));
        self.last.values().chain(self.members.values()).for_each(|v| numbers::ids_in(v, &mut out));
        out.extend(self.contacts.keys().chain(self.teams.keys()).cloned().chain(self.inboxes.iter().map(|i| i.id.clone())));
        out
    }
    pub fn inbox(&self, id: &Value) -> Option<&Inbox> {
        self.inboxes.iter().find(|i| Some(i.id.as_str()) == id.as_str())
    }
}

fn tree<T: Serialize>(thing: &T) -> kernel::Result<Value> {
    serde_json::to_value(thing).map_err(|e| Error::internal(format!("answer: {e}")))
}
fn texts<'a>(rows: &[&'a Value], name: &str) -> Vec<&'a str> {
    rows.iter().filter_map(|r| r[name].as_str()).collect()
}
fn parsed<T: std::str::FromStr + Ord>(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<T> {
    let mut out: Vec<T> = texts.into_iter().filter_map(|t| t.as_ref().parse().ok()).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// What the caller may know of people.
#[derive(Debug, Clone, Copy)]
pub struct Knows {
    pub contacts: bool,
    /// Addresses of colleagues.
    pub mails: bool,
}

impl Desk {
    /// For these rows of our own answers, which the caller was given and so may see.
    pub async fn context(&self, conversations: &[&Value], messages: &[&Value], more: &[&Value]) -> Result<Context, Fault> {
        let knows = Knows { contacts: self.actor.may(Permission::ContactsRead), mails: self.actor.may(Permission::MembersRead) };
        gather(&self.app, self.actor.workspace, knows, conversations, messages, more).await
    }
}

pub async fn gather(
    app: &App,
    workspace: WorkspaceId,
    knows: Knows,
    conversations: &[&Value],
    messages: &[&Value],
    more: &[&Value],
) -> Result<Context, Fault> {
    let (ids, people) = meant(conversations, messages, more);
    let (now, links) = (app.now(), files::links(app, workspace));
    let mut cx = app.db.read(workspace, move |tx| read(tx, &ids, &people, knows, &links, now)).await?;
    (cx.account, cx.base) = (account_of(workspace), app.config.server.public_url.clone());
    cx.numbers = numbers::give(app, workspace, cx.numbered(conversations.iter().chain(messages).chain(more).copied())).await?;
    Ok(cx)
}

/// The same within a transaction that writes, which gives numbers too.
pub fn gather_in(
    tx: &mut Tx<'_>,
    t: &Teller<'_>,
    conversations: &[&Value],
    messages: &[&Value],
    more: &[&Value],
) -> kernel::Result<Context> {
    let (ids, people) = meant(conversations, messages, more);
    let mut cx = read(tx, &ids, &people, t.knows, t.links, t.now)?;
    (cx.account, cx.base) = (t.account.number, t.account.base.clone());
    cx.numbers = numbers::give_in(tx, cx.numbered(conversations.iter().chain(messages).chain(more).copied()))?;
    Ok(cx)
}

fn meant(conversations: &[&Value], messages: &[&Value], more: &[&Value]) -> (Vec<ConversationId>, Vec<ContactId>) {
    let people = texts(conversations, "contact_id").into_iter().chain(texts(messages, "sender_id")).chain(texts(more, "id"));
    (parsed(texts(conversations, "id")), parsed(people))
}

fn read(
    tx: &mut Tx<'_>,
    ids: &[ConversationId],
    people: &[ContactId],
    knows: Knows,
    links: &files::Links,
    now: Millis,
) -> kernel::Result<Context> {
    let mut cx = Context::default();
    if knows.contacts {
        for contact in contacts::find_some(tx, people)? {
            cx.contacts.insert(contact.id.to_string(), tree(&contact)?);
        }
        let named: Vec<String> = people.iter().map(ToString::to_string).collect();
        cx.identifiers = store::names(tx, &named)?;
    }
    for member in people::all_members(tx)? {
        let mut shown = tree(&member)?;
        if !knows.mails {
            shown["email"] = Value::Null;
        }
        cx.members.insert(member.id.to_string(), shown);
    }
    cx.teams = teams::names(tx)?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    for row in channels::list(tx)? {
        cx.inboxes.push(Inbox { id: row.id.to_string(), name: row.name, provider: row.provider, word: row.channel, status: row.status });
    }
    let keys = conversations::last_keys(tx, ids)?;
    for mut message in conversations::messages_whole(tx, &keys)? {
        links.fill_all(&mut message.attachments);
        cx.last.insert(message.conversation_id.to_string(), tree(&message)?);
    }
    for id in ids {
        let Some(seat) = conversations::seat(tx, *id)? else { continue };
        let inbox = cx.inboxes.iter().find(|i| i.id == seat.channel.to_string());
        let Some(descriptor) = inbox.and_then(|i| connectors::channel(&i.provider)).map(|c| c.descriptor()) else { continue };
        if descriptor.window.is_some() {
            let last = conversations::last_inbound(tx, *id)?.map(|m| m.at);
            let until = kernel::policy::window(descriptor, last).and_then(|w| w.open_until.max(w.human_until));
            cx.can_reply.insert(id.to_string(), until.is_some_and(|at| at > now));
        }
    }
    Ok(cx)
}
