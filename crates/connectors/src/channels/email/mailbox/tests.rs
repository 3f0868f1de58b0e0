//! Against a server that follows a script, with a desk that remembers.

use super::*;
use crate::kit::imap::scripted::{Server, run};
use kernel::Secret;
use kernel::channel::{Settings, Verified};
use kernel::clock::{Clock, ManualClock};
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::sync::Mutex;

const NOW: Millis = 1_793_181_600_000;
const IN: (&str, &str) = ("AUTHENTICATE PLAIN", "% OK [CAPABILITY IMAP4rev1 MOVE UIDPLUS] in\r\n");
const GREETING: (&str, &str) = ("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n");
const LIST: (&str, &str) = ("LIST", "* LIST () \".\" INBOX\r\n* LIST (\\Sent) \".\" INBOX.Sent\r\n% OK\r\n");

struct NoHttp;
impl HttpClient for NoHttp {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(std::future::ready(Err(HttpError::Refused("none here".into()))))
    }
}

#[derive(Default)]
struct Kept {
    cursor: Mutex<Option<String>>,
    brought: Mutex<Vec<Brought>>,
    known: Vec<String>,
    reports: Mutex<Vec<String>>,
}
impl Kept {
    fn at(cursor: Value) -> Self {
        Self { cursor: Mutex::new(Some(cursor.to_string())), ..Self::default() }
    }
    fn cursor_now(&self) -> Value {
        serde_json::from_str(self.cursor.lock().unwrap().as_deref().unwrap_or("null")).unwrap()
    }
    /// Numbers of what was brought, with `s` for what came silently.
    fn numbers(&self) -> Vec<String> {
        let number = |b: &Brought| format!("{}{}", b.raw.header(NUMBER).unwrap_or_default(), if b.silent { " s" } else { "" });
        self.brought.lock().unwrap().iter().map(number).collect()
    }
}
impl Desk for Kept {
    fn cursor(&self) -> BoxFuture<'_, Result<Option<String>, SendError>> {
        Box::pin(std::future::ready(Ok(self.cursor.lock().unwrap().clone())))
    }
    fn store(&self, brought: Vec<Brought>) -> BoxFuture<'_, Result<(), SendError>> {
        self.brought.lock().unwrap().extend(brought);
        Box::pin(std::future::ready(Ok(())))
    }
    fn set_cursor(&self, cursor: String) -> BoxFuture<'_, Result<(), SendError>> {
        *self.cursor.lock().unwrap() = Some(cursor);
        Box::pin(std::future::ready(Ok(())))
    }
    fn known(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, SendError>> {
        Box::pin(std::future::ready(Ok(ids.into_iter().filter(|id| self.known.contains(id)).collect())))
    }
    fn report(&self, detail: String) -> BoxFuture<'_, ()> {
        self.reports.lock().unwrap().push(detail);
        Box::pin(std::future::ready(()))
    }
    fn rest(&self, _ms: Millis) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn account(more: Value) -> Account {
    let mut settings = json!({"receive": "imap", "imap_host": "imap.example.com", "imap_password": "p", "sign_in": "password"});
    settings.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    Account {
        id: kernel::ChannelId::from_uuid(uuid::Uuid::from_u128(7)),
        provider: "smtp".into(),
        name: "Mail".into(),
        identifier: "help@example.com".into(),
        settings: Settings::new(settings.as_object().cloned().unwrap()),
        public_url: "https://desk.example.com".into(),
        mac_key: Secret::new(vec![1; 32]),
    }
}

/// Follows INBOX (or another folder) to the end of the script; gives why it ended.
fn follow_in(folder: &str, settings: Value, desk: &Kept, steps: &[(&str, String)]) -> (Server, SendError) {
    let mut all: Vec<(&str, String)> = [GREETING, IN, LIST].iter().map(|(c, a)| (*c, (*a).to_owned())).collect();
    all.extend(steps.iter().cloned());
    let server = Server::new(&all);
    let clock = ManualClock::new(NOW);
    let edge = Edge { http: &NoHttp, dial: &server, clock: &clock as &dyn Clock };
    let ended = run(Imap.follow(edge, &account(settings), folder, desk));
    (server, ended)
}
fn follow(settings: Value, desk: &Kept, steps: &[(&str, String)]) -> (Server, SendError) {
    follow_in("INBOX", settings, desk, steps)
}

