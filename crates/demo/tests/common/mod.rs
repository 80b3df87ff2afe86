//! A vault for the tests of the demo.

use std::path::Path;
use telemetry::Life;
use vault_api::{Client, Role};

/// A vault in a thread; stopped when dropped.
pub struct House {
    life: Life,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl House {
    pub fn open(dir: &Path) -> (House, Client) {
        let life = Life::of_test("vault", dir);
        let config = vault::Config::new(dir.join("vault"), dir.join("vault.sock"), "test");
        let theirs = life.clone();
        let thread = std::thread::spawn(move || vault::run(config, theirs).unwrap());
        let socket = dir.join("vault.sock");
        let client = (0..500)
            .find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                Client::connect(&socket, Role::Owner).ok()
            })
            .expect("the vault answers");
        (House { life, thread: Some(thread) }, client)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.life.stop();
        drop(self.thread.take().map(|t| t.join()));
    }
}
