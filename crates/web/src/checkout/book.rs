//! A member's address book in the checkout: somebody is chosen from it, or kept in it. Guests see nothing of it.

use super::contact::OTHER;
use crate::{
    App,
    account::{self, Member},
    form::Fields,
    view::{Choice, Field, Texts},
    visit::Visit,
};
use domain::person::Contact;
use vault_api::Purpose;

/// Characters of an entry's id.
const ID_CHARS: usize = 36;

/// What a page of the checkout offers of it. Personal: no `Debug`.
pub struct Book {
    /// The entries to choose from; none where there is none yet.
    pub choose: Option<Field>,
    /// Whether the recipient is to be kept.
    pub keep: bool,
}

/// The address book of whoever is signed in. Nobody, or a vault that is away: none, and the checkout goes on.
pub async fn offer(app: &App, visit: &Visit, typed: &Fields) -> Option<Book> {
    let member = account::member(app, visit).await?;
    let entries = account::book(app, &member, Purpose::Checkout).await.ok()?;
    let t = Texts::of(visit.locale());
    let mut choices = vec![Choice::new("", t.s("book-nobody"), "")];
    choices.extend(entries.iter().map(|(id, who)| {
        let place = format!("{}{}", who.prefecture.reveal(), who.city.reveal());
        Choice::new(id.to_string(), t.f2("book-entry", "name", who.name.reveal(), "place", place), "")
    }));
    let field = Field::line("book", t.s("book-choose"), "", ID_CHARS).select(choices).optional().wide("half");
    Some(Book { choose: (!entries.is_empty()).then_some(field), keep: typed.get("keep") == "1" })
}

/// Puts the entry that was chosen into a recipient's fields. The notice for the page: empty where nobody was chosen.
pub async fn take(app: &App, visit: &Visit, chosen: &str, fields: &mut Fields) -> &'static str {
    let found = async {
        let member = account::member(app, visit).await?;
        let entries = account::book(app, &member, Purpose::Checkout).await.ok()?;
        entries.into_iter().find(|(id, _)| id.to_string() == chosen)
    };
    match found.await {
        Some((_, who)) => {
            OTHER.fill(fields, &who);
            "book-taken"
        }
        None => "",
    }
}

/// Keeps the recipient, where that was wished; once, however often the form is sent. The notice for the next page.
/// An order is not held up by it: what cannot be kept is said, and the order goes on.
pub async fn keep(app: &App, visit: &Visit, fields: &Fields, recipient: Option<&Contact>) -> &'static str {
    let (Some(who), "1") = (recipient, fields.get("keep")) else { return "" };
    let Some(member) = account::member(app, visit).await else { return "" };
    kept(app, &member, who).await.unwrap_or("book-not-kept")
}

async fn kept(app: &App, member: &Member, who: &Contact) -> Option<&'static str> {
    let entries = account::book(app, member, Purpose::Checkout).await.ok()?;
    if entries.iter().any(|(_, known)| known == who) {
        return Some("book-kept");
    }
    let kept = account::remember(app, member, who).await.ok()?;
    Some(if kept { "book-kept" } else { "book-full" })
}
