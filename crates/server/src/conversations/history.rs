//! A conversation's past for its timeline: the rows of the event log that people want to see, with names in place of ids.

use super::{access, store};
use crate::app::App;
use crate::attributes::{self, AppliesTo};
use crate::{people, sub_statuses, teams};
use db::events;
use kernel::actor::Permission::ConversationsRead;
use kernel::event::Event;
use kernel::time::{Millis, wire};
use kernel::{Actor, ConversationId, MemberId, Result, TagId, TeamId, TokenId};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::str::FromStr;

/// What is shown; reading marks are not.
const KINDS: &[&str] = &[
    "conversation.created",
    "conversation.status_changed",
    "conversation.assigned",
    "conversation.updated",
    "conversation.deleted",
    "conversation.restored",
    "conversation.merged",
    "conversation.unmerged",
    "conversation.split",
    "conversation.messages_moved",
];

/// One change; fields that the change does not concern are null or empty.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// The event's number in the log.
    pub seq: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    /// `conversation.created`, `.status_changed`, `.assigned`, `.updated`, `.deleted`, `.restored`.
    pub kind: String,
    /// `user:mem_…`, `token:tok_…`, `system`.
    pub actor: String,
    /// The member, or whose program it was; null for the product itself and for programs that are gone.
    pub actor_name: Option<String>,
    pub status: Option<String>,
    pub status_before: Option<String>,
    /// Why the product did it: `message`.
    pub because: Option<String>,
    #[schema(format = DateTime)]
    pub snoozed_until: Option<String>,
    /// Null when nobody is assigned any more.
    pub assignee_id: Option<String>,
    pub assignee_name: Option<String>,
    pub assignee_before_id: Option<String>,
    pub assignee_before_name: Option<String>,
    /// How it came to whoever has it: `manual`, `reply`, `channel`, `round_robin`, `load`, `sticky`, `away`.
    pub how: Option<String>,
    /// Null when it belongs to no team any more.
    pub team_id: Option<String>,
    pub team_name: Option<String>,
    pub team_before_id: Option<String>,
    pub team_before_name: Option<String>,
    pub tags_added: Vec<String>,
    pub tags_removed: Vec<String>,
    pub priority: Option<String>,
    /// The other conversation of a merge or a split, and its number.
    pub other_id: Option<String>,
    pub other_number: Option<i64>,
    /// Other fields that were changed: `subject`, `priority`, `custom_attributes`, `metadata`.
    pub changed: Vec<String>,
    /// Names of custom attributes that were changed.
    pub attributes: Vec<String>,
    /// What the status is called more precisely since then, and was before.
    pub sub_status: Option<String>,
    pub sub_status_before: Option<String>,
}

/// Newest first, before the number `before`.
pub async fn of(app: &App, actor: &Actor, id: ConversationId, before: Option<i64>, limit: i64) -> Result<Vec<HistoryEntry>> {
    let who = actor.clone();
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            access(tx, &who, id, ConversationsRead)?;
            let head = events::head(tx)?;
            events::history(tx, head.epoch, id, KINDS, before.unwrap_or(i64::MAX), limit)
        })
        .await?;
    told(app, actor, rows).await
}

/// These events, which the caller may see, in words.
pub async fn told(app: &App, actor: &Actor, rows: Vec<Event>) -> Result<Vec<HistoryEntry>> {
    let tokens: Vec<TokenId> = distinct(rows.iter().filter_map(|e| labelled(&e.actor, "token:")));
    let makers = if tokens.is_empty() { HashMap::new() } else { people::token_makers(app, actor.workspace, tokens).await? };
    app.db
        .read(actor.workspace, move |tx| {
            let members = rows.iter().flat_map(|e| {
                let doer = labelled(&e.actor, "user:").or_else(|| makers.get(&labelled(&e.actor, "token:")?).copied());
                [doer, id_in(&e.payload, "assignee_id"), id_in(&e.payload, "before")].into_iter().flatten()
            });
            let members: HashMap<MemberId, String> = people::names(tx, &distinct(members))?;
            let tags: Vec<TagId> =
                distinct(rows.iter().flat_map(|e| [ids_in(&e.payload, "added"), ids_in(&e.payload, "removed")].concat()));
            let tags = store::tag_names(tx, &tags)?;
            let teams: HashMap<TeamId, String> = teams::names(tx)?;
            let attributes = attributes::list(tx)?;
            let attributes: HashMap<String, String> =
                attributes.into_iter().filter(|d| d.applies_to == AppliesTo::Conversation).map(|d| (d.key, d.name)).collect();
            let subs: HashMap<String, String> = sub_statuses::list(tx)?.into_iter().map(|s| (s.id.to_string(), s.name)).collect();
            let names = Names { attributes: &attributes, subs: &subs, makers: &makers, members: &members, tags: &tags, teams: &teams };
            Ok(rows.iter().map(|e| names.entry(e)).collect())
        })
        .await
}

