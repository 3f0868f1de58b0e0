//! Postmark: the inbound webhook, event records, the email API out.

use super::*;
use crate::fakes::*;
use connectors::kit::{passwords, tokens};
use kernel::message::{Address, MessageStatus};
use serde_json::json;

const PASSWORD: &str = "TOPSECRET:pass/word";

pub static CASE: Case = Case {
    id: "postmark",
    folder: "postmark",
    form: || {
        json!({"address": "support@acme.example", "display_name": "Acme, Süd", "server_token": "TOPSECRET-token", "webhook_password": PASSWORD,
               "inbound_domain": "in.acme.example"})
    },
    deliver: |_, _, body| post(body),
    keys: || None,
    forgeries: |_, genuine| {
        let with = |header: Option<(String, String)>| {
            let mut raw = genuine.clone();
            raw.headers.retain(|(n, _)| n != "authorization");
            raw.headers.extend(header);
            raw
        };
        let for_another = String::from_utf8(genuine.body.clone()).unwrap().replace("support@acme.example", "sales@acme.example");
        vec![
            Forgery::new("without a password", with(None), "credentials.missing"),
            Forgery::new("with a wrong password", with(Some(passwords::header("TOPSECRET:pass/worD"))), "credentials.wrong"),
            Forgery::new("with a part of the password", with(Some(passwords::header("TOPSECRET"))), "credentials.wrong"),
            Forgery::new("with a bearer token", with(Some(("authorization".into(), format!("Bearer {PASSWORD}")))), "credentials.missing"),
            Forgery::new("over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery::new(
                "for somebody else on the shared path",
                RawDelivery { body: for_another.into_bytes(), ..genuine.clone() },
                "recipient.unknown",
            ),
        ]
    },
    answers: || {
        let refused = |status, code: i64| Told::Http(http(status, &[], &json!({"ErrorCode": code, "Message": "words"}).to_string()));
        let ok = r#"{"To":"ann@customer.example","SubmittedAt":"2026-11-21T07:00:00.0000000Z","MessageID":"0a129aee-e1cd-480d-b08d-4f48548ff48d","ErrorCode":0,"Message":"OK"}"#;
        let mut all = common_http(ok, Verdict::Uncertain);
        all.extend([
            ("a bad token", refused(401, 10), Verdict::Account),
            ("a bad token in other words", Told::Http(http(401, &[], "")), Verdict::Account),
            ("maintenance", refused(503, 100), Verdict::Retry(None)),
            ("invalid", refused(422, 300), Verdict::Permanent),
            ("no sender signature", refused(422, 400), Verdict::Account),
            ("an unconfirmed sender signature", refused(422, 401), Verdict::Account),
            ("bad JSON", refused(422, 402), Verdict::Permanent),
            ("no credits", refused(422, 405), Verdict::Account),
            ("an inactive recipient", refused(422, 406), Verdict::Permanent),
            ("a forbidden file", refused(422, 411), Verdict::Permanent),
            ("a pending account", refused(422, 412), Verdict::Account),
            ("a stopped account", refused(422, 413), Verdict::Account),
            ("no such stream", refused(422, 1235), Verdict::Account),
            ("an unknown code", refused(422, 9_999), Verdict::Permanent),
            ("too many by its code", refused(422, 429), Verdict::Retry(None)),
            ("too large", Told::Http(http(413, &[], "")), Verdict::Permanent),
            ("taken with an error", refused(200, 9_999), Verdict::Permanent),
            ("taken for an inactive recipient", refused(200, 406), Verdict::Permanent),
        ]);
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"ErrorCode":10,"Message":"x"}"#)),
            Told::Http(http(200, &[], r#"{"Name":"Test","DeliveryType":"Sandbox"}"#)),
            Told::Http(http(500, &[], "")),
        ]
    },
    more,
};

/// As Postmark posts it, with the password in the address.
fn post(body: Vec<u8>) -> RawDelivery {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned()), passwords::header(PASSWORD)];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/postmark/key".into(), headers, body, received_at: NOW, peer: None }
}

fn more(postmark: &'static dyn Channel) {
    one_address_serves_several_channels(postmark);
    a_mail_has_the_shape_of_the_api(postmark);
    what_postmark_refuses_the_simulator_refuses(postmark);
    it_sets_itself_up(postmark);
    let unset = account_with(postmark, json!({"webhook_password": ""}));
    assert_eq!(postmark.verify(&unset, Unverified::new(post(Vec::new())), Proof::at(NOW)).unwrap_err().code, "signature.unset");
}

