//! OAuth 1.0a (RFC 5849) with HMAC-SHA1: requests signed with the keys that an app's owner copies from the portal.

use crate::kit::calls::encode;
use crate::kit::forms;
use crate::kit::proofs::mac_sha1;
use data_encoding::BASE64;
use kernel::Secret;

pub struct Keys {
    pub consumer_key: Secret<String>,
    pub consumer_secret: Secret<String>,
    pub token: Secret<String>,
    pub token_secret: Secret<String>,
}

/// The `Authorization` header for a request whose body is not a form: bodies of other kinds are not signed.
pub fn header(keys: &Keys, method: &str, url: &str, nonce: &str, seconds: i64) -> String {
    let seconds = seconds.to_string();
    let mut oauth = vec![
        ("oauth_consumer_key", keys.consumer_key.reveal().as_str()),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", seconds.as_str()),
        ("oauth_token", keys.token.reveal().as_str()),
        ("oauth_version", "1.0"),
    ];
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let asked = forms::pairs(query.as_bytes());
    let all = oauth.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).chain(asked);
    let signature = sign(keys, method, address, all);
    oauth.push(("oauth_signature", &signature));
    oauth.sort_unstable();
    let parts: Vec<String> = oauth.iter().map(|(n, v)| format!("{n}=\"{}\"", encode(v))).collect();
    format!("OAuth {}", parts.join(", "))
}

fn sign(keys: &Keys, method: &str, address: &str, parameters: impl Iterator<Item = (String, String)>) -> String {
    let mut pairs: Vec<(String, String)> = parameters.map(|(n, v)| (encode(&n), encode(&v))).collect();
    pairs.sort_unstable();
    let flat = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&");
    let base = format!("{}&{}&{}", method.to_ascii_uppercase(), encode(address), encode(&flat));
    let key = format!("{}&{}", encode(keys.consumer_secret.reveal()), encode(keys.token_secret.reveal()));
    BASE64.encode(&mac_sha1(key.as_bytes(), &[base.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the provider's page "Creating a signature".
    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let secret = |t: &str| Secret::new(t.to_owned());
        let keys = Keys {
            consumer_key: secret("xvz1evFS4wEEPTGEFPHBog"),
            consumer_secret: secret("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            token: secret("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            token_secret: secret("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
        };
        let parameters = [
            ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
            ("include_entities", "true"),
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            ("oauth_version", "1.0"),
        ];
        let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let address = "https://api.twitter.com/1.1/statuses/update.json";
        assert_eq!(sign(&keys, "POST", address, parameters), "hCtSmYh+iHYCEqBWrE7C7hYmtUk=");
        let header = header(&keys, "GET", "https://api.x.com/2/users/me?a=b%20c", "n", 1);
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\", oauth_nonce=\"n\", oauth_signature=\""),
            "{header}"
        );
    }
}
