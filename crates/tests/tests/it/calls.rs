//! Calls: told by telephone systems, logged by hand, taken in as a list; and what counts as unread.

use connectors::kit::signatures::sign_timestamped;
use serde_json::{Value, json};
use server::start::Edges;
use tests::{Answer, Hook, HookAnswer, TestServer};

const OURS: &str = "+27105550001";
const SECRET: &str = "a secret of the telephone system";

struct Phone {
    id: String,
    path: String,
}
impl Phone {
    async fn connect(s: &TestServer, extra: Value) -> Self {
        let mut configuration = json!({ "number": OURS, "secret": SECRET, "country_code": "27" });
        configuration.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let made =
            s.alice.post("/channels", json!({ "provider": "phone", "name": "Main line", "configuration": configuration })).await.is(201);
        Self { id: text(&made["id"]), path: format!("/api/webhooks/phone/{}", text(&made["key"])) }
    }
    async fn report(&self, s: &TestServer, record: Value) -> Answer {
        let body = record.to_string().into_bytes();
        let mut web = s.web.clone();
        for (name, value) in sign_timestamped(SECRET, &body, s.now()) {
            web = web.with(&name, &value);
        }
        let answer = web.send("POST", &self.path, Some("application/json"), body.into()).await;
        s.settle().await;
        answer
    }
}

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}
fn call(id: &str, direction: &str, outcome: &str) -> Value {
    let (from, to) = if direction == "inbound" { ("+27825550001", OURS) } else { (OURS, "+27825550001") };
    json!({ "id": id, "direction": direction, "from": from, "to": to, "outcome": outcome, "seconds": 61, "name": "Ann Lee" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_calls_that_nobody_took_are_unread() {
    let s = TestServer::start().await;
    let phone = Phone::connect(&s, json!({})).await;
    phone.report(&s, call("c-1", "inbound", "answered")).await.is(200);
    let c = s.only_conversation().await;
    assert_eq!((c["unread_count"].as_i64(), &c["waiting_since"]), (Some(0), &Value::Null), "somebody spoke with them");
    phone.report(&s, call("c-2", "outbound", "answered")).await.is(200);
    phone.report(&s, call("c-3", "outbound", "no answer")).await.is(200);
    assert_eq!(s.only_conversation().await["unread_count"], 0);
    phone.report(&s, call("c-4", "inbound", "missed")).await.is(200);
    let c = s.only_conversation().await;
    assert_eq!(c["unread_count"], 1);
    assert!(c["waiting_since"].is_string(), "they wait for us to call");
    phone.report(&s, call("c-5", "inbound", "voicemail")).await.is(200);
    assert_eq!(s.only_conversation().await["unread_count"], 2);
    // We called them back and spoke: nobody waits any more; what is unread stays so until somebody looks.
    phone.report(&s, call("c-6", "outbound", "answered")).await.is(200);
    let c = s.only_conversation().await;
    assert_eq!((c["unread_count"].as_i64(), &c["waiting_since"]), (Some(2), &Value::Null));
    // Closed: a call that was answered does not open it again, one that was missed does.
    let id = text(&c["id"]);
    s.alice.patch(&format!("/conversations/{id}/status"), json!({ "status": "resolved" })).await.ok();
    phone.report(&s, call("c-7", "inbound", "answered")).await.is(200);
    assert_eq!(s.only_conversation().await["status"], "resolved");
    phone.report(&s, call("c-8", "inbound", "missed")).await.is(200);
    assert_eq!(s.only_conversation().await["status"], "open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_that_is_kept_can_be_played_in_the_conversation() {
    let s = TestServer::start().await;
    let pbx = Hook::start().await;
    let phone = Phone::connect(&s, json!({ "fetch_recordings": true, "call_url": "https://pbx.example/call?to={number}" })).await;
    pbx.next(HookAnswer::Status(200, vec![], format!("ID3\u{4}{}", "sound ".repeat(40))));
    let mut record = call("c-1", "inbound", "answered");
    record["recording_url"] = json!(format!("http://{}/rec/c-1.mp3", pbx.address));
    record["note"] = json!("Wants her order sent to the office.");
    phone.report(&s, record).await.is(200);
    let c = s.only_conversation().await;
    let m = &c["messages"][0];
    assert_eq!((m["content_type"].as_str(), m["attachments"][0]["content_type"].as_str()), (Some("audio"), Some("audio/mpeg")));
    let played = s.web.get(&text(&m["attachments"][0]["url"])).await;
    assert_eq!((played.status, played.header("content-disposition").starts_with("inline")), (200, true));
    assert_eq!(m["metadata"]["call"]["note"], "Wants her order sent to the office.");
    let channels = s.bob.get("/channels").await.ok();
    let shown = channels["data"].as_array().unwrap().iter().find(|c| c["id"] == phone.id.as_str()).unwrap().clone();
    assert_eq!(shown["call_url"], "https://pbx.example/call?to={number}", "agents call by it");
    let bad = json!({ "configuration": { "call_url": "javascript:alert({number})" } });
    s.alice.patch(&format!("/channels/{}", phone.id), bad).await.ok();
    let check = s.alice.post(&format!("/channels/{}/check", phone.id), json!({})).await.ok();
    assert_eq!(check["ok"], false, "{check}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_logged_by_hand_on_a_contact() {
    let s = TestServer::start().await;
    let ann = s.alice.post("/contacts", json!({ "name": "Ann Lee", "phones": ["+27 82 555 0001"] })).await.is(201);
    let missed = json!({ "contact_id": ann["id"], "direction": "inbound", "outcome": "missed", "started_at": s.time(-600_000) });
    let refused = s.bob.post("/calls", missed.clone()).await.refused(422, "invalid");
    assert_eq!(refused["fields"][0]["field"], "channel_id", "nothing holds calls yet");
    let phone = Phone::connect(&s, json!({})).await;
    let m = s.bob.with("idempotency-key", "call-1").post("/calls", missed.clone()).await.is(201);
    let again = s.bob.with("idempotency-key", "call-1").post("/calls", missed).await.is(201);
    assert_eq!(m["id"], again["id"]);
    let c = s.only_conversation().await;
    assert_eq!((c["channel_id"].as_str(), c["contact_id"].as_str()), (Some(phone.id.as_str()), ann["id"].as_str()));
    assert_eq!((c["unread_count"].as_i64(), c["status"].as_str(), c["message_count"].as_i64()), (Some(1), Some("new"), Some(1)));
    assert_eq!((m["text"].as_str(), m["sent_at"].as_str()), (Some("Missed call"), Some(s.time(-600_000).as_str())));
    // Called back: the record says who, how long and what was said.
    let back = json!({
        "contact_id": ann["id"], "direction": "outbound", "outcome": "answered", "seconds": 192, "note": "Will send the papers today.",
    });
    let m = s.bob.post("/calls", back).await.is(201);
    assert_eq!(m["conversation_id"], c["id"], "the running conversation goes on");
    assert_eq!(text(&m["text"]), "Outgoing call by Bob Agent, 3 min 12 s, answered\n\nWill send the papers today.");
    let facts = &m["metadata"]["call"];
    assert_eq!(
        (facts["to"].as_str(), facts["handled_by"].as_str(), facts["seconds"].as_i64()),
        (Some("+27825550001"), Some("Bob Agent"), Some(192))
    );
    let c = s.only_conversation().await;
    assert_eq!((c["status"].as_str(), &c["waiting_since"], c["unread_count"].as_i64()), (Some("open"), &Value::Null, Some(1)));
    // What the telephone system reports later joins the same conversation.
    phone.report(&s, call("c-1", "inbound", "answered")).await.is(200);
    assert_eq!(s.only_conversation().await["message_count"], 3);
    // A stranger by number becomes a contact.
    let new = json!({ "number": "082 555 0009", "name": "Zinzi", "direction": "outbound", "outcome": "no_answer", "channel_id": phone.id });
    s.alice.patch("/workspace", json!({ "default_country": "ZA" })).await.ok();
    let m = s.bob.post("/calls", new).await.is(201);
    assert_eq!((m["status"].as_str(), m["error"].as_str()), (Some("failed"), Some("Nobody answered.")));
    let found = s.alice.get("/contacts?text=Zinzi").await.ok();
    assert_eq!(found["data"][0]["handles"][0]["value"], "+27825550009");
    for (wrong, field) in [
        (json!({ "contact_id": ann["id"], "direction": "inbound", "outcome": "perhaps" }), "outcome"),
        (json!({ "contact_id": ann["id"], "direction": "inbound", "outcome": "missed", "started_at": s.time(3_600_000) }), "started_at"),
        (json!({ "contact_id": ann["id"], "direction": "inbound", "outcome": "answered", "seconds": -1 }), "seconds"),
        (json!({ "number": "no number", "direction": "inbound", "outcome": "missed" }), "number"),
        (json!({ "direction": "inbound", "outcome": "missed" }), "number"),
    ] {
        let refused = s.bob.post("/calls", wrong).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], field, "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_logged_in_another_conversation_is_for_the_team_only() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    visitor.say("Can you call me?").await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}", text(&c["id"]));
    s.bob.post(&format!("{path}/mark-read"), json!({})).await.ok();
    let mut live = visitor.live("").await;
    let told = json!({
        "conversation_id": c["id"], "direction": "inbound", "outcome": "answered", "number": "+27825550001", "note": "Sounded cross.",
    });
    let m = s.bob.post("/calls", told).await.is(201);
    assert_eq!((m["is_note"].as_bool(), m["metadata"]["call"]["from"].as_str()), (Some(true), Some("+27825550001")));
    let now = s.only_conversation().await;
    assert_eq!((now["unread_count"].as_i64(), now["status"].as_str(), &now["participants"]), (Some(0), Some("open"), &c["participants"]));
    assert_eq!(now["last_message_preview"], "Incoming call, answered by Bob Agent Sounded cross.");
    // The visitor is told the next answer, and nothing of the call.
    s.reply(&text(&c["id"]), "We have just spoken.").await;
    let seen = live.find("the answer", |f| f.to_string().contains("We have just spoken.")).await;
    assert!(!seen.to_string().contains("cross"));
    let history = visitor.client.get("/messages").await.ok();
    assert!(!history.to_string().contains("cross") && history.to_string().contains("just spoken"), "{history}");
    // Who told it can take it away again; nobody else.
    let id = text(&m["id"]);
    s.alice.delete(&format!("/messages/{id}")).await.refused(403, "message.not_yours");
    s.bob.delete(&format!("/messages/{id}")).await.is(204);
}

const LIST: &str = "calldate,src,dst,billsec,disposition,uniqueid,note\n\
    2026-10-02 09:00:00,0825550001,+27105550001,192,ANSWERED,a-1,\"Two lines\nof a note\"\n\
    2026-10-02 09:10:00,0825550002,+27105550001,0,NO ANSWER,a-2,\n\
    soon,0825550003,+27105550001,0,NO ANSWER,a-3,\n\
    2026-10-02 09:20:00,201,202,12,ANSWERED,a-4,\n\
    2026-10-02 09:30:00,+27105550001,0825550001,a while,ANSWERED,a-5,\n\
    2026-10-02 09:40:00,+27105550001,0825550001,30,ANSWERED,a-6,\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_calls_comes_in_and_its_faulty_lines_are_named() {
    let mut s = TestServer::start().await;
    let phone = Phone::connect(&s, json!({ "time_zone": "Africa/Johannesburg" })).await;
    let path = format!("/channels/{}/calls/import", phone.id);
    let tried = s.alice.post(&path, json!({ "text": LIST, "dry_run": true })).await.ok();
    assert_eq!((tried["lines"].as_i64(), tried["taken"].as_i64(), tried["left_out"].as_i64()), (Some(6), Some(3), Some(1)), "{tried}");
    let lines: Vec<i64> = tried["faults"].as_array().unwrap().iter().map(|f| f["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [5, 7], "as an editor counts them: {tried}");
    assert!(s.conversations().await.is_empty(), "nothing was changed");
    let done = s.alice.post(&path, json!({ "text": LIST })).await.ok();
    assert_eq!((done["taken"].as_i64(), done["known"].as_i64(), done["faulty"].as_i64()), (Some(3), Some(0), Some(2)));
    let all = s.conversations().await;
    assert_eq!(all.len(), 2, "two people");
    assert!(all.iter().all(|c| c["unread_count"] == 0 && c["status"] == "resolved"), "history wakes nobody");
    let ann = s.conversation(&text(&all.iter().find(|c| c["message_count"] == 2).unwrap()["id"])).await;
    assert_eq!(ann["messages"][0]["sent_at"], "2026-10-02T07:00:00.000Z", "the clock on the channel's wall");
    assert_eq!(ann["messages"][0]["metadata"]["call"]["note"], "Two lines\nof a note");
    let again = s.alice.post(&path, json!({ "text": LIST })).await.ok();
    assert_eq!((again["taken"].as_i64(), again["known"].as_i64()), (Some(0), Some(3)));
    assert_eq!(s.conversations().await.len(), 2);
    s.alice.post(&path, json!({ "text": "a,b\n1,2\n" })).await.refused(422, "invalid");
    s.alice.post(&path, json!({ "text": "" })).await.refused(422, "invalid");
    let chat = text(&s.chat().await["id"]);
    s.alice.post(&format!("/channels/{chat}/calls/import"), json!({ "text": LIST })).await.refused(409, "channel.cannot");
    // The same from the command line, while the server is down.
    s.stop().await;
    let file = s.dir.path().join("more.csv");
    std::fs::write(&file, format!("{LIST}2026-10-03 08:00:00,0825550007,{OURS},5,ANSWERED,a-7,\n")).unwrap();
    let edges = || Edges { clock: s.clock.clone(), schema_prefix: s.schema_prefix().to_owned(), ..Default::default() };
    for dry_run in [true, false] {
        server::imports::calls_with(s.configuration(), edges(), file.clone(), OURS.into(), dry_run).await.unwrap();
    }
    let nowhere = server::imports::calls_with(s.configuration(), edges(), file.clone(), "+491".into(), false).await.unwrap_err();
    assert_eq!(nowhere.code, "channel.not_found");
    s.start_again().await;
    assert_eq!(s.conversations().await.len(), 3);
}
