//! Connect buttons, word for word: what is asked of each provider's token endpoint when a code comes back, when a token nears its end,
//! and what happens when the provider gives a new refresh token, gives none, or takes the old one no longer.

use data_encoding::BASE64URL_NOPAD;
use kernel::BoxFuture;
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use tests::{Options, TestServer};

/// Everybody outside: the token endpoint answers what is laid out for it, the API itself is never there.
#[derive(Default)]
struct Outside {
    token_url: Mutex<String>,
    /// Given until another is laid out: the server looks after its channels by itself as well.
    answer: Mutex<(u16, Value)>,
    asked: Mutex<Vec<HttpRequest>>,
}
impl HttpClient for Outside {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        let answer = |status, body: String| HttpResponse {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into_bytes(),
        };
        if request.url != *self.token_url.lock().unwrap() {
            return Box::pin(std::future::ready(Ok(answer(503, "{}".into()))));
        }
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answer.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(answer(status, body.to_string()))))
    }
}
impl Outside {
    fn next(&self, status: u16, body: Value) {
        *self.answer.lock().unwrap() = (status, body);
    }
    /// The form of what came, which is the same each time.
    fn form(&self) -> Vec<(String, String)> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        assert!(!asked.is_empty() && asked.iter().all(|r| r.body == asked[0].body), "{asked:#?}");
        let of = |name: &str| asked[0].headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v.as_str());
        assert_eq!((asked[0].method, of("content-type"), of("authorization")), ("POST", "application/x-www-form-urlencoded", ""));
        pairs(std::str::from_utf8(&asked[0].body).unwrap())
    }
}

fn pairs(form: &str) -> Vec<(String, String)> {
    let plain = |t: &str| {
        let mut out = Vec::new();
        let mut bytes = t.bytes();
        while let Some(b) = bytes.next() {
            out.push(match b {
                b'+' => b' ',
                b'%' => u8::from_str_radix(&[bytes.next().unwrap(), bytes.next().unwrap()].map(char::from).iter().collect::<String>(), 16)
                    .unwrap(),
                other => other,
            });
        }
        String::from_utf8(out).unwrap()
    };
    form.split('&').filter_map(|p| p.split_once('=')).map(|(n, v)| (plain(n), plain(v))).collect()
}
fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

struct Provider {
    id: &'static str,
    configuration: Value,
    authorize: &'static str,
    scope: &'static str,
    token_url: &'static str,
    client: (&'static str, &'static str),
    pkce: bool,
    /// What else the provider puts into its answer, and what of it becomes the account's name.
    answer: Value,
}

fn providers() -> Vec<Provider> {
    vec![
        Provider {
            id: "gmail",
            configuration: json!({ "address": "desk@shop.example", "client_id": "our.apps.example", "client_secret": "GOCSPX-1" }),
            authorize: "https://accounts.google.com/o/oauth2/v2/auth?",
            scope: "https://www.googleapis.com/auth/gmail.modify https://www.googleapis.com/auth/gmail.send",
            token_url: "https://oauth2.googleapis.com/token",
            client: ("our.apps.example", "GOCSPX-1"),
            pkce: true,
            answer: json!({ "token_type": "Bearer", "scope": "https://www.googleapis.com/auth/gmail.modify" }),
        },
        Provider {
            id: "graph",
            configuration: json!({ "address": "desk@shop.example", "tenant": "contoso.example", "client_id": "0000-app", "client_secret": "ms~secret" }),
            authorize: "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize?",
            scope: "offline_access https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.ReadWrite \
                    https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.ReadWrite.Shared https://graph.microsoft.com/Mail.Send.Shared",
            token_url: "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
            client: ("0000-app", "ms~secret"),
            pkce: true,
            answer: json!({ "token_type": "Bearer", "ext_expires_in": 3_600 }),
        },
        Provider {
            id: "slack",
            configuration: json!({ "signing_secret": "sign", "client_id": "123.456", "client_secret": "slack-secret" }),
            authorize: "https://slack.com/oauth/v2/authorize?",
            scope: "",
            token_url: "https://slack.com/api/oauth.v2.access",
            client: ("123.456", "slack-secret"),
            pkce: false,
            answer: json!({ "ok": true, "token_type": "bot", "team": { "id": "T0123", "name": "Acme" }, "bot_user_id": "U1" }),
        },
        Provider {
            id: "messenger",
            configuration: json!({ "app_id": "670843887433847", "app_secret": "meta-secret", "page_id": "106540352242922" }),
            authorize: "https://www.facebook.com/v23.0/dialog/oauth?",
            scope: "pages_show_list,pages_messaging,pages_manage_metadata,business_management",
            token_url: "https://graph.facebook.com/v23.0/oauth/access_token",
            client: ("670843887433847", "meta-secret"),
            pkce: false,
            answer: json!({ "token_type": "bearer" }),
        },
        Provider {
            id: "instagram",
            configuration: json!({ "app_id": "990602627938098", "app_secret": "ig-secret", "instagram_id": "17841400000000000" }),
            authorize: "https://www.instagram.com/oauth/authorize?",
            scope: "instagram_business_basic,instagram_business_manage_messages",
            token_url: "https://api.instagram.com/oauth/access_token",
            client: ("990602627938098", "ig-secret"),
            pkce: false,
            answer: json!({ "user_id": 17_841_400_000_000_000i64, "permissions": ["instagram_business_basic"] }),
        },
    ]
}

