//! Every SQL text about hours, holidays and what was answered by itself.

use super::calendar::Calendar;
use super::model::{Answer, Holiday, Schedule, Where};
use db::{Row, Tx, Value, params};
use jiff::civil::Date;
use kernel::time::{DAY, Millis};
use kernel::{ChannelId, ContactId, HolidayId, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// What one place was given itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Own {
    pub schedule: Option<Schedule>,
    pub greeting: Option<Answer>,
    pub away: Option<Answer>,
}

/// The hours and answers of all places.
#[derive(Debug, Clone, Default)]
pub struct Book {
    places: Vec<(String, Own)>,
    holidays: Vec<Holiday>,
}
impl Book {
    pub fn own(&self, place: Where) -> Option<&Own> {
        let place = place.to_string();
        self.places.iter().find(|(p, _)| *p == place).map(|(_, own)| own)
    }
    /// What the place has itself, else what the workspace has.
    fn pick<T>(&self, place: Where, part: impl Fn(&Own) -> Option<&T>) -> Option<&T> {
        [place, Where::Workspace].into_iter().find_map(|p| self.own(p).and_then(&part))
    }
    pub fn greeting(&self, place: Where) -> Option<&Answer> {
        self.pick(place, |o| o.greeting.as_ref()).filter(|a| a.on)
    }
    pub fn away(&self, place: Where) -> Option<&Answer> {
        self.pick(place, |o| o.away.as_ref()).filter(|a| a.on)
    }
    /// `zone`: the workspace's, where no hours are set.
    pub fn calendar(&self, place: Where, zone: &str) -> Calendar {
        Calendar::new(self.pick(place, |o| o.schedule.as_ref()), zone, &place.to_string(), &self.holidays)
    }
}

fn json<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|t| serde_json::from_str(&t).ok())
}
fn text<T: Serialize>(value: &Option<T>) -> Option<String> {
    value.as_ref().and_then(|v| serde_json::to_string(v).ok())
}

fn places(tx: &mut Tx<'_>) -> Result<Vec<(String, Own)>> {
    tx.query("SELECT place, schedule, greeting, away FROM hours", params![], |r| {
        Ok((r.next()?, Own { schedule: json(r.next()?), greeting: json(r.next()?), away: json(r.next()?) }))
    })
}
/// Everything, for a question about any place.
pub fn book(tx: &mut Tx<'_>) -> Result<Book> {
    Ok(Book { places: places(tx)?, holidays: holidays(tx)? })
}
/// The same for a place that has an answer to give; few have, and holidays are read only then.
pub fn answering(tx: &mut Tx<'_>, place: Where) -> Result<Option<Book>> {
    let book = Book { places: places(tx)?, holidays: Vec::new() };
    if book.greeting(place).is_none() && book.away(place).is_none() {
        return Ok(None);
    }
    Ok(Some(Book { holidays: holidays(tx)?, ..book }))
}
pub fn put(tx: &mut Tx<'_>, place: Where, own: &Own, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO hours (place, schedule, greeting, away, updated_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (place) DO UPDATE SET \
         schedule = excluded.schedule, greeting = excluded.greeting, away = excluded.away, updated_at = excluded.updated_at",
        params![place.to_string(), text(&own.schedule), text(&own.greeting), text(&own.away), now],
    )
    .map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, place: Where) -> Result<()> {
    tx.exec("DELETE FROM hours WHERE place = $1", params![place.to_string()]).map(|_| ())
}

