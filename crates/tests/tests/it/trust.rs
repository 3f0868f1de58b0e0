//! Being who one says: the second step, lost passwords, sessions, scopes of tokens, and identity providers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::kit::proofs::mac_sha1;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::Secret;
use serde_json::{Value, json};
use server::people::{NewAdmin, create_workspace};
use sha2::{Digest, Sha256};
use tests::{Answer, Hook, HookAnswer, Live, Options, Sink, TestServer, until};

const PASSWORD: &str = "quiet river stones";
const MINUTE: i64 = 60_000;

fn text(v: &Value) -> String {
    v.as_str().unwrap().to_owned()
}

async fn sign_in(s: &TestServer, email: &str, password: &str) -> Answer {
    s.anyone().post("/auth/sign-in", json!({ "email": email, "password": password })).await
}

/// What an authenticator app shows.
fn app_code(secret: &str, now: i64) -> String {
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

// An identity provider of our own, with a key pair made for these stories.

const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIFNqy9/XjmnhoJTrlhn1whcuh8VxmoBLCmEO+L+x9xQK";
const PUBLIC: &str = "nmlh1EsByKIvRflgq3jO47dMYrTcSl8XsNQFFVuhd0Y";

struct Idp {
    hook: Hook,
}

impl Idp {
    async fn connect(s: &TestServer, settings: Value) -> Self {
        let idp = Self { hook: Hook::start().await };
        idp.answers(idp.discovery());
        let mut body = json!({ "name": "Corporate login", "issuer": idp.issuer(), "client_id": "switch board", "client_secret": "s3cret&more", "map_by_email": true });
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let stored = s.alice.put("/workspace/sso", body).await.ok();
        assert!(stored.get("client_secret").is_none() && stored["has_secret"] == true);
        idp
    }
    fn issuer(&self) -> String {
        format!("http://{}", self.hook.address)
    }
    fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer());
        json!({
            "issuer": self.issuer(), "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        })
    }
    fn answers(&self, body: Value) {
        self.hook.next(HookAnswer::Status(200, vec![], body.to_string()));
    }
    fn keys(&self) -> Value {
        json!({ "keys": [
            { "kty": "unknown", "kid": "future" },
            { "kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": "k1", "alg": "EdDSA", "use": "sig" },
        ] })
    }
    fn token(&self, claims: Value) -> String {
        let key = EncodingKey::from_ed_der(&STANDARD.decode(KEY).unwrap());
        let header = Header { kid: Some("k1".into()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }
    fn claims(&self, s: &TestServer, nonce: &str) -> Value {
        json!({
            "iss": self.issuer(), "sub": "user-7", "aud": "switch board", "exp": s.now() / 1_000 + 300, "iat": s.now() / 1_000,
            "nonce": nonce, "email": "Bob@desk.example", "email_verified": true,
        })
    }
    /// From the button to the provider: the browser's cookie, and what it carries there.
    async fn begin(&self, s: &TestServer, next: &str) -> (String, Vec<(String, String)>) {
        self.answers(self.discovery());
        let to = s.anyone().get(&format!("/auth/sso/{}?next={next}", s.workspace)).await;
        assert_eq!(to.status, 303, "{}", to.text());
        let cookie = to.header("set-cookie").split(';').next().unwrap().to_owned();
        let query = to.header("location").split('?').nth(1).unwrap().to_owned();
        let pairs = query.split('&').map(|p| p.split_once('=').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        (cookie, pairs)
    }
    /// Back with a code, the provider answering with this token.
    async fn back(&self, s: &TestServer, cookie: &str, state: &str, token: &str) -> Answer {
        self.answers(self.discovery());
        self.answers(json!({ "access_token": "x", "token_type": "Bearer", "id_token": token }));
        self.answers(self.keys());
        let browser = s.anyone().with("cookie", cookie).with("sec-fetch-site", "cross-site");
        browser.get(&format!("/auth/sso/callback?state={state}&code=the-code")).await
    }
}

fn of<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_signs_in_at_the_identity_provider() {
    let s = TestServer::start().await;
    assert_eq!(s.anyone().get("/auth/methods").await.ok(), json!({ "reset_by_mail": false, "sso": [] }));
    let idp = Idp::connect(&s, json!({})).await;
    let methods = s.anyone().get("/auth/methods").await.ok();
    assert_eq!(methods["sso"], json!([{ "workspace_id": s.workspace.to_string(), "name": "Corporate login" }]));
    let (cookie, asked) = idp.begin(&s, "/contacts").await;
    assert_eq!(
        (of(&asked, "response_type"), of(&asked, "code_challenge_method"), of(&asked, "client_id")),
        ("code", "S256", "switch%20board")
    );
    assert!(of(&asked, "scope").contains("openid"));
    idp.hook.requests();
    let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(idp.claims(&s, of(&asked, "nonce")))).await;
    assert_eq!((back.status, back.header("location")), (303, "/contacts"), "{}", back.header("location"));
    let session = back.header("set-cookie").split(';').next().unwrap().to_owned();
    let me = s.anyone().with("cookie", &session).get("/me").await.ok();
    assert_eq!((&me["account"]["email"], &me["member_id"]), (&json!("bob@desk.example"), &json!(s.bob_id)));
    // The code was exchanged with the proof of PKCE and the client's own secret.
    let requests = idp.hook.requests();
    let exchange = requests.iter().find(|r| r.path == "/token").unwrap();
    let form = String::from_utf8(exchange.body.clone()).unwrap();
    let verifier = form.split('&').find_map(|p| p.strip_prefix("code_verifier=")).unwrap();
    assert_eq!(BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes())), of(&asked, "code_challenge"));
    let basic = exchange.header("authorization").strip_prefix("Basic ").unwrap();
    assert_eq!(STANDARD.decode(basic).unwrap(), b"switch%20board:s3cret%26more");
    // Some providers tell the address only when they are asked; about somebody else they may say what they like.
    for (subject, comes_in) in [("user-9", false), ("user-8", true)] {
        let mut discovery = idp.discovery();
        discovery["userinfo_endpoint"] = json!(format!("{}/userinfo", idp.issuer()));
        let (cookie, asked) = idp.begin(&s, "/contacts").await;
        let mut claims = idp.claims(&s, of(&asked, "nonce"));
        (claims["sub"], claims["email"]) = (json!("user-8"), Value::Null);
        idp.answers(discovery);
        idp.answers(json!({ "access_token": "opaque", "id_token": idp.token(claims) }));
        idp.answers(idp.keys());
        idp.answers(json!({ "sub": subject, "email": "bob@desk.example", "email_verified": true }));
        idp.hook.requests();
        let back = s.anyone().with("cookie", &cookie).get(&format!("/auth/sso/callback?state={}&code=x", of(&asked, "state"))).await;
        assert_eq!(back.header("location") == "/contacts", comes_in, "{}", back.header("location"));
        let told = idp.hook.requests();
        assert_eq!(told.iter().find(|r| r.path == "/userinfo").unwrap().header("authorization"), "Bearer opaque");
    }
    // Known by the provider's name for him from now on, whatever his address.
    let (cookie, asked) = idp.begin(&s, "//evil.example").await;
    let mut claims = idp.claims(&s, of(&asked, "nonce"));
    claims["email"] = json!("renamed@desk.example");
    let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(claims)).await;
    assert_eq!((back.status, back.header("location")), (303, "/inbox"));
    // Who has left does not come in any more.
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "active": false })).await.ok();
    let (cookie, asked) = idp.begin(&s, "/").await;
    let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(idp.claims(&s, of(&asked, "nonce")))).await;
    assert!(back.header("location").starts_with("/sign-in?sso_error=You%20are%20not%20a%20member"), "{}", back.header("location"));
    assert!(back.header("set-cookie").is_empty());
}

