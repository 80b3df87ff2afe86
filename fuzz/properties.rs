//! What must hold for any bytes. The fuzz targets drive it, and so does a test with random bytes and the kept corpus.

use import::{Dictionary, Import, Item, Record};
use ledger::{Checkpoint, Entry, Note, Proof, Tile, VerifierKey};
use serde::{Serialize, de::DeserializeOwned};
use vault_api::{FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello, Request, Response};

/// The vault's frame decoder: whatever it takes, it says again in the same bytes.
pub fn frame(data: &[u8]) {
    /// Reads a message and writes it.
    fn once<T: Serialize + DeserializeOwned>(data: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        let message: T = wire::Line::new(data).recv(bytes_max).ok()??;
        let mut out = wire::Line::new(Vec::new());
        out.send(&message).ok()?;
        Some(out.stream().clone())
    }

    fn again<T: Serialize + DeserializeOwned>(data: &[u8], bytes_max: usize) {
        if let Some(first) = once::<T>(data, bytes_max) {
            let second = once::<T>(&first, usize::MAX);
            assert!(second == Some(first), "a message that is another one when it is said again");
        }
    }

    again::<Hello>(data, HELLO_BYTES_MAX);
    again::<Request>(data, FRAME_BYTES_MAX);
    again::<Response>(data, FRAME_BYTES_MAX);
}

/// The entries of the ledger: what is read is written again in bytes that say the same.
pub fn entry(data: &[u8]) {
    let Some(read) = Entry::decode(data) else { return };
    let written = read.encode();
    assert!(!written.is_empty());
    let parts: Vec<Entry> = written.iter().map(|part| Entry::decode(part).expect("our own bytes")).collect();
    let again: Vec<_> = parts.iter().flat_map(Entry::encode).collect();
    assert!(again == written, "an entry that is another one when it is written again");
}

/// Checkpoints, proofs, keys and paths of tiles: texts that come from strangers.
pub fn checkpoint(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(note) = Note::parse(text) {
        let again = Note::parse(&note.to_string());
        assert!(again.as_ref() == Ok(&note), "a note that is another one when it is written again");
    }
    let _ = Checkpoint::unverified(text);
    let key = VerifierKey::parse(text.lines().next().unwrap_or_default());
    let keys: Vec<VerifierKey> = key.into_iter().collect();
    if let Ok(proof) = Proof::parse(text) {
        assert!(proof.verify(&keys).is_err(), "a proof that nobody made is believed");
    }
    if let Some(tile) = Tile::parse(text) {
        assert!(Tile::parse(&tile.to_string()) == Some(tile));
    }
}

/// Exports of other shop systems: read the same however they are split, and in the words of a history.
pub fn import(data: &[u8]) {
    /// A reader that gives a few bytes at once.
    struct Bits<'a>(&'a [u8]);

    impl std::io::Read for Bits<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = into.len().min(self.0.len()).min(3);
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(from: impl std::io::Read, whole: &[u8]) -> Option<(Vec<Record>, Vec<import::Note>)> {
        let survey = import::survey(whole, None, |_| {}).ok()?;
        let mut import = Import::open(from, &survey, Dictionary::default()).ok()?;
        let (mut records, mut notes) = (Vec::new(), Vec::new());
        while let Ok(Some(item)) = import.next_item() {
            match item {
                Item::Record(record) => records.push(*record),
                Item::Note(note) => notes.push(note),
            }
        }
        Some((records, notes))
    }

    let read = all(data, data);
    assert!(read == all(Bits(data), data), "a file that says something else when it comes in parts");
    for record in read.iter().flat_map(|(records, _)| records) {
        assert!(incident::history::known_kind(&record.event).is_ok() && !record.id.is_empty());
        assert!(record.at.iter().chain(&record.until).all(|at| incident::When::parse(at).is_ok()));
    }
}
