//! What one person is told, found by the number of an order, a mail address or an id. Nothing of him is opened: where his
//! name and the code of the notice go, there are places.

use crate::{
    App,
    backoffice::{Say, StaffSession, Work, orders::search::Wanted},
    error::Fault,
};
use campaign::{CODE, NAME};
use domain::notice::Fate;
use store::{
    BlindIndex, Error,
    campaign::{Campaign, Text},
    notice::{Notice, Source},
};
use uuid::Uuid;
use vault_api::{IndexAsk, IndexField, VaultError};

/// What was looked for, and what came of it.
pub struct Preview {
    /// Why there is nothing; none: there is.
    pub none: Option<String>,
    /// Each notice of the campaign to whom was meant: one but where several persons used one address.
    pub notices: Vec<Shown>,
}

/// A notice as its recipient gets it.
pub struct Shown {
    /// Its subject.
    pub subject: String,
    /// Its text, with places.
    pub body: String,
    /// What is known of it.
    pub facts: Vec<[String; 2]>,
    /// The page of the order at which the address was used.
    pub order: Option<String>,
}

impl Preview {
    /// Looks for somebody.
    ///
    /// # Errors
    /// As the vault, which has the blind index of a mail address, and the database.
    pub async fn look(work: &Work<Uuid>, campaign: &Campaign, typed: &str) -> Result<Preview, Fault> {
        let (app, say) = (&work.app, work.say());
        let nothing = |id: &'static str| Preview { none: Some(say.s(id)), notices: Vec::new() };
        let id = campaign.id;
        let found = match (Wanted::of(typed), typed.trim().parse::<Uuid>()) {
            (_, Ok(person)) => app.store().read(move |tx| of_person(tx, id, person)).await?,
            (Wanted::Number(number), _) => {
                let found = app.store().read(move |tx| match store::order::by_number(tx, &number)? {
                    Some(order) => of_person(tx, id, order.person.0),
                    None => Ok(Vec::new()),
                });
                found.await?
            }
            (Wanted::Email(mail), _) => match indexed(app, &work.session, mail.reveal()).await? {
                Some(index) => app.store().read(move |tx| store::notice::to_mail(tx, id, index)).await?,
                None => Vec::new(),
            },
            (Wanted::BadNumber, _) => return Ok(nothing("bo-find-bad-number")),
            _ => return Ok(nothing("bo-camp-preview-how")),
        };
        if found.is_empty() {
            return Ok(nothing("bo-camp-preview-none"));
        }
        let texts = app.store().read(move |tx| store::campaign::texts(tx, id)).await?;
        let shown = |notice: &Notice| {
            let text = texts.iter().find(|text| text.number == notice.text)?;
            Some(shown(&say, notice, text))
        };
        Ok(Preview { none: None, notices: found.iter().filter_map(shown).collect() })
    }
}

fn of_person(tx: &mut store::Tx<'_>, campaign: Uuid, person: Uuid) -> Result<Vec<Notice>, Error> {
    Ok(store::notice::of_person(tx, campaign, person)?.into_iter().collect())
}

async fn indexed(app: &App, session: &StaffSession, mail: &str) -> Result<Option<[BlindIndex; 2]>, Fault> {
    let (cap, ask) = (session.cap(), IndexAsk::new(IndexField::Email, mail));
    match app.vault().ask(move |vault| vault.index(&cap, vec![ask])).await? {
        Ok(found) => Ok(found.first().map(|both| both.map(|index| BlindIndex::from(index.0)))),
        // No address at all: nobody can have it.
        Err(VaultError::BadRequest(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn shown(say: &Say, notice: &Notice, text: &Text) -> Shown {
    let source = match notice.address {
        Some((Source::Order, _)) => "order",
        Some((Source::Imported, _)) => "imported",
        Some((Source::Customer, _)) => "customer",
        None => "none",
    };
    let fate = Fate::of(notice.state, notice.returned);
    Shown {
        subject: text.subject.clone(),
        body: text
            .body
            .replace(NAME, say.t.s("bo-camp-place-name"))
            .replace(CODE, say.t.s("bo-camp-place-code")),
        facts: vec![
            [say.s("bo-camp-to"), say.w("bo-camp-source", source)],
            [say.s("bo-col-state"), say.w("bo-camp-fate", fate.word())],
            [say.s("bo-camp-person"), notice.person.to_string()],
        ],
        order: match notice.address {
            Some((Source::Order, row)) => Some(format!("/admin/orders/{row}")),
            _ => None,
        },
    }
}
