//! One response of the server, in our own words. imap-proto reads the grammar.

use imap_proto::{AttributeValue, Capability, MailboxDatum, NameAttribute, Outcome, Response, ResponseCode, Status};
use kernel::time::Millis;

/// Deeper parentheses than this have no meaning for us: the parser calls itself for each, and must not run out of stack.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ok,
    No,
    Bad,
    PreAuth,
    Bye,
}

/// What stands in brackets before the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    None,
    Capabilities(Vec<String>),
    UidValidity(u32),
    UidNext(u32),
    /// Any other, in capitals: `AUTHENTICATIONFAILED`.
    Word(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub kind: Kind,
    pub code: Code,
    pub text: String,
}

/// What a FETCH said of one mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    pub uid: Option<u32>,
    pub size: Option<u32>,
    pub arrived_at: Option<Millis>,
    pub body: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Status(Words),
    /// The end of the command with this tag.
    Done(String, Words),
    /// `+`: go on.
    Go,
    Capabilities(Vec<String>),
    Exists(u32),
    Expunged,
    Folder {
        name: String,
        selectable: bool,
        sent: bool,
    },
    Found(Vec<u32>),
    Mail(Mail),
    /// Something that is of no use here.
    Other,
    /// Not by the grammar.
    Unreadable,
}

pub fn read(response: &[u8]) -> Said {
    if depth(response) > DEEPEST {
        return Said::Unreadable;
    }
    // Other people's code that meets hostile bytes: in 0.17 a NIL date and a letter of two bytes after a code make it panic.
    let parsed = std::panic::catch_unwind(|| match Response::parse(response) {
        Ok((_, parsed)) => said(parsed),
        Err(_) => Said::Unreadable,
    });
    parsed.unwrap_or(Said::Unreadable)
}

fn said(response: Response<'_>) -> Said {
    match response {
        Response::Continue(_) => Said::Go,
        Response::Done { tag, status, outcome } => Said::Done(tag.0, words(status, outcome)),
        Response::Data { status, outcome } => Said::Status(words(status, outcome)),
        Response::Capabilities(list) => Said::Capabilities(capabilities(&list)),
        Response::Expunge(_) => Said::Expunged,
        Response::MailboxData(MailboxDatum::Exists(n)) => Said::Exists(n),
        Response::MailboxData(MailboxDatum::Search(list)) => Said::Found(list),
        Response::MailboxData(MailboxDatum::List(folder)) => Said::Folder {
            // The parser leaves a quoted name as it stands between its quotes.
            name: folder.name.replace("\\\"", "\"").replace("\\\\", "\\"),
            selectable: !folder.name_attributes.iter().any(is_no_select),
            sent: folder.name_attributes.contains(&NameAttribute::Sent),
        },
        Response::Fetch(_, attributes) => Said::Mail(mail(attributes)),
        _ => Said::Other,
    }
}

fn is_no_select(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => true,
        NameAttribute::Extension(word) => word.eq_ignore_ascii_case("\\NonExistent"),
        _ => false,
    }
}

fn words(status: Status, outcome: Outcome<'_>) -> Words {
    let kind = match status {
        Status::Ok => Kind::Ok,
        Status::No => Kind::No,
        Status::Bad => Kind::Bad,
        Status::PreAuth => Kind::PreAuth,
        Status::Bye => Kind::Bye,
    };
    let mut text = outcome.information.map(|t| t.trim().to_owned()).unwrap_or_default();
    let code = match outcome.code {
        Some(ResponseCode::Capabilities(list)) => Code::Capabilities(capabilities(&list)),
        Some(ResponseCode::UidValidity(n)) => Code::UidValidity(n),
        Some(ResponseCode::UidNext(n)) => Code::UidNext(n),
        Some(ResponseCode::TryCreate) => Code::Word("TRYCREATE".into()),
        Some(ResponseCode::Alert) => Code::Word("ALERT".into()),
        Some(_) => Code::None,
        // Codes it does not know stay at the beginning of the words.
        None => match text.strip_prefix('[').and_then(|t| t.split_once(']')) {
            Some((code, rest)) => {
                let word = code.split(' ').next().unwrap_or_default().to_ascii_uppercase();
                text = rest.trim().to_owned();
                Code::Word(word)
            }
            None => Code::None,
        },
    };
    Words { kind, code, text }
}

fn capabilities(list: &[Capability<'_>]) -> Vec<String> {
    let name = |c: &Capability<'_>| match c {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(how) => format!("AUTH={}", how.to_ascii_uppercase()),
        Capability::Atom(word) => word.to_ascii_uppercase(),
    };
    list.iter().map(name).collect()
}

fn mail(attributes: Vec<AttributeValue<'_>>) -> Mail {
    let mut out = Mail::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => out.uid = Some(uid),
            AttributeValue::Rfc822Size(size) => out.size = Some(size),
            AttributeValue::InternalDate(date) => out.arrived_at = time_of(&date),
            AttributeValue::BodySection { data, .. } => out.body = Some(data.map(|d| d.into_owned()).unwrap_or_default()),
            _ => {}
        }
    }
    out
}

