//! Work on all processors.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

/// Does so many pieces of work, each once, whoever comes first. Gives back what each processor made of its own.
pub fn shared<P: Send>(
    pieces: usize,
    new: impl Fn() -> P + Sync,
    work: impl Fn(&mut P, usize) + Sync,
) -> Vec<P> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut mine = new();
        while let Some(n) = Some(next.fetch_add(1, Relaxed)).filter(|n| *n < pieces) {
            work(&mut mine, n);
        }
        mine
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(pieces);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        // What a thread that failed had counted must not be left out in silence.
        running.into_iter().map(|part| part.join().unwrap_or_else(|failed| resume_unwind(failed))).collect()
    })
}
