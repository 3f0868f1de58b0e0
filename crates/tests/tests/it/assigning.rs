//! Who gets a conversation: in turn, by load, by who is there; and what happens when they go.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{ApiDoor, Client, Live, TestServer, until};

const MINUTE: i64 = 60_000;

struct Desk {
    s: TestServer,
    door: ApiDoor,
    carl: Client,
    carl_id: String,
    team: String,
}

impl Desk {
    /// A team of Bob and Carl to which everything of one channel goes.
    async fn open(settings: Value) -> Self {
        let s = TestServer::start().await;
        let door = s.api_door(None).await;
        let session = s.invite("Carl Agent", "carl@desk.example", "agent").await;
        let carl = s.anyone().signed_in(&session);
        let carl_id = session.ok()["me"]["member_id"].as_str().unwrap().to_owned();
        let mut new = json!({ "name": "Desk", "member_ids": [s.bob_id, carl_id], "channel_ids": [door.id] });
        new.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let team = s.alice.post("/teams", new).await.is(201)["id"].as_str().unwrap().to_owned();
        Self { s, door, carl, carl_id, team }
    }
    async fn status(&self, who: &str) -> String {
        let all = self.s.alice.get("/presence").await.ok();
        let one = all["data"].as_array().unwrap().iter().find(|p| p["member_id"] == who).unwrap().clone();
        one["status"].as_str().unwrap().to_owned()
    }
    async fn wait_for(&self, who: &str, status: &str) {
        until(&format!("{who} {status}"), async || (self.status(who).await == status).then_some(())).await;
        self.s.settle().await;
    }
    async fn sits_down(&self, who: &Client, id: &str) -> Live {
        let live = Live::socket(who, "/events").await;
        self.wait_for(id, "online").await;
        live
    }
    async fn write(&self, customer: &str) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let message = ApiDoor::message(&format!("m-{customer}-{n}"), customer, &format!("I am {customer}"));
        self.door.post(&self.s, message).await.is(200);
        self.s.settle().await;
    }
    /// Customer and who has their conversation.
    async fn seats(&self) -> BTreeMap<String, String> {
        let all = self.s.all(&self.s.alice, "/conversations?status=all").await;
        all.iter().map(|c| (c["participants"][0]["address"].as_str().unwrap().to_owned(), self.name(&c["assignee_id"]))).collect()
    }
    fn name(&self, id: &Value) -> String {
        match id.as_str() {
            None => "nobody".into(),
            Some(id) if id == self.s.bob_id => "bob".into(),
            Some(id) if id == self.carl_id => "carl".into(),
            Some(other) => other.to_owned(),
        }
    }
    async fn of(&self, customer: &str) -> Value {
        let all = self.s.all(&self.s.alice, "/conversations?status=all").await;
        all.into_iter().find(|c| c["participants"][0]["address"] == customer).unwrap()
    }
    async fn history(&self, customer: &str) -> Vec<Value> {
        let c = self.of(customer).await;
        self.s.all(&self.s.alice, &format!("/conversations/{}/assignments", c["id"].as_str().unwrap())).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_turn_among_those_who_are_there() {
    let d = Desk::open(json!({ "distribution": "round_robin" })).await;
    d.write("early").await;
    assert_eq!(d.seats().await["early"], "nobody", "nobody is there yet");
    assert_eq!(d.of("early").await["team_id"], d.team.as_str());
    let _bob = d.sits_down(&d.s.bob, &d.s.bob_id).await;
    assert_eq!(d.seats().await["early"], "bob", "who waits is given as soon as somebody is there");
    let _carl = d.sits_down(&d.carl, &d.carl_id).await;
    for n in 1..=4 {
        d.write(&format!("c{n}")).await;
    }
    let seats = d.seats().await;
    assert_eq!(["c1", "c2", "c3", "c4"].map(|c| seats[c].as_str()), ["carl", "bob", "carl", "bob"], "{seats:?}");
    // Busy, away by word and by quiet: none of them gets anything.
    d.carl.put("/me/presence", json!({ "status": "busy" })).await.is(204);
    d.wait_for(&d.carl_id, "busy").await;
    d.write("c5").await;
    d.write("c6").await;
    assert_eq!((d.seats().await["c5"].as_str(), d.seats().await["c6"].as_str()), ("bob", "bob"));
    d.carl.put("/me/presence", json!({ "status": "online" })).await.is(204);
    d.s.advance(9 * MINUTE).await;
    d.carl.put("/me/presence", json!({})).await.is(204);
    d.s.advance(2 * MINUTE).await;
    assert_eq!((d.status(&d.s.bob_id).await, d.status(&d.carl_id).await), ("away".into(), "online".into()));
    d.write("c7").await;
    d.write("c8").await;
    assert_eq!((d.seats().await["c7"].as_str(), d.seats().await["c8"].as_str()), ("carl", "carl"));
    _bob.say(json!({ "type": "active" }));
    d.wait_for(&d.s.bob_id, "online").await;
    d.s.bob.put("/me/presence", json!({ "status": "asleep" })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_load_and_never_beyond_what_one_takes() {
    let d = Desk::open(json!({ "distribution": "load", "only_available": false, "capacity": 3 })).await;
    d.s.alice.patch(&format!("/members/{}", d.carl_id), json!({ "capacity": 1 })).await.ok();
    // Many at once: the last places are given once.
    let events: Vec<Value> = (0..12).map(|n| ApiDoor::message(&format!("m{n}"), &format!("p{n:02}"), "Hello")).collect();
    let (a, b) = events.split_at(6);
    let (one, two) = tokio::join!(d.door.post(&d.s, json!({ "events": a })), d.door.post(&d.s, json!({ "events": b })));
    one.is(200);
    two.is(200);
    d.s.settle().await;
    let count = async |who: &str| d.seats().await.values().filter(|w| w.as_str() == who).count();
    assert_eq!((count("bob").await, count("carl").await, count("nobody").await), (3, 1, 8));
    let load = d.s.alice.get("/presence").await.ok();
    let of = |id: &str| load["data"].as_array().unwrap().iter().find(|p| p["member_id"] == id).unwrap().clone();
    assert_eq!((&of(&d.s.bob_id)["open"], &of(&d.carl_id)["capacity"]), (&json!(3), &json!(1)));
    // Closing one makes room for who waits longest; a higher limit for more.
    let waiting = d.s.all(&d.s.alice, "/conversations?status=all&assignee=none&sort=waiting").await;
    let done = d.s.all(&d.s.bob, "/conversations?status=all&assignee=me").await;
    d.s.bob.patch(&format!("/conversations/{}/status", done[0]["id"].as_str().unwrap()), json!({ "status": "resolved" })).await.ok();
    d.s.settle().await;
    let next = waiting[0]["participants"][0]["address"].as_str().unwrap();
    assert_eq!(d.seats().await[next], "bob");
    d.s.alice.patch(&format!("/members/{}", d.carl_id), json!({ "capacity": 0 })).await.ok();
    d.s.settle().await;
    assert_eq!((count("carl").await, count("nobody").await), (3, 5));
    d.s.alice.patch(&format!("/teams/{}", d.team), json!({ "capacity": 0 })).await.ok();
    d.s.settle().await;
    assert_eq!(count("nobody").await, 0);
    d.s.alice.patch(&format!("/teams/{}", d.team), json!({ "capacity": -1 })).await.is(422);
    d.s.alice.patch(&format!("/members/{}", d.carl_id), json!({ "capacity": -1 })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_keeps_nobody_waiting() {
    let d = Desk::open(json!({ "distribution": "round_robin", "reassign_minutes": 15, "sticky": false })).await;
    let bob = d.sits_down(&d.s.bob, &d.s.bob_id).await;
    d.write("waits").await;
    d.write("answered").await;
    let answered = d.of("answered").await["id"].as_str().unwrap().to_owned();
    d.s.bob.post(&format!("/conversations/{answered}/messages"), json!({ "text": "Done", "undo_seconds": 0 })).await.is(201);
    d.s.settle().await;
    drop(bob);
    d.s.settle().await;
    until("Bob's screen to be gone", async || (d.s.app.hub.online(d.s.workspace).is_empty()).then_some(())).await;
    // A screen that loads anew is no absence.
    d.s.advance(MINUTE / 2).await;
    assert_eq!(d.status(&d.s.bob_id).await, "online");
    d.s.advance(MINUTE).await;
    assert_eq!(d.status(&d.s.bob_id).await, "offline");
    d.s.advance(14 * MINUTE).await;
    assert_eq!(d.seats().await["waits"], "bob", "not yet");
    d.s.advance(2 * MINUTE).await;
    let seats = d.seats().await;
    assert_eq!((seats["waits"].as_str(), seats["answered"].as_str()), ("nobody", "bob"), "back to the team; who does not wait stays");
    let _carl = d.sits_down(&d.carl, &d.carl_id).await;
    assert_eq!(d.seats().await["waits"], "carl");
    // Away for long already: the next message moves it at once.
    d.write("answered").await;
    assert_eq!(d.seats().await["answered"], "carl");
    let rows = d.history("waits").await;
    let told: Vec<(String, &str)> = rows.iter().map(|r| (d.name(&r["member_id"]), r["how"].as_str().unwrap())).collect();
    assert_eq!(told, [("carl".to_owned(), "round_robin"), ("nobody".into(), "away"), ("bob".into(), "round_robin")], "{rows:#?}");
    assert_eq!((&rows[0]["ended_at"], &rows[2]["duration_ms"]), (&Value::Null, &json!(17 * MINUTE + MINUTE / 2)));
    assert_eq!(
        (&rows[2]["member_name"], &rows[2]["team_name"], &rows[2]["actor"]),
        (&json!("Bob Agent"), &json!("Desk"), &json!("system"))
    );
    // Whoever leaves for good leaves what waits, too.
    d.s.alice.patch(&format!("/teams/{}", d.team), json!({ "reassign_minutes": 60 })).await.ok();
    let _bob = d.sits_down(&d.s.bob, &d.s.bob_id).await;
    d.s.alice.patch(&format!("/members/{}", d.carl_id), json!({ "active": false })).await.ok();
    d.s.advance(MINUTE).await;
    assert_eq!(d.seats().await["waits"], "bob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_comes_back_to_whom_they_know_and_nobody_gets_what_they_cannot_see() {
    let d = Desk::open(json!({ "distribution": "round_robin", "only_available": false })).await;
    for c in ["c1", "c2", "c3"] {
        d.write(c).await;
    }
    let first = d.seats().await;
    let of = d.of("c1").await["id"].as_str().unwrap().to_owned();
    d.s.alice.patch(&format!("/conversations/{of}/status"), json!({ "status": "resolved" })).await.ok();
    d.s.alice.post(&format!("/conversations/{of}/unassign"), json!({})).await.ok();
    d.write("c2").await;
    d.write("c1").await;
    assert_eq!(d.seats().await["c1"], first["c1"], "the same person again");
    assert_eq!(d.history("c1").await[0]["how"], "sticky");
    // Carl sees another channel only.
    let other = d.s.api_door(None).await;
    let sees = json!({ "visibility": "inbox", "channel_ids": [other.id] });
    d.s.alice.patch(&format!("/members/{}", d.carl_id), sees).await.ok();
    for c in ["d1", "d2", "d3"] {
        d.write(c).await;
    }
    let seats = d.seats().await;
    assert!(["d1", "d2", "d3"].iter().all(|c| seats[*c] == "bob"), "{seats:?}");
    // Given to the team by hand it goes the same way; given to a member of it, it stays with them.
    other.post(&d.s, ApiDoor::message("o1", "elsewhere", "Hello")).await.is(200);
    d.s.settle().await;
    assert_eq!(d.seats().await["elsewhere"], "nobody");
    let id = d.of("elsewhere").await["id"].as_str().unwrap().to_owned();
    d.s.alice.post(&format!("/conversations/{id}/assign"), json!({ "assignee_id": d.s.alice_id })).await.ok();
    let given = d.s.alice.post(&format!("/conversations/{id}/assign"), json!({ "team_id": d.team })).await.ok();
    assert!(["bob", "carl"].contains(&d.name(&given["assignee_id"]).as_str()), "{given:#}");
    let rows = d.history("elsewhere").await;
    assert_eq!((rows.len(), &rows[1]["how"], &rows[1]["actor"]), (2, &json!("manual"), &json!(format!("user:{}", d.s.alice_id))));
    let told = d.s.alice.get(&format!("/conversations/{id}/events")).await.ok();
    assert_eq!((&told["data"][0]["team_name"], &told["data"][0]["how"]), (&json!("Desk"), &json!("round_robin")));
    // A team by hand gives nothing out.
    d.s.alice.patch(&format!("/teams/{}", d.team), json!({ "distribution": "manual" })).await.ok();
    d.write("e1").await;
    assert_eq!((d.seats().await["e1"].as_str(), d.of("e1").await["team_id"].as_str()), ("nobody", Some(d.team.as_str())));
    d.s.bob.post(&format!("/conversations/{}/messages", d.of("e1").await["id"].as_str().unwrap()), json!({ "text": "Hi" })).await.is(201);
    assert_eq!(d.history("e1").await[0]["how"], "reply");
    // Somebody's history is for those who see the conversation.
    d.s.alice.patch(&format!("/members/{}", d.s.bob_id), json!({ "visibility": "own" })).await.ok();
    d.s.bob.get(&format!("/conversations/{id}/assignments")).await.is(if d.name(&given["assignee_id"]) == "bob" { 200 } else { 404 });
    assert_eq!(d.s.bob.get("/presence").await.ok()["data"][0]["open"], Value::Null, "loads count what he does not see");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_nobody_is_there_until_they_are() {
    let mut d = Desk::open(json!({ "distribution": "round_robin" })).await;
    let bob = d.sits_down(&d.s.bob, &d.s.bob_id).await;
    d.s.restart().await;
    drop(bob);
    d.s.advance(2 * MINUTE).await;
    assert_eq!(d.status(&d.s.bob_id).await, "offline");
    d.door = d.door.moved(&d.s);
    d.write("after").await;
    assert_eq!(d.seats().await["after"], "nobody");
    let bob = d.s.bob.without("nothing");
    let _live = d.sits_down(&bob, &d.s.bob_id.clone()).await;
    assert_eq!(d.seats().await["after"], "bob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_people_who_are_all_away_it_stays_for_the_teams_time_and_comes_to_rest() {
    let d = Desk::open(json!({ "distribution": "round_robin", "only_available": false, "reassign_minutes": 15, "sticky": false })).await;
    // Both are away for ever: nobody hands it to and fro, and the server comes to rest.
    d.write("waits").await;
    let first = d.seats().await["waits"].clone();
    assert!(["bob", "carl"].contains(&first.as_str()), "{first}");
    d.s.advance(14 * MINUTE).await;
    assert_eq!((d.seats().await["waits"].clone(), d.history("waits").await.len()), (first.clone(), 1));
    // Given by hand to somebody who is away, it is not taken back at once either.
    let id = d.of("waits").await["id"].as_str().unwrap().to_owned();
    d.s.alice.post(&format!("/conversations/{id}/assign"), json!({ "assignee_id": d.carl_id })).await.ok();
    d.s.settle().await;
    assert_eq!(d.seats().await["waits"], "carl");
    let rows = d.history("waits").await.len();
    d.s.advance(16 * MINUTE).await;
    assert_eq!((d.seats().await["waits"].as_str(), d.history("waits").await.len()), ("bob", rows + 1), "once, after the team's time");
    // Whoever is there comes before those who are not.
    let session = d.s.invite("Dora Agent", "dora@desk.example", "agent").await;
    let dora = d.s.anyone().signed_in(&session);
    let dora_id = session.ok()["me"]["member_id"].as_str().unwrap().to_owned();
    d.s.alice.patch(&format!("/teams/{}", d.team), json!({ "member_ids": [d.s.bob_id, d.carl_id, dora_id] })).await.ok();
    let _dora = d.sits_down(&dora, &dora_id).await;
    for _ in 0..4 {
        d.s.advance(4 * MINUTE).await;
        dora.put("/me/presence", json!({ "status": "online" })).await.is(204);
    }
    d.s.settle().await;
    assert_eq!(d.seats().await["waits"], dora_id);
}
