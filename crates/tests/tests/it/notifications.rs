//! Who is told of what, once, in the app, by mail and by push; and that a channel which breaks is told of before a customer notices.

use kernel::time::{HOUR, MINUTE};
use serde_json::{Value, json};
use tests::{ApiDoor, Client, Hook, HookAnswer, Options, Sink, Submitted, TestServer, until};

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// A server whose own letters go to the sink.
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

/// Whatever the log has is read by now, and what is due has left.
async fn caught_up(s: &TestServer) {
    s.settle().await;
    s.advance(0).await;
    s.advance(0).await;
}

async fn told(s: &TestServer, who: &Client) -> Vec<Value> {
    caught_up(s).await;
    s.all(who, "/notifications").await
}
async fn unread(s: &TestServer, who: &Client) -> i64 {
    caught_up(s).await;
    who.get("/notifications/count").await.ok()["unread"].as_i64().unwrap()
}

/// A conversation with a customer who has written once.
async fn conversation(s: &TestServer, door: &ApiDoor, n: usize) -> String {
    let mut body = ApiDoor::message(&format!("first-{n}"), &format!("customer-{n}"), "Where is my order?");
    body["from"]["name"] = json!(format!("Customer {n}"));
    door.post(s, body).await.is(200);
    s.settle().await;
    let all = s.conversations().await;
    all.iter().find(|c| c["contact"]["name"] == format!("Customer {n}")).unwrap()["id"].as_str().unwrap().to_owned()
}
async fn assign(who: &Client, conversation: &str, to: &str) {
    who.post(&format!("/conversations/{conversation}/assign"), json!({ "assignee_id": to })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_me_is_told_to_me_once_and_to_nobody_else() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let c = conversation(&s, &door, 1).await;
    let mut bob = s.events(&s.bob, "").await;
    let mut alice = s.events(&s.alice, "").await;
    bob.frame("heartbeat").await;
    alice.frame("heartbeat").await;

    assign(&s.alice, &c, &s.bob_id).await;
    let frame = bob.frame("notification").await;
    assert_eq!((&frame["unread"], &frame["notification"]["kind"]), (&json!(1), &json!("assigned")), "{frame:#}");
    assert_eq!(frame["notification"]["actor_name"], "Alice Admin");
    let path = format!("/conversations/{c}");
    s.alice.post(&format!("{path}/notes"), json!({ "text": "@Bob Agent he called twice, @alice knows" })).await.is(201);
    door.post(&s, ApiDoor::message("m2", "customer-1", "Hello? Anybody?")).await.is(200);
    door.post(&s, ApiDoor::message("m3", "customer-1", "I am waiting.")).await.is(200);

    let all = told(&s, &s.bob).await;
    assert_eq!(all.len(), 1, "one conversation, one line: {all:#?}");
    let n = &all[0];
    assert_eq!((&n["kind"], &n["times"]), (&json!("customer_replied"), &json!(4)), "{n:#}");
    let kinds = json!([
        { "kind": "customer_replied", "times": 2 }, { "kind": "mentioned", "times": 1 }, { "kind": "assigned", "times": 1 }
    ]);
    assert_eq!(n["kinds"], kinds);
    assert_eq!((&n["contact_name"], &n["preview"], &n["conversation_id"]), (&json!("Customer 1"), &json!("I am waiting."), &json!(c)));
    assert!(told(&s, &s.alice).await.is_empty(), "her own acts are no news to her");
    assert!(alice.so_far().iter().all(|f| f["type"] != "notification"));

    // Read: the next thing is a line of its own.
    s.bob.post(&format!("/notifications/{}/read", id(n)), json!({})).await.is(200);
    assert_eq!(unread(&s, &s.bob).await, 0);
    s.advance(1_000).await;
    door.post(&s, ApiDoor::message("m4", "customer-1", "Still here")).await.is(200);
    let all = told(&s, &s.bob).await;
    assert_eq!((all.len(), &all[0]["times"], &all[0]["read_at"]), (2, &json!(1), &Value::Null), "{all:#?}");
    assert_eq!(s.all(&s.bob, "/notifications?unread=true").await.len(), 1);

    // Bob's own acts, in person or by his program, are no news to him either.
    s.bob.post("/notifications/read-all", json!({})).await.is(200);
    assign(&s.bob, &c, &s.alice_id).await;
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.ok();
    assign(&s.anyone().bearer(token["token"].as_str().unwrap()), &c, &s.bob_id).await;
    s.bob.post(&format!("{path}/notes"), json!({ "text": "@Bob Agent remember this" })).await.is(201);
    assert_eq!(unread(&s, &s.bob).await, 0);
    assert_eq!(unread(&s, &s.alice).await, 1);
    // What a machine wrote, and what came before it was his, is nothing to look at.
    s.alice.get(&format!("/notifications?unread=true&limit=1&cursor={}", "zzz")).await.refused(422, "invalid");
    // Nobody reads another's.
    let theirs = s.all(&s.alice, "/notifications").await;
    s.bob.post(&format!("/notifications/{}/read", id(&theirs[0])), json!({})).await.refused(404, "notification.not_found");
    assert_eq!(unread(&s, &s.alice).await, 1);
    // Started again, nothing is told again.
    let mut s = s;
    s.restart().await;
    assert_eq!((unread(&s, &s.bob).await, s.all(&s.bob, "/notifications").await.len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_message_and_the_end_of_a_snooze_find_their_owner() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    let c = conversation(&s, &door, 1).await;
    hook.next(HookAnswer::Status(422, vec![], "{\"error\":\"no such customer\"}".into()));
    s.bob.post(&format!("/conversations/{c}/messages"), json!({ "text": "It left on Friday", "undo_seconds": 0 })).await.is(201);
    let all = told(&s, &s.bob).await;
    assert_eq!((all.len(), &all[0]["kind"]), (1, &json!("delivery_failed")), "{all:#?}");
    assert!(all[0]["detail"].as_str().is_some_and(|d| !d.is_empty()), "{all:#?}");
    s.bob.post("/notifications/read-all", json!({ "conversation_id": c })).await.is(200);
    // Nobody's conversation: whoever sent it to sleep is woken.
    let other = conversation(&s, &door, 2).await;
    for (conversation, who) in [(&c, &s.alice), (&other, &s.alice)] {
        let body = json!({ "status": "snoozed", "snoozed_until": s.time(HOUR) });
        who.patch(&format!("/conversations/{conversation}/status"), body).await.ok();
    }
    s.advance(HOUR + 1_000).await;
    let (bob, alice) = (told(&s, &s.bob).await, told(&s, &s.alice).await);
    assert_eq!((&bob[0]["kind"], &bob[0]["conversation_id"]), (&json!("snooze_ended"), &json!(c)), "{bob:#?}");
    assert_eq!((alice.len(), &alice[0]["kind"], &alice[0]["conversation_id"]), (1, &json!("snooze_ended"), &json!(other)), "{alice:#?}");
    // A deleted conversation takes its notifications with it.
    s.alice.delete(&format!("/conversations/{other}")).await.is(204);
    assert!(told(&s, &s.alice).await.is_empty());
    assert_eq!(unread(&s, &s.alice).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_go_on_page_by_page() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..5 {
        let c = conversation(&s, &door, n).await;
        s.advance(1_000).await;
        assign(&s.alice, &c, &s.bob_id).await;
        caught_up(&s).await;
    }
    let first = s.bob.get("/notifications?limit=2").await.ok();
    let names = |page: &Value| page["data"].as_array().unwrap().iter().map(|n| n["contact_name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["Customer 4", "Customer 3"]);
    let next = format!("/notifications?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = s.bob.get(&next).await.ok();
    assert_eq!(
        (names(&second), &second["next_cursor"]),
        (vec![json!("Customer 2"), json!("Customer 1"), json!("Customer 0")], &Value::Null)
    );
    assert_eq!(s.bob.post("/notifications/read-all", json!({})).await.is(200)["unread"], 0);
}

async fn letter(sink: &Sink, what: &str) -> Submitted {
    let mut mails = until(what, || async {
        let mails = sink.mails();
        (!mails.is_empty()).then_some(mails)
    })
    .await;
    assert_eq!(mails.len(), 1, "{what}: {mails:#?}");
    mails.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_breaks_is_told_to_its_admins_once_and_so_is_its_end() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let channel = s.alice.post("/channels", json!({ "provider": "telegram", "name": "Support bot", "simulated": true })).await.is(201);
    let path = format!("/channels/{}", id(&channel));
    s.alice.post(&format!("{path}/simulate"), json!({ "text": "Hello", "customer": 1 })).await.is(202);
    s.settle().await;
    let c = s.only_conversation().await;
    // From now on the provider answers 401.
    s.alice.put(&format!("{path}/simulator"), json!({ "fault": "expired_token" })).await.is(200);
    s.bob.post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": "Hi", "undo_seconds": 0 })).await.is(201);
    let all = told(&s, &s.alice).await;
    assert_eq!((all.len(), &all[0]["kind"], &all[0]["channel_id"]), (1, &json!("channel_broken"), &channel["id"]), "{all:#?}");
    assert_eq!(all[0]["channel_name"], "Support bot");
    let words = s.alice.get(&path).await.ok()["sync_error"].as_str().unwrap().to_owned();
    assert_eq!(all[0]["detail"], words);
    assert!(told(&s, &s.bob).await.is_empty(), "who cannot mend it is left in peace");
    let mail = letter(&sink, "a letter about the channel").await;
    assert_eq!((mail.to, mail.from.as_str()), (vec!["alice@desk.example".to_owned()], "no-reply@desk.example"));
    assert_eq!(mail_subject(&mail.raw), "Support bot stopped working");
    let body = mail_text(&mail.raw);
    let link = format!("/settings/channels/{}", id(&channel));
    assert!(body.contains(&words) && body.contains(&link), "{body}");
    // However often it is looked at: it is still the same trouble.
    for _ in 0..3 {
        s.alice.post(&format!("{path}/check"), json!({})).await.is(200);
        s.advance(10 * MINUTE).await;
    }
    assert_eq!(told(&s, &s.alice).await.len(), 1);
    assert!(sink.mails().is_empty());
    // New settings are a try and no proof: nothing is told until it is seen to work, or breaks again.
    s.alice.patch(&path, json!({ "configuration": {} })).await.is(200);
    assert_eq!(told(&s, &s.alice).await.len(), 1);
    s.advance(6 * MINUTE).await;
    assert_eq!((told(&s, &s.alice).await.len(), sink.mails().len()), (1, 0), "still broken, and known to be");
    s.alice.put(&format!("{path}/simulator"), json!({ "fault": null })).await.is(200);
    s.advance(6 * MINUTE).await;
    let all = told(&s, &s.alice).await;
    assert_eq!((all.len(), &all[0]["kind"]), (2, &json!("channel_well")), "{all:#?}");
    s.advance(4 * MINUTE).await;
    assert_eq!(mail_subject(&letter(&sink, "a letter that it works again").await.raw), "Support bot works again");
    s.advance(HOUR).await;
    assert_eq!((told(&s, &s.alice).await.len(), sink.mails().len()), (2, 0));
    // The next breaking is news again.
    s.alice.put(&format!("{path}/simulator"), json!({ "fault": "expired_token" })).await.is(200);
    s.alice.post(&format!("{path}/check"), json!({})).await.is(200);
    let all = told(&s, &s.alice).await;
    assert_eq!((&all[0]["kind"], &all[0]["times"]), (&json!("channel_broken"), &json!(2)), "{all:#?}");
    letter(&sink, "a second letter").await;
}

fn mail_subject(raw: &str) -> String {
    mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap().subject().unwrap_or_default().to_owned()
}
fn mail_text(raw: &str) -> String {
    mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap().body_text(0).unwrap_or_default().into_owned()
}
fn mail_html(raw: &str) -> String {
    mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap().body_html(0).unwrap_or_default().into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_within_minutes_is_one_letter_and_what_was_read_is_none() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let door = s.api_door(None).await;
    let (one, two, three) = (conversation(&s, &door, 1).await, conversation(&s, &door, 2).await, conversation(&s, &door, 3).await);
    for c in [&one, &two, &three] {
        assign(&s.alice, c, &s.bob_id).await;
    }
    caught_up(&s).await;
    assert!(sink.mails().is_empty(), "there may be more to come");
    // He has looked at the third meanwhile.
    s.bob.post("/notifications/read-all", json!({ "conversation_id": three })).await.is(200);
    s.alice.post(&format!("/conversations/{one}/notes"), json!({ "text": "@Bob Agent <b>please</b>" })).await.is(201);
    caught_up(&s).await;
    s.advance(4 * MINUTE).await;
    let mail = letter(&sink, "the letter").await;
    assert_eq!(mail.to, ["bob@desk.example"]);
    let (text, html) = (mail_text(&mail.raw), mail_html(&mail.raw));
    for c in [&one, &two] {
        assert!(text.contains(&format!("/inbox/{c}")) && html.contains(&format!("/inbox/{c}")), "{text}");
    }
    assert!(!text.contains(&three), "{text}");
    assert!(text.contains("2 things happened in The Desk") && text.contains("Alice Admin mentioned you"), "{text}");
    assert!(html.contains("&lt;b&gt;please&lt;/b&gt;") && !html.contains("<b>please"), "{html}");
    assert!(text.contains("/settings/notifications"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty(), "told once");
    // A customer's answer is not mailed unless one asks for it.
    door.post(&s, ApiDoor::message("m9", "customer-1", "Thanks")).await.is(200);
    caught_up(&s).await;
    s.advance(4 * MINUTE).await;
    assert!(sink.mails().is_empty());
    let settings = s.bob.get("/notifications/settings").await.ok();
    let wish =
        json!({ "kinds": [{ "kind": "customer_replied", "in_app": false, "email": true, "push": false }], "quiet": settings["quiet"] });
    s.bob.put("/notifications/settings", wish).await.is(200);
    s.bob.post("/notifications/read-all", json!({})).await.is(200);
    door.post(&s, ApiDoor::message("m10", "customer-1", "By mail only")).await.is(200);
    assert_eq!(unread(&s, &s.bob).await, 0, "not in the app");
    s.advance(4 * MINUTE).await;
    assert_eq!(mail_subject(&letter(&sink, "by mail only").await.raw), format!("Customer 1 replied (#{})", 1));
    // A mail server that is away for a while loses nothing and gets nothing twice.
    sink.next("451 4.3.0 later");
    sink.next("451 4.3.0 later");
    door.post(&s, ApiDoor::message("m11", "customer-1", "Again")).await.is(200);
    caught_up(&s).await;
    s.advance(4 * MINUTE).await;
    s.advance(MINUTE).await;
    s.advance(MINUTE).await;
    let mail = letter(&sink, "after two refusals").await;
    // A connection that broke after the dot: the same letter again, by its id.
    let first = mail.message_id();
    sink.next("");
    door.post(&s, ApiDoor::message("m12", "customer-1", "And again")).await.is(200);
    caught_up(&s).await;
    s.advance(4 * MINUTE).await;
    s.advance(MINUTE).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    assert_ne!(mails[0].message_id(), first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_letters_back_until_they_end() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let door = s.api_door(None).await;
    let (one, two) = (conversation(&s, &door, 1).await, conversation(&s, &door, 2).await);
    // It is ten in the morning, UTC.
    let here = s.alice.get("/notifications/settings").await.ok()["quiet"].clone();
    assert_eq!(here["time_zone"], "Europe/Berlin", "the workspace's until one chooses another");
    let quiet = json!({ "enabled": true, "from": "09:00", "to": "17:00", "time_zone": "UTC" });
    s.bob.put("/notifications/settings", json!({ "kinds": [], "quiet": quiet })).await.is(200);
    assign(&s.alice, &one, &s.bob_id).await;
    s.advance(HOUR).await;
    assign(&s.alice, &two, &s.bob_id).await;
    s.advance(HOUR).await;
    assert_eq!(unread(&s, &s.bob).await, 2, "the app shows them all the same");
    assert!(sink.mails().is_empty());
    s.advance(6 * HOUR).await;
    let mail = letter(&sink, "one letter at their end").await;
    assert!(mail_text(&mail.raw).contains("2 things happened"), "{}", mail_text(&mail.raw));
    for (bad, field) in [
        (json!({ "enabled": true, "from": "25:00", "to": "07:00", "time_zone": "UTC" }), "quiet.from"),
        (json!({ "enabled": true, "from": "07:00", "to": "07:00", "time_zone": "UTC" }), "quiet.to"),
        (json!({ "enabled": true, "from": "22:00", "to": "07:00", "time_zone": "Mars/Base" }), "quiet.time_zone"),
    ] {
        let refused = s.bob.put("/notifications/settings", json!({ "kinds": [], "quiet": bad })).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], field);
    }
    let twice = json!({ "kind": "assigned", "in_app": true, "email": true, "push": true });
    s.bob.put("/notifications/settings", json!({ "kinds": [twice, twice], "quiet": here })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_say_what_one_may_be_told_of_and_whether_mail_is_set_up() {
    let s = TestServer::start().await;
    let (alice, bob) = (s.alice.get("/notifications/settings").await.ok(), s.bob.get("/notifications/settings").await.ok());
    let kinds = |v: &Value| v["kinds"].as_array().unwrap().iter().map(|k| k["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(kinds(&alice).contains(&"channel_broken".to_owned()) && !kinds(&bob).contains(&"channel_broken".to_owned()));
    assert_eq!((kinds(&alice).len(), kinds(&bob).len()), (8, 5));
    assert_eq!(alice["email"]["set_up"], false);
    assert!(alice["email"]["detail"].as_str().unwrap().contains("SWITCHBOARD_MAIL_HOST"));
    let test = s.alice.post("/notifications/test", json!({ "way": "email" })).await.is(200);
    assert!(test["ok"] == false && test["detail"].as_str().unwrap().contains("mail.host"), "{test}");
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    assert_eq!(s.alice.get("/notifications/settings").await.ok()["email"]["set_up"], true);
    let test = s.alice.post("/notifications/test", json!({ "way": "email" })).await.is(200);
    assert_eq!(test["ok"], true, "{test}");
    assert_eq!(letter(&sink, "the test").await.to, ["alice@desk.example"]);
    sink.only_password("another");
    let s2 = s.alice.post("/notifications/test", json!({ "way": "email" })).await.is(200);
    // A connection that is kept may still be let in; a refusal says why.
    assert!(s2["ok"] == true || s2["detail"].as_str().unwrap().contains("mail.password"), "{s2}");
}

const BROWSER: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

fn subscription(hook: &Hook) -> Value {
    json!({ "endpoint": hook.url(), "expirationTime": null, "keys": { "p256dh": BROWSER, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_asked_for_it_is_pushed_to_as_long_as_it_is_signed_in() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let c = conversation(&s, &door, 1).await;
    let key = s.bob.get("/notifications/settings").await.ok()["push_key"].as_str().unwrap().to_owned();
    assert_eq!(key, s.alice.get("/notifications/settings").await.ok()["push_key"].as_str().unwrap(), "one for everybody");
    let point = data_encoding::BASE64URL_NOPAD.decode(key.as_bytes()).unwrap();
    assert_eq!((point.len(), point[0]), (65, 4));
    let made = s.bob.post("/notifications/push-subscriptions", subscription(&hook)).await.is(201);
    s.bob.post("/notifications/push-subscriptions", subscription(&hook)).await.is(201);
    let devices = s.bob.get("/notifications/push-subscriptions").await.ok();
    assert_eq!(devices["data"].as_array().unwrap().len(), 1, "the same browser is one: {devices:#}");
    assert!(!devices.to_string().contains("BTBZ") && !made.to_string().contains("BTBZ"), "its secret is not given back");

    assign(&s.alice, &c, &s.bob_id).await;
    caught_up(&s).await;
    let pushes = until("a push", || async { Some(hook.requests()).filter(|r| !r.is_empty()) }).await;
    assert_eq!(pushes.len(), 1);
    let push = &pushes[0];
    assert_eq!((push.header("content-encoding"), push.header("urgency"), push.header("ttl")), ("aes128gcm", "normal", "86400"));
    assert!(push.header("topic").len() <= 32 && !push.header("topic").is_empty());
    assert!(push.header("authorization").starts_with("vapid t=") && push.header("authorization").ends_with(&format!("k={key}")));
    assert_eq!((&push.body[16..20], push.body[20]), (&4_096u32.to_be_bytes()[..], 65));
    assert!(!push.body.windows(10).any(|w| w == b"Customer 1"), "nobody on the way reads it");
    // What was read before it left is not pushed; quiet hours hold all back and end in one line.
    let quiet = json!({ "enabled": true, "from": "09:00", "to": "17:00", "time_zone": "UTC" });
    s.bob.put("/notifications/settings", json!({ "kinds": [], "quiet": quiet })).await.is(200);
    for n in 2..5 {
        let c = conversation(&s, &door, n).await;
        assign(&s.alice, &c, &s.bob_id).await;
    }
    caught_up(&s).await;
    assert!(hook.requests().is_empty());
    s.advance(8 * HOUR).await;
    let pushes = until("the summary", || async { Some(hook.requests()).filter(|r| !r.is_empty()) }).await;
    assert_eq!(pushes.len(), 1);
    s.bob
        .put(
            "/notifications/settings",
            json!({ "kinds": [], "quiet": { "enabled": false, "from": "22:00", "to": "07:00", "time_zone": "UTC" } }),
        )
        .await
        .is(200);
    let test = s.bob.post("/notifications/test", json!({ "way": "push" })).await.is(200);
    assert_eq!((test["ok"].clone(), hook.requests().len()), (json!(true), 1), "{test}");
    // A push service that is tired is asked again; a browser that is gone is forgotten.
    hook.next_status(503);
    s.alice.post(&format!("/conversations/{c}/notes"), json!({ "text": "@Bob Agent" })).await.is(201);
    caught_up(&s).await;
    s.advance(5_000).await;
    until("a second try", || async { (hook.requests().len() + 1 >= 2).then_some(()) }).await;
    hook.next_status(410);
    s.alice.post(&format!("/conversations/{c}/notes"), json!({ "text": "@Bob Agent again" })).await.is(201);
    caught_up(&s).await;
    until("the browser to be forgotten", || async {
        let devices = s.bob.get("/notifications/push-subscriptions").await.ok();
        devices["data"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    // Signed out, nothing is pushed to it any more.
    hook.requests();
    s.bob.post("/notifications/push-subscriptions", subscription(&hook)).await.is(201);
    s.bob.post("/auth/sign-out", json!({})).await.is(204);
    s.alice.post(&format!("/conversations/{c}/notes"), json!({ "text": "@Bob Agent secret" })).await.is(201);
    caught_up(&s).await;
    s.advance(MINUTE).await;
    assert!(hook.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_subscription_is_refused() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let good = subscription(&hook);
    for (name, value) in [
        ("endpoint", json!("http://10.0.0.7/push")),
        ("endpoint", json!("https://10.0.0.7/push")),
        ("endpoint", json!("http://push.example.net/x")),
        ("endpoint", json!("file:///etc/passwd")),
        ("endpoint", json!("https://user:pass@push.example.net/x")),
        ("keys", json!({ "p256dh": "AAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg" })),
        ("keys", json!({ "p256dh": BROWSER, "auth": "AA" })),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        let refused = s.bob.post("/notifications/push-subscriptions", bad).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], name);
    }
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.ok();
    let script = s.anyone().bearer(token["token"].as_str().unwrap());
    script.post("/notifications/push-subscriptions", good.clone()).await.refused(403, "auth.person_needed");
    let made = s.bob.post("/notifications/push-subscriptions", good.clone()).await.is(201);
    s.alice.delete(&format!("/notifications/push-subscriptions/{}", id(&made))).await.refused(404, "push.not_found");
    s.alice
        .json("DELETE", "/notifications/push-subscriptions", json!({ "endpoint": good["endpoint"] }))
        .await
        .refused(404, "push.not_found");
    s.bob.json("DELETE", "/notifications/push-subscriptions", json!({ "endpoint": good["endpoint"] })).await.is(204);
    let none = s.bob.post("/notifications/test", json!({ "way": "push" })).await.is(200);
    assert_eq!(none["ok"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_over_at_once_is_one_piece_of_news() {
    let sink = Sink::start().await;
    let s = with_mail(&sink).await;
    let door = s.api_door(None).await;
    let mut ids = Vec::new();
    for n in 1..=70 {
        let body = ApiDoor::message(&format!("first-{n}"), &format!("customer-{n}"), "Where is my order?");
        door.post(&s, body).await.is(200);
    }
    s.settle().await;
    ids.extend(s.conversations().await.iter().map(|c| id(c).to_owned()));
    assert_eq!(ids.len(), 70);
    s.alice.post("/bulk", json!({ "act": { "do": "assign", "assignee_id": s.bob_id }, "ids": ids })).await.is(201);
    let all = told(&s, &s.bob).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!((&all[0]["kind"], &all[0]["times"], &all[0]["conversation_id"]), (&json!("assigned"), &json!(70), &Value::Null));
    assert_eq!(unread(&s, &s.bob).await, 1);
    s.advance(5 * MINUTE).await;
    caught_up(&s).await;
    let letters = sink.mails();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("Subject"), "Alice Admin assigned 70 conversations to you");
    // Handed over one by one, each is news of its own again.
    assign(&s.alice, &ids[0], &s.alice_id).await;
    assign(&s.alice, &ids[0], &s.bob_id).await;
    assert_eq!(unread(&s, &s.bob).await, 2);
}
