//! Removed for good: nothing of it is left, nowhere.

use db::params;
use serde_json::{Value, json};
use tests::{Mail, TestServer};

const DAY: i64 = 86_400_000;

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
async fn rows(s: &TestServer, sql: &'static str) -> i64 {
    s.app.db.read(s.workspace, move |tx| tx.number(sql, params![])).await.unwrap()
}
async fn alice_again(s: &TestServer) -> tests::Client {
    let session = s.anyone().post("/auth/sign-in", json!({ "email": "alice@desk.example", "password": "quiet river stones" })).await;
    s.anyone().signed_in(&session)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_merged_by_and_by_goes_with_what_it_went_into() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    for n in ["a", "b", "c", "d"] {
        s.deliver(&Mail::new("anna@home.example", "help@desk.example", n, &format!("Words of {n}")).id(&format!("{n}@home.example"))).await;
    }
    let all = s.conversations().await;
    let of = |n: &str| all.iter().find(|c| c["subject"] == n).map(|c| id(c).to_owned()).unwrap();
    let (a, b, c, d) = (of("a"), of("b"), of("c"), of("d"));
    for one in [&a, &b, &c] {
        s.bob.post(&format!("/conversations/{one}/tags"), json!({ "tags": ["x"] })).await.ok();
        s.bob.put(&format!("/conversations/{one}/draft"), json!({ "text": "half" })).await.is(204);
        s.alice.post(&format!("/conversations/{one}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
        s.alice.post(&format!("/conversations/{one}/followers"), json!({})).await.ok();
    }
    s.bob.post(&format!("/conversations/{b}/merge"), json!({ "from": [a] })).await.ok();
    s.bob.post(&format!("/conversations/{c}/merge"), json!({ "from": [b] })).await.ok();
    s.alice.delete(&format!("/conversations/{c}")).await.is(204);
    s.alice.delete(&format!("/trash/{c}")).await.is(204);
    assert_eq!(rows(&s, "SELECT COUNT(*) FROM conversations").await, 1);
    for sql in [
        "SELECT COUNT(*) FROM messages WHERE conversation_id NOT IN (SELECT id FROM conversations)",
        "SELECT COUNT(*) FROM conversation_tags",
        "SELECT COUNT(*) FROM drafts",
        "SELECT COUNT(*) FROM assignments WHERE conversation_id NOT IN (SELECT id FROM conversations)",
        "SELECT COUNT(*) FROM conversation_followers WHERE conversation_id NOT IN (SELECT id FROM conversations)",
        "SELECT COUNT(*) FROM conversation_merges",
        "SELECT COUNT(*) FROM merged_messages",
        "SELECT COUNT(*) FROM journal WHERE conversation_id IS NOT NULL AND conversation_id NOT IN (SELECT id FROM conversations)",
    ] {
        assert_eq!(rows(&s, sql).await, 0, "{sql}");
    }
    assert_eq!(s.conversation(&d).await["message_count"], 1);
    let found = s.alice.get("/search?q=words").await.ok();
    assert_eq!(found["data"].as_array().unwrap().iter().filter(|h| h["kind"] == "message").count(), 1, "{found:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_left_in_another_form_goes_in_both() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "whatsapp", "name": "W", "simulated": true })).await.is(201);
    let mut sent = Vec::new();
    for customer in [7, 8] {
        s.alice.post(&format!("/channels/{}/simulate", id(&made)), json!({ "text": "Show me", "customer": customer })).await.ok();
        s.settle().await;
        let c = s.conversations().await.into_iter().find(|c| c["last_message_direction"] == "inbound").unwrap();
        // The second is sent the same picture, kept once.
        let file = s.alice.upload("/files", "shop.bmp", "image/bmp", &crate::media::bmp()).await.is(201);
        let body = json!({ "text": "", "attachments": [file["id"]], "undo_seconds": 0 });
        let m = s.alice.post(&format!("/conversations/{}/messages", id(&c)), body).await.is(201);
        s.settle().await;
        assert_eq!(s.message(id(&m)).await["attachments"][0]["sent_as"]["content_type"], "image/jpeg");
        sent.push(id(&c).to_owned());
    }
    let hash = s.app.db.read(s.workspace, |tx| tx.opt("SELECT sent_hash FROM files LIMIT 1", params![], |r| r.next::<String>())).await;
    let hash = hash.unwrap().unwrap();
    let there = async || s.app.files.stored_at(&hash).await.unwrap().is_some();
    // What was stored lately may be about to be used: two days later by the clock of the disk.
    let stored = s.app.files.stored_at(&hash).await.unwrap().unwrap();
    s.advance((stored - s.now()).max(0) + 2 * DAY).await;
    let alice = alice_again(&s).await;
    for (c, left) in sent.iter().zip([true, false]) {
        alice.delete(&format!("/conversations/{c}")).await.is(204);
        alice.delete(&format!("/trash/{c}")).await.is(204);
        assert_eq!(there().await, left, "as long as another has it, and no longer");
    }
}
