//! The vault as a whole: every request comes in here, is judged, written down, and done.

use crate::{
    account::{AccountLink, Slot, remove_link},
    asks::Asks,
    backoff::Backoff,
    budget::Budgets,
    caps::{Cap, Caps, MintError, Scope},
    clock::Clock,
    config::Config,
    counters::Counters,
    crypto::{CryptoError, Hash, sha256},
    denials::Denials,
    entry::{Entry, Fill, Kind, role_name},
    export::Exporting,
    honey::Honey,
    keys::{Keyring, root::RootSource},
    ledger::{self, Ledger, LedgerError},
    mails::Mails,
    names::{name_of, roles_of},
    notice::Guesses,
    passkey::{Challenges, Party},
    password::{HashError, Hasher},
    password_rule,
    sign_ins::SignIns,
    state::{Mark, Signs},
    store::{LINKS, Store},
    witness::Witnesses,
};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;
use vault_api::{
    CapToken, Health, PasswordFault, Place, Reason, Request, Response, Role, Secret, VaultError,
};

/// Everything the vault holds.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) ledger: Ledger,
    pub(crate) witnesses: Witnesses,
    pub(crate) caps: Caps,
    pub(crate) budgets: Budgets,
    pub(crate) mails: Mails,
    pub(crate) backoff: Backoff,
    pub(crate) asks: Asks,
    /// Apart from `asks`, or the forms would tell whose record was found.
    pub(crate) answers: Asks,
    pub(crate) denials: Denials,
    pub(crate) honey: Honey,
    pub(crate) signs: Signs,
    pub(crate) hasher: Hasher,
    pub(crate) clock: Clock,
    pub(crate) counters: Counters,
    pub(crate) issuer: String,
    /// What the shop is called: its name, and its host name.
    shop_names: Vec<String>,
    pub(crate) party: Option<Party>,
    pub(crate) challenges: Challenges,
    pub(crate) sign_ins: SignIns,
    pub(crate) exporting: Exporting,
    pub(crate) guesses: Guesses,
}

/// Who asks, and what: known before anything else is.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) role: Role,
    pub(crate) what: &'static str,
    pub(crate) now_ms: i64,
}

/// What a link stands for. Stored: variants are only ever added at the end.
#[derive(Serialize, Deserialize)]
pub(crate) enum Link {
    /// To an order's page.
    Order { order: Uuid, person: Uuid, places: Vec<Place>, expires_at_ms: i64 },
    /// For a staff member's first sign-in; good only while it is his newest (`serial`).
    Invitation { staff: Uuid, serial: u32, expires_at_ms: i64 },
    /// For an account; good once, and only while it is its slot's newest.
    Account { slot: Slot, does: AccountLink, expires_at_ms: i64 },
}

impl Link {
    pub(crate) fn expires_at_ms(&self) -> i64 {
        match self {
            Link::Order { expires_at_ms, .. }
            | Link::Invitation { expires_at_ms, .. }
            | Link::Account { expires_at_ms, .. } => *expires_at_ms,
        }
    }
}

/// Why a request is not done.
pub(crate) enum Fault {
    /// Against the rules; on the ledger, with the capability that was shown.
    Denied(Reason, Option<Hash>),
    /// The caller's mistake.
    Bad(&'static str),
    /// Too much at once.
    Busy,
    /// The ledger cannot be written.
    Ledger,
    /// Something inside is broken; logged, never told.
    Inside(anyhow::Error),
}

pub(crate) type Done<T = Response> = Result<T, Fault>;

impl House {
    /// Opens the vault's folder, making what is not there yet.
    pub(crate) fn open(config: &Config, clock: Clock, counters: Counters) -> anyhow::Result<House> {
        House::open_with(config, clock, counters, ledger::folder)
    }

