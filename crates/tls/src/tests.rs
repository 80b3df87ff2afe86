//! Both ends on loopback: who is believed, who is not, and what another implementation says of our certificates.

use super::*;
use jiff::{SignedDuration, Timestamp};
use std::{
    net::{TcpListener, TcpStream},
    process::Command,
    thread::JoinHandle,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn now() -> Timestamp {
    Timestamp::now()
}

/// Answers one caller with what he said; gives whom he was believed to be.
fn server(
    config: Arc<ServerConfig>,
) -> (std::net::SocketAddr, JoinHandle<io::Result<Option<CertificateDer<'static>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let mut stream = accept(&config, listener.accept()?.0)?;
        let mut said = [0; 5];
        stream.read_exact(&mut said)?;
        stream.write_all(&said)?;
        Ok(stream.conn.peer_certificates().map(|all| all[0].clone().into_owned()))
    });
    (at, thread)
}

/// Whether both believed each other, and who the caller was to the server.
fn talk(
    client: &Arc<ClientConfig>,
    name: &str,
    server_config: Arc<ServerConfig>,
) -> Result<Option<CertificateDer<'static>>, String> {
    let (at, thread) = server(server_config);
    let asked = || -> io::Result<()> {
        let mut stream = connect(client, name, TcpStream::connect(at)?)?;
        stream.write_all(b"hello")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        assert_eq!(&answer, b"hello");
        Ok(())
    };
    let asked = asked().map_err(|e| e.to_string());
    let seen = thread.join().unwrap().map_err(|e| e.to_string());
    asked.and(seen)
}

fn of(authority: &Authority, host: &str, purpose: Use, now: Timestamp) -> Identity {
    let key = Key::new().unwrap();
    key.identity(authority.issue(&key.public(), host, purpose, now, DAY).unwrap())
}

#[test]
fn a_server_is_believed_by_name_date_and_authority() {
    let (ours, other) = (Authority::new("Test", now()).unwrap(), Authority::new("Test", now()).unwrap());
    let trust = Trust::authority(ours.certificate()).unwrap().client().unwrap();
    let good = of(&ours, "shop.example", Use::Server, now());
    assert!(talk(&trust, "shop.example", good.server(&[]).unwrap()).unwrap().is_none());
    for (identity, name, word) in [
        (&good, "other.example", "NotValidForName"),
        (&of(&other, "shop.example", Use::Server, now()), "shop.example", "UnknownIssuer"),
        (&of(&ours, "shop.example", Use::Client, now()), "shop.example", "InvalidPurpose"),
        (&of(&ours, "shop.example", Use::Server, now() - DAY * 3), "shop.example", "Expired"),
        (&of(&ours, "shop.example", Use::Server, now() + DAY), "shop.example", "NotValidYet"),
    ] {
        let told = talk(&trust, name, identity.server(&[]).unwrap()).unwrap_err();
        assert!(told.contains(word) || told.contains(&spaced(word)), "{told} for {word}");
    }
}

/// rustls says some of its reasons in words.
fn spaced(word: &str) -> String {
    match word {
        "NotValidForName" => "not valid for name".into(),
        "Expired" => "expired".into(),
        "NotValidYet" => "not valid yet".into(),
        "InvalidPurpose" => "extended key usage".into(),
        other => other.into(),
    }
}

#[test]
fn a_pinned_certificate_is_believed_as_it_is_and_no_other() {
    let (key, thief) = (Key::new().unwrap(), Key::new().unwrap());
    let own = self_signed(&key, "watch.internal", now()).unwrap();
    let trust = Trust::from_pem(&to_pem(&own)).unwrap().client().unwrap();
    talk(&trust, "192.0.2.1", key.identity(own.clone()).server(&[]).unwrap()).unwrap();
    // The same words by another key; the same certificate without its key.
    let forged = self_signed(&thief, "watch.internal", now()).unwrap();
    assert!(talk(&trust, "watch.internal", thief.identity(forged).server(&[]).unwrap()).is_err());
    assert!(thief.identity(own).certified().is_err_and(|e| !e.to_string().is_empty()));
}

