//! A workspace as one file: out of one installation, into another on the other engine, and back; refused when it is damaged; silent until
//! somebody says that it goes on there.

use config::{Config, Flags};
use db::{Scope, params};
use kernel::{Actor, Error, Ids, Secret, SystemIds, WorkspaceId};
use serde_json::{Value, json};
use server::app::App;
use server::archives::{self, Exported, ImportOrder, Imported, Manifest, Order};
use server::backups::Installation;
use server::standstill;
use server::start::{self, Edges};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{ApiDoor, Client, Hook, PASSWORD, TestServer, engine_is_postgres};
use tokio::runtime::Handle;

const PHRASE: &str = "seven green bottles";

fn sealed() -> Option<Secret<String>> {
    Some(Secret::new(PHRASE.to_owned()))
}
pub fn other_prefix() -> String {
    let mut roll = [0u8; 6];
    SystemIds.random(&mut roll);
    format!("m{}_", data_encoding::HEXLOWER.encode(&roll))
}
fn edges(s: &TestServer, prefix: &str) -> Edges {
    Edges { clock: s.clock.clone(), schema_prefix: prefix.to_owned(), ..Default::default() }
}
/// An installation on SQLite, whatever the tests run on.
fn embedded(dir: &Path) -> Config {
    let flags = Flags::default().set("data", dir.to_str().unwrap()).set("listen", "127.0.0.1:0").set("net-dns", "off");
    Config::load(&flags, [], dir).unwrap()
}

pub async fn put_out(from: Installation, id: WorkspaceId, to: &Path, passphrase: Option<Secret<String>>) -> Result<Exported, Error> {
    let (to, runtime) = (to.to_owned(), Handle::current());
    let order = Order { passphrase, ..Order::default() };
    tokio::task::spawn_blocking(move || archives::export(&from, id, &to, &order, &runtime)).await.unwrap()
}
/// Another installation, for as long as it takes.
async fn within<T>(config: Config, edges: Edges, what: impl AsyncFnOnce(&App) -> T) -> T {
    let (app, _lock) = start::open(config, edges).await.unwrap();
    app.runner.begin_stop();
    let done = what(&app).await;
    app.db.close().await;
    done
}
async fn take_in(config: Config, edges: Edges, file: &Path, order: ImportOrder) -> Result<Imported, Error> {
    within(config, edges, async |app| archives::import(app, file, order).await).await
}

/// Each table with how many rows it has and what they are.
fn tables(m: &Manifest) -> BTreeMap<String, (u64, Vec<String>)> {
    m.tables.iter().map(|t| (t.name.clone(), (t.rows, t.parts.iter().map(|p| p.sha256.clone()).collect()))).collect()
}
/// The log's head counts its homes, and words are found anew in each of them.
const DIFFERENT: [&str; 2] = ["log_head", "backfills"];

pub async fn seen(s: &TestServer) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for mut c in s.conversations().await {
        let id = c["id"].as_str().unwrap().to_owned();
        let mut messages = s.all(&s.alice, &format!("/conversations/{id}/messages")).await;
        for m in &mut messages {
            for file in m["attachments"].as_array_mut().into_iter().flatten() {
                file.as_object_mut().unwrap().retain(|k, _| !k.ends_with("url"));
            }
        }
        c.as_object_mut().unwrap().remove("may_send");
        all.insert(id, json!({ "conversation": c, "messages": messages }));
    }
    for c in s.all(&s.alice, "/contacts").await {
        all.insert(c["id"].as_str().unwrap().to_owned(), c);
    }
    all
}

async fn sign_in(s: &TestServer, email: &str, password: &str) -> Client {
    let anyone = s.anyone();
    let session = anyone.post("/auth/sign-in", json!({ "email": email, "password": password })).await;
    let client = anyone.signed_in(&session);
    session.ok();
    client
}

