//! Letters: who needs one, that nobody gets two, and what becomes of a batch.

use crate::common::{NOW, both, read, write};
use domain::{
    AnswerId, CaseId, Locale, PersonId,
    customer::CustomerStatus,
    inquiry::{Asker, CaseState, Level, Reach, Via},
    letter::{BatchEvent, BatchState, LetterReturn, LetterState},
    message::ReturnOutcome,
    notice::{CampaignEvent, NoticeState, Told},
    order::Channel,
};
use std::collections::BTreeMap;
use store::{
    BlindIndex, Error, Sealed, Store,
    campaign::{self, Campaign},
    case::{self, Answer, Case},
    customer::{self, Customer},
    letter::{
        self, answers,
        each::{self, About, NewLetter},
        told,
    },
    notice::{self, NewNotice, Report, Source, address, due},
};
use uuid::Uuid;

both!(
    one_letter_a_notice,
    a_batch_on_its_way,
    what_was_broken_off_is_forgotten,
    whoever_has_no_postal_address_is_on_the_list_until_one_is_found,
    a_mail_that_is_sent_again_needs_no_letter,
    answers_on_paper,
);

const CAMPAIGN: Uuid = Uuid::from_u128(70);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A campaign that was sent, with three persons who have no mail address.
fn sent(store: &Store) {
    let campaign = Campaign::planning(CAMPAIGN, "2026-11", [2; 32], NOW);
    let text = campaign::Text {
        number: 0,
        locale: Locale::Ja,
        subject: "お知らせ".into(),
        body: "本文".into(),
        concerns: "対象".into(),
    };
    let notice = |n: u128| NewNotice { id: id(n), person: id(100 + n), text: 0, address: None };
    let notices: Vec<NewNotice> = (1..=3).map(notice).collect();
    write(store, move |tx| {
        campaign::begin(tx, &campaign, std::slice::from_ref(&text))?;
        notice::add(tx, CAMPAIGN, &notices, NOW)?;
        campaign::step(tx, CAMPAIGN, CampaignEvent::Settle, NOW)?;
        campaign::step(tx, CAMPAIGN, CampaignEvent::Send, NOW).map(drop)
    });
}

fn letter_to(n: u128, batch: u128) -> NewLetter {
    NewLetter {
        id: id(batch * 1_000 + n),
        about: About::Notice(id(n)),
        person: id(100 + n),
        text: 0,
        address: (Source::Customer, id(500 + n)),
        grant: vec![7],
    }
}

/// A batch of letters to these, settled.
fn batch(store: &Store, batch: u128, to: &[u128]) -> u32 {
    let letters: Vec<NewLetter> = to.iter().map(|n| letter_to(*n, batch)).collect();
    let papers = ["{}".to_owned()];
    store
        .write_blocking(move |tx| {
            let number = letter::begin(tx, (id(batch), Some(CAMPAIGN), [3; 32]), &papers, None, NOW)?;
            each::add(tx, id(batch), &letters, NOW)?;
            letter::step(tx, id(batch), BatchEvent::Settle, None, NOW)?;
            Ok::<_, Error>(number)
        })
        .unwrap()
}

fn step(store: &Store, batch: u128, event: BatchEvent) -> Result<BatchState, Error> {
    store.write_blocking(move |tx| letter::step(tx, id(batch), event, None, NOW + 5)).map(|b| b.state)
}

fn states(store: &Store, batch: u128) -> BTreeMap<LetterState, u64> {
    let all = read(store, |tx| letter::counts(tx, id(batch)));
    all.into_iter().map(|c| (c.state, c.letters)).collect()
}

fn needing(store: &Store) -> Vec<Uuid> {
    read(store, |tx| each::needing(tx, CAMPAIGN, None, 9)).into_iter().map(|(notice, _)| notice).collect()
}

fn told(store: &Store) -> Vec<(Told, u64)> {
    read(store, |tx| told::counts(tx, CAMPAIGN)).into_iter().collect()
}

