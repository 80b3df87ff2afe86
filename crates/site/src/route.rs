//! What a route says of itself.

use crate::form::{self, Field, FieldKind, FormShape};

/// An HTTP method of the shop; there are no others. HEAD is answered where GET is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Looks, changes nothing that the visitor asked for.
    Get,
    /// Sends a form.
    Post,
}

/// A route: one method on one pattern of paths.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Its fixed name, in logs, journal and metrics.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path in axum's form: `{name}` stands for one segment.
    pub pattern: &'static str,
    /// What kind of page answers (for a POST: the page that is shown again where something is wrong).
    pub page: PageKind,
    /// Who may take it. `web` checks; `gate` knows only what the route is.
    pub who: Who,
    /// Whether it lies on the way to a payment: a breach here locks the payment.
    pub payment_path: bool,
    /// Whether it may answer with a redirect to the payment processor.
    pub to_processor: bool,
    /// What may be in the request's body.
    pub body: Body,
    /// What may stand behind the `?`. Undeclared fields (campaign tags) do not reach `web`.
    pub query: &'static FormShape,
    /// What a successful answer may be. Redirects to the own origin and HTML error pages always may.
    pub answers: &'static [Content],
    /// How often one address may call it.
    pub pace: Pace,
}

/// What may be in a request's body.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// An urlencoded form of this shape.
    Form(&'static FormShape),
    /// A `multipart/form-data` form of this shape, with one picture in it.
    Upload(&'static FormShape),
    /// The processor's webhook: passed to the till as it is, never to `web`.
    Webhook,
}

/// Rate limits are kept per client address, one bucket for each of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Pages, pictures, scripts.
    Ordinary,
    /// Whatever is worth guessing at or costs work: sign-in, orders, tokens, messages to the shop.
    Strict,
}

/// Content types that the shop answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `text/html; charset=utf-8`
    Html,
    /// `application/json`
    Json,
    /// `image/svg+xml`
    Svg,
    /// `image/png`, `image/jpeg`, `image/webp` or `image/x-icon`
    Bitmap,
    /// `text/css`
    Css,
    /// `text/javascript`
    Script,
    /// `font/woff2`
    Font,
    /// `text/plain`
    Text,
    /// `text/csv`
    Csv,
}

impl Content {
    /// What a `Content-Type` header names; `None` for a type that the shop does not use, another charset than
    /// UTF-8, or HTML without a charset (the browser would guess).
    pub fn of_header(value: &str) -> Option<Content> {
        let (kind, parameter) = value.split_once(';').map_or((value, ""), |(k, p)| (k, p.trim()));
        let utf8 = parameter.eq_ignore_ascii_case("charset=utf-8");
        if !utf8 && !parameter.is_empty() {
            return None;
        }
        Some(match kind.trim().to_ascii_lowercase().as_str() {
            "text/html" if utf8 => Content::Html,
            "application/json" => Content::Json,
            "image/svg+xml" => Content::Svg,
            "image/png" | "image/jpeg" | "image/webp" | "image/x-icon" => Content::Bitmap,
            "text/css" => Content::Css,
            "text/javascript" => Content::Script,
            "font/woff2" => Content::Font,
            "text/plain" => Content::Text,
            "text/csv" if utf8 => Content::Csv,
            _ => return None,
        })
    }
}

/// Who may take a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone.
    Public,
    /// Whoever holds the order's capability: the guest who placed it or came by its link, or its customer.
    GuestOrder,
    /// A signed-in customer.
    Customer,
    /// Whoever came by a one-time staff link and has not chosen a password yet.
    StaffSetup,
    /// Staff of at least this role.
    Staff(Role),
    /// The payment processor.
    Processor,
}

/// What a member of staff may do; each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks at orders, packs and ships.
    Clerk,
    /// Also gives money back, cancels, changes products and stock.
    Manager,
    /// Also decides who works here.
    Owner,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Role; 3] = [Role::Clerk, Role::Manager, Role::Owner];

    /// The fixed word, as stored.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Clerk => "clerk",
            Role::Manager => "manager",
            Role::Owner => "owner",
        }
    }

    /// The role with this word.
    pub fn of_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.word() == word)
    }
}

