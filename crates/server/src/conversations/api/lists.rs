//! Lists of conversations: by the simple words of a query string, or by a filter.

use super::id_of;
use crate::app::App;
use crate::conversations::listing::{self, Ask, Order, Position, Sort};
use crate::conversations::model::Conversation;
use crate::filters::{self, Asker, CONVERSATIONS, Filter, Operator, Value, Who};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Query};
use crate::people;
use crate::search::{self, Holding};
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use db::Tx;
use kernel::actor::Permission::ConversationsRead;
use kernel::message::{ChannelWord, Status};
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, ChannelId, ContactId, ConversationId, Error, MemberId, Result, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// Statuses, comma separated; `open` stands for new and open, `all` for everything. Without it: all but spam and archived.
    status: Option<String>,
    /// Kind of channel, e.g. `email`.
    channel: Option<String>,
    channel_id: Option<String>,
    /// `me`, `none`, or a member's id.
    assignee: Option<String>,
    /// `none`, or a team's id.
    team: Option<String>,
    unread: Option<bool>,
    tag: Option<String>,
    /// Words in its messages.
    text: Option<String>,
    contact_id: Option<String>,
    /// Only those the caller takes part in.
    following: Option<bool>,
    /// A filter as JSON (see `/filters/fields`), on top of the others. With it, nothing is left out unless `status` is given.
    filter: Option<String>,
    /// `activity` (default), `created`, `priority` or `waiting`. Also `newest` and `oldest`, which are `activity` in either order.
    sort: Option<String>,
    /// `desc` or `asc`. Without it: the newest, the most pressing, the longest waiting first.
    order: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What the words of the query string ask for, as a filter.
fn simple(q: &ConversationQuery) -> Result<Filter> {
    let condition = |field: &str, op: Operator, value: Value| Filter::condition(&CONVERSATIONS, field, op, value);
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    let mut all = Filter::ALL;
    match given(&q.status).as_deref() {
        None if q.filter.is_some() => {}
        None => {
            let usual = ["new", "open", "pending", "snoozed", "resolved"].map(str::to_owned).to_vec();
            all = all.and(condition("status", Operator::AnyOf, Value::Words(usual))?);
        }
        Some("all") => {}
        Some(list) => {
            let mut words = Vec::new();
            for word in list.split(',').map(str::trim) {
                let status = Status::parse(word).ok_or_else(|| {
                    Error::field(
                        "status",
                        "not_an_option",
                        format!("`{word}` is no status. Choose from: new, open, pending, snoozed, resolved, archived, spam, all."),
                    )
                })?;
                words.push(status.as_str().to_owned());
                // New ones are open ones.
                if status == Status::Open {
                    words.push(Status::New.as_str().to_owned());
                }
            }
            words.sort();
            words.dedup();
            all = all.and(condition("status", Operator::AnyOf, Value::Words(words))?);
        }
    }
    if let Some(word) = given(&q.channel) {
        let known = ChannelWord::parse(&word)
            .ok_or_else(|| Error::field("channel", "not_an_option", format!("`{word}` is no kind of channel.")))?;
        all = all.and(condition("channel", Operator::Is, Value::Words(vec![known.as_str().to_owned()]))?);
    }
    if let Some(id) = given(&q.channel_id) {
        all = all.and(condition("channel_id", Operator::Is, Value::Ids(vec![Who::id(id_of::<ChannelId>("channel_id", &id)?)]))?);
    }
    if let Some(id) = given(&q.contact_id) {
        all = all.and(condition("contact_id", Operator::Is, Value::Ids(vec![Who::id(id_of::<ContactId>("contact_id", &id)?)]))?);
    }
    let assignee = match given(&q.assignee).as_deref() {
        None => None,
        Some("none") => Some((Operator::IsEmpty, Value::None)),
        Some("me") => Some((Operator::Is, Value::Ids(vec![Who::Me]))),
        Some(id) => Some((Operator::Is, Value::Ids(vec![Who::id(id_of::<MemberId>("assignee", id)?)]))),
    };
    if let Some((op, value)) = assignee {
        all = all.and(condition("assignee", op, value)?);
    }
    let team = match given(&q.team).as_deref() {
        None => None,
        Some("none") => Some((Operator::IsEmpty, Value::None)),
        Some(id) => Some((Operator::Is, Value::Ids(vec![Who::id(id_of::<TeamId>("team", id)?)]))),
    };
    if let Some((op, value)) = team {
        all = all.and(condition("team", op, value)?);
    }
    if q.following == Some(true) {
        all = all.and(condition("follower", Operator::Is, Value::Ids(vec![Who::Me]))?);
    }
    if q.unread == Some(true) {
        all = all.and(condition("unread", Operator::Is, Value::Flag(true))?);
    }
    if let Some(tag) = given(&q.tag) {
        all = all.and(condition("tags", Operator::AnyOf, Value::Words(vec![tag]))?);
    }
    match &q.filter {
        Some(text) => Ok(all.and(filters::parse_text(&CONVERSATIONS, text, "filter")?)),
        None => Ok(all),
    }
}

fn order(sort: Option<&str>, order: Option<&str>) -> Result<Order> {
    let mut asked = match sort {
        None | Some("activity" | "newest") => Order::natural(Sort::Activity),
        Some("oldest") => Order { sort: Sort::Activity, descending: false },
        Some("created") => Order::natural(Sort::Created),
        Some("priority") => Order::natural(Sort::Priority),
        Some("waiting") => Order::natural(Sort::Waiting),
        Some(_) => {
            return Err(Error::field("sort", "not_an_option", "Choose one of: activity, created, priority, waiting, newest, oldest."));
        }
    };
    match order {
        None => {}
        Some("desc") => asked.descending = true,
        Some("asc") => asked.descending = false,
        Some(_) => return Err(Error::field("order", "not_an_option", "Choose one of: desc, asc.")),
    }
    Ok(asked)
}

