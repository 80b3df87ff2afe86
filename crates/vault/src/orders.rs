//! What an order brings: the guest's capability, the grant for its mails, the link in them.

use crate::{
    caps::{Among, Cap, GUEST_ORDER_MS, ORDER_LINK_MS, Scope},
    crypto::{CryptoError, hmac256, joined, sha256},
    entry::{Fill, Kind},
    grant::{
        ALL_KINDS, GRANT_MS, MESSAGES_PER_KIND_MAX, MessageGrant, MessageRecord, OPENS_PER_MESSAGE_MAX,
        kind_number,
    },
    house::{Asked, Done, Fault, House, Link},
    records::{Sealing, check_count, seal_entry, with_cap},
    store::{LINKS, MESSAGE_COUNTS, MESSAGES, Tx},
};
use uuid::Uuid;
use vault_api::{
    BATCH_ITEMS_MAX, CapToken, LinkToken, MessageKind, ORDER_PLACES_MAX, OpenedMessage, OrderAsk, OrderGrant,
    Place, Reason, Redeemed, Response, SealItem, SealedOrder, UnsealItem,
};

impl House {
    /// Grants for the mails of orders that come from elsewhere.
    pub(crate) fn orders_placed(&self, asked: Asked, orders: Vec<OrderAsk>) -> Done {
        if orders.len() > BATCH_ITEMS_MAX {
            return Err(Fault::Bad("more orders than one request may hold: split it"));
        }
        orders.iter().try_for_each(check_order)?;
        let mut entry = asked.entry(Kind::Token);
        entry.orders = orders.iter().map(|o| o.order).collect();
        self.write(&entry)?;
        let grant = |OrderAsk { order, person, places }: OrderAsk| -> Done<_> {
            let grant = message_grant(asked, order, person, places);
            Ok(OrderGrant { guest_cap: None, message_grant: self.seal_grant(&grant)? })
        };
        Ok(Response::Granted(orders.into_iter().map(grant).collect::<Done<_>>()?))
    }

    /// Seals an order's fields and gives what it brings: one entry for each on the ledger, written together, and one
    /// change to the store.
    pub(crate) fn seal_order(
        &self,
        asked: Asked,
        token: Option<CapToken>,
        items: Vec<SealItem>,
        ask: OrderAsk,
    ) -> Done {
        check_order(&ask)?;
        let sealing = self.judge(asked, token, &items)?;
        // A customer's own capability opens his orders.
        let guest = !matches!(sealing.cap.as_ref().map(Cap::scope), Some(Scope::OwnAccount { .. }));
        Ok(Response::OrderSealed(self.place_order(asked, sealing, &items, ask, guest, |_| Ok(()))?))
    }

