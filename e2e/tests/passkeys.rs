//! Passkeys in a real browser, with a virtual authenticator: a member and a staff member make one, sign in with it, and
//! take it away; another page's answer and a copy are refused.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    journey,
};
use serde_json::json;
use testkit::Dozo;

const MAIL: &str = "hanako@demo.example";
const PASSWORD: &str = "kuri-to-kurumi-1921";
const NEW_MAIL: &str = "hanako.new.4k8d@canary.example";
const COLLEAGUE: &str = "colleague.4k8d@canary.example";

const USE: &str = "form[data-passkey='get'] button";
const MAKE: &str = "form[data-passkey='create'] button";

async fn sign_in(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.look("sign-in-passkey").await.unwrap();
    b.fill("email", MAIL).await.unwrap();
    b.fill("password", PASSWORD).await.unwrap();
    b.click("form[action='/sign-in'] button[type=submit]").await.unwrap();
    b.arrives_at("/account").await.unwrap();
}

async fn sign_out(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account/passkeys")).await.unwrap();
    b.click("form[action='/sign-out'] button").await.unwrap();
    b.leaves("/account/passkeys").await.unwrap();
    b.goto(&shop.url("/sign-in")).await.unwrap();
}

/// The only credential of the virtual authenticator, put back with another counter.
async fn copy_with_counter(b: &Browser, device: &str, counter: u32) {
    let kept = b.cdp("WebAuthn.getCredentials", json!({ "authenticatorId": device })).await.unwrap();
    let mut credential = kept["credentials"][0].clone();
    credential["signCount"] = counter.into();
    let id = credential["credentialId"].clone();
    b.cdp("WebAuthn.removeCredential", json!({ "authenticatorId": device, "credentialId": id }))
        .await
        .unwrap();
    b.cdp("WebAuthn.addCredential", json!({ "authenticatorId": device, "credential": credential }))
        .await
        .unwrap();
}

/// What a page on another port of the same host gets from the device, which knows hosts only, is sent to the shop.
async fn from_another_page(b: &Browser, shop: &Dozo) {
    let text = "(buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))\
        .replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')";
    let ask = "const done = arguments[0]; \
        const body = new URLSearchParams({ _t: document.querySelector('form[data-passkey] [name=_t]').value }); \
        fetch('/passkey/ask', { method: 'POST', body }).then(a => a.json()).then(a => done(a.challenge));";
    let challenge: String =
        b.driver.execute_async(ask, vec![]).await.unwrap().json().as_str().unwrap().to_owned();
    let mail = shop.address("mail");
    let port = mail.rsplit(':').next().unwrap().trim_end_matches('/');
    b.goto(&format!("http://shop.localhost:{port}/")).await.unwrap();
    let answer = format!(
        "const done = arguments[1]; const text = {text}; \
        const challenge = Uint8Array.from(atob(arguments[0].replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0)); \
        navigator.credentials.get({{ publicKey: {{ challenge, userVerification: 'required' }} }}).then(u => done({{ \
            credential: text(u.rawId), client_data: text(u.response.clientDataJSON), \
            authenticator_data: text(u.response.authenticatorData), signature: text(u.response.signature), \
            handle: text(u.response.userHandle) }}), e => done(String(e)));"
    );
    let answer = b.driver.execute_async(answer, vec![challenge.into()]).await.unwrap().json().clone();
    assert!(answer["signature"].is_string(), "the device signs for the host: {answer}");
    b.goto(&shop.url("/sign-in")).await.unwrap();
    let send = "const form = document.querySelector('form[data-passkey]'); \
        for (const [name, value] of Object.entries(arguments[0])) form.elements[name].value = value; form.submit();";
    b.driver.execute(send, vec![answer]).await.unwrap();
    b.sees("応答を確かめられませんでした").await.unwrap();
    b.look("passkey-refused").await.unwrap();
}

