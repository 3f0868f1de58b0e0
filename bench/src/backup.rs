//! A backup of a million messages while deliveries go on coming in, what they feel of it, the next backup, and putting it back.

use crate::accept::{Ready, delivery, ready};
use crate::http::Client;
use crate::million::fill;
use backups::{Bucket, Target};
use server::backups::{Installation, Order, restore, take, verify_backup};
use server::start::Edges;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// A delivery every so often, as one at a time.
const EVERY: Duration = Duration::from_millis(5);

/// Nobody calls anybody.
struct Silence;
impl kernel::http::HttpClient for Silence {
    fn send(&self, _: kernel::http::HttpRequest) -> kernel::BoxFuture<'_, Result<kernel::http::HttpResponse, kernel::http::HttpError>> {
        Box::pin(async { Err(kernel::http::HttpError::Refused("the benchmark".into())) })
    }
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Deliveries until told to stop: (how many, median, p99) of their times in ms.
async fn come_in(r: &Ready, stop: Arc<AtomicBool>) -> (usize, f64, f64) {
    let mut client = Client::connect(r.running.address).await;
    let mut all = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let request = delivery(&r.hook, &r.secret, &format!("b-{n}"), n % 64);
        let begun = Instant::now();
        let (status, body) = client.ask(&request).await;
        all.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        tokio::time::sleep(EVERY.saturating_sub(begun.elapsed())).await;
    }
    all.sort_by(f64::total_cmp);
    let n = all.len();
    (n, all[n / 2], all[(n * 99 / 100).min(n - 1)])
}

fn place(folder: &Path) -> Target {
    Target::open(&folder.display().to_string(), &Bucket::default(), Arc::new(Silence), true).expect("place")
}

fn installation(data: &Path, prefix: &str) -> Installation {
    let flags = config::Flags::default().set("data", &data.display().to_string());
    let flags = match std::env::var("BENCH_DATABASE") {
        Ok(url) => flags.set("database", &url),
        Err(_) => flags,
    };
    let config = config::Config::load(&flags, Vec::new(), data.parent().unwrap_or(data)).expect("config");
    Installation::of(&config, &Edges { schema_prefix: prefix.to_owned(), ..Edges::default() })
}

async fn waiting<T: Send + 'static>(f: impl FnOnce(Handle) -> kernel::Result<T> + Send + 'static) -> (T, f64) {
    let (runtime, begun) = (Handle::current(), Instant::now());
    let done = tokio::task::spawn_blocking(move || f(runtime)).await.expect("thread").expect("done");
    (done, begun.elapsed().as_secs_f64())
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path, messages: usize) {
    runtime.block_on(async {
        let data = folder.join("data");
        let r = Arc::new(ready(&data).await);
        let begun = Instant::now();
        fill(&r, messages).await;
        eprintln!("filled {messages} messages in {:.0} s", begun.elapsed().as_secs_f64());
        let stop = Arc::new(AtomicBool::new(false));
        let measured = async |seconds: u64| {
            let stop = Arc::new(AtomicBool::new(false));
            let (r, ending) = (r.clone(), stop.clone());
            let load = tokio::spawn(async move { come_in(&r, ending).await });
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.store(true, Ordering::Relaxed);
            load.await.expect("load")
        };
        measured(2).await;
        let before = measured(10).await;
        let load = {
            let (r, stop) = (r.clone(), stop.clone());
            tokio::spawn(async move { come_in(&r, stop).await })
        };
        let (from, to) = (installation(&data, "switchboard_"), place(&folder.join("place")));
        let (first, first_s) = waiting(move |h| take(&from, to, &Order::default(), h)).await;
        stop.store(true, Ordering::Relaxed);
        let during = load.await.expect("load");
        let (from, to) = (installation(&data, "switchboard_"), place(&folder.join("place")));
        let (second, second_s) = waiting(move |h| take(&from, to, &Order::default(), h)).await;
        let to = place(&folder.join("place"));
        let (found, verify_s) = waiting(move |h| verify_backup(to, h)).await;
        assert!(found.iter().all(|f| f.ok), "{found:?}");
        let Ok(r) = Arc::try_unwrap(r) else { panic!("the load is over") };
        r.running.stop().await;
        let (into, to) = (installation(&folder.join("restored"), "restored_"), place(&folder.join("place")));
        let (back, restore_s) = waiting(move |h| restore(to, None, &into, None, h)).await;
        assert_eq!(back.snapshot, second.snapshot);
        let mb = |bytes: u64| bytes as f64 / 1e6;
        println!("## Backup ({messages} messages, one delivery every 5 ms beside it)\n");
        println!("| what | figure |\n| --- | --- |");
        println!("| first backup | {first_s:.1} s (wanted ≤ 60 at 1 M) |");
        println!("| looked at, written | {:.0} MB, {:.0} MB |", mb(first.written.seen_bytes), mb(first.written.stored_bytes));
        println!("| accepting a delivery before, median and p99 of {} | {:.2} ms, {:.2} ms |", before.0, before.1, before.2);
        println!("| accepting a delivery during the backup, of {} | {:.2} ms, {:.2} ms |", during.0, during.1, during.2);
        println!("| p99 during to before | {:.2} (wanted ≤ 2) |", during.2 / before.2);
        println!("| second backup, after {} deliveries | {second_s:.1} s, {:.1} MB written |", during.0, mb(second.written.stored_bytes));
        println!("| every chunk verified | {verify_s:.1} s |");
        println!("| restored, {} rows | {restore_s:.1} s (wanted ≤ 60 at 1 M) |\n", back.rows);
    });
}
