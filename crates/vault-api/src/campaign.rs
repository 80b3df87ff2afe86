//! Campaigns: notices about an incident to many persons, each opened at the moment in which it is sent.
//!
//! Whom a campaign writes to is settled before anybody approves it: each notice gets a grant, and [`Campaign::hash`] is over
//! all of them, the texts among it. Two persons approve that hash, each by a proof of his own; from then on `post` may
//! open what the grants name, for these texts and nothing else. No capability is needed for it, so it goes on in a shop
//! that is locked.

use crate::{
    CapToken, Client, NotOpened, NoticeCode, Place, Plain, Request, Response, Secret, UnsealItem, VaultError,
    client::answered,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most sealed fields of one notice: mail address and name.
pub const NOTICE_PLACES_MAX: usize = 4;
/// The most notices of one request.
pub const NOTICES_PER_CALL_MAX: usize = 250;

/// A notice that is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePlan {
    /// Its id.
    pub notice: Uuid,
    /// What it tells, by the number of its text within the campaign.
    pub text: u32,
    /// What is opened for it, all of one person; the mail address first. At most [`NOTICE_PLACES_MAX`].
    pub places: Vec<Place>,
}

/// A campaign, without the notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of its texts.
    pub texts: [u8; 32],
    /// So many notices.
    pub notices: u32,
    /// SHA-256 of all of it: what is approved. It changes with each notice until the campaign is settled.
    pub hash: [u8; 32],
    /// When it was begun, Unix milliseconds.
    pub begun_at_ms: i64,
    /// When it was settled: no notice can be added from then on.
    pub settled_at_ms: Option<i64>,
    /// Who approved it, and when.
    pub approved: Vec<(Uuid, i64)>,
    /// How many must approve it, an owner of the shop among them: two; one where nobody else can sign in.
    pub approvals_needed: u32,
    /// When it was ended: nothing of it is opened any more.
    pub ended_at_ms: Option<i64>,
}

impl Campaign {
    /// Whether its notices may be opened.
    pub fn is_approved(&self) -> bool {
        self.settled_at_ms.is_some() && self.approved.len() >= self.approvals_needed as usize
    }
}

/// What staff do with a campaign by their capability; the owner's command line has requests of its own for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CampaignStep {
    /// See [`Client::campaign_begin`].
    Begin([u8; 32]),
    /// See [`Client::campaign_add`].
    Add(Vec<NoticePlan>),
    /// See [`Client::campaign_settle`].
    Settle,
    /// See [`Client::campaign_end`].
    End,
}

/// Who approves, with what proves it now.
#[derive(Clone, Serialize, Deserialize)]
pub struct Approver {
    /// His login.
    pub login: Secret,
    /// His password.
    pub password: Secret,
    /// The code of this moment.
    pub code: Secret,
}

/// A notice to be opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeAsk {
    /// Its grant.
    pub grant: Vec<u8>,
    /// What its grant names, as it was found; in the same order.
    pub items: Vec<UnsealItem>,
}

/// A notice that was opened. Personal: no `Debug`.
#[derive(Serialize, Deserialize)]
pub struct OpenedNotice {
    /// In the order asked.
    pub opened: Vec<Result<Plain, NotOpened>>,
    /// What the recipient sees by that it is genuine; the same at each try.
    pub code: NoticeCode,
}

/// Which notice a code stands in. Never whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFound {
    /// The campaign.
    pub campaign: Uuid,
    /// The notice.
    pub notice: Uuid,
}

impl Client {
    /// Begins a campaign with these texts. Role web on a staff capability; roles owner and keeper without one.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Campaign`] where one of that id was begun before;
    /// [`crate::Reason::NoCapability`], [`crate::Reason::NotCovered`].
    pub fn campaign_begin(
        &self,
        cap: Option<&CapToken>,
        campaign: Uuid,
        texts: [u8; 32],
    ) -> Result<Campaign, VaultError> {
        answered!(self.call(&step(cap, campaign, CampaignStep::Begin(texts))), Campaign)
    }

