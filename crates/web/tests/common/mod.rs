//! What every shop in these tests is configured with.

pub mod pages;

use std::path::Path;

/// A shop in a folder, whose vault and till are away. Tests that have one of them put it in the place of what is here.
pub fn config(folder: &Path, store: store::Store) -> web::Config {
    web::Config {
        socket: folder.join("web.sock"),
        folder: folder.to_owned(),
        store,
        vault_socket: folder.join("no-vault.sock"),
        vault_key: None,
        till_socket: folder.join("no-till.sock"),
        watch_shown: folder.join("findings.json"),
        lock_socket: folder.join("no-lock.sock"),
        shop_origin: "http://shop.localhost:8080".into(),
        pay_origin: "http://pay.localhost:8081".into(),
        capture: domain::payment::Capture::AtOrder,
        reconcile_hour: 4,
        trial: Some(web::Trial::Demo),
    }
}
