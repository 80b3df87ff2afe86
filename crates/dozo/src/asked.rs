//! What is asked for at the terminal, and must not be seen.

use anyhow::{Context, Result, ensure};
use std::{
    io::{BufRead, IsTerminal, Write},
    process::Command,
};
use zeroize::Zeroizing;

/// A line that nobody sees being typed; of standard input where that is no terminal.
///
/// # Errors
/// Where there is none.
pub fn secret(prompt: &str) -> Result<Zeroizing<String>> {
    let stdin = std::io::stdin();
    let shown = stdin.is_terminal();
    // The terminal's own program: what is typed does not show.
    let echo = |on: &str| shown && Command::new("stty").arg(on).status().is_ok_and(|status| status.success());
    if shown {
        eprint!("{prompt}");
        std::io::stderr().flush()?;
    }
    let hidden = echo("-echo");
    let mut line = Zeroizing::new(String::new());
    let read = stdin.lock().read_line(&mut line);
    if hidden {
        echo("echo");
        eprintln!();
    }
    ensure!(
        read.context("cannot read what was typed")? > 0,
        "password and code are asked for, on a line each"
    );
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The fewest digits of a hash that two people compare.
const DIGITS_MIN: usize = 16;

/// Whoever approves something, with password and code as they are typed now. The hash is what he was told by word of mouth.
///
/// # Errors
/// Where it is another one, or nothing was typed.
pub fn approver(login: &str, hash: &[u8], told: &str) -> Result<vault_api::Approver> {
    let (hash, told) = (::ledger::hex(hash).to_string(), told.to_lowercase());
    ensure!(
        told.len() >= DIGITS_MIN && hash.starts_with(&told),
        "this has another hash: look at its status and ask whoever planned it"
    );
    let (password, code) = (secret("パスワード / password: ")?, secret("認証コード / code: ")?);
    Ok(vault_api::Approver {
        login: vault_api::Secret::new(login),
        password: vault_api::Secret::new(password.as_str()),
        code: vault_api::Secret::new(code.as_str()),
    })
}
