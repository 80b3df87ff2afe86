//! What a witness needs: cosignatures, a tree read from tiles, a copy.

use super::*;
use crate::{
    Checkpoint, Cosigner, Mirror, Note, NoteError, Of, Tile, Tiles, VerifierKey, consistency_proof,
    is_consistent, leaf_hash, verify,
};

fn cosigner() -> Cosigner {
    Cosigner::from_seed("witness.example.jp/w", &[3; 32]).unwrap()
}

#[test]
fn a_cosignature_says_who_and_when_and_another_implementation_believes_it() {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 7, root: [3; 32] };
    let note = checkpoint.sign(&signer(), 1_800_000_000).unwrap();
    let once = cosigner().cosign(&note, 1_800_000_060).unwrap();
    let twice = cosigner().cosign(&once, 1_800_000_120).unwrap();
    let key = VerifierKey::parse(&cosigner().key().to_string()).unwrap();
    assert!(key.cosigns() && key == cosigner().key());
    for (note, time_s) in [(&once, 1_800_000_060), (&twice, 1_800_000_120)] {
        let read = Note::parse(note).unwrap();
        assert_eq!(read.signatures.len(), 3, "an older line goes");
        assert_eq!(key.signed_at_s(&read), Some(time_s));
        let all = [&signer().keys(ORIGIN)[..], std::slice::from_ref(&key)].concat();
        assert_eq!(Checkpoint::open(note, &all), Ok(checkpoint.clone()));
    }
    let mut late = Note::parse(&twice).unwrap();
    late.signatures[2].bytes[7] ^= 1;
    assert_eq!(late.verify(std::slice::from_ref(&key)), Err(NoteError::Signature), "its time is signed");
    assert_eq!(Note::parse(&note).unwrap().verify(std::slice::from_ref(&key)), Err(NoteError::Unsigned));
    assert_eq!(signer().keys(ORIGIN)[0].signed_at_s(&late), None, "plain Ed25519 says no time");
    assert_eq!(signer().keys(ORIGIN)[1].signed_at_s(&late), Some(1_800_000_000));

    // tlog_tiles knows plain notes only: the message that is signed is checked by hand against the specification's.
    let bytes = &Note::parse(&once).unwrap().signatures[2].bytes;
    let message = format!("cosignature/v1\ntime 1800000060\n{checkpoint}");
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair);
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public);
    assert!(public.verify(message.as_bytes(), &bytes[8..]).is_ok());
    assert!(Cosigner::from_seed("a name with spaces", &[3; 32]).is_none());
}

#[test]
fn a_tree_is_read_from_its_tiles() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..70_000);
    let ours = reader(&disk);
    for (old, new) in [(1, 2), (255, 256), (256, 257), (300, 70_000), (65_536, 70_000), (69_999, 70_000)] {
        let mut fetched = 0;
        let mut fetch = |tile: &Tile| {
            fetched += 1;
            Ok(ours.tile(tile)?.unwrap())
        };
        let proof = consistency_proof(&Tiles::new(new, &mut fetch), old, new).unwrap();
        assert!(fetched <= 6, "{fetched} tiles");
        assert_eq!(proof, ours.consistency_proof(old, new).unwrap());
        let (was, is) = (ours.root(old).unwrap(), ours.root(new).unwrap());
        assert!(is_consistent((old, &was), (new, &is), &proof));
    }
    let mut short = |_: &Tile| Ok(vec![0; 31]);
    assert!(consistency_proof(&Tiles::new(300, &mut short), 7, 300).is_err());
}

#[test]
fn bundles_are_read_as_they_are_written() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..300);
    let tile = Tile::in_tree(Of::Entries, 1, 300).unwrap();
    assert_eq!((tile.width, Tile::in_tree(Of::Entries, 2, 300)), (44, None));
    let bytes = reader(&disk).tile(&tile).unwrap().unwrap();
    let entries = Tile::entries(44, &bytes).unwrap();
    assert_eq!(Entry::decode(entries[43]), Some(entry(299)));
    assert_eq!(Tile::entries(43, &bytes), None);
    assert_eq!(Tile::entries(44, &bytes[..bytes.len() - 1]), None);
}

#[test]
fn a_mirror_is_a_log_for_whoever_reads_it() {
    let (theirs, ours) = (Sim::new(1), Sim::new(2));
    let log = open(&theirs).unwrap();
    fill(&log, 0..66_000);
    log.issue(1_800_000_000).unwrap();
    let keys = log.keys().to_vec();
    let (mut all, from) = (Vec::new(), reader(&theirs));
    from.entries(0..66_000, &mut |_, bytes| {
        all.push(bytes.to_vec());
        Ok(true)
    })
    .unwrap();
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    // In two lives, the first of which ends in the middle.
    for part in [&all[..40_000], &all[40_000..]] {
        let mut mirror = Mirror::open(Arc::new(ours.clone()), &keys).unwrap();
        part.chunks(10_000).for_each(|some| mirror.append(some).unwrap());
        assert_eq!(mirror.tree().root(), from.root(mirror.tree().size()).unwrap());
    }
    let mirror = Mirror::open(Arc::new(ours.clone()), &keys).unwrap();
    assert_eq!(mirror.kept().unwrap(), None);
    mirror.keep(&log.checkpoint().unwrap()).unwrap();
    assert_eq!(mirror.kept().unwrap(), log.checkpoint());
    let checkpoint = Checkpoint::open(&log.checkpoint().unwrap(), &keys).unwrap();
    let verified = verify(&ours, &keys, std::slice::from_ref(&checkpoint)).unwrap();
    assert_eq!((verified.size, &verified.checkpoint), (66_000, &checkpoint));
    let proof = reader(&ours).prove(65_999, 66_000, mirror.kept().unwrap().unwrap()).unwrap();
    assert_eq!(proof.verify(&keys).unwrap(), checkpoint);
    assert_eq!(leaf_hash(&proof.entry), leaf_hash(all[65_999]));
    let other = signer().keys("another.log").to_vec();
    assert!(Mirror::open(Arc::new(ours), &other).is_err(), "a folder mirrors one log");
}
