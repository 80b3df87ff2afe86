//! Accounts with a real vault behind them: by mail to an account, its pages, and out again.

#![allow(clippy::unwrap_used)]

mod alike;
mod book;
mod buying;
#[path = "../common/mod.rs"]
mod common;
#[path = "../desk/house.rs"]
#[allow(dead_code, reason = "shared with the back office's tests, of which each uses a part")]
mod house;
mod means;
mod pages;
mod walk;