struct Names<'a> {
    makers: &'a HashMap<TokenId, MemberId>,
    members: &'a HashMap<MemberId, String>,
    tags: &'a HashMap<TagId, String>,
    teams: &'a HashMap<TeamId, String>,
    attributes: &'a HashMap<String, String>,
    subs: &'a HashMap<String, String>,
}

impl Names<'_> {
    fn entry(&self, e: &Event) -> HistoryEntry {
        let text = |name: &str| e.payload[name].as_str().map(str::to_owned);
        let assigned = e.kind == "conversation.assigned";
        let member = |name: &str| id_in::<MemberId>(&e.payload, name).filter(|_| assigned);
        let (to, from) = (member("assignee_id"), member("before"));
        // Of an assignment only what changed is told.
        let (to, from) = if to == from { (None, None) } else { (to, from) };
        let team = |name: &str| id_in::<TeamId>(&e.payload, name).filter(|_| assigned);
        let (team_to, team_from) = (team("team_id"), team("team_before"));
        let (team_to, team_from) = if team_to == team_from { (None, None) } else { (team_to, team_from) };
        let team_name = |id: Option<TeamId>| id.and_then(|id| self.teams.get(&id).cloned());
        let tags = |name: &str| ids_in(&e.payload, name).iter().filter_map(|id| self.tags.get(id).cloned()).collect();
        HistoryEntry {
            seq: e.seq,
            at: e.at,
            kind: e.kind.clone(),
            actor: e.actor.clone(),
            actor_name: self.actor(&e.actor),
            status: text("status"),
            status_before: text("before").filter(|_| !assigned),
            because: text("because"),
            snoozed_until: text("snoozed_until"),
            assignee_id: to.map(|id| id.to_string()),
            assignee_name: to.and_then(|id| self.members.get(&id).cloned()),
            assignee_before_id: from.map(|id| id.to_string()),
            assignee_before_name: from.and_then(|id| self.members.get(&id).cloned()),
            how: text("how").filter(|_| assigned),
            team_id: team_to.map(|id| id.to_string()),
            team_name: team_name(team_to),
            team_before_id: team_from.map(|id| id.to_string()),
            team_before_name: team_name(team_from),
            tags_added: tags("added"),
            tags_removed: tags("removed"),
            priority: text("priority"),
            other_id: text("from").or(text("into")).or(text("other")),
            other_number: e.payload["number"].as_i64().filter(|_| e.kind != "conversation.created"),
            changed: e.payload["changed"].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            attributes: e.payload["attributes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(|key| self.attributes.get(key).cloned().unwrap_or_else(|| key.to_owned()))
                .collect(),
            sub_status: text("sub_status_id").and_then(|id| self.subs.get(&id).cloned()),
            sub_status_before: text("sub_status_before").and_then(|id| self.subs.get(&id).cloned()),
        }
    }

    fn actor(&self, label: &str) -> Option<String> {
        let member = labelled(label, "user:").or_else(|| self.makers.get(&labelled(label, "token:")?).copied())?;
        self.members.get(&member).cloned()
    }
}

fn labelled<T: FromStr>(label: &str, kind: &str) -> Option<T> {
    label.strip_prefix(kind)?.parse().ok()
}
fn id_in<T: FromStr>(payload: &Value, name: &str) -> Option<T> {
    payload[name].as_str()?.parse().ok()
}
fn ids_in(payload: &Value, name: &str) -> Vec<TagId> {
    payload[name].as_array().into_iter().flatten().filter_map(|v| v.as_str()?.parse().ok()).collect()
}
fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = ids.collect();
    all.sort_unstable();
    all.dedup();
    all
}
