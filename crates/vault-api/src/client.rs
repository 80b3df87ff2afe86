//! The blocking client.

use crate::{
    BlindIndex, BudgetLeft, CapToken, CustomerSignedIn, DayKey, Envelope, FRAME_BYTES_MAX, Health, Hello,
    Identity, IndexAsk, LEDGER_PART_BYTES, LedgerState, LinkToken, MessageKind, NotOpened, OpenedMessage,
    OrderAsk, OrderGrant, Plain, Purpose, Redeemed, Request, Response, Role, RoleKey, SealItem, SealedBatch,
    SealedOrder, Secret, TakenIn, TotpEnrolment, UnsealItem, VaultError, VaultState,
};
use std::{path::Path, time::Duration};
use uuid::Uuid;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A line to the vault: blocking, shared between threads, connects when needed and again after a restart.
/// Async code calls it inside `spawn_blocking`.
///
/// Every method fails with [`VaultError::Unavailable`] where the vault is not there or its ledger cannot be written,
/// with [`VaultError::Denied`] where a rule forbids it, with [`VaultError::BadRequest`] beyond the limits of this crate.
pub struct Client {
    pool: wire::Pool<Hello>,
}

macro_rules! answered {
    ($answer:expr, $variant:ident) => {
        match $answer? {
            Response::$variant(inside) => Ok(inside),
            _ => Err(VaultError::Unavailable),
        }
    };
}
pub(crate) use answered;

impl Client {
    /// A client of the vault's socket that speaks as `role`. Asks the vault once whether it is there.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] where it is not; use [`Client::lazy`] to start without it.
    pub fn connect(socket: &Path, role: Role) -> Result<Client, VaultError> {
        let client = Client::lazy(socket, role);
        client.ping()?;
        Ok(client)
    }

    /// A client that connects at its first request.
    pub fn lazy(socket: &Path, role: Role) -> Client {
        Client::with_key(socket, role, None)
    }

    /// The same, showing the key that the supervisor gave to this room. A vault that was told of keys refuses whoever
    /// has none: all calls are [`VaultError::Unavailable`] then.
    pub fn with_key(socket: &Path, role: Role, key: Option<RoleKey>) -> Client {
        Client::with_timeout(socket, role, key, TIMEOUT)
    }

    /// The same, for whoever does not wait so long for an answer.
    pub fn with_timeout(socket: &Path, role: Role, key: Option<RoleKey>, timeout: Duration) -> Client {
        Client { pool: wire::Pool::new(socket, Some(Hello { role, key }), FRAME_BYTES_MAX, timeout) }
    }

