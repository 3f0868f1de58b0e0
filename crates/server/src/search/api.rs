//! Searching everything: people first, then messages, newest first.

use super::words::{self, Piece, mark};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Query};
use crate::teams::Sight;
use crate::{contacts, conversations, people};
use axum::Json;
use axum::extract::State;
use db::{Tx, Value, params};
use kernel::actor::Permission;
use kernel::page::{self, Page};
use kernel::time::{Millis, wire_opt};
use kernel::{ConversationId, Result};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// Keys of messages with all these words, newest first, before `before`.
fn keys(tx: &mut Tx<'_>, text: &str, before: i64, limit: i64) -> Result<Vec<i64>> {
    let (words, prefix) = words::query(text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let dialect = tx.dialect();
    if let Some(sql) = dialect.search_prepare() {
        tx.exec(sql, params![])?;
    }
    if prefix {
        // A page full of the whole word is what was looked for. Beginnings of words cost a walk over everything that starts so.
        let whole = tx.query(dialect.search_keys(), params![dialect.search_query(&words, false), before, limit], |r| r.get(0))?;
        if whole.len() as i64 >= limit {
            return Ok(whole);
        }
    }
    let query = dialect.search_query(&words, prefix);
    tx.query(dialect.search_keys(), params![query, before, limit], |r| r.get(0))
}

/// How many hits are looked through for a page of what somebody sees.
const LOOKED_THROUGH: usize = 20;

/// Those of the hits that this sight shows, each with its conversation, newest first.
fn seen(tx: &mut Tx<'_>, sight: &Sight, keys: &[i64]) -> Result<Vec<(i64, ConversationId)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = keys.iter().map(i64::to_string).collect();
    let mut args: Vec<Value<'static>> = Vec::new();
    let visible = sight.and("c", &mut args);
    let sql = match visible.is_empty() {
        true => format!("SELECT m.key, m.conversation_id FROM messages m WHERE m.key IN ({}) ORDER BY m.key DESC", list.join(", ")),
        false => format!(
            "SELECT m.key, m.conversation_id FROM messages m JOIN conversations c ON c.id = m.conversation_id \
             WHERE m.key IN ({}){visible} ORDER BY m.key DESC",
            list.join(", ")
        ),
    };
    tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))
}

/// Conversations whose messages hold the words, by most recent hit; those only that this sight shows.
pub fn conversations(tx: &mut Tx<'_>, sight: &Sight, text: &str, limit: usize) -> Result<Vec<ConversationId>> {
    let mut out: Vec<ConversationId> = Vec::new();
    let mut before = i64::MAX;
    for _ in 0..if sight.sees_all() { 4 } else { LOOKED_THROUGH } {
        let found = keys(tx, text, before, 500)?;
        let Some(last) = found.last() else { break };
        before = *last;
        for (_, id) in seen(tx, sight, &found)? {
            if !out.contains(&id) {
                out.push(id);
            }
        }
        if out.len() >= limit || found.len() < 500 {
            break;
        }
    }
    out.truncate(limit);
    Ok(out)
}

/// One page of hits that this sight shows, and from where to go on: what is hidden must not show as a gap.
fn page_of(tx: &mut Tx<'_>, sight: &Sight, text: &str, before: i64, limit: i64) -> Result<(Vec<i64>, Option<i64>)> {
    if sight.sees_all() {
        let found = keys(tx, text, before, limit + 1)?;
        let more = found.len() as i64 > limit;
        let page: Vec<i64> = found.into_iter().take(limit as usize).collect();
        let next = page.last().copied().filter(|_| more);
        return Ok((page, next));
    }
    let (mut out, mut before) = (Vec::new(), before);
    for _ in 0..LOOKED_THROUGH {
        let found = keys(tx, text, before, 500)?;
        let Some(last) = found.last() else { return Ok((out, None)) };
        before = *last;
        for (key, _) in seen(tx, sight, &found)? {
            if out.len() as i64 == limit {
                let last = out.last().copied();
                return Ok((out, last));
            }
            out.push(key);
        }
        if found.len() < 500 {
            return Ok((out, None));
        }
    }
    Ok((out, Some(before)))
}

/// A look at every contact is fine up to this many.
const FEW: i64 = 2_000;

