//! People: whom a handle belongs to, and what may be said about it.

use serde_json::{Value, json};
use std::collections::HashSet;
use tests::{ApiDoor, Mail, TestServer};

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
async fn contact(s: &TestServer, name: &str, emails: &[&str], phones: &[&str]) -> Value {
    s.alice.post("/contacts", json!({ "name": name, "emails": emails, "phones": phones })).await.is(201)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_are_made_changed_found_and_removed() {
    let s = TestServer::start().await;
    let c = contact(&s, " Jörg Groß ", &["Joerg@Example.com"], &["030 123456"]).await;
    assert_eq!((&c["name"], &c["review"]), (&json!("Jörg Groß"), &json!(false)));
    let values: HashSet<&str> = c["handles"].as_array().unwrap().iter().map(|h| h["value"].as_str().unwrap()).collect();
    assert_eq!(values, HashSet::from(["joerg@example.com", "+4930123456"]));
    s.bob.post("/contacts", json!({ "name": "Other", "emails": ["JOERG@example.com"] })).await.refused(409, "handle.taken");
    assert_eq!(s.all(&s.bob, "/contacts").await.len(), 1, "a refused contact is not half there");
    for bad in [
        json!({ "name": "" }),
        json!({ "name": "x", "emails": ["nope"] }),
        json!({ "name": "x", "phones": ["12"] }),
        json!({ "name": "x".repeat(201) }),
    ] {
        s.bob.post("/contacts", bad).await.is(422);
    }
    let path = format!("/contacts/{}", id(&c));
    let changed = s
        .bob
        .patch(&path, json!({ "title": "CEO", "company_name": "Groß GmbH", "notes": "Likes tea", "custom_attributes": { "vip": true } }))
        .await
        .ok();
    assert_eq!(
        (&changed["title"], &changed["company_name"], &changed["custom_attributes"]["vip"]),
        (&json!("CEO"), &json!("Groß GmbH"), &json!(true))
    );
    assert_eq!(s.bob.patch(&path, json!({ "title": "" })).await.ok()["title"], Value::Null);
    let more = s.bob.post(&format!("{path}/handles"), json!({ "kind": "email", "value": "jg@work.example" })).await.is(201);
    let handle = more["handles"].as_array().unwrap().iter().find(|h| h["value"] == "jg@work.example").unwrap().clone();
    assert_eq!(handle["evidence"], "entered");
    s.bob.delete(&format!("{path}/handles/{}", id(&handle))).await.ok();
    s.bob.post(&format!("{path}/handles"), json!({ "kind": "fax", "value": "1" })).await.is(422);
    for text in ["Groß", "joerg@", "30123", "GmbH"] {
        let found = s.all(&s.bob, &format!("/contacts?text={}", tests::encode(text))).await;
        assert_eq!(found.len(), 1, "{text}");
    }
    assert!(s.all(&s.bob, "/contacts?text=%25").await.is_empty(), "a per cent sign is no wildcard");
    s.bob.delete(&path).await.refused(403, "permission.missing");
    s.alice.delete(&path).await.is(204);
    s.bob.get(&path).await.refused(404, "contact.not_found");
    // The address is free again.
    contact(&s, "New Jörg", &["joerg@example.com"], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_are_found_without_accents_and_whatever_the_case() {
    let s = TestServer::start().await;
    for (name, company) in [
        ("Jörg Müller", "Øre & Søn"),
        ("MULLER Anna", "Acme"),
        ("Łukasz Żółć", "Straße 12"),
        ("Éloïse D’Aубе", "Crème brûlée"),
        ("李小龍", "香港電影"),
        ("İpek Yılmaz", "Çay"),
        ("Ðức Nguyễn", "L’œuvre"),
    ] {
        let c = contact(&s, name, &[], &[]).await;
        s.bob.patch(&format!("/contacts/{}", id(&c)), json!({ "company_name": company })).await.ok();
    }
    for (text, expected) in [
        ("müller", vec!["Jörg Müller", "MULLER Anna"]),
        ("muller", vec!["Jörg Müller", "MULLER Anna"]),
        ("MÜLLER", vec!["Jörg Müller", "MULLER Anna"]),
        ("mu\u{308}ll", vec!["Jörg Müller", "MULLER Anna"]),
        ("muller jor", vec!["Jörg Müller"]),
        ("ore son", vec!["Jörg Müller"]),
        ("lukasz ZOLC", vec!["Łukasz Żółć"]),
        ("strasse", vec!["Łukasz Żółć"]),
        ("STRASSE 1", vec!["Łukasz Żółć"]),
        ("eloise", vec!["Éloïse D’Aубе"]),
        ("creme brulee", vec!["Éloïse D’Aубе"]),
        ("小龍", vec!["李小龍"]),
        ("電影", vec!["李小龍"]),
        ("ipek yil", vec!["İpek Yılmaz"]),
        ("đuc œuvre", vec!["Ðức Nguyễn"]),
        ("duc oeuv", vec!["Ðức Nguyễn"]),
        ("uller", vec![]),
        ("m%ller", vec![]),
    ] {
        let mut found: Vec<String> = s
            .all(&s.bob, &format!("/contacts?text={}", tests::encode(text)))
            .await
            .iter()
            .map(|c| c["name"].as_str().unwrap().to_owned())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_taken_says_whose_it_is() {
    let s = TestServer::start().await;
    let anna = contact(&s, "Anna Ahrens", &["anna@x.example"], &["+49 30 123456"]).await;
    let named = json!({ "id": anna["id"], "name": "Anna Ahrens" });
    for (emails, phones) in [(json!(["new@x.example", " ANNA@x.example"]), json!([])), (json!([]), json!(["030 123456"]))] {
        let problem =
            s.bob.post("/contacts", json!({ "name": "Other", "emails": emails, "phones": phones })).await.refused(409, "handle.taken");
        assert_eq!(problem["contact"], named, "{problem:#}");
    }
    let other = contact(&s, "Other", &["other@x.example"], &[]).await;
    let handles = format!("/contacts/{}/handles", id(&other));
    for (kind, value) in [("email", "Anna@x.example"), ("phone", "+4930123456")] {
        let problem = s.bob.post(&handles, json!({ "kind": kind, "value": value })).await.refused(409, "handle.taken");
        assert_eq!(problem["contact"], named, "{problem:#}");
    }
    // One's own is no conflict, and other refusals have no such member.
    s.bob.post(&handles, json!({ "kind": "email", "value": "other@x.example" })).await.is(201);
    assert!(s.bob.post(&handles, json!({ "kind": "email", "value": "nope" })).await.is(422).get("contact").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_contacts_cover_everybody_once() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..15 {
        let mut m = ApiDoor::message(&format!("m{n}"), &format!("p{n}"), "hi");
        m["from"]["name"] = json!(["Same Name", "Anna", "Zoe"][n % 3]);
        door.post(&s, m).await.is(200);
    }
    contact(&s, "Never Wrote", &[], &[]).await;
    s.settle().await;
    for sort in ["name", "last_contact"] {
        for limit in [1, 4, 50] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = s.bob.get(&format!("/contacts?sort={sort}&limit={limit}{cursor}")).await.ok();
                seen.extend(page["data"].as_array().unwrap().iter().map(|c| id(c).to_owned()));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={}", tests::encode(next));
            }
            assert_eq!((seen.len(), seen.iter().collect::<HashSet<_>>().len()), (16, 16), "{sort} {limit}");
        }
    }
    let review = s.all(&s.bob, "/contacts?review=true").await;
    assert_eq!(review.len(), 15);
    s.bob.post(&format!("/contacts/{}/reviewed", id(&review[0])), json!({})).await.ok();
    assert_eq!(s.all(&s.bob, "/contacts?review=true").await.len(), 14);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proved_handle_decides_who_somebody_is() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let by_mail = contact(&s, "By Mail", &["mail@x.example"], &[]).await;
    let by_phone = contact(&s, "By Phone", &[], &["+49 30 123456"]).await;
    let say = async |m: &str, from: Value| {
        door.post(&s, json!({ "type": "message", "id": m, "from": from, "text": "hi", "conversation_id": m })).await.is(200);
        s.settle().await;
        let all = s.conversations().await;
        let found = all.iter().find(|c| s_external(c, m)).unwrap_or_else(|| panic!("{m}: {all:#?}"));
        found["contact_id"].as_str().unwrap().to_owned()
    };
    // E-mail goes before phone, when the program has proved both.
    let both = json!({ "id": "a", "email": "Mail@x.example", "phone": "+4930123456", "verified": true });
    assert_eq!(say("m1", both).await, id(&by_mail));
    assert_eq!(say("m2", json!({ "id": "b", "phone": "+4930123456", "verified": true })).await, id(&by_phone));
    // The channel's own handle goes before both: `a` is known by now.
    let otherwise = json!({ "id": "a", "phone": "+4930123456", "verified": true });
    assert_eq!(say("m3", otherwise).await, id(&by_mail));
    // A claim finds nobody.
    let claim = say("m4", json!({ "id": "c", "email": "mail@x.example" })).await;
    assert_ne!(claim, id(&by_mail));
    let claimed = s.alice.get(&format!("/contacts/{claim}")).await.ok();
    assert_eq!(claimed["review"], true);
    // The same claim by two people is no conflict.
    let second = say("m5", json!({ "id": "d", "email": "mail@x.example" })).await;
    assert!(second != claim && second != id(&by_mail));
}
/// The API's threads are told apart by their preview in these stories: each has one message.
fn s_external(c: &Value, key: &str) -> bool {
    c["thread_key"] == key
        || c["external_id"] == key
        || c["metadata"]["thread"] == key
        || c["participants"].to_string().contains(key)
        || c["number"] == json!(key[1..].parse::<i64>().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_deliveries_of_one_person_at_once_make_one_person() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    let door = s.api_door(None).await;
    let mut all = tokio::task::JoinSet::new();
    let (smtp, now) = (s.smtp, s.now());
    let door = std::sync::Arc::new(door);
    for n in 0..15 {
        let door = door.clone();
        all.spawn(async move {
            let mail = Mail::new("Petra <petra@x.example>", "help@desk.example", &format!("Thing {n}"), "Hello").id(&format!("p{n}@x.example"));
            let body = json!({ "type": "message", "id": format!("a{n}"), "from": { "id": "petra", "email": "petra@x.example", "verified": true }, "text": "hi" });
            let (a, b) = tokio::join!(tests::submit(smtp, &mail), door.post_at(&door.secret, now, body.to_string().into_bytes()));
            assert_eq!((a.0, b.status), (250, 200), "{} {}", a.1, b.text());
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    s.settle().await;
    let contacts = s.all(&s.alice, "/contacts").await;
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
    let conversations = s.all(&s.alice, &format!("/contacts/{}/conversations", id(&contacts[0]))).await;
    assert_eq!(conversations.len(), 16);
}
