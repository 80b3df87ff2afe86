//! Campaigns: what is approved by whom, what opens then and what does not, and codes.

use super::{
    people::{code, set_up_as, sign_in},
    *,
};
use crate::{clock::MINUTE_MS, notice::GUESSES_MAX};
use vault_api::{
    Approver, Campaign, CampaignStep, NoticeAsk, NoticeCode, NoticeFound, NoticePlan, OpenedNotice,
};

const TEXTS: [u8; 32] = [5; 32];

/// Three buyers, an owner and a clerk who can both sign in.
struct Shop {
    bench: Bench,
    sealed: Vec<(Place, Sealed)>,
    owner: Vec<u8>,
    clerk: Vec<u8>,
}

fn order(n: u128) -> Place {
    Place::new(Column::OrdersEmail, id(n), id(n + 100))
}

fn plan(n: u128) -> NoticePlan {
    NoticePlan { notice: id(n + 1_000), text: 0, places: vec![order(n)] }
}

fn shop() -> Shop {
    let bench = Bench::new();
    let mail = |n| format!("buyer-{n}@example.jp");
    let sealed = (1..=3).map(|n| (order(n), bench.seal_new(&order(n), &mail(n)).0)).collect();
    let (_, owner) = set_up_as(&bench, id(90), "owner");
    let (_, clerk) = set_up_as(&bench, id(91), "clerk");
    bench.house().store.write(|tx| tx.remove(crate::store::STAFF_OWNERS, id(91).as_bytes())).unwrap();
    Shop { bench, sealed, owner, clerk }
}

impl Shop {
    fn campaign(&self, request: Request) -> Result<Campaign, VaultError> {
        match self.bench.ask(Role::Keeper, request)? {
            Response::Campaign(campaign) => Ok(campaign),
            _ => panic!("another answer"),
        }
    }

    fn add(&self, campaign: Uuid, notices: Vec<NoticePlan>) -> Result<Vec<Vec<u8>>, VaultError> {
        match self.bench.ask(Role::Keeper, Request::CampaignAdd { campaign, notices })? {
            Response::Grants(grants) => Ok(grants),
            _ => panic!("another answer"),
        }
    }

    /// A campaign to two of the three, settled.
    fn settled(&self) -> (Campaign, Vec<Vec<u8>>) {
        self.campaign(Request::CampaignBegin { campaign: id(7), texts: TEXTS }).unwrap();
        let grants = self.add(id(7), vec![plan(1), plan(2)]).unwrap();
        (self.campaign(Request::CampaignSettle { campaign: id(7) }).unwrap(), grants)
    }

    fn approves(&self, login: &str, secret: &[u8], hash: [u8; 32]) -> Result<Campaign, VaultError> {
        self.bench.pass(MINUTE_MS);
        let code = Secret::new(code(&self.bench, secret));
        let by = Approver { login: Secret::new(login), password: Secret::new(PASSWORD), code };
        self.campaign(Request::CampaignApprove { campaign: id(7), hash, by })
    }

    fn approved(&self) -> Vec<Vec<u8>> {
        let (campaign, grants) = self.settled();
        self.approves("clerk", &self.clerk, campaign.hash).unwrap();
        assert!(self.approves("owner", &self.owner, campaign.hash).unwrap().is_approved());
        grants
    }

    fn asks(&self, grants: &[Vec<u8>], of: &[usize]) -> Vec<NoticeAsk> {
        let ask = |(grant, n): (&Vec<u8>, &usize)| {
            let (place, sealed) = &self.sealed[*n - 1];
            NoticeAsk { grant: grant.clone(), items: vec![unseal_item(place, sealed)] }
        };
        grants.iter().zip(of).map(ask).collect()
    }

    fn open(&self, texts: [u8; 32], notices: Vec<NoticeAsk>) -> Result<Vec<OpenedNotice>, VaultError> {
        match self.bench.ask(Role::Post, Request::OpenNotices { campaign: id(7), texts, notices })? {
            Response::Notices(opened) => Ok(opened),
            _ => panic!("another answer"),
        }
    }

    fn check(&self, code: &NoticeCode) -> Option<NoticeFound> {
        match self.bench.ask(Role::Web, Request::NoticeCheck { code: code.clone() }) {
            Ok(Response::NoticeFound(found)) => found,
            _ => panic!("another answer"),
        }
    }
}

fn refused<T>(result: Result<T, VaultError>, reason: Reason) {
    assert_eq!(result.err(), Some(VaultError::Denied(reason)));
}

