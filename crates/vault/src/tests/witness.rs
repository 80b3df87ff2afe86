//! Who signs for the ledger, and what stops when nobody does.

use super::*;
use ::ledger::{Cosigner, Note};
use vault_api::WitnessHealth;

const HOUR_MS: i64 = 3_600_000;

fn cosigner(n: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness/{n}"), &[n; 32]).unwrap()
}

impl Bench {
    /// A vault that awaits a witness; one elsewhere with this key, if there is one.
    fn awaiting(elsewhere: Option<&Cosigner>) -> Bench {
        let mut bench = Bench::new();
        bench.await_again(elsewhere);
        bench
    }

    fn await_again(&mut self, elsewhere: Option<&Cosigner>) {
        self.house = None;
        let keys: Vec<String> = elsewhere.iter().map(|c| c.key().to_string()).collect();
        self.house = Some(self.open_with(|c| (c.witnessed, c.witnesses) = (true, keys)).unwrap());
    }

    /// A checkpoint of now.
    fn checkpoint(&self) -> String {
        let house = self.house();
        house.ledger.sign(&house.store, self.now_ms()).unwrap();
        house.ledger.state().checkpoint.unwrap()
    }

    fn now_s(&self) -> u64 {
        (self.now_ms() / 1000) as u64
    }

    fn hand_back(&self, note: &str, own: Option<&Cosigner>) -> Result<Response, VaultError> {
        let own = own.map(|c| c.key().to_string());
        self.ask(Role::Watch, Request::LedgerCosigned { note: note.to_owned(), own })
    }

    fn witness(&self) -> WitnessHealth {
        match self.ask(Role::Web, Request::Ping).unwrap() {
            Response::Health(health) => health.witness,
            _ => panic!("another answer"),
        }
    }

    fn kept(&self) -> Option<Note> {
        let text = Reader::open(Folder::reading(self.path("vault/ledger/1"))).unwrap().witnessed().unwrap();
        text.map(|text| Note::parse(&text).unwrap())
    }
}

#[test]
fn what_the_witness_here_signed_is_known_and_kept() {
    let mut bench = Bench::awaiting(None);
    let here = cosigner(1);
    assert_eq!(
        bench.witness(),
        WitnessHealth { elsewhere: false, size: 0, at_ms: None, exports_stop: false }
    );
    let note = here.cosign(&bench.checkpoint(), bench.now_s()).unwrap();
    bench.hand_back(&note, Some(&here)).unwrap();
    let seen = bench.witness();
    assert_eq!((seen.size, seen.at_ms, seen.exports_stop), (2, Some(START_MS), false));
    assert!(bench.kept().unwrap().verify(&[here.key()]).is_ok());
    bench.await_again(None);
    assert_eq!(bench.witness(), seen, "it is known after a start, too");
}

#[test]
fn exports_stop_after_a_day_without_the_witness_that_counts() {
    let elsewhere = cosigner(2);
    let bench = Bench::awaiting(Some(&elsewhere));
    let here = cosigner(1);
    bench.pass(24 * HOUR_MS);
    assert!(!bench.witness().exports_stop, "a day from the beginning");
    bench.pass(1);
    assert!(bench.witness().exports_stop && bench.witness().elsewhere);
    let sign = |cosigner: &Cosigner| cosigner.cosign(&bench.checkpoint(), bench.now_s()).unwrap();
    bench.hand_back(&sign(&here), Some(&here)).unwrap();
    assert!(bench.witness().exports_stop, "who is on this machine does not count where another is awaited");
    assert_eq!(bench.kept(), None);
    let note = sign(&elsewhere);
    bench.hand_back(&note, None).unwrap();
    assert!(!bench.witness().exports_stop);
    assert!(bench.kept().unwrap().verify(&[elsewhere.key()]).is_ok());
    // An old word, said again and again, is not a new one.
    bench.pass(24 * HOUR_MS + 1_000);
    bench.hand_back(&note, None).unwrap();
    assert!(bench.witness().exports_stop);
    // Nor does a witness whose clock is ahead buy time.
    let ahead = elsewhere.cosign(&bench.checkpoint(), bench.now_s() + 1_000_000).unwrap();
    bench.hand_back(&ahead, None).unwrap();
    assert_eq!(bench.witness().at_ms, Some(bench.now_ms()));
    bench.seal_new(&place("email", 1, 1), "a@example.jp");
}

#[test]
fn strangers_and_other_ledgers_are_not_believed() {
    let elsewhere = cosigner(2);
    let bench = Bench::awaiting(Some(&elsewhere));
    let (checkpoint, now_s) = (bench.checkpoint(), bench.now_s());
    let bad = |note: &str, own: Option<&Cosigner>| {
        matches!(err(bench.hand_back(note, own)), Some(VaultError::BadRequest(_)))
    };
    assert!(bad(&checkpoint, None), "signed by nobody");
    assert!(bad(&cosigner(3).cosign(&checkpoint, now_s).unwrap(), None), "by a stranger");
    assert!(
        bad(&elsewhere.cosign(&checkpoint, now_s).unwrap(), Some(&cosigner(3))),
        "by another than who says so"
    );
    let others = Bench::new();
    assert!(bad(&elsewhere.cosign(&others.checkpoint(), now_s).unwrap(), None), "another vault's");
    assert!(bad("no note", None));
    let mut changed = Note::parse(&elsewhere.cosign(&checkpoint, now_s).unwrap()).unwrap();
    changed.signatures[2].bytes[20] ^= 1;
    assert!(bad(&changed.to_string(), None));
    for role in [Role::Web, Role::Post, Role::Owner] {
        let asked = bench.ask(role, Request::LedgerCosigned { note: checkpoint.clone(), own: None });
        assert_eq!(err(asked), Some(VaultError::Denied(Reason::Role)), "{role:?}");
    }
    assert_eq!((bench.witness().size, bench.kept()), (0, None));
    let log_key = bench.house().ledger.state().keys.remove(0);
    assert!(bench.open_with(|c| c.witnesses = vec![log_key]).is_err(), "a log's key is no witness's");
}

#[test]
fn a_quiet_ledger_signs_anew_each_minute() {
    let bench = Bench::awaiting(None);
    let first = bench.checkpoint();
    bench.pass(59_000);
    assert_eq!(bench.checkpoint(), first);
    bench.pass(1_000);
    let second = bench.checkpoint();
    assert_ne!(second, first);
    let text = |note: &str| Note::parse(note).unwrap().text;
    assert_eq!(text(&second), text(&first), "the same tree, signed later");
}
