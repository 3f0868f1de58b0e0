//! Deliveries: raw bytes, the proof that they are genuine, and what is answered to whoever brought them.

use crate::time::Millis;

/// One delivery as it came, byte for byte.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawDelivery {
    pub method: String,
    /// Path and query as asked for.
    pub path: String,
    /// Lower-case names; only those of interest are kept in the journal.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub received_at: Millis,
    /// Address of the peer, when known.
    pub peer: Option<String>,
}
impl RawDelivery {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
    /// What this delivery carries inside, as a delivery of its own.
    pub fn carrying(&self, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let Self { method, path, received_at, peer, .. } = self;
        Self { method: method.clone(), path: path.clone(), headers, body, received_at: *received_at, peer: peer.clone() }
    }
}

/// A delivery nobody has checked yet. There is no way to its content but through verification.
#[derive(Debug)]
pub struct Unverified(RawDelivery);
impl Unverified {
    pub fn new(raw: RawDelivery) -> Self {
        Self(raw)
    }
    /// The bytes, for computing a signature over them and for nothing else.
    pub fn raw(&self) -> &RawDelivery {
        &self.0
    }
    /// Says that the delivery is genuine; call it only after comparing in constant time. `how` names the proof.
    pub fn accept(self, how: &'static str) -> Verified {
        Verified { raw: self.0, how }
    }
}

/// A delivery whose sender was proved.
#[derive(Debug, Clone)]
pub struct Verified {
    raw: RawDelivery,
    how: &'static str,
}
impl Verified {
    pub fn raw(&self) -> &RawDelivery {
        &self.raw
    }
    pub fn how(&self) -> &'static str {
        self.how
    }
    pub fn into_raw(self) -> RawDelivery {
        self.raw
    }
    /// From a journal row: only verified deliveries are written there.
    pub fn from_journal(raw: RawDelivery) -> Self {
        Self { raw, how: "journal" }
    }
}

/// The delivery is not genuine, or not complete. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Stable: `signature.missing`, `signature.wrong`, `signature.expired`.
    pub code: &'static str,
    pub detail: String,
}
impl Reject {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// The delivery is genuine and cannot be understood; it goes to quarantine with these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(pub String);

/// What a proof may look at besides the delivery itself.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// For replay windows.
    pub now: Millis,
    /// The bytes behind [`super::Channel::keys_url`], when the connector named one.
    pub keys: Option<&'a [u8]>,
}
impl Proof<'_> {
    /// A proof that needs nothing but the time.
    pub fn at(now: Millis) -> Self {
        Self { now, keys: None }
    }
}

/// What is answered over HTTP to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}
impl Reply {
    pub fn text(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "text/plain; charset=utf-8", body: body.into().into_bytes() }
    }
    pub fn html(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/html; charset=utf-8", body: body.into().into_bytes() }
    }
    pub fn json(body: &serde_json::Value) -> Self {
        Self { status: 200, content_type: "application/json", body: body.to_string().into_bytes() }
    }
    pub fn xml(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "text/xml", body: body.into().into_bytes() }
    }
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: Vec::new() }
    }
}
