//! Reading one value, with a plain word on what is wrong with it.

use crate::NameServer;
use crate::options::Type;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Whether a value is one of its type; the error says what was wrong beyond what the type expects.
pub(crate) fn check(kind: Type, text: &str) -> Result<(), String> {
    match kind {
        Type::Path | Type::Database if text.is_empty() => Ok(()),
        Type::Path => Ok(()),
        Type::Listen => address(text).map(drop),
        Type::ListenOrOff => address_or_off(text).map(drop),
        Type::NameServer => name_server(text).map(drop),
        Type::Database => database(text),
        Type::PublicUrl => public_url(text).map(drop),
        Type::Networks => networks(text).map(drop),
        Type::Allow => allow(text).map(drop),
        Type::Level => level(text),
        Type::OneOf(words) => words
            .contains(&text)
            .then_some(())
            .ok_or_else(|| nearest(text, words.iter().copied()).map_or(String::new(), |w| format!("did you mean {w}?"))),
        Type::Size => size(text).map(drop),
        Type::Days => days(text).map(drop),
        Type::Minutes => minutes(text).map(drop),
        Type::Number { min, max } => number(text, min, max).map(drop),
        Type::Host => host(text),
        Type::Mailbox => mailbox(text).map(drop),
        Type::Keep => keep(text),
        Type::Text => Ok(()),
    }
}

pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    match text.rsplit_once(':') {
        // The two names everybody writes.
        Some(("localhost", port)) => {
            port.parse().map(|p| SocketAddr::from(([127, 0, 0, 1], p))).map_err(|_| format!("{port} is not a port"))
        }
        Some(("" | "*", port)) => port.parse().map(|p| SocketAddr::from(([0, 0, 0, 0], p))).map_err(|_| format!("{port} is not a port")),
        Some((host, port)) if host.parse::<IpAddr>().is_ok() => Err(format!("{port} is not a port")),
        Some((host, _)) => Err(format!("{host} is not an IP address")),
        None => Err("the port is missing".into()),
    }
}

pub(crate) fn address_or_off(text: &str) -> Result<Option<SocketAddr>, String> {
    if matches!(text.trim(), "off" | "none" | "") { Ok(None) } else { address(text).map(Some) }
}

pub(crate) fn name_server(text: &str) -> Result<NameServer, String> {
    match text.trim() {
        "" | "system" => Ok(NameServer::System),
        "off" | "none" => Ok(NameServer::Off),
        text => match text.parse::<IpAddr>() {
            Ok(ip) => Ok(NameServer::At(SocketAddr::from((ip, 53)))),
            Err(_) => address(text).map(NameServer::At),
        },
    }
}

/// Says nothing of the value, which holds a password.
fn database(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text).map_err(|e| e.to_string())?;
    match url.scheme() {
        "postgres" | "postgresql" if url.has_host() || url.query().is_some() => Ok(()),
        "postgres" | "postgresql" => Err("the host is missing".into()),
        other => Err(format!("{other}:// is not supported")),
    }
}

/// Without a slash at the end; empty when there is none.
pub(crate) fn public_url(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let url =
        url::Url::parse(text).map_err(|e| if text.contains("://") { e.to_string() } else { "http:// or https:// is missing".into() })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("http:// or https:// is missing".into());
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("it has a path; the product needs a host of its own".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a name or password in it".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\n', '\t']).filter(|w| !w.is_empty())
}

pub(crate) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let one = |w: &str| {
        w.parse::<IpNet>().or_else(|_| w.parse::<IpAddr>().map(IpNet::from)).map_err(|_| format!("{w} is neither a network nor an address"))
    };
    words(text).map(one).collect()
}

/// Checked here, understood by the guard of outgoing connections.
pub(crate) fn allow(text: &str) -> Result<Vec<String>, String> {
    let host = |h: &str| !h.is_empty() && h.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let good = |w: &str| {
        let named = w.rsplit_once(':').map_or(host(w), |(h, port)| host(h) && port.parse::<u16>().is_ok());
        w.parse::<IpNet>().is_ok() || w.parse::<IpAddr>().is_ok() || w.parse::<SocketAddr>().is_ok() || named
    };
    words(text).map(|w| good(w).then(|| w.to_owned()).ok_or_else(|| format!("{w} is none of these"))).collect()
}

/// Read by whoever keeps snapshots.
fn keep(text: &str) -> Result<(), String> {
    let good = |w: &str| w.strip_suffix(['h', 'd', 'w', 'm']).is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n > 0));
    words(text).find(|w| !good(w)).map_or(Ok(()), |w| Err(format!("{w} is none of these")))
}

fn host(text: &str) -> Result<(), String> {
    let text = text.trim();
    let good = text.parse::<IpAddr>().is_ok() || text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if good { Ok(()) } else { Err(format!("{text} is not the name of a host; the port has an option of its own")) }
}

/// The name, if there is one, and the address; both empty when nothing was given.
pub(crate) fn mailbox(text: &str) -> Result<(Option<String>, String), String> {
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", text),
    };
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&b));
    let good =
        address.is_empty() && name.is_empty() || address.split_once('@').is_some_and(|(local, domain)| plain(local) && plain(domain));
    if !good || name.chars().any(char::is_control) {
        return Err(format!("{address} is no e-mail address"));
    }
    Ok(((!name.is_empty()).then(|| name.to_owned()), address.to_owned()))
}

