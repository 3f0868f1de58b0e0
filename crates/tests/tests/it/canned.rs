//! Canned replies: written once, found quickly, filled in for each conversation, and nobody's business but their owner's.

use serde_json::{Value, json};
use tests::{ApiDoor, Mail, Sink, TestServer};

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
fn titles(list: &[Value]) -> Vec<&str> {
    list.iter().map(|r| r["title"].as_str().unwrap()).collect()
}
async fn make(who: &tests::Client, body: Value) -> Value {
    who.post("/canned-replies", body).await.is(201)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canned_reply_is_filled_in_for_a_conversation_and_leaves_as_written() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.deliver(&Mail::new("Anna Ahlers <anna@home.example>", "help@desk.example", "Broken lamp", "It broke.").id("a1@home.example")).await;
    let c = s.only_conversation().await;
    let made = make(
        &s.bob,
        json!({ "title": "Lamp", "shortcut": "/Lamp", "folder": "Repairs", "scope": "all",
            "text": "Hi {{contact.first_name}}, #{{conversation.number}} at {{contact.company|your place}} by {{contact.phone}}. {{agent.first_name}}, {{workspace.name}}",
            "html": "<p>Hi <b>{{contact.first_name}}</b><script>alert(1)</script> {{contact.phone}}</p>" }),
    )
    .await;
    assert_eq!(
        (&made["shortcut"], &made["folder"], &made["used_count"], &made["owner_name"]),
        (&json!("lamp"), &json!("Repairs"), &json!(0), &json!("Bob Agent"))
    );
    assert!(!made["html"].as_str().unwrap().contains("script"), "{}", made["html"]);
    let path = format!("/canned-replies/{}/use", id(&made));
    let filled = s.alice.post(&path, json!({ "conversation_id": id(&c) })).await.ok();
    assert_eq!(filled["text"], "Hi Anna, #1 at your place by {{contact.phone}}. Alice, The Desk");
    assert_eq!(filled["missing"], json!(["contact.phone"]));
    assert!(filled["html"].as_str().unwrap().contains("<b>Anna</b>"), "{}", filled["html"]);
    // What the customer is called is never markup, whatever they call themselves.
    s.alice
        .patch(&format!("/contacts/{}", c["contact_id"].as_str().unwrap()), json!({ "name": "<img/src=x> Evil", "company_name": "A & B" }))
        .await
        .ok();
    let filled = s.alice.post(&path, json!({ "conversation_id": id(&c) })).await.ok();
    assert!(filled["html"].as_str().unwrap().contains("&lt;img/src=x&gt;"), "{}", filled["html"]);
    assert!(filled["text"].as_str().unwrap().contains("Hi <img/src=x>, #1 at A & B"), "{}", filled["text"]);
    // Both uses count; the same request twice counts once.
    let keyed = s.alice.with("idempotency-key", "once");
    for _ in 0..2 {
        keyed.post(&path, json!({ "conversation_id": id(&c) })).await.ok();
    }
    let now = s.bob.get(&format!("/canned-replies/{}", id(&made))).await.ok();
    assert_eq!((&now["used_count"], &now["last_used_at"]), (&json!(3), &json!(s.time(0))));
    s.alice
        .post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": filled["text"], "html": filled["html"], "undo_seconds": 0 }))
        .await
        .is(201);
    s.settle().await;
    assert!(sink.mails()[0].raw.contains("&lt;img"), "the mail went out as shown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_searched_by_every_word_and_the_best_fit_comes_first() {
    let s = TestServer::start().await;
    for (title, shortcut, folder, text) in [
        ("Refund sent", "refund", "Billing", "Your money is on its way."),
        ("Return label", "rl", "Returns", "Print the label and send the parcel; the refund follows."),
        ("Réfund later", "", "billing", "Please wait"),
        ("Hours", "hours", "", "We open at nine."),
    ] {
        make(&s.bob, json!({ "title": title, "shortcut": shortcut, "folder": folder, "text": text, "scope": "all" })).await;
    }
    let list = async |query: &str| s.all(&s.alice, &format!("/canned-replies?{query}")).await;
    assert_eq!(titles(&list("text=refund").await), ["Refund sent", "Réfund later", "Return label"]);
    assert_eq!(titles(&list("text=parcel%20label").await), ["Return label"]);
    assert_eq!(titles(&list("text=%2Frl").await), ["Return label"]);
    assert_eq!(titles(&list("text=xyz").await), Vec::<&str>::new());
    assert_eq!(titles(&list("folder=BILLING&sort=name").await), ["Réfund later", "Refund sent"]);
    assert_eq!(titles(&list("sort=name").await), ["Hours", "Réfund later", "Refund sent", "Return label"]);
    let folders = s.alice.get("/canned-replies/folders").await.ok();
    assert_eq!(folders["data"].as_array().unwrap().iter().map(|f| f["count"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 1]);
    // What is used most stands first; pages cover everything once.
    let hours = list("text=hours").await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    s.bob.post(&format!("/canned-replies/{}/use", id(&hours[0])), json!({ "conversation_id": id(&c) })).await.ok();
    assert_eq!(titles(&list("").await)[0], "Hours");
    for sort in ["used", "name"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = s.bob.get(&format!("/canned-replies?limit=1&text=re&sort={sort}{cursor}")).await.ok();
            seen.extend(page["data"].as_array().unwrap().iter().map(|r| id(r).to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={}", tests::encode(next));
        }
        assert_eq!(seen.len(), 3, "{sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3, "{sort}");
    }
    s.bob.patch("/canned-replies/folders", json!({ "from": "billing", "to": "Money" })).await.is(204);
    assert_eq!(list("folder=money").await.len(), 2);
    s.bob.patch("/canned-replies/folders", json!({ "from": "billing", "to": "x" })).await.refused(404, "folder.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_mine_is_not_there_for_others() {
    let s = TestServer::start().await;
    let mine = make(&s.bob, json!({ "title": "My trick", "shortcut": "trick", "text": "Between us" })).await;
    assert_eq!(mine["scope"], "mine");
    let path = format!("/canned-replies/{}", id(&mine));
    assert!(s.all(&s.alice, "/canned-replies").await.is_empty());
    s.alice.get(&path).await.refused(404, "canned_reply.not_found");
    s.alice.patch(&path, json!({ "title": "Hers" })).await.refused(404, "canned_reply.not_found");
    s.alice.delete(&path).await.refused(404, "canned_reply.not_found");
    s.alice.post(&format!("{path}/use"), json!({ "conversation_id": "cnv_00000000000000000000000001" })).await.is(404);
    // The same shortcut may be everybody's and somebody's own, but not twice anybody's.
    make(&s.alice, json!({ "title": "Ours", "shortcut": "trick", "text": "x", "scope": "all" })).await;
    let taken = s
        .alice
        .post("/canned-replies", json!({ "title": "Again", "shortcut": "Trick", "text": "x", "scope": "all" }))
        .await
        .refused(422, "invalid");
    assert_eq!((&taken["fields"][0]["field"], &taken["fields"][0]["code"]), (&json!("shortcut"), &json!("taken")));
    make(&s.alice, json!({ "title": "Mine too", "shortcut": "trick", "text": "x" })).await;
    // Shared, everybody has it; somebody else cannot take it for themselves.
    s.bob.patch(&path, json!({ "scope": "all", "shortcut": "trick2" })).await.ok();
    assert_eq!(s.alice.get(&path).await.ok()["shortcut"], "trick2");
    let refused = s.alice.patch(&path, json!({ "scope": "mine" })).await.refused(422, "invalid");
    assert_eq!(refused["fields"][0]["code"], "not_yours");
    s.bob.patch(&path, json!({ "scope": "mine" })).await.ok();
    s.bob.delete(&path).await.is(204);
    s.bob.get(&path).await.refused(404, "canned_reply.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_refused_with_its_fields() {
    let s = TestServer::start().await;
    let fields = async |body: Value| {
        let refused = s.bob.post("/canned-replies", body).await.refused(422, "invalid");
        let mut all: Vec<String> = refused["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| format!("{}:{}", f["field"].as_str().unwrap(), f["code"].as_str().unwrap()))
            .collect();
        all.sort();
        all
    };
    assert_eq!(fields(json!({ "title": " ", "text": " " })).await, ["text:required", "title:invalid"]);
    assert_eq!(fields(json!({ "title": "x", "text": "Hi {{contact.fist_name}}" })).await, ["text:unknown_variable"]);
    assert_eq!(fields(json!({ "title": "x", "text": "y", "html": "<p>{{nobody}}</p>" })).await, ["html:unknown_variable"]);
    assert_eq!(fields(json!({ "title": "x", "text": "y", "shortcut": "two words" })).await, ["shortcut:invalid"]);
    assert_eq!(
        fields(json!({ "title": "x", "text": "y", "attachments": ["fil_00000000000000000000000001"] })).await,
        ["attachments:not_found"]
    );
    // Only the formatted form: the plain one is made of it, again after each change.
    let made = make(&s.bob, json!({ "title": "Rich", "html": "<p>One</p><p>Two</p>" })).await;
    assert_eq!(made["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>(), ["One", "Two"]);
    let path = format!("/canned-replies/{}", id(&made));
    let changed = s.bob.patch(&path, json!({ "html": "<p>Three</p>" })).await.ok();
    assert_eq!(changed["text"].as_str().unwrap().trim(), "Three");
    let both = s.bob.patch(&path, json!({ "html": "<p>Four</p>", "text": "4" })).await.ok();
    assert_eq!(both["text"], "4");
    assert_eq!(s.bob.patch(&path, json!({ "html": "" })).await.ok()["html"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_files_stay_with_it_however_often_they_are_sent() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.deliver(&Mail::new("anna@home.example", "help@desk.example", "Terms", "Please send them.").id("a1@home.example")).await;
    let c = s.only_conversation().await;
    let file = s.bob.upload("/files", "terms.txt", "text/plain", b"the terms of the desk").await.is(201);
    let made = make(&s.bob, json!({ "title": "Terms", "text": "Attached.", "scope": "all", "attachments": [id(&file)] })).await;
    assert_eq!(made["attachments"][0]["name"], "terms.txt");
    let path = format!("/canned-replies/{}", id(&made));
    for n in 0..2 {
        let filled = s.alice.post(&format!("{path}/use"), json!({ "conversation_id": id(&c) })).await.ok();
        let copy = id(&filled["attachments"][0]).to_owned();
        assert_ne!(copy, id(&made["attachments"][0]), "a copy is given");
        s.alice
            .post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": "Here", "attachments": [copy], "undo_seconds": 0 }))
            .await
            .is(201);
        s.settle().await;
        assert!(sink.mails()[0].raw.contains("terms.txt"), "mail {n}");
    }
    // Even its own file, named directly, stays with it.
    s.alice
        .post(
            &format!("/conversations/{}/messages", id(&c)),
            json!({ "text": "Again", "attachments": [id(&made["attachments"][0])], "undo_seconds": 0 }),
        )
        .await
        .is(201);
    assert_eq!(s.bob.get(&path).await.ok()["attachments"].as_array().unwrap().len(), 1);
    // Another canned reply made from it has its own.
    let other = make(&s.bob, json!({ "title": "Copy", "text": "x", "attachments": [id(&made["attachments"][0])] })).await;
    assert_ne!(other["attachments"][0]["id"], made["attachments"][0]["id"]);
    s.bob.delete(&path).await.is(204);
    assert_eq!(s.bob.get(&format!("/canned-replies/{}", id(&other))).await.ok()["attachments"][0]["name"], "terms.txt");
    let fewer = s.bob.patch(&format!("/canned-replies/{}", id(&other)), json!({ "attachments": [] })).await.ok();
    assert!(fewer["attachments"].as_array().unwrap().is_empty());
}
