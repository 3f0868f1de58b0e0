//! Work that waits and fails: counted, given up with a reason, forgotten in time, and in nobody else's way.

use crate::media::{Phone, last};
use db::jobs::{self, Job, NewJob};
use db::params;
use kernel::Ids;
use kernel::time::{DAY, HOUR, MINUTE};
use serde_json::json;
use server::runner::Work;
use std::sync::{Arc, Mutex};
use tests::{ApiDoor, Hook, HookAnswer, Options, Sink, TestServer, until};
use tokio::sync::Notify;

async fn sql(s: &TestServer, sql: &'static str) -> u64 {
    s.app.db.write(s.workspace, db::Lane::Interactive, move |tx| tx.exec(sql, params![])).await.unwrap()
}
async fn number(s: &TestServer, sql: &'static str) -> i64 {
    s.app.db.read(s.workspace, move |tx| tx.number(sql, params![])).await.unwrap()
}
async fn caught_up(s: &TestServer) {
    s.settle().await;
    s.advance(0).await;
    s.advance(0).await;
}
async fn conversation(s: &TestServer, door: &ApiDoor, n: usize) -> String {
    let mut body = ApiDoor::message(&format!("first-{n}"), &format!("customer-{n}"), "Where is my order?");
    body["from"]["name"] = json!(format!("Customer {n}"));
    door.post(s, body).await.is(200);
    s.settle().await;
    let all = s.conversations().await;
    all.iter().find(|c| c["contact"]["name"] == format!("Customer {n}")).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_media_host_that_hangs_does_not_stop_the_clock() {
    let s = TestServer::start().await;
    let phone = Phone::connect(&s).await;
    let bell = Arc::new(Notify::new());
    phone.pbx.next_status(503);
    phone.pbx.next(HookAnswer::Hang(bell.clone()));
    phone.recorded(&s, "c-1").await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/status", c["id"].as_str().unwrap());
    s.alice.patch(&path, json!({ "status": "snoozed", "snoozed_until": s.time(MINUTE) })).await.ok();
    // The second try hangs.
    s.clock.advance(6_000);
    s.app.runner.look();
    until("the second try", || async { (phone.pbx.count() == 2).then_some(()) }).await;
    s.clock.advance(MINUTE);
    s.app.runner.look();
    until("the end of the sleep", || async { (s.only_conversation().await["status"] == "open").then_some(()) }).await;
    // What is to be fetched meanwhile does not wait either.
    phone.pbx.next_status(503);
    phone.answers();
    phone.tell(&s, "c-2").await;
    until("the first try of the other", || async { (phone.pbx.count() == 3).then_some(()) }).await;
    s.clock.advance(6_000);
    s.app.runner.look();
    until("another file", || async {
        (s.only_conversation().await.to_string().contains("c-2.mp3\",\"content_type\":\"audio/mpeg")
            || last(&s).await["attachments"][0]["content_type"] == "audio/mpeg")
            .then_some(())
    })
    .await;
    bell.notify_one();
    s.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_of_our_own_uses_up_the_tries_too() {
    let s = TestServer::start().await;
    let phone = Phone::connect(&s).await;
    phone.pbx.next_status(503);
    phone.recorded(&s, "c-1").await;
    // The delivery's bytes are gone.
    sql(&s, "UPDATE journal SET body = NULL, body_hash = 'ab'").await;
    for _ in 0..8 {
        s.advance(20 * MINUTE).await;
    }
    let m = last(&s).await;
    assert!(m["metadata"]["files_pending"].is_null() && m["metadata"]["files_not_fetched"][0]["why"].is_string(), "{m:#}");
    assert_eq!(number(&s, "SELECT COUNT(*) FROM jobs").await, 0);

    // A browser whose keys cannot be opened.
    let hook = Hook::start().await;
    let keys = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    let subscription = json!({ "endpoint": hook.url(), "keys": { "p256dh": keys, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } });
    s.bob.post("/notifications/push-subscriptions", subscription).await.is(201);
    sql(&s, "UPDATE push_subscriptions SET keys = session_id").await;
    let c = s.only_conversation().await;
    s.alice.post(&format!("/conversations/{}/assign", c["id"].as_str().unwrap()), json!({ "assignee_id": s.bob_id })).await.ok();
    caught_up(&s).await;
    assert_eq!(number(&s, "SELECT COUNT(*) FROM jobs WHERE kind = 'push_notification'").await, 1);
    for _ in 0..8 {
        s.advance(20 * MINUTE).await;
    }
    let (dead, tries) = (
        number(&s, "SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND last_error IS NOT NULL").await,
        number(&s, "SELECT MAX(attempts) FROM jobs").await,
    );
    assert_eq!((dead, tries), (1, 6));
    assert_eq!(hook.requests().len(), 0);
    // Kept for a month, for whoever looks for the reason.
    s.advance(29 * DAY).await;
    assert_eq!(number(&s, "SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await, 1);
    s.advance(2 * DAY).await;
    assert_eq!(number(&s, "SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await, 0);
}

async fn with_mail(sink: &Sink) -> TestServer {
    let flags = vec![
        ("mail-host", "127.0.0.1".to_owned()),
        ("mail-port", sink.address.port().to_string()),
        ("mail-security", "none".to_owned()),
        ("mail-username", "desk".to_owned()),
        ("mail-password", "right".to_owned()),
        ("mail-from", "The Desk <no-reply@desk.example>".to_owned()),
    ];
    TestServer::start_with(Options { flags, ..Default::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_is_refused_for_good_leaves_its_reason_behind() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let door = s.api_door(None).await;
    let c = conversation(&s, &door, 1).await;
    sink.next("550 5.1.1 <bob@desk.example> is unknown here");
    s.alice.post(&format!("/conversations/{c}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    caught_up(&s).await;
    s.advance(4 * MINUTE).await;
    let why = s.app.db.read(s.workspace, |tx| {
        tx.query("SELECT last_error FROM jobs WHERE kind = 'mail_notifications' AND state = 'dead'", params![], |r| r.get::<String>(0))
    });
    let why = why.await.unwrap();
    assert!(why.len() == 1 && why[0].contains("unknown here"), "{why:?}");
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty(), "it is not tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_fits_into_one_letter_goes_into_the_next() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let door = s.api_door(None).await;
    let c = conversation(&s, &door, 1).await;
    s.alice.post(&format!("/conversations/{c}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    caught_up(&s).await;
    // As many again as if each were about a thing of its own.
    let (now, ids) = (s.now(), kernel::SystemIds);
    let made: Vec<Vec<u8>> = (0..230)
        .map(|_| {
            let mut id = vec![0u8; 16];
            ids.random(&mut id);
            id
        })
        .collect();
    let more = s.app.db.write(s.workspace, db::Lane::Interactive, move |tx| {
        for (n, id) in made.iter().enumerate() {
            tx.exec(
                "INSERT INTO notifications (id, member_id, kind, kinds, times, about, conversation_id, channel_id, message_id, actor_id, detail, \
                 shown, mail_pending, created_at, updated_at, read_at) SELECT $1, member_id, kind, kinds, times, $2, conversation_id, channel_id, \
                 message_id, actor_id, detail, shown, mail_pending, created_at, $3, read_at FROM notifications WHERE about NOT LIKE 'more%'",
                params![id.clone(), format!("more-{n}"), now + 1 + n as i64],
            )?;
        }
        Ok(())
    });
    more.await.unwrap();
    s.advance(4 * MINUTE).await;
    assert_eq!(sink.mails().len(), 1);
    let left = "SELECT COUNT(*) FROM notifications WHERE mail_pending > 0";
    assert_eq!(number(&s, left).await, 31, "the latest wait");
    s.advance(4 * MINUTE).await;
    s.advance(4 * MINUTE).await;
    assert_eq!((sink.mails().len(), number(&s, left).await), (1, 0));
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_and_cannot_be_read_is_not_taken_for_nothing() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let c = conversation(&s, &door, 1).await;
    let quiet = s.bob.get("/notifications/settings").await.ok()["quiet"].clone();
    let off = json!({ "kind": "mentioned", "in_app": false, "email": false, "push": false });
    s.bob.put("/notifications/settings", json!({ "kinds": [off], "quiet": quiet })).await.is(200);
    // A kind of another version beside one of ours: ours holds.
    sql(&s, r#"UPDATE notification_settings SET kinds = '[{"kind":"sneezed","in_app":true,"email":true,"push":true},{"kind":"mentioned","in_app":false,"email":false,"push":false}]'"#).await;
    let kinds = s.bob.get("/notifications/settings").await.ok()["kinds"].clone();
    let mentioned = kinds.as_array().unwrap().iter().find(|k| k["kind"] == "mentioned").unwrap();
    assert_eq!(mentioned["in_app"], false, "{kinds:#}");
    // What cannot be read at all is said, and stands in no other's way.
    sql(&s, "UPDATE notification_settings SET quiet = 'twelve'").await;
    s.bob.get("/notifications/settings").await.is(500);
    s.alice.post(&format!("/conversations/{c}/notes"), json!({ "text": "@Bob Agent look" })).await.is(201);
    caught_up(&s).await;
    assert_eq!(number(&s, "SELECT COUNT(*) FROM notifications").await, 1);

    let tagging = json!({ "name": "Tag it", "scope": "all", "actions": { "add_tags": ["vip"] } });
    let one = s.alice.post("/macros", tagging).await.is(201);
    sql(&s, "UPDATE macros SET actions = 'twelve'").await;
    s.alice.get(&format!("/macros/{}", one["id"].as_str().unwrap())).await.is(500);
    s.alice.put("/me/signature", json!({ "html": "<p>Alice</p>", "off_channels": [], "channels": [] })).await.ok();
    sql(&s, "UPDATE signatures SET off_channels = 'twelve'").await;
    s.alice.get("/me/signature").await.is(500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_fails_cuts_nothing_short() {
    const KINDS: [(&str, i64); 1] = [("story", 8)];
    let s = TestServer::start().await;
    let (ids, now) = (s.app.ids.clone(), s.now());
    let add = move |tx: &mut db::Tx<'_>| {
        for (n, payload) in [json!("long"), json!("short")].into_iter().enumerate() {
            let job = NewJob { kind: "story", payload, dedupe_key: None, run_at: now - 2 + n as i64, max_attempts: 6 };
            jobs::enqueue(tx, ids.as_ref(), now, job)?;
        }
        Ok(())
    };
    s.app.db.write(s.workspace, db::Lane::Interactive, add).await.unwrap();
    let (go_on, done) = (Notify::new(), Mutex::new(Vec::new()));
    let (to, all, at) = (&go_on, &done, &s);
    let run = |job: Job| async move {
        if job.payload.contains("long") {
            to.notified().await;
        } else {
            // What is to be claimed next cannot be read.
            sql(at, "ALTER TABLE jobs RENAME TO jobs_away").await;
            to.notify_one();
        }
        all.lock().unwrap().push(job.payload);
        Ok(())
    };
    let ended = server::worklist::drain(&s.app, s.workspace, Work::Fetching, &KINDS, run).await;
    sql(&s, "ALTER TABLE jobs_away RENAME TO jobs").await;
    assert!(ended.is_err(), "the claim is told of");
    assert_eq!(done.into_inner().unwrap(), [r#""short""#, r#""long""#], "what was under way was done to its end");
}
