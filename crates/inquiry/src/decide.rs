//! Which records an inquiry means, and to where each is answered.

use crate::{Index, Record};
use domain::inquiry::{Asker, Level, Reach, Via};
use uuid::Uuid;

/// What somebody gave of himself, as blind indexes. It finds records and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    /// His mail address.
    pub mail: Option<Index>,
    /// His telephone number.
    pub phone: Option<Index>,
    /// His full name.
    pub name: Option<Index>,
}

/// An inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Who asks, as he says.
    pub asker: Asker,
    /// How.
    pub via: Via,
    /// What for.
    pub level: Level,
    /// By which way he wants the answer.
    pub reach: Reach,
    /// What he gave of himself.
    pub given: Given,
}

/// One answer, to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// By which way.
    pub reach: Reach,
    /// The record whose contact data it goes to. Never to anything else, whatever was typed.
    pub to: Uuid,
    /// The records of which it tells: all of them name that same place.
    pub about: Vec<Uuid>,
    /// How much it tells.
    pub level: Level,
}

/// What somebody of the staff has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A lawyer: a power of attorney, and a call back to the number that the bar association's register names.
    PowerOfAttorney,
    /// Processor, card company: a call back to the number of the contract; they get the list that they asked for.
    CallBackByContract,
    /// Police, authority: a request in writing, and a call back to the number of the office.
    WrittenRequest,
    /// Contact data were changed after the intrusion began. They are not answered to; a letter goes to the address before, where
    /// one is recorded.
    ContactChanged,
    /// The way that was asked for leads nowhere: the record has no such contact.
    NoSuchWay,
}

/// What follows from an inquiry. Nobody outside sees it: what the sender is told is always [`crate::receipt`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The answers.
    pub answers: Vec<Answer>,
    /// What the staff has to do.
    pub needs: Vec<Need>,
}

/// Decides. `records` are all records of all persons whom the given data may mean, those with other contact data among
/// them; `intrusion` is when the intrusion began, Unix milliseconds.
pub fn decide(question: &Question, records: &[Record], intrusion: Option<i64>) -> Decision {
    let need = match question.asker {
        // Whoever asks for a customer is answered as the customer is: at the customer's.
        Asker::Customer | Asker::Family => None,
        Asker::Lawyer => Some(Need::PowerOfAttorney),
        Asker::Processor => Some(Need::CallBackByContract),
        Asker::Police => Some(Need::WrittenRequest),
    };
    if let Some(need) = need {
        return Decision { answers: Vec::new(), needs: vec![need] };
    }
    let mut decision = Decision::default();
    for record in records.iter().filter(|r| question.means(r)) {
        match question.place(record, records, intrusion) {
            Ok(answer) => decision.add(answer, records),
            Err(need) => {
                let earlier =
                    (need == Need::ContactChanged).then(|| question.earlier(record, records, intrusion));
                earlier.flatten().into_iter().for_each(|answer| decision.add(answer, records));
                decision.needs.push(need);
            }
        }
    }
    decision.needs.sort_unstable();
    decision.needs.dedup();
    decision
}

impl Question {
    /// Whether the record is meant. Everything that is asked for must fit the same record: what two persons have in
    /// common, or two records of one person, is never put together.
    fn means(&self, record: &Record) -> bool {
        let same = |given: Option<Index>, has: Option<Index>| given.is_some() && given == has;
        let mail = same(self.given.mail, record.mail);
        match self.level {
            Level::Concerned => mail,
            Level::Card => {
                let phone = same(self.given.phone, record.phone);
                same(self.given.name, record.name) && (mail || phone)
            }
        }
    }

    /// Where a record is answered to.
    fn place(&self, record: &Record, all: &[Record], intrusion: Option<i64>) -> Result<Answer, Need> {
        let trusted = match self.reach {
            Reach::Mail => record.mail.map(|_| record.is_trusted(all, intrusion, |r| [r.mail])),
            Reach::Call => record.phone.map(|_| record.is_trusted(all, intrusion, |r| [r.phone])),
            // A postal address has no index: what else was changed tells.
            Reach::Letter => {
                record.postal.then(|| record.is_trusted(all, intrusion, |r| [r.mail, r.phone, r.name]))
            }
        };
        let answer = |reach| Answer { reach, to: record.id, about: vec![record.id], level: self.level };
        match trusted {
            Some(true) => Ok(answer(self.reach)),
            Some(false) => Err(Need::ContactChanged),
            None => Err(Need::NoSuchWay),
        }
    }

