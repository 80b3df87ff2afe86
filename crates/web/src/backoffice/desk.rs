//! The frame around each page of the back office, and the small pieces that all of them show.

use super::{guard::StaffSession, vault_room, watch_room};
use crate::{
    App, ShopFacts, Trial,
    view::{self, Texts},
    visit::Visit,
};
use domain::{Locale, Yen};
use site::Role;
use std::sync::Arc;

/// What a page shows around its own contents. Templates extend `backoffice/layout.html` and have this as `desk`.
pub struct Desk {
    /// The words.
    pub t: &'static Texts,
    /// The language.
    pub locale: Locale,
    /// For the browser's tab and the heading.
    pub title: String,
    /// The token that each form carries.
    pub csrf: String,
    /// Path and query, ready for `lang=ja` to be put behind.
    pub here: String,
    /// Which entry of the navigation this is.
    pub section: &'static str,
    /// Who is signed in.
    pub who: Option<Who>,
    /// What was just done, said in a sentence.
    pub done: Option<String>,
    /// What is wrong with the vault, or gravely with the shop as seen from outside, while something is.
    pub alarm: Option<Alarm>,
    trial: Option<Trial>,
    shop: Arc<ShopFacts>,
}

/// What stands above every page while something is wrong.
pub struct Alarm {
    /// In a sentence.
    pub text: String,
    /// The page that says it at length.
    pub href: &'static str,
    /// What the link to it says.
    pub look: String,
}

/// Who is signed in, as the frame shows it.
pub struct Who {
    /// What colleagues call him or her.
    pub name: String,
    /// What he or she may do.
    pub role: String,
    /// Whether password and second factor can be set in this session.
    pub set_up: bool,
    /// Whether he or she decides who works here.
    pub owner: bool,
}

impl Desk {
    /// A page for whoever is not signed in yet.
    pub fn outside(app: &App, visit: &Visit, title: impl Into<String>) -> Desk {
        Desk {
            t: Texts::of(visit.locale()),
            locale: visit.locale(),
            title: title.into(),
            csrf: visit.csrf().to_owned(),
            here: visit.here().to_owned(),
            section: "",
            who: None,
            done: None,
            alarm: None,
            trial: app.config().trial,
            shop: app.shop(),
        }
    }

    /// A page for staff; `section` is its entry of the navigation.
    pub fn of(
        app: &App,
        visit: &Visit,
        session: &StaffSession,
        section: &'static str,
        title: impl Into<String>,
    ) -> Desk {
        let mut desk = Desk::outside(app, visit, title);
        desk.section = section;
        // Its own page says it at length.
        if section != "vault" {
            desk.alarm = app.vault_seen().and_then(|state| vault_room::alarm(&desk.say(), &state));
        }
        if section != "watch" && desk.alarm.is_none() {
            let seen = watch_room::Seen::read(&app.config().watch_shown);
            desk.alarm = seen.and_then(|seen| watch_room::alarm(&desk.say(), &seen));
        }
        desk.who = Some(Who {
            name: session.name().to_owned(),
            role: desk.t.w("bo-role", session.role().word()).to_owned(),
            set_up: session.set_up(),
            owner: session.may(Role::Owner),
        });
        desk
    }

    /// Says what was done, where the address says so with one of the words of the map.
    pub fn with_done(self, done: Option<&str>) -> Desk {
        self.with_done_of(site::backoffice::DONE, done)
    }

    /// The same with the words of another area.
    pub fn with_done_of(mut self, words: &[&str], done: Option<&str>) -> Desk {
        let known = done.filter(|d| words.contains(d));
        self.done = known.map(|word| self.t.w("bo-done", word).to_owned());
        self
    }

    /// For a page that answers a form: the address of the page that can be asked for again.
    pub fn at(mut self, path: &str) -> Desk {
        self.here = format!("{path}?");
        self
    }

    /// As [`Desk::at`], for an address that may have a query.
    pub fn at_query(mut self, href: &str) -> Desk {
        self.here = if href.contains('?') { format!("{href}&") } else { format!("{href}?") };
        self
    }

    /// The shop's name in the page's language.
    pub fn shop_name(&self) -> &str {
        self.shop.name.get(&self.locale)
    }

    /// The merchant's facts.
    pub fn shop(&self) -> &ShopFacts {
        &self.shop
    }

    /// Whether this is the demo.
    pub fn demo(&self) -> bool {
        self.trial == Some(Trial::Demo)
    }

    /// Whether a merchant tries out a shop of his own.
    pub fn practice(&self) -> bool {
        self.trial == Some(Trial::Practice)
    }

    /// Whether the page is in Japanese.
    pub fn is_ja(&self) -> bool {
        self.locale == Locale::Ja
    }

    /// The texts and the language, for making the page's own pieces.
    pub fn say(&self) -> Say {
        Say { t: self.t, locale: self.locale }
    }
}

/// Words, money, days and states in one language.
#[derive(Clone, Copy)]
pub struct Say {
    /// The words.
    pub t: &'static Texts,
    /// The language.
    pub locale: Locale,
}

/// A state in a word, with a tone that colours it: `wait`, `go`, `done`, `stop`, `off`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The word.
    pub text: String,
    /// The tone.
    pub tone: &'static str,
}

