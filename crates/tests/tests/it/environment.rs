//! Channels that the environment of the server asks for, and webhooks at the plain paths that name only the provider.

use connectors::kit::twilio::proof::sign;
use kernel::BoxFuture;
use kernel::channel::Simulated;
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tests::{Options, TestServer};

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}
fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}
async fn channels(s: &TestServer) -> Vec<Value> {
    let all = s.alice.get("/channels").await.ok();
    all["data"].as_array().unwrap().iter().filter(|c| c["channel"] != "webchat").cloned().collect()
}
async fn one(s: &TestServer, word: &str) -> Value {
    let mut all = channels(s).await;
    all.retain(|c| c["channel"] == word);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

const SMS: &[(&str, &str)] = &[("SMS_SERVICE", "mock"), ("TWILIO_PHONE_NUMBER", "+15005550006")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_make_channels_and_keep_them_in_step() {
    let both = [SMS, &[("EMAIL_SERVICE", "mock"), ("FROM_EMAIL", "hello@desk.example")]].concat();
    let mut s = TestServer::start_with(Options { env: env(&both), ..Default::default() }).await;
    let (sms, mail) = (one(&s, "sms").await, one(&s, "email").await);
    assert_eq!(
        (sms["account_identifier"].as_str(), mail["account_identifier"].as_str()),
        (Some("+15005550006"), Some("hello@desk.example"))
    );
    assert_eq!((sms["status"].as_str(), sms["read_only"].as_bool(), sms["simulated"].as_bool()), (Some("active"), Some(true), Some(true)));
    let path = format!("/channels/{}", text(&sms["id"]));
    s.alice.patch(&path, json!({ "name": "Mine" })).await.refused(409, "channel.read_only");
    s.alice.patch(&path, json!({ "configuration": { "sender": "+15005550009" } })).await.refused(409, "channel.read_only");
    // They work: a customer writes, somebody answers.
    s.alice.post(&format!("{path}/simulate"), json!({ "text": "Hello", "customer": 1 })).await.ok();
    s.settle().await;
    let c = s.only_conversation().await;
    let m = s.reply(&text(&c["id"]), "Good morning").await;
    assert!(["sent", "delivered"].contains(&s.message(&text(&m["id"])).await["status"].as_str().unwrap()));
    // Started twice, there is no second one.
    s.restart().await;
    assert_eq!((one(&s, "sms").await["id"].clone(), one(&s, "email").await["id"].clone()), (sms["id"].clone(), mail["id"].clone()));
    // Another value changes the channel; its conversations stay. What is no longer asked for stops, and comes back when it is.
    s.restart_under(&[("SMS_SERVICE", "mock"), ("TWILIO_PHONE_NUMBER", "+15005550111")]).await;
    let changed = one(&s, "sms").await;
    assert_eq!((&changed["id"], changed["account_identifier"].as_str()), (&sms["id"], Some("+15005550111")));
    assert_eq!(s.only_conversation().await["channel_id"], sms["id"]);
    assert_eq!(one(&s, "email").await["status"], "inactive");
    s.restart_under(&both).await;
    assert_eq!((one(&s, "email").await["status"].as_str(), one(&s, "email").await["id"].clone()), (Some("active"), mail["id"].clone()));
    // A service that does not exist makes nothing, and the server starts all the same.
    s.restart_under(&[("SMS_SERVICE", "carrier-pigeon")]).await;
    assert_eq!(channels(&s).await.len(), 2);
}

/// Nobody outside answers; what is asked of them is remembered.
#[derive(Default)]
struct Asked(Mutex<Vec<HttpRequest>>);
impl HttpClient for Asked {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        self.0.lock().unwrap().push(request);
        let headers = vec![("x-message-id".to_owned(), "theirs-1".to_owned())];
        Box::pin(std::future::ready(Ok(HttpResponse { status: 202, headers, body: b"{}".to_vec() })))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_variable_that_is_documented_reaches_the_channel_it_is_for() {
    let outside = Arc::new(Asked::default());
    let common = [
        ("FROM_EMAIL", "hello@desk.example"),
        ("FROM_NAME", "The desk"),
        ("SMS_SERVICE", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "twilio-token"),
        ("TWILIO_PHONE_NUMBER", "+15005550006"),
    ];
    let sendgrid = [("EMAIL_SERVICE", "sendgrid"), ("SENDGRID_API_KEY", "SG.key")];
    let ses = [
        ("EMAIL_SERVICE", "ses"),
        ("AWS_SES_REGION", "eu-central-1"),
        ("AWS_SES_ACCESS_KEY", "AKIDEXAMPLE"),
        ("AWS_SES_SECRET_KEY", "aws-secret"),
        ("AWS_SES_TOPIC_ARNS", "arn:aws:sns:eu-central-1:123456789012:mail, arn:aws:sns:eu-central-1:123456789012:reports"),
    ];
    let mut used: Vec<&str> = common.iter().chain(&sendgrid).chain(&ses).map(|(name, _)| *name).collect();
    used.sort_unstable();
    used.dedup();
    let mut documented = config::PLAIN.to_vec();
    documented.sort_unstable();
    assert_eq!(used, documented, "this story sets every variable of docs/configuration.md");

    let with = [common.as_slice(), &sendgrid].concat();
    let mut s = TestServer::start_with(Options { env: env(&with), http: Some(outside.clone()), ..Default::default() }).await;
    let settings = async |s: &TestServer, channel: &Value| {
        let id = text(&channel["id"]).parse().unwrap();
        let entry = s.app.directory.by_id(&s.app, s.workspace, id).await.unwrap().unwrap();
        entry.account.settings.values().clone()
    };
    let has = |settings: &serde_json::Map<String, Value>, wanted: &[(&str, &str)]| {
        for (name, value) in wanted {
            assert_eq!(settings.get(*name), Some(&json!(value)), "{name}: {settings:#?}");
        }
    };
    let (sms, mail) = (one(&s, "sms").await, one(&s, "email").await);
    assert_eq!(
        (mail["provider"].as_str(), sms["provider"].as_str(), sms["simulated"].as_bool()),
        (Some("sendgrid"), Some("twilio"), Some(false))
    );
    let addressed = [("address", "hello@desk.example"), ("display_name", "The desk")];
    has(&settings(&s, &mail).await, &addressed);
    has(&settings(&s, &mail).await, &[("api_key", "SG.key")]);
    let twilio = [("account_sid", "AC0123456789abcdef0123456789abcdef"), ("auth_token", "twilio-token"), ("sender", "+15005550006")];
    has(&settings(&s, &sms).await, &twilio);
    assert!(!s.alice.get("/channels").await.ok().to_string().contains("SG.key"), "secrets are shown to nobody");
    // A message leaves with them.
    let started = json!({ "channel_id": mail["id"], "to": [{ "address": "ann@shop.example" }], "subject": "Hello", "text": "Good morning", "undo_seconds": 0 });
    s.alice.post("/conversations", started).await.is(201);
    s.settle().await;
    let sent = outside.0.lock().unwrap().iter().find(|r| r.url.ends_with("/mail/send")).cloned().expect("a mail went to SendGrid");
    assert!(sent.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("authorization") && v == "Bearer SG.key"));
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(body["from"]["email"], "hello@desk.example");

    // The other provider of mail: the channel before is kept with its conversations and stops, a new one begins.
    let with = [common.as_slice(), &ses].concat();
    s.restart_under(&with).await;
    let all = channels(&s).await;
    let state = |provider: &str| all.iter().find(|c| c["provider"] == provider).map(|c| text(&c["status"]));
    assert_eq!(
        (state("ses").as_deref(), state("sendgrid").as_deref(), state("twilio").as_deref()),
        (Some("active"), Some("inactive"), Some("active"))
    );
    let channel = all.iter().find(|c| c["provider"] == "ses").unwrap();
    has(&settings(&s, channel).await, &addressed);
    let keys = [("region", "eu-central-1"), ("access_key_id", "AKIDEXAMPLE"), ("secret_access_key", "aws-secret")];
    has(&settings(&s, channel).await, &keys);
    assert_eq!(settings(&s, channel).await["topic_arns"].as_array().map(Vec::len), Some(2));
    // The topics may be left out: the channel sends.
    let fewer: Vec<_> = with.iter().copied().filter(|(name, _)| *name != "AWS_SES_TOPIC_ARNS").collect();
    s.restart_under(&fewer).await;
    let all = channels(&s).await;
    let channel = all.iter().find(|c| c["provider"] == "ses").unwrap();
    assert_eq!((channel["status"].as_str(), settings(&s, channel).await["topic_arns"].as_array().map_or(0, Vec::len)), (Some("active"), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_at_the_plain_path_is_taken_by_whom_it_is_for_and_proved() {
    let mail = [("EMAIL_SERVICE", "mock"), ("FROM_EMAIL", "hello@desk.example")];
    let s = TestServer::start_with(Options { env: env(&mail), ..Default::default() }).await;
    let channel = one(&s, "email").await;
    let entry = s.app.directory.by_id(&s.app, s.workspace, text(&channel["id"]).parse().unwrap()).await.unwrap().unwrap();
    let say = Simulated {
        from: "ann@shop.example".into(),
        text: "Is it there?".into(),
        subject: Some("Parcel".into()),
        external_id: "m-1@shop.example".into(),
        ..Default::default()
    };
    let raw = entry.connector.simulator().unwrap().delivery(&entry.account, &say, s.now());
    let kind = raw.header("content-type").unwrap().to_owned();
    let send = async |password: &str| {
        let path = format!("/api/webhooks/email/sendgrid?password={password}");
        s.web.send("POST", &path, Some(&kind), raw.body.clone().into()).await
    };
    assert_eq!(send("guessed").await.status, 401);
    let path = "/api/webhooks/email/sendgrid";
    assert_eq!(s.web.send("POST", path, Some(&kind), raw.body.clone().into()).await.status, 401);
    s.settle().await;
    assert_eq!(s.conversations().await.len(), 0);
    assert_eq!(send(entry.account.settings.text("webhook_password").unwrap()).await.status, 200);
    s.settle().await;
    let c = s.only_conversation().await;
    assert_eq!((c["channel_id"].as_str(), c["subject"].as_str()), (channel["id"].as_str(), Some("Parcel")));
    // Notices of Amazon at their path: without its signature nothing is believed, and no certificate is fetched from anywhere else.
    let forged = json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-central-1:1:mail", "Message": "{}", "Timestamp": "2026-10-28T10:00:00.000Z",
        "SignatureVersion": "1", "Signature": "AAAA", "SigningCertURL": "https://evil.example/cert.pem" });
    for body in [forged.to_string(), "{}".into(), "nothing".into()] {
        let answer = s.web.send("POST", "/api/webhooks/email/ses", Some("text/plain"), body.into()).await;
        assert!(matches!(answer.status, 401 | 404), "{}", answer.status);
    }
    assert_eq!(s.conversations().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_paths_find_the_channel_whose_proof_fits() {
    let s = TestServer::start_with(Options { env: env(SMS), ..Default::default() }).await;
    let sms = text(&one(&s, "sms").await["id"]);
    let entry = s.app.directory.by_id(&s.app, s.workspace, sms.parse().unwrap()).await.unwrap().unwrap();
    let body = "MessageSid=SM0123456789abcdef0123456789abcdef&AccountSid=".to_owned()
        + entry.account.settings.text("account_sid").unwrap_or_default()
        + "&From=%2B15005550007&To=%2B15005550006&Body=Hello+there&NumMedia=0";
    let url = format!("{}/api/webhooks/sms/twilio", s.app.config.server.public_url);
    let token = entry.account.settings.text("auth_token").unwrap().to_owned();
    let pairs: Vec<(String, String)> = form_urlencoded(&body);
    let send = async |signature: &str| {
        let web = s.web.with("x-twilio-signature", signature);
        web.send("POST", "/api/webhooks/sms/twilio", Some("application/x-www-form-urlencoded"), body.clone().into_bytes().into()).await
    };
    let genuine = sign(&token, &url, &connectors::kit::twilio::proof::sorted(&pairs));
    let forged = sign("another token", &url, &connectors::kit::twilio::proof::sorted(&pairs));
    let journalled = async || s.all(&s.alice, "/journal").await.len();
    for wrong in [forged.as_str(), "", "AAAA"] {
        assert_eq!(send(wrong).await.status, 401, "{wrong}");
    }
    s.web
        .send("POST", "/api/webhooks/sms/twilio", Some("application/x-www-form-urlencoded"), body.clone().into_bytes().into())
        .await
        .is(401);
    s.settle().await;
    assert_eq!((journalled().await, s.conversations().await.len()), (0, 0), "nothing of it is stored");
    assert_eq!(send(&genuine).await.status, 200);
    s.settle().await;
    let c = s.only_conversation().await;
    assert_eq!((c["channel_id"].as_str(), c["messages"][0]["text"].as_str()), (Some(sms.as_str()), Some("Hello there")));

    // Two accounts of one provider: the one whose proof fits gets it.
    let connector = connectors::channel("respondio").unwrap();
    let mut ids = Vec::new();
    for name in ["First", "Second"] {
        let made = s.alice.post("/channels", json!({ "provider": "respondio", "name": name, "simulated": true })).await.is(201);
        ids.push(text(&made["id"]));
    }
    let second = s.app.directory.by_id(&s.app, s.workspace, ids[1].parse().unwrap()).await.unwrap().unwrap();
    let say =
        Simulated { external_id: "77".into(), from: connector.simulated_person(3), text: "By respond.io".into(), ..Default::default() };
    let raw = connector.simulator().unwrap().delivery(&second.account, &say, s.now());
    let post = async |headers: &[(String, String)]| {
        let mut web = s.web.clone();
        for (name, value) in headers.iter().filter(|(n, _)| !n.eq_ignore_ascii_case("content-type")) {
            web = web.with(name, value);
        }
        web.send("POST", "/api/webhooks/respond-io", Some("application/json"), raw.body.clone().into()).await
    };
    let before = journalled().await;
    assert_eq!(post(&[]).await.status, 401);
    let forged: Vec<(String, String)> = raw.headers.iter().map(|(n, v)| (n.clone(), v.replace(char::is_alphanumeric, "x"))).collect();
    assert_eq!(post(&forged).await.status, 401);
    assert_eq!(journalled().await, before, "nothing of it is stored");
    assert_eq!(post(&raw.headers).await.status, 200);
    s.settle().await;
    let all = s.conversations().await;
    assert!(all.iter().any(|c| c["channel_id"] == ids[1].as_str() && c["last_message_preview"] == "By respond.io"), "{all:#?}");
    assert!(all.iter().all(|c| c["channel_id"] != ids[0].as_str()));
}

fn form_urlencoded(body: &str) -> Vec<(String, String)> {
    let plain = |t: &str| t.replace('+', " ").replace("%2B", "+");
    body.split('&').filter_map(|p| p.split_once('=')).map(|(n, v)| (plain(n), plain(v))).collect()
}
