//! Passkeys' answers of which one thing is altered, however well they are signed: refused, each for its reason.

use super::{
    authenticator::{Device, FLAGS, Pair},
    passkeys::flaw,
    *,
};
use proptest::prelude::*;
use vault_api::{PasskeyAsk, PasskeyAssertion, PasskeyEnrolment, PasskeyFlaw, Sort};

/// One thing of an assertion altered, everything else right and signed by the right key: refused, for that reason.
#[test]
fn whatever_is_altered_is_refused() {
    type Alter = fn(&mut Device, &PasskeyAsk) -> PasskeyAssertion;
    let bench = Bench::new();
    let own = bench.anna();
    let altered: [(&str, PasskeyFlaw, Alter); 21] = [
        ("origin", PasskeyFlaw::Origin, |d, ask| {
            d.origin = "http://shop.localhost:8081".into();
            d.answer(ask)
        }),
        ("a look-alike origin", PasskeyFlaw::Origin, |d, ask| {
            d.origin = "http://shop.localhost:8080.evil.example".into();
            d.answer(ask)
        }),
        ("ceremony", PasskeyFlaw::Ceremony, |d, ask| {
            d.signed(d.client_data("webauthn.create", ask), d.data(FLAGS))
        }),
        ("payment", PasskeyFlaw::Ceremony, |d, ask| {
            d.signed(d.client_data("payment.get", ask), d.data(FLAGS))
        }),
        ("in a frame", PasskeyFlaw::Origin, |d, ask| {
            replaced(d, ask, "\"crossOrigin\":false", "\"crossOrigin\":true")
        }),
        ("under another page", PasskeyFlaw::Origin, |d, ask| {
            replaced(d, ask, "\"crossOrigin\":false", "\"topOrigin\":\"http://evil.example\"")
        }),
        ("two origins", PasskeyFlaw::Malformed, |d, ask| {
            replaced(d, ask, "\"crossOrigin\":false", "\"origin\":\"http://shop.localhost:8080\"")
        }),
        ("no JSON", PasskeyFlaw::Malformed, |d, _| d.signed(b"challenge".to_vec(), d.data(FLAGS))),
        ("relying party", PasskeyFlaw::Party, |d, ask| {
            d.party = "localhost".into();
            d.answer(ask)
        }),
        ("nobody present", PasskeyFlaw::Presence, |d, ask| flagged(d, ask, FLAGS & !1)),
        ("not verified", PasskeyFlaw::Verification, |d, ask| flagged(d, ask, FLAGS & !4)),
        ("backed up, but not eligible", PasskeyFlaw::Backup, |d, ask| flagged(d, ask, FLAGS | 16)),
        ("eligible of late", PasskeyFlaw::Backup, |d, ask| flagged(d, ask, FLAGS | 8)),
        ("claims a credential", PasskeyFlaw::Malformed, |d, ask| flagged(d, ask, FLAGS | 64)),
        ("claims extensions", PasskeyFlaw::Malformed, |d, ask| flagged(d, ask, FLAGS | 128)),
        ("bytes at the end", PasskeyFlaw::Malformed, |d, ask| {
            let data = [&d.data(FLAGS)[..], &[0]].concat();
            d.signed(d.client_data("webauthn.get", ask), data)
        }),
        ("too short", PasskeyFlaw::Malformed, |d, ask| {
            d.signed(d.client_data("webauthn.get", ask), d.data(FLAGS)[..36].to_vec())
        }),
        ("signed by another", PasskeyFlaw::Signature, |d, ask| {
            d.pair = Pair::es256();
            d.answer(ask)
        }),
        ("another credential", PasskeyFlaw::Unknown, |d, ask| {
            d.credential[0] ^= 1;
            d.answer(ask)
        }),
        ("another's handle", PasskeyFlaw::Unknown, |d, ask| {
            d.handle[0] ^= 1;
            d.answer(ask)
        }),
        ("no handle", PasskeyFlaw::Unknown, |d, ask| {
            d.handle.clear();
            d.answer(ask)
        }),
    ];
    for (what, why, alter) in altered {
        let own =
            if bench.list(&own).all.is_empty() { own.clone() } else { bench.customer(id(1), accounts::ANNA) };
        bench.list(&own).all.iter().for_each(|p| drop(bench.removes(&own, p.id).unwrap()));
        let mut device = Device::new(Pair::es256());
        bench.enrol(&own, &mut device).unwrap();
        device.counter += 1;
        let assertion = alter(&mut device, &bench.passkey_ask(Sort::Customer));
        assert_eq!(err(bench.signs(Sort::Customer, assertion)), flaw(why), "{what}");
    }
}

fn flagged(device: &Device, ask: &PasskeyAsk, flags: u8) -> PasskeyAssertion {
    device.signed(device.client_data("webauthn.get", ask), device.data(flags))
}

fn replaced(device: &Device, ask: &PasskeyAsk, old: &str, new: &str) -> PasskeyAssertion {
    let client_data = String::from_utf8(device.client_data("webauthn.get", ask)).unwrap();
    assert!(client_data.contains(old));
    device.signed(client_data.replace(old, new).into_bytes(), device.data(FLAGS))
}

