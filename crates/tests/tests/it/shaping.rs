//! Merging, splitting, trash, blocking, pinned notes and who takes part.

use serde_json::{Value, json};
use tests::{ApiDoor, Mail, Sink, TestServer};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const DESK: &str = "help@desk.example";
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
fn texts(c: &Value) -> Vec<&str> {
    c["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap().trim()).collect()
}
fn mail(from: &str, subject: &str, text: &str, message_id: &str) -> Mail {
    Mail::new(from, DESK, subject, text).id(message_id)
}
async fn desk() -> (TestServer, Sink) {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door(DESK, Some(&sink)).await;
    (s, sink)
}
async fn by_subject(s: &TestServer, subject: &str) -> Value {
    let all = s.conversations().await;
    let found = all.iter().find(|c| c["subject"] == subject).unwrap_or_else(|| panic!("{subject}: {all:#?}"));
    s.conversation(id(found)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merged_conversations_are_one_until_that_is_taken_back() {
    let (s, sink) = desk().await;
    s.deliver(&mail("Anna <anna@home.example>", "Lamp", "It is broken", "a1@home.example")).await;
    s.advance(HOUR).await;
    s.deliver(&mail("Carl <carl@home.example>", "The lamp of my wife", "Same lamp", "c1@home.example")).await;
    let (lamp, wife) = (by_subject(&s, "Lamp").await, by_subject(&s, "The lamp of my wife").await);
    s.reply(id(&wife), "Which lamp?").await;
    let ours = sink.mails().remove(0);
    s.bob.post(&format!("/conversations/{}/tags", id(&wife)), json!({ "tags": ["lamp"] })).await.ok();
    s.bob.put(&format!("/conversations/{}/draft", id(&wife)), json!({ "text": "half a sentence" })).await.is(204);
    s.bob.patch(&format!("/conversations/{}/status", id(&lamp)), json!({ "status": "pending" })).await.ok();
    let before = (s.conversation(id(&lamp)).await, s.conversation(id(&wife)).await);

    let merged = s.bob.post(&format!("/conversations/{}/merge", id(&lamp)), json!({ "from": [id(&wife)] })).await.ok();
    assert_eq!(merged["merges"][0]["source_number"], 2);
    let one = s.only_conversation().await;
    assert_eq!(texts(&one), ["It is broken", "Same lamp", "Which lamp?"]);
    assert_eq!(
        (&one["status"], &one["message_count"], &one["tags"], &one["draft"]["text"]),
        (&json!("open"), &json!(3), &json!(["lamp"]), &Value::Null)
    );
    assert_eq!(s.bob.get(&format!("/conversations/{}", id(&lamp))).await.ok()["draft"]["text"], "half a sentence");
    assert!(one["participants"].to_string().contains("carl@") && one["participants"].to_string().contains("anna@"));
    assert_eq!((&one["last_message_preview"], &one["waiting_since"]), (&json!("Which lamp?"), &Value::Null));
    assert_eq!(one["merged"][0]["source_id"], wife["id"]);
    let gone = s.bob.get(&format!("/conversations/{}", id(&wife))).await.refused(404, "conversation.merged");
    assert_eq!(gone["merged_into"], lamp["id"]);
    s.bob.post(&format!("/conversations/{}/notes", id(&wife)), json!({ "text": "x" })).await.refused(404, "conversation.merged");
    s.alice.post(&format!("/conversations/{}/restore", id(&wife)), json!({})).await.refused(404, "conversation.not_found");
    assert!(s.all(&s.alice, "/trash").await.is_empty(), "merged is not deleted");
    assert_eq!(s.alice.get("/search?q=same").await.ok()["data"][0]["conversation_id"], lamp["id"]);

    // Answers to either arrive in the one, by token and by headers.
    let token = ours.header("Reply-To").rsplit_once('<').map(|(_, a)| a.trim_end_matches('>').to_owned()).unwrap();
    s.deliver(&Mail::new("carl@home.example", &token, "Re: whatever", "The green one").id("c2@home.example")).await;
    s.deliver(&mail("anna@home.example", "Re: Lamp", "And mine?", "a2@home.example").header("In-Reply-To", "<a1@home.example>")).await;
    assert_eq!(texts(&s.only_conversation().await)[3..], ["The green one", "And mine?"]);

    // Taken back, each has its own again, with what arrived on it since.
    let both = s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    assert_eq!((&both["source"]["id"], &both["target"]["id"]), (&wife["id"], &lamp["id"]));
    let after = (s.conversation(id(&lamp)).await, s.conversation(id(&wife)).await);
    assert_eq!(texts(&after.0), ["It is broken", "And mine?"]);
    assert_eq!(texts(&after.1), ["Same lamp", "Which lamp?", "The green one"]);
    for (a, b) in [(&after.0, &before.0), (&after.1, &before.1)] {
        for field in ["participants", "tags", "assignee_id", "subject", "contact_id"] {
            assert_eq!(a[field], b[field], "{field}");
        }
    }
    assert_eq!(after.0["status"], "open", "it had been reopened by the answer since");
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.refused(409, "merge.undone");
    s.deliver(&Mail::new("carl@home.example", &token, "Re: whatever", "Again").id("c3@home.example")).await;
    assert_eq!(texts(&s.conversation(id(&wife)).await).last(), Some(&"Again"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_is_taken_back_with_what_was_read_drafted_and_followed_since() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "First")).await.is(200);
    s.settle().await;
    let old = s.only_conversation().await;
    s.bob.patch(&format!("/conversations/{}/status", id(&old)), json!({ "status": "resolved" })).await.ok();
    s.advance(15 * DAY).await;
    door.post(&s, ApiDoor::message("m2", "p1", "Second")).await.is(200);
    s.settle().await;
    let live = s.conversations().await.into_iter().find(|c| c["previous_id"] == old["id"]).unwrap();
    s.bob.put(&format!("/conversations/{}/draft", id(&live)), json!({ "text": "half a sentence" })).await.is(204);
    s.bob.post(&format!("/conversations/{}/followers", id(&live)), json!({ "member_id": s.alice_id })).await.ok();
    let before = s.conversation(id(&live)).await["followers"].clone();
    let merged = s.bob.post(&format!("/conversations/{}/merge", id(&old)), json!({ "from": [id(&live)] })).await.ok();
    // All of it is read, and one more comes.
    s.bob.post(&format!("/conversations/{}/mark-read", id(&old)), json!({})).await.ok();
    s.advance(HOUR).await;
    // The older one is closed for so long that the person begins anew.
    s.bob.patch(&format!("/conversations/{}/status", id(&old)), json!({ "status": "resolved" })).await.ok();
    s.advance(15 * DAY).await;
    door.post(&s, ApiDoor::message("m3", "p1", "Third")).await.is(200);
    s.settle().await;
    let third = s.conversations().await.into_iter().find(|c| texts_are(c, "Third")).unwrap();
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    let (a, b) = (s.conversation(id(&old)).await, s.conversation(id(&live)).await);
    assert_eq!((texts(&a), texts(&b)), (vec!["First"], vec!["Second"]));
    assert_eq!((&a["unread_count"], &b["unread_count"]), (&json!(0), &json!(0)), "it was read while it was here");
    assert_eq!(b["followers"], before);
    assert_eq!(a["followers"], json!([]), "who followed the other does not follow this one");
    assert_eq!(s.bob.get(&format!("/conversations/{}", id(&live))).await.ok()["draft"]["text"], "half a sentence");
    assert_eq!(s.bob.get(&format!("/conversations/{}", id(&old))).await.ok()["draft"], Value::Null);
    // The thread stays where it went on.
    door.post(&s, ApiDoor::message("m4", "p1", "Fourth")).await.is(200);
    s.settle().await;
    assert_eq!(texts(&s.conversation(id(&third)).await), ["Third", "Fourth"]);

    // What has come since the merge stays unread.
    let merged = s.bob.post(&format!("/conversations/{}/merge", id(&third)), json!({ "from": [id(&live)] })).await.ok();
    s.bob.post(&format!("/conversations/{}/mark-read", id(&third)), json!({})).await.ok();
    door.post(&s, ApiDoor::message("m5", "p1", "Fifth")).await.is(200);
    s.settle().await;
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    assert_eq!(s.conversation(id(&third)).await["unread_count"], 1);
}
fn texts_are(c: &Value, preview: &str) -> bool {
    c["last_message_preview"] == preview
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_can_be_answered_as_one_is_merged() {
    let (s, _sink) = desk().await;
    let door = s.api_door(None).await;
    for n in 1..=2 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("p{n}"), "hello")).await.is(200);
    }
    s.deliver(&mail("anna@home.example", "Lamp", "Broken", "a1@home.example")).await;
    let all = s.conversations().await;
    let chats: Vec<&Value> = all.iter().filter(|c| c["channel"] == "api").collect();
    let letter = all.iter().find(|c| c["channel"] == "email").unwrap();
    let merge = async |a: &Value, b: &Value| s.bob.post(&format!("/conversations/{}/merge", id(a)), json!({ "from": [id(b)] })).await;
    merge(chats[0], letter).await.refused(409, "merge.other_channel");
    merge(chats[0], chats[1]).await.refused(409, "merge.other_person");
    merge(chats[0], chats[0]).await.refused(422, "invalid");
    s.bob.post(&format!("/conversations/{}/merge", id(letter)), json!({ "from": [] })).await.refused(422, "invalid");
    s.bob
        .post(&format!("/conversations/{}/merge", id(letter)), json!({ "from": ["cnv_00000000000000000000000001"] }))
        .await
        .refused(404, "conversation.not_found");
    // One person's earlier conversation on the same thread.
    let path = format!("/conversations/{}/status", id(chats[0]));
    s.bob.patch(&path, json!({ "status": "resolved" })).await.ok();
    s.advance(15 * DAY).await;
    let person = chats[0]["participants"][0]["address"].as_str().unwrap();
    door.post(&s, ApiDoor::message("m9", person, "me again")).await.is(200);
    s.settle().await;
    let new = s.conversations().await.into_iter().find(|c| c["previous_id"] == chats[0]["id"]).unwrap();
    let merged = merge(&new, chats[0]).await.ok();
    assert_eq!(texts(&s.conversation(id(&new)).await), ["hello", "me again"]);
    door.post(&s, ApiDoor::message("m10", person, "still me")).await.is(200);
    s.settle().await;
    assert_eq!(texts(&s.conversation(id(&new)).await).len(), 3);
    // The other way round the thread goes on in the older one.
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    let merged = merge(chats[0], &new).await.ok();
    door.post(&s, ApiDoor::message("m11", person, "and on")).await.is(200);
    s.settle().await;
    assert_eq!(texts(&s.conversation(id(chats[0])).await).last(), Some(&"and on"));
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    door.post(&s, ApiDoor::message("m12", person, "to the newer")).await.is(200);
    s.settle().await;
    assert_eq!(texts(&s.conversation(id(&new)).await).last(), Some(&"to the newer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_split_out_into_a_conversation_of_its_own() {
    let (s, sink) = desk().await;
    s.deliver(&mail("Anna <anna@home.example>", "Lamp", "It is broken", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let astray = mail("Zoe <zoe@else.example>", "Re: Lamp", "My chair, please", "z1@else.example").header("Cc", "yuri@else.example");
    s.deliver(&astray.header("In-Reply-To", "<a1@home.example>")).await;
    let c = s.conversation(id(&c)).await;
    let astray = c["messages"][1].clone();
    assert_eq!(astray["verified_sender"], false);
    let path = format!("/conversations/{}/split", id(&c));
    let new = s.bob.post(&path, json!({ "message_ids": [id(&astray)], "subject": "Chair" })).await.is(201);
    assert_eq!(
        (&new["subject"], &new["contact"]["name"], &new["previous_id"], &new["message_count"]),
        (&json!("Chair"), &json!("Zoe"), &c["id"], &json!(1))
    );
    assert!(
        new["participants"].to_string().contains("yuri@") && !new["participants"].to_string().contains("help@"),
        "{}",
        new["participants"]
    );
    assert_eq!(texts(&s.conversation(id(&c)).await), ["It is broken"]);
    // Answers go to whom it belongs, and come back there.
    s.reply(id(&new), "Which chair?").await;
    let ours = sink.mails().remove(0);
    assert_eq!((ours.to.len(), ours.header("In-Reply-To").as_str()), (2, "<z1@else.example>"));
    s.deliver(&mail("zoe@else.example", "Re: Chair", "The red one", "z2@else.example").header("In-Reply-To", "<z1@else.example>")).await;
    assert_eq!(texts(&s.conversation(id(&new)).await), ["My chair, please", "Which chair?", "The red one"]);
    // Not all of it, nothing that is not there, and not where a person has one thread.
    s.bob.post(&path, json!({ "message_ids": [id(&c["messages"][0])] })).await.refused(409, "split.nothing_left");
    s.bob.post(&path, json!({ "message_ids": [id(&astray)] })).await.refused(422, "invalid");
    let door = s.api_door(None).await;
    for n in 1..=2 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), "p1", "hello")).await.is(200);
    }
    s.settle().await;
    let chat = s.conversations().await.into_iter().find(|c| c["channel"] == "api").unwrap();
    let chat = s.conversation(id(&chat)).await;
    let path = format!("/conversations/{}/split", id(&chat));
    s.bob.post(&path, json!({ "message_ids": [id(&chat["messages"][0])] })).await.refused(409, "split.one_thread");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_can_come_back_for_thirty_days_and_is_gone_then() {
    let (s, _sink) = desk().await;
    for n in 1..=3 {
        s.deliver(&mail("anna@home.example", &format!("Letter {n}"), "Words", &format!("a{n}@home.example"))).await;
    }
    let letters = [by_subject(&s, "Letter 1").await, by_subject(&s, "Letter 2").await, by_subject(&s, "Letter 3").await];
    for c in &letters[..2] {
        s.alice.delete(&format!("/conversations/{}", id(c))).await.is(204);
        s.advance(1_000).await;
    }
    s.bob.get("/trash").await.refused(403, "permission.missing");
    let trash = s.all(&s.alice, "/trash").await;
    assert_eq!(trash.iter().map(|t| t["conversation"]["subject"].as_str().unwrap()).collect::<Vec<_>>(), ["Letter 2", "Letter 1"]);
    assert_eq!(trash[1]["gone_at"], json!(s.time(30 * DAY - 2_000)));
    s.alice.post(&format!("/conversations/{}/restore", id(&letters[1])), json!({})).await.ok();
    assert_eq!(s.conversations().await.len(), 2);
    // An answer to what is deleted begins anew.
    s.deliver(&mail("anna@home.example", "Re: Letter 1", "Hello?", "a9@home.example").header("In-Reply-To", "<a1@home.example>")).await;
    assert_eq!(by_subject(&s, "Re: Letter 1").await["message_count"], 1);
    s.alice.delete(&format!("/trash/{}", id(&letters[2]))).await.refused(404, "conversation.not_found");
    let session = s.anyone();
    s.advance(29 * DAY).await;
    let signed = session.post("/auth/sign-in", json!({ "email": "alice@desk.example", "password": "quiet river stones" })).await;
    let alice = session.signed_in(&signed);
    assert_eq!(s.all(&alice, "/trash").await.len(), 1);
    s.advance(2 * DAY).await;
    assert!(s.all(&alice, "/trash").await.is_empty());
    alice.post(&format!("/conversations/{}/restore", id(&letters[0])), json!({})).await.refused(404, "conversation.not_found");
    alice.get(&format!("/messages/{}", id(&letters[0]["messages"][0]))).await.refused(404, "message.not_found");
    let journal = s.all(&alice, "/journal?state=all").await;
    assert!(journal.iter().all(|j| j["conversation_id"] != letters[0]["id"]));
    // By hand it goes at once.
    alice.delete(&format!("/conversations/{}", id(&letters[2]))).await.is(204);
    alice.delete(&format!("/trash/{}", id(&letters[2]))).await.is(204);
    alice.get(&format!("/messages/{}", id(&letters[2]["messages"][0]))).await.refused(404, "message.not_found");
    let left = alice.get("/search?q=words").await.ok();
    assert_eq!(left["data"].as_array().unwrap().len(), 1, "{left:#}");
    // The same mail may come again: nothing of it is left to double.
    s.deliver(&mail("anna@home.example", "Letter 1", "Words", "a1@home.example")).await;
    let rows = s.all(&alice, "/conversations?status=all").await;
    assert_eq!(rows.iter().filter(|c| c["subject"] == "Letter 1").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_goes_on_where_it_was_after_it_came_back_from_the_trash() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    s.alice.delete(&format!("/conversations/{}", id(&c))).await.is(204);
    s.alice.post(&format!("/conversations/{}/restore", id(&c)), json!({})).await.ok();
    door.post(&s, ApiDoor::message("m2", "p1", "still here?")).await.is(200);
    s.settle().await;
    assert_eq!(s.only_conversation().await["message_count"], 2);
    // Where a newer one has begun meanwhile, that one goes on.
    s.alice.delete(&format!("/conversations/{}", id(&c))).await.is(204);
    door.post(&s, ApiDoor::message("m3", "p1", "anybody?")).await.is(200);
    s.settle().await;
    let newer = s.only_conversation().await;
    s.alice.post(&format!("/conversations/{}/restore", id(&c)), json!({})).await.ok();
    door.post(&s, ApiDoor::message("m4", "p1", "ah")).await.is(200);
    s.settle().await;
    assert_eq!(
        (&s.conversation(id(&newer)).await["message_count"], &s.conversation(id(&c)).await["message_count"]),
        (&json!(2), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_person_is_a_line_in_the_journal_and_nothing_else() {
    let (s, _sink) = desk().await;
    s.deliver(&mail("Eve <eve@evil.example>", "Buy", "now", "e1@evil.example")).await;
    let c = s.only_conversation().await;
    let contact = c["contact_id"].as_str().unwrap().to_owned();
    let until = json!({ "status": "snoozed", "snoozed_until": s.time(60_000) });
    s.bob.patch(&format!("/conversations/{}/status", id(&c)), until).await.ok();
    let blocked = s.bob.post(&format!("/contacts/{contact}/block"), json!({})).await.ok();
    assert_eq!(
        (&blocked["conversations"], blocked["contact"]["blocked_at"].is_null()),
        (&json!([{ "id": id(&c), "status": "snoozed", "snoozed_until": s.time(60_000) }]), false)
    );
    let now = s.conversation(id(&c)).await;
    assert_eq!((&now["status"], &now["contact"]["blocked"]), (&json!("spam"), &json!(true)));
    let attached = mail(
        "eve@evil.example",
        "Buy more",
        "--x\nContent-Type: text/plain\n\nhi\n--x\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Disposition: attachment; filename=\"a.pdf\"\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--x--\n",
        "e2@evil.example",
    );
    let attached = attached.header("MIME-Version", "1.0").header("Content-Type", "multipart/mixed; boundary=\"x\"");
    assert_eq!(s.deliver(&attached).await.0, 250, "nobody is told that they are blocked");
    s.deliver(&mail("EVE@evil.example", "Re: Buy", "and more", "e3@evil.example").header("In-Reply-To", "<e1@evil.example>")).await;
    assert_eq!(s.only_conversation().await["message_count"], 1);
    let rows = s.all(&s.alice, "/journal?state=ignored").await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|r| r["outcome"].as_str().unwrap().starts_with("blocked")), "{rows:#?}");
    let files = s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM files", db::params![])).await.unwrap();
    assert_eq!(files, 0, "no file of theirs was kept");
    // Taken in again, what was ignored can be played from the journal.
    s.bob.delete(&format!("/contacts/{contact}/block")).await.is(200);
    s.alice.post(&format!("/journal/{}/replay", id(&rows[0])), json!({})).await.is(202);
    s.settle().await;
    assert_eq!(s.conversation(id(&c)).await["message_count"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_and_domains_can_be_blocked_without_a_person() {
    let (s, _sink) = desk().await;
    let list = async || s.all(&s.alice, "/blocks").await;
    let domain = s.bob.post("/blocks", json!({ "kind": "email_domain", "value": "@Evil.example" })).await.is(201);
    assert_eq!((&domain["value"], &domain["blocked_by"]), (&json!("evil.example"), &json!("Bob Agent")));
    s.bob.post("/blocks", json!({ "kind": "email", "value": "mallory@fine.example" })).await.is(201);
    for bad in [
        json!({ "kind": "email_domain", "value": "nodots" }),
        json!({ "kind": "email", "value": "x" }),
        json!({ "kind": "name", "value": "x" }),
    ] {
        s.bob.post("/blocks", bad).await.refused(422, "invalid");
    }
    for (n, from) in ["a@evil.example", "b@EVIL.example", "mallory@fine.example"].iter().enumerate() {
        s.deliver(&mail(from, "Hi", "x", &format!("b{n}@x.example"))).await;
    }
    assert!(s.conversations().await.is_empty());
    assert!(s.all(&s.alice, "/contacts").await.is_empty(), "nobody was made of them");
    s.deliver(&mail("good@fine.example", "Hi", "x", "g@x.example")).await;
    s.deliver(&mail("c@sub.evil.example", "Sub", "x", "h@x.example")).await;
    assert_eq!(s.conversations().await.len(), 2, "other people and other domains come through");
    assert_eq!(list().await.len(), 2);
    s.bob.delete(&format!("/blocks/{}", id(&domain))).await.is(204);
    s.deliver(&mail("a@evil.example", "Again", "x", "i@x.example")).await;
    assert_eq!(s.conversations().await.len(), 3);
    // A visitor who is blocked is refused at the door.
    let visitor = s.visitor().await;
    visitor.say("hello").await;
    let chat = s.conversations().await.into_iter().find(|c| c["channel"] == "webchat").unwrap();
    s.bob.post(&format!("/contacts/{}/block", chat["contact_id"].as_str().unwrap()), json!({ "keep_conversations": true })).await.ok();
    assert_eq!(s.conversation(id(&chat)).await["status"], "new");
    visitor.send("e2", "again").await.refused(403, "widget.refused");
    assert_eq!(s.conversation(id(&chat)).await["message_count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_pinned_changed_and_deleted_by_whoever_wrote_them() {
    let (s, sink) = desk().await;
    s.deliver(&mail("anna@home.example", "Lamp", "Broken", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let note = s.bob.post(&format!("/conversations/{}/notes", id(&c)), json!({ "text": "Call first" })).await.is(201);
    let path = format!("/messages/{}", id(&note));
    s.alice.post(&format!("{path}/pin"), json!({})).await.ok();
    let now = s.conversation(id(&c)).await;
    assert_eq!((&now["pinned"][0]["id"], now["pinned"][0]["pinned_at"].is_null()), (&note["id"], false));
    let changed = s.bob.patch(&path, json!({ "text": "Call in the morning" })).await.ok();
    assert_eq!(
        (&changed["text"], &changed["metadata"]["edits"][0]["text"], changed["edited_at"].is_null()),
        (&json!("Call in the morning"), &json!("Call first"), false)
    );
    assert_eq!(s.conversation(id(&c)).await["last_message_preview"], "Broken", "a note is never what the list shows");
    s.alice.patch(&path, json!({ "text": "No" })).await.refused(403, "message.not_yours");
    s.bob.patch(&path, json!({ "text": " " })).await.refused(422, "invalid");
    let found = s.alice.get("/search?q=morning").await.ok();
    assert_eq!(found["data"][0]["message_id"], note["id"]);
    s.alice.post(&format!("/messages/{}/pin", id(&c["messages"][0])), json!({})).await.refused(409, "message.not_a_note");
    s.alice.delete(&format!("{path}/pin")).await.is(200);
    assert_eq!(s.conversation(id(&c)).await["pinned"], json!([]));
    s.bob.post(&format!("{path}/pin"), json!({})).await.ok();
    s.bob.delete(&path).await.is(204);
    assert_eq!(s.conversation(id(&c)).await["pinned"], json!([]));
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_takes_part_until_they_leave() {
    let (s, _sink) = desk().await;
    s.deliver(&mail("anna@home.example", "Lamp", "Broken", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}", id(&c));
    let parts = async || s.conversation(id(&c)).await["followers"].clone();
    assert_eq!(parts().await, json!([]));
    s.bob.post(&format!("{path}/notes"), json!({ "text": "mine" })).await.is(201);
    s.advance(1_000).await;
    s.bob.post(&format!("{path}/followers"), json!({ "member_id": s.alice_id })).await.ok();
    assert_eq!(parts().await, json!([s.bob_id, s.alice_id]));
    assert_eq!(s.all(&s.alice, "/conversations?following=true").await.len(), 1);
    s.bob.delete(&format!("{path}/followers/{}", s.bob_id)).await.is(200);
    s.bob.post(&format!("{path}/notes"), json!({ "text": "again" })).await.is(201);
    assert_eq!(parts().await, json!([s.alice_id]), "leaving lasts");
    assert!(s.all(&s.bob, "/conversations?following=true").await.is_empty());
    s.bob.post(&format!("{path}/followers"), json!({})).await.ok();
    assert_eq!(parts().await.as_array().unwrap().len(), 2);
    s.bob.post(&format!("{path}/followers"), json!({ "member_id": "mem_00000000000000000000000001" })).await.refused(422, "invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_that_are_deleted_take_no_place_above_the_conversation() {
    let (s, _sink) = desk().await;
    s.deliver(&mail("anna@home.example", "Lamp", "Broken", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let notes = format!("/conversations/{}/notes", id(&c));
    let pinned = async |n: usize| {
        let note = s.bob.post(&notes, json!({ "text": format!("Note {n}") })).await.is(201);
        (s.bob.post(&format!("/messages/{}/pin", id(&note)), json!({})).await, id(&note).to_owned())
    };
    let mut all = Vec::new();
    for n in 0..10 {
        let (answer, note) = pinned(n).await;
        answer.ok();
        all.push(note);
    }
    pinned(10).await.0.refused(409, "note.too_many_pinned");
    for note in &all[..2] {
        s.bob.delete(&format!("/messages/{note}")).await.is(204);
    }
    pinned(11).await.0.ok();
    pinned(12).await.0.ok();
    pinned(13).await.0.refused(409, "note.too_many_pinned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_counts_what_can_be_seen_under_it() {
    let (s, _sink) = desk().await;
    for n in 1..=3 {
        s.deliver(&mail("anna@home.example", &format!("Letter {n}"), "Words", &format!("a{n}@home.example"))).await;
        let c = by_subject(&s, &format!("Letter {n}")).await;
        s.bob.post(&format!("/conversations/{}/tags", id(&c)), json!({ "tags": ["lamp"] })).await.ok();
    }
    let counted = async || {
        let tags = s.alice.get("/tags").await.ok()["data"].clone();
        tags.as_array().unwrap().iter().find(|t| t["name"] == "lamp").unwrap()["count"].as_i64().unwrap()
    };
    assert_eq!(counted().await, 3);
    let letters = [by_subject(&s, "Letter 1").await, by_subject(&s, "Letter 2").await, by_subject(&s, "Letter 3").await];
    s.alice.delete(&format!("/conversations/{}", id(&letters[0]))).await.is(204);
    assert_eq!(counted().await, 2);
    s.bob.post(&format!("/conversations/{}/merge", id(&letters[2])), json!({ "from": [id(&letters[1])] })).await.ok();
    assert_eq!(counted().await, 1);
    s.alice.post(&format!("/conversations/{}/restore", id(&letters[0])), json!({})).await.ok();
    assert_eq!(counted().await, 2);
}
