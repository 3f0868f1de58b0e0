//! How much a workspace is used: counted while nobody waits, and true.

use db::params;
use kernel::time::{DAY, MINUTE};
use serde_json::{Value, json};
use tests::{ApiDoor, Hook, TestServer};

/// What was counted, after it was.
async fn counted(s: &TestServer) -> Value {
    s.alice.get("/usage").await.ok();
    s.settle().await;
    let usage = s.alice.get("/usage").await.ok();
    assert_eq!(usage["counting"], false, "{usage:#}");
    usage
}
fn sums(usage: &Value, name: &str) -> i64 {
    usage["months"].as_array().unwrap().iter().map(|m| m[name].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_and_left_is_counted_by_month_and_channel() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let (one, two) = (s.api_door(None).await, s.api_door(None).await);
    s.alice.post("/webhook-subscriptions", json!({ "name": "Ledger", "url": hook.url(), "events": ["message.created"] })).await.is(201);
    let first = s.alice.get("/usage").await.ok();
    assert_eq!(
        (&first["counted_at"], &first["counting"], &first["months"]),
        (&Value::Null, &json!(true), &json!([])),
        "nobody waits for it"
    );
    s.settle().await;
    for n in 0..3 {
        one.post(&s, ApiDoor::message(&format!("a{n}"), "customer-1", "Hello")).await.is(200);
    }
    two.post(&s, ApiDoor::message("b", "customer-2", "Hello")).await.is(200);
    s.settle().await;
    let all = s.conversations().await;
    let c = all.iter().find(|c| c["message_count"] == 3).unwrap()["id"].as_str().unwrap().to_owned();
    s.alice.post(&format!("/conversations/{c}/messages"), json!({ "text": "Good day" })).await;
    s.alice.post(&format!("/conversations/{c}/notes"), json!({ "text": "Only for us" })).await.is(201);
    s.advance(MINUTE).await;
    // Fresh numbers are not counted again, however often somebody looks.
    let before = s.alice.get("/usage").await.ok();
    assert_eq!((&before["counting"], sums(&before, "inbound")), (&json!(false), 0));
    s.advance(10 * MINUTE).await;
    let usage = counted(&s).await;
    assert_eq!(
        (sums(&usage, "inbound"), sums(&usage, "outbound"), sums(&usage, "automatic"), sums(&usage, "conversations")),
        (4, 1, 0, 2),
        "{usage:#}"
    );
    let months = usage["months"].as_array().unwrap();
    assert_eq!(months.len(), 2);
    let shop = months.iter().find(|m| m["channel_id"] == one.id.as_str()).unwrap();
    assert_eq!((&shop["inbound"], &shop["outbound"], &shop["channel_name"]), (&json!(3), &json!(1), &json!("Shop")));
    assert_eq!(shop["month"].as_str(), usage["counted_at"].as_str().map(|at| &at[..7]));
    assert_eq!((&usage["conversations"]["total"], &usage["conversations"]["open"]), (&json!(2), &json!(2)));
    assert_eq!((&usage["members"]["active"], &usage["members"]["ended"]), (&json!(2), &json!(0)));
    assert!(usage["storage"]["database_bytes"].as_i64().unwrap() > 50_000, "{usage:#}");
    assert_eq!((&usage["webhooks"]["delivered"], &usage["webhooks"]["failed"]), (&json!(6), &json!(0)), "{usage:#}");
    let limit = usage["plan"]["limits"].as_array().unwrap().iter().find(|l| l["name"] == "webhooks").unwrap();
    assert_eq!((&limit["used"], &limit["most"]), (&json!(1), &json!(50)));
    assert!(usage["plan"]["features"].as_array().unwrap().iter().all(|f| f["included"] == true), "{usage:#}");

    // Of the latest days what is new is found; what came into days long ago, once a day.
    let old = s.now() / DAY - 40;
    let key = old * DAY * (1 << 20);
    let back = move |tx: &mut db::Tx<'_>| tx.exec("UPDATE messages SET key = $1 WHERE external_id = 'a0'", params![key]);
    s.app.db.write(s.workspace, db::Lane::Bulk, back).await.unwrap();
    two.post(&s, ApiDoor::message("c", "customer-2", "Again")).await.is(200);
    s.settle().await;
    s.advance(11 * MINUTE).await;
    let soon = counted(&s).await;
    assert_eq!(sums(&soon, "inbound"), 4, "one more today; the one that is old now is not looked for yet: {soon:#}");
    s.advance(DAY).await;
    let later = counted(&s).await;
    assert_eq!(sums(&later, "inbound"), 5, "{later:#}");
    assert!(later["months"].as_array().unwrap().last().unwrap()["month"].as_str() < shop["month"].as_str());
    // Gone for good, and no longer counted.
    s.alice.delete(&format!("/conversations/{c}")).await.is(204);
    s.alice.delete(&format!("/trash/{c}")).await.is(204);
    s.advance(DAY).await;
    assert_eq!(sums(&counted(&s).await, "inbound"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_after_teams_sees_it_and_others_do_not() {
    let s = TestServer::start().await;
    s.bob.get("/usage").await.refused(403, "permission.missing");
    s.anyone().get("/usage").await.is(401);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "lead" })).await.ok();
    assert_eq!(s.bob.get("/usage").await.ok()["members"]["active"], 2);
}