/// What is changed of an honest answer.
type Forgery = Box<dyn Fn(&mut Value)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_meant_for_us_opens_nothing() {
    let s = TestServer::start().await;
    let idp = Idp::connect(&s, json!({})).await;
    let wrong: Vec<(&str, Forgery)> = vec![
        ("issued%20by", Box::new(|c| c["iss"] = json!("https://evil.example"))),
        ("another%20application", Box::new(|c| c["aud"] = json!("other"))),
        ("asked%20for%20by", Box::new(|c| c["azp"] = json!("other"))),
        ("has%20ended", Box::new(|c| c["exp"] = json!(c["iat"].as_i64().unwrap() - 120))),
        ("our%20request", Box::new(|c| c["nonce"] = json!("old"))),
        ("our%20request", Box::new(|c| c["nonce"] = Value::Null)),
        ("names%20nobody", Box::new(|c| c["sub"] = json!(""))),
        ("Nobody%20in%20this", Box::new(|c| c["email_verified"] = json!(false))),
        ("Nobody%20in%20this", Box::new(|c| c["email"] = json!("stranger@desk.example"))),
    ];
    for (why, change) in wrong {
        let (cookie, asked) = idp.begin(&s, "/").await;
        let mut claims = idp.claims(&s, of(&asked, "nonce"));
        change(&mut claims);
        let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(claims)).await;
        assert!(back.header("location").contains(why) && back.header("set-cookie").is_empty(), "{why}: {}", back.header("location"));
    }
    // Signed by nobody, by a shared secret, or by another's key.
    let (cookie, asked) = idp.begin(&s, "/").await;
    let state = of(&asked, "state").to_owned();
    let claims = idp.claims(&s, of(&asked, "nonce"));
    let none =
        format!("{}.{}.", BASE64URL_NOPAD.encode(br#"{"alg":"none","kid":"k1"}"#), BASE64URL_NOPAD.encode(claims.to_string().as_bytes()));
    let shared = jsonwebtoken::encode(
        &Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) },
        &claims,
        &EncodingKey::from_secret(PUBLIC.as_bytes()),
    )
    .unwrap();
    let good = idp.token(claims.clone());
    let mut forged = good.clone().into_bytes();
    let last = forged.len() - 10;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    for token in [none, shared, String::from_utf8(forged).unwrap(), "nonsense".into()] {
        let (cookie, asked) = idp.begin(&s, "/").await;
        let back = idp.back(&s, &cookie, of(&asked, "state"), &token).await;
        assert!(back.header("location").starts_with("/sign-in?sso_error=") && back.header("set-cookie").is_empty(), "{token}");
    }
    // In another browser, twice, or too late.
    let back = s.anyone().get(&format!("/auth/sso/callback?state={state}&code=x")).await;
    assert!(back.header("location").contains("another%20browser"));
    let back = idp.back(&s, &cookie, &state, &good).await;
    assert_eq!(back.header("location"), "/");
    let again = s.anyone().with("cookie", &cookie).get(&format!("/auth/sso/callback?state={state}&code=x")).await;
    assert!(again.header("location").contains("used%20already"));
    let (cookie, asked) = idp.begin(&s, "/").await;
    s.advance(16 * MINUTE).await;
    let late = s.anyone().with("cookie", &cookie).get(&format!("/auth/sso/callback?state={}&code=x", of(&asked, "state"))).await;
    assert!(late.header("location").contains("too%20long"));
    let refused = s.anyone().get("/auth/sso/callback?error=access_denied&error_description=Not%20today").await;
    assert_eq!(refused.header("location"), "/sign-in?sso_error=Not%20today");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_demanded_passwords_are_for_owners_only() {
    let s = TestServer::start().await;
    let wrong = json!({ "name": "X", "issuer": "http://elsewhere.example", "client_id": "c", "client_secret": "s" });
    assert_eq!(s.alice.put("/workspace/sso", wrong).await.is(422)["fields"][0]["field"], "issuer");
    let idp = Idp::connect(&s, json!({ "enforced": true, "map_by_email": false })).await;
    sign_in(&s, "bob@desk.example", PASSWORD).await.refused(403, "auth.sso_required");
    sign_in(&s, "bob@desk.example", "wrong").await.refused(401, "auth.wrong_credentials");
    sign_in(&s, "alice@desk.example", PASSWORD).await.ok();
    // Without mapping by address nobody is found the first time.
    let (cookie, asked) = idp.begin(&s, "/").await;
    let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(idp.claims(&s, of(&asked, "nonce")))).await;
    assert!(back.header("location").contains("Nobody%20in%20this"), "{}", back.header("location"));
    // The stored secret stays unless another provider is named.
    idp.answers(idp.discovery());
    let same = json!({ "name": "Login", "issuer": idp.issuer(), "client_id": "switch board", "enforced": false });
    assert_eq!(s.alice.put("/workspace/sso", same).await.ok()["name"], "Login");
    let other = Hook::start().await;
    let moved = json!({ "name": "Login", "issuer": format!("http://{}", other.address), "client_id": "switch board" });
    assert_eq!(s.alice.put("/workspace/sso", moved).await.is(422)["fields"][0]["field"], "client_secret");
    // A provider that calls itself otherwise is not stored.
    other.next(HookAnswer::Status(200, vec![], idp.discovery().to_string()));
    let liar = json!({ "name": "Login", "issuer": format!("http://{}", other.address), "client_id": "c", "client_secret": "s" });
    assert_eq!(s.alice.put("/workspace/sso", liar).await.is(422)["fields"][0]["code"], "unreachable");
    s.alice.delete("/workspace/sso").await.is(204);
    s.alice.delete("/workspace/sso").await.refused(404, "sso.not_found");
    s.anyone().get(&format!("/auth/sso/{}", s.workspace)).await.refused(404, "sso.not_found");
    sign_in(&s, "bob@desk.example", PASSWORD).await.ok();
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
