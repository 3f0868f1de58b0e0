//! Mail that leaves: right headers, nothing injected, and readable by our own reader.

use crate::fakes::*;
use connectors::kit::{headers, mail as email, tokens};
use kernel::channel::*;
use kernel::message::Address;
use serde_json::json;

fn mail() -> &'static dyn Channel {
    connectors::channel("smtp").unwrap()
}

fn sent(account: &Account, message: &Outbound) -> (kernel::dial::Envelope, String) {
    let dial = FakeDial::fine();
    let http = FakeHttp(http(500, &[], ""));
    run(mail().send(Edge { http: &http, dial: &dial, clock: &CLOCK }, account, message)).unwrap();
    let (envelope, bytes) = dial.taken.lock().unwrap()[0].clone();
    (envelope, String::from_utf8(bytes).unwrap())
}

fn rich() -> Outbound {
    Outbound {
        html: Some("<p>It left our <b>house</b> on Friday. <img src=\"cid:logo.png\"></p>".into()),
        files: vec![
            OutboundFile { name: "logo.png".into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: String::new() },
            OutboundFile {
                name: "Rechnung März.pdf".into(),
                content_type: "application/pdf".into(),
                bytes: b"%PDF".to_vec(),
                url: String::new(),
            },
        ],
        cc: vec![Address::bare("carl@customer.example")],
        bcc: vec![Address::bare("boss@acme.example"), Address::bare("carl@customer.example")],
        ..outbound()
    }
}

#[test]
fn a_mail_has_the_headers_that_keep_a_thread_together() {
    let account = account(mail());
    let (envelope, text) = sent(&account, &rich());
    let h = headers::read(text.as_bytes());
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    assert_eq!(h.first("message-id"), Some(format!("<{}>", message_id()).as_str()));
    assert_eq!(h.first("in-reply-to"), Some("<CAF-1@mail.customer.example>"));
    assert_eq!(h.first("references"), Some("<first@customer.example> <CAF-1@mail.customer.example>"));
    assert!(h.first("reply-to").unwrap().contains(&format!("support+{token}@acme.example")));
    assert!(h.first("from").unwrap().contains("Acme Support") && h.first("from").unwrap().contains("<support@acme.example>"));
    assert_eq!(h.first("date"), Some("Sat, 21 Nov 2026 07:00:00 +0000"));
    assert!(!h.has("bcc") && !h.has("auto-submitted") && !text.contains("boss@"));
    assert_eq!(envelope.to, ["ann@customer.example", "carl@customer.example", "boss@acme.example"]);
    assert_eq!(envelope.from.as_deref(), Some("support@acme.example"));
    assert!(text.lines().all(|l| l.len() <= 998) && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert_eq!(sent(&account, &rich()).1, text, "a second attempt is the same mail");
}

#[test]
fn our_own_reader_reads_what_we_wrote() {
    let account = account(mail());
    let (_, text) = sent(&account, &rich());
    // As if somebody else had written it, since our own mail is ignored.
    let raw = deliver(&account, "mail", text.replace("support@acme.example", "other@partner.example").into_bytes());
    let parsed = mail().parse(&account, &Verified::from_journal(raw)).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(m.text, "It left our house on Friday.\n\n-- \nAcme Support\n<acme.example>");
    assert_eq!(m.stripped_text.as_deref(), Some("It left our house on Friday."));
    assert_eq!(m.thread.token.as_ref().map(|(c, how)| (*c, how.as_str())), Some((conversation(), "marker")));
    let names: Vec<_> = m.files.iter().map(|f| (f.name.as_str(), f.inline)).collect();
    assert_eq!(names, [("logo.png", true), ("Rechnung März.pdf", false)]);
    // And an echo of ours goes nowhere.
    let raw = deliver(&account, "mail", text.into_bytes());
    assert!(matches!(mail().parse(&account, &Verified::from_journal(raw)).unwrap()[..], [Inbound::Ignored { .. }]));
}

#[test]
fn automatic_mail_says_that_it_is_automatic() {
    let (_, text) = sent(&account(mail()), &Outbound { automatic: true, ..outbound() });
    let h = headers::read(text.as_bytes());
    assert_eq!(h.first("auto-submitted"), Some("auto-replied"));
    assert_eq!(h.first("x-auto-response-suppress"), Some("All"));
    assert_eq!(h.first("precedence"), Some("auto_reply"));
    assert!(!text.contains("-- "), "no signature");
}

#[test]
fn nothing_typed_becomes_a_header() {
    let account = account_with(mail(), json!({"display_name": "Acme\r\nBcc: eve@evil.example"}));
    let evil = "x\r\nBcc: eve@evil.example\r\n\r\nbody";
    let message = Outbound {
        subject: Some(evil.into()),
        to: vec![Address { name: Some(evil.into()), address: "ann@customer.example".into() }],
        in_reply_to: Some(evil.into()),
        references: vec![evil.into()],
        external_id: format!("a@b{evil}"),
        files: vec![OutboundFile { name: evil.into(), content_type: evil.into(), bytes: vec![1], url: String::new() }],
        ..outbound()
    };
    let (_, text) = sent(&account, &message);
    let h = headers::read(text.as_bytes());
    assert!(!h.has("bcc") && !text.contains("\nBcc"), "{text}");
    for address in ["a@b\r\nBcc: c@d", "a b@c.d", "none", "\"x y\"@c.d", "a@b,c@d", "ä@b.example"] {
        let message = Outbound { to: vec![Address::bare(address)], ..outbound() };
        let result = send(mail(), &account, &message, FakeHttp(http(500, &[], "")), FakeDial::fine());
        assert!(matches!(result, Err(SendError::Permanent { .. })), "{address}");
    }
    let (envelope, _) = sent(&account, &Outbound { to: vec![Address::bare("ann@bücher.example")], ..outbound() });
    assert_eq!(envelope.to, ["ann@xn--bcher-kva.example"]);
}

#[test]
fn answers_are_asked_for_where_they_find_their_conversation() {
    let token = tokens::make(&[7; 32], conversation(), account(mail()).id);
    let at = |changes| email::build::reply_address(&account_with(mail(), changes), &token);
    assert_eq!(at(json!({})), Some(format!("support+{token}@acme.example")));
    assert_eq!(at(json!({"inbound_domain": "in.acme.example"})), Some(format!("reply+{token}@in.acme.example")));
    assert_eq!(at(json!({"plus_addressing": false})), None);
    let account = account_with(mail(), json!({"inbound_domain": "in.acme.example"}));
    assert!(email::is_ours(&account, &format!("reply+{token}@in.acme.example")));
    assert!(email::is_ours(&account, "Support@in.acme.example") && email::is_ours(&account, "support+x@acme.example"));
    assert!(!email::is_ours(&account, "reply+nonsense@in.acme.example") && !email::is_ours(&account, "supporter@acme.example"));
}
