//! What one request may bring.

use serde_json::{Value, json};
use tests::{ApiDoor, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attribute_with_a_nul_is_refused_and_spoils_no_list() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    let (conversation, contact) =
        (format!("/conversations/{}", c["id"].as_str().unwrap()), format!("/contacts/{}", c["contact_id"].as_str().unwrap()));
    for bad in [json!({ "a": "\u{0}" }), json!({ "a\u{0}": 1 }), json!({ "a": [{ "b": "x\u{0}y" }] })] {
        for (path, field) in [(&conversation, "custom_attributes"), (&conversation, "metadata"), (&contact, "custom_attributes")] {
            let refused = s.bob.patch(path, json!({ field: bad })).await.is(422);
            assert_eq!((&refused["fields"][0]["field"], &refused["fields"][0]["code"]), (&json!(field), &json!("invalid")), "{bad}");
        }
    }
    // A backslash and letters are no NUL.
    let fine = json!({ "a": "\\u0000", "plan": "gold" });
    for path in [&conversation, &contact] {
        s.bob.patch(path, json!({ "custom_attributes": fine })).await.ok();
    }
    // One that is there from before is without attributes for filters, and breaks nothing.
    let old = r#"{"plan":"gold","a":"\u0000"}"#;
    let of = async |filter: Value| s.alice.post("/conversations/count", json!({ "filter": filter })).await.ok()["count"].clone();
    let gold = json!({ "field": "custom_attributes.plan", "op": "is", "value": "gold" });
    assert_eq!(of(gold.clone()).await, 1);
    s.app
        .db
        .write(s.workspace, db::Lane::Bulk, move |tx| tx.exec("UPDATE conversations SET custom_attributes = $1", db::params![old]))
        .await
        .unwrap();
    of(gold.clone()).await;
    of(json!({ "field": "custom_attributes.seats", "op": "at_least", "value": 3 })).await;
    s.alice.post("/views", json!({ "name": "Gold", "filter": gold })).await.is(201);
    s.alice.get("/views/counts").await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_has_so_many_addresses_and_no_more() {
    let s = TestServer::start().await;
    let emails = |n: usize| (0..n).map(|i| format!("person-{i}@many.example")).collect::<Vec<_>>();
    let phones = |n: usize| (0..n).map(|i| format!("+49151{:08}", 10_000_000 + i)).collect::<Vec<_>>();
    let refused = s.bob.post("/contacts", json!({ "name": "Many", "emails": emails(51), "phones": phones(51) })).await.is(422);
    let said: Vec<_> =
        refused["fields"].as_array().unwrap().iter().map(|f| (f["field"].as_str().unwrap(), f["code"].as_str().unwrap())).collect();
    assert_eq!(said, [("emails", "too_many"), ("phones", "too_many")]);
    let made = s.bob.post("/contacts", json!({ "name": "Many", "emails": emails(50), "phones": phones(50) })).await.is(201);
    assert_eq!(made["handles"].as_array().unwrap().len(), 100);
    let id = made["id"].as_str().unwrap();
    // Each is a way to find the person.
    for words in ["person-0@many.example", "person-49", "10000049"] {
        let found = s.bob.get(&format!("/contacts?text={words}")).await.ok();
        assert_eq!(found["data"][0]["id"], id, "{words}");
    }
    let path = format!("/contacts/{id}/handles");
    let more = s.bob.post(&path, json!({ "kind": "email", "value": "one-more@many.example" })).await.is(422);
    assert_eq!(more["fields"][0]["code"], "too_many");
}
