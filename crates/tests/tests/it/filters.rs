//! One grammar for what is meant: every field with every operator, nested at random, against a plain reading of the same words; what is
//! wrong with a filter is said where it is wrong.

use serde_json::{Value, json};
use tests::{ApiDoor, Hook, TestServer, encode, until};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// A condition, and what it says of a conversation as the API shows it.
type Atom = (Value, Box<dyn Fn(&Value) -> bool>);

struct Desk {
    s: TestServer,
    _hook: Hook,
    all: Vec<Value>,
    /// Who has a file, and whose message failed.
    files: Vec<String>,
    failed: Vec<String>,
    channels: Vec<String>,
}

/// Conversations of every kind, over ten days.
async fn desk() -> Desk {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let doors = [s.api_door(Some(&hook.url())).await, s.api_door(Some(&hook.url())).await];
    let names = ["Chloé Moreau", "Jörg Müller", "王小明", "Amélie O'Hara", "Ann Example", "Zoë"];
    let subjects = ["Größe falsch", "GROSSE Lieferung", "100% off_er", "請求書について", "Re: where is it", ""];
    let (mut files, mut failed) = (Vec::new(), Vec::new());
    for n in 0..30usize {
        let door = &doors[n % 2];
        for m in 0..=(n % 3) {
            let mut body = ApiDoor::message(&format!("m{n}-{m}"), &format!("customer-{n}"), &format!("Message {m} of {n}"));
            body["from"]["name"] = json!(names[n % names.len()]);
            if n % 5 == 0 && m == 0 {
                body["attachments"] = json!([{ "name": "a.txt", "type": "text/plain", "data": "aGVsbG8=" }]);
            }
            door.post(&s, body).await.is(200);
        }
        s.advance(8 * HOUR).await;
    }
    let list = s.conversations().await;
    let at = |n: usize| list.iter().rev().nth(n).unwrap();
    for n in 0..30usize {
        let path = format!("/conversations/{}", id(at(n)));
        if n % 5 == 0 {
            files.push(id(at(n)).to_owned());
        }
        if n % 7 == 3 {
            hook.next_status(400);
            s.alice.post(&format!("{path}/messages"), json!({ "text": "Sorry", "undo_seconds": 0 })).await.is(201);
            s.settle().await;
            failed.push(id(at(n)).to_owned());
        }
        let priority = ["low", "normal", "high", "urgent"][n % 4];
        let mut patch =
            json!({ "priority": priority, "custom_attributes": { "plan": (["Gold", "silver"][n % 2]), "seats": n, "beta": n % 3 == 0 } });
        if n % 6 != 5 {
            patch["subject"] = json!(subjects[n % subjects.len()]);
        }
        if n % 10 == 9 {
            patch["custom_attributes"] = json!({});
        }
        s.alice.patch(&path, patch).await.ok();
        let tags: Vec<&str> =
            ["VIP", "billing", "größe \"xl\"", "100%"].into_iter().enumerate().filter(|(t, _)| n >> t & 1 == 1).map(|(_, t)| t).collect();
        if !tags.is_empty() {
            s.alice.post(&format!("{path}/tags"), json!({ "tags": tags })).await.ok();
        }
        match n % 4 {
            0 => drop(s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": s.bob_id })).await.ok()),
            1 => drop(s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": s.alice_id })).await.ok()),
            _ => {}
        }
        match n % 8 {
            2 => drop(s.alice.patch(&format!("{path}/status"), json!({ "status": "pending" })).await.ok()),
            3 => drop(
                s.alice
                    .patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": s.time((n as i64 + 1) * DAY) }))
                    .await
                    .ok(),
            ),
            4 => drop(s.alice.patch(&format!("{path}/status"), json!({ "status": "resolved" })).await.ok()),
            5 => drop(s.alice.patch(&format!("{path}/status"), json!({ "status": "spam" })).await.ok()),
            _ => {}
        }
        if n % 3 == 1 {
            s.alice.post(&format!("{path}/mark-read"), json!({})).await.ok();
        }
    }
    // One that is gone is in no list.
    s.alice.delete(&format!("/conversations/{}", id(at(29)))).await.is(204);
    let all = s.conversations().await;
    assert_eq!(all.len(), 29);
    let channels = doors.iter().map(|d| d.id.clone()).collect();
    Desk { s, _hook: hook, all, files, failed, channels }
}

fn time(v: &Value) -> Option<i64> {
    v.as_str().and_then(kernel::time::parse_rfc3339)
}
fn fold(v: &Value) -> String {
    kernel::fold::fold(v.as_str().unwrap_or(""))
}
fn has_tag(c: &Value, name: &str) -> bool {
    c["tags"].as_array().unwrap().iter().any(|t| t.as_str().unwrap().to_lowercase() == name.to_lowercase())
}

/// Conditions on every field with every operator, each with its plain meaning.
fn atoms(d: &Desk) -> Vec<Atom> {
    let mut all: Vec<Atom> = Vec::new();
    let mut add = |field: &str, op: &str, value: Value, holds: Box<dyn Fn(&Value) -> bool>| {
        let mut condition = json!({ "field": field, "op": op });
        if !value.is_null() {
            condition["value"] = value;
        }
        all.push((condition, holds));
    };
    let word = |key: &'static str, words: &[&str]| -> Box<dyn Fn(&Value) -> bool> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        Box::new(move |c| c[key].as_str().is_some_and(|w| words.iter().any(|x| x == w)))
    };
    let not = |f: Box<dyn Fn(&Value) -> bool>| -> Box<dyn Fn(&Value) -> bool> { Box::new(move |c| !f(c)) };
    for words in [&["open"][..], &["new"], &["new", "open"], &["pending"], &["open", "snoozed"], &["open", "new", "spam", "resolved"]] {
        add("status", "any_of", json!(words), word("status", words));
        add("status", "none_of", json!(words), not(word("status", words)));
    }
    add("status", "is", json!("closed"), word("status", &["resolved"]));
    add("status", "is_not", json!("open"), not(word("status", &["open"])));
    add("priority", "at_least", json!("high"), word("priority", &["high", "urgent"]));
    add("priority", "at_most", json!("normal"), word("priority", &["low", "normal"]));
    add("priority", "is_not", json!("low"), not(word("priority", &["low"])));
    add("channel", "is", json!("api"), Box::new(|_| true));
    add("channel", "none_of", json!(["email", "api"]), Box::new(|_| false));
    add("provider", "any_of", json!(["api", "smtp"]), Box::new(|_| true));
    add("channel_id", "is", json!(d.channels[0]), word("channel_id", &[&d.channels[0]]));
    add("channel_id", "none_of", json!(d.channels), Box::new(|_| false));
    add("assignee", "is", json!("me"), word("assignee_id", &[&d.s.bob_id]));
    add("assignee", "is_not", json!("me"), not(word("assignee_id", &[&d.s.bob_id])));
    add("assignee", "any_of", json!(["me", d.s.alice_id]), Box::new(|c| !c["assignee_id"].is_null()));
    add("assignee", "none_of", json!([d.s.alice_id]), not(word("assignee_id", &[&d.s.alice_id])));
    add("assignee", "is_set", Value::Null, Box::new(|c| !c["assignee_id"].is_null()));
    add("assignee", "is_empty", Value::Null, Box::new(|c| c["assignee_id"].is_null()));
    add("team", "is_empty", Value::Null, Box::new(|_| true));
    add("team", "is", json!("tem_00000000000000000000000001"), Box::new(|_| false));
    add("team", "is_not", json!("tem_00000000000000000000000001"), Box::new(|_| true));
    add("tags", "any_of", json!(["vip", "GRÖSSE \"xl\""]), Box::new(|c| has_tag(c, "VIP") || has_tag(c, "grösse \"xl\"")));
    add("tags", "any_of", json!(["größe \"XL\"", "100%"]), Box::new(|c| has_tag(c, "größe \"xl\"") || has_tag(c, "100%")));
    add("tags", "all_of", json!(["vip", "billing"]), Box::new(|c| has_tag(c, "vip") && has_tag(c, "billing")));
    add("tags", "none_of", json!(["vip", "no such tag"]), Box::new(|c| !has_tag(c, "vip")));
    add("tags", "is_empty", Value::Null, Box::new(|c| c["tags"].as_array().unwrap().is_empty()));
    add("tags", "is_set", Value::Null, Box::new(|c| !c["tags"].as_array().unwrap().is_empty()));
    add("unread", "is", json!(true), Box::new(|c| c["unread_count"].as_i64() > Some(0)));
    add("unread", "is", json!(false), Box::new(|c| c["unread_count"] == 0));
    add("message_count", "at_least", json!(2), Box::new(|c| c["message_count"].as_i64() >= Some(2)));
    add("message_count", "is_not", json!(3), Box::new(|c| c["message_count"] != 3));
    add("message_count", "between", json!([1, 2.5]), Box::new(|c| c["message_count"].as_i64() <= Some(2)));
    add("last_message_direction", "is", json!("outbound"), word("last_message_direction", &["outbound"]));
    let (files, failed) = (d.files.clone(), d.failed.clone());
    add("has_attachment", "is", json!(true), Box::new(move |c| files.iter().any(|f| f == id(c))));
    add("delivery_failed", "is", json!(true), Box::new(move |c| failed.iter().any(|f| f == id(c))));
    for text in ["grosse", "GRÖ", "0% OFF_", "書に", "%"] {
        let wanted = kernel::fold::fold(text);
        let w = wanted.clone();
        add("subject", "contains", json!(text), Box::new(move |c| fold(&c["subject"]).contains(&w)));
        add("subject", "not_contains", json!(text), Box::new(move |c| !fold(&c["subject"]).contains(&wanted)));
    }
    add("subject", "starts_with", json!("re:"), Box::new(|c| fold(&c["subject"]).starts_with("re:")));
    add("subject", "is", json!("GRÖSSE falsch"), Box::new(|c| fold(&c["subject"]) == "grosse falsch"));
    add("subject", "is_not", json!("GRÖSSE falsch"), Box::new(|c| fold(&c["subject"]) != "grosse falsch"));
    add("subject", "is_empty", Value::Null, Box::new(|c| fold(&c["subject"]).is_empty()));
    add("subject", "is_set", Value::Null, Box::new(|c| !fold(&c["subject"]).is_empty()));
    for (text, names) in
        [("chloe", &["Chloé Moreau"][..]), ("MUL jor", &["Jörg Müller"]), ("小明", &["王小明"]), ("am", &["Amélie O'Hara"]), ("loe", &[])]
    {
        let holds = move |c: &Value| names.contains(&c["contact"]["name"].as_str().unwrap());
        add("contact", "contains", json!(text), Box::new(holds));
        add("contact", "not_contains", json!(text), Box::new(move |c| !holds(c)));
    }
    let person = d.all[3]["contact_id"].as_str().unwrap().to_owned();
    add("contact_id", "is", json!(person), word("contact_id", &[&person]));
    add("contact_id", "is_not", json!(person), not(word("contact_id", &[&person])));
    add("custom_attributes.plan", "is", json!("Gold"), Box::new(|c| c["custom_attributes"]["plan"] == "Gold"));
    add("custom_attributes.plan", "is_not", json!("Gold"), Box::new(|c| c["custom_attributes"]["plan"] != "Gold"));
    add("custom_attributes.plan", "contains", json!("GOL"), Box::new(|c| c["custom_attributes"]["plan"] == "Gold"));
    add("custom_attributes.plan", "is_empty", Value::Null, Box::new(|c| c["custom_attributes"]["plan"].is_null()));
    add("custom_attributes.seats", "at_least", json!(12), Box::new(|c| c["custom_attributes"]["seats"].as_i64() >= Some(12)));
    add("custom_attributes.seats", "is", json!(7), Box::new(|c| c["custom_attributes"]["seats"] == 7));
    add("custom_attributes.plan", "at_most", json!(7), Box::new(|_| false));
    add("custom_attributes.beta", "is", json!(true), Box::new(|c| c["custom_attributes"]["beta"] == true));
    add("custom_attributes.beta", "is", json!(false), Box::new(|c| c["custom_attributes"]["beta"] == false));
    // Times: before and after by instants, on and between by whole days of the workspace (Berlin).
    let now = d.s.now();
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let day = move |ms: i64, by: i64| {
        let here = jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned(zone.clone());
        let date = here.date().checked_add(jiff::Span::new().days(by)).unwrap();
        (date.to_string(), date.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond())
    };
    for key in ["created_at", "last_message_at", "updated_at", "waiting_since", "resolved_at", "snoozed_until"] {
        let at = move |c: &Value| time(&c[key]);
        let ago = now - 100 * HOUR;
        add(key, "before", json!("-100h"), Box::new(move |c| at(c).is_some_and(|t| t < ago)));
        add(key, "after", json!("-100h"), Box::new(move |c| at(c).is_some_and(|t| t > ago)));
        add(key, "before", json!(kernel::time::rfc3339(ago)), Box::new(move |c| at(c).is_some_and(|t| t < ago)));
        let (yesterday, from) = day(now, -1);
        let (_, to) = day(now, 0);
        add(key, "on", json!("yesterday"), Box::new(move |c| at(c).is_some_and(|t| t >= from && t < to)));
        add(key, "on", json!(yesterday), Box::new(move |c| at(c).is_some_and(|t| t >= from && t < to)));
        add(key, "after", json!("yesterday"), Box::new(move |c| at(c).is_some_and(|t| t >= to)));
        let ((first, from), (last, _), (_, end)) = (day(now, -6), day(now, -3), day(now, -2));
        add(key, "between", json!([first, last]), Box::new(move |c| at(c).is_some_and(|t| t >= from && t < end)));
        add(key, "between", json!(["-100h", "now"]), Box::new(move |c| at(c).is_some_and(|t| t >= ago && t <= now)));
    }
    for key in ["waiting_since", "resolved_at", "snoozed_until"] {
        add(key, "is_set", Value::Null, Box::new(move |c| !c[key].is_null()));
        add(key, "is_empty", Value::Null, Box::new(move |c| c[key].is_null()));
    }
    all
}

/// The same numbers each time.
struct Dice(u64);
impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A nested filter, and for each conversation whether it holds.
fn nested(dice: &mut Dice, atoms: &[Atom], all: &[Value], depth: usize) -> (Value, Vec<bool>) {
    let kind = if depth == 0 { 0 } else { dice.roll(5) };
    match kind {
        0 | 1 => {
            let (condition, holds) = &atoms[dice.roll(atoms.len())];
            (condition.clone(), all.iter().map(holds).collect())
        }
        2 => {
            let (inner, held) = nested(dice, atoms, all, depth - 1);
            (json!({ "not": inner }), held.into_iter().map(|h| !h).collect())
        }
        _ => {
            let parts: Vec<(Value, Vec<bool>)> = (0..2 + dice.roll(2)).map(|_| nested(dice, atoms, all, depth - 1)).collect();
            let held = (0..all.len()).map(|i| match kind {
                3 => parts.iter().all(|(_, h)| h[i]),
                _ => parts.iter().any(|(_, h)| h[i]),
            });
            let held = held.collect();
            let list: Vec<Value> = parts.into_iter().map(|(f, _)| f).collect();
            (json!({ if kind == 3 { "and" } else { "or" }: list }), held)
        }
    }
}

/// What the server shows for a filter, by its three doors; they must agree.
async fn shown(d: &Desk, filter: &Value, sort: &str) -> Vec<String> {
    let mut pages = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let body = json!({ "filter": filter, "sort": sort, "limit": 7, "cursor": cursor });
        let page = d.s.bob.post("/conversations/search", body).await.ok();
        pages.extend(page["data"].as_array().unwrap().iter().map(|c| id(c).to_owned()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    if sort != "waiting" {
        let counted = d.s.bob.post("/conversations/count", json!({ "filter": filter })).await.ok();
        assert_eq!(counted, json!({ "count": pages.len(), "exact": true }), "{filter}");
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_shows_and_counts_exactly_what_it_says() {
    let d = desk().await;
    let atoms = atoms(&d);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let held = |holds: &[bool]| sorted(d.all.iter().zip(holds).filter(|(_, h)| **h).map(|(c, _)| id(c).to_owned()).collect());
    for (condition, holds) in &atoms {
        let wanted: Vec<bool> = d.all.iter().map(holds).collect();
        assert_eq!(sorted(shown(&d, condition, "activity").await), held(&wanted), "{condition}");
    }
    let mut dice = Dice(42);
    for n in 0..150 {
        let (filter, wanted) = nested(&mut dice, &atoms, &d.all, 4);
        let sort = ["activity", "created", "priority"][n % 3];
        assert_eq!(sorted(shown(&d, &filter, sort).await), held(&wanted), "{filter}");
        if n % 10 == 0 {
            let path = format!("/conversations?filter={}", encode(&filter.to_string()));
            let got = d.s.all(&d.s.bob, &path).await.iter().map(|c| id(c).to_owned()).collect();
            assert_eq!(sorted(got), held(&wanted), "{filter}");
        }
    }
    // On top of the simple words.
    let (condition, _) = &atoms[0];
    let both = d.s.all(&d.s.bob, &format!("/conversations?assignee=me&filter={}", encode(&condition.to_string()))).await;
    assert!(both.iter().all(|c| c["status"] == "open" && c["assignee_id"] == json!(d.s.bob_id)) && !both.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_runs_both_ways_and_pages_keep_to_it() {
    let d = desk().await;
    for (sort, key) in [("activity", "last_message_at"), ("created", "created_at"), ("waiting", "waiting_since")] {
        for order in ["asc", "desc"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = d.s.bob.get(&format!("/conversations?status=all&sort={sort}&order={order}&limit=4{cursor}")).await.ok();
                seen.extend(page["data"].as_array().unwrap().iter().map(|c| (c[key].clone(), id(c).to_owned())));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={}", encode(next));
            }
            let mut wanted: Vec<(Value, String)> =
                d.all.iter().filter(|c| !c[key].is_null()).map(|c| (c[key].clone(), id(c).to_owned())).collect();
            wanted.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()).then(a.1.cmp(&b.1)));
            if order == "desc" {
                wanted.reverse();
            }
            assert_eq!(seen, wanted, "{sort} {order}");
        }
    }
    let rank = |c: &Value| ["low", "normal", "high", "urgent"].iter().position(|p| c["priority"] == *p).unwrap();
    let list = d.s.all(&d.s.bob, "/conversations?status=all&sort=priority").await;
    let keys: Vec<(usize, String)> = list.iter().map(|c| (rank(c), c["last_message_at"].as_str().unwrap().to_owned())).collect();
    assert!(keys.windows(2).all(|w| w[0] >= w[1]) && keys.len() == 29, "{keys:?}");
    let least = d.s.bob.get("/conversations?status=all&sort=priority&order=asc&limit=1").await.ok();
    assert_eq!(least["data"][0]["priority"], "low");
    // A cursor of one order says nothing in another.
    let page = d.s.bob.get("/conversations?status=all&sort=created&limit=2").await.ok();
    let other = format!("/conversations?status=all&sort=activity&cursor={}", encode(page["next_cursor"].as_str().unwrap()));
    d.s.bob.get(&other).await.refused(422, "invalid");
    d.s.bob.get("/conversations?order=up").await.refused(422, "invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_filter_is_told_where_it_is_wrong() {
    let s = TestServer::start().await;
    let good = json!({ "field": "priority", "op": "is", "value": "high" });
    let mut deep = good.clone();
    (0..7).for_each(|_| deep = json!({ "and": [deep] }));
    let many = vec![good.clone(); 61];
    let cases = [
        (json!([]), "filter", "wrong_type"),
        (
            json!({ "and": [good, { "or": [good, { "field": "priority", "op": "is", "value": "huge" }] }] }),
            "filter.and.1.or.1.value",
            "not_an_option",
        ),
        (json!({ "and": [{ "not": { "field": "colour", "op": "is", "value": "red" } }] }), "filter.and.0.not.field", "not_an_option"),
        (json!({ "field": "priority", "op": "before", "value": "high" }), "filter.op", "not_an_option"),
        (json!({ "field": "priority", "value": "high" }), "filter.op", "not_an_option"),
        (json!({ "field": "priority", "op": "is" }), "filter.value", "required"),
        (json!({ "field": "priority", "op": "is", "value": ["high"] }), "filter.value", "wrong_type"),
        (json!({ "field": "priority", "op": "any_of", "value": ["high", "x"] }), "filter.value.1", "not_an_option"),
        (json!({ "field": "priority", "op": "any_of", "value": [] }), "filter.value", "required"),
        (json!({ "field": "assignee", "op": "is", "value": "cnv_00000000000000000000000001" }), "filter.value", "invalid"),
        (json!({ "field": "channel_id", "op": "is", "value": "me" }), "filter.value", "invalid"),
        (json!({ "field": "assignee", "op": "is_set", "value": true }), "filter.value", "unknown"),
        (json!({ "field": "unread", "op": "is", "value": "yes" }), "filter.value", "wrong_type"),
        (json!({ "field": "created_at", "op": "before", "value": "soon" }), "filter.value", "invalid"),
        (json!({ "field": "created_at", "op": "on", "value": "-3d" }), "filter.value", "invalid"),
        (json!({ "field": "created_at", "op": "between", "value": ["-3d"] }), "filter.value", "wrong_type"),
        (json!({ "field": "message_count", "op": "between", "value": [3, 1] }), "filter.value.1", "out_of_order"),
        (json!({ "field": "message_count", "op": "is", "value": "3" }), "filter.value", "wrong_type"),
        (json!({ "field": "subject", "op": "contains", "value": " " }), "filter.value", "required"),
        (json!({ "field": "subject", "op": "contains", "value": "x".repeat(201) }), "filter.value", "too_long"),
        (json!({ "field": "custom_attributes", "op": "is", "value": "x" }), "filter.field", "not_an_option"),
        (json!({ "field": "custom_attributes.", "op": "is", "value": "x" }), "filter.field", "not_an_option"),
        (json!({ "field": "custom_attributes.a\"b", "op": "is", "value": "x" }), "filter.field", "not_an_option"),
        (json!({ "or": [] }), "filter.or", "required"),
        (json!({ "and": [], "or": [] }), "filter", "invalid"),
        (json!({ "and": [good], "note": 1 }), "filter.note", "unknown"),
        (json!({ "and": good }), "filter.and", "wrong_type"),
        (deep, "filter.and.0.and.0.and.0.and.0.and.0.and.0", "too_deep"),
        (json!({ "and": many }), "filter.and", "too_many"),
    ];
    for (filter, field, code) in cases {
        for answer in [
            s.bob.post("/conversations/search", json!({ "filter": filter })).await,
            s.bob.get(&format!("/conversations?filter={}", encode(&filter.to_string()))).await,
        ] {
            let problem = answer.refused(422, "invalid");
            let told: Vec<(&str, &str)> =
                problem["fields"].as_array().unwrap().iter().map(|f| (f["field"].as_str().unwrap(), f["code"].as_str().unwrap())).collect();
            assert_eq!(told, [(field, code)], "{filter}");
        }
    }
    // Everything that is wrong is told at once.
    let twice = json!({ "and": [{ "field": "x", "op": "is" }, good, { "field": "unread", "op": "is", "value": 1 }] });
    let problem = s.bob.post("/conversations/search", json!({ "filter": twice })).await.refused(422, "invalid");
    assert_eq!(problem["fields"].as_array().unwrap().len(), 2);
    s.bob.get("/conversations?filter=%7B").await.refused(422, "invalid");
    for everything in [json!({}), Value::Null, json!({ "and": [] })] {
        s.bob.post("/conversations/search", json!({ "filter": everything })).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grammar_describes_itself_and_keeps_its_word() {
    let s = TestServer::start().await;
    let told = s.bob.get("/filters/fields").await.ok();
    let fields = told["fields"].as_array().unwrap();
    assert!(fields.len() > 20 && told["limits"]["depth"] == 6 && told["periods"].as_array().unwrap().contains(&json!("this_week")));
    // Every operator it names is taken, with a value of the shape it names.
    let mut tried = 0;
    for field in fields {
        let name = match field["name"].as_str().unwrap() {
            "custom_attributes" => "custom_attributes.plan",
            "attribute" => "attribute.plan",
            "contact_attribute" => "contact_attribute.plan",
            other => other,
        };
        for operator in field["operators"].as_array().unwrap() {
            let op = operator["name"].as_str().unwrap();
            let one = match field["kind"].as_str().unwrap() {
                "choice" => field["options"][0]["value"].clone(),
                "reference" => json!(format!(
                    "{}_00000000000000000000000001",
                    match field["reference"].as_str().unwrap() {
                        "member" => "mem",
                        "team" => "tem",
                        "channel" => "chn",
                        "sub_status" => "sst",
                        _ => "con",
                    }
                )),
                "flag" => json!(true),
                "time" => json!("today"),
                "number" => json!(1),
                "attributes" if op.starts_with("at_") => json!(1),
                "attributes" if ["before", "after", "on", "between"].contains(&op) => json!("today"),
                _ => json!("x"),
            };
            let mut condition = json!({ "field": name, "op": op });
            match operator["takes"].as_str().unwrap() {
                "one" => condition["value"] = one,
                "many" => condition["value"] = json!([one]),
                "pair" => condition["value"] = json!([one, one]),
                shape => assert_eq!(shape, "nothing"),
            }
            s.bob.post("/conversations/count", json!({ "filter": condition })).await.ok();
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
    s.bob.get("/filters/fields?of=conversations").await.ok();
    s.bob.get("/filters/fields?of=planets").await.refused(422, "invalid");
}

/// Rows from before an upgrade are brought up to what new ones have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_rows_are_found_after_an_upgrade() {
    let mut d = desk().await;
    let count = async |d: &Desk, field: &str, text: &str| {
        let filter = json!({ "field": field, "op": "contains", "value": text });
        d.s.bob.post("/conversations/count", json!({ "filter": filter })).await.ok()["count"].as_i64().unwrap()
    };
    let before = (count(&d, "subject", "grosse").await, count(&d, "contact", "chloe").await);
    assert!(before.0 > 0 && before.1 > 0);
    // As the migration leaves a database that was used before it.
    let emptied = d.s.app.db.write(d.s.workspace, db::Lane::Interactive, |tx| {
        tx.exec("UPDATE conversations SET subject_folded = NULL", db::params![])?;
        tx.exec("DELETE FROM contact_words", db::params![])?;
        tx.exec("INSERT INTO backfills (name, position) VALUES ('contact_words', ''), ('folded_subjects', '')", db::params![])
    });
    emptied.await.unwrap();
    assert_eq!((count(&d, "subject", "grosse").await, count(&d, "contact", "chloe").await), (0, 0));
    d.s.restart().await;
    until("the end of it", async || {
        let left = d.s.app.db.read(d.s.workspace, |tx| tx.number("SELECT COUNT(*) FROM backfills", db::params![])).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    assert_eq!((count(&d, "subject", "grosse").await, count(&d, "contact", "chloe").await), before);
}
