//! Requests and answers as they travel. Callers use [`crate::Client`]; only the vault matches on these.
//!
//! postcard numbers the variants: new ones go to the end, none is removed or moved.

use crate::{
    AccountChange, AccountMessage, AccountToken, AccountWish, Approver, BlindIndex, BudgetLeft, Campaign,
    CampaignStep, CapToken, DayKey, Envelope, Export, ExportApproved, ExportAsk, ExportTaken, Exports,
    IndexAsk, KeyLevel, KeysStatus, LinkToken, MessageKind, NotOpened, NoticeAsk, NoticeCode, NoticeFound,
    NoticePlan, OpenedNotice, PasskeyAsk, PasskeyAssertion, PasskeyAttestation, PasskeyEnrolment, Passkeys,
    Place, Plain, Proof, Purpose, RenewItem, Renewed, Role, RoleKey, Sealed, Secret, SignedIn, Sort, TakenIn,
    VaultError, VaultState, WrappedKeys,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The first frame of a connection, at most [`crate::HELLO_BYTES_MAX`]: who calls. Secret where it has a key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Hello {
    /// The role in which all requests of this connection are made.
    pub role: Role,
    /// What proves it, where the vault was told of keys.
    pub key: Option<RoleKey>,
}

/// One field to seal.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealItem {
    /// Where it will live.
    pub place: Place,
    /// Its bytes, at most [`crate::PLAINTEXT_BYTES_MAX`].
    pub plaintext: Plain,
    /// Whether the person is new. A new person needs no capability; for an existing one this changes nothing.
    pub create_person: bool,
    /// Blind indexes wanted with it, at most [`crate::INDEXES_PER_ITEM_MAX`].
    pub index: Vec<IndexAsk>,
}

/// One field sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedItem {
    /// For the database.
    pub sealed: Sealed,
    /// In the order asked.
    pub index: Vec<BlindIndex>,
}

/// Answer to [`crate::Client::seal`].
#[derive(Serialize, Deserialize)]
pub struct SealedBatch {
    /// In the order asked.
    pub items: Vec<SealedItem>,
    /// For role web: allows for an hour to seal more for the persons of this batch, an order among it
    /// ([`crate::Client::seal_order`]). It opens nothing. Kept in memory only, never in a cookie.
    pub ticket: Option<CapToken>,
}

/// One field to open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnsealItem {
    /// Where it was found.
    pub place: Place,
    /// What was found there.
    pub sealed: Sealed,
}

/// An order that was just placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderAsk {
    /// The order.
    pub order: Uuid,
    /// Its orderer.
    pub person: Uuid,
    /// Every sealed field of the order that its page or its mails show: mail address and contact of the orderer,
    /// contact and words for each recipient. At most [`crate::ORDER_PLACES_MAX`]. Each person must be new with the same
    /// request, or be covered by the capability.
    pub places: Vec<Place>,
}

/// Answer to [`crate::Client::seal_order`].
#[derive(Serialize, Deserialize)]
pub struct SealedOrder {
    /// In the order asked.
    pub items: Vec<SealedItem>,
    /// What the order brings.
    pub grant: OrderGrant,
}

/// What an order brings.
#[derive(Serialize, Deserialize)]
pub struct OrderGrant {
    /// Opens this order's places for 30 minutes; for the cookie. `None` for role owner, and for a customer who has
    /// an own-account capability.
    pub guest_cap: Option<CapToken>,
    /// For `orders.message_grant`: lets `post` open this order's places for its mails. Opaque, useless to others.
    pub message_grant: Vec<u8>,
}

/// Answer to [`crate::Client::open_message`].
#[derive(Serialize, Deserialize)]
pub struct OpenedMessage {
    /// In the order asked.
    pub opened: Vec<Result<Plain, NotOpened>>,
    /// For the link `/o/<token>` in the mail; the same for each try of one message. Valid 90 days. An answer to an inquiry has
    /// none: anybody can have it sent.
    pub order_link: Option<LinkToken>,
}