fn one_letter_a_notice(store: &Store) {
    sent(store);
    assert_eq!(needing(store), [id(1), id(2), id(3)]);
    let was_told = |n: u128| read(store, move |tx| address::was_told(tx, id(100 + n), "2026-11", "対象"));
    let all_told = || read(store, |tx| address::all_told(tx, "2026-11"));
    assert!(!was_told(1) && all_told().is_empty());
    assert_eq!(batch(store, 8, &[1, 2]), 1);
    assert!(was_told(1) && !was_told(3), "a letter tells as much as a mail");
    assert_eq!(all_told(), [id(101), id(102)].into());
    assert_eq!((needing(store), told(store)), (vec![id(3)], vec![(Told::ToWrite, 1), (Told::Written, 2)]));
    let again = store.write_blocking(|tx| each::add(tx, id(8), &[letter_to(1, 9)], NOW));
    assert!(matches!(again, Err(Error::Constraint { duplicate: true, .. })), "{again:?}");
    // Whoever was in a batch that is given up is free for another one.
    assert_eq!(step(store, 8, BatchEvent::Drop).unwrap(), BatchState::Dropped);
    assert_eq!(needing(store).len(), 3);
    assert_eq!(batch(store, 9, &[1, 2, 3]), 2);
    assert!(needing(store).is_empty());
    assert_eq!(states(store, 8), [(LetterState::Dropped, 2)].into());
}

fn a_batch_on_its_way(store: &Store) {
    sent(store);
    batch(store, 8, &[1, 2, 3]);
    assert!(matches!(step(store, 8, BatchEvent::Print), Err(Error::Refused(_))));
    assert_eq!(step(store, 8, BatchEvent::Make).unwrap(), BatchState::Making);
    write(store, |tx| letter::trouble(tx, id(8), "font"));
    assert_eq!(read(store, |tx| letter::get(tx, id(8))).unwrap().trouble.as_deref(), Some("font"));
    let to_make = read(store, |tx| each::to_make(tx, id(8), None, 2));
    assert_eq!(to_make.iter().map(|l| l.person).collect::<Vec<_>>(), [id(101), id(102)]);
    assert!(to_make[0].postal.0.is_empty(), "of a row that is gone there is nothing");
    let after = to_make.last().map(|l| l.id);
    assert_eq!(read(store, move |tx| each::to_make(tx, id(8), after, 2)).len(), 1);
    write(store, |tx| {
        each::made(tx, letter_to(2, 8).id, (1, 2, true), NOW)?;
        each::made(tx, letter_to(1, 8).id, (2, 2, false), NOW)?;
        each::unfit(tx, letter_to(3, 8).id, "too_long", NOW)?;
        letter::step(tx, id(8), BatchEvent::Finish, None, NOW + 3).map(drop)
    });
    let made = read(store, |tx| letter::get(tx, id(8))).unwrap();
    assert_eq!((made.state, made.made_at, made.trouble), (BatchState::Made, Some(NOW + 3), None));
    let listed = read(store, |tx| each::list(tx, id(8), Some(LetterState::Made), 9));
    assert_eq!(
        listed.iter().map(|l| (l.number, l.has_bars)).collect::<Vec<_>>(),
        [(Some(1), true), (Some(2), false)]
    );
    let returned = |number: u32| {
        store.write_blocking(move |tx| each::returned(tx, id(8), number, LetterReturn::Moved, None, NOW + 9))
    };
    assert!(matches!(returned(1), Err(Error::NotFound(_))), "nothing comes back that was not posted");
    for event in [BatchEvent::Print, BatchEvent::Post] {
        step(store, 8, event).unwrap();
    }
    assert_eq!(states(store, 8), [(LetterState::Posted, 2), (LetterState::Unfit, 1)].into());
    assert_eq!(told(store), [(Told::Posted, 2), (Told::Unreachable, 1)]);
    assert_eq!(returned(2).unwrap().about, About::Notice(id(1)));
    assert!(matches!(returned(3), Err(Error::NotFound(_))));
    let back = read(store, |tx| each::list(tx, id(8), Some(LetterState::Returned), 9));
    assert_eq!((back[0].reason.as_deref(), back[0].returned_at), (Some("moved"), Some(NOW + 9)));
    assert_eq!(told(store), [(Told::Posted, 1), (Told::Unreachable, 2)]);
    let nowhere = read(store, |tx| told::unreachable(tx, CAMPAIGN, None, 9));
    let why = nowhere.iter().map(|u| (u.person, u.letter.clone().unwrap(), u.since)).collect::<Vec<_>>();
    let letter = |state, reason: &str| (state, reason.to_owned(), id(8));
    assert_eq!(
        why,
        [
            (id(101), letter(LetterState::Returned, "moved"), NOW + 9),
            (id(103), letter(LetterState::Unfit, "too_long"), NOW),
        ]
    );
    assert_eq!(read(store, |tx| told::unreachable(tx, CAMPAIGN, Some(id(1)), 9)).len(), 1);
    let genuine = read(store, |tx| each::genuine(tx, letter_to(1, 8).id)).unwrap();
    assert_eq!((genuine.paper.as_str(), genuine.at), ("{}", NOW + 5));
    assert_eq!(read(store, |tx| each::genuine(tx, letter_to(3, 8).id)), None, "it was never printed");
    // Its files go once it is posted.
    assert_eq!(read(store, |tx| letter::stale(tx, 0)).len(), 1);
    write(store, |tx| letter::removed(tx, id(8), NOW + 6));
    assert!(read(store, |tx| letter::stale(tx, i64::MAX)).is_empty());
    assert!(matches!(step(store, 8, BatchEvent::Drop), Err(Error::Refused(_))));
}

