//! Root of the one machine: he has the root key, so the seeds that sign the ledger, and writes whatever history he likes.
//! What a witness of another machine holds he cannot change.

use super::*;
use crate::{
    keys::{Keyring, root::RootSource},
    store::{self, Store},
};
use ::ledger::{Checkpoint, Cosigner, Entry, Log, Note, Signer, Start, VerifierKey, verify};
use std::{collections::BTreeSet, fs, path::Path};

/// What the witness carried off: a copy of the log, under a checkpoint that it cosigned.
struct Elsewhere {
    copy: Arc<Folder>,
    note: String,
    cosigner: Cosigner,
    keys: Vec<VerifierKey>,
}

impl Elsewhere {
    fn checkpoint(&self) -> Checkpoint {
        assert!(Note::parse(&self.note).unwrap().verify(&[self.cosigner.key()]).is_ok());
        Checkpoint::open(&self.note, &self.keys).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().flatten() {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn witness(bench: &Bench) -> Elsewhere {
    let house = bench.house();
    house.ledger.sign(&house.store, bench.now_ms()).unwrap();
    let (log, copied) = (bench.path("vault/ledger/1"), bench.path("elsewhere"));
    copy(&log, &copied);
    let state = house.ledger.state();
    let cosigner = Cosigner::from_seed("witness/elsewhere", &[5; 32]).unwrap();
    let note = cosigner.cosign(&state.checkpoint.unwrap(), (bench.now_ms() / 1000) as u64).unwrap();
    let keys = state.keys.iter().map(|key| VerifierKey::parse(key).unwrap()).collect();
    Elsewhere { copy: Folder::reading(copied), note, cosigner, keys }
}

fn opened(folder: &Arc<Folder>) -> BTreeSet<Uuid> {
    let reader = Reader::open(Arc::clone(folder) as _).unwrap();
    let mut persons = BTreeSet::new();
    let mut note =
        |opening: ::ledger::Opening<'_>| opening.persons(&mut |person, _| persons.extend([person]));
    reader.openings(0..reader.size(), &mut note).unwrap();
    persons
}

/// The attacker, with the machine switched off under his hands: takes the seeds as the vault does, writes the log anew
/// without the entries about `victim`, signs it, and takes away what the vault remembers of the one before.
fn rewrites(bench: &mut Bench, victim: Uuid) {
    bench.house = None;
    let (dir, log) = (bench.path("vault"), bench.path("vault/ledger/1"));
    let store = Store::open(&dir.join("vault.redb")).unwrap();
    let keyring = Keyring::open(RootSource::find(&dir, None), &store).unwrap();
    let signer = Signer::from_seeds(&keyring.ledger[0], &keyring.ledger[1]).unwrap();
    store.write(|tx| tx.remove(store::LEDGER, b"signed")).unwrap();
    let true_log = Reader::open(Folder::reading(&log)).unwrap();
    let origin = true_log.keys().unwrap().unwrap()[0].name().to_owned();
    let forged = bench.path("forged");
    fs::create_dir_all(&forged).unwrap();
    let start = Start { origin: &origin, signer, known: None };
    let (new, _) = Log::open(Folder::writing(&forged).unwrap(), start).unwrap();
    let all = 0..true_log.size();
    let mut kept = 0;
    true_log
        .entries(all.clone(), &mut |_, bytes| {
            let entry = Entry::decode(bytes).unwrap();
            let about = entry.places.pairs().any(|(person, _)| *person == victim);
            if !about {
                new.append(&[&entry]).unwrap();
                kept += 1;
            }
            Ok(true)
        })
        .unwrap();
    assert!(kept < all.end && kept + 3 > all.end, "{kept} of {}: he hides little", all.end);
    new.issue((bench.now_ms() / 1000) as u64).unwrap();
    drop((new, true_log));
    copy(&forged, &log);
}

#[test]
fn rewrites_the_ledger_with_stolen_seeds_and_is_found_out_by_what_is_elsewhere() {
    let mut bench = Bench::new();
    let staff = bench.staff(id(90), "owner");
    let all: Vec<_> = (1..=3).map(|n| place("email", n, n)).collect();
    let sealed: Vec<_> = all.iter().map(|place| bench.seal_new(place, "a@example.jp").0).collect();
    for n in 0..3 {
        bench.unseal(&staff, Purpose::StaffOrder, &[(&all[n], &sealed[n])]).unwrap();
    }
    let (victim, persons) = (all[1].person, all.iter().map(|p| p.person).collect::<BTreeSet<_>>());
    let elsewhere = witness(&bench);
    let log = bench.path("vault/ledger/1");
    assert_eq!(opened(&Folder::reading(&log)), persons);

    rewrites(&mut bench, victim);
    // On the machine itself everything fits: the vault starts on it, and its files are whole and signed.
    bench.restart();
    bench.seal_new(&place("email", 9, 9), "b@example.jp");
    bench.house().ledger.sign(&bench.house().store, bench.now_ms()).unwrap();
    let here = Folder::reading(&log);
    verify(&*here, &elsewhere.keys, &[]).unwrap();
    assert!(!opened(&here).contains(&victim), "nobody of the machine knows that he was read");

    // With what was witnessed, anybody sees that it was rewritten, however long it has become.
    for _ in 0..12 {
        let found = verify(&*here, &elsewhere.keys, &[elsewhere.checkpoint()]).unwrap_err().to_string();
        assert!(found.contains("were signed"), "{found}");
        (0..3).for_each(|n| drop(bench.unseal(&staff, Purpose::StaffOrder, &[(&all[n], &sealed[n])])));
        bench.house().ledger.sign(&bench.house().store, bench.now_ms()).unwrap();
    }
    // And what was witnessed is whole, says who was read, and proves it by the log's own keys.
    verify(&*elsewhere.copy, &elsewhere.keys, &[elsewhere.checkpoint()]).unwrap();
    assert_eq!(opened(&elsewhere.copy), persons);
    let copied = Reader::open(Arc::clone(&elsewhere.copy) as _).unwrap();
    let mut number = None;
    copied
        .openings_of(victim, 0..copied.size(), &mut |opening| {
            number = Some(opening.number);
            Ok(())
        })
        .unwrap();
    let proof = copied.prove(number.unwrap(), elsewhere.checkpoint().size, elsewhere.note.clone()).unwrap();
    proof.verify(&elsewhere.keys).unwrap();
    // A proof of his own history, against the witness's checkpoint, is none.
    let forged = Reader::open(here as _).unwrap();
    let size = elsewhere.checkpoint().size.min(forged.size());
    let proof = forged.prove(0, size, elsewhere.note.clone());
    assert!(proof.is_err() || proof.unwrap().verify(&elsewhere.keys).is_err());
}
