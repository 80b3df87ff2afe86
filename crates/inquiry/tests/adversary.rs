//! Tries to learn of another person's state or card. Each try is played in two houses that differ in nothing but what is
//! recorded of the victim; whatever the attacker sees must be the same in both, to the byte and to the millisecond.

mod house;

use domain::inquiry::{Asker, Level, Reach, Via};
use house::{Chance, Defect, House, Person, Seen, State, Try};

/// Tries of each kind.
const TRIES: usize = 100;

/// A way of asking about somebody else, and what a house does wrong in which it works. Each gets the victim's true data and
/// the attacker's own.
type Kind = (&'static str, Defect, fn(&mut Chance, &Person, &Person) -> Try);

const KINDS: &[Kind] = &[
    ("a forged From", Defect::ReceiptSaysWhetherFound, |c, victim, _| {
        Try::mail(c, &victim.mail, "私は対象ですか")
    }),
    ("a Reply-To of his own", Defect::AnswersReplyTo, |c, victim, me| {
        let try_ = Try::mail(c, &victim.mail, "Am I concerned?");
        try_.header(&format!("Reply-To: {}", me.mail))
    }),
    ("himself in Cc and Bcc", Defect::AnswersAll, |c, victim, me| {
        Try::mail(c, &victim.mail, "対象かどうか教えてください")
            .header(&format!("Cc: {}", me.mail))
            .header(&format!("Bcc: {}", me.mail))
            .header(&format!("Disposition-Notification-To: {}", me.mail))
    }),
    ("two addresses in From", Defect::TakesSeveralSenders, |c, victim, me| {
        Try::mail(c, &format!("{}, {}", victim.mail, me.mail), "対象ですか")
    }),
    ("an old mail of the victim's, quoted", Defect::ReadsTheText, |c, victim, me| {
        let quoted = format!(
            "同じ件です\n> 差出人: {}\n> {} 様 {}\n> カードの下4桁を教えてください",
            victim.mail, victim.name, victim.phone
        );
        Try::mail(c, &me.mail, &quoted)
    }),
    ("the victim's data in his own mail", Defect::ReadsTheText, |c, victim, me| {
        Try::mail(
            c,
            &me.mail,
            &format!("氏名 {}\nメール {}\n電話 {}", victim.name, victim.mail, victim.phone),
        )
    }),
    ("the form with her address, as herself", Defect::ReceiptSaysWhetherFound, |c, victim, me| {
        Try::form(c, Level::Concerned).given(&victim.mail, &me.phone, &me.name)
    }),
    ("the form with all of her data", Defect::LooksUpWhileOneWaits, |c, victim, _| {
        Try::form(c, Level::Card).given(&victim.mail, &victim.phone, &victim.name)
    }),
    ("her name, his address", Defect::AnswersWhatWasTyped, |c, victim, me| {
        Try::form(c, Level::Card).given(&me.mail, &victim.phone, &victim.name)
    }),
    ("her name, his telephone", Defect::AnswersWhatWasTyped, |c, victim, me| {
        Try::form(c, Level::Card).reach(Reach::Call).given(&victim.mail, &me.phone, &victim.name)
    }),
    ("a name that is nearly hers", Defect::TakesNearForSame, |c, victim, me| {
        let near = house::near(c, &victim.name);
        Try::form(c, Level::Card).given(&me.mail, &victim.phone, &near)
    }),
    ("an address that is nearly hers", Defect::SuggestsAddresses, |c, victim, me| {
        let near = house::near(c, &victim.mail);
        Try::form(c, Level::Concerned).given(&near, &me.phone, &victim.name)
    }),
    ("her husband, with true data", Defect::AnswersAtOnce, |c, victim, _| {
        Try::form(c, Level::Card).asker(Asker::Family).reach(c.pick(Reach::ALL)).given(
            &victim.mail,
            &victim.phone,
            &victim.name,
        )
    }),
    (
        "somebody who says he is her lawyer, the police, the processor",
        Defect::AnswersAtOnce,
        |c, victim, _| {
            let asker = c.pick(&[Asker::Lawyer, Asker::Processor, Asker::Police]);
            Try::form(c, Level::Card).asker(asker).given(&victim.mail, &victim.phone, &victim.name)
        },
    ),
    ("her account, with a mail address changed since", Defect::TrustsWhatWasChanged, |c, victim, me| {
        let level = c.pick_level();
        Try::form(c, level).changed_account(&me.mail, &victim.phone).given(
            &me.mail,
            &victim.phone,
            &victim.name,
        )
    }),
    ("her account, with a telephone changed since", Defect::TrustsWhatWasChanged, |c, victim, me| {
        Try::form(c, Level::Card).reach(Reach::Call).changed_account(&victim.mail, &me.phone).given(
            &victim.mail,
            &me.phone,
            &victim.name,
        )
    }),
    ("an order of his in her name, to get two cases merged", Defect::PutsCasesTogether, |c, victim, me| {
        Try::form(c, Level::Card).guest_order(&me.mail, &victim.phone, &victim.name).given(
            &me.mail,
            &victim.phone,
            &victim.name,
        )
    }),
    ("an order of his with her address and his telephone", Defect::PutsCasesTogether, |c, victim, me| {
        let level = c.pick_level();
        Try::form(c, level).reach(Reach::Call).guest_order(&victim.mail, &me.phone, &victim.name).given(
            &victim.mail,
            &me.phone,
            &victim.name,
        )
    }),
    (
        "an order of his at her telephone, answered by letter to him",
        Defect::PutsCasesTogether,
        |c, victim, me| {
            Try::form(c, Level::Card)
                .reach(Reach::Letter)
                .guest_order(&me.mail, &victim.phone, &victim.name)
                .given(&me.mail, &victim.phone, &victim.name)
        },
    ),
    ("a call that staff writes down, with her data", Defect::AnswersWhatWasTyped, |c, victim, me| {
        Try::phone(c, Level::Card).reach(c.pick(Reach::ALL)).given(&me.mail, &victim.phone, &victim.name)
    }),
    ("asking many times, at every moment of a round", Defect::CountsByRecord, |c, victim, _| {
        Try::form(c, Level::Concerned).given(&victim.mail, "", "").many(7)
    }),
];

fn seen(try_: &Try, victim: &Person, me: &Person, state: Option<State>, defect: Option<Defect>) -> Vec<Seen> {
    House::of(victim, me, state, try_).play(try_, me, defect)
}

/// The states of the victim that are held against each other.
fn states(chance: &mut Chance) -> [Option<State>; 4] {
    let card = |c: &mut Chance| State { concerned: true, last4: Some(format!("{:04}", c.below(10_000))) };
    [Some(card(chance)), Some(card(chance)), Some(State { concerned: false, last4: None }), None]
}

#[test]
fn nobody_learns_a_bit() {
    let mut chance = Chance::new(20_261_126);
    let mut played = 0;
    for (what, _, kind) in KINDS {
        for n in 0..TRIES {
            let (victim, me) = house::two(&mut chance);
            let attempt = kind(&mut chance, &victim, &me);
            let [first, others @ ..] =
                states(&mut chance).map(|state| seen(&attempt, &victim, &me, state, None));
            for other in others {
                assert_eq!(first, other, "{what}, try {n}");
            }
            played += 1;
        }
    }
    assert!(played >= 1_000, "only {played} tries");
}

/// Each kind against a house that breaks the rule which stands against it: the suite finds out, or it would find nothing.
#[test]
fn each_kind_works_where_its_rule_is_broken() {
    let mut chance = Chance::new(7);
    for (what, defect, kind) in KINDS {
        for n in 0..TRIES {
            let (victim, me) = house::two(&mut chance);
            let attempt = kind(&mut chance, &victim, &me);
            let [first, others @ ..] =
                states(&mut chance).map(|state| seen(&attempt, &victim, &me, state, Some(*defect)));
            assert!(others.iter().any(|other| *other != first), "{what}, try {n}: {defect:?} is not seen");
        }
    }
}

/// Whoever asks about himself is answered: else nobody would learn anything because nobody ever does.
#[test]
fn who_asks_about_himself_is_told() {
    let mut chance = Chance::new(3);
    for _ in 0..200 {
        let (victim, _) = house::two(&mut chance);
        let level = chance.pick_level();
        let reach = chance.pick(Reach::ALL);
        let attempt =
            Try::form(&mut chance, level).reach(reach).given(&victim.mail, &victim.phone, &victim.name);
        let nobody = house::nobody();
        let told =
            |state: Option<State>| House::of(&victim, &nobody, state, &attempt).play(&attempt, &victim, None);
        let [one, two, no, stranger] = states(&mut chance).map(told);
        assert!(one != no && no != stranger, "{level} {reach}");
        // Only the second level tells the card.
        assert_eq!(one == two, level == Level::Concerned, "{level} {reach}");
    }
    assert_eq!(Via::ALL.len(), 3, "a new way in needs its tries");
}
