//! Backups: taken beside a server at work, looked through, put back elsewhere.

use ::backups::{Bucket, Keep, Target};
use db::params;
use kernel::BoxFuture;
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use kernel::time::{DAY, MINUTE, Millis};
use kernel::{Error, Ids, Secret, SystemIds};
use serde_json::{Value, json};
use server::backups::{self, Finding, Installation, Order, Restored, Taken};
use server::start::Edges;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tests::{ApiDoor, TestServer, engine_is_postgres};
use tokio::runtime::Handle;

fn edges(s: &TestServer, prefix: &str) -> Edges {
    Edges { clock: s.clock.clone(), schema_prefix: prefix.to_owned(), ..Default::default() }
}
fn here(s: &TestServer) -> Installation {
    Installation::of(&s.configuration(), &edges(s, s.schema_prefix()))
}
fn nobody() -> Arc<dyn HttpClient> {
    Arc::new(Shelf::default())
}
fn folder(place: &Path) -> Target {
    Target::open(place.to_str().unwrap(), &Bucket::default(), nobody(), true).unwrap()
}
async fn waiting<T: Send + 'static>(f: impl FnOnce(Handle) -> T + Send + 'static) -> T {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || f(runtime)).await.unwrap()
}
fn plain() -> Order {
    Order::default()
}
async fn take(s: &TestServer, to: Target, order: Order) -> Result<Taken, Error> {
    let from = here(s);
    waiting(move |r| backups::take(&from, to, &order, r)).await
}
fn other_prefix() -> String {
    let mut roll = [0u8; 6];
    SystemIds.random(&mut roll);
    format!("r{}_", data_encoding::HEXLOWER.encode(&roll))
}
async fn restore(s: &TestServer, from: Target, at: Option<Millis>, into: &Path, prefix: &str) -> Result<Restored, Error> {
    let into = Installation::of(&s.configuration_in(into), &edges(s, prefix));
    waiting(move |r| backups::restore(from, at, &into, Some(&Secret::new("seven green bottles".to_owned())), r)).await
}
async fn look(from: Target) -> Vec<Finding> {
    waiting(move |r| backups::verify_backup(from, r)).await.unwrap()
}
fn wrong(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|f| !f.ok).collect()
}
/// Everything a member sees: conversations with their messages, and contacts.
async fn seen(s: &TestServer) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for c in s.conversations().await {
        let id = c["id"].as_str().unwrap().to_owned();
        let mut messages = s.all(&s.alice, &format!("/conversations/{id}/messages")).await;
        // Links to files are signed anew each time.
        for m in &mut messages {
            for file in m["attachments"].as_array_mut().into_iter().flatten() {
                file.as_object_mut().unwrap().retain(|k, _| !k.ends_with("url"));
            }
        }
        all.insert(id, json!({ "conversation": c, "messages": messages }));
    }
    for c in s.all(&s.alice, "/contacts").await {
        all.insert(c["id"].as_str().unwrap().to_owned(), c);
    }
    all
}
async fn rows(s: &TestServer, table: &'static str) -> i64 {
    s.app.db.read(s.workspace, move |tx| tx.number(&format!("SELECT COUNT(*) FROM {table}"), params![])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_backup_holds_comes_back_as_it_was_then() {
    let mut s = TestServer::start().await;
    let door = Arc::new(s.api_door(None).await);
    let file = s.bob.upload("/files", "notes.txt", "text/plain", &b"kept for good ".repeat(500_000)).await.is(201);
    for n in 0..20 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("p{}", n % 4), "before")).await.is(200);
    }
    s.settle().await;
    let place = TempDir::new().unwrap();
    let order = Order { passphrase: Some(Secret::new("seven green bottles".to_owned())), ..plain() };

    // One after the other, while the backup is taken: what is in it is a beginning of them without a gap.
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(20)));
    let writer = tokio::spawn({
        let (door, stop, sent, now) = (door.clone(), stop.clone(), sent.clone(), s.now());
        async move {
            while !stop.load(Ordering::SeqCst) {
                let n = sent.load(Ordering::SeqCst);
                let body = ApiDoor::message(&format!("m{n}"), &format!("p{}", n % 4), "during").to_string().into_bytes();
                door.post_at(&door.secret, now, body).await.is(200);
                sent.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    tests::until("some load", || async { (sent.load(Ordering::SeqCst) > 30).then_some(()) }).await;
    let before = sent.load(Ordering::SeqCst);
    let first = take(&s, folder(place.path()), order.clone()).await.unwrap();
    let during = sent.load(Ordering::SeqCst);
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert!(first.with_key && first.files >= 1 && first.databases == 2, "{first:?}");

    // A second one, of a quiet server.
    s.settle().await;
    s.advance(MINUTE).await;
    let then = (seen(&s).await, rows(&s, "events").await, rows(&s, "journal").await, rows(&s, "audit").await);
    let second = take(&s, folder(place.path()), order.clone()).await.unwrap();
    assert!(second.written.new_bytes < first.written.new_bytes, "{second:?} after {first:?}");
    s.advance(MINUTE).await;
    door.post(&s, ApiDoor::message("later", "p1", "after the backup")).await.is(200);
    s.settle().await;
    assert_ne!(seen(&s).await, then.0);
    assert_eq!(wrong(&look(folder(place.path())).await), Vec::<&Finding>::new());

    // Nothing that lies there already is written over.
    let taken = TempDir::new().unwrap();
    std::fs::write(taken.path().join("letter.txt"), "mine").unwrap();
    let refused = restore(&s, folder(place.path()), None, taken.path(), &other_prefix()).await.unwrap_err();
    assert_eq!(refused.code, "restore.not_empty");
    let refused = restore(&s, folder(place.path()), Some(0), TempDir::new().unwrap().path(), &other_prefix()).await.unwrap_err();
    assert_eq!(refused.code, "backup.none");

    // As it was when it was taken under load.
    let (old, prefix) = (TempDir::new().unwrap(), other_prefix());
    let back = restore(&s, folder(place.path()), Some(first.taken_at), old.path(), &prefix).await.unwrap();
    assert_eq!((back.snapshot.as_str(), back.has_key), (first.snapshot.as_str(), true));
    let (new, new_prefix) = (TempDir::new().unwrap(), other_prefix());
    let newest = restore(&s, folder(place.path()), None, new.path(), &new_prefix).await.unwrap();
    assert_eq!(newest.snapshot, second.snapshot);
    s.move_to(old, &prefix).await;
    let mut there = HashSet::new();
    for c in s.conversations().await {
        for m in s.all(&s.alice, &format!("/conversations/{}/messages", c["id"].as_str().unwrap())).await {
            assert!(there.insert(m["external_id"].as_str().unwrap().to_owned()));
        }
    }
    let n = there.len();
    assert!((before..=during + 1).contains(&n), "{n} of {before} to {during}");
    assert!((0..n).all(|i| there.contains(&format!("m{i}"))), "a gap: {there:?}");

    // The newest, exactly.
    s.move_to(new, &new_prefix).await;
    assert_eq!(seen(&s).await, then.0);
    assert_eq!((rows(&s, "events").await, rows(&s, "journal").await, rows(&s, "audit").await), (then.1, then.2, then.3));
    let me = s.alice.get("/me").await.ok();
    assert!(me["cursor"].as_str().unwrap().starts_with("2."), "open screens fetch anew: {}", me["cursor"]);
    let again = s.web.get(file["url"].as_str().unwrap()).await;
    assert_eq!(again.bytes.len(), 7_000_000);
    let found = s.alice.get("/search?q=during&limit=5").await.ok();
    assert!(!found["data"].as_array().unwrap().is_empty());
    // And it goes on from there: with the same secrets, and without a number given twice.
    Arc::into_inner(door).unwrap().moved(&s).post(&s, ApiDoor::message("later", "p1", "again after the backup")).await.is(200);
    s.settle().await;
    assert_eq!(seen(&s).await.len(), then.0.len());
    s.stop().await;
    let found = backups::verify_live(&here(&s)).await.unwrap();
    assert_eq!(wrong(&found), Vec::<&Finding>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_copies_what_has_changed_and_forgets_what_need_not_stay() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..60 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), "p1", &format!("{n} {}", "many words ".repeat(200)))).await.is(200);
    }
    s.settle().await;
    let place = TempDir::new().unwrap();
    let first = take(&s, folder(place.path()), plain()).await.unwrap();
    let same = take(&s, folder(place.path()), plain()).await.unwrap();
    assert_eq!(same.written.new_chunks, 0, "nothing has changed: {same:?}");
    assert_eq!(same.written.seen_bytes, first.written.seen_bytes);
    for day in 1..=5 {
        s.advance(DAY).await;
        door.post(&s, ApiDoor::message(&format!("day{day}"), "p2", "one more")).await.is(200);
        s.settle().await;
        take(&s, folder(place.path()), plain()).await.unwrap();
    }
    let keep = Order { keep: Some(Keep::parse("2d").unwrap()), ..plain() };
    s.advance(1).await;
    let last = take(&s, folder(place.path()), keep.clone()).await.unwrap();
    assert_eq!(last.forgotten.snapshots.len(), 6, "of eight, yesterday's and the newest stay: {last:?}");
    assert_eq!(wrong(&look(folder(place.path())).await), Vec::<&Finding>::new());
    let left = std::fs::read_dir(place.path().join("snapshots")).unwrap().count();
    assert_eq!(left, 2);
    // Two at once is one too many.
    std::fs::write(place.path().join("lock"), "somebody").unwrap();
    let busy = take(&s, folder(place.path()), keep).await.unwrap_err();
    assert_eq!(busy.code, "backup.busy");
    assert!(busy.detail.contains("somebody"), "{}", busy.detail);
    std::fs::remove_file(place.path().join("lock")).unwrap();
    // What stayed comes back whole.
    let back = restore(&s, folder(place.path()), None, TempDir::new().unwrap().path(), &other_prefix()).await.unwrap();
    assert_eq!((back.snapshot, back.has_key), (last.snapshot, false));
    assert!(!s.dir.path().join("backup-scratch").exists());
}

