//! WhatsApp over Twilio: what it has besides text messages.

use super::twilio::{OK, authorization, deliver, error, forgeries, form_of, published_signatures};
use super::*;
use crate::fakes::*;
use kernel::message::Address;
use serde_json::{Map, json};

pub static CASE: Case = Case {
    id: "twilio_whatsapp",
    folder: "twilio_whatsapp",
    form: || json!({"account_sid": "AC22222222222222222222222222222222", "auth_token": "TOPSECRET-token", "sender": "+15005550006"}),
    deliver,
    keys: || None,
    forgeries,
    answers: || {
        let mut all = common_http(OK, Verdict::Uncertain);
        for code in [20003, 21212, 21606, 63007, 63020, 63015, 30002] {
            all.push(("the account's trouble", error(400, code), Verdict::Account));
        }
        for code in [63003, 63024, 63013, 63027, 63028, 63021, 63032, 63049, 21211, 21610, 21617, 21655, 21656] {
            all.push(("never in this form", error(400, code), Verdict::Permanent));
        }
        all.push(("outside the window", error(400, 63016), Verdict::Policy("policy.window_closed")));
        all.push(("too many", error(429, 63018), Verdict::Retry(Some(60_000))));
        let late = r#"{"sid":"SM1","status":"failed","error_code":63016,"error_message":"outside the allowed window"}"#;
        all.push(("outside the window, in the answer", Told::Http(http(201, &[], late)), Verdict::Policy("policy.window_closed")));
        all.push(("garbage", Told::Http(http(200, &[], "\u{0}garbage")), Verdict::Sent));
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"code":20003,"message":"Authenticate","status":401}"#)),
            Told::Http(http(200, &[], r#"{"status":"active","senders":[]}"#)),
            Told::Http(http(
                200,
                &[],
                r#"{"status":"active","senders":[{"sid":"XE1","sender_id":"whatsapp:+15005550006","status":"PENDING_VERIFICATION"}]}"#,
            )),
        ]
    },
    more,
};

fn more(whatsapp: &'static dyn Channel) {
    published_signatures(whatsapp);
    requests(whatsapp);
    acts(whatsapp);
    templates(whatsapp);
    installs(whatsapp);
    let raw = deliver(&account(whatsapp), "x", b"From=whatsapp:%2B27825550001&To=whatsapp:%2B15005550006".to_vec());
    assert_eq!(whatsapp.addressees(&raw), ["+15005550006", "whatsapp:+15005550006"]);
    // A reaction comes back for the message it was made to.
    let simulator = whatsapp.simulator().unwrap();
    let say = Simulated { doing: Doing::React, answers: Some("SM1".into()), text: "👍".into(), ..said(whatsapp) };
    let raw = simulator.delivery(&account(whatsapp), &say, NOW);
    let parsed = whatsapp.parse(&account(whatsapp), &Verified::from_journal(raw)).unwrap();
    assert!(matches!(&parsed[0], Inbound::Reaction { external_id, emoji, .. } if external_id == "SM1" && emoji.as_deref() == Some("👍")));
}

