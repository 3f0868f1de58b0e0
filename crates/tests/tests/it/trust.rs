//! Being who one says: the second step, lost passwords, sessions, and scopes of tokens.

use connectors::kit::proofs::mac_sha1;
use data_encoding::BASE32_NOPAD;
use kernel::Secret;
use serde_json::{Value, json};
use server::people::{NewAdmin, create_workspace};
use tests::{Answer, Live, Options, Sink, TestServer, until};

const PASSWORD: &str = "quiet river stones";
const MINUTE: i64 = 60_000;

fn text(v: &Value) -> String {
    v.as_str().unwrap().to_owned()
}

async fn sign_in(s: &TestServer, email: &str, password: &str) -> Answer {
    s.anyone().post("/auth/sign-in", json!({ "email": email, "password": password })).await
}

/// What an authenticator app shows.
pub fn app_code(secret: &str, now: i64) -> String {
    let key = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let mac = mac_sha1(&key, &[&(now / 30_000).to_be_bytes()]);
    let at = usize::from(mac[19] & 15);
    let word = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_step_takes_a_code_once_or_a_recovery_code() {
    let s = TestServer::start().await;
    assert_eq!(s.bob.get("/me/second-step").await.ok(), json!({ "enabled": false, "recovery_codes_left": 0 }));
    let wrong = s.bob.post("/me/second-step", json!({ "password": "wrong" })).await.is(422);
    assert_eq!(wrong["fields"][0]["field"], "password");
    let offer = s.bob.post("/me/second-step", json!({ "password": PASSWORD })).await.ok();
    let secret = text(&offer["secret"]);
    assert!(text(&offer["uri"]).starts_with("otpauth://totp/Switchboard:bob%40desk.example?secret="), "{offer:#}");
    // The corner of every QR code: seven dark squares, and a picture of at least version one.
    assert!(offer["qr"]["size"].as_i64().unwrap() >= 21 && text(&offer["qr"]["path"]).starts_with("M0,0h1v1h-1zM1,0h1v1h-1zM2,0"));
    // Not confirmed: it does not count yet.
    sign_in(&s, "bob@desk.example", PASSWORD).await.ok();
    s.bob.post("/me/second-step/confirm", json!({ "code": "000000" })).await.is(422);
    let codes = s.bob.post("/me/second-step/confirm", json!({ "code": app_code(&secret, s.now()) })).await.ok();
    let codes: Vec<String> = codes["recovery_codes"].as_array().unwrap().iter().map(text).collect();
    assert_eq!((codes.len(), codes[0].len()), (10, 9));
    s.bob.post("/me/second-step", json!({ "password": PASSWORD })).await.refused(409, "second_step.enabled");

    let challenge = async || text(&sign_in(&s, "bob@desk.example", PASSWORD).await.refused(401, "auth.second_step_needed")["challenge"]);
    let answer =
        async |challenge: &str, code: &str| s.anyone().post("/auth/second-step", json!({ "challenge": challenge, "code": code })).await;
    let first = challenge().await;
    answer(&first, "123456").await.refused(401, "auth.wrong_code");
    // The code that switched it on was used.
    answer(&first, &app_code(&secret, s.now())).await.refused(401, "auth.wrong_code");
    s.advance(31_000).await;
    let code = app_code(&secret, s.now());
    let session = answer(&first, &code).await;
    s.anyone().signed_in(&session).get("/me").await.ok();
    answer(&challenge().await, &code).await.refused(401, "auth.wrong_code");
    // A recovery code, as people write it, once.
    answer(&challenge().await, &codes[3].to_uppercase().replace('-', " ")).await.ok();
    answer(&challenge().await, &codes[3]).await.refused(401, "auth.wrong_code");
    assert_eq!(s.bob.get("/me/second-step").await.ok(), json!({ "enabled": true, "recovery_codes_left": 9 }));
    // Neither a session nor a token is a challenge; and one ends.
    answer("nonsense", &code).await.refused(401, "auth.challenge_ended");
    let old = challenge().await;
    s.advance(11 * MINUTE).await;
    answer(&old, &app_code(&secret, s.now())).await.refused(401, "auth.challenge_ended");
    // New codes end the old ones; guessing has to wait.
    let renewed = s.bob.post("/me/second-step/recovery-codes", json!({ "password": PASSWORD })).await.ok();
    answer(&challenge().await, &codes[5]).await.refused(401, "auth.wrong_code");
    answer(&challenge().await, renewed["recovery_codes"][0].as_str().unwrap()).await.ok();
    let held = challenge().await;
    for _ in 0..10 {
        answer(&held, "000000").await.is(401);
    }
    answer(&held, &app_code(&secret, s.now())).await.refused(429, "auth.too_many_tries");
    // Off again with the password only, and not by a program.
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.is(201);
    let script = s.anyone().bearer(token["token"].as_str().unwrap());
    script.json("DELETE", "/me/second-step", json!({ "password": PASSWORD })).await.refused(403, "auth.person_needed");
    s.bob.json("DELETE", "/me/second-step", json!({ "password": "wrong" })).await.is(422);
    s.bob.json("DELETE", "/me/second-step", json!({ "password": PASSWORD })).await.is(204);
    sign_in(&s, "bob@desk.example", PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_password_is_replaced_by_a_link_that_works_once() {
    let s = TestServer::start().await;
    s.bob.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.refused(403, "permission.missing");
    s.anyone().post("/auth/password-resets", json!({ "email": "bob@desk.example" })).await.refused(409, "reset.no_mail");
    let first = s.alice.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.is(201);
    let link = s.alice.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.is(201);
    let path = |link: &Value| format!("/auth/password-resets/{}", text(&link["url"]).rsplit('/').next().unwrap());
    s.anyone().get(&path(&first)).await.refused(404, "reset.not_found");
    assert_eq!(s.anyone().get(&path(&link)).await.ok()["email"], "bob@desk.example");
    s.anyone().post(&path(&link), json!({ "password": "short" })).await.is(422);
    let mut live = Live::socket(&s.bob, "/events").await;
    live.frame("heartbeat").await;
    s.anyone().post(&path(&link), json!({ "password": "a brand new river" })).await.is(204);
    s.bob.get("/me").await.refused(401, "auth.expired");
    live.ended().await;
    s.anyone().post(&path(&link), json!({ "password": "another new river" })).await.refused(404, "reset.not_found");
    sign_in(&s, "bob@desk.example", PASSWORD).await.refused(401, "auth.wrong_credentials");
    sign_in(&s, "bob@desk.example", "a brand new river").await.ok();
    let late = s.alice.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.is(201);
    s.advance(25 * 60 * MINUTE).await;
    s.anyone().get(&path(&late)).await.refused(404, "reset.not_found");
    // Nobody gets at those above them, nor at people of other workspaces.
    let adam = s.anyone().signed_in(&s.invite("Adam Admin", "adam@desk.example", "admin").await);
    adam.post(&format!("/members/{}/password-reset", s.alice_id), json!({})).await.refused(403, "role.beyond_yours");
    let new = NewAdmin {
        name: "Bob Agent".into(),
        email: "bob@desk.example".into(),
        password: Secret::new("a brand new river".into()),
        workspace_name: "Elsewhere".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    create_workspace(&s.app, new).await.unwrap();
    s.alice.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.refused(409, "reset.shared_account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_by_mail_tells_nobody_who_has_an_account() {
    let sink = Sink::start().await;
    let flags = vec![
        ("mail-host", "127.0.0.1".to_owned()),
        ("mail-port", sink.address.port().to_string()),
        ("mail-security", "none".to_owned()),
        ("mail-from", "desk@desk.example".to_owned()),
    ];
    let s = TestServer::start_with(Options { flags, ..Default::default() }).await;
    assert_eq!(s.anyone().get("/auth/methods").await.ok()["reset_by_mail"], true);
    let ask = async |email: &str| s.anyone().post("/auth/password-resets", json!({ "email": email })).await;
    let (known, unknown) = (ask(" Bob@desk.example").await, ask("nobody@desk.example").await);
    assert_eq!((known.status, unknown.status, known.text()), (202, 202, unknown.text()));
    let mail = until("the mail", async || sink.mails().into_iter().next()).await;
    assert_eq!((mail.to.as_slice(), mail.header("auto-submitted").as_str()), (&["bob@desk.example".to_owned()][..], "auto-generated"));
    let body = mail.body();
    let token = body.split("/reset-password/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    s.anyone().post(&format!("/auth/password-resets/{token}"), json!({ "password": "a brand new river" })).await.is(204);
    sign_in(&s, "bob@desk.example", "a brand new river").await.ok();
    for _ in 0..4 {
        ask("bob@desk.example").await.is(202);
    }
    ask("bob@desk.example").await.refused(429, "auth.too_many_tries");
    assert!(sink.mails().iter().all(|m| m.to == ["bob@desk.example"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sees_where_one_is_signed_in_and_ends_it() {
    let s = TestServer::start().await;
    let phone = s.anyone().with("user-agent", "A phone").with("x-forwarded-for", "203.0.113.7");
    let session = phone.post("/auth/sign-in", json!({ "email": "bob@desk.example", "password": PASSWORD })).await;
    let phone = phone.signed_in(&session);
    s.advance(10 * MINUTE).await;
    phone.get("/me").await.ok();
    let list = s.bob.get("/me/sessions").await.ok()["data"].as_array().unwrap().clone();
    assert_eq!(list.len(), 2, "{list:#?}");
    let other = list.iter().find(|d| d["user_agent"] == "A phone").unwrap();
    assert_eq!((&other["current"], &other["address"], &other["last_seen_at"]), (&json!(false), &json!("203.0.113.7"), &json!(s.time(0))));
    assert_eq!(list.iter().filter(|d| d["current"] == true).count(), 1);
    let path = format!("/me/sessions/{}", text(&other["id"]));
    s.alice.delete(&path).await.refused(404, "session.not_found");
    let mut live = Live::socket(&phone, "/events").await;
    live.frame("heartbeat").await;
    s.bob.delete(&path).await.is(204);
    live.ended().await;
    phone.get("/me").await.refused(401, "auth.expired");
    let more = s.anyone().signed_in(&sign_in(&s, "bob@desk.example", PASSWORD).await);
    s.bob.delete("/me/sessions").await.is(204);
    more.get("/me").await.refused(401, "auth.expired");
    assert_eq!(s.bob.get("/me/sessions").await.ok()["data"].as_array().unwrap().len(), 1);
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.is(201);
    s.anyone().bearer(token["token"].as_str().unwrap()).get("/me/sessions").await.refused(403, "auth.person_needed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_may_no_more_than_it_was_given() {
    let s = TestServer::start().await;
    let made = s.alice.post("/tokens", json!({ "name": "reads", "permissions": ["contacts.read", "channels.manage"] })).await.is(201);
    assert_eq!(made["permissions"], json!(["contacts.read", "channels.manage"]));
    let reads = s.anyone().bearer(made["token"].as_str().unwrap());
    reads.get("/contacts").await.ok();
    reads.get("/conversations").await.refused(403, "permission.missing");
    reads.post("/contacts", json!({ "name": "X" })).await.refused(403, "permission.missing");
    assert_eq!(reads.get("/me").await.ok()["permissions"], json!(["contacts.read", "channels.manage"]));
    s.alice.post("/tokens", json!({ "name": "x", "permissions": ["everything"] })).await.is(422);
    let refused = s.bob.post("/tokens", json!({ "name": "x", "permissions": ["channels.manage"] })).await.is(422);
    assert_eq!(refused["fields"][0]["code"], "beyond_yours");
    // It never has more than its maker has at the moment.
    let bobs = s.bob.post("/tokens", json!({ "name": "both", "permissions": ["contacts.read", "contacts.write"] })).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "viewer" })).await.ok();
    let bobs = s.anyone().bearer(bobs["token"].as_str().unwrap());
    bobs.get("/contacts").await.ok();
    bobs.post("/contacts", json!({ "name": "X" })).await.refused(403, "permission.missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_reset_takes_as_long_for_everybody_and_ends_no_link_of_an_admin() {
    let sink = Sink::start().await;
    let flags = vec![
        ("mail-host", "127.0.0.1".to_owned()),
        ("mail-port", sink.address.port().to_string()),
        ("mail-security", "none".to_owned()),
        ("mail-from", "desk@desk.example".to_owned()),
    ];
    let s = TestServer::start_with(Options { flags, ..Default::default() }).await;
    let ask = async |email: &str| s.anyone().post("/auth/password-resets", json!({ "email": email })).await.is(202);
    // While nobody can write, both are answered: nothing waits for what is only done for an account.
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (begun, busy) = tokio::sync::oneshot::channel::<()>();
    let begun = std::sync::Mutex::new(Some(begun));
    let wait = std::sync::Mutex::new(wait);
    let app = s.app.clone();
    let held = tokio::spawn(async move {
        let hold = move |_: &mut db::Tx<'_>| {
            if let Some(begun) = begun.lock().unwrap().take() {
                begun.send(()).unwrap();
                wait.lock().unwrap().recv().unwrap();
            }
            Ok(())
        };
        app.db.write(db::Scope::Control, db::Lane::Interactive, hold).await
    });
    busy.await.unwrap();
    for email in ["nobody@desk.example", "bob@desk.example"] {
        let answered = tokio::time::timeout(std::time::Duration::from_secs(10), ask(email)).await;
        assert!(answered.is_ok(), "{email} waits");
    }
    go_on.send(()).unwrap();
    held.await.unwrap().unwrap();
    let mail = async || until("the mail", async || sink.mails().into_iter().next()).await.body();
    let token = |body: &str| body.split("/reset-password/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let of = async |token: &str| s.anyone().get(&format!("/auth/password-resets/{token}")).await.status;
    let first = token(&mail().await);
    // A link that an admin made stays, whoever types the address; a newer mail replaces the older one.
    let admins = s.alice.post(&format!("/members/{}/password-reset", s.bob_id), json!({})).await.is(201);
    let admins = text(&admins["url"]).rsplit('/').next().unwrap().to_owned();
    ask("bob@desk.example").await;
    let second = token(&mail().await);
    assert_eq!((of(&first).await, of(&second).await, of(&admins).await), (404, 200, 200));
    // One that is used ends the others.
    s.anyone().post(&format!("/auth/password-resets/{admins}"), json!({ "password": "a brand new river" })).await.is(204);
    assert_eq!((of(&second).await, of(&admins).await), (404, 404));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lost_app_and_codes_is_let_in_by_the_operator() {
    let s = TestServer::start().await;
    let offer = s.bob.post("/me/second-step", json!({ "password": PASSWORD })).await.ok();
    let code = app_code(&text(&offer["secret"]), s.now());
    s.bob.post("/me/second-step/confirm", json!({ "code": code })).await.ok();
    sign_in(&s, "bob@desk.example", PASSWORD).await.refused(401, "auth.second_step_needed");
    assert!(server::people::switch_second_step_off_for(&s.app, " Bob@desk.example").await.unwrap());
    sign_in(&s, "bob@desk.example", PASSWORD).await.ok();
    let rows = s.all(&s.alice, "/audit").await;
    let row = rows.iter().find(|r| r["action"] == "second_step.reset").unwrap();
    assert_eq!((&row["subject"], &row["subject_name"]), (&json!(s.bob_id), &json!("Bob Agent")), "{row:#}");
    assert_eq!(row["actor"], "system", "{row:#}");
    // A second time there is nothing to do; of strangers nothing is known.
    assert!(!server::people::switch_second_step_off_for(&s.app, "bob@desk.example").await.unwrap());
    let nobody = server::people::switch_second_step_off_for(&s.app, "nobody@desk.example").await.unwrap_err();
    assert_eq!(nobody.code, "account.not_found");
}
