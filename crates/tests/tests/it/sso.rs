//! Signing in at a workspace's identity provider, and who may say which one that is.

use crate::trust::app_code;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Answer, Client, Hook, TestServer};

const PASSWORD: &str = "quiet river stones";
const MINUTE: i64 = 60_000;

fn text(v: &Value) -> String {
    v.as_str().unwrap().to_owned()
}

async fn sign_in(s: &TestServer, email: &str, password: &str) -> Answer {
    s.anyone().post("/auth/sign-in", json!({ "email": email, "password": password })).await
}

// An identity provider of our own, with a key pair made for these stories.

const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIFNqy9/XjmnhoJTrlhn1whcuh8VxmoBLCmEO+L+x9xQK";
const PUBLIC: &str = "nmlh1EsByKIvRflgq3jO47dMYrTcSl8XsNQFFVuhd0Y";

struct Idp {
    hook: Hook,
}

impl Idp {
    async fn start() -> Self {
        let idp = Self { hook: Hook::start().await };
        idp.hook.on("/.well-known/openid-configuration", &idp.discovery());
        idp.hook.on("/keys", &idp.keys());
        idp
    }
    async fn connect(s: &TestServer, settings: Value) -> Self {
        let idp = Self::start().await;
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
        let to = s.anyone().get(&format!("/auth/sso/{}?next={next}", s.workspace)).await;
        assert_eq!(to.status, 303, "{}", to.text());
        let cookie = to.header("set-cookie").split(';').next().unwrap().to_owned();
        let query = to.header("location").split('?').nth(1).unwrap().to_owned();
        let pairs = query.split('&').map(|p| p.split_once('=').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        (cookie, pairs)
    }
    /// Back with a code, the provider answering with this token.
    async fn back(&self, s: &TestServer, cookie: &str, state: &str, token: &str) -> Answer {
        self.hook.on("/token", &json!({ "access_token": "x", "token_type": "Bearer", "id_token": token }));
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
        idp.hook.on("/.well-known/openid-configuration", &discovery);
        // What the provider says of itself is read again after a while.
        s.advance(11 * MINUTE).await;
        let (cookie, asked) = idp.begin(&s, "/contacts").await;
        let mut claims = idp.claims(&s, of(&asked, "nonce"));
        (claims["sub"], claims["email"]) = (json!("user-8"), Value::Null);
        idp.hook.on("/token", &json!({ "access_token": "opaque", "id_token": idp.token(claims) }));
        idp.hook.on("/userinfo", &json!({ "sub": subject, "email": "bob@desk.example", "email_verified": true }));
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
    let same = json!({ "name": "Login", "issuer": idp.issuer(), "client_id": "switch board", "enforced": false });
    assert_eq!(s.alice.put("/workspace/sso", same).await.ok()["name"], "Login");
    let other = Hook::start().await;
    let moved = json!({ "name": "Login", "issuer": format!("http://{}", other.address), "client_id": "switch board" });
    assert_eq!(s.alice.put("/workspace/sso", moved).await.is(422)["fields"][0]["field"], "client_secret");
    // A provider that calls itself otherwise is not stored.
    other.on("/.well-known/openid-configuration", &idp.discovery());
    let liar = json!({ "name": "Login", "issuer": format!("http://{}", other.address), "client_id": "c", "client_secret": "s" });
    assert_eq!(s.alice.put("/workspace/sso", liar).await.is(422)["fields"][0]["code"], "unreachable");
    s.alice.delete("/workspace/sso").await.is(204);
    s.alice.delete("/workspace/sso").await.refused(404, "sso.not_found");
    s.anyone().get(&format!("/auth/sso/{}", s.workspace)).await.refused(404, "sso.not_found");
    sign_in(&s, "bob@desk.example", PASSWORD).await.ok();
}

/// Somebody with a role of these permissions only.
async fn member_with(s: &TestServer, name: &str, permissions: Value) -> Client {
    let role = s.alice.post("/roles", json!({ "name": name, "permissions": permissions, "visibility": "all" })).await.is(201);
    s.anyone().signed_in(&s.invite(name, &format!("{}@desk.example", name.to_lowercase()), role["id"].as_str().unwrap()).await)
}

/// Whom the provider names, as it would tell us.
fn named(idp: &Idp, s: &TestServer, nonce: &str, subject: &str, email: &str) -> Value {
    let mut claims = idp.claims(s, nonce);
    (claims["sub"], claims["email"]) = (json!(subject), json!(email));
    claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_becomes_the_owner_by_a_provider_of_their_own() {
    let s = TestServer::start().await;
    let wanda = member_with(&s, "Wanda", json!(["workspace.manage"])).await;
    let adam = s.anyone().signed_in(&s.invite("Adam", "adam@desk.example", "admin").await);
    let scoped = s.alice.post("/tokens", json!({ "name": "settings", "permissions": ["workspace.manage"] })).await.is(201);
    let scoped = s.anyone().bearer(scoped["token"].as_str().unwrap());
    let evil = Idp::start().await;
    let theirs =
        json!({ "name": "Evil", "issuer": evil.issuer(), "client_id": "switch board", "client_secret": "x", "map_by_email": true });
    for who in [&wanda, &adam, &scoped] {
        who.put("/workspace/sso", theirs.clone()).await.refused(403, "sso.owner_needed");
        who.delete("/workspace/sso").await.refused(403, "sso.owner_needed");
        who.get("/workspace/sso").await.ok();
    }
    assert!(evil.hook.requests().is_empty(), "nobody asks a provider for those who may not connect it");
    s.anyone().get(&format!("/auth/sso/{}", s.workspace)).await.refused(404, "sso.not_found");

    // An owner who connected one and is an owner no more names nobody above themselves.
    let olga = s.anyone().signed_in(&s.invite("Olga", "olga@desk.example", "owner").await);
    let mine = json!({ "name": "Login", "issuer": evil.issuer(), "client_id": "switch board", "client_secret": "x", "map_by_email": true });
    olga.put("/workspace/sso", mine).await.ok();
    let olga_id = text(&olga.get("/me").await.ok()["member_id"]);
    let as_ = async |subject: &str, email: &str| {
        let (cookie, asked) = evil.begin(&s, "/inbox").await;
        let claims = named(&evil, &s, of(&asked, "nonce"), subject, email);
        evil.back(&s, &cookie, of(&asked, "state"), &evil.token(claims)).await
    };
    s.alice.patch(&format!("/members/{olga_id}"), json!({ "role": "lead" })).await.ok();
    let back = as_("s-1", "alice@desk.example").await;
    assert!(back.header("location").contains("who%20connected") && back.header("set-cookie").is_empty(), "{}", back.header("location"));
    let back = as_("s-2", "bob@desk.example").await;
    assert_eq!(back.header("location"), "/inbox");
    // Who left names nobody new; whom the provider named before still comes in.
    s.alice.patch(&format!("/members/{olga_id}"), json!({ "active": false })).await.ok();
    assert!(as_("s-3", "adam@desk.example").await.header("location").contains("who%20connected"));
    assert_eq!(as_("s-2", "bob@desk.example").await.header("location"), "/inbox");
    // An owner who saves it once more answers for it.
    let again = json!({ "name": "Login", "issuer": evil.issuer(), "client_id": "switch board", "map_by_email": true });
    s.alice.put("/workspace/sso", again).await.ok();
    assert_eq!(as_("s-3", "adam@desk.example").await.header("location"), "/inbox");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_with_a_second_step_is_asked_for_it_after_the_provider_too() {
    let s = TestServer::start().await;
    let idp = Idp::connect(&s, json!({})).await;
    let offer = s.alice.post("/me/second-step", json!({ "password": PASSWORD })).await.ok();
    let secret = text(&offer["secret"]);
    s.alice.post("/me/second-step/confirm", json!({ "code": app_code(&secret, s.now()) })).await.ok();
    let (cookie, asked) = idp.begin(&s, "/contacts?x=1").await;
    let claims = named(&idp, &s, of(&asked, "nonce"), "alice", "alice@desk.example");
    let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(claims)).await;
    assert!(back.header("set-cookie").is_empty(), "no session yet");
    let (path, challenge) = back.header("location").split_once("#challenge=").unwrap_or_else(|| panic!("{}", back.header("location")));
    assert_eq!(path, "/sign-in?next=%2Fcontacts%3Fx%3D1");
    s.advance(31_000).await;
    let answer = |code: String| json!({ "challenge": challenge, "code": code });
    s.anyone().post("/auth/second-step", answer("000000".into())).await.refused(401, "auth.wrong_code");
    s.anyone().post("/auth/second-step", answer(app_code(&secret, s.now()))).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_whose_name_ends_with_a_slash_is_the_same_provider() {
    let s = TestServer::start().await;
    let idp = Idp::start().await;
    let slashed = format!("{}/", idp.issuer());
    let mut discovery = idp.discovery();
    discovery["issuer"] = json!(slashed);
    idp.hook.on("/.well-known/openid-configuration", &discovery);
    for given in [idp.issuer(), slashed.clone()] {
        let body = json!({ "name": "Login", "issuer": given, "client_id": "switch board", "client_secret": "x", "map_by_email": true });
        s.alice.put("/workspace/sso", body).await.ok();
        for (iss, comes_in) in [(slashed.clone(), true), (idp.issuer(), false)] {
            let (cookie, asked) = idp.begin(&s, "/inbox").await;
            let mut claims = idp.claims(&s, of(&asked, "nonce"));
            claims["iss"] = json!(iss);
            let back = idp.back(&s, &cookie, of(&asked, "state"), &idp.token(claims)).await;
            assert_eq!(back.header("location") == "/inbox", comes_in, "{given} {iss}: {}", back.header("location"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beginning_to_sign_in_is_not_free_for_everybody() {
    let s = TestServer::start().await;
    let idp = Idp::connect(&s, json!({})).await;
    idp.hook.requests();
    let path = format!("/auth/sso/{}", s.workspace);
    let begin = async |from: &str| s.anyone().with("x-forwarded-for", from).get(&path).await;
    let mut refused = 0;
    for _ in 0..100 {
        let answer = begin("203.0.113.9").await;
        match answer.status {
            303 => {}
            _ => {
                answer.refused(429, "auth.too_many_tries");
                refused += 1;
            }
        }
    }
    assert!((30..=60).contains(&refused), "{refused}");
    assert_eq!(idp.hook.requests().len(), 1, "what the provider says of itself is known from a moment ago");
    assert_eq!(begin("203.0.113.10").await.status, 303);
    s.advance(2 * MINUTE).await;
    assert_eq!(begin("203.0.113.9").await.status, 303);
    s.advance(11 * MINUTE).await;
    assert_eq!(begin("203.0.113.9").await.status, 303);
    assert_eq!(idp.hook.requests().len(), 1, "after some minutes it is asked again");
}
