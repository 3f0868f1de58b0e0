//! Programs outside are told what happens, signed, in order, at least once; a receiver that hangs, fails or is gone harms nobody but itself.

use db::params;
use kernel::time::{DAY, HOUR, MINUTE};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::{Answer, ApiDoor, Client, Hook, HookAnswer, HookRequest, Options, TestServer, until};
use tokio::sync::Notify;

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}

/// A subscription with what signs for it.
struct Hooked {
    path: String,
    secret: String,
}
async fn subscribe(s: &TestServer, hook: &Hook, events: Value) -> Hooked {
    let body = json!({ "name": "Ledger", "url": hook.url(), "events": events });
    let made = s.alice.post("/webhook-subscriptions", body).await.is(201);
    Hooked { path: format!("/webhook-subscriptions/{}", text(&made["id"])), secret: text(&made["secret"]) }
}
impl Hooked {
    async fn now(&self, s: &TestServer) -> Value {
        s.alice.get(&self.path).await.ok()
    }
    async fn deliveries(&self, s: &TestServer, query: &str) -> Vec<Value> {
        s.all(&s.alice, &format!("{}/deliveries{query}", self.path)).await
    }
    async fn detail(&self, s: &TestServer, id: &Value) -> Value {
        s.alice.get(&format!("{}/deliveries/{}", self.path, text(id))).await.ok()
    }
    async fn patch(&self, s: &TestServer, body: Value) -> Value {
        s.alice.patch(&self.path, body).await.ok()
    }
}

/// Whatever the log has is read by now, and what is due has left.
async fn caught_up(s: &TestServer) {
    s.settle().await;
    s.advance(0).await;
    s.advance(0).await;
}
async fn write(s: &TestServer, door: &ApiDoor, n: usize) {
    let mut body = ApiDoor::message(&format!("m-{n}"), &format!("customer-{n}"), &format!("Question {n}"));
    body["from"]["name"] = json!(format!("Customer {n}"));
    door.post(s, body).await.is(200);
    s.settle().await;
}

/// Signed with this secret, as the specification's own library reckons it; and not long ago.
fn is_signed(secret: &str, r: &HookRequest, now: i64) -> bool {
    let checker = standardwebhooks::Webhook::new(secret).unwrap();
    let seconds: i64 = r.header("webhook-timestamp").parse().unwrap();
    let wanted = checker.sign(r.header("webhook-id"), seconds, &r.body).unwrap();
    (now / 1_000 - seconds).abs() <= 300 && r.header("webhook-signature").split(' ').any(|one| one == wanted)
}