#[test]
fn a_caller_is_believed_by_authority_and_known_by_name() {
    let (ours, other) = (Authority::new("Test", now()).unwrap(), Authority::new("Test", now()).unwrap());
    let server = of(&ours, "vault.internal", Use::Server, now());
    let server = server.server_of_known(ours.certificate(), &[b"one"]).unwrap();
    let trust = Trust::authority(ours.certificate()).unwrap();
    let web = of(&ours, "web.internal", Use::Client, now());
    let asked = |who: &Identity, protocol: &[u8]| {
        talk(&who.client(&trust, protocol).unwrap(), "vault.internal", Arc::clone(&server))
    };
    let seen = asked(&web, b"one").unwrap().unwrap();
    assert!(is_for(&seen, "web.internal") && !is_for(&seen, "post.internal") && !is_for(&seen, ""));
    assert!(asked(&web, b"two").is_err(), "another protocol");
    for who in [
        of(&other, "web.internal", Use::Client, now()),
        of(&ours, "web.internal", Use::Server, now()),
        of(&ours, "web.internal", Use::Client, now() - DAY * 3),
    ] {
        assert!(asked(&who, b"one").is_err());
    }
    assert!(talk(&trust.client().unwrap(), "vault.internal", server).is_err(), "without a certificate");
}

#[test]
fn what_is_written_is_read_again() {
    let ours = Authority::new("Test", now()).unwrap();
    let again = Authority::from_pem(&ours.to_pem()).unwrap();
    let trust = Trust::authority(ours.certificate()).unwrap().client().unwrap();
    talk(&trust, "a.example", of(&again, "a.example", Use::Server, now()).server(&[]).unwrap()).unwrap();
    let key = Key::new().unwrap();
    assert_eq!(Key::from_pem(&key.to_pem()).unwrap().public(), key.public());
    let certificate = ours.issue(&key.public(), "a.example", Use::Server, now(), DAY).unwrap();
    let both = format!("{}{}", *key.to_pem(), to_pem(&certificate));
    Identity::from_pem(&both).unwrap().certified().unwrap();
    for broken in ["", "x", &to_pem(&certificate), &key.to_pem(), "-----BEGIN CERTIFICATE-----\nAA"] {
        assert!(Identity::from_pem(broken).is_err() && Authority::from_pem(broken).is_err());
    }
}

#[test]
fn another_implementation_takes_our_certificates() {
    let ours = Authority::new("Test", now()).unwrap();
    let key = Key::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, certificate: &CertificateDer<'_>| {
        std::fs::write(dir.path().join(name), to_pem(certificate)).unwrap();
    };
    write("ca.pem", ours.certificate());
    write("server.pem", &ours.issue(&key.public(), "a.example", Use::Server, now(), DAY).unwrap());
    let openssl = |args: &[&str]| Command::new("openssl").args(args).current_dir(dir.path()).output();
    let verify = ["verify", "-x509_strict", "-CAfile", "ca.pem", "-verify_hostname"];
    let Ok(seen) = openssl(&[&verify[..], &["a.example", "-purpose", "sslserver", "server.pem"]].concat())
    else {
        return testkit::skip(&testkit::test_name(), "openssl is not installed");
    };
    let said =
        |out: std::process::Output| String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    let told = said(seen);
    assert!(told.contains("server.pem: OK"), "{told}");
    let other = said(openssl(&[&verify[..], &["b.example", "server.pem"]].concat()).unwrap());
    assert!(!other.contains("server.pem: OK"), "{other}");
    let client = said(
        openssl(&[&verify[..], &["a.example", "-purpose", "sslclient", "server.pem"]].concat()).unwrap(),
    );
    assert!(!client.contains("server.pem: OK"), "{client}");
}
