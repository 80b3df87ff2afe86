//! From page to page: what each button does to the list of recipients.

use super::{Drafts, FIELDS};
use crate::{
    App,
    checkout::{
        at::Next,
        basket::Basket,
        book,
        contact::OTHER,
        details::{Details, Errors, Wrong},
        form,
        parcel::Reader,
    },
    error::Fault,
    form::Fields,
    view::Texts,
    visit::Visit,
};
use domain::{allotment, cart::RECIPIENTS_MAX, delivery::Calendar};

/// What a recipient's noshi and wrapping are: what can be made the same for all.
const DRESS: [&str; 4] = ["noshi", "noshi_name", "noshi_place", "wrapping"];
/// What the next recipient's form begins with: as the one before had it.
const SAME_AGAIN: [&str; 6] =
    ["noshi", "noshi_name", "noshi_place", "wrapping", "delivery_date", "time_slot"];

/// The next page of an order to several recipients, as the button says that was pressed.
///
/// # Errors
/// As [`form::basket`].
pub async fn turn(app: &App, visit: &Visit, fields: &Fields) -> Result<Next, Fault> {
    let basket = form::basket(app, visit).await?;
    if basket.is_empty() {
        return Ok(Next::Cart);
    }
    let mut drafts = Drafts::of(fields, &basket);
    let there = |name: &str| fields.get(name).parse::<usize>().ok().filter(|at| *at < drafts.each.len());
    if let Some(at) = there("to_edit") {
        return Ok(drafts.one(at, Errors::new(), ""));
    }
    if let Some(at) = there("to_remove") {
        drafts.remove(at);
        return Ok(drafts.list("recipients-removed"));
    }
    match fields.get("go") {
        "save" => match there("at") {
            Some(at) => save(app, visit, drafts, fields, at).await,
            None => Ok(drafts.list("")),
        },
        "add" => Ok(add(&basket, drafts)),
        "recipients" => Ok(drafts.list("")),
        go => Ok(match Details::read(visit.locale(), fields, app.calendar().await?) {
            Err(Wrong::Form(errors)) => Next::form(fields, errors, ""),
            Ok(details) if go == "done" => Next::confirm(&details, ""),
            // The first page: whoever has named nobody yet is asked for the first recipient at once.
            _ if drafts.each.is_empty() => {
                drafts.first(fields, &basket);
                drafts.one(0, Errors::new(), "")
            }
            _ => drafts.list(""),
        }),
    }
}

/// The page of one recipient with the address for the postcode that was typed there.
///
/// # Errors
/// As [`turn`].
pub async fn fill(app: &App, visit: &Visit, fields: &Fields) -> Result<Next, Fault> {
    let basket = form::basket(app, visit).await?;
    let mut drafts = Drafts::of(fields, &basket);
    let at: usize = fields.read("at")?;
    let (Some(draft), false) = (drafts.each.get_mut(at), basket.is_empty()) else {
        return Ok(Next::Cart);
    };
    let mut errors = Errors::new();
    let filled = form::fill_one(Texts::of(visit.locale()), draft, &OTHER, &mut errors);
    drafts.take_pieces(fields, at);
    Ok(drafts.one(at, errors, if filled { "checkout-filled" } else { "" }))
}

/// The page of one recipient with the entry of the address book that was chosen there.
///
/// # Errors
/// As [`turn`].
pub async fn from_book(app: &App, visit: &Visit, fields: &Fields) -> Result<Next, Fault> {
    let basket = form::basket(app, visit).await?;
    let mut drafts = Drafts::of(fields, &basket);
    let at: usize = fields.read("at")?;
    let (Some(draft), false) = (drafts.each.get_mut(at), basket.is_empty()) else {
        return Ok(Next::Cart);
    };
    draft.set("to_whom", "other");
    let notice = book::take(app, visit, fields.get("book"), draft).await;
    drafts.take_pieces(fields, at);
    Ok(drafts.one(at, Errors::new(), notice))
}