macro_rules! page_kinds {
    ($($(#[$meta:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// The kinds of pages: each has a template of its own, and one day an entry in the signed manifest.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PageKind { $($(#[$meta])* $name),+ }

        impl PageKind {
            /// Every kind.
            pub const ALL: &'static [PageKind] = &[$(PageKind::$name),+];

            /// The fixed word, in the journal and in `card_entry_page`.
            pub const fn word(self) -> &'static str { match self { $(PageKind::$name => $word),+ } }
        }
    };
}

page_kinds! {
    /// The entrance.
    Home = "home",
    /// A category's products.
    Category = "category",
    /// One product.
    Product = "product",
    /// What a search found.
    Search = "search",
    /// The cart.
    Cart = "cart",
    /// The checkout form.
    Checkout = "checkout",
    /// The order to be confirmed.
    Confirm = "confirm",
    /// Back from the processor.
    CheckoutReturn = "checkout_return",
    /// An order, for whom it belongs to.
    Order = "order",
    /// What the buyer keeps for the books, for printing.
    Receipt = "receipt",
    /// The page behind the link in a mail.
    OrderLink = "order_link",
    /// What the law or fairness wants written.
    Legal = "legal",
    /// The stores.
    Stores = "stores",
    /// News: the list, or one piece.
    News = "news",
    /// The contact form.
    Contact = "contact",
    /// Sign-in of customers.
    SignIn = "sign_in",
    /// Where somebody asks for an account.
    Register = "register",
    /// The form behind the link in a mail: who he is, and a password.
    RegisterConfirm = "register_confirm",
    /// Where somebody asks for a new password.
    Forgot = "forgot",
    /// The form behind the link in a mail: a new password.
    ForgotConfirm = "forgot_confirm",
    /// A few words about what was done or cannot be done with an account.
    AccountWord = "account_word",
    /// A customer's own page.
    Account = "account",
    /// A customer's orders.
    AccountOrders = "account_orders",
    /// A customer's contact.
    AccountProfile = "account_profile",
    /// A customer's address book.
    AccountAddresses = "account_addresses",
    /// One entry of it.
    AccountAddress = "account_address",
    /// Another password.
    AccountPassword = "account_password",
    /// Another mail address.
    AccountMail = "account_mail",
    /// Leaving.
    AccountLeave = "account_leave",
    /// What of an order can be bought again.
    OrderAgain = "order_again",
    /// No page: JSON for our own script.
    Data = "data",
    /// No page: a picture.
    Picture = "picture",
    /// No page: a style, script or font that is part of the binary.
    Asset = "asset",
    /// No page: the processor's webhook.
    Webhook = "webhook",
    /// Sign-in of staff, and the page behind a staff link.
    StaffSignIn = "staff_sign_in",
    /// Where staff choose password and second factor.
    StaffSetup = "staff_setup",
    /// The back office's first page.
    Dashboard = "dashboard",
    /// The list of orders.
    StaffOrders = "staff_orders",
    /// An order, for staff.
    StaffOrder = "staff_order",
    /// Packing slips, for printing.
    StaffSlip = "staff_slip",
    /// The list of products, for staff.
    StaffProducts = "staff_products",
    /// A product, for staff.
    StaffProduct = "staff_product",
    /// Stock.
    StaffStock = "staff_stock",
    /// Messages to the shop.
    StaffInquiries = "staff_inquiries",
    /// News, as staff write it.
    StaffNews = "staff_news",
    /// The books beside the processor's.
    StaffReconciliation = "staff_reconciliation",
    /// How the vault is.
    StaffVault = "staff_vault",
    /// What the watch found.
    StaffWatch = "staff_watch",
    /// A customer's saved cards.
    AccountCards = "account_cards",
    /// A customer's passkeys.
    AccountPasskeys = "account_passkeys",
    /// A customer's sign-ins.
    AccountSignIns = "account_sign_ins",
    /// A staff member's own means to sign in.
    StaffOwn = "staff_own",
    /// Who works here.
    StaffList = "staff_list",
    /// Exports of customers' data.
    StaffExports = "staff_exports",
    /// Whether a notice about an incident is genuine.
    Notice = "notice",
    /// Incidents: their facts, versions and texts.
    StaffIncidents = "staff_incidents",
    /// Campaigns of notices about an incident.
    StaffCampaigns = "staff_campaigns",
    /// Inquiries about an incident, for staff.
    StaffCases = "staff_cases",
    /// The form for inquiries about an incident.
    Inquiry = "inquiry",
    /// Letters about an incident, for staff.
    StaffLetters = "staff_letters",
}

impl PageKind {
    /// Whether it belongs to the back office.
    pub fn is_back_office(self) -> bool {
        matches!(
            self,
            PageKind::StaffSignIn
                | PageKind::StaffSetup
                | PageKind::Dashboard
                | PageKind::StaffOrders
                | PageKind::StaffReconciliation
                | PageKind::StaffVault
                | PageKind::StaffWatch
                | PageKind::StaffOrder
                | PageKind::StaffSlip
                | PageKind::StaffProducts
                | PageKind::StaffProduct
                | PageKind::StaffStock
                | PageKind::StaffInquiries
                | PageKind::StaffNews
                | PageKind::StaffOwn
                | PageKind::StaffList
                | PageKind::StaffExports
                | PageKind::StaffIncidents
                | PageKind::StaffCampaigns
                | PageKind::StaffCases
                | PageKind::StaffLetters
        )
    }
}

impl Route {
    /// A public page.
    pub const fn get(id: &'static str, pattern: &'static str, page: PageKind) -> Route {
        Route {
            id,
            method: Method::Get,
            pattern,
            page,
            who: Who::Public,
            payment_path: false,
            to_processor: false,
            body: Body::None,
            query: &form::PAGE_QUERY,
            answers: &[Content::Html],
            pace: Pace::Ordinary,
        }
    }

    /// A form sent by the public, at the strict pace.
    pub const fn post(
        id: &'static str,
        pattern: &'static str,
        page: PageKind,
        form: &'static FormShape,
    ) -> Route {
        let get = Route::get(id, pattern, page);
        Route { method: Method::Post, body: Body::Form(form), pace: Pace::Strict, ..get }
    }

    /// A form with a picture in it.
    pub const fn upload(
        id: &'static str,
        pattern: &'static str,
        page: PageKind,
        form: &'static FormShape,
    ) -> Route {
        Route { body: Body::Upload(form), ..Route::post(id, pattern, page, form) }
    }

    /// For these only.
    pub const fn who(self, who: Who) -> Route {
        Route { who, ..self }
    }

    /// For staff of at least this role.
    pub const fn staff(self, role: Role) -> Route {
        Route { who: Who::Staff(role), pace: Pace::Ordinary, ..self }
    }

    /// On the way to a payment.
    pub const fn payment(self) -> Route {
        Route { payment_path: true, ..self }
    }

    /// On the way to a payment, and may redirect to the processor.
    pub const fn to_processor(self) -> Route {
        Route { payment_path: true, to_processor: true, ..self }
    }

    /// Takes these fields behind the `?`.
    pub const fn query(self, query: &'static FormShape) -> Route {
        Route { query, ..self }
    }

    /// Answers with these contents instead of HTML.
    pub const fn answers(self, answers: &'static [Content]) -> Route {
        Route { answers, ..self }
    }

    /// At this pace instead of the usual one.
    pub const fn pace(self, pace: Pace) -> Route {
        Route { pace, ..self }
    }

    /// Whether it gives a standing page (see [`crate::standing`]): the same for everybody but for its blanks.
    pub const fn stands(&self) -> bool {
        let kind = matches!(
            self.page,
            PageKind::Home
                | PageKind::Category
                | PageKind::Product
                | PageKind::Search
                | PageKind::Stores
                | PageKind::Legal
                | PageKind::News
                | PageKind::Notice
                | PageKind::Inquiry
        );
        kind && matches!(self.method, Method::Get) && matches!(self.who, Who::Public) && !self.payment_path
    }

    /// Whether its form asks a visitor who he is: mail address, telephone, reading of the name, or password. Staff are
    /// no visitors.
    pub fn asks_who(&self) -> bool {
        use FieldKind as F;
        let asks = |field: &Field| matches!(field.kind, F::Email | F::Phone | F::Kana | F::Password);
        let of_staff = self.pattern.starts_with("/admin/");
        !of_staff && self.form().is_some_and(|form| form.fields.iter().any(asks))
    }

    /// The shape of the form it takes.
    pub fn form(&self) -> Option<&'static FormShape> {
        match self.body {
            Body::Form(form) | Body::Upload(form) => Some(form),
            Body::None | Body::Webhook => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        assert_eq!(Content::of_header("text/html; charset=utf-8"), Some(Content::Html));
        assert_eq!(Content::of_header("Text/HTML;charset=UTF-8"), Some(Content::Html));
        assert_eq!(Content::of_header("image/svg+xml"), Some(Content::Svg));
        for other in ["text/html", "text/html; charset=shift_jis", "text/xml", "application/x-php", ""] {
            assert_eq!(Content::of_header(other), None, "{other}");
        }
    }

    #[test]
    fn roles_are_ordered() {
        assert!(Role::Clerk < Role::Manager && Role::Manager < Role::Owner);
        assert!(Role::ALL.iter().all(|r| Role::of_word(r.word()) == Some(*r)));
    }
}
