//! Accounts from the first start to the last sign-out.

use serde_json::{Value, json};
use tests::{Client, Options, TestServer};

const DAY: i64 = 86_400_000;
const PASSWORD: &str = "quiet river stones";

fn setup() -> Value {
    json!({ "name": "Ana Lopez", "email": " Ana@Example.com", "password": "correct horse battery", "workspace_name": "Acme", "locale": "en", "time_zone": "UTC", "default_country": "de", "sample_data": true })
}
async fn sign_in(s: &TestServer, email: &str, password: &str) -> tests::Answer {
    s.anyone().post("/auth/sign-in", json!({ "email": email, "password": password })).await
}
fn jwt(s: &TestServer, session: &Value) -> Client {
    s.anyone().bearer(session["access_token"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_starts_one_wins_and_the_sample_goes_in_one_act() {
    let s = TestServer::start_with(Options { bare: true, ..Default::default() }).await;
    assert_eq!(s.anyone().get("/setup").await.ok(), json!({ "needed": true }));
    let wrong =
        json!({ "name": "", "email": "x", "password": "a", "workspace_name": "", "locale": "?", "time_zone": "x", "default_country": "x" });
    assert_eq!(s.anyone().post("/setup", wrong).await.is(422)["fields"].as_array().unwrap().len(), 7);
    let who = s.anyone();
    let (a, b) = tokio::join!(who.post("/setup", setup()), who.post("/setup", setup()));
    let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
    lost.refused(409, "setup.done");
    let ana = s.anyone().signed_in(&won);
    let me = won.is(201)["me"].clone();
    assert_eq!(
        (&me["account"]["email"], &me["workspace"]["sample_data"], &me["workspace"]["default_country"]),
        (&json!("ana@example.com"), &json!(true), &json!("DE"))
    );
    s.settle().await;
    assert!(!s.all(&ana, "/conversations?status=all").await.is_empty());
    let own = ana.post("/contacts", json!({ "name": "My own" })).await.is(201);
    ana.delete("/workspace/sample-data").await.is(204);
    assert!(s.all(&ana, "/conversations?status=all").await.is_empty());
    let left = s.all(&ana, "/contacts").await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &own["id"]));
    assert_eq!(ana.get("/workspace").await.ok()["sample_data"], false);
    let n = ana.get("/stats").await.ok();
    assert_eq!((&n["open"], &n["unread"], &n["total"]), (&json!(0), &json!(0), &json!(0)), "{n:#}");
    assert_eq!(s.anyone().get("/setup").await.ok(), json!({ "needed": false }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_changes_oneself_and_the_workspace() {
    let s = TestServer::start().await;
    s.alice.without("x-csrf-token").patch("/me", json!({ "name": "x" })).await.refused(403, "auth.csrf");
    let me = s.alice.patch("/me", json!({ "name": "Alice A", "preferences": { "theme": "dark" } })).await.ok();
    assert_eq!((&me["account"]["name"], &me["preferences"]), (&json!("Alice A"), &json!({ "theme": "dark" })));
    assert!(s.all(&s.bob, "/members").await.iter().any(|m| m["name"] == "Alice A"));
    let w = s.alice.patch("/workspace", json!({ "time_zone": "Europe/Vienna", "default_country": "at" })).await.ok();
    assert_eq!((&w["time_zone"], &w["default_country"]), (&json!("Europe/Vienna"), &json!("AT")));
    s.alice.patch("/workspace", json!({ "time_zone": "Moon/Crater" })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_opens_once_and_for_its_address_only() {
    let s = TestServer::start().await;
    let keyed = s.alice.with("idempotency-key", "k1");
    let first = keyed.post("/invitations", json!({ "role": "agent", "email": "Carl@example.com" })).await.is(201);
    assert_eq!(keyed.post("/invitations", json!({ "role": "agent", "email": "Carl@example.com" })).await.is(201), first);
    keyed.post("/invitations", json!({ "role": "admin" })).await.refused(409, "idempotency.key_reused");
    s.advance(5).await;
    for _ in 0..4 {
        s.alice.post("/invitations", json!({ "role": "admin" })).await.is(201);
    }
    let page = s.alice.get("/invitations?limit=3").await.ok();
    let next = s.alice.get(&format!("/invitations?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())).await.ok();
    assert_eq!(
        (page["data"].as_array().unwrap().len(), next["data"].as_array().unwrap().len(), &next["next_cursor"]),
        (3, 2, &Value::Null)
    );
    let gone = format!("/invitations/{}", page["data"][0]["id"].as_str().unwrap());
    s.alice.delete(&gone).await.is(204);
    s.alice.delete(&gone).await.is(404);
    let token = first["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let path = format!("/invitations/by-token/{token}");
    let offer = s.anyone().get(&path).await.ok();
    assert_eq!((&offer["workspace_name"], &offer["email"]), (&json!("The Desk"), &json!("carl@example.com")));
    let accept = format!("{path}/accept");
    s.anyone().post(&accept, json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD })).await.is(422);
    let carl = json!({ "name": "Carl", "email": "carl@example.com", "password": PASSWORD });
    assert_eq!(s.anyone().post(&accept, carl.clone()).await.ok()["me"]["role"], "agent");
    s.anyone().post(&accept, carl).await.is(404);
    s.advance(8 * DAY).await;
    let old = next["data"][0]["url"].as_str().unwrap().rsplit('/').next().unwrap();
    s.anyone().get(&format!("/invitations/by-token/{old}")).await.is(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_acts_for_its_member_until_it_or_the_member_is_gone() {
    let s = TestServer::start().await;
    let keyed = s.bob.with("idempotency-key", "t1");
    let made = keyed.post("/tokens", json!({ "name": "ci" })).await.is(201);
    assert_eq!(keyed.post("/tokens", json!({ "name": "ci" })).await.is(201)["token"], made["token"]);
    let bot = s.anyone().bearer(made["token"].as_str().unwrap());
    let me = bot.get("/me").await.ok();
    assert_eq!((&me["account"]["name"], &me["csrf_token"]), (&json!("Bob Agent"), &Value::Null));
    bot.post("/tokens", json!({ "name": "more" })).await.is(403);
    let listed = s.all(&s.bob, "/tokens").await;
    assert!(listed[0]["last_used_at"].is_string() && listed[0].get("token").is_none_or(Value::is_null), "{listed:#?}");
    s.bob.delete(&format!("/tokens/{}", made["id"].as_str().unwrap())).await.is(204);
    bot.get("/me").await.refused(401, "auth.expired");
    let second = s.bob.post("/tokens", json!({ "name": "again" })).await.is(201);
    let bot = s.anyone().bearer(second["token"].as_str().unwrap());
    bot.get("/me").await.ok();
    let live = jwt(&s, &sign_in(&s, "bob@desk.example", PASSWORD).await.ok());
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "active": false })).await.ok();
    for gone in [&bot, &s.bob, &live] {
        gone.get("/me").await.refused(401, "auth.expired");
    }
    sign_in(&s, "bob@desk.example", PASSWORD).await.refused(403, "auth.no_workspace");
    for change in [json!({ "role": "agent" }), json!({ "active": false })] {
        s.alice.patch(&format!("/members/{}", s.alice_id), change).await.refused(409, "member.last_owner");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scheme_is_that_of_the_public_address_whatever_a_proxy_says() {
    for (address, forwarded, secure) in [("http://help.example.com", "https", false), ("https://help.example.com", "http", true)] {
        let s = TestServer::start_with(Options { flags: vec![("public-url", address.into())], ..Default::default() }).await;
        let body = json!({ "email": "bob@desk.example", "password": PASSWORD });
        let answer = s.anyone().with("x-forwarded-proto", forwarded).post("/auth/sign-in", body).await;
        assert_eq!(answer.header("set-cookie").ends_with("; Secure"), secure, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_slides_and_a_stolen_refresh_token_ends_it() {
    let s = TestServer::start().await;
    let session = sign_in(&s, "ALICE@desk.example", PASSWORD).await.ok();
    let fresh = s.anyone().post("/auth/refresh", json!({ "refresh_token": session["refresh_token"] })).await.ok();
    jwt(&s, &fresh).get("/me").await.ok();
    // The old one again: somebody has a copy, so nobody goes on.
    s.anyone().post("/auth/refresh", json!({ "refresh_token": session["refresh_token"] })).await.refused(401, "auth.expired");
    jwt(&s, &fresh).get("/me").await.refused(401, "auth.expired");
    s.alice.get("/me").await.ok();
    for _ in 0..3 {
        s.advance(29 * DAY).await;
        s.alice.get("/me").await.ok();
    }
    s.bob.get("/me").await.refused(401, "auth.expired");
    s.advance(31 * DAY).await;
    s.alice.get("/me").await.refused(401, "auth.expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_other_sessions_and_guessing_has_to_wait() {
    let s = TestServer::start().await;
    let other = jwt(&s, &sign_in(&s, "bob@desk.example", PASSWORD).await.ok());
    s.bob.post("/me/password", json!({ "current_password": "nope", "new_password": "another good one" })).await.is(422);
    s.bob.post("/me/password", json!({ "current_password": PASSWORD, "new_password": "another good one" })).await.is(204);
    s.bob.get("/me").await.ok();
    other.get("/me").await.refused(401, "auth.expired");
    let evil = s.anyone().with("x-forwarded-for", "10.66.0.1");
    for _ in 0..s.app.config.auth.failed_sign_ins {
        evil.post("/auth/sign-in", json!({ "email": "bob@desk.example", "password": "x" })).await.refused(401, "auth.wrong_credentials");
    }
    let right = json!({ "email": "bob@desk.example", "password": "another good one" });
    let answer = evil.post("/auth/sign-in", right.clone()).await;
    assert_eq!(answer.header("retry-after"), "900");
    answer.refused(429, "auth.too_many_tries");
    s.advance(16 * 60_000).await;
    evil.post("/auth/sign-in", right).await.ok();
    let nobody = evil.post("/auth/sign-in", json!({ "email": "nobody@desk.example", "password": "x" })).await;
    nobody.refused(401, "auth.wrong_credentials");
    let out = s.bob.post("/auth/sign-out", json!({})).await;
    assert!(out.status == 204 && out.header("set-cookie").contains("Max-Age=0"));
    s.bob.get("/me").await.refused(401, "auth.expired");
}