fn sent(channel: &dyn Channel, account: &Account, message: &Outbound) -> Vec<(String, String)> {
    let script = Script::new(vec![(
        "POST",
        "https://api.twilio.com/2010-04-01/Accounts/AC22222222222222222222222222222222/Messages.json",
        http(201, &[], OK),
    )]);
    run(channel.send(edge(&script, &FakeDial::fine()), account, message)).unwrap();
    form_of(&script.done()[0])
}
fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn requests(whatsapp: &dyn Channel) {
    let account = account(whatsapp);
    let message = outbound_for(whatsapp);
    let (to, from) = (pair("To", "whatsapp:+27825550001"), pair("From", "whatsapp:+15005550006"));
    let callback = pair("StatusCallback", "https://inbox.acme.example/api/webhooks/twilio_whatsapp?message=msg_1&sender=%2B15005550006");
    let text = pair("Body", "It left our house on Friday.");
    assert_eq!(sent(whatsapp, &account, &message), [to.clone(), from.clone(), text.clone(), callback.clone()]);

    let file = |content_type: &str| OutboundFile {
        name: "a".into(),
        content_type: content_type.into(),
        bytes: vec![1],
        url: "https://inbox.acme.example/files/a".into(),
    };
    let media = pair("MediaUrl", "https://inbox.acme.example/files/a");
    let with_picture = Outbound { files: vec![file("image/png")], ..message.clone() };
    assert_eq!(sent(whatsapp, &account, &with_picture), [to.clone(), from.clone(), text, media.clone(), callback.clone()]);
    let document = Outbound { text: String::new(), files: vec![file("application/pdf")], ..message.clone() };
    assert_eq!(sent(whatsapp, &account, &document), [to.clone(), from.clone(), media, callback.clone()]);
    for refused in [
        Outbound { files: vec![file("application/pdf")], ..message.clone() },
        Outbound { files: vec![file("audio/ogg")], ..message.clone() },
        Outbound { text: String::new(), files: vec![file("image/png"), file("image/png")], ..message.clone() },
    ] {
        let result = send(whatsapp, &account, &refused, FakeHttp(http(201, &[], OK)), FakeDial::fine());
        assert!(matches!(&result, Err(SendError::Policy { code, .. }) if code == "policy.split"), "{result:?}");
    }

    let place = Outbound { text: "geo:-33.9249,18.4241\nAcme House\n1 Long Street".into(), ..message.clone() };
    let sent_place = sent(whatsapp, &account, &place);
    assert_eq!(
        sent_place[2..4],
        [pair("Body", "Acme House, 1 Long Street"), pair("PersistentAction", "geo:-33.9249,18.4241|Acme House, 1 Long Street")]
    );

    let parameters = [("1".to_owned(), "Ann\n Lee".to_owned())].into();
    let template = TemplateUse {
        id: "HX00000000000000000000000000000001".into(),
        name: "order_update".into(),
        language: "en".into(),
        parameters,
        header_url: None,
    };
    let used = Outbound { text: "Hi Ann".into(), template: Some(template.clone()), ..message.clone() };
    let content = [pair("ContentSid", "HX00000000000000000000000000000001"), pair("ContentVariables", r#"{"1":"Ann Lee"}"#)];
    assert_eq!(sent(whatsapp, &account, &used)[2..4], content);
    let plain = Outbound { template: Some(TemplateUse { parameters: Default::default(), ..template.clone() }), ..message.clone() };
    assert!(sent(whatsapp, &account, &plain).iter().all(|(n, _)| n != "ContentVariables" && n != "Body"));
    let unknown = Outbound { template: Some(TemplateUse { id: "order_update".into(), ..template }), ..message.clone() };
    let result = send(whatsapp, &account, &unknown, FakeHttp(http(201, &[], OK)), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Permanent { .. })));

    // An id of WhatsApp's goes back as it came.
    let hidden = Outbound { to: vec![Address::bare("ZA.13491208655302741918")], ..message.clone() };
    assert_eq!(sent(whatsapp, &account, &hidden)[0], pair("To", "whatsapp:ZA.13491208655302741918"));
    let mail = Outbound { to: vec![Address::bare("ann@customer.example")], ..message };
    assert!(send(whatsapp, &account, &mail, FakeHttp(http(201, &[], OK)), FakeDial::fine()).is_err());
}

