//! Every route of the API's own description, asked by those who may not.

use kernel::Secret;
use serde_json::{Value, json};
use server::people::{NewAdmin, create_workspace, set_tier};
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{ApiDoor, Client, TestServer};

/// Open to anybody, each for a reason.
const PUBLIC: &[(&str, &str)] = &[
    ("get", "/setup"),
    ("post", "/setup"),
    ("post", "/auth/sign-in"),
    ("post", "/auth/refresh"),
    ("get", "/invitations/by-token/{token}"),
    ("post", "/invitations/by-token/{token}/accept"),
    ("get", "/auth/methods"),
    ("post", "/auth/second-step"),
    ("post", "/auth/password-resets"),
    ("get", "/auth/password-resets/{token}"),
    ("post", "/auth/password-resets/{token}"),
    ("get", "/auth/sso/callback"),
    ("get", "/auth/sso/{workspace}"),
    ("get", "/files/{workspace}/{id}/{name}"),
    ("get", "/deletions/{id}/certificate"),
    ("get", "/exports/{id}"),
];
/// For admins; an agent is refused.
pub const ADMIN: &[(&str, &str)] = &[
    ("get", "/system"),
    ("get", "/system/backups"),
    ("post", "/system/backups"),
    ("get", "/system/jobs"),
    ("post", "/system/jobs/{id}/retry"),
    ("post", "/channels"),
    ("patch", "/channels/{id}"),
    ("delete", "/channels/{id}"),
    ("post", "/channels/{id}/check"),
    ("post", "/channels/{id}/test"),
    ("post", "/channels/{id}/pause"),
    ("post", "/channels/{id}/resume"),
    ("post", "/channels/{id}/connect"),
    ("post", "/channels/{id}/install"),
    ("post", "/channels/{id}/calls/import"),
    ("get", "/channels/{id}/deliveries"),
    ("get", "/channels/{id}/simulator"),
    ("put", "/channels/{id}/simulator"),
    ("post", "/channels/{id}/simulate"),
    ("post", "/channels/{id}/simulate/report"),
    ("post", "/channels/{id}/templates"),
    ("post", "/channels/{id}/templates/sync"),
    ("delete", "/channels/{id}/templates/{template}"),
    ("post", "/channel-types/{id}/reach"),
    ("delete", "/contacts/{id}"),
    ("delete", "/conversations/{id}"),
    ("post", "/conversations/{id}/restore"),
    ("get", "/trash"),
    ("delete", "/trash/{id}"),
    ("get", "/invitations"),
    ("post", "/invitations"),
    ("delete", "/invitations/{id}"),
    ("get", "/journal"),
    ("get", "/journal/{id}"),
    ("post", "/journal/{id}/replay"),
    ("post", "/journal/{id}/release"),
    ("patch", "/members/{id}"),
    ("post", "/me/preview"),
    ("post", "/roles"),
    ("patch", "/roles/{id}"),
    ("delete", "/roles/{id}"),
    ("post", "/teams"),
    ("patch", "/teams/{id}"),
    ("delete", "/teams/{id}"),
    ("patch", "/workspace"),
    ("get", "/audit"),
    ("get", "/audit/export"),
    ("get", "/audit/check"),
    ("get", "/workspace/sso"),
    ("put", "/workspace/sso"),
    ("delete", "/workspace/sso"),
    ("post", "/members/{id}/password-reset"),
    ("delete", "/workspace/sample-data"),
    ("put", "/hours/{id}"),
    ("delete", "/hours/{id}"),
    ("post", "/holidays"),
    ("put", "/holidays/{id}"),
    ("delete", "/holidays/{id}"),
    ("post", "/holidays/import"),
    ("post", "/sending/stop"),
    ("post", "/sending/resume"),
    ("get", "/webhook-events"),
    ("get", "/webhook-subscriptions"),
    ("post", "/webhook-subscriptions"),
    ("get", "/webhook-subscriptions/{id}"),
    ("patch", "/webhook-subscriptions/{id}"),
    ("delete", "/webhook-subscriptions/{id}"),
    ("post", "/webhook-subscriptions/{id}/rotate-secret"),
    ("post", "/webhook-subscriptions/{id}/test"),
    ("post", "/webhook-subscriptions/{id}/replay"),
    ("get", "/webhook-subscriptions/{id}/deliveries"),
    ("get", "/webhook-subscriptions/{id}/deliveries/{delivery_id}"),
    ("post", "/webhook-subscriptions/{id}/deliveries/{delivery_id}/replay"),
    ("get", "/webhook-receiver"),
    ("put", "/webhook-receiver"),
    ("delete", "/webhook-receiver"),
    ("post", "/attribute-definitions"),
    ("patch", "/attribute-definitions/{id}"),
    ("delete", "/attribute-definitions/{id}"),
    ("post", "/sub-statuses"),
    ("patch", "/sub-statuses/{id}"),
    ("delete", "/sub-statuses/{id}"),
    ("get", "/usage"),
    ("post", "/mail-domains"),
    ("post", "/mail-domains/{domain}/check"),
    ("delete", "/mail-domains/{domain}"),
    ("get", "/workspace/exports"),
    ("post", "/workspace/exports"),
    ("post", "/workspace/resume"),
    ("post", "/workspace/deletion"),
    ("delete", "/workspace/deletion"),
];

