//! Lists of conversations by filter, in an order, by key; and how many there are.
//!
//! What costs little is tried first: where the first conditions and the order are an index, it is read in order for a while. Only when
//! too little of that fits, everything is looked through, by the index that holds what filters ask for.
//!
//! Every statement here leaves out what the asker does not see.

use super::model::Conversation;
use super::store::{COLUMNS, JOINS, read};
use crate::filters::{Asker, CONVERSATIONS, Condition, Filter, Operator, Sql, Value};
use crate::teams::Sight;
use db::{Tx, params};
use kernel::message::Priority;
use kernel::time::Millis;
use kernel::{ConversationId, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Activity,
    Created,
    Priority,
    /// Since when the customer waits; leaves out where nobody does.
    Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub sort: Sort,
    pub descending: bool,
}
impl Order {
    /// The newest and the most pressing first.
    pub fn natural(sort: Sort) -> Self {
        Self { sort, descending: sort != Sort::Waiting }
    }
}
impl Default for Order {
    fn default() -> Self {
        Self::natural(Sort::Activity)
    }
}

/// Where a page ended: the values it is ordered by, and the id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position(Sort, i64, i64, ConversationId);

impl Position {
    pub fn of(order: Order, c: &Conversation) -> Self {
        let (first, second) = match order.sort {
            Sort::Activity => (c.last_message_at, 0),
            Sort::Created => (c.created_at, 0),
            Sort::Waiting => (c.waiting_since.unwrap_or(0), 0),
            Sort::Priority => (Priority::ALL.iter().position(|p| *p == c.priority).unwrap_or(0) as i64, c.last_message_at),
        };
        Self(order.sort, first, second, c.id)
    }
    /// A cursor belongs to its order.
    pub fn fits(&self, order: Order) -> Result<()> {
        if self.0 == order.sort {
            return Ok(());
        }
        Err(Error::field("cursor", "invalid", "This cursor was not given out by this list. Start without one."))
    }
}

/// What a list is asked for.
pub struct Ask<'a> {
    pub filter: &'a Filter,
    pub asker: &'a Asker,
    /// Only these, if given.
    pub ids: Option<&'a [ConversationId]>,
    pub order: Order,
    pub after: Option<&'a Position>,
    pub limit: i64,
}

/// Rows that are read in order before everything is looked through.
const WINDOW: i64 = 1_500;
/// Holds what filters ask for.
const FACTS: &str = "conversations_facts";
const HERE: &str = "c.deleted_at IS NULL";
/// What a narrowed list hands on to the outer statement.
const INNER: &str = "c.id, c.number, c.external_id, c.channel, c.channel_id, c.provider, c.status, c.bucket, c.priority, c.subject, c.subject_folded, \
    c.contact_id, c.participants, c.last_message_at, c.last_message_preview, c.last_message_direction, c.unread_count, c.message_count, \
    c.assignee_id, c.team_id, c.tags, c.custom_attributes, c.metadata, c.snoozed_until, c.waiting_since, c.resolved_at, c.created_at, \
    c.updated_at, c.previous_id, c.has_files, c.has_failed, c.sub_status_id";

/// One page.
pub fn list(tx: &mut Tx<'_>, ask: &Ask<'_>) -> Result<Vec<Conversation>> {
    if let Some(sql) = tx.dialect().search_prepare() {
        tx.exec(sql, params![])?;
    }
    if let Some(ids) = ask.ids {
        return if ids.is_empty() { Ok(Vec::new()) } else { among(tx, ask, ids) };
    }
    let (first, rest) = keyed(ask.filter, ask.order.sort);
    if rest == Filter::ALL && ask.asker.sight.sees_all() {
        return in_order(tx, ask, &first);
    }
    if ask.order.sort != Sort::Priority {
        let (found, all) = window(tx, ask, &first, &rest)?;
        if all || found.len() as i64 >= ask.limit {
            return Ok(found);
        }
    }
    through_everything(tx, ask)
}

/// How many there are, exactly.
pub fn count(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker) -> Result<i64> {
    let (sql, args) = every(tx, "COUNT(*)", filter, asker)?;
    tx.number(&sql, &args)
}

/// The numbers of all there are, in no order.
pub fn numbers(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker) -> Result<Vec<i64>> {
    let (sql, args) = every(tx, "c.number", filter, asker)?;
    tx.query(&sql, &args, |r| r.get(0))
}