    /// The same, with something between the ledger and its files.
    pub(crate) fn open_with(
        config: &Config,
        clock: Clock,
        counters: Counters,
        layer: impl FnOnce(&std::path::Path) -> std::io::Result<std::sync::Arc<dyn ::ledger::Disk>>,
    ) -> anyhow::Result<House> {
        let dir = &config.dir;
        make_dir(dir).with_context(|| format!("cannot make the vault's folder {}", dir.display()))?;
        let now_ms = clock.now_ms();
        let budgets = Budgets::new(config.staff_persons_per_hour_max, config.staff_lookups_per_hour_max);
        let path = dir.join("vault.redb");
        let store = Store::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let source = RootSource::find(dir, config.credentials.as_deref());
        let keys = Arc::new(Keyring::open(source, &store)?);
        let (ledger, end) = Ledger::open(&dir.join("ledger"), layer, &keys.ledger, &store, now_ms)?;
        let witnesses = Witnesses::open(&store, &config.witnesses, config.witnessed, now_ms)?;
        let mails = Mails::open(&store, config.mail_persons_per_hour_max)?;
        ledger.remember(&budgets, &mails, now_ms).context("cannot read the last hour of the ledger")?;
        let caps = Caps::load(&store, now_ms)?;
        let (since, signs) = (Mark::read(&store)?, Signs::read(&store, &ledger, &end, now_ms)?);
        let honey = Honey::load(&store)?;
        let hasher = Hasher::new(Arc::clone(&keys));
        let (backoff, asks, denials) = (Backoff::default(), Asks::default(), Denials::default());
        let mut boot = Entry::new(now_ms, Kind::Boot);
        // Which program it was is part of what is proved of that time.
        boot.purpose = Some(concat!("dozo ", env!("CARGO_PKG_VERSION")).into());
        if end.time_ms > now_ms {
            boot.reason = Some("clock behind the last entry".into());
            tracing::warn!(size = end.size, "the clock is behind the last entry of the ledger");
        }
        ledger.append(&boot)?;
        let issuer = config.issuer.clone();
        let party = config.origin.as_deref().and_then(Party::of_origin);
        let house = House {
            store,
            keys,
            ledger,
            witnesses,
            caps,
            budgets,
            mails,
            backoff,
            asks,
            answers: Asks::default(),
            denials,
            honey,
            signs,
            hasher,
            clock,
            counters,
            shop_names: [issuer.clone()].into_iter().chain(party.as_ref().map(|p| p.id.clone())).collect(),
            issuer,
            party,
            challenges: Challenges::default(),
            sign_ins: SignIns::default(),
            exporting: Exporting::default(),
            guesses: Guesses::default(),
        };
        house.check_recovery()?;
        house.erase_again(since, now_ms).context("cannot read from the ledger who was erased")?;
        Ok(house)
    }

    /// Does a request, or says why not.
    pub(crate) fn answer(&self, role: Role, request: Request) -> Response {
        let asked = self.asked(role, &request);
        let done = self.dispatch(asked, request);
        self.respond(asked, done)
    }

    /// Who asks what, now.
    pub(crate) fn asked(&self, role: Role, request: &Request) -> Asked {
        Asked { role, what: name_of(request), now_ms: self.clock.now_ms() }
    }

    /// The answer to what was done or not. A refusal is written down first.
    pub(crate) fn respond(&self, asked: Asked, done: Done) -> Response {
        let error = match done {
            Ok(response) => {
                self.counters.answered.inc();
                return response;
            }
            Err(Fault::Denied(reason, cap)) => {
                self.counters.denied.inc();
                let line = self.denials.gets_line(asked.what, asked.now_ms);
                if !line || self.write_denial(asked, reason, cap).is_ok() {
                    VaultError::Denied(reason)
                } else {
                    VaultError::Unavailable
                }
            }
            Err(Fault::Bad(text)) => VaultError::BadRequest(Cow::Borrowed(text)),
            Err(Fault::Busy) => VaultError::Busy,
            Err(Fault::Ledger) => VaultError::Unavailable,
            Err(Fault::Inside(e)) => {
                tracing::error!(asked = asked.what, error = format!("{e:#}"), "request failed inside");
                VaultError::Unavailable
            }
        };
        self.counters.failed.inc();
        Response::Failed(error)
    }

