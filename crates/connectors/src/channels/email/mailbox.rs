//! Fetching from a mailbox: where it stopped, what came since, and then to wait for more.
//!
//! A mail is known by its folder's UIDVALIDITY and its UID, which only grow. The cursor goes on when what was fetched is in the
//! journal, so a connection that breaks anywhere costs at most a mail fetched twice, and that is the same message by its Message-ID.
//! When a server gives a folder a new UIDVALIDITY, all numbers have lost their meaning: the folder is gone through again, and what
//! is here already is told by Message-IDs.

use super::inbound::{ARRIVED, FOLDER, METHOD, NUMBER, SENT, TROUBLE};
use super::settings::{self, After, First, Mailbox};
use super::words::{explain, passes};
use crate::kit::imap::{Failure, Folder, Listed, Session};
use crate::kit::verdicts::shorten;
use crate::kit::{headers, message_ids};
use kernel::BoxFuture;
use kernel::channel::{Account, Brought, Desk, Edge, Follower, RawDelivery, SendError};
use kernel::time::{DAY, HOUR, MINUTE, Millis};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// Mails fetched with one command, and their size together.
const MAILS: usize = 50;
const BYTES: usize = 8 << 20;
/// Larger mails come one by one, in pieces of this size.
const PIECE: usize = 1 << 20;
/// Message-IDs asked for at once.
const MARKS: usize = 200;
/// Servers end an IDLE after half an hour, routers forget a silent connection sooner, and a lost announcement should not matter long.
const IDLE: Millis = 5 * MINUTE;
/// Where there is no IDLE.
const ASK: Millis = MINUTE;
/// A mail that the server “cannot give at present” for so long holds up the others no more.
const REFUSED: Millis = HOUR;
/// Of a mail that is not taken, this much of its header is kept.
const HEADER: usize = 256 << 10;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    validity: u32,
    /// Up to here everything is stored.
    uid: u32,
    /// Up to here it is history of the first import.
    #[serde(skip_serializing_if = "is_zero")]
    history_to: u32,
    /// Up to here the folder is gone through again, after its numbers changed.
    #[serde(skip_serializing_if = "is_zero")]
    again_to: u32,
    /// What came into the folder before this is not wanted.
    since: Millis,
    /// When it was followed first.
    begun_at: Millis,
    /// Mails after `uid` that the server does not give at present, each with since when. Never more than are fetched at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<(u32, Millis)>,
}
fn is_zero(n: &u32) -> bool {
    *n == 0
}

pub struct Imap;

impl Follower for Imap {
    fn places(&self, account: &Account) -> Vec<String> {
        if settings::receive(account) == settings::Receive::Imap { settings::folders(account) } else { Vec::new() }
    }
    fn follow<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a str, desk: &'a dyn Desk) -> BoxFuture<'a, SendError> {
        Box::pin(async move {
            let mailbox = match settings::mailbox(account) {
                Ok(mailbox) => mailbox,
                Err(error) => return error,
            };
            match keep(edge, account, &mailbox, place, desk).await {
                Ok(never) => match never {},
                Err(Trouble::Server(failure)) => explain(account, &mailbox, &failure),
                Err(Trouble::Ours(error)) => error,
            }
        })
    }
}

enum Trouble {
    Server(Failure),
    Ours(SendError),
}
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}
impl From<SendError> for Trouble {
    fn from(error: SendError) -> Self {
        Self::Ours(error)
    }
}

/// A folder by its name; words that name the others when there is none.
pub fn find_folder<'a>(all: &'a [Folder], name: &str) -> Result<&'a Folder, String> {
    let exact = all.iter().find(|f| f.name == name || (name == "INBOX" && f.name.eq_ignore_ascii_case(name)));
    if let Some(folder) = exact.or_else(|| all.iter().find(|f| settings::same_folder(&f.name, name))) {
        return Ok(folder);
    }
    let mut names: Vec<&str> = all.iter().map(|f| f.name.as_str()).take(30).collect();
    names.sort_unstable();
    Err(format!("There is no folder “{name}”. There are: {}.", names.join(", ")))
}

/// Where imported mail is moved, if it is; never a folder from which mail is fetched, by whatever name it was given.
pub fn target_folder(all: &[Folder], mailbox: &Mailbox) -> Result<Option<Folder>, SendError> {
    let After::MoveTo(name) = &mailbox.after else { return Ok(None) };
    let Ok(target) = find_folder(all, name) else { return Ok(Some(Folder::named(name))) };
    if mailbox.folders.iter().any(|f| find_folder(all, f) == Ok(target)) {
        return Err(settings::moved_in_circles(name));
    }
    Ok(Some(target.clone()))
}