    /// The same for a batch that was judged: a `guest` gets his own capability, and `keeps` is part of the change to the
    /// store.
    pub(crate) fn place_order(
        &self,
        asked: Asked,
        mut sealing: Sealing,
        items: &[SealItem],
        ask: OrderAsk,
        guest: bool,
        keeps: impl Fn(&Tx<'_>) -> Result<(), redb::Error>,
    ) -> Done<SealedOrder> {
        let covered = sealing.covers(ask.person) && ask.places.iter().all(|p| sealing.covers(p.person));
        if !covered {
            return Err(sealing.not_covered());
        }
        let OrderAsk { order, person, places } = ask;
        let scope = || Scope::GuestOrder { order, person, places: places.clone() };
        let draft = guest.then(|| self.caps.draft(scope(), asked.now_ms + GUEST_ORDER_MS)).transpose()?;
        if sealing.makes_keys() || draft.is_some() {
            let made = self.store.write(|tx| -> Done<_> {
                draft.as_ref().map_or(Ok(()), |draft| draft.put(tx))?;
                keeps(tx)?;
                self.make_persons(tx, asked, &sealing)
            })?;
            sealing.take_keys(self.adopt(made)?);
        }
        let mut token = asked.entry(Kind::Token);
        (token.orders, token.person) = (vec![order], Some(person));
        let token = match &draft {
            Some(draft) => token.cap(&draft.hash),
            None => with_cap(token, sealing.cap.as_ref()),
        };
        self.ledger.append_all(&[&seal_entry(asked, &sealing, items), &token])?;
        let items = self.seal_items(items, sealing)?;
        let grant = message_grant(asked, order, person, places);
        let message_grant = self.seal_grant(&grant)?;
        self.mails.placed(&grant, asked.now_ms);
        let guest_cap = draft.map(|draft| self.caps.keep(draft));
        Ok(SealedOrder { items, grant: OrderGrant { guest_cap, message_grant } })
    }

    fn seal_grant(&self, grant: &MessageGrant) -> Done<Vec<u8>> {
        Ok(grant.seal(&self.keys.ring().grant).ok_or(CryptoError)?)
    }

    fn mint_guest(&self, asked: Asked, order: Uuid, person: Uuid, places: Vec<Place>) -> Done<CapToken> {
        let mut entry = asked.entry(Kind::Token);
        entry.orders = vec![order];
        entry.person = Some(person);
        self.mint(Scope::GuestOrder { order, person, places }, asked.now_ms + GUEST_ORDER_MS, entry)
    }

    pub(crate) fn open_message(
        &self,
        asked: Asked,
        grant: &[u8],
        message: Uuid,
        kind: MessageKind,
        items: Vec<UnsealItem>,
    ) -> Done {
        check_count(items.len())?;
        let grant = MessageGrant::open(&self.keys.ring().grant, grant).ok_or(Reason::Grant)?;
        let mut granted = Among::new(&grant.places);
        if !grant.allows(kind, asked.now_ms) || !items.iter().all(|item| granted.has(&item.place)) {
            return Err(Reason::Grant.into());
        }
        if !self.mails.may_open(&grant, asked.now_ms) {
            self.counters.mails_held.inc();
            return Err(Reason::Budget.into());
        }
        // The same message has the same link however often it is tried, and nothing to be made anew.
        let id = joined(&[b"order link 1", message.as_bytes(), grant.order.as_bytes()]);
        let link = || LinkToken::from_bytes(*hmac256(self.keys.ring().link.newest(), &id));
        // Anybody can have an answer sent: it must not open the order to whoever reads that mailbox now.
        let order_link = (kind != MessageKind::InquiryAnswer).then(link);
        self.count_message(asked, &grant, message, kind, order_link.as_ref())?;
        let mut entry = asked.entry(Kind::Unseal).places(items.iter().map(|i| &i.place));
        entry.purpose = Some("message".into());
        entry.message = Some(message);
        entry.person = Some(grant.person);
        entry.orders = vec![grant.order];
        self.write(&entry)?;
        let opened = self.open_items(asked, items)?;
        Ok(Response::Message(OpenedMessage { opened, order_link }))
    }

    /// One id is one message about one order; so many tries, so many messages of a kind.
    fn count_message(
        &self,
        asked: Asked,
        grant: &MessageGrant,
        message: Uuid,
        kind: MessageKind,
        link: Option<&LinkToken>,
    ) -> Done<()> {
        let kind = kind_number(kind);
        let counted = [grant.order.as_bytes(), &[kind][..]].concat();
        self.store.write(|tx| {
            let known = tx.get::<MessageRecord>(MESSAGES, message.as_bytes())?;
            let opens = match &known {
                Some(m) if m.order == grant.order && m.kind == kind && m.opens < OPENS_PER_MESSAGE_MAX => {
                    // The key of links may have been changed since: what this try mails must work.
                    self.put_order_link(tx, asked, grant, link)?;
                    m.opens
                }
                Some(_) => return Err(Reason::Grant.into()),
                None => {
                    let count = tx.get::<u32>(MESSAGE_COUNTS, &counted)?.unwrap_or_default();
                    if count >= MESSAGES_PER_KIND_MAX {
                        return Err(Reason::Grant.into());
                    }
                    tx.put(MESSAGE_COUNTS, &counted, &(count + 1))?;
                    self.put_order_link(tx, asked, grant, link)?;
                    0
                }
            };
            let record = MessageRecord { order: grant.order, kind, opens: opens + 1 };
            Ok::<_, Fault>(tx.put(MESSAGES, message.as_bytes(), &record)?)
        })
    }

    /// Keeps a link to an order, if there is one and it is new.
    fn put_order_link(
        &self,
        tx: &Tx<'_>,
        asked: Asked,
        grant: &MessageGrant,
        link: Option<&LinkToken>,
    ) -> Done<()> {
        let Some(link) = link else { return Ok(()) };
        let hash = sha256(link.reveal());
        if tx.get::<Link>(LINKS, &hash)?.is_some() {
            return Ok(());
        }
        let (order, person, places) = (grant.order, grant.person, grant.places.clone());
        let to = Link::Order { order, person, places, expires_at_ms: asked.now_ms + ORDER_LINK_MS };
        Ok(tx.put(LINKS, &hash, &to)?)
    }

    pub(crate) fn redeem_order_link(&self, asked: Asked, token: &LinkToken) -> Done {
        match self.store.get::<Link>(LINKS, &sha256(token.reveal()))? {
            Some(Link::Order { order, person, places, expires_at_ms }) if expires_at_ms > asked.now_ms => {
                let cap = self.mint_guest(asked, order, person, places)?;
                Ok(Response::Redeemed(Redeemed { order, person, cap }))
            }
            _ => Err(Reason::Token.into()),
        }
    }

    pub(crate) fn open_order(&self, asked: Asked, token: &CapToken, grant: &[u8]) -> Done {
        let cap = self.cap(asked, token)?;
        let grant =
            MessageGrant::open(&self.keys.ring().grant, grant).filter(|g| g.expires_at_ms > asked.now_ms);
        let grant = grant.ok_or_else(|| cap.denied(Reason::Grant))?;
        if *cap.scope() != (Scope::OwnAccount { person: grant.person }) {
            return Err(cap.denied(Reason::NotCovered));
        }
        let MessageGrant { order, person, places, .. } = grant;
        let cap = self.mint_guest(asked, order, person, places)?;
        Ok(Response::Redeemed(Redeemed { order, person, cap }))
    }
}

fn message_grant(asked: Asked, order: Uuid, person: Uuid, places: Vec<Place>) -> MessageGrant {
    let expires_at_ms = asked.now_ms + GRANT_MS;
    MessageGrant { order, person, places, kinds: ALL_KINDS, expires_at_ms }
}

pub(crate) fn check_order(order: &OrderAsk) -> Done<()> {
    if order.places.len() > ORDER_PLACES_MAX {
        return Err(Fault::Bad("more places than an order may have"));
    }
    Ok(())
}
