//! Finding messages, newest first, page by page. The index answers for words; what conversations are in (tag, status …) is asked of the
//! rows that the index gives, or, where few conversations are meant at all, the other way round. What the asker does not see is never
//! found, and leaves no gap.

use super::ask::{Ask, Term};
use crate::conversations::{self, Message};
use crate::filters::{Asker, Filter, Sql};
use crate::teams::Sight;
use db::{SearchWord, Tx, params};
use kernel::fold::{holds_phrase, line};
use kernel::{ConversationId, Result};
use std::collections::HashSet;

/// Keys looked at in one step, and how many steps one request takes.
const STEP: i64 = 400;
const MOST_STEPS: usize = 30;
/// So few conversations are looked through from their own side.
const FEW: usize = 300;

/// What is looked for, ready to be asked of the database.
pub struct Search<'a> {
    pub ask: &'a Ask,
    pub filter: &'a Filter,
    pub asker: &'a Asker,
    /// Keys from the first on, before the second.
    pub keys: (i64, i64),
}

/// Keys of messages, newest first, and where to go on; `None`: there are no more.
pub struct Found {
    pub keys: Vec<i64>,
    pub next: Option<i64>,
}

pub fn find(tx: &mut Tx<'_>, s: &Search<'_>, before: i64, limit: usize) -> Result<Found> {
    if let Some(sql) = tx.dialect().search_prepare() {
        tx.exec(sql, params![])?;
    }
    let everything = *s.filter == Filter::ALL && s.asker.sight.sees_all();
    let bare = everything && s.ask.phrases.is_empty() && s.ask.not_phrases.is_empty();
    // Where nothing but words is asked, the index has the whole answer.
    if bare && !s.ask.must.is_empty() {
        let mut keys = by_words(tx, s, before.min(s.keys.1), limit as i64 + 1)?;
        let next = (keys.len() > limit).then(|| keys[limit - 1]);
        keys.truncate(limit);
        return Ok(Found { keys, next });
    }
    let few = if everything { None } else { few(tx, s)? };
    let mut out = Vec::new();
    let mut at = before.min(s.keys.1);
    for _ in 0..MOST_STEPS {
        let step = match (&few, s.ask.must.is_empty()) {
            (Some(own), _) => of_conversations(tx, own, s.keys.0, at)?,
            (None, true) => newest(tx, s.keys.0, at)?,
            (None, false) => by_words(tx, s, at, STEP)?,
        };
        let Some(last) = step.last().copied() else { return Ok(Found { keys: out, next: None }) };
        let fits = if few.is_some() { by_words_among(tx, s, &step)? } else { step.clone() };
        for key in held(tx, s, &fits)? {
            if out.len() == limit {
                let next = out.last().copied();
                return Ok(Found { keys: out, next });
            }
            out.push(key);
        }
        at = last;
        if (step.len() as i64) < STEP {
            return Ok(Found { keys: out, next: None });
        }
    }
    // Enough for one request: the next one goes on from here.
    Ok(Found { keys: out, next: Some(at) })
}

fn words<'a>(terms: &'a [Term], beginnings: bool) -> Vec<SearchWord<'a>> {
    terms.iter().map(|t| if t.beginning && beginnings { SearchWord::Beginning(&t.word) } else { SearchWord::Whole(&t.word) }).collect()
}

/// Keys of messages with all the words, newest first.
fn by_words(tx: &mut Tx<'_>, s: &Search<'_>, before: i64, limit: i64) -> Result<Vec<i64>> {
    let dialect = tx.dialect();
    let never = words(&s.ask.never, true);
    let asked = |tx: &mut Tx<'_>, beginnings: bool| {
        let query = dialect.search_query(&words(&s.ask.must, beginnings), &never);
        let keys: Vec<i64> = tx.query(dialect.search_keys(), params![query, before, limit], |r| r.get(0))?;
        Ok::<_, kernel::Error>(keys.into_iter().take_while(|k| *k >= s.keys.0).collect::<Vec<_>>())
    };
    if s.ask.must.iter().any(|t| t.beginning) {
        // A page full of the whole word is what was looked for. Beginnings of words cost a walk over everything that starts so.
        let whole = asked(tx, false)?;
        if whole.len() as i64 >= limit {
            return Ok(whole);
        }
    }
    asked(tx, true)
}

/// Which of these keys have all the words and none of those that must not be there.
fn by_words_among(tx: &mut Tx<'_>, s: &Search<'_>, keys: &[i64]) -> Result<Vec<i64>> {
    if keys.is_empty() || (s.ask.must.is_empty() && s.ask.never.is_empty()) {
        return Ok(keys.to_vec());
    }
    let dialect = tx.dialect();
    let list: Vec<String> = keys.iter().map(i64::to_string).collect();
    let sql = dialect.search_among(&list.join(", "));
    let mut out = keys.to_vec();
    if !s.ask.must.is_empty() {
        let query = dialect.search_query(&words(&s.ask.must, true), &[]);
        let held: HashSet<i64> = tx.query(&sql, params![query], |r| r.get(0))?.into_iter().collect();
        out.retain(|k| held.contains(k));
    }
    for term in words(&s.ask.never, true) {
        let held: HashSet<i64> = tx.query(&sql, params![dialect.search_query(&[term], &[])], |r| r.get(0))?.into_iter().collect();
        out.retain(|k| !held.contains(k));
    }
    Ok(out)
}