    fn dispatch(&self, asked: Asked, request: Request) -> Done {
        use Request as R;
        if !roles_of(&request).contains(&asked.role) {
            return Err(Reason::Role.into());
        }
        match request {
            R::Ping => {
                let (ledger_ok, ledger_seq) = self.ledger.health();
                let (sealed, witness) = (self.counters.sealed.get(), self.witnesses.health(asked.now_ms));
                Ok(Response::Health(Health { ledger_ok, ledger_seq, sealed, witness }))
            }
            R::Seal { cap, items } => self.seal(asked, cap, items),
            R::Unseal { cap, purpose, items } => self.unseal(asked, &cap, purpose, items),
            R::Index { cap, items } => self.index(asked, &cap, &items),
            R::OrdersPlaced { orders } => self.orders_placed(asked, orders),
            R::OpenMessage { grant, message, kind, items } => {
                self.open_message(asked, &grant, message, kind, items)
            }
            R::RedeemOrderLink { token } => self.redeem_order_link(asked, &token),
            R::OpenOrder { cap, grant } => self.open_order(asked, &cap, &grant),
            R::SealOrder { cap, items, order } => self.seal_order(asked, cap, items, order),
            R::StaffInvite { staff, login } => self.staff_invite(asked, staff, &login),
            R::StaffRedeem { token } => self.staff_redeem(asked, &token),
            R::StaffSetPassword { cap, password } => self.staff_set_password(asked, &cap, &password),
            R::StaffEnrollTotp { cap } => self.staff_enroll_totp(asked, &cap),
            R::StaffConfirmTotp { cap, code } => self.staff_confirm_totp(asked, &cap, &code),
            R::StaffSignIn { login, password, code } => self.staff_sign_in(asked, &login, &password, &code),
            R::CustomerSetPassword { person, mail, password } => {
                self.customer_set_password(asked, person, &mail, &password)
            }
            R::CustomerSignIn { mail, password } => self.customer_sign_in(asked, &mail, &password),
            R::WhoAmI { cap } => self.who_am_i(asked, &cap),
            R::Revoke { cap } => self.revoke(asked, &cap),
            R::AccountAsk { mail, wish } => self.account_ask(asked, &mail, wish),
            R::AccountTokenFor { token } => self.account_token(asked, &token),
            R::AccountRegister { token, contact, password } => {
                self.account_register(asked, &token, &contact, &password)
            }
            R::AccountReset { token, password } => self.account_reset(asked, &token, &password),
            R::AccountPassword { cap, proof, new } => self.account_password(asked, &cap, &proof, &new),
            R::AccountMailAsk { cap, proof, mail } => self.account_mail_ask(asked, &cap, &proof, &mail),
            R::AccountMailConfirm { token } => self.account_mail_confirm(asked, &token),
            R::AccountMail { cap } => self.account_mail(asked, &cap),
            R::AccountLeave { cap, proof, orders } => self.account_leave(asked, &cap, &proof, &orders),
            R::AccountErased { person } => self.account_erased(person),
            R::OpenAccountMessage { grant, message } => self.open_account_message(asked, &grant, message),
            R::LedgerState => Ok(Response::LedgerState(self.ledger.state())),
            R::LedgerTile { path, from } => Ok(Response::LedgerTile(self.ledger.tile(&path, from)?)),
            R::KeysRotate { level } => self.keys_rotate(asked, level),
            R::KeysStatus => self.keys_status(),
            R::KeysFinish { level } => self.keys_finish(asked, level),
            R::Renew { items } => self.renew(asked, items),
            R::RecoverySet { recipients } => self.recovery_set(asked, recipients),
            R::Recovery => self.recovery(asked),
            R::DayKey { held } => self.day_key(asked, &held),
            R::TakeIn { order, envelope } => self.take_in(asked, order, &envelope),
            R::LedgerCosigned { note, own } => {
                let kept = (&self.ledger, &self.store);
                self.witnesses.cosigned(kept, &note, own.as_deref(), asked.now_ms)?;
                Ok(Response::Done)
            }
            R::PasskeyAsk { sort } => self.passkey_ask(asked, sort),
            R::PasskeySignIn { sort, assertion } => self.passkey_sign_in(asked, sort, &assertion),
            R::Passkeys { cap } => self.passkeys(asked, &cap),
            R::PasskeyEnrolAsk { cap } => self.passkey_enrol_ask(asked, &cap),
            R::PasskeyEnrol { cap, name, attestation } => {
                self.passkey_enrol(asked, &cap, &name, &attestation)
            }
            R::PasskeyRemove { cap, passkey } => self.passkey_remove(asked, &cap, passkey),
            R::ProofAsk { cap } => self.proof_ask(asked, &cap),
            R::Prove { cap, proof } => self.prove_anew(asked, &cap, &proof),
            R::SignIns { cap } => self.list_sign_ins(asked, &cap),
            R::SayDevice { cap, device } => self.say_device(asked, &cap, &device),
            R::EndSignIn { cap, id } => self.end_sign_in(asked, &cap, id),
            R::RevokeAll { cap, of_staff } => self.revoke_all(asked, &cap, of_staff),
            R::StaffInviteByMail { cap, staff, login, mail, owner } => {
                self.staff_invite_by_mail(asked, &cap, staff, &login, &mail, owner)
            }
            R::StaffRemove { cap, staff } => self.staff_remove(asked, &cap, staff),
            R::State => self.state(asked),
            R::BudgetLeft { cap } => self.budget_left(asked, &cap),
            R::HoneytokenPlant { items, persons } => self.honeytoken_plant(asked, items, &persons),
            R::HoneytokenList => self.honeytoken_list(asked),
            R::HoneytokenTest => self.honeytoken_test(asked),
            R::Unfreeze { cap } => self.unfreeze(asked, &cap),
            R::Exports { cap } => self.exports(asked, &cap),
            R::ExportAsk { cap, ask } => self.export_ask(asked, &cap, ask),
            R::ExportApprove { cap, export, hash, shop_mail } => {
                self.export_approve(asked, &cap, export, &hash, &shop_mail)
            }
            R::ExportEnd { cap, export } => self.export_end(asked, &cap, export),
            R::ExportTake { cap, export } => self.export_take(asked, &cap, export),
            R::ImportIndex { items } => self.import_index(asked, &items),
            R::ImportSeal { items } => self.import_seal(asked, items),
            R::LockDown { lock } => self.lock_down(asked, lock),
            R::Evidence { lock, sha256 } => self.evidence(asked, lock, &sha256),
            R::CampaignBegin { campaign, texts } => self.campaign_begin(asked, None, campaign, &texts),
            R::CampaignAdd { campaign, notices } => self.campaign_add(asked, None, campaign, notices),
            R::CampaignSettle { campaign } => self.campaign_settle(asked, None, campaign),
            R::Campaign { campaign } => Ok(Response::Campaign(self.campaign_at(campaign)?)),
            R::CampaignApprove { campaign, hash, by } => self.campaign_approve(asked, campaign, &hash, &by),
            R::CampaignEnd { campaign } => self.campaign_end(asked, None, campaign),
            R::CampaignByStaff { cap, campaign, step } => self.campaign_by_staff(asked, &cap, campaign, step),
            R::OpenNotices { campaign, texts, notices } => {
                self.open_notices(asked, campaign, &texts, notices)
            }
            R::NoticeCheck { code } => self.notice_check(asked, &code),
            R::AnswerAsk { item } => self.answer_ask(asked, item),
            R::IncidentFrozen { cap, incident, version, sha256 } => {
                self.incident_frozen(asked, cap.as_ref(), incident, version, &sha256)
            }
        }
    }

