//! Orders: closed until somebody asks, shipped, canceled, noted.

use crate::house::{House, MAIL, NAME, TO, WORDS, variant};
use domain::{
    order::OrderState,
    payment::PaymentMethod,
    staff::{StaffRole, StaffStatus},
};
use http::StatusCode;

const PERSONAL: [&str; 5] = [NAME, MAIL, TO, WORDS, "八丁目九十一"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_opened_unasked_and_nothing_opened_is_kept() {
    let house = House::open();
    let cookie = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let order = house.order(PaymentMethod::CashOnDelivery, true);
    let page = format!("/admin/orders/{order}");
    for path in ["/admin", "/admin/orders", "/admin/orders?state=confirmed", page.as_str()] {
        let closed = house.get(path, &cookie).await;
        assert_eq!(closed.status, StatusCode::OK, "{path}");
        assert!(PERSONAL.iter().all(|p| !closed.body.contains(p)), "{path}");
    }
    let opened = house.post(&format!("{page}/open"), &cookie, &[("purpose", "inquiry")]).await;
    assert!(PERSONAL.iter().all(|p| opened.body.contains(p)));
    assert!(opened.body.contains("お問い合わせへの返事"));
    let names = house.post("/admin/orders", &cookie, &[("state", "confirmed")]).await;
    assert!(names.body.contains(NAME) && !names.body.contains(TO) && !names.body.contains(MAIL));
    assert!(!house.get(&page, &cookie).await.body.contains(NAME), "closed again");

    let refused = house.post(&format!("{page}/open"), &cookie, &[("purpose", "curiosity")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.actions(), ["orders.names 1", "order.open inquiry"]);
    for entry in std::fs::read_dir(house.folder.path()).unwrap().map(|e| e.unwrap().path()) {
        let Ok(bytes) = std::fs::read(&entry) else { continue };
        for personal in PERSONAL {
            assert!(!bytes.windows(personal.len()).any(|w| w == personal.as_bytes()), "{}", entry.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_record_stays_closed_and_is_said() {
    let house = House::open();
    let cookie = house.manager();
    let one = house.order(PaymentMethod::CashOnDelivery, false);
    let first = house.store.read_blocking(move |tx| store::order::get(tx, one)).unwrap().unwrap();
    // What stands in one order's row is put into another's, as an intruder would do to read it.
    let two = house.order_with(PaymentMethod::CashOnDelivery, false, Some(first.contact));
    let page = house.post(&format!("/admin/orders/{two}/open"), &cookie, &[("purpose", "ship")]).await;
    assert!(page.body.contains("1か所は封が合わず"));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_found_whole_or_not_at_all() {
    let house = House::open();
    let cookie = house.manager();
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let number = house.store.read_blocking(move |tx| store::order::get(tx, order)).unwrap().unwrap().number;
    let find = async |q: &str| {
        let answer = house.post("/admin/orders/find", &cookie, &[("q", q)]).await;
        match answer.to().contains("?found=") {
            true => house.get(answer.to(), &cookie).await,
            false => answer,
        }
    };
    for q in [
        NAME,
        "狐塚　実乃里",
        "狐塚実乃里",
        MAIL,
        "CANARY-7F3A@Example.JP",
        "０２６３－１１－２２３３",
        "+81 263-11-2233",
    ] {
        let found = find(q).await;
        assert!(found.body.contains(&number) && found.to().is_empty(), "{q}");
    }
    for q in
        ["狐塚", "実乃里", "canary", "@example.jp", "other@example.jp", "0263112234", "<script>", "%", ""]
    {
        assert!(!find(q).await.body.contains(&number), "{q}");
    }
    for q in [number.clone(), number.replace('-', ""), number.to_lowercase()] {
        assert_eq!(find(&q).await.to(), format!("/admin/orders/{order}"));
    }
    let sent = house.post("/admin/orders/find", &cookie, &[("q", MAIL)]).await;
    assert!(!sent.to().contains("canary") && sent.to().starts_with("/admin/orders?found="), "{}", sent.to());
    let colleague = house.enter("kazu", StaffRole::Clerk, StaffStatus::Active);
    let theirs = house.get(sent.to(), &colleague).await;
    assert!(!theirs.body.contains(&number) && theirs.body.contains("もう残っていません"));
    let named = house.post("/admin/orders/find", &cookie, &[("q", MAIL), ("names", "1")]).await;
    assert!(named.body.contains(NAME));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_is_shipped_with_a_number_that_can_be_one() {
    let house = House::open();
    let cookie = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let order = house.order(PaymentMethod::CashOnDelivery, true);
    let (other, parcel) = (house.order(PaymentMethod::CashOnDelivery, true), house.parcel(order).to_string());
    let ship = async |order: domain::OrderId, number: &str| {
        let form = [("fulfillment", parcel.as_str()), ("carrier", "yamato"), ("tracking_number", number)];
        house.post(&format!("/admin/orders/{order}/ship"), &cookie, &form).await
    };
    let wrong = ship(order, "12-34").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"tracking-1-error\">送り状番号は10けたから14けた"), "at its field");
    assert!(
        wrong.body.contains("value=\"12-34\"")
            && wrong.body.contains("お客様の情報は、この画面では閉じてあります")
    );
    assert_eq!(ship(other, "123456789012").await.status, StatusCode::NOT_FOUND, "another order's parcel");
    let shipped = ship(order, "１２３４-5678-9012").await;
    assert_eq!(shipped.to(), format!("/admin/orders/{order}?done=completed"));
    let page = house.get(shipped.to(), &cookie).await;
    assert!(page.body.contains("123456789012") && page.body.contains("これですべて発送しました"));
    assert_eq!(ship(order, "123456789012").await.status, StatusCode::UNPROCESSABLE_ENTITY, "not twice");
    let level = house.store.read_blocking(|tx| store::stock::level(tx, variant())).unwrap();
    assert_eq!((level.on_hand, level.reserved), (9, 1));

    let form = [("fulfillment", parcel.as_str())];
    let delivered = house.post(&format!("/admin/orders/{order}/deliver"), &cookie, &form).await;
    assert!(delivered.to().ends_with("done=delivered"));
    let cash = house.post(&format!("/admin/orders/{order}/cash"), &cookie, &[]).await;
    assert!(cash.to().ends_with("done=cash"));
    assert_eq!(house.actions(), ["order.cash ", "order.deliver ", "order.ship yamato"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inquiry_leads_to_its_order_and_to_an_answer() {
    let house = House::open();
    let cookie = house.manager();
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let number = house.store.read_blocking(move |tx| store::order::get(tx, order)).unwrap().unwrap().number;
    let typed = [
        ("name", NAME),
        ("email", MAIL),
        ("phone", ""),
        ("order_number", number.as_str()),
        ("subject", "delivery"),
        ("message", "いつ届きますか"),
        ("agree", "1"),
    ];
    assert_eq!(house.post("/contact", "", &typed).await.to(), "/contact/sent");
    let open = domain::customer::InquiryState::Open;
    let id = house.store.read_blocking(move |tx| store::inquiry::list(tx, open, 9)).unwrap()[0].id;
    let page = house.get(&format!("/admin/inquiries/{id}"), &cookie).await.body;
    assert!(!page.contains(&number) && !page.contains("mailto:"), "sealed");
    let page = house.post(&format!("/admin/inquiries/{id}/open"), &cookie, &[]).await.body;
    assert!(page.contains("<h1>お届けについて</h1>"), "{page}");
    assert!(page.contains(&format!("<a href=\"/admin/orders/{order}\">{number}</a>")));
    assert!(
        page.contains(&format!("href=\"mailto:{MAIL}?subject=Re%3A%20"))
            && page.contains(&format!("%20{number}\""))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_canceled_for_a_reason_and_its_stock_is_free() {
    let house = House::open();
    let cookie = house.manager();
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let path = format!("/admin/orders/{order}/cancel");
    assert_eq!(house.post(&path, &cookie, &[("reason", NAME)]).await.status, StatusCode::BAD_REQUEST);
    let canceled = house.post(&path, &cookie, &[("reason", "customer")]).await;
    assert_eq!(canceled.to(), format!("/admin/orders/{order}?done=canceled"));
    assert_eq!(
        house.post(&path, &cookie, &[("reason", "customer")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let state = house.store.read_blocking(move |tx| store::order::get(tx, order)).unwrap().unwrap().state;
    assert_eq!(state, OrderState::Canceled);
    let level = house.store.read_blocking(|tx| store::stock::level(tx, variant())).unwrap();
    assert_eq!((level.on_hand, level.reserved), (10, 0));
    assert_eq!(house.actions(), ["order.cancel customer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_given_back_once_even_while_the_till_is_away() {
    let house = House::open();
    let cookie = house.manager();
    let order = house.order(PaymentMethod::Card, false);
    let report = store::payment::Report {
        order,
        attempt: 1,
        state: domain::payment::PaymentState::Succeeded,
        received: domain::Yen::new(1_080),
        refunded: domain::Yen::ZERO,
        brand: Some("visa".into()),
        last4: Some("4242".into()),
        fingerprint: None,
        failure_code: None,
        three_d_secure: Some("authenticated".into()),
        entry: None,
        authorized_until: None,
        refunds: Vec::new(),
        dispute: None,
        seen_at: 2,
    };
    house.store.write_blocking(move |tx| store::payment::apply(tx, &report, 2)).unwrap();
    let page = house.get(&format!("/admin/orders/{order}"), &cookie).await;
    assert!(page.body.contains("Visa •••• 4242") && !page.body.contains("/refund\""));
    let refund = format!("/admin/orders/{order}/refund");
    let early = house.post(&refund, &cookie, &[("reason", "customer")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "canceled instead, while nothing has left");
    let parcel = house.parcel(order).to_string();
    let form = [("fulfillment", parcel.as_str()), ("carrier", "sagawa"), ("tracking_number", "1234567890")];
    house.post(&format!("/admin/orders/{order}/ship"), &cookie, &form).await;
    let first = house.post(&refund, &cookie, &[("reason", "mistake")]).await;
    assert!(first.to().ends_with("done=refund_pending"));
    let second = house.post(&refund, &cookie, &[("reason", "mistake")]).await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refunds = house.store.read_blocking(move |tx| store::refund::of_order(tx, order)).unwrap();
    assert_eq!(refunds.iter().map(|r| r.amount.get()).collect::<Vec<_>>(), [1_080]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slip_says_anything_of_prices() {
    let house = House::open();
    let cookie = house.manager();
    for gift in [true, false] {
        let order = house.order(PaymentMethod::CashOnDelivery, gift);
        let slip = house.post(&format!("/admin/orders/{order}/slip"), &cookie, &[]).await;
        assert_eq!(slip.status, StatusCode::OK);
        assert!(slip.body.contains(if gift { TO } else { NAME }) && slip.body.contains("御祝"));
        let article = slip.body.split("<article").nth(1).unwrap().split("</article>").next().unwrap();
        for money in ["1,080", "1080", "円", "代金引換", "クレジット"] {
            assert!(!article.contains(money), "{money}");
        }
    }
    assert_eq!(house.actions(), ["order.open ship", "order.open ship"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_came_back_is_said_with_what_to_do() {
    use domain::message::ReturnOutcome;
    use store::{mail_return, outbox};
    let house = House::open();
    let cookie = house.enter("clerk", StaffRole::Clerk, StaffStatus::Active);
    let order = house.order(PaymentMethod::CashOnDelivery, false);
    let page = format!("/admin/orders/{order}");
    let sent = move |tx: &mut store::Tx<'_>| {
        let me = uuid::Uuid::from_u128(1);
        let id = outbox::claim(tx, me, i64::MAX / 2, 1_000, 1)?.remove(0).id;
        outbox::sent(tx, id, me, 1_000)?;
        Ok::<_, store::Error>(id)
    };
    let message = house.store.write_blocking(sent).unwrap();
    let note = |report: u8, outcome, reason: &str| {
        let new = mail_return::MailReturn {
            report: [report; 32],
            outcome,
            reason: reason.to_owned(),
            status: Some("5.1.1".to_owned()),
            reply: Some(550),
            at: i64::from(report),
        };
        house.store.write_blocking(move |tx| mail_return::note(tx, message, &new)).unwrap();
    };
    note(1, ReturnOutcome::Complaint, "feedback");
    let complained = house.get(&page, &cookie).await.body;
    assert!(complained.contains("迷惑メールとして報告") && !complained.contains("届きませんでした"));

    note(2, ReturnOutcome::Failed, "user-unknown");
    let failed = house.get(&page, &cookie).await.body;
    for said in ["ご注文の控えが届きませんでした", "届かなかった", "正しいアドレスをお確かめ", "550 5.1.1"]
    {
        assert!(failed.contains(said), "{said}");
    }
    assert!(house.get("/admin", &cookie).await.body.contains("届かなかった"));
    let form = [("message", message.to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let again = house.post(&format!("{page}/resend"), &cookie, &form).await;
    assert!(again.to().ends_with("done=resent"));
    let waits = house.get(&page, &cookie).await.body;
    assert!(!waits.contains("届きませんでした") && !waits.contains("届かなかった"), "it goes its own way");
}
