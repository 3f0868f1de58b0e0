//! Prefixed identifiers: `cnv_…` outside, a UUIDv7 (16 bytes) in the store.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::{Mutex, PoisonError};
use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};
use uuid::Uuid;

/// What an id names; gives the prefix that people and logs see.
pub trait Kind: Copy + Clone + fmt::Debug + Eq + Ord + Hash + Send + Sync + 'static {
    const PREFIX: &'static str;
}

/// A typed identifier. Text form: the kind's prefix, `_`, and 26 characters of lower-case base32 (Crockford without check).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<K: Kind>(Uuid, PhantomData<K>);

impl<K: Kind> Id<K> {
    /// Wraps a UUID; used by the id source and by the store.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
    pub const fn uuid(&self) -> Uuid {
        self.0
    }
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
    /// From the 16 bytes of the store; any other length is an error.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BadId> {
        Uuid::from_slice(bytes).map(Self::from_uuid).map_err(|_| BadId(K::PREFIX))
    }
}

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadId(pub &'static str);
impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an id like {}_01h2xcejqtf2nbrexx3vqjhp41", self.0)
    }
}
impl std::error::Error for BadId {}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(uuid: Uuid) -> [u8; 26] {
    let mut n = uuid.as_u128();
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(n & 31) as usize];
        n >>= 5;
    }
    out
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 {
        return None;
    }
    let mut n: u128 = 0;
    for (i, c) in text.bytes().enumerate() {
        let v = ALPHABET.iter().position(|a| *a == c.to_ascii_lowercase())? as u128;
        if i == 0 && v > 7 {
            return None;
        }
        n = (n << 5) | v;
    }
    Some(Uuid::from_u128(n))
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = encode(self.0);
        write!(f, "{}_{}", K::PREFIX, std::str::from_utf8(&text).unwrap_or_default())
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> FromStr for Id<K> {
    type Err = BadId;
    fn from_str(s: &str) -> Result<Self, BadId> {
        s.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).and_then(decode).map(Self::from_uuid).ok_or(BadId(K::PREFIX))
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^{}_[0-9a-hjkmnp-tv-z]{{26}}$", K::PREFIX)))
            .examples([serde_json::json!(format!("{}_01h2xcejqtf2nbrexx3vqjhp41", K::PREFIX))])
            .into()
    }
}
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

macro_rules! kinds {
    ($($kind:ident $id:ident $prefix:literal;)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $kind;
        impl Kind for $kind { const PREFIX: &'static str = $prefix; }
        pub type $id = Id<$kind>;
    )*
    #[cfg(test)]
    const PREFIXES: &[&str] = &[$($prefix),*];
    };
}
kinds! {
    AccountKind AccountId "acc";
    WorkspaceKind WorkspaceId "wsp";
    MemberKind MemberId "mem";
    SessionKind SessionId "ses";
    TokenKind TokenId "tok";
    InvitationKind InvitationId "inv";
    ChannelKind ChannelId "chn";
    ContactKind ContactId "con";
    HandleKind HandleId "hdl";
    ConversationKind ConversationId "cnv";
    MessageKind MessageId "msg";
    FileKind FileId "fil";
    TagKind TagId "tag";
    JournalKind JournalId "jrn";
    JobKind JobId "job";
    RoleKind RoleId "rol";
    ResetKind ResetId "rst";
    TeamKind TeamId "tem";
    ViewKind ViewId "viw";
    BulkKind BulkId "bka";
    NotificationKind NotificationId "ntf";
    PushKind PushId "psh";
    CannedReplyKind CannedReplyId "crp";
    MacroKind MacroId "mac";
    MacroRunKind MacroRunId "mrn";
    MergeKind MergeId "mrg";
    BlockKind BlockId "blk";
    HolidayKind HolidayId "hol";
    WebhookKind WebhookId "whk";
    WebhookDeliveryKind WebhookDeliveryId "whd";
    AttributeKind AttributeId "atr";
    SubStatusKind SubStatusId "sst";
    MoveKind MoveId "mov";
}

/// Where new ids come from; injected so that tests repeat.
pub trait Ids: Send + Sync {
    /// A new UUIDv7 whose time part is `at_ms` (unix milliseconds).
    fn uuid(&self, at_ms: i64) -> Uuid;
    /// Fills `out` with random bytes fit for secrets.
    fn random(&self, out: &mut [u8]);
}

/// The source used outside tests: the operating system's random numbers, and a counter that starts anywhere in each millisecond, so that
/// ids of one millisecond sort as they were made (RFC 9562 §6.2, method 1). 48 bits stay random.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemIds;
impl Ids for SystemIds {
    fn uuid(&self, at_ms: i64) -> Uuid {
        let mut random = [0u8; 10];
        self.random(&mut random);
        let count = counted(at_ms, u32::from_be_bytes([0, random[0], random[1], random[2]])).to_be_bytes();
        // 26 bits behind the time: 12 beside the version, 6 beside the variant, 8 after it.
        random[0] = count[0] << 2 | count[1] >> 6;
        random[1] = count[1] << 2 | count[2] >> 6;
        random[2] = count[2] & 0x3f;
        random[3] = count[3];
        uuid::Builder::from_unix_timestamp_millis(at_ms.max(0) as u64, &random).into_uuid()
    }
    fn random(&self, out: &mut [u8]) {
        rand::Rng::fill_bytes(&mut rand::rng(), out);
    }
}

/// One more than before in the same millisecond; in another one, a new beginning.
fn counted(at_ms: i64, start: u32) -> u32 {
    static LAST: Mutex<(i64, u32)> = Mutex::new((i64::MIN, 0));
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = if last.0 == at_ms { (at_ms, last.1.wrapping_add(1) & 0x03ff_ffff) } else { (at_ms, start) };
    last.1
}

/// A new id of any kind.
pub fn new_id<K: Kind>(ids: &dyn Ids, at_ms: i64) -> Id<K> {
    Id::from_uuid(ids.uuid(at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_refuses_other_kinds() {
        let id: ConversationId = new_id(&SystemIds, 1_700_000_000_000);
        let text = id.to_string();
        assert!(text.starts_with("cnv_"));
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse::<ConversationId>(), Ok(id));
        assert!(text.parse::<MessageId>().is_err());
        assert!("cnv_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<ConversationId>().is_err());
        assert!("cnv_".parse::<ConversationId>().is_err());
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let different: std::collections::HashSet<&str> = PREFIXES.iter().copied().collect();
        assert_eq!(different.len(), PREFIXES.len());
    }

    #[test]
    fn later_ids_sort_later() {
        let a: MessageId = new_id(&SystemIds, 1_700_000_000_000);
        let b: MessageId = new_id(&SystemIds, 1_700_000_000_001);
        assert!(a.to_string() < b.to_string());
        // One after the other in one millisecond, whatever else is made at the same time.
        let many: Vec<MessageId> = (0..500).map(|_| new_id(&SystemIds, 1_600_000_000_000)).collect();
        let sorted = many.windows(2).filter(|w| w[0] < w[1]).count();
        assert!(sorted > 450, "{sorted} of 499 stand in order");
        assert!(many.iter().all(|id| id.uuid().get_version_num() == 7));
    }
}
