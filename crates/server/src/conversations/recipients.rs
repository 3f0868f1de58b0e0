//! Who gets an answer on a channel that addresses several people: everybody the mail went to, or only whoever wrote it. Our own
//! addresses are nobody's. The composer works out the same while it is being written; `recipients.cases.json` holds both to it.

use super::model::{Conversation, Message, Recipients};
use super::store;
use crate::channels::Entry;
use db::{Tx, params};
use kernel::Result;
use kernel::message::{Address, Direction, MessageStatus};
use serde::Serialize;

/// Both ways to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Answering {
    /// Whoever wrote last and is known, nobody else.
    pub sender: RecipientList,
    /// Everybody that mail and our answers to it were addressed to: what happens unless the writer says otherwise.
    pub all: RecipientList,
}
/// Like the columns of a mail, all of them there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RecipientList {
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
}
impl From<RecipientList> for Recipients {
    fn from(r: RecipientList) -> Self {
        Self { to: r.to, cc: r.cc, bcc: Vec::new() }
    }
}

/// What of a message matters here.
#[derive(Debug, Clone)]
pub struct Said {
    pub inbound: bool,
    /// A person of this conversation wrote it: no stranger who quoted a message id of ours.
    pub proved: bool,
    pub from: Option<Address>,
    pub reply_to: Option<String>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
}
impl Said {
    /// Notes, what was taken back and what goes on with somebody else say nothing about whom to answer.
    fn of(m: Message) -> Option<Self> {
        if m.is_note || m.status == MessageStatus::Cancelled || m.aside_id.is_some() {
            return None;
        }
        Some(Self {
            inbound: m.direction == Direction::Inbound,
            proved: m.verified_sender,
            reply_to: m.metadata.get("reply_to").and_then(|v| v.as_str()).map(str::to_owned),
            from: m.from.map(|address| Address { name: m.sender_name, address }),
            to: m.to,
            cc: m.cc,
        })
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// One of ours: a mailbox, its plus forms, and wherever an answer asked for with a token of ours goes.
pub fn is_own(address: &str, own: &[String]) -> bool {
    let lower = address.trim().to_lowercase();
    let Some((local, domain)) = lower.split_once('@') else { return own.iter().any(|o| same(o, address)) };
    let (name, tag) = local.split_once('+').map_or((local, None), |(n, t)| (n, Some(t)));
    let token = tag.is_some_and(|t| t.len() == 39 && t.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)));
    token
        || own.iter().any(|o| {
            let o = o.trim().to_lowercase();
            let Some((own_local, own_domain)) = o.split_once('@') else { return o == lower };
            o == lower || (tag.is_some() && domain == own_domain && (name == own_local || name == "reply"))
        })
}

fn push(list: &mut Vec<Address>, a: &Address) {
    if !list.iter().any(|b| same(&a.address, &b.address)) {
        list.push(a.clone());
    }
}

/// From the messages of a conversation, oldest first.
pub fn work_out(said: &[Said], participants: &[Address], own: &[String]) -> Answering {
    let others = |list: &[Address]| -> Vec<Address> { list.iter().filter(|a| !is_own(&a.address, own)).cloned().collect() };
    let named = |a: &Address| match &a.name {
        Some(_) => a.clone(),
        None => participants.iter().find(|p| p.name.is_some() && same(&p.address, &a.address)).cloned().unwrap_or_else(|| a.clone()),
    };
    let at = said.iter().rposition(|m| m.inbound && m.proved);
    let mail = at.map(|at| &said[at]);
    let since: Vec<&Said> = said[at.map_or(0, |at| at + 1)..].iter().filter(|m| !m.inbound).collect();

    let reply_to = mail.and_then(|m| m.reply_to.as_deref()).filter(|a| !is_own(a, own)).map(Address::bare);
    let writer = reply_to.or_else(|| mail.and_then(|m| m.from.clone()));
    let to = match writer {
        Some(w) => {
            let known = participants.iter().find(|p| same(&p.address, &w.address)).and_then(|p| p.name.clone());
            vec![Address { name: known.or(w.name), address: w.address }]
        }
        // Nobody has written yet: those we wrote to ourselves.
        None => {
            let before = others(since.last().map_or(&[][..], |m| &m.to));
            if before.is_empty() { others(participants) } else { before }
        }
    };
    let sender = RecipientList { to: to.clone(), cc: Vec::new() };

    let mut all = RecipientList { to, cc: Vec::new() };
    for a in mail.iter().flat_map(|m| &m.to).filter(|a| !is_own(&a.address, own)) {
        push(&mut all.to, &named(a));
    }
    let copies = mail.iter().flat_map(|m| &m.cc).chain(since.iter().flat_map(|m| m.to.iter().chain(&m.cc)));
    for a in copies.filter(|a| !is_own(&a.address, own)) {
        if !all.to.iter().any(|b| same(&a.address, &b.address)) {
            push(&mut all.cc, &named(a));
        }
    }
    Answering { sender, all }
}