fn selected(mails: u32, validity: u32, next: u32) -> String {
    format!("* {mails} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n% OK\r\n")
}
/// Answers to the list: (number, size, day of October 2026).
fn listed(mails: &[(u32, usize, u32)]) -> String {
    let line = |(uid, size, day): &(u32, usize, u32)| {
        format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{day:02}-Oct-2026 10:00:00 +0000\")\r\n")
    };
    mails.iter().map(line).collect::<String>() + "% OK\r\n"
}
fn mail(uid: u32) -> String {
    format!(
        "Message-ID: <m{uid}@home.example>\r\nFrom: anna@home.example\r\nTo: help@example.com\r\nSubject: Mail {uid}\r\n\r\nHello {uid}\r\n"
    )
}
fn fetched(uids: &[u32]) -> String {
    let one = |uid: &u32| format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n{})\r\n", mail(*uid).len(), mail(*uid));
    uids.iter().map(one).collect::<String>() + "% OK\r\n"
}
fn ok() -> String {
    "% OK\r\n".into()
}

#[test]
fn from_now_on_leaves_what_is_there_and_brings_what_comes() {
    let desk = Kept::default();
    let (server, ended) = follow(
        json!({}),
        &desk,
        &[
            ("EXAMINE \"INBOX\"", selected(3, 17, 11)),
            ("UID FETCH 11:*", listed(&[(10, 5, 1)])),
            ("NOOP", "* 5 EXISTS\r\n% OK\r\n".into()),
            ("UID FETCH 11:*", listed(&[(12, 200, 20), (11, 200, 20)])),
            ("UID FETCH 11:12 (UID BODY.PEEK[])", fetched(&[12, 11])),
            ("NOOP", "* BYE see you\r\n".into()),
        ],
    );
    assert_eq!(desk.numbers(), ["17.11", "17.12"]);
    assert_eq!(desk.cursor_now(), json!({"validity": 17, "uid": 12, "history_to": 10, "since": NOW, "begun_at": NOW}));
    assert!(matches!(&ended, SendError::Retry { detail, .. } if detail.contains("see you")), "{ended:?}");
    assert_eq!(*desk.reports.lock().unwrap(), ["INBOX: asked every minute", "INBOX: asked every minute"]);
    assert!(!server.heard().iter().any(|l| l.contains("STORE") || l.contains("SELECT")), "nothing in the mailbox is touched");
    // The next connection goes on there, byte for byte.
    let (_s, _e) = follow(
        json!({}),
        &desk,
        &[("EXAMINE", selected(5, 17, 14)), ("UID FETCH 13:*", listed(&[(13, 9, 20)])), ("UID FETCH 13 ", fetched(&[13]))],
    );
    let brought = desk.brought.lock().unwrap();
    assert_eq!(brought.last().unwrap().raw.body, mail(13).as_bytes());
    let parsed = super::super::inbound::parse(&account(json!({})), &brought.last().unwrap().raw).unwrap();
    assert!(matches!(&parsed[0], kernel::channel::Inbound::Message(m) if m.external_id == "m13@home.example"));
}

#[test]
fn the_last_days_come_silently_and_what_comes_afterwards_does_not() {
    let desk = Kept::default();
    follow(
        json!({"first_import": "days", "first_days": 3}),
        &desk,
        &[
            ("EXAMINE", selected(4, 17, 11)),
            ("UID SEARCH SINCE 24-Oct-2026", "* SEARCH 8 9 10\r\n% OK\r\n".into()),
            // 28 October, ten in the morning, is now: the 24th is a day too old.
            ("UID FETCH 8:*", listed(&[(8, 9, 24), (9, 9, 26), (10, 9, 27), (11, 9, 28)])),
            ("UID FETCH 9:11", fetched(&[9, 10, 11])),
        ],
    );
    assert_eq!(desk.numbers(), ["17.9 s", "17.10 s", "17.11"]);
    let everything = Kept::default();
    follow(
        json!({"first_import": "all"}),
        &everything,
        &[("EXAMINE", selected(1, 17, 3)), ("UID FETCH 1:*", listed(&[(2, 9, 1)])), ("UID FETCH 2", fetched(&[2]))],
    );
    assert_eq!(everything.numbers(), ["17.2 s"]);
}

