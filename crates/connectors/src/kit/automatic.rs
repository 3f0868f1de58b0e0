//! Was it written by a machine? Such mail is kept and threaded, and never answered automatically (RFC 3834).

use crate::kit::addresses;
use crate::kit::headers::Headers;
use crate::kit::message_ids;

/// The first sign of a machine, in words; `None` for mail of a person.
pub fn find_sign(headers: &Headers, from: &str, envelope_from: Option<&str>) -> Option<&'static str> {
    let is = |name: &str, test: &dyn Fn(&str) -> bool| headers.all(name).any(|v| test(&v.to_ascii_lowercase()));
    let precedence = |v: &str| matches!(v.trim(), "bulk" | "junk" | "list" | "auto_reply");
    let suppress = |v: &str| v.split([',', ';', ' ']).any(|w| matches!(w.trim(), "all" | "dr" | "autoreply" | "oof"));
    if is("auto-submitted", &|v| v.split(';').next().unwrap_or_default().trim() != "no") {
        return Some("auto-submitted");
    }
    if ["x-autoreply", "x-autorespond", "x-autoresponder"].iter().any(|n| headers.has(n)) {
        return Some("x-autoreply");
    }
    if is("x-auto-response-suppress", &suppress) {
        return Some("x-auto-response-suppress");
    }
    if is("precedence", &precedence) || is("x-precedence", &precedence) {
        return Some("precedence");
    }
    if (headers.has("list-id") || headers.has("list-unsubscribe")) && (headers.has("precedence") || headers.has("x-precedence")) {
        return Some("list");
    }
    if envelope_from == Some("") || headers.all("return-path").any(|v| v.trim() == "<>") {
        return Some("empty return path");
    }
    if addresses::is_unattended(from) {
        return Some("unattended sender");
    }
    if is("content-type", &|v| v.trim_start().starts_with("multipart/report")) {
        return Some("report");
    }
    if headers.has("x-switchboard-instance") || is("x-loop", &|v| v.contains("switchboard")) {
        return Some("our own mark");
    }
    if headers.all("message-id").flat_map(message_ids::find_all).any(|id| message_ids::read_own(&id).is_some()) {
        // Somebody's list or forward sent our own mail back under another name.
        return Some("our own message");
    }
    let bounce = |v: &str| v.to_ascii_lowercase().contains("+bounce");
    if envelope_from.is_some_and(bounce) || headers.all("return-path").any(bounce) {
        return Some("bounce return path");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::headers::read;

    fn sign(headers: &str) -> Option<&'static str> {
        find_sign(&read(format!("{headers}\r\n\r\n").as_bytes()), "ann@example.com", Some("ann@example.com"))
    }

    #[test]
    fn machines_are_told_from_people() {
        assert_eq!(sign("Subject: x"), None);
        assert_eq!(sign("Auto-Submitted: no"), None);
        assert_eq!(sign("Auto-Submitted: auto-replied; owner-email=x"), Some("auto-submitted"));
        assert_eq!(sign("X-Autoreply: yes"), Some("x-autoreply"));
        assert_eq!(sign("X-Auto-Response-Suppress: DR, OOF"), Some("x-auto-response-suppress"));
        assert_eq!(sign("X-Auto-Response-Suppress: RN"), None);
        assert_eq!(sign("Precedence: Bulk"), Some("precedence"));
        assert_eq!(sign("List-Id: <x>"), None);
        assert_eq!(sign("List-Id: <x>\r\nPrecedence: normal"), Some("list"));
        assert_eq!(sign("Return-Path: <>"), Some("empty return path"));
        assert_eq!(sign("Return-Path: <x+bounce-1@y>"), Some("bounce return path"));
        assert_eq!(sign("Content-Type: multipart/report; boundary=x"), Some("report"));
        let own = "Message-ID: <01993f5e-7c1a-7000-8000-000000000001.01993f5e-7c1a-7000-8000-000000000002@desk.example>";
        assert_eq!((sign(own), sign("Message-ID: <a.b@home.example>")), (Some("our own message"), None));
        assert_eq!(find_sign(&read(b"\r\n"), "no-reply@shop.example", None), Some("unattended sender"));
        assert_eq!(find_sign(&read(b"\r\n"), "a@b", Some("")), Some("empty return path"));
    }
}
