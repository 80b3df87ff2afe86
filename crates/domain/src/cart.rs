//! From a cart to what an order costs.

use crate::{
    VariantId, Yen,
    payment::{CARD_YEN_MAX, CARD_YEN_MIN, PaymentMethod},
    shipping::{Region, Tariff},
    tax::{TaxClass, TaxLine, tax_lines},
};

/// The most different variants in a cart.
pub const LINES_MAX: usize = 50;
/// The most pieces of one variant in a cart.
pub const QUANTITY_MAX: u32 = 99;
/// The most recipients of one order.
pub const RECIPIENTS_MAX: usize = 20;

/// One variant in a cart, with what the catalogue says of it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub variant: VariantId,
    /// Price of a piece, tax included.
    pub unit_price: Yen,
    /// Pieces, 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// Rate at which it is taxed.
    pub tax: TaxClass,
    /// Whether it must be kept cool.
    pub cool: bool,
}

/// One recipient's part of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// What is sent there.
    pub lines: Vec<Line>,
    /// Where to; decides the fee.
    pub region: Region,
}

/// What an order costs. `total` is the sum of the other three, and of the gross amounts in `tax`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// All goods.
    pub goods: Yen,
    /// Shipping fee for each parcel, in the order given.
    pub shipping: Vec<Yen>,
    /// How much of it is for goods that are kept cool.
    pub cool: Vec<Yen>,
    /// Fee for cash on delivery; nothing for a card.
    pub cod_fee: Yen,
    /// What the buyer pays.
    pub total: Yen,
    /// Tax contained in `total`, once per rate.
    pub tax: Vec<TaxLine>,
}

impl Quote {
    /// The shipping fee for each parcel without what is charged for goods that are kept cool.
    pub fn postage(&self) -> Vec<Yen> {
        let without = |(all, cool): (&Yen, &Yen)| all.checked_sub(*cool).unwrap_or(Yen::ZERO);
        self.shipping.iter().zip(&self.cool).map(without).collect()
    }
}

/// Why no price can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoQuote {
    /// There is nothing in the cart, or a parcel with nothing in it.
    #[error("the cart is empty")]
    Empty,
    /// More lines, pieces or recipients than the shop takes.
    #[error("more lines, pieces or recipients than one order may have")]
    TooMany,
    /// The shop takes no cash.
    #[error("no cash on delivery")]
    NoCash,
    /// The carrier does not collect that much in cash.
    #[error("too much for cash on delivery")]
    TooMuchForCash,
    /// Several recipients cannot each be asked for the cash.
    #[error("cash on delivery needs exactly one recipient")]
    CashNeedsOneRecipient,
    /// The processor takes no card for that little.
    #[error("too little for a card")]
    TooLittleForCard,
    /// The processor takes no card for that much.
    #[error("too much for a card")]
    TooMuchForCard,
}