fn keys(v: &Value) -> Vec<String> {
    let mut keys: Vec<String> = v.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_told_once_signed_and_as_the_catalogue_says() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    write(&s, &door, 1).await;
    let w = subscribe(&s, &hook, json!(["message.*", "conversation.created"])).await;
    let all = s.alice.get("/webhook-subscriptions").await.ok();
    assert!(!all.to_string().contains(&w.secret) && w.secret.starts_with("whsec_"), "shown once");
    caught_up(&s).await;
    assert!(hook.requests().is_empty(), "what was before it is no news to it");

    write(&s, &door, 2).await;
    caught_up(&s).await;
    let arrived = hook.requests();
    // Both are under way at once: which arrives first is the network's matter, the sequence says which came first.
    let mut told = arrived.clone();
    told.sort_by_key(|r| r.json()["sequence"].as_i64());
    let kinds: Vec<String> = told.iter().map(|r| text(&r.json()["type"])).collect();
    assert_eq!(kinds, ["conversation.created", "message.created"], "in the order in which it happened, and nothing else");
    let catalogue = s.alice.get("/webhook-events").await.ok();
    for r in &told {
        let body = r.json();
        assert!(is_signed(&w.secret, r, s.now()), "{r:?}");
        assert!(!is_signed(&format!("whsec_{}", "QUJD".repeat(8)), r, s.now()), "not by any other");
        assert_eq!((r.method.as_str(), r.header("content-type")), ("POST", "application/json"));
        let kind = catalogue["data"].as_array().unwrap().iter().find(|k| k["name"] == body["type"]).unwrap();
        assert_eq!(keys(&body), keys(&kind["example"]), "{body:#}");
        for thing in ["conversation", "message", "contact"].iter().filter(|t| !body["data"][**t].is_null()) {
            assert_eq!(keys(&body["data"][*thing]), keys(&kind["example"]["data"][*thing]), "{thing} of {}", body["type"]);
        }
    }
    let message = &told[1].json()["data"]["message"];
    assert_eq!((&message["text"], &told[1].json()["data"]["contact"]["name"]), (&json!("Question 2"), &json!("Customer 2")));
    assert!(told[0].header("webhook-id") < told[1].header("webhook-id"), "ids sort as the log does");
    assert!(told[0].json()["sequence"].as_i64() < told[1].json()["sequence"].as_i64());

    // The log of it: what was sent, byte for byte, and what was answered.
    let log = w.deliveries(&s, "").await;
    assert_eq!(log.len(), 2);
    assert_eq!((&log[0]["event"], &log[0]["state"], &log[0]["last_status"]), (&json!("message.created"), &json!("delivered"), &json!(200)));
    let one = w.detail(&s, &log[0]["id"]).await;
    assert_eq!((one["body"].as_str().unwrap().as_bytes(), text(&one["id"])), (&told[1].body[..], told[1].header("webhook-id").to_owned()));
    let came = 1 + arrived.iter().position(|r| r.body == told[1].body).unwrap();
    let attempts = one["attempts_made"].as_array().unwrap();
    assert_eq!((attempts.len(), text(&attempts[0]["response"])), (1, format!("{{\"id\":\"theirs-{came}\"}}")));
    assert_eq!(w.deliveries(&s, "?event=conversation.created").await.len(), 1);
    assert_eq!((w.deliveries(&s, "?state=failed").await.len(), w.deliveries(&s, "?state=delivered").await.len()), (0, 2));
    let page = s.alice.get(&format!("{}/deliveries?limit=1", w.path)).await.ok();
    assert!(page["next_cursor"].is_string() && page["data"].as_array().unwrap().len() == 1);

    // Started again, or the log read again: nothing is told twice.
    let mut s = s;
    s.restart().await;
    s.app.db.write(s.workspace, db::Lane::Bulk, |tx| tx.exec("UPDATE webhook_subscriptions SET seq = 0", params![])).await.unwrap();
    let before = log[1]["sequence"].as_i64().unwrap();
    caught_up(&s).await;
    let again: Vec<i64> = hook.requests().iter().map(|r| r.json()["sequence"].as_i64().unwrap()).collect();
    assert!(again.iter().all(|seq| *seq < before) && again.len() == 2, "only what was before it was made: {again:?}");
    // Kept for thirty days.
    s.advance(31 * DAY).await;
    s.advance(HOUR).await;
    let kept = s.app.db.read(s.workspace, |tx| {
        Ok(tx.number("SELECT COUNT(*) FROM webhook_deliveries", params![])?
            + tx.number("SELECT COUNT(*) FROM webhook_attempts", params![])?)
    });
    assert_eq!(kept.await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_tried_until_it_is_taken_or_given_up_and_can_be_sent_again() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let w = subscribe(&s, &hook, json!(["message.created"])).await;
    hook.next_status(500);
    hook.next(HookAnswer::Silence);
    hook.next(HookAnswer::Status(302, vec![("location", "http://127.0.0.1:1/else".into())], String::new()));
    write(&s, &door, 1).await;
    caught_up(&s).await;
    let d = w.deliveries(&s, "").await.remove(0);
    assert_eq!((&d["state"], &d["last_status"], &d["attempts"]), (&json!("waiting"), &json!(500), &json!(1)), "{d:#}");
    assert!(d["next_attempt_at"].is_string());
    assert!(w.now(&s).await["failing_since"].is_string());
    for wait in [7_000, 80_000, 7 * MINUTE] {
        s.advance(wait).await;
    }
    let told = hook.requests();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|r| r.header("webhook-id") == text(&d["id"]) && r.body == told[0].body), "the same however often");
    assert_ne!(told[0].header("webhook-timestamp"), told[3].header("webhook-timestamp"));
    assert!(is_signed(&w.secret, &told[3], s.now()));
    let one = w.detail(&s, &d["id"]).await;
    let errors: Vec<String> =
        one["attempts_made"].as_array().unwrap().iter().map(|a| a["error"].as_str().unwrap_or("").to_owned()).collect();
    assert_eq!((errors[0].as_str(), errors.len()), ("", 4));
    assert!(errors[1].contains("Redirects are not followed") && errors[2].contains("no answer") && errors[3].contains("500"), "{errors:?}");
    assert!(w.now(&s).await["failing_since"].is_null(), "taken: all is well again");

    // Given up after a day and a bit; then somebody sends it again.
    for _ in 0..9 {
        hook.next_status(503);
    }
    write(&s, &door, 2).await;
    for _ in 0..40 {
        s.advance(HOUR).await;
    }
    let d = w.deliveries(&s, "?state=failed").await.remove(0);
    assert_eq!((&d["attempts"], hook.requests().len()), (&json!(9), 9));
    assert!(d["next_attempt_at"].is_null());
    s.advance(10 * HOUR).await;
    assert!(hook.requests().is_empty());
    s.alice.post(&format!("{}/deliveries/{}/replay", w.path, text(&d["id"])), json!({})).await.ok();
    caught_up(&s).await;
    let told = hook.requests();
    assert_eq!((told.len(), told[0].header("webhook-id")), (1, text(&d["id"]).as_str()));
    assert_eq!(w.detail(&s, &d["id"]).await["attempts_made"].as_array().unwrap().len(), 10);

    // All that failed since a time.
    let since = s.time(0);
    for _ in 0..27 {
        hook.next_status(500);
    }
    for n in 3..6 {
        write(&s, &door, n).await;
    }
    for _ in 0..40 {
        s.advance(HOUR).await;
    }
    hook.requests();
    let later = s.time(0);
    let none = s.alice.post(&format!("{}/replay", w.path), json!({ "since": later })).await.ok();
    let some = s.alice.post(&format!("{}/replay", w.path), json!({ "since": since })).await.ok();
    assert_eq!((&none["count"], &some["count"]), (&json!(0), &json!(3)));
    caught_up(&s).await;
    assert_eq!((hook.requests().len(), w.deliveries(&s, "?state=failed").await.len()), (3, 0));

    // A receiver says when it wants to be asked again.
    hook.next(HookAnswer::Status(429, vec![("retry-after", "3600".into())], "{}".into()));
    write(&s, &door, 9).await;
    caught_up(&s).await;
    s.advance(50 * MINUTE).await;
    assert_eq!(hook.requests().len(), 1);
    s.advance(11 * MINUTE).await;
    assert_eq!(hook.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_holds_up_nobody_else_and_a_crash_loses_nothing() {
    let s = TestServer::start().await;
    let (slow, quick) = (Hook::start().await, Hook::start().await);
    let door = s.api_door(None).await;
    let bell = Arc::new(Notify::new());
    let w = subscribe(&s, &slow, json!(["message.created"])).await;
    subscribe(&s, &quick, json!(["message.created"])).await;
    slow.next(HookAnswer::Hang(bell.clone()));
    door.post(&s, ApiDoor::message("a", "customer-1", "One")).await.is(200);
    until("the slow one to be asked", || async { (slow.count() == 1).then_some(()) }).await;
    for n in 0..5 {
        door.post(&s, ApiDoor::message(&format!("b{n}"), "customer-1", "More")).await.is(200);
    }
    until("the quick one to be told all", || async { (quick.count() == 6).then_some(()) }).await;
    // Nor does one answer that is awaited hold up the others to the same receiver.
    until("the slow one to be told the rest", || async { (slow.count() == 6).then_some(()) }).await;
    bell.notify_one();
    caught_up(&s).await;
    assert_eq!(w.deliveries(&s, "?state=delivered").await.len(), 6);
    // A process that dies while it tells: as if it had not been sure, it tells again, with the same id.
    let die = s.app.db.write(s.workspace, db::Lane::Bulk, |tx| {
        tx.exec("UPDATE webhook_deliveries SET state = 'sending', next_at = created_at WHERE subscription_id IN (SELECT id FROM webhook_subscriptions WHERE failures = 0)", params![])
    });
    die.await.unwrap();
    let before: Vec<String> = slow.requests().iter().map(|r| r.header("webhook-id").to_owned()).collect();
    let mut s = s;
    s.restart().await;
    caught_up(&s).await;
    let mut after: Vec<String> = slow.requests().iter().map(|r| r.header("webhook-id").to_owned()).collect();
    let mut before = before;
    before.sort();
    after.sort();
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_takes_nothing_for_days_or_is_gone_is_switched_off_and_admins_hear_of_it() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let w = subscribe(&s, &hook, json!(["message.created"])).await;
    hook.next_status(410);
    write(&s, &door, 1).await;
    caught_up(&s).await;
    let now = w.now(&s).await;
    assert_eq!(now["status"], "disabled", "{now:#}");
    let told = s.all(&s.alice, "/notifications").await;
    assert_eq!((told.len(), &told[0]["kind"], &told[0]["webhook_name"]), (1, &json!("webhook_disabled"), &json!("Ledger")), "{told:#?}");
    assert!(text(&told[0]["detail"]).contains("410") && told[0]["webhook_id"] == now["id"]);
    assert!(s.all(&s.bob, "/notifications").await.is_empty(), "who cannot mend it is left in peace");
    let d = w.deliveries(&s, "").await.remove(0);
    s.alice.post(&format!("{}/deliveries/{}/replay", w.path, text(&d["id"])), json!({})).await.refused(409, "webhook.off");
    s.alice.patch(&w.path, json!({ "status": "disabled" })).await.refused(422, "invalid");
    // What happens meanwhile is told when it is wanted.
    write(&s, &door, 2).await;
    caught_up(&s).await;
    hook.requests();
    assert_eq!(w.patch(&s, json!({ "status": "active", "catch_up": true })).await["status"], "active");
    caught_up(&s).await;
    assert_eq!(hook.requests().iter().map(|r| text(&r.json()["data"]["message"]["text"])).collect::<Vec<_>>(), ["Question 2"]);
    // Or not: paused, and on again without it.
    w.patch(&s, json!({ "status": "paused" })).await;
    write(&s, &door, 3).await;
    caught_up(&s).await;
    w.patch(&s, json!({ "status": "active" })).await;
    caught_up(&s).await;
    write(&s, &door, 4).await;
    caught_up(&s).await;
    assert_eq!(hook.requests().iter().map(|r| text(&r.json()["data"]["message"]["text"])).collect::<Vec<_>>(), ["Question 4"]);

    // Nothing taken for five days, however often it was tried.
    s.alice.post("/notifications/read-all", json!({})).await.ok();
    for _ in 0..40 {
        hook.next_status(500);
    }
    for n in 5..8 {
        write(&s, &door, n).await;
        for _ in 0..39 {
            s.advance(HOUR).await;
        }
    }
    assert_eq!(w.now(&s).await["status"], "active", "not before five days are over");
    write(&s, &door, 8).await;
    for _ in 0..6 {
        s.advance(HOUR).await;
    }
    let now = w.now(&s).await;
    assert!(now["status"] == "disabled" && text(&now["disabled_because"]).contains("for 5 days"), "{now:#}");
    let told = s.all(&s.alice, "/notifications?unread=true").await;
    assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("webhook_disabled")), "{told:#?}");
    hook.requests();
    s.advance(DAY).await;
    assert!(hook.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_signs_beside_the_old_one_for_as_long_as_was_chosen() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let w = subscribe(&s, &hook, json!(["message.created"])).await;
    let rotate = async |hours: Value| s.alice.post(&format!("{}/rotate-secret", w.path), json!({ "overlap_hours": hours })).await;
    rotate(json!(200)).await.refused(422, "invalid");
    let new = text(&rotate(json!(2)).await.ok()["secret"]);
    assert_ne!(new, w.secret);
    write(&s, &door, 1).await;
    caught_up(&s).await;
    let r = hook.requests().remove(0);
    assert!(is_signed(&new, &r, s.now()) && is_signed(&w.secret, &r, s.now()), "{}", r.header("webhook-signature"));
    s.advance(2 * HOUR + 1_000).await;
    write(&s, &door, 2).await;
    caught_up(&s).await;
    let r = hook.requests().remove(0);
    assert!(is_signed(&new, &r, s.now()) && !is_signed(&w.secret, &r, s.now()));
    s.advance(HOUR).await;
    let kept =
        s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM webhook_subscriptions WHERE old_secret IS NOT NULL", params![]));
    assert_eq!(kept.await.unwrap(), 0, "what signs nothing any more is not kept");
    // At once, when it was stolen.
    let newest = text(&rotate(json!(0)).await.ok()["secret"]);
    write(&s, &door, 3).await;
    caught_up(&s).await;
    let r = hook.requests().remove(0);
    assert!(is_signed(&newest, &r, s.now()) && !is_signed(&new, &r, s.now()));
    // Secrets stand nowhere in the clear.
    let rows = s
        .app
        .db
        .read(s.workspace, |tx| tx.query("SELECT secret FROM webhook_subscriptions", params![], |r| r.get::<Vec<u8>>(0)))
        .await
        .unwrap();
    assert!(rows.iter().all(|r| !String::from_utf8_lossy(r).contains("whsec")));
    let stored =
        s.app.db.read(s.workspace, |tx| tx.query("SELECT body FROM idempotency", params![], |r| r.get::<String>(0))).await.unwrap();
    assert!(stored.iter().all(|r| !r.contains("whsec")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_webhook_is_refused_and_the_same_key_makes_one() {
    let s = TestServer::start().await;
    let good = json!({ "name": "Ledger", "url": "https://hooks.example.net/in", "events": ["*"] });
    for (field, value) in [
        ("name", json!(" ")),
        ("url", json!("http://hooks.example.net/in")),
        ("url", json!("https://10.0.0.7/in")),
        ("url", json!("http://169.254.169.254/latest")),
        ("url", json!("https://user:pass@hooks.example.net/")),
        ("url", json!("file:///etc/passwd")),
        ("events", json!([])),
        ("events", json!(["message.sneezed"])),
        ("events", json!(["view.created"])),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let refused = s.alice.post("/webhook-subscriptions", bad.clone()).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], field, "{bad}");
    }
    let keyed = s.alice.with("idempotency-key", "one");
    let (first, again) = (
        keyed.post("/webhook-subscriptions", good.clone()).await.is(201),
        keyed.post("/webhook-subscriptions", good.clone()).await.is(201),
    );
    assert_eq!(first, again, "with its secret, which only got lost on the way");
    assert_eq!(s.all(&s.alice, "/webhook-subscriptions").await.len(), 1);
    s.bob.post("/webhook-subscriptions", good).await.refused(403, "permission.missing");
    let acts: Vec<String> = s.all(&s.alice, "/audit").await.iter().map(|a| text(&a["action"])).collect();
    assert_eq!(acts.iter().filter(|a| *a == "webhook.created").count(), 1, "{acts:?}");
    let path = format!("/webhook-subscriptions/{}", text(&first["id"]));
    s.alice.patch(&path, json!({ "url": "https://127.1/", "name": "Other" })).await;
    s.alice.delete(&path).await.is(204);
    s.alice.get(&path).await.refused(404, "webhook.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_not_reached() {
    // Nothing is allowed here: not even the loopback.
    let s = TestServer::start_with(Options { flags: vec![("net-allow", "192.0.2.0/24".into())], ..Default::default() }).await;
    let hook = Hook::start().await;
    let body = json!({ "name": "Inside", "url": hook.url(), "events": ["*"] });
    s.alice.post("/webhook-subscriptions", body).await.refused(422, "invalid");
    let body = json!({ "name": "Inside", "url": "https://10.1.2.3/x", "events": ["*"] });
    let words = text(&s.alice.post("/webhook-subscriptions", body).await.refused(422, "invalid")["fields"][0]["detail"]);
    assert!(words.starts_with("Nothing can be sent to this address: ") && !words.contains("refused"), "{words}");
    // A name that turns out to be one of ours is judged when it is called.
    let body = json!({ "name": "Inside", "url": format!("https://localhost:{}/x", hook.address.port()), "events": ["*"] });
    let made = s.alice.post("/webhook-subscriptions", body).await;
    if made.status == 201 {
        let path = format!("/webhook-subscriptions/{}", text(&made.json["id"]));
        let tried = s.alice.post(&format!("{path}/test"), json!({})).await.ok();
        assert!(tried["state"] == "failed" && text(&tried["last_error"]).contains("must not be reached"), "{tried:#}");
    }
    assert_eq!(hook.count(), 0);
}

async fn narrowed(s: &TestServer, visibility: &str) {
    let permissions = s.alice.get("/me").await.ok()["permissions"].clone();
    let role = json!({ "name": format!("Sees {visibility}"), "permissions": permissions, "visibility": visibility });
    let role = s.alice.post("/roles", role).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_by_a_webhook_what_they_do_not_see() {
    let s = TestServer::start().await;
    let (hers, his) = (Hook::start().await, Hook::start().await);
    let door = s.api_door(None).await;
    narrowed(&s, "own").await;
    let w = subscribe(&s, &hers, json!(["message.created"])).await;
    let body = |reach: Value| json!({ "name": "Mine", "url": his.url(), "events": ["*"], "reach": reach });
    let refused = s.bob.post("/webhook-subscriptions", body(json!("all"))).await.refused(422, "invalid");
    assert_eq!(refused["fields"][0]["field"], "reach");
    let mine = s.bob.post("/webhook-subscriptions", body(Value::Null)).await.is(201);
    assert_eq!(mine["reach"], "owner");
    let path = format!("/webhook-subscriptions/{}", text(&mine["id"]));
    s.bob.patch(&path, json!({ "reach": "all" })).await.refused(422, "invalid");
    // Of hers there is nothing for him.
    assert_eq!(s.all(&s.bob, "/webhook-subscriptions").await.len(), 1);
    for answer in [s.bob.get(&w.path).await, s.bob.get(&format!("{}/deliveries", w.path)).await, s.bob.delete(&w.path).await] {
        answer.refused(404, "webhook.not_found");
    }
    write(&s, &door, 1).await;
    write(&s, &door, 2).await;
    let all = s.conversations().await;
    let his_own = all.iter().find(|c| c["contact"]["name"] == "Customer 2").unwrap();
    let c = format!("/conversations/{}", text(&his_own["id"]));
    s.alice.post(&format!("{c}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    s.alice.post(&format!("{c}/notes"), json!({ "text": "For Bob" })).await.is(201);
    caught_up(&s).await;
    let told: Vec<Value> = his.requests().iter().map(HookRequest::json).collect();
    assert!(told.iter().any(|t| t["type"] == "conversation.assigned") && told.iter().any(|t| t["data"]["message"]["text"] == "For Bob"));
    let about: Vec<&Value> = told.iter().map(|t| &t["data"]["conversation"]["id"]).filter(|id| !id.is_null()).collect();
    assert!(about.iter().all(|id| **id == his_own["id"]), "{told:#?}");
    assert_eq!(hers.requests().len(), 3, "she is told of all");
    // Taken from him, its deliveries are out of his sight as well.
    let before = s.all(&s.bob, &format!("{path}/deliveries")).await.len();
    s.alice.post(&format!("{c}/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    caught_up(&s).await;
    let after = s.all(&s.bob, &format!("{path}/deliveries")).await;
    assert!(after.len() < before && after.iter().all(|d| d["conversation_id"].is_null()), "{after:#?}");
    // He goes; what he began goes on, and tells no more than before.
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "active": false })).await.ok();
    his.requests();
    write(&s, &door, 3).await;
    caught_up(&s).await;
    assert_eq!(s.alice.get(&path).await.ok()["status"], "active");
    let told: Vec<Value> = his.requests().iter().map(HookRequest::json).collect();
    assert!(told.iter().all(|t| t["data"]["conversation"].is_null()), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_removed_for_good_stands_in_no_log() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let w = subscribe(&s, &hook, json!(["conversation.*", "message.*"])).await;
    write(&s, &door, 1).await;
    write(&s, &door, 2).await;
    let all = s.conversations().await;
    let c = all.iter().find(|c| c["contact"]["name"] == "Customer 1").unwrap();
    s.alice.delete(&format!("/conversations/{}", text(&c["id"]))).await.is(204);
    caught_up(&s).await;
    let about = async || w.deliveries(&s, "").await.iter().filter(|d| d["conversation_id"] == c["id"]).count();
    assert_eq!(about().await, 3, "in the trash it can come back from there");
    s.alice.delete(&format!("/trash/{}", text(&c["id"]))).await.is(204);
    s.advance(HOUR + 1_000).await;
    s.advance(HOUR).await;
    assert_eq!((about().await, w.deliveries(&s, "").await.len()), (1, 3));
    assert_eq!(text(&hook.requests().last().unwrap().json()["type"]), "conversation.purged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_of_removed_people_stands_in_no_log() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let w = subscribe(&s, &hook, json!(["contact.*"])).await;
    // One is removed, another was joined into them, and a third stays although somebody was joined into them.
    let person = async |name: &str| text(&s.alice.post("/contacts", json!({ "name": name })).await.is(201)["id"]);
    let (gone, twin, stays, other) = (person("Gone").await, person("Twin").await, person("Stays").await, person("Other").await);
    caught_up(&s).await;
    for (from, into) in [(&twin, &gone), (&other, &stays)] {
        s.alice.post(&format!("/contacts/{from}/join"), json!({ "into": into })).await.ok();
    }
    caught_up(&s).await;
    let told = async |word: &str| {
        let mut kinds = Vec::new();
        for d in w.deliveries(&s, "").await {
            if w.detail(&s, &d["id"]).await.to_string().contains(word) {
                kinds.push(text(&d["event"]));
            }
        }
        kinds
    };
    for name in ["Gone", "Twin", "Stays", "Other"] {
        assert!(!told(name).await.is_empty(), "{name}");
    }
    s.alice.delete(&format!("/contacts/{gone}")).await.is(204);
    caught_up(&s).await;
    assert_eq!((told("Gone").await, told("Twin").await), (vec![], vec![]));
    assert_eq!(told(&gone).await, ["contact.deleted"], "of itself, that they are gone carries an id only");
    assert!(!told("Stays").await.is_empty() && !told("Other").await.is_empty());
    let orphans = "SELECT COUNT(*) FROM webhook_attempts WHERE delivery_id NOT IN (SELECT id FROM webhook_deliveries)";
    assert_eq!(s.app.db.read(s.workspace, move |tx| tx.number(orphans, params![])).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_may_not_know_people_is_told_of_none() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let mut permissions = s.alice.get("/me").await.ok()["permissions"].clone();
    permissions.as_array_mut().unwrap().retain(|p| !text(p).starts_with("contacts."));
    let role = json!({ "name": "No people", "permissions": permissions, "visibility": "all" });
    let role = s.alice.post("/roles", role).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
    let body = json!({ "name": "His", "url": hook.url(), "events": ["contact.*", "conversation.*"] });
    let made = s.bob.post("/webhook-subscriptions", body).await.is(201);
    assert_eq!(made["reach"], "all");
    s.alice.post("/contacts", json!({ "name": "Carla" })).await.is(201);
    let door = s.api_door(None).await;
    write(&s, &door, 1).await;
    caught_up(&s).await;
    let told: Vec<Value> = hook.requests().iter().map(HookRequest::json).collect();
    assert!(told.iter().any(|t| text(&t["type"]).starts_with("conversation.")), "{told:#?}");
    assert!(told.iter().all(|t| !text(&t["type"]).starts_with("contact.") && t["data"]["contact"].is_null()), "{told:#?}");
    // Nor does he read it in the log of another's.
    let w = subscribe(&s, &hook, json!(["contact.*"])).await;
    s.alice.post("/contacts", json!({ "name": "Dora" })).await.is(201);
    caught_up(&s).await;
    let told = w.deliveries(&s, "").await;
    assert!(w.detail(&s, &told[0]["id"]).await.to_string().contains("Dora"));
    let seen = s.bob.get(&format!("{}/deliveries/{}", w.path, text(&told[0]["id"]))).await.ok();
    assert!(!seen.to_string().contains("Dora") && text(&seen["body"]).contains("contact_id"), "{seen:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_tried_again_gives_the_same_secret() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let w = subscribe(&s, &hook, json!(["message.created"])).await;
    // The answer was lost: the old secret must go on signing, and not the one that nobody has seen.
    let keyed = s.alice.with("idempotency-key", "rotate-1");
    let rotate = async || text(&keyed.post(&format!("{}/rotate-secret", w.path), json!({ "overlap_hours": 2 })).await.ok()["secret"]);
    let (first, second) = (rotate().await, rotate().await);
    assert!(first == second && first != w.secret);
    write(&s, &door, 1).await;
    caught_up(&s).await;
    let r = hook.requests().remove(0);
    assert!(is_signed(&first, &r, s.now()) && is_signed(&w.secret, &r, s.now()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_who_leaves_does_not_end_it() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "admin" })).await.ok();
    let body = json!({ "name": "His", "url": hook.url(), "events": ["message.created"] });
    s.bob.post("/webhook-subscriptions", body).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "active": false })).await.ok();
    write(&s, &door, 1).await;
    caught_up(&s).await;
    assert_eq!(hook.requests().len(), 1);
}

async fn receiver(who: &Client) -> Answer {
    who.get("/webhook-receiver").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_receiver_shows_what_came_and_whether_it_was_signed() {
    // Our own address is no exception in the guarded client: what goes there stays within the process.
    let s = TestServer::start_with(Options { flags: vec![("net-allow", "192.0.2.0/24".into())], ..Default::default() }).await;
    receiver(&s.alice).await.refused(404, "webhook_receiver.closed");
    let open = s.alice.put("/webhook-receiver", json!({})).await.ok();
    let url = text(&open["url"]);
    let made = s.alice.post("/webhook-subscriptions", json!({ "name": "Try", "url": url, "events": ["*"] })).await.is(201);
    let path = format!("/webhook-subscriptions/{}", text(&made["id"]));
    let tried = s.alice.post(&format!("{path}/test"), json!({ "event": "message.created" })).await.ok();
    assert_eq!((&tried["state"], &tried["last_status"], &tried["sequence"]), (&json!("delivered"), &json!(200), &Value::Null), "{tried:#}");
    let shown = receiver(&s.alice).await.ok()["requests"][0].clone();
    assert_eq!((&shown["verified"], &shown["subscription_id"]), (&json!(true), &made["id"]), "{shown:#}");
    assert_eq!(shown["body"], tried["body"]);
    assert_eq!(serde_json::from_str::<Value>(&text(&shown["body"])).unwrap()["test"], true);
    // From outside, by whoever knows the address: taken, and seen for what it is.
    let address = url.split_once("/webhook-test/").unwrap().1.to_owned();
    let at = format!("/webhook-test/{address}");
    s.web.post(&at, json!({ "type": "forged" })).await.is(200);
    let shown = receiver(&s.alice).await.ok()["requests"][0].clone();
    assert!(shown["verified"] == false && text(&shown["detail"]).contains("webhook-signature"), "{shown:#}");
    // It can be told to fail; a test that fails proves nothing against the webhook.
    s.alice.put("/webhook-receiver", json!({ "answers": "gone" })).await.ok();
    let tried = s.alice.post(&format!("{path}/test"), json!({})).await.ok();
    assert_eq!((&tried["state"], &tried["last_status"]), (&json!("failed"), &json!(410)));
    assert_eq!(s.alice.get(&path).await.ok()["status"], "active");
    // It is the one's who opened it, and theirs alone; it keeps fifty, and closes.
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "admin" })).await.ok();
    receiver(&s.bob).await.refused(404, "webhook_receiver.closed");
    for n in 0..60 {
        s.web.post(&at, json!({ "n": n })).await;
    }
    assert_eq!(receiver(&s.alice).await.ok()["requests"].as_array().unwrap().len(), 50);
    s.advance(50 * MINUTE).await;
    receiver(&s.alice).await.ok();
    s.advance(50 * MINUTE).await;
    receiver(&s.alice).await.ok();
    s.advance(61 * MINUTE).await;
    receiver(&s.alice).await.refused(404, "webhook_receiver.closed");
    s.web.post(&at, json!({})).await.is(404);
    s.alice.put("/webhook-receiver", json!({})).await.ok();
    s.alice.delete("/webhook-receiver").await.is(204);
    receiver(&s.alice).await.refused(404, "webhook_receiver.closed");
}