    /// The capability behind a token.
    pub(crate) fn cap(&self, asked: Asked, token: &CapToken) -> Done<Cap> {
        let unknown = || Fault::Denied(Reason::NoCapability, Some(sha256(token.reveal())));
        self.caps.find(token, asked.now_ms).ok_or_else(unknown)
    }

    /// Whether a new password may be used by whoever signs in as `login`.
    pub(crate) fn judge_password(&self, password: &Secret, login: &str) -> Result<(), PasswordFault> {
        password_rule::judge(password.reveal(), login, &self.shop_names)
    }

    /// Gives a capability, and writes that down first.
    pub(crate) fn mint(&self, scope: Scope, expires_at_ms: i64, entry: Entry) -> Done<CapToken> {
        let (token, hash) = self.caps.mint(&self.store, scope, expires_at_ms)?;
        self.write(&entry.cap(&hash))?;
        Ok(token)
    }

    /// Writes an entry; it is durable when this returns.
    pub(crate) fn write(&self, entry: &Entry) -> Done<()> {
        self.ledger.append(entry)?;
        Ok(())
    }

    /// Refuses a connection in a role that its user id may not have.
    pub(crate) fn deny_connection(&self, role: Role) {
        let asked = Asked { role, what: "connect", now_ms: self.clock.now_ms() };
        self.counters.denied.inc();
        let _ = self.write_denial(asked, Reason::Role, None);
    }

