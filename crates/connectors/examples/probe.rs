#[path = "../tests/contract/cases/mod.rs"]
mod cases;
#[path = "../tests/contract/fakes.rs"]
mod fakes;
use kernel::channel::*;
use std::time::Instant;
pub fn fixtures(_c: &dyn Channel) -> Vec<(String, Vec<u8>)> { vec![] }
fn cost(mut f: impl FnMut()) -> f64 {
    for _ in 0..200 { f() }
    let mut all: Vec<f64> = (0..15).map(|_| { let b = Instant::now(); for _ in 0..200 { f() } b.elapsed().as_secs_f64() * 1e6 / 200.0 }).collect();
    all.sort_by(f64::total_cmp); all[5]
}
fn main() {
    for (id, name) in [("linkedin","inmail.eml"),("postmark","inbound.json"),("graph","inbox-outlook-reply.eml"),("smtp","outlook-web-reply.eml"),("smtp","gmail-reply.eml"),("sendgrid","raw-reply.form"),("ses","received-utf8.json"),("ses","event-delivery.json"),("gmail","inbox-plain.eml"),("mailgun","raw-reply.form")] {
        if let Some(only) = std::env::args().nth(1) { if only != id { continue } }
        let c = connectors::channel(id).unwrap();
        let account = fakes::account(c);
        let folder = cases::of(id).folder;
        let body = std::fs::read(format!("{}/src/channels/{folder}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let raw = fakes::deliver(&account, name, body);
        let keys = (cases::of(id).keys)();
        let proof = Proof { now: fakes::NOW, keys: keys.as_deref() };
        let verify = cost(|| { c.verify(&account, Unverified::new(raw.clone()), proof).unwrap(); });
        let v = Verified::from_journal(raw.clone());
        let parse = cost(|| { drop(c.parse(&account, &v).unwrap()); });
        let Ok(p) = c.parse(&account, &v) else { continue };
        let mut extra = String::new();
        if let Some(Inbound::Message(m)) = p.first() {
            if let Some(h) = &m.html {
                let s = cost(|| { drop(connectors::kit::html::sanitise(h)); });
                let t = cost(|| { drop(connectors::kit::html::to_text(h)); });
                let q = cost(|| { drop(connectors::kit::html::to_text_without_quote(h)); });
                extra = format!("html {} bytes: sanitise {s:.1} text {t:.1} unquoted {q:.1}", h.len());
            }
        }
        println!("{id}/{name}: verify {verify:.1} parse {parse:.1} {extra}");
        if std::env::args().nth(2).is_some() { let b = Instant::now(); while b.elapsed().as_secs() < 6 { drop(c.parse(&account, &v)); } }
    }
}
