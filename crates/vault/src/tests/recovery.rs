//! The root key is lost, and comes back.

use super::*;
use crate::age;
use vault_api::KeyLevel;

impl Bench {
    fn set_recovery(&self, recipients: &[&str]) -> Result<Response, VaultError> {
        let recipients = recipients.iter().map(|r| (*r).to_owned()).collect();
        self.ask(Role::Keeper, Request::RecoverySet { recipients })
    }

    fn recovery(&self) -> (Vec<u8>, vault_api::WrappedKeys) {
        match self.ask(Role::Keeper, Request::Recovery).unwrap() {
            Response::Recovery(recovery) => recovery,
            _ => panic!("another answer"),
        }
    }
}

#[test]
fn each_of_two_alone_brings_it_back() {
    let mut bench = Bench::new();
    let here = place("email", 1, 1);
    let (sealed, _) = bench.seal_new(&here, "a@example.jp");
    let [(anna, to_anna), (ben, to_ben), (eve, _)] = [[1; 32], [2; 32], [3; 32]].map(age::tests::keys);
    assert!(matches!(bench.ask(Role::Keeper, Request::Recovery), Err(VaultError::BadRequest(_))), "none yet");
    for wrong in [&[&to_anna[..]][..], &[&to_anna, &to_anna], &[&to_anna, "age1nobody"], &[]] {
        assert!(matches!(bench.set_recovery(wrong), Err(VaultError::BadRequest(_))), "{wrong:?}");
    }
    bench.set_recovery(&[&to_anna, &to_ben]).unwrap();
    for _root in 0..2 {
        let (file, house) = bench.recovery();
        for who in [&anna, &ben] {
            crate::drill(who, &file, &house).unwrap();
        }
        let says = |identity: &str, file: &[u8], house| {
            format!("{:#}", crate::drill(identity, file, house).unwrap_err())
        };
        assert!(says(&eve, &file, &house).contains("does not open the recovery file"));
        assert!(says("x", &file, &house).contains("no age identity"));
        assert!(says(&anna, &file[..file.len() - 1], &house).contains("does not open the recovery file"));
        // Another root key is encrypted to the same two at once.
        bench.ask(Role::Keeper, Request::KeysRotate { level: KeyLevel::Root }).unwrap();
        assert!(says(&anna, &file, &bench.recovery().1).contains("changed since"));
    }

    // The file is gone, the vault does not start; the store alone brings it back.
    let (root, vault) = (bench.path("vault/root.key"), bench.path("vault"));
    bench.house = None;
    assert!(
        crate::restore(&ben, &crate::stored(&vault).unwrap().0, &vault).is_err(),
        "it is not written over"
    );
    std::fs::remove_file(&root).unwrap();
    let (file, house) = crate::stored(&vault).unwrap();
    crate::drill(&ben, &file, &house).unwrap();
    assert!(!root.exists(), "a drill writes nothing");
    assert!(crate::restore(&eve, &file, &vault).is_err() && !root.exists());
    crate::restore(&ben, &file, &vault).unwrap();
    bench.restart();
    let staff = bench.staff(id(90), "owner");
    assert_eq!(
        bench.unseal(&staff, Purpose::StaffOrder, &[(&here, &sealed)]),
        Ok(vec![Ok("a@example.jp".into())])
    );
}
