//! The facade on both engines: same text, same answers. PostgreSQL runs when TEST_DATABASE_URL is set.

#![expect(clippy::unwrap_used, reason = "a test fails at once")]

use db::{Db, Engine, Lane, Migration, Options, Scope, events, jobs, params};
use kernel::event::NewEvent;
use kernel::{Error, Ids, SystemIds, WorkspaceId, id::new_id};

const CONTROL: &[Migration] = &[Migration { name: "0001_control", sql: "CREATE TABLE seen (name TEXT PRIMARY KEY);" }];
const WORKSPACE: &[Migration] = &[Migration {
    name: "0001_things",
    sql: "CREATE TABLE things (id {{key}}, name TEXT UNIQUE, size BIGINT, ok BOOLEAN, weight {{real}}, raw {{bytes}});",
}];

fn engines() -> Vec<(Engine, Option<std::path::PathBuf>)> {
    let dir = std::env::temp_dir().join(format!("switchboard-db-{}", new_id::<kernel::JobKind>(&SystemIds, 0)));
    let mut all = vec![(Engine::Sqlite { dir: dir.clone() }, Some(dir))];
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        let mut tag = [0u8; 4];
        SystemIds.random(&mut tag);
        all.push((Engine::Postgres { url, prefix: format!("t{:x}_", u32::from_le_bytes(tag)) }, None));
    }
    all
}

