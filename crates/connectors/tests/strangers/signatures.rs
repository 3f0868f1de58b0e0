//! The providers' own libraries sign what we verify, and verify what our simulators sign.

use crate::sdk::Sdk;
use crate::world::account;
use connectors::kit::forms;
use data_encoding::BASE64;
use kernel::channel::*;
use kernel::clock::{Clock, SystemClock};
use kernel::http::HttpRequest;
use kernel::message::MessageStatus;
use serde_json::{Map, Value, json};

struct Door {
    channel: &'static dyn Channel,
    account: Account,
    now: i64,
}

impl Door {
    fn of(id: &str, form: Value) -> Self {
        let channel = connectors::channel(id).unwrap();
        Self { channel, account: account(channel, &form), now: SystemClock.now() }
    }
    fn seconds(&self) -> String {
        (self.now / 1_000).to_string()
    }
    fn posted(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> RawDelivery {
        let headers = headers.iter().map(|(n, v)| (n.to_lowercase(), (*v).to_owned())).collect();
        RawDelivery { method: "POST".into(), path: path.into(), headers, body: body.to_vec(), received_at: self.now, peer: None }
    }
    fn verify(&self, raw: &RawDelivery, keys: Option<&[u8]>) -> Result<(), &'static str> {
        let proof = Proof { now: self.now, keys };
        self.channel.verify(&self.account, Unverified::new(raw.clone()), proof).map(|_| ()).map_err(|r| r.code)
    }
    /// Genuine as it is, and not with any byte of its body changed.
    fn genuine(&self, raw: &RawDelivery, keys: Option<&[u8]>) {
        let id = self.channel.descriptor().id;
        assert_eq!(self.verify(raw, keys), Ok(()), "{id}: the library signed it");
        for at in [0, raw.body.len() / 2, raw.body.len() - 1] {
            let mut changed = raw.clone();
            changed.body[at] ^= 1;
            assert_eq!(self.verify(&changed, keys), Err("signature.wrong"), "{id}: byte {at} changed");
        }
    }
    /// What the simulated customer says.
    fn said(&self) -> RawDelivery {
        let say = Simulated {
            external_id: "said-1".into(),
            from: self.channel.simulated_person(1),
            from_name: Some("Ann Größe".into()),
            subject: Some("Order 1001".into()),
            text: "Where is my order? 📦 & more".into(),
            ..Simulated::default()
        };
        self.channel.simulator().unwrap().delivery(&self.account, &say, self.now)
    }
}