/// Every mailbox of this workspace: a mail that went to two of them is not answered to the other one.
fn own_addresses(tx: &mut Tx<'_>, entry: &Entry) -> Result<Vec<String>> {
    let mut all: Vec<String> = tx.query(
        "SELECT account_identifier FROM channels WHERE channel = $1 AND deleted_at IS NULL LIMIT 500",
        params![&entry.word],
        |r| r.get(0),
    )?;
    all.push(entry.account.identifier.clone());
    Ok(all)
}

/// How a conversation can be answered.
pub fn answering(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry) -> Result<Answering> {
    worked_out(tx, c, entry, None)
}
/// How one message of it can be answered: as if nothing had been said since.
pub fn answering_to(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry, m: &Message) -> Result<Answering> {
    worked_out(tx, c, entry, Some(m.key))
}

fn worked_out(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry, up_to: Option<i64>) -> Result<Answering> {
    if !entry.connector.descriptor().capabilities.recipients {
        let one = RecipientList { to: c.participants.iter().take(1).cloned().collect(), cc: Vec::new() };
        return Ok(Answering { sender: one.clone(), all: one });
    }
    let own = own_addresses(tx, entry)?;
    let mut messages = store::messages(tx, c.id, up_to.map(|key| key + 1), 50)?;
    messages.reverse();
    let mut said: Vec<Said> = messages.into_iter().filter_map(Said::of).collect();
    if !said.iter().any(|m| m.inbound && m.proved) {
        let last = tx.opt(
            "SELECT id FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND verified_sender AND is_note = FALSE AND aside_id IS NULL \
             AND deleted_at IS NULL AND key <= $2 ORDER BY key DESC LIMIT 1",
            params![c.id, up_to.unwrap_or(i64::MAX)],
            |r| r.get(0),
        )?;
        let last = last.map(|id| store::message(tx, id)).transpose()?.flatten();
        said.splice(0..0, last.and_then(Said::of));
    }
    Ok(work_out(&said, &c.participants, &own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn addresses(v: &Value) -> Vec<Address> {
        v.as_array().into_iter().flatten().filter_map(|a| serde_json::from_value(a.clone()).ok()).collect()
    }

    #[test]
    fn answers_reach_whom_the_cases_say() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("recipients.cases.json")).unwrap();
        assert!(cases.len() > 8);
        for case in cases {
            let text = |v: &Value| v.as_str().map(str::to_owned);
            let said: Vec<Said> = case["messages"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|m| Said {
                    inbound: m["direction"] == "inbound",
                    proved: m["verified_sender"] != false,
                    from: text(&m["from"]).map(|address| Address { name: text(&m["sender_name"]), address }),
                    reply_to: text(&m["reply_to"]),
                    to: addresses(&m["to"]),
                    cc: addresses(&m["cc"]),
                })
                .collect();
            let own: Vec<String> = serde_json::from_value(case["own"].clone()).unwrap();
            let got = serde_json::to_value(work_out(&said, &addresses(&case["participants"]), &own)).unwrap();
            assert_eq!(got, case["expected"], "{}", case["name"]);
        }
    }

    #[test]
    fn our_own_addresses_in_all_their_forms() {
        let own = ["Help@desk.example".to_owned(), "sales@desk.example".to_owned()];
        for a in ["help@DESK.example", "help+abc@desk.example", "reply+x@desk.example", "SALES@desk.example"] {
            assert!(is_own(a, &own), "{a}");
        }
        assert!(is_own(&format!("anything+{}@elsewhere.example", "a".repeat(39)), &own));
        for a in ["help@other.example", "helper@desk.example", "other+abc@desk.example", "reply@desk.example"] {
            assert!(!is_own(a, &own), "{a}");
        }
    }
}
