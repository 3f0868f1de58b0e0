//! Telling new text from quoted history and signatures. Careful by rule: an empty rest, or text below the quote
//! (answers between the lines), means that nothing is cut. The full text is always kept elsewhere.

/// (beginning, verb) of the line that introduces a quote.
const INTRODUCTIONS: &[(&str, &str)] = &[
    ("on ", "wrote"),
    ("am ", "schrieb"),
    ("le ", "a écrit"),
    ("el ", "escribió"),
    ("il ", "ha scritto"),
    ("op ", "schreef"),
    ("w dniu ", "pisze"),
    ("w dniu ", "napisał"),
    ("em ", "escreveu"),
    ("den ", "skrev"),
    ("på ", "skrev"),
    ("在", "写道"),
    ("", "写道"),
];

const ORIGINAL_MESSAGE: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "oprindelig meddelelse",
    "ursprungligt meddelande",
    "wiadomość oryginalna",
    "原始邮件",
    "原始邮件信息",
    "reply above this line",
];

const FORWARDED: &[&str] = &[
    "forwarded message",
    "begin forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "message transmis",
    "mensaje reenviado",
    "mensagem encaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "转发邮件",
];

const FROM_WORDS: &[&str] = &["from", "von", "de", "da", "van", "od", "från", "fra", "发件人"];
const OTHER_WORDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviada",
    "enviado el",
    "para",
    "asunto",
    "assunto",
    "inviato",
    "data",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "wysłano",
    "do",
    "temat",
    "skickat",
    "till",
    "ämne",
    "sendt",
    "til",
    "emne",
    "发送时间",
    "收件人",
    "抄送",
    "主题",
];

/// The new text, when there is history or a signature to leave out.
pub fn strip(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let end = match find_history(&lines) {
        History::None => lines.len(),
        History::From(at) => at,
        History::Between => return None,
    };
    let end = find_signature(&lines[..end]).unwrap_or(end);
    let kept = lines[..end].join("\n");
    let kept = kept.trim_end();
    (end < lines.len() && !kept.trim().is_empty()).then(|| kept.trim_start_matches('\n').to_owned())
}

/// Does this quoted text hold a forwarded mail? Then it is what the sender wants to show.
pub fn is_forward(quoted: &str) -> bool {
    // Most lines begin like none of them.
    let first = quoted.chars().find(|c| c.is_alphanumeric());
    if !first.is_some_and(|c| FORWARDED.iter().any(|w| begins(w, c))) {
        return false;
    }
    let head: String = quoted.trim_start().chars().take(200).collect::<String>().to_lowercase();
    let head = head.trim_start_matches(|c: char| !c.is_alphanumeric());
    FORWARDED.iter().any(|w| head.starts_with(w))
}

/// Does this text, in lower case, begin with that letter?
fn begins(low: &str, letter: char) -> bool {
    low.chars().next().is_some_and(|c| letter.to_lowercase().next() == Some(c))
}

enum History {
    None,
    From(usize),
    /// Answers stand between the quoted lines.
    Between,
}

fn find_history(lines: &[&str]) -> History {
    for (at, line) in lines.iter().enumerate() {
        if is_forward(line) {
            return History::None;
        }
        if is_original_message(line) || is_header_block(&lines[at..]) {
            return History::From(without_rule(lines, at));
        }
        if let Some(length) = introduction(&lines[at..]) {
            return judge_quoted(lines, at, at + length);
        }
    }
    // A last run of quoted lines without an introduction.
    let last = lines.iter().rposition(|l| !l.trim().is_empty());
    match last {
        Some(last) if is_quoted(lines[last]) => {
            let start = lines[..=last].iter().rposition(|l| !l.trim().is_empty() && !is_quoted(l));
            start.map_or(History::None, |start| {
                if lines[..=start].iter().any(|l| is_quoted(l)) { History::Between } else { History::From(start + 1) }
            })
        }
        _ => History::None,
    }
}

/// After an introduction at `at`: quoted lines to the end, or plain history, or answers in between.
fn judge_quoted(lines: &[&str], at: usize, after: usize) -> History {
    let rest = &lines[after..];
    let Some(first) = rest.iter().position(|l| !l.trim().is_empty()) else { return History::From(at) };
    if !is_quoted(rest[first]) {
        return History::From(at);
    }
    let tail = rest.iter().rposition(|l| is_quoted(l)).map_or(rest, |last| &rest[last + 1..]);
    let between = rest[first..rest.len() - tail.len()].iter().any(|l| !l.trim().is_empty() && !is_quoted(l));
    let below = tail.iter().find(|l| !l.trim().is_empty());
    match below {
        _ if between => History::Between,
        Some(line) if !is_signature_mark(line) => History::Between,
        _ => History::From(at),
    }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Number of lines (one to three) that an introduction at the start of `lines` takes.
fn introduction(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim();
    if first.is_empty() || is_quoted(first) || first.len() > 600 {
        return None;
    }
    let letter = first.chars().next()?;
    if !INTRODUCTIONS.iter().any(|(begin, _)| begins(begin, letter) || (begin.is_empty() && letter.is_ascii_digit())) {
        return None;
    }
    let low = first.to_lowercase();
    let starts = |begin: &str| if begin.is_empty() { low.starts_with(|c: char| c.is_ascii_digit()) } else { low.starts_with(begin) };
    if !INTRODUCTIONS.iter().any(|(begin, _)| starts(begin)) {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(3).enumerate() {
        if n > 0 && (line.trim().is_empty() || is_quoted(line)) {
            return None;
        }
        joined.push_str(&line.trim().to_lowercase());
        joined.push(' ');
        if joined.len() > 900 {
            return None;
        }
        let whole = joined.trim_end();
        let ends = whole.ends_with(':') || whole.ends_with('：');
        let dated = whole.chars().any(|c| c.is_ascii_digit());
        if ends && dated && INTRODUCTIONS.iter().any(|(begin, verb)| starts(begin) && whole.contains(verb)) {
            return Some(n + 1);
        }
    }
    None
}

fn is_original_message(line: &str) -> bool {
    let line = line.trim();
    if !line.starts_with("--") || line.len() > 200 {
        return false;
    }
    let inner = line.trim_matches(|c: char| c == '-' || c.is_whitespace()).to_lowercase();
    ORIGINAL_MESSAGE.contains(&inner.as_str())
}

/// `From:` and at least two more header lines within the next five.
fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|l| header_word(l)) else { return false };
    if !FROM_WORDS.contains(&first.as_str()) {
        return false;
    }
    lines.iter().skip(1).take(5).filter(|l| header_word(l).is_some_and(|w| OTHER_WORDS.contains(&w.as_str()))).count() >= 2
}