/// People by name or handle. Where there are many, through the index of messages: whoever has written is found by any word of
/// their name, with or without accents; the contacts page finds the others.
fn people_named(tx: &mut Tx<'_>, text: &str, limit: usize) -> Result<Vec<contacts::Contact>> {
    let some = tx.number("SELECT COUNT(*) FROM (SELECT 1 FROM contacts LIMIT $1) few", params![FEW + 1])?;
    if some <= FEW {
        return contacts::search_people(tx, text, limit as i64);
    }
    let found = keys(tx, text, i64::MAX, 100)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = found.iter().map(i64::to_string).collect();
    let sql = format!(
        "SELECT v.contact_id, MAX(m.key) FROM messages m JOIN conversations v ON v.id = m.conversation_id \
         WHERE m.key IN ({}) AND v.contact_id IS NOT NULL GROUP BY v.contact_id ORDER BY 2 DESC LIMIT 20",
        list.join(", ")
    );
    let (wanted, _) = words::query(text);
    let mut out = Vec::new();
    for id in tx.query(&sql, params![], |r| r.get(0))? {
        let Some(contact) = contacts::find(tx, id)? else { continue };
        let mut own = words::tokens(&contact.name);
        own.extend(contact.company_name.as_deref().map(words::tokens).unwrap_or_default());
        own.extend(contact.handles.iter().flat_map(|h| words::tokens(&h.value)));
        if wanted.iter().all(|w| own.iter().any(|o| o.starts_with(w.as_str()))) {
            out.push(contact);
        }
        if out.len() >= limit {
            break;
        }
    }
    Ok(out)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Hit {
    /// `message` or `contact`.
    pub kind: &'static str,
    pub conversation_id: Option<String>,
    pub message_id: Option<String>,
    pub contact_id: Option<String>,
    pub title: String,
    pub subtitle: String,
    pub snippet: Vec<Piece>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Millis>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    q: String,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// People and messages that hold all the words; the last word may be the beginning of one.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery), responses((status = 200, body = Page<Hit>)))]
async fn search(State(app): State<App>, caller: Caller, Query(q): Query<SearchQuery>) -> Result<Json<Page<Hit>>, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?;
    people::need_feature(&app, actor, "unified_inbox").await?;
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let text = q.q.trim().chars().take(400).collect::<String>();
    let who = actor.clone();
    let may_see_people = actor.may(Permission::ContactsRead);
    let hits = app
        .db
        .read(actor.workspace, move |tx| {
            let mut out = Vec::new();
            if before.is_none() && may_see_people && !text.is_empty() {
                out.extend(people_named(tx, &text, 5)?.into_iter().map(person));
            }
            let sight = Sight::of(tx, &who)?;
            let (page, next) = page_of(tx, &sight, &text, before.unwrap_or(i64::MAX), limit)?;
            let messages = conversations::messages_by_key(tx, &page)?;
            let next = next.map(|key| page::encode(&key));
            let (words, prefix) = words::query(&text);
            for m in messages {
                let Some(c) = conversations::find(tx, m.conversation_id)? else { continue };
                let shown = m.stripped_text.as_deref().unwrap_or(&m.text);
                out.push(Hit {
                    kind: "message",
                    conversation_id: Some(c.id.to_string()),
                    message_id: Some(m.id.to_string()),
                    contact_id: None,
                    title: c
                        .subject
                        .clone()
                        .or_else(|| c.contact.as_ref().map(|p| p.name.clone()))
                        .unwrap_or_else(|| format!("#{}", c.number)),
                    subtitle: m.sender_name.clone().or(m.from.clone()).unwrap_or_default(),
                    snippet: mark(shown, &words, prefix),
                    at: Some(m.sent_at.unwrap_or(m.created_at)),
                });
            }
            Ok(Page { data: out, next_cursor: next })
        })
        .await?;
    Ok(Json(hits))
}

fn person(c: contacts::Contact) -> Hit {
    let reach: Vec<&str> = c.handles.iter().filter(|h| h.scope.is_empty()).map(|h| h.value.as_str()).take(2).collect();
    Hit {
        kind: "contact",
        conversation_id: None,
        message_id: None,
        contact_id: Some(c.id.to_string()),
        subtitle: reach.join(" · "),
        title: c.name,
        snippet: Vec::new(),
        at: c.last_contact_at,
    }
}
