//! One recipient's goods on the order's page.

use super::people::{GiftView, Opened, PersonView};
use crate::{
    backoffice::{
        Say,
        desk::{Badge, tone},
    },
    checkout::order_parts,
    view::Choice,
};
use domain::{
    FulfillmentId, Yen,
    fulfillment::{Carrier, FulfillmentState},
    noshi::{Noshi, Wrapping},
    order::OrderState,
};
use store::order::{Line, Order, Recipient};

/// A parcel as the page shows it. Personal where it was opened: no `Debug`.
pub struct Parcel {
    /// The shipment's id.
    pub fulfillment: String,
    /// From 1.
    pub number: usize,
    /// Whether it goes to somebody else than the buyer.
    pub gift: bool,
    /// Where it is.
    pub state: Badge,
    /// Zone of the address.
    pub region: String,
    /// Who gets it, where it was opened.
    pub to: Option<PersonView>,
    /// Words on the card and name under the noshi, where they were opened.
    pub words: Option<GiftView>,
    /// Whether there are such words.
    pub has_words: bool,
    /// The noshi, with what is printed on it; none without one.
    pub noshi: Option<String>,
    /// The wrapping.
    pub wrapping: Option<String>,
    /// The day wished for.
    pub date: Option<String>,
    /// The part of the day wished for.
    pub slot: Option<String>,
    /// The goods.
    pub lines: Vec<LineView>,
    /// Pieces in all.
    pub pieces: u32,
    /// Goods, and the fee for this parcel.
    pub goods: String,
    /// The fee, without what is charged for goods that are kept cool.
    pub fee: String,
    /// That charge. Where there is one it must be kept cool on its way: whoever packs reads that first.
    pub cool_fee: Option<String>,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub tracking: Option<String>,
    /// When it left.
    pub shipped_at: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<String>,
    /// Whether it may leave now.
    pub can_ship: bool,
    /// Whether it is on its way.
    pub can_deliver: bool,
    /// The carriers, to choose from.
    pub carriers: Vec<Choice>,
    /// What was typed as the carrier's number, where it was wrong.
    pub typed: Option<String>,
}

/// A line of goods.
pub struct LineView {
    /// The article number.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Price of one.
    pub price: String,
    /// Pieces.
    pub quantity: u32,
    /// Price of all.
    pub total: String,
    /// Its tax rate.
    pub tax: String,
}

impl LineView {
    /// A line in the page's language.
    pub fn of(say: &Say, line: &Line) -> LineView {
        let total = line.unit_price.checked_mul(line.quantity).unwrap_or(Yen::ZERO);
        LineView {
            sku: line.sku.clone(),
            name: say.name(&line.name_ja, &line.name_en).to_owned(),
            price: say.yen(line.unit_price),
            quantity: line.quantity,
            total: say.yen(total),
            tax: format!("{}%", line.tax_class.percent()),
        }
    }
}

/// What is printed on it, and where it lies.
fn noshi(say: &Say, r: &Recipient) -> String {
    let place = order_parts::noshi_place(say.t, r.noshi_place, r.wrapping);
    format!("{}　{place}", say.w("noshi", r.noshi.word()))
}

impl Parcel {
    /// A parcel of an order; `wrong` is the shipment whose form was wrong, with what was typed.
    pub fn of(
        say: &Say,
        order: &Order,
        number: usize,
        r: &Recipient,
        opened: Option<&Opened>,
        wrong: Option<&(FulfillmentId, String)>,
    ) -> Parcel {
        let f = &r.fulfillment;
        let open = f.state == FulfillmentState::Unfulfilled;
        let carrier = f.carrier.unwrap_or(Carrier::Yamato);
        let carriers = Carrier::ALL
            .iter()
            .map(|c| Choice::new(c.word(), say.w("carrier", c.word()), carrier.word()))
            .collect();
        Parcel {
            fulfillment: f.id.to_string(),
            number,
            gift: !r.is_orderer,
            state: say.badge("bo-parcel-state", f.state.word(), tone::parcel(f.state)),
            region: say.w("region", r.region.word()),
            to: opened.and_then(|o| o.recipients.get(&r.id.0).cloned()),
            words: opened.and_then(|o| o.gifts.get(&r.id.0).cloned()),
            has_words: r.message.is_some(),
            noshi: (r.noshi != Noshi::None).then(|| noshi(say, r)),
            wrapping: (r.wrapping != Wrapping::None).then(|| say.w("wrapping", r.wrapping.word())),
            date: r.delivery_date.map(|d| say.day(d)),
            slot: (r.time_slot != domain::delivery::TimeSlot::Any)
                .then(|| say.w("time-slot", r.time_slot.word())),
            lines: r.lines.iter().map(|l| LineView::of(say, l)).collect(),
            pieces: r.lines.iter().map(|l| l.quantity).sum(),
            goods: say.yen(r.goods_total),
            fee: say.yen(r.postage()),
            cool_fee: (r.cool_fee > Yen::ZERO).then(|| say.yen(r.cool_fee)),
            carrier: f.carrier.map(|c| say.w("carrier", c.word())),
            tracking: f.tracking_number.clone(),
            shipped_at: f.shipped_at.map(|at| say.when(at)),
            delivered_at: f.delivered_at.map(|at| say.when(at)),
            can_ship: open
                && order.state == OrderState::Confirmed
                && order.hold_reason.is_none()
                && !order.waits_for_vault(),
            can_deliver: f.state == FulfillmentState::Shipped,
            carriers,
            typed: wrong.filter(|(id, _)| *id == f.id).map(|(_, typed)| typed.clone()),
        }
    }
}
