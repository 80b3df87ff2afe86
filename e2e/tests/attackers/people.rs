//! What people do meanwhile, by HTTP alone.

use crate::Member;
use aws_lc_rs::hmac;
use e2e::plain;
use std::path::Path;
use testkit::{Dozo, http::Browser};
use vault_api::{Client, LinkToken, Role, RoleKey, Secret};

/// The login of the demo's owner.
const LOGIN: &str = "chizuru";
pub const STAFF_PASSWORD: &str = "yamaguri no ki no shita 9";

/// A member of staff who has set up password and authenticator.
pub struct Staff {
    secret: Vec<u8>,
    /// The step of the last code used.
    step: i64,
}

/// Web's key for its role, as web reads it.
pub fn web_key(data: &Path) -> RoleKey {
    RoleKey::parse(std::fs::read_to_string(data.join("web/role.key")).unwrap().trim()).unwrap()
}

impl Staff {
    /// Uses the one-time link of the start, and sets up password and authenticator.
    pub fn set_up(shop: &Dozo) -> Staff {
        let vault = Client::with_key(
            &shop.data().join("run/vault/vault.sock"),
            Role::Web,
            Some(web_key(shop.data())),
        );
        let token = shop.address("staff_sign_in").rsplit('/').next().unwrap();
        let cap = vault.staff_redeem(&LinkToken::parse(token).unwrap()).unwrap();
        vault.staff_set_password(&cap, Secret::new(STAFF_PASSWORD)).unwrap();
        let enrolment = vault.staff_enroll_totp(&cap).unwrap();
        let mut staff = Staff { secret: unbase32(enrolment.secret.reveal()), step: 0 };
        let code = staff.code();
        vault.staff_confirm_totp(&cap, Secret::new(code)).unwrap();
        vault.revoke(&cap).unwrap();
        staff
    }

    /// The next code: each is good once.
    fn code(&mut self) -> String {
        self.step = (crate::now_ms() / 30_000).max(self.step + 1);
        // The vault takes one step ahead, no more.
        while self.step > crate::now_ms() / 30_000 + 1 {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let mac = hmac::sign(&key, &self.step.to_be_bytes());
        let at = usize::from(mac.as_ref()[19] & 15);
        let word = u32::from_be_bytes(mac.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", word % 1_000_000)
    }

    /// Signs in as staff do every morning.
    pub fn sign_in(&mut self, shop: &Dozo) -> Browser {
        let mut b = Browser::new("ja");
        let url = format!("{}/sign-in", shop.address("back_office"));
        let page = b.get(&url).unwrap();
        let code = self.code();
        let typed = [("login", LOGIN), ("password", STAFF_PASSWORD), ("totp", code.as_str())];
        let done =
            plain::send(&mut b, &url, &plain::hidden(&page, "/admin/sign-in").unwrap(), &typed).unwrap();
        assert_eq!(done.status, 303, "staff cannot sign in: {}", done.text());
        b
    }
}

fn unbase32(text: &str) -> Vec<u8> {
    let digit = |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|d| *d == c).unwrap() as u64;
    text.as_bytes()
        .chunks(8)
        .flat_map(|eight| {
            let word = eight.iter().fold(0, |word, c| word << 5 | digit(*c));
            let bits = eight.len() * 5;
            let word: u64 = word << (64 - bits);
            word.to_be_bytes().into_iter().take(bits / 8).collect::<Vec<_>>()
        })
        .collect()
}

/// A customer signs in; `None` where he is not let in.
pub fn sign_in(shop: &Dozo, member: &Member) -> Option<Browser> {
    let mut b = Browser::new("ja");
    let page = b.get(&shop.url("/sign-in")).unwrap();
    let form = plain::hidden(&page, "/sign-in").unwrap();
    let typed = [("email", member.mail), ("password", member.password)];
    let done = plain::send(&mut b, &shop.url("/sign-in"), &form, &typed).unwrap();
    (done.status == 303).then_some(b)
}

/// Staff look at who placed an order.
pub fn open_order(shop: &Dozo, staff: &mut Browser, order: &str) -> String {
    let url = format!("{}/orders/{order}", shop.address("back_office"));
    let page = staff.get(&url).unwrap();
    let form = plain::hidden(&page, &format!("/admin/orders/{order}/open")).unwrap();
    let opened = plain::send(staff, &format!("{url}/open"), &form, &[("purpose", "ship")]).unwrap();
    assert!(opened.status < 400, "{}", opened.text());
    staff.follow(opened).unwrap().text()
}