    /// Drops the capabilities that have ended.
    pub(crate) fn sweep_caps(&self) -> anyhow::Result<()> {
        self.caps.sweep(&self.store, self.clock.now_ms())?;
        self.sign_ins.sweep(|cap| self.caps.has(cap));
        self.sweep_exports()?;
        Ok(())
    }

    /// Drops the links that have ended, and what is remembered of mails that can be tried no more.
    pub(crate) fn sweep_links(&self) -> anyhow::Result<()> {
        let now_ms = self.clock.now_ms();
        let links = self.store.all::<Link>(LINKS)?;
        let ended: Vec<_> = links.iter().filter(|(_, link)| link.expires_at_ms() <= now_ms).collect();
        if !ended.is_empty() {
            self.store.write(|tx| ended.iter().try_for_each(|(hash, link)| remove_link(tx, hash, link)))?;
        }
        Ok(self.sweep_account_messages(now_ms)?)
    }

    /// Writes how many refusals have no line of their own, when it is time or the `last` moment for it.
    pub(crate) fn write_rest(&self, last: bool) {
        let now_ms = self.clock.now_ms();
        let Some(unwritten) = self.denials.take_rest(if last { i64::MAX } else { now_ms }) else { return };
        let mut entry = Entry::new(now_ms, Kind::Deny);
        entry.unwritten = Some(unwritten);
        entry.reason = Some("more refusals of strangers than have lines".into());
        if self.ledger.append(&entry).is_err() {
            self.denials.give_back(unwritten);
        }
    }

    pub(crate) fn revoke(&self, asked: Asked, token: &CapToken) -> Done {
        if let Some(cap) = self.caps.find(token, asked.now_ms) {
            self.write(&asked.entry(Kind::Token).cap(&cap.hash))?;
            self.caps.revoke(&self.store, &cap.hash)?;
        }
        Ok(Response::Done)
    }

    fn write_denial(&self, asked: Asked, reason: Reason, cap: Option<Hash>) -> Result<u64, LedgerError> {
        let mut entry = asked.entry(Kind::Deny);
        entry.reason = Some(reason.to_string().into());
        self.ledger.append(&match cap {
            Some(hash) => entry.cap(&hash),
            None => entry,
        })
    }
}

impl Asked {
    /// An entry about this request.
    pub(crate) fn entry(&self, kind: Kind) -> Entry {
        let mut entry = Entry::new(self.now_ms, kind);
        entry.role = Some(role_name(self.role));
        entry.asked = Some(self.what.into());
        entry
    }
}

impl Cap {
    /// A refusal that names this capability on the ledger.
    pub(crate) fn denied(&self, reason: Reason) -> Fault {
        Fault::Denied(reason, Some(self.hash))
    }
}

fn make_dir(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

impl Fault {
    /// As an error of work that nobody asked for.
    pub(crate) fn into_error(self) -> anyhow::Error {
        match self {
            Fault::Inside(error) => error,
            Fault::Denied(reason, _) => anyhow::anyhow!("refused: {reason}"),
            Fault::Bad(text) => anyhow::anyhow!(text),
            Fault::Busy => anyhow::anyhow!("busy"),
            Fault::Ledger => LedgerError.into(),
        }
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Fault {
        Fault::Denied(reason, None)
    }
}

impl From<LedgerError> for Fault {
    fn from(_: LedgerError) -> Fault {
        Fault::Ledger
    }
}

impl From<anyhow::Error> for Fault {
    fn from(e: anyhow::Error) -> Fault {
        Fault::Inside(e)
    }
}

impl From<redb::Error> for Fault {
    fn from(e: redb::Error) -> Fault {
        Fault::Inside(e.into())
    }
}

impl From<CryptoError> for Fault {
    fn from(e: CryptoError) -> Fault {
        Fault::Inside(e.into())
    }
}

impl From<HashError> for Fault {
    fn from(e: HashError) -> Fault {
        match e {
            HashError::Busy => Fault::Busy,
            HashError::Broken => CryptoError.into(),
        }
    }
}

impl From<MintError> for Fault {
    fn from(e: MintError) -> Fault {
        match e {
            MintError::Full => Fault::Busy,
            MintError::Store(e) => e.into(),
            MintError::Crypto(e) => e.into(),
        }
    }
}
