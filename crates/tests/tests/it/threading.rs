//! Which conversation a mail belongs to: by what it answers, whoever writes, whatever its subject says; and by hand.

use serde_json::{Value, json};
use tests::{Mail, MailDoor, Sink, TestServer};

const DESK: &str = "help@desk.example";

async fn desk() -> (TestServer, Sink, MailDoor) {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    let door = s.mail_door(DESK, Some(&sink)).await;
    (s, sink, door)
}
fn mail(from: &str, subject: &str, id: &str) -> Mail {
    Mail::new(from, DESK, subject, &format!("About: {subject} ({id})")).id(id)
}
const ANNA: &str = "Anna <anna@home.example>";
const AT_WORK: &str = "Anna at work <anna@work.example>";

async fn by(s: &TestServer, subject: &str) -> Value {
    let all = s.conversations().await;
    let c = all.iter().find(|c| c["subject"] == subject).unwrap_or_else(|| panic!("{subject}: {all:#?}"));
    s.conversation(c["id"].as_str().unwrap()).await
}
fn last(c: &Value) -> &Value {
    c["messages"].as_array().unwrap().last().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_moves_to_the_conversation_where_it_belongs_and_back() {
    let (s, _sink, _door) = desk().await;
    s.mail_door("sales@desk.example", None).await;
    s.deliver(&mail(ANNA, "Lamp", "l1@home.example")).await;
    s.deliver(&mail(ANNA, "Chair", "c1@home.example")).await;
    let mut table = mail(ANNA, "Table", "t1@home.example");
    table.envelope_to = vec!["sales@desk.example".into()];
    s.deliver(&table).await;
    // Somebody answers the wrong letter, from another address of theirs.
    let wrong = mail(AT_WORK, "Re: Lamp", "w1@work.example");
    s.deliver(&wrong.header("In-Reply-To", "<l1@home.example>")).await;
    let lamp = by(&s, "Lamp").await;
    assert_eq!((lamp["messages"].as_array().unwrap().len(), lamp["unread_count"].as_i64()), (2, Some(2)));
    let (from, chair) = (lamp["id"].as_str().unwrap().to_owned(), by(&s, "Chair").await);
    let to = chair["id"].as_str().unwrap().to_owned();
    let moved = lamp["messages"][1]["id"].clone();
    let reason = lamp["messages"][1]["thread_reason"].clone();
    let path = format!("/conversations/{from}/move-messages");
    let body = |ids: &[&Value], to: &str| json!({ "message_ids": ids, "to": to });
    s.bob.post(&path, body(&[&moved], &from)).await.refused(422, "invalid");
    s.bob.post(&path, body(&[&moved], by(&s, "Table").await["id"].as_str().unwrap())).await.refused(409, "move.other_channel");
    s.bob.post(&path, body(&[&lamp["messages"][0]["id"], &moved], &to)).await.refused(409, "move.nothing_left");
    let done = s.bob.post(&path, body(&[&moved], &to)).await.ok();
    assert_eq!((&done["source"]["message_count"], &done["target"]["message_count"]), (&json!(1), &json!(2)), "{done:#}");
    let (lamp, chair) = (by(&s, "Lamp").await, by(&s, "Chair").await);
    assert_eq!((&lamp["unread_count"], &chair["unread_count"]), (&json!(1), &json!(2)));
    let there = chair["messages"].as_array().unwrap().iter().find(|m| m["id"] == moved).unwrap();
    assert_eq!(there["thread_reason"], format!("moved by hand from #{}", lamp["number"]));
    // An answer to it arrives where it is now.
    let next = mail(AT_WORK, "Re: Lamp", "w2@work.example");
    s.deliver(&next.header("In-Reply-To", "<w1@work.example>")).await;
    assert_eq!(by(&s, "Chair").await["messages"].as_array().unwrap().len(), 3);
    // Taken back, it stands where it stood, for the reason it had; what came since stays.
    let undo = format!("/message-moves/{}/undo", done["move"]["id"].as_str().unwrap());
    let back = s.bob.post(&undo, json!({})).await.ok();
    assert_eq!((&back["source"]["message_count"], &back["target"]["message_count"]), (&json!(2), &json!(2)), "{back:#}");
    let lamp = by(&s, "Lamp").await;
    assert_eq!((&lamp["messages"][1]["id"], &lamp["messages"][1]["thread_reason"]), (&moved, &reason));
    s.bob.post(&undo, json!({})).await.refused(409, "move.undone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_subject_does_not_break_a_thread_and_an_equal_one_does_not_make_it() {
    let (s, _sink, _door) = desk().await;
    s.deliver(&mail(ANNA, "Lamp", "l1@home.example")).await;
    s.deliver(&mail(ANNA, "Something else entirely", "l2@home.example").header("In-Reply-To", "<l1@home.example>")).await;
    let c = s.only_conversation().await;
    assert_eq!((&c["subject"], &c["message_count"]), (&json!("Lamp"), &json!(2)));
    // Somebody else with the same subject is somebody else.
    s.deliver(&mail("zoe@else.example", "Lamp", "z1@else.example")).await;
    assert_eq!(s.conversations().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_references_are_read_as_far_as_they_go() {
    let (s, _sink, _door) = desk().await;
    s.deliver(&mail(ANNA, "Lamp", "l1@home.example")).await;
    let broken = [
        ("References", "<unknown@x.example><l1@home.example>"),
        ("References", "<unknown@x.example>,\r\n\t<l1@home\r\n .example>"),
        ("References", "l1@home.example"),
        ("In-Reply-To", "Your message of Wednesday <l1@home.example>"),
        ("In-Reply-To", "\"l1@home.example\" <l1@home.example> (Anna)"),
        ("References", "<cut-off@x.example <l1@home.example>"),
    ];
    for (n, (name, value)) in broken.iter().enumerate() {
        // Another subject and another writer: nothing but the header leads there.
        let one = mail(&format!("writer{n}@other.example"), &format!("Letter {n}"), &format!("b{n}@other.example")).header(name, value);
        s.deliver(&one).await;
        let c = s.only_conversation().await;
        assert_eq!(last(&c)["external_id"], format!("b{n}@other.example"), "{name}: {value}");
        assert!(last(&c)["thread_reason"].as_str().unwrap().contains("answers l1@home.example"), "{value}: {:#}", last(&c));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_of_the_same_person_takes_part_once_it_is_known_to_be_hers() {
    let (s, sink, _door) = desk().await;
    s.deliver(&mail(ANNA, "Lamp", "l1@home.example")).await;
    s.deliver(&mail(AT_WORK, "Chair", "c1@work.example")).await;
    let (lamp, chair) = (by(&s, "Lamp").await, by(&s, "Chair").await);
    let (home, work) = (lamp["contact_id"].as_str().unwrap(), chair["contact_id"].as_str().unwrap());
    assert_ne!(home, work);
    // Unknown together: her answer from work comes in, and is marked.
    s.deliver(&mail(AT_WORK, "Re: Lamp", "w1@work.example").header("In-Reply-To", "<l1@home.example>")).await;
    assert_eq!(last(&by(&s, "Lamp").await)["verified_sender"], false);
    s.bob.post(&format!("/contacts/{work}/join"), json!({ "into": home })).await.ok();
    s.deliver(&mail(AT_WORK, "Re: Lamp", "w2@work.example").header("In-Reply-To", "<l1@home.example>")).await;
    let lamp = by(&s, "Lamp").await;
    assert_eq!(last(&lamp)["verified_sender"], true, "{:#}", last(&lamp));
    s.reply(lamp["id"].as_str().unwrap(), "Here you are.").await;
    let to = sink.mails().remove(0).to;
    assert!(to.contains(&"anna@work.example".to_owned()), "{to:?}");
    // And a new letter from work with the subject of the one from home belongs to it.
    s.deliver(&mail(AT_WORK, "AW: Lamp", "w3@work.example")).await;
    let why = last(&by(&s, "Lamp").await)["thread_reason"].as_str().unwrap().to_owned();
    assert!(why.contains("subject"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_id_that_a_program_uses_again_and_again_loses_no_mail() {
    let (s, _sink, _door) = desk().await;
    let ticket =
        |text: &str, date: &str| Mail::new("jira@tracker.example", DESK, text, text).id("same@tracker.example").header("Date", date);
    let (one, two) = (ticket("Opened", "Wed, 28 Oct 2026 09:00:00 +0000"), ticket("Closed", "Wed, 28 Oct 2026 09:30:00 +0000"));
    for mail in [&one, &two, &one, &two, &two] {
        s.deliver(mail).await;
    }
    let somebody = Mail::new("other@tracker.example", DESK, "Opened", "Opened")
        .id("same@tracker.example")
        .header("Date", "Wed, 28 Oct 2026 09:00:00 +0000");
    s.deliver(&somebody).await;
    let mut texts = Vec::new();
    for c in s.conversations().await {
        let c = s.conversation(c["id"].as_str().unwrap()).await;
        texts.extend(
            c["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| format!("{} {}", m["from"].as_str().unwrap(), m["text"].as_str().unwrap().trim())),
        );
    }
    texts.sort();
    assert_eq!(texts, ["jira@tracker.example Closed", "jira@tracker.example Opened", "other@tracker.example Opened"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_to_two_of_our_addresses_comes_once_to_each() {
    let (s, _sink, _door) = desk().await;
    let sales = s.mail_door("sales@desk.example", None).await;
    let mut both = mail(ANNA, "For both of you", "b1@home.example").header("To", "help@desk.example, sales@desk.example");
    both.envelope_to = vec![DESK.into(), "sales@desk.example".into(), "help+anything@desk.example".into()];
    s.deliver(&both).await;
    s.deliver(&both).await;
    let all = s.conversations().await;
    assert_eq!(all.len(), 2, "one in each inbox, however often it comes: {all:#?}");
    assert!(all.iter().any(|c| c["channel_id"] == sales.id.as_str()));
    assert!(all.iter().all(|c| c["message_count"] == 1 && c["contact_id"] == all[0]["contact_id"]), "{all:#?}");
}
