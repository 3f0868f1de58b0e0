//! Who sees which conversation: the same in every list, count, search, stream and address.

use crate::rights::{Things, ask, routes};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{ApiDoor, Client, Live, TestServer};

/// One conversation for each place where one can stand, by the name of its customer.
struct Desk {
    s: TestServer,
    team: String,
    other_team: String,
    first: String,
    ids: Vec<(&'static str, String)>,
}

impl Desk {
    async fn open() -> Self {
        let s = TestServer::start().await;
        let (one, two) = (s.api_door(None).await, s.api_door(None).await);
        let team = |name: &'static str, members: Value| json!({ "name": name, "member_ids": members });
        let ours = s.alice.post("/teams", team("Ours", json!([s.bob_id]))).await.is(201);
        let theirs = s.alice.post("/teams", team("Theirs", json!([s.alice_id]))).await.is(201);
        let (ours, theirs) = (text(&ours["id"]), text(&theirs["id"]));
        let mut ids = Vec::new();
        for (name, door, assignee, team) in [
            ("bob-alone", &one, Some(&s.bob_id), None),
            ("nobody-no-team", &one, None, None),
            ("nobody-ours", &one, None, Some(&ours)),
            ("alice-ours", &two, Some(&s.alice_id), Some(&ours)),
            ("alice-theirs", &one, Some(&s.alice_id), Some(&theirs)),
            ("bob-elsewhere", &two, Some(&s.bob_id), Some(&theirs)),
            ("nobody-elsewhere", &two, None, Some(&theirs)),
        ] {
            let mut message = ApiDoor::message(&format!("m-{name}"), name, &format!("Quartz and {name}"));
            message["from"]["name"] = json!(name);
            door.post(&s, message).await.is(200);
            s.settle().await;
            let all = s.conversations().await;
            let c = all.iter().find(|c| c["last_message_preview"] == format!("Quartz and {name}")).unwrap();
            let id = text(&c["id"]);
            s.alice.post(&format!("/conversations/{id}/tags"), json!({ "tags": ["quartz"] })).await.ok();
            let mut to = json!({ "assignee_id": assignee.map_or("", String::as_str) });
            if let Some(team) = team {
                to["team_id"] = json!(team);
            }
            s.alice.post(&format!("/conversations/{id}/assign"), to).await.ok();
            ids.push((name, id));
        }
        Self { team: ours, other_team: theirs, first: one.id.clone(), ids, s }
    }
    fn id(&self, name: &str) -> &str {
        &self.ids.iter().find(|(n, _)| *n == name).unwrap().1
    }
    /// From now on Bob sees this.
    async fn bob_sees(&self, visibility: &str) {
        let mut change = json!({ "visibility": visibility });
        if visibility == "inbox" {
            change["channel_ids"] = json!([self.first]);
        }
        self.s.alice.patch(&format!("/members/{}", self.s.bob_id), change).await.ok();
    }
    /// The names of the conversations with these ids.
    fn names(&self, ids: impl IntoIterator<Item = String>) -> BTreeSet<&'static str> {
        ids.into_iter().map(|id| self.ids.iter().find(|(_, i)| *i == id).unwrap().0).collect()
    }
}

fn text(v: &Value) -> String {
    v.as_str().unwrap().to_owned()
}

