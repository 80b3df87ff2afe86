//! The program as it is built, run with what it is told and given.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Where the sources lie.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What `dozo` says to these words, with that on its standard input.
pub fn dozo(args: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &[u8]) -> Output {
    fed(Command::new(env!("CARGO_BIN_EXE_dozo")).args(args), input)
}

/// What a program says, with that on its standard input.
pub fn fed(command: &mut Command, input: &[u8]) -> Output {
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}