    /// Whether the vault answers and its ledger can be written. Any role.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub fn ping(&self) -> Result<Health, VaultError> {
        answered!(self.call(&Request::Ping), Health)
    }

    /// The ledger's public keys and its newest signed checkpoint. Role watch.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn ledger_state(&self) -> Result<LedgerState, VaultError> {
        answered!(self.call(&Request::LedgerState), LedgerState)
    }

    /// A tile of the ledger, or a bundle of its entries, by its path (C2SP tlog-tiles). `None` where there is none. Role
    /// watch.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn ledger_tile(&self, path: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let mut all = Vec::new();
        loop {
            let from = u32::try_from(all.len()).map_err(|_| VaultError::Unavailable)?;
            let request = Request::LedgerTile { path: path.to_owned(), from };
            let Some(part) = answered!(self.call(&request), LedgerTile)? else { return Ok(None) };
            all.extend_from_slice(&part);
            if part.len() < LEDGER_PART_BYTES {
                return Ok(Some(all));
            }
        }
    }

    /// Hands back a checkpoint of the ledger that a witness has cosigned. `own` is the public key of the witness in this
    /// room; a witness on another machine is known to the vault by his. Role watch.
    ///
    /// # Errors
    /// See [`Client`]; [`VaultError::BadRequest`] where the checkpoint is not of this ledger, or no witness signed it.
    pub fn ledger_cosigned(&self, note: &str, own: Option<&str>) -> Result<(), VaultError> {
        self.done(&Request::LedgerCosigned { note: note.to_owned(), own: own.map(str::to_owned) })
    }

    /// Seals fields, and gives the blind indexes asked for. Roles web and owner; at most
    /// [`crate::BATCH_ITEMS_MAX`] items: large batches are quick, single items cost two fsyncs each.
    ///
    /// Web may seal for new persons (`create_person`) with no capability; for an existing person it needs a ticket of
    /// an earlier batch or an own-account capability of that person. Owner may seal for anyone. After
    /// [`VaultError::Unavailable`] a new person may or may not have been made: try again with fresh ids.
    ///
    /// # Errors
    /// See [`Client`]; nothing is sealed unless all items may be. `NotCovered` where a person exists and `cap` does not cover him.
    pub fn seal(&self, cap: Option<&CapToken>, items: Vec<SealItem>) -> Result<SealedBatch, VaultError> {
        answered!(self.call(&Request::Seal { cap: cap.cloned(), items }), Sealed)
    }

    /// Seals an order's fields and says that it is placed, in one step, before it is written to the database: the
    /// guest's capability and the grant for its mails come with the sealed fields. Role web; persons as for
    /// [`Client::seal`]. A customer who is signed in gives his own-account capability and needs no guest's.
    ///
    /// # Errors
    /// See [`Client`]. `NotCovered` where a person of an item or place is neither new nor covered by `cap`.
    pub fn seal_order(
        &self,
        cap: Option<&CapToken>,
        items: Vec<SealItem>,
        order: OrderAsk,
    ) -> Result<SealedOrder, VaultError> {
        answered!(self.call(&Request::SealOrder { cap: cap.cloned(), items, order }), OrderSealed)
    }

    /// How the vault is. Any role.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub fn state(&self) -> Result<VaultState, VaultError> {
        answered!(self.call(&Request::State), State)
    }

    /// What the holder of a staff capability may still open this hour. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn budget_left(&self, cap: &CapToken) -> Result<BudgetLeft, VaultError> {
        answered!(self.call(&Request::BudgetLeft { cap: cap.clone() }), BudgetLeft)
    }

    /// Plants honeytokens: seals the fields of new persons as [`Client::seal`] does, and remembers `persons`, new or known
    /// ones, as such. Whoever opens one with a staff capability is refused, and all staff with him. Role owner.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn honeytoken_plant(
        &self,
        items: Vec<SealItem>,
        persons: Vec<Uuid>,
    ) -> Result<SealedBatch, VaultError> {
        answered!(self.call(&Request::HoneytokenPlant { items, persons }), Sealed)
    }

    /// Who is planted. Role owner.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn honeytoken_list(&self) -> Result<Vec<Uuid>, VaultError> {
        answered!(self.call(&Request::HoneytokenList), Persons)
    }

    /// Freezes as if a honeytoken had been opened: a drill. Role owner.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn honeytoken_test(&self) -> Result<(), VaultError> {
        self.done(&Request::HoneytokenTest)
    }

    /// Ends a freeze: an owner does, who has proved himself since it began ([`Client::prove`]). All other staff
    /// capabilities end with it. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::NotCovered`] for who is no owner, [`crate::Reason::Unproved`].
    pub fn unfreeze(&self, cap: &CapToken) -> Result<(), VaultError> {
        self.done(&Request::Unfreeze { cap: cap.clone() })
    }

    /// Ends every capability of customers, guests and staff, since the shop was locked; gives how many there were. Once
    /// for each number of a lock: asked again, it ends none. Roles owner and watch.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn lock_down(&self, lock: u64) -> Result<u32, VaultError> {
        answered!(self.call(&Request::LockDown { lock }), Ended)
    }

    /// Writes into the ledger the SHA-256 of the list of what was preserved when the shop was locked. Roles owner and
    /// watch.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn evidence(&self, lock: u64, sha256: [u8; 32]) -> Result<(), VaultError> {
        self.done(&Request::Evidence { lock, sha256 })
    }

    /// Writes into the ledger the SHA-256 of the facts of an incident that are frozen as a version: from then on nobody can
    /// say that they were others. Role web on a staff capability; roles owner and keeper without one.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::NoCapability`], [`crate::Reason::NotCovered`].
    pub fn incident_frozen(
        &self,
        cap: Option<&CapToken>,
        incident: Uuid,
        version: u32,
        sha256: [u8; 32],
    ) -> Result<(), VaultError> {
        self.done(&Request::IncidentFrozen { cap: cap.cloned(), incident, version, sha256 })
    }

    /// The public key to which envelopes are sealed today. `held` are the keys that the caller still uses: the one it
    /// seals with now, and that of every envelope that waits. The vault destroys the others an hour after a newer
    /// one has come; until then what was sealed in the meantime opens. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn day_key(&self, held: Vec<Uuid>) -> Result<DayKey, VaultError> {
        answered!(self.call(&Request::DayKey { held }), DayKey)
    }

    /// Takes in the envelope of an order that was placed while the vault was away: as [`Client::seal_order`] for new
    /// persons. The same envelope may come again, and its fields are sealed anew then. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Envelope`] where it does not open.
    pub fn take_in(&self, order: Uuid, envelope: Envelope) -> Result<TakenIn, VaultError> {
        answered!(self.call(&Request::TakeIn { order, envelope }), TakenIn)
    }

    /// Message grants for many orders at once, without guest capabilities. Role owner (import, demo data).
    ///
    /// # Errors
    /// See [`Client`].
    pub fn orders_imported(&self, orders: Vec<OrderAsk>) -> Result<Vec<OrderGrant>, VaultError> {
        answered!(self.call(&Request::OrdersPlaced { orders }), Granted)
    }

    /// Opens what one mail needs, and gives the link to the order. Role post only. `message` is the id of the outbox
    /// row: the same call may be repeated for it (a bounded number of times), with the same link in the answer.
    /// Each place must be one of the grant's.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Grant`] where the grant does not allow it.
    pub fn open_message(
        &self,
        grant: &[u8],
        message: Uuid,
        kind: MessageKind,
        items: Vec<UnsealItem>,
    ) -> Result<OpenedMessage, VaultError> {
        answered!(self.call(&Request::OpenMessage { grant: grant.to_vec(), message, kind, items }), Message)
    }

    /// Exchanges the token of a mailed link `/o/<token>` for a capability of that order. Role web. The link works
    /// many times, for 90 days.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Token`] for an unknown or expired one.
    pub fn redeem_order_link(&self, token: &LinkToken) -> Result<Redeemed, VaultError> {
        answered!(self.call(&Request::RedeemOrderLink { token: token.clone() }), Redeemed)
    }

    /// Exchanges a customer's own-account capability and the grant of one of his orders (`orders.message_grant`) for a
    /// capability of that order, so that his account can show also the recipients. Role web.
    ///
    /// # Errors
    /// See [`Client`]. `NotCovered` where the order is another's.
    pub fn open_order(&self, cap: &CapToken, grant: &[u8]) -> Result<Redeemed, VaultError> {
        answered!(self.call(&Request::OpenOrder { cap: cap.clone(), grant: grant.to_vec() }), Redeemed)
    }

    /// Opens sealed fields with a capability. Role web. Answers in the order asked; a field that was changed or
    /// moved stays closed without closing the others.
    ///
    /// Own account: that person's fields. Guest order: the places given to [`Client::seal_order`]. Staff: anyone's,
    /// as many distinct persons an hour as the budget says.
    ///
    /// # Errors
    /// See [`Client`]. One item that is not covered denies the whole request.
    pub fn unseal(
        &self,
        cap: &CapToken,
        purpose: Purpose,
        items: Vec<UnsealItem>,
    ) -> Result<Vec<Result<Plain, NotOpened>>, VaultError> {
        answered!(self.call(&Request::Unseal { cap: cap.clone(), purpose, items }), Opened)
    }

    /// Blind indexes for a search in the back office: the newest and, while keys are changed, the one before (else the
    /// same twice); a row may have either. Role web with a staff capability; counted against a budget.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` where a value has no normal form (a phone number without digits).
    pub fn index(&self, cap: &CapToken, items: Vec<IndexAsk>) -> Result<Vec<[BlindIndex; 2]>, VaultError> {
        answered!(self.call(&Request::Index { cap: cap.clone(), items }), IndexedBoth)
    }

    /// Makes a one-time sign-in link for a staff member (24 hours, first use only; an older unused one stops
    /// working). Role owner. The login is made with the first invitation and cannot be another's.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Taken`].
    pub fn staff_invite(&self, staff: Uuid, login: Secret) -> Result<LinkToken, VaultError> {
        answered!(self.call(&Request::StaffInvite { staff, login }), Link)
    }

    /// Uses a staff link up. The capability is a staff member's, and may also set password and TOTP. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Token`].
    pub fn staff_redeem(&self, token: &LinkToken) -> Result<CapToken, VaultError> {
        answered!(self.call(&Request::StaffRedeem { token: token.clone() }), Cap)
    }

    /// Sets the staff member's password; needs the capability of an invitation. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Password`].
    pub fn staff_set_password(&self, cap: &CapToken, password: Secret) -> Result<(), VaultError> {
        self.done(&Request::StaffSetPassword { cap: cap.clone(), password })
    }

    /// Makes a new TOTP secret, not in force until [`Client::staff_confirm_totp`]; needs the capability of an
    /// invitation. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn staff_enroll_totp(&self, cap: &CapToken) -> Result<TotpEnrolment, VaultError> {
        answered!(self.call(&Request::StaffEnrollTotp { cap: cap.clone() }), Totp)
    }

    /// Puts the TOTP secret in force by a first code of six digits. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Token`] for a wrong code.
    pub fn staff_confirm_totp(&self, cap: &CapToken, code: Secret) -> Result<(), VaultError> {
        self.done(&Request::StaffConfirmTotp { cap: cap.clone(), code })
    }

    /// Signs a staff member in: password and a TOTP code that was not used before. 8 hours. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`], whatever was wrong; [`crate::Reason::Wait`] after repeated failures;
    /// [`VaultError::Busy`] while many sign in.
    pub fn staff_sign_in(
        &self,
        login: Secret,
        password: Secret,
        code: Secret,
    ) -> Result<CapToken, VaultError> {
        answered!(self.call(&Request::StaffSignIn { login, password, code }), Cap)
    }

    /// Sets the mail address and password with which a customer signs in, in place of older ones. Role owner (demo
    /// data); customers do it by [`Client::account_register`] and its neighbours.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Taken`] where the address signs somebody else in.
    pub fn customer_set_password(
        &self,
        person: Uuid,
        mail: Secret,
        password: Secret,
    ) -> Result<(), VaultError> {
        self.done(&Request::CustomerSetPassword { person, mail, password })
    }

    /// Signs a customer in. 30 minutes. Role web.
    ///
    /// # Errors
    /// As [`Client::staff_sign_in`].
    pub fn customer_sign_in(&self, mail: Secret, password: Secret) -> Result<CustomerSignedIn, VaultError> {
        answered!(self.call(&Request::CustomerSignIn { mail, password }), CustomerSignedIn)
    }

    /// Whose capability it is and when it ends. Not on the ledger: nothing is opened. Role web.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::NoCapability`].
    pub fn who_am_i(&self, cap: &CapToken) -> Result<Identity, VaultError> {
        answered!(self.call(&Request::WhoAmI { cap: cap.clone() }), Identity)
    }

    /// Ends a capability (sign-out). Also fine for one that has ended already. Role web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn revoke(&self, cap: &CapToken) -> Result<(), VaultError> {
        self.done(&Request::Revoke { cap: cap.clone() })
    }

    pub(crate) fn done(&self, request: &Request) -> Result<(), VaultError> {
        match self.call(request)? {
            Response::Done => Ok(()),
            _ => Err(VaultError::Unavailable),
        }
    }

    pub(crate) fn call(&self, request: &Request) -> Result<Response, VaultError> {
        match self.pool.call(request) {
            Ok(Response::Failed(error)) => Err(error),
            Ok(response) => Ok(response),
            Err(_) => Err(VaultError::Unavailable),
        }
    }
}
