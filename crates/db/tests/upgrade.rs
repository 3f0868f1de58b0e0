//! An upgrade that fails leaves everything as it was; one that works leaves a copy of what was; and a trial says beforehand what will happen.

#![expect(clippy::unwrap_used, reason = "a test fails at once")]

use db::{Db, Engine, Lane, Migration, Options, Scope, copy, params};
use kernel::{Ids, SystemIds, WorkspaceId, id::new_id};
use std::path::PathBuf;

const FIRST: Migration = Migration { name: "0001_things", sql: "CREATE TABLE things (id {{key}}, name TEXT);" };
const OLD: &[Migration] = &[FIRST];
const GOOD: &[Migration] =
    &[FIRST, Migration { name: "0002_size", sql: "ALTER TABLE things ADD COLUMN size BIGINT; UPDATE things SET size = 7;" }];
// It changes much before it fails.
const BAD: &[Migration] = &[
    FIRST,
    Migration { name: "0002_size", sql: "ALTER TABLE things ADD COLUMN size BIGINT; DELETE FROM things;" },
    Migration { name: "0003_wrong", sql: "CREATE TABLE more (id {{key}}); INSERT INTO nowhere VALUES (1);" },
];

fn engines() -> Vec<(Engine, PathBuf)> {
    let dir = std::env::temp_dir().join(format!("switchboard-up-{}", new_id::<kernel::JobKind>(&SystemIds, 0)));
    std::fs::create_dir_all(&dir).unwrap();
    let mut all = vec![(Engine::Sqlite { dir: dir.clone() }, dir.clone())];
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        let mut tag = [0u8; 4];
        SystemIds.random(&mut tag);
        all.push((Engine::Postgres { url, prefix: format!("u{:x}_", u32::from_le_bytes(tag)) }, dir));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_fails_changes_nothing_and_one_that_works_can_be_gone_back_from() {
    for (engine, dir) in engines() {
        let id: WorkspaceId = new_id(&SystemIds, 1);
        let scope = Scope::Workspace(id);
        let options = |workspace: &'static [Migration]| Options::new(engine.clone(), &[], workspace);
        let scratch = dir.join("trial.db");
        let trial = async |workspace: &'static [Migration]| {
            let (options, scratch) = (options(workspace), scratch.clone());
            let tried = tokio::task::spawn_blocking(move || copy::rehearse(&options, scope, &scratch)).await.unwrap();
            drop(std::fs::remove_file(dir.join("trial.db")));
            tried
        };
        assert!(trial(OLD).await.unwrap().is_none(), "there is nothing yet");
        let db = Db::open(options(OLD)).unwrap();
        db.write(scope, Lane::Interactive, |tx| tx.exec("INSERT INTO things (id, name) VALUES (1, 'kept')", params![])).await.unwrap();
        db.close().await;

        assert_eq!(trial(BAD).await.unwrap_err().code, "migration.failed");
        let db = Db::open(options(BAD)).unwrap();
        let failed = db.ensure_open(scope).await.unwrap_err();
        assert_eq!(failed.code, "migration.failed");
        assert!(failed.detail.contains("nothing was changed") && failed.detail.contains("0003_wrong"), "{}", failed.detail);
        db.close().await;

        // The version before starts as if nothing had been.
        let db = Db::open(options(OLD)).unwrap();
        let name: String = db.read(scope, |tx| tx.one("SELECT name FROM things", params![], |r| r.get(0))).await.unwrap();
        assert_eq!(name, "kept");
        db.close().await;

        let plan = trial(GOOD).await.unwrap().unwrap();
        assert_eq!(plan.pending, ["0002_size"]);
        let db = Db::open(options(GOOD)).unwrap();
        let size = db.read(scope, |tx| tx.number("SELECT size FROM things", params![])).await.unwrap();
        assert_eq!(size, 7, "the trial before changed nothing, this did");
        assert!(trial(GOOD).await.unwrap().unwrap().pending.is_empty());
        if let Engine::Postgres { .. } = engine {
            db.remove(id).await.unwrap();
            db.close().await;
            continue;
        }
        db.close().await;
        // The copy is of before: put in place of the database, the version before reads it.
        let file = format!("{id}.db");
        std::fs::copy(dir.join(copy::BEFORE).join(&file), dir.join("workspaces").join(&file)).unwrap();
        let db = Db::open(options(OLD)).unwrap();
        let name: String = db.read(scope, |tx| tx.one("SELECT name FROM things", params![], |r| r.get(0))).await.unwrap();
        assert_eq!(name, "kept");
        db.close().await;
        std::fs::remove_dir_all(&dir).ok();
    }
}