fn header_word(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches('*');
    let at = line.find([':', '：']).filter(|at| *at <= 30)?;
    Some(line[..at].trim_matches(['*', ' ', '\u{a0}']).to_lowercase())
}

/// Outlook draws a line of underscores above its block, and the line belongs to it.
fn without_rule(lines: &[&str], at: usize) -> usize {
    let above = lines[..at].iter().rposition(|l| !l.trim().is_empty());
    match above {
        Some(n) if lines[n].trim().len() >= 5 && lines[n].trim().chars().all(|c| matches!(c, '_' | '-')) => n,
        _ => at,
    }
}

fn is_signature_mark(line: &str) -> bool {
    line.trim_end() == "--"
}

/// `-- ` (RFC 3676 §4.3); where the space was lost on the way only a short rest counts as a signature.
fn find_signature(lines: &[&str]) -> Option<usize> {
    let at = lines.iter().rposition(|l| is_signature_mark(l))?;
    (lines[at] == "-- " || lines.len() - at <= 12).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> &str {
        // Leaks a few bytes in tests to keep the table below readable.
        strip(text).map_or("(all)", |s| Box::leak(s.into_boxed_str()))
    }

    #[test]
    fn history_below_the_answer_goes() {
        assert_eq!(cut("Yes.\n\nOn Mon, 1 Jan 2024 at 10:00, Ann <a@b.c> wrote:\n> old\n> older\n"), "Yes.");
        assert_eq!(cut("Yes.\n\nOn Mon, 1 Jan 2024 at 10:00, Ann Long-Name\n<a@b.c> wrote:\n\n> old"), "Yes.");
        assert_eq!(cut("Ja.\n\nAm 01.01.24 um 10:00 schrieb Ann:\n> alt"), "Ja.");
        assert_eq!(cut("Oui\nLe lun. 1 janv. 2024 à 10:00, Ann <a@b.c> a écrit :\n> vieux"), "Oui");
        assert_eq!(cut("Sí\nEl lun, 1 ene 2024 a las 10:00, Ann escribió:\n> x"), "Sí");
        assert_eq!(cut("Ok\nIl giorno lun 1 gen 2024 Ann ha scritto:\n> x"), "Ok");
        assert_eq!(cut("Ok\nOp ma 1 jan 2024 om 10:00 schreef Ann <a@b.c>:\n> x"), "Ok");
        assert_eq!(cut("Ok\nW dniu 1.01.2024 o 10:00, Ann pisze:\n> x"), "Ok");
        assert_eq!(cut("好\n------------------ 原始邮件 ------------------\n发件人: x"), "好");
        assert_eq!(cut("Ok\n-----Original Message-----\nFrom: x"), "Ok");
        assert_eq!(cut("Ok\n________________________________\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nold"), "Ok");
        assert_eq!(cut("Ok\n\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nalt"), "Ok");
        assert_eq!(cut("Ok\n> old\n> old"), "Ok");
        assert_eq!(cut("Ok\n-- \nAnn\nExample Ltd"), "Ok");
        assert_eq!(cut("Ok\n-- reply above this line --\nold"), "Ok");
    }

    #[test]
    fn answers_between_the_lines_and_whole_mails_stay() {
        assert_eq!(cut("On 1 Jan 2024 Ann wrote:\n> question?\nanswer\n> other?\nanswer"), "(all)");
        assert_eq!(cut("Hello\nOn 1 Jan 2024 Ann wrote:\n> question?\nanswer below"), "(all)");
        assert_eq!(cut("> question?\nanswer\n> other?"), "(all)");
        assert_eq!(cut("On 1 Jan 2024 Ann wrote:\n> only history"), "(all)");
        assert_eq!(cut("> only history"), "(all)");
        assert_eq!(cut("From: the sea\nTo: the land"), "(all)");
        assert_eq!(cut("FYI\n---------- Forwarded message ---------\nFrom: x\nDate: y\nSubject: z\nTo: a"), "(all)");
        assert_eq!(cut("-- \nonly a signature"), "(all)");
        assert_eq!(cut("On the other hand he wrote:\nnothing"), "(all)");
        assert_eq!(cut("plain"), "(all)");
        assert_eq!(cut(""), "(all)");
    }

    #[test]
    fn a_signature_below_the_quote_does_not_save_the_quote() {
        assert_eq!(cut("Yes\nOn 1 Jan 2024 Ann wrote:\n> old\n-- \nBob"), "Yes");
    }
}