/// Answer to [`crate::Client::redeem_order_link`].
#[derive(Serialize, Deserialize)]
pub struct Redeemed {
    /// The order.
    pub order: Uuid,
    /// Its orderer.
    pub person: Uuid,
    /// Opens this order's places for 30 minutes; for the cookie.
    pub cap: CapToken,
}

/// Answer to [`crate::Client::customer_sign_in`].
#[derive(Serialize, Deserialize)]
pub struct CustomerSignedIn {
    /// Who signed in.
    pub person: Uuid,
    /// Own account, 30 minutes; for the cookie.
    pub cap: CapToken,
}

/// What a staff member's authenticator needs. Show it once.
#[derive(Serialize, Deserialize)]
pub struct TotpEnrolment {
    /// `otpauth://totp/…` for a QR code.
    pub uri: Secret,
    /// The same secret in base32, for typing.
    pub secret: Secret,
}

/// Whose capability it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A customer who signed in.
    OwnAccount {
        /// The customer.
        person: Uuid,
    },
    /// Somebody who placed an order or holds the link to it.
    GuestOrder {
        /// The order.
        order: Uuid,
        /// Its orderer.
        person: Uuid,
    },
    /// A staff member.
    Staff {
        /// The staff member.
        staff: Uuid,
        /// From an invitation: may set password and TOTP.
        set_up: bool,
    },
    /// A ticket of [`SealedBatch`]: seals, opens nothing.
    Ticket,
    /// An export that is being taken out.
    Export {
        /// The staff member who asked for it.
        staff: Uuid,
    },
}

/// Answer to [`crate::Client::who_am_i`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Whose.
    pub holder: Holder,
    /// When it ends, Unix milliseconds.
    pub expires_at_ms: i64,
    /// Whether there was a proof within the last [`crate::PROOF_MINUTES`] that the holder is the person.
    pub proved: bool,
}

/// Answer to [`crate::Client::ping`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Whether the ledger can be written. If not, nothing is opened, sealed or looked up.
    pub ledger_ok: bool,
    /// Number of the last durable ledger entry; 0 for an empty ledger.
    pub ledger_seq: u64,
    /// How many fields were sealed since the vault's start.
    pub sealed: u64,
    /// Who else knows the ledger.
    pub witness: WitnessHealth,
}

/// How far the ledger is known to its witness, a process that keeps a copy and signs for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessHealth {
    /// Whether the witness is on another machine: only what is known there stands against whoever holds this one.
    pub elsewhere: bool,
    /// How many entries of the ledger it has signed for.
    pub size: u64,
    /// When it did last, Unix milliseconds; `None`: never yet.
    pub at_ms: Option<i64>,
    /// Whether the witness was away for so long (24 hours) that nothing may be exported. All else goes on.
    pub exports_stop: bool,
}

/// Answer to [`crate::Client::ledger_state`]: all public, and to be believed only as far as it can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerState {
    /// The public keys of the log, as C2SP signed-note writes them. Compare them with those that were told before.
    pub keys: Vec<String>,
    /// The newest signed checkpoint (C2SP tlog-checkpoint); none in the first second of a log. The log's tiles prove
    /// that it goes on from an older one.
    pub checkpoint: Option<String>,
}

