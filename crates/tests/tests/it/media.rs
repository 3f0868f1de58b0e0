//! Files on their way: into the form that a provider takes, and from providers that do not answer at once.

use connectors::kit::signatures::sign_timestamped;
use serde_json::{Value, json};
use tests::{Hook, HookAnswer, TestServer};

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}

/// Eight pixels each way, as old programs write pictures.
pub fn bmp() -> Vec<u8> {
    let mut out = b"BM".to_vec();
    out.extend_from_slice(&(54u32 + 192).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&54u32.to_le_bytes());
    out.extend_from_slice(&40u32.to_le_bytes());
    out.extend_from_slice(&8i32.to_le_bytes());
    out.extend_from_slice(&8i32.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&24u16.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&192u32.to_le_bytes());
    out.extend_from_slice(&[0; 16]);
    out.extend(std::iter::repeat_n([30u8, 120, 200], 64).flatten());
    out
}
/// Half a second of a tone.
fn wav() -> Vec<u8> {
    let data: Vec<u8> = (0..4_000u32).flat_map(|n| (((f64::from(n) * 0.35).sin() * 9_000.0) as i16).to_le_bytes()).collect();
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&8_000u32.to_le_bytes());
    out.extend_from_slice(&16_000u32.to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.extend_from_slice(&data);
    out
}

