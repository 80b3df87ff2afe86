//! How the authority is called: by the house's own client, and on the machine of its directory alone.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::{pin::Pin, time::Duration};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes of an answer: the longest is a chain of certificates.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// Calls one machine.
pub(crate) struct Client {
    agent: ureq::Agent,
    host: String,
    port: u16,
}

impl Client {
    /// For the authority of this directory.
    ///
    /// # Errors
    /// Where the directory is no https:// address.
    pub(crate) fn new(directory: &str, trust: &outbound::Trust) -> anyhow::Result<Client> {
        let uri: Uri = directory.parse().context("the directory is no address")?;
        let (host, port) = place(&uri).context("the directory is an https:// address")?;
        let agent = outbound::secure_agent(TIMEOUT, TIMEOUT, trust)?;
        Ok(Client { agent, host, port })
    }

    /// Whether a call stays on that machine.
    fn check(&self, uri: &Uri) -> anyhow::Result<()> {
        let own = place(uri).is_some_and(|(host, port)| (&*host, port) == (&*self.host, self.port));
        ensure!(
            own,
            "the authority sends us to another machine, {uri}: only that of its directory is called"
        );
        Ok(())
    }
}

fn place(uri: &Uri) -> Option<(String, u16)> {
    (uri.scheme_str() == Some("https")).then_some(())?;
    Some((uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(443)))
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (agent, stays) = (self.agent.clone(), self.check(request.uri()));
        Box::pin(async move {
            stays.map_err(|error| Error::Other(error.into()))?;
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            // This thread does nothing else meanwhile.
            let answer =
                agent.run(Request::from_parts(head, body.to_vec())).map_err(|e| Error::Other(e.into()))?;
            let (head, mut body) = answer.into_parts();
            let read = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
            let bytes = read.map_err(|error| Error::Other(error.into()))?;
            Ok(http::Response::from_parts(head, Full::new(Bytes::from(bytes))).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_machine_is_called() {
        let own = tls::self_signed(&tls::Key::new().unwrap(), "a.example", jiff::Timestamp::now()).unwrap();
        let trust = outbound::Trust::from_pem(&tls::to_pem(&own)).unwrap();
        let client = Client::new("https://acme.example/directory", &trust).unwrap();
        for (uri, stays) in [
            ("https://acme.example/new-order", true),
            ("https://ACME.example:443/x", true),
            ("https://acme.example:8443/x", false),
            ("http://acme.example/x", false),
            ("https://acme.example.evil/x", false),
            ("https://evil.example/acme.example", false),
            ("/x", false),
        ] {
            assert_eq!(client.check(&uri.parse().unwrap()).is_ok(), stays, "{uri}");
        }
        assert!(Client::new("http://acme.example/", &trust).is_err());
    }
}