#[tokio::test]
async fn a_member_with_a_passkey() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    let device = b.authenticator().await.unwrap();
    sign_in(&b, &shop).await;
    b.goto(&shop.url("/account/passkeys")).await.unwrap();
    b.find("form[data-passkey='create']:not([hidden])").await.unwrap();
    b.look("account-passkeys-none").await.unwrap();
    b.fill("passkey_name", "花子のパソコン").await.unwrap();
    b.click(MAKE).await.unwrap();
    b.arrives_at("done=passkey-added").await.unwrap();
    b.sees("花子のパソコン").await.unwrap();
    b.look("account-passkeys").await.unwrap();
    let told = journey::mails_to(&shop, MAIL, 1).unwrap();
    assert!(told.iter().any(|m| m["text"].as_str().unwrap_or("").contains("パスキー")), "told by mail");

    sign_out(&b, &shop).await;
    b.click(USE).await.unwrap();
    b.arrives_at("/account").await.unwrap();
    sign_out(&b, &shop).await;
    from_another_page(&b, &shop).await;
    // Somebody who copied the key: his device's counter stands where the copy was made.
    copy_with_counter(&b, &device, 1).await;
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.click(USE).await.unwrap();
    b.sees("複製されたおそれがあるため").await.unwrap();
    copy_with_counter(&b, &device, 100).await;
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.click(USE).await.unwrap();
    b.arrives_at("/account").await.unwrap();
    b.goto(&shop.url("/account/passkeys")).await.unwrap();
    b.sees("複製されたおそれがあります").await.unwrap();
    b.look("account-passkeys-copied").await.unwrap();
    b.click("form[action='/account/passkeys/remove'] button").await.unwrap();
    b.arrives_at("done=passkey-removed").await.unwrap();

    b.goto(&shop.url("/account/sign-ins")).await.unwrap();
    b.sees("いまお使いの端末").await.unwrap();
    b.look("account-sign-ins").await.unwrap();
    b.click("form[action='/account/sign-ins/all'] button").await.unwrap();
    b.arrives_at("/sign-in").await.unwrap();
    b.goto(&shop.url("/account")).await.unwrap();
    b.arrives_at("/sign-in").await.unwrap();
    b.click(USE).await.unwrap();
    b.sees("登録されていません").await.unwrap();
    b.close().await.unwrap();
}

/// The button of a form that proves by a passkey.
const PROVE_BY_PASSKEY: &str = "form[data-or-password] button[data-use]";

#[tokio::test]
async fn a_member_who_forgot_his_password_does_it_all_by_his_passkey() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let shop = e2e::shop();
    b.authenticator().await.unwrap();
    sign_in(&b, &shop).await;
    b.goto(&shop.url("/account/password")).await.unwrap();
    assert!(!b.text().await.unwrap().contains("パスキーで確かめて進む"), "who has none is asked for none");
    b.goto(&shop.url("/account/passkeys")).await.unwrap();
    b.click(MAKE).await.unwrap();
    b.arrives_at("done=passkey-added").await.unwrap();
    b.goto(&shop.url("/account/password")).await.unwrap();
    b.find("form[data-or-password] .or-passkey:not([hidden])").await.unwrap();
    b.look("account-password-passkey").await.unwrap();
    b.fill("new_password", "short").await.unwrap();
    b.click(PROVE_BY_PASSKEY).await.unwrap();
    b.sees("文字以上でお決めください").await.unwrap();
    b.fill("new_password", "another good one 3").await.unwrap();
    b.click(PROVE_BY_PASSKEY).await.unwrap();
    b.arrives_at("/account?done=password").await.unwrap();
    journey::mails_to(&shop, MAIL, 2).unwrap();
    moves(&b, &shop).await;
    leaves(&b, &shop).await;
    b.close().await.unwrap();
}

/// His mail goes elsewhere from now on.
async fn moves(b: &Browser, shop: &Dozo) {
    b.goto(&shop.url("/account/mail")).await.unwrap();
    b.find("form[data-or-password] .or-passkey:not([hidden])").await.unwrap();
    b.look("account-mail-passkey").await.unwrap();
    b.fill("email", NEW_MAIL).await.unwrap();
    b.click(PROVE_BY_PASSKEY).await.unwrap();
    b.arrives_at("/account?done=mail-asked").await.unwrap();
    let mails = journey::mails_to(shop, NEW_MAIL, 1).unwrap();
    let text = mails[0]["text"].as_str().unwrap();
    b.goto(text.split_whitespace().find(|word| word.contains("/a/")).unwrap()).await.unwrap();
    b.click("form[action='/account/mail/confirm'] button").await.unwrap();
    b.arrives_at("/account/mail/changed").await.unwrap();
    b.goto(&shop.url("/account")).await.unwrap();
    b.sees(NEW_MAIL).await.unwrap();
}