/// Changes one byte in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}
fn packs(place: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(place.join("packs")).unwrap().map(|e| e.unwrap().path());
    all.filter(|p| p.extension().is_some_and(|e| e == "pack")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_a_backup_is_found_and_never_restored() {
    let s = TestServer::start().await;
    s.bob.upload("/files", "a.txt", "text/plain", b"a file").await.is(201);
    let place = TempDir::new().unwrap();
    take(&s, folder(place.path()), plain()).await.unwrap();
    let pack = packs(place.path()).remove(0);
    let whole = std::fs::read(&pack).unwrap();
    flip(&pack);
    let found = look(folder(place.path())).await;
    let words: Vec<&str> = wrong(&found).iter().map(|f| f.words.as_str()).collect();
    assert!(words.iter().any(|w| w.contains("chunk")), "{words:?}");
    assert!(found.iter().any(|f| f.what == "cannot be restored"), "{found:?}");
    let refused = restore(&s, folder(place.path()), None, TempDir::new().unwrap().path(), &other_prefix()).await.unwrap_err();
    assert_eq!(refused.code, "backup.damaged");
    std::fs::write(&pack, &whole).unwrap();
    assert_eq!(wrong(&look(folder(place.path())).await), Vec::<&Finding>::new());
    std::fs::remove_file(&pack).unwrap();
    assert!(wrong(&look(folder(place.path())).await).iter().any(|f| f.words.contains("cannot be read")));
    std::fs::write(&pack, &whole).unwrap();
    // Without the passphrase, the key stays where it is; a wrong one is said to be wrong.
    let sealed = Order { passphrase: Some(Secret::new("another".to_owned())), ..plain() };
    s.advance(MINUTE).await;
    take(&s, folder(place.path()), sealed).await.unwrap();
    let refused = restore(&s, folder(place.path()), None, TempDir::new().unwrap().path(), &other_prefix()).await.unwrap_err();
    assert_eq!(refused.code, "vault.passphrase");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_the_data_is_found_and_named() {
    let mut s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..80 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), "p1", &format!("{n} {}", "many words ".repeat(100)))).await.is(200);
    }
    s.settle().await;
    s.bob.upload("/files", "a.txt", "text/plain", b"a file").await.is(201);
    s.bob.upload("/files", "b.txt", "text/plain", b"another file").await.is(201);
    // While it runs, all is well.
    let found = backups::verify_live(&here(&s)).await.unwrap();
    assert_eq!(wrong(&found), Vec::<&Finding>::new());
    assert!(found.iter().any(|f| f.words.contains("no gap")) && found.iter().any(|f| f.words.contains("2 files")), "{found:?}");

    let hash = |bytes: &[u8]| {
        use sha2::{Digest, Sha256};
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
    };
    let (a, b) = (hash(b"a file"), hash(b"another file"));
    let path = |h: &str| s.dir.path().join("files").join(&h[..2]).join(&h[2..4]).join(h);
    flip(&path(&a));
    std::fs::remove_file(path(&b)).unwrap();
    s.app.db.write(s.workspace, db::Lane::Bulk, |tx| tx.exec("DELETE FROM events WHERE seq = 5", params![])).await.unwrap();
    s.app
        .db
        .write(s.workspace, db::Lane::Bulk, |tx| tx.exec("UPDATE audit SET action = 'nothing.done' WHERE n = 1", params![]))
        .await
        .unwrap();
    let found = backups::verify_live(&here(&s)).await.unwrap();
    let words: Vec<String> = wrong(&found).iter().map(|f| f.words.clone()).collect();
    for part in [
        format!("{a} of workspace"),
        "has changed".into(),
        format!("{b} of workspace"),
        "missing".into(),
        "gaps".into(),
        "broken at row 1".into(),
    ] {
        assert!(words.iter().any(|w| w.contains(&part)), "{part} is not in {words:#?}");
    }
    s.stop().await;
    if engine_is_postgres() {
        return;
    }
    // A page of the database, in the middle of the messages.
    let file = s.dir.path().join(format!("db/workspaces/{}.db", s.workspace));
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(20).position(|w| w == b"many words many word").unwrap() / 4096 * 4096;
    bytes[at..at + 512].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let found = backups::verify_live(&here(&s)).await.unwrap();
    assert!(wrong(&found).iter().any(|f| f.words.starts_with("The database is damaged")), "{found:#?}");
}