#[test]
fn new_numbers_bring_only_what_is_not_here() {
    let begun: Millis = NOW - 5 * DAY;
    let desk = Kept {
        known: vec!["m1@home.example".into(), "m2@home.example".into()],
        ..Kept::at(json!({"validity": 17, "uid": 900, "history_to": 3, "since": begun - 10 * DAY, "begun_at": begun}))
    };
    let marks = |uids: &[u32]| {
        let one = |uid: &u32| {
            let head = format!("Message-ID: <m{uid}@home.example>\r\n\r\n");
            format!("* {uid} FETCH (UID {uid} BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {{{}}}\r\n{head})\r\n", head.len())
        };
        uids.iter().map(one).collect::<String>() + "* 6 FETCH (UID 6 BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {2}\r\n\r\n)\r\n% OK\r\n"
    };
    follow(
        json!({}),
        &desk,
        &[
            ("EXAMINE", selected(7, 18, 7)),
            // 1 and 2 are here; 3 came before what was wanted; 4 is history; 5 fell into the gap; 6 says no id; 7 came meanwhile.
            ("UID FETCH 1:*", listed(&[(1, 9, 25), (2, 9, 26), (3, 9, 2), (4, 9, 20), (5, 9, 27), (6, 9, 27), (7, 9, 28)])),
            ("UID FETCH 1:2,4:6 (UID BODY.PEEK[HEADER.FIELDS", marks(&[1, 2, 4, 5])),
            ("UID FETCH 4:6 (UID BODY.PEEK[])", fetched(&[4, 5, 6])),
            ("UID FETCH 7 ", fetched(&[7])),
        ],
    );
    assert_eq!(desk.numbers(), ["18.4 s", "18.5", "18.6", "18.7"]);
    let cursor = desk.cursor_now();
    assert_eq!((&cursor["validity"], &cursor["uid"], &cursor["again_to"]), (&json!(18), &json!(7), &json!(6)));
}

#[test]
fn a_mailbox_that_moved_wakes_nobody_with_old_mail() {
    let desk = Kept::at(json!({"validity": 17, "uid": 9, "since": NOW - 9 * DAY, "begun_at": NOW - 9 * DAY}));
    let old = format!("Date: Mon, 02 Mar 2020 10:00:00 +0000\r\n{}", mail(1));
    let body = format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{old})\r\n% OK\r\n", old.len());
    let head = "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {2}\r\n\r\n)\r\n% OK\r\n".to_owned();
    // On the new server everything arrived yesterday.
    follow(
        json!({}),
        &desk,
        &[("EXAMINE", selected(1, 1, 2)), ("UID FETCH 1:*", listed(&[(1, 9, 27)])), ("UID FETCH 1 ", head), ("UID FETCH 1 ", body)],
    );
    assert_eq!(desk.numbers(), ["1.1 s"]);
}

#[test]
fn mails_too_large_are_not_lost_and_large_ones_come_in_pieces() {
    let limit = super::super::form::DESCRIPTOR.limits.inbound_bytes as usize;
    let desk = Kept::at(json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0}));
    let large = format!("{}{}", mail(3), "x".repeat(PIECE));
    let (one, two) = large.split_at(PIECE);
    let piece = |text: &str| format!("* 3 FETCH (UID 3 BODY[]<0> {{{}}}\r\n{text})\r\n% OK\r\n", text.len());
    let head = "From: anna@home.example\r\nSubject: =?utf-8?q?Gro=C3=9F?=\r\n\r\n";
    let header = format!("* 2 FETCH (UID 2 BODY[HEADER] {{{}}}\r\n{head})\r\n% OK\r\n", head.len());
    let (server, _ended) = follow(
        json!({"after_import": "move", "move_to": "Done"}),
        &desk,
        &[
            ("SELECT \"INBOX\"", selected(4, 17, 5)),
            ("UID FETCH 2:*", listed(&[(2, limit + 1, 20), (3, large.len(), 20), (4, 9, 20)])),
            ("UID FETCH 2 (UID BODY.PEEK[HEADER])", header),
            ("UID FETCH 4 (UID BODY.PEEK[])", fetched(&[4])),
            ("UID FETCH 3 (UID BODY.PEEK[]<0.1048576>)", piece(one)),
            ("UID FETCH 3 (UID BODY.PEEK[]<1048576.1048576>)", piece(two)),
            ("UID MOVE 3:4 \"Done\"", "* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n% OK\r\n".into()),
        ],
    );
    assert_eq!(desk.numbers(), ["17.2", "17.3", "17.4"]);
    let brought = desk.brought.lock().unwrap();
    assert_eq!(brought[1].raw.body, large.as_bytes());
    let words = super::super::inbound::parse(&account(json!({})), &brought[0].raw).unwrap_err().0;
    for part in ["46 MB", "45 MB", "anna@home.example", "Groß", "INBOX", "17.2"] {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    assert!(!server.heard().iter().any(|l| l.contains("MOVE 2")), "what was not taken stays where it is");
}