/// The ids of all there are, or of those among some.
pub fn ids(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker, among: Option<&[ConversationId]>) -> Result<Vec<ConversationId>> {
    let Some(some) = among else {
        let (sql, args) = every(tx, "c.id", filter, asker)?;
        return tx.query(&sql, &args, |r| r.get(0));
    };
    if some.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(tx.dialect(), asker);
    let condition = sql.seen(filter);
    let marks: Vec<String> = some.iter().map(|id| sql.bind(*id)).collect();
    let text = format!("SELECT c.id FROM conversations c WHERE {HERE} AND c.id IN ({}) AND {condition}", marks.join(", "));
    tx.query(&text, &sql.args, |r| r.get(0))
}

/// The ids of some of them, in no order.
pub fn some_ids(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker, limit: i64) -> Result<Vec<ConversationId>> {
    let (sql, args) = every(tx, "c.id", filter, asker)?;
    tx.query(&format!("{sql} LIMIT {limit}"), &args, |r| r.get(0))
}

fn every(tx: &mut Tx<'_>, what: &str, filter: &Filter, asker: &Asker) -> Result<(String, Vec<db::Value<'static>>)> {
    if let Some(sql) = tx.dialect().search_prepare() {
        tx.exec(sql, params![])?;
    }
    let mut sql = Sql::new(tx.dialect(), asker);
    let condition = sql.seen(filter);
    // One person's are few, and have an index of their own.
    let hint = if top(filter).iter().any(|c| is(c, "contact_id")) { String::new() } else { tx.dialect().by_index(FACTS) };
    Ok((format!("SELECT {what} FROM conversations c {hint} WHERE {HERE} AND {condition}"), sql.args))
}

/// The column in order, and how its pages go on.
fn keys(sort: Sort) -> (&'static str, &'static str) {
    match sort {
        Sort::Activity => ("c.last_message_at", HERE),
        Sort::Created => ("c.created_at", HERE),
        Sort::Waiting => ("c.waiting_since", "c.deleted_at IS NULL AND c.waiting_since IS NOT NULL"),
        Sort::Priority => ("CASE c.priority WHEN 'urgent' THEN 3 WHEN 'high' THEN 2 WHEN 'normal' THEN 1 ELSE 0 END", HERE),
    }
}

/// ` AND (key, id) < (…)` for the page after a position.
fn beyond(sql: &mut Sql<'_>, ask: &Ask<'_>) -> String {
    let Some(Position(_, first, second, id)) = ask.after else { return String::new() };
    let (column, _) = keys(ask.order.sort);
    let sign = if ask.order.descending { "<" } else { ">" };
    let first = sql.bind(*first);
    if ask.order.sort == Sort::Priority {
        let (second, id) = (sql.bind(*second), sql.bind(*id));
        return format!(" AND ({column}, c.last_message_at, c.id) {sign} ({first}, {second}, {id})");
    }
    let id = sql.bind(*id);
    format!(" AND ({column}, c.id) {sign} ({first}, {id})")
}

fn order_by(order: Order) -> String {
    let (column, _) = keys(order.sort);
    let way = if order.descending { "DESC" } else { "ASC" };
    match order.sort {
        Sort::Priority => format!("{column} {way}, c.last_message_at {way}, c.id {way}"),
        _ => format!("{column} {way}, c.id {way}"),
    }
}

/// The conditions themselves are an index in order.
fn in_order(tx: &mut Tx<'_>, ask: &Ask<'_>, first: &Filter) -> Result<Vec<Conversation>> {
    let mut sql = Sql::new(tx.dialect(), ask.asker);
    let condition = sql.condition(first);
    let beyond = beyond(&mut sql, ask);
    let (_, here) = keys(ask.order.sort);
    let limit = sql.bind(ask.limit);
    let text = format!(
        "SELECT {COLUMNS} FROM conversations c {JOINS} WHERE {here} AND {condition}{beyond} ORDER BY {} LIMIT {limit}",
        order_by(ask.order)
    );
    tx.query(&text, &sql.args, read)
}

/// What fits among the next rows of the index, and whether those were all there are.
fn window(tx: &mut Tx<'_>, ask: &Ask<'_>, first: &Filter, rest: &Filter) -> Result<(Vec<Conversation>, bool)> {
    let (_, here) = keys(ask.order.sort);
    let order = order_by(ask.order);
    let mut sql = Sql::new(tx.dialect(), ask.asker);
    let condition = sql.condition(first);
    let beyond = beyond(&mut sql, ask);
    let inner = format!("FROM conversations c WHERE {here} AND {condition}{beyond} ORDER BY {order} LIMIT {WINDOW}");
    let counted = sql.args.clone();
    let residual = sql.seen(rest);
    let limit = sql.bind(ask.limit);
    let text = format!("SELECT {COLUMNS} FROM (SELECT {INNER} {inner}) c {JOINS} WHERE {residual} ORDER BY {order} LIMIT {limit}");
    let found = tx.query(&text, &sql.args, read)?;
    if found.len() as i64 >= ask.limit {
        return Ok((found, false));
    }
    let seen = tx.number(&format!("SELECT COUNT(*) FROM (SELECT c.id {inner}) c"), &counted)?;
    Ok((found, seen < WINDOW))
}

