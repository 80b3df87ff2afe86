//! What the buyer typed, checked. Every fault is said at its field and in the summary above the form.

use super::{
    contact::ORDERER,
    parcel::{Parcel, Reader},
    recipients,
};
use crate::{form::Fields, view::Texts};
use domain::{
    Locale,
    delivery::Calendar,
    payment::PaymentMethod,
    person::{self, Contact, Invalid, Personal},
};
use uuid::Uuid;

/// Fields and what is wrong with them, in the order of the form.
pub type Errors = Vec<(&'static str, String)>;

/// Where the goods go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShipTo {
    /// To the orderer.
    Orderer,
    /// To somebody else.
    Other,
    /// To several recipients, of whom the orderer may be one.
    Several,
}

impl ShipTo {
    /// As chosen in the form.
    pub fn of(fields: &Fields) -> ShipTo {
        match fields.get("ship_to") {
            "other" => ShipTo::Other,
            "several" => ShipTo::Several,
            _ => ShipTo::Orderer,
        }
    }

    /// Its word in the form.
    pub const fn word(self) -> &'static str {
        match self {
            ShipTo::Orderer => "self",
            ShipTo::Other => "other",
            ShipTo::Several => "several",
        }
    }
}

/// An order's particulars. Personal: no `Debug`.
#[derive(Clone)]
pub struct Details {
    /// Who orders.
    pub orderer: Contact,
    /// Where mails go.
    pub email: Personal,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// Where the goods go.
    pub ship_to: ShipTo,
    /// Who gets what: one parcel, or one for each of several recipients.
    pub parcels: Vec<Parcel>,
}

/// Why an order cannot be made of what was typed.
pub enum Wrong {
    /// Something on the first page.
    Form(Errors),
    /// There is no recipient yet, or something is wrong with one of them.
    Recipients,
}

impl Details {
    /// Reads the form; `calendar` has the dates that can be promised.
    ///
    /// # Errors
    /// Every fault there is on the first page, in its order; else that the recipients are not complete.
    pub fn read(locale: Locale, fields: &Fields, calendar: Calendar) -> Result<Details, Wrong> {
        let reader = Reader { t: Texts::of(locale), locale, calendar };
        let ship_to = ShipTo::of(fields);
        let mut errors = Errors::new();
        let orderer = ORDERER.read(reader.t, fields, &mut errors);
        let email = email(reader.t, fields, &mut errors);
        let parcels: Option<Vec<Parcel>> = match ship_to {
            ShipTo::Several => recipients::read(&reader, fields, orderer.as_ref()),
            one => {
                let parcel = reader.parcel(fields, one == ShipTo::Other, None, orderer.as_ref(), &mut errors);
                parcel.map(|p| vec![p])
            }
        };
        let payment = payment(reader.t, fields, ship_to, &mut errors);
        if fields.get("agree") != "1" {
            errors.push(("agree", reader.t.s("invalid-agree").to_owned()));
        }
        match (orderer, email, parcels) {
            (Some(orderer), Some(email), Some(parcels)) if errors.is_empty() => {
                Ok(Details { orderer, email, payment, ship_to, parcels })
            }
            _ if errors.is_empty() => Err(Wrong::Recipients),
            _ => Err(Wrong::Form(errors)),
        }
    }

    /// The fields that carry all this on to the next page, tidied.
    pub fn hidden(&self) -> Vec<(&'static str, String)> {
        let own = |(name, value): (&'static str, &str)| (name, value.to_owned());
        let mut hidden: Vec<_> = ORDERER.of(&self.orderer).map(own).into();
        hidden.push(("email", self.email.reveal().to_owned()));
        hidden.push(("ship_to", self.ship_to.word().to_owned()));
        let lines = self.lines();
        for parcel in &self.parcels {
            parcel.hidden(&lines, &mut hidden);
        }
        if self.ship_to == ShipTo::Several {
            hidden.push(("lines", recipients::ids(&lines)));
        }
        hidden.push(("payment", self.payment.word().to_owned()));
        hidden.push(("agree", "1".to_owned()));
        hidden
    }

    /// The variants that are shared among several recipients, each once.
    fn lines(&self) -> Vec<Uuid> {
        let mut lines = Vec::new();
        for (variant, _) in self.parcels.iter().filter_map(|p| p.goods.as_ref()).flatten() {
            if !lines.contains(variant) {
                lines.push(*variant);
            }
        }
        lines
    }
}

fn email(t: &Texts, fields: &Fields, errors: &mut Errors) -> Option<Personal> {
    let label = t.s("field-email");
    match person::email(fields.get("email")) {
        Ok(email) => Some(email),
        Err(why) => {
            let text = if why == Invalid::Form {
                t.f1("invalid-email", "label", label)
            } else {
                t.invalid(label, why)
            };
            // Stands behind name and reading on the form.
            let at = errors.iter().position(|(n, _)| !matches!(*n, "name" | "kana")).unwrap_or(errors.len());
            errors.insert(at, ("email", text));
            None
        }
    }
}

/// Cash is asked of whoever opens the door: of the orderer, never of somebody who is given something.
fn payment(t: &Texts, fields: &Fields, ship_to: ShipTo, errors: &mut Errors) -> PaymentMethod {
    if fields.get("payment") != "cash_on_delivery" {
        return PaymentMethod::Card;
    }
    if ship_to != ShipTo::Orderer {
        errors.push(("payment", t.s("invalid-cash-others").to_owned()));
    }
    PaymentMethod::CashOnDelivery
}

#[cfg(test)]
#[path = "details_tests.rs"]
mod tests;
