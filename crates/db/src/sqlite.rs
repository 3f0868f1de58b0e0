//! Opening and removing SQLite files.

use crate::Options;
use kernel::{Error, Result};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

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
