//! A customer who writes mail.

use crate::kit::mail::{ENVELOPE_FROM, ENVELOPE_TO, simulated};
use kernel::channel::{Account, RawDelivery, Simulated, Simulator};
use kernel::time::Millis;

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, _unique: u32) -> Vec<(&'static str, String)> {
        vec![("smtp_host", "mail.simulated.example".into())]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        RawDelivery {
            method: "SMTP".into(),
            path: "smtp".into(),
            headers: vec![(ENVELOPE_FROM.into(), say.from.clone()), (ENVELOPE_TO.into(), simulated::recipient(account, say))],
            body: simulated::write(account, say, now),
            received_at: now,
            peer: None,
        }
    }
}