pub struct Route {
    pub method: String,
    pub path: String,
    operation: Value,
}
pub async fn routes(s: &TestServer) -> (Vec<Route>, Value) {
    let document = s.web.get("/api/openapi.json").await.ok();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push(Route { method: method.clone(), path: path.clone(), operation: operation.clone() });
        }
    }
    assert!(all.len() > 60, "{}", all.len());
    (all, document)
}
pub fn is_in(list: &[(&str, &str)], r: &Route) -> bool {
    list.contains(&(r.method.as_str(), r.path.as_str()))
}

/// Something real in the first workspace, by the noun of its path.
pub struct Things(Vec<(&'static str, String)>);
static TURN: AtomicUsize = AtomicUsize::new(1);

impl Things {
    pub fn of_nothing() -> Self {
        Self(Vec::new())
    }
    pub async fn of(s: &TestServer) -> Self {
        let door = s.api_door(None).await;
        let mut body = ApiDoor::message("m1", "customer-1", "Our secret word is heliotrope");
        body["from"]["name"] = json!("Heliotrope Customer");
        door.post(s, body).await.is(200);
        s.settle().await;
        let c = s.only_conversation().await;
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        s.alice.post(&format!("/conversations/{}/tags", text(&c["id"])), json!({ "tags": ["heliotrope"] })).await.ok();
        let contact = s.alice.get(&format!("/contacts/{}", text(&c["contact_id"]))).await.ok();
        let tag = s.alice.get("/tags").await.ok()["data"][0]["id"].clone();
        let token = s.alice.post("/tokens", json!({ "name": "heliotrope" })).await.ok();
        let invitation = s.alice.post("/invitations", json!({ "role": "agent", "email": "heliotrope@desk.example" })).await.ok();
        let role = s.alice.post("/roles", json!({ "name": "Heliotrope role", "permissions": ["contacts.read"] })).await.is(201);
        let team = s.alice.post("/teams", json!({ "name": "Heliotrope team" })).await.is(201);
        let bulk = json!({ "act": { "do": "add_tags", "tags": ["heliotrope"] }, "ids": [c["id"]] });
        let bulk = s.alice.post("/bulk", bulk).await.is(201);
        let view = s.alice.post("/views", json!({ "name": "heliotrope" })).await.is(201);
        let shared = json!({ "title": "Heliotrope", "text": "heliotrope", "scope": "all" });
        let canned = s.alice.post("/canned-replies", shared).await.is(201);
        let tagging = json!({ "name": "Heliotrope", "scope": "all", "actions": { "add_tags": ["heliotrope"] } });
        let one = s.alice.post("/macros", tagging).await.is(201);
        let run = s.alice.post(&format!("/conversations/{}/macros/{}/run", text(&c["id"]), text(&one["id"])), json!({})).await.is(201);
        let block = s.alice.post("/blocks", json!({ "kind": "email", "value": "heliotrope@evil.example" })).await.is(201);
        // One workspace may get its things several times.
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let attribute = json!({ "applies_to": "contact", "name": format!("Heliotrope {turn}"), "kind": "text" });
        let attribute = s.alice.post("/attribute-definitions", attribute).await.is(201);
        let sub = s.alice.post("/sub-statuses", json!({ "name": format!("Heliotrope {turn}"), "status": "open" })).await.is(201);
        let holiday = s.alice.post("/holidays", json!({ "name": "Heliotrope day", "from": "2026-12-24" })).await.is(201);
        s.alice.post(&format!("/conversations/{}/assign", text(&c["id"])), json!({ "assignee_id": s.bob_id })).await.ok();
        s.advance(0).await;
        let notification = s.bob.get("/notifications").await.ok()["data"][0]["id"].clone();
        let open = s.alice.put("/webhook-receiver", json!({})).await.ok();
        let webhook = json!({ "name": "Heliotrope webhook", "url": open["url"], "events": ["*"] });
        let webhook = s.alice.post("/webhook-subscriptions", webhook).await.is(201);
        s.alice.post(&format!("/conversations/{}/notes", text(&c["id"])), json!({ "text": "heliotrope" })).await.is(201);
        s.advance(0).await;
        let deliveries = s.alice.get(&format!("/webhook-subscriptions/{}/deliveries", text(&webhook["id"]))).await.ok();
        let delivery = deliveries["data"][0]["id"].clone();
        let journal = s.alice.get("/journal").await.ok()["data"][0]["id"].clone();
        Self(vec![
            ("channels", door.id.clone()),
            ("contacts", text(&c["contact_id"])),
            ("handles", text(&contact["handles"][0]["id"])),
            ("conversations", text(&c["id"])),
            ("invitations", text(&invitation["id"])),
            ("journal", text(&journal)),
            ("members", s.alice_id.clone()),
            ("messages", text(&c["messages"][0]["id"])),
            ("notifications", text(&notification)),
            ("tags", text(&tag)),
            ("roles", text(&role["id"])),
            ("teams", text(&team["id"])),
            ("tokens", text(&token["id"])),
            ("views", text(&view["id"])),
            ("bulk", text(&bulk["id"])),
            ("files", "fil_00000000000000000000000001".into()),
            ("canned-replies", text(&canned["id"])),
            ("macros", text(&one["id"])),
            ("macro-runs", text(&run["id"])),
            ("blocks", text(&block["id"])),
            ("trash", text(&c["id"])),
            ("hours", door.id.clone()),
            ("holidays", text(&holiday["id"])),
            ("webhook-subscriptions", text(&webhook["id"])),
            ("webhook-deliveries", text(&delivery)),
            ("attribute-definitions", text(&attribute["id"])),
            ("sub-statuses", text(&sub["id"])),
            ("system", "job_00000000000000000000000001".into()),
        ])
    }
    /// The same with another id for one noun.
    pub fn with(mut self, noun: &'static str, id: &str) -> Self {
        self.0.retain(|(n, _)| *n != noun);
        self.0.push((noun, id.to_owned()));
        self
    }
    /// The path with ids in place of names in braces.
    pub fn fill(&self, path: &str) -> String {
        let noun = path.split('/').nth(1).unwrap();
        let id = |noun: &str| self.0.iter().find(|(n, _)| *n == noun).map_or("x", |(_, id)| id);
        path.replace("{id}", id(noun))
            .replace("{handle_id}", id("handles"))
            .replace("{macro_id}", id("macros"))
            .replace("{delivery_id}", id("webhook-deliveries"))
            .replace("{member_id}", id("members"))
            .replace("{token}", "nosuchtoken")
            .replace("{workspace}", "wsp_00000000000000000000000001")
            .replace("{name}", "a.txt")
            .replace("{domain}", "heliotrope.example")
    }
}

/// A body that the route's own schema would take, as far as it can be guessed.
fn example(document: &Value, schema: &Value, things: &Things) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return example(document, &document["components"]["schemas"][name.rsplit('/').next().unwrap()], things);
    }
    if let Some(first) = ["oneOf", "anyOf", "allOf"].iter().find_map(|k| schema[k].as_array()) {
        let real = first.iter().find(|s| s["type"] != "null").unwrap_or(&first[0]);
        return example(document, real, things);
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array().and_then(|t| t[0].as_str())).unwrap_or("object");
    match kind {
        "string" if schema["format"] == "date-time" => json!("2027-01-01T00:00:00Z"),
        "string" => json!("text"),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" => json!([]),
        _ => {
            let required: Vec<&str> =
                schema["required"].as_array().map(|l| l.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
            let mut out = serde_json::Map::new();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if required.contains(&name.as_str()) {
                    let known = match name.as_str() {
                        "channel_id" => Some(json!(things.fill("/channels/{id}").rsplit('/').next())),
                        "assignee_id" => Some(json!("me")),
                        "conversation_id" => Some(json!(things.fill("/conversations/{id}").rsplit('/').next())),
                        "email" => Some(json!("someone@desk.example")),
                        "member_id" => Some(json!(things.fill("/members/{id}").rsplit('/').next())),
                        "role" => Some(json!("agent")),
                        "kind" if property["$ref"].is_null() => Some(json!("email")),
                        // Another conversation, where it is one.
                        "to" if property["type"] == "string" => Some(json!(things.fill("/conversations/{id}").rsplit('/').next())),
                        "value" => Some(json!("someone@desk.example")),
                        _ => None,
                    };
                    out.insert(name.clone(), known.unwrap_or_else(|| example(document, property, things)));
                }
            }
            Value::Object(out)
        }
    }
}
pub async fn ask(who: &Client, r: &Route, path: &str, document: &Value, things: &Things) -> tests::Answer {
    let schema = &r.operation["requestBody"]["content"]["application/json"]["schema"];
    let method = r.method.to_uppercase();
    if !r.operation["requestBody"]["content"]["multipart/form-data"].is_null() {
        return who.upload(path, "a.txt", "text/plain", b"hello").await;
    }
    let query = if r.path == "/search" { "?q=heliotrope" } else { "" };
    match schema.is_null() {
        true => who.send(&method, &format!("{path}{query}"), None, Default::default()).await,
        false => who.json(&method, path, example(document, schema, things)).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_credentials_or_with_old_ones_nothing_opens() {
    let s = TestServer::start().await;
    let things = Things::of(&s).await;
    let (all, document) = routes(&s).await;
    let session = s.anyone().post("/auth/sign-in", json!({ "email": "bob@desk.example", "password": "quiet river stones" })).await.ok();
    let access = s.anyone().bearer(session["access_token"].as_str().unwrap());
    access.get("/me").await.ok();
    let token = s.bob.post("/tokens", json!({ "name": "soon over", "expires_at": s.time(60_000) })).await.ok();
    let token = s.anyone().bearer(token["token"].as_str().unwrap());
    token.get("/me").await.ok();
    s.advance(16 * 60_000).await;
    let wrong = s.anyone().bearer("swb_nonsense");
    let forged = s.anyone().bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.");
    let no_csrf = s.alice.without("x-csrf-token");
    for r in &all {
        let path = things.fill(&r.path);
        if is_in(PUBLIC, r) {
            let answer = ask(&s.anyone(), r, &path, &document, &things).await;
            assert!(answer.status != 500 && !answer.text().contains("heliotrope"), "{} {}", r.method, r.path);
            continue;
        }
        for (who, client) in [
            ("nobody", &s.anyone()),
            ("an old session", &access),
            ("an old token", &token),
            ("a wrong token", &wrong),
            ("a forged token", &forged),
        ] {
            let answer = ask(client, r, &path, &document, &things).await;
            assert_eq!(answer.status, 401, "{who}: {} {} {}", r.method, r.path, answer.text());
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        if r.method != "get" {
            let answer = ask(&no_csrf, r, &path, &document, &things).await;
            assert!(answer.status == 403 && answer.code() == "auth.csrf", "{} {} {}", r.method, r.path, answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_of_another_workspace_reaches_nothing_here() {
    let s = TestServer::start().await;
    let things = Things::of(&s).await;
    let (all, document) = routes(&s).await;
    let new = NewAdmin {
        name: "Mallory".into(),
        email: "mallory@else.example".into(),
        password: Secret::new("a different river".into()),
        workspace_name: "Elsewhere".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    create_workspace(&s.app, new).await.unwrap();
    let session = s.anyone().post("/auth/sign-in", json!({ "email": "mallory@else.example", "password": "a different river" })).await;
    let mallory = s.anyone().signed_in(&session);
    let before = s.only_conversation().await;
    let contacts = s.all(&s.alice, "/contacts").await;
    for r in all.iter().filter(|r| !is_in(PUBLIC, r) && r.path != "/auth/sign-out" && r.path != "/me/password" && r.path != "/events") {
        let path = things.fill(&r.path);
        let answer = ask(&mallory, r, &path, &document, &things).await;
        assert!(!answer.text().to_lowercase().contains("heliotrope"), "{} {} leaks {}", r.method, r.path, answer.text());
        // Kinds of channels belong to nobody; a channel of ours named beside them must stay out of reach all the same.
        if r.path.contains("{id}") && !r.path.starts_with("/channel-types/") {
            assert!([403, 404, 422].contains(&answer.status), "{} {} → {} {}", r.method, r.path, answer.status, answer.text());
        } else {
            assert!(answer.status < 500, "{} {} → {} {}", r.method, r.path, answer.status, answer.text());
        }
    }
    // Their own ids in bodies reach nothing either.
    let c = things.fill("/conversations/{id}");
    let ours = json!({ "configuration": {}, "channel_id": things.fill("/channels/{id}").rsplit('/').next().unwrap() });
    mallory.post("/channel-types/whatsapp/reach", ours).await.refused(404, "channel.not_found");
    s.alice.post(&format!("{c}/assign"), json!({ "assignee_id": mallory.get("/me").await.ok()["member_id"] })).await.is(422);
    assert_eq!((s.only_conversation().await, s.all(&s.alice, "/contacts").await), (before, contacts));
    assert!(!mallory.get("/members").await.text().contains("alice"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_do_not_do_what_admins_do() {
    let s = TestServer::start().await;
    let things = Things::of(&s).await;
    let (all, document) = routes(&s).await;
    for (method, path) in ADMIN.iter().chain(PUBLIC) {
        assert!(all.iter().any(|r| r.method == *method && r.path == *path), "{method} {path} is listed here and does not exist");
    }
    for r in all.iter().filter(|r| is_in(ADMIN, r)) {
        let answer = ask(&s.bob, r, &things.fill(&r.path), &document, &things).await;
        assert!(
            answer.status == 403 && answer.code() == "permission.missing",
            "{} {} → {} {}",
            r.method,
            r.path,
            answer.status,
            answer.text()
        );
    }
    // A program acts for the member who made its token, and no more.
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.ok();
    let script = s.anyone().bearer(token["token"].as_str().unwrap());
    script.get("/conversations").await.ok();
    for r in all.iter().filter(|r| is_in(ADMIN, r)) {
        let answer = ask(&script, r, &things.fill(&r.path), &document, &things).await;
        assert_eq!(answer.status, 403, "{} {}", r.method, r.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_refused_politely_everywhere() {
    let s = TestServer::start().await;
    let things = Things::of(&s).await;
    let (all, _) = routes(&s).await;
    let polite = |what: &str, r: &Route, a: &tests::Answer| {
        assert!((400..500).contains(&a.status), "{what}: {} {} → {} {}", r.method, r.path, a.status, a.text());
        assert_eq!(a.header("content-type"), "application/problem+json", "{what}: {} {} → {}", r.method, r.path, a.text());
        assert!(!a.code().is_empty() && !a.json["request_id"].as_str().unwrap_or("").is_empty(), "{what}: {} {}", r.method, r.path);
    };
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for r in all.iter().filter(|r| r.path != "/auth/sign-out") {
        let method = r.method.to_uppercase();
        let path = things.fill(&r.path);
        if !r.operation["requestBody"]["content"]["application/json"].is_null() {
            for bad in [
                "{",
                "[]",
                "null",
                "7",
                "\"x\"",
                "{\"a\":",
                &deep,
                "\u{0}",
                "{\"text\": 5, \"name\": [], \"status\": 1, \"hue\": \"x\", \"tags\": 3, \"typing\": \"x\", \"read\": 1, \"priority\": 9, \"role\": 1, \"preferences\": 1, \"preference\": 1, \"locale\": 1, \"active\": \"x\", \"passphrase\": 1}",
            ] {
                let answer = s.alice.send(&method, &path, Some("application/json"), bad.as_bytes().to_vec().into()).await;
                polite(&bad.chars().take(30).collect::<String>(), r, &answer);
            }
        }
        if r.path.contains('{') {
            for bad in
                ["x", "cnv_", "%00", "%ff", "cnv_00000000000000000000000000zz", "..%2f..%2fetc%2fpasswd", "'%20OR%201=1", &"9".repeat(400)]
            {
                let mut path = r.path.clone();
                for name in ["{id}", "{handle_id}", "{macro_id}", "{delivery_id}", "{member_id}", "{token}", "{workspace}", "{name}"] {
                    path = path.replace(name, bad);
                }
                polite(bad, r, &s.alice.send(&method, &path, Some("application/json"), "{}".into()).await);
            }
        }
        for p in r.operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query") {
            for bad in ["%00", "%ff", "-1", "99999999999999999999", "'"] {
                let query = format!("{path}?{}={bad}", p["name"].as_str().unwrap());
                if r.path == "/events" {
                    continue;
                }
                let answer = s.alice.send(&method, &query, None, Default::default()).await;
                assert!(answer.status < 500, "{method} {query} → {}", answer.text());
            }
        }
    }
    s.alice.send("PATCH", "/conversations", None, Default::default()).await.refused(405, "method.not_allowed");
    s.alice.get("/no/such/thing").await.refused(404, "not_found");
    let big = format!("{{\"text\": \"{}\"}}", "x".repeat(2 << 20));
    s.alice.send("POST", &things.fill("/conversations/{id}/notes"), Some("application/json"), big.into()).await.is(413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_without_the_inbox_says_so() {
    let s = TestServer::start().await;
    set_tier(&s.app, s.workspace, 2).await.unwrap();
    for path in ["/conversations", "/stats", "/conversations/statistics", "/search?q=x", "/views/counts"] {
        s.alice.get(path).await.refused(403, "plan.feature_missing");
    }
    s.alice.get("/contacts").await.ok();
    assert_eq!(s.alice.get("/me").await.ok()["workspace"]["tier"], 2);
    set_tier(&s.app, s.workspace, 3).await.unwrap();
    s.alice.get("/conversations").await.ok();
}
