//! The ground everything stands on: start and stop, schemas, the API's description, the shape of the source.

use db::{Db, Engine, Options as DbOptions, Scope};
use kernel::{SystemIds, WorkspaceId, id::new_id};
use serde_json::{Value, json};
use server::app::{CONTROL, WORKSPACE};
use server::start::Edges;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tests::{ApiDoor, TestServer, engine_is_postgres};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_says_that_it_lives_and_counts_what_it_does() {
    let s = TestServer::start().await;
    assert_eq!(s.web.get("/healthz").await.text(), "ok\n");
    assert_eq!(s.web.get("/readyz").await.text(), "ready\n");
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let metrics = s.web.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    assert!(metrics.text().ends_with("# EOF\n") && metrics.text().contains("journal"), "{}", metrics.text());
    let page = s.web.get("/healthz").await;
    assert_eq!((page.header("x-content-type-options"), page.header("x-request-id").is_empty()), ("nosniff", false));
    let mine = s.web.with("x-request-id", "my-own-request-id").get("/healthz").await;
    assert_eq!(mine.header("x-request-id"), "my-own-request-id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_and_for_how_long_stands_in_the_metrics() {
    let s = TestServer::start().await;
    let hook = tests::Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    s.alice
        .post(&format!("/conversations/{}/messages", c["id"].as_str().unwrap()), json!({ "text": "Hi", "undo_seconds": 0 }))
        .await
        .is(201);
    s.settle().await;
    let gauge = async |name: &str| -> i64 {
        let text = s.web.get("/metrics").await.text();
        let line = text.lines().find_map(|l| l.strip_prefix(&format!("switchboard_{name} ")).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    };
    for name in ["deliveries_waiting", "oldest_delivery_seconds", "sends_waiting", "oldest_send_seconds", "channels_failing"] {
        assert_eq!(gauge(name).await, 0, "{name}");
    }
    s.advance(16_000).await;
    // As a process leaves it that dies at the wrong moment: nobody is awake for them.
    let at = s.now() - 90_000;
    let cut = s.app.db.write(s.workspace, db::Lane::Bulk, move |tx| {
        tx.exec("UPDATE journal SET state = 'received', received_at = $1", db::params![at])?;
        tx.exec("UPDATE outbox SET state = 'waiting', due_at = $1", db::params![at + 60_000])?;
        tx.exec("UPDATE channels SET status = 'error' WHERE provider = 'api'", db::params![])
    });
    cut.await.unwrap();
    let counted = [
        ("deliveries_waiting", 1),
        ("oldest_delivery_seconds", 90),
        ("sends_waiting", 1),
        ("oldest_send_seconds", 30),
        ("channels_failing", 1),
    ];
    for (name, wanted) in counted {
        assert_eq!(gauge(name).await, wanted, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_still_there_after_a_restart() {
    let mut s = TestServer::start().await;
    let hook = tests::Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let before = s.only_conversation().await;
    let path = format!("/conversations/{}/messages", before["id"].as_str().unwrap());
    s.bob.post(&path, json!({ "text": "Leaves after the restart", "undo_seconds": 60 })).await.is(201);
    let open = s.events(&s.bob, "").await;
    let cursor = s.bob.get("/me").await.ok()["cursor"].as_str().unwrap().to_owned();
    drop(open);
    s.restart().await;
    assert!(hook.requests().is_empty());
    assert_eq!(s.only_conversation().await["messages"].as_array().unwrap().len(), 2);
    assert_eq!(s.bob.get("/me").await.ok()["cursor"], cursor, "an old cursor goes on");
    s.advance(61_000).await;
    assert_eq!(hook.requests().len(), 1);
    // Nobody else works on the same folder.
    let edges = Edges { schema_prefix: s.schema_prefix().to_owned(), ..Default::default() };
    let second = server::start::start(s.configuration(), edges).await.err().expect("the folder is taken");
    assert_eq!(second.code, "data.locked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables_and_columns() {
    let s = TestServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let embedded = Db::open(DbOptions::new(Engine::Sqlite { dir: dir.path().to_owned() }, CONTROL, WORKSPACE)).unwrap();
    let other: WorkspaceId = new_id(&SystemIds, s.now());
    for (here, there) in [(Scope::Control, Scope::Control), (Scope::Workspace(s.workspace), Scope::Workspace(other))] {
        let columns =
            |tx: &mut db::Tx<'_>| tx.query(tx.dialect().columns(), db::params![], |r| Ok((r.next::<String>()?, r.next::<String>()?)));
        let ours = s.app.db.read(here, columns).await.unwrap();
        let theirs = embedded.read(there, columns).await.unwrap();
        assert!(ours.len() > 20);
        assert_eq!(ours, theirs, "{here:?}");
    }
    embedded.close().await;
    assert_eq!(s.app.db.dialect() == db::Dialect::Postgres, engine_is_postgres());
}

/// A migration that somebody has run is never changed: write another one. `UPDATE_SNAPSHOTS=1` notes new ones.
#[test]
fn migrations_are_what_they_were() {
    let hash = |name: &str, sql: &str| format!("{} {name}\n", data_encoding::HEXLOWER.encode(&Sha256::digest(sql.as_bytes())));
    let all: String = CONTROL
        .iter()
        .map(|m| hash(&format!("control/{}", m.name), m.sql))
        .chain(WORKSPACE.iter().map(|m| hash(&format!("workspace/{}", m.name), m.sql)))
        .collect();
    snapshot(&root().join("crates/tests/tests/migrations.sha256"), &all);
}

/// The committed description is what the web UI's types and readers go by. `make gen` writes it anew.
#[test]
fn the_committed_description_of_the_api_is_that_of_the_code() {
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(root().join("web/openapi.json")).unwrap()).unwrap();
    let made: Value = serde_json::from_str(&server::http::document().to_json().unwrap()).unwrap();
    assert!(committed == made, "web/openapi.json is old; run `make gen`");
}

fn snapshot(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "{}", path.display());
}

fn sources(folder: &Path, endings: &[&str], out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !["node_modules", "dist", "target"].iter().any(|n| path.ends_with(n)) {
                sources(&path, endings, out);
            }
        } else if endings.iter().any(|e| path.to_string_lossy().ends_with(e)) {
            out.push(path);
        }
    }
}

/// Lowest first: a slice calls those before it. Its `api.rs` is a door, which may also read from those above.
const SLICES: &[&str] = &[
    "audit",
    "standstill",
    "people",
    "teams",
    "files",
    "outbox",
    "mail_domains",
    "channels",
    "journal",
    "simulator",
    "polling",
    "gateways",
    "filters",
    "hours",
    "attributes",
    "sub_statuses",
    "contacts",
    "signatures",
    "search",
    "conversations",
    "views",
    "canned",
    "macros",
    "realtime",
    "mailboxes",
    "intake",
    "bulk",
    "widget",
    "delivery",
    "notifications",
    "chatwoot",
    "webhooks",
    "calls",
    "imports",
    "inspector",
    "usage",
    "demo",
    "setup",
    "backups",
    "archives",
    "deletion",
    "system",
];
/// Known steps upwards: (file, slice).
const UPWARDS: &[(&str, &str)] =
    &[("search/find.rs", "conversations"), ("search/index.rs", "conversations"), ("search/rank.rs", "conversations")];

#[test]
fn slices_call_only_those_below_them() {
    let base = root().join("crates/server/src");
    let text = std::fs::read_to_string(base.join("lib.rs")).unwrap();
    let listed: Vec<&str> =
        text.split("// Slices").nth(1).unwrap().lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(listed, SLICES, "lib.rs lists the slices in another order");
    let mut wrong = Vec::new();
    for (rank, slice) in SLICES.iter().enumerate() {
        let mut files = Vec::new();
        sources(&base.join(slice), &[".rs"], &mut files);
        assert!(!files.is_empty(), "{slice}");
        for file in files {
            let name = file.strip_prefix(&base).unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for above in &SLICES[rank + 1..] {
                let calls = text.contains(&format!("crate::{above}::")) || used_in_braces(text, above);
                if calls && !name.contains("/api") && !UPWARDS.contains(&(name.as_str(), above)) {
                    wrong.push(format!("{name} calls {above}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
fn used_in_braces(text: &str, slice: &str) -> bool {
    text.split("use crate::{").skip(1).any(|rest| {
        let list = rest.split(';').next().unwrap_or("");
        list.split([',', '{', '}', ' ', '\n']).any(|word| word == slice || word.starts_with(&format!("{slice}::")))
    })
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut files = Vec::new();
    for folder in ["crates", "web/src", "web/widget"] {
        sources(&root().join(folder), &[".rs", ".ts", ".tsx"], &mut files);
    }
    let long: Vec<String> = files
        .iter()
        .filter(|f| !f.to_string_lossy().contains(".gen."))
        .filter_map(|f| {
            let lines = std::fs::read_to_string(f).ok()?.lines().count();
            (lines > 800).then(|| format!("{} has {lines} lines", f.display()))
        })
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// Ids that are words of their own as well: a kind of handle, a key, a form.
const COMMON: &[&str] = &["api", "x", "phone", "form"];

/// What a channel can do is in its descriptor; a page that asks for its name would have to be changed for every new one.
#[test]
fn no_page_knows_a_provider_by_name() {
    let mut files = Vec::new();
    sources(&root().join("web/src"), &[".ts", ".tsx"], &mut files);
    let providers: Vec<&str> = connectors::CHANNELS.iter().map(|c| c.descriptor().id).filter(|id| !COMMON.contains(id)).collect();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.to_string_lossy().into_owned();
        if [".test.", ".gen.", "ChannelGlyph", "/i18n/", "/mock"].iter().any(|n| name.contains(n)) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for id in &providers {
            if [format!("\"{id}\""), format!("'{id}'"), format!("`{id}`")].iter().any(|literal| text.contains(literal)) {
                wrong.push(format!("{name}: {id}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_wrong_configuration_says_where_and_what() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("switchboard.toml"), "[server]\nlisten = \"nowhere\"\nlitsen = \"127.0.0.1:1\"\n").unwrap();
    let env = [("SWITCHBOARD_LIMITS_UPLOAD_BYTES".to_owned(), "many".to_owned())];
    let flags = config::Flags::default().set("no-such-flag", "1");
    let error = config::Config::load(&flags, env, dir.path()).unwrap_err().to_string();
    for part in ["switchboard.toml:2", "switchboard.toml:3", "did you mean", "SWITCHBOARD_LIMITS_UPLOAD_BYTES", "--no-such-flag"] {
        assert!(error.contains(part), "{part} is missing in:\n{error}");
    }
}