fn level(text: &str) -> Result<(), String> {
    for directive in text.split(',') {
        let (target, level) = directive.split_once('=').unwrap_or(("", directive));
        let level = level.trim();
        if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) || target.contains(char::is_whitespace) {
            let hint = nearest(level, LEVELS.into_iter()).map_or(String::new(), |w| format!("; did you mean {w}?"));
            return Err(format!("{level} is not a level{hint}"));
        }
    }
    Ok(())
}

/// The number and what follows it.
fn measure(text: &str) -> Result<(u64, String), String> {
    let text = text.trim();
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
    let number = text[..digits].replace('_', "").parse().map_err(|_| "it does not begin with a whole number".to_owned())?;
    Ok((number, text[digits..].trim().to_ascii_lowercase()))
}

pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = measure(text)?;
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        other => return Err(format!("{other} is not a unit of size")),
    };
    number.checked_mul(factor).filter(|n| (1..=1 << 40).contains(n)).ok_or_else(|| "it must be between 1 byte and 1 TiB".into())
}

pub(crate) fn days(text: &str) -> Result<u32, String> {
    let (number, unit) = measure(text)?;
    let factor = match unit.as_str() {
        "" | "d" | "day" | "days" => 1,
        "w" | "week" | "weeks" => 7,
        "y" | "year" | "years" => 365,
        other => return Err(format!("{other} is not a unit of whole days")),
    };
    bounded(number, factor, 36_500, "days")
}

pub(crate) fn minutes(text: &str) -> Result<u32, String> {
    let (number, unit) = measure(text)?;
    let factor = match unit.as_str() {
        "" | "m" | "min" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 1_440,
        other => return Err(format!("{other} is not a unit of whole minutes")),
    };
    bounded(number, factor, 525_600, "minutes")
}

fn bounded(number: u64, factor: u64, max: u64, unit: &str) -> Result<u32, String> {
    let total = number.checked_mul(factor).filter(|n| (1..=max).contains(n));
    total.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| format!("it must be between 1 and {max} {unit}"))
}

pub(crate) fn number(text: &str, min: u64, max: u64) -> Result<u64, String> {
    let number = text.trim().parse::<u64>().map_err(|_| "it is not a whole number".to_owned())?;
    if (min..=max).contains(&number) { Ok(number) } else { Err(String::new()) }
}

/// The right spelling somebody may have meant.
pub(crate) fn nearest<'a>(wrong: &str, right: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = right.map(|word| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &word.to_lowercase()), word));
    scored.min_by_key(|(distance, _)| *distance).filter(|(distance, word)| *distance <= (word.len() / 3).max(2)).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations() {
        for (text, bytes) in [("25MB", 25_000_000), ("45MiB", 45 << 20), ("1024", 1_024), ("1_000 kb", 1_000_000), ("2 GiB", 2 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "25 parsecs", "0", "99999999999GB", "1.5MB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!((days("30d"), days("30"), days("2 weeks")), (Ok(30), Ok(30), Ok(14)));
        assert_eq!((minutes("15m"), minutes("2h"), minutes("7d")), (Ok(15), Ok(120), Ok(10_080)));
        assert!(days("30h").is_err() && days("0").is_err() && minutes("1s").is_err());
    }

    #[test]
    fn mailboxes_and_hosts() {
        let named = |n: &str, a: &str| Ok((Some(n.to_owned()), a.to_owned()));
        assert_eq!(mailbox("Help desk <desk@example.com>"), named("Help desk", "desk@example.com"));
        assert_eq!(mailbox("\"Desk, the\" <desk@example.com>"), named("Desk, the", "desk@example.com"));
        assert_eq!(mailbox("desk@example.com"), Ok((None, "desk@example.com".into())));
        assert_eq!(mailbox(""), Ok((None, String::new())));
        for wrong in ["desk", "desk@", "@example.com", "a@b@c", "Desk <>", "Desk <desk@example.com", "a b@c", "a@b\r\nBcc: c@d"] {
            assert!(mailbox(wrong).is_err(), "{wrong}");
        }
        assert!(host("smtp.example.com").is_ok() && host("10.0.0.7").is_ok() && host("::1").is_ok() && host("").is_ok());
        assert!(host("smtp.example.com:587").is_err() && host("smtp://x").is_err());
    }

    #[test]
    fn addresses_and_urls() {
        assert_eq!(address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(address(":80").unwrap().to_string(), "0.0.0.0:80");
        assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
        assert_eq!(address("127.0.0.1").unwrap_err(), "the port is missing");
        assert_eq!(address("127.0.0.1:99999").unwrap_err(), "99999 is not a port");
        assert_eq!(address_or_off("off"), Ok(None));
        assert_eq!(public_url("https://Help.Example.com/").unwrap(), "https://help.example.com");
        for wrong in ["help.example.com", "ftp://a", "https://a/b", "https://a/?b", "https://u:p@a", "localhost:8080"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
        assert!(database("postgres://u:p@h/d").is_ok() && database("mysql://h/d").is_err() && database("h/d").is_err());
        assert!(level("info,server=debug").is_ok());
        assert_eq!(level("infos").unwrap_err(), "infos is not a level; did you mean info?");
        assert_eq!(networks("10.0.0.0/8, ::1").unwrap().len(), 2);
        assert!(allow("10.0.0.0/8 mail.internal:587,[::1]:25,127.0.0.1").is_ok() && allow("http://x").is_err());
    }
}
