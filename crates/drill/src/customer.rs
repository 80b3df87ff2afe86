//! A customer with a browser of the plainest kind, from an address of his own: HTTP/1.1 by hand, with cookies.

use anyhow::{Context, Result, ensure};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddrV4, TcpStream},
    time::Duration,
};

const TIME_MAX: Duration = Duration::from_secs(20);
/// The most of an answer that is read.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A computer's browser, and a telephone's.
pub(crate) const COMPUTER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
pub(crate) const TELEPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// One customer.
pub(crate) struct Customer {
    from: Ipv4Addr,
    agent: &'static str,
    cookies: BTreeMap<String, String>,
}

/// What he got.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Customer {
    /// From one of the machine's own addresses.
    pub(crate) fn new(n: u8, agent: &'static str) -> Customer {
        Customer { from: Ipv4Addr::new(127, 66, 6, n.max(1)), agent, cookies: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, url: &str) -> Result<Answer> {
        self.send("GET", url, "", b"")
    }

    pub(crate) fn post(&mut self, url: &str, fields: &[(String, String)]) -> Result<Answer> {
        let coded = |text: &str| -> String {
            text.bytes()
                .map(|b| match b {
                    b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
                    b => format!("%{b:02X}"),
                })
                .collect()
        };
        let pairs: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", coded(n), coded(v))).collect();
        self.post_as(url, "application/x-www-form-urlencoded", pairs.join("&").as_bytes())
    }

    /// Sends a form with a file in it: the field, the file's name, what is in it.
    pub(crate) fn upload(
        &mut self,
        url: &str,
        fields: &[(String, String)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Result<Answer> {
        const BOUNDARY: &str = "dozo-drill-boundary";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part =
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        self.post_as(url, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }

    /// Sends a body of this type.
    pub(crate) fn post_as(&mut self, url: &str, kind: &str, body: &[u8]) -> Result<Answer> {
        self.send("POST", url, kind, body)
    }

    /// Takes a cookie from somebody else: `name=value`.
    pub(crate) fn carry(&mut self, cookie: &str) -> Result<()> {
        let (name, value) = cookie.trim().split_once('=').context("a cookie is name=value")?;
        self.cookies.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn send(&mut self, method: &str, url: &str, kind: &str, body: &[u8]) -> Result<Answer> {
        let rest = url.strip_prefix("http://").context("the demo is reached by http://")?;
        let (host, path) = rest.split_once('/').map_or((rest, String::new()), |(h, p)| (h, p.to_owned()));
        let port = host.rsplit_once(':').map_or(Ok(80), |(_, port)| port.parse())?;
        let origin = format!("http://{host}");
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut head = format!(
            "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nuser-agent: {}\r\naccept: text/html,*/*\r\n\
             accept-language: ja\r\nsec-fetch-site: {}\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\n",
            self.agent,
            if method == "GET" { "none" } else { "same-origin" },
        );
        if !cookies.is_empty() {
            head += &format!("cookie: {}\r\n", cookies.join("; "));
        }
        if method == "POST" {
            let length = body.len();
            head += &format!("origin: {origin}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n");
        }
        let mut stream = self.dial(port).with_context(|| format!("{origin} does not answer"))?;
        stream.write_all(&[head.as_bytes(), b"\r\n", body].concat())?;
        let mut bytes = Vec::new();
        // Whoever answers before he has read all may cut the line: what came is the answer.
        let _ = (&mut stream).take(ANSWER_BYTES_MAX).read_to_end(&mut bytes);
        let answer = Answer::parse(&bytes)?;
        for line in answer.lines("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    fn dial(&self, port: u16) -> Result<TcpStream> {
        let line = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&line, &SocketAddrV4::new(self.from, 0))?;
        connect(&line, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
        let stream = TcpStream::from(line);
        stream.set_read_timeout(Some(TIME_MAX))?;
        stream.set_write_timeout(Some(TIME_MAX))?;
        Ok(stream)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Result<Answer> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").context("no whole answer came")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status")?;
        let mut answer = Answer { status, head, body: String::new(), bytes: Vec::new() };
        let body = &bytes[end + 4..];
        let chunked = answer.header("transfer-encoding").is_some_and(|v| v.contains("chunked"));
        let body = if chunked { whole(body) } else { body.to_vec() };
        answer.body = String::from_utf8_lossy(&body).into_owned();
        answer.bytes = body;
        Ok(answer)
    }

    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(':'));
        pairs.filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (n, value) = line.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The hidden fields of the form with that action.
    pub(crate) fn hidden(&self, action: &str) -> Result<Vec<(String, String)>> {
        let of = |form: &&str| {
            form.split('>').next().is_some_and(|tag| tag.contains(&format!("action=\"{action}\"")))
        };
        let form = self.body.split("<form").find(of).with_context(|| format!("no form {action} came"))?;
        let form = form.split("</form>").next().unwrap_or_default();
        let hidden = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
        Ok(hidden.filter_map(|i| Some((attribute(i, "name")?, attribute(i, "value")?))).collect())
    }

    /// The value of an attribute of the first element that begins so.
    pub(crate) fn first(&self, begins: &str, name: &str) -> Option<String> {
        attribute(self.body.split(begins).nth(1)?, name)
    }
}

/// The value of an attribute, character references resolved as far as our pages use them.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    let plain = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    Some(plain.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// A body that came in chunks.
fn whole(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size =
            std::str::from_utf8(&body[..end]).ok().and_then(|s| usize::from_str_radix(s.trim(), 16).ok());
        let (Some(size), rest) = (size.filter(|size| *size > 0), &body[end + 2..]) else { break };
        out.extend_from_slice(&rest[..size.min(rest.len())]);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    out
}

impl Customer {
    /// Puts the first product into the cart and goes as far as the page to confirm; gives the form there.
    pub(crate) fn confirm_order(&mut self, shop: &str, name: &str) -> Result<Vec<(String, String)>> {
        let home = self.get(shop)?;
        let product = home.body.split("href=\"/p/").nth(1).and_then(|r| r.split('"').next());
        let product = product.context("there is no product on the home page")?.to_owned();
        let page = self.get(&format!("{shop}/p/{product}"))?;
        let mut form = page.hidden("/cart/add")?;
        let variant = page.body.split("name=\"variant\"").nth(1).and_then(|r| attribute(r, "value"));
        if !form.iter().any(|(n, _)| n == "variant") {
            form.push(("variant".into(), variant.context("no variant to buy")?));
        }
        form.push(("quantity".into(), "1".into()));
        ensure!(self.post(&format!("{shop}/cart/add"), &form)?.status == 303, "nothing goes into the cart");
        let page = self.get(&format!("{shop}/checkout"))?;
        let mut form = page.hidden("/checkout")?;
        let typed = [
            ("name", name),
            ("kana", "クンレン タロウ"),
            ("email", "drill@demo.example"),
            ("phone", "0312345678"),
            ("postcode", "390-0811"),
            ("prefecture", "長野県"),
            ("city", "松本市中央"),
            ("street", "1-1"),
            ("ship_to", "self"),
            ("noshi", "none"),
            ("wrapping", "none"),
            ("time_slot", "any"),
            ("payment", "card"),
            ("agree", "1"),
            ("go", "confirm"),
        ];
        form.extend(typed.map(|(n, v)| (n.to_owned(), v.to_owned())));
        let answer = self.post(&format!("{shop}/checkout"), &form)?;
        let confirm =
            self.get(&format!("{shop}{}", answer.header("location").context("no page to confirm")?))?;
        let mut form = confirm.hidden("/checkout/place")?;
        form.push(("go".into(), "confirm".into()));
        Ok(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_chunks_with_a_form() {
        let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nset-cookie: a=1; Path=/\r\n\r\n4\r\n<for\r\n5f\r\nm action=\"/x\"><input type=\"hidden\" name=\"_t\" value=\"a&#38;b\"><input type=\"hidden\" name=\"c\" value=\r\n4\r\n\"d\">\r\n0\r\n\r\n";
        let answer = Answer::parse(bytes).unwrap();
        assert_eq!((answer.status, answer.header("Set-Cookie")), (200, Some("a=1; Path=/")));
        assert_eq!(answer.hidden("/x").unwrap()[0], ("_t".to_owned(), "a&b".to_owned()));
        assert!(answer.hidden("/y").is_err() && Answer::parse(b"HTTP/1.1 200").is_err());
    }
}
