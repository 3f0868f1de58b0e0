//! Text messages: who wants no more of them, and the numbers of an account.

use serde_json::{Value, json};
use tests::TestServer;

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_stop_gets_nothing_until_they_write_start() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "twilio", "name": "Texts", "simulated": true })).await.is(201);
    let channel = format!("/channels/{}", text(&made["id"]));
    let say = async |words: &str, customer: u32| {
        s.alice.post(&format!("{channel}/simulate"), json!({ "text": words, "customer": customer })).await.ok();
        s.settle().await;
    };
    let allowed = async |id: &str| {
        let policy = s.conversation(id).await["policy"].clone();
        (text(&policy["verdict"]), policy["reason"]["code"].as_str().unwrap_or("").to_owned())
    };
    let write = async |id: &str| s.bob.post(&format!("/conversations/{id}/messages"), json!({ "text": "Hi", "undo_seconds": 0 })).await;
    say("Is it there yet?", 1).await;
    let c = text(&s.only_conversation().await["id"]);
    assert_eq!(allowed(&c).await.0, "allow");
    say("please do not stop", 1).await;
    assert_eq!(allowed(&c).await.0, "allow", "a word among others is no order");
    say("HELP", 1).await;
    assert_eq!(allowed(&c).await.0, "allow", "asking for help is none either");
    say("Stop", 1).await;
    assert_eq!(allowed(&c).await, ("refuse".into(), "policy.opted_out".into()), "the composer says so before anything is written");
    write(&c).await.refused(409, "policy.opted_out");
    // It is this person's wish, on this number: others are written to as before.
    say("Good morning", 2).await;
    let other = s.conversations().await.into_iter().find(|o| o["id"] != c.as_str()).unwrap();
    write(&text(&other["id"])).await.is(201);
    say("START", 1).await;
    assert_eq!(allowed(&c).await.0, "allow");
    let m = write(&c).await.is(201);
    s.settle().await;
    assert_ne!(s.message(&text(&m["id"])).await["status"], "failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_of_an_account_are_listed_and_send_their_messages_here() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "twilio", "name": "Texts", "simulated": true })).await.is(201);
    let id = text(&made["id"]);
    let listed = s.alice.post("/channel-types/twilio/reach", json!({ "configuration": {}, "channel_id": id })).await.ok();
    let numbers: Vec<&str> = listed["data"].as_array().unwrap().iter().filter_map(|r| r["id"].as_str()).collect();
    assert!(numbers.contains(&made["account_identifier"].as_str().unwrap()), "{listed:#}");
    let done = s.alice.post(&format!("/channels/{id}/install"), json!({})).await.ok();
    assert!(done["ok"] == true && text(&done["detail"]).contains("here"), "{done}");
    let seen = s.alice.get(&format!("/channels/{id}/simulator")).await.ok().to_string();
    assert!(seen.contains("SmsUrl") && seen.contains("webhooks"), "the address was set at the provider: {seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_a_message_is_asked_where_nobody_reports_it() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "respondio", "name": "By respond.io", "simulated": true })).await.is(201);
    let channel = format!("/channels/{}", text(&made["id"]));
    s.alice.patch(&channel, json!({ "configuration": { "read_only": false } })).await.ok();
    s.alice.post(&format!("{channel}/simulate"), json!({ "text": "Hello", "customer": 1 })).await.ok();
    s.settle().await;
    let c = text(&s.only_conversation().await["id"]);
    let m = text(&s.reply(&c, "Good morning").await["id"]);
    assert_eq!(s.message(&m).await["status"], "sent");
    s.advance(6_000).await;
    assert_eq!(s.message(&m).await["status"], "delivered", "asked after five seconds");
    // It is asked again for a while, and then left alone.
    for _ in 0..6 {
        s.advance(3_600_000).await;
    }
    let seen = s.alice.get(&format!("{channel}/simulator")).await.ok();
    let asked = seen["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["method"] == "GET" && e["path"].as_str().unwrap().contains("/message/"))
        .count();
    assert_eq!(asked, 5, "{seen:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_buttons_and_headers_leave_as_the_channel_shows_them() {
    let s = TestServer::start().await;
    for provider in ["whatsapp", "telegram", "messenger"] {
        let made = s.alice.post("/channels", json!({ "provider": provider, "name": provider, "simulated": true })).await.is(201);
        let channel = format!("/channels/{}", text(&made["id"]));
        s.alice.post(&format!("{channel}/simulate"), json!({ "text": "Where are you?", "customer": 4 })).await.ok();
        s.settle().await;
        let all = s.conversations().await;
        let c = text(&all.iter().find(|c| c["channel_id"] == made["id"]).unwrap()["id"]);
        let path = format!("/conversations/{c}/messages");
        let place = json!({ "latitude": -33.92, "longitude": 18.42, "name": "Our shop", "address": "1 Dock Road" });
        let m = s.alice.post(&path, json!({ "location": place, "undo_seconds": 0 })).await.is(201);
        let b = s.alice.post(&path, json!({ "text": "Shall we keep it?", "buttons": [{ "id": "b1", "title": "Yes" }, { "id": "b2", "title": "No" }], "undo_seconds": 0 })).await.is(201);
        s.settle().await;
        for id in [&m, &b] {
            let now = s.message(&text(&id["id"])).await;
            assert_ne!(now["status"], "failed", "{provider}: {now:#}");
        }
        assert_eq!((m["content_type"].as_str(), m["text"].as_str()), (Some("location"), Some("Our shop, 1 Dock Road")));
        let seen = s.alice.get(&format!("{channel}/simulator")).await.ok()["exchanges"].to_string();
        let native = if provider == "messenger" { "openstreetmap.org" } else { "18.42" };
        assert!(seen.contains(native) && seen.contains("Our shop") && seen.contains("Shall we keep it?"), "{provider}: {seen}");
        assert!(!seen.contains("geo:"), "{provider}: {seen}");
        s.alice.post(&path, json!({ "location": { "latitude": 91, "longitude": 0 } })).await.is(422);
        s.alice
            .post(&path, json!({ "location": { "latitude": 1, "longitude": 0 }, "buttons": [{ "id": "1", "title": "x" }] }))
            .await
            .is(422);
    }
}