/// A request. See the method of [`crate::Client`] of the same name.
#[derive(Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Request {
    Ping,
    Seal { cap: Option<CapToken>, items: Vec<SealItem> },
    OrdersPlaced { orders: Vec<OrderAsk> },
    OpenMessage { grant: Vec<u8>, message: Uuid, kind: MessageKind, items: Vec<UnsealItem> },
    RedeemOrderLink { token: LinkToken },
    Unseal { cap: CapToken, purpose: Purpose, items: Vec<UnsealItem> },
    Index { cap: CapToken, items: Vec<IndexAsk> },
    StaffInvite { staff: Uuid, login: Secret },
    StaffRedeem { token: LinkToken },
    StaffSetPassword { cap: CapToken, password: Secret },
    StaffEnrollTotp { cap: CapToken },
    StaffConfirmTotp { cap: CapToken, code: Secret },
    StaffSignIn { login: Secret, password: Secret, code: Secret },
    CustomerSetPassword { person: Uuid, mail: Secret, password: Secret },
    CustomerSignIn { mail: Secret, password: Secret },
    WhoAmI { cap: CapToken },
    Revoke { cap: CapToken },
    OpenOrder { cap: CapToken, grant: Vec<u8> },
    SealOrder { cap: Option<CapToken>, items: Vec<SealItem>, order: OrderAsk },
    AccountAsk { mail: Secret, wish: AccountWish },
    AccountTokenFor { token: LinkToken },
    AccountRegister { token: LinkToken, contact: SealItem, password: Secret },
    AccountReset { token: LinkToken, password: Secret },
    AccountPassword { cap: CapToken, proof: Proof, new: Secret },
    AccountMailAsk { cap: CapToken, proof: Proof, mail: Secret },
    AccountMailConfirm { token: LinkToken },
    AccountMail { cap: CapToken },
    AccountLeave { cap: CapToken, proof: Proof, orders: Vec<Plain> },
    AccountErased { person: Uuid },
    OpenAccountMessage { grant: Vec<u8>, message: Uuid },
    LedgerState,
    LedgerTile { path: String, from: u32 },
    KeysRotate { level: KeyLevel },
    KeysStatus,
    KeysFinish { level: KeyLevel },
    Renew { items: Vec<RenewItem> },
    RecoverySet { recipients: Vec<String> },
    Recovery,
    DayKey { held: Vec<Uuid> },
    TakeIn { order: Uuid, envelope: Envelope },
    LedgerCosigned { note: String, own: Option<String> },
    PasskeyAsk { sort: Sort },
    PasskeySignIn { sort: Sort, assertion: PasskeyAssertion },
    Passkeys { cap: CapToken },
    PasskeyEnrolAsk { cap: CapToken },
    PasskeyEnrol { cap: CapToken, name: Secret, attestation: PasskeyAttestation },
    PasskeyRemove { cap: CapToken, passkey: Uuid },
    ProofAsk { cap: CapToken },
    Prove { cap: CapToken, proof: Proof },
    SignIns { cap: CapToken },
    SayDevice { cap: CapToken, device: String },
    EndSignIn { cap: CapToken, id: Uuid },
    RevokeAll { cap: CapToken, of_staff: Option<Uuid> },
    StaffInviteByMail { cap: CapToken, staff: Uuid, login: Secret, mail: Secret, owner: bool },
    StaffRemove { cap: CapToken, staff: Uuid },
    State,
    BudgetLeft { cap: CapToken },
    HoneytokenPlant { items: Vec<SealItem>, persons: Vec<Uuid> },
    HoneytokenList,
    HoneytokenTest,
    Unfreeze { cap: CapToken },
    Exports { cap: CapToken },
    ExportAsk { cap: CapToken, ask: ExportAsk },
    ExportApprove { cap: CapToken, export: Uuid, hash: [u8; 32], shop_mail: Secret },
    ExportEnd { cap: CapToken, export: Uuid },
    ExportTake { cap: CapToken, export: Uuid },
    ImportIndex { items: Vec<IndexAsk> },
    ImportSeal { items: Vec<SealItem> },
    LockDown { lock: u64 },
    Evidence { lock: u64, sha256: [u8; 32] },
    CampaignBegin { campaign: Uuid, texts: [u8; 32] },
    CampaignAdd { campaign: Uuid, notices: Vec<NoticePlan> },
    CampaignSettle { campaign: Uuid },
    Campaign { campaign: Uuid },
    CampaignApprove { campaign: Uuid, hash: [u8; 32], by: Approver },
    CampaignEnd { campaign: Uuid },
    OpenNotices { campaign: Uuid, texts: [u8; 32], notices: Vec<NoticeAsk> },
    NoticeCheck { code: NoticeCode },
    AnswerAsk { item: UnsealItem },
    IncidentFrozen { cap: Option<CapToken>, incident: Uuid, version: u32, sha256: [u8; 32] },
    CampaignByStaff { cap: CapToken, campaign: Uuid, step: CampaignStep },
}

