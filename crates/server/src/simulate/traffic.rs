//! Many customers at once: a steady stream over the simulated channels, bounded in rate and time.

use super::api::Api;
use super::play::{channel, line, plain, simulated};
use super::words;
use clap::ArgMatches;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::Result;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// What customers write about.
const TEXTS: &[&str] = &[
    "Hello, where is my order?",
    "The lamp arrived with a broken shade. Can I send it back?",
    "Do you deliver to islands?",
    "I was charged twice for the same order.",
    "How do I change the address of my delivery?",
    "Thanks, that was quick!",
    "Is the blue one back in stock?",
    "My discount code does not work.",
    "Could you call me this afternoon?",
    "I would like to cancel.",
];
/// Requests under way at once; a server that is slower than this slows the stream down and not itself.
const AT_ONCE: usize = 64;

pub async fn run(api: &Api, m: &ArgMatches, out: &mut (dyn Write + Send)) -> Result<()> {
    let number = |name: &str| m.get_one::<u32>(name).copied().unwrap_or(1);
    let (rate, seconds, customers) = (number("rate"), number("seconds"), number("customers"));
    let mut channels = Vec::new();
    match m.get_many::<String>("channel") {
        Some(named) => {
            for name in named {
                channels.push(channel(api, name).await?);
            }
        }
        None => channels = simulated(api).await?,
    }
    if channels.is_empty() {
        return Err(words("No channel is simulated. Add one in Settings › Channels › Add, “Try it without an account”."));
    }
    let total = u64::from(rate) * u64::from(seconds);
    line(
        out,
        &format!(
            "{total} messages in {seconds} s, over {}. Ctrl-C ends it sooner.",
            channels.iter().map(|c| plain(c["name"].as_str().unwrap_or_default())).collect::<Vec<_>>().join(", ")
        ),
    )?;
    let mut tick = interval(Duration::from_secs(1) / rate);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    let (mut under_way, mut taken, mut refused, mut slowest, mut why) = (FuturesUnordered::new(), 0u64, 0u64, Duration::ZERO, None);
    let mut settle = |(done, took): (Result<Value>, Duration)| {
        slowest = slowest.max(took);
        match done {
            Ok(_) => taken += 1,
            Err(error) => {
                refused += 1;
                why.get_or_insert(error.detail);
            }
        }
    };
    for n in 0..total {
        loop {
            tokio::select! {
                _ = tick.tick(), if under_way.len() < AT_ONCE => break,
                Some(one) = under_way.next(), if !under_way.is_empty() => settle(one),
            }
        }
        let to = &channels[(n % channels.len() as u64) as usize];
        let round = n / channels.len() as u64;
        let act = json!({
            "text": TEXTS[(n as usize) % TEXTS.len()],
            "customer": round % u64::from(customers) + 1,
            "subject": "Simulated traffic",
        });
        let path = format!("/channels/{}/simulate", to["id"].as_str().unwrap_or_default());
        under_way.push(async move {
            let begun = Instant::now();
            (api.post(&path, &act).await, begun.elapsed())
        });
    }
    while let Some(one) = under_way.next().await {
        settle(one);
    }
    line(
        out,
        &format!(
            "{taken} taken, {refused} refused, in {:.1} s; the slowest took {} ms.",
            begun.elapsed().as_secs_f64(),
            slowest.as_millis()
        ),
    )?;
    match why {
        Some(why) => Err(words(&format!("The server refused some of it: {why}"))),
        None => Ok(()),
    }
}
