//! One order at the authority, from the account to the certificate (RFC 8555 §7.4), proved at the plain port (§8.3).

use crate::{
    Config,
    client::Client,
    due::Window,
    files::{Facts, Files},
};
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, RetryPolicy,
};
use jiff::Timestamp;
use std::time::{Duration, Instant};
use tls::ServerKey;

/// How long the authority may take for each step.
const STEP_TIME: Duration = Duration::from_secs(60);
/// How often it is asked whether it has looked.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Obtains a certificate and keeps it; `before` is the one in whose place it comes.
///
/// # Errors
/// What is in the way, in words of ours or of the authority's.
pub(crate) async fn obtain(config: &Config, files: &Files, before: Option<&Facts>) -> Result<()> {
    let account = account(config, files).await?;
    let mut order = ordered(&account, config, before).await.context("the authority takes no order")?;
    let steps = RetryPolicy::new().timeout(STEP_TIME);
    let mut answers = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.context("the authority does not say what it asks for")?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            other => bail!("the authority does not let us prove the name: {other:?}"),
        }
        let mut challenge = authorization
            .challenge(ChallengeType::Http01)
            .context("the authority takes no proof at port 80 (http-01), and we know no other")?;
        let proof = challenge.key_authorization();
        answers.push(files.answer(&challenge.token, proof.as_str())?);
        challenge.set_ready().await.context("the authority does not begin to look")?;
    }
    looked(&mut order).await?;
    let ready = order.poll_ready(&steps).await.context("the authority does not come to an end")?;
    ensure!(ready == OrderStatus::Ready, "the authority gave the order up");
    drop(answers);
    let key = ServerKey::new()?;
    order.finalize_csr(&key.request(&config.names)?).await.context("the authority takes no request")?;
    let chain = order.poll_certificate(&steps).await.context("the authority sends no certificate")?;
    files.keep(&chain, &key, Timestamp::now())
}

/// What the authority advises about when to renew a certificate, and when it wants to be asked again (RFC 9773 §4).
///
/// # Errors
/// Where it has no advice, or does not answer.
pub(crate) async fn advice(config: &Config, files: &Files, facts: &Facts) -> Result<(Window, Duration)> {
    let known_as = facts.known_as().context("the certificate does not say whose it is")?;
    let account = account(config, files).await?;
    let (info, again) = account.renewal_info(&known_as).await.context("the authority has no advice")?;
    let at = |at: i64| Timestamp::from_second(at).context("a time that is none");
    let window = info.suggested_window;
    let (start, end) = (at(window.start.unix_timestamp())?, at(window.end.unix_timestamp())?);
    Ok((Window { start, end }, again))
}

/// An order, which says what it replaces where the authority knows such a word (RFC 9773 §5). Some do not say it back, and
/// some take none for a certificate that was replaced before: then it is ordered like a first one.
async fn ordered(
    account: &Account,
    config: &Config,
    before: Option<&Facts>,
) -> Result<Order, instant_acme::Error> {
    let names: Vec<Identifier> = config.names.iter().cloned().map(Identifier::Dns).collect();
    if let Some(known_as) = before.and_then(Facts::known_as)
        && let Ok(order) = account.new_order(&NewOrder::new(&names).replaces(known_as)).await
    {
        return Ok(order);
    }
    account.new_order(&NewOrder::new(&names)).await
}

impl Facts {
    fn known_as(&self) -> Option<CertificateIdentifier<'static>> {
        let (issuer_key, serial) = self.known_as.as_ref()?;
        let letters = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes).into();
        Some(CertificateIdentifier { authority_key_identifier: letters(issuer_key), serial: letters(serial) })
    }
}

/// The account of before, or a new one.
async fn account(config: &Config, files: &Files) -> Result<Account> {
    let builder = Account::builder_with_http(Box::new(Client::new(&config.directory, &config.trust)?));
    if let Some(credentials) = files.account()? {
        return builder
            .from_credentials(credentials)
            .await
            .context("the authority's directory cannot be read");
    }
    let contact: Vec<String> = config.contact.iter().map(|mail| format!("mailto:{mail}")).collect();
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let made = builder.create(&new, config.directory.clone(), None).await;
    let (account, credentials) = made.context("the authority makes no account")?;
    files.keep_account(&credentials)?;
    Ok(account)
}

/// Waits until the authority has looked at every proof: some leave an order as it is when it was not content.
async fn looked(order: &mut Order) -> Result<()> {
    let began = Instant::now();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        while authorization.status == AuthorizationStatus::Pending {
            ensure!(began.elapsed() < STEP_TIME, "the authority does not come to look at http://{name}/");
            tokio::time::sleep(ASK_EVERY).await;
            authorization.refresh().await.context("the authority does not say whether it is content")?;
        }
        if authorization.status != AuthorizationStatus::Valid {
            let errors = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
            let why: Vec<String> = errors.map(ToString::to_string).collect();
            let why = if why.is_empty() { "it does not say why".into() } else { why.join("; ") };
            bail!("the authority did not see the proof at http://{name}/ (port 80): {why}");
        }
    }
    Ok(())
}
