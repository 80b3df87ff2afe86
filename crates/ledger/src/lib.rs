//! The ledger: an append-only log that nobody can rewrite unseen.
//!
//! A log is a Merkle tree (RFC 6962) over entries. Its state is signed as a checkpoint; from a checkpoint that somebody
//! else has kept, any later change of what stood before shows. The forms are those of C2SP: tlog-tiles, tlog-checkpoint,
//! signed-note, tlog-cosignature, tlog-proof, so that others can check a log with tools of their own. `docs/ledger.md`
//! tells the format.
//!
//! - [`Log`] appends: many callers share one write and one fdatasync, and an answer means that the entry is on disk.
//! - [`Reader`] reads a log's folder while it is written, or later: entries, tiles, proofs, persons of a window.
//! - [`Mirror`] keeps a copy of somebody else's log, [`Tiles`] reads his tree, [`Cosigner`] signs for a witness.
//! - [`Disk`] is what lies below, small enough to break in tests.
//!
//! A log's folder holds `00000000.seg` and so on, 65,536 entries each; `00000000.idx`, which is made from it and can be
//! made again; `checkpoint`, the newest; `witnessed`, the newest that witnesses signed
//! for; `keys`, the public keys as they were when the log began.
//!
//! Nothing here is secret or personal but [`Signer`] and [`Cosigner`]: entries name persons and rows by random ids only.

mod checkpoint;
mod codec;
mod commit;
mod cosign;
mod disk;
mod entry;
mod frame;
mod index;
mod keys;
mod log;
mod mirror;
mod note;
mod opening;
mod places;
mod proof;
mod reader;
mod segment;
mod sign;
#[cfg(feature = "sim")]
pub mod sim;
mod tail;
#[cfg(test)]
mod tests;
mod tile;
mod tiles;
mod tree;
mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use cosign::Cosigner;
pub use disk::{Disk, DiskFile, Folder};
pub use entry::{Before, Entry, Kind, Word};
pub use keys::{Signer, VerifierKey};
pub use log::{Health, LedgerError, Log, Opened, Start, Ticket};
pub use mirror::Mirror;
pub use note::{Note, NoteError, Signature};
pub use opening::Opening;
pub use places::{Pair, Places};
pub use proof::{Proof, ProofError};
pub use reader::Reader;
pub use sign::NoteSigner;
pub use tile::{Of, Tile};
pub use tiles::{Fetch, Tiles};
pub use tree::{
    Frontier, Hash, Hashes, consistency_proof, includes, inclusion_proof, is_consistent, leaf_hash,
    node_hash, root,
};
pub use verify::{Verified, verify};

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
