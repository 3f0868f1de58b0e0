//! The brake for guessing passwords and codes: tries count before they are looked at, and a right one takes its try back.

use kernel::time::{MINUTE, Millis};
use kernel::{Error, Result};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

const WINDOW: Millis = 15 * MINUTE;
/// Wrong tries from one address in a window, whatever the accounts.
const PER_ADDRESS: u32 = 30;
/// Beyond so many entries those that have ended are dropped.
const SWEEP: usize = 10_000;
/// Never more than this; then the brake starts anew rather than grow.
const MOST: usize = 200_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String, IpAddr),
    Address(IpAddr),
    /// Whatever the address.
    Everywhere(String),
}

/// So many in a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub most: u32,
    pub window: Millis,
}

/// Tries in the window that began at `since`.
struct Tries {
    since: Millis,
    window: Millis,
    count: u32,
}
impl Tries {
    fn begin(now: Millis, window: Millis) -> Self {
        Self { since: now, window, count: 0 }
    }
    fn is_over(&self, now: Millis) -> bool {
        now - self.since >= self.window
    }
}

#[derive(Default)]
pub(super) struct Throttle {
    tries: Mutex<HashMap<Key, Tries>>,
}

impl Throttle {
    /// Counts a try, or refuses it with 429 and the time to wait.
    pub fn begin(&self, email: &str, address: IpAddr, per_account: u32, now: Millis) -> Result<()> {
        let mut tries = self.swept(now);
        let limits = keys(email, address).into_iter().zip([per_account, PER_ADDRESS]);
        let wait = limits.filter_map(|(key, limit)| wait(tries.get(&key)?, limit, now)).max();
        if let Some(wait) = wait {
            return Err(Error::too_many("auth.too_many_tries", wait, "Too many wrong passwords. Wait a few minutes, then try again."));
        }
        for key in keys(email, address) {
            counted(&mut tries, key, WINDOW, now);
        }
        Ok(())
    }

    /// Counts something that is limited by itself: for one address, or whatever the address.
    pub fn count(&self, what: &str, address: Option<IpAddr>, limit: Limit, now: Millis) -> Result<()> {
        let key = named(what, address);
        let mut tries = self.swept(now);
        if let Some(wait) = tries.get(&key).and_then(|t| wait(t, limit.most, now)) {
            return Err(Error::too_many("auth.too_many_tries", wait, "Too many tries. Wait a while, then try again."));
        }
        counted(&mut tries, key, limit.window, now);
        Ok(())
    }

    /// It was right: that one does not count.
    pub fn uncount(&self, what: &str, address: Option<IpAddr>) {
        if let Some(t) = self.lock().get_mut(&named(what, address)) {
            t.count = t.count.saturating_sub(1);
        }
    }

    fn swept(&self, now: Millis) -> MutexGuard<'_, HashMap<Key, Tries>> {
        let mut tries = self.lock();
        if tries.len() > SWEEP {
            tries.retain(|_, t| !t.is_over(now));
        }
        if tries.len() > MOST {
            tries.clear();
        }
        tries
    }

    /// The password was right: forgets the account's tries and takes this one back from the address.
    pub fn succeeded(&self, email: &str, address: IpAddr) {
        let mut tries = self.lock();
        let [account, address] = keys(email, address);
        tries.remove(&account);
        if let Some(t) = tries.get_mut(&address) {
            t.count = t.count.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Tries>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait(tries: &Tries, limit: u32, now: Millis) -> Option<Millis> {
    let left = tries.since + tries.window - now;
    (left > 0 && tries.count >= limit).then_some(left)
}

fn counted(tries: &mut HashMap<Key, Tries>, key: Key, window: Millis, now: Millis) {
    let t = tries.entry(key).or_insert_with(|| Tries::begin(now, window));
    if t.is_over(now) {
        *t = Tries::begin(now, window);
    }
    t.count += 1;
}

fn named(what: &str, address: Option<IpAddr>) -> Key {
    match address {
        Some(address) => Key::Account(what.to_owned(), network(address)),
        None => Key::Everywhere(what.to_owned()),
    }
}

fn keys(email: &str, address: IpAddr) -> [Key; 2] {
    let network = network(address);
    [Key::Account(email.to_owned(), network), Key::Address(network)]
}

/// One household has a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ErrorKind;

    const ALICE: &str = "alice@example.com";
    fn ip(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    #[test]
    fn the_sixth_wrong_try_waits_until_the_window_ends() {
        let t = Throttle::default();
        for n in 0..5 {
            t.begin(ALICE, ip(1), 5, n).unwrap();
        }
        let refused = t.begin(ALICE, ip(1), 5, MINUTE).unwrap_err();
        assert_eq!((refused.kind, refused.code), (ErrorKind::TooMany(14 * MINUTE), "auth.too_many_tries"));
        t.begin(ALICE, ip(2), 5, MINUTE).unwrap();
        t.begin("bob@example.com", ip(1), 5, MINUTE).unwrap();
        t.begin(ALICE, ip(1), 5, WINDOW).unwrap();
    }

    #[test]
    fn a_right_password_clears_the_account() {
        let t = Throttle::default();
        for _ in 0..100 {
            t.begin(ALICE, ip(1), 5, 0).unwrap();
            t.succeeded(ALICE, ip(1));
        }
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let t = Throttle::default();
        for n in 0..PER_ADDRESS {
            t.begin(&format!("{n}@example.com"), ip(1), 5, 0).unwrap();
        }
        assert!(t.begin("one-more@example.com", ip(1), 5, 0).is_err());
        t.begin("one-more@example.com", ip(2), 5, 0).unwrap();
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let t = Throttle::default();
        for n in 0..5 {
            t.begin(ALICE, format!("2001:db8::{n}").parse().unwrap(), 5, 0).unwrap();
        }
        assert!(t.begin(ALICE, "2001:db8::ffff".parse().unwrap(), 5, 0).is_err());
        t.begin(ALICE, "2001:db8:0:1::1".parse().unwrap(), 5, 0).unwrap();
    }
}
