//! Opening hours and what is answered by itself: to whom, how often, in which words, and never to a machine.

use serde_json::{Value, json};
use tests::{ApiDoor, Hook, HookAnswer, Mail, Sink, TestServer};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// It is Wednesday, 28 October 2026, ten o'clock UTC.
async fn desk() -> (TestServer, Hook, ApiDoor) {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    (s, hook, door)
}
/// The same slots from Monday to Friday.
fn week(zone: &str, slots: &[(&str, &str)]) -> Value {
    let day: Vec<Value> = slots.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    let days: Vec<Value> = (0..7).map(|n| if n < 5 { json!(day) } else { json!([]) }).collect();
    json!({ "time_zone": zone, "week": days })
}
fn answers(zone: &str, slots: &[(&str, &str)]) -> Value {
    json!({ "schedule": week(zone, slots), "greeting": { "on": true, "text": "Hi {{name}}, we are here." },
        "away": { "on": true, "text": "We open {{opens}}." } })
}
async fn set(s: &TestServer, place: &str, body: Value) -> Value {
    s.alice.put(&format!("/hours/{place}"), body).await.ok()
}
/// Somebody writes; what leaves to them by itself.
async fn said(s: &TestServer, hook: &Hook, door: &ApiDoor, who: &str, n: u32) -> Vec<String> {
    door.post(s, ApiDoor::message(&format!("{who}-{n}"), who, "Is anybody there?")).await.is(200);
    s.settle().await;
    left(hook)
}
fn left(hook: &Hook) -> Vec<String> {
    hook.requests().iter().filter(|r| r.json()["type"] == "message").map(|r| r.json()["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_in_each_closing_and_a_greeting_when_it_is_open() {
    let (s, hook, door) = desk().await;
    let place = set(&s, "workspace", answers("UTC", &[("08:00", "12:00"), ("13:00", "17:00")])).await;
    assert_eq!((&place["open"], &place["changes_at"]), (&json!(true), &json!(s.time(2 * HOUR))));
    // Who begins while it is open is greeted, once a day.
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, ["Hi, we are here."]);
    assert_eq!(said(&s, &hook, &door, "ann", 2).await, [""; 0]);
    let c = s.only_conversation().await;
    // Nobody has answered yet, and the list shows what the person wrote.
    assert_eq!((&c["status"], &c["last_message_preview"]), (&json!("new"), &json!("Is anybody there?")));
    assert!(!c["waiting_since"].is_null() && c["assignee_id"].is_null());
    let m = c["messages"].as_array().unwrap().iter().find(|m| m["direction"] == "outbound").unwrap();
    assert_eq!((&m["automated_by"], &m["sender_type"]), (&json!("hours.greeting"), &json!("bot")));
    // Lunch: one word, however often they write.
    s.advance(2 * HOUR + MINUTE).await;
    assert_eq!(said(&s, &hook, &door, "ann", 3).await, ["We open 13:00."]);
    for n in 4..8 {
        assert_eq!(said(&s, &hook, &door, "ann", n).await, [""; 0]);
    }
    assert_eq!(said(&s, &hook, &door, "bea", 1).await, ["We open 13:00."]);
    // The afternoon is open, and the evening is another closing.
    s.advance(2 * HOUR).await;
    assert_eq!(said(&s, &hook, &door, "ann", 9).await, [""; 0]);
    s.advance(4 * HOUR).await;
    assert_eq!(said(&s, &hook, &door, "ann", 10).await, ["We open 2026-10-29 08:00."]);
    assert_eq!(said(&s, &hook, &door, "ann", 11).await, [""; 0]);
    // The whole weekend is one closing.
    s.advance(3 * DAY).await;
    assert_eq!(said(&s, &hook, &door, "ann", 12).await, ["We open 2026-11-02 08:00."]);
    s.advance(DAY).await;
    assert_eq!(said(&s, &hook, &door, "ann", 13).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_go_back_do_not_shift_the_hours() {
    let (s, hook, door) = desk().await;
    let body = json!({ "schedule": week("America/New_York", &[("09:00", "17:00")]), "away": { "on": true, "text": "Back {{opens}}" } });
    set(&s, "workspace", body).await;
    let open = async || s.alice.get("/hours").await.ok()["data"][0]["open"].clone();
    // New York is four hours behind until Sunday, five after it.
    assert_eq!(open().await, false);
    s.advance(2 * DAY + 3 * HOUR + 30 * MINUTE).await;
    assert_eq!(open().await, true, "Friday, 13:30 UTC is 9:30 there");
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, [""; 0]);
    s.advance(3 * DAY).await;
    assert_eq!(open().await, false, "Monday, 13:30 UTC is 8:30 there");
    assert_eq!(said(&s, &hook, &door, "ann", 2).await, ["Back 09:00"]);
    s.advance(31 * MINUTE).await;
    assert_eq!(open().await, true);
    assert_eq!(said(&s, &hook, &door, "bea", 1).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_goes_on_after_midnight_and_holidays_close() {
    let (s, hook, door) = desk().await;
    let mut body = answers("UTC", &[("22:00", "02:00")]);
    body["greeting"]["on"] = json!(false);
    set(&s, "workspace", body).await;
    let christmas = json!({ "name": "Closed", "from": "2026-10-30" });
    let holiday = s.alice.post("/holidays", christmas).await.is(201);
    assert_eq!((&holiday["to"], &holiday["place"]), (&json!("2026-10-30"), &json!("workspace")));
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, ["We open 22:00."]);
    s.advance(15 * HOUR).await;
    let now = s.alice.get("/hours").await.ok()["data"][0].clone();
    assert_eq!((&now["open"], &now["changes_at"]), (&json!(true), &json!(s.time(HOUR))), "one in the morning");
    assert_eq!(said(&s, &hook, &door, "ann", 2).await, [""; 0]);
    s.advance(2 * HOUR).await;
    assert_eq!(said(&s, &hook, &door, "ann", 3).await, ["We open 22:00."]);
    // The night of the 29th runs into the holiday; the one of the 30th does not begin, nor do those of the weekend.
    s.advance(22 * HOUR).await;
    assert_eq!(s.alice.get("/hours").await.ok()["data"][0]["open"], true, "the 30th, one in the morning");
    s.advance(DAY).await;
    assert_eq!(said(&s, &hook, &door, "ann", 4).await, ["We open 2026-11-02 22:00."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_its_own_and_what_it_lacks_is_the_workspaces() {
    let (s, hook, door) = desk().await;
    set(&s, "workspace", answers("UTC", &[("08:00", "09:00")])).await;
    let own = json!({ "away": { "on": true, "text": "The shop opens {{opens}}. Your number is {{number}}." } });
    set(&s, &door.id, own).await;
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, ["The shop opens 2026-10-29 08:00. Your number is 1."]);
    let all = s.alice.get("/hours").await.ok();
    let places: Vec<&str> = all["data"].as_array().unwrap().iter().map(|p| p["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["workspace", &door.id]);
    assert_eq!((&all["data"][1]["schedule"], &all["data"][1]["open"]), (&Value::Null, &json!(false)));
    // A holiday of the channel that is open all the same.
    let special = json!({ "place": door.id, "name": "Long Thursday", "from": "2026-10-29", "slots": [{ "from": "06:00", "to": "23:00" }] });
    s.alice.post("/holidays", special).await.is(201);
    s.advance(DAY).await;
    let all = s.alice.get("/hours").await.ok();
    assert_eq!((&all["data"][0]["open"], &all["data"][1]["open"]), (&json!(false), &json!(true)));
    s.alice.delete(&format!("/hours/{}", door.id)).await.is(204);
    assert_eq!(s.alice.get("/hours").await.ok()["data"].as_array().unwrap().len(), 1);
    s.alice.put("/hours/chn_01h2xcejqtf2nbrexx3vqjhp41", json!({})).await.refused(404, "channel.not_found");
    // Wrong forms say where.
    let wrong = json!({ "schedule": week("UTC", &[("09:00", "12:00"), ("11:00", "13:00")]), "away": { "on": true, "text": "" } });
    let refused = s.alice.put("/hours/workspace", wrong).await.is(422);
    let fields: Vec<&str> = refused["fields"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"schedule.week.0") && fields.contains(&"away.text"), "{refused:#}");
    s.bob.put("/hours/workspace", json!({})).await.refused(403, "permission.missing");
    let audit = s.all(&s.alice, "/audit").await;
    assert!(audit.iter().any(|r| r["action"] == "hours.updated") && audit.iter().any(|r| r["action"] == "holiday.created"), "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_answered_in_their_language() {
    let (s, hook, door) = desk().await;
    let away = json!({ "on": true, "text": "Closed.", "languages": { "sv": "Stängt." } });
    set(&s, "workspace", json!({ "schedule": week("UTC", &[]), "away": away })).await;
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, ["Closed."]);
    let c = s.only_conversation().await;
    s.alice.patch(&format!("/contacts/{}", c["contact"]["id"].as_str().unwrap()), json!({ "language": "sv-SE" })).await.ok();
    set(&s, "workspace", json!({ "schedule": week("UTC", &[("10:00", "11:00")]), "away": away })).await;
    s.advance(2 * HOUR).await;
    assert_eq!(said(&s, &hook, &door, "ann", 2).await, ["Stängt."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_lists_and_we_ourselves_get_no_answer() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.mail_door("sales@desk.example", Some(&sink)).await;
    set(&s, "workspace", json!({ "schedule": week("UTC", &[]), "away": { "on": true, "text": "Hello {{name}}, we are closed." } })).await;
    let mail = |n: u32, from: &str| Mail::new(from, "help@desk.example", "A question", "Hello").id(&format!("q{n}@home.example"));
    for mail in [
        mail(1, "Anna <anna@home.example>").header("Auto-Submitted", "auto-replied"),
        mail(2, "Anna <anna@home.example>").header("Precedence", "bulk"),
        mail(3, "Anna <anna@home.example>").header("X-Auto-Response-Suppress", "OOF"),
        mail(4, "Anna <anna@home.example>").header("List-Id", "<talk.lists.example>"),
        mail(5, "Anna <anna@home.example>").header("List-Unsubscribe", "<https://shop.example/off>"),
        mail(6, "no-reply@shop.example"),
        mail(7, "Sales <sales@desk.example>"),
        mail(8, "MAILER-DAEMON <mailer-daemon@home.example>"),
    ] {
        assert_eq!(s.deliver(&mail).await.0, 250);
    }
    assert!(sink.mails().is_empty(), "{:#?}", sink.mails().iter().map(|m| m.raw.clone()).collect::<Vec<_>>());
    // A person is, and the answer says that a machine wrote it.
    s.deliver(&mail(9, "Anna Ahlers <anna@home.example>")).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body().contains("Hello Anna, we are closed."), "{}", mails[0].raw);
    assert_eq!((mails[0].header("Auto-Submitted"), mails[0].header("In-Reply-To")), ("auto-replied".into(), "<q9@home.example>".into()));
    assert_eq!(mails[0].to, ["anna@home.example"]);
    // Its answering machine answers without saying so; we do not go on.
    for n in 10..16 {
        s.deliver(&mail(n, "Anna Ahlers <anna@home.example>").header("In-Reply-To", &format!("<{}>", mails[0].message_id()))).await;
    }
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_three_to_one_person_within_an_hour() {
    let (s, hook, door) = desk().await;
    // Open and closed in turns of five minutes: each would be a closing of its own.
    let slots: Vec<(String, String)> = (0..6).map(|n| (format!("10:{:02}", n * 10), format!("10:{:02}", n * 10 + 5))).collect();
    let slots: Vec<(&str, &str)> = slots.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut body = answers("UTC", &slots);
    body["greeting"]["on"] = json!(false);
    set(&s, "workspace", body).await;
    let mut count = 0;
    for n in 0..5 {
        s.advance(if n == 0 { 6 } else { 10 } * MINUTE).await;
        count += said(&s, &hook, &door, "ann", n).await.len();
    }
    assert_eq!(count, 3);
    // And it can be seen why.
    let c = s.only_conversation().await;
    let why: Vec<_> = c["messages"].as_array().unwrap().iter().filter(|m| m["metadata"]["not_answered"] == "too_many").collect();
    assert_eq!(why.len(), 2, "{c:#}");
    assert_eq!(said(&s, &hook, &door, "bea", 1).await.len(), 1);
    s.advance(DAY).await;
    assert_eq!(said(&s, &hook, &door, "ann", 9).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_counted_for_whom_the_answer_goes_to() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.mail_door("sales@desk.example", Some(&sink)).await;
    set(&s, "workspace", json!({ "schedule": week("UTC", &[]), "away": { "on": true, "text": "Hello {{name}}, we are closed." } })).await;
    let mail = |n: u32, from: &str, to: &str| {
        Mail::new(from, "help@desk.example", &format!("Question {n}"), "Hello").id(&format!("q{n}@home.example")).header("Reply-To", to)
    };
    let got = || {
        let words = ["Hello Anna, we are closed.", "Hello, we are closed."];
        let said = |body: String| words.into_iter().find(|w| body.contains(w)).unwrap_or_default();
        sink.mails().iter().map(|m| (m.to.clone(), said(m.body()))).collect::<Vec<_>>()
    };
    let hello = |to: &str, words: &'static str| (vec![to.to_owned()], words);
    // A form on a web page writes as one address for everybody: each visitor gets their answer, once.
    for (n, to) in [(1, "Anna Ahlers <anna@home.example>"), (2, "ben@home.example"), (3, "ANNA@home.example")] {
        s.deliver(&mail(n, "WordPress <wordpress@shop.example>", to)).await;
    }
    assert_eq!(got(), [hello("anna@home.example", "Hello Anna, we are closed."), hello("ben@home.example", "Hello, we are closed.")]);
    // Many senders name one victim.
    for n in 10..20 {
        s.deliver(&mail(n, &format!("contact@attack{n}.example"), "victim@home.example")).await;
    }
    assert_eq!(got().len(), 1);
    // One of our own addresses is not written to, whoever names it.
    s.deliver(&mail(30, "contact@home.example", "Sales@desk.example")).await;
    assert!(got().is_empty());
    let kept = async || {
        s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM automatic_answers_elsewhere", db::params![])).await.unwrap()
    };
    assert_eq!(kept().await, 3);
    s.advance(61 * DAY).await;
    assert_eq!(kept().await, 0, "addresses of nobody that is known are forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_said_in_the_middle_of_a_talk_nor_to_old_mail() {
    let (s, hook, door) = desk().await;
    set(&s, "workspace", json!({ "schedule": week("UTC", &[("09:00", "10:30")]), "away": { "on": true, "text": "Closed." } })).await;
    said(&s, &hook, &door, "ann", 1).await;
    let c = s.only_conversation().await;
    s.reply(id(&c), "Yes, I am here.").await;
    assert_eq!(left(&hook), ["Yes, I am here."]);
    s.advance(40 * MINUTE).await;
    assert_eq!(said(&s, &hook, &door, "ann", 2).await, [""; 0], "the office has closed, the colleague has not");
    s.advance(HOUR).await;
    assert_eq!(said(&s, &hook, &door, "ann", 3).await, ["Closed."]);
    // What was written long ago.
    let mut old = ApiDoor::message("old", "bea", "Written in the morning");
    old["sent_at"] = json!(s.time(-6 * HOUR));
    door.post(&s, old).await.is(200);
    s.settle().await;
    assert_eq!(left(&hook), [""; 0]);
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n\
    SUMMARY:Christmas\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2@x\r\nDTSTART:20261224T100000Z\r\nSUMMARY:A meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_is_taken_in_as_text_and_from_its_address() {
    let (s, hook, _door) = desk().await;
    let looked = s.alice.post("/holidays/import", json!({ "calendar": CALENDAR, "only_look": true })).await.ok();
    assert_eq!((&looked["added"], &looked["skipped"][0]["why"]), (&json!(1), &json!("has_times")));
    assert!(s.all(&s.alice, "/holidays").await.is_empty());
    assert_eq!(s.alice.post("/holidays/import", json!({ "calendar": CALENDAR })).await.ok()["added"], 1);
    // The same from an address, changed: what it brought changes.
    let moved = CALENDAR.replace("SUMMARY:Christmas", "SUMMARY:Christmas days").replace("20261227", "20261228");
    hook.next(HookAnswer::Status(302, vec![("location", "/other.ics".into())], String::new()));
    hook.next(HookAnswer::Status(200, vec![("content-type", "text/calendar".into())], moved));
    let url = format!("http://{}/holidays.ics", hook.address);
    let taken = s.alice.post("/holidays/import", json!({ "url": url })).await.ok();
    assert_eq!((&taken["added"], &taken["updated"]), (&json!(0), &json!(1)));
    assert_eq!(hook.requests().iter().map(|r| r.path.as_str()).collect::<Vec<_>>(), ["/holidays.ics", "/other.ics"]);
    let all = s.all(&s.alice, "/holidays").await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["name"], &all[0]["to"], &all[0]["imported"]), (&json!("Christmas days"), &json!("2026-12-27"), &json!(true)));
    hook.next_status(404);
    s.alice.post("/holidays/import", json!({ "url": url })).await.is(422);
    s.alice.post("/holidays/import", json!({ "url": "file:///etc/passwd" })).await.is(422);
    s.alice.post("/holidays/import", json!({ "calendar": "hello" })).await.is(422);
    s.alice.post("/holidays/import", json!({})).await.is(422);
    // By hand, changed and removed.
    let path = format!("/holidays/{}", id(&all[0]));
    let changed = s.alice.put(&path, json!({ "name": "Yule", "from": "2026-12-24", "to": "2026-12-26", "yearly": true })).await.ok();
    assert_eq!((&changed["yearly"], &changed["imported"]), (&json!(true), &json!(true)));
    s.alice.put(&path, json!({ "name": "", "from": "2026-12-24", "to": "2026-12-23" })).await.is(422);
    s.alice.delete(&path).await.is(204);
    s.alice.delete(&path).await.refused(404, "holiday.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_calendar_can_be_refreshed_and_a_larger_one_is_not_looked_at() {
    let (s, _hook, _door) = desk().await;
    let calendar = |count: usize| {
        let day = |n: usize| {
            format!(
                "BEGIN:VEVENT\r\nUID:{n}@x\r\nDTSTART;VALUE=DATE:2027{:02}{:02}\r\nSUMMARY:Day {n}\r\nEND:VEVENT\r\n",
                n % 12 + 1,
                n % 28 + 1
            )
        };
        format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", (0..count).map(day).collect::<String>())
    };
    let import = async |count: usize, only_look: bool| {
        s.alice.post("/holidays/import", json!({ "calendar": calendar(count), "only_look": only_look })).await
    };
    assert_eq!(import(600, false).await.ok()["added"], 600);
    let again = import(600, false).await.ok();
    assert_eq!((&again["added"], &again["updated"]), (&json!(0), &json!(0)), "what is there takes no more room");
    assert_eq!(import(1_000, false).await.ok()["added"], 400);
    import(1_000, true).await.ok();
    for only_look in [true, false] {
        let refused = import(1_001, only_look).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["code"], "too_many");
    }
    let one = json!({ "calendar": CALENDAR });
    s.alice.post("/holidays/import", one).await.refused(409, "holiday.too_many");
    s.alice
        .post("/holidays", json!({ "name": "One more", "from": "2026-12-24", "to": "2026-12-24" }))
        .await
        .refused(409, "holiday.too_many");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_switch_holds_what_is_automatic_and_lets_people_through() {
    let (s, hook, door) = desk().await;
    set(&s, "workspace", json!({ "schedule": week("UTC", &[]), "away": { "on": true, "text": "Closed, {{number}}." } })).await;
    let mut live = s.events(&s.bob, "").await;
    s.bob.post("/sending/stop", json!({})).await.refused(403, "permission.missing");
    s.bob.get("/sending").await.ok();
    let state = s.alice.post("/sending/stop", json!({ "reason": "It answers nonsense" })).await.ok();
    assert_eq!((&state["stopped"]["by_name"], &state["stopped"]["reason"]), (&json!("Alice Admin"), &json!("It answers nonsense")));
    assert_eq!(state["stopped"]["at"], json!(s.time(0)));
    live.event("sending.stopped").await;
    // Twice is once: who was first stays.
    s.advance(MINUTE).await;
    assert_eq!(s.alice.post("/sending/stop", json!({})).await.ok()["stopped"]["reason"], "It answers nonsense");
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, [""; 0]);
    assert_eq!(said(&s, &hook, &door, "bea", 1).await, [""; 0]);
    assert_eq!(s.bob.get("/sending").await.ok()["waiting"], 2);
    // What a person writes leaves, though the automatic answer stands before it.
    let all = s.conversations().await;
    s.reply(id(&all[0]), "A person").await;
    assert_eq!(left(&hook), ["A person"]);
    // Programs that write with a token are held as well.
    let token = s.alice.post("/tokens", json!({ "name": "Robot" })).await.is(201);
    let robot = s.anyone().bearer(token["token"].as_str().unwrap());
    robot.post(&format!("/conversations/{}/messages", id(&all[1])), json!({ "text": "A robot", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(left(&hook), [""; 0]);
    assert_eq!(s.bob.get("/sending").await.ok()["waiting"], 3);
    // It goes on, and what waited leaves.
    let state = s.alice.post("/sending/resume", json!({ "waiting": "send" })).await.ok();
    assert_eq!((&state["stopped"], &state["waiting"]), (&Value::Null, &json!(3)));
    s.settle().await;
    let mut gone = left(&hook);
    gone.sort();
    assert_eq!(gone, ["A robot", "Closed, 1.", "Closed, 2."]);
    live.event("sending.resumed").await;
    assert_eq!(s.bob.get("/sending").await.ok()["waiting"], 0);
    let audit = s.all(&s.alice, "/audit").await;
    assert!(["sending.stopped", "sending.resumed"].iter().all(|a| audit.iter().any(|r| r["action"] == *a)), "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_can_be_thrown_away_and_a_restart_keeps_the_switch() {
    let (mut s, hook, door) = desk().await;
    set(&s, "workspace", json!({ "schedule": week("UTC", &[]), "away": { "on": true, "text": "Closed." } })).await;
    s.alice.post("/sending/stop", json!({})).await.ok();
    assert_eq!(said(&s, &hook, &door, "ann", 1).await, [""; 0]);
    s.restart().await;
    s.advance(DAY).await;
    assert_eq!(left(&hook), [""; 0]);
    let state = s.alice.post("/sending/resume", json!({ "waiting": "discard" })).await.ok();
    assert_eq!((&state["stopped"], &state["waiting"]), (&Value::Null, &json!(0)));
    s.settle().await;
    s.advance(HOUR).await;
    assert_eq!(left(&hook), [""; 0]);
    let c = s.only_conversation().await;
    let m = c["messages"].as_array().unwrap().iter().find(|m| m["direction"] == "outbound").unwrap();
    assert_eq!(m["status"], "failed");
    assert!(m["error"].as_str().unwrap().contains("stopped"), "{m:#}");
}
