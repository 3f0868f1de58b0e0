//! Work that takes a processor and a lot of memory, two at a time: a picture of fifty million pixels is hundreds of megabytes while it is
//! changed, and many may come at once.

use tokio::sync::Semaphore;

const AT_ONCE: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Runs it on a thread of its own when it is its turn. Whoever no longer waits for it does not give its turn to others: it ends with the work.
pub async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let turn = TURNS.acquire().await.map_err(|e| e.to_string())?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[tokio::test(flavor = "multi_thread")]
    async fn two_at_a_time_and_a_turn_lasts_as_long_as_its_work() {
        let (began, begun) = channel();
        let (let_go, gates): (Vec<_>, Vec<_>) = (0..4).map(|_| channel::<()>()).unzip();
        let mut waiting = Vec::new();
        for (n, gate) in gates.into_iter().enumerate() {
            let began = began.clone();
            waiting.push(tokio::spawn(in_turn(move || {
                began.send(n).unwrap();
                let _ended = gate.recv();
                n
            })));
        }
        let first = [begun.recv().unwrap(), begun.recv().unwrap()];
        // Nobody waits for this one any more, and still it is at work.
        waiting[first[0]].abort();
        tokio::task::yield_now().await;
        assert_eq!((TURNS.available_permits(), begun.try_recv().ok()), (0, None));
        let_go[first[1]].send(()).unwrap();
        let third = begun.recv().unwrap();
        assert_eq!((TURNS.available_permits(), begun.try_recv().ok()), (0, None));
        let_go[first[0]].send(()).unwrap();
        let last = begun.recv().unwrap();
        for n in [third, last] {
            let_go[n].send(()).unwrap();
        }
        for (n, task) in waiting.into_iter().enumerate() {
            assert_eq!(task.await.ok().map(|done| done.unwrap()), (n != first[0]).then_some(n));
        }
        // What panics gives its turn back.
        assert!(in_turn(|| panic!("no picture")).await.is_err());
        assert_eq!(TURNS.available_permits(), AT_ONCE);
    }
}