#[test]
fn nothing_opens_before_two_have_approved_and_then_only_what_they_approved() {
    let mut s = shop();
    let (campaign, grants) = s.settled();
    assert_eq!((campaign.notices, campaign.approvals_needed), (2, 2));
    refused(s.open(TEXTS, s.asks(&grants, &[1, 2])), Reason::Campaign);
    s.approves("clerk", &s.clerk, campaign.hash).unwrap();
    refused(s.open(TEXTS, s.asks(&grants, &[1, 2])), Reason::Campaign);
    refused(s.approves("clerk", &s.clerk, campaign.hash), Reason::Campaign);
    s.bench.restart();
    assert!(s.approves("owner", &s.owner, campaign.hash).unwrap().is_approved());

    let opened = s.open(TEXTS, s.asks(&grants, &[1, 2])).unwrap();
    let mails: Vec<_> = opened.iter().map(|n| text(n.opened[0].clone()).unwrap()).collect();
    assert_eq!(mails, ["buyer-1@example.jp", "buyer-2@example.jp"]);
    refused(s.open([6; 32], s.asks(&grants, &[1, 2])), Reason::Campaign);
    refused(s.open(TEXTS, s.asks(&grants, &[3])), Reason::Grant);
    refused(s.open(TEXTS, s.asks(&[b"no grant".to_vec()], &[1])), Reason::Grant);
    for role in [Role::Web, Role::Keeper, Role::Owner] {
        let notices = s.asks(&grants, &[1]);
        let ask = s.bench.ask(role, Request::OpenNotices { campaign: id(7), texts: TEXTS, notices });
        refused(ask, Reason::Role);
    }
    // The one who is not in it has no grant of it.
    refused(s.add(id(7), vec![plan(3)]), Reason::Campaign);
    s.campaign(Request::CampaignEnd { campaign: id(7) }).unwrap();
    refused(s.open(TEXTS, s.asks(&grants, &[1, 2])), Reason::Campaign);
}

#[test]
fn what_is_approved_is_this_hash_by_two_of_whom_one_is_an_owner() {
    let s = shop();
    let (campaign, _) = s.settled();
    refused(s.approves("clerk", &s.clerk, [0; 32]), Reason::Campaign);
    refused(s.approves("clerk", b"another secret of a code", campaign.hash), Reason::SignIn);
    let (_, second) = set_up_as(&s.bench, id(92), "helper");
    s.bench.house().store.write(|tx| tx.remove(crate::store::STAFF_OWNERS, id(92).as_bytes())).unwrap();
    s.approves("clerk", &s.clerk, campaign.hash).unwrap();
    refused(s.approves("helper", &second, campaign.hash), Reason::NotCovered);
    assert!(s.approves("owner", &s.owner, campaign.hash).unwrap().is_approved());

    let other = shop();
    other.campaign(Request::CampaignBegin { campaign: id(7), texts: TEXTS }).unwrap();
    other.add(id(7), vec![plan(2), plan(1)]).unwrap();
    let hash = other.campaign(Request::CampaignSettle { campaign: id(7) }).unwrap().hash;
    assert_ne!(hash, campaign.hash, "another order is another campaign");
}

/// The back office plans by a capability of staff, and whoever holds it opens nothing with that.
#[test]
fn staff_plan_by_their_capability_and_are_named_on_the_ledger() {
    let s = shop();
    s.bench.pass(MINUTE_MS);
    let cap = sign_in(&s.bench, "clerk", PASSWORD, &code(&s.bench, &s.clerk)).unwrap();
    let by = |cap: &CapToken, step: CampaignStep| {
        s.bench.ask(Role::Web, Request::CampaignByStaff { cap: cap.clone(), campaign: id(7), step })
    };
    let strange = CapToken::from_bytes([7; 32]);
    refused(by(&strange, CampaignStep::Begin(TEXTS)), Reason::NoCapability);
    refused(s.bench.ask(Role::Web, Request::CampaignBegin { campaign: id(7), texts: TEXTS }), Reason::Role);
    by(&cap, CampaignStep::Begin(TEXTS)).unwrap();
    let Response::Grants(grants) = by(&cap, CampaignStep::Add(vec![plan(1)])).unwrap() else {
        panic!("grants")
    };
    let Response::Campaign(campaign) = by(&cap, CampaignStep::Settle).unwrap() else { panic!("a campaign") };
    refused(s.open(TEXTS, s.asks(&grants, &[1])), Reason::Campaign);
    let clerk = id(91).to_string();
    let named = |entry: &serde_json::Value| {
        entry["staff"] == clerk && entry["reason"].as_str().is_some_and(|r| r.starts_with("campaign "))
    };
    assert_eq!(s.bench.ledger().iter().filter(|entry| named(entry)).count(), 3);
    s.approves("clerk", &s.clerk, campaign.hash).unwrap();
    s.approves("owner", &s.owner, campaign.hash).unwrap();
    s.open(TEXTS, s.asks(&grants, &[1])).unwrap();
    by(&cap, CampaignStep::End).unwrap();
    refused(s.open(TEXTS, s.asks(&grants, &[1])), Reason::Campaign);
}

#[test]
fn whoever_works_alone_approves_alone() {
    let s = shop();
    s.bench.house().store.write(|tx| tx.remove(crate::store::STAFF, id(91).as_bytes())).unwrap();
    let (campaign, _) = s.settled();
    assert!(s.approves("owner", &s.owner, campaign.hash).unwrap().is_approved());
}

