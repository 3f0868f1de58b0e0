//! The team's event stream, over a WebSocket and over server-sent events.

use serde_json::{Value, json};
use tests::{ApiDoor, Live, TestServer};

const PASSWORD: &str = "quiet river stones";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_cut_off_gets_exactly_what_was_missed() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let mut first = Live::socket(&s.bob, "/events").await;
    first.frame("heartbeat").await;
    door.post(&s, ApiDoor::message("m0", "someone", "Before the cut")).await.is(200);
    let before = first.event("message.created").await;
    s.settle().await;
    let cursor = before["cursor"].as_str().unwrap().to_owned();
    drop(first);
    for n in 0..50 {
        let events: Vec<Value> = (0..10).map(|i| ApiDoor::message(&format!("b{n}-{i}"), &format!("p{i}"), "text")).collect();
        door.post(&s, json!({ "events": events })).await.is(200);
    }
    s.settle().await;
    let head = s.app.db.read(s.workspace, db::events::head).await.unwrap();
    let from = before["seq"].as_i64().unwrap();
    for transport in ["socket", "sse"] {
        let path = format!("/events?since={cursor}");
        let mut again = if transport == "socket" { Live::socket(&s.bob, &path).await } else { Live::sse(&s.bob, &path).await };
        let mut seqs = Vec::new();
        let mut texts = 0;
        while seqs.last() != Some(&head.seq) {
            let frame = again.next().await;
            if frame["type"] == "event" {
                seqs.push(frame["seq"].as_i64().unwrap());
                texts += usize::from(frame["message"]["text"] == "text");
            }
            assert_ne!(frame["type"], "reset");
        }
        assert_eq!(seqs, (from + 1..=head.seq).collect::<Vec<_>>(), "{transport}");
        assert_eq!(texts, 500, "{transport}");
        // And then what happens.
        door.post(&s, ApiDoor::message(&format!("after-{transport}"), "someone", "Live again")).await.is(200);
        let next = again.event("message.created").await;
        assert_eq!(next["message"]["text"], "Live again");
        s.settle().await;
        // For the next transport the end has moved; it still has to begin where the first was cut.
        if transport == "socket" {
            let moved = s.app.db.read(s.workspace, db::events::head).await.unwrap();
            assert!(moved.seq > head.seq);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_time_means_fetch_anew() {
    let s = TestServer::start().await;
    let head = s.app.db.read(s.workspace, db::events::head).await.unwrap();
    for since in [format!("{}.{}", head.epoch + 1, head.seq), format!("{}.{}", head.epoch, head.seq + 100)] {
        for socket in [true, false] {
            let path = format!("/events?since={since}");
            let mut live = if socket { Live::socket(&s.bob, &path).await } else { Live::sse(&s.bob, &path).await };
            // That somebody is there now is an event of its own, so the end may have moved.
            let cursor = live.frame("reset").await["cursor"].as_str().unwrap().to_owned();
            let (epoch, seq) = db::events::parse_cursor(&cursor).unwrap();
            assert!(epoch == head.epoch && (head.seq..head.seq + 5).contains(&seq), "{cursor}");
        }
    }
    s.bob.get("/events?since=nonsense").await.is(422);
    s.anyone().get("/events").await.is(401);
    s.bob.with("accept", "text/event-stream").get("/events?since=1").await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_see_who_is_there_and_who_types() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    visitor.say("Hello").await;
    let c = s.only_conversation().await;
    let id = c["id"].as_str().unwrap();
    let mut alice = Live::socket(&s.alice, "/events").await;
    alice.frame("heartbeat").await;
    let bob = Live::socket(&s.bob, "/events").await;
    alice.find("Bob is there", |f| f["type"] == "presence" && f["members"][&s.bob_id]["online"] == true).await;
    let members = s.all(&s.alice, "/members").await;
    assert!(members.iter().all(|m| m["online"] == true), "{members:#?}");
    bob.say(json!({ "type": "viewing", "conversation_id": id }));
    alice.find("Bob looks", |f| f["type"] == "presence" && f["members"][&s.bob_id]["viewing"] == id).await;
    bob.say(json!({ "type": "something from the future", "x": 1 }));
    // A screen that is opened later hears at once who is there, without anybody moving.
    let mut late = Live::socket(&s.alice, "/events").await;
    late.find("Bob looks already", |f| f["type"] == "presence" && f["members"][&s.bob_id]["viewing"] == id).await;
    drop(late);

    let mut theirs = visitor.live("").await;
    theirs.frame("heartbeat").await;
    s.bob.post(&format!("/conversations/{id}/typing"), json!({ "typing": true })).await.is(204);
    let frame = alice.frame("typing").await;
    assert_eq!((&frame["who"]["kind"], &frame["who"]["name"], &frame["typing"]), (&json!("member"), &json!("Bob Agent"), &json!(true)));
    assert_eq!(theirs.frame("typing").await["name"], "Bob Agent");
    visitor.client.post("/typing", json!({ "typing": true })).await.is(204);
    let frame = alice.find("the visitor types", |f| f["type"] == "typing" && f["who"]["kind"] == "contact").await;
    assert_eq!(frame["conversation_id"], id);
    drop(bob);
    alice.find("Bob is gone", |f| f["type"] == "presence" && f["members"].get(&s.bob_id).is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_with_the_access_that_opened_them() {
    let s = TestServer::start().await;
    let sign_in = async || {
        let session = s.anyone().post("/auth/sign-in", json!({ "email": "bob@desk.example", "password": PASSWORD })).await;
        s.anyone().signed_in(&session)
    };
    let both = async |who: &tests::Client| {
        let mut all = [Live::socket(who, "/events").await, Live::sse(who, "/events").await];
        for live in &mut all {
            live.frame("heartbeat").await;
        }
        all
    };
    let gone = async |all: [Live; 2]| {
        for mut live in all {
            live.ended().await;
        }
    };
    // Signing out ends this session's streams and nobody else's.
    let laptop = sign_in().await;
    let (here, mut elsewhere, mut others) = (both(&laptop).await, both(&s.bob).await, both(&s.alice).await);
    laptop.post("/auth/sign-out", json!({})).await.is(204);
    gone(here).await;
    // A new password ends the other sessions.
    let phone = sign_in().await;
    let there = both(&phone).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another good one" });
    s.bob.post("/me/password", change).await.is(204);
    gone(there).await;
    // A token's streams end with the token.
    let made = s.bob.post("/tokens", json!({ "name": "script" })).await.is(201);
    let script = s.anyone().bearer(made["token"].as_str().unwrap());
    let listening = both(&script).await;
    s.bob.delete(&format!("/tokens/{}", made["id"].as_str().unwrap())).await.is(204);
    gone(listening).await;
    // A change of role ends nothing; leaving ends everything.
    let made = s.bob.post("/tokens", json!({ "name": "another" })).await.is(201);
    let script = both(&s.anyone().bearer(made["token"].as_str().unwrap())).await;
    let bob = format!("/members/{}", s.bob_id);
    s.alice.patch(&bob, json!({ "role": "admin" })).await.ok();
    for live in &mut elsewhere {
        live.event("member.updated").await;
    }
    s.alice.patch(&bob, json!({ "active": false })).await.ok();
    gone(elsewhere).await;
    gone(script).await;
    for live in &mut others {
        live.find("the end of Bob's membership", |f| f["kind"] == "member.updated" && f["payload"]["active"] == false).await;
    }
    others[0].find("Bob is gone", |f| f["type"] == "presence" && f["members"].get(&s.bob_id).is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_site_opens_no_socket_with_our_cookie() {
    let s = TestServer::start().await;
    let upgrade = s.bob.with("connection", "upgrade").with("upgrade", "websocket").with("sec-websocket-version", "13");
    let upgrade = upgrade.with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    upgrade.with("origin", "https://evil.example").get("/events").await.refused(403, "events.origin");
    Live::socket(&s.bob.with("origin", &format!("http://{}", s.address)), "/events").await.frame("heartbeat").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_hear_only_their_own_thread() {
    let s = TestServer::start().await;
    let (one, two) = (s.visitor().await, s.visitor().await);
    one.say("I am one").await;
    two.say("I am two").await;
    let mut ears = two.live("").await;
    ears.frame("heartbeat").await;
    let all = s.conversations().await;
    let first = all.iter().find(|c| c["last_message_preview"] == "I am one").unwrap();
    let second = all.iter().find(|c| c["last_message_preview"] == "I am two").unwrap();
    s.alice.post(&format!("/conversations/{}/notes", second["id"].as_str().unwrap()), json!({ "text": "A secret note" })).await.is(201);
    s.reply(first["id"].as_str().unwrap(), "For one only").await;
    s.reply(second["id"].as_str().unwrap(), "For two").await;
    ears.find("their own answer", |f| f["message"]["text"] == "For two").await;
    let rest = ears.so_far();
    assert!(!json!(rest).to_string().contains("For one only") && !json!(rest).to_string().contains("secret"), "{rest:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_for_one_person_alone_is_heard_from_the_moment_the_socket_is_open() {
    let s = TestServer::start().await;
    let (began, begun) = tokio::sync::oneshot::channel();
    let (go, hold) = std::sync::mpsc::channel::<()>();
    // Whatever is noted about the new screen waits behind this write.
    let (app, workspace, mut began) = (s.app.clone(), s.workspace, Some(began));
    let busy = tokio::spawn(async move {
        let write = move |_: &mut db::Tx<'_>| {
            began.take().map(|b| b.send(())).transpose().ok();
            hold.recv().ok();
            Ok(())
        };
        app.db.write(workspace, db::Lane::Interactive, write).await
    });
    begun.await.unwrap();
    let mut bob = Live::socket(&s.bob, "/events").await;
    let frame = server::realtime::notification(s.bob_id.parse().unwrap(), json!(null), 1);
    s.app.hub.send(s.workspace, frame);
    go.send(()).unwrap();
    busy.await.unwrap().unwrap();
    assert_eq!(bob.frame("notification").await["unread"], 1);
}
