//! Instagram: both logins, Meta's signature, the Send API of an account.

use super::messenger::{body, meta_error, meta_forgeries, send_api_answers};
use super::*;
use crate::fakes::*;
use kernel::time::MINUTE;
use serde_json::json;

const OK: &str = r#"{"recipient_id":"526800000000001","message_id":"aWdfZAG1faXRlbToxOk"}"#;
const HOUR: Millis = 60 * MINUTE;

pub static CASE: Case = Case {
    id: "instagram",
    folder: "instagram",
    form: || {
        json!({
            "app_id": "1003383421387256", "app_secret": "TOPSECRET-app-secret", "instagram_id": "17841400000000000",
            "access_token": "IGAATOPSECRET", "verify_token": "TOPSECRET-verify",
        })
    },
    deliver: |account, _, body| connectors::kit::meta::play::delivery(account, body, NOW),
    keys: || None,
    forgeries: |_, genuine| meta_forgeries(genuine),
    answers: || {
        let mut all = common_http(OK, Verdict::Uncertain);
        all.extend(send_api_answers());
        all.push(("outside the window", meta_error(10, 2_534_022), Verdict::Policy("policy.window_closed")));
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"error":{"message":"expired","code":190,"error_subcode":463}}"#)),
            Told::Http(http(200, &[], r#"{"user_id":"17841499999999999","username":"other"}"#)),
            Told::Http(Err(kernel::http::HttpError::Connect("refused".into()))),
        ]
    },
    more,
};

fn more(instagram: &'static dyn Channel) {
    super::messenger::callbacks(instagram);
    requests(instagram);
    acts(instagram);
    by_instagram(instagram);
    by_facebook(instagram);
    renewals(instagram);
    simulated(instagram);
}