/// A workspace with something of everything.
async fn furnished(s: &TestServer, hook: &Hook) -> ApiDoor {
    let door = s.api_door(Some(&hook.url())).await;
    for n in 0..30 {
        let mut body = ApiDoor::message(&format!("m{n}"), &format!("p{}", n % 5), &format!("Question {n}, mit Umlauten ü und 🎈"));
        body["from"]["name"] = json!(format!("Kundin {}", n % 5));
        door.post(s, body).await.is(200);
    }
    s.settle().await;
    let all = s.conversations().await;
    let first = all[0]["id"].as_str().unwrap();
    let file = s.alice.upload("/files", "notes.txt", "text/plain", &b"kept for good ".repeat(90_000)).await.is(201);
    let body = json!({ "text": "With a file", "undo_seconds": 0, "attachments": [file["id"]] });
    s.alice.post(&format!("/conversations/{first}/messages"), body).await.is(201);
    s.alice.post(&format!("/conversations/{first}/notes"), json!({ "text": "A note" })).await.is(201);
    s.alice.post("/roles", json!({ "name": "Night shift", "permissions": ["conversations.read"], "visibility": "all" })).await.is(201);
    s.alice.post("/webhook-subscriptions", json!({ "name": "Ledger", "url": hook.url(), "events": ["contact.created"] })).await.is(201);
    // A key of a mail domain; making a real one takes long.
    let info = server::people::workspace(&s.app, s.workspace).await.unwrap();
    let sealer = server::app::Sealer::new(&s.app, &info.data_key).unwrap();
    let sealed = sealer.seal(b"a private key", &server::mail_domains::about("desk.example")).unwrap();
    let kept = s.app.db.write(s.workspace, db::Lane::Bulk, move |tx| {
        tx.exec(
            "INSERT INTO mail_domains (domain, selector, sealed, public_key, created_at) VALUES ('desk.example', 's1', $1, 'p', 1)",
            params![&sealed],
        )
    });
    kept.await.unwrap();
    s.alice.post("/canned-replies", json!({ "title": "Hi", "text": "Hello there", "shortcut": "hi", "scope": "all" })).await.ok();
    s.settle().await;
    door
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_workspace_goes_to_the_other_engine_and_back_as_it_was() {
    let mut s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = furnished(&s, &hook).await;
    let token = s.alice.post("/tokens", json!({ "name": "ledger" })).await.is(201)["token"].as_str().unwrap().to_owned();
    let before = seen(&s).await;
    let shelf = TempDir::new().unwrap();
    let at = |name: &str| -> PathBuf { shelf.path().join(name) };

    // Beside the running server.
    let here = Installation::of(&s.configuration(), &edges(&s, s.schema_prefix()));
    let first = put_out(here.clone(), s.workspace, &at("1"), sealed()).await.unwrap();
    assert_eq!((first.members, first.manifest.files.count, first.manifest.still), (2, 1, false));
    let again = put_out(here.clone(), s.workspace, &at("1"), None).await.unwrap_err();
    assert_eq!(again.code, "archive.exists");
    assert!(!s.dir.path().join("archive-scratch").exists());
    let rows = |m: &Manifest, name: &str| m.tables.iter().find(|t| t.name == name).unwrap().rows;
    assert_eq!(rows(&first.manifest, "conversations"), 5);
    assert!(rows(&first.manifest, "messages") >= 31 && rows(&first.manifest, "events") > 30);
    assert!(first.manifest.tables.iter().all(|t| !archives::LEFT_OUT.contains(&t.name.as_str())));
    assert!(!first.manifest.tables.iter().flat_map(|t| &t.columns).any(|c| ["secrets", "secret", "sealed"].contains(&c.name.as_str())));
    // Nothing that only a key opens stands there openly.
    let whole = std::fs::read(at("1")).unwrap();
    assert!(!whole.windows(door.secret.len()).any(|w| w == door.secret.as_bytes()));

    // Into an embedded one, and out of it: the same, to the byte.
    let other = TempDir::new().unwrap();
    let order = ImportOrder { passphrase: sealed(), name: None };
    let there = embedded(other.path());
    let came = take_in(there.clone(), edges(&s, ""), &at("1"), order.clone()).await.unwrap();
    assert_eq!((came.workspace, came.members, came.accounts, came.disconnected), (s.workspace, 2, 2, 0));
    let second = put_out(Installation::of(&there, &edges(&s, "")), s.workspace, &at("2"), sealed()).await.unwrap();
    let (one, two) = (tables(&first.manifest), tables(&second.manifest));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, rows) in &one {
        assert!(two[name] == *rows || DIFFERENT.contains(&name.as_str()), "{name}: {rows:?} became {:?}", two[name]);
    }
    assert_eq!((second.manifest.files, second.manifest.still), (first.manifest.files.clone(), true));
    assert_eq!(second.manifest.migrations, first.manifest.migrations);

    // Twice is once too many, and says so.
    let refused = take_in(there, edges(&s, ""), &at("1"), order.clone()).await.unwrap_err();
    assert_eq!(refused.code, "archive.here_already");

    // And to the engine it came from, into a third.
    let (third, prefix) = (TempDir::new().unwrap(), other_prefix());
    let config = s.configuration_in(third.path());
    take_in(config.clone(), edges(&s, &prefix), &at("2"), order).await.unwrap();
    let back = put_out(Installation::of(&config, &edges(&s, &prefix)), s.workspace, &at("3"), None).await.unwrap();
    for (name, rows) in &tables(&back.manifest) {
        assert!(two[name] == *rows || name == "log_head", "{name}: {:?} became {rows:?}", two[name]);
    }
    drop(hook.requests());
    s.move_to(third, &prefix).await;
    s.alice.get("/me").await.refused(401, "auth.expired");
    s.alice = sign_in(&s, "alice@desk.example", PASSWORD).await;
    assert_eq!(seen(&s).await, before);
    let found = s.alice.get("/search?q=Umlauten&limit=5").await.ok();
    assert!(!found["data"].as_array().unwrap().is_empty(), "words are found anew");
    assert!(s.alice.get("/audit/check").await.ok()["broken_at"].is_null());
    let of_program = s.anyone().bearer(&token);
    of_program.get("/me").await.ok();

    // It waits: nothing leaves, not even what a rule or a webhook would say, and what comes in is kept.
    let door = door.moved(&s);
    door.post(&s, ApiDoor::message("new", "p9", "are you there?")).await.is(200);
    s.advance(3_600_000).await;
    assert_eq!(s.conversations().await.len(), 6);
    let left = hook.requests();
    assert!(left.is_empty(), "{:?}", left.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect::<Vec<_>>());
    let c = s.conversations().await[0]["id"].as_str().unwrap().to_owned();
    let silent = s.alice.post(&format!("/conversations/{c}/messages"), json!({ "text": "Hello", "undo_seconds": 0 })).await;
    assert!(silent.status >= 400, "{}", silent.text());
    // Until somebody says that it goes on here.
    standstill::resume(&s.app, &Actor::system(s.workspace)).await.unwrap();
    s.settle().await;
    s.advance(1_000).await;
    assert!(hook.count() > 0, "the webhook hears of the new contact");
    drop(hook.requests());
    s.reply(&c, "Hello from the new home").await;
    s.advance(1_000).await;
    assert!(hook.requests().iter().any(|r| String::from_utf8_lossy(&r.body).contains("new home")));
    let twice = standstill::resume(&s.app, &Actor::system(s.workspace)).await.unwrap_err();
    assert_eq!(twice.code, "workspace.not_moved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_passphrase_no_secret_leaves_and_whoever_is_known_stays_who_they_are() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = furnished(&s, &hook).await;
    let shelf = TempDir::new().unwrap();
    let file = shelf.path().join("open");
    let here = Installation::of(&s.configuration(), &edges(&s, s.schema_prefix()));
    let out = put_out(here, s.workspace, &file, None).await.unwrap();
    assert!(out.manifest.secrets.is_none() && out.manifest.left_out.iter().any(|w| w.contains("Credentials")));

    // An installation where Alice is somebody already, with a password of her own.
    let mut t = TestServer::start().await;
    t.alice.post("/me/password", json!({ "current_password": PASSWORD, "new_password": "quite another one" })).await.is(204);
    let before = t.workspace;
    t.stop().await;
    let edge = edges(&t, t.schema_prefix());
    let order = ImportOrder { name: Some("The second desk".into()), passphrase: None };
    let came = take_in(t.configuration(), edge, &file, order).await;
    // Both web chats and the door are made up, so that no name is taken twice.
    let came = came.unwrap();
    assert_eq!((came.members, came.accounts, came.with_secrets), (2, 0, false));
    assert!(came.disconnected >= 1, "{came:?}");
    t.start_again().await;
    assert_eq!(t.app.workspaces().await.unwrap().len(), 2);
    let who = t.app.db.read(Scope::Control, {
        let new = s.workspace;
        move |tx| tx.number("SELECT COUNT(*) FROM memberships a JOIN memberships b ON b.account_id = a.account_id WHERE a.workspace_id = $1 AND b.workspace_id = $2", params![before, new])
    });
    assert_eq!(who.await.unwrap(), 2, "Alice and Bob are the same people in both");
    let mirrored = t.app.db.read(s.workspace, |tx| tx.query("SELECT account_id FROM members", params![], |r| r.get::<Vec<u8>>(0)));
    let known = t.app.db.read(Scope::Control, |tx| tx.query("SELECT id FROM accounts", params![], |r| r.get::<Vec<u8>>(0)));
    let (mirrored, known) = (mirrored.await.unwrap(), known.await.unwrap());
    assert!(mirrored.iter().all(|id| known.contains(id)));
    // Her password is the one she has here.
    let right = json!({ "email": "alice@desk.example", "password": "quite another one" });
    t.anyone().post("/auth/sign-in", right).await.ok();
    t.anyone().post("/auth/sign-in", json!({ "email": "alice@desk.example", "password": PASSWORD })).await.is(401);
    // The channel says what it lacks, and the webhook waits with a secret that nobody has yet.
    let states = t.app.db.read(s.workspace, |tx| {
        let channels: Vec<String> = tx.query("SELECT status FROM channels WHERE provider = 'api'", params![], |r| r.get(0))?;
        let hooks: Vec<String> = tx.query("SELECT status FROM webhook_subscriptions", params![], |r| r.get(0))?;
        Ok((channels, hooks, tx.number("SELECT COUNT(*) FROM mail_domains", params![])?))
    });
    assert_eq!(states.await.unwrap(), (vec!["disconnected".to_owned()], vec!["paused".to_owned()], 0));
    drop(door);
}

fn whole_files(dir: &Path) -> usize {
    let mut n = 0;
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => n += 1,
            }
        }
    }
    n
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_archive_is_refused_before_anything_is_written() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    furnished(&s, &hook).await;
    let shelf = TempDir::new().unwrap();
    let file = shelf.path().join("archive");
    let here = Installation::of(&s.configuration(), &edges(&s, s.schema_prefix()));
    put_out(here, s.workspace, &file, sealed()).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let (target, prefix) = (TempDir::new().unwrap(), other_prefix());
    let config = s.configuration_in(target.path());
    within(config, edges(&s, &prefix), async |app| {
        let bad = shelf.path().join("bad");
        let order = ImportOrder { passphrase: sealed(), name: None };
        let mut tried = 0;
        for at in (0..whole.len()).step_by(whole.len() / 25) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            std::fs::write(&bad, &changed).unwrap();
            let error = archives::import(app, &bad, order.clone()).await.unwrap_err();
            assert_eq!(error.code, "archive.damaged", "byte {at} of {}: {}", whole.len(), error.detail);
            tried += 1;
        }
        assert!(tried >= 25);
        for cut in [0, 100, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&bad, &whole[..cut]).unwrap();
            let error = archives::import(app, &bad, order.clone()).await.unwrap_err();
            assert_eq!(error.code, "archive.damaged", "cut at {cut}: {}", error.detail);
        }
        for (passphrase, code) in [(None, "archive.passphrase_needed"), (Some("another passphrase"), "archive.passphrase")] {
            let order = ImportOrder { passphrase: passphrase.map(|p| Secret::new(p.to_owned())), name: None };
            assert_eq!(archives::import(app, &file, order).await.unwrap_err().code, code);
        }
        assert_eq!(app.workspaces().await.unwrap().len(), 0);
        let accounts = app.db.read(Scope::Control, |tx| tx.number("SELECT COUNT(*) FROM accounts", params![])).await.unwrap();
        assert_eq!(accounts, 0);
        assert_eq!(whole_files(&target.path().join("files")), 0);
        assert_eq!(whole_files(&target.path().join("db").join("workspaces")), 0);
        if engine_is_postgres() {
            let schema = format!("{prefix}{}", s.workspace);
            let there =
                app.db.read(Scope::Control, move |tx| tx.number("SELECT COUNT(*) FROM pg_namespace WHERE nspname = $1", params![&schema]));
            assert_eq!(there.await.unwrap(), 0);
        }
        // The whole one is taken in after all of that.
        archives::import(app, &file, order).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_is_found_by_its_name_and_keeps_away_from_channels_that_others_have() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    let here = Installation::of(&s.configuration(), &edges(&s, s.schema_prefix()));
    let find = |name: &'static str| {
        let here = here.clone();
        async move { tokio::task::spawn_blocking(move || archives::find(&here, name)).await.unwrap() }
    };
    assert_eq!(find("the desk").await.unwrap(), s.workspace);
    assert_eq!(find("Nobody").await.unwrap_err().code, "workspace.not_found");
    let shelf = TempDir::new().unwrap();
    let file = shelf.path().join("archive");
    put_out(here, s.workspace, &file, None).await.unwrap();
    // Somebody else here has the same mailbox.
    let mut t = TestServer::start().await;
    t.mail_door("help@desk.example", None).await;
    t.stop().await;
    let edge = edges(&t, t.schema_prefix());
    let error = take_in(t.configuration(), edge, &file, ImportOrder::default()).await.unwrap_err();
    assert_eq!(error.code, "archive.channel_taken");
    assert!(error.detail.contains("help@desk.example"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_exports_by_a_button_and_fetches_it_by_a_link_that_ends() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    furnished(&s, &hook).await;
    s.alice.post("/workspace/exports", json!({ "passphrase": "short" })).await.is(422);
    let session = s.invite("Ada", "ada@desk.example", "admin").await;
    let admin = s.anyone().signed_in(&session);
    admin.post("/workspace/exports", json!({})).await.refused(403, "workspace.owner_needed");
    admin.get("/workspace/exports").await.refused(403, "workspace.owner_needed");
    let asked = s.alice.post("/workspace/exports", json!({ "passphrase": PHRASE })).await.is(202);
    assert_eq!((&asked["state"], &asked["sealed"], &asked["url"]), (&json!("running"), &json!(true), &Value::Null));
    s.app.exports.quiet().await;
    let done = s.alice.get("/workspace/exports").await.ok()["data"][0].clone();
    assert_eq!((&done["state"], &done["done"], &done["asked_by_name"]), (&json!("done"), &done["total"], &json!("Alice Admin")), "{done}");
    let path = done["url"].as_str().unwrap().split("/api/v1").nth(1).unwrap().to_owned();
    let got = s.anyone().get(&path).await;
    assert_eq!((got.status, got.bytes.len() as i64), (200, done["size_bytes"].as_i64().unwrap()));
    assert_eq!(got.header("content-type"), "application/zstd");
    // It is one that can be taken in.
    let shelf = TempDir::new().unwrap();
    let file = shelf.path().join("fetched");
    std::fs::write(&file, &got.bytes).unwrap();
    let whole = archives::check(&file).unwrap();
    assert_eq!(whole.manifest.workspace_id, s.workspace.to_string());
    // Another's signature, another export, another time: nothing.
    for bad in [path.replace("sig=", "sig=x"), path.replace("exp=1", "exp=2"), path.split('?').next().unwrap().to_owned()] {
        s.anyone().get(&bad).await.refused(404, "export.not_found");
    }
    s.clock.advance(3_600_001);
    s.anyone().get(&path).await.refused(404, "export.not_found");
    let again = s.alice.get("/workspace/exports").await.ok()["data"][0]["url"].as_str().unwrap().to_owned();
    s.anyone().get(again.split("/api/v1").nth(1).unwrap()).await.ok();
    // After a day the file is gone.
    let folder = archives::folder(s.dir.path(), s.workspace);
    assert_eq!(whole_files(&folder), 1);
    s.clock.advance(86_400_000);
    archives::sweep(&s.app).await.unwrap();
    let over = s.alice.get("/workspace/exports").await.ok()["data"][0].clone();
    assert_eq!((&over["state"], &over["url"], whole_files(&folder)), (&json!("expired"), &Value::Null, 0));
    let audit = s.all(&s.alice, "/audit").await;
    assert!(audit.iter().any(|a| a["action"] == "workspace.exported"));
}
