//! Whether a member is there. A screen that is open makes them online, ten quiet minutes make them away, and they can say that they are
//! away or busy. It stands in rows, so that whoever gives out work decides with it inside the write; timers are due times like any other.

use super::model::Available;
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::time::{MINUTE, Millis};
use kernel::{MemberId, Result};
use serde_json::json;

/// A screen that is gone may be loading anew.
pub const GRACE: Millis = MINUTE;
/// Without a sign of a person for so long, they are away.
pub const IDLE: Millis = 10 * MINUTE;

/// What a member said of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    Auto,
    Away,
    Busy,
}
impl Chosen {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Away => "away",
            Self::Busy => "busy",
        }
    }
    fn parse(text: &str) -> Self {
        match text {
            "away" => Self::Away,
            "busy" => Self::Busy,
            _ => Self::Auto,
        }
    }
}

#[derive(Debug, Clone)]
struct Row {
    member: MemberId,
    chosen: Chosen,
    connected: bool,
    left_at: Option<Millis>,
    active_at: Millis,
    status: Available,
}

impl Row {
    fn follows(&self, now: Millis) -> Available {
        let gone = !self.connected && self.left_at.is_none_or(|at| now >= at + GRACE);
        match self.chosen {
            _ if gone => Available::Offline,
            Chosen::Busy => Available::Busy,
            Chosen::Away => Available::Away,
            Chosen::Auto if now >= self.active_at + IDLE => Available::Away,
            Chosen::Auto => Available::Online,
        }
    }
    /// When that changes by itself.
    fn due(&self, now: Millis) -> Option<Millis> {
        let gone = self.left_at.filter(|_| !self.connected).map(|at| at + GRACE);
        let idle = (self.chosen == Chosen::Auto).then_some(self.active_at + IDLE);
        [gone, idle].into_iter().flatten().filter(|at| *at > now).min()
    }
}

const COLUMNS: &str = "member_id, chosen, connected, left_at, active_at, status";
fn read(r: &db::Row<'_>) -> Result<Row> {
    Ok(Row {
        member: r.next()?,
        chosen: Chosen::parse(&r.next::<String>()?),
        connected: r.next()?,
        left_at: r.next()?,
        active_at: r.next()?,
        status: Available::parse(&r.next::<String>()?),
    })
}

fn row(tx: &mut Tx<'_>, member: MemberId, now: Millis) -> Result<Row> {
    tx.exec(
        "INSERT INTO member_presence (member_id, chosen, connected, left_at, active_at, status, since) VALUES ($1, 'auto', FALSE, NULL, $2, 'offline', $2) \
         ON CONFLICT DO NOTHING",
        params![member, now],
    )?;
    tx.one(&format!("SELECT {COLUMNS} FROM member_presence WHERE member_id = $1"), params![member], read)
}

/// Writes the row, and says so when somebody came or went.
fn write(tx: &mut Tx<'_>, r: &Row, now: Millis) -> Result<()> {
    let status = r.follows(now);
    let moved = status != r.status;
    tx.exec(
        "UPDATE member_presence SET chosen = $2, connected = $3, left_at = $4, active_at = $5, status = $6, \
         since = CASE WHEN $7 THEN $8 ELSE since END WHERE member_id = $1",
        params![r.member, r.chosen.as_str(), r.connected, r.left_at, r.active_at, status.as_str(), moved, now],
    )?;
    if moved {
        let payload = json!({ "member_id": r.member, "status": status, "before": r.status });
        tx.emit(NewEvent::new("member.presence_changed", format!("user:{}", r.member), now).payload(payload));
        tx.wake("routing");
    }
    if let Some(at) = r.due(now) {
        tx.due(at);
    }
    Ok(())
}

/// A member's screens: one is open now, or none.
pub fn connected(tx: &mut Tx<'_>, member: MemberId, open: bool, now: Millis) -> Result<()> {
    let before = row(tx, member, now)?;
    if before.connected == open {
        return Ok(());
    }
    let after = match open {
        true => Row { connected: true, left_at: None, active_at: now, ..before },
        false => Row { connected: false, left_at: Some(now), ..before },
    };
    write(tx, &after, now)
}

/// A sign of the person before the screen.
pub fn active(tx: &mut Tx<'_>, member: MemberId, now: Millis) -> Result<()> {
    let before = row(tx, member, now)?;
    write(tx, &Row { active_at: now, ..before }, now)
}

/// What they say of themselves; that is a sign of life too.
pub fn choose(tx: &mut Tx<'_>, member: MemberId, chosen: Chosen, now: Millis) -> Result<()> {
    let before = row(tx, member, now)?;
    write(tx, &Row { chosen, active_at: now, ..before }, now)
}

/// Nobody has a screen open any more: the process that knew of them is gone.
pub fn all_gone(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM member_presence WHERE connected = TRUE"), params![], read)?;
    for r in rows {
        write(tx, &Row { connected: false, left_at: Some(now), ..r }, now)?;
    }
    Ok(())
}

/// Those whose time has run out become away or offline.
pub fn settle(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM member_presence WHERE status <> 'offline'"), params![], read)?;
    for r in rows {
        if r.follows(now) != r.status {
            write(tx, &r, now)?;
        }
    }
    Ok(())
}

/// When somebody becomes away or offline by themselves.
pub fn next_due(tx: &mut Tx<'_>, now: Millis) -> Result<Option<Millis>> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM member_presence WHERE status <> 'offline'"), params![], read)?;
    Ok(rows.iter().filter_map(|r| if r.follows(now) == r.status { r.due(now) } else { Some(now) }).min())
}

/// What is shown of one member.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<(MemberId, Available, &'static str, Millis)>> {
    tx.query("SELECT member_id, status, chosen, since FROM member_presence", params![], |r| {
        let (member, status, chosen) = (r.next()?, Available::parse(&r.next::<String>()?), Chosen::parse(&r.next::<String>()?).as_str());
        Ok((member, status, chosen, r.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_screens_signs_and_words() {
        let member = kernel::id::new_id(&kernel::SystemIds, 0);
        let there = Row { member, chosen: Chosen::Auto, connected: true, left_at: None, active_at: 0, status: Available::Offline };
        assert_eq!((there.follows(0), there.due(0)), (Available::Online, Some(IDLE)));
        assert_eq!((there.follows(IDLE), there.due(IDLE)), (Available::Away, None));
        let gone = Row { connected: false, left_at: Some(1_000), ..there.clone() };
        assert_eq!((gone.follows(1_000), gone.due(1_000)), (Available::Online, Some(1_000 + GRACE)));
        assert_eq!(gone.follows(1_000 + GRACE), Available::Offline);
        let busy = Row { chosen: Chosen::Busy, ..there.clone() };
        assert_eq!((busy.follows(2 * IDLE), busy.due(0)), (Available::Busy, None));
        let away = Row { chosen: Chosen::Away, connected: false, left_at: Some(0), ..there };
        assert_eq!((away.follows(0), away.follows(GRACE)), (Available::Away, Available::Offline));
    }
}
