//! The verbs: set hours and answers, keep holidays, take in a calendar.

use super::ical::{self, Skipped};
use super::model::{Answer, Faults, Holiday, HolidayBody, Place, PlaceBody, Where};
use super::store::{self, Own};
use crate::app::found;
use crate::audit::{self, Act};
use db::Tx;
use jiff::civil::Date;
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::time::Millis;
use kernel::{Actor, Error, HolidayId, Ids, Result};
use serde::Serialize;
use serde_json::{Value, json};

const MOST_HOLIDAYS: usize = 1_000;

/// A place as it is now; `zone` is the workspace's.
pub fn show(book: &store::Book, place: Where, zone: &str, now: Millis) -> Place {
    let calendar = book.calendar(place, zone);
    let own = book.own(place).cloned().unwrap_or_default();
    Place {
        place: place.to_string(),
        schedule: own.schedule,
        greeting: own.greeting,
        away: own.away,
        open: calendar.is_open(now),
        changes_at: calendar.next_change(now),
    }
}

fn value(own: &Own) -> Value {
    json!({ "schedule": own.schedule, "greeting": own.greeting, "away": own.away })
}
fn changed(tx: &mut Tx<'_>, actor: &Actor, now: Millis) {
    tx.emit(NewEvent::new("hours.updated", actor.label(), now));
}

pub fn put(tx: &mut Tx<'_>, actor: &Actor, place: Where, body: PlaceBody, now: Millis) -> Result<()> {
    let mut faults = Faults::default();
    faults.place(&body);
    faults.done()?;
    let mut own = Own { schedule: body.schedule, greeting: body.greeting.map(Answer::tidy), away: body.away.map(Answer::tidy) };
    for day in own.schedule.iter_mut().flat_map(|s| s.week.iter_mut()) {
        day.sort_by(|a, b| a.from.cmp(&b.from));
    }
    let before = store::book(tx)?.own(place).cloned().unwrap_or_default();
    if before != own {
        store::put(tx, place, &own, now)?;
        changed(tx, actor, now);
    }
    audit::note(tx, actor, &Act::new("hours.updated", place).changed(value(&before), value(&own)), now)
}

/// Back to what the workspace has; the workspace back to always open.
pub fn reset(tx: &mut Tx<'_>, actor: &Actor, place: Where, now: Millis) -> Result<()> {
    let before = store::book(tx)?.own(place).cloned();
    store::delete(tx, place)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("hours.reset", place).before(before.as_ref().map_or(Value::Null, value)), now)
}

fn read_holiday(body: &HolidayBody) -> Result<(Date, Date)> {
    let mut faults = Faults::default();
    let days = faults.holiday(body);
    faults.done()?;
    days.ok_or_else(|| Error::internal("a holiday without days"))
}
fn room(tx: &mut Tx<'_>, more: i64) -> Result<()> {
    if more > 0 && store::count_holidays(tx)? + more > MOST_HOLIDAYS as i64 {
        return Err(Error::conflict(
            "holiday.too_many",
            format!("A workspace keeps at most {MOST_HOLIDAYS} holidays. Delete old ones first."),
        ));
    }
    Ok(())
}

pub fn add_holiday(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, place: Where, body: &HolidayBody, now: Millis) -> Result<Holiday> {
    let (from, to) = read_holiday(body)?;
    room(tx, 1)?;
    let holiday = Holiday {
        id: new_id(ids, now),
        place: place.to_string(),
        name: body.name.trim().to_owned(),
        from,
        to,
        yearly: body.yearly,
        slots: body.slots.clone(),
        imported: false,
        created_at: now,
    };
    store::put_holiday(tx, &holiday, None)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("holiday.created", holiday.id).named(&holiday.name).after(json!(holiday)), now)?;
    Ok(holiday)
}

pub fn change_holiday(tx: &mut Tx<'_>, actor: &Actor, id: HolidayId, place: Where, body: &HolidayBody, now: Millis) -> Result<Holiday> {
    let before = found(store::find_holiday(tx, id)?, "holiday.not_found", "holiday")?;
    let (from, to) = read_holiday(body)?;
    let after = Holiday {
        place: place.to_string(),
        name: body.name.trim().to_owned(),
        from,
        to,
        yearly: body.yearly,
        slots: body.slots.clone(),
        ..before.clone()
    };
    store::put_holiday(tx, &after, None)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("holiday.updated", id).named(&after.name).changed(json!(before), json!(after)), now)?;
    Ok(after)
}

pub fn delete_holiday(tx: &mut Tx<'_>, actor: &Actor, id: HolidayId, now: Millis) -> Result<()> {
    let before = found(store::find_holiday(tx, id)?, "holiday.not_found", "holiday")?;
    store::delete_holiday(tx, id)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("holiday.deleted", id).named(&before.name).before(json!(before)), now)
}

/// What a calendar holds, and what became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ImportedHolidays)]
pub struct Imported {
    /// The holidays as they are, or would be.
    pub holidays: Vec<Holiday>,
    pub added: i64,
    pub updated: i64,
    /// Entries that are no holidays we can keep, and why.
    pub skipped: Vec<Skipped>,
}

/// A calendar as it was read.
pub type Calendar = (Vec<ical::Event>, Vec<Skipped>);

pub fn read_calendar(text: &str, today: Date) -> Result<Calendar> {
    let calendar = ical::read(text, today)
        .ok_or_else(|| Error::field("calendar", "not_a_calendar", "This is no calendar file. It begins with BEGIN:VCALENDAR."))?;
    if calendar.0.len() > MOST_HOLIDAYS {
        let many = calendar.0.len();
        return Err(Error::field("calendar", "too_many", format!("This calendar has {many} holidays; at most {MOST_HOLIDAYS} are taken.")));
    }
    Ok(calendar)
}

/// What taking it in would do. An entry that was taken in before changes what it became.
pub fn look(tx: &mut Tx<'_>, ids: &dyn Ids, place: Where, (events, skipped): &Calendar, now: Millis) -> Result<Imported> {
    let mut known = store::imported(tx, place)?;
    let mut out = Imported { holidays: Vec::new(), added: 0, updated: 0, skipped: skipped.clone() };
    for event in events {
        let key = (event.uid.clone(), event.from.year());
        let before = known.get(&key);
        let holiday = Holiday {
            id: before.map_or_else(|| new_id(ids, now), |k| k.id),
            place: place.to_string(),
            name: event.name.clone(),
            from: event.from,
            to: event.to,
            yearly: event.yearly,
            slots: before.map(|k| k.slots.clone()).unwrap_or_default(),
            imported: true,
            created_at: before.map_or(now, |k| k.created_at),
        };
        match before {
            None => out.added += 1,
            Some(k) if *k != holiday => out.updated += 1,
            Some(_) => {}
        }
        known.insert(key, holiday.clone());
        out.holidays.push(holiday);
    }
    room(tx, out.added)?;
    Ok(out)
}

/// Takes it in. The same calendar again changes what it brought before.
pub fn import(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, place: Where, calendar: &Calendar, now: Millis) -> Result<Imported> {
    let out = look(tx, ids, place, calendar, now)?;
    for (event, holiday) in calendar.0.iter().zip(&out.holidays) {
        store::put_holiday(tx, holiday, Some(&event.uid))?;
    }
    changed(tx, actor, now);
    let after = json!({ "added": out.added, "updated": out.updated, "names": out.holidays.iter().map(|h| &h.name).collect::<Vec<_>>() });
    audit::note(tx, actor, &Act::new("holidays.imported", place).after(after), now)?;
    Ok(out)
}