struct Following<'a> {
    edge: Edge<'a>,
    account: &'a Account,
    mailbox: &'a Mailbox,
    desk: &'a dyn Desk,
    folder: Folder,
    target: Option<Folder>,
    session: Session,
    cursor: Cursor,
    /// Why mails stay where they are although they should be marked or moved.
    not_moved: Option<String>,
}

async fn keep(edge: Edge<'_>, account: &Account, mailbox: &Mailbox, place: &str, desk: &dyn Desk) -> Result<Infallible, Trouble> {
    let mut session = Session::open(edge.dial, &mailbox.to, &mailbox.user, &mailbox.credential).await?;
    let all = session.folders().await?;
    let folder = find_folder(&all, place).map_err(|detail| SendError::Account { detail })?.clone();
    let target = target_folder(&all, mailbox)?;
    let selected = session.select(&folder, mailbox.after == After::Leave).await?;
    let kept = desk.cursor().await?.and_then(|text| serde_json::from_str::<Cursor>(&text).ok());
    let mut f = Following { edge, account, mailbox, desk, folder, target, session, cursor: Cursor::default(), not_moved: None };
    f.cursor = match kept {
        Some(cursor) if cursor.validity == selected.validity => cursor,
        Some(cursor) => {
            let again_to = f.newest(selected.next, 0).await?;
            Cursor { validity: selected.validity, uid: 0, history_to: 0, again_to, refusals: Vec::new(), ..cursor }
        }
        None => f.begin(selected.validity, selected.next).await?,
    };
    f.remember().await?;
    let mut waits = f.session.can("IDLE");
    loop {
        f.catch_up().await?;
        let how = if waits { "new mail is announced at once" } else { "asked every minute" };
        f.report(how).await;
        if f.session.news {
            continue;
        }
        if waits {
            match f.session.idle(edge.clock, IDLE).await {
                // Announced, and refused all the same.
                Err(Failure::No { .. }) => waits = false,
                other => other?,
            }
        } else {
            desk.rest(ASK).await;
            f.session.noop().await?;
        }
    }
}

