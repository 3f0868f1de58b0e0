//! Mail addresses: lower case, plus forms, and which of them are ours.

/// The address alone, lower-cased, without brackets or a `mailto:`; `None` when it is not one.
pub fn clean(address: &str) -> Option<String> {
    let text = address.trim().trim_start_matches('<').trim_end_matches('>').trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, domain) = text.rsplit_once('@')?;
    let ok = !local.is_empty() && !domain.is_empty() && text.len() <= 320;
    let clean = !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'));
    (ok && clean).then(|| text.to_lowercase())
}

/// `(local part without the tag, tag, domain)` of `local+tag@domain` (RFC 5233), lower-cased.
pub fn split(address: &str) -> Option<(String, Option<String>, String)> {
    let address = clean(address)?;
    let (local, domain) = address.rsplit_once('@')?;
    let (base, tag) = match local.split_once('+') {
        Some((base, tag)) => (base, Some(tag.to_owned())),
        None => (local, None),
    };
    Some((base.to_owned(), tag, domain.to_owned()))
}

/// Is `given` this mailbox, with or without a tag?
pub fn is_mailbox(mailbox: &str, given: &str) -> bool {
    match (split(mailbox), split(given)) {
        (Some((local, _, domain)), Some((g_local, _, g_domain))) => local == g_local && domain == g_domain,
        _ => false,
    }
}

/// Every address in a header value, however it is written; for headers that the mail parser gives raw.
pub fn find_all(value: &str) -> Vec<String> {
    value.split([',', ';', ' ', '\t', '<', '>', '"', '(', ')']).filter(|w| w.contains('@')).filter_map(clean).take(200).collect()
}

/// A local part nobody reads: answers go to Reply-To when there is one.
pub fn is_unattended(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let flat: String = local.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    matches!(flat.as_str(), "mailerdaemon" | "postmaster" | "bounce" | "bounces")
        || ["noreply", "donotreply", "nepasrepondre", "keineantwort"].iter().any(|w| flat.starts_with(w) || flat.ends_with(w))
}

/// Addresses behind which forms and programs write for somebody else.
pub fn is_role(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().split('+').next().unwrap_or_default().to_lowercase();
    const ROLES: &[&str] = &[
        "wordpress",
        "form",
        "forms",
        "webform",
        "contactform",
        "contact-form",
        "contact",
        "kontakt",
        "website",
        "web",
        "www",
        "www-data",
        "nginx",
        "apache",
        "mailer",
        "notification",
        "notifications",
        "notify",
        "robot",
        "bot",
        "system",
        "info",
        "admin",
        "webmaster",
    ];
    is_unattended(address) || ROLES.contains(&local.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_cased_and_refused_when_broken() {
        assert_eq!(clean(" <Ann@Example.COM> ").as_deref(), Some("ann@example.com"));
        assert_eq!(clean("ann"), None);
        assert_eq!(clean("a b@example.com"), None);
        assert_eq!(clean("a@b\r\nBcc: c@d"), None);
        assert!(is_mailbox("help@example.com", "Help+abc@Example.com"));
        assert!(!is_mailbox("help@example.com", "helper@example.com"));
        assert_eq!(find_all("Ann <a@b.c>, \"x\" <d@e.f>"), ["a@b.c", "d@e.f"]);
    }

    #[test]
    fn robots_are_known_by_their_names() {
        assert!(is_unattended("no-reply@shop.example") && is_unattended("shop.noreply@x.example") && is_unattended("MAILER-DAEMON@x"));
        assert!(!is_unattended("noreen@example.com"));
        assert!(is_role("wordpress@shop.example") && !is_role("ann@shop.example"));
    }
}