fn answered(p: &Provider, more: Value) -> Value {
    let mut all = p.answer.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_and_tokens_are_exchanged_as_each_provider_wants_it() {
    let outside = Arc::new(Outside::default());
    let s = TestServer::start_with(Options { http: Some(outside.clone()), ..Default::default() }).await;
    for p in providers() {
        let name = p.id;
        *outside.token_url.lock().unwrap() = p.token_url.to_owned();
        let body = json!({ "provider": name, "name": name, "configuration": p.configuration });
        let channel = s.alice.post("/channels", body).await.is(201);
        let path = format!("/channels/{}", channel["id"].as_str().unwrap());
        let begun = s.alice.post(&format!("{path}/connect"), json!({})).await.ok()["url"].as_str().unwrap().to_owned();
        assert!(begun.starts_with(p.authorize), "{begun}");
        let query = pairs(begun.split_once('?').unwrap().1);
        let redirect = format!("{}/oauth/callback", s.app.config.server.public_url);
        assert_eq!(
            (value(&query, "response_type"), value(&query, "client_id"), value(&query, "redirect_uri")),
            ("code", p.client.0, redirect.as_str()),
            "{name}"
        );
        if !p.scope.is_empty() {
            assert_eq!(value(&query, "scope"), p.scope, "{name}");
        }
        assert_eq!(value(&query, "code_challenge_method"), if p.pkce { "S256" } else { "" }, "{name}");
        assert!(!begun.contains(p.client.1), "the secret stays here: {begun}");

        // The code, once, with the verifier whose hash went ahead.
        outside.next(
            200,
            answered(&p, json!({ "access_token": format!("{name}-a1"), "refresh_token": format!("{name}-r1"), "expires_in": 3_600 })),
        );
        let state = value(&query, "state").to_owned();
        let back = s.alice.at("").get(&format!("/oauth/callback?code=c%2Fode&state={state}")).await;
        assert!(back.header("location").contains("connected=1"), "{name}: {}", back.header("location"));
        let mut form = outside.form();
        if p.pkce {
            let (field, verifier) = form.pop().unwrap();
            assert_eq!(field, "code_verifier");
            assert!((43..=128).contains(&verifier.len()), "{name}: {verifier}");
            assert_eq!(value(&query, "code_challenge"), BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes())), "{name}");
        }
        let expected = [
            ("grant_type", "authorization_code"),
            ("code", "c/ode"),
            ("redirect_uri", &redirect),
            ("client_id", p.client.0),
            ("client_secret", p.client.1),
        ];
        assert_eq!(form, expected.map(|(n, v)| (n.to_owned(), v.to_owned())), "{name}");
        assert_eq!(s.alice.get(&path).await.ok()["connected"], true, "{name}");

        // Near its end it is renewed: the refresh token that came last counts, and one that is not sent again stays.
        let refresh = async |token: &str, status: u16, answer: Value| {
            outside.next(status, answer);
            s.clock.advance(3_590_000);
            let check = s.alice.post(&format!("{path}/check"), json!({})).await.ok();
            let expected =
                [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", p.client.0), ("client_secret", p.client.1)];
            assert_eq!(outside.form(), expected.map(|(n, v)| (n.to_owned(), v.to_owned())), "{name}");
            check
        };
        let (first, second) = (format!("{name}-r1"), format!("{name}-r2"));
        refresh(&first, 200, answered(&p, json!({ "access_token": format!("{name}-a2"), "refresh_token": second, "expires_in": 3_600 })))
            .await;
        refresh(&second, 200, answered(&p, json!({ "access_token": format!("{name}-a3"), "expires_in": 3_600 }))).await;
        let refused = json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." });
        let check = refresh(&second, 400, refused).await;
        assert_eq!(check["ok"], false, "{name}: {check}");
        let now = s.alice.get(&path).await.ok();
        assert_eq!(now["status"], "error", "{name}: {now:#}");
        let words = now["sync_error"].as_str().unwrap();
        assert!(words.contains("Connect again") && words.contains("expired or revoked"), "{name}: {words}");
        for token in ["a1", "a2", "a3", "r1", "r2"] {
            assert!(!now.to_string().contains(&format!("{name}-{token}")), "no token is shown");
        }
        s.alice.delete(&path).await.is(204);
    }
}