/// The price of an order.
///
/// # Errors
/// As [`NoQuote`] says.
pub fn quote(parcels: &[Parcel], tariff: &Tariff, method: PaymentMethod) -> Result<Quote, NoQuote> {
    if parcels.is_empty() || parcels.iter().any(|p| p.lines.is_empty()) {
        return Err(NoQuote::Empty);
    }
    let fits = |p: &Parcel| {
        p.lines.len() <= LINES_MAX && p.lines.iter().all(|l| (1..=QUANTITY_MAX).contains(&l.quantity))
    };
    if parcels.len() > RECIPIENTS_MAX || !parcels.iter().all(fits) {
        return Err(NoQuote::TooMany);
    }
    let mut amounts = Vec::new();
    let mut shipping = Vec::with_capacity(parcels.len());
    let mut cooling = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let mut goods = Yen::ZERO;
        for line in &parcel.lines {
            let amount = line.unit_price.checked_mul(line.quantity).ok_or(NoQuote::TooMany)?;
            goods = goods.checked_add(amount).ok_or(NoQuote::TooMany)?;
            amounts.push((line.tax, amount));
        }
        let cool = parcel.lines.iter().any(|l| l.cool);
        shipping.push(tariff.fee(parcel.region, goods, cool));
        cooling.push(tariff.cool_fee(cool));
    }
    let goods: Yen = amounts.iter().map(|(_, y)| *y).sum();
    let before_fee = goods.checked_add(shipping.iter().copied().sum()).ok_or(NoQuote::TooMany)?;
    let cod_fee = match method {
        PaymentMethod::Card if before_fee < CARD_YEN_MIN => return Err(NoQuote::TooLittleForCard),
        PaymentMethod::Card if before_fee > CARD_YEN_MAX => return Err(NoQuote::TooMuchForCard),
        PaymentMethod::Card => Yen::ZERO,
        PaymentMethod::CashOnDelivery if parcels.len() > 1 => return Err(NoQuote::CashNeedsOneRecipient),
        PaymentMethod::CashOnDelivery if tariff.cash.is_empty() => return Err(NoQuote::NoCash),
        PaymentMethod::CashOnDelivery => tariff.cash_fee(before_fee).ok_or(NoQuote::TooMuchForCash)?,
    };
    amounts.extend(
        shipping.iter().chain([&cod_fee]).filter(|y| **y > Yen::ZERO).map(|y| (TaxClass::Standard, *y)),
    );
    let total = before_fee.checked_add(cod_fee).ok_or(NoQuote::TooMany)?;
    Ok(Quote { goods, shipping, cool: cooling, cod_fee, total, tax: tax_lines(amounts) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn line() -> impl Strategy<Value = Line> {
        (1i64..200_000, 1u32..=QUANTITY_MAX, any::<bool>(), any::<bool>()).prop_map(
            |(price, quantity, food, cool)| Line {
                variant: VariantId(Uuid::nil()),
                unit_price: Yen::new(price),
                quantity,
                tax: if food { TaxClass::Reduced } else { TaxClass::Standard },
                cool,
            },
        )
    }

    fn parcels() -> impl Strategy<Value = Vec<Parcel>> {
        let parcel = (prop::collection::vec(line(), 1..8), prop::sample::select(Region::ALL))
            .prop_map(|(lines, region)| Parcel { lines, region });
        prop::collection::vec(parcel, 1..5)
    }

    proptest! {
        #[test]
        fn everything_adds_up(parcels in parcels(), cash in any::<bool>()) {
            let method = if cash { PaymentMethod::CashOnDelivery } else { PaymentMethod::Card };
            let quoted = quote(&parcels, &Tariff::default(), method);
            if let Ok(q) = quoted {
                let shipping: Yen = q.shipping.iter().copied().sum();
                prop_assert_eq!(q.total.get(), q.goods.get() + shipping.get() + q.cod_fee.get());
                prop_assert_eq!(q.total, q.tax.iter().map(|t| t.gross).sum());
                prop_assert_eq!(q.shipping.len(), parcels.len());
                for (at, parcel) in parcels.iter().enumerate() {
                    let cool = if parcel.lines.iter().any(|l| l.cool) { 330 } else { 0 };
                    prop_assert_eq!(q.cool[at].get(), cool);
                    prop_assert_eq!(q.postage()[at].get() + cool, q.shipping[at].get());
                }
                prop_assert!(q.tax.iter().all(|t| t.tax.get() * 11 <= t.gross.get()));
                prop_assert!(cash == (q.cod_fee > Yen::ZERO));
                prop_assert!(cash || (CARD_YEN_MIN..=CARD_YEN_MAX).contains(&q.total));
            } else {
                prop_assert!(cash || quoted == Err(NoQuote::TooMuchForCard), "{quoted:?}");
            }
        }
    }

    #[test]
    fn a_card_pays_what_the_processor_takes() {
        let free = Tariff { fees: [Yen::ZERO; 7], ..Tariff::default() };
        let by = |method, price, quantity| {
            let line = Line {
                variant: VariantId(Uuid::nil()),
                unit_price: Yen::new(price),
                quantity,
                tax: TaxClass::Reduced,
                cool: false,
            };
            let parcel = Parcel { lines: vec![line], region: Region::Central };
            quote(&[parcel], &free, method).map(|q| q.total.get())
        };
        use PaymentMethod::{Card, CashOnDelivery};
        assert_eq!(by(Card, 49, 1), Err(NoQuote::TooLittleForCard));
        assert_eq!(by(Card, 50, 1), Ok(50));
        assert_eq!(by(Card, 33_333_333, 3), Ok(99_999_999));
        assert_eq!(by(Card, 50_000_000, 2), Err(NoQuote::TooMuchForCard));
        assert_eq!(by(CashOnDelivery, 49, 1), Ok(379));
    }

    #[test]
    fn refuses() {
        let t = Tariff::default();
        assert_eq!(quote(&[], &t, PaymentMethod::Card), Err(NoQuote::Empty));
        let line = Line {
            variant: VariantId(Uuid::nil()),
            unit_price: Yen::new(1),
            quantity: 0,
            tax: TaxClass::Reduced,
            cool: false,
        };
        let parcel = Parcel { lines: vec![line], region: Region::Central };
        assert_eq!(quote(&[parcel], &t, PaymentMethod::Card), Err(NoQuote::TooMany));
    }
}
