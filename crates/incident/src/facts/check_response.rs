//! Whether what the facts say beyond whom it concerns agrees with itself, and can be published.

use super::{Facts, Happened, Kind, Known, Text, Unfit};
use crate::{
    End, Window,
    vocabulary::{self, ITEMS},
};

impl Facts {
    pub(super) fn check_response(&self) -> Result<(), Unfit> {
        self.check_merchant()?;
        self.check_contacts()?;
        self.check_order()?;
        self.check_explained()?;
        for filing in &self.filings {
            if filing.on.is_some() == filing.not_yet.is_some() {
                return unfit("filings: write either “on”, the day of filing, or “not_yet”, the reason");
            }
        }
        for (n, version) in self.versions.iter().enumerate() {
            if usize::try_from(version.number).ok() != Some(n + 1) {
                return unfit("versions: number them 1, 2, 3 and so on, in this order");
            }
        }
        if self.versions.windows(2).any(|two| two[1].on < two[0].on) {
            return Err(Unfit("versions: a later version has an earlier day".to_owned(), Kind::VersionDay));
        }
        let announcements = self.announcements.as_ref();
        if announcements.is_some_and(|a| a.none_planned && a.next.is_some()) {
            return unfit("announcements: “none_planned” and “next” contradict each other");
        }
        let advised = self.advice.iter().map(|a| &a.item);
        let looked_up = self.lookup.iter().flat_map(|l| l.can.iter().chain(&l.cannot));
        for item in advised.chain(looked_up) {
            if vocabulary::find(ITEMS, item).is_none() && !vocabulary::is_own(item) {
                return unfit(&format!("there is no item “{item}”: use {}", vocabulary::listed(ITEMS)));
            }
        }
        let mut empty = false;
        self.each_text(&mut |text| empty |= text.ja.trim().is_empty() || text.en.trim().is_empty());
        if empty {
            return unfit("a text is empty in one language: write both, or leave it out whole");
        }
        Ok(())
    }

    fn check_merchant(&self) -> Result<(), Unfit> {
        let Some(merchant) = &self.merchant else { return Ok(()) };
        for address in [&merchant.site, &merchant.pages].into_iter().chain(&merchant.check_page) {
            check_address(address)?;
        }
        if !merchant.pages.ends_with('/') {
            return unfit("merchant.pages: end it with “/”, pages are named after it");
        }
        merchant.sender.iter().try_for_each(|mail| check_mail(mail))
    }

    fn check_contacts(&self) -> Result<(), Unfit> {
        let Some(contacts) = &self.contacts else { return Ok(()) };
        if contacts.phone.is_none() && contacts.mail.is_none() && contacts.form.is_none() {
            return unfit("contacts: name a telephone number, a mail address or a form");
        }
        contacts.form.iter().try_for_each(|form| check_address(form))?;
        contacts.mail.iter().try_for_each(|mail| check_mail(mail))?;
        if contacts.phone.as_ref().is_some_and(|phone| !is_phone(phone)) {
            return unfit("contacts.phone: write digits and hyphens, as 0120-000-000");
        }
        if contacts.open_from.zip(contacts.open_until).is_some_and(|(from, until)| until < from) {
            return unfit("contacts: it closes before it opens");
        }
        Ok(())
    }

    /// Nobody discovers what has not begun, or announces what he does not know.
    fn check_order(&self) -> Result<(), Unfit> {
        let first = |what: Happened| {
            self.timeline.iter().filter(|s| s.what == what).map(|s| s.on).min_by_key(|on| on.first())
        };
        let before = |a: Option<End>, b: Option<End>| {
            a.zip(b).is_some_and(|(a, b)| Window { from: Some(b), to: Some(a) }.is_backwards())
        };
        let (began, known) = (first(Happened::Intrusion), first(Happened::Discovered));
        if before(known, began) {
            let why = "timeline: it was discovered before the intrusion began";
            return Err(Unfit(why.to_owned(), Kind::BeforeBegun));
        }
        for later in [Happened::Announced, Happened::NoticesSent, Happened::LettersSent] {
            if before(first(later), known) {
                let why = "timeline: customers were told before it was discovered";
                return Err(Unfit(why.to_owned(), Kind::BeforeKnown));
            }
        }
        Ok(())
    }

