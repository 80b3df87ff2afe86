//! What is recorded of whom, as far as it takes to find and to reach him.

use uuid::Uuid;

/// The blind index of a mail address, telephone number or name: equal for equal values, and made by the vault alone.
pub type Index = [u8; 16];

/// An order or a registration, with the contact data that stand *in it*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// The order or customer.
    pub id: Uuid,
    /// Whose it is.
    pub person: Uuid,
    /// Since when these contact data stand there, Unix milliseconds: the time of an order; of a registration, when it
    /// was made or its contact last changed.
    pub since: i64,
    /// Its mail address.
    pub mail: Option<Index>,
    /// Its telephone number.
    pub phone: Option<Index>,
    /// The full name in it.
    pub name: Option<Index>,
    /// Whether it has a postal address.
    pub postal: bool,
    /// Whether these are the contact data of an account, which somebody can change afterwards. Those of a purchase were given
    /// with it: its notice goes there, too.
    pub account: bool,
}

impl Record {
    /// Whether its contact data stood there before somebody could have changed them: `intrusion` is when the intrusion
    /// began, `None` where that is not known (then everything may have been changed).
    fn is_old(&self, intrusion: Option<i64>) -> bool {
        intrusion.is_some_and(|began| self.since < began)
    }

    /// Whether this mail address, telephone number or postal address may be answered to.
    ///
    /// It may where it is older than the intrusion, or where nothing else is known of the same person. Contact data that
    /// were changed since are not trusted: whoever took over an account changes them first.
    pub(crate) fn is_trusted<const N: usize>(
        &self,
        all: &[Record],
        intrusion: Option<i64>,
        contact: impl Fn(&Record) -> [Option<Index>; N],
    ) -> bool {
        let mine = contact(self);
        let before = |r: &&Record| r.person == self.person && r.since < self.since;
        // What an older record does not say, as that of a parcel that somebody was sent, was not changed.
        let same = |r: &Record| contact(r).iter().zip(mine).all(|(old, new)| old.is_none() || *old == new);
        !self.account || self.is_old(intrusion) || all.iter().filter(before).all(same)
    }
}