fn one(channel: &dyn Channel, account: &Account, address: &'static str, message: &Outbound) -> Value {
    let script = Script::new(vec![("POST", address, http(200, &[], OK))]);
    let receipt = run(channel.send(edge(&script, &FakeDial::fine()), account, message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("aWdfZAG1faXRlbToxOk"));
    body(&script.done()[0])
}

fn requests(instagram: &dyn Channel) {
    let own = account(instagram);
    let plain = outbound_for(instagram);
    let here = "https://graph.instagram.com/v23.0/17841400000000000/messages";
    let person = instagram.simulated_person(1);
    assert_eq!(
        one(instagram, &own, here, &plain),
        json!({"recipient": {"id": person}, "message": {"text": "It left our house on Friday."}})
    );
    // By Facebook login the linked Page sends, on Facebook's host, unless there is a stand-in.
    let linked = |extra: Value| {
        let mut changes = json!({"login": "facebook", "page_id": "106540352242922"});
        changes.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        account_with(instagram, changes)
    };
    one(instagram, &linked(json!({})), "https://graph.facebook.com/v23.0/106540352242922/messages", &plain);
    one(instagram, &linked(json!({"base_url": "http://127.0.0.1:4101"})), "http://127.0.0.1:4101/v23.0/106540352242922/messages", &plain);
    let late = one(instagram, &own, here, &Outbound { last_inbound_at: Some(NOW - 25 * HOUR), ..plain.clone() });
    assert_eq!((&late["messaging_type"], &late["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
    let quoting = Outbound { in_reply_to: Some("aWdfOLD".into()), last_inbound_id: Some("aWdfNEW".into()), ..plain.clone() };
    assert_eq!(one(instagram, &own, here, &quoting)["reply_to"], json!({"mid": "aWdfOLD"}));
    // 1,000 bytes, however few letters they are.
    one(instagram, &own, here, &Outbound { text: "é".repeat(500), ..plain.clone() });
    let refused = |message: &Outbound| run(instagram.send(edge(&Script::new(vec![]), &FakeDial::fine()), &own, message)).unwrap_err();
    assert!(
        matches!(refused(&Outbound { text: "é".repeat(501), ..plain.clone() }), SendError::Policy { code, .. } if code == "policy.split")
    );
    assert!(
        matches!(refused(&Outbound { last_inbound_at: Some(NOW - 169 * HOUR), ..plain.clone() }), SendError::Policy { code, .. } if code == "policy.window_closed")
    );
    let unlinked = account_with(instagram, json!({"login": "facebook"}));
    assert!(matches!(
        run(instagram.send(edge(&Script::new(vec![]), &FakeDial::fine()), &unlinked, &plain)),
        Err(SendError::Account { .. })
    ));
}

fn acts(instagram: &dyn Channel) {
    let account = account(instagram);
    let place = Place {
        to: kernel::message::Address::bare("526800000000001"),
        thread_key: None,
        last_inbound_id: None,
        last_inbound_metadata: serde_json::Map::new(),
    };
    let done = |act: Act| {
        let script = Script::new(vec![("POST", "/17841400000000000/messages", http(200, &[], r#"{"recipient_id":"526800000000001"}"#))]);
        run(instagram.act(edge(&script, &FakeDial::fine()), &account, &place, &act)).unwrap();
        body(&script.done()[0])
    };
    assert_eq!(done(Act::MarkRead { external_id: "aWdf1".into() })["sender_action"], "mark_seen");
    assert_eq!(done(Act::Typing { on: true })["sender_action"], "typing_on");
    let heart = done(Act::React { external_id: "aWdf1".into(), emoji: Some("❤️".into()) });
    assert_eq!((&heart["sender_action"], &heart["payload"]), (&json!("react"), &json!({"message_id": "aWdf1", "reaction": "love"})));
    assert_eq!(done(Act::React { external_id: "aWdf1".into(), emoji: None })["sender_action"], "unreact");
}

fn by_instagram(instagram: &dyn Channel) {
    let account = account(instagram);
    let dial = FakeDial::fine();
    let installer = instagram.installer().unwrap();
    let me = || {
        (
            "GET",
            "/v23.0/me?fields=user_id,username,name",
            http(200, &[], r#"{"user_id":17841400000000000,"username":"acme","name":"Acme"}"#),
        )
    };
    // The token of the login is exchanged for a long one.
    let script = Script::new(vec![
        (
            "GET",
            "https://graph.instagram.com/access_token?grant_type=ig_exchange_token&client_secret=TOPSECRET-app-secret&access_token=IGAATOPSECRET",
            http(200, &[], r#"{"access_token":"IGAAlong","token_type":"bearer","expires_in":5183944}"#),
        ),
        me(),
    ]);
    let list = run(installer.list(edge(&script, &dial), &account)).unwrap();
    assert!(script.done()[1].headers.contains(&("authorization".into(), "Bearer IGAAlong".into())));
    assert_eq!((list[0].id.as_str(), list[0].name.as_str()), ("17841400000000000", "@acme (Acme)"));
    assert_eq!(list[0].settings["access_token"], "IGAAlong");
    assert_eq!(list[0].settings["token_expires_at"], NOW + 5_183_944_000);
    // One that cannot be exchanged stays.
    let script =
        Script::new(vec![("GET", "/access_token?", http(400, &[], r#"{"error":{"message":"Unsupported request","code":100}}"#)), me()]);
    let list = run(installer.list(edge(&script, &dial), &account)).unwrap();
    assert!(!list[0].settings.contains_key("access_token"));
    script.done();

    let subscribe = "/v23.0/me/subscribed_apps?subscribed_fields=messages,messaging_postbacks,message_reactions,messaging_seen";
    let script = Script::new(vec![("POST", subscribe, http(200, &[], r#"{"success":true}"#))]);
    let words = run(installer.install(edge(&script, &dial), &account, "https://inbox.acme.example/k")).unwrap();
    assert!(words.contains("https://inbox.acme.example/k"));
    script.done();

    let script = Script::new(vec![(
        "GET",
        "/526800000000001?fields=name,username,profile_pic",
        http(200, &[], r#"{"username":"ada","profile_pic":"https://x.example/p.jpg"}"#),
    )]);
    let profile = run(instagram.profile(edge(&script, &dial), &account, "526800000000001")).unwrap();
    script.done();
    assert_eq!((profile.name.as_deref(), profile.picture_url.as_deref()), (Some("ada"), Some("https://x.example/p.jpg")));

    let old = account_with(instagram, json!({"token_expires_at": NOW - 1}));
    assert!(
        matches!(run(instagram.health(edge(&Script::new(vec![]), &dial), &old)), Health::Broken { detail } if detail.contains("run out"))
    );
}

fn by_facebook(instagram: &dyn Channel) {
    let account = account_with(instagram, json!({"login": "facebook", "page_id": "1", "access_token": "user"}));
    let dial = FakeDial::fine();
    let installer = instagram.installer().unwrap();
    let pages = r#"{"data":[{"id":"1","name":"Acme","access_token":"EAApage","instagram_business_account":{"id":"17841400000000000","username":"acme"}},
        {"id":"2","name":"No Instagram","access_token":"EAAother"}]}"#;
    let script = Script::new(vec![
        ("POST", "https://graph.facebook.com/v23.0/oauth/access_token", http(200, &[], r#"{"access_token":"long"}"#)),
        ("GET", "/me/accounts?fields=id,name,instagram_business_account%7Bid,username%7D,access_token", http(200, &[], pages)),
    ]);
    let list = run(installer.list(edge(&script, &dial), &account)).unwrap();
    script.done();
    let [one] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!((one.id.as_str(), one.name.as_str()), ("17841400000000000", "@acme (Acme)"));
    assert_eq!((&one.settings["page_id"], &one.settings["access_token"]), (&json!("1"), &json!("EAApage")));
    let script = Script::new(vec![(
        "POST",
        "https://graph.facebook.com/v23.0/1/subscribed_apps?subscribed_fields=messages",
        http(200, &[], r#"{"success":true}"#),
    )]);
    run(installer.install(edge(&script, &dial), &account, "https://inbox.acme.example/k")).unwrap();
    script.done();
    let page = r#"{"id":"1","name":"Acme","instagram_business_account":{"id":"17841400000000000","username":"acme"}}"#;
    let script = Script::new(vec![
        ("GET", "/v23.0/1?fields=id,name,instagram_business_account", http(200, &[], page)),
        ("GET", "/v23.0/1/subscribed_apps", http(200, &[], r#"{"data":[{"id":"7"}]}"#)),
    ]);
    assert!(matches!(run(instagram.health(edge(&script, &dial), &account)), Health::Ok { detail } if detail.contains("@acme")));
    script.done();
    assert_eq!(run(instagram.renew(edge(&Script::new(vec![]), &dial), &account)), Ok(None));
}

fn renewals(instagram: &dyn Channel) {
    const DAY: Millis = 24 * HOUR;
    let dial = FakeDial::fine();
    let at = |at: Millis| account_with(instagram, json!({"token_expires_at": at}));
    let renew = |account: &Account, script: Vec<(&'static str, &'static str, Answer)>| {
        let script = Script::new(script);
        let result = run(instagram.renew(edge(&script, &dial), account));
        script.done();
        result
    };
    assert_eq!(renew(&at(NOW + 45 * DAY), vec![]), Ok(None));
    let answer = || http(200, &[], r#"{"access_token":"IGAAnew","token_type":"bearer","expires_in":5183944}"#);
    let refresh = "https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=IGAATOPSECRET";
    let settings = renew(&at(NOW + 10 * DAY), vec![("GET", refresh, answer())]).unwrap().unwrap();
    assert_eq!((&settings["access_token"], &settings["token_expires_at"]), (&json!("IGAAnew"), &json!(NOW + 5_183_944_000)));
    // Still the short one of the login.
    let young = || http(400, &[], r#"{"error":{"message":"too young","code":100}}"#);
    let exchanged = renew(
        &account(instagram),
        vec![("GET", "/refresh_access_token", young()), ("GET", "/access_token?grant_type=ig_exchange", answer())],
    );
    assert_eq!(exchanged.unwrap().unwrap()["access_token"], "IGAAnew");
    assert_eq!(renew(&account(instagram), vec![("GET", "/refresh_access_token", young()), ("GET", "/access_token", young())]), Ok(None));
    let dead = http(400, &[], r#"{"error":{"message":"expired","code":190}}"#);
    assert!(matches!(renew(&account(instagram), vec![("GET", "/refresh", dead)]), Err(SendError::Account { .. })));
}

fn simulated(instagram: &dyn Channel) {
    let base = json!({"base_url": "https://provider.example/sim"});
    let own = account_with(instagram, base.clone());
    let mut facebook = base;
    facebook.as_object_mut().unwrap().extend(json!({"login": "facebook", "page_id": "106540352242922"}).as_object().unwrap().clone());
    let simulator = instagram.simulator().unwrap();
    let dial = FakeDial::fine();
    for account in [&own, &account_with(instagram, facebook)] {
        let played = Played::new(instagram, account);
        run(instagram.send(edge(&played, &dial), account, &outbound_for(instagram))).unwrap();
        let health = run(instagram.health(edge(&played, &dial), account));
        assert!(matches!(health, Health::Ok { .. }), "{health:?}");
        run(instagram.installer().unwrap().install(edge(&played, &dial), account, "https://inbox.acme.example/k")).unwrap();
    }
    let played = Played::new(instagram, &own);
    assert_eq!(run(instagram.installer().unwrap().list(edge(&played, &dial), &own)).unwrap()[0].id, "17841400000000000");
    assert!(run(instagram.renew(edge(&played, &dial), &own)).unwrap().unwrap().contains_key("token_expires_at"));
    let ask = |text: String| {
        let message = json!({"recipient": {"id": "526800000000001"}, "message": {"text": text}});
        let request = connectors::kit::calls::json("POST", "/v23.0/17841400000000000/messages", &message);
        let request = connectors::kit::calls::bearer(request, &kernel::Secret::new("IGAATOPSECRET".into()));
        simulator.provider(&own, &request, 1, NOW).response.status
    };
    assert_eq!((ask("é".repeat(500)), ask("é".repeat(501))), (200, 400));
    for (doing, right) in [
        (Doing::React, (|i| matches!(i, Inbound::Reaction { emoji: Some(e), .. } if e == "👍")) as fn(&Inbound) -> bool),
        (Doing::Edit, |i| matches!(i, Inbound::Edited { text, .. } if text == "👍")),
        (Doing::Delete, |i| matches!(i, Inbound::Deleted { external_id, .. } if external_id == "aWdfX")),
        (Doing::Read, |i| matches!(i, Inbound::Status(s) if s.external_id == "aWdfX")),
    ] {
        let say = Simulated { doing, answers: Some("aWdfX".into()), text: "👍".into(), ..said(instagram) };
        let raw = simulator.delivery(&own, &say, NOW);
        let parsed = instagram.parse(&own, &prove(instagram, &own, raw, NOW).unwrap()).unwrap();
        assert!(parsed.iter().any(right), "{parsed:?}");
    }
}
