//! Attributes of the workspace's own, and its names below the statuses.

use serde_json::{Value, json};
use tests::{ApiDoor, TestServer, encode};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// Some conversations, each with its person.
async fn desk(count: usize) -> (TestServer, ApiDoor, Vec<Value>) {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..count {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("p{n}"), "Hello")).await.is(200);
        s.advance(1_000).await;
    }
    let mut all = s.conversations().await;
    all.reverse();
    (s, door, all)
}
async fn define(s: &TestServer, of: &str, name: &str, kind: &str, more: Value) -> Value {
    let mut body = json!({ "applies_to": of, "name": name, "kind": kind });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.alice.post("/attribute-definitions", body).await.is(201)
}
async fn give(s: &TestServer, c: &Value, values: Value) -> Value {
    s.bob.patch(&format!("/conversations/{}", id(c)), json!({ "custom_attributes": values })).await.ok()
}
/// Which of the conversations a filter holds, by their place.
async fn held(s: &TestServer, all: &[Value], filter: Value) -> Vec<usize> {
    let rows = s.all(&s.bob, &format!("/conversations?status=all&filter={}", encode(&filter.to_string()))).await;
    let mut out: Vec<usize> = rows.iter().map(|r| all.iter().position(|c| c["id"] == r["id"]).unwrap()).collect();
    out.sort_unstable();
    let count = s.bob.post("/conversations/count", json!({ "filter": filter })).await.ok();
    assert_eq!(count["count"], json!(out.len()), "{filter}");
    out
}
fn field(refused: &Value) -> (String, String) {
    let one = &refused["fields"][0];
    (one["field"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn definitions_are_made_changed_ordered_and_removed() {
    let (s, _door, _) = desk(0).await;
    let plan = define(&s, "conversation", "Order number", "text", json!({})).await;
    assert_eq!((&plan["key"], &plan["position"], &plan["archived"]), (&json!("order_number"), &json!(0), &json!(false)));
    let list = define(&s, "conversation", "Product", "list", json!({ "options": [" Lamp ", "Chair"] })).await;
    assert_eq!(list["options"], json!(["Lamp", "Chair"]));
    define(&s, "contact", "Order number", "number", json!({})).await;
    for (body, at) in [
        (json!({ "applies_to": "conversation", "name": "Order number", "kind": "text" }), "key"),
        (json!({ "applies_to": "conversation", "name": " ", "kind": "text" }), "name"),
        (json!({ "applies_to": "conversation", "name": "A", "kind": "list" }), "options"),
        (json!({ "applies_to": "conversation", "name": "A", "kind": "list", "options": ["x", "x"] }), "options"),
        (json!({ "applies_to": "conversation", "name": "A", "kind": "currency" }), "currency"),
        (json!({ "applies_to": "conversation", "name": "A", "kind": "text", "key": "A b" }), "key"),
        (json!({ "applies_to": "contact", "name": "A", "kind": "text", "required_on_close": true }), "required_on_close"),
    ] {
        let refused = s.alice.post("/attribute-definitions", body.clone()).await.is(422);
        assert!(refused["fields"].as_array().unwrap().iter().any(|f| f["field"] == at), "{body} {refused:#}");
    }
    s.bob
        .post("/attribute-definitions", json!({ "applies_to": "contact", "name": "B", "kind": "text" }))
        .await
        .refused(403, "permission.missing");
    // Names without a letter of ours get the first key that is free.
    let greek = async |name: &str| define(&s, "contact", name, "text", json!({})).await;
    let first = greek("Πόλη").await;
    assert_eq!((&first["key"], &greek("Χώρα").await["key"]), (&json!("attribute_1"), &json!("attribute_2")));
    s.alice.delete(&format!("/attribute-definitions/{}", id(&first))).await.is(204);
    let keys = [greek("Οδός").await["key"].clone(), greek("Όνομα").await["key"].clone()];
    assert_eq!(keys, ["attribute_1", "attribute_3"]);
    for d in s.all(&s.alice, "/attribute-definitions").await.iter().filter(|d| d["key"].as_str().unwrap().starts_with("attribute_")) {
        s.alice.delete(&format!("/attribute-definitions/{}", id(d))).await.is(204);
    }
    let path = format!("/attribute-definitions/{}", id(&list));
    let mut live = s.events(&s.bob, "").await;
    let first = s.alice.patch(&path, json!({ "position": 0, "name": "Goods", "options": ["Chair", "Table"] })).await.ok();
    assert_eq!((&first["position"], &first["name"], &first["key"]), (&json!(0), &json!("Goods"), &json!("product")));
    live.event("attributes.updated").await;
    let all = s.all(&s.bob, "/attribute-definitions").await;
    let shown: Vec<String> = all.iter().map(|d| format!("{} {}", d["applies_to"].as_str().unwrap(), d["name"].as_str().unwrap())).collect();
    assert_eq!(shown, ["contact Order number", "conversation Goods", "conversation Order number"]);
    s.alice.delete(&path).await.is(204);
    s.alice.delete(&path).await.refused(404, "attribute.not_found");
    let audit = s.all(&s.alice, "/audit").await;
    for action in ["attribute.created", "attribute.updated", "attribute.deleted"] {
        assert!(audit.iter().any(|r| r["action"] == action), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_hold_to_their_kind_and_others_stay() {
    let (s, _door, all) = desk(1).await;
    let c = &all[0];
    for (name, kind, more) in [
        ("Order", "text", json!({})),
        ("Seats", "number", json!({})),
        ("Worth", "currency", json!({ "currency": "eur" })),
        ("Discount", "percent", json!({})),
        ("Page", "link", json!({})),
        ("Due", "date", json!({})),
        ("Product", "list", json!({ "options": ["Lamp", "Chair"] })),
        ("Paid", "checkbox", json!({})),
    ] {
        define(&s, "conversation", name, kind, more).await;
    }
    let values = json!({ "order": " A-17 ", "seats": 4.0, "worth": 12.345, "discount": 12.5, "page": "https://shop.example/a", "due": "2026-12-24",
        "product": "Lamp", "paid": true, "from_a_program": { "x": [1] } });
    let now = give(&s, c, values).await;
    let kept = json!({ "order": "A-17", "seats": 4, "worth": 12.35, "discount": 12.5, "page": "https://shop.example/a", "due": "2026-12-24",
        "product": "Lamp", "paid": true, "from_a_program": { "x": [1] } });
    assert_eq!(now["custom_attributes"], kept);
    // One changes, one goes, the others stay; the history knows which.
    let mut live = s.events(&s.alice, "").await;
    let now = give(&s, c, json!({ "seats": 5, "order": null })).await;
    assert_eq!((&now["custom_attributes"]["seats"], &now["custom_attributes"]["order"]), (&json!(5), &Value::Null));
    assert_eq!(now["custom_attributes"]["product"], "Lamp");
    let frame = live.event("conversation.updated").await;
    assert_eq!(frame["conversation"]["custom_attributes"]["seats"], 5);
    let keys = frame["payload"]["attributes"].as_array().unwrap();
    assert!(keys.len() == 2 && keys.contains(&json!("order")) && !frame["payload"].to_string().contains("A-17"), "{frame:#}");
    let history = s.all(&s.alice, &format!("/conversations/{}/events", id(c))).await;
    assert!(history[0]["attributes"].as_array().unwrap().contains(&json!("Seats")), "{history:#?}");
    for (key, value, code) in [
        ("seats", json!("five"), "wrong_type"),
        ("page", json!("javascript:alert(1)"), "invalid"),
        ("due", json!("2026-02-30"), "invalid"),
        ("product", json!("Sofa"), "not_an_option"),
        ("paid", json!("yes"), "wrong_type"),
        ("order", json!("x".repeat(1_001)), "too_long"),
        ("a\"b", json!(1), "invalid"),
    ] {
        let refused = s.bob.patch(&format!("/conversations/{}", id(c)), json!({ "custom_attributes": { key: value } })).await.is(422);
        assert_eq!(field(&refused), (format!("custom_attributes.{key}"), code.to_owned()));
    }
    let big = json!({ "custom_attributes": { "blob": "x".repeat(65_000) } });
    s.bob.patch(&format!("/conversations/{}", id(c)), big).await.refused(413, "attributes.too_large");
    // Contacts have theirs.
    define(&s, "contact", "Plan", "list", json!({ "options": ["Gold"] })).await;
    let contact = format!("/contacts/{}", c["contact"]["id"].as_str().unwrap());
    assert_eq!(
        s.bob.patch(&contact, json!({ "custom_attributes": { "plan": "Gold", "x": 1 } })).await.ok()["custom_attributes"],
        json!({ "plan": "Gold", "x": 1 })
    );
    assert_eq!(
        s.bob.patch(&contact, json!({ "custom_attributes": { "x": null } })).await.ok()["custom_attributes"],
        json!({ "plan": "Gold" })
    );
    let refused = s.bob.patch(&contact, json!({ "custom_attributes": { "plan": "Tin" } })).await.is(422);
    assert_eq!(field(&refused).0, "custom_attributes.plan");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_needed_before_closing_is_asked_for() {
    let (s, door, all) = desk(2).await;
    let c = &all[0];
    let d = define(&s, "conversation", "Reason", "list", json!({ "options": ["Lost parcel", "Other"], "required_on_close": true })).await;
    let path = format!("/conversations/{}/status", id(c));
    let refused = s.bob.patch(&path, json!({ "status": "resolved" })).await.is(422);
    assert_eq!(field(&refused), ("custom_attributes.reason".into(), "required_on_close".into()));
    // Nor with a reply that closes; nothing of it is sent.
    let reply = json!({ "text": "Bye", "status_after": "resolved", "undo_seconds": 0 });
    s.bob.post(&format!("/conversations/{}/messages", id(c)), reply.clone()).await.is(422);
    assert_eq!(s.conversation(id(c)).await["message_count"], 1);
    // Other statuses need nothing, nor does spam.
    s.bob.patch(&path, json!({ "status": "pending" })).await.ok();
    s.bob.patch(&path, json!({ "status": "spam" })).await.ok();
    s.bob.patch(&path, json!({ "status": "open" })).await.ok();
    // Given in the same request it is enough.
    let both = json!({ "status": "resolved", "custom_attributes": { "reason": "Other" } });
    assert_eq!(s.bob.patch(&format!("/conversations/{}", id(c)), both).await.ok()["status"], "resolved");
    // An act on many leaves out those that lack it.
    let bulk =
        s.bob.post("/bulk", json!({ "act": { "do": "set_status", "status": "resolved" }, "ids": [id(c), id(&all[1])] })).await.is(201);
    s.settle().await;
    s.advance(0).await;
    assert_eq!(s.bob.get(&format!("/bulk/{}", id(&bulk))).await.ok()["changed"], 0);
    assert_eq!(s.conversation(id(&all[1])).await["status"], "new");
    // Archived, it is asked for no more.
    s.alice.patch(&format!("/attribute-definitions/{}", id(&d)), json!({ "archived": true })).await.ok();
    s.bob.post(&format!("/conversations/{}/messages", id(&all[1])), reply).await.is(201);
    assert_eq!(s.conversation(id(&all[1])).await["status"], "resolved");
    drop(door);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_lists_and_views_know_them() {
    let (s, _door, all) = desk(4).await;
    for (name, kind, more) in [
        ("Order", "text", json!({})),
        ("Worth", "currency", json!({ "currency": "EUR" })),
        ("Due", "date", json!({})),
        ("Product", "list", json!({ "options": ["Lamp", "Chair"] })),
        ("Paid", "checkbox", json!({})),
    ] {
        define(&s, "conversation", name, kind, more).await;
    }
    define(&s, "contact", "Plan", "list", json!({ "options": ["Gold", "Tin"] })).await;
    // It is 28 October 2026.
    give(&s, &all[0], json!({ "order": "A-17", "worth": 10, "due": "2026-10-27", "product": "Lamp", "paid": true })).await;
    give(&s, &all[1], json!({ "order": "B-18", "worth": 99.5, "due": "2026-10-28", "product": "Chair", "paid": false })).await;
    give(&s, &all[2], json!({ "worth": 100, "due": "2026-11-30" })).await;
    let contact = format!("/contacts/{}", all[1]["contact"]["id"].as_str().unwrap());
    s.bob.patch(&contact, json!({ "custom_attributes": { "plan": "Gold" } })).await.ok();
    let is = |name: &str, op: &str, value: Value| match value {
        Value::Null => json!({ "field": name, "op": op }),
        value => json!({ "field": name, "op": op, "value": value }),
    };
    for (filter, expected) in [
        (is("attribute.order", "contains", json!("a-1")), vec![0]),
        (is("attribute.order", "starts_with", json!("b")), vec![1]),
        (is("attribute.order", "is_empty", Value::Null), vec![2, 3]),
        (is("attribute.order", "is_not", json!("A-17")), vec![1, 2, 3]),
        (is("attribute.worth", "at_least", json!(99.5)), vec![1, 2]),
        (is("attribute.worth", "at_most", json!(10)), vec![0]),
        (is("attribute.worth", "between", json!([10, 99.5])), vec![0, 1]),
        (is("attribute.worth", "is", json!(100)), vec![2]),
        (is("attribute.due", "before", json!("today")), vec![0]),
        (is("attribute.due", "on", json!("today")), vec![1]),
        (is("attribute.due", "after", json!("2026-10-28")), vec![2]),
        (is("attribute.due", "between", json!(["2026-10-27", "2026-10-28"])), vec![0, 1]),
        (is("attribute.product", "any_of", json!(["Lamp", "Chair"])), vec![0, 1]),
        (is("attribute.product", "none_of", json!(["Lamp"])), vec![1, 2, 3]),
        (is("attribute.paid", "is", json!(true)), vec![0]),
        (is("attribute.paid", "is", json!(false)), vec![1, 2, 3]),
        (is("contact_attribute.plan", "is", json!("Gold")), vec![1]),
        (
            json!({ "and": [is("attribute.worth", "is_set", Value::Null), { "not": is("attribute.product", "is", json!("Lamp")) }] }),
            vec![1, 2],
        ),
    ] {
        assert_eq!(held(&s, &all, filter.clone()).await, expected, "{filter}");
    }
    // The grammar names them, with what fits their kind.
    let grammar = s.bob.get("/filters/fields").await.ok();
    let of = |name: &str| grammar["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone();
    assert_eq!((&of("attribute.product")["kind"], &of("attribute.product")["label"]), (&json!("choice"), &json!("Product")));
    assert_eq!(of("attribute.product")["options"][1]["value"], "Chair");
    assert_eq!(
        (&of("attribute.due")["kind"], &of("attribute.paid")["kind"], &of("attribute.worth")["own"]),
        (&json!("time"), &json!("flag"), &json!(true))
    );
    // A saved view counts them as they change.
    let filter = is("attribute.product", "is", json!("Lamp"));
    let view = s.bob.post("/views", json!({ "name": "Lamps", "filter": filter })).await.is(201);
    let count = async || s.bob.get("/views/counts").await.ok()["counts"][id(&view)].clone();
    assert_eq!(count().await, 1);
    give(&s, &all[3], json!({ "product": "Lamp" })).await;
    assert_eq!(count().await, 2);
    give(&s, &all[0], json!({ "product": null })).await;
    assert_eq!(count().await, 1);
    let wrong = format!("/conversations?filter={}", encode(&is("attribute.", "is", json!("x")).to_string()));
    s.bob.get(&wrong).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sub_statuses_stand_below_their_status_and_go_with_it() {
    let (s, door, all) = desk(2).await;
    let c = &all[0];
    let make =
        async |name: &str, status: &str| s.alice.post("/sub-statuses", json!({ "name": name, "status": status, "hue": 30 })).await.is(201);
    let supplier = make("Waiting for the supplier", "snoozed").await;
    let call = make("To be called", "open").await;
    let shipped = make("Shipped", "closed").await;
    assert_eq!(shipped["status"], "resolved");
    s.alice.post("/sub-statuses", json!({ "name": "to be CALLED", "status": "new" })).await.is(422);
    s.alice.post("/sub-statuses", json!({ "name": "X", "status": "spam" })).await.is(422);
    s.bob.post("/sub-statuses", json!({ "name": "X", "status": "open" })).await.refused(403, "permission.missing");
    let path = format!("/conversations/{}", id(c));
    // A new conversation is an open one; the status stays.
    let mut live = s.events(&s.alice, "").await;
    let now = s.bob.patch(&path, json!({ "sub_status_id": id(&call) })).await.ok();
    assert_eq!(
        (&now["status"], &now["sub_status"]["name"], &now["sub_status"]["hue"]),
        (&json!("new"), &json!("To be called"), &json!(30))
    );
    assert_eq!(live.event("conversation.updated").await["conversation"]["sub_status"]["id"], call["id"]);
    // One of another status needs that status.
    let refused = s.bob.patch(&path, json!({ "sub_status_id": id(&supplier) })).await.is(422);
    assert_eq!(field(&refused), ("sub_status_id".into(), "other_status".into()));
    let to = json!({ "status": "snoozed", "snoozed_until": s.time(DAY), "sub_status_id": id(&supplier) });
    let now = s.bob.patch(&format!("{path}/status"), to).await.ok();
    assert_eq!((&now["status"], &now["sub_status"]["id"]), (&json!("snoozed"), &supplier["id"]));
    assert_eq!(held(&s, &all, json!({ "field": "sub_status", "op": "is", "value": id(&supplier) })).await, [0]);
    assert_eq!(held(&s, &all, json!({ "field": "sub_status", "op": "is_empty" })).await, [1]);
    let grammar = s.bob.get("/filters/fields").await.ok();
    let offered =
        grammar["fields"].as_array().unwrap().iter().find(|f| f["name"] == "sub_status").unwrap()["options"].as_array().unwrap().len();
    assert_eq!(offered, 3);
    let history = s.all(&s.alice, &format!("{path}/events")).await;
    assert_eq!(history[0]["sub_status"], "Waiting for the supplier");
    // The customer writes: it is open, and not waiting for the supplier any more.
    door.post(&s, ApiDoor::message("again", "p0", "And?")).await.is(200);
    s.settle().await;
    let now = s.conversation(id(c)).await;
    assert_eq!((&now["status"], &now["sub_status"]), (&json!("open"), &Value::Null));
    // Closed with one, taken back as a whole.
    s.bob.patch(&path, json!({ "sub_status_id": id(&call) })).await.ok();
    let bulk = s.bob.post("/bulk", json!({ "act": { "do": "set_status", "status": "resolved" }, "ids": [id(c)] })).await.is(201);
    s.settle().await;
    assert_eq!(s.conversation(id(c)).await["sub_status"], Value::Null);
    s.bob.post(&format!("/bulk/{}/undo", id(&bulk)), json!({})).await.ok();
    s.settle().await;
    assert_eq!(s.conversation(id(c)).await["sub_status"]["name"], "To be called");
    // What is in use is archived, not deleted; what has it keeps it.
    s.alice.delete(&format!("/sub-statuses/{}", id(&call))).await.refused(409, "sub_status.in_use");
    // Each is told the number of those that they see.
    let counted = async |who: &tests::Client| {
        let all = s.all(who, "/sub-statuses").await;
        all.into_iter().find(|x| x["id"] == call["id"]).unwrap()["conversation_count"].clone()
    };
    assert_eq!((counted(&s.alice).await, counted(&s.bob).await), (json!(1), json!(1)));
    s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "own" })).await.ok();
    assert_eq!((counted(&s.alice).await, counted(&s.bob).await), (json!(1), json!(0)));
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "role" })).await.ok();
    let archived = s.alice.patch(&format!("/sub-statuses/{}", id(&call)), json!({ "archived": true, "name": "Call" })).await.ok();
    assert_eq!(archived["conversation_count"], 1);
    assert_eq!(s.conversation(id(c)).await["sub_status"]["name"], "Call");
    s.bob.patch(&format!("/conversations/{}", id(&all[1])), json!({ "sub_status_id": id(&call) })).await.is(422);
    s.bob.patch(&path, json!({ "sub_status_id": "" })).await.ok();
    assert_eq!(s.conversation(id(c)).await["sub_status"], Value::Null);
    s.alice.delete(&format!("/sub-statuses/{}", id(&call))).await.is(204);
    let left = s.all(&s.bob, "/sub-statuses").await;
    assert_eq!(left.len(), 2);
}
