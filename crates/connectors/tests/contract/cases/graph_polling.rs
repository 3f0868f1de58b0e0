//! Microsoft Graph: what polling brings, and how notifications are kept alive.

use super::graph::body;
use super::*;
use crate::fakes::*;
use kernel::http::HttpRequest;
use kernel::time::{DAY, HOUR, MINUTE, rfc3339};
use serde_json::json;

const HOOK: &str = "https://inbox.acme.example/api/webhooks/graph/key";

pub fn check(graph: &'static dyn Channel) {
    delta_links_are_followed(graph);
    subscriptions_are_made_and_renewed(graph);
}

fn polled(
    graph: &'static dyn Channel,
    cursor: Option<&str>,
    answers: Vec<(&'static str, &'static str, Answer)>,
) -> (Polled, Vec<HttpRequest>) {
    let script = Script::new(answers);
    let got = run(graph.poller().unwrap().poll(edge(&script, &FakeDial::fine()), &account(graph), cursor)).unwrap();
    (got, script.done())
}
const MAIL: &str = "From: ann@customer.example\r\nTo: support@acme.example\r\nMessage-ID: <a@b.example>\r\n\r\nHello\r\n";

fn page(ids: &[&str], link: &str, url: &str) -> Answer {
    let items: Vec<Value> = ids
        .iter()
        .map(|id| match *id {
            "gone" => json!({"id": "gone", "@removed": {"reason": "deleted"}}),
            "draft" => json!({"id": "draft", "isDraft": true}),
            id => json!({"id": id, "conversationId": "AAQ=", "isDraft": false}),
        })
        .collect();
    let mut body = json!({ "value": items });
    body[format!("@odata.{link}")] = url.into();
    http(200, &[], &body.to_string())
}

