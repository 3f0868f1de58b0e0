//! Bytes of somebody who wants us to fall over: nothing panics, nothing takes long.

use crate::fakes::*;
use connectors::CHANNELS;
use kernel::channel::*;

/// xorshift64*, seeded, so that a failure repeats.
struct Dice(u64);
impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }
}

fn parse(channel: &dyn Channel, body: Vec<u8>) -> Result<Vec<Inbound>, ParseError> {
    let account = account(channel);
    let raw = deliver(&account, "hostile", body);
    channel.parse(&account, &Verified::from_journal(raw))
}

fn mutate(dice: &mut Dice, body: &[u8]) -> Vec<u8> {
    let mut out = body.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(out.len());
        match dice.below(5) {
            0 => out.truncate(at),
            1 if !out.is_empty() => out[at] = dice.roll() as u8,
            2 => out.insert(at, b"\r\n\0<>\"=?-:;\xff"[dice.below(12)]),
            3 => {
                let end = (at + dice.below(200)).min(out.len());
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            _ => {
                let end = (at + dice.below(50)).min(out.len());
                out.drain(at..end);
            }
        }
    }
    out
}

#[test]
fn random_and_mutated_deliveries_never_panic() {
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(30);
    let mut dice = Dice(0x5eed);
    for channel in CHANNELS {
        for _ in 0..rounds * 10 {
            let body = (0..dice.below(400)).map(|_| dice.roll() as u8).collect();
            let _ = parse(*channel, body);
        }
        for (_, body) in crate::fixtures(*channel) {
            for _ in 0..rounds {
                let _ = parse(*channel, mutate(&mut dice, &body));
            }
        }
    }
}

#[test]
fn mail_built_to_exhaust_us_ends_soon_and_in_words() {
    let mail = connectors::channel("smtp").unwrap();
    let head = "From: eve@evil.example\r\nMessage-ID: <x@evil.example>\r\nMIME-Version: 1.0\r\n";
    let refused = |body: Vec<u8>, word: &str| match parse(mail, body) {
        Err(ParseError(words)) => assert!(words.contains(word), "{words}"),
        Ok(list) => panic!("taken: {}", list.len()),
    };
    // 10,000 parts.
    let parts = "--B\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(10_000);
    refused(format!("{head}Content-Type: multipart/mixed; boundary=B\r\n\r\n{parts}--B--\r\n").into_bytes(), "parts");
    let bare = "--B\r\n\r\nx\r\n".repeat(10_000);
    refused(format!("{head}Content-Type: multipart/mixed; boundary=B\r\n\r\n{bare}--B--\r\n").into_bytes(), "parts");
    // 101 files.
    let files = "--B\r\nContent-Type: application/pdf\r\n\r\nx\r\n".repeat(101);
    refused(format!("{head}Content-Type: multipart/mixed; boundary=B\r\n\r\n{files}--B--\r\n").into_bytes(), "attachments");
    // A header of 50 MB, in one line and in many.
    refused(format!("{head}X: {}\r\n\r\nx", "y".repeat(50 << 20)).into_bytes(), "header");
    refused(format!("{head}{}\r\nx", "X: y\r\n".repeat(8 << 20)).into_bytes(), "header");
    // Deep nesting, as mails and as multiparts.
    refused(format!("{head}{}\r\nx", "Content-Type: message/rfc822\r\n\r\n".repeat(200_000)).into_bytes(), "parts");
    refused(format!("{head}{}\r\nx", "Content-Type: message/rfc822\r\n\r\n".repeat(100)).into_bytes(), "nested");
    let nested: String = (0..100).map(|n| format!("Content-Type: multipart/mixed; boundary=B{n}\r\n\r\n--B{n}\r\n")).collect();
    refused(format!("{head}{nested}").into_bytes(), "nested");
    // A million boundaries that are none.
    refused(format!("{head}\r\n{}", "--\r\n".repeat(1_000_000)).into_bytes(), "parts");
}

#[test]
fn html_built_to_exhaust_us_is_read_as_text() {
    let mail = connectors::channel("smtp").unwrap();
    let bombs = [
        "<div>".repeat(300_000),
        "<a href=x>".repeat(100_000),
        (0..20_000).map(|n| format!("<font color=#{n}><p>")).collect::<String>(),
        format!("<p {}>", (0..100_000).map(|n| format!("a{n}=1 ")).collect::<String>()),
        "<table><tr><td>".repeat(50_000),
        "<".repeat(1_000_000),
        "<!--".repeat(300_000),
        "<script>".repeat(100_000),
        "&#".repeat(500_000),
        format!("<b {}", "'\"".repeat(500_000)),
        "x".repeat(5_000_000),
        "&nbsp;".repeat(150_000),
        "&lt;".repeat(200_000),
        "&zwnj;&unknown;".repeat(50_000),
        "\u{a0}>".repeat(200_000),
        format!("<a title=\"{}\">", "&amp;".repeat(200_000)),
        format!("<a title='{}'>", "\"".repeat(900_000)),
        "<style>".repeat(100_000),
        "</p>".repeat(200_000),
        "<select><option>".repeat(20_000),
    ];
    for bomb in bombs {
        let start = format!("From: eve@evil.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>{bomb}");
        let parsed = parse(mail, start.into_bytes()).unwrap();
        let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{}", parsed.len()) };
        assert!(m.text.starts_with("Hello"), "{}", &m.text[..m.text.len().min(100)]);
    }
    // Text that makes slow quote finders slow.
    for text in
        ["On 1\n".repeat(200_000), "> x\ny\n".repeat(200_000), "From: a\n".repeat(200_000), "-- \n".repeat(50_000), "@".repeat(1_000_000)]
    {
        let _ = parse(mail, format!("From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\n{text}").into_bytes());
    }
    for value in ["(".repeat(900_000), "a@b,".repeat(200_000), "<".repeat(900_000), "\"".repeat(900_000), "=?utf-8?B?".repeat(90_000)] {
        let _ = parse(mail, format!("From: a@b.example\r\nTo: {value}\r\nSubject: {value}\r\nReferences: {value}\r\n\r\nx").into_bytes());
    }
}
