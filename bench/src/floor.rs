//! Floors: the same SQL by bare rusqlite, one thread, group commit by hand, `synchronous=FULL`.

use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Instant;

pub fn open(path: &Path) -> Connection {
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{suffix}", path.display())));
    }
    let conn = Connection::open(path).expect("open");
    conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16000;").expect("pragmas");
    for migration in std::iter::once(&db::CORE).chain(server::app::WORKSPACE) {
        conn.execute_batch(&db::Dialect::Sqlite.migration(migration.sql)).expect("schema");
    }
    conn.set_prepared_statement_cache_capacity(256);
    conn
}

pub const JOURNAL: &str = "INSERT INTO journal (channel_id, received_at, method, path, headers, body, body_hash, size_bytes, silent, state, attempts) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'received', 0) RETURNING key";

/// Journal rows a second, 64 to a commit.
pub fn journal_inserts(path: &Path, seconds: f64) -> f64 {
    let conn = open(path);
    let body = vec![b'x'; 190];
    let headers = r#"[["content-type","application/json"],["x-switchboard-timestamp","1790000000"],["x-switchboard-signature","sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]]"#;
    let begun = Instant::now();
    let mut n = 0;
    while begun.elapsed().as_secs_f64() < seconds {
        conn.execute_batch("BEGIN IMMEDIATE").expect("begin");
        for _ in 0..64 {
            let mut s = conn.prepare_cached(JOURNAL).expect("prepare");
            let _: i64 = s
                .query_row(
                    params![
                        &[7u8; 16][..],
                        1_790_000_000_000i64,
                        "POST",
                        "/api/webhooks/api/abc",
                        headers,
                        body,
                        None::<String>,
                        190,
                        false
                    ],
                    |r| r.get(0),
                )
                .expect("insert");
            n += 1;
        }
        conn.execute_batch("COMMIT").expect("commit");
    }
    f64::from(n) / begun.elapsed().as_secs_f64()
}