/// He leaves; his passkey opens nothing any more, and there is one mail more, the last.
async fn leaves(b: &Browser, shop: &Dozo) {
    // What he ordered in the demo's past is by chance of the moment, and who waits for an order cannot leave.
    let db = rusqlite::Connection::open(shop.data().join("shop/shop.db")).unwrap();
    db.execute("update orders set state = 'canceled' where state = 'confirmed'", []).unwrap();
    drop(db);
    b.goto(&shop.url("/account/leave")).await.unwrap();
    b.find("form[data-or-password] .or-passkey:not([hidden])").await.unwrap();
    b.look("leave-passkey").await.unwrap();
    b.click("input[name='sure']").await.unwrap();
    b.click(PROVE_BY_PASSKEY).await.unwrap();
    b.arrives_at("/left").await.unwrap();
    let last = journey::mails_to(shop, NEW_MAIL, 2).unwrap();
    assert!(
        last.iter().any(|mail| mail["text"].as_str().unwrap_or("").contains("退会")),
        "told by a last mail"
    );
    b.goto(&shop.url("/sign-in")).await.unwrap();
    b.click(USE).await.unwrap();
    b.sees("登録されていません").await.unwrap();
}

#[tokio::test]
async fn an_owner_with_a_passkey_and_a_colleague() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let shop = e2e::shop();
    b.authenticator().await.unwrap();
    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();
    b.goto(&shop.url("/admin/me")).await.unwrap();
    b.click(MAKE).await.unwrap();
    b.arrives_at("done=passkey_added").await.unwrap();
    b.look("staff-me").await.unwrap();
    b.click("form[action='/admin/me/sign-out'] button").await.unwrap();
    b.arrives_at("/admin/sign-in").await.unwrap();
    b.look("staff-sign-in-passkey").await.unwrap();
    b.click(USE).await.unwrap();
    b.leaves("/admin/sign-in").await.unwrap();

    b.goto(&shop.url("/admin/staff")).await.unwrap();
    b.fill("name", "新しい係").await.unwrap();
    b.fill("login", "colleague").await.unwrap();
    b.fill("email", COLLEAGUE).await.unwrap();
    b.look("staff-list").await.unwrap();
    b.click("form[action='/admin/staff'] button[type=submit]").await.unwrap();
    b.arrives_at("done=invited").await.unwrap();
    b.sees("招待中").await.unwrap();
    let mails = journey::mails_to(&shop, COLLEAGUE, 1).unwrap();
    let text = mails[0]["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|w| w.contains("/admin/link/")).unwrap();
    let other = Browser::open(Width::Phone).await.unwrap();
    other.authenticator().await.unwrap();
    other.goto(link).await.unwrap();
    other.click("main form button[type=submit]").await.unwrap();
    other.arrives_at("/admin/setup").await.unwrap();
    other.look("staff-setup-passkey").await.unwrap();
    other.goto(&shop.url("/admin/me")).await.unwrap();
    other.look("staff-me-invited").await.unwrap();
    other.click(MAKE).await.unwrap();
    other.arrives_at("done=passkey_added").await.unwrap();
    other.goto(&shop.url("/admin/staff")).await.unwrap();
    other.sees("この仕事は受け持ちの外です").await.unwrap();

    b.goto(&shop.url("/admin/staff")).await.unwrap();
    b.sees("在籍").await.unwrap();
    b.click("details.staff-do summary").await.unwrap();
    b.look("staff-list-actions").await.unwrap();
    b.click("form[action$='/remove'] button").await.unwrap();
    b.arrives_at("done=let_go").await.unwrap();
    b.sees("退職").await.unwrap();
    other.goto(&shop.url("/admin")).await.unwrap();
    other.arrives_at("/admin/sign-in").await.unwrap();
    other.click(USE).await.unwrap();
    other.sees("登録されていません").await.unwrap();
    other.close().await.unwrap();
    b.close().await.unwrap();
}

#[tokio::test]
async fn without_scripts_the_password_does_it_all() {
    let Some(b) = Browser::open_without_scripts(Width::Phone).await else { return };
    let shop = e2e::shop();
    b.goto(&shop.url("/sign-in")).await.unwrap();
    assert!(!b.text().await.unwrap().contains("パスキー"));
    b.fill("email", MAIL).await.unwrap();
    b.fill("password", PASSWORD).await.unwrap();
    b.click("form[action='/sign-in'] button[type=submit]").await.unwrap();
    b.arrives_at("/account").await.unwrap();
    b.goto(&shop.url("/account/passkeys")).await.unwrap();
    b.sees("パスキーを登録できません").await.unwrap();
    b.shot("account-passkeys-without-scripts").await.unwrap();
    b.goto(&shop.url("/account/sign-ins")).await.unwrap();
    b.sees("いまお使いの端末").await.unwrap();
    b.shot("account-sign-ins").await.unwrap();
    b.close().await.unwrap();
}