/// Who is about to ask, and by which clock.
pub struct Asking {
    actor: Actor,
    now: Millis,
    zone: jiff::tz::TimeZone,
}
pub async fn asking(app: &App, actor: &Actor) -> Result<Asking> {
    let info = people::workspace(app, actor.workspace).await?;
    Ok(Asking { actor: actor.clone(), now: app.now(), zone: filters::zone(&info.time_zone) })
}
impl Asking {
    /// With what they see at this moment.
    pub fn asker(&self, tx: &mut Tx<'_>) -> Result<Asker> {
        Ok(Asker { me: self.actor.member(), now: self.now, zone: self.zone.clone(), sight: Sight::of(tx, &self.actor)? })
    }
}

/// A filter, with the words that messages of the conversation must hold.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub filter: Filter,
    pub text: Option<String>,
}
/// Conversations that a full-text search gives to a list.
const MOST_FOUND: usize = 500;

impl Chosen {
    pub fn new(filter: Filter, text: Option<&str>) -> Self {
        Self { filter, text: text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned) }
    }
    /// What the words leave of what is seen, when there are some; as far as one request looks.
    pub fn holding(&self, tx: &mut Tx<'_>, asker: &Asker) -> Result<Option<Holding>> {
        self.text.as_deref().map(|text| search::conversations(tx, &asker.sight, text, MOST_FOUND)).transpose()
    }
    /// The same to the end.
    pub fn all_holding(&self, tx: &mut Tx<'_>, asker: &Asker) -> Result<Option<Vec<ConversationId>>> {
        self.text.as_deref().map(|text| search::all_conversations(tx, &asker.sight, text)).transpose()
    }
}

async fn page_of(app: &App, actor: &Actor, chosen: Chosen, order: Order, limit: i64, cursor: Option<&str>) -> Result<Page<Conversation>> {
    people::need_feature(app, actor, "unified_inbox").await?;
    let after: Option<Position> = cursor.map(page::decode).transpose()?;
    after.as_ref().map(|a| a.fits(order)).transpose()?;
    let asking = asking(app, actor).await?;
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            let asker = asking.asker(tx)?;
            let ids = chosen.holding(tx, &asker)?.map(|h| h.ids);
            let (ids, after) = (ids.as_deref(), after.as_ref());
            listing::list(tx, &Ask { filter: &chosen.filter, asker: &asker, ids, order, after, limit: limit + 1 })
        })
        .await?;
    Ok(Page::cut(rows, limit, |c| Position::of(order, c)))
}

/// The list of the inbox, most recent first.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(ConversationQuery), responses((status = 200, body = Page<Conversation>)))]
pub(super) async fn list_conversations(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ConversationQuery>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let limit = page::limit(q.limit)?;
    let order = order(q.sort.as_deref(), q.order.as_deref())?;
    let chosen = Chosen::new(simple(&q)?, q.text.as_deref());
    Ok(Json(page_of(&app, actor, chosen, order, limit, q.cursor.as_deref()).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct ConversationSearch {
    /// A filter (see `/filters/fields`); without it everything.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    filter: Tree,
    /// Words in its messages.
    text: Option<String>,
    /// `activity` (default), `created`, `priority` or `waiting`.
    sort: Option<String>,
    /// `desc` or `asc`.
    order: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The same list, asked for with a body: for filters too long for an address.
#[utoipa::path(post, path = "/conversations/search", tag = "conversations", request_body = ConversationSearch, responses((status = 200, body = Page<Conversation>)))]
pub(super) async fn search_conversations(
    State(app): State<App>,
    caller: Caller,
    Body(b): Body<ConversationSearch>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let limit = page::limit(b.limit)?;
    let order = order(b.sort.as_deref(), b.order.as_deref())?;
    let chosen = Chosen::new(filters::parse(&CONVERSATIONS, &b.filter, "filter")?, b.text.as_deref());
    Ok(Json(page_of(&app, actor, chosen, order, limit, b.cursor.as_deref()).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct CountBody {
    /// A filter (see `/filters/fields`); without it everything.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    filter: Tree,
    /// Words in its messages.
    text: Option<String>,
}
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationCount {
    count: i64,
    /// False where words were asked for and more conversations hold them than are looked at.
    exact: bool,
}

/// How many conversations there are.
#[utoipa::path(post, path = "/conversations/count", tag = "conversations", request_body = CountBody, responses((status = 200, body = ConversationCount)))]
pub(super) async fn count_conversations(
    State(app): State<App>,
    caller: Caller,
    Body(b): Body<CountBody>,
) -> Result<Json<ConversationCount>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    people::need_feature(&app, actor, "unified_inbox").await?;
    let chosen = Chosen::new(filters::parse(&CONVERSATIONS, &b.filter, "filter")?, b.text.as_deref());
    let asking = asking(&app, actor).await?;
    let counted = app
        .db
        .read(actor.workspace, move |tx| {
            let asker = asking.asker(tx)?;
            match chosen.holding(tx, &asker)? {
                None => Ok(ConversationCount { count: listing::count(tx, &chosen.filter, &asker)?, exact: true }),
                Some(found) => {
                    let count = listing::count_among(tx, &chosen.filter, &asker, &found.ids)?;
                    Ok(ConversationCount { count, exact: !found.cut })
                }
            }
        })
        .await?;
    Ok(Json(counted))
}