#[test]
fn whatever_is_altered_at_the_making_is_refused() {
    let bench = Bench::new();
    let own = bench.anna();
    let making = |change: &dyn Fn(&mut Device, &PasskeyEnrolment) -> vault_api::PasskeyAttestation| {
        let (mut device, enrolment) = (Device::new(Pair::es256()), bench.enrolment(&own).unwrap());
        let attestation = change(&mut device, &enrolment);
        err(bench.change(Request::PasskeyEnrol { cap: own.clone(), name: Secret::new(""), attestation }))
    };
    assert_eq!(making(&|d, e| d.make_with_statement(e, false)), None, "a statement by the key itself stands");
    let wrong = |set: fn(&mut Device)| {
        making(&move |d, e| {
            set(d);
            d.make(e)
        })
    };
    assert_eq!(wrong(|d| d.origin = "http://localhost:8080".into()), flaw(PasskeyFlaw::Origin));
    assert_eq!(wrong(|d| d.party = "localhost".into()), flaw(PasskeyFlaw::Party));
    assert_eq!(wrong(|d| d.flags = FLAGS & !1), flaw(PasskeyFlaw::Presence));
    assert_eq!(wrong(|d| d.flags = FLAGS & !4), flaw(PasskeyFlaw::Verification));
    assert_eq!(wrong(|d| d.flags = FLAGS | 16), flaw(PasskeyFlaw::Backup));
    assert_eq!(wrong(|d| d.flags = FLAGS | 128), flaw(PasskeyFlaw::Malformed));
    assert_eq!(wrong(|d| d.credential.clear()), flaw(PasskeyFlaw::Malformed));
    assert_eq!(wrong(|d| d.credential = vec![7; 1024]), flaw(PasskeyFlaw::Malformed));
    assert_eq!(making(&|d, e| d.make_with_statement(e, true)), flaw(PasskeyFlaw::Attestation));
    let spoilt = |old: &'static [u8], new: &'static [u8]| {
        making(&move |d, e| {
            let mut made = d.make(e);
            let at = made.object.windows(old.len()).position(|w| w == old).unwrap();
            made.object.splice(at..at + old.len(), new.iter().copied());
            made
        })
    };
    assert_eq!(spoilt(b"none", b"nine"), flaw(PasskeyFlaw::Attestation), "a format that was not asked for");
    assert_eq!(spoilt(b"attStmt\xa0", b"attStmt\xa1\x01\x02"), flaw(PasskeyFlaw::Attestation));
    assert_eq!(spoilt(b"attStmt\xa0", b"attStmt\x80"), flaw(PasskeyFlaw::Attestation), "no map");
    assert_eq!(spoilt(&[0x03, 0x26], &[0x03, 0x27]), flaw(PasskeyFlaw::Key), "another algorithm");
    assert_eq!(spoilt(&[0x20, 0x01, 0x21], &[0x20, 0x02, 0x21]), flaw(PasskeyFlaw::Key), "another curve");
    assert_eq!(spoilt(b"\xa3\x63fmt", b"\xa2\x63fmt"), flaw(PasskeyFlaw::Malformed));
    let no_point = making(&|d, e| {
        let mut made = d.make(e);
        made.object.iter_mut().rev().take(8).for_each(|b| *b ^= 0x55);
        made
    });
    assert_eq!(no_point, flaw(PasskeyFlaw::Key), "no point of the curve");
    let signed_in = making(&|d, e| vault_api::PasskeyAttestation {
        client_data: d.client_data("webauthn.get", &e.ask),
        ..d.make(e)
    });
    assert_eq!(signed_in, flaw(PasskeyFlaw::Ceremony));
    let other = making(&|d, _| d.make(&bench.enrolment(&bench.staff(id(90), "owner")).unwrap()));
    assert_eq!(other, flaw(PasskeyFlaw::Challenge), "the challenge of another sign-in");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any one bit of what is signed, of the signature or of the credential's id: refused, and nothing is minted.
    #[test]
    fn a_flipped_bit_is_refused(part in 0..4usize, at: prop::sample::Index, bit in 0..8u8) {
        thread_local! {
            static HOUSE: (Bench, std::cell::RefCell<Device>) = {
                let bench = Bench::new();
                let mut device = Device::new(Pair::es256());
                let own = bench.anna();
                bench.enrol(&own, &mut device).unwrap();
                (bench, device.into())
            };
        }
        HOUSE.with(|(bench, device)| {
            let mut assertion = device.borrow_mut().use_for(&bench.passkey_ask(Sort::Customer));
            let bytes = match part {
                0 => &mut assertion.client_data,
                1 => &mut assertion.authenticator_data,
                2 => &mut assertion.signature,
                _ => &mut assertion.credential,
            };
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            let refused = err(bench.signs(Sort::Customer, assertion));
            prop_assert!(matches!(refused, Some(VaultError::Denied(Reason::Passkey(_)))), "{refused:?}");
            Ok(())
        })?;
    }

    #[test]
    fn no_bytes_make_the_readers_fail(
        client_data in prop::collection::vec(any::<u8>(), 0..200),
        object in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        thread_local! {
            static HOUSE: (Bench, CapToken) = {
                let bench = Bench::new();
                let own = bench.anna();
                (bench, own)
            };
        }
        HOUSE.with(|(bench, own)| {
            let assertion = PasskeyAssertion {
                credential: object.clone(),
                client_data: client_data.clone(),
                authenticator_data: object.clone(),
                signature: client_data.clone(),
                handle: Vec::new(),
            };
            prop_assert!(bench.signs(Sort::Customer, assertion).is_err());
            let mut attestation = Device::new(Pair::ed25519()).make(&bench.enrolment(own).unwrap());
            attestation.object = object.clone();
            let enrol = Request::PasskeyEnrol { cap: own.clone(), name: Secret::new(""), attestation };
            prop_assert!(bench.change(enrol).is_err());
            Ok(())
        })?;
    }
}