fn what_was_broken_off_is_forgotten(store: &Store) {
    sent(store);
    let papers = ["{}".to_owned()];
    store
        .write_blocking(move |tx| {
            letter::begin(tx, (id(8), Some(CAMPAIGN), [3; 32]), &papers, None, NOW)?;
            each::add(tx, id(8), &[letter_to(1, 8)], NOW)
        })
        .unwrap();
    write(store, |tx| letter::forget(tx, id(8)));
    assert_eq!(needing(store).len(), 3);
    batch(store, 9, &[1]);
    let forgotten = store.write_blocking(|tx| letter::forget(tx, id(9)));
    assert!(matches!(forgotten, Err(Error::NotFound(_))), "one that was settled stays");
}

fn whoever_has_no_postal_address_is_on_the_list_until_one_is_found(store: &Store) {
    sent(store);
    for _ in 0..2 {
        write(store, |tx| each::without(tx, &[id(2)], NOW + 1));
    }
    assert_eq!(told(store), [(Told::ToWrite, 2), (Told::Unreachable, 1)]);
    let nowhere = read(store, |tx| told::unreachable(tx, CAMPAIGN, None, 9));
    assert_eq!(
        nowhere.iter().map(|u| (u.person, &u.letter, u.since)).collect::<Vec<_>>(),
        [(id(102), &None, NOW + 1)]
    );
    assert_eq!(needing(store).len(), 3, "he is looked for again with the next batch");
    batch(store, 8, &[2]);
    assert_eq!(told(store), [(Told::ToWrite, 2), (Told::Written, 1)]);
    step(store, 8, BatchEvent::Drop).unwrap();
    assert_eq!(told(store), [(Told::ToWrite, 3)]);
}

fn a_mail_that_is_sent_again_needs_no_letter(store: &Store) {
    sent(store);
    let with_mail = NewNotice {
        id: id(4),
        person: id(104),
        text: 0,
        address: Some((Source::Customer, id(504), vec![7])),
    };
    write(store, move |tx| notice::add(tx, CAMPAIGN, std::slice::from_ref(&with_mail), NOW));
    write(store, |tx| {
        let due = due::due(tx, CAMPAIGN, NOW, 9)?.remove(0);
        due::begin(tx, due.id, due.was, NOW)?;
        due::settle(tx, due.id, due.was, true, &due::Outcome::Refused("550".into()), NOW)?;
        let report = Report {
            report: [1; 32],
            outcome: ReturnOutcome::Failed,
            reason: "no_mailbox".into(),
            status: None,
            reply: None,
            at: NOW,
        };
        notice::note_return(tx, id(4), &report).map(drop)
    });
    assert_eq!((needing(store).len(), told(store)), (4, vec![(Told::ToWrite, 4)]));
    write(store, |tx| campaign::send_again(tx, CAMPAIGN, &[id(4)], NOW + 1));
    let again = read(store, |tx| notice::get(tx, id(4))).unwrap();
    assert_eq!((again.state, again.returned), (NoticeState::Planned, Some(ReturnOutcome::Failed)));
    assert_eq!((needing(store).len(), told(store)), (3, vec![(Told::Waiting, 1), (Told::ToWrite, 3)]));
}