    /// The letter for whoever's contact data were changed: to the postal address of his newest purchase before the change, and of that
    /// purchase alone. Whoever changed them learns nothing by it.
    fn earlier(&self, changed: &Record, all: &[Record], intrusion: Option<i64>) -> Option<Answer> {
        let before = |r: &&Record| r.person == changed.person && r.since < changed.since && r.postal;
        let trusted = |r: &&Record| r.is_trusted(all, intrusion, |r| [r.mail, r.phone, r.name]);
        let newest = all.iter().filter(before).filter(trusted).max_by_key(|r| (r.since, r.id))?;
        Some(Answer { reach: Reach::Letter, to: newest.id, about: vec![newest.id], level: self.level })
    }
}

impl Decision {
    /// Adds an answer to the one that goes to the same place, if there is one.
    fn add(&mut self, answer: Answer, records: &[Record]) {
        let find = |id: Uuid| records.iter().find(|r| r.id == id);
        let place = |answer: &Answer| {
            let record = find(answer.to)?;
            match answer.reach {
                Reach::Mail => record.mail,
                Reach::Call => record.phone,
                Reach::Letter => None,
            }
        };
        let wanted = place(&answer);
        if self.answers.contains(&answer) {
            return;
        }
        let known = self.answers.iter_mut().find(|a| wanted.is_some() && place(a) == wanted);
        match known {
            Some(known) => {
                known.about.extend(answer.about);
                // The newest of them is the most likely to be read.
                if find(answer.to).map(|r| r.since) > find(known.to).map(|r| r.since) {
                    known.to = answer.to;
                }
            }
            None => self.answers.push(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: i64 = 1_000;

    fn record(id: u128, person: u128, since: i64, mail: u8, phone: u8, name: u8) -> Record {
        let index = |n: u8| (n > 0).then_some([n; 16]);
        Record {
            id: Uuid::from_u128(id),
            person: Uuid::from_u128(person),
            since,
            mail: index(mail),
            phone: index(phone),
            name: index(name),
            postal: true,
            account: true,
        }
    }

    fn ask(level: Level, reach: Reach, mail: u8, phone: u8, name: u8) -> Question {
        let index = |n: u8| (n > 0).then_some([n; 16]);
        let given = Given { mail: index(mail), phone: index(phone), name: index(name) };
        Question { asker: Asker::Customer, via: Via::Form, level, reach, given }
    }

    fn told(decision: &Decision) -> Vec<(u128, Vec<u128>)> {
        let about = |a: &Answer| a.about.iter().map(|id| id.as_u128()).collect();
        decision.answers.iter().map(|a| (a.to.as_u128(), about(a))).collect()
    }

    #[test]
    fn the_mail_address_finds_what_bears_it_and_is_answered_there() {
        let records = [record(1, 1, 10, 7, 5, 3), record(2, 1, 20, 7, 5, 3), record(3, 2, 30, 8, 5, 3)];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 7, 0, 0), &records, Some(BEGAN));
        assert_eq!(told(&got), [(2, vec![1, 2])]);
        assert_eq!(got.needs, []);
        let none = decide(&ask(Level::Concerned, Reach::Mail, 9, 0, 0), &records, Some(BEGAN));
        assert_eq!(none, Decision::default());
        let nothing = decide(&ask(Level::Concerned, Reach::Mail, 0, 5, 3), &records, Some(BEGAN));
        assert_eq!(
            nothing,
            Decision::default(),
            "a name and a telephone number do not ask for the first level"
        );
    }

    #[test]
    fn a_card_needs_name_and_contact_in_the_same_record() {
        // A couple with one telephone, and each with a mail address.
        let records = [record(1, 1, 10, 7, 5, 3), record(2, 2, 20, 8, 5, 4)];
        let ask = |mail, phone, name| {
            told(&decide(&ask(Level::Card, Reach::Call, mail, phone, name), &records, Some(BEGAN)))
        };
        assert_eq!(ask(0, 5, 3), [(1, vec![1])]);
        assert_eq!(ask(7, 0, 3), [(1, vec![1])]);
        assert_eq!(ask(8, 0, 3), [], "his name with her address");
        assert_eq!(ask(7, 5, 0), [], "no name");
        assert_eq!(ask(0, 0, 3), [], "a name alone is many people");
    }

    #[test]
    fn each_place_hears_of_its_own_records_only() {
        // Somebody ordered with her name and telephone, and an address of his own.
        let records = [record(1, 1, 10, 7, 5, 3), record(2, 9, 20, 6, 5, 3)];
        let got = decide(&ask(Level::Card, Reach::Mail, 0, 5, 3), &records, Some(BEGAN));
        assert_eq!(told(&got), [(1, vec![1]), (2, vec![2])]);
    }

    #[test]
    fn what_was_changed_since_is_not_answered_to() {
        let records = [record(1, 1, 10, 7, 5, 3), record(2, 1, BEGAN + 5, 6, 5, 3)];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &records, Some(BEGAN));
        assert_eq!((told(&got), &got.needs[..]), (vec![(1, vec![1])], &[Need::ContactChanged][..]));
        assert_eq!(got.answers[0].reach, Reach::Letter, "on paper, to where he lived at that order");
        let nowhere = [Record { postal: false, ..records[0] }, records[1]];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &nowhere, Some(BEGAN));
        assert_eq!((told(&got), got.needs), (vec![], vec![Need::ContactChanged]));
        let before = decide(&ask(Level::Concerned, Reach::Mail, 7, 0, 0), &records, Some(BEGAN));
        assert_eq!(told(&before), [(1, vec![1])], "the address at that order still is");
        let earlier = [record(1, 1, 10, 7, 5, 3), record(2, 1, 20, 6, 5, 3)];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &earlier, Some(BEGAN));
        assert_eq!(told(&got), [(2, vec![2])], "changed before anybody was in");
        let unknown = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &earlier, None);
        assert_eq!(unknown.needs, [Need::ContactChanged], "nobody knows since when");
    }

    #[test]
    fn a_purchase_is_answered_at_the_address_that_it_was_made_with() {
        // Two addresses of one person, who ordered at the changed page with the second.
        let records =
            [record(1, 1, 10, 7, 5, 3), Record { account: false, ..record(2, 1, BEGAN + 5, 6, 5, 3) }];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &records, Some(BEGAN));
        assert_eq!((told(&got), got.needs), (vec![(2, vec![2])], vec![]));
        // A parcel went to somebody who registers later: of her mail address nothing was known that could be changed.
        let records = [record(1, 1, 10, 0, 0, 3), record(2, 1, BEGAN + 5, 6, 5, 3)];
        let got = decide(&ask(Level::Concerned, Reach::Mail, 6, 0, 0), &records, Some(BEGAN));
        assert_eq!((told(&got), got.needs), (vec![(2, vec![2])], vec![]));
    }

    #[test]
    fn who_speaks_for_others_goes_to_the_staff_whatever_is_recorded() {
        let records = [record(1, 1, 10, 7, 5, 3)];
        for (asker, need) in [
            (Asker::Lawyer, Need::PowerOfAttorney),
            (Asker::Processor, Need::CallBackByContract),
            (Asker::Police, Need::WrittenRequest),
        ] {
            let question = Question { asker, ..ask(Level::Card, Reach::Mail, 7, 5, 3) };
            let with = decide(&question, &records, Some(BEGAN));
            assert_eq!(with, decide(&question, &[], Some(BEGAN)));
            assert_eq!((with.answers, with.needs), (vec![], vec![need]));
        }
        let family = Question { asker: Asker::Family, ..ask(Level::Card, Reach::Mail, 7, 5, 3) };
        assert_eq!(told(&decide(&family, &records, Some(BEGAN))), [(1, vec![1])], "at the customer's");
    }

    #[test]
    fn a_way_that_is_not_there() {
        let records = [Record { postal: false, ..record(1, 1, 10, 7, 0, 3) }];
        for reach in [Reach::Call, Reach::Letter] {
            let got = decide(&ask(Level::Concerned, reach, 7, 0, 0), &records, Some(BEGAN));
            assert_eq!((got.answers, got.needs), (vec![], vec![Need::NoSuchWay]));
        }
    }
}