fn acts(whatsapp: &dyn Channel) {
    let account = account(whatsapp);
    let place = Place {
        to: Address::bare("+27825550001"),
        thread_key: Some("+27825550001".into()),
        last_inbound_id: Some("SM00000000000000000000000000000009".into()),
        last_inbound_metadata: Map::new(),
    };
    let script =
        Script::new(vec![("POST", "https://messaging.twilio.com/v2/Indicators/Typing.json", http(200, &[], r#"{"success":true}"#))]);
    run(whatsapp.act(edge(&script, &FakeDial::fine()), &account, &place, &Act::Typing { on: true })).unwrap();
    let asked = script.done();
    assert_eq!(form_of(&asked[0]), [pair("messageId", "SM00000000000000000000000000000009"), pair("channel", "whatsapp")]);
    assert!(authorization(&asked[0]).is_some());
    // Nothing to stop, and nobody wrote yet.
    let silent = Script::new(Vec::new());
    run(whatsapp.act(edge(&silent, &FakeDial::fine()), &account, &place, &Act::Typing { on: false })).unwrap();
    let first = Place { last_inbound_id: None, ..place.clone() };
    run(whatsapp.act(edge(&silent, &FakeDial::fine()), &account, &first, &Act::Typing { on: true })).unwrap();
    let react = Act::React { external_id: "SM1".into(), emoji: Some("👍".into()) };
    assert!(run(whatsapp.act(edge(&silent, &FakeDial::fine()), &account, &place, &react)).is_err());
}

const LISTED: &str = r#"{"contents":[
 {"sid":"HX1","friendly_name":"Order","language":"en","variables":{"2":"Friday","10":"x","1":"Ann"},
  "types":{"twilio/text":{"body":"fallback"},"twilio/quick-reply":{"body":"Hi {{1}}, {{2}}?","actions":[{"type":"QUICK_REPLY","title":"Yes","id":"yes"},{"title":"No"}]}},
  "approval_requests":{"name":"order_update","category":"UTILITY","content_type":"twilio/quick-reply","status":"approved","rejection_reason":""}},
 {"sid":"HX2","friendly_name":"Film","language":"de","variables":{"1":"a.mp4"},"types":{"twilio/media":{"body":"See","media":["https://acme.example/{{1}}?x=1","b"]}},
  "approval_requests":{"name":"film","category":"MARKETING","status":"rejected","rejection_reason":"INVALID_FORMAT"}},
 {"sid":"HX3","friendly_name":"Card","language":"en","variables":{},"types":{"whatsapp/card":{"body":"B","header_text":"H","footer":"F","actions":[
  {"type":"URL","title":"Open","url":"https://acme.example"},{"type":"PHONE_NUMBER","title":"Call","phone":"+27"}]}},
  "approval_requests":{"name":"card","category":"UTILITY","status":"received"}},
 {"sid":"HX4","friendly_name":"Never handed in","language":"en","types":{"twilio/text":{"body":"Hello {{name}}"}},"approval_requests":null},
 {"sid":"HX5","friendly_name":"broken"}],
 "meta":{"next_page_url":"https://content.twilio.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=T"}}"#;

fn templates(whatsapp: &dyn Channel) {
    let templates = whatsapp.templates().unwrap();
    let account = account(whatsapp);
    let script = Script::new(vec![
        ("GET", "https://content.twilio.com/v1/ContentAndApprovals?PageSize=100", http(200, &[], LISTED)),
        (
            "GET",
            "https://content.twilio.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=T",
            http(200, &[], r#"{"contents":[],"meta":{"next_page_url":null}}"#),
        ),
    ]);
    let all = run(templates.list(edge(&script, &FakeDial::fine()), &account)).unwrap();
    script.done();
    let [order, film, card, draft] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (order.id.as_str(), order.name.as_str(), order.category.as_str(), order.status.as_str()),
        ("HX1", "order_update", "utility", "approved")
    );
    assert_eq!((order.body.as_str(), order.blanks.as_slice()), ("Hi {{1}}, {{2}}?", ["1", "2", "10"].map(String::from).as_slice()));
    let buttons: Vec<(&str, &str)> = order.buttons.iter().map(|b| (b.id.as_str(), b.title.as_str())).collect();
    assert_eq!((buttons, order.reason.as_deref()), (vec![("yes", "Yes"), ("1", "No")], None));
    assert_eq!((film.header.as_deref(), film.status.as_str(), film.reason.as_deref()), (Some("image"), "rejected", Some("INVALID_FORMAT")));
    assert_eq!((card.header.as_deref(), card.footer.as_deref(), card.status.as_str()), (Some("text"), Some("F"), "pending"));
    assert_eq!(card.buttons.iter().map(|b| b.url.as_deref().unwrap()).collect::<Vec<_>>(), ["https://acme.example", "tel:+27"]);
    assert_eq!((draft.status.as_str(), draft.blanks.as_slice()), ("disabled", ["name".to_owned()].as_slice()));
    assert!(draft.reason.is_some());

    let new = Template {
        id: String::new(),
        name: "Order update".into(),
        language: "en".into(),
        category: "utility".into(),
        status: String::new(),
        reason: None,
        header: None,
        header_text: None,
        body: "Hi {{1}}, may we come on {{day}}?".into(),
        footer: None,
        buttons: vec![Button { id: "yes".into(), title: "Yes".into(), url: None }],
        blanks: vec!["1".into(), "day".into()],
    };
    let made = r#"{"sid":"HX9","language":"en"}"#;
    let approval = r#"{"name":"order_update","category":"UTILITY","status":"unsubmitted","rejection_reason":""}"#;
    let script = Script::new(vec![
        ("POST", "https://content.twilio.com/v1/Content", http(201, &[], made)),
        ("POST", "https://content.twilio.com/v1/Content/HX9/ApprovalRequests/whatsapp", http(201, &[], approval)),
    ]);
    let got = run(templates.create(edge(&script, &FakeDial::fine()), &account, &new)).unwrap();
    assert_eq!((got.id.as_str(), got.status.as_str(), got.reason.as_ref()), ("HX9", "pending", None));
    let asked = script.done();
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    let content = json!({"body": "Hi {{1}}, may we come on {{day}}?", "actions": [{"type": "QUICK_REPLY", "title": "Yes", "id": "yes"}]});
    assert_eq!(
        body,
        json!({"friendly_name": "Order update", "language": "en", "variables": {"1": "example 1", "day": "day"}, "types": {"twilio/quick-reply": content}})
    );
    let body: Value = serde_json::from_slice(&asked[1].body).unwrap();
    assert_eq!(body, json!({"name": "order_update", "category": "UTILITY"}));

    // What WhatsApp does not want to see is not left lying about.
    let script = Script::new(vec![
        ("POST", "/v1/Content", http(201, &[], made)),
        ("POST", "/ApprovalRequests/whatsapp", http(400, &[], r#"{"code":20001,"message":"no","status":400}"#)),
        ("DELETE", "https://content.twilio.com/v1/Content/HX9", http(204, &[], "")),
    ]);
    assert!(run(templates.create(edge(&script, &FakeDial::fine()), &account, &new)).is_err());
    script.done();
    let link = |url: &str| Button { id: "b".into(), title: "Open".into(), url: Some(url.into()) };
    let kinds = [
        (Template { buttons: Vec::new(), ..new.clone() }, "twilio/text"),
        (Template { buttons: vec![link("https://acme.example"), link("tel:+27")], ..new.clone() }, "twilio/call-to-action"),
        (Template { buttons: vec![link("https://acme.example"), new.buttons[0].clone()], ..new.clone() }, "whatsapp/card"),
        (Template { header_text: Some("News".into()), footer: Some("Acme".into()), ..new.clone() }, "whatsapp/card"),
    ];
    for (template, kind) in kinds {
        let script =
            Script::new(vec![("POST", "/v1/Content", http(201, &[], made)), ("POST", "/ApprovalRequests", http(201, &[], approval))]);
        run(templates.create(edge(&script, &FakeDial::fine()), &account, &template)).unwrap();
        let body: Value = serde_json::from_slice(&script.done()[0].body).unwrap();
        assert!(body["types"][kind].is_object(), "{kind}: {body}");
    }
    for wrong in [
        Template { header: Some("image".into()), ..new.clone() },
        Template { body: String::new(), ..new.clone() },
        Template { footer: Some("x".repeat(61)), ..new.clone() },
    ] {
        let nothing = Script::new(Vec::new());
        assert!(matches!(run(templates.create(edge(&nothing, &FakeDial::fine()), &account, &wrong)), Err(SendError::Permanent { .. })));
    }
    let script = Script::new(vec![("DELETE", "https://content.twilio.com/v1/Content/HX9", http(204, &[], ""))]);
    run(templates.delete(edge(&script, &FakeDial::fine()), &account, &got)).unwrap();
    script.done();

    // The simulated provider keeps templates below the one address.
    let account = account_with(whatsapp, json!({"base_url": "https://provider.example/sim"}));
    let played = Played::new(whatsapp, &account);
    let listed = run(templates.list(edge(&played, &FakeDial::fine()), &account)).unwrap();
    let got = run(templates.create(edge(&played, &FakeDial::fine()), &account, &new)).unwrap();
    run(templates.delete(edge(&played, &FakeDial::fine()), &account, &got)).unwrap();
    let used =
        TemplateUse { id: listed[0].id.clone(), name: "x".into(), language: "en".into(), parameters: Default::default(), header_url: None };
    let message = Outbound { template: Some(used), ..outbound_for(whatsapp) };
    run(whatsapp.send(edge(&played, &FakeDial::fine()), &account, &message)).unwrap();
    assert!(played.asked.lock().unwrap()[0].url.starts_with("https://provider.example/sim/content/v1/"));
}

fn installs(whatsapp: &dyn Channel) {
    let installer = whatsapp.installer().unwrap();
    let here = "https://inbox.acme.example/api/webhooks/twilio_whatsapp/key1";
    let senders = r#"{"senders":[
        {"sid":"XE1","status":"ONLINE","sender_id":"whatsapp:+15005550006","profile":{"name":"Acme"},"webhook":{"callback_url":"https://old.example/"}},
        {"sid":"XE2","status":"OFFLINE","sender_id":"whatsapp:+15005550007","profile":null,"webhook":null},
        {"sid":"XE3","status":"ONLINE","sender_id":"rcs:acme","profile":null,"webhook":null}],"meta":{"next_page_url":null}}"#;
    let services = r#"{"services":[{"sid":"MG33333333333333333333333333333333","friendly_name":"Care"}],"meta":{}}"#;
    let script = Script::new(vec![
        ("GET", "https://messaging.twilio.com/v2/Channels/Senders?Channel=whatsapp&PageSize=100", http(200, &[], senders)),
        ("GET", "https://messaging.twilio.com/v1/Services", http(200, &[], services)),
    ]);
    let all = run(installer.list(edge(&script, &FakeDial::fine()), &account_with(whatsapp, json!({"sender": ""})))).unwrap();
    script.done();
    let shown: Vec<(&str, &str, Option<&str>)> = all.iter().map(|r| (r.id.as_str(), r.name.as_str(), r.webhook.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("+15005550006", "Acme (+15005550006)", Some("https://old.example/")),
            ("+15005550007", "+15005550007, not online", None),
            ("MG33333333333333333333333333333333", "Care (messaging service)", None),
        ]
    );
    let script = Script::new(vec![
        ("GET", "/v2/Channels/Senders?", http(200, &[], senders)),
        ("POST", "https://messaging.twilio.com/v2/Channels/Senders/XE1", http(202, &[], "{}")),
    ]);
    let words = run(installer.install(edge(&script, &FakeDial::fine()), &account(whatsapp), here)).unwrap();
    assert!(words.contains("https://old.example/"), "{words}");
    let body: Value = serde_json::from_slice(&script.done()[1].body).unwrap();
    assert_eq!((&body["webhook"]["callback_url"], &body["webhook"]["status_callback_url"]), (&json!(here), &json!(here)));

    let sandbox = account_with(whatsapp, json!({"sender": "+14155238886"}));
    let nothing = Script::new(Vec::new());
    assert!(run(installer.install(edge(&nothing, &FakeDial::fine()), &sandbox, here)).unwrap().contains("Sandbox settings"));
    let active = http(200, &[], r#"{"status":"active","friendly_name":"Acme"}"#);
    assert!(matches!(health(whatsapp, &sandbox, FakeHttp(active), FakeDial::fine()), Health::Ok { detail } if detail.contains("sandbox")));
    let service = account_with(whatsapp, json!({"sender": "MG33333333333333333333333333333333"}));
    let script = Script::new(vec![("GET", "/v1/Services/MG3", http(200, &[], "{}")), ("POST", "/v1/Services/MG3", http(200, &[], "{}"))]);
    run(installer.install(edge(&script, &FakeDial::fine()), &service, here)).unwrap();
    script.done();
}
