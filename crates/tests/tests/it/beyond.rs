//! Nobody sees, guesses or changes more than is theirs.

use serde_json::{Value, json};
use tests::{ApiDoor, TestServer};

const PASSWORD: &str = "quiet river stones";

fn text(v: &Value) -> String {
    v.as_str().unwrap().to_owned()
}

/// The only message of the conversation with this customer, and the conversation.
async fn of_customer(s: &TestServer, words: &str) -> (String, String) {
    let all = s.conversations().await;
    let c = text(&all.iter().find(|c| c["last_message_preview"] == words).unwrap()["id"]);
    (text(&s.conversation(&c).await["messages"][0]["id"]), c)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_source_of_a_message_shows_nobody_elses() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let message = |n: &str, words: &str| ApiDoor::message(&format!("m-{n}"), n, words);
    door.post(&s, message("carol", "Only mine")).await.is(200);
    door.post(&s, json!([message("dora", "The first of two"), message("emil", "A secret of Emil's")])).await.is(200);
    s.settle().await;
    let (alone, c1) = of_customer(&s, "Only mine").await;
    let (together, c2) = of_customer(&s, "The first of two").await;
    // Sent once more together with what is known, it is still Emil's.
    door.post(&s, json!([message("emil", "A secret of Emil's"), message("fred", "New beside an old one")])).await.is(200);
    s.settle().await;
    let (beside, c3) = of_customer(&s, "New beside an old one").await;
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "own" })).await.ok();
    for c in [&c1, &c2, &c3] {
        s.alice.post(&format!("/conversations/{c}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    }
    let source = async |id: &str| s.bob.get(&format!("/messages/{id}/source")).await;
    assert!(source(&alone).await.text().contains("Only mine"));
    for id in [&together, &beside] {
        let answer = source(id).await;
        assert!(!answer.text().contains("secret of Emil"), "{}", answer.text());
        answer.refused(404, "message.no_source");
    }
    // Who reads the journal and sees everything reads it here too.
    assert!(s.alice.get(&format!("/messages/{together}/source")).await.text().contains("secret of Emil"));
    let auditor = json!({ "name": "Auditor", "permissions": ["conversations.read", "journal.read"], "visibility": "all" });
    let auditor = s.alice.post("/roles", auditor).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": auditor["id"] })).await.ok();
    source(&together).await.refused(404, "message.no_source");
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "role" })).await.ok();
    assert!(source(&together).await.text().contains("secret of Emil"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_widens_what_they_see() {
    let s = TestServer::start().await;
    let (one, two) = (s.api_door(None).await.id, s.api_door(None).await.id);
    let may = s.alice.get("/me").await.ok()["permissions"].clone();
    let everything = json!({ "name": "Everything", "permissions": may, "visibility": "own" });
    let role = text(&s.alice.post("/roles", everything).await.is(201)["id"]);
    let wide = json!({ "name": "Wide", "permissions": ["conversations.read"], "visibility": "all" });
    let wide = text(&s.alice.post("/roles", wide).await.is(201)["id"]);
    let carol = s.invite("Carol", "carol@desk.example", "agent").await.ok()["me"]["member_id"].clone();
    let (mine, hers) = (format!("/members/{}", s.bob_id), format!("/members/{}", text(&carol)));
    s.alice.patch(&mine, json!({ "role": role })).await.ok();
    s.alice.patch(&hers, json!({ "role": wide, "visibility": "own" })).await.ok();
    let refused = async |path: &str, body: Value| {
        let answer = s.bob.patch(path, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (403, "role.beyond_yours"), "{path} {body}: {}", answer.text());
    };
    // Neither by their own grant, nor by their own role, nor by another's, nor by a role for others.
    for word in ["all", "own_unassigned", "team"] {
        refused(&mine, json!({ "visibility": word })).await;
        refused(&hers, json!({ "visibility": word })).await;
        refused(&format!("/roles/{role}"), json!({ "visibility": word })).await;
        s.bob.post("/roles", json!({ "name": "New", "permissions": [], "visibility": word })).await.refused(403, "role.beyond_yours");
    }
    refused(&mine, json!({ "visibility": "inbox", "channel_ids": [one] })).await;
    refused(&mine, json!({ "role": wide })).await;
    refused(&mine, json!({ "role": "viewer" })).await;
    refused(&hers, json!({ "visibility": "role" })).await;
    s.alice.patch("/roles/agent", json!({ "visibility": "own" })).await.ok();
    refused("/roles/agent", json!({ "visibility": "all" })).await;
    refused(&format!("/roles/{role}"), json!({ "name": "Renamed" })).await;
    s.bob.post("/invitations", json!({ "role": wide })).await.refused(403, "role.beyond_yours");
    s.bob.post("/roles", json!({ "name": "New", "permissions": [] })).await.refused(403, "role.beyond_yours");
    let script = s.bob.post("/tokens", json!({ "name": "script" })).await.is(201);
    let script = s.anyone().bearer(script["token"].as_str().unwrap());
    script.patch(&mine, json!({ "visibility": "all" })).await.refused(403, "role.beyond_yours");
    // What is within their own sight they give.
    let narrow =
        s.bob.post("/roles", json!({ "name": "Narrow", "permissions": ["conversations.read"], "visibility": "own" })).await.is(201);
    s.bob.post("/invitations", json!({ "role": narrow["id"] })).await.is(201);
    s.bob.patch(&hers, json!({ "role": narrow["id"], "visibility": "role" })).await.ok();
    // Of channels, only their own.
    s.alice.patch(&mine, json!({ "visibility": "inbox", "channel_ids": [one] })).await.ok();
    refused(&hers, json!({ "visibility": "inbox", "channel_ids": [one, two] })).await;
    refused(&mine, json!({ "visibility": "inbox", "channel_ids": [one, two] })).await;
    s.bob.patch(&hers, json!({ "visibility": "inbox", "channel_ids": [one] })).await.ok();
    // Nobody puts themselves into a team to see its conversations.
    s.alice.patch(&mine, json!({ "visibility": "team" })).await.ok();
    let team = s.alice.post("/teams", json!({ "name": "Theirs", "member_ids": [carol] })).await.is(201);
    s.bob
        .patch(&format!("/teams/{}", text(&team["id"])), json!({ "member_ids": [carol, s.bob_id] }))
        .await
        .refused(403, "role.beyond_yours");
    s.bob.patch(&format!("/teams/{}", text(&team["id"])), json!({ "name": "Renamed" })).await.ok();
    // Who sees everything may.
    s.alice.patch(&mine, json!({ "visibility": "all" })).await.ok();
    s.bob.patch(&hers, json!({ "visibility": "all" })).await.ok();
    s.bob.patch(&mine, json!({ "visibility": "own" })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_step_is_not_guessed_from_many_addresses() {
    let s = TestServer::start().await;
    let offer = s.bob.post("/me/second-step", json!({ "password": PASSWORD })).await.ok();
    let secret = text(&offer["secret"]);
    s.bob.post("/me/second-step/confirm", json!({ "code": crate::trust::app_code(&secret, s.now()) })).await.ok();
    let signing_in = json!({ "email": "bob@desk.example", "password": PASSWORD });
    let challenge = text(&s.anyone().post("/auth/sign-in", signing_in.clone()).await.refused(401, "auth.second_step_needed")["challenge"]);
    let answer = async |from: String, challenge: &str, code: &str| {
        s.anyone().with("x-forwarded-for", &from).post("/auth/second-step", json!({ "challenge": challenge, "code": code })).await
    };
    let mut tried = 0;
    for n in 0..100 {
        let wrong = answer(format!("2001:db8:0:{n:x}::1"), &challenge, "000000").await;
        match wrong.status {
            401 => tried += 1,
            _ => drop(wrong.refused(429, "auth.too_many_tries")),
        }
    }
    assert_eq!(tried, 20);
    // An hour later the one whose account it is comes in, and right ones do not use it up.
    s.advance(61 * 60_000).await;
    for n in 0..25 {
        s.advance(31_000).await;
        let from = format!("2001:db8:1:{n:x}::1");
        let asked = s.anyone().with("x-forwarded-for", &from).post("/auth/sign-in", signing_in.clone()).await;
        let challenge = text(&asked.refused(401, "auth.second_step_needed")["challenge"]);
        answer(from, &challenge, &crate::trust::app_code(&secret, s.now())).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_does_not_change_its_makers_account() {
    let s = TestServer::start().await;
    for body in [json!({ "name": "script", "permissions": ["contacts.read"] }), json!({ "name": "whole" })] {
        let token = s.alice.post("/tokens", body).await.is(201);
        let token = s.anyone().bearer(token["token"].as_str().unwrap());
        token.patch("/me", json!({ "name": "Renamed" })).await.refused(403, "auth.person_needed");
        token.patch("/me", json!({ "preferences": { "theme": "dark" } })).await.refused(403, "auth.person_needed");
        token.get("/me").await.ok();
    }
    assert_eq!(s.alice.get("/me").await.ok()["account"]["name"], "Alice Admin");
    assert_eq!(s.alice.patch("/me", json!({ "name": "Alice A." })).await.ok()["account"]["name"], "Alice A.");
}
