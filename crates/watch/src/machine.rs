//! What the machine and the supervisor say: room on the shop's disk, and whether the till reaches its processor.

use crate::finding::Finding;
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// With less room the watch cries out: what it finds must still fit onto the disk itself.
const FREE_BYTES_MIN: u64 = 256 << 20;
/// A processor that is away for less is nothing: the till asks it again, and buyers are told.
const AWAY_S_MIN: i64 = 60;
/// How long the supervisor may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// How the till's metrics begin the line; behind it stands 0 where the processor answers.
const AWAY_SINCE: &str = "dozo_till_processor_away_since_seconds{process=\"till\"} ";

/// Where it is asked.
pub struct Machine {
    /// The shop's folder.
    pub folder: PathBuf,
    /// Where the supervisor says health and metrics, on this machine.
    pub status: SocketAddr,
}

impl Machine {
    /// What is wrong at `now`.
    pub(crate) fn look(&self, now: Timestamp) -> BTreeSet<Finding> {
        let full = free_bytes(&self.folder).is_some_and(is_short);
        let away = self.metrics().is_some_and(|metrics| is_away(&metrics, now));
        let found = [full.then_some(Finding::DiskFull), away.then_some(Finding::ProcessorAway)];
        found.into_iter().flatten().collect()
    }

    fn metrics(&self) -> Option<String> {
        let asked = outbound::agent(ANSWER, ANSWER).get(format!("http://{}/metrics", self.status)).call();
        asked.ok()?.into_body().into_with_config().limit(ANSWER_BYTES_MAX).read_to_string().ok()
    }
}

/// The room that is left where a folder lies, in bytes; `None` where the file system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|room| room.f_bavail.saturating_mul(room.f_frsize))
}

fn is_short(free_bytes: u64) -> bool {
    free_bytes < FREE_BYTES_MIN
}

fn is_away(metrics: &str, now: Timestamp) -> bool {
    let since = metrics.lines().find_map(|line| line.strip_prefix(AWAY_SINCE)?.parse::<i64>().ok());
    since.is_some_and(|since| since > 0 && now.as_second() - since >= AWAY_S_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_that_is_away_for_a_minute_and_a_disk_with_little_room() {
        let now = Timestamp::from_second(1_795_359_900).unwrap();
        let says =
            |since: i64| is_away(&format!("dozo_up{{process=\"till\"}} 1\n{AWAY_SINCE}{since}\n"), now);
        assert!(says(1_795_359_840) && !says(1_795_359_841) && !says(0));
        assert!(!is_away("", now), "no till");
        assert!(is_short(0) && !is_short(FREE_BYTES_MIN));
    }

    #[test]
    fn the_supervisor_is_asked_and_one_that_is_silent_says_nothing() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let machine = Machine { folder: "/proc".into(), status: listener.local_addr().unwrap() };
        let answer = std::thread::spawn(move || {
            let (mut asks, _) = listener.accept().unwrap();
            let body = format!("{AWAY_SINCE}5\n");
            std::io::Read::read(&mut asks, &mut [0; 1024]).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            std::io::Write::write_all(&mut asks, (head + &body).as_bytes()).unwrap();
        });
        let found = machine.look(Timestamp::now());
        answer.join().unwrap();
        assert!(found.contains(&Finding::ProcessorAway), "{found:?}");
        assert!(found.contains(&Finding::DiskFull), "/proc has no room");
        let nowhere = Machine { folder: "/nowhere".into(), ..machine };
        assert_eq!(nowhere.look(Timestamp::now()), BTreeSet::new());
    }
}
