//! Health and metrics over HTTP on a loopback port of their own: never through the gate.

use super::Shared;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// The most bytes of a request that are read.
const REQUEST_BYTES_MAX: u64 = 4096;

/// Answers `/healthz` and `/metrics` until the program ends.
///
/// # Errors
/// As the kernel says, where no thread can be started.
pub fn serve(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<()> {
    std::thread::Builder::new().name("status".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // One at a time is enough for a scraper, and a slow one cannot hold it for long.
            let _ = answer(stream, &shared);
        }
    })?;
    Ok(())
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    let mut lines = BufReader::new((&stream).take(REQUEST_BYTES_MAX)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request is read and dropped: closing with bytes unread would reset the connection.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, kind, body) = match request.split(' ').nth(1) {
        Some("/healthz") => health(shared),
        Some("/metrics") => ("200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics(shared)),
        _ => ("404 Not Found", "text/plain; charset=utf-8", "only /healthz and /metrics are here\n".into()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn health(shared: &Shared) -> (&'static str, &'static str, String) {
    let children = shared.children();
    let mut all = shared.complete.load(Ordering::Acquire);
    let states: serde_json::Map<String, serde_json::Value> = children
        .iter()
        .map(|c| {
            let (ready, restarts) = c.health();
            all &= ready;
            (c.name.to_string(), serde_json::json!({ "ready": ready, "restarts": restarts }))
        })
        .collect();
    let status = if all { "200 OK" } else { "503 Service Unavailable" };
    (status, "application/json", format!("{}\n", serde_json::json!({ "ready": all, "processes": states })))
}

/// All processes' metrics in one text: `# HELP` and `# TYPE` once per name, as the format demands.
fn metrics(shared: &Shared) -> String {
    let mut seen = std::collections::HashSet::new();
    let mut out = String::new();
    for child in shared.children().iter() {
        let (ready, restarts) = child.health();
        out += &format!(
            "dozo_up{{process=\"{0}\"}} {1}\ndozo_restarts_total{{process=\"{0}\"}} {restarts}\n",
            child.name,
            u8::from(ready)
        );
        let socket = crate::processes::metrics_socket(child.name);
        for line in telemetry::scrape(&socket).unwrap_or_default().lines() {
            if line == "# EOF" || (line.starts_with('#') && !seen.insert(line.to_owned())) {
                continue;
            }
            out += line;
            out.push('\n');
        }
    }
    out
}