#[test]
fn after_import_as_it_was_asked_for() {
    let at = || Kept::at(json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0}));
    let (come, get) = (listed(&[(2, 9, 20)]), fetched(&[2]));
    let desk = at();
    let steps = [
        ("SELECT", selected(2, 17, 3)),
        ("UID FETCH 2:*", come.clone()),
        ("UID FETCH 2 ", get.clone()),
        ("UID STORE 2 +FLAGS.SILENT (\\Seen)", ok()),
    ];
    follow(json!({"after_import": "seen"}), &desk, &steps);
    assert_eq!(desk.cursor_now()["uid"], 2);
    // Where it is not allowed, the mail comes in all the same, and the channel says so.
    let desk = at();
    let moving = json!({"after_import": "move", "move_to": "Done"});
    let steps = [
        ("SELECT", selected(2, 17, 3)),
        ("UID FETCH 2:*", come),
        ("UID FETCH 2 ", get),
        ("UID MOVE 2", "% NO [NOPERM] read-only mailbox\r\n".into()),
    ];
    follow(moving.clone(), &desk, &steps);
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["uid"]), (1, &json!(2)));
    assert!(desk.reports.lock().unwrap().last().unwrap().contains("read-only mailbox"));
    // History stays where it is.
    let desk = Kept::default();
    let all = json!({"after_import": "move", "move_to": "Done", "first_import": "all"});
    follow(all, &desk, &[("SELECT", selected(2, 17, 3)), ("UID FETCH 1:*", listed(&[(2, 9, 20)])), ("UID FETCH 2 ", fetched(&[2]))]);
    assert_eq!(desk.numbers(), ["17.2 s"]);
    let (_s, ended) = follow(json!({"after_import": "move", "move_to": "Done", "folders": ["INBOX", "Done"]}), &desk, &[]);
    assert!(matches!(ended, SendError::Account { detail } if detail.contains("Choose another folder")));
}

#[test]
fn mail_is_never_moved_in_circles_however_the_folder_is_written() {
    for (folders, target) in [(json!(["INBOX"]), "Inbox"), (json!(["INBOX/Done"]), "inbox.done"), (json!(["done"]), "DONE")] {
        let settings = json!({"after_import": "move", "move_to": target, "folders": folders});
        let mailbox = settings::mailbox(&account(settings));
        assert!(matches!(&mailbox, Err(SendError::Account { detail }) if detail.contains("Choose another folder")), "{target}");
    }
    // It is moved to the folder as the server spells it.
    let desk = Kept::at(json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0}));
    let steps = [
        ("SELECT \"INBOX\"", selected(2, 17, 3)),
        ("UID FETCH 2:*", listed(&[(2, 9, 20)])),
        ("UID FETCH 2 ", fetched(&[2])),
        ("UID MOVE 2 \"INBOX.Sent\"", ok()),
    ];
    follow(json!({"after_import": "move", "move_to": "inbox/sent"}), &desk, &steps);
    assert_eq!(desk.cursor_now()["uid"], 2);
}

