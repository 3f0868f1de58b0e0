//! How fast each channel account may send: token buckets from the descriptor, slowed down by what the provider answers.

use kernel::channel::Limits;
use kernel::time::Millis;
use kernel::{ChannelId, MessageId};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Part of the allowed rate that is used: what is late on the way and what comes right after it must not add up to too much.
const HEADROOM: f64 = 0.98;
/// Part of the allowed burst that is used, for the same reason.
const BURST: f64 = 0.8;
/// Where there is no room for all, so many milliseconds' worth leave together: taking them one by one costs more than they do.
const GRAIN_MS: f64 = 100.0;
/// Sends of one account that are under way at once: at first, and when all goes well.
const FIRST_WINDOW: f64 = 8.0;
const WIDEST_WINDOW: f64 = 64.0;

/// One account's or one person's allowance.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Millis,
    /// Nothing leaves before this time: the provider said so.
    paused_until: Millis,
    /// Part of the descriptor's rate that the provider takes at the moment.
    factor: f64,
    /// How many may be under way at once.
    window: f64,
    /// When everything that left would have left at an even pace.
    even: f64,
}
impl Bucket {
    fn full(capacity: f64, now: Millis) -> Self {
        Self { tokens: capacity, at: now, paused_until: 0, factor: 1.0, window: FIRST_WINDOW, even: 0.0 }
    }
    fn refill(&mut self, per_second: f64, capacity: f64, now: Millis) {
        let passed = (now - self.at).max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * per_second * self.factor).min(capacity);
        self.at = now;
    }
    /// When so many whole tokens are there.
    fn next(&self, tokens: f64, per_second: f64, now: Millis) -> Millis {
        let missing = (tokens - self.tokens).max(0.0);
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

fn capacity(limits: &Limits) -> f64 {
    (f64::from(limits.burst) * BURST).ceil().max(1.0)
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

    /// How many of `want` may leave now; with fewer than asked, when the next ones may.
    pub fn take(&self, channel: ChannelId, limits: &Limits, want: usize, now: Millis) -> (usize, Option<Millis>) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let capacity = capacity(limits);
        let rate = limits.sends_per_second * HEADROOM;
        let bucket = accounts.entry(channel).or_insert_with(|| Bucket::full(capacity, now));
        bucket.refill(rate, capacity, now);
        if bucket.paused_until > now {
            return (0, Some(bucket.paused_until));
        }
        let want = want as f64;
        let grain = (rate * bucket.factor * GRAIN_MS / 1000.0).floor().min(capacity).max(1.0);
        let there = (bucket.tokens + 1e-6).floor();
        let granted = if there >= grain.min(want) { there.min(want).max(0.0) } else { 0.0 };
        bucket.tokens -= granted;
        let next = (granted < want).then(|| bucket.next(grain.min(want - granted), rate, now));
        (granted as usize, next)
    }

    /// How long a message that may leave waits at the door, in milliseconds. What was held up on the way there (by a busy database, a slow
    /// file) does not leave together with what comes after it: a provider counts what arrives.
    pub fn at_door(&self, channel: ChannelId, limits: &Limits, now: Millis) -> u64 {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = accounts.get_mut(&channel) else { return 0 };
        let apart = 1000.0 / (limits.sends_per_second * HEADROOM * bucket.factor);
        bucket.even = bucket.even.max(now as f64);
        let wait = bucket.even - (capacity(limits) - 1.0) * apart - now as f64;
        bucket.even += apart;
        wait.max(0.0).ceil() as u64
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
            return Err(bucket.next(1.0, rate, now));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// The provider refused for its pace: nothing leaves until then, and what follows goes slower.
    pub fn refused(&self, channel: ChannelId, until: Millis, now: Millis) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel) {
            // Several that were under way together are refused for one and the same excess.
            if bucket.paused_until <= now {
                bucket.factor = (bucket.factor * 0.7).max(LEAST_FACTOR);
            }
            bucket.paused_until = bucket.paused_until.max(until);
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }
    /// The provider took one: the full rate comes back little by little, and more may be under way at once.
    pub fn taken(&self, channel: ChannelId) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel) {
            bucket.factor = (bucket.factor + 0.01).min(1.0);
            bucket.window = (bucket.window + 1.0).min(WIDEST_WINDOW);
        }
    }
    /// The provider hangs or fails: fewer are risked at once until it takes some again.
    pub fn failed(&self, channel: ChannelId) {
        if let Some(bucket) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&channel) {
            bucket.window = (bucket.window / 2.0).max(1.0);
        }
    }
    /// How many sends of this account may be under way at once.
    pub fn window(&self, channel: ChannelId) -> usize {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(&channel).map_or(FIRST_WINDOW, |b| b.window) as usize
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
        // Eight at once, then just below 80 a second, some at a time.
        assert!((784..=792).contains(&sent), "{sent}");
        pacer.take(channel, &l, 1, 11_000);
        assert_eq!(pacer.take(channel, &l, 100, 11_000).0, 8);
        let (none, next) = pacer.take(channel, &l, 100, 11_000);
        assert!(none == 0 && next.is_some_and(|at| (11_080..=11_100).contains(&at)), "{next:?}");
        assert_eq!(pacer.take(channel, &l, 1, 11_014).0, 1, "who wants one need not wait for more");
    }

    /// A provider that counts as strictly as it says it does, with what leaves arriving up to 60 ms late.
    #[test]
    fn a_strict_provider_has_nothing_to_refuse() {
        for (rate, burst) in [(80.0, 80), (20.0, 20), (30.0, 30), (10.0, 10), (2.0, 2), (1.0, 1), (0.5, 4)] {
            let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(rate, burst));
            let (mut tokens, mut last, mut arrivals, mut due) = (f64::from(burst), 0, Vec::new(), 0);
            for n in 0..2_000u64 {
                let now = due + (n % 3) as i64;
                let (granted, next) = pacer.take(channel, &l, 64, now);
                due = next.unwrap_or(now + 1);
                arrivals.extend((0..granted as u64).map(|g| now + ((n * 7 + g * 13) % if burst > 4 { 60 } else { 4 }) as i64));
            }
            arrivals.sort_unstable();
            for at in &arrivals {
                tokens = (tokens + (at - last) as f64 / 1000.0 * rate).min(f64::from(burst));
                last = *at;
                assert!(tokens >= 1.0, "{rate}/s: refused at {at} ms");
                tokens -= 1.0;
            }
            let allowed = f64::from(burst) + rate * due as f64 / 1000.0;
            assert!(arrivals.len() as f64 >= 0.95 * allowed, "{rate}/s: {} of {allowed}", arrivals.len());
        }
    }

    #[test]
    fn a_refusal_pauses_and_slows_down_and_successes_bring_it_back() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(10.0, 10));
        assert_eq!(pacer.take(channel, &l, 10, 0).0, 8);
        (0..5).for_each(|_| pacer.refused(channel, 5_000, 1));
        assert_eq!(pacer.take(channel, &l, 10, 4_999), (0, Some(5_000)));
        let later = pacer.take(channel, &l, 10, 6_000).0;
        assert!((6..=8).contains(&later), "{later}");
        for _ in 0..100 {
            pacer.taken(channel);
        }
        assert_eq!(pacer.take(channel, &l, 20, 16_000).0, 8);
    }

    #[test]
    fn what_was_held_up_leaves_at_the_pace_all_the_same() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(10.0, 5));
        assert_eq!(pacer.take(channel, &l, 5, 0).0, 4);
        assert_eq!(pacer.take(channel, &l, 5, 310).0, 3);
        // All seven come to the door at once.
        let waits: Vec<u64> = (0..7).map(|_| pacer.at_door(channel, &l, 310)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 103, 205, 307]);
        assert_eq!(pacer.at_door(channel, &l, 5_000), 0);
    }

    #[test]
    fn fewer_are_under_way_at_once_while_a_provider_hangs() {
        let (pacer, channel, l) = (Pacer::default(), new_id(&SystemIds, 1), limits(10.0, 10));
        assert_eq!((pacer.take(channel, &l, 1, 0).0, pacer.window(channel)), (1, 8));
        (0..100).for_each(|_| pacer.taken(channel));
        assert_eq!(pacer.window(channel), 64);
        (0..100).for_each(|_| pacer.failed(channel));
        assert_eq!(pacer.window(channel), 1);
        pacer.taken(channel);
        assert_eq!(pacer.window(channel), 2);
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
