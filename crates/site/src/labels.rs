//! What the fields of our forms are called to the people who fill them in: Japanese, English.
//!
//! Used where a form is refused at the gate. A field that is missing here fails a test.

/// The names of the field called `field`.
pub fn label(field: &str) -> Option<(&'static str, &'static str)> {
    let field = field.strip_prefix("to_").unwrap_or(field);
    LABELS.iter().find(|(name, _, _)| *name == field).map(|(_, ja, en)| (*ja, *en))
}

const LABELS: &[(&str, &str, &str)] = &[
    ("_t", "画面の確認用の値", "the page's own token"),
    ("agree", "利用条件への同意", "agreement to the terms"),
    ("building", "建物名・部屋番号", "building and room"),
    ("carrier", "配送業者", "carrier"),
    ("category", "カテゴリー", "category"),
    ("city", "市区町村", "city and town"),
    ("code", "郵便番号", "postcode"),
    ("delivery_date", "お届け希望日", "delivery date"),
    ("description_en", "説明（英語）", "description in English"),
    ("description_ja", "説明（日本語）", "description in Japanese"),
    ("email", "メールアドレス", "mail address"),
    ("fulfillment", "発送", "shipment"),
    ("go", "次の画面", "next step"),
    ("key", "受付の番号", "request number"),
    ("kana", "フリガナ", "name in katakana"),
    ("lang", "言語", "language"),
    ("login", "ログインID", "login"),
    ("message", "メッセージ", "message"),
    ("name", "お名前", "name"),
    ("name_en", "名称（英語）", "name in English"),
    ("name_ja", "名称（日本語）", "name in Japanese"),
    ("next", "戻り先", "page to return to"),
    ("noshi", "のし", "noshi"),
    ("noshi_name", "のしのお名前", "name on the noshi"),
    ("order", "ご注文", "order"),
    ("order_number", "ご注文番号", "order number"),
    ("page", "ページ", "page"),
    ("password", "パスワード", "password"),
    ("password_again", "パスワード（確認）", "password once more"),
    ("payment", "お支払い方法", "payment method"),
    ("phone", "電話番号", "telephone number"),
    ("postcode", "郵便番号", "postcode"),
    ("prefecture", "都道府県", "prefecture"),
    ("price", "価格", "price"),
    ("purpose", "目的", "purpose"),
    ("q", "検索の言葉", "search words"),
    ("quantity", "数量", "quantity"),
    ("reason", "理由", "reason"),
    ("remove", "削除する商品", "item to remove"),
    ("ship_to", "お届け先", "where to send it"),
    ("sort", "並べ方", "sorting"),
    ("state", "状態", "state"),
    ("status", "公開の状態", "visibility"),
    ("street", "番地", "street number"),
    ("subject", "お問い合わせの種類", "subject"),
    ("time_slot", "お届け時間帯", "time of day"),
    ("total", "お支払いの合計", "total"),
    ("totp", "確認コード", "six-digit code"),
    ("tracking", "お問い合わせ送り状番号", "tracking number"),
    ("variant", "商品", "item"),
    ("wrapping", "包装", "wrapping"),
];
