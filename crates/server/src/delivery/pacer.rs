//! How fast each channel account may send: token buckets from the descriptor, slowed down by what the provider answers.

use kernel::channel::Limits;
use kernel::time::Millis;
use kernel::{ChannelId, MessageId};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// One account's or one person's allowance.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Millis,
    /// Nothing leaves before this time: the provider said so.
    paused_until: Millis,
    /// Part of the descriptor's rate that the provider takes at the moment.
    factor: f64,
}
impl Bucket {
    fn full(capacity: f64, now: Millis) -> Self {
        Self { tokens: capacity, at: now, paused_until: 0, factor: 1.0 }
    }
    fn refill(&mut self, per_second: f64, capacity: f64, now: Millis) {
        let passed = (now - self.at).max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * per_second * self.factor).min(capacity);
        self.at = now;
    }
    /// When one whole token is there.
    fn next(&self, per_second: f64, now: Millis) -> Millis {
        let missing = (1.0 - self.tokens).max(0.0);
        let wait = (missing / (per_second * self.factor) * 1000.0).ceil() as Millis;
        (now + wait.max(1)).max(self.paused_until)
    }
}

#[derive(Default)]
pub struct Pacer {
    accounts: Mutex<HashMap<ChannelId, Bucket>>,
    pairs: Mutex<HashMap<(ChannelId, String), Bucket>>,
    /// Sends that this process is at: nobody here takes them for lost, whatever their lease says.
    under_way: Mutex<HashSet<MessageId>>,
}

/// Pairs that are kept; the full ones among them say nothing and are let go first.
const MOST_PAIRS: usize = 50_000;
/// Least part of the rate that is left after refusals.
const LEAST_FACTOR: f64 = 0.1;

impl Pacer {
    pub fn begin(&self, message: MessageId) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(message);
    }
    pub fn end(&self, message: MessageId) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&message);
    }
    pub fn is_under_way(&self, message: MessageId) -> bool {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).contains(&message)
    }

    /// How many of `want` may leave now; with fewer than asked, when the next one may.
    pub fn take(&self, channel: ChannelId, limits: &Limits, want: usize, now: Millis) -> (usize, Option<Millis>) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let capacity = f64::from(limits.burst.max(1));
        let bucket = accounts.entry(channel).or_insert_with(|| Bucket::full(capacity, now));
        bucket.refill(limits.sends_per_second, capacity, now);
        if bucket.paused_until > now {
            return (0, Some(bucket.paused_until));
        }
        let granted = (bucket.tokens + 1e-6).floor().min(want as f64).max(0.0);
        bucket.tokens -= granted;
        let next = (granted < want as f64).then(|| bucket.next(limits.sends_per_second, now));
        (granted as usize, next)
    }

    /// Tokens that were taken and not used.
    pub fn give_back(&self, channel: ChannelId, n: usize) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel) {
            bucket.tokens += n as f64;
        }
    }

    /// May one more message go to this person? If not, when.
    pub fn pair(&self, channel: ChannelId, to: &str, limits: &Limits, now: Millis) -> Result<(), Millis> {
        if limits.pair_interval_ms <= 0 {
            return Ok(());
        }
        let capacity = f64::from(limits.pair_burst.max(1));
        let rate = 1000.0 / limits.pair_interval_ms as f64;
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if pairs.len() >= MOST_PAIRS {
            pairs.retain(|_, b| b.tokens + (now - b.at).max(0) as f64 / 1000.0 * rate < capacity);
        }
        let bucket = pairs.entry((channel, to.to_owned())).or_insert_with(|| Bucket::full(capacity, now));
        bucket.refill(rate, capacity, now);
        if bucket.tokens + 1e-6 < 1.0 {
            return Err(bucket.next(rate, now));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// The provider refused for its pace: nothing leaves until then, and what follows goes slower.
    pub fn refused(&self, channel: ChannelId, until: Millis) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel) {
            bucket.paused_until = bucket.paused_until.max(until);
            bucket.factor = (bucket.factor * 0.7).max(LEAST_FACTOR);
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }
    /// The provider took one: the full rate comes back little by little.
    pub fn taken(&self, channel: ChannelId) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel)
            && bucket.factor < 1.0
        {
            bucket.factor = (bucket.factor + 0.01).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, new_id};

    fn limits(per_second: f64, burst: u32) -> Limits {
        Limits { sends_per_second: per_second, burst, pair_interval_ms: 6_000, pair_burst: 2, ..Limits::WIDE }
    }

    #[test]
    fn an_account_sends_at_its_pace_and_no_faster() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(80.0, 10));
        let mut sent = 0;
        for now in 0..10_000 {
            sent += pacer.take(channel, &l, 100, now).0;
        }
        // Ten at once, then 80 a second.
        assert!((805..=810).contains(&sent), "{sent}");
        assert_eq!(pacer.take(channel, &l, 1, 10_000).0, 1);
        let (none, next) = pacer.take(channel, &l, 1, 10_000);
        assert!(none == 0 && next.is_some_and(|at| (10_001..=10_013).contains(&at)), "{next:?}");
    }

    #[test]
    fn a_refusal_pauses_and_slows_down_and_successes_bring_it_back() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(10.0, 10));
        assert_eq!(pacer.take(channel, &l, 10, 0).0, 10);
        pacer.refused(channel, 5_000);
        assert_eq!(pacer.take(channel, &l, 10, 4_999), (0, Some(5_000)));
        let later = pacer.take(channel, &l, 10, 6_000).0;
        assert!((6..=10).contains(&later), "{later}");
        for _ in 0..100 {
            pacer.taken(channel);
        }
        assert_eq!(pacer.take(channel, &l, 20, 16_000).0, 10);
    }

    #[test]
    fn one_person_is_not_flooded() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(80.0, 10));
        assert!(pacer.pair(channel, "a", &l, 0).is_ok() && pacer.pair(channel, "a", &l, 0).is_ok());
        assert_eq!(pacer.pair(channel, "a", &l, 0), Err(6_000));
        assert!(pacer.pair(channel, "b", &l, 0).is_ok());
        assert!(pacer.pair(channel, "a", &l, 6_000).is_ok());
    }
}
