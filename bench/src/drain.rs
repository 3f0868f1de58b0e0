//! Drain: a hundred thousand replies wait on fifty accounts, and leave at the pace that each provider allows and no faster. What
//! arrives is counted at the providers, played here, which refuse with 429 what comes too fast.

use crate::http::{Client, request};
use crate::provider::Account;
use crate::stage::{self, Serving, Stage};
use kernel::channel::{RawDelivery, Simulated};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Kinds, and accounts of each.
const ACCOUNTS: &[(&str, usize)] = &[("telegram", 15), ("messenger", 15), ("line", 10), ("viber", 10)];
/// Wanted: at least this part of the allowed pace.
const WANTED: f64 = 0.95;

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path, each: usize) {
    let kinds: Vec<&str> = ACCOUNTS.iter().flat_map(|(kind, n)| std::iter::repeat_n(*kind, *n)).collect();
    runtime.block_on(async {
        let stage = stage::open(folder, &kinds).await;
        fill(&stage, each).await;
        let accounts = stage.accounts.clone();
        let total = each * accounts.len();
        let app = stage.ready.running.app.clone();
        let due = stage::now();
        let moved = app.db.write(stage.ready.workspace, db::Lane::Bulk, move |tx| {
            tx.exec("UPDATE outbox SET due_at = $1 WHERE state = 'waiting'", db::params![due])
        });
        assert_eq!(moved.await.expect("due") as usize, total);
        stage.ready.running.stop().await;
        let longest = accounts.iter().map(|a| allowed_seconds(a, each)).fold(0.0, f64::max);
        eprintln!("{total} replies wait; at the allowed pace the last leaves after {longest:.0} s");
        let begun = Instant::now();
        let serving = Serving::start(folder).await;
        let cpu = crate::process::cpu_seconds_of(serving.pid());
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let arrived: usize = accounts.iter().map(|a| a.count()).sum();
            if arrived == total || begun.elapsed().as_secs_f64() > longest * 1.5 + 20.0 {
                break;
            }
            if begun.elapsed().as_secs().is_multiple_of(10) && begun.elapsed().subsec_millis() < 500 {
                eprintln!("{:.0} s: {arrived} of {total} arrived", begun.elapsed().as_secs_f64());
            }
        }
        let cpu = crate::process::cpu_seconds_of(serving.pid()) - cpu;
        report(&accounts, each, begun, cpu);
        drop(serving);
    });
}

/// Everybody has written once, and is answered much later.
async fn fill(stage: &Stage, each: usize) {
    let begun = Instant::now();
    let app = stage.ready.running.app.clone();
    for account in stage.accounts.iter() {
        let entry = account.entry.clone();
        let raws: Vec<RawDelivery> = (1..=each as u32)
            .map(|p| {
                let say = Simulated {
                    external_id: format!("{}-{p}", entry.key),
                    from: entry.connector.simulated_person(p),
                    from_name: Some(format!("Person {p}")),
                    text: "Where is my order?".into(),
                    ..Default::default()
                };
                entry.connector.simulator().expect("simulator").delivery(&entry.account, &say, stage::now())
            })
            .collect();
        let channel = entry.id;
        let written = app.db.write(stage.ready.workspace, db::Lane::Bulk, move |tx| {
            for raw in &raws {
                let headers = serde_json::to_string(&raw.headers).expect("json");
                tx.exec(
                    crate::floor::JOURNAL,
                    db::params![
                        channel,
                        raw.received_at,
                        &raw.method,
                        &raw.path,
                        headers,
                        &raw.body,
                        None::<String>,
                        raw.body.len() as i64,
                        false
                    ],
                )?;
            }
            Ok(())
        });
        written.await.expect("journal");
    }
    let played = server::intake::drain(&app, stage.ready.workspace).await.expect("drain");
    eprintln!("{played} deliveries played after {:.0} s", begun.elapsed().as_secs_f64());
    let later = stage::now() + kernel::time::DAY;
    for account in stage.accounts.iter() {
        let all = stage::conversations(&stage.ready, &account.entry).await;
        assert_eq!(all.len(), each, "{}", account.entry.account.provider);
        stage::queue(stage.ready.running.address, &stage.ready.token, &all, later).await;
    }
    let mut client = Client::connect(stage.ready.running.address).await;
    assert_eq!(client.ask(&request("GET", "/healthz", &[], b"")).await.0, 200);
    eprintln!("replies queued after {:.0} s", begun.elapsed().as_secs_f64());
}

/// The least time in which a provider takes so many: a burst, then the rate.
fn allowed_seconds(account: &Account, n: usize) -> f64 {
    (n as f64 - f64::from(account.limits.burst)).max(1.0) / account.limits.sends_per_second
}

fn report(accounts: &[Account], each: usize, begun: Instant, cpu: f64) {
    println!("## Drain: {} replies over {} accounts\n", each * accounts.len(), accounts.len());
    println!(
        "| kind | accounts | allowed a second each | arrived | allowed time (s) | taken time (s) | part of the allowed pace: least, median | 429 |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut kinds: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in accounts {
        kinds.entry(account.entry.account.provider.as_str()).or_default().push(account);
    }
    let (mut least, mut sum, mut refused, mut slowest) = (f64::MAX, 0.0, 0, 0.0_f64);
    for (kind, all) in kinds {
        let mut parts = Vec::new();
        let mut longest = 0.0_f64;
        for account in &all {
            let taken = account.taken();
            let (first, last) = (taken.first().copied().unwrap_or(begun), taken.last().copied().unwrap_or_else(Instant::now));
            let seconds = last.duration_since(first).as_secs_f64();
            longest = longest.max(seconds);
            slowest = slowest.max(last.duration_since(begun).as_secs_f64());
            let complete = if taken.len() == each { 1.0 } else { 0.0 };
            parts.push(complete * allowed_seconds(account, each) / seconds);
            refused += account.refused();
        }
        parts.sort_by(f64::total_cmp);
        least = least.min(parts[0]);
        sum += parts.iter().sum::<f64>();
        println!(
            "| {kind} | {} | {} | {} | {:.1} | {longest:.1} | {:.3}, {:.3} | {} |",
            all.len(),
            all[0].limits.sends_per_second,
            all.iter().map(|a| a.count()).sum::<usize>(),
            allowed_seconds(all[0], each),
            parts[0],
            parts[parts.len() / 2],
            all.iter().map(|a| a.refused()).sum::<u64>()
        );
    }
    let peak: f64 = accounts.iter().map(|a| a.limits.sends_per_second).sum();
    println!(
        "\nAll accounts: {:.3} of the allowed pace on average, {least:.3} at least (wanted: {WANTED}); {refused} answers with 429 (wanted: none). \
         All together may send {peak:.0} a second at first; the last arrived {slowest:.1} s after the start of the server, which used {:.2} ms of CPU a message.\n",
        sum / accounts.len() as f64,
        cpu * 1e3 / (each * accounts.len()) as f64
    );
}
