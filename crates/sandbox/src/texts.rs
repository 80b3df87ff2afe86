//! What the pages say, in both languages: a text that lacks one does not compile.

use domain::Locale;

macro_rules! texts {
    ($($name:ident: $ja:literal / $en:literal;)+) => {
        /// Texts of one language, by name.
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct Texts { $(pub $name: &'static str),+ }

        static JA: Texts = Texts { $($name: $ja),+ };
        static EN: Texts = Texts { $($name: $en),+ };
    };
}

/// The texts of a language.
pub fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::Ja => &JA,
        Locale::En => &EN,
    }
}

texts! {
    // Everywhere.
    brand: "渡し場" / "Watashiba";
    brand_sub: "オンライン決済" / "online payments";
    ribbon: "サンドボックス：実際の請求はありません" / "Sandbox: nothing is really charged here.";
    to_shop: "お店に戻る" / "Back to the shop";
    skip: "本文へ移動" / "Skip to content";

    // The payment page.
    pay_title: "お支払い" / "Payment";
    pay_to: "お支払い先" / "Pay to";
    amount: "お支払い金額" / "Amount to pay";
    tax_included: "税込" / "tax included";
    card_heading: "カード情報の入力" / "Your card";
    number: "カード番号" / "Card number";
    number_hint: "数字 14〜16 桁。空白はあってもなくてもかまいません。" / "14 to 16 digits, with or without spaces.";
    expiry: "有効期限" / "Expiry date";
    expiry_hint: "月／年（例 12/34）" / "Month / year, e.g. 12/34";
    cvc: "セキュリティコード" / "Security code";
    cvc_hint: "カード裏面の 3 桁（アメックスは表面の 4 桁）" / "3 digits on the back (Amex: 4 on the front)";
    pay: "支払う" / "Pay";
    give_up: "支払わずにお店に戻る" / "Go back to the shop without paying";
    privacy: "カード番号はこの画面で決済会社だけが受け取り、お店には渡りません。" /
        "Only the payment processor receives your card number. The shop never sees it.";
    expires: "このお支払い画面の有効期限" / "This page can be used until";
    expires_format: "%-m月%-d日 %H:%M" / "%-d %B, %H:%M (Japan time)";
    accepted: "ご利用いただけるカード" / "Cards accepted";

    // Test cards.
    test_heading: "テスト用カード" / "Test cards";
    test_note: "有効期限は未来の年月、セキュリティコードは任意の 3 桁。本物のカードは使えません。" /
        "Any future expiry date, any 3-digit code. Real cards are refused.";
    test_ok: "支払い成功" / "Succeeds";
    test_3ds: "本人認証（3DS）" / "Asks for 3-D Secure";
    test_declined: "カード会社が拒否" / "Declined";
    test_funds: "残高不足" / "Insufficient funds";
    test_expired: "期限切れのカード" / "Expired card";

    // Saved cards.
    saved_heading: "保存したカードで支払う" / "Pay with a saved card";
    saved_other: "別のカードを入力する" / "Use another card";
    save_card: "次回のために、このカードを決済会社に保存する" / "Save this card with the payment processor for next time";

    // What is wrong.
    check_fields: "入力内容をご確認ください。安全のため、カード情報はもう一度入力してください。" /
        "Please check what you entered. For your safety the card has to be typed again.";
    number_incomplete: "カード番号の桁数が正しくありません。" / "The card number has the wrong number of digits.";
    number_wrong: "カード番号に誤りがあります。" / "The card number is not right; please check it.";
    number_real: "ここではテスト用カードだけが使えます。この番号は保存していません。" /
        "Only test cards work here. This number was not kept.";
    expiry_incomplete: "有効期限を「月/年」で入力してください。" / "Enter the expiry date as month/year.";
    expiry_past: "有効期限が過ぎています。" / "The expiry date is in the past.";
    cvc_incomplete: "セキュリティコードの桁数が正しくありません。" / "The security code has the wrong number of digits.";
    declined: "カード会社がこのお支払いを承認しませんでした。別のカードをお試しください。" /
        "Your card issuer declined this payment. Please try another card.";
    insufficient_funds: "カードの利用可能額が足りませんでした。別のカードをお試しください。" /
        "The card has insufficient funds. Please try another card.";
    expired_card: "このカードは有効期限が切れています。別のカードをお試しください。" /
        "This card has expired. Please try another card.";
    incorrect_cvc: "セキュリティコードが正しくありません。" / "The security code is incorrect.";
    processing_error: "処理中にエラーが起きました。少し待ってからもう一度お試しください。" /
        "Something went wrong while processing. Please try again in a moment.";
    auth_failed: "本人認証ができませんでした。請求は行われていません。もう一度試すか、別のカードをお使いください。" /
        "You could not be authenticated, and nothing was charged. Try again or use another card.";
    not_charged: "請求は行われていません。" / "Nothing was charged.";

    // The end of a session.
    paid_title: "お支払いは完了しています" / "This has been paid";
    paid_text: "二重に請求されることはありません。" / "You will not be charged twice.";
    expired_title: "このお支払い画面は期限切れです" / "This page has expired";
    expired_text: "請求は行われていません。お店に戻って、もう一度お支払いへお進みください。" /
        "Nothing was charged. Go back to the shop and start the payment again.";
    unknown_title: "お支払い画面が見つかりません" / "There is no such payment";
    unknown_text: "アドレスが途中で切れていないか、ご確認ください。" / "Please check that the address is complete.";
    broken_title: "一時的に処理できません" / "Temporarily unavailable";
    broken_text: "請求は行われていません。しばらくしてからもう一度お試しください。" /
        "Nothing was charged. Please try again later.";

    // 3-D Secure.
    acs_bank: "サンドボックス銀行" / "Sandbox Bank";
    acs_sub: "カード発行会社の本人認証" / "Card issuer's authentication";
    acs_title: "ご本人さまの確認" / "Is it you?";
    acs_text: "次のお支払いを、あなたがなさるかどうか確認します。本物の画面では、ここでパスワードやアプリでの承認を求められます。" /
        "Please confirm that you are making this payment. A real issuer would ask for a password or your app here.";
    acs_shop: "お店" / "Shop";
    acs_amount: "金額" / "Amount";
    acs_card: "カード" / "Card";
    acs_when: "日時" / "Time";
    acs_pass: "認証する" / "Authenticate";
    acs_fail: "認証に失敗する" / "Fail the authentication";
    acs_leave: "認証せずにお店に戻る" / "Leave without answering";
    acs_gone_title: "この認証は終わっています" / "This has been answered";
    acs_gone_text: "お支払いの画面に戻ってご確認ください。" / "Please go back to the payment.";

    // The dashboard.
    dash_title: "サンドボックス管理画面" / "Sandbox dashboard";
    nav_payments: "支払い" / "Payments";
    nav_events: "イベント" / "Events";
    nav_hooks: "Webhook" / "Webhooks";
    nav_switches: "スイッチ" / "Switches";
    nav_label: "管理画面の案内" / "Dashboard";
    other_language: "English" / "日本語";
    time: "日時（JST）" / "Time (JST)";
    status: "状態" / "Status";
    card: "カード" / "Card";
    reference: "注文の参照" / "Reference";
    refunded: "返金済み" / "Refunded";
    empty_payments: "まだ支払いはありません。お店でカード払いを選ぶと、ここに現れます。" /
        "No payments yet. Choose payment by card in the shop and it will appear here.";
    empty_events: "まだイベントはありません。" / "No events yet.";
    empty_hooks: "まだ Webhook はありません。" / "No webhooks yet.";
    details: "詳細" / "Details";
    open_page: "支払い画面を開く" / "Open the payment page";
    expire: "期限切れにする" / "Expire now";
    refund_all: "残額を返金する" / "Refund what is left";
    resend: "もう一度送る" / "Send again";
    event: "イベント" / "Event";
    attempts: "回数" / "Tries";
    answer: "応答" / "Answer";
    next_try: "次回" / "Next try";
    failure: "失敗の理由" / "Failure";
    three_d_secure: "3-D セキュア" / "3-D Secure";
    created: "作成" / "Created";
    valid_until: "有効期限" / "Valid until";
    ids: "識別子" / "Ids";
    events_of: "この支払いのイベント" / "Events of this payment";
    save: "切り替える" / "Apply";
    reset: "すべて元に戻す" / "Back to normal";
    active: "わざと不調にしています" / "Trouble is switched on";
    switch_intro: "実際の決済で起こる不調を、わざと起こします。お店の側が正しく耐えるかを確かめてください。" /
        "Makes what can go wrong with a real processor go wrong on purpose. See that the shop bears it.";
    switch_slow: "API の応答" / "API answers";
    slow_0: "すぐに答える" / "At once";
    slow_2: "2 秒遅れる" / "2 s late";
    slow_10: "10 秒遅れる（時間切れ）" / "10 s late (times out)";
    slow_30: "30 秒遅れる" / "30 s late";
    switch_errors: "API のエラー" / "API errors";
    errors_none: "なし" / "None";
    errors_before: "何もせずに 500 を返す" / "500, nothing done";
    errors_after: "処理したあとで 500 を返す（結果が不明になる）" / "500 after the work is done (outcome unknown)";
    switch_hooks: "Webhook" / "Webhooks";
    hooks_normal: "すぐに届く" / "Delivered at once";
    hooks_lost: "届かない（失われる）" / "Lost";
    hooks_late: "20 秒遅れて届く" / "20 s late";
    hooks_twice: "二度届く" / "Twice";
    hooks_shuffled: "順序が入れ替わって届く" / "Out of order";
    switch_network: "カードネットワークの応答" / "The card network answers";
    network_at_once: "その場で答える" / "At once";
    network_later: "あとで答える（支払いは処理中になる）" / "Later (payments stay in processing)";
    deed_yes: "ネットワーク：承認" / "Network says yes";
    deed_no: "ネットワーク：拒否" / "Network says no";
    deed_lapse: "オーソリを失効させる" / "Let the authorisation lapse";
    deed_dispute: "不審請求の申し立て（チャージバック）" / "The buyer disputes it";
    deed_answered: "申し立てに反証を提出" / "The dispute is answered";
    deed_won: "申し立て：お店の勝ち" / "Dispute won by the shop";
    deed_lost: "申し立て：お店の負け" / "Dispute lost";
    deed_fail_refund: "返金が銀行から戻される" / "The bank sends the refund back";
    st_disputed: "不審請求の申し立て" / "Disputed";
    st_processing: "処理中" / "Processing";
    st_authorised: "与信のみ（売上未確定）" / "Authorised";
    st_released: "与信取消" / "Released";
    st_network_no: "あとから失敗" / "Failed later";
    st_open: "未払い" / "Open";
    st_action: "本人認証待ち" / "Awaiting 3-D Secure";
    st_failed: "失敗・再入力待ち" / "Failed, may retry";
    st_paid: "支払い済み" / "Paid";
    st_part_refunded: "一部返金" / "Partly refunded";
    st_refunded: "返金済み" / "Refunded";
    st_expired: "期限切れ" / "Expired";
    d_waiting: "待機中" / "Waiting";
    d_delivered: "配達済み" / "Delivered";
    d_lost: "消失（スイッチ）" / "Lost (switch)";
    d_failed: "断念" / "Given up";
    no_answer: "応答なし" / "no answer";
    just_newest: "新しい順に 100 件まで" / "the newest 100";
}
