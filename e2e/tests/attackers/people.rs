//! What people do meanwhile, by HTTP alone.

use crate::Member;
use e2e::plain;
use testkit::{Dozo, http::Browser};

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
