//! Signed tokens of providers: compact JWS with RS256 (RFC 7515, RFC 7519), proved by a published key set (RFC 7517).

use super::proofs::rsa_by_components;
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::Reject;
use kernel::time::{MINUTE, Millis};
use serde_json::Value;

/// How far the clocks may be apart.
const SKEW_MS: Millis = 5 * MINUTE;

/// The claims of a token that one of the keys signed and whose time has come and is not over.
pub fn verify_rs256(token: &str, key_set: &[u8], now: Millis) -> Result<Value, Reject> {
    let wrong = |why: &str| Reject::new("signature.wrong", format!("The token {why}."));
    let mut parts = token.trim().split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(wrong("is none"));
    };
    let head = read(header).ok_or_else(|| wrong("has no header"))?;
    // Never the token's own word for how it is to be checked (RFC 8725 §3.1).
    if head["alg"] != "RS256" {
        return Err(wrong("is not signed with RS256"));
    }
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| wrong("has no signature"))?;
    let set: Value = serde_json::from_slice(key_set).map_err(|_| wrong("cannot be checked: the key set is not JSON"))?;
    let kid = head["kid"].as_str();
    let signed = &token.trim().as_bytes()[..header.len() + 1 + payload.len()];
    let fits = |key: &Value| {
        let number = |name: &str| key[name].as_str().and_then(|t| BASE64URL_NOPAD.decode(t.trim_end_matches('=').as_bytes()).ok());
        let named = kid.is_none() || key["kid"].as_str() == kid;
        match (number("n"), number("e")) {
            (Some(n), Some(e)) if named && key["kty"] == "RSA" => rsa_by_components(&n, &e, signed, &signature),
            _ => false,
        }
    };
    if !set["keys"].as_array().is_some_and(|keys| keys.iter().any(fits)) {
        return Err(wrong("is not signed with one of the provider's keys"));
    }
    let claims = read(payload).ok_or_else(|| wrong("has no claims"))?;
    let time = |name: &str| claims[name].as_i64().and_then(|s| s.checked_mul(1000));
    let expired = || Reject::new("signature.expired", "The token's time is over, or the sender's clock is wrong.");
    if time("exp").is_none_or(|at| at < now - SKEW_MS) || ["iat", "nbf"].iter().any(|n| time(n).is_some_and(|at| at > now + SKEW_MS)) {
        return Err(expired());
    }
    Ok(claims)
}

fn read(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7515, appendix A.2.
    const KEYS: &str = r#"{"keys":[{"kty":"EC"},{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]}"#;
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    const AT: Millis = 1_300_819_000_000;

    #[test]
    fn the_token_of_the_rfc_is_taken_in_its_time_only() {
        let claims = verify_rs256(TOKEN, KEYS.as_bytes(), AT).unwrap();
        assert_eq!(claims["iss"], "joe");
        let code = |r: Result<Value, Reject>| r.unwrap_err().code;
        assert_eq!(code(verify_rs256(TOKEN, KEYS.as_bytes(), AT + 60 * MINUTE)), "signature.expired");
        assert_eq!(code(verify_rs256(TOKEN, br#"{"keys":[]}"#, AT)), "signature.wrong");
        assert_eq!(code(verify_rs256(&TOKEN.replace("eyJpc3MiOiJqb2U", "eyJpc3MiOiJqb2V"), KEYS.as_bytes(), AT)), "signature.wrong");
        // {"alg":"none"}
        assert_eq!(code(verify_rs256("eyJhbGciOiJub25lIn0.e30.", KEYS.as_bytes(), AT)), "signature.wrong");
        assert_eq!(code(verify_rs256("a.b", KEYS.as_bytes(), AT)), "signature.wrong");
    }
}
