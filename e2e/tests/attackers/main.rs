//! Attackers: each holds what the table of SECURITY.md says, tries everything, and is counted.
#![allow(clippy::unwrap_used)]

mod code_in_post;
mod code_in_web;
mod database;
mod ledger;
mod people;
mod root;
mod tap;
mod typed;

/// An address with an account in the demo shop, and its password.
struct Member {
    mail: &'static str,
    password: &'static str,
    /// His name, by which his data are known wherever they turn up.
    name: &'static str,
}

const HANAKO: Member =
    Member { mail: "hanako@demo.example", password: "kuri-to-kurumi-1921", name: "栗原 花子" };
const TARO: Member =
    Member { mail: "taro@demo.example", password: "akino-konoha-tayori", name: "胡桃沢 太郎" };
const SAKURA: Member =
    Member { mail: "sakura@demo.example", password: "risu-ga-kakushita-mi", name: "榛名 さくら" };

/// Unix milliseconds.
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
