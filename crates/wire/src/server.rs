//! The listening side.

use std::{
    io,
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

/// The longest path a Unix socket can have on Linux, in bytes (`sun_path`, less the closing zero).
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// Who is at the other end, as the kernel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// User id of the process that connected.
    pub uid: u32,
    /// Its process id at that moment.
    pub pid: i32,
}

impl Peer {
    /// Asks the kernel (SO_PEERCRED).
    ///
    /// # Errors
    /// As the kernel says.
    pub fn of(stream: &UnixStream) -> io::Result<Peer> {
        let cred = rustix::net::sockopt::socket_peercred(stream)?;
        Ok(Peer { uid: cred.uid.as_raw(), pid: cred.pid.as_raw_nonzero().get() })
    }
}

/// A socket for this user and its group; the file goes when the listener is dropped. Who of the group gets as far as the
/// socket is decided by the folder it lies in.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Binds `path` with mode 0660. A socket left behind by a dead process is replaced, any other file is not.
    ///
    /// # Errors
    /// As the kernel says; `InvalidInput` for a path that is too long.
    pub fn bind(path: &Path) -> io::Result<Listener> {
        if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            let message = format!(
                "socket path longer than {SOCKET_PATH_BYTES_MAX} bytes: choose a shorter data folder"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        match std::fs::symlink_metadata(path) {
            Ok(meta) if meta.file_type().is_socket() => std::fs::remove_file(path)?,
            Ok(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "a file that is no socket is in the way",
                ));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        let socket = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Listener { socket, path: path.to_owned() })
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.socket.accept()?;
        let peer = Peer::of(&stream)?;
        Ok((stream, peer))
    }

    /// A second handle to the listening socket, for use with an async runtime.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn try_clone_socket(&self) -> io::Result<UnixListener> {
        self.socket.try_clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_and_only_a_socket() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let first = Listener::bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        let _client = UnixStream::connect(&path).unwrap();
        let (_, peer) = first.accept().unwrap();
        assert_eq!(peer.pid, std::process::id() as i32);
        std::mem::forget(first);
        Listener::bind(&path).expect("a stale socket is replaced");
        std::fs::write(&path, "x").unwrap();
        assert!(Listener::bind(&path).is_err(), "a file is left alone");
    }
}
