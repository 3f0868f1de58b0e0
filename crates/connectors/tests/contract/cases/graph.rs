//! Microsoft Graph: polled mail in, notifications with a secret, drafts out.

use super::*;
use crate::fakes::*;
use data_encoding::BASE64;
use kernel::http::{HttpError, HttpRequest};
use kernel::message::Address;
use kernel::time::{DAY, MINUTE, rfc3339};
use serde_json::{Map, json};

pub static CASE: Case = Case {
    id: "graph",
    folder: "graph",
    form: || {
        json!({"address": "support@acme.example", "client_id": "c", "client_secret": "TOPSECRET-client", "access_token": "TOPSECRET-access",
               "refresh_token": "TOPSECRET-refresh", "client_state": "TOPSECRET-state"})
    },
    deliver: |_, name, body| {
        if name.ends_with(".json") || name == "hostile" && body.starts_with(b"{") {
            return post(body);
        }
        let folder = if name.starts_with("sent-") { "sentitems" } else { "inbox" };
        let path = format!("/graph?folder={folder}&id=AAkAL1&conversation=AAQkAD1");
        RawDelivery { method: "POLL".into(), path, headers: Vec::new(), body, received_at: NOW, peer: None }
    },
    keys: || None,
    forgeries: |_, _| {
        let item = |state: Value, until: i64| {
            json!({"value": [{"clientState": state, "changeType": "created", "subscriptionExpirationDateTime": rfc3339(until)}]})
                .to_string()
        };
        let raw = |state: Value| post(item(state, NOW + DAY).into_bytes());
        let genuine = raw("TOPSECRET-state".into());
        vec![
            Forgery::new("no secret", raw(Value::Null), "signature.missing"),
            Forgery::new("another secret", raw("TOPSECRET-stats".into()), "signature.wrong"),
            Forgery::new("an empty secret", raw("".into()), "signature.wrong"),
            Forgery::new("no JSON", post(b"hello".to_vec()), "signature.missing"),
            Forgery::new("over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery { now: NOW + 2 * DAY, ..Forgery::new("replayed", genuine, "signature.expired") },
        ]
    },
    answers: || {
        let told = |status, code: &str| Told::Http(http(status, &[], &json!({"error": {"code": code, "message": "x"}}).to_string()));
        let mut all = common_http("", Verdict::Uncertain);
        all.extend([
            ("accepted", Told::Http(http(202, &[], "")), Verdict::Sent),
            ("expired", told(401, "InvalidAuthenticationToken"), Verdict::Account),
            ("no access", told(403, "ErrorAccessDenied"), Verdict::Account),
            ("not as this address", told(403, "ErrorSendAsDenied"), Verdict::Account),
            ("no mailbox", told(404, "MailboxNotEnabledForRESTAPI"), Verdict::Account),
            ("blocked", told(403, "ErrorMessageSubmissionBlocked"), Verdict::Account),
            ("a full mailbox", told(400, "ErrorQuotaExceeded"), Verdict::Account),
            ("wrong recipients", told(400, "ErrorInvalidRecipients"), Verdict::Permanent),
            ("too large", told(400, "ErrorMessageSizeExceeded"), Verdict::Permanent),
            ("the day's limit", told(400, "ErrorExceededMessageLimit"), Verdict::Retry(Some(DAY))),
            ("a conflict", told(409, "ErrorIrresolvableConflict"), Verdict::Retry(None)),
            ("throttled", Told::Http(http(503, &[("Retry-After", "7")], "{}")), Verdict::Retry(Some(7_000))),
            ("too slow", told(504, "x"), Verdict::Retry(None)),
        ]);
        all
    },
    ill: || vec![Told::Http(http(401, &[], "{}")), Told::Http(http(403, &[], r#"{"error":{"code":"ErrorAccessDenied"}}"#))],
    more,
};

fn post(body: Vec<u8>) -> RawDelivery {
    let headers = vec![("content-type".into(), "application/json".into())];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/graph/key".into(), headers, body, received_at: NOW, peer: None }
}

fn more(graph: &'static dyn Channel) {
    addresses_are_validated(graph);
    an_answer_is_a_draft_of_one(graph);
    drafts_are_looked_after_when_things_fail(graph);
    what_json_cannot_say_goes_as_mime(graph);
    large_files_are_uploaded(graph);
    super::graph_polling::check(graph);

    let shared = account_with(graph, json!({"shared_mailbox": true}));
    let script = Script::new(vec![("POST", "https://graph.microsoft.com/v1.0/users/support%40acme.example/sendMail", http(202, &[], ""))]);
    run(graph.send(edge(&script, &FakeDial::fine()), &shared, &outbound())).unwrap();
    script.done();
    let unconnected = account_with(graph, json!({"access_token": ""}));
    assert_eq!(graph.poller().unwrap().every(&unconnected), None);
    assert_eq!(graph.poller().unwrap().every(&shared), Some(MINUTE));
    let result = send(graph, &unconnected, &outbound(), FakeHttp(http(200, &[], "{}")), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Account { detail }) if detail.contains("Press Connect")));
    assert_eq!(graph.acknowledge(&shared, &post(Vec::new())).map(|r| r.status), Some(202));
}

fn addresses_are_validated(graph: &dyn Channel) {
    let account = account(graph);
    let asked =
        |query: &str| graph.challenge(&account, &RawDelivery { path: format!("/api/webhooks/graph/key{query}"), ..post(Vec::new()) });
    let reply = asked("?validationToken=Validation%3A+Testing+%3Cb%3E+Request-Id%3A+1%2F2").unwrap().unwrap();
    assert_eq!(reply.body, b"Validation: Testing <b> Request-Id: 1/2");
    assert!(reply.status == 200 && reply.content_type.starts_with("text/plain"));
    assert!(asked("?validationToken=a%0D%0Ab").unwrap().is_err());
    assert!(asked(&format!("?validationToken={}", "a".repeat(5_000))).unwrap().is_err());
    assert!(asked("").is_none() && asked("?validationToken=").is_none());
    let unset = account_with(graph, json!({"client_state": ""}));
    let raw = post(br#"{"value":[{"clientState":"","changeType":"created"}]}"#.to_vec());
    assert_eq!(prove(graph, &unset, raw, NOW).unwrap_err().code, "signature.unset");
}

/// An answer to a mail that this mailbox holds.
fn answer() -> Outbound {
    let mut metadata = Map::new();
    metadata.insert("graph_id".into(), "AAkAL/1=".into());
    Outbound { last_inbound_metadata: metadata, ..outbound() }
}
pub fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}
fn made() -> Answer {
    http(201, &[], r#"{"id":"AAkALdraft=","isDraft":true}"#)
}
fn kept() -> Answer {
    http(200, &[], r#"{"id":"AAkALdraft=","isDraft":false,"internetMessageId":"<DB0@exchangelabs.com>"}"#)
}
fn ok() -> Answer {
    http(200, &[], "{}")
}
fn attempt(
    graph: &'static dyn Channel,
    message: &Outbound,
    answers: Vec<(&'static str, &'static str, Answer)>,
) -> (Result<Receipt, SendError>, Vec<HttpRequest>) {
    let script = Script::new(answers);
    let result = run(graph.send(edge(&script, &FakeDial::fine()), &account(graph), message));
    (result, script.done())
}
const REPLY: &str = "https://graph.microsoft.com/v1.0/me/messages/AAkAL%2F1%3D/createReply";
const DRAFT: &str = "/me/messages/AAkALdraft%3D";
const SEND: &str = "/me/messages/AAkALdraft%3D/send";
const STATE: &str = "/me/messages/AAkALdraft%3D?$select=id,isDraft,internetMessageId";

fn an_answer_is_a_draft_of_one(graph: &'static dyn Channel) {
    let picture = OutboundFile { name: "box.png".into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: String::new() };
    let message = Outbound {
        html: Some("<p>It left our house on Friday. <img src=\"cid:box.png\"></p>".into()),
        files: vec![picture],
        cc: vec![Address { name: Some("Bob\r\nBcc: x".into()), address: "bob@customer.example".into() }],
        bcc: vec![Address::bare("archive@acme.example")],
        ..answer()
    };
    let (receipt, asked) = attempt(
        graph,
        &message,
        vec![
            ("POST", REPLY, made()),
            ("PATCH", DRAFT, ok()),
            ("POST", "/attachments", http(201, &[], "{}")),
            ("POST", SEND, http(202, &[], "")),
            ("GET", STATE, kept()),
        ],
    );
    let receipt = receipt.unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("DB0@exchangelabs.com"), "what answers will name");
    assert!(receipt.detail.unwrap().contains("AAkALdraft="));
    for request in &asked {
        let header = |name: &str| request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!(header("prefer"), Some("IdType=\"ImmutableId\""), "{}", request.url);
        assert_eq!(header("authorization"), Some("Bearer TOPSECRET-access"));
    }
    assert_eq!(body(&asked[0]), json!({"message": {"internetMessageHeaders": [{"name": "x-switchboard-message", "value": "msg_1"}]}}));
    let filled = body(&asked[1]);
    assert_eq!(filled["subject"], "Re: Order 1001");
    assert_eq!(filled["body"]["contentType"], "HTML");
    let html = filled["body"]["content"].as_str().unwrap();
    let attached = body(&asked[2]);
    let id = attached["contentId"].as_str().unwrap();
    assert!(html.contains(&format!("cid:{id}")) && html.contains("data-ref="), "{html}");
    assert_eq!((&attached["isInline"], &attached["name"], &attached["contentBytes"]), (&json!(true), &json!("box.png"), &json!("AQID")));
    assert_eq!(filled["from"], json!({"emailAddress": {"address": "support@acme.example"}}));
    assert_eq!(filled["toRecipients"], json!([{"emailAddress": {"address": "ann@customer.example", "name": "Ann Lee"}}]));
    assert_eq!(filled["ccRecipients"][0]["emailAddress"]["name"], "Bob Bcc: x");
    assert_eq!(filled["bccRecipients"][0]["emailAddress"]["address"], "archive@acme.example");
    let reply_to = filled["replyTo"][0]["emailAddress"]["address"].as_str().unwrap();
    assert!(reply_to.starts_with("support+") && reply_to.ends_with("@acme.example"));
    assert_eq!(filled["internetMessageId"], format!("<{}>", message_id()));
    assert!(filled.get("internetMessageHeaders").is_none());

    // What was answered is gone: a mail of its own.
    let gone = http(404, &[], r#"{"error":{"code":"ErrorItemNotFound","message":"x"}}"#);
    let steps = vec![
        ("POST", REPLY, gone),
        ("POST", "/v1.0/me/messages", made()),
        ("POST", SEND, http(202, &[], "")),
        ("GET", STATE, http(404, &[], "")),
    ];
    let (receipt, asked) = attempt(graph, &answer(), steps);
    assert_eq!(receipt.unwrap().external_id, None);
    assert_eq!(body(&asked[1])["body"], json!({"contentType": "Text", "content": "It left our house on Friday."}));
    assert_eq!(body(&asked[1])["internetMessageHeaders"][0]["name"], "x-switchboard-message");
    // The first mail of a conversation has nothing before it.
    let fresh = Outbound { in_reply_to: None, references: Vec::new(), ..outbound() };
    let (receipt, _) =
        attempt(graph, &fresh, vec![("POST", "/v1.0/me/messages", made()), ("POST", SEND, http(202, &[], "")), ("GET", STATE, kept())]);
    assert!(receipt.is_ok());
}

fn drafts_are_looked_after_when_things_fail(graph: &'static dyn Channel) {
    let lost = || Err(HttpError::Uncertain("timeout".into()));
    let denied = || http(403, &[], r#"{"error":{"code":"ErrorSendAsDenied","message":"x"}}"#);
    let start = || vec![("POST", REPLY, made()), ("PATCH", DRAFT, ok())];
    let with = |more: Vec<(&'static str, &'static str, Answer)>| attempt(graph, &answer(), start().into_iter().chain(more).collect()).0;
    // Nothing has left: it may come again, and the draft goes.
    assert!(matches!(attempt(graph, &answer(), vec![("POST", REPLY, lost())]).0, Err(SendError::Retry { .. })));
    let (result, _) =
        attempt(graph, &answer(), vec![("POST", REPLY, made()), ("PATCH", DRAFT, lost()), ("DELETE", DRAFT, http(204, &[], ""))]);
    assert!(matches!(result, Err(SendError::Retry { .. })));
    assert!(matches!(with(vec![("POST", SEND, denied()), ("DELETE", DRAFT, http(204, &[], ""))]), Err(SendError::Account { .. })));
    assert!(matches!(
        with(vec![("POST", SEND, http(429, &[("Retry-After", "5")], "")), ("DELETE", DRAFT, lost())]),
        Err(SendError::Retry { after_ms: Some(5_000), .. })
    ));
    let mut file = answer();
    file.files = vec![OutboundFile { name: "a.txt".into(), content_type: "text/plain".into(), bytes: b"a".to_vec(), url: String::new() }];
    let steps = start().into_iter().chain([("POST", "/attachments", lost()), ("DELETE", DRAFT, http(204, &[], ""))]).collect();
    assert!(matches!(attempt(graph, &file, steps).0, Err(SendError::Retry { .. })));
    // The answer to the sending was lost: the draft tells.
    assert_eq!(with(vec![("POST", SEND, lost()), ("GET", STATE, kept())]).unwrap().external_id.as_deref(), Some("DB0@exchangelabs.com"));
    assert!(matches!(with(vec![("POST", SEND, lost()), ("GET", STATE, made())]), Err(SendError::Uncertain { .. })));
    assert!(matches!(with(vec![("POST", SEND, lost()), ("GET", STATE, lost())]), Err(SendError::Uncertain { .. })));
    // Another attempt looks first.
    let again = Outbound { attempt: 2, ..answer() };
    let search = "/me/messages?$filter=singleValueExtendedProperties%2FAny%28ep%3A%20ep%2Fid%20eq%20%27String%20%7B66f5a359-4659-4830-9070-00047ec6ac6e%7D%20Name%20SwitchboardMessage%27%20and%20ep%2Fvalue%20eq%20%27msg_1%27%29";
    let found =
        http(200, &[], r#"{"value":[{"id":"AAkALold","isDraft":true},{"id":"AAkALsent","isDraft":false,"internetMessageId":"<DB0@x>"}]}"#);
    let (result, _) = attempt(graph, &again, vec![("GET", search, found)]);
    assert!(result.unwrap().detail.unwrap().contains("An earlier attempt had left as AAkALsent"));
    let left = http(200, &[], r#"{"value":[{"id":"AAkALold","isDraft":true}]}"#);
    let steps = vec![("GET", search, left), ("DELETE", "/me/messages/AAkALold", http(204, &[], ""))];
    let steps = steps.into_iter().chain(start()).chain([("POST", SEND, http(202, &[], "")), ("GET", STATE, kept())]).collect();
    assert!(attempt(graph, &again, steps).0.is_ok());
    assert!(matches!(attempt(graph, &again, vec![("GET", search, lost())]).0, Err(SendError::Retry { .. })));
}

fn what_json_cannot_say_goes_as_mime(graph: &'static dyn Channel) {
    let bcc = vec![Address::bare("archive@acme.example")];
    let automatic = Outbound { automatic: true, bcc, ..answer() };
    let (receipt, asked) = attempt(graph, &automatic, vec![("POST", "https://graph.microsoft.com/v1.0/me/sendMail", http(202, &[], ""))]);
    assert_eq!(receipt.unwrap().external_id, None);
    assert!(asked[0].headers.iter().any(|(n, v)| n == "content-type" && v == "text/plain"));
    let mail = String::from_utf8(BASE64.decode(&asked[0].body).unwrap()).unwrap();
    for part in [
        "x-switchboard-message: msg_1\r\n",
        "Bcc: archive@acme.example",
        "Auto-Submitted: auto-replied",
        "In-Reply-To: <CAF-1@mail.customer.example>",
        &format!("Message-ID: <{}>", message_id()),
    ] {
        assert!(mail.contains(part), "{part} is missing in\n{mail}");
    }
    // A lost answer is looked for by the id that Exchange keeps.
    let lost = || Err(HttpError::Uncertain("timeout".into()));
    let search = "$filter=internetMessageId%20eq%20%27%3C018f0000-0000-7000-8000-000000000003.018f0000-0000-7000-8000-000000000001%40acme.example%3E%27";
    let found = http(200, &[], r#"{"value":[{"id":"AAkALsent","isDraft":false}]}"#);
    assert!(attempt(graph, &automatic, vec![("POST", "sendMail", lost()), ("GET", search, found)]).0.is_ok());
    let none = http(200, &[], r#"{"value":[]}"#);
    assert!(matches!(
        attempt(graph, &automatic, vec![("POST", "sendMail", lost()), ("GET", search, none)]).0,
        Err(SendError::Uncertain { .. })
    ));
    // Too large for one request.
    let file = OutboundFile {
        name: "a.bin".into(),
        content_type: "application/octet-stream".into(),
        bytes: vec![0; 2_900_000],
        url: String::new(),
    };
    let large = Outbound { files: vec![file], ..automatic };
    let steps = vec![
        ("POST", REPLY, made()),
        ("PATCH", DRAFT, ok()),
        ("POST", "/attachments", http(201, &[], "{}")),
        ("POST", SEND, http(202, &[], "")),
        ("GET", STATE, kept()),
    ];
    let (receipt, asked) = attempt(graph, &large, steps);
    assert!(receipt.is_ok());
    assert_eq!(body(&asked[0])["message"]["internetMessageHeaders"][1], json!({"name": "x-auto-response-suppress", "value": "All"}));
}

fn large_files_are_uploaded(graph: &'static dyn Channel) {
    let bytes = vec![7; 5_000_000];
    let film = OutboundFile { name: "film one.mp4".into(), content_type: "video/mp4".into(), bytes, url: String::new() };
    let message = Outbound { files: vec![film], ..answer() };
    let session = |url: &str| http(201, &[], &json!({"uploadUrl": url}).to_string());
    let start = || vec![("POST", REPLY, made()), ("PATCH", DRAFT, ok())];
    let steps = [
        ("POST", "/attachments/createUploadSession", session("https://outlook.office.com/api/v2.0/Users('1')/upload?authtoken=TOPSECRET")),
        ("PUT", "https://outlook.office.com/", http(200, &[], r#"{"nextExpectedRanges":["3932160-"]}"#)),
        ("PUT", "https://outlook.office.com/", http(201, &[], "")),
        ("POST", SEND, http(202, &[], "")),
        ("GET", STATE, kept()),
    ];
    let (receipt, asked) = attempt(graph, &message, start().into_iter().chain(steps).collect());
    assert!(receipt.is_ok());
    let range = |request: &HttpRequest| request.headers.iter().find(|(n, _)| n == "content-range").unwrap().1.clone();
    assert_eq!((range(&asked[3]), range(&asked[4])), ("bytes 0-3932159/5000000".into(), "bytes 3932160-4999999/5000000".into()));
    assert!(asked[3..5].iter().all(|r| r.headers.iter().all(|(n, _)| n != "authorization")), "the address is the key");
    assert_eq!(
        body(&asked[2])["AttachmentItem"],
        json!({"attachmentType": "file", "name": "film one.mp4", "size": 5_000_000, "contentType": "video/mp4"})
    );
    for elsewhere in [
        "https://evil.example/u",
        "http://outlook.office.com/u",
        "https://outlook.office.com@evil.example/u",
        "https://outlook.office.com.evil.example/u",
    ] {
        let steps = [("POST", "/createUploadSession", session(elsewhere)), ("DELETE", DRAFT, http(204, &[], ""))];
        let (result, _) = attempt(graph, &message, start().into_iter().chain(steps).collect());
        assert!(matches!(result, Err(SendError::Permanent { .. })), "{elsewhere}");
    }
    // The provider as we play it takes it too, and shows it to the customer.
    let played = account_with(graph, json!({"base_url": "https://provider.example/sim"}));
    let provider = Played::new(graph, &played);
    let receipt = run(graph.send(edge(&provider, &FakeDial::fine()), &played, &message)).unwrap();
    assert_eq!(receipt.external_id, None);
    let seen = provider.seen.lock().unwrap().clone();
    assert_eq!(
        (seen.len(), seen[0].files.as_slice(), seen[0].external_id.as_str()),
        (1, ["film%20one.mp4".to_owned()].as_slice(), message_id().as_str())
    );
    assert_eq!(seen[0].text, "It left our house on Friday.");
}
