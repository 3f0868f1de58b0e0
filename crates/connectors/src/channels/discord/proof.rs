//! Proofs: Ed25519 for what Discord posts, and a mark of our own for what came over the connection that we opened.

use crate::kit::proofs;
use crate::kit::signatures::{self, check_hex, mac_sha256};
use kernel::channel::{Account, Proof, Reject, Unverified, Verified};

const SIGNATURE: &str = "X-Signature-Ed25519";
const TIMESTAMP: &str = "X-Signature-Timestamp";
/// Marks events of the gateway; only this installation can make it.
pub const GATEWAY: &str = "x-switchboard-gateway";
/// Their method.
pub const METHOD: &str = "GATEWAY";

pub fn of_gateway(account: &Account, body: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&mac_sha256(account.mac_key.reveal(), &[b"discord gateway ", body]))
}

pub fn verify(account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
    let raw = delivery.raw();
    if raw.method == METHOD {
        let given = proofs::header(raw, GATEWAY)?;
        if !check_hex(account.mac_key.reveal(), &[b"discord gateway ", &raw.body], given) {
            return Err(proofs::wrong());
        }
        return Ok(delivery.accept("discord-gateway"));
    }
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Discord sends interactions with POST."));
    }
    let key = account.settings.text("public_key").ok_or_else(|| proofs::unset("The public key"))?;
    let signature = proofs::header(raw, SIGNATURE)?;
    let timestamp = proofs::header(raw, TIMESTAMP)?;
    let message = [timestamp.as_bytes(), &raw.body].concat();
    if !proofs::ed25519_hex(key, &message, signature) {
        return Err(proofs::wrong());
    }
    let at = timestamp.parse::<i64>().ok().and_then(|s| s.checked_mul(1_000)).ok_or_else(proofs::wrong)?;
    proofs::recent(at, proof.now, signatures::WINDOW_MS)?;
    Ok(delivery.accept("discord-ed25519"))
}
