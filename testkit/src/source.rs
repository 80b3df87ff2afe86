//! Connections from an address of one's own: the gate counts by address, and a test's buyers are many people.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    time::Duration,
};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// How long a peer may stay silent, or read nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Connects from this loopback address.
#[derive(Debug, Clone, Copy)]
pub struct Source(pub Ipv4Addr);

impl Source {
    /// A connection to `to`, which reads and writes give up on after a minute.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn connect(self, to: SocketAddr) -> io::Result<TcpStream> {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        bind(&socket, &SocketAddrV4::new(self.0, 0))?;
        connect(&socket, &to)?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(stream)
    }
}

impl Connector<()> for Source {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        let to = details.addrs.first().copied().ok_or(ureq::Error::HostNotFound)?;
        let stream = Source::connect(*self, to)?;
        let buffers =
            LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Wire { stream, buffers }))
    }
}

/// A connection, as ureq wants it.
#[derive(Debug)]
pub struct Wire<S = TcpStream> {
    /// What is read and written.
    pub stream: S,
    /// Both ways' buffers.
    pub buffers: LazyBuffers,
}

/// What [`Wire`] asks of a stream beside reading and writing.
pub trait Socket: Read + Write + std::fmt::Debug + Send + Sync + 'static {
    /// The socket below.
    fn socket(&self) -> &TcpStream;

    /// Whether what goes over it is encrypted.
    fn is_secure(&self) -> bool {
        false
    }
}

impl Socket for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl<S: Socket> Transport for Wire<S> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let read = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        let socket = self.stream.socket();
        let looked = socket.set_nonblocking(true).and_then(|()| socket.peek(&mut [0]));
        let silent = looked.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock);
        silent && socket.set_nonblocking(false).is_ok()
    }

    fn is_tls(&self) -> bool {
        self.stream.is_secure()
    }
}
