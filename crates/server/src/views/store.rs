//! Every SQL text about views.

use super::model::{View, ViewScope};
use crate::conversations::Sort;
use db::{Row, Tx, params};
use kernel::{MemberId, Result, ViewId};

const COLUMNS: &str =
    "v.id, v.owner_id, v.scope, v.name, v.icon, v.hue, v.filter, v.sort, v.descending, v.columns, v.created_at, v.updated_at";

fn read(r: &Row<'_>) -> Result<View> {
    Ok(View {
        id: r.next()?,
        owner_id: r.next()?,
        scope: ViewScope::parse(&r.next::<String>()?),
        team_id: None,
        name: r.next()?,
        icon: r.next()?,
        hue: r.next()?,
        filter: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
        sort: serde_json::from_value(r.next::<String>()?.into()).unwrap_or_default(),
        descending: r.next()?,
        columns: r.next::<Option<String>>()?.and_then(|t| serde_json::from_str(&t).ok()),
        editable: false,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}
fn word(sort: Sort) -> String {
    serde_json::to_value(sort).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Those this member sees, in the order they have put them in; new ones last.
pub fn list(tx: &mut Tx<'_>, me: MemberId) -> Result<Vec<View>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM views v LEFT JOIN view_places p ON p.view_id = v.id AND p.member_id = $1 \
         WHERE v.scope = 'all' OR (v.scope = 'mine' AND v.owner_id = $1) \
         ORDER BY CASE WHEN p.place IS NULL THEN 1 ELSE 0 END, p.place, v.created_at, v.name, v.id LIMIT 500"
    );
    tx.query(&sql, params![me], read)
}
/// The view, if this member sees it.
pub fn find(tx: &mut Tx<'_>, me: MemberId, id: ViewId) -> Result<Option<View>> {
    let sql = format!("SELECT {COLUMNS} FROM views v WHERE v.id = $2 AND (v.scope = 'all' OR (v.scope = 'mine' AND v.owner_id = $1))");
    tx.opt(&sql, params![me, id], read)
}
/// How many this member has made.
pub fn count_of(tx: &mut Tx<'_>, me: MemberId) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM views WHERE owner_id = $1", params![me])
}
pub fn insert(tx: &mut Tx<'_>, v: &View) -> Result<()> {
    tx.exec(
        "INSERT INTO views (id, owner_id, scope, name, icon, hue, filter, sort, descending, columns, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            v.id,
            v.owner_id,
            v.scope.as_str(),
            &v.name,
            &v.icon,
            v.hue,
            v.filter.to_string(),
            word(v.sort),
            v.descending,
            v.columns.as_ref().map(|c| serde_json::json!(c).to_string()),
            v.created_at,
            v.updated_at
        ],
    )
    .map(|_| ())
}
pub fn update(tx: &mut Tx<'_>, v: &View) -> Result<()> {
    tx.exec(
        "UPDATE views SET scope = $2, name = $3, icon = $4, hue = $5, filter = $6, sort = $7, descending = $8, columns = $9, updated_at = $10 WHERE id = $1",
        params![
            v.id,
            v.scope.as_str(),
            &v.name,
            &v.icon,
            v.hue,
            v.filter.to_string(),
            word(v.sort),
            v.descending,
            v.columns.as_ref().map(|c| serde_json::json!(c).to_string()),
            v.updated_at
        ],
    )
    .map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, id: ViewId) -> Result<()> {
    tx.exec("DELETE FROM view_places WHERE view_id = $1", params![id])?;
    tx.exec("DELETE FROM views WHERE id = $1", params![id]).map(|_| ())
}
/// Puts this member's views in this order.
pub fn place(tx: &mut Tx<'_>, me: MemberId, ids: &[ViewId]) -> Result<()> {
    tx.exec("DELETE FROM view_places WHERE member_id = $1", params![me])?;
    for (place, id) in ids.iter().enumerate() {
        tx.exec(
            "INSERT INTO view_places (member_id, view_id, place) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![me, *id, place as i64],
        )?;
    }
    Ok(())
}
/// Another owner.
pub fn give(tx: &mut Tx<'_>, id: ViewId, owner: MemberId) -> Result<()> {
    tx.exec("UPDATE views SET owner_id = $2 WHERE id = $1", params![id, owner]).map(|_| ())
}