impl Say {
    /// For a visitor.
    pub fn to(visit: &Visit) -> Say {
        Say { t: Texts::of(visit.locale()), locale: visit.locale() }
    }

    /// A text.
    pub fn s(&self, id: &'static str) -> String {
        self.t.s(id).to_owned()
    }

    /// The text for a word of ours.
    pub fn w(&self, family: &str, word: &str) -> String {
        self.t.w(family, word).to_owned()
    }

    /// The text for a word that may come from elsewhere: as it stands where we have no text for it.
    pub fn word_or(&self, family: &str, word: &str) -> String {
        match self.t.w(family, word) {
            "" => word.to_owned(),
            text => text.to_owned(),
        }
    }

    /// An amount.
    pub fn yen(&self, amount: Yen) -> String {
        view::yen(&self.locale, &amount)
    }

    /// Day and time in Japan, short enough for a table: `2026/11/23 08:30`.
    pub fn when(&self, unix_ms: i64) -> String {
        view::in_japan(unix_ms)
            .strftime(if self.locale == Locale::Ja { "%Y/%m/%d %H:%M" } else { "%Y-%m-%d %H:%M" })
            .to_string()
    }

    /// A day with its weekday.
    pub fn day(&self, date: jiff::civil::Date) -> String {
        view::date(&self.locale, &date)
    }

    /// The name in the page's language.
    pub fn name<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        if self.locale == Locale::En && !en.is_empty() { en } else { ja }
    }

    /// A state in a word.
    pub fn badge(&self, family: &str, word: &str, tone: &'static str) -> Badge {
        Badge { text: self.word_or(family, word), tone }
    }
}

/// The tones of states. Each is a word as well: colour alone says nothing to some.
pub mod tone {
    use domain::{
        catalog::SaleStatus,
        customer::InquiryState,
        fulfillment::FulfillmentState,
        message::DeliveryState,
        news::NewsState,
        order::OrderState,
        payment::{DisputeState, PaymentState, RefundState},
        reconciliation::ReconciliationState,
        staff::StaffStatus,
    };

    /// Of an order.
    pub fn order(state: OrderState) -> &'static str {
        match state {
            OrderState::AwaitingPayment => "wait",
            OrderState::Confirmed => "go",
            OrderState::Completed => "done",
            OrderState::Canceled => "off",
        }
    }

    /// Of a parcel.
    pub fn parcel(state: FulfillmentState) -> &'static str {
        match state {
            FulfillmentState::Unfulfilled => "go",
            FulfillmentState::Shipped | FulfillmentState::Delivered => "done",
            FulfillmentState::Canceled => "off",
            FulfillmentState::Returned => "stop",
        }
    }

    /// Of a payment.
    pub fn payment(state: PaymentState) -> &'static str {
        match state {
            PaymentState::Succeeded => "done",
            PaymentState::Canceled => "off",
            PaymentState::OutcomeUnknown => "stop",
            _ => "wait",
        }
    }

    /// Of a refund.
    pub fn refund(state: RefundState) -> &'static str {
        match state {
            RefundState::Pending => "wait",
            RefundState::Succeeded => "done",
            RefundState::Failed => "stop",
        }
    }

    /// Of a dispute.
    pub fn dispute(state: DisputeState) -> &'static str {
        match state {
            DisputeState::Won | DisputeState::WarningClosed => "done",
            DisputeState::UnderReview | DisputeState::WarningUnderReview => "wait",
            DisputeState::NeedsResponse | DisputeState::WarningNeedsResponse | DisputeState::Lost => "stop",
        }
    }

    /// Of a day's comparison with the processor's books.
    pub fn reconciliation(state: ReconciliationState) -> &'static str {
        match state {
            ReconciliationState::Open => "wait",
            ReconciliationState::Well => "done",
            ReconciliationState::Differs => "stop",
        }
    }

    /// Of a mail.
    pub fn mail(state: DeliveryState) -> &'static str {
        match state {
            DeliveryState::Queued | DeliveryState::Sending => "wait",
            DeliveryState::Sent => "done",
            DeliveryState::Unknown | DeliveryState::Failed => "stop",
        }
    }

    /// Of a product.
    pub fn sale(status: SaleStatus) -> &'static str {
        match status {
            SaleStatus::Draft => "wait",
            SaleStatus::Active => "go",
            SaleStatus::Ended => "off",
        }
    }

    /// Of a piece of news.
    pub fn news(state: NewsState) -> &'static str {
        match state {
            NewsState::Draft => "wait",
            NewsState::Published => "go",
            NewsState::Withdrawn => "off",
        }
    }

    /// Of a member of staff.
    pub fn staff(status: StaffStatus) -> &'static str {
        match status {
            StaffStatus::Invited => "wait",
            StaffStatus::Active => "go",
            StaffStatus::Left => "off",
        }
    }

    /// Of a message to the shop.
    pub fn inquiry(state: InquiryState) -> &'static str {
        match state {
            InquiryState::Open => "wait",
            InquiryState::Answered => "done",
            InquiryState::Closed => "off",
        }
    }
}

/// Whether `session` may do what needs a manager; templates hide what would be refused.
pub fn manages(session: &StaffSession) -> bool {
    session.may(Role::Manager)
}
