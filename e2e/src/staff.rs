//! The demo's owner at work, by HTTP alone once he is set up.

use crate::plain;
use std::path::Path;
use testkit::{
    Authenticator, Dozo,
    http::{Answer, Browser},
};
use vault_api::{Client, LinkToken, Role, RoleKey, Secret};

/// The login of the demo's owner.
const LOGIN: &str = "chizuru";
/// The password that he chooses.
pub const PASSWORD: &str = "yamaguri no ki no shita 9";

/// A member of staff who has set up password and authenticator.
pub struct Staff {
    login: String,
    app: Authenticator,
}

/// Web's key for its role, as web reads it.
pub fn web_key(data: &Path) -> RoleKey {
    let text = std::fs::read_to_string(data.join("web/role.key")).expect("the shop was started");
    RoleKey::parse(text.trim()).expect("a key")
}

impl Staff {
    /// Uses the one-time link of the start, and sets up password and authenticator.
    pub fn set_up(shop: &Dozo) -> Staff {
        let socket = shop.data().join("run/vault/vault.sock");
        let vault = Client::with_key(&socket, Role::Web, Some(web_key(shop.data())));
        Staff::by_link(&vault, LOGIN, shop.address("staff_sign_in"))
    }

    /// The same by any staff link, through a vault's socket that web may use.
    pub fn by_link(vault: &Client, login: &str, link: &str) -> Staff {
        let token = link.rsplit('/').next().unwrap_or_default();
        let cap = vault.staff_redeem(&LinkToken::parse(token).expect("a link")).expect("a good link");
        vault.staff_set_password(&cap, Secret::new(PASSWORD)).expect("a password");
        let enrolment = vault.staff_enroll_totp(&cap).expect("a secret");
        let mut app = Authenticator::told(enrolment.secret.reveal());
        vault.staff_confirm_totp(&cap, Secret::new(app.code())).expect("a code");
        vault.revoke(&cap).expect("signed out");
        Staff { login: login.to_owned(), app }
    }

    /// Signs in as staff do every morning.
    pub fn sign_in(&mut self, shop: &Dozo) -> Browser {
        let mut b = Browser::new("ja");
        let url = format!("{}/sign-in", shop.address("back_office"));
        let page = b.get(&url).expect("the door");
        let [password, code] = self.proof();
        let typed = [("login", self.login.as_str()), (password.0, &password.1), (code.0, &code.1)];
        let form = plain::hidden(&page, "/admin/sign-in").expect("its form");
        let done = plain::send(&mut b, &url, &form, &typed).expect("an answer");
        assert_eq!(done.status, 303, "staff cannot sign in: {}", done.text());
        b
    }

    /// Password and a fresh code, as the fields of a form.
    pub fn proof(&mut self) -> [(&'static str, String); 2] {
        [("password", PASSWORD.to_owned()), ("totp", self.app.code())]
    }
}

/// A page of the back office, by its path.
pub fn page(shop: &Dozo, b: &mut Browser, path: &str) -> Answer {
    b.get(&shop.url(path)).expect("an answer")
}
