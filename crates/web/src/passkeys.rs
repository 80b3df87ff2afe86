//! Passkeys between browser and vault: what the script asks for as JSON, and what it sends back in forms. Shoppers and
//! staff have the same. Nothing here is judged: bytes go to the vault as they came.

use crate::{
    error::Fault,
    form::Fields,
    view::{self, Texts},
};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use serde_json::json;
use uuid::Uuid;
use vault_api::{
    Passkey, PasskeyAsk, PasskeyAssertion, PasskeyAttestation, PasskeyEnrolment, PasskeyFlaw, Reason,
    VaultError,
};

/// How long the browser waits for the person, in milliseconds: as long as the vault keeps the challenge.
const WAIT_MS: u32 = 300_000;
/// COSE numbers of the signatures that the vault checks, the best first: ES256, EdDSA, RS256.
const ALGORITHMS: [i32; 3] = [-7, -8, -257];

/// A button that asks for a passkey, for `_passkey.html`.
pub struct Button {
    /// Where the answer is sent.
    pub action: &'static str,
    /// Where the script gets what to ask.
    pub ask: &'static str,
    /// What stands on it.
    pub label: &'static str,
    /// Where to go then; empty: nowhere else.
    pub next: String,
}

/// A passkey on its owner's page. Personal: no `Debug`.
pub struct Row {
    /// For the form that takes it away.
    pub id: Uuid,
    /// What he called it, or that he called it nothing.
    pub name: String,
    /// Since when, and when it was last used.
    pub when: String,
    /// Whether it is kept elsewhere, too.
    pub synced: bool,
    /// Whether a copy of it may exist.
    pub copied: bool,
}

impl Row {
    /// As it is shown.
    pub fn of(t: &Texts, locale: domain::Locale, passkey: &Passkey) -> Row {
        let day = |ms| view::date(&locale, &view::in_japan(ms).date());
        let made = t.f1("passkey-made", "day", day(passkey.made_at_ms));
        let used = match passkey.used_at_ms {
            Some(ms) => t.f1("passkey-used", "at", view::date_time(&locale, &ms)),
            None => t.s("passkey-unused").to_owned(),
        };
        let name = match passkey.name.reveal() {
            "" => t.s("passkey-nameless").to_owned(),
            name => name.to_owned(),
        };
        let when = t.f2("passkey-when", "made", made, "used", used);
        Row { id: passkey.id, name, when, synced: passkey.synced, copied: passkey.copied }
    }
}

/// What the script hands to `navigator.credentials.get` (WebAuthn §5.5), bytes as base64url.
pub fn to_use(ask: &PasskeyAsk) -> Response {
    data(&json!({
        "challenge": ask.challenge.to_text(),
        "rpId": ask.party,
        "allowCredentials": listed(&ask.credentials),
        "userVerification": "required",
        "timeout": WAIT_MS,
    }))
}

/// What the script hands to `navigator.credentials.create` (WebAuthn §5.4), bytes as base64url. Personal: it holds the
/// name under which the device shows the passkey.
pub fn to_make(enrolment: &PasskeyEnrolment, shop: &str) -> Response {
    let PasskeyEnrolment { ask, handle, name } = enrolment;
    let name = if name.reveal().is_empty() { shop } else { name.reveal() };
    let algorithms = ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
    data(&json!({
        "challenge": ask.challenge.to_text(),
        "rp": { "id": ask.party, "name": shop },
        "user": { "id": URL_SAFE_NO_PAD.encode(handle), "name": name, "displayName": name },
        "pubKeyCredParams": algorithms,
        "excludeCredentials": listed(&ask.credentials),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": WAIT_MS,
    }))
}

fn listed(credentials: &[Vec<u8>]) -> Vec<String> {
    credentials.iter().map(|id| URL_SAFE_NO_PAD.encode(id)).collect()
}

fn data(value: &serde_json::Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, value.to_string()).into_response()
}

/// What was sent of a passkey that was used.
///
/// # Errors
/// [`Fault::BadForm`] where it is no base64url.
pub fn used(fields: &Fields) -> Result<PasskeyAssertion, Fault> {
    Ok(PasskeyAssertion {
        credential: bytes(fields, "credential")?,
        client_data: bytes(fields, "client_data")?,
        authenticator_data: bytes(fields, "authenticator_data")?,
        signature: bytes(fields, "signature")?,
        handle: bytes(fields, "handle")?,
    })
}

/// What was sent of a passkey that was made.
///
/// # Errors
/// As [`used`].
pub fn made(fields: &Fields) -> Result<PasskeyAttestation, Fault> {
    Ok(PasskeyAttestation {
        client_data: bytes(fields, "client_data")?,
        object: bytes(fields, "attestation")?,
    })
}

fn bytes(fields: &Fields, name: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD
        .decode(fields.get(name))
        .map_err(|_| Fault::BadForm("a passkey's answer is not base64url"))
}

/// What to say where a passkey was refused; `None` where it was something else.
pub fn refused(t: &Texts, error: &VaultError) -> Option<String> {
    let says = match error {
        VaultError::Denied(Reason::Passkey(flaw)) => match flaw {
            PasskeyFlaw::Counter => t.s("passkey-copied-refused"),
            PasskeyFlaw::Unknown => t.s("passkey-unknown"),
            PasskeyFlaw::Challenge => t.s("passkey-late"),
            PasskeyFlaw::Known => t.s("passkey-known"),
            PasskeyFlaw::TooMany => t.s("passkey-too-many"),
            PasskeyFlaw::Verification | PasskeyFlaw::Presence => t.s("passkey-unverified"),
            PasskeyFlaw::Malformed
            | PasskeyFlaw::Ceremony
            | PasskeyFlaw::Origin
            | PasskeyFlaw::Party
            | PasskeyFlaw::Backup
            | PasskeyFlaw::Key
            | PasskeyFlaw::Attestation
            | PasskeyFlaw::Signature => t.s("passkey-refused"),
        },
        VaultError::Denied(Reason::Unproved) => t.s("passkey-unproved"),
        _ => return None,
    };
    Some(says.to_owned())
}

/// With what kind of browser somebody is here: brands in a few words, for his own list of sign-ins. Empty where it is
/// none of the common ones.
pub fn device(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = |words: &[(&str, &'static str)]| {
        words.iter().find(|(part, _)| agent.contains(part)).map_or("", |(_, name)| *name)
    };
    // In this order: each says the names of those behind it, too.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    [system, browser].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn devices_in_a_few_words() {
        let device = |agent: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
            super::device(&headers)
        };
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
            Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(safari), "iPhone · Safari");
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
            Safari/537.36 Edg/140.0.0.0";
        assert_eq!(device(edge), "Windows · Edge");
        assert_eq!(
            device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Linux · Firefox"
        );
        assert_eq!(device("curl/8"), "");
        assert_eq!(super::device(&HeaderMap::new()), "");
    }

    #[test]
    fn what_is_sent_is_read_or_refused() {
        let fields = Fields::of([("client_data", "eyJ9"), ("attestation", "_-8")]);
        let made = super::made(&fields).unwrap_or_else(|_| panic!("read"));
        assert_eq!((made.client_data, made.object), (b"{\"}".to_vec(), vec![0xff, 0xef]));
        for wrong in ["_-8=", "a", "+/", "あ"] {
            assert!(super::made(&Fields::of([("client_data", wrong)])).is_err(), "{wrong}");
        }
    }
}