/// Everything is looked at, and the first of it kept.
fn through_everything(tx: &mut Tx<'_>, ask: &Ask<'_>) -> Result<Vec<Conversation>> {
    let (column, here) = keys(ask.order.sort);
    let mut sql = Sql::new(tx.dialect(), ask.asker);
    let condition = sql.seen(ask.filter);
    let beyond = beyond(&mut sql, ask);
    let limit = sql.bind(ask.limit);
    let hint = tx.dialect().by_index(FACTS);
    // The sum keeps both engines from walking the index in order, which the window has done already.
    let order = order_by(ask.order).replacen(column, &format!("{column} + 0"), 1);
    let text = format!("SELECT c.id FROM conversations c {hint} WHERE {here} AND {condition}{beyond} ORDER BY {order} LIMIT {limit}");
    let ids: Vec<ConversationId> = tx.query(&text, &sql.args, |r| r.get(0))?;
    by_ids(tx, &ids)
}

/// These conversations, in the order given.
fn by_ids(tx: &mut Tx<'_>, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|i| format!("${i}")).collect();
    let args: Vec<db::Value<'_>> = ids.iter().map(db::Value::from).collect();
    let text = format!("SELECT {COLUMNS} FROM conversations c {JOINS} WHERE c.id IN ({})", marks.join(", "));
    let mut rows: HashMap<ConversationId, Conversation> = tx.query(&text, &args, read)?.into_iter().map(|c| (c.id, c)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

fn among(tx: &mut Tx<'_>, ask: &Ask<'_>, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    let mut sql = Sql::new(tx.dialect(), ask.asker);
    let condition = sql.seen(ask.filter);
    let marks: Vec<String> = ids.iter().map(|id| sql.bind(*id)).collect();
    let beyond = beyond(&mut sql, ask);
    let (_, here) = keys(ask.order.sort);
    let limit = sql.bind(ask.limit);
    let text = format!(
        "SELECT {COLUMNS} FROM conversations c {JOINS} WHERE {here} AND c.id IN ({}) AND {condition}{beyond} ORDER BY {} LIMIT {limit}",
        marks.join(", "),
        order_by(ask.order)
    );
    tx.query(&text, &sql.args, read)
}

/// How many of these there are.
pub fn count_among(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker, ids: &[ConversationId]) -> Result<i64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new(tx.dialect(), asker);
    let condition = sql.seen(filter);
    let marks: Vec<String> = ids.iter().map(|id| sql.bind(*id)).collect();
    tx.number(&format!("SELECT COUNT(*) FROM conversations c WHERE {HERE} AND c.id IN ({}) AND {condition}", marks.join(", ")), &sql.args)
}

/// Which of these numbers' conversations it holds for; `ids` are few.
pub fn numbers_among(tx: &mut Tx<'_>, filter: &Filter, asker: &Asker, ids: &[ConversationId]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(tx.dialect(), asker);
    let condition = sql.seen(filter);
    let marks: Vec<String> = ids.iter().map(|id| sql.bind(*id)).collect();
    tx.query(
        &format!("SELECT c.number FROM conversations c WHERE {HERE} AND c.id IN ({}) AND {condition}", marks.join(", ")),
        &sql.args,
        |r| r.get(0),
    )
}

/// The conditions that all have to hold.
fn top(filter: &Filter) -> Vec<&Condition> {
    match filter {
        Filter::Is(c) => vec![c],
        Filter::And(all) => all.iter().flat_map(top).collect(),
        _ => Vec::new(),
    }
}
/// One value in one column.
fn is(c: &Condition, field: &str) -> bool {
    let one = match &c.value {
        Value::Ids(all) => all.len() == 1,
        _ => false,
    };
    c.field.name == field && one && matches!(c.op, Operator::Is | Operator::AnyOf)
}
/// One bucket of the lists, so that an index that begins with it goes on in order.
fn one_bucket(c: &Condition) -> bool {
    let Value::Words(words) = &c.value else { return false };
    let fits = match words.as_slice() {
        [one] => one != "new" && one != "open",
        [a, b] => (a == "new" && b == "open") || (a == "open" && b == "new"),
        _ => false,
    };
    c.field.name == "status" && fits && matches!(c.op, Operator::Is | Operator::AnyOf)
}
fn nobody(c: &Condition) -> bool {
    c.field.name == "assignee" && c.op == Operator::IsEmpty
}
fn unread(c: &Condition) -> bool {
    c.field.name == "unread" && c.value == Value::Flag(true)
}

/// Parts a filter: what one index answers in the order wanted, and the rest.
fn keyed(filter: &Filter, sort: Sort) -> (Filter, Filter) {
    let all = top(filter);
    let mut chosen: Vec<&Condition> = Vec::new();
    if sort == Sort::Activity {
        if let Some(c) = all.iter().find(|c| is(c, "contact_id")) {
            chosen.push(c);
        } else if let Some(bucket) = all.iter().find(|c| one_bucket(c)) {
            chosen.push(bucket);
            let second = |f: &dyn Fn(&Condition) -> bool| all.iter().find(|c| f(c)).copied();
            let second =
                second(&|c| is(c, "assignee") || nobody(c)).or_else(|| second(&|c| is(c, "channel_id"))).or_else(|| second(&unread));
            chosen.extend(second);
        }
    }
    let first = Filter::And(chosen.iter().map(|c| Filter::Is((*c).clone())).collect());
    (first, without(filter, &chosen))
}
/// The filter without some of the conditions that all have to hold.
fn without(filter: &Filter, gone: &[&Condition]) -> Filter {
    match filter {
        Filter::Is(c) if gone.iter().any(|g| std::ptr::eq(*g, c)) => Filter::ALL,
        Filter::And(all) => Filter::And(all.iter().map(|f| without(f, gone)).filter(|f| *f != Filter::ALL).collect()),
        other => other.clone(),
    }
}

/// The filter for one person's conversations.
pub fn of_contact(id: kernel::ContactId) -> Result<Filter> {
    Filter::condition(&CONVERSATIONS, "contact_id", Operator::Is, Value::Ids(vec![crate::filters::Who::id(id)]))
}

/// Those of them on one channel.
pub fn of_contact_on(id: kernel::ContactId, channel: kernel::ChannelId) -> Result<Filter> {
    let on = Filter::condition(&CONVERSATIONS, "channel_id", Operator::Is, Value::Ids(vec![crate::filters::Who::id(channel)]))?;
    Ok(of_contact(id)?.and(on))
}

/// Those of them that are still to be dealt with.
pub fn open_of_contact(id: kernel::ContactId) -> Result<Filter> {
    let words = ["new", "open", "pending", "snoozed"].map(str::to_owned).to_vec();
    Ok(of_contact(id)?.and(Filter::condition(&CONVERSATIONS, "status", Operator::AnyOf, Value::Words(words))?))
}

/// Whoever acts, where neither the clock nor the zone matters much.
pub fn asked_by(tx: &mut Tx<'_>, actor: &kernel::Actor, now: Millis) -> Result<Asker> {
    Ok(seeing(Sight::of(tx, actor)?, actor.member(), now))
}
/// Whoever sees this.
pub fn seeing(sight: Sight, me: Option<kernel::MemberId>, now: Millis) -> Asker {
    Asker { me, now, zone: jiff::tz::TimeZone::UTC, sight }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filters::parse;
    use serde_json::json;

    fn split(filter: serde_json::Value, sort: Sort) -> (usize, bool) {
        let filter = parse(&CONVERSATIONS, &filter, "filter").unwrap();
        let (first, rest) = keyed(&filter, sort);
        (top(&first).len(), rest == Filter::ALL)
    }

    #[test]
    fn what_one_index_answers_is_not_asked_twice() {
        let open = json!({ "field": "status", "op": "any_of", "value": ["open", "new"] });
        let mine = json!({ "field": "assignee", "op": "is", "value": "me" });
        let high = json!({ "field": "priority", "op": "is", "value": "high" });
        assert_eq!(split(json!({}), Sort::Activity), (0, true));
        assert_eq!(split(json!({ "and": [open, mine] }), Sort::Activity), (2, true));
        assert_eq!(split(json!({ "and": [open, mine, high] }), Sort::Activity), (2, false));
        assert_eq!(split(json!({ "and": [open, mine] }), Sort::Created), (0, false));
        assert_eq!(split(json!({ "or": [open, mine] }), Sort::Activity), (0, false));
        assert_eq!(split(json!({ "and": [{ "and": [mine, open] }] }), Sort::Activity), (2, true));
        // Only one of the two that share a bucket.
        assert_eq!(split(json!({ "field": "status", "op": "is", "value": "new" }), Sort::Activity), (0, false));
    }
}
