//! Classes of a provider's answers: what may be tried again, what stops the account, what is over for good.

use kernel::channel::SendError;
use kernel::dial::DialError;
use kernel::http::{HttpError, HttpResponse};
use kernel::time::{MINUTE, Millis};

/// The longest wait a provider can ask of us.
const LONGEST_WAIT_MS: Millis = 24 * 60 * MINUTE;

/// What an HTTP answer other than success means. `said` is the provider's own explanation, if any was found.
pub fn judge_http(response: &HttpResponse, said: Option<&str>, now: Millis) -> SendError {
    let status = response.status;
    let detail = match said.map(|s| shorten(s, 300)).filter(|s| !s.is_empty()) {
        Some(said) => format!("HTTP {status}: {said}"),
        None => format!("HTTP {status}"),
    };
    match status {
        401 | 403 => SendError::Account { detail },
        408 | 425 | 429 | 500..=599 => SendError::Retry { after_ms: retry_after(response, now), detail },
        _ => SendError::Permanent { detail },
    }
}

/// What a failed exchange means.
pub fn judge_http_error(error: &HttpError) -> SendError {
    match error {
        HttpError::Refused(why) => SendError::Account { detail: format!("The address is not allowed: {why}") },
        HttpError::Connect(why) => SendError::Retry { after_ms: None, detail: format!("No connection: {why}") },
        HttpError::Uncertain(why) => SendError::Uncertain { detail: format!("No answer came: {why}") },
        HttpError::TooLarge => SendError::Uncertain { detail: "The answer was too large to read.".into() },
    }
}

/// `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3), as a wait from now.
pub fn retry_after(response: &HttpResponse, now: Millis) -> Option<Millis> {
    let value = response.header("retry-after")?.trim();
    let wait = match value.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(1000)?,
        Err(_) => jiff::fmt::rfc2822::parse(value).ok()?.timestamp().as_millisecond() - now,
    };
    Some(wait.clamp(0, LONGEST_WAIT_MS))
}

/// What a failed submission means (RFC 6409, enhanced codes of RFC 3463).
pub fn judge_smtp(error: &DialError) -> SendError {
    match error {
        DialError::Refused(why) => SendError::Account { detail: format!("The mail server's address is not allowed: {why}") },
        DialError::Connect(why) => SendError::Retry { after_ms: None, detail: format!("The mail server cannot be reached: {why}") },
        DialError::Uncertain(why) => {
            SendError::Uncertain { detail: format!("The connection ended before the mail server confirmed: {why}") }
        }
        DialError::Answer { code, text } => judge_smtp_answer(*code, text),
    }
}

/// The class of one SMTP reply.
pub fn judge_smtp_answer(code: u16, text: &str) -> SendError {
    let enhanced = enhanced_code(text).unwrap_or_default();
    let detail =
        if text.trim_start().starts_with(&code.to_string()) { shorten(text, 300) } else { shorten(&format!("{code} {text}"), 300) };
    match (code, enhanced.as_str()) {
        (530 | 534 | 535, _) | (550..=554, "5.7.8") => {
            SendError::Account { detail: format!("The mail server refused the sign-in: {detail}") }
        }
        // Temporary authentication failure: once more, then the outbox sees the same again and a person looks.
        (454, _) => SendError::Retry { after_ms: Some(MINUTE), detail },
        (451, "4.7.1") | (450, "4.7.1") => SendError::Retry { after_ms: Some(5 * MINUTE), detail },
        (552, "5.2.2") => SendError::Permanent { detail: format!("The mailbox is full: {detail}") },
        (552, "5.3.4" | "5.2.3") => SendError::Permanent { detail: format!("The message is too large: {detail}") },
        (400..=499, _) => SendError::Retry { after_ms: None, detail },
        (500..=599, _) => SendError::Permanent { detail },
        // Not an SMTP answer at all.
        _ => SendError::Uncertain { detail: format!("The mail server answered with something unknown: {detail}") },
    }
}

/// `5.1.1` out of an answer line.
pub fn enhanced_code(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '#' | '(' | ')' | '<' | '>' | ';' | ':')).take(60).find_map(|word| {
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |s: &str, max: usize| !s.is_empty() && s.len() <= max && s.bytes().all(|b| b.is_ascii_digit());
        (parts.next().is_none() && matches!(class, "2" | "4" | "5") && digits(subject, 3) && digits(detail, 3)).then(|| word.to_owned())
    })
}

/// One line of at most `max` characters, without control characters.
pub fn shorten(text: &str, max: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.chars().filter(|c| !c.is_control()).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry: Option<&str>) -> SendError {
        let headers = retry.map(|r| ("Retry-After".to_owned(), r.to_owned())).into_iter().collect();
        judge_http(&HttpResponse { status, headers, body: Vec::new() }, Some("words"), 1_700_000_000_000)
    }

    #[test]
    fn http_answers_have_their_classes() {
        assert!(matches!(answer(401, None), SendError::Account { .. }));
        assert!(matches!(answer(403, None), SendError::Account { .. }));
        for status in [400, 404, 413, 301] {
            assert!(matches!(answer(status, None), SendError::Permanent { .. }), "{status}");
        }
        assert!(matches!(answer(500, None), SendError::Retry { after_ms: None, .. }));
        assert!(matches!(answer(429, Some("7")), SendError::Retry { after_ms: Some(7000), .. }));
        // 1 700 000 000 is Tue, 14 Nov 2023 22:13:20 GMT.
        assert!(matches!(answer(503, Some("Tue, 14 Nov 2023 22:14:20 GMT")), SendError::Retry { after_ms: Some(60_000), .. }));
        assert!(matches!(answer(503, Some("Tue, 14 Nov 2000 22:14:20 GMT")), SendError::Retry { after_ms: Some(0), .. }));
        assert!(matches!(answer(503, Some("soon")), SendError::Retry { after_ms: None, .. }));
    }

    #[test]
    fn smtp_answers_have_their_classes() {
        use SendError::*;
        let say = judge_smtp_answer;
        assert!(matches!(say(451, "4.7.1 Greylisted"), Retry { after_ms: Some(300_000), .. }));
        assert!(matches!(say(421, "try later"), Retry { .. }));
        assert!(matches!(say(535, "5.7.8 bad credentials"), Account { .. }));
        assert!(matches!(say(530, "5.7.0 sign in"), Account { .. }));
        assert!(matches!(say(454, "4.7.0 later"), Retry { .. }));
        assert!(matches!(say(550, "5.1.1 No such user"), Permanent { .. }));
        assert!(matches!(say(554, "5.7.1 refused"), Permanent { .. }));
        assert!(matches!(say(552, "5.2.2 over quota"), Permanent { detail } if detail.contains("mailbox is full")));
        assert!(matches!(say(552, "5.3.4 too big"), Permanent { detail } if detail.contains("too large")));
        assert!(matches!(say(999, "?"), Uncertain { .. }));
        assert_eq!(enhanced_code("550-5.1.1 The account").as_deref(), Some("5.1.1"));
        assert_eq!(enhanced_code("host 10.1.2.3 said"), None);
    }
}