async fn each(test: impl AsyncFn(Db, Scope)) {
    for (engine, dir) in engines() {
        let db = Db::open(Options::new(engine, CONTROL, WORKSPACE)).unwrap();
        let id: WorkspaceId = new_id(&SystemIds, 1);
        test(db.clone(), Scope::Workspace(id)).await;
        db.remove(id).await.unwrap();
        db.close().await;
        if let Some(dir) = dir {
            std::fs::remove_dir_all(dir).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_went_in() {
    each(async |db, scope| {
        db.write(scope, Lane::Interactive, |tx| {
            tx.exec(
                "INSERT INTO things (id, name, size, ok, weight, raw) VALUES ($1, $2, $3, $4, $5, $6)",
                params![1i64, "é", None::<i64>, true, 0.5, vec![0u8, 255]],
            )
        })
        .await
        .unwrap();
        let row = db
            .read(scope, |tx| {
                tx.one("SELECT name, size, ok, weight, raw FROM things WHERE raw = $2 AND id = $1", params![1i64, vec![0u8, 255]], |r| {
                    Ok((r.next::<String>()?, r.next::<Option<i64>>()?, r.next::<bool>()?, r.next::<f64>()?, r.next::<Vec<u8>>()?))
                })
            })
            .await
            .unwrap();
        assert_eq!(row, ("é".into(), None, true, 0.5, vec![0, 255]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_takes_nothing_of_its_neighbours() {
    each(async |db, scope| {
        let writes = (0..200i64).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(scope, Lane::Intake, move |tx| {
                    tx.exec("INSERT INTO things (id, size) VALUES ($1, $2)", params![n, n])?;
                    tx.emit(NewEvent::new("thing.made", "system", n));
                    match n % 3 {
                        1 => Err(Error::conflict("test.no", "no")),
                        2 if n % 2 == 0 => panic!("a bug"),
                        _ => Ok(()),
                    }
                })
                .await
            })
        });
        let mut good = 0;
        for w in writes.collect::<Vec<_>>() {
            good += i64::from(w.await.unwrap().is_ok());
        }
        let (rows, seqs, head) = db
            .read(scope, |tx| {
                let rows = tx.number("SELECT COUNT(*) FROM things", params![])?;
                let seqs: Vec<i64> = events::after(tx, 1, 0, 1_000)?.iter().map(|e| e.seq).collect();
                Ok((rows, seqs, events::head(tx)?))
            })
            .await
            .unwrap();
        assert_eq!(rows, good);
        assert_eq!(seqs, (1..=good).collect::<Vec<_>>(), "numbers without gaps");
        assert_eq!(head.seq, good);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_wins_a_unique_key() {
    each(async |db, scope| {
        let mut won = 0;
        let all: Vec<_> = (0..50i64)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(scope, Lane::Intake, move |tx| {
                        tx.exec("INSERT INTO things (id, name) VALUES ($1, 'one') ON CONFLICT DO NOTHING", params![n])
                    })
                    .await
                })
            })
            .collect();
        for w in all {
            won += w.await.unwrap().unwrap();
        }
        assert_eq!(won, 1);
        let clash = db.write(scope, Lane::Intake, |tx| tx.exec("INSERT INTO things (id, name) VALUES (99, 'one')", params![])).await;
        assert_eq!(clash.unwrap_err().code, "storage.unique");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_claimed_once_retried_and_buried() {
    each(async |db, scope| {
        let job = |key: Option<&str>| jobs::NewJob {
            kind: "test",
            payload: serde_json::json!({}),
            dedupe_key: key.map(str::to_owned),
            run_at: 10,
            max_attempts: 2,
        };
        let made = db
            .write(scope, Lane::Interactive, move |tx| {
                let a = jobs::enqueue(tx, &SystemIds, 1, job(Some("k")))?;
                let b = jobs::enqueue(tx, &SystemIds, 1, job(Some("k")))?;
                Ok((a, b))
            })
            .await
            .unwrap();
        assert_eq!(made, (true, false));
    })
    .await;
    each(async |db, scope| {
        let new = jobs::NewJob { kind: "test", payload: serde_json::json!({}), dedupe_key: None, run_at: 10, max_attempts: 2 };
        db.write(scope, Lane::Bulk, move |tx| jobs::enqueue(tx, &SystemIds, 1, new.clone())).await.unwrap();
        let claim = async |now| db.write(scope, Lane::Bulk, move |tx| jobs::claim(tx, "test", now, 10)).await.unwrap();
        assert!(claim(9).await.is_empty());
        let first = claim(10).await;
        assert_eq!(first.len(), 1);
        assert!(claim(11).await.is_empty(), "under lease");
        let job = first[0].clone();
        assert!(!db.write(scope, Lane::Bulk, move |tx| jobs::fail(tx, &job, 20, "no")).await.unwrap());
        let again = claim(20).await;
        assert_eq!(again[0].attempts, 2);
        let job = again[0].clone();
        assert!(db.write(scope, Lane::Bulk, move |tx| jobs::fail(tx, &job, 30, "no")).await.unwrap(), "dead");
        assert!(claim(99).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_unknown_migration_is_refused() {
    const OTHER: &[Migration] = &[Migration { name: "0001_things", sql: "CREATE TABLE things (id {{key}});" }];
    for (engine, dir) in engines() {
        let id: WorkspaceId = new_id(&SystemIds, 1);
        let db = Db::open(Options::new(engine.clone(), CONTROL, WORKSPACE)).unwrap();
        db.ensure_open(id.into()).await.unwrap();
        assert_eq!(db.plan(id.into()).await.unwrap().pending, Vec::<String>::new());
        db.close().await;
        for (migrations, code) in [(OTHER, "migration.changed"), (&[] as &[Migration], "migration.unknown")] {
            let db = Db::open(Options::new(engine.clone(), CONTROL, migrations)).unwrap();
            assert_eq!(db.ensure_open(id.into()).await.unwrap_err().code, code);
            db.close().await;
        }
        if let Some(dir) = dir {
            std::fs::remove_dir_all(dir).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_every_write_of_the_batch_and_passes() {
    let (Engine::Sqlite { dir }, _) = engines().remove(0) else { return };
    let options = Options { max_pages: 64, ..Options::new(Engine::Sqlite { dir: dir.clone() }, CONTROL, WORKSPACE) };
    let db = Db::open(options).unwrap();
    let scope = Scope::Workspace(new_id(&SystemIds, 1));
    db.ensure_open(scope).await.unwrap();
    let all: Vec<_> = (0..40i64)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(scope, Lane::Intake, move |tx| {
                    tx.exec("INSERT INTO things (id, raw) VALUES ($1, $2)", params![n, vec![7u8; 20_000]])
                })
                .await
            })
        })
        .collect();
    let mut good = 0;
    let mut full = 0;
    for w in all {
        match w.await.unwrap() {
            Ok(_) => good += 1,
            Err(e) => {
                assert_eq!(e.code, "storage.full");
                full += 1;
            }
        }
    }
    assert!(full > 0);
    let rows = db.read(scope, |tx| tx.number("SELECT COUNT(*) FROM things", params![])).await.unwrap();
    assert_eq!(rows, good, "what was confirmed is there, and nothing else");
    db.write(scope, Lane::Intake, |tx| tx.exec("DELETE FROM things", params![])).await.unwrap();
    db.write(scope, Lane::Intake, |tx| tx.exec("INSERT INTO things (id) VALUES (1)", params![])).await.unwrap();
    db.close().await;
    std::fs::remove_dir_all(dir).unwrap();
}

/// How the database is spoken to, and what a connection to it says then.
async fn spoken(url: String) -> kernel::Result<bool> {
    let db = Db::open(Options::new(Engine::Postgres { url, prefix: "tls_".into() }, CONTROL, WORKSPACE))?;
    let ssl = db
        .read(Scope::Control, |tx| tx.one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", params![], |r| r.next::<bool>()))
        .await;
    db.close().await;
    ssl
}

async fn refusal(url: String) -> Error {
    let options = Options::new(Engine::Postgres { url, prefix: "tls_".into() }, CONTROL, WORKSPACE);
    tokio::task::spawn_blocking(move || db::copy::workspaces(&options)).await.unwrap().unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_spoken_to_as_its_address_says() {
    let (Ok(url), Ok(ca)) = (std::env::var("TEST_DATABASE_URL"), std::env::var("TEST_DATABASE_CA")) else { return };
    let place = url.split_once('?').unwrap().0;
    assert!(!spoken(format!("{place}?sslmode=disable")).await.unwrap());
    assert!(spoken(place.to_owned()).await.unwrap(), "encrypted where it can be");
    assert!(spoken(format!("{place}?sslmode=require")).await.unwrap());
    assert!(spoken(format!("{place}?sslmode=verify-full&sslrootcert={ca}")).await.unwrap());
    // Nobody this machine trusts has signed it, and a name that is not in it is not taken either.
    for wrong in [
        format!("{place}?sslmode=verify-full"),
        format!("{}?sslmode=verify-full&sslrootcert={ca}", place.replace("127.0.0.1", "localhost")),
    ] {
        let error = refusal(wrong).await;
        assert_eq!(error.code, "storage.unavailable");
        assert!(error.detail.contains("certificate"), "{}", error.detail);
    }
    let error = refusal(format!("{place}?sslrootcert=/nowhere/ca.pem")).await;
    assert!(error.detail.contains("/nowhere/ca.pem"), "{}", error.detail);
}
