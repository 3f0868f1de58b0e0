//! When the ground shakes: a full disk, a database that goes away, an archive taken in twice.

use serde_json::json;
use server::start::Edges;
use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{ApiDoor, Options, TestServer, engine_is_postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_it_cannot_keep_and_goes_on_when_there_is_room() {
    if engine_is_postgres() {
        // The quota is one of the embedded engine's files.
        return;
    }
    let mut s = TestServer::start().await;
    let door = s.api_door(None).await;
    let pages = s.app.db.read(s.workspace, |tx| tx.number("SELECT page_count FROM pragma_page_count()", db::params![])).await.unwrap();
    s.restart_with(pages as u32 + 40).await;
    let door = door.moved(&s);
    let mut acked = HashSet::new();
    let mut full = false;
    for n in 0..400 {
        let id = format!("m{n}");
        let answer = door.post(&s, ApiDoor::message(&id, "p1", &"word ".repeat(800))).await;
        match answer.status {
            200 => drop(acked.insert(id)),
            _ => {
                answer.refused(503, "storage.full");
                full = true;
                break;
            }
        }
    }
    assert!(full && !acked.is_empty(), "{} were taken", acked.len());
    // Reading goes on.
    s.alice.get("/conversations").await.ok();
    assert_eq!(s.web.get("/healthz").await.status, 200);
    s.restart_with(0).await;
    let door = door.moved(&s);
    door.post(&s, ApiDoor::message("after", "p1", "There is room again")).await.is(200);
    acked.insert("after".into());
    s.settle().await;
    let c = s.only_conversation().await;
    let messages = s.all(&s.alice, &format!("/conversations/{}/messages", c["id"].as_str().unwrap())).await;
    let there: HashSet<String> = messages.iter().map(|m| m["external_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((there.len(), &there), (messages.len(), &acked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_goes_away_and_comes_back_loses_nothing_that_was_taken() {
    if !engine_is_postgres() {
        return;
    }
    // A database of its own, so that only this story's connections are cut.
    let (url, bin) = (std::env::var("TEST_DATABASE_URL").unwrap(), std::env::var("TEST_DATABASE_BIN").unwrap());
    let name = format!("cut_{}", std::process::id());
    let psql = |sql: String| {
        let (bin, url) = (bin.clone(), url.clone());
        async move {
            let done = tokio::process::Command::new(format!("{bin}/psql"))
                .args([url.as_str(), "-q", "-v", "ON_ERROR_STOP=1", "-c", &sql])
                .output()
                .await;
            let done = done.unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    };
    psql(format!("CREATE DATABASE {name}")).await;
    let (place, how) = url.split_once('?').unwrap();
    let own = format!("{}/{name}?{how}", place.rsplit_once('/').unwrap().0);
    let mut s = TestServer::start_with(Options { flags: vec![("database", own)], ..Default::default() }).await;
    let door = Arc::new(s.api_door(None).await);
    let (next, now) = (Arc::new(AtomicUsize::new(0)), s.now());
    const ALL: usize = 300;
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (door, next) = (door.clone(), next.clone());
        senders.spawn(async move {
            let mut refused = 0;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= ALL {
                    return refused;
                }
                // The sender's part: again until it is taken.
                let body = ApiDoor::message(&format!("m{n}"), &format!("p{}", n % 5), "hello").to_string().into_bytes();
                let mut tries = 0;
                while door.post_at(&door.secret, now, body.clone()).await.status != 200 {
                    (tries, refused) = (tries + 1, refused + 1);
                    assert!(tries < 50, "m{n} is refused for ever");
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
        });
    }
    for part in 1..=5 {
        tests::until("some deliveries", || async { (next.load(Ordering::Relaxed) >= ALL * part / 6).then_some(()) }).await;
        psql(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    }
    let mut refused = 0;
    while let Some(done) = senders.join_next().await {
        refused += done.unwrap();
    }
    s.settle().await;
    let all = s.conversations().await;
    assert_eq!(all.len(), 5);
    let mut seen = HashSet::new();
    for c in &all {
        for m in s.all(&s.alice, &format!("/conversations/{}/messages", c["id"].as_str().unwrap())).await {
            assert!(seen.insert(m["external_id"].as_str().unwrap().to_owned()), "{m}");
        }
    }
    assert_eq!(seen.len(), ALL, "{refused} deliveries were refused on the way");
    s.stop().await;
    psql(format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_taken_in_silently_and_twice_is_once() {
    let mut s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    let me = s.bob.get("/me").await.ok();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mail = |n: usize, extra: &str| {
        format!(
            "From x@y.example Mon Jan  5 10:00:00 2026\nFrom: Old Customer <old{}@home.example>\nTo: help@desk.example\nSubject: Thing {}\nDate: Mon, 5 Jan 2026 10:{:02}:00 +0000\nMessage-ID: <old{n}@home.example>\n{extra}\nText number {n}\n>From the start\n\n",
            n % 7,
            n % 7,
            n % 60
        )
    };
    for n in 0..250 {
        let parent = if n >= 7 { format!("In-Reply-To: <old{}@home.example>\n", n - 7) } else { String::new() };
        file.write_all(mail(n, &parent).as_bytes()).unwrap();
    }
    file.flush().unwrap();
    s.stop().await;
    let import = async |s: &TestServer| {
        let edges = Edges { schema_prefix: s.schema_prefix().to_owned(), clock: s.clock.clone(), ..Default::default() };
        server::imports::mbox_with(s.configuration(), edges, file.path().to_owned(), "help@desk.example".into()).await
    };
    import(&s).await.unwrap();
    import(&s).await.unwrap();
    s.start_again().await;
    let all = s.conversations().await;
    assert_eq!((all.len(), all.iter().map(|c| c["message_count"].as_i64().unwrap()).sum::<i64>()), (7, 250));
    assert!(all.iter().all(|c| c["status"] == "resolved" && c["unread_count"] == 0), "{:#?}", all[0]);
    assert!(all[0]["last_message_at"].as_str().unwrap().starts_with("2026-01-05"));
    let n = s.bob.get("/stats").await.ok();
    assert_eq!((&n["unread"], &n["open"]), (&json!(0), &json!(0)));
    // It grew meanwhile: only the new ones come.
    s.stop().await;
    let mut more = std::fs::OpenOptions::new().append(true).open(file.path()).unwrap();
    more.write_all(mail(250, "").as_bytes()).unwrap();
    import(&s).await.unwrap();
    s.start_again().await;
    let all = s.conversations().await;
    assert_eq!(all.iter().map(|c| c["message_count"].as_i64().unwrap()).sum::<i64>(), 251);
    // What is found in the archive is found by search.
    let found = s.bob.get("/search?q=number%20123").await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    drop(me);
}