const WORDS: &[(&str, &[&str])] = &[
    ("own", &["bob-alone", "bob-elsewhere"]),
    ("own_unassigned", &["bob-alone", "bob-elsewhere", "nobody-no-team", "nobody-ours", "nobody-elsewhere"]),
    ("team", &["bob-alone", "bob-elsewhere", "nobody-ours", "alice-ours"]),
    ("inbox", &["bob-alone", "nobody-no-team", "nobody-ours", "alice-theirs"]),
    ("all", &["bob-alone", "nobody-no-team", "nobody-ours", "alice-ours", "alice-theirs", "bob-elsewhere", "nobody-elsewhere"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_counts_searches_and_addresses_agree_on_what_is_seen() {
    let d = Desk::open().await;
    let s = &d.s;
    for (word, expected) in WORDS {
        d.bob_sees(word).await;
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        let listed = s.all(&s.bob, "/conversations?status=all").await;
        assert_eq!(d.names(listed.iter().map(|c| text(&c["id"]))), expected, "list, {word}");
        let by_text = s.all(&s.bob, "/conversations?status=all&text=quartz").await;
        assert_eq!(d.names(by_text.iter().map(|c| text(&c["id"]))), expected, "list by words, {word}");
        // Two to a page, so that what is hidden between pages is stepped over.
        let (mut hits, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = s.bob.get(&format!("/search?q=quartz&limit=2{cursor}")).await.ok();
            hits.extend(page["data"].as_array().unwrap().iter().filter(|h| h["kind"] == "message").map(|h| text(&h["conversation_id"])));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(hits.len(), expected.len(), "search shows each once, {word}");
        assert_eq!(d.names(hits), expected, "search, {word}");
        let n = s.bob.get("/conversations/statistics").await.ok();
        let sum = |name: &str| n[name].as_object().unwrap().values().map(|v| v.as_i64().unwrap()).sum::<i64>();
        assert_eq!((n["total"].as_u64(), n["open"].as_u64()), (Some(expected.len() as u64), Some(expected.len() as u64)), "{word}");
        assert_eq!((sum("by_status"), sum("by_channel")), (expected.len() as i64, expected.len() as i64), "{word}");
        assert_eq!(sum("by_assignee") + n["unassigned"].as_i64().unwrap(), expected.len() as i64, "{word}");
        assert_eq!((&n["unread"], &n["today"]), (&n["total"], &n["total"]), "{word}");
        let in_teams = listed.iter().filter(|c| !c["team_id"].is_null()).count() as i64;
        assert_eq!(sum("by_team"), in_teams, "{word}");
        agree_by_filter(&d, word, &expected).await;
        let tags = s.bob.get("/tags").await.ok();
        assert_eq!(tags["data"][0]["count"].as_u64(), Some(expected.len() as u64), "tags, {word}");
        for (name, id) in &d.ids {
            let answer = s.bob.get(&format!("/conversations/{id}")).await;
            assert_eq!(answer.status == 200, expected.contains(name), "{name}, {word}");
            let c = s.conversation(id).await;
            let contact = text(&c["contact_id"]);
            let seen = u64::from(expected.contains(name));
            let of_contact = s.all(&s.bob, &format!("/contacts/{contact}/conversations")).await;
            assert_eq!(of_contact.len() as u64, seen, "conversations of a contact, {name}, {word}");
            let shown = s.bob.get(&format!("/contacts/{contact}")).await.ok();
            assert_eq!(shown["conversation_count"].as_u64(), Some(seen), "count of a contact, {name}, {word}");
            let seers = s.alice.get(&format!("/conversations/{id}/access")).await.ok();
            let bob = seers["members"].as_array().unwrap().iter().any(|m| m["member_id"] == s.bob_id.as_str());
            assert_eq!(bob, expected.contains(name), "who sees it, {name}, {word}");
        }
    }
    // Why: the reason that holds.
    d.bob_sees("team").await;
    let why = s.bob.get(&format!("/conversations/{}/access", d.id("alice-ours"))).await.ok();
    assert_eq!(why["mine"], json!({ "reason": "team", "team_id": d.team }));
    let why = s.bob.get(&format!("/conversations/{}/access", d.id("bob-alone"))).await.ok();
    assert_eq!(why["mine"], json!({ "reason": "assigned" }));
    // What the role says holds for whom nothing is set; a team's change counts at once.
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "role" })).await.ok();
    s.alice.patch("/roles/agent", json!({ "visibility": "team" })).await.ok();
    s.bob.get(&format!("/conversations/{}", d.id("nobody-elsewhere"))).await.is(404);
    s.alice.patch(&format!("/teams/{}", d.other_team), json!({ "member_ids": [s.alice_id, s.bob_id] })).await.ok();
    s.bob.get(&format!("/conversations/{}", d.id("nobody-elsewhere"))).await.ok();
}

/// The same by filter: lists in every order, saved views, exact counts, live counts, operators of the search.
async fn agree_by_filter(d: &Desk, word: &str, expected: &BTreeSet<&str>) {
    let (s, n) = (&d.s, expected.len() as i64);
    for sort in ["activity", "created", "priority", "waiting"] {
        let (mut found, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = s.bob.post("/conversations/search", json!({ "sort": sort, "limit": 2, "cursor": cursor })).await.ok();
            found.extend(page["data"].as_array().unwrap().iter().map(|c| text(&c["id"])));
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!((found.len() as i64, &d.names(found)), (n, expected), "by {sort}, {word}");
    }
    // Conditions that an index answers, others, and those turned round.
    let quartz = json!({ "field": "tags", "op": "any_of", "value": ["quartz"] });
    let open = json!({ "field": "status", "op": "any_of", "value": ["new", "open"] });
    let not_spam = json!({ "not": { "field": "status", "op": "is", "value": "spam" } });
    let either = json!({ "or": [quartz, { "field": "priority", "op": "is", "value": "urgent" }] });
    for filter in [json!({}), quartz.clone(), open, not_spam, either] {
        let page = s.bob.post("/conversations/search", json!({ "filter": filter })).await.ok();
        let ids = page["data"].as_array().unwrap().iter().map(|c| text(&c["id"]));
        assert_eq!(&d.names(ids), expected, "{filter}, {word}");
        assert_eq!(s.bob.post("/conversations/count", json!({ "filter": filter })).await.ok()["count"], n, "{filter}, {word}");
        let counted = s.bob.post("/conversations/count", json!({ "filter": filter, "text": "quartz" })).await.ok();
        assert_eq!(counted["count"], n, "words and {filter}, {word}");
        let live = s.bob.post("/views/counts", json!({ "filters": { "it": filter } })).await.ok();
        assert_eq!(live["counts"]["it"], n, "live, {filter}, {word}");
        let everything = s.alice.post("/views/counts", json!({ "filters": { "it": filter } })).await.ok();
        assert_eq!(everything["counts"]["it"], d.ids.len(), "what another sees is counted apart, {filter}, {word}");
    }
    let view = s.bob.post("/views", json!({ "name": format!("Quartz {word}"), "filter": quartz })).await.is(201);
    let listed = s.all(&s.bob, &format!("/views/{}/conversations", text(&view["id"]))).await;
    assert_eq!(&d.names(listed.iter().map(|c| text(&c["id"]))), expected, "view, {word}");
    let counts = s.bob.get("/views/counts").await.ok()["counts"].clone();
    assert_eq!((&counts["open"], &counts[text(&view["id"])]), (&json!(n), &json!(n)), "{word}");
    let ours = listed.iter().filter(|c| c["team_id"] == d.team.as_str()).count();
    assert_eq!(counts[&d.team], ours, "a team's, {word}");
    let unassigned = listed.iter().filter(|c| c["assignee_id"].is_null()).count();
    assert_eq!(counts["unassigned"], unassigned, "{word}");
    for q in ["quartz", "tag:quartz", "-status:spam+quartz", "tag:quartz+-has:attachment", "%22quartz+and%22", "quar"] {
        for sort in ["newest", "relevance"] {
            let hits = s.bob.get(&format!("/search?q={q}&sort={sort}&limit=50")).await.ok();
            let of = hits["data"].as_array().unwrap().iter().filter(|h| h["kind"] == "message").map(|h| text(&h["conversation_id"]));
            assert_eq!(&d.names(of), expected, "{q} by {sort}, {word}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_of_a_conversation_hides_the_unseen_one() {
    let d = Desk::open().await;
    let s = &d.s;
    d.bob_sees("own").await;
    let (all, document) = routes(s).await;
    let message = |c: &Value| text(&c["messages"][0]["id"]);
    let hidden = s.conversation(d.id("alice-ours")).await;
    let seen = s.conversation(d.id("bob-alone")).await;
    let before = s.alice.get(&format!("/conversations/{}/messages", d.id("alice-ours"))).await.ok();
    let events = format!("/conversations/{}/events", d.id("alice-ours"));
    let history = s.alice.get(&events).await.ok();
    let mut asked = 0;
    // Bob may delete too, so that nothing but his sight stands between him and the conversation.
    let role = json!({ "name": "Everything but sight", "permissions": s.alice.get("/me").await.ok()["permissions"], "visibility": "own" });
    let role = s.alice.post("/roles", role).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"], "visibility": "role" })).await.ok();
    let things =
        Things::of_nothing().with("conversations", d.id("alice-ours")).with("messages", &message(&hidden)).with("channels", &d.first);
    let tagging = json!({ "name": "Tagging", "scope": "all", "actions": { "add_tags": ["done"] } });
    let one = text(&s.alice.post("/macros", tagging).await.is(201)["id"]);
    let open = Things::of_nothing().with("conversations", d.id("bob-alone")).with("messages", &message(&seen)).with("channels", &d.first);
    let open = open.with("macros", &one).with("members", &s.bob_id);
    let about = |path: &str| (path.starts_with("/conversations/{id}") || path.starts_with("/messages/{id}")).then_some(());
    for r in all.iter().filter(|r| about(&r.path).is_some()) {
        let answer = ask(&s.bob, r, &things.fill(&r.path), &document, &things).await;
        assert_eq!(answer.status, 404, "{} {} → {}", r.method, r.path, answer.text());
        assert!(!answer.text().contains("Quartz"), "{} {}", r.method, r.path);
        asked += 1;
    }
    assert!(asked > 24, "{asked}");
    assert_eq!(s.alice.get(&format!("/conversations/{}/messages", d.id("alice-ours"))).await.ok(), before);
    assert_eq!(s.alice.get(&events).await.ok(), history);
    // The same asked about his own opens: reads first, then what changes it, its end last.
    let last = |r: &&crate::rights::Route| match (r.method.as_str(), r.path.as_str()) {
        ("get", _) => 0,
        ("delete", "/conversations/{id}") => 3,
        (_, "/conversations/{id}/restore") => 4,
        ("post", "/conversations/{id}/unassign") => 2,
        _ => 1,
    };
    let mut own: Vec<_> = all.iter().filter(|r| about(&r.path).is_some()).collect();
    own.sort_by_key(last);
    for r in own {
        let answer = ask(&s.bob, r, &open.fill(&r.path), &document, &open).await;
        let gone = last(&r) > 2 || r.path.ends_with("/source") || answer.code() == "message.not_yours";
        assert!(gone || ![403, 404].contains(&answer.status), "{} {} → {} {}", r.method, r.path, answer.status, answer.text());
        if r.path.ends_with("/unassign") {
            s.alice.post(&format!("/conversations/{}/assign", d.id("bob-alone")), json!({ "assignee_id": s.bob_id })).await.ok();
        }
    }
    // The journal holds everything, so it is for those who see everything.
    s.bob.get("/journal").await.refused(403, "permission.missing");
    s.bob.get(&format!("/channels/{}/deliveries", d.first)).await.refused(403, "permission.missing");
    // Writing to somebody whose thread is hidden does not open it.
    let contact = text(&hidden["contact_id"]);
    let other = text(&hidden["channel_id"]);
    let body = json!({ "channel_id": other, "contact_id": contact, "text": "Hello" });
    let answer = s.bob.post("/conversations", body).await;
    assert!(answer.status >= 400 && !answer.text().contains("Quartz"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_tells_only_of_what_is_seen() {
    let d = Desk::open().await;
    let s = &d.s;
    d.bob_sees("team").await;
    let cursor = text(&s.bob.get("/me").await.ok()["cursor"]);
    let mut live = Live::socket(&s.bob, "/events").await;
    live.frame("heartbeat").await;
    let alice = Live::socket(&s.alice, "/events").await;
    let note = |name: &str, words: &str| (format!("/conversations/{}/notes", d.id(name)), json!({ "text": words }));
    let say = async |name: &str, words: &str| {
        let (path, body) = note(name, words);
        s.alice.post(&path, body).await.is(201);
    };
    say("alice-theirs", "Hidden one").await;
    say("alice-ours", "Shown one").await;
    alice.say(json!({ "type": "viewing", "conversation_id": d.id("alice-theirs") }));
    for name in ["alice-theirs", "alice-ours"] {
        s.alice.post(&format!("/conversations/{}/typing", d.id(name)), json!({ "typing": true })).await.is(204);
    }
    live.find("Shown one", |f| f["message"]["text"] == "Shown one").await;
    // What passes is judged when it is heard: heard, before anything changes.
    live.find("typing where he sees it", |f| f["type"] == "typing").await;
    // Given to his team it appears, taken away it goes.
    s.alice.post(&format!("/conversations/{}/assign", d.id("alice-theirs")), json!({ "team_id": d.team })).await.ok();
    let came = live.event("conversation.appeared").await;
    assert_eq!((&came["conversation_id"], &came["conversation"]["team_id"]), (&json!(d.id("alice-theirs")), &json!(d.team)));
    say("alice-theirs", "Now shown").await;
    live.find("Now shown", |f| f["message"]["text"] == "Now shown").await;
    s.alice.post(&format!("/conversations/{}/assign", d.id("alice-theirs")), json!({ "team_id": d.other_team })).await.ok();
    let went = live.event("conversation.gone").await;
    assert_eq!((&went["conversation_id"], &went["payload"]), (&json!(d.id("alice-theirs")), &Value::Null));
    assert!(went.get("conversation").is_none() && went.get("message").is_none());
    say("alice-theirs", "Hidden two").await;
    say("alice-ours", "The end").await;
    live.find("The end", |f| f["message"]["text"] == "The end").await;
    let frames = live.so_far();
    let heard = json!(frames).to_string();
    assert!(!heard.contains("Hidden"), "{heard}");
    let typed = frames.iter().filter(|f| f["type"] == "typing").all(|f| f["conversation_id"] == d.id("alice-ours"));
    assert!(typed, "{heard}");
    let viewing = format!("\"viewing\":\"{}\"", d.id("alice-theirs"));
    assert!(!heard.contains(&viewing), "{heard}");
    // Who comes back hears the same.
    let mut again = Live::sse(&s.bob, &format!("/events?since={cursor}")).await;
    again.find("The end, again", |f| f["message"]["text"] == "The end").await;
    let heard = json!(again.so_far()).to_string();
    assert!(!heard.contains("Hidden") && heard.contains("Shown one"), "{heard}");
    // What he sees changes while he listens, and while he is away: fetch anew.
    d.bob_sees("own").await;
    live.frame("reset").await;
    say("alice-ours", "Hidden three").await;
    say("bob-alone", "His own").await;
    live.find("His own", |f| f["message"]["text"] == "His own").await;
    assert!(!json!(live.so_far()).to_string().contains("Hidden"));
    let mut later = Live::sse(&s.bob, &format!("/events?since={cursor}")).await;
    later.frame("reset").await;
    later.frame("heartbeat").await;
    assert!(!json!(later.so_far()).to_string().contains("Shown one"));
    s.alice.patch(&format!("/teams/{}", d.team), json!({ "member_ids": [] })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_given_what_they_cannot_see_or_work_on() {
    let d = Desk::open().await;
    let s = &d.s;
    d.bob_sees("inbox").await;
    let to_bob = json!({ "assignee_id": s.bob_id });
    let refused = s.alice.post(&format!("/conversations/{}/assign", d.id("nobody-elsewhere")), to_bob.clone()).await.is(422);
    assert_eq!(refused["fields"][0]["code"], "cannot_see");
    s.alice.patch(&format!("/conversations/{}", d.id("nobody-elsewhere")), to_bob.clone()).await.is(422);
    s.alice.post(&format!("/conversations/{}/assign", d.id("nobody-ours")), to_bob).await.ok();
    let viewer = s.invite("Vera Viewer", "vera@desk.example", "viewer").await.ok()["me"]["member_id"].clone();
    let path = format!("/conversations/{}/assign", d.id("nobody-no-team"));
    assert_eq!(s.alice.post(&path, json!({ "assignee_id": viewer })).await.is(422)["fields"][0]["code"], "cannot_see");
    s.alice.post(&path, json!({ "team_id": "tem_00000000000000000000000000" })).await.is(422);
    s.alice.post(&path, json!({})).await.is(422);
    // A team that goes leaves its conversations where they are.
    s.alice.delete(&format!("/teams/{}", d.team)).await.is(204);
    s.alice.get(&format!("/teams/{}", d.team)).await.is(404);
    assert_eq!(s.conversation(d.id("nobody-ours")).await["team_id"], Value::Null);
    assert_eq!(s.all(&s.alice, &format!("/conversations?status=all&team={}", d.other_team)).await.len(), 3);
    assert_eq!(s.all(&s.alice, "/conversations?status=all&team=none").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_made_of_permissions_and_nobody_gives_more_than_they_have() {
    let s = TestServer::start().await;
    let roles = s.alice.get("/roles").await.ok();
    let ids: Vec<&str> = roles["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["owner", "admin", "lead", "agent", "viewer"]);
    assert_eq!((&roles["data"][0]["members"], &roles["data"][3]["members"]), (&json!(1), &json!(1)));
    let new = json!({ "name": "Archivist", "permissions": ["conversations.read", "conversations.delete"], "visibility": "all" });
    let keyed = s.alice.with("idempotency-key", "role-1");
    let role = keyed.post("/roles", new.clone()).await.is(201);
    assert_eq!(keyed.post("/roles", new.clone()).await.is(201), role);
    assert_eq!(s.alice.post("/roles", new).await.is(422)["fields"][0]["code"], "taken");
    s.alice.post("/roles", json!({ "name": "X", "permissions": ["everything"] })).await.is(422);
    s.alice.post("/roles", json!({ "name": "X", "permissions": [], "visibility": "inbox" })).await.is(422);
    let id = text(&role["id"]);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": id })).await.ok();
    let me = s.bob.get("/me").await.ok();
    assert_eq!((&me["role"], &me["permissions"]), (&json!(id), &json!(["conversations.read", "conversations.delete"])));
    s.bob.get("/conversations").await.ok();
    s.bob.get("/contacts").await.refused(403, "permission.missing");
    // A change of the role counts at once; one that is held stays.
    s.alice
        .patch(&format!("/roles/{id}"), json!({ "permissions": ["contacts.read", "members.read", "members.manage", "roles.manage"] }))
        .await
        .ok();
    s.bob.get("/contacts").await.ok();
    s.bob.get("/conversations").await.refused(403, "permission.missing");
    s.alice.delete(&format!("/roles/{id}")).await.refused(409, "role.in_use");
    // Who manages members and roles cannot climb by it.
    let climb = json!({ "name": "Climber", "permissions": ["contacts.read", "workspace.manage"] });
    assert_eq!(s.bob.post("/roles", climb).await.is(422)["fields"][0]["code"], "beyond_yours");
    s.bob.patch(&format!("/roles/{id}"), json!({ "permissions": ["tokens.manage"] })).await.is(422);
    for role in ["owner", "admin", "agent"] {
        s.bob.patch(&format!("/members/{}", s.bob_id), json!({ "role": role })).await.refused(403, "role.beyond_yours");
        s.bob.post("/invitations", json!({ "role": role })).await.refused(403, "role.beyond_yours");
    }
    s.bob.patch(&format!("/members/{}", s.alice_id), json!({ "role": id })).await.refused(403, "role.beyond_yours");
    s.bob.post("/roles", json!({ "name": "Reader", "permissions": ["contacts.read"] })).await.is(201);
    // Owners are made by owners.
    let adam = s.invite("Adam Admin", "adam@desk.example", "admin").await;
    let adam = s.anyone().signed_in(&adam);
    adam.patch(&format!("/members/{}", s.bob_id), json!({ "role": "owner" })).await.refused(403, "role.beyond_yours");
    adam.patch(&format!("/members/{}", s.alice_id), json!({ "active": false })).await.refused(403, "role.beyond_yours");
    s.alice.patch(&format!("/members/{}", s.alice_id), json!({ "role": "agent" })).await.refused(409, "member.last_owner");
    adam.patch(&format!("/members/{}", s.bob_id), json!({ "role": "viewer" })).await.ok();
    s.bob.post("/teams", json!({ "name": "Mine" })).await.refused(403, "permission.missing");
    s.alice.delete(&format!("/roles/{id}")).await.is(204);
    s.alice.delete(&format!("/roles/{id}")).await.refused(404, "role.not_found");
    s.alice.delete("/roles/agent").await.refused(409, "role.built_in");
    s.alice.patch("/roles/admin", json!({ "visibility": "own" })).await.is(422);
    s.alice.patch("/members/mem_00000000000000000000000000", json!({ "role": "agent" })).await.is(404);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "king" })).await.is(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_looks_with_anothers_eyes_and_leaves_no_trace() {
    let d = Desk::open().await;
    let s = &d.s;
    d.bob_sees("own").await;
    let draft = format!("/conversations/{}/draft", d.id("bob-alone"));
    s.bob.put(&draft, json!({ "text": "Bob's private thoughts" })).await.is(204);
    s.bob.post("/me/preview", json!({ "member_id": s.alice_id })).await.refused(403, "permission.missing");
    let session = s.anyone().post("/auth/sign-in", json!({ "email": "alice@desk.example", "password": "quiet river stones" })).await;
    let eyes: Client = s.anyone().signed_in(&session);
    eyes.post("/me/preview", json!({ "member_id": s.alice_id })).await.is(422);
    let me = eyes.post("/me/preview", json!({ "member_id": s.bob_id })).await.ok();
    assert_eq!((&me["preview"]["name"], &me["member_id"]), (&json!("Bob Agent"), &json!(s.bob_id)));
    assert_eq!((&me["account"]["email"], &me["role"]), (&json!("alice@desk.example"), &json!("agent")));
    let permissions: Vec<String> = me["permissions"].as_array().unwrap().iter().map(text).collect();
    assert!(permissions.iter().all(|p| p.ends_with(".read")) && permissions.contains(&"conversations.read".into()), "{permissions:?}");
    let listed = s.all(&eyes, "/conversations?status=all").await;
    assert_eq!(d.names(listed.iter().map(|c| text(&c["id"]))), BTreeSet::from(["bob-alone", "bob-elsewhere"]));
    assert_eq!(eyes.get("/stats").await.ok()["mine"], 2);
    let path = format!("/conversations/{}", d.id("bob-alone"));
    let before = s.conversation(d.id("bob-alone")).await["unread_count"].clone();
    let shown = eyes.get(&format!("{path}?mark_read=true")).await.ok();
    assert_eq!((&shown["draft"], &before), (&Value::Null, &json!(1)));
    assert_eq!(s.conversation(d.id("bob-alone")).await["unread_count"], before);
    eyes.get(&format!("/conversations/{}", d.id("alice-ours"))).await.is(404);
    let found = eyes.post("/conversations/search", json!({})).await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
    assert_eq!(eyes.post("/conversations/count", json!({})).await.ok()["count"], 2);
    assert_eq!(eyes.post("/views/counts", json!({ "filters": { "it": {} } })).await.ok()["counts"]["it"], 2);
    // Nothing can be changed, whatever the address.
    let (all, document) = routes(s).await;
    let things = Things::of_nothing().with("conversations", d.id("bob-alone")).with("members", &s.bob_id).with("channels", &d.first);
    for r in all.iter().filter(|r| r.method != "get" && !r.path.starts_with("/auth/") && !r.path.starts_with("/invitations/by-token")) {
        if r.path == "/setup" || (r.method == "delete" && r.path == "/me/preview") {
            continue;
        }
        // What only asks is answered, about what both see.
        if ["/conversations/search", "/conversations/count", "/views/counts"].contains(&r.path.as_str()) {
            continue;
        }
        let answer = ask(&eyes, r, &things.fill(&r.path), &document, &things).await;
        assert!(answer.status == 403 && answer.code() == "preview.read_only", "{} {} → {}", r.method, r.path, answer.text());
    }
    // Bob is not shown as present because somebody looks with his eyes.
    let mut live = Live::socket(&eyes, "/events").await;
    live.frame("heartbeat").await;
    assert!(s.all(&s.alice, "/members").await.iter().all(|m| m["online"] == false));
    // Other sessions of hers are as they were, and it is written down.
    assert_eq!(s.alice.get("/me").await.ok()["preview"], Value::Null);
    let me = eyes.delete("/me/preview").await.ok();
    assert_eq!((&me["preview"], &me["role"]), (&Value::Null, &json!("owner")));
    live.ended().await;
    let log = s.app.db.read(s.workspace, |tx| db::events::after(tx, 1, 0, 500)).await.unwrap();
    let noted = |kind: &str| {
        log.iter().any(|e| e.kind == kind && e.actor == format!("user:{}", s.alice_id) && e.payload["member_id"] == s.bob_id.as_str())
    };
    assert!(noted("member.preview_started") && noted("member.preview_ended"));
}
