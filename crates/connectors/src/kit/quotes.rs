//! Telling new text from quoted history and signatures. Careful by rule: an empty rest, or text below the quote
//! (answers between the lines), means that nothing is cut. The full text is always kept elsewhere.

mod words;

use words::{FORWARDED, FROM_WORDS, INTRODUCTIONS, ORIGINAL_MESSAGE, OTHER_WORDS};

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
        if let Some(length) = introduction(&lines[at..]).or_else(|| addressed(&lines[at..])) {
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

/// Whatever the language: a date, a time and an address, a colon, and quoted lines below it.
fn addressed(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim();
    if first.is_empty() || is_quoted(first) || first.len() > 600 || !first.chars().any(char::is_numeric) {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(3).enumerate() {
        let line = line.trim();
        if line.is_empty() || is_quoted(line) {
            return None;
        }
        joined.push_str(line);
        joined.push(' ');
        if joined.len() > 900 {
            return None;
        }
        // Marks for the direction of writing stand between any two letters of Hebrew and Arabic mail.
        let whole: String = joined.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')).collect();
        let whole = whole.trim_end();
        if whole.ends_with([':', '：']) && whole.contains('@') && has_time(whole) && has_year(whole) {
            let below = lines[n + 1..].iter().find(|l| !l.trim().is_empty());
            return below.filter(|l| is_quoted(l)).map(|_| n + 1);
        }
    }
    None
}

/// `10:00`, `10.00`
fn has_time(text: &str) -> bool {
    text.as_bytes()
        .windows(4)
        .any(|w| w[0].is_ascii_digit() && matches!(w[1], b':' | b'.') && w[2].is_ascii_digit() && w[3].is_ascii_digit())
}

fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() == 4 && matches!(&digits[..2], "19" | "20"))
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

    /// Each with what its users' programs write above the quote: Gmail, Apple Mail, Thunderbird, Outlook, and those of the country.
    #[test]
    fn programs_of_many_languages_introduce_quotes_in_their_own_way() {
        let quoted = [
            // German, French, Spanish, Italian, Dutch, Polish, Portuguese: see also above.
            "Am Mo., 1. Jan. 2024 um 10:00 Uhr schrieb Ann <a@b.example>:",
            "pon., 1 sty 2024 o 10:00 Ann <a@b.example> napisał(a):",
            "Em seg., 1 de jan. de 2024 às 10:00, Ann <a@b.example> escreveu:",
            "Ann <a@b.example> escreveu (segunda, 1/01/2024 à(s) 10:00):",
            // Scandinavian and Finnish
            "Den mån 1 jan. 2024 kl 10:00 skrev Ann <a@b.example>:",
            "man. 1. jan. 2024 kl. 10:00 skrev Ann <a@b.example>:",
            "1. jan. 2024 kl. 10:00 skrev Ann <a@b.example>:",
            "ma 1. tammik. 2024 klo 10.00 Ann (a@b.example) kirjoitti:",
            // Russian and Ukrainian: Gmail, Mail.ru, Yandex, Apple Mail, Thunderbird
            "пн, 1 янв. 2024 г. в 10:00, Ann <a@b.example>:",
            "Понедельник, 1 января 2024, 10:00 +03:00 от Ann <a@b.example>:",
            "01.01.2024, 10:00, \"Ann\" <a@b.example>:",
            "1 янв. 2024 г., в 10:00, Ann <a@b.example> написал(а):",
            "01.01.2024 10:00, Ann пишет:",
            "пн, 1 січ. 2024 р. о 10:00 Ann <a@b.example> пише:",
            // Japanese, Korean, Chinese
            "2024年1月1日(月) 10:00 Ann <a@b.example>:",
            "2024/01/01 10:00、Ann <a@b.example>のメール:",
            "2024년 1월 1일 (월) 오전 10:00, Ann <a@b.example>님이 작성:",
            "Ann <a@b.example> 於 2024年1月1日 週一 上午10:00寫道：",
            "Ann <a@b.example> 于2024年1月1日周一 10:00写道：",
            // Turkish, Czech, Hungarian, Romanian, Greek
            "Ann <a@b.example>, 1 Oca 2024 Pzt, 10:00 tarihinde şunu yazdı:",
            "po 1. 1. 2024 v 10:00 odesílatel Ann <a@b.example> napsal:",
            "Dne 01. 01. 24 v 10:00 Ann napsal(a):",
            "Ann <a@b.example> ezt írta (időpont: 2024. jan. 1., H, 10:00):",
            "2024. 01. 01. 10:00 keltezéssel, Ann írta:",
            "În lun., 1 ian. 2024 la 10:00, Ann <a@b.example> a scris:",
            "Στις Δευ 1 Ιαν 2024 στις 10:00 π.μ., ο χρήστης Ann <a@b.example> έγραψε:",
            // Hebrew, Arabic, Vietnamese, Indonesian
            "\u{202b}בתאריך יום ב׳, 1 בינו׳ 2024 ב-10:00 מאת \u{202a}Ann\u{202c}\u{200f} <\u{202a}a@b.example\u{202c}\u{200f}>:\u{202c}",
            "في الاثنين، 1 يناير 2024 في 10:00 ص تمت كتابة ما يلي بواسطة Ann <a@b.example>:",
            "Vào Th 2, 1 thg 1, 2024 vào lúc 10:00 Ann <a@b.example> đã viết:",
            "Pada Sen, 1 Jan 2024 pukul 10.00 Ann <a@b.example> menulis:",
        ];
        for introduction in quoted {
            assert_eq!(cut(&format!("Answer.\n\n{introduction}\n\n> old\n> older\n")), "Answer.", "{introduction}");
        }
        // Outlook's block of headers.
        let blocks = [
            "De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x",
            "De: Ann\nEnviado el: lunes\nPara: Bob\nAsunto: x",
            "Da: Ann\nInviato: lunedì\nA: Bob\nOggetto: x",
            "Van: Ann\nVerzonden: maandag\nAan: Bob\nOnderwerp: x",
            "Od: Ann\nWysłano: poniedziałek\nDo: Bob\nTemat: x",
            "Från: Ann\nSkickat: måndag\nTill: Bob\nÄmne: x",
            "Fra: Ann\nSendt: mandag\nTil: Bob\nEmne: x",
            "Lähettäjä: Ann\nLähetetty: maanantai\nVastaanottaja: Bob\nAihe: x",
            "От: Ann\nОтправлено: понедельник\nКому: Bob\nТема: x",
            "Від: Ann\nНадіслано: понеділок\nКому: Bob\nТема: x",
            "差出人: Ann\n送信日時: 2024年1月1日\n宛先: Bob\n件名: x",
            "보낸 사람: Ann\n보낸 날짜: 2024년\n받는 사람: Bob\n제목: x",
            "发件人: Ann\n发送时间: 2024年\n收件人: Bob\n主题: x",
            "寄件者: Ann\n寄件日期: 2024年\n收件者: Bob\n主旨: x",
            "Kimden: Ann\nGönderme Tarihi: Pazartesi\nKime: Bob\nKonu: x",
            "Od: Ann\nOdesláno: pondělí\nKomu: Bob\nPředmět: x",
            "Feladó: Ann\nElküldve: hétfő\nCímzett: Bob\nTárgy: x",
            "De la: Ann\nTrimis: luni\nCătre: Bob\nSubiect: x",
            "Από: Ann\nΣτάλθηκε: Δευτέρα\nΠρος: Bob\nΘέμα: x",
            "מאת: Ann\nנשלח: יום שני\nאל: Bob\nנושא: x",
            "من: Ann\nتاريخ الإرسال: الاثنين\nإلى: Bob\nالموضوع: x",
        ];
        for block in blocks {
            assert_eq!(cut(&format!("Answer.\n\n________________________________\n{block}\n\nold")), "Answer.", "{block}");
        }
        // A list of what was agreed is no quote.
        assert_eq!(cut("On 1 Jan 2024 at 10:00 we met Ann <a@b.example>:\n- a table\n- a chair"), "(all)");
    }

    #[test]
    fn a_signature_below_the_quote_does_not_save_the_quote() {
        assert_eq!(cut("Yes\nOn 1 Jan 2024 Ann wrote:\n> old\n-- \nBob"), "Yes");
    }
}