async fn send_file(s: &TestServer, conversation: &str, name: &str, kind: &str, bytes: &[u8]) -> Value {
    let file = s.alice.upload("/files", name, kind, bytes).await.is(201);
    let path = format!("/conversations/{conversation}/messages");
    let m = s.alice.post(&path, json!({ "text": "", "attachments": [file["id"]], "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    s.message(&text(&m["id"])).await
}

/// The simulators refuse what their providers refuse: a BMP, a WAV.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_leave_in_a_form_that_the_provider_takes() {
    let s = TestServer::start().await;
    for provider in ["whatsapp", "telegram"] {
        let made = s.alice.post("/channels", json!({ "provider": provider, "name": provider, "simulated": true })).await.is(201);
        let channel = text(&made["id"]);
        s.alice.post(&format!("/channels/{channel}/simulate"), json!({ "text": "Show me", "customer": 7 })).await.ok();
        s.settle().await;
        let all = s.conversations().await;
        let c = text(&all.iter().find(|c| c["channel_id"] == channel.as_str()).unwrap()["id"]);
        let m = send_file(&s, &c, "shop window.bmp", "image/bmp", &bmp()).await;
        assert_eq!((m["status"] != "failed", &m["error"]), (true, &Value::Null), "{provider}: {m:#}");
        let file = &m["attachments"][0];
        assert_eq!(
            (file["content_type"].as_str(), file["sent_as"]["content_type"].as_str()),
            (Some("image/bmp"), Some("image/jpeg")),
            "{provider}"
        );
        let original = s.web.get(&text(&file["url"])).await;
        assert_eq!(original.bytes, bmp(), "the original is kept");
        let m = send_file(&s, &c, "note.wav", "audio/wav", &wav()).await;
        assert_eq!(m["attachments"][0]["sent_as"]["content_type"], "audio/ogg", "{provider}: {m:#}");
        assert_ne!(m["status"], "failed", "{provider}: {m:#}");
        let seen = s.alice.get(&format!("/channels/{channel}/simulator")).await.ok().to_string();
        assert!(seen.contains("shop window.jpg") || seen.contains("shop-window.jpg"), "{provider}: {seen}");
        // What can be sent as it is stays as it is.
        let m = send_file(&s, &c, "list.txt", "text/plain", b"one\ntwo\n").await;
        assert_eq!((m["status"] != "failed", &m["attachments"][0]["sent_as"]), (true, &Value::Null), "{provider}");
        // A picture that is none says so, and is not tried again and again.
        let m = send_file(&s, &c, "broken.bmp", "image/bmp", &bmp()[..60]).await;
        assert_eq!(m["status"], "failed", "{provider}");
        assert!(text(&m["error"]).contains("broken.bmp could not be sent as image/jpeg"), "{m:#}");
    }
}

/// Every form that a channel promises to make can be made, and is one that it takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_message_and_a_large_picture_fit_where_they_are_sent() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "instagram", "name": "instagram", "simulated": true })).await.is(201);
    let channel = text(&made["id"]);
    s.alice.post(&format!("/channels/{channel}/simulate"), json!({ "text": "Tell me", "customer": 7 })).await.ok();
    s.settle().await;
    let c = text(&s.conversations().await.iter().find(|c| c["channel_id"] == channel.as_str()).unwrap()["id"]);
    // A voice message as another channel brought it: Ogg Opus, which Instagram does not take.
    let voice = edges::convert::convert(&wav(), "audio/ogg", 1 << 20).unwrap();
    let m = send_file(&s, &c, "voice.ogg", "audio/ogg", &voice).await;
    assert_eq!((m["status"] != "failed", m["attachments"][0]["sent_as"]["content_type"].as_str()), (true, Some("audio/wav")), "{m:#}");
    for kind in s.alice.get("/channel-types").await.ok()["data"].as_array().unwrap() {
        for convert in kind["limits"]["convert"].as_array().unwrap() {
            let to = text(&convert["to"]);
            let source = if to.starts_with("image/") { bmp() } else { wav() };
            edges::convert::convert(&source, &to, 1 << 20).unwrap_or_else(|e| panic!("{}: {to}: {}", kind["id"], e.0));
            let taken = kind["limits"]["media"].as_array().unwrap();
            let fits = taken.iter().any(|m| to.starts_with(m["prefix"].as_str().unwrap()));
            assert!(fits || taken.is_empty(), "{} makes {to} and does not take it", kind["id"]);
        }
    }
}

const SECRET: &str = "a secret of the telephone system";

pub struct Phone {
    path: String,
    pub pbx: Hook,
}
impl Phone {
    pub async fn connect(s: &TestServer) -> Self {
        let configuration = json!({ "number": "+27105550001", "secret": SECRET, "fetch_recordings": true });
        let made =
            s.alice.post("/channels", json!({ "provider": "phone", "name": "Main line", "configuration": configuration })).await.is(201);
        Self { path: format!("/api/webhooks/phone/{}", text(&made["key"])), pbx: Hook::start().await }
    }
    pub async fn recorded(&self, s: &TestServer, id: &str) {
        self.tell(s, id).await;
        s.settle().await;
    }
    /// The same without waiting.
    pub async fn tell(&self, s: &TestServer, id: &str) {
        let record = json!({
            "id": id, "direction": "inbound", "from": "+27825550001", "outcome": "voicemail", "seconds": 9,
            "recording_url": format!("http://{}/{id}.mp3", self.pbx.address),
        });
        let body = record.to_string().into_bytes();
        let mut web = s.web.clone();
        for (name, value) in sign_timestamped(SECRET, &body, s.now()) {
            web = web.with(&name, &value);
        }
        web.send("POST", &self.path, Some("application/json"), body.into()).await.is(200);
    }
    pub fn answers(&self) {
        self.pbx.next(HookAnswer::Status(200, vec![], format!("ID3\u{4}{}", "sound ".repeat(40))));
    }
}
pub async fn last(s: &TestServer) -> Value {
    let c = s.only_conversation().await;
    c["messages"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_fetched_now_is_fetched_later() {
    let s = TestServer::start().await;
    let phone = Phone::connect(&s).await;
    for _ in 0..2 {
        phone.pbx.next_status(503);
    }
    phone.answers();
    phone.recorded(&s, "c-1").await;
    let m = last(&s).await;
    assert_eq!(
        (m["attachments"].as_array().unwrap().len(), m["metadata"]["files_pending"][0]["name"].as_str()),
        (0, Some("c-1.mp3")),
        "{m:#}"
    );
    assert!(!m["metadata"]["files_pending"].to_string().contains("http"), "no address of the provider's is kept twice");
    let mut live = s.events(&s.bob, "").await;
    s.advance(6_000).await;
    s.advance(10_000).await;
    live.event("message.updated").await;
    let m = last(&s).await;
    assert_eq!(
        (m["attachments"][0]["content_type"].as_str(), &m["metadata"]["files_pending"]),
        (Some("audio/mpeg"), &Value::Null),
        "{m:#}"
    );
    assert_eq!(s.web.get(&text(&m["attachments"][0]["url"])).await.status, 200);
    assert_eq!(phone.pbx.requests().len(), 3);
    s.alice.post(&format!("/messages/{}/fetch-files", text(&m["id"])), json!({})).await.refused(409, "file.none_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_given_up_says_why_and_is_tried_again_when_asked() {
    let s = TestServer::start().await;
    let phone = Phone::connect(&s).await;
    for _ in 0..7 {
        phone.pbx.next_status(503);
    }
    phone.recorded(&s, "c-1").await;
    for _ in 0..8 {
        s.advance(20 * 60_000).await;
    }
    let m = last(&s).await;
    assert_eq!(
        (&m["metadata"]["files_pending"], m["metadata"]["files_not_fetched"][0]["why"].as_str()),
        (&Value::Null, Some("The provider answered 503."))
    );
    assert_eq!(phone.pbx.requests().len(), 7, "once at once, six times later, and then no more");
    // Somebody presses the button; this time it is there.
    phone.answers();
    let path = format!("/messages/{}/fetch-files", text(&m["id"]));
    let now = s.bob.post(&path, json!({})).await.ok();
    assert_eq!(now["metadata"]["files_pending"][0]["index"], 0);
    s.advance(1_000).await;
    let m = last(&s).await;
    assert_eq!((m["attachments"].as_array().unwrap().len(), &m["metadata"]["files_not_fetched"]), (1, &Value::Null), "{m:#}");
    // What is not there is not asked for again.
    phone.pbx.requests();
    phone.pbx.next_status(404);
    phone.recorded(&s, "c-2").await;
    s.advance(20 * 60_000).await;
    let m = last(&s).await;
    assert_eq!(m["metadata"]["files_not_fetched"][0]["why"], "The provider answered 404.");
    assert_eq!(phone.pbx.requests().len(), 1);
}