/// An answer; the variant fits the request.
#[derive(Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Response {
    Failed(VaultError),
    Done,
    Health(Health),
    Sealed(SealedBatch),
    Granted(Vec<OrderGrant>),
    Message(OpenedMessage),
    Redeemed(Redeemed),
    Opened(Vec<Result<Plain, NotOpened>>),
    Indexed(Vec<BlindIndex>),
    Link(LinkToken),
    Cap(CapToken),
    Totp(TotpEnrolment),
    CustomerSignedIn(CustomerSignedIn),
    Identity(Identity),
    OrderSealed(SealedOrder),
    AccountGrant(Vec<u8>),
    AccountToken(AccountToken),
    Account(AccountChange),
    Erased(bool),
    AccountMessage(AccountMessage),
    LedgerState(LedgerState),
    LedgerTile(Option<Vec<u8>>),
    Keys(KeysStatus),
    Renewed(Vec<Result<Renewed, NotOpened>>),
    Recovery((Vec<u8>, WrappedKeys)),
    IndexedBoth(Vec<[BlindIndex; 2]>),
    DayKey(DayKey),
    TakenIn(TakenIn),
    PasskeyAsk(PasskeyAsk),
    Passkeys(Passkeys),
    PasskeyEnrolment(PasskeyEnrolment),
    SignIns(Vec<SignedIn>),
    State(VaultState),
    BudgetLeft(BudgetLeft),
    Persons(Vec<Uuid>),
    Exports(Exports),
    Export(Export),
    ExportApproved(ExportApproved),
    ExportTaken(ExportTaken),
    IndexedSome(Vec<Option<[BlindIndex; 2]>>),
    Ended(u32),
    Campaign(Campaign),
    Grants(Vec<Vec<u8>>),
    Notices(Vec<OpenedNotice>),
    NoticeFound(Option<NoticeFound>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn number(request: &Request) -> u8 {
        postcard::to_allocvec(request).unwrap()[0]
    }

    #[test]
    fn numbers_of_requests_stay() {
        let cap = || CapToken::from_bytes([7; 32]);
        assert_eq!(number(&Request::Ping), 0);
        assert_eq!(number(&Request::Seal { cap: None, items: vec![] }), 1);
        assert_eq!(number(&Request::Unseal { cap: cap(), purpose: Purpose::Checkout, items: vec![] }), 5);
        assert_eq!(number(&Request::Revoke { cap: cap() }), 16);
        assert_eq!(number(&Request::OpenOrder { cap: cap(), grant: vec![] }), 17);
        let order = OrderAsk { order: Uuid::nil(), person: Uuid::nil(), places: vec![] };
        assert_eq!(number(&Request::SealOrder { cap: None, items: vec![], order }), 18);
        assert_eq!(number(&Request::OpenAccountMessage { grant: vec![], message: Uuid::nil() }), 29);
        assert_eq!(number(&Request::LedgerState), 30);
        assert_eq!(number(&Request::KeysRotate { level: KeyLevel::Root }), 32);
        assert_eq!(number(&Request::Recovery), 37);
        assert_eq!(number(&Request::DayKey { held: vec![] }), 38);
    }

    #[test]
    fn there_and_back() {
        let place = Place::new(Column::OrdersEmail, Uuid::from_u128(1), Uuid::from_u128(2));
        let opened = vec![Ok(Plain::new(*b"hanako")), Err(NotOpened::NoKey)];
        let bytes = postcard::to_allocvec(&Response::Opened(opened.clone())).unwrap();
        let Ok(Response::Opened(back)) = postcard::from_bytes(&bytes) else { panic!("another message") };
        assert!(back == opened);
        let item = UnsealItem { place, sealed: Sealed::from_bytes([9; 40]) };
        let bytes = postcard::to_allocvec(&item).unwrap();
        let back: UnsealItem = postcard::from_bytes(&bytes).unwrap();
        assert_eq!((back.place, back.sealed.as_bytes()), (place, &[9; 40][..]));
        let error = Response::Failed(VaultError::BadRequest("split it".into()));
        let bytes = postcard::to_allocvec(&error).unwrap();
        assert!(
            matches!(postcard::from_bytes(&bytes), Ok(Response::Failed(VaultError::BadRequest(t))) if t == "split it")
        );
    }
}
