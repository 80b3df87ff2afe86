//! A limit on everything: sizes, times, counts and paces, each with its unit in the name.

/// What the gate allows. The defaults are meant for a shop on the Internet.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The longest path and query together.
    pub uri_bytes_max: usize,
    /// The largest request head; beyond it the connection ends with 431.
    pub head_bytes_max: usize,
    /// The most header lines of a request.
    pub headers_max: usize,
    /// The largest body of a form.
    pub body_bytes_max: usize,
    /// The largest body of a form with a picture in it.
    pub upload_bytes_max: usize,
    /// How long a client may take for such a body.
    pub upload_read_ms: u64,
    /// The most such bodies read at once; each is held whole.
    pub uploads_max: usize,
    /// The largest body of a webhook.
    pub webhook_bytes_max: usize,
    /// How much of a body that is too large is read and thrown away, so that its sender can read the answer.
    pub drain_bytes_max: usize,
    /// The largest HTML page that `web` may answer with.
    pub html_bytes_max: usize,
    /// How long a client may take for a request's head, and how long a kept connection may be idle.
    pub head_read_ms: u64,
    /// How long a client may take for a request's body.
    pub body_read_ms: u64,
    /// How long a client may read nothing of an answer before the connection is cut.
    pub write_stall_ms: u64,
    /// How long `web` or the till may take to begin an answer, and `web` to finish an HTML page.
    pub answer_ms: u64,
    /// How long nothing may come or go on a connection of HTTP/2.
    pub h2_idle_ms: u64,
    /// The most requests at once on such a connection.
    pub h2_streams_max: u32,
    /// How long open requests may go on once the gate was told to stop.
    pub stop_ms: u64,
    /// The most connections in all. One more takes the place of who lets the gate wait the longest.
    pub connections_max: usize,
    /// The most connections of one client address.
    pub connections_per_address_max: usize,
    /// The most bytes of bodies that are coming and answers that are leaving. Beyond it those go who let the gate wait.
    pub held_bytes_max: usize,
    /// The pace at which one address opens connections: under TLS each costs a signature.
    pub opened: Option<Rate>,
    /// The most requests that wait on `web` at once.
    pub upstream_max: usize,
    /// The pace of one client address; `None` measures nothing (for measurements of speed only).
    pub ordinary: Option<Rate>,
    /// Its pace on routes that are worth guessing at: sign-in, checkout, tokens, messages.
    pub strict: Option<Rate>,
    /// What one client (IPv6: each /56) may try at one mail address: signing in, a new password, messages to the shop.
    pub account: Option<Rate>,
    /// The same of all clients together: wide, so that a stranger from one place does not keep its owner out.
    pub account_all: Option<Rate>,
    /// How often one client (IPv6: each /56) may ask for a mail about an account: what all together may ask for is bounded, too, and
    /// a few clients must not use it up.
    pub asks: Option<Rate>,
    /// How often one visit may set out for a payment.
    pub payment: Option<Rate>,
    /// The pace of webhooks of one address, apart from the ordinary one: each payment gives a few, and they are small.
    pub webhook: Option<Rate>,
    /// The pace of browsers' reports about our pages, apart from the ordinary one.
    pub reports: Option<Rate>,
    /// How many requests that were too fast are written down one by one; all are counted.
    pub paced_lines: Rate,
    /// The most client addresses remembered for each pace.
    pub addresses_max: usize,
    /// The most bytes of standing pages that are remembered.
    pub standing_bytes_max: usize,
    /// The journal begins a new file at this size.
    pub journal_bytes_max: u64,
    /// The most closed journal files; the oldest goes when there are more.
    pub journal_files_max: usize,
}

/// A token bucket: so many at once, and so many more each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The most at once.
    pub burst: f32,
    /// Regained per second.
    pub per_s: f32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            uri_bytes_max: 2_048,
            head_bytes_max: 32 * 1024,
            headers_max: 64,
            body_bytes_max: site::form::FORM_BYTES_MAX,
            upload_bytes_max: site::form::UPLOAD_BYTES_MAX,
            upload_read_ms: 60_000,
            uploads_max: 4,
            webhook_bytes_max: 256 * 1024,
            drain_bytes_max: 1024 * 1024,
            html_bytes_max: 1024 * 1024,
            head_read_ms: 15_000,
            body_read_ms: 15_000,
            write_stall_ms: 30_000,
            answer_ms: 30_000,
            h2_idle_ms: 60_000,
            h2_streams_max: 64,
            stop_ms: 5_000,
            connections_max: 6_000,
            connections_per_address_max: 200,
            held_bytes_max: 64 * 1024 * 1024,
            opened: Some(Rate { burst: 600.0, per_s: 60.0 }),
            upstream_max: 256,
            // A page of the shop is about 40 requests with its pictures.
            ordinary: Some(Rate { burst: 600.0, per_s: 60.0 }),
            strict: Some(Rate { burst: 40.0, per_s: 0.5 }),
            account: Some(Rate { burst: 30.0, per_s: 0.05 }),
            account_all: Some(Rate { burst: 300.0, per_s: 0.5 }),
            asks: Some(Rate { burst: 10.0, per_s: 1.0 / 60.0 }),
            payment: Some(Rate { burst: 20.0, per_s: 0.02 }),
            webhook: Some(Rate { burst: 2_000.0, per_s: 1_000.0 }),
            reports: Some(Rate { burst: 60.0, per_s: 1.0 }),
            paced_lines: Rate { burst: 120.0, per_s: 1.0 },
            addresses_max: 20_000,
            standing_bytes_max: 16 * 1024 * 1024,
            journal_bytes_max: 16 * 1024 * 1024,
            journal_files_max: 200,
        }
    }
}
