//! A notice, written out for one person.

use crate::{Address, Author, Returns, mime, smtp::Envelope};
use ::campaign::{CODE, NAME, places};
use dkim::Signer;
use domain::person::{Contact, Personal};
use store::{
    campaign::Text,
    notice::{Source, due::Due},
};
use vault_api::{NotOpened, NoticeAsk, NoticeCode, OpenedNotice, Place, Plain, Sealed, UnsealItem};

/// What is asked of the vault.
pub fn ask(due: &Due) -> NoticeAsk {
    let places = places(due.source, due.row, due.person, due.name.is_some());
    let sealed = [Some(&due.mail), due.name.as_ref()].into_iter().flatten();
    let item = |(place, sealed): (Place, &store::Sealed)| UnsealItem {
        place,
        sealed: Sealed::from_bytes(sealed.0.clone()),
    };
    NoticeAsk { grant: due.grant.clone(), items: places.into_iter().zip(sealed).map(item).collect() }
}

/// Who gets a notice. Personal: no `Debug`.
pub(crate) struct Recipient {
    pub(crate) to: Address,
    name: Option<Personal>,
    code: NoticeCode,
}

/// Reads what the vault opened.
///
/// # Errors
/// Why nobody can be written to, without personal data.
pub(crate) fn recipient(due: &Due, opened: OpenedNotice) -> Result<Recipient, &'static str> {
    let mut fields = opened.opened.into_iter();
    let mail = match fields.next() {
        Some(Ok(mail)) => mail,
        Some(Err(NotOpened::NoKey)) => return Err("erased: nothing of the person opens any more"),
        Some(Err(NotOpened::Mismatch)) | None => return Err("the address does not open"),
    };
    let to = mail.reveal_text().and_then(|text| Address::parse(text).ok());
    let to = to.ok_or("not a mail address that SMTP can carry")?;
    let name = fields.next().and_then(Result::ok).and_then(|plain| name(due.source, &plain));
    Ok(Recipient { to, name, code: opened.code })
}

fn name(source: Source, plain: &Plain) -> Option<Personal> {
    let name = match source {
        Source::Imported => Personal::new(plain.reveal_text()?),
        Source::Order | Source::Customer => Contact::from_bytes(plain.reveal()).ok()?.name,
    };
    (!name.reveal().trim().is_empty()).then_some(name)
}

/// What every notice of a campaign has in common.
pub(crate) struct Writer<'a> {
    pub(crate) from: &'a Address,
    pub(crate) author: [&'a str; 2],
    /// Where answers go; may be empty.
    pub(crate) email: &'a str,
    pub(crate) returns: Option<&'a Returns>,
    pub(crate) signer: Option<&'a Signer>,
}

impl Writer<'_> {
    /// The mail and its envelope.
    ///
    /// # Errors
    /// What about the shop's own settings is wrong: it concerns every notice.
    pub(crate) fn write(
        &self,
        due: &Due,
        text: &Text,
        recipient: &Recipient,
        now_ms: i64,
    ) -> Result<(Envelope, Vec<u8>), String> {
        let [ja, en] = self.author;
        let (name, without) = match text.locale {
            domain::Locale::Ja => (ja, "お客"),
            domain::Locale::En => (en, "Customer"),
        };
        let body = text.body.replace(CODE, &recipient.code.to_text()).replacen(
            NAME,
            recipient.name.as_ref().and_then(Personal::to_address).unwrap_or(without),
            1,
        );
        let author = Author::of(name, self.from, self.email);
        let subject = text.subject.clone();
        let mail =
            mime::pack_text((subject, body), &author, &recipient.to, due.id, now_ms, text.locale.word())
                .map_err(|e| e.to_string())?;
        let mail = match self.signer {
            Some(signer) => {
                let header = signer.sign(&mail, now_ms / 1_000).map_err(|e| e.to_string())?;
                [header.as_bytes(), &mail].concat()
            }
            None => mail,
        };
        let from = match self.returns {
            Some(returns) => returns.address(due.id).map_err(|e| e.to_string())?,
            None => self.from.clone(),
        };
        Ok((Envelope { from, to: recipient.to.clone() }, mail))
    }
}