fn delta_links_are_followed(graph: &'static dyn Channel) {
    const BASE: &str = "https://graph.microsoft.com/v1.0/me/mailFolders";
    let none = || ("GET", "/v1.0/subscriptions", http(200, &[], r#"{"value":[]}"#));
    let link = |folder: &str, rest: &str| format!("{BASE}('{folder}')/messages/delta?{rest}");
    // From now on: what is already in the mailbox stays there.
    let (first, asked) = polled(
        graph,
        None,
        vec![
            none(),
            (
                "GET",
                "/me/mailFolders/inbox/messages/delta?changeType=created&$select=id,conversationId,isDraft&$filter=receivedDateTime%20ge%202026-11-21T07%3A00%3A00.000Z",
                page(&["m1", "gone", "draft", "m2"], "nextLink", &link("inbox", "$skiptoken=1")),
            ),
            ("GET", "/me/messages/m1/$value", http(200, &[], MAIL)),
            ("GET", "/me/messages/m2/$value", http(404, &[], "")),
            (
                "GET",
                "/me/mailFolders/sentitems/messages/delta?changeType=created",
                page(&["s1"], "deltaLink", &link("sentitems", "$deltatoken=1")),
            ),
            ("GET", "/me/messages/s1/$value", http(200, &[], MAIL)),
        ],
    );
    assert!(asked[1].headers.iter().any(|(n, v)| n == "prefer" && v == "IdType=\"ImmutableId\", odata.maxpagesize=20"));
    assert!(first.more && first.deliveries.len() == 2);
    assert_eq!(
        (first.deliveries[0].method.as_str(), first.deliveries[0].path.as_str()),
        ("POLL", "/graph?folder=inbox&id=m1&conversation=AAQ%3D")
    );
    assert!(first.deliveries[1].path.starts_with("/graph?folder=sentitems&id=s1"));
    let verified = prove(graph, &account(graph), first.deliveries[0].clone(), NOW).unwrap();
    let Inbound::Message(message) = &graph.parse(&account(graph), &verified).unwrap()[0] else { panic!() };
    assert_eq!((&message.metadata["graph_id"], &message.metadata["graph_conversation_id"]), (&json!("m1"), &json!("AAQ=")));
    let (second, _) = polled(
        graph,
        first.cursor.as_deref(),
        vec![
            ("GET", "('inbox')/messages/delta?$skiptoken=1", page(&[], "deltaLink", &link("inbox", "$deltatoken=2"))),
            ("GET", "('sentitems')/messages/delta?$deltatoken=1", http(410, &[], r#"{"error":{"code":"SyncStateNotFound"}}"#)),
        ],
    );
    assert!(second.more && second.deliveries.is_empty(), "the sent items begin again");
    let (third, _) = polled(
        graph,
        second.cursor.as_deref(),
        vec![
            ("GET", "('inbox')/messages/delta?$deltatoken=2", page(&[], "deltaLink", "https://evil.example/delta")),
            (
                "GET",
                "/sentitems/messages/delta?changeType=created&$select=id,conversationId,isDraft&$filter=receivedDateTime%20ge%202026-11-18T07",
                page(&[], "deltaLink", &link("sentitems", "$deltatoken=3")),
            ),
        ],
    );
    assert!(!third.more);
    // Our token goes nowhere else.
    let (fourth, _) = polled(
        graph,
        third.cursor.as_deref(),
        vec![("GET", "('sentitems')/messages/delta?$deltatoken=3", page(&[], "deltaLink", &link("sentitems", "$deltatoken=4")))],
    );
    assert!(fourth.more && !fourth.cursor.unwrap().contains("evil"));
    let script = Script::new(vec![("GET", "$deltatoken=2", http(503, &[("Retry-After", "4")], ""))]);
    let error = run(graph.poller().unwrap().poll(edge(&script, &FakeDial::fine()), &account(graph), second.cursor.as_deref()));
    assert!(matches!(error, Err(SendError::Retry { after_ms: Some(4_000), .. })));
}

fn subscriptions_are_made_and_renewed(graph: &'static dyn Channel) {
    let setup = graph.installer().unwrap();
    let account = account(graph);
    let one = |url: &str, resource: &str, until: i64| json!({"id": "sub1", "notificationUrl": url, "resource": resource, "expirationDateTime": rfc3339(until)});
    let list = |all: Vec<Value>| http(200, &[], &json!({ "value": all }).to_string());
    let ours = "me/mailFolders('inbox')/messages";
    let install = |answers| {
        let script = Script::new(answers);
        run(setup.install(edge(&script, &FakeDial::fine()), &account, HOOK)).unwrap();
        script.done()
    };
    let elsewhere = one("https://other.example/api/webhooks/graph/key", ours, NOW + DAY);
    let asked = install(vec![("GET", "/v1.0/subscriptions", list(vec![elsewhere])), ("POST", "/v1.0/subscriptions", http(201, &[], "{}"))]);
    assert_eq!(
        body(&asked[1]),
        json!({"changeType": "created", "notificationUrl": HOOK, "lifecycleNotificationUrl": HOOK, "resource": ours,
               "expirationDateTime": rfc3339(NOW + 4_230 * MINUTE), "clientState": "TOPSECRET-state"})
    );
    install(vec![
        ("GET", "/subscriptions", list(vec![one(HOOK, ours, NOW + DAY)])),
        ("PATCH", "/v1.0/subscriptions/sub1", http(200, &[], "{}")),
    ]);
    // While polling: renewed at half its life, made again when it was lost, and no trouble when that fails.
    let empty = |folder| ("GET", folder, page(&[], "deltaLink", "https://graph.microsoft.com/v1.0/me/mailFolders/d"));
    let poll = |cursor: &str, first: Vec<(&'static str, &'static str, Answer)>| {
        polled(graph, Some(cursor), first.into_iter().chain([empty("inbox"), empty("sentitems")]).collect())
    };
    let due = json!({"hook": HOOK, "tended_at": NOW - HOUR}).to_string();
    let (got, _) = poll(
        &due,
        vec![("GET", "/subscriptions", list(vec![one(HOOK, ours, NOW + DAY)])), ("PATCH", "/subscriptions/sub1", http(200, &[], "{}"))],
    );
    assert!(got.cursor.unwrap().contains(HOOK));
    poll(&due, vec![("GET", "/subscriptions", list(vec![one(HOOK, ours, NOW + 2 * DAY)]))]);
    let (_, asked) = poll(&due, vec![("GET", "/subscriptions", list(Vec::new())), ("POST", "/subscriptions", http(201, &[], "{}"))]);
    assert_eq!(body(&asked[1])["notificationUrl"], HOOK);
    poll(&due, vec![("GET", "/subscriptions", http(403, &[], "{}"))]);
    poll(&json!({"tended_at": NOW - HOUR + 1}).to_string(), vec![]);
    let played = account_with(graph, json!({"base_url": "https://provider.example/sim"}));
    let provider = Played::new(graph, &played);
    assert_eq!(run(setup.list(edge(&provider, &FakeDial::fine()), &played)).unwrap()[0].id, "support@acme.example");
    assert!(run(setup.install(edge(&provider, &FakeDial::fine()), &played, HOOK)).unwrap().contains("renewed by itself"));
}