/// A bucket in memory that speaks as much S3 as is needed, and takes nothing that is not signed.
#[derive(Default)]
struct Shelf {
    things: Mutex<BTreeMap<String, Vec<u8>>>,
}
impl Shelf {
    fn answer(&self, r: HttpRequest) -> HttpResponse {
        let header = |name: &str| r.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        let say = |status: u16, body: Vec<u8>, headers: Vec<(String, String)>| HttpResponse { status, headers, body };
        if !header("authorization").is_some_and(|a| a.starts_with("AWS4-HMAC-SHA256 Credential=key-id/")) {
            return say(403, b"<Error><Code>AccessDenied</Code></Error>".to_vec(), Vec::new());
        }
        let rest = r.url.strip_prefix("http://bucket.test/shelf").unwrap().to_owned();
        let (path, query) = rest.split_once('?').unwrap_or((&rest, ""));
        let key = path.trim_start_matches('/').to_owned();
        let facts = |bytes: &[u8]| {
            vec![
                ("content-length".to_owned(), bytes.len().to_string()),
                ("last-modified".to_owned(), "Wed, 28 Oct 2026 10:00:00 GMT".to_owned()),
                ("etag".to_owned(), format!("\"{}\"", bytes.len())),
            ]
        };
        let mut things = self.things.lock().unwrap();
        match r.method {
            "PUT" if header("if-none-match").is_some() && things.contains_key(&key) => say(412, Vec::new(), Vec::new()),
            "PUT" => {
                let headers = facts(&r.body);
                things.insert(key, r.body);
                say(200, Vec::new(), headers)
            }
            "GET" if query.contains("list-type=2") => {
                let prefix = query.split('&').find_map(|p| p.strip_prefix("prefix=")).unwrap_or("").replace("%2F", "/");
                let list: String = things
                    .iter()
                    .filter(|(k, _)| k.starts_with(&prefix))
                    .map(|(k, v)| {
                        format!("<Contents><Key>{k}</Key><LastModified>2026-10-28T10:00:00.000Z</LastModified><ETag>\"{}\"</ETag><Size>{}</Size></Contents>", v.len(), v.len())
                    })
                    .collect();
                say(200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{list}</ListBucketResult>").into_bytes(), Vec::new())
            }
            "GET" | "HEAD" => match things.get(&key) {
                None => say(404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec(), Vec::new()),
                Some(bytes) => say(200, if r.method == "GET" { bytes.clone() } else { Vec::new() }, facts(bytes)),
            },
            "POST" => {
                let text = String::from_utf8(r.body).unwrap();
                let mut gone = String::new();
                for (key, _) in text.split("<Key>").skip(1).filter_map(|p| p.split_once("</Key>")) {
                    things.remove(key);
                    gone.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
                }
                say(200, format!("<DeleteResult>{gone}</DeleteResult>").into_bytes(), Vec::new())
            }
            _ => {
                things.remove(&key);
                say(204, Vec::new(), Vec::new())
            }
        }
    }
}
impl HttpClient for Shelf {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move { Ok(self.answer(request)) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_takes_backups_like_a_folder() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "into the bucket")).await.is(200);
    s.settle().await;
    let shelf = Arc::new(Shelf::default());
    let bucket = Bucket {
        endpoint: Some("http://bucket.test".into()),
        region: None,
        access_key: Some("key-id".into()),
        secret_key: Some(Secret::new("very secret".to_owned())),
    };
    let place = || Target::open("s3://shelf/help/desk", &bucket, shelf.clone(), true).unwrap();
    take(&s, place(), plain()).await.unwrap();
    s.advance(MINUTE).await;
    let order = Order { keep: Some(Keep::default()), ..plain() };
    let second = take(&s, place(), order).await.unwrap();
    assert_eq!(second.forgotten.snapshots.len(), 1);
    assert!(shelf.things.lock().unwrap().keys().all(|k| k.starts_with("help/desk/") && !k.ends_with("/lock")));
    assert_eq!(wrong(&look(place()).await), Vec::<&Finding>::new());
    let back = restore(&s, place(), None, TempDir::new().unwrap().path(), &other_prefix()).await.unwrap();
    assert_eq!(back.snapshot, second.snapshot);
    let keyless = Target::open("s3://shelf", &Bucket::default(), shelf.clone(), true);
    assert!(keyless.is_err_and(|e| e.detail.contains("backup.s3_access_key")));
}