impl Following<'_> {
    /// The number of the newest mail, at least `least`.
    async fn newest(&mut self, next: Option<u32>, least: u32) -> Result<u32, Failure> {
        match next {
            Some(next) => Ok(next.saturating_sub(1).max(least)),
            None => Ok(self.session.list(1).await?.last().map_or(least, |m| m.uid.max(least))),
        }
    }

    /// Where to begin in a folder that was never followed.
    async fn begin(&mut self, validity: u32, next: Option<u32>) -> Result<Cursor, Failure> {
        let now = self.edge.clock.now();
        let newest = self.newest(next, 0).await?;
        let since = self.mailbox.first.since(now);
        let uid = match self.mailbox.first {
            First::FromNowOn => newest,
            First::Everything => 0,
            // By day, as the server sees days; what is older within that day is passed over one by one.
            First::Days(_) => self.session.first_since(since - DAY).await?.map_or(newest, |uid| uid.saturating_sub(1)),
        };
        Ok(Cursor { validity, uid, history_to: newest, since, begun_at: now, ..Cursor::default() })
    }

    async fn remember(&mut self) -> Result<(), SendError> {
        let text = serde_json::to_string(&self.cursor).map_err(|e| SendError::Permanent { detail: e.to_string() })?;
        self.desk.set_cursor(text).await
    }

    async fn report(&mut self, how: &str) {
        let mut words = format!("{}: {how}", self.folder.name);
        if let Some(why) = &self.not_moved {
            words.push_str(&format!("; imported mails stay where they are: {why}"));
        }
        self.desk.report(words).await;
    }

    /// Everything after the cursor.
    async fn catch_up(&mut self) -> Result<(), Trouble> {
        let all = self.session.list(self.cursor.uid.saturating_add(1)).await?;
        let (mut rest, mut done) = (all.as_slice(), 0);
        while let Some(first) = rest.first() {
            let again = first.uid <= self.cursor.again_to;
            let count = if again { rest.iter().take(MARKS).take_while(|m| m.uid <= self.cursor.again_to).count() } else { batch(rest) };
            let (now, later) = rest.split_at(count.max(1));
            if again {
                self.bring_again(now).await?
            } else {
                self.bring(now).await?
            }
            if let Some(last) = now.last() {
                self.cursor.uid = last.uid;
                self.cursor.refusals.retain(|(uid, _)| *uid > last.uid);
                self.remember().await?;
            }
            (done, rest) = (done + now.len(), later);
            if !rest.is_empty() && all.len() > 4 * MAILS {
                self.report(&format!("{done} of {} mails fetched", all.len())).await;
            }
        }
        Ok(())
    }

    /// Mails whose numbers are new, but which may be here: only what is not is fetched.
    async fn bring_again(&mut self, mails: &[Listed]) -> Result<(), Trouble> {
        let wanted: Vec<Listed> = mails.iter().copied().filter(|m| self.is_wanted(m)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let uids: Vec<u32> = wanted.iter().map(|m| m.uid).collect();
        let marks = match self.session.fetch_marks(&uids).await {
            // What is here already is then told one by one.
            Err(Failure::No { code, text, .. }) if !passes(&code, &text) => Vec::new(),
            other => other?,
        };
        let id_of = |uid: u32| {
            let (_, head) = marks.iter().find(|(n, _)| *n == uid)?;
            headers::read(head).first("message-id").and_then(|v| message_ids::find_all(v).into_iter().next())
        };
        let ids: Vec<String> = uids.iter().filter_map(|uid| id_of(*uid)).collect();
        let known = if ids.is_empty() { Vec::new() } else { self.desk.known(ids).await? };
        let missing: Vec<Listed> = wanted.into_iter().filter(|m| id_of(m.uid).is_none_or(|id| !known.contains(&id))).collect();
        let mut rest = missing.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(batch(rest).max(1));
            self.bring(now).await?;
            rest = later;
        }
        Ok(())
    }

    /// Came into the folder late enough.
    fn is_wanted(&self, mail: &Listed) -> bool {
        mail.uid > self.cursor.history_to.max(self.cursor.again_to) || mail.arrived_at.is_none_or(|at| at >= self.cursor.since)
    }

    /// History: of the first import, or passed over then and found again.
    fn is_history(&self, mail: &Listed, body: &[u8]) -> bool {
        if mail.uid <= self.cursor.history_to {
            return true;
        }
        if mail.uid > self.cursor.again_to {
            return false;
        }
        let begun_at = self.cursor.begun_at;
        // Where a mailbox moved to another server, all of it may have arrived there yesterday: then the mail's own date counts.
        mail.arrived_at.is_some_and(|at| at < begun_at) || date_of(body).is_some_and(|at| at < begun_at - 2 * DAY)
    }

    /// Fetches and stores, then does with the mails what is to be done after import.
    async fn bring(&mut self, mails: &[Listed]) -> Result<(), Trouble> {
        let wanted: Vec<Listed> = mails.iter().copied().filter(|m| self.is_wanted(m)).collect();
        let limit = super::form::DESCRIPTOR.limits.inbound_bytes as usize;
        let small: Vec<u32> = wanted.iter().filter(|m| m.size <= PIECE).map(|m| m.uid).collect();
        let (mut bodies, mut refused) = (Vec::new(), false);
        if !small.is_empty() {
            match self.session.fetch(&small, limit).await {
                Ok(found) => bodies = found,
                // One that it cannot give is enough for some servers to give none: each is asked for alone.
                Err(Failure::No { .. }) => refused = true,
                Err(other) => return Err(other.into()),
            }
        }
        bodies.retain(|(uid, _)| small.contains(uid));
        let mut absent: Vec<u32> = small.iter().copied().filter(|uid| !bodies.iter().any(|(n, _)| n == uid)).collect();
        if !absent.is_empty() && !refused {
            // Somebody took them away meanwhile, or their answer could not be read.
            absent = self.session.still_there(&absent).await?;
        }
        let (mut brought, mut stored, mut waits) = (Vec::new(), Vec::new(), None);
        for mail in &wanted {
            let got = match bodies.iter().position(|(uid, _)| *uid == mail.uid) {
                Some(at) => Got::Whole(bodies.swap_remove(at).1),
                None if mail.size > PIECE || absent.contains(&mail.uid) => self.alone(mail, limit).await?,
                None => Got::Gone,
            };
            let (body, trouble) = match got {
                Got::Gone => continue,
                Got::Whole(body) => (body, None),
                Got::Head(head, trouble) => (head, Some(trouble)),
                // The others are asked for all the same: each that is refused waits from now on, and not only when its turn comes.
                Got::Later(failure) => {
                    waits.get_or_insert(failure);
                    continue;
                }
            };
            let silent = self.is_history(mail, &body);
            if !silent && trouble.is_none() {
                stored.push(mail.uid);
            }
            brought.push(Brought { raw: self.delivery(mail, body, trouble), silent });
        }
        if let Some(failure) = waits {
            self.remember().await?;
            return Err(failure.into());
        }
        if !brought.is_empty() {
            self.desk.store(brought).await?;
        }
        self.put_away(&stored).await
    }

    /// One mail by itself. That the server refuses it is kept beside its number, and the others come in all the same.
    async fn alone(&mut self, mail: &Listed, limit: usize) -> Result<Got, Trouble> {
        let (code, text) = match self.in_pieces(mail, limit).await {
            Err(Failure::No { code, text, .. }) => (code, text),
            other => return Ok(other?),
        };
        if self.session.still_there(&[mail.uid]).await?.is_empty() {
            return Ok(Got::Gone);
        }
        if passes(&code, &text) && !self.refused_long(mail.uid) {
            return Ok(Got::Later(Failure::No { command: "FETCH", code, text }));
        }
        let head = match self.session.fetch_header(mail.uid, HEADER + PIECE).await {
            Err(Failure::No { .. }) => Vec::new(),
            other => other?.unwrap_or_default(),
        };
        let head = head.get(..head.len().min(HEADER)).unwrap_or_default().to_vec();
        Ok(Got::Head(head, format!("The server lists this mail and refuses to give it: {}", shorten(&text, 200))))
    }

    /// Whether this mail was refused for so long that waiting helps no more; begins to count when it was not.
    fn refused_long(&mut self, uid: u32) -> bool {
        let now = self.edge.clock.now();
        if let Some((_, since)) = self.cursor.refusals.iter().find(|(n, _)| *n == uid) {
            return now - since >= REFUSED;
        }
        self.cursor.refusals.push((uid, now));
        false
    }

    async fn in_pieces(&mut self, mail: &Listed, limit: usize) -> Result<Got, Failure> {
        let megabytes = |n: usize| n.div_ceil(1 << 20);
        let mut body = Vec::new();
        let mut large = mail.size > limit;
        while !large {
            let Some(piece) = self.session.fetch_part(mail.uid, body.len(), PIECE).await? else { break };
            let last = piece.len() < PIECE;
            body.extend_from_slice(&piece);
            if last {
                return Ok(Got::Whole(body));
            }
            large = body.len() > limit;
        }
        let Some(head) = self.session.fetch_header(mail.uid, HEADER + PIECE).await? else {
            return Ok(match self.session.still_there(&[mail.uid]).await?.is_empty() {
                true => Got::Gone,
                false => Got::Head(Vec::new(), "The server lists this mail and does not give it.".into()),
            });
        };
        let head = head.get(..head.len().min(HEADER)).unwrap_or_default().to_vec();
        Ok(match large {
            true => {
                let (size, most) = (megabytes(mail.size.max(body.len())), megabytes(limit));
                Got::Head(head, format!("This mail has {size} MB; up to {most} MB are taken."))
            }
            false => Got::Head(head, "The server gives only the header of this mail.".into()),
        })
    }

    fn delivery(&self, mail: &Listed, body: Vec<u8>, trouble: Option<String>) -> RawDelivery {
        let mut headers =
            vec![(FOLDER.to_owned(), self.folder.name.clone()), (NUMBER.to_owned(), format!("{}.{}", self.cursor.validity, mail.uid))];
        headers.extend(mail.arrived_at.map(|at| (ARRIVED.to_owned(), at.to_string())));
        headers.extend(self.folder.sent.then(|| (SENT.to_owned(), "true".to_owned())));
        headers.extend(trouble.map(|words| (TROUBLE.to_owned(), words)));
        let received_at = self.edge.clock.now();
        RawDelivery { method: METHOD.into(), path: format!("/{}", self.account.provider), headers, body, received_at, peer: None }
    }

    /// Marks or moves what was stored. That it cannot be done is said, and keeps no mail from coming in.
    async fn put_away(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        if uids.is_empty() {
            return Ok(());
        }
        let done = match (&self.mailbox.after, &self.target) {
            (After::MarkSeen, _) => self.session.mark_seen(uids).await,
            (After::MoveTo(_), Some(folder)) => self.session.move_to(uids, folder).await,
            _ => return Ok(()),
        };
        match done {
            Ok(()) => self.not_moved = None,
            Err(Failure::No { text, .. }) => self.not_moved = Some(text),
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }
}

enum Got {
    Whole(Vec<u8>),
    /// The header, and why not more.
    Head(Vec<u8>, String),
    Gone,
    /// Refused “at present”.
    Later(Failure),
}

/// How many of these come with one command.
fn batch(mails: &[Listed]) -> usize {
    let mut bytes = 0;
    mails
        .iter()
        .take(MAILS)
        .take_while(|m| {
            bytes += m.size;
            bytes <= BYTES
        })
        .count()
}

/// The mail's own date.
fn date_of(mail: &[u8]) -> Option<Millis> {
    let head = headers::read(mail);
    jiff::fmt::rfc2822::parse(head.first("date")?).ok().map(|t| t.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests;
