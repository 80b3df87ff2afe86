//! Packing slips for printing: what goes into which parcel, for whom. They travel with the parcel, so none says
//! anything of prices or payment, and each only of its own recipient.

use super::{
    load,
    parcel::Parcel,
    people::{self, PersonView},
};
use crate::{
    App,
    backoffice::{Desk, Say, StaffSession},
    error::Fault,
    form::PostForm,
    view,
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

#[derive(Template)]
#[template(path = "backoffice/slip.html")]
struct Slips {
    desk: Desk,
    id: String,
    number: String,
    placed: String,
    buyer: Option<PersonView>,
    erased: bool,
    parcels: Vec<Parcel>,
}

/// `POST /admin/orders/{id}/slip`: one parcel's, or all.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let mut loaded = load(&app, &id).await?;
    let one = fields.get("fulfillment");
    // Nobody is opened whose slip is not printed.
    loaded.whole.recipients.retain(|r| one.is_empty() || r.fulfillment.id.to_string() == one);
    if loaded.whole.recipients.is_empty() {
        return Err(Fault::NotFound);
    }
    let opened = people::open(&app, &session, &say, &loaded.whole, "ship").await?;
    let o = &loaded.whole.order;
    let parcels = loaded.whole.recipients.iter().enumerate();
    let parcels: Vec<Parcel> =
        parcels.map(|(at, r)| Parcel::of(&say, o, at + 1, r, Some(&opened), None)).collect();
    view::html(&Slips {
        desk: Desk::of(&app, &visit, &session, "orders", say.t.f1("bo-slip-title", "number", &o.number))
            .at(&format!("/admin/orders/{}", o.id)),
        id: o.id.to_string(),
        number: o.number.clone(),
        placed: say.when(o.placed_at),
        erased: opened.erased,
        buyer: opened.buyer,
        parcels,
    })
}
