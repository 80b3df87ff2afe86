//! Who gets how many of what: the goods of one order, shared among its recipients.
//!
//! The cart says what there is to send; each recipient's share says how many pieces of each line of the cart go there.
//! What is ordered is the sum of the shares, whatever number the cart holds.

use crate::{
    cart::{Line, Parcel},
    shipping::Region,
};

/// One recipient's part: pieces of each line of the cart, in the cart's order. May be shorter than the cart.
pub type Share = Vec<u32>;

/// Pieces of line number `line` in all shares together.
pub fn sent(shares: &[Share], line: usize) -> u32 {
    shares.iter().map(|s| pieces(s, line)).fold(0, u32::saturating_add)
}

/// The parcels for these shares; a line of which a recipient gets nothing is not in the parcel.
pub fn parcels(lines: &[Line], shares: &[(Region, Share)]) -> Vec<Parcel> {
    let part = |share: &Share| {
        let of = |(at, line): (usize, &Line)| Line { quantity: pieces(share, at), ..*line };
        lines.iter().enumerate().map(of).filter(|l| l.quantity > 0).collect()
    };
    shares.iter().map(|(region, share)| Parcel { lines: part(share), region: *region }).collect()
}

/// What the next recipient most likely gets: as many as the one before (or one) of each line, as far as the cart
/// has any left; where nothing is left, the same as the one before.
pub fn suggest(cart: &[u32], shares: &[Share]) -> Share {
    let before = shares.last();
    let next: Share = cart
        .iter()
        .enumerate()
        .map(|(at, n)| {
            let left = n.saturating_sub(sent(shares, at));
            before.map_or(1, |b| pieces(b, at)).max(1).min(left)
        })
        .collect();
    match before {
        Some(before) if next.iter().all(|n| *n == 0) => before.clone(),
        _ => next,
    }
}

fn pieces(share: &[u32], line: usize) -> u32 {
    share.get(line).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        VariantId, Yen,
        cart::quote,
        payment::PaymentMethod,
        shipping::Tariff,
        tax::{TaxClass, tax_lines},
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    fn line(price: i64, food: bool, cool: bool) -> Line {
        let tax = if food { TaxClass::Reduced } else { TaxClass::Standard };
        Line { variant: VariantId(Uuid::nil()), unit_price: Yen::new(price), quantity: 1, tax, cool }
    }

    /// Lines of a cart, and shares of it that leave no recipient without goods.
    fn split() -> impl Strategy<Value = (Vec<Line>, Vec<(Region, Share)>)> {
        let line = (1i64..20_000, any::<bool>(), any::<bool>()).prop_map(|(p, f, c)| line(p, f, c));
        prop::collection::vec(line, 1..6).prop_flat_map(|lines| {
            let share = prop::collection::vec(0u32..9, lines.len())
                .prop_filter("an empty parcel", |s| s.iter().any(|n| *n > 0));
            let shares = prop::collection::vec((prop::sample::select(Region::ALL), share), 1..=20);
            (Just(lines), shares)
        })
    }

    proptest! {
        #[test]
        fn no_yen_is_lost_or_doubled_whatever_the_split((lines, shares) in split()) {
            let parcels = parcels(&lines, &shares);
            let tariff = Tariff::default();
            let Ok(quoted) = quote(&parcels, &tariff, PaymentMethod::Card) else { return Ok(()) };
            // The same goods in one heap: what each line costs times how often it is sent.
            let all: Vec<Share> = shares.iter().map(|(_, s)| s.clone()).collect();
            let heap = |at: usize, l: &Line| (l.tax, l.unit_price.checked_mul(sent(&all, at)).unwrap());
            let amounts: Vec<_> = lines.iter().enumerate().map(|(at, l)| heap(at, l)).collect();
            prop_assert_eq!(quoted.goods, amounts.iter().map(|(_, y)| *y).sum());
            // Shipping is each parcel's own fee, reckoned by itself.
            let fees: Vec<Yen> = parcels
                .iter()
                .map(|p| {
                    let goods = p.lines.iter().map(|l| l.unit_price.checked_mul(l.quantity).unwrap()).sum();
                    tariff.fee(p.region, goods, p.lines.iter().any(|l| l.cool))
                })
                .collect();
            prop_assert_eq!(&quoted.shipping, &fees);
            prop_assert_eq!(quoted.total.get(), quoted.goods.get() + fees.iter().map(|y| y.get()).sum::<i64>());
            // Tax is worked out once per rate over the whole order, however it is split.
            let taxed = amounts.into_iter().filter(|(_, y)| *y > Yen::ZERO);
            let fees = fees.into_iter().filter(|y| *y > Yen::ZERO).map(|y| (TaxClass::Standard, y));
            prop_assert_eq!(quoted.tax, tax_lines(taxed.chain(fees)));
        }

        #[test]
        fn every_piece_of_a_share_is_in_its_parcel_and_nothing_else((lines, shares) in split()) {
            let parcels = parcels(&lines, &shares);
            prop_assert_eq!(parcels.len(), shares.len());
            for (parcel, (region, share)) in parcels.iter().zip(&shares) {
                prop_assert_eq!(parcel.region, *region);
                let pieces: u32 = parcel.lines.iter().map(|l| l.quantity).sum();
                prop_assert_eq!(pieces, share.iter().sum::<u32>());
            }
        }

        #[test]
        fn a_suggestion_takes_no_more_than_is_left_while_anything_is_left(
            cart in prop::collection::vec(1u32..30, 1..6),
            recipients in 1usize..12,
        ) {
            let mut shares: Vec<Share> = Vec::new();
            for _ in 0..recipients {
                let left: Vec<u32> =
                    cart.iter().enumerate().map(|(at, n)| n.saturating_sub(sent(&shares, at))).collect();
                let next = suggest(&cart, &shares);
                prop_assert!(next.iter().any(|n| *n > 0), "nobody is offered nothing");
                if left.iter().any(|n| *n > 0) {
                    prop_assert!(next.iter().zip(&left).all(|(n, left)| n <= left));
                }
                shares.push(next);
            }
        }
    }

    #[test]
    fn six_boxes_for_six_people_are_one_for_each() {
        let mut shares = Vec::new();
        for _ in 0..6 {
            shares.push(suggest(&[6], &shares));
        }
        assert_eq!(shares, vec![vec![1]; 6]);
        assert_eq!(suggest(&[6], &shares), [1], "and a seventh gets the same");
        assert_eq!(suggest(&[1, 1], &[vec![1, 0]]), [0, 1]);
        assert_eq!(suggest(&[12], &[vec![2]]), [2]);
    }
}