#[test]
fn a_mail_that_the_server_refuses_holds_up_nothing() {
    let start = json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0});
    let ask = |no: &str| {
        vec![
            ("EXAMINE", selected(3, 17, 4)),
            ("UID FETCH 2:*", listed(&[(2, 9, 20), (3, 9, 20)])),
            ("UID FETCH 2:3 (UID BODY.PEEK[])", no.to_owned()),
            ("UID FETCH 2 (UID BODY.PEEK[]<0.1048576>)", no.to_owned()),
            ("UID FETCH 2 (UID)", "* 2 FETCH (UID 2)\r\n% OK\r\n".into()),
        ]
    };
    let go_on = |no: &str| {
        let whole = format!("* 3 FETCH (UID 3 BODY[]<0> {{{}}}\r\n{})\r\n% OK\r\n", mail(3).len(), mail(3));
        vec![("UID FETCH 2 (UID BODY.PEEK[HEADER])", no.to_owned()), ("UID FETCH 3 (UID BODY.PEEK[]<0.1048576>)", whole)]
    };
    // For good: its number and the server's words are kept, and the next mail comes in.
    let (desk, no) = (Kept::at(start.clone()), "% NO This message is damaged\r\n");
    follow(json!({}), &desk, &[ask(no), go_on(no)].concat());
    assert_eq!((desk.numbers(), &desk.cursor_now()["uid"]), (vec!["17.2".to_owned(), "17.3".to_owned()], &json!(3)));
    let words = super::super::inbound::parse(&account(json!({})), &desk.brought.lock().unwrap()[0].raw).unwrap_err().0;
    assert!(words.contains("refuses to give it: This message is damaged") && words.contains("17.2"), "{words}");
    // “At present” is waited for, but not for ever.
    let (desk, no) = (Kept::at(start.clone()), "% NO [SERVERBUG] Internal error occurred\r\n");
    let (_s, ended) = follow(json!({}), &desk, &[ask(no), vec![go_on(no).remove(1)]].concat());
    assert!(matches!(&ended, SendError::Retry { detail, .. } if detail.contains("Internal error")), "{ended:?}");
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["refusals"], &desk.cursor_now()["uid"]), (0, &json!([[2, NOW]]), &json!(1)));
    let mut later = start.clone();
    later["refusals"] = json!([[2, NOW - HOUR]]);
    let desk = Kept::at(later.clone());
    follow(json!({}), &desk, &[ask(no), go_on(no)].concat());
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["uid"], desk.cursor_now().get("refusals")), (2, &json!(3), None));
    // Two at once wait beside each other, and neither begins anew because of the other.
    let both = |no: &str| {
        vec![("UID FETCH 3 (UID BODY.PEEK[]<0.1048576>)", no.to_owned()), ("UID FETCH 3 (UID)", "* 3 FETCH (UID 3)\r\n% OK\r\n".into())]
    };
    let desk = Kept::at(start.clone());
    follow(json!({}), &desk, &[ask(no), both(no)].concat());
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["refusals"]), (0, &json!([[2, NOW], [3, NOW]])));
    let desk = Kept::at(later);
    let head = |uid: &'static str| (uid, no.to_owned());
    let first = head("UID FETCH 2 (UID BODY.PEEK[HEADER])");
    follow(json!({}), &desk, &[ask(no), vec![first.clone()], both(no)].concat());
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["refusals"]), (0, &json!([[2, NOW - HOUR], [3, NOW]])));
    let mut over = start.clone();
    over["refusals"] = json!([[2, NOW - HOUR], [3, NOW - HOUR]]);
    let desk = Kept::at(over);
    follow(json!({}), &desk, &[ask(no), vec![first], both(no), vec![head("UID FETCH 3 (UID BODY.PEEK[HEADER])")]].concat());
    assert_eq!((desk.numbers().len(), &desk.cursor_now()["uid"], desk.cursor_now().get("refusals")), (2, &json!(3), None));
    // Taken away meanwhile.
    let (desk, no) = (Kept::at(start), "% NO no such message\r\n");
    let mut steps = ask(no);
    steps[4].1 = ok();
    steps.push((
        "UID FETCH 3 (UID BODY.PEEK[]<0.1048576>)",
        format!("* 3 FETCH (UID 3 BODY[]<0> {{{}}}\r\n{})\r\n% OK\r\n", mail(3).len(), mail(3)),
    ));
    follow(json!({}), &desk, &steps);
    assert_eq!(desk.numbers(), ["17.3"]);
}

