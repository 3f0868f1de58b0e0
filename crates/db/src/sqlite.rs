//! Opening and removing SQLite files.

use crate::{Options, Scope};
use kernel::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

pub(crate) fn path(dir: &Path, scope: Scope) -> PathBuf {
    match scope {
        Scope::Control => dir.join("control.db"),
        Scope::Workspace(id) => dir.join("workspaces").join(format!("{id}.db")),
    }
}

pub(crate) fn open(path: &Path, options: &Options, writer: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_CREATE;
    let opened = Connection::open_with_flags(path, flags).and_then(|conn| {
        conn.busy_timeout(std::time::Duration::from_secs(5))?;
        // The mode comes before anything that writes; a checkpoint every 4,000 pages, the WAL cut at 64 MB.
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;",
        )?;
        if writer {
            conn.execute_batch("PRAGMA cache_size = -16000;")?;
            if options.max_pages > 0 {
                conn.execute_batch(&format!("PRAGMA max_page_count = {};", options.max_pages))?;
            }
        } else {
            conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
        }
        conn.set_prepared_statement_cache_capacity(256);
        // Plans do not look at bound values. Otherwise a statement that might gain by one (a partial index, a LIMIT) is planned anew
        // each time it is bound, which costs more than running it.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(conn)
    });
    opened.map_err(|e| {
        tracing::error!(error = %e, "a database file cannot be opened");
        Error::unavailable("storage.unavailable", format!("The database file cannot be opened: {e}"))
    })
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::unavailable("storage.unavailable", format!("The database file cannot be removed: {e}"))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let file = std::env::temp_dir().join(format!("switchboard-plans-{}.db", std::process::id()));
        let conn = open(&file, &Options::new(Engine::Sqlite { dir: std::env::temp_dir() }, &[], &[]), true).expect("open");
        conn.execute_batch("CREATE TABLE t (a TEXT, b INT); CREATE INDEX t_some ON t (b) WHERE a <> 'x'; INSERT INTO t VALUES ('y', 1)")
            .expect("table");
        let mut statement = conn.prepare("SELECT b FROM t WHERE a <> 'x' AND a = $1 AND b > 0 LIMIT $2").expect("statement");
        for n in 1..=5 {
            let found: Option<i64> = statement.query_row(rusqlite::params!["y", n], |r| r.get(0)).ok();
            assert_eq!(found, Some(1));
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        drop(statement);
        drop(conn);
        remove(&file).expect("remove");
    }
}
