//! SQL about roles and what single members see; in the workspace's database.

use super::Visibility;
use db::{Row, Tx, params};
use kernel::actor::{Permission, Permissions};
use kernel::time::Millis;
use kernel::{ChannelId, Error, MemberId, Result, Role};
use std::collections::HashMap;

/// Which conversations are seen; `channels` count for [`Visibility::Inbox`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub visibility: Visibility,
    pub channels: Vec<ChannelId>,
}
impl Granted {
    pub fn all() -> Self {
        Self { visibility: Visibility::All, channels: Vec::new() }
    }
    /// Whether nobody sees more by the other than by this. What is given to somebody in person is the least there is.
    pub fn covers(&self, other: &Self) -> bool {
        match (self.visibility, other.visibility) {
            (Visibility::All, _) | (_, Visibility::Own) => true,
            (Visibility::Inbox, Visibility::Inbox) => other.channels.iter().all(|c| self.channels.contains(c)),
            (mine, theirs) => mine == theirs,
        }
    }
}

#[derive(Debug, Clone)]
pub struct RoleRow {
    pub role: Role,
    pub name: String,
    pub permissions: Permissions,
    pub granted: Granted,
    pub updated_at: Millis,
}
impl RoleRow {
    /// A built-in role of which nothing was set.
    pub fn untouched(role: Role) -> Self {
        Self { role, name: String::new(), permissions: Permissions::default(), granted: Granted::all(), updated_at: 0 }
    }
}

fn granted(r: &Row<'_>) -> Result<Granted> {
    let visibility: String = r.next()?;
    let channels: String = r.next()?;
    // A word that we do not know shows nothing rather than everything.
    let visibility = Visibility::parse(&visibility).unwrap_or(Visibility::Own);
    Ok(Granted { visibility, channels: serde_json::from_str(&channels).unwrap_or_default() })
}

fn channels(g: &Granted) -> Result<String> {
    serde_json::to_string(&g.channels).map_err(|e| Error::internal(e.to_string()))
}

const COLUMNS: &str = "id, name, permissions, updated_at, visibility, channels";

fn read(r: &Row<'_>) -> Result<RoleRow> {
    let id: String = r.next()?;
    let role = Role::parse(&id).ok_or_else(|| Error::internal(format!("a stored role: {id}")))?;
    let name = r.next()?;
    let names: Vec<String> = serde_json::from_str(&r.next::<String>()?).unwrap_or_default();
    let permissions = Permissions::of(names.iter().filter_map(|n| Permission::parse(n)));
    Ok(RoleRow { role, name, permissions, updated_at: r.next()?, granted: granted(r)? })
}

pub fn find(tx: &mut Tx<'_>, role: Role) -> Result<Option<RoleRow>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM roles WHERE id = $1"), params![role.to_string()], read)
}

/// By name; at most a thousand.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<RoleRow>> {
    tx.query(&format!("SELECT {COLUMNS} FROM roles ORDER BY name_key, id LIMIT 1000"), params![], read)
}

fn key(row: &RoleRow) -> Option<String> {
    row.role.permissions().is_none().then(|| row.name.to_lowercase())
}
fn names(row: &RoleRow) -> Result<String> {
    serde_json::to_string(&row.permissions.names()).map_err(|e| Error::internal(e.to_string()))
}
fn taken(error: Error) -> Error {
    if error.code == "storage.unique" { Error::field("name", "taken", "There is a role of this name already.") } else { error }
}

pub fn insert(tx: &mut Tx<'_>, row: &RoleRow, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO roles (id, name, name_key, permissions, visibility, channels, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        params![row.role.to_string(), &row.name, key(row), names(row)?, row.granted.visibility.as_str(), channels(&row.granted)?, now],
    )
    .map(drop)
    .map_err(taken)
}

