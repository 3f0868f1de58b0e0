//! Against a server that follows a script.

use super::*;
use crate::kit::imap::scripted::{Server, run};
use kernel::clock::ManualClock;

const PLAIN: &str = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE MOVE UIDPLUS] ready\r\n";

fn to(security: Security) -> StreamTo {
    StreamTo { host: "imap.example.com".into(), port: 993, security }
}
fn password() -> Credential {
    Credential::Password(Secret::new("pass word".into()))
}
fn bearer() -> Credential {
    Credential::Bearer(Secret::new("ya29".into()))
}
fn open(server: &Server, credential: &Credential) -> Result<Session, Failure> {
    run(Session::open(server, &to(Security::Tls), "ann@example.com", credential))
}
/// Signed in, with these steps to follow.
fn signed_in(steps: &[(&str, &str)]) -> (Server, Session) {
    let mut all = vec![("", PLAIN), ("AUTHENTICATE PLAIN", "% OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS] in\r\n")];
    all.extend_from_slice(steps);
    let server = Server::new(&all);
    let session = open(&server, &password()).map_err(|e| panic!("{e:?}")).unwrap();
    (server, session)
}
fn inbox() -> Folder {
    Folder { name: "INBOX".into(), wire: "INBOX".into(), sent: false }
}

#[test]
fn signing_in_as_the_server_likes_it() {
    let (server, session) = signed_in(&[]);
    assert_eq!(server.heard(), ["a1 AUTHENTICATE PLAIN AGFubkBleGFtcGxlLmNvbQBwYXNzIHdvcmQ="]);
    assert!(session.can("MOVE") && !session.can("AUTH=PLAIN"));
    // Without SASL-IR the name waits for the challenge; without AUTH=PLAIN it is LOGIN, in quotes or as literals.
    let steps = [
        ("", "* OK hi\r\n"),
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n% OK\r\n"),
        ("AUTHENTICATE PLAIN", "+ \r\n"),
        ("AGFubk", "a2 OK in\r\n"),
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 ID\r\n% OK\r\n"),
        ("ID (", "* ID NIL\r\n% OK\r\n"),
    ];
    let server = Server::new(&steps);
    assert!(open(&server, &password()).is_ok());
    let login = Server::new(&[("", "* OK [CAPABILITY IMAP4rev1] hi\r\n"), ("LOGIN", "% OK [CAPABILITY IMAP4rev1] in\r\n")]);
    assert!(open(&login, &Credential::Password(Secret::new(r#"a"b\c"#.into()))).is_ok());
    assert_eq!(login.heard(), [r#"a1 LOGIN "ann@example.com" "a\"b\\c""#]);
    let steps = [("", "* OK [CAPABILITY IMAP4rev1] hi\r\n"), ("LOGIN", "+ go\r\n"), ("ü", "a1 OK [CAPABILITY IMAP4rev1] in\r\n")];
    let literal = Server::new(&steps);
    assert!(open(&literal, &Credential::Password(Secret::new("ü".into()))).is_ok());
    assert_eq!(literal.heard(), ["a1 LOGIN \"ann@example.com\" {2}", "ü"]);
}

#[test]
fn signing_in_with_a_token() {
    let good = Server::new(&[
        ("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\r\n"),
        ("AUTHENTICATE XOAUTH2 dXNlcj1hbm5AZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgeWEyOQEB", "% OK [CAPABILITY IMAP4rev1] in\r\n"),
    ]);
    assert!(open(&good, &bearer()).is_ok());
    // The challenge that explains a refusal has to be answered before the refusal comes.
    let stale = Server::new(&[
        ("", "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hi\r\n"),
        ("AUTHENTICATE XOAUTH2", "+ \r\n"),
        ("dXNlcj", "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"),
        ("", "a1 NO AUTHENTICATE failed.\r\n"),
    ]);
    let refused = Failure::SignIn { code: String::new(), text: "AUTHENTICATE failed.".into() };
    assert_eq!(open(&stale, &bearer()).err(), Some(refused));
    let other = Server::new(&[
        ("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] hi\r\n"),
        ("AUTHENTICATE OAUTHBEARER", "% OK [CAPABILITY IMAP4rev1] in\r\n"),
    ]);
    assert!(open(&other, &bearer()).is_ok());
}

#[test]
fn refusals_are_told_apart() {
    let wrong = Server::new(&[("", PLAIN), ("AUTHENTICATE", "% NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n")]);
    let failure = Failure::SignIn { code: "AUTHENTICATIONFAILED".into(), text: "Invalid credentials (Failure)".into() };
    assert_eq!(open(&wrong, &password()).err(), Some(failure));
    let disabled = Server::new(&[("", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] hi\r\n")]);
    assert!(matches!(open(&disabled, &password()), Err(Failure::SignIn { code, .. }) if code == "LOGINDISABLED"));
    for greeting in ["* BYE too many connections\r\n", "220 mail.example.com ESMTP\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let answer = open(&Server::new(&[("", greeting)]), &password());
        assert!(matches!(answer, Err(Failure::Unreachable(_))), "{greeting}");
    }
    let bye = Server::new(&[("", PLAIN), ("AUTHENTICATE", "* BYE Autologout\r\n")]);
    assert_eq!(open(&bye, &password()).err(), Some(Failure::Ended("the server said goodbye: Autologout".into())));
}

#[test]
fn nothing_secret_is_said_before_encryption() {
    let steps = [
        ("", "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\r\n"),
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n% OK\r\n"),
        ("STARTTLS", "% OK begin\r\n"),
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n% OK\r\n"),
        ("AUTHENTICATE", "% OK [CAPABILITY IMAP4rev1] in\r\n"),
    ];
    let server = Server::new(&steps);
    assert!(run(Session::open(&server, &to(Security::StartTls), "a", &password())).is_ok());
    assert!(server.was_encrypted());
    let cases: [&[(&str, &str)]; 4] = [
        &[("", "* OK hi\r\n"), ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n% OK\r\n")],
        &[("", "* PREAUTH welcome\r\n"), ("", "")],
        &[("", "* OK hi\r\n"), ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n% OK\r\n"), ("STARTTLS", "% NO not now\r\n")],
        // Whatever stands behind the answer was written by somebody in between (CVE-2011-0411).
        &[
            ("", "* OK hi\r\n"),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n% OK\r\n"),
            ("STARTTLS", "% OK begin\r\n* OK injected\r\n"),
        ],
    ];
    for steps in cases {
        let server = Server::new(steps);
        let failed = run(Session::open(&server, &to(Security::StartTls), "a", &password()));
        assert!(matches!(failed, Err(Failure::Unreachable(_))), "{steps:?}");
        assert!(!server.was_encrypted() && !server.heard().iter().any(|l| l.contains("AUTHENTICATE")));
    }
}

#[test]
fn folders_and_mails() {
    let (server, mut session) = signed_in(&[
        (
            "LIST",
            "* LIST (\\Noselect) \"/\" Public\r\n* LIST () \"/\" INBOX\r\n* LIST (\\Sent) \"/\" \"Entw&APw-rfe\"\r\n* LIST () \"/\" {3}\r\nR&-\r\n% OK\r\n",
        ),
        ("EXAMINE \"INBOX\"", "* 3 EXISTS\r\n* 1 RECENT\r\n* OK [UIDVALIDITY 77] x\r\n* OK [UIDNEXT 12] x\r\n% OK [READ-ONLY] done\r\n"),
        (
            "UID FETCH 10:*",
            "* 3 FETCH (UID 11 RFC822.SIZE 20 INTERNALDATE \"17-Jul-1996 02:44:25 +0000\")\r\n* 2 FETCH (UID 10 FLAGS (\\Seen) RFC822.SIZE 5)\r\n* 4 EXISTS\r\n% OK\r\n",
        ),
        ("UID FETCH 10:11 (UID BODY.PEEK[])", "* 3 FETCH (UID 11 BODY[] {3}\r\n)\r\n)\r\n* 3 FETCH (FLAGS (\\Seen))\r\n% OK\r\n"),
        ("UID FETCH 11 (UID BODY.PEEK[]<1.2>)", "* 3 FETCH (UID 11 BODY[]<1> \"ab\")\r\n% OK\r\n"),
        ("UID SEARCH SINCE 17-Jul-1996", "* SEARCH 11 10\r\n% OK\r\n"),
        ("UID FETCH 10:11 (UID)", "* 3 FETCH (UID 11)\r\n% OK\r\n"),
    ]);
    let folders = run(session.folders()).unwrap();
    let names: Vec<(&str, bool)> = folders.iter().map(|f| (f.name.as_str(), f.sent)).collect();
    assert_eq!(names, [("INBOX", false), ("Entwürfe", true), ("R&", false)]);
    assert_eq!(run(session.select(&inbox(), true)), Ok(Selected { mails: 3, validity: 77, next: Some(12) }));
    assert!(!session.news);
    let listed = run(session.list(10)).unwrap();
    let want = [Listed { uid: 10, size: 5, arrived_at: None }, Listed { uid: 11, size: 20, arrived_at: Some(837_571_465_000) }];
    assert_eq!(listed, want);
    assert!(session.news, "a mail came in while others were listed");
    assert_eq!(run(session.fetch(&[10, 11], 1_000)), Ok(vec![(11, b")\r\n".to_vec())]));
    assert_eq!(run(session.fetch_part(11, 1, 2)), Ok(Some(b"ab".to_vec())));
    assert_eq!(run(session.first_since(837_571_465_000)), Ok(Some(10)));
    assert_eq!(run(session.still_there(&[10, 11])), Ok(vec![11]));
    assert_eq!(server.heard().len(), 8);
}

#[test]
fn the_last_mail_is_not_new_when_its_number_is_smaller() {
    let (_server, mut session) = signed_in(&[
        ("SELECT", "* 1 EXISTS\r\n% OK\r\n"),
        ("UID FETCH 8:*", "* 1 FETCH (UID 7 RFC822.SIZE 20)\r\n% OK\r\n"),
        ("SELECT", "* 0 EXISTS\r\n% OK\r\n"),
    ]);
    run(session.select(&inbox(), false)).unwrap();
    assert_eq!(run(session.list(8)), Ok(vec![]));
    // An empty folder is not asked: some servers refuse the question.
    run(session.select(&inbox(), false)).unwrap();
    assert_eq!(run(session.list(8)), Ok(vec![]));
}

#[test]
fn moving_with_and_without_move() {
    let (server, mut session) = signed_in(&[
        ("UID MOVE 1:2 \"Done\"", "% NO [TRYCREATE] no such folder\r\n"),
        ("CREATE \"Done\"", "% OK\r\n"),
        ("UID MOVE 1:2 \"Done\"", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n% OK\r\n"),
        ("UID STORE 4 +FLAGS.SILENT (\\Seen)", "% OK\r\n"),
    ]);
    run(session.move_to(&[1, 2], &Folder::named("Done"))).unwrap();
    run(session.mark_seen(&[4])).unwrap();
    assert_eq!(server.heard().len(), 5);
    let (server, mut session) = signed_in(&[
        ("UID COPY 1 \"&AMQ-\"", "% OK\r\n"),
        ("UID STORE 1 +FLAGS.SILENT (\\Deleted)", "% OK\r\n"),
        ("UID EXPUNGE 1", "% NO [NOPERM] no\r\n"),
    ]);
    session.capabilities.retain(|c| c != "MOVE");
    let refused = Failure::No { command: "EXPUNGE", code: "NOPERM".into(), text: "no".into() };
    assert_eq!(run(session.move_to(&[1], &Folder::named("Ä"))), Err(refused));
    assert_eq!(server.heard().len(), 4);
}

#[test]
fn waiting_ends_with_news_or_with_time() {
    let clock = ManualClock::new(1_000_000);
    let (server, mut session) = signed_in(&[
        ("SELECT", "* 1 EXISTS\r\n% OK\r\n"),
        ("IDLE", "+ idling\r\n* OK Still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 2 EXISTS\r\n"),
        ("DONE", "a3 OK done\r\n"),
        ("IDLE", "+ idling\r\n"),
        ("DONE", "* 3 EXISTS\r\na4 OK done\r\n"),
        ("IDLE", "% BAD what?\r\n"),
        ("IDLE", "+ idling\r\n* BYE going down\r\n"),
    ]);
    run(session.select(&inbox(), false)).unwrap();
    run(session.idle(&clock, 60_000)).unwrap();
    assert!(session.news);
    session.news = false;
    // Silence until the time is over; what is said at the very end counts as well.
    run(session.idle(&clock, 60_000)).unwrap();
    assert!(std::mem::take(&mut session.news));
    assert!(matches!(run(session.idle(&clock, 60_000)), Err(Failure::No { command: "IDLE", .. })));
    assert_eq!(run(session.idle(&clock, 60_000)), Err(Failure::Ended("the server said goodbye: going down".into())));
    assert_eq!(server.heard().iter().filter(|l| *l == "DONE").count(), 2);
}

#[test]
fn hostile_answers_end_the_connection_or_are_passed_over() {
    // More than was asked for.
    let (_s, mut session) = signed_in(&[("UID FETCH", "* 1 FETCH (UID 1 BODY[] {50000000}\r\nxx")]);
    assert!(matches!(run(session.fetch(&[1], 45_000_000)), Err(Failure::Ended(why)) if why.contains("50000000")));
    // Mails without an end, none of them too large; and a list without an end.
    let body = "x".repeat(60 << 10);
    let mails = format!("* 1 FETCH (UID 1 BODY[HEADER] {{{}}}\r\n{body})\r\n", body.len()).repeat(40);
    let (_s, mut session) = signed_in(&[("UID FETCH", mails.as_str()), ("NEVER", "")]);
    assert!(matches!(run(session.fetch_header(1, 64 << 10)), Err(Failure::Ended(why)) if why.contains("far more")));
    let (_s, mut session) = signed_in(&[("SELECT", "* 1 EXISTS\r\n% OK\r\n"), ("UID FETCH", mails.as_str()), ("NEVER", "")]);
    run(session.select(&inbox(), false)).unwrap();
    session.budget = 0;
    assert_eq!(run(session.list(1)), Err(Failure::Ended("the server does not answer".into())), "each command has a budget of its own");
    let listed = "* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n".repeat(10_000);
    let (_s, mut session) = signed_in(&[("SELECT", "* 1 EXISTS\r\n% OK\r\n"), ("UID FETCH", listed.as_str())]);
    run(session.select(&inbox(), false)).unwrap();
    session.answer = 64 << 10;
    assert!(matches!(run(session.list(1)), Err(Failure::Ended(why)) if why.contains("far more")));
    // A line without an end.
    let endless = "x".repeat(9 << 20);
    let (_s, mut session) = signed_in(&[("NOOP", endless.as_str())]);
    assert!(matches!(run(session.noop()), Err(Failure::Ended(why)) if why.contains("no end")));
    // Garbage between honest lines, answers to questions that were not asked, tags of others.
    let nested = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(100_000));
    let noise =
        format!("\r\n* \r\n*\r\nb7 OK not yours\r\n+ go\r\n{nested}* 1 FETCH (INTERNALDATE NIL)\r\n\u{fffd}\0\r\n* 9 EXISTS\r\n% OK\r\n");
    let (_s, mut session) = signed_in(&[("NOOP", noise.as_str())]);
    assert_eq!(run(session.noop()), Ok(()));
    assert!(session.news && session.unreadable >= 4, "{}", session.unreadable);
    // Nothing at all.
    let (_s, mut session) = signed_in(&[("NOOP", ""), ("NEVER", "")]);
    assert_eq!(run(session.noop()), Err(Failure::Ended("the server does not answer".into())));
}
