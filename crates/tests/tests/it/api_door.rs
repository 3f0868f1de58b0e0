//! A program of the customer's own: signed deliveries in, signed webhooks out.

use base64::Engine;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use tests::{ApiDoor, Hook, HookAnswer, TestServer};

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_delivery_is_a_message_and_anything_else_leaves_no_trace() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let body = ApiDoor::message("m1", "customer-7", "Hello from a program");
    let bytes = body.to_string().into_bytes();
    let raw = |client: tests::Client| {
        let (path, bytes) = (door.path.clone(), bytes.clone());
        async move { client.send("POST", &path, Some("application/json"), bytes.into()).await }
    };
    raw(door.web().clone()).await.refused(401, "signature.missing");
    raw(door.signed("another secret", s.now(), &bytes)).await.refused(401, "signature.wrong");
    raw(door.signed(&door.secret, s.now(), b"another body")).await.refused(401, "signature.wrong");
    raw(door.signed(&door.secret, s.now() - 301_000, &bytes)).await.refused(401, "signature.expired");
    raw(door.signed(&door.secret, s.now() + 302_000, &bytes)).await.refused(401, "signature.expired");
    s.web.send("POST", "/api/webhooks/api/nosuchkey", None, bytes.clone().into()).await.refused(404, "webhook.unknown");
    s.settle().await;
    assert!(s.all(&s.alice, "/journal?state=all").await.is_empty());
    assert!(s.conversations().await.is_empty());
    let taken = door.post(&s, body.clone()).await.is(200);
    assert!(taken["received"].as_str().unwrap().starts_with("jrn_"));
    // The plain path finds the channel by its proof, under both prefixes.
    for path in ["/webhooks/api", "/api/webhooks/api"] {
        door.signed(&door.secret, s.now(), &bytes).send("POST", path, Some("application/json"), bytes.clone().into()).await.is(200);
    }
    s.settle().await;
    let c = s.only_conversation().await;
    assert_eq!((&c["message_count"], &c["messages"][0]["text"]), (&json!(1), &json!("Hello from a program")));
    let states: Vec<_> = s.all(&s.alice, "/journal?state=all").await.iter().map(|j| j["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["duplicate", "duplicate", "done"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_doubled_and_shuffled_deliveries_are_each_message_once() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    const UNIQUE: usize = 2_000;
    const THREADS: usize = 40;
    let mut order: Vec<usize> = (0..UNIQUE * 5).map(|n| n % UNIQUE).collect();
    // Fisher–Yates with a fixed seed, so that a failure comes again.
    let mut seed = 88_172_645_463_325_252u64;
    for i in (1..order.len()).rev() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        order.swap(i, (seed % (i as u64 + 1)) as usize);
    }
    let order = std::sync::Arc::new(order);
    let next = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (door, now) = (std::sync::Arc::new(door), s.now());
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (door, order, next) = (door.clone(), order.clone(), next.clone());
        senders.spawn(async move {
            while let Some(n) = order.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                let body = ApiDoor::message(&format!("m{n}"), &format!("person-{}", n % THREADS), &format!("Text {n}"));
                let answer = door.post_at(&door.secret, now, body.to_string().into_bytes()).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.unwrap();
    }
    s.settle().await;
    let all = s.conversations().await;
    assert_eq!(all.len(), THREADS);
    assert_eq!(all.iter().map(|c| c["message_count"].as_i64().unwrap()).sum::<i64>(), UNIQUE as i64);
    let mut seen = HashSet::new();
    let mut people = HashMap::new();
    for c in &all {
        let messages = s.all(&s.alice, &format!("/conversations/{}/messages", id(c))).await;
        assert_eq!(messages.len(), UNIQUE / THREADS);
        for m in messages {
            assert!(seen.insert(m["external_id"].as_str().unwrap().to_owned()), "{m}");
            people.entry(m["sender_id"].as_str().unwrap().to_owned()).or_insert_with(HashSet::new).insert(id(c).to_owned());
        }
    }
    assert_eq!((seen.len(), people.len()), (UNIQUE, THREADS));
    assert!(people.values().all(|c| c.len() == 1));
    // The log has no gap and no double.
    let events = s.app.db.read(s.workspace, |tx| {
        let head = db::events::head(tx)?;
        db::events::after(tx, head.epoch, 0, 100_000)
    });
    let seqs: Vec<i64> = events.await.unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
    let journal =
        s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM journal WHERE state IN ('done', 'duplicate')", db::params![]));
    assert_eq!(journal.await.unwrap(), UNIQUE as i64 * 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_posted_signed_and_reports_raise_their_state_in_any_order() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "Hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    let sent = s.reply(id(&c), "Good day").await;
    let got = hook.requests().remove(0);
    assert_eq!((got.method.as_str(), got.path.as_str()), ("POST", "/hook"));
    assert_eq!(got.header("idempotency-key"), id(&sent));
    let raw = kernel::channel::RawDelivery { headers: got.headers.clone(), body: got.body.clone(), ..Default::default() };
    assert_eq!(connectors::kit::signatures::check_timestamped(&door.secret, &raw, s.now()), Ok(()));
    let body = got.json();
    assert_eq!((&body["text"], &body["to"]["id"], &body["type"]), (&json!("Good day"), &json!("customer-7"), &json!("message")));
    let ours = body["id"].as_str().unwrap().to_owned();

    let report = |external: &str, status: &str| json!({ "type": "status", "id": external, "status": status });
    let now_is = async |status: &str| {
        s.settle().await;
        assert_eq!(s.message(id(&sent)).await["status"], status);
    };
    // Theirs and ours name the same message; read before delivered stays read.
    door.post(&s, report("theirs-1", "read")).await.is(200);
    now_is("read").await;
    door.post(&s, report(&ours, "delivered")).await.is(200);
    now_is("read").await;
    door.post(&s, report(&ours, "failed")).await.is(200);
    now_is("read").await;
    let m = s.message(id(&sent)).await;
    assert!(m["delivered_at"].is_string() && m["read_at"].is_string());

    // A report that overtakes the receipt waits for it.
    door.post(&s, report("early-1", "delivered")).await.is(200);
    s.settle().await;
    hook.next(HookAnswer::Status(200, vec![], json!({ "id": "early-1" }).to_string()));
    let second = s.reply(id(&c), "Already there").await;
    assert_eq!(s.message(id(&second)).await["status"], "delivered");
    // How far they have read.
    door.post(&s, json!({ "type": "read", "from": { "id": "customer-7" }, "up_to": s.time(0) })).await.is(200);
    s.settle().await;
    assert_eq!(s.message(id(&second)).await["status"], "read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_or_busy_program_gets_the_same_key_again() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "Hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    hook.next(HookAnswer::Silence);
    hook.next(HookAnswer::Status(429, vec![("retry-after", "120".into())], "{}".into()));
    hook.next_status(500);
    let sent = s.reply(id(&c), "Good day").await;
    assert_eq!(hook.requests().len(), 1);
    s.advance(10_000).await;
    assert_eq!(hook.requests().len(), 1);
    s.advance(100_000).await;
    assert!(hook.requests().is_empty(), "Retry-After is honoured");
    s.advance(21_000).await;
    assert_eq!(hook.requests().len(), 1);
    s.advance(120_000).await;
    let last = hook.requests();
    assert_eq!((last.len(), last[0].header("idempotency-key")), (1, id(&sent)));
    let m = s.message(id(&sent)).await;
    assert_eq!((&m["status"], &m["delivery_uncertain"]), (&json!("sent"), &json!(false)));
    // What is refused for good has failed.
    hook.next(HookAnswer::Status(422, vec![], json!({ "error": "unknown customer" }).to_string()));
    let refused = s.reply(id(&c), "Anybody?").await;
    let m = s.message(id(&refused)).await;
    assert_eq!(m["status"], "failed");
    assert!(m["error"].as_str().unwrap().contains("unknown customer"));
    // Refused credentials stop the channel, not the message.
    hook.next_status(401);
    let waits = s.reply(id(&c), "Later then").await;
    assert_eq!(s.message(id(&waits)).await["status"], "pending");
    let channel = s.alice.get(&format!("/channels/{}", door.id)).await.ok();
    assert_eq!(channel["status"], "error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_leave_in_the_order_they_were_written_even_when_the_first_has_to_wait() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "Hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/messages", id(&c));
    for n in 0..5 {
        s.alice.post(&path, json!({ "text": format!("Part {n}"), "undo_seconds": 10 })).await.is(201);
        s.advance(1).await;
    }
    s.advance(11_000).await;
    let texts: Vec<_> = hook.requests().iter().map(|r| r.json()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["Part 0", "Part 1", "Part 2", "Part 3", "Part 4"]);
    // The first is put off: the second waits behind it.
    hook.next_status(503);
    s.alice.post(&path, json!({ "text": "First", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    s.advance(1).await;
    s.alice.post(&path, json!({ "text": "Second", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    s.advance(30_000).await;
    let texts: Vec<_> = hook.requests().iter().map(|r| r.json()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["First", "First", "Second"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_come_in_as_base64_and_bad_ones_are_held_with_their_reason() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let mut body = ApiDoor::message("m1", "customer-7", "Two files");
    let data = |b: &[u8]| base64::engine::general_purpose::STANDARD.encode(b);
    body["attachments"] = json!([
        { "name": "../../a.txt", "content_type": "text/plain", "data": data(b"hello") },
        { "name": "b.html", "content_type": "text/html", "data": data(b"<script>alert(1)</script>") },
    ]);
    door.post(&s, body).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    let files = c["messages"][0]["attachments"].as_array().unwrap().clone();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["name"], "a.txt");
    assert_eq!(s.web.get(files[0]["url"].as_str().unwrap()).await.text(), "hello");
    let page = s.web.get(files[1]["url"].as_str().unwrap()).await;
    assert!(page.header("content-disposition").starts_with("attachment"), "{:?}", page.headers);
    let mut bad = ApiDoor::message("m2", "customer-7", "Bad");
    bad["attachments"] = json!([{ "name": "x", "data": "not base64!" }]);
    door.post(&s, bad).await.is(200);
    s.settle().await;
    s.expect_quarantined(1);
    let held = s.all(&s.alice, "/journal?state=quarantined").await;
    assert!(held[0]["outcome"].as_str().unwrap().contains("base64"), "{held:#?}");
}