    fn check_explained(&self) -> Result<(), Unfit> {
        let explained = self.causes.iter().flat_map(|cause| cause.how.iter().chain(&cause.why));
        for explained in explained {
            if explained.text.is_none() && explained.known != Known::Unknown {
                return unfit("how, why: what is known or suspected is said in “text”");
            }
        }
        Ok(())
    }

    /// Every text that may be published.
    pub fn each_text<'a>(&'a self, call: &mut dyn FnMut(&'a Text)) {
        self.words.values().for_each(&mut *call);
        if let Some(merchant) = &self.merchant {
            [&merchant.name, &merchant.shop].into_iter().for_each(&mut *call);
            merchant.address.iter().chain(&merchant.representative).for_each(&mut *call);
        }
        self.timeline.iter().flat_map(|s| s.by.iter().chain(&s.note)).for_each(&mut *call);
        for cause in &self.causes {
            cause.whom.iter().for_each(&mut *call);
            cause.how.iter().chain(&cause.why).filter_map(|e| e.text.as_ref()).for_each(&mut *call);
        }
        self.investigation.iter().flat_map(|i| i.by.iter().chain(&i.found)).for_each(&mut *call);
        self.measures.iter().map(|m| &m.what).for_each(&mut *call);
        self.defences.iter().map(|d| &d.what).for_each(&mut *call);
        self.updates.iter().filter_map(|u| u.note.as_ref()).for_each(&mut *call);
        self.contacts.iter().flat_map(|c| c.name.iter().chain(&c.phone_hours)).for_each(&mut *call);
        self.cards.iter().filter_map(|c| c.processor.as_ref()).for_each(&mut *call);
        self.filings.iter().flat_map(|f| f.not_yet.iter().chain(&f.office)).for_each(&mut *call);
        if let Some(plan) = &self.announcements {
            plan.next.iter().map(|n| &n.about).chain(&plan.why_now).for_each(&mut *call);
        }
        self.advice.iter().map(|a| &a.text).for_each(&mut *call);
        self.compensation.iter().for_each(&mut *call);
        self.lookup.iter().filter_map(|l| l.why.as_ref()).for_each(&mut *call);
        self.answers.iter().flat_map(|a| [&a.question, &a.answer]).for_each(&mut *call);
        self.versions.iter().map(|v| &v.why).for_each(&mut *call);
    }
}

fn unfit<T>(why: &str) -> Result<T, Unfit> {
    Err(Unfit::other(why))
}

fn check_address(address: &str) -> Result<(), Unfit> {
    match is_address(address) {
        true => Ok(()),
        false => unfit(&format!("“{address}” is no address of a page: write https://shop.example/…")),
    }
}

fn check_mail(mail: &str) -> Result<(), Unfit> {
    match is_mail(mail) {
        true => Ok(()),
        false => unfit(&format!("“{mail}” is no mail address")),
    }
}

/// Whether it is the address of a page, under https.
pub fn is_address(address: &str) -> bool {
    let host = address.strip_prefix("https://").and_then(|rest| rest.split('/').next());
    let plain = !address.contains(|c: char| c.is_whitespace() || "\"<>'\\".contains(c) || c.is_control());
    host.is_some_and(|host| host.contains('.')) && plain
}

/// Whether it is a mail address.
pub fn is_mail(mail: &str) -> bool {
    let plain = !mail.contains(|c: char| c.is_whitespace() || "\"<>'\\?&".contains(c) || c.is_control());
    plain && mail.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Whether it is a telephone number in digits and hyphens.
pub fn is_phone(phone: &str) -> bool {
    phone.bytes().filter(u8::is_ascii_digit).count() >= 9
        && phone.bytes().all(|b| b.is_ascii_digit() || b"-+() ".contains(&b))
}
