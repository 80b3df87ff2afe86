//! Notes, checkpoints and proofs: the examples of C2SP, other implementations, and every bit turned over.

use super::*;
use crate::{Checkpoint, Note, NoteError, Proof, ProofError, VerifierKey};
use proptest::prelude::*;

/// The example of C2SP signed-note.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// The example of C2SP tlog-checkpoint, of which the key is not told.
const CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size: 7, root: [3; 32] }
}

/// A log with three hundred entries, its keys, and the proof of one.
fn proof() -> (Vec<VerifierKey>, Proof) {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..300);
    log.issue(1_800_000_000).unwrap();
    let proof = reader(&disk).prove(217, 300, log.checkpoint().unwrap()).unwrap();
    (log.keys().to_vec(), proof)
}

#[test]
fn examples_of_the_specification() {
    let key = VerifierKey::parse(KEY).unwrap();
    let note = Note::parse(NOTE).unwrap();
    assert_eq!((key.to_string().as_str(), note.to_string().as_str()), (KEY, NOTE));
    assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(()));
    let changed = Note::parse(&NOTE.replace("example message", "exemplary message")).unwrap();
    assert_eq!(changed.verify(std::slice::from_ref(&key)), Err(NoteError::Signature));
    let ours = signer().keys(ORIGIN);
    assert_eq!(
        note.verify(&[key, ours[0].clone()]),
        Err(NoteError::Unsigned),
        "every key asked for must have signed"
    );
    assert_eq!(note.verify(&[]), Err(NoteError::Unsigned));
    let checkpoint = Checkpoint::unverified(CHECKPOINT).unwrap();
    assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (20_852_163, "example.com/behind-the-sofa"));
    assert_eq!(Note::parse(CHECKPOINT).unwrap().to_string(), CHECKPOINT);
}

#[test]
fn what_is_no_note_or_checkpoint() {
    for odd in [
        "",
        "\n\n",
        "a\n",
        "a\n\n",
        "a\n\nb\n",
        "a\n\n\u{2014} b\n",
        "a\n\n\u{2014} b AAAA\n",
        "a\tb\n\n\u{2014} b AAAAAAA=\n",
    ] {
        assert_eq!(Note::parse(odd), Err(NoteError::Form), "{odd:?}");
    }
    for odd in [
        "o\n1\n",
        "o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n1\nAAAA\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ] {
        assert_eq!(
            Checkpoint::unverified(&format!("{odd}\n\u{2014} b AAAAAAA=\n")),
            Err(NoteError::Checkpoint),
            "{odd:?}"
        );
    }
    for odd in [
        "",
        "a+b",
        "a+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert_eq!(VerifierKey::parse(odd), None, "{odd}");
    }
}

#[test]
fn both_signatures_stand_and_another_implementation_believes_the_first() {
    let note = checkpoint().sign(&signer(), 1_800_000_000).unwrap();
    let keys = signer().keys(ORIGIN);
    assert_eq!(Checkpoint::open(&note, &keys), Ok(checkpoint()));
    for key in &keys {
        assert_eq!(VerifierKey::parse(&key.to_string()).as_ref(), Some(key));
        let other = VerifierKey::parse(&signer().keys("another.log")[0].to_string()).unwrap();
        assert_eq!(Checkpoint::open(&note, &[key.clone(), other]), Err(NoteError::Unsigned));
    }

    let verifier = signed_note::StandardVerifier::new(&keys[0].to_string()).unwrap();
    let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
    let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let (verified, unknown) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    assert_eq!(unknown[0].id(), keys[1].id());
    let theirs = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, 7, [3; 32]));
}

#[test]
fn a_proof_stands_alone() {
    let (keys, proof) = proof();
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ") && text.contains("\nindex 217\n"), "{text}");
    let read = Proof::parse(&text).unwrap();
    assert_eq!(read, proof);
    assert_eq!(read.verify(&keys).unwrap().size, 300);
    assert_eq!(Entry::decode(&read.entry), Some(entry(217)));
    assert_eq!(read.verify(&[]), Err(ProofError::Note(NoteError::Unsigned)));
    for (wrong, at) in [(216, "another place"), (300, "no place of the tree")] {
        assert_eq!(
            Proof { index: wrong, ..read.clone() }.verify(&keys),
            Err(ProofError::NotIncluded),
            "{at}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_bit_turned_over_anywhere_in_a_proof_is_refused(at: prop::sample::Index, bit in 0..7u8) {
        static MADE: std::sync::OnceLock<(Vec<VerifierKey>, Proof)> = std::sync::OnceLock::new();
        let (keys, made) = MADE.get_or_init(self::proof);
        let mut bytes = made.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            let read = Proof::parse(&text);
            prop_assert!(read.is_err() || read.unwrap().verify(keys).is_err(), "{at}");
        }
    }
}
