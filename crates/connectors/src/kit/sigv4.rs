//! AWS Signature Version 4 in the `Authorization` header: signing requests, and checking them where we play AWS ourselves.
//!
//! Every header that the request has at that moment is signed, with `host` and `x-amz-date` besides.

use super::calls::encode;
use super::signatures::{mac_sha256, sha256_hex};
use data_encoding::HEXLOWER;
use kernel::Secret;
use kernel::http::HttpRequest;
use kernel::time::{Millis, rfc3339};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

pub struct Signer<'a> {
    pub key_id: &'a str,
    pub secret: &'a Secret<String>,
    /// Of temporary credentials.
    pub session_token: Option<&'a str>,
    pub region: &'a str,
    /// `ses`, `s3`, `sns`.
    pub service: &'a str,
}

impl Signer<'_> {
    pub fn sign(&self, mut request: HttpRequest, now: Millis) -> HttpRequest {
        let at = amz_date(now);
        request = request.header("x-amz-date", at.clone());
        if self.service == "s3" {
            let hash = sha256_hex(&request.body);
            request = request.header("x-amz-content-sha256", hash);
        }
        if let Some(token) = self.session_token {
            request = request.header("x-amz-security-token", token);
        }
        let mut names: Vec<String> = request.headers.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
        names.push("host".into());
        names.sort();
        names.dedup();
        let scope = format!("{}/{}/{}/aws4_request", &at[..8], self.region, self.service);
        let signature = signature(&request, &names, self.secret.reveal(), &at, &scope);
        let value = format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}", self.key_id, names.join(";"));
        request.header("authorization", value)
    }
}

/// Why a request would not be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Missing,
    UnknownKey,
    Expired,
    Wrong,
}

/// Is the request (with its whole address) signed with this key? For simulators: 15 minutes of difference are allowed, as AWS does.
pub fn check(request: &HttpRequest, key_id: &str, secret: &str, now: Millis) -> Result<(), Refusal> {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let given = header("authorization").and_then(|v| v.strip_prefix(ALGORITHM)).ok_or(Refusal::Missing)?;
    let part = |name: &str| given.split(',').find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('=')).ok_or(Refusal::Missing);
    let (key, scope) = part("Credential")?.split_once('/').ok_or(Refusal::Missing)?;
    if key != key_id {
        return Err(Refusal::UnknownKey);
    }
    let at = header("x-amz-date").ok_or(Refusal::Missing)?;
    if !(amz_date(now - 15 * 60_000).as_str()..=amz_date(now + 15 * 60_000).as_str()).contains(&at) {
        return Err(Refusal::Expired);
    }
    let names: Vec<String> = part("SignedHeaders")?.split(';').map(str::to_owned).collect();
    let right = names.iter().any(|n| n == "host") && part("Signature")? == signature(request, &names, secret, at, scope);
    if right { Ok(()) } else { Err(Refusal::Wrong) }
}

fn signature(request: &HttpRequest, names: &[String], secret: &str, at: &str, scope: &str) -> String {
    let canonical = canonical_request(request, names, scope.split('/').nth(2) == Some("s3"));
    let text = format!("{ALGORITHM}\n{at}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = mac_sha256(&key, &[part.as_bytes()]).to_vec();
    }
    HEXLOWER.encode(&mac_sha256(&key, &[text.as_bytes()]))
}

fn canonical_request(request: &HttpRequest, names: &[String], s3: bool) -> String {
    let (host, path, query) = split(&request.url);
    // S3 takes the path as it stands; everywhere else its segments are encoded once more.
    let path = if s3 { path.to_owned() } else { path.split('/').map(encode).collect::<Vec<_>>().join("/") };
    let mut pairs: Vec<(&str, &str)> = query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, ""))).collect();
    pairs.sort();
    let query = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&");
    let value = |name: &str| {
        if name == "host" {
            return host.to_owned();
        }
        let all = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        all.map(|(_, v)| v.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(",")
    };
    let headers: String = names.iter().map(|n| format!("{n}:{}\n", value(n))).collect();
    format!("{}\n{path}\n{query}\n{headers}\n{}\n{}", request.method, names.join(";"), sha256_hex(&request.body))
}

