//! The Merkle tree of RFC 6962, section 2.1: hashes, the tree's right edge, proofs and how they are checked.

use sha2::{Digest, Sha256};
use std::io;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What is hashed before an entry, and before two hashes.
const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(entry).finalize().into()
}

/// The hash of two neighbours.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 65];
    bytes[..1].copy_from_slice(&NODE);
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The root over hashes that are a power of two in number; of none, the root of the empty tree.
pub fn fold(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node_hash(&fold(left), &fold(right))
        }
    }
}

/// The right edge of a growing tree: all that is needed to add entries and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// The roots of the perfect trees it is made of, the largest first: one for each bit of `size`.
    nodes: Vec<Hash>,
}

impl Frontier {
    /// From what [`Frontier::size`] and [`Frontier::nodes`] gave; `None` where they do not belong together.
    pub fn new(size: u64, nodes: Vec<Hash>) -> Option<Frontier> {
        (nodes.len() == size.count_ones() as usize).then_some(Frontier { size, nodes })
    }

    /// How many entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect trees it is made of, the largest first.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Adds an entry, by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            // There is a node for each bit of the size.
            if let Some(left) = self.nodes.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// The tree's root.
    pub fn root(&self) -> Hash {
        let mut nodes = self.nodes.iter().rev();
        let Some(last) = nodes.next() else { return fold(&[]) };
        nodes.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Where the hashes of a tree can be read.
pub trait Hashes {
    /// The root of the perfect tree over the entries `index << level .. (index + 1) << level`.
    ///
    /// # Errors
    /// As the disk says, or where there are not so many entries.
    fn node(&self, level: u32, index: u64) -> io::Result<Hash>;
}

/// The root of the first `size` entries.
///
/// # Errors
/// As [`Hashes::node`].
pub fn root(hashes: &dyn Hashes, size: u64) -> io::Result<Hash> {
    if size == 0 { Ok(fold(&[])) } else { span(hashes, 0, size) }
}

/// The hashes that lead from the entry `index` to the root of the first `size` entries (RFC 6962, 2.1.1).
///
/// # Errors
/// As [`Hashes::node`]; `InvalidInput` where the tree has no such entry.
pub fn inclusion_proof(hashes: &dyn Hashes, index: u64, size: u64) -> io::Result<Vec<Hash>> {
    if index >= size {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the tree has no such entry"));
    }
    let (mut from, mut to, mut proof) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + left_part(to - from);
        if index < middle {
            proof.push(span(hashes, middle, to)?);
            to = middle;
        } else {
            proof.push(span(hashes, from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show that the first `old` entries are the beginning of the first `new` (RFC 6962, 2.1.2).
///
/// # Errors
/// As [`Hashes::node`]; `InvalidInput` where `old` is larger than `new`.
pub fn consistency_proof(hashes: &dyn Hashes, old: u64, new: u64) -> io::Result<Vec<Hash>> {
    if old > new {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the older tree is the larger one"));
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut from, mut to, mut proof, mut whole) = (0, new, Vec::new(), true);
    while to != old {
        let middle = from + left_part(to - from);
        if old <= middle {
            proof.push(span(hashes, middle, to)?);
            to = middle;
        } else {
            proof.push(span(hashes, from, middle)?);
            from = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(span(hashes, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether an entry's hash leads to a root (RFC 9162, 2.1.3.2).
pub fn includes(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether a tree is the beginning of another (RFC 9162, 2.1.4.2).
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    if old.0 == new.0 {
        return proof.is_empty() && old.1 == new.1;
    }
    if old.0 == 0 {
        return proof.is_empty() && *old.1 == fold(&[]);
    }
    if old.0 > new.0 {
        return false;
    }
    let (mut at, mut last) = (old.0 - 1, new.0 - 1);
    (at, last) = (at >> at.trailing_ones(), last >> at.trailing_ones());
    let mut proof = proof.iter();
    let first = if old.0.is_power_of_two() { Some(old.1) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut was, mut is) = (*first, *first);
    for hash in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            (was, is) = (node_hash(hash, &was), node_hash(hash, &is));
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            is = node_hash(&is, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && was == *old.1 && is == *new.1
}

/// The root of a run of entries that is a tree of its own in the larger one.
fn span(hashes: &dyn Hashes, from: u64, to: u64) -> io::Result<Hash> {
    let count = to - from;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return hashes.node(level, from >> level);
    }
    let middle = from + left_part(count);
    Ok(node_hash(&span(hashes, from, middle)?, &span(hashes, middle, to)?))
}

/// The largest power of two below `count`, which is at least two.
fn left_part(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}
