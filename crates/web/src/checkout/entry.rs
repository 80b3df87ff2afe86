//! Card-entry records: which pages with which bytes a visitor was served on the way to the card. Written before the
//! page goes out: no page of this way is served unrecorded.

use super::who;
use crate::{App, error::Fault, view, visit::Visit};
use aws_lc_rs::digest;
use axum::response::Response;
use domain::{CardEntryId, OrderId, card_entry::Step};
use site::PageKind;
use uuid::Uuid;

/// Records that this page is served to this visitor, and serves it.
///
/// # Errors
/// [`Fault::Store`], and then the page must not be served.
pub async fn served(
    app: &App,
    visit: &Visit,
    step: Step,
    kind: PageKind,
    body: String,
) -> Result<Response, Fault> {
    let hash = sha256(&body);
    let (fresh, now, visitor) = (CardEntryId(Uuid::now_v7()), app.now_ms(), visit.hash());
    let person = who::signed_in(app, visit).await;
    app.store()
        .write(move |tx| -> Result<(), store::Error> {
            let entry = store::card_entry::ensure(tx, fresh, &visitor, step, person, now)?;
            store::card_entry::page_served(tx, entry.id, kind.word(), &hash, now)
        })
        .await?;
    Ok(view::page(body))
}

/// The same for a page about an order that is placed already.
///
/// # Errors
/// [`Fault::Store`], and then the page must not be served.
pub async fn served_for_order(
    app: &App,
    order: OrderId,
    kind: PageKind,
    body: String,
) -> Result<Response, Fault> {
    let hash = sha256(&body);
    let now = app.now_ms();
    app.store()
        .write(move |tx| -> Result<(), store::Error> {
            for entry in store::card_entry::of_order(tx, order)? {
                store::card_entry::page_served(tx, entry.id, kind.word(), &hash, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(view::page(body))
}

/// As the gate's journal has it.
fn sha256(page: &str) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest::digest(&digest::SHA256, page.as_bytes()).as_ref());
    sha256
}
