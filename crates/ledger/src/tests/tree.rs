//! The tree against the vectors of RFC 6962's reference implementation, and against its definition.

use crate::tree::*;
use crate::{Of, Tile, hex};
use proptest::prelude::*;
use std::io;

/// Inputs and roots of github.com/google/certificate-transparency, `merkle_tree_test.cc`.
const INPUTS: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// `MTH` of RFC 6962, 2.1, word for word.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => fold(&[]),
        1 => leaves[0],
        n => {
            let k = (1..n).rev().find(|k| k.is_power_of_two()).unwrap();
            node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
        }
    }
}

/// `PATH` of 2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    let n = leaves.len();
    if n == 1 {
        return Vec::new();
    }
    let k = (1..n).rev().find(|k| k.is_power_of_two()).unwrap();
    let (mut out, other) = if m < k {
        (path(m, &leaves[..k]), mth(&leaves[k..]))
    } else {
        (path(m - k, &leaves[k..]), mth(&leaves[..k]))
    };
    out.push(other);
    out
}

/// `SUBPROOF` of 2.1.2.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    let n = leaves.len();
    if m == n {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = (1..n).rev().find(|k| k.is_power_of_two()).unwrap();
    let (mut out, other) = if m <= k {
        (subproof(m, &leaves[..k], whole), mth(&leaves[k..]))
    } else {
        (subproof(m - k, &leaves[k..], false), mth(&leaves[..k]))
    };
    out.push(other);
    out
}

struct Leaves(Vec<Hash>);

impl Hashes for Leaves {
    fn node(&self, level: u32, index: u64) -> io::Result<Hash> {
        let from = (index << level) as usize;
        self.0.get(from..from + (1 << level)).map(fold).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn leaves(count: usize) -> Leaves {
    Leaves((0..count as u64).map(|n| leaf_hash(&n.to_be_bytes())).collect())
}

#[test]
fn vectors_of_the_reference_implementation() {
    let mut frontier = Frontier::default();
    let mut leaves = Leaves(Vec::new());
    for (count, wanted) in ROOTS.iter().enumerate() {
        assert_eq!(hex(&frontier.root()), *wanted);
        assert_eq!(hex(&root(&leaves, count as u64).unwrap()), *wanted);
        if let Some(input) = INPUTS.get(count) {
            leaves.0.push(leaf_hash(input));
            frontier.push(leaf_hash(input));
        }
    }
}

#[test]
fn proofs_are_those_of_the_definition_and_lead_to_the_root() {
    for size in 1..=65 {
        let tree = leaves(size);
        let top = mth(&tree.0);
        assert_eq!(root(&tree, size as u64).unwrap(), top);
        for m in 0..size {
            let proof = inclusion_proof(&tree, m as u64, size as u64).unwrap();
            assert_eq!(proof, path(m, &tree.0));
            assert!(includes(&tree.0[m], m as u64, size as u64, &proof, &top));
            assert!(!includes(&tree.0[m], m as u64 + 1, size as u64, &proof, &top) || size == 1);
            let old = m + 1;
            let proof = consistency_proof(&tree, old as u64, size as u64).unwrap();
            assert_eq!(proof, subproof(old, &tree.0, true));
            assert!(is_consistent((old as u64, &mth(&tree.0[..old])), (size as u64, &top), &proof));
        }
    }
    assert!(inclusion_proof(&leaves(3), 3, 3).is_err() && consistency_proof(&leaves(3), 4, 3).is_err());
    assert!(
        is_consistent((0, &fold(&[])), (3, &[7; 32]), &[])
            && !is_consistent((0, &[1; 32]), (3, &[7; 32]), &[])
    );
}

proptest! {
    #[test]
    fn a_proof_with_a_flipped_bit_is_refused(
        size in 2..300usize, at: prop::sample::Index, byte: prop::sample::Index, bit in 0..8u8,
    ) {
        let tree = leaves(size);
        let top = mth(&tree.0);
        let m = at.index(size);
        let mut proof = inclusion_proof(&tree, m as u64, size as u64).unwrap();
        let which = at.index(proof.len());
        proof[which][byte.index(32)] ^= 1 << bit;
        prop_assert!(!includes(&tree.0[m], m as u64, size as u64, &proof, &top));
        proof[which][byte.index(32)] ^= 1 << bit;
        prop_assert!(!includes(&tree.0[m], m as u64, size as u64, &proof[..which], &top));
        let old = 1 + at.index(size - 1);
        let mut proof = consistency_proof(&tree, old as u64, size as u64).unwrap();
        let was = mth(&tree.0[..old]);
        let which = at.index(proof.len());
        proof[which][byte.index(32)] ^= 1 << bit;
        prop_assert!(!is_consistent((old as u64, &was), (size as u64, &top), &proof));
        proof[which][byte.index(32)] ^= 1 << bit;
        prop_assert!(is_consistent((old as u64, &was), (size as u64, &top), &proof));
        let mut other = tree.0.clone();
        other[at.index(old)][0] ^= 1;
        prop_assert!(!is_consistent((old as u64, &mth(&other[..old])), (size as u64, &top), &proof));
    }

    /// As another implementation lists them; its paths have the height in them.
    #[test]
    fn tiles_are_those_of_another_implementation(size in 1..70_000u64) {
        let theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, 0, size).iter().map(tlog_tiles::Tile::path).collect();
        let hashes = Tile::all(size).filter(|tile| tile.of != Of::Entries);
        let ours: Vec<String> = hashes.map(|t| t.to_string().replacen("tile/", "tile/8/", 1)).collect();
        prop_assert_eq!(theirs, ours);
    }
}