const HOLIDAY: &str = "id, place, name, first_day, last_day, yearly, slots, uid IS NOT NULL, created_at";
fn holiday(r: &Row<'_>) -> Result<Holiday> {
    let day = |text: String| text.parse::<Date>().unwrap_or_default();
    Ok(Holiday {
        id: r.next()?,
        place: r.next()?,
        name: r.next()?,
        from: day(r.next()?),
        to: day(r.next()?),
        yearly: r.next()?,
        slots: json(Some(r.next()?)).unwrap_or_default(),
        imported: r.next()?,
        created_at: r.next()?,
    })
}
/// All of them, by day.
pub fn holidays(tx: &mut Tx<'_>) -> Result<Vec<Holiday>> {
    tx.query(&format!("SELECT {HOLIDAY} FROM holidays ORDER BY first_day, name, id"), params![], holiday)
}
pub fn find_holiday(tx: &mut Tx<'_>, id: HolidayId) -> Result<Option<Holiday>> {
    tx.opt(&format!("SELECT {HOLIDAY} FROM holidays WHERE id = $1"), params![id], holiday)
}
pub fn put_holiday(tx: &mut Tx<'_>, h: &Holiday, uid: Option<&str>) -> Result<()> {
    tx.exec(
        "INSERT INTO holidays (id, place, name, first_day, last_day, yearly, slots, uid, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (id) DO UPDATE SET place = excluded.place, name = excluded.name, first_day = excluded.first_day, \
         last_day = excluded.last_day, yearly = excluded.yearly, slots = excluded.slots",
        params![
            h.id,
            &h.place,
            &h.name,
            h.from.to_string(),
            h.to.to_string(),
            h.yearly,
            serde_json::to_string(&h.slots).unwrap_or_default(),
            uid,
            h.created_at
        ],
    )
    .map(|_| ())
}
pub fn delete_holiday(tx: &mut Tx<'_>, id: HolidayId) -> Result<()> {
    tx.exec("DELETE FROM holidays WHERE id = $1", params![id]).map(|_| ())
}
/// What the entries of calendars became in this place: by their id there, and the year, as each year of a holiday may bear the same.
pub fn imported(tx: &mut Tx<'_>, place: Where) -> Result<HashMap<(String, i16), Holiday>> {
    let sql = format!("SELECT {HOLIDAY}, uid FROM holidays WHERE place = $1 AND uid IS NOT NULL");
    let rows = tx.query(&sql, params![place.to_string()], |r| {
        let h = holiday(r)?;
        Ok(((r.next::<String>()?, h.from.year()), h))
    })?;
    Ok(rows.into_iter().collect())
}
pub fn count_holidays(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM holidays", params![])
}

/// Who was answered: the person who wrote, or the address that they named for answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    Contact(ContactId),
    Address(String),
}
impl Whom {
    /// The table, and its name for them.
    fn place(&self) -> (&'static str, &'static str) {
        match self {
            Self::Contact(_) => ("automatic_answers", "contact_id"),
            Self::Address(_) => ("automatic_answers_elsewhere", "address"),
        }
    }
    fn value(&self) -> Value<'_> {
        match self {
            Self::Contact(id) => Value::from(*id),
            Self::Address(address) => Value::from(address.as_str()),
        }
    }
}

/// What they were answered on a channel without anybody having to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    pub greeted_at: Option<Millis>,
    pub away_at: Option<Millis>,
    /// Counted within an hour from here.
    pub hour_at: Millis,
    pub hour_count: i64,
}
pub fn given(tx: &mut Tx<'_>, channel: ChannelId, whom: &Whom) -> Result<Given> {
    let (table, name) = whom.place();
    let sql = format!("SELECT greeted_at, away_at, hour_at, hour_count FROM {table} WHERE channel_id = $1 AND {name} = $2");
    let row = tx.opt(&sql, &[channel.into(), whom.value()], |r| {
        Ok(Given { greeted_at: r.next()?, away_at: r.next()?, hour_at: r.next()?, hour_count: r.next()? })
    })?;
    Ok(row.unwrap_or_default())
}
pub fn keep_given(tx: &mut Tx<'_>, channel: ChannelId, whom: &Whom, g: &Given) -> Result<()> {
    let (table, name) = whom.place();
    let sql = format!(
        "INSERT INTO {table} (channel_id, {name}, greeted_at, away_at, hour_at, hour_count) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (channel_id, {name}) DO UPDATE SET greeted_at = excluded.greeted_at, away_at = excluded.away_at, \
         hour_at = excluded.hour_at, hour_count = excluded.hour_count"
    );
    let args = [channel.into(), whom.value(), g.greeted_at.into(), g.away_at.into(), g.hour_at.into(), g.hour_count.into()];
    tx.exec(&sql, &args).map(|_| ())
}
/// On all channels, in windows of an hour that began after `since`.
pub fn given_since(tx: &mut Tx<'_>, whom: &Whom, since: Millis) -> Result<i64> {
    let (table, name) = whom.place();
    let sql = format!("SELECT COALESCE(CAST(SUM(hour_count) AS BIGINT), 0) FROM {table} WHERE {name} = $1 AND hour_at > $2");
    tx.one(&sql, &[whom.value(), since.into()], |r| r.get(0))
}
/// Addresses of nobody that we know are not kept longer than a closing lasts.
pub fn forget_old(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    tx.exec("DELETE FROM automatic_answers_elsewhere WHERE hour_at < $1", params![now - 60 * DAY]).map(|_| ())
}