/// An account, with its contact data or without.
fn account(n: u128, contact: Option<Sealed>) -> Customer {
    let bytes = [u8::try_from(n % 256).unwrap(); 16];
    Customer {
        id: PersonId(id(n)),
        email: Sealed(vec![1; 40]),
        contact,
        email_index: BlindIndex(bytes),
        phone_index: None,
        name_index: None,
        locale: Locale::Ja,
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An inquiry with these answers, each to an account, by which way.
fn asked(store: &Store, n: u128, needs: &'static str, answers: &[(u128, Reach)]) -> CaseId {
    let case = Case {
        id: CaseId(id(n)),
        person: PersonId(id(n + 1)),
        via: Via::Form,
        asker: Asker::Customer,
        level: Level::Concerned,
        reach: Reach::Letter,
        state: CaseState::Received,
        locale: Locale::Ja,
        mail: None,
        name: None,
        phone: None,
        body: Sealed(vec![2; 40]),
        mail_index: None,
        name_index: None,
        phone_index: None,
        had_card: false,
        needs: String::new(),
        topic: None,
        round_at: NOW,
        received_at: NOW,
        updated_at: NOW,
    };
    let answer = |(at, (to, reach)): (usize, &(u128, Reach))| Answer {
        id: AnswerId(id(n + 10 + at as u128)),
        case: case.id,
        reach: *reach,
        level: Level::Concerned,
        order: None,
        customer: Some(PersonId(id(*to))),
        party: None,
        mailed: false,
        subject: "お問い合わせへのご回答".into(),
        body: "対象ではございません。".into(),
        staff: None,
        done_at: None,
        created_at: NOW + i64::try_from(at).unwrap(),
    };
    let answers: Vec<(Answer, Option<Sealed>)> =
        answers.iter().enumerate().map(answer).map(|a| (a, None)).collect();
    let id = case.id;
    write(store, move |tx| {
        case::insert(tx, &case)?;
        case::settle(tx, (id, Locale::Ja), CaseState::Staff, needs, &answers, NOW).map(drop)
    });
    id
}

/// Answers by letter go together; what is with the post is told, and what came back is not.
fn answers_on_paper(store: &Store) {
    write(store, |tx| {
        customer::insert(tx, &account(501, Some(Sealed(vec![3; 40]))))?;
        customer::insert(tx, &account(502, None))
    });
    let whole =
        asked(store, 1_000, "contact_changed to_be_told", &[(501, Reach::Letter), (501, Reach::Letter)]);
    let partly = asked(store, 2_000, "to_be_told", &[(501, Reach::Letter), (501, Reach::Call)]);
    let nowhere = asked(store, 3_000, "to_be_told", &[(502, Reach::Letter)]);
    let waiting = read(store, |tx| answers::waiting(tx, 9));
    let ids: Vec<u128> = waiting.iter().map(|w| w.id.0.as_u128()).collect();
    assert_eq!(ids, [1_010, 2_010, 1_011], "staff tells whoever has no postal address");
    assert_eq!(waiting[0].address, (Source::Customer, id(501), true));
    let letters: Vec<NewLetter> = (0u128..)
        .zip(&waiting)
        .map(|(n, w)| NewLetter { about: About::Answer(w.id), ..letter_to(n, 8) })
        .collect();
    write(store, move |tx| {
        letter::begin(tx, (id(8), None, [3; 32]), &["{}".to_owned()], None, NOW)?;
        each::add(tx, id(8), &letters, NOW)?;
        for event in [BatchEvent::Settle, BatchEvent::Make] {
            letter::step(tx, id(8), event, None, NOW)?;
        }
        for n in 0..3 {
            each::made(tx, id(8_000 + n), (u32::try_from(n).unwrap() + 1, 1, false), NOW)?;
        }
        for event in [BatchEvent::Finish, BatchEvent::Print, BatchEvent::Post] {
            letter::step(tx, id(8), event, None, NOW + 5)?;
        }
        Ok(())
    });
    assert!(read(store, |tx| answers::waiting(tx, 9)).is_empty(), "one letter each");
    let state = |case: CaseId| {
        let case = read(store, move |tx| case::get(tx, case)).unwrap();
        (case.state, case.needs)
    };
    let told = |case: CaseId| {
        let answers = read(store, move |tx| case::answers(tx, case));
        answers.iter().map(|a| a.done_at.is_some()).collect::<Vec<_>>()
    };
    assert_eq!((told(whole), state(whole).0), (vec![true, true], CaseState::Answered));
    assert_eq!((told(partly), state(partly).0), (vec![true, false], CaseState::Staff), "a call is left");
    assert_eq!((told(nowhere), state(nowhere).0), (vec![false], CaseState::Staff));
    write(store, |tx| each::returned(tx, id(8), 1, LetterReturn::Unknown, None, NOW + 9).map(drop));
    assert_eq!(state(whole), (CaseState::Staff, "letter_returned".to_owned()));
    let letter = read(store, |tx| answers::letter(tx, AnswerId(id(1_010))));
    assert_eq!(letter, Some((id(8), 1, LetterState::Returned)));
}