/// `17-Jul-1996 02:44:25 -0700`
fn time_of(text: &str) -> Option<Millis> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok().map(|t| t.as_millisecond())
}

/// How deep parentheses go outside of quotes and literals.
fn depth(response: &[u8]) -> usize {
    let (mut now, mut deepest, mut quoted, mut at) = (0usize, 0usize, false, 0);
    while let Some(byte) = response.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'(' if !quoted => {
                now += 1;
                deepest = deepest.max(now);
            }
            b')' if !quoted => now = now.saturating_sub(1),
            b'{' if !quoted => at += literal_after(response.get(at + 1..).unwrap_or_default()),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// How far behind its `{` a literal ends: `310}\r\n` and 310 bytes. 0 when it is none.
fn literal_after(rest: &[u8]) -> usize {
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let size = rest.get(..digits).and_then(|d| std::str::from_utf8(d).ok()?.parse::<usize>().ok());
    match (size, rest.get(digits..digits + 3)) {
        (Some(size), Some(b"}\r\n")) => digits + 3 + size,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Words {
        match read(text.as_bytes()) {
            Said::Status(words) | Said::Done(_, words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_servers_say() {
        let greeting = status("* OK [CAPABILITY IMAP4rev1 SASL-IR auth=PLAIN IDLE] Dovecot ready.\r\n");
        let capabilities = ["IMAP4REV1", "SASL-IR", "AUTH=PLAIN", "IDLE"].map(str::to_owned).to_vec();
        assert_eq!(greeting, Words { kind: Kind::Ok, code: Code::Capabilities(capabilities), text: "Dovecot ready.".into() });
        assert_eq!(status("* OK [UIDVALIDITY 7] x\r\n").code, Code::UidValidity(7));
        assert_eq!(status("* OK [UIDNEXT 12] x\r\n").code, Code::UidNext(12));
        let no = status("a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n");
        assert_eq!((no.kind, no.code), (Kind::No, Code::Word("AUTHENTICATIONFAILED".into())));
        assert_eq!(no.text, "Invalid credentials (Failure)");
        assert_eq!(status("a1 NO [TRYCREATE] no\r\n").code, Code::Word("TRYCREATE".into()));
        let folder = |name: &str, selectable, sent| Said::Folder { name: name.into(), selectable, sent };
        assert_eq!(read(b"* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Mail\"\r\n"), folder("Sent Mail", true, true));
        assert_eq!(read(b"* LIST (\\Noselect) NIL A\\B\r\n"), Said::Unreadable);
        assert_eq!(read(b"* LIST (\\Noselect) \"/\" \"a \\\"b\\\"\"\r\n"), folder("a \"b\"", false, false));
        assert_eq!(read(b"* SEARCH 3 5 9\r\n"), Said::Found(vec![3, 5, 9]));
        assert_eq!(read(b"* 23 EXISTS\r\n"), Said::Exists(23));
        assert_eq!(read(b"+ idling\r\n"), Said::Go);
        let fetched = read(b"* 4 FETCH (UID 9 RFC822.SIZE 4286 INTERNALDATE \" 7-Jul-1996 02:44:25 -0700\" BODY[] {5}\r\na\0(\r\n)\r\n");
        let want = Mail { uid: Some(9), size: Some(4286), arrived_at: Some(836_732_665_000), body: Some(b"a\0(\r\n".to_vec()) };
        assert_eq!(fetched, Said::Mail(want));
        let piece = read(b"* 4 FETCH (UID 9 BODY[]<0> \"abc\")\r\n");
        assert_eq!(piece, Said::Mail(Mail { uid: Some(9), body: Some(b"abc".to_vec()), ..Mail::default() }));
        let fields = read(b"* 4 FETCH (UID 9 BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {19}\r\nMessage-ID: <a@b>\r\n)\r\n");
        assert!(matches!(fields, Said::Mail(Mail { body: Some(b), .. }) if b.starts_with(b"Message-ID")));
    }

    #[test]
    fn what_servers_should_not_say() {
        for bytes in [
            &b""[..],
            b"\r\n",
            b"* \r\n",
            b"* 1 FETCH (INTERNALDATE NIL)\r\n",
            "* OK [ALERT]é\r\n".as_bytes(),
            b"* 99999999999 EXISTS\r\n",
            b"* LIST\r\n",
            b"\xff\xfe\0\r\n",
            b"* SEARCH x y\r\n",
        ] {
            assert_eq!(read(bytes), Said::Unreadable, "{:?}", String::from_utf8_lossy(bytes));
        }
        // A number that is none is an attribute nobody knows.
        assert_eq!(read(b"* 1 FETCH (UID 99999999999)\r\n"), Said::Mail(Mail::default()));
        let nested = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(1_000_000));
        assert_eq!(read(nested.as_bytes()), Said::Unreadable);
        let after_a_literal = format!("* 1 FETCH (BODY[] {{2}}\r\nab BODYSTRUCTURE {}\r\n", "(".repeat(1_000_000));
        assert_eq!(read(after_a_literal.as_bytes()), Said::Unreadable);
    }
}
