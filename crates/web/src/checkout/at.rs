//! What follows a form of the checkout: a page at an address of its own, `/checkout/at/…`, to which the form's answer
//! leads. A page that is itself the answer to a form, and must not be kept by the browser, cannot be shown again: whoever
//! goes back to it from the processor would stand before the browser's own error.

use super::{
    confirm,
    details::{Details, Errors, Wrong},
    form, key, pay,
    recipients::{self, Drafts},
    steps::{Kept, Shown, Step},
};
use crate::{App, error::Fault, form::Fields, view, visit::Visit};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::OrderId;
use uuid::Uuid;

/// What a form says for itself alone, not for what follows it.
const OF_THE_FORM: [&str; 6] = [crate::form::TOKEN_FIELD, "go", "key", "total", "to_edit", "to_remove"];

/// What follows a form.
pub enum Next {
    /// The cart, which is empty or says what is short.
    Cart,
    /// A page of the checkout.
    Page(Step),
}

impl Next {
    fn page(fields: &Fields, page: Shown, notice: &'static str) -> Next {
        Next::Page(Step { fields: fields.without(&OF_THE_FORM), page, notice })
    }

    /// The first page.
    pub fn form(typed: &Fields, errors: Errors, notice: &'static str) -> Next {
        Next::page(typed, Shown::Form(errors), notice)
    }

    /// The list of recipients.
    pub fn recipients(typed: &Fields, notice: &'static str) -> Next {
        Next::page(typed, Shown::Recipients, notice)
    }

    /// One of them.
    pub fn recipient(typed: &Fields, at: usize, errors: Errors, notice: &'static str) -> Next {
        Next::page(typed, Shown::Recipient(at, errors), notice)
    }

    /// The page to confirm.
    pub fn confirm(details: &Details, notice: &'static str) -> Next {
        Next::page(&Fields::of(details.hidden()), Shown::Confirm, notice)
    }
}

/// Leads to what follows a form. Where there is no room to keep it, it is the answer itself.
///
/// # Errors
/// As [`form::read`].
pub async fn go(app: &App, visit: &Visit, next: Next) -> Result<Response, Fault> {
    let Next::Page(step) = next else { return Ok(view::see_other("/cart")) };
    let (now, id) = (app.now_ms(), key::mint(visit.csrf(), app.now_ms())?);
    match app.steps().keep(visit.hash(), id, step, now) {
        Ok(()) => Ok(view::see_other(&format!("/checkout/at/{id}"))),
        Err(step) => draw(app, visit, step, id).await,
    }
}

/// `GET /checkout/at/{id}`. After an order was placed: where that stands.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    if !key::is_ours(id, visit.csrf(), app.now_ms()) {
        return Ok(view::see_other("/cart"));
    }
    match app.steps().get(&visit.hash(), id, app.now_ms()) {
        Some(Kept::Step(step)) => return draw(&app, &visit, *step, id).await,
        Some(Kept::Placed(order)) => return pay::gone_back(&app, order).await,
        None => {}
    }
    // Kept no more: since this process was started anew, or for its age.
    if let Some(order) = app.store().read(move |tx| store::order::get(tx, OrderId(id))).await? {
        return pay::gone_back(&app, order.id).await;
    }
    form::anew(&app, &visit).await
}

/// The page; the id is the one that an order will have which is placed from it.
async fn draw(app: &App, visit: &Visit, mut step: Step, id: Uuid) -> Result<Response, Fault> {
    if let Shown::Confirm = step.page {
        // Checked anew, as everything that comes from a form: a date may have passed since.
        let next = match Details::read(visit.locale(), &step.fields, app.calendar().await?) {
            Ok(details) => match confirm::page(app, visit, &details, step.notice, id).await? {
                Ok(response) => return Ok(response),
                Err(next) => next,
            },
            Err(wrong) => wrong.next(&step.fields),
        };
        match next {
            Next::Page(other) => step = other,
            Next::Cart => return Ok(view::see_other("/cart")),
        }
    }
    let (frame, basket) = form::read(app, visit).await?;
    let notice = step.notice;
    if let Shown::Form(errors) = step.page {
        return form::page(app, visit, (frame, basket), &step.fields, errors, notice).await;
    }
    if basket.is_empty() {
        return Ok(view::see_other("/cart"));
    }
    let drafts = Drafts::of(&step.fields, &basket);
    match step.page {
        Shown::Recipient(at, errors) if at < drafts.len() => {
            recipients::one(app, visit, (frame, basket), &drafts, at, errors, notice).await
        }
        _ => recipients::list(app, visit, (frame, basket), &drafts, notice).await,
    }
}

impl Wrong {
    /// The page that says what is wrong.
    pub fn next(self, typed: &Fields) -> Next {
        match self {
            Wrong::Form(errors) => Next::form(typed, errors, ""),
            Wrong::Recipients => Next::recipients(typed, "recipients-changed"),
        }
    }
}