pub fn put(tx: &mut Tx<'_>, row: &RoleRow, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO roles (id, name, name_key, permissions, visibility, channels, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, permissions = excluded.permissions, \
         visibility = excluded.visibility, channels = excluded.channels, updated_at = excluded.updated_at",
        params![row.role.to_string(), &row.name, key(row), names(row)?, row.granted.visibility.as_str(), channels(&row.granted)?, now],
    )
    .map(drop)
    .map_err(taken)
}

pub fn delete(tx: &mut Tx<'_>, role: Role) -> Result<bool> {
    Ok(tx.exec("DELETE FROM roles WHERE id = $1", params![role.to_string()])? > 0)
}

pub fn members_by_role(tx: &mut Tx<'_>) -> Result<HashMap<String, i64>> {
    let rows =
        tx.query("SELECT role, COUNT(*) FROM members WHERE active = TRUE GROUP BY role", params![], |r| Ok((r.next()?, r.next()?)))?;
    Ok(rows.into_iter().collect())
}

// What single members see

pub fn own_grant(tx: &mut Tx<'_>, member: MemberId) -> Result<Option<Granted>> {
    tx.opt("SELECT visibility, channels FROM member_access WHERE member_id = $1 AND visibility IS NOT NULL", params![member], granted)
}

pub fn own_grants(tx: &mut Tx<'_>) -> Result<HashMap<MemberId, Granted>> {
    let rows = tx.query("SELECT member_id, visibility, channels FROM member_access WHERE visibility IS NOT NULL", params![], |r| {
        Ok((r.next()?, granted(r)?))
    })?;
    Ok(rows.into_iter().collect())
}

pub fn set_own_grant(tx: &mut Tx<'_>, member: MemberId, granted: Option<&Granted>, now: Millis) -> Result<()> {
    let list = granted.map_or_else(|| Ok("[]".to_owned()), channels)?;
    tx.exec(
        "INSERT INTO member_access (member_id, visibility, channels, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member_id) DO UPDATE SET visibility = excluded.visibility, channels = excluded.channels, updated_at = excluded.updated_at",
        params![member, granted.map(|g| g.visibility.as_str()), list, now],
    )
    .map(drop)
}

/// Open conversations that members take at most, of those who have a limit.
pub fn capacities(tx: &mut Tx<'_>) -> Result<HashMap<MemberId, i64>> {
    let sql = "SELECT member_id, capacity FROM member_access WHERE capacity IS NOT NULL";
    Ok(tx.query(sql, params![], |r| Ok((r.next()?, r.next()?)))?.into_iter().collect())
}

pub fn set_capacity(tx: &mut Tx<'_>, member: MemberId, capacity: Option<i64>, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO member_access (member_id, visibility, channels, capacity, updated_at) VALUES ($1, NULL, '[]', $2, $3) \
         ON CONFLICT (member_id) DO UPDATE SET capacity = excluded.capacity, updated_at = excluded.updated_at",
        params![member, capacity, now],
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_what_is_no_wider() {
        let (one, two) = (ChannelId::from_uuid(uuid::Uuid::from_u128(1)), ChannelId::from_uuid(uuid::Uuid::from_u128(2)));
        let of = |visibility| Granted { visibility, channels: Vec::new() };
        let inbox = |channels: &[ChannelId]| Granted { visibility: Visibility::Inbox, channels: channels.to_vec() };
        for v in Visibility::ALL {
            assert!(Granted::all().covers(&of(v)) && of(v).covers(&of(Visibility::Own)) && of(v).covers(&of(v)), "{v:?}");
            assert_eq!(of(v).covers(&Granted::all()), v == Visibility::All);
        }
        assert!(
            !of(Visibility::Team).covers(&of(Visibility::OwnUnassigned)) && !of(Visibility::OwnUnassigned).covers(&of(Visibility::Team))
        );
        assert!(inbox(&[one, two]).covers(&inbox(&[two])) && !inbox(&[one]).covers(&inbox(&[one, two])));
    }
}