fn header<'a>(raw: &'a RawDelivery, name: &str) -> &'a str {
    raw.header(name).unwrap_or_else(|| panic!("no header {name}"))
}
/// A form as the libraries take it: repeated names with the list of their values.
fn params(body: &[u8]) -> Value {
    let mut out = Map::new();
    for (name, value) in forms::pairs(body) {
        match out.get_mut(&name) {
            None => drop(out.insert(name, value.into())),
            Some(Value::Array(list)) => list.push(value.into()),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    out.into()
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn twilio_signs_and_verifies() {
    let mut sdk = Sdk::node();
    let token = "12345678901234567890123456789012";
    let form = json!({"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "auth_token": token, "sender": "+15005550006"});
    for id in ["twilio", "twilio_whatsapp"] {
        let door = Door::of(id, form.clone());
        let at = |path: &str| format!("https://inbox.acme.example{path}");
        let path = format!("/api/webhooks/{id}/key-1?message=msg_1&sender=%2B15005550006");
        let body = b"MediaUrl0=https%3A%2F%2Fb&Body=H%C3%A9llo+%26+welcome+%3D+100%25%3F&From=%2B27821234567&Empty=&Twice=b&Twice=a";
        let signature = sdk.text("twilio.sign", json!({"token": token, "url": at(&path), "params": params(body)})).await;
        door.genuine(&door.posted(&path, &[("X-Twilio-Signature", &signature)], body), None);

        let body = r#"{"event":"delivered","words":"Größe"}"#;
        let hash = sdk.text("twilio.hash", json!({"body": body})).await;
        let path = format!("/api/webhooks/{id}/key-1?bodySHA256={hash}");
        let signature = sdk.text("twilio.sign", json!({"token": token, "url": at(&path), "params": {}})).await;
        let raw = door.posted(&path, &[("X-Twilio-Signature", &signature), ("Content-Type", "application/json")], body.as_bytes());
        door.genuine(&raw, None);
        let verified = json!({"token": token, "url": at(&path), "signature": signature, "body": body});
        assert!(sdk.genuine("twilio.verify_body", verified).await);

        for raw in [
            door.said(),
            door.channel.simulator().unwrap().report(&door.account, "SM1", "+27821234567", MessageStatus::Delivered, door.now).unwrap(),
        ] {
            let mut question =
                json!({"token": token, "url": at(&raw.path), "signature": header(&raw, "x-twilio-signature"), "params": params(&raw.body)});
            assert!(sdk.genuine("twilio.verify", question.clone()).await, "{raw:?}");
            question["params"]["More"] = "1".into();
            assert!(!sdk.genuine("twilio.verify", question).await);
        }
    }
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn sendgrid_verifies_events() {
    let mut sdk = Sdk::node();
    let form = json!({"address": "support@acme.example", "api_key": "SG.1", "webhook_password": "p", "event_key": "set below"});
    let mut door = Door::of("sendgrid", form.clone());
    let (body, timestamp) = ("[{\"email\":\"ann@customer.example\",\"event\":\"delivered\",\"words\":\"Größe\"}]\r\n", door.seconds());
    let made = sdk.ask("sendgrid.sign", json!({"timestamp": timestamp, "body": BASE64.encode(body.as_bytes())})).await;
    let (key, signature) = (made["key"].as_str().unwrap(), made["signature"].as_str().unwrap());
    let question = json!({"key": key, "timestamp": timestamp, "signature": signature, "body": BASE64.encode(body.as_bytes())});
    assert!(sdk.genuine("sendgrid.verify", question).await);
    let with_key = |key: &str| {
        let mut form = form.clone();
        form["event_key"] = key.into();
        form
    };
    door.account = account(door.channel, &with_key(key));
    let headers = [
        ("X-Twilio-Email-Event-Webhook-Signature", signature),
        ("X-Twilio-Email-Event-Webhook-Timestamp", timestamp.as_str()),
        ("Content-Type", "application/json"),
    ];
    door.genuine(&door.posted("/api/webhooks/sendgrid/key-1", &headers, body.as_bytes()), None);

    use connectors::channels::sendgrid::{SIGNATURE_HEADER, TIMESTAMP_HEADER, simulator::PUBLIC_KEY};
    door.account = account(door.channel, &with_key(PUBLIC_KEY));
    let simulator = door.channel.simulator().unwrap();
    let raw = simulator.report(&door.account, "m1@acme.example", "ann@customer.example", MessageStatus::Delivered, door.now).unwrap();
    let mut question = json!({"key": PUBLIC_KEY, "timestamp": header(&raw, TIMESTAMP_HEADER), "signature": header(&raw, SIGNATURE_HEADER),
        "body": BASE64.encode(&raw.body)});
    assert!(sdk.genuine("sendgrid.verify", question.clone()).await);
    question["timestamp"] = "1".into();
    assert!(!sdk.genuine("sendgrid.verify", question).await);
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn slack_signs_and_verifies() {
    let mut sdk = Sdk::python();
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let door = Door::of("slack", json!({"signing_secret": secret, "access_token": "xoxb-1", "team_id": "T0123456789"}));
    let (body, timestamp) = (r#"{"type":"event_callback","event":{"text":"Größe"}}"#.as_bytes(), door.seconds());
    let question = json!({"secret": secret, "timestamp": timestamp, "body": BASE64.encode(body)});
    let signature = sdk.text("slack.sign", question).await;
    let headers = [("X-Slack-Request-Timestamp", timestamp.as_str()), ("X-Slack-Signature", signature.as_str())];
    door.genuine(&door.posted("/api/webhooks/slack", &headers, body), None);

    let raw = door.said();
    let mut question = json!({"secret": secret, "timestamp": header(&raw, "x-slack-request-timestamp"),
        "signature": header(&raw, "x-slack-signature"), "body": BASE64.encode(&raw.body)});
    assert!(sdk.genuine("slack.verify", question.clone()).await);
    question["body"] = BASE64.encode(b"{}").into();
    assert!(!sdk.genuine("slack.verify", question).await);
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn discord_verifies_interactions() {
    let mut sdk = Sdk::node();
    let mut form = json!({"bot_token": "MTE.abc.def", "application_id": "1100000000000000004", "public_key": "00"});
    let (body, timestamp) = (r#"{"type":1,"words":"Größe"}"#.as_bytes(), (SystemClock.now() / 1_000).to_string());
    let made = sdk.ask("discord.sign", json!({"timestamp": timestamp, "body": BASE64.encode(body)})).await;
    let (key, signature) = (made["key"].as_str().unwrap(), made["signature"].as_str().unwrap());
    let question = json!({"key": key, "timestamp": timestamp, "signature": signature, "body": BASE64.encode(body)});
    assert!(sdk.genuine("discord.verify", question).await);
    form["public_key"] = key.into();
    let door = Door::of("discord", form);
    let headers = [("X-Signature-Ed25519", signature), ("X-Signature-Timestamp", timestamp.as_str())];
    door.genuine(&door.posted("/api/webhooks/discord/key-1", &headers, body), None);
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn line_signs_and_verifies() {
    let mut sdk = Sdk::node();
    let secret = "8c570fa6dd201bb328f1c1eac23a96d8";
    let door = Door::of("line", json!({"basic_id": "@123abcde", "channel_access_token": "t", "channel_secret": secret}));
    let body = r#"{"destination":"U1","events":[{"message":{"text":"Größe"}}]}"#.as_bytes();
    let signature = sdk.text("line.sign", json!({"secret": secret, "body": BASE64.encode(body)})).await;
    let verify = |body: &[u8], signature: &str| json!({"secret": secret, "body": BASE64.encode(body), "signature": signature});
    assert!(sdk.genuine("line.verify", verify(body, &signature)).await);
    let name = sdk.text("line.header", json!({})).await;
    door.genuine(&door.posted("/api/webhooks/line/key-1", &[(&name, &signature)], body), None);

    let raw = door.said();
    assert!(sdk.genuine("line.verify", verify(&raw.body, header(&raw, &name))).await);
    assert!(!sdk.genuine("line.verify", verify(b"{}", header(&raw, &name))).await);
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn viber_signs_and_verifies() {
    let mut sdk = Sdk::python();
    let token = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9";
    let door = Door::of("viber", json!({"auth_token": token, "uri": "acmesupport", "sender_name": "Acme"}));
    let body = r#"{"event":"message","message":{"text":"Größe"}}"#.as_bytes();
    let signature = sdk.text("viber.sign", json!({"token": token, "body": BASE64.encode(body)})).await;
    door.genuine(&door.posted("/api/webhooks/viber/key-1", &[("X-Viber-Content-Signature", &signature)], body), None);

    let raw = door.said();
    let mut question = json!({"token": token, "body": BASE64.encode(&raw.body), "signature": header(&raw, "x-viber-content-signature")});
    assert!(sdk.genuine("viber.verify", question.clone()).await);
    question["body"] = BASE64.encode(b"{}").into();
    assert!(!sdk.genuine("viber.verify", question).await);
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn x_is_calculated_elsewhere_too() {
    let mut sdk = Sdk::python();
    let secret = "consumer-secret";
    let door = Door::of("x", json!({"consumer_secret": secret, "user_id": "111", "access_token": "t"}));
    let body = r#"{"for_user_id":"111","words":"Größe"}"#.as_bytes();
    let signature = sdk.text("x.sign", json!({"secret": secret, "body": BASE64.encode(body)})).await;
    door.genuine(&door.posted("/api/webhooks/x/key-1", &[("x-twitter-webhooks-signature", &signature)], body), None);
    let raw = door.said();
    let theirs = sdk.text("x.sign", json!({"secret": secret, "body": BASE64.encode(&raw.body)})).await;
    assert_eq!(header(&raw, "x-twitter-webhooks-signature"), theirs);
    // The challenge is signed in the same way.
    let asked = RawDelivery { method: "GET".into(), path: "/api/webhooks/x/key-1?crc_token=abc%2Bdef".into(), ..RawDelivery::default() };
    let reply = door.channel.challenge(&door.account, &asked).unwrap().unwrap();
    let theirs = sdk.text("x.sign", json!({"secret": secret, "body": BASE64.encode(b"abc+def")})).await;
    assert_eq!(serde_json::from_slice::<Value>(&reply.body).unwrap(), json!({"response_token": theirs}));
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn google_signs_pushes() {
    let mut sdk = Sdk::python();
    let pusher = "push@acme.iam.gserviceaccount.com";
    let door = Door::of(
        "gmail",
        json!({"address": "support@acme.example", "client_id": "1", "client_secret": "s", "access_token": "t", "push_service_account": pusher}),
    );
    let (path, seconds) = ("/api/webhooks/gmail/key-1", door.now / 1_000);
    let claims = json!({"iss": "https://accounts.google.com", "aud": format!("https://inbox.acme.example{path}"), "email": pusher,
        "email_verified": true, "iat": seconds, "exp": seconds + 3_600, "sub": "1", "azp": "1"});
    let made = sdk.ask("google.sign", json!({"claims": claims})).await;
    let (token, keys) = (made["token"].as_str().unwrap(), made["keys"].to_string());
    let push = |token: &str| door.posted(path, &[("authorization", &format!("Bearer {token}"))], br#"{"message":{"data":"e30="}}"#);
    assert_eq!(door.verify(&push(token), Some(keys.as_bytes())), Ok(()));
    // The token is what is signed: any of its three parts with another letter is none.
    for (n, part) in token.split('.').enumerate() {
        let letter = if part.as_bytes()[10] == b'A' { "B" } else { "A" };
        let changed = token.replacen(part, &format!("{}{letter}{}", &part[..10], &part[11..]), 1);
        assert_eq!(door.verify(&push(&changed), Some(keys.as_bytes())), Err("signature.wrong"), "part {n}");
    }
    let other = sdk.ask("google.sign", json!({"claims": claims})).await["keys"].to_string();
    assert_eq!(door.verify(&push(token), Some(other.as_bytes())), Err("signature.wrong"), "another key of that name");
    let elsewhere = sdk
        .ask("google.sign", json!({"claims": {"iss": "https://accounts.google.com", "aud": "https://other.example/", "exp": seconds + 60}}))
        .await;
    let wrong = door.verify(&push(elsewhere["token"].as_str().unwrap()), Some(elsewhere["keys"].to_string().as_bytes()));
    assert_eq!(wrong, Err("signature.wrong"), "somebody else's push");
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn amazon_verifies_the_simulated_notifications() {
    let mut sdk = Sdk::node();
    let door = Door::of(
        "ses",
        json!({"address": "support@acme.example", "region": "eu-west-1", "access_key_id": "AKID", "secret_access_key": "s",
            "topic_arns": ["arn:aws:sns:eu-west-1:123456789012:inbound"]}),
    );
    let raw = door.said();
    let mut message: Value = serde_json::from_slice(&raw.body).unwrap();
    let url = door.channel.keys_url(&door.account, &raw).unwrap();
    let path = &url[url.rfind('/').unwrap()..];
    let keys = door.channel.simulator().unwrap().provider(&door.account, &HttpRequest::new("GET", path), 1, door.now).response.body;
    door.genuine_message(&raw, &keys);
    let question = |message: &Value| json!({"message": message, "certificate": String::from_utf8_lossy(&keys)});
    assert_eq!(sdk.ask("sns.verify", question(&message)).await, json!(true));
    message["Subject"] = "another".into();
    assert_eq!(sdk.ask("sns.verify", question(&message)).await, json!("The message signature is invalid."));
}

impl Door {
    /// Not every byte of the outer JSON is signed: those of the message are.
    fn genuine_message(&self, raw: &RawDelivery, keys: &[u8]) {
        assert_eq!(self.verify(raw, Some(keys)), Ok(()));
        let text = String::from_utf8_lossy(&raw.body).replace("said-1", "said-2");
        let changed = RawDelivery { body: text.into_bytes(), ..raw.clone() };
        assert_eq!(self.verify(&changed, Some(keys)), Err("signature.wrong"));
    }
}