#[test]
fn what_vanishes_or_cannot_be_read_holds_up_nothing() {
    let desk = Kept::at(json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0}));
    follow(
        json!({}),
        &desk,
        &[
            ("EXAMINE", selected(4, 17, 5)),
            ("UID FETCH 2:*", listed(&[(2, 9, 20), (3, 9, 20), (4, 9, 20)])),
            // 2 was moved away, the answer about 3 is garbage.
            ("UID FETCH 2:4 (UID BODY.PEEK[])", format!("* 3 FETCH (UID 3 BODY[] oops)oops\r\n{}", fetched(&[4]))),
            ("UID FETCH 2:3 (UID)", "* 3 FETCH (UID 3)\r\n% OK\r\n".into()),
            ("UID FETCH 3 (UID BODY.PEEK[]<0.1048576>)", "* 3 FETCH (UID 3 BODY[]<0> oops)oops\r\n% OK\r\n".into()),
            ("UID FETCH 3 (UID BODY.PEEK[HEADER])", "* 3 FETCH (UID 3 BODY[HEADER] \"From: a@b.example\")\r\n% OK\r\n".into()),
        ],
    );
    assert_eq!(desk.numbers(), ["17.3", "17.4"]);
    let brought = desk.brought.lock().unwrap();
    let words = super::super::inbound::parse(&account(json!({})), &brought[0].raw).unwrap_err().0;
    assert!(words.contains("only the header") && words.contains("17.3"), "{words}");
    assert_eq!(desk.cursor_now()["uid"], 4);
}

#[test]
fn the_folder_of_sent_mail_holds_our_answers() {
    let desk = Kept::at(json!({"validity": 17, "uid": 1, "since": 0, "begun_at": 0}));
    let ours = "Message-ID: <x@example.com>\r\nFrom: help@example.com\r\nTo: Anna <anna@home.example>\r\nSubject: Re: Lamp\r\n\r\nHere you are\r\n";
    let body = format!("* 2 FETCH (UID 2 BODY[] {{{}}}\r\n{ours})\r\n% OK\r\n", ours.len());
    follow_in(
        "INBOX/Sent",
        json!({}),
        &desk,
        &[("EXAMINE \"INBOX.Sent\"", selected(1, 17, 3)), ("UID FETCH 2:*", listed(&[(2, 9, 20)])), ("UID FETCH 2 ", body)],
    );
    let raw = desk.brought.lock().unwrap()[0].raw.clone();
    let parsed = kernel::channel::Channel::parse(&super::super::Email, &account(json!({})), &Verified::from_journal(raw)).unwrap();
    assert!(matches!(&parsed[0], kernel::channel::Inbound::Message(m) if m.echo && m.sender.handle.value == "anna@home.example"));
}

#[test]
fn refusals_in_words_that_say_what_to_do() {
    let say = |settings: Value, steps: &[(&str, &str)]| {
        let server = Server::new(steps);
        let clock = ManualClock::new(NOW);
        let edge = Edge { http: &NoHttp, dial: &server, clock: &clock as &dyn Clock };
        run(Imap.follow(edge, &account(settings), "INBOX", &Kept::default()))
    };
    let wrong = [GREETING, ("AUTHENTICATE", "% NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n")];
    let google = json!({"mail_provider": "google", "imap_host": "imap.gmail.com"});
    for settings in [google, json!({"imap_host": "imap.gmail.com"})] {
        let SendError::Account { detail } = say(settings, &wrong) else { panic!() };
        for part in ["imap.gmail.com:993 refuses", "app password", "https://myaccount.google.com/apppasswords", "Invalid credentials"] {
            assert!(detail.contains(part), "{part} is missing in: {detail}");
        }
    }
    assert!(matches!(say(json!({}), &wrong), SendError::Account { detail } if detail.contains("Check both")));
    let busy = [GREETING, ("AUTHENTICATE", "% NO [ALERT] Too many simultaneous connections. (Failure)\r\n")];
    assert!(matches!(say(json!({}), &busy), SendError::Retry { .. }));
    assert!(matches!(say(json!({"imap_password": ""}), &[]), SendError::Account { detail } if detail.contains("password is not set")));
    assert!(matches!(say(json!({"sign_in": "oauth"}), &[]), SendError::Account { detail } if detail.contains("connect button")));
    let server = Server::new(&[GREETING, IN, LIST]);
    let clock = ManualClock::new(NOW);
    let edge = Edge { http: &NoHttp, dial: &server, clock: &clock as &dyn Clock };
    let ended = run(Imap.follow(edge, &account(json!({})), "Support", &Kept::default()));
    assert!(matches!(ended, SendError::Account { detail } if detail.contains("There are: INBOX, INBOX.Sent")));
}