async fn save(
    app: &App,
    visit: &Visit,
    mut drafts: Drafts,
    fields: &Fields,
    at: usize,
) -> Result<Next, Fault> {
    drafts.take_pieces(fields, at);
    if fields.get("same_gift") == "1" {
        drafts.dress_all_as(at);
    }
    let errors = drafts.wrong_with(visit, app.calendar().await?, at);
    if !errors.is_empty() {
        return Ok(drafts.one(at, errors, ""));
    }
    let draft = &drafts.each[at];
    let other = draft.get("to_whom") == "other";
    let to = OTHER.read(Texts::of(visit.locale()), draft, &mut Errors::new()).filter(|_| other);
    let notice = book::keep(app, visit, fields, to.as_ref()).await;
    Ok(drafts.list(notice))
}

fn add(basket: &Basket, mut drafts: Drafts) -> Next {
    if drafts.each.len() >= RECIPIENTS_MAX {
        return drafts.list("recipients-full");
    }
    drafts.add(basket);
    drafts.one(drafts.each.len() - 1, Errors::new(), "")
}

impl Drafts {
    /// The list, as they stand.
    fn list(&self, notice: &'static str) -> Next {
        Next::recipients(&self.fields(), notice)
    }

    /// The page of one of them.
    fn one(&self, at: usize, errors: Errors, notice: &'static str) -> Next {
        Next::recipient(&self.fields(), at, errors, notice)
    }

    /// What is wrong with a recipient as he stands.
    pub(super) fn wrong_with(&self, visit: &Visit, calendar: Calendar, at: usize) -> Errors {
        let reader = Reader { t: Texts::of(visit.locale()), locale: visit.locale(), calendar };
        let draft = &self.each[at];
        let pieces = self.lines.iter().copied().zip(self.shares[at].iter().copied());
        let goods = pieces.filter(|(_, n)| *n > 0).collect();
        let orderer = crate::checkout::contact::ORDERER.read(reader.t, &self.once, &mut Errors::new());
        let mut errors = Errors::new();
        let other = draft.get("to_whom") == "other";
        reader.parcel(draft, other, Some(goods), orderer.as_ref(), &mut errors);
        errors
    }

    /// The quantities that were chosen on the page of this recipient, for the variants in its `lines`.
    fn take_pieces(&mut self, fields: &Fields, at: usize) {
        let chosen: Vec<(&str, u32)> = fields
            .get("lines")
            .split('.')
            .zip(fields.all("quantity").map(|q| domain::text::fold_width(q).trim().parse().unwrap_or(0)))
            .collect();
        let of = |line: &uuid::Uuid| {
            let id = line.simple().to_string();
            chosen.iter().find(|(v, _)| *v == id).map_or(0, |(_, n)| *n)
        };
        self.shares[at] = self.lines.iter().map(of).collect();
    }

    fn remove(&mut self, at: usize) {
        self.each.remove(at);
        self.shares.remove(at);
    }

    /// The first recipient: as far as the first page says anything of him.
    fn first(&mut self, fields: &Fields, basket: &Basket) {
        let mut draft = fields.only(&FIELDS);
        draft.set("to_whom", "other");
        self.push(draft, basket);
    }

    /// One more, dressed as the one before.
    fn add(&mut self, basket: &Basket) {
        let mut draft = self.each.last().map(|last| last.only(&SAME_AGAIN)).unwrap_or_default();
        draft.set("to_whom", "other");
        self.push(draft, basket);
    }

    fn push(&mut self, draft: Fields, basket: &Basket) {
        let cart: Vec<u32> = basket.lines.iter().map(|l| l.quantity).collect();
        self.shares.push(allotment::suggest(&cart, &self.shares));
        self.each.push(draft);
    }

    /// Noshi and wrapping of this recipient for all of them.
    fn dress_all_as(&mut self, at: usize) {
        let model = self.each[at].only(&DRESS);
        for draft in &mut self.each {
            for (name, value) in model.pairs() {
                draft.set(name, value);
            }
        }
    }
}