/// Host (with its port), path and query of an absolute address.
fn split(url: &str) -> (&str, &str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (host, if path.is_empty() { "/" } else { path }, query)
}

/// `20260113T103000Z`
fn amz_date(now: Millis) -> String {
    let text = rfc3339(now.div_euclid(1000) * 1000);
    let digits: String = text.chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::time::parse_rfc3339;

    fn signed(request: HttpRequest, key_id: &str, secret: &str, service: &str, at: &str) -> String {
        let secret = Secret::new(secret.to_owned());
        let signer = Signer { key_id, secret: &secret, session_token: None, region: "us-east-1", service };
        let now = parse_rfc3339(at).unwrap();
        let request = signer.sign(request, now);
        assert_eq!(check(&request, key_id, secret.reveal(), now), Ok(()));
        assert_eq!(check(&request, key_id, "other", now), Err(Refusal::Wrong));
        assert_eq!(check(&request, "other", secret.reveal(), now), Err(Refusal::UnknownKey));
        assert_eq!(check(&request, key_id, secret.reveal(), now + 16 * 60_000), Err(Refusal::Expired));
        let value = request.headers.iter().find(|(n, _)| n == "authorization").unwrap().1.clone();
        value.rsplit('=').next().unwrap().to_owned()
    }

    // The first of the published test suite of Signature Version 4, "get-vanilla".
    #[test]
    fn the_plain_request_of_the_test_suite() {
        let got = signed(
            HttpRequest::new("GET", "https://example.amazonaws.com/"),
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "service",
            "2015-08-30T12:36:00Z",
        );
        assert_eq!(got, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    }

    // "GET Object" of the Amazon S3 API reference, examples of signature calculations.
    #[test]
    fn an_object_is_asked_for_as_the_reference_shows() {
        let got = signed(
            HttpRequest::new("GET", "https://examplebucket.s3.amazonaws.com/test.txt").header("range", "bytes=0-9"),
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "s3",
            "2013-05-24T00:00:00Z",
        );
        assert_eq!(got, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    // Computed with botocore 1.44.5.
    #[test]
    fn a_mail_is_signed_as_the_provider_s_library_does() {
        let body = r#"{"Content":{"Simple":{"Body":{"Text":{"Data":"x"}},"Subject":{"Data":"Hi"}}},"Destination":{"ToAddresses":["ada@example.com"]},"FromEmailAddress":"s@example.com"}"#;
        let request = HttpRequest::new("POST", "https://email.us-east-1.amazonaws.com/v2/email/outbound-emails")
            .header("content-type", "application/json")
            .body(body.as_bytes().to_vec());
        assert_eq!(sha256_hex(&request.body), "276d783d51a022c868420d5636d7995d6cabd0b245f606033d08c4a3f698bc27");
        let got = signed(request, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "ses", "2026-01-13T10:30:00Z");
        assert_eq!(got, "be69789776e286ed34bac06abbf6bf2e525379dfd3923b75405c76cadcc29628");
    }

    #[test]
    fn paths_and_queries_become_canonical() {
        let request = HttpRequest::new("GET", "https://h.example:8443/a/b%40c?z=1&a=%20").header("X-B", "  two  words ");
        let names = vec!["host".to_owned(), "x-b".to_owned()];
        let empty = sha256_hex(b"");
        assert_eq!(
            canonical_request(&request, &names, false),
            format!("GET\n/a/b%2540c\na=%20&z=1\nhost:h.example:8443\nx-b:two words\n\nhost;x-b\n{empty}")
        );
        assert!(canonical_request(&request, &names, true).starts_with("GET\n/a/b%40c\n"));
    }
}
