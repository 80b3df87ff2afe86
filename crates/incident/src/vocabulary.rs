//! The words of recorded events: their kinds, fields and values, with their names in both languages.
//!
//! A value or kind outside the vocabulary is refused where the vocabulary is closed: a misspelt rule would find nobody,
//! and nobody would notice. Whoever records more begins its name with `x_`.

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// In Japanese.
    pub ja: &'static str,
    /// In English.
    pub en: &'static str,
}

const fn words(ja: &'static str, en: &'static str) -> Words {
    Words { ja, en }
}

/// A word that stands in records and rules, and what people call it.
pub type Word = (&'static str, Words);

/// The kinds of events.
pub const KINDS: &[Word] = &[
    ("card_entry", words("カードのお支払い手続き", "card payment begun")),
    ("order", words("ご注文", "order")),
    ("registration", words("会員登録", "registration as a member")),
    ("login", words("ログイン", "sign-in")),
    ("change", words("登録情報の変更", "change of registered data")),
    ("card_saved", words("カードの登録", "card saved")),
    ("inquiry", words("お問い合わせ", "inquiry")),
    ("leave", words("退会", "membership ended")),
    ("imported", words("旧システムからの移行", "moved from an older system")),
    ("opened", words("個人情報が開かれた記録", "record that personal data was opened")),
];

/// A field whose values are a closed list. `ordered` ones come in the order in which a purchase meets them.
pub struct Field {
    /// As it stands in records.
    pub name: &'static str,
    /// What people call it.
    pub words: Words,
    /// Its values.
    pub values: &'static [Word],
    /// Whether `at_least` and `at_most` may be asked of it.
    pub ordered: bool,
}

/// The fields whose values are known.
pub const FIELDS: &[Field] = &[
    Field {
        name: "means",
        words: words("カード情報の入力方法", "how the card was given"),
        values: &[
            ("typed", words("新しく入力", "typed in")),
            ("changed", words("変更のため入力", "typed in to change a saved one")),
            ("saved", words("登録済みのカードを利用", "saved card used")),
        ],
        ordered: false,
    },
    Field {
        name: "step",
        words: words("進まれた段階", "step reached"),
        values: &[
            ("cart", words("カート", "cart")),
            ("details", words("お届け先の入力", "address form")),
            ("payment", words("お支払い画面の表示", "payment page shown")),
            ("typed", words("カード情報の入力", "card typed")),
            ("next", words("「次へ」を押した", "“next” pressed")),
            ("confirm", words("確認画面の表示", "confirmation shown")),
            ("placed", words("注文の確定", "order placed")),
        ],
        ordered: true,
    },
    Field {
        name: "outcome",
        words: words("結果", "outcome"),
        values: &[
            ("paid", words("決済完了", "paid")),
            ("declined", words("カード会社による拒否", "declined")),
            ("error", words("エラー", "error")),
            ("abandoned", words("途中での中止", "given up")),
            ("success", words("成功", "success")),
            ("failure", words("失敗", "failure")),
        ],
        ordered: false,
    },
    Field {
        name: "payment",
        words: words("お支払い方法", "way of payment"),
        values: &[
            ("card", words("クレジットカード", "card")),
            ("cash_on_delivery", words("代金引換", "cash on delivery")),
            ("bank_transfer", words("銀行振込", "bank transfer")),
            ("convenience_store", words("コンビニ払い", "convenience store")),
            ("postal_transfer", words("郵便振替", "postal transfer")),
            ("deferred", words("後払い", "deferred payment")),
            ("wallet", words("ID決済", "wallet")),
            ("cash", words("現金", "cash")),
        ],
        ordered: false,
    },
    Field {
        name: "status",
        words: words("ご注文の状態", "state of the order"),
        values: &[
            ("placed", words("受付", "placed")),
            ("completed", words("完了", "completed")),
            ("canceled", words("取消", "canceled")),
            ("failed", words("不成立", "failed")),
        ],
        ordered: false,
    },
    Field {
        name: "kind",
        words: words("お客様の区分", "kind of person"),
        values: &[
            ("member", words("会員", "member")),
            ("guest", words("会員登録のない購入者", "guest")),
            ("recipient", words("お届け先の方", "recipient of a gift")),
            ("staff", words("従業員", "staff")),
            ("inquirer", words("お問い合わせのみの方", "inquirer")),
        ],
        ordered: false,
    },
    Field {
        name: "channel",
        words: words("受付の経路", "channel"),
        values: &[
            ("web", words("ウェブサイト", "web site")),
            ("app", words("アプリ", "app")),
            ("phone", words("電話", "telephone")),
            ("mail", words("郵送・FAX", "post or fax")),
            ("store", words("店舗", "store")),
            ("mall", words("ショッピングモール", "shopping mall")),
        ],
        ordered: false,
    },
    Field {
        name: "fields", words: words("開かれた項目", "what was opened"), values: ITEMS, ordered: false
    },
];

/// Fields with values of any kind, and what people call them.
pub const OPEN_FIELDS: &[Word] = &[
    ("signed_in", words("ログインの有無", "signed in")),
    ("new_card", words("新しいカード", "new card")),
    ("brand", words("カードのブランド", "card brand")),
    ("last4", words("カード番号の下4桁", "last four digits")),
    ("fingerprint", words("カードの識別子", "card fingerprint")),
    ("order", words("ご注文番号", "order")),
    ("amount", words("金額(円)", "amount in yen")),
    ("role", words("開いたプロセス", "process that opened")),
    ("purpose", words("目的", "purpose")),
    ("source", words("記録の出所", "source of the record")),
    ("page", words("表示されたページ", "page served")),
    ("has_mail", words("メールアドレスの登録", "mail address known")),
    ("has_address", words("住所の登録", "postal address known")),
];

/// Of these, the ones that are true or false and nothing else.
pub const YES_OR_NO: [&str; 4] = ["signed_in", "new_card", "has_mail", "has_address"];

/// Of these, the ones that name a card or an order, by which they are counted: a record is of one.
pub const NAMES: [&str; 2] = ["fingerprint", "order"];

/// What of a person can be exposed.
pub const ITEMS: &[Word] = &[
    ("card_number", words("カード番号", "card number")),
    ("card_holder", words("カード名義人名", "name on the card")),
    ("card_expiry", words("カードの有効期限", "date of expiry")),
    ("card_security_code", words("セキュリティコード", "security code")),
    ("card_last4", words("カード番号の下4桁", "last four digits of the card")),
    ("card_auth_password", words("本人認証サービスのパスワード", "password of 3-D Secure")),
    ("name", words("氏名", "name")),
    ("kana", words("氏名のフリガナ", "reading of the name")),
    ("address", words("住所", "address")),
    ("phone", words("電話番号", "telephone number")),
    ("mail", words("メールアドレス", "mail address")),
    ("password", words("パスワード", "password")),
    ("password_hash", words("ハッシュ化されたパスワード", "hashed password")),
    ("member_id", words("会員ID", "member's id")),
    ("birthday", words("生年月日", "date of birth")),
    ("sex", words("性別", "sex")),
    ("company", words("会社名", "company")),
    ("occupation", words("職業", "occupation")),
    ("order_history", words("ご注文履歴", "orders")),
    (
        "recipient",
        words("お届け先の氏名・住所・電話番号", "name, address and telephone number of recipients"),
    ),
    ("message", words("メッセージ・備考", "messages and notes")),
    ("bank_account", words("銀行口座", "bank account")),
    ("points", words("ポイント", "points")),
];

/// Fields that a record of any kind may bear, beside its own.
pub const COMMON: &[&str] = &["event", "id", "at", "until", "person", "system", "recipients"];

/// What the lines of a history are that are no events: somebody, two who are one, records that are lost.
pub const LINES: [&str; 3] = ["person", "same", "missing"];

/// The entry of a word in one of the lists above.
pub fn find(list: &'static [Word], name: &str) -> Option<Words> {
    list.iter().find(|(word, _)| *word == name).map(|(_, words)| *words)
}

/// The field of that name, if its values are known.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

impl Field {
    /// The place of a value in the order of the list.
    pub fn rank(&self, value: &str) -> Option<usize> {
        self.values.iter().position(|(word, _)| *word == value)
    }
}

/// Whether the name is one of the owner's own.
pub fn is_own(name: &str) -> bool {
    name.starts_with("x_")
}

/// The words of a list, as an error names them.
pub fn listed(list: &'static [Word]) -> String {
    list.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_word_stands_twice() {
        let lists = FIELDS.iter().map(|f| f.values).chain([KINDS, ITEMS, OPEN_FIELDS]);
        for list in lists {
            assert_eq!(list.iter().map(|w| w.0).collect::<BTreeSet<_>>().len(), list.len());
        }
        let all = FIELDS
            .iter()
            .map(|f| f.name)
            .chain(OPEN_FIELDS.iter().map(|f| f.0))
            .chain(COMMON.iter().copied());
        let count = all.clone().count();
        assert_eq!(all.collect::<BTreeSet<_>>().len(), count);
    }
}