    /// Adds notices; gives their grants in the order asked. Roles as for [`Client::campaign_begin`].
    ///
    /// # Errors
    /// As [`Client::campaign_begin`]; [`crate::Reason::Campaign`] where it is settled or was never begun.
    pub fn campaign_add(
        &self,
        cap: Option<&CapToken>,
        campaign: Uuid,
        notices: Vec<NoticePlan>,
    ) -> Result<Vec<Vec<u8>>, VaultError> {
        answered!(self.call(&step(cap, campaign, CampaignStep::Add(notices))), Grants)
    }

    /// Settles it: from now on it can be approved, and changed no more. Roles as for [`Client::campaign_begin`].
    ///
    /// # Errors
    /// As [`Client::campaign_add`].
    pub fn campaign_settle(&self, cap: Option<&CapToken>, campaign: Uuid) -> Result<Campaign, VaultError> {
        answered!(self.call(&step(cap, campaign, CampaignStep::Settle)), Campaign)
    }

    /// How it stands. Roles web, owner and keeper.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Campaign`] where there is none.
    pub fn campaign(&self, campaign: Uuid) -> Result<Campaign, VaultError> {
        answered!(self.call(&Request::Campaign { campaign }), Campaign)
    }

    /// Approves what has this hash, by the proof that comes with it. Roles web, owner and keeper.
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::SignIn`] and [`crate::Reason::Wait`] as at a sign-in; [`crate::Reason::Campaign`]
    /// where the hash is another one, it waits for no approval, or he approved it before.
    pub fn campaign_approve(
        &self,
        campaign: Uuid,
        hash: [u8; 32],
        by: Approver,
    ) -> Result<Campaign, VaultError> {
        answered!(self.call(&Request::CampaignApprove { campaign, hash, by }), Campaign)
    }

    /// Ends it for good: nothing of it is opened any more. Its codes go on to be known. Roles as for
    /// [`Client::campaign_begin`].
    ///
    /// # Errors
    /// As [`Client::campaign_begin`]; [`crate::Reason::Campaign`] where there is none.
    pub fn campaign_end(&self, cap: Option<&CapToken>, campaign: Uuid) -> Result<Campaign, VaultError> {
        answered!(self.call(&step(cap, campaign, CampaignStep::End)), Campaign)
    }

    /// Opens notices of an approved campaign; `texts` is what they are about to be written with. Role post; at most
    /// [`NOTICES_PER_CALL_MAX`].
    ///
    /// # Errors
    /// See [`Client`]. [`crate::Reason::Campaign`] where it is not approved, is ended, or has other texts;
    /// [`crate::Reason::Grant`] where a grant is not of this campaign or names other fields.
    pub fn open_notices(
        &self,
        campaign: Uuid,
        texts: [u8; 32],
        notices: Vec<NoticeAsk>,
    ) -> Result<Vec<OpenedNotice>, VaultError> {
        answered!(self.call(&Request::OpenNotices { campaign, texts, notices }), Notices)
    }

    /// Which notice a code stands in. Role web.
    ///
    /// # Errors
    /// See [`Client`]. `Busy` while too many unknown ones are tried.
    pub fn notice_check(&self, code: NoticeCode) -> Result<Option<NoticeFound>, VaultError> {
        answered!(self.call(&Request::NoticeCheck { code }), NoticeFound)
    }
}

/// The request for a step: by a capability, or in the caller's own role.
fn step(cap: Option<&CapToken>, campaign: Uuid, step: CampaignStep) -> Request {
    match (cap.cloned(), step) {
        (Some(cap), step) => Request::CampaignByStaff { cap, campaign, step },
        (None, CampaignStep::Begin(texts)) => Request::CampaignBegin { campaign, texts },
        (None, CampaignStep::Add(notices)) => Request::CampaignAdd { campaign, notices },
        (None, CampaignStep::Settle) => Request::CampaignSettle { campaign },
        (None, CampaignStep::End) => Request::CampaignEnd { campaign },
    }
}