fn one_address_serves_several_channels(postmark: &dyn Channel) {
    let account = account(postmark);
    let simulator = postmark.simulator().unwrap();
    let genuine = simulator.delivery(&account, &said(postmark), NOW);
    assert_eq!(postmark.addressees(&genuine), ["support@acme.example"]);
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    let reply = format!("reply+{token}@in.acme.example");
    let answer = simulator.delivery(&account, &Simulated { to: Some(reply), ..said(postmark) }, NOW);
    assert!(prove(postmark, &account, answer, NOW).is_ok(), "an answer is recognised by its token");
    let report = simulator.report(&account, "1-2@mtasv.net", "ann@customer.example", MessageStatus::Delivered, NOW).unwrap();
    assert_eq!(postmark.addressees(&report), ["support@acme.example"]);
    let others = RawDelivery { path: "/api/webhooks/postmark".into(), ..post(br#"{"RecordType":"Delivery"}"#.to_vec()) };
    assert_eq!(postmark.addressees(&others), ["everybody"]);
    assert!(prove(postmark, &account, others, NOW).is_ok());
    let own = RawDelivery { path: "/api/webhooks/postmark/key".into(), ..genuine };
    assert!(postmark.addressees(&own).is_empty());
    let strict = account_with(postmark, json!({"any_recipient": false}));
    let other = simulator.delivery(&strict, &Simulated { to: Some("anything@in.acme.example".into()), ..said(postmark) }, NOW);
    let other = RawDelivery { path: "/api/webhooks/postmark/key".into(), ..other };
    assert!(matches!(postmark.parse(&strict, &Verified::from_journal(other)).unwrap()[..], [Inbound::Ignored { .. }]));
}

fn a_mail_has_the_shape_of_the_api(postmark: &dyn Channel) {
    let account = account(postmark);
    let message = Outbound {
        html: Some("<p>It left our <b>house</b>. <img src=\"cid:logo.png\"></p>".into()),
        files: vec![
            OutboundFile { name: "logo.png".into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: String::new() },
            OutboundFile { name: "a.eml".into(), content_type: "message/rfc822".into(), bytes: b"x".to_vec(), url: String::new() },
        ],
        cc: vec![Address::bare("carl@customer.example"), Address::bare("ann@customer.example")],
        bcc: vec![Address::bare("boss@acme.example")],
        ..outbound()
    };
    let ok = r#"{"MessageID":"0a129aee-e1cd-480d-b08d-4f48548ff48d","ErrorCode":0,"Message":"OK"}"#;
    let script = Script::new(vec![("POST", "https://api.postmarkapp.com/email", http(200, &[], ok))]);
    let receipt = run(postmark.send(edge(&script, &FakeDial::fine()), &account, &message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("0a129aee-e1cd-480d-b08d-4f48548ff48d@mtasv.net"));
    let request = script.done().remove(0);
    assert!(request.headers.iter().any(|(n, v)| n == "x-postmark-server-token" && v == "TOPSECRET-token"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    assert_eq!(body["From"], "\"Acme, Süd\" <support@acme.example>");
    assert_eq!(
        (&body["To"], &body["Cc"], &body["Bcc"]),
        (&json!("Ann Lee <ann@customer.example>"), &json!("carl@customer.example"), &json!("boss@acme.example"))
    );
    assert_eq!(body["ReplyTo"], format!("\"Acme, Süd\" <reply+{token}@in.acme.example>"));
    assert_eq!(
        body["Headers"],
        json!([
            {"Name": "Message-ID", "Value": format!("<{}>", message_id())},
            {"Name": "In-Reply-To", "Value": "<CAF-1@mail.customer.example>"},
            {"Name": "References", "Value": "<first@customer.example> <CAF-1@mail.customer.example>"},
            {"Name": "X-PM-KeepID", "Value": "true"}
        ])
    );
    // Our Message-ID is longer than the 80 characters of a value.
    assert_eq!(body["Metadata"], json!({"message_id": "msg_1", "account_id": "support@acme.example"}));
    assert_eq!((&body["MessageStream"], &body["TrackOpens"], &body["TrackLinks"]), (&json!("outbound"), &json!(false), &json!("None")));
    assert_eq!(body["TextBody"], "It left our house on Friday.");
    assert!(body["HtmlBody"].as_str().unwrap().contains(&format!("cid:part0.{}", message_id())));
    assert_eq!(
        body["Attachments"],
        json!([{"Name": "logo.png", "Content": "AQID", "ContentType": "image/png", "ContentID": format!("cid:part0.{}", message_id())},
               {"Name": "a.eml", "Content": "eA==", "ContentType": "application/octet-stream"}])
    );

    let sent = |changes: Value, message: &Outbound| {
        let http = Recorder::default();
        run(postmark.send(edge(&http, &FakeDial::fine()), &account_with(postmark, changes), message)).unwrap();
        serde_json::from_slice::<Value>(&http.last().body).unwrap()
    };
    let body =
        sent(json!({"track_opens": true, "message_stream": "support", "signature": "Acme"}), &Outbound { automatic: true, ..outbound() });
    assert_eq!((&body["MessageStream"], &body["TrackOpens"]), (&json!("support"), &json!(true)));
    assert_eq!(body["TextBody"], "It left our house on Friday.", "machines do not sign");
    assert!(body["Headers"].as_array().unwrap().contains(&json!({"Name": "Auto-Submitted", "Value": "auto-replied"})));
    // A picture alone needs words: its name.
    let picture = OutboundFile { name: "box.png".into(), content_type: "image/png".into(), bytes: vec![1], url: String::new() };
    let alone = Outbound { text: String::new(), files: vec![picture], ..outbound() };
    assert_eq!(sent(json!({}), &alone)["TextBody"], "box.png");
    let evil = "x\r\nBcc: eve@evil.example";
    let body = sent(json!({"display_name": evil}), &Outbound { subject: Some(evil.into()), in_reply_to: Some(evil.into()), ..outbound() });
    assert!(!format!("{}{}{}", body["Headers"], body["Subject"], body["From"]).contains("\\n"), "{body}");

    let many = Outbound { cc: (0..50).map(|n| Address::bare(format!("p{n}@customer.example"))).collect(), ..outbound() };
    let big = OutboundFile { name: "x".into(), content_type: "image/png".into(), bytes: vec![0; 8_000_000], url: String::new() };
    for message in [many, Outbound { files: vec![big], ..outbound() }] {
        let result = send(postmark, &account, &message, FakeHttp(http(200, &[], ok)), FakeDial::fine());
        assert!(matches!(result, Err(SendError::Permanent { .. })));
    }
}

fn what_postmark_refuses_the_simulator_refuses(postmark: &dyn Channel) {
    let simulator = postmark.simulator().unwrap();
    let account = account(postmark);
    let ask = |body: Value| {
        let request = kernel::http::HttpRequest::new("POST", "/email")
            .header("content-type", "application/json")
            .header("x-postmark-server-token", "TOPSECRET-token")
            .body(body.to_string().into_bytes());
        let answer = simulator.provider(&account, &request, 1, NOW).response;
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap()["ErrorCode"].as_i64().unwrap())
    };
    let fine = json!({"From": "support@acme.example", "To": "ann@customer.example", "Subject": "Hi", "TextBody": "x", "Metadata": {"message_id": "m1"}});
    let with = |name: &str, value: Value| {
        let mut body = fine.clone();
        body[name] = value;
        body
    };
    assert_eq!(ask(fine.clone()), (200, 0));
    assert_eq!(ask(with("From", "other@acme.example".into())), (422, 400));
    assert_eq!(ask(with("To", "".into())), (422, 300));
    assert_eq!(ask(with("TextBody", "".into())), (422, 300));
    assert_eq!(ask(with("Metadata", json!({"k": "v".repeat(81)}))), (422, 300));
    assert_eq!(ask(with("Attachments", json!([{"Name": "a.exe", "Content": "eA==", "ContentType": "x/y"}]))), (422, 411));
    assert_eq!(ask(with("Extra", true.into())), (422, 403));
    assert_eq!(ask(with("MessageStream", "none".into())), (422, 1235));
    let anonymous = kernel::http::HttpRequest::new("POST", "/email").body(fine.to_string().into_bytes());
    assert_eq!(simulator.provider(&account, &anonymous, 1, NOW).response.status, 401);
}

fn it_sets_itself_up(postmark: &dyn Channel) {
    let installer = postmark.installer().unwrap();
    let account = account_with(postmark, json!({"base_url": "https://provider.example/sim"}));
    let played = Played::new(postmark, &account);
    let reach = run(installer.list(edge(&played, &FakeDial::fine()), &account)).unwrap();
    assert_eq!((reach[0].id.as_str(), reach[0].name.as_str()), ("support@acme.example", "Simulated"));
    let url = "https://inbox.acme.example/api/webhooks/postmark/key";
    run(installer.install(edge(&played, &FakeDial::fine()), &account, url)).unwrap();
    let asked = played.asked.into_inner().unwrap();
    let bodies: Vec<Value> = asked.iter().map(|r| serde_json::from_slice(&r.body).unwrap_or_default()).collect();
    assert!(
        bodies
            .iter()
            .any(|b| b["InboundHookUrl"] == "https://switchboard:TOPSECRET%3Apass%2Fword@inbox.acme.example/api/webhooks/postmark/key"
                && b["RawEmailEnabled"] == true)
    );
    let hook = bodies.iter().find(|b| b["Triggers"].is_object()).unwrap();
    assert_eq!((&hook["Url"], &hook["HttpAuth"]["Password"], &hook["MessageStream"]), (&json!(url), &json!(PASSWORD), &json!("outbound")));
    assert_eq!(hook["Triggers"]["Open"]["Enabled"], false);

    // A second time nothing is made twice; and the password of another webhook does not show.
    let hooks = json!({"Webhooks": [{"ID": 7, "Url": url}]}).to_string();
    let script = Script::new(vec![
        ("PUT", "/server", http(200, &[], "{}")),
        ("GET", "/webhooks?MessageStream=outbound", http(200, &[], &hooks)),
        ("PUT", "/webhooks/7", http(200, &[], "{}")),
    ]);
    run(installer.install(edge(&script, &FakeDial::fine()), &account, url)).unwrap();
    script.done();
    let server = r#"{"Name":"Acme","InboundDomain":"in.acme.example","InboundHookUrl":"https://u:secret@other.example/x"}"#;
    let script = Script::new(vec![("GET", "/server", http(200, &[], server))]);
    let reach = run(installer.list(edge(&script, &FakeDial::fine()), &account)).unwrap();
    assert_eq!(reach[0].webhook.as_deref(), Some("https://other.example/x"));
    assert_eq!(reach[0].settings["inbound_domain"], "in.acme.example");
}
