//! A shop whose vault is on a second machine, as the guide says how to move it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use testkit::Dozo;

/// Both machines, running.
#[derive(Debug)]
pub struct Apart {
    // In this order: the shop stops before its vault.
    /// The shop's machine.
    pub shop: Dozo,
    /// The vault's machine.
    pub vault: Dozo,
    /// The shop's data folder.
    pub shop_data: PathBuf,
    /// The vault's.
    pub vault_data: PathBuf,
    /// The papers as they were carried over.
    pub carried: PathBuf,
}

impl Apart {
    /// Takes a demo shop apart in a folder that the caller keeps, and opens it. `whole` is called while the shop is still
    /// on one machine and runs.
    pub fn start(folder: &tempfile::TempDir, whole: impl FnOnce(&Dozo)) -> Apart {
        let (mut shop, shop_data) = crate::shop_in(folder);
        whole(&shop);
        assert!(shop.stop());
        let (vault_data, carried) = (folder.path().join("vault-machine"), folder.path().join("papers.pem"));
        fs::create_dir_all(&vault_data).expect("a folder can be made");
        let port = free_port();
        let kept = fs::read_to_string(shop_data.join("dozo.toml")).expect("the settings are there");
        for (data, place) in [
            (&vault_data, format!("listen = \"127.0.0.1:{port}\"")),
            (&shop_data, format!("remote = \"127.0.0.1:{port}\"")),
        ] {
            fs::write(data.join("dozo.toml"), format!("{kept}\n[vault]\n{place}\n")).expect("can be written");
        }
        fs::rename(shop_data.join("vault"), vault_data.join("vault")).expect("the vault's folder moves");
        enrol(&vault_data, &carried);
        fs::create_dir_all(shop_data.join("relay")).expect("a folder can be made");
        fs::copy(&carried, shop_data.join("relay/papers.pem")).expect("the papers can be carried over");
        let vault = open(&vault_data);
        let shop = open(&shop_data);
        Apart { shop, vault, shop_data, vault_data, carried }
    }

    /// Opens the shop again.
    pub fn start_shop(&mut self) {
        self.shop = open(&self.shop_data);
    }

    /// Opens the vault again.
    pub fn start_vault(&mut self) {
        self.vault = open(&self.vault_data);
    }

    /// `dozo vault relay enroll` on the vault's machine.
    pub fn enrol(&self, to: &Path) {
        enrol(&self.vault_data, to);
    }
}

fn open(data: &Path) -> Dozo {
    Dozo::builder().data(data).start().unwrap_or_else(|e| panic!("{e:#}"))
}

fn enrol(data: &Path, to: &Path) {
    let mut dozo = Command::new(testkit::binary().expect("the binary is built"));
    let out = dozo.args(["vault", "relay", "enroll", "--data"]).arg(data).arg("--to").arg(to).output();
    let out = out.expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}
