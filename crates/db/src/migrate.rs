//! Forward-only migrations, checked by hash: what was applied may never change afterwards.

use crate::params;
use crate::tx::{Engine, Tx};
use kernel::{Error, Result};
use sha2::{Digest, Sha256};

/// One file of SQL for both engines; see [`Dialect::migration`] for what may differ.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}
impl Migration {
    /// Of the file as written, so that it is the same on both engines.
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.sql.as_bytes()))
    }
}

/// The event log and the jobs: first in every workspace.
pub const CORE: Migration = Migration { name: "0000_core", sql: include_str!("core.sql") };

/// What `migrate --dry-run` tells of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, hash TEXT NOT NULL)";

pub(crate) fn plan(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<Plan> {
    let have =
        tx.query("SELECT name, hash FROM schema_migrations ORDER BY name", params![], |r| Ok((r.next::<String>()?, r.next::<String>()?)));
    let have = have.unwrap_or_default();
    for (name, hash) in &have {
        match migrations.iter().find(|m| m.name == name) {
            Some(m) if m.hash() == *hash => {}
            Some(_) => {
                return Err(Error::conflict(
                    "migration.changed",
                    format!("The migration {name} differs from the one applied here. This binary does not belong to this data."),
                ));
            }
            None => {
                return Err(Error::conflict(
                    "migration.unknown",
                    format!(
                        "This data was used with a newer version (it has the migration {name}). Start that version, or restore a backup."
                    ),
                ));
            }
        }
    }
    let pending = migrations.iter().filter(|m| !have.iter().any(|(n, _)| n == m.name)).map(|m| m.name.to_owned()).collect();
    Ok(Plan { applied: have.into_iter().map(|(n, _)| n).collect(), pending })
}

/// Applies what is missing, inside the caller's transaction.
pub(crate) fn apply(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<Plan> {
    tx.exec(TABLE, params![])?;
    let plan = plan(tx, migrations)?;
    for migration in migrations.iter().filter(|m| plan.pending.iter().any(|p| p == m.name)) {
        let sql = tx.dialect().migration(migration.sql);
        script(tx, &sql, migration.name)?;
        tx.exec("INSERT INTO schema_migrations (name, hash) VALUES ($1, $2)", params![migration.name, migration.hash()])?;
    }
    Ok(plan)
}

fn script(tx: &mut Tx<'_>, sql: &str, name: &str) -> Result<()> {
    let done = match &mut tx.engine {
        Engine::Sqlite(conn) => conn.execute_batch(sql).map_err(|e| e.to_string()),
        Engine::Pg(conn) => conn.batch(sql).map_err(|e| e.as_db_error().map(|d| d.to_string()).unwrap_or_else(|| e.to_string())),
    };
    done.map_err(|e| {
        // Everything a database lacks is applied in one transaction: what was there before is there still.
        Error::conflict(
            "migration.failed",
            format!(
                "The upgrade did not work, and nothing was changed ({name} on {:?}: {e}). Start the version before, and report this.",
                tx.dialect()
            ),
        )
    })
}

/// The file of hashes that a test compares with: a released migration never changes.
pub fn hashes(migrations: &[Migration]) -> String {
    migrations.iter().map(|m| format!("{} {}\n", m.name, m.hash())).collect()
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    #[test]
    fn sections_belong_to_one_engine() {
        let sql = "a {{key}}\n--@sqlite\nb\n--@end\n--@postgres\nc\n--@end\nd {{bytes}}";
        assert_eq!(Dialect::Sqlite.migration(sql), "a INTEGER PRIMARY KEY\nb\nd BLOB\n");
        assert_eq!(Dialect::Postgres.migration(sql), "a BIGINT PRIMARY KEY\nc\nd BYTEA\n");
    }
}