#[test]
fn a_code_is_the_same_at_each_try_and_tells_of_the_notice_alone() {
    let mut s = shop();
    let grants = s.approved();
    let codes = |s: &Shop| -> Vec<NoticeCode> {
        let opened = s.open(TEXTS, s.asks(&grants, &[1, 2])).unwrap();
        opened.iter().map(|notice| notice.code.clone()).collect()
    };
    let first = codes(&s);
    assert!(first[0] != first[1]);
    s.bench.restart();
    assert!(first == codes(&s));
    assert_eq!(s.check(&first[1]), Some(NoticeFound { campaign: id(7), notice: id(1_002) }));
    assert_eq!(s.check(&NoticeCode::parse("2222-2222-2222").unwrap()), None);
    s.campaign(Request::CampaignEnd { campaign: id(7) }).unwrap();
    assert!(s.check(&first[0]).is_some(), "a notice that was sent stays genuine");
    let store = std::fs::read(s.bench.path("vault").join("vault.redb")).unwrap();
    let text = first[0].to_text();
    assert!(!store.windows(14).any(|w| w == text.as_bytes()));
    assert!(!store.windows(12).any(|w| w == first[0].reveal()));
}

#[test]
fn a_right_code_is_known_however_many_strangers_guess() {
    let s = shop();
    let grants = s.approved();
    let code = s.open(TEXTS, s.asks(&grants, &[1])).unwrap().remove(0).code;
    let guess = NoticeCode::parse("2222-2222-2222").unwrap();
    let tries = || s.bench.ask(Role::Web, Request::NoticeCheck { code: guess.clone() });
    assert!((0..GUESSES_MAX).all(|_| tries().is_ok()));
    assert_eq!(tries().err(), Some(VaultError::Busy));
    assert_eq!(s.check(&code), Some(NoticeFound { campaign: id(7), notice: id(1_001) }));
    s.bench.pass(1_000);
    assert!(tries().is_ok(), "a second gives some back");
}

#[test]
fn plans_that_contradict_themselves_are_refused() {
    let s = shop();
    s.campaign(Request::CampaignBegin { campaign: id(7), texts: TEXTS }).unwrap();
    refused(s.campaign(Request::CampaignBegin { campaign: id(7), texts: TEXTS }), Reason::Campaign);
    let contact = Place::new(Column::OrdersContact, id(1), id(101));
    let of_two = vec![order(1), Place { person: id(9), ..contact }];
    for bad in [
        vec![],
        vec![plan(1), plan(1)],
        vec![NoticePlan { places: vec![], ..plan(1) }],
        vec![NoticePlan {
            places: vec![Place::new(Column::OrderRecipientMessage, id(1), id(101))],
            ..plan(1)
        }],
        vec![NoticePlan { places: of_two, ..plan(1) }],
    ] {
        assert!(matches!(s.add(id(7), bad), Err(VaultError::BadRequest(_))));
    }
    assert!(matches!(
        s.campaign(Request::CampaignSettle { campaign: id(7) }),
        Err(VaultError::BadRequest(_))
    ));
}

/// Whoever has no mail address is written to on paper: by his postal address alone, and the ledger says what for.
#[test]
fn letters_open_postal_addresses_and_nothing_else() {
    let s = shop();
    let place = Place::new(Column::OrdersContact, id(50), id(150));
    let (sealed, _) = s.bench.seal_new(&place, "東京都千代田区霞が関1-3-2");
    s.campaign(Request::CampaignBegin { campaign: id(7), texts: TEXTS }).unwrap();
    let plan = NoticePlan { notice: id(1_050), text: 0, places: vec![place] };
    let grants = s.add(id(7), vec![plan]).unwrap();
    let campaign = s.campaign(Request::CampaignSettle { campaign: id(7) }).unwrap();
    let asks = |place: &Place, sealed: &Sealed| {
        vec![NoticeAsk { grant: grants[0].clone(), items: vec![unseal_item(place, sealed)] }]
    };
    refused(s.open(TEXTS, asks(&place, &sealed)), Reason::Campaign);
    s.approves("clerk", &s.clerk, campaign.hash).unwrap();
    s.approves("owner", &s.owner, campaign.hash).unwrap();
    let opened = s.open(TEXTS, asks(&place, &sealed)).unwrap();
    assert_eq!(text(opened[0].opened[0].clone()).unwrap(), "東京都千代田区霞が関1-3-2");
    assert_eq!(s.check(&opened[0].code), Some(NoticeFound { campaign: id(7), notice: id(1_050) }));
    let (mail, sealed_mail) = &s.sealed[0];
    refused(s.open(TEXTS, asks(mail, sealed_mail)), Reason::Grant);
    let entries = s.bench.ledger();
    let entry = entries.iter().rfind(|e| e["kind"] == "unseal").unwrap();
    assert_eq!(entry["purpose"], "letter");
}
