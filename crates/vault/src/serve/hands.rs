//! Threads for what may take long: one is made when none is free, and goes when it has had nothing to do for a while.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

/// The stack of a thread, bytes.
const STACK_BYTES: usize = 512 * 1024;
/// How long a thread waits for something to do.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The threads. As many jobs are under way as there are connections, at most: each has one.
#[derive(Clone, Default)]
pub(super) struct Hands(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads there are, and those of them who wait for a job.
    all: usize,
    free: usize,
    ending: bool,
}

impl Hands {
    /// Has a job done, soon.
    ///
    /// # Errors
    /// Where no thread is free and none can be made. The job is dropped.
    pub(super) fn take(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut state = self.state();
        if state.free > state.jobs.len() {
            state.jobs.push_back(Box::new(job));
            drop(state);
            self.0.changed.notify_one();
            return Ok(());
        }
        state.all += 1;
        drop(state);
        let hands = self.clone();
        let spawned =
            std::thread::Builder::new().name("hand".into()).stack_size(STACK_BYTES).spawn(move || {
                let leaves = Leaves(&hands);
                job();
                leaves.0.work();
            });
        if spawned.is_err() {
            self.state().all -= 1;
        }
        spawned.map(drop)
    }

    /// Lets all go, and waits until they have; what they still do is waited for so long at most.
    pub(super) fn finish(&self, time: Duration) {
        let mut state = self.state();
        state.ending = true;
        self.0.changed.notify_all();
        drop(self.0.changed.wait_timeout_while(state, time, |state| state.all > 0));
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state();
            } else if state.ending {
                return;
            } else {
                state.free += 1;
                let (woken, waited) =
                    self.0.changed.wait_timeout(state, IDLE).unwrap_or_else(|p| p.into_inner());
                state = woken;
                state.free -= 1;
                if waited.timed_out() && state.jobs.is_empty() {
                    return;
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// Counts a thread that goes, also one that dies of its job.
struct Leaves<'a>(&'a Hands);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.state().all -= 1;
        self.0.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_job_never_waits_for_another_and_threads_are_used_again() {
        let hands = Hands::default();
        let (done, came) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        hands.take(move || wait.recv().unwrap()).unwrap();
        for n in 0..50 {
            let done = done.clone();
            hands.take(move || done.send(n).unwrap()).unwrap();
            assert_eq!(came.recv().unwrap(), n, "behind one that takes long");
            while hands.state().free == 0 {
                std::thread::yield_now();
            }
        }
        assert_eq!(hands.state().all, 2);
        go.send(()).unwrap();
        hands.finish(Duration::from_secs(5));
        assert_eq!(hands.state().all, 0);
    }

    #[test]
    fn a_thread_that_dies_is_not_counted_for_ever() {
        let hands = Hands::default();
        hands.take(|| panic!("of its job")).unwrap();
        hands.finish(Duration::from_secs(5));
        assert_eq!(hands.state().all, 0);
    }
}
