//! A provider that hangs holds up itself and nobody else.

use serde_json::{Value, json};
use server::runner::Work;
use std::sync::Arc;
use tests::{ApiDoor, Hook, HookAnswer, TestServer, until};
use tokio::sync::Notify;

/// What is there of this conversation, as texts.
async fn texts(s: &TestServer, from: &str) -> Vec<String> {
    let all = s.conversations().await;
    let Some(c) = all.iter().find(|c| c["participants"][0]["address"] == from) else { return Vec::new() };
    let full = s.alice.get(&format!("/conversations/{}", c["id"].as_str().unwrap())).await.ok();
    full["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect()
}

async fn there(s: &TestServer, from: &str, wanted: &[&str]) {
    until("the messages", || async { (texts(s, from).await == wanted).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_do_not_come_hold_up_only_the_channel_they_belong_to() {
    let s = TestServer::start().await;
    let (ill, well) = (s.api_door(None).await, s.api_door(None).await);
    let (hook, bell) = (Hook::start().await, Arc::new(Notify::new()));
    hook.next(HookAnswer::Hang(bell.clone()));
    let mut picture = ApiDoor::message("m1", "ann", "A picture");
    picture["attachments"] = json!([{ "name": "c.png", "content_type": "image/png", "url": hook.url() }]);
    ill.post(&s, ApiDoor::message("m0", "ann", "Before")).await.is(200);
    ill.post(&s, picture).await.is(200);
    until("the request for the file", || async { (!hook.requests().is_empty()).then_some(()) }).await;
    // Behind the picture, on its channel and elsewhere.
    ill.post(&s, ApiDoor::message("m2", "ann", "After")).await.is(200);
    for n in 0..5 {
        well.post(&s, ApiDoor::message(&format!("w{n}"), "ben", &format!("Hello {n}"))).await.is(200);
    }
    there(&s, "ben", &["Hello 0", "Hello 1", "Hello 2", "Hello 3", "Hello 4"]).await;
    assert_eq!(texts(&s, "ann").await, ["Before"], "nothing overtakes the picture");
    bell.notify_one();
    there(&s, "ann", &["Before", "A picture", "After"]).await;
    // From now on the channel goes the short way again.
    ill.post(&s, ApiDoor::message("m3", "ann", "Later")).await.is(200);
    there(&s, "ann", &["Before", "A picture", "After", "Later"]).await;
    s.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_hangs_holds_up_no_other_of_its_account() {
    let s = TestServer::start().await;
    let (hook, bell) = (Hook::start().await, Arc::new(Notify::new()));
    let door = s.api_door(Some(&hook.url())).await;
    for person in ["ann", "ben", "carl"] {
        door.post(&s, ApiDoor::message(&format!("from-{person}"), person, "Hello")).await.is(200);
    }
    s.settle().await;
    hook.requests();
    hook.next(HookAnswer::Hang(bell.clone()));
    let all = s.conversations().await;
    let id = |person: &str| all.iter().find(|c| c["participants"][0]["address"] == person).unwrap()["id"].as_str().unwrap().to_owned();
    let answer = |person: &str| {
        let path = format!("/conversations/{}/messages", id(person));
        let client = s.alice.clone();
        async move { client.post(&path, json!({ "text": "Yes.", "undo_seconds": 0 })).await.is(201) }
    };
    let first: Value = answer("ann").await;
    until("the first request", || async { (!hook.requests().is_empty()).then_some(()) }).await;
    // The first one has no answer yet.
    let second = answer("ben").await;
    until("the second request", || async { (!hook.requests().is_empty()).then_some(()) }).await;
    let status = |m: &Value| {
        let path = format!("/conversations/{}", m["conversation_id"].as_str().unwrap());
        let (client, m) = (s.alice.clone(), m["id"].clone());
        async move {
            let full = client.get(&path).await.ok();
            full["messages"].as_array().unwrap().iter().find(|x| x["id"] == m).unwrap()["status"].as_str().unwrap().to_owned()
        }
    };
    until("the second is sent", || async { (status(&second).await == "sent").then_some(()) }).await;
    assert_eq!(status(&first).await, "pending");
    bell.notify_one();
    until("the first is sent", || async { (status(&first).await == "sent").then_some(()) }).await;
    s.poke(Work::Sending);
    s.settle().await;
}
