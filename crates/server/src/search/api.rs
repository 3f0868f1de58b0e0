//! Searching everything: people and tags first, then messages, newest or best first.

use super::ask::{Ask, MOST, Names};
use super::find::{Search, find};
use super::rank;
use super::words::{Piece, mark};
use crate::app::App;
use crate::conversations::asking;
use crate::filters::Asker;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Query};
use crate::{channels, contacts, conversations, people};
use axum::Json;
use axum::extract::State;
use db::Tx;
use kernel::actor::Permission;
use kernel::page::{self, Page};
use kernel::time::{Millis, wire_opt};
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Hit {
    /// `message`, `contact` or `tag`.
    pub kind: &'static str,
    pub conversation_id: Option<String>,
    pub message_id: Option<String>,
    pub contact_id: Option<String>,
    pub title: String,
    /// The title with what was found in it.
    pub title_pieces: Vec<Piece>,
    pub subtitle: String,
    pub snippet: Vec<Piece>,
    /// The name of the file that was found, with what was found in it.
    pub file: Vec<Piece>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Millis>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, "phrases", `-words`, and operators: `from:` `to:` `subject:` `file:` `in:` (a channel) `tag:` `status:` `assignee:` (`me`,
    /// `none`, a name) `before:` `after:` (2026-11-21, today, -3d) `has:` (`attachment`, `note`). All must hold.
    q: String,
    /// `newest` (default) or `relevance`, which weighs the newest few hundred.
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Where a page ended: for the newest first a key, for the best first how many were shown of those before a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Place {
    Before(i64),
    Best(i64, usize),
}

/// People, tags and messages that hold everything that is asked for; the last word may be the beginning of one.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery), responses((status = 200, body = Page<Hit>)))]
async fn search(State(app): State<App>, caller: Caller, Query(q): Query<SearchQuery>) -> Result<Json<Page<Hit>>, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?;
    people::need_feature(&app, actor, "unified_inbox").await?;
    let limit = page::limit(q.limit)? as usize;
    let best = match q.sort.as_deref() {
        None | Some("newest") => false,
        Some("relevance") => true,
        Some(_) => return Err(Error::field("sort", "not_an_option", "Choose one of: newest, relevance.").into()),
    };
    let place: Option<Place> = q.cursor.as_deref().map(page::decode).transpose()?;
    let text = q.q.trim_start().chars().take(MOST).collect::<String>();
    let may_see_people = actor.may(Permission::ContactsRead);
    let asking = asking(&app, actor).await?;
    let hits = app
        .db
        .read(actor.workspace, move |tx| {
            let (ask, asker) = (Ask::parse(&text), asking.asker(tx)?);
            let mut out = Vec::new();
            if place.is_none() && ask.is_plain() {
                out.extend(tags(tx, &ask)?);
                if may_see_people {
                    out.extend(contacts::search_people(tx, &text, 5)?.into_iter().map(|c| person(c, &ask)));
                }
            }
            let (found, next) = messages(tx, &ask, &asker, best, place, limit)?;
            for m in found {
                out.extend(message(tx, &m, &ask)?);
            }
            Ok(Page { data: out, next_cursor: next.as_ref().map(page::encode) })
        })
        .await?;
    Ok(Json(hits))
}

/// One page of messages, and where the next one begins.
fn messages(
    tx: &mut Tx<'_>,
    ask: &Ask,
    asker: &Asker,
    best: bool,
    place: Option<Place>,
    limit: usize,
) -> Result<(Vec<conversations::Message>, Option<Place>)> {
    let names =
        Names { members: people::names_of_members(tx)?, channels: channels::list(tx)?.into_iter().map(|c| (c.id, c.name)).collect() };
    let Some(filter) = ask.filter(&names).filter(|_| !ask.is_empty()) else { return Ok((Vec::new(), None)) };
    let search = Search { ask, filter: &filter, asker, keys: ask.keys(asker.now, &asker.zone, conversations::KEYS_PER_MS) };
    if !best {
        let before = match place {
            Some(Place::Before(key) | Place::Best(key, _)) => key,
            None => i64::MAX,
        };
        let found = find(tx, &search, before, limit)?;
        return Ok((conversations::messages_whole(tx, &found.keys)?, found.next.map(Place::Before)));
    }
    // What arrives while one turns the pages does not move them.
    let (top, from) = match place {
        Some(Place::Best(key, n)) => (key, n),
        Some(Place::Before(key)) => (key, 0),
        None => (i64::MAX, 0),
    };
    let found = find(tx, &search, top, rank::CANDIDATES)?;
    let mut all = conversations::messages_whole(tx, &found.keys)?;
    let mut scored: Vec<(f64, conversations::Message)> = all.drain(..).map(|m| (rank::score(&m, ask, asker.now), m)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.key.cmp(&a.1.key)));
    let top = if top == i64::MAX { found.keys.first().map_or(top, |k| k + 1) } else { top };
    let more = scored.len() > from + limit;
    let page = scored.into_iter().skip(from).take(limit).map(|(_, m)| m).collect();
    Ok((page, more.then_some(Place::Best(top, from + limit))))
}

/// A message as a hit; nothing where its conversation is gone.
fn message(tx: &mut Tx<'_>, m: &conversations::Message, ask: &Ask) -> Result<Option<Hit>> {
    let Some(c) = conversations::find(tx, m.conversation_id)? else { return Ok(None) };
    let shown = m.stripped_text.as_deref().unwrap_or(&m.text);
    let (words, prefix) = (ask.shown.as_slice(), ask.last_is_beginning);
    let title = c.subject.clone().or_else(|| c.contact.as_ref().map(|p| p.name.clone())).unwrap_or_else(|| format!("#{}", c.number));
    let marked = |text: &str| mark(text, words, prefix);
    let file = m.attachments.iter().map(|f| marked(&f.name)).find(|pieces| pieces.iter().any(|p| p.mark)).unwrap_or_default();
    Ok(Some(Hit {
        kind: "message",
        conversation_id: Some(c.id.to_string()),
        message_id: Some(m.id.to_string()),
        contact_id: None,
        title_pieces: marked(&title),
        title,
        subtitle: m.sender_name.clone().or(m.from.clone()).unwrap_or_default(),
        snippet: marked(shown),
        file,
        at: Some(m.sent_at.unwrap_or(m.created_at)),
    }))
}

/// Tags that begin with the words.
fn tags(tx: &mut Tx<'_>, ask: &Ask) -> Result<Vec<Hit>> {
    let names = conversations::tag_names_like(tx, &ask.shown, 3)?;
    let hit = |name: String| Hit {
        kind: "tag",
        conversation_id: None,
        message_id: None,
        contact_id: None,
        title_pieces: mark(&name, &ask.shown, true),
        title: name,
        subtitle: String::new(),
        snippet: Vec::new(),
        file: Vec::new(),
        at: None,
    };
    Ok(names.into_iter().map(hit).collect())
}

fn person(c: contacts::Contact, ask: &Ask) -> Hit {
    let reach: Vec<&str> = c.handles.iter().filter(|h| h.scope.is_empty()).map(|h| h.value.as_str()).take(2).collect();
    Hit {
        kind: "contact",
        conversation_id: None,
        message_id: None,
        contact_id: Some(c.id.to_string()),
        subtitle: reach.join(" · "),
        title_pieces: mark(&c.name, &ask.shown, true),
        title: c.name,
        snippet: Vec::new(),
        file: Vec::new(),
        at: c.last_contact_at,
    }
}