/// The conversations meant, if they are few.
fn few(tx: &mut Tx<'_>, s: &Search<'_>) -> Result<Option<Vec<ConversationId>>> {
    let some = conversations::some_ids(tx, s.filter, s.asker, FEW as i64 + 1)?;
    Ok((some.len() <= FEW).then_some(some))
}
fn of_conversations(tx: &mut Tx<'_>, own: &[ConversationId], from: i64, before: i64) -> Result<Vec<i64>> {
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (4..own.len() + 4).map(|i| format!("${i}")).collect();
    let mut args: Vec<db::Value<'_>> = vec![from.into(), before.into(), STEP.into()];
    args.extend(own.iter().map(db::Value::from));
    let sql = format!(
        "SELECT key FROM messages WHERE conversation_id IN ({}) AND key >= $1 AND key < $2 AND deleted_at IS NULL ORDER BY key DESC LIMIT $3",
        marks.join(", ")
    );
    tx.query(&sql, &args, |r| r.get(0))
}
fn newest(tx: &mut Tx<'_>, from: i64, before: i64) -> Result<Vec<i64>> {
    tx.query(
        "SELECT key FROM messages WHERE key >= $1 AND key < $2 AND deleted_at IS NULL ORDER BY key DESC LIMIT $3",
        params![from, before, STEP],
        |r| r.get(0),
    )
}

/// Which of these stand in conversations that the filter holds and the asker sees, and have the phrases.
fn held(tx: &mut Tx<'_>, s: &Search<'_>, keys: &[i64]) -> Result<Vec<i64>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(tx.dialect(), s.asker);
    let condition = sql.seen(s.filter);
    let list: Vec<String> = keys.iter().map(i64::to_string).collect();
    let text = format!(
        "SELECT m.key FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.key IN ({}) AND m.deleted_at IS NULL \
         AND c.deleted_at IS NULL AND {condition} ORDER BY m.key DESC",
        list.join(", ")
    );
    let mut out: Vec<i64> = tx.query(&text, &sql.args, |r| r.get(0))?;
    // Without words, what must not be there has not been asked of the index yet.
    if s.ask.must.is_empty() {
        out = by_words_among(tx, s, &out)?;
    }
    if s.ask.phrases.is_empty() && s.ask.not_phrases.is_empty() {
        return Ok(out);
    }
    let messages = conversations::messages_whole(tx, &out)?;
    Ok(messages.iter().filter(|m| has_phrases(m, s.ask)).map(|m| m.key).collect())
}

/// The texts of a message in which phrases are looked for, each for itself.
pub fn texts(m: &Message) -> Vec<&str> {
    let own = [m.subject.as_deref(), m.stripped_text.as_deref().or(Some(&m.text)), m.sender_name.as_deref(), m.from.as_deref()];
    let people = m.to.iter().chain(&m.cc).flat_map(|a| [a.name.as_deref(), Some(a.address.as_str())]);
    own.into_iter().chain(people).flatten().chain(m.attachments.iter().map(|f| f.name.as_str())).collect()
}
fn has_phrases(m: &Message, ask: &Ask) -> bool {
    let lines: Vec<String> = texts(m).into_iter().map(line).collect();
    let has = |phrase: &String| lines.iter().any(|l| holds_phrase(l, phrase));
    ask.phrases.iter().all(has) && !ask.not_phrases.iter().any(has)
}

/// Conversations that are seen and whose messages hold the words, by most recent hit.
pub struct Holding {
    pub ids: Vec<ConversationId>,
    /// There may be more: so far was looked, and no further.
    pub cut: bool,
}

/// Messages looked at in one round, and rounds for one list.
const ROUND: usize = 500;
const MOST_ROUNDS: usize = 4;

/// The first of them, as far as one request looks.
pub fn conversations(tx: &mut Tx<'_>, sight: &Sight, text: &str, limit: usize) -> Result<Holding> {
    holding(tx, sight, text, limit, MOST_ROUNDS)
}
/// All of them, however many messages that takes.
pub fn all_conversations(tx: &mut Tx<'_>, sight: &Sight, text: &str) -> Result<Vec<ConversationId>> {
    Ok(holding(tx, sight, text, usize::MAX, usize::MAX)?.ids)
}

fn holding(tx: &mut Tx<'_>, sight: &Sight, text: &str, limit: usize, rounds: usize) -> Result<Holding> {
    let mut out = Holding { ids: Vec::new(), cut: false };
    let ask = Ask::plain(text);
    if ask.must.is_empty() {
        return Ok(out);
    }
    let asker = conversations::seeing(sight.clone(), None, 0);
    let search = Search { ask: &ask, filter: &Filter::ALL, asker: &asker, keys: (0, i64::MAX) };
    let mut seen: HashSet<ConversationId> = HashSet::new();
    let mut before = i64::MAX;
    for round in 1.. {
        let found = find(tx, &search, before, ROUND)?;
        let list: Vec<String> = found.keys.iter().map(i64::to_string).collect();
        if !list.is_empty() {
            let sql = format!("SELECT conversation_id FROM messages WHERE key IN ({}) ORDER BY key DESC", list.join(", "));
            out.ids.extend(tx.query(&sql, params![], |r| r.get(0))?.into_iter().filter(|id| seen.insert(*id)));
        }
        match found.next {
            Some(next) if out.ids.len() < limit && round < rounds => before = next,
            next => {
                out.cut = next.is_some() || out.ids.len() > limit;
                break;
            }
        }
    }
    out.ids.truncate(limit);
    Ok(out)
}
