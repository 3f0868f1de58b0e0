//! Every SQL text about definitions of attributes.

use super::model::{AppliesTo, AttributeKind, Definition};
use db::{Row, Tx, params};
use kernel::{AttributeId, Result};

const COLUMNS: &str = "id, applies_to, key, name, kind, options, currency, required_on_close, position, archived, created_at";
fn read(r: &Row<'_>) -> Result<Definition> {
    Ok(Definition {
        id: r.next()?,
        applies_to: AppliesTo::parse(&r.next::<String>()?).unwrap_or(AppliesTo::Conversation),
        key: r.next()?,
        name: r.next()?,
        kind: AttributeKind::parse(&r.next::<String>()?).unwrap_or(AttributeKind::Text),
        options: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
        currency: r.next()?,
        required_on_close: r.next()?,
        position: r.next()?,
        archived: r.next()?,
        created_at: r.next()?,
    })
}
/// All in their order, archived ones too.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Definition>> {
    tx.query(&format!("SELECT {COLUMNS} FROM attribute_definitions ORDER BY applies_to, position, id"), params![], read)
}
pub fn find(tx: &mut Tx<'_>, id: AttributeId) -> Result<Option<Definition>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM attribute_definitions WHERE id = $1"), params![id], read)
}
/// False when the key is taken.
pub fn insert(tx: &mut Tx<'_>, d: &Definition) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO attribute_definitions (id, applies_to, key, name, kind, options, currency, required_on_close, position, archived, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        params![
            d.id,
            d.applies_to.as_str(),
            &d.key,
            &d.name,
            d.kind.as_str(),
            options(d),
            &d.currency,
            d.required_on_close,
            d.position,
            d.archived,
            d.created_at
        ],
    )?;
    Ok(n > 0)
}
fn options(d: &Definition) -> String {
    serde_json::to_string(&d.options).unwrap_or_default()
}
pub fn update(tx: &mut Tx<'_>, d: &Definition) -> Result<()> {
    tx.exec(
        "UPDATE attribute_definitions SET name = $2, options = $3, currency = $4, required_on_close = $5, archived = $6 WHERE id = $1",
        params![d.id, &d.name, options(d), &d.currency, d.required_on_close, d.archived],
    )
    .map(|_| ())
}
pub fn set_position(tx: &mut Tx<'_>, id: AttributeId, position: i64) -> Result<()> {
    tx.exec("UPDATE attribute_definitions SET position = $2 WHERE id = $1", params![id, position]).map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, id: AttributeId) -> Result<()> {
    tx.exec("DELETE FROM attribute_definitions WHERE id = $1", params![id]).map(|_| ())
}
