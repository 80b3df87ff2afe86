//! What is said to be concerned, and is not: who reads of his bank account in vain goes there in vain.

use super::{Rule, Sentence, fold::plain};
use crate::Case;

/// Words for items, with every item that they may mean.
const ITEMS: &[(&[&str], &[&str])] = &[
    (&["セキュリティコード", "security code", "cvv", "cvc"], &["card_security_code"]),
    (&["カード番号", "card number", "card numbers"], &["card_number", "card_last4"]),
    (&["名義", "name on the card"], &["card_holder"]),
    (&["生年月日", "date of birth", "birthday", "dates of birth"], &["birthday"]),
    (&["性別", "gender"], &["sex"]),
    (&["銀行口座", "口座番号", "bank account", "bank account number"], &["bank_account"]),
    (&["パスワード", "password", "passwords"], &["password", "password_hash", "card_auth_password"]),
    (&["勤務先", "会社名", "employer"], &["company"]),
];
const LEAKED: &[&str] = &["漏えい", "漏洩", "流出", "流失", "盗ま", "持ち出さ", "抜き取", "窃取"];
const MAYBE: &[&str] = &["可能性", "おそれ", "恐れ", "ました", "しております", "しています"];
const LEAKED_EN: &[&str] = &["leaked", "stolen", "taken", "exposed", "compromised", "copied", "obtained"];
const NOT: &[&str] =
    &["ません", "ない", "以外", "除", "not", "no", "except", "whether", "if", "neither", "nor"];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    let japanese = sentence.has_any(LEAKED) && sentence.has_any(MAYBE);
    let says = japanese || sentence.has_any(LEAKED_EN);
    if !says || NOT.iter().any(|not| sentence.has(not)) || sentence.is_question() || sentence.warns() {
        return;
    }
    // Of one cause, where its title stands there.
    let titled = |cause: &&incident::facts::Cause| {
        [&cause.title.ja, &cause.title.en].iter().any(|title| sentence.has(&plain(title)))
    };
    let causes: Vec<_> = case.facts.causes.iter().filter(titled).collect();
    // Whom it concerns may be said by naming another cause, whose title stands there then.
    let names = |cause: &incident::facts::Cause| {
        let mut named = false;
        for rule in cause.rules() {
            rule.each(&mut |rule| {
                named |=
                    matches!(rule, incident::facts::Rule::Cause(id) if causes.iter().any(|c| c.id == *id));
            });
        }
        named
    };
    let naming: Vec<_> = case.facts.causes.iter().filter(|cause| names(cause)).collect();
    let causes = [causes, naming].concat();
    let causes = if causes.is_empty() { case.facts.causes.iter().collect() } else { causes };
    if causes.iter().any(|cause| cause.items_of_records) {
        return;
    }
    for (words, items) in ITEMS {
        let concerned =
            causes.iter().any(|cause| cause.items.iter().any(|i| items.contains(&i.item.as_str())));
        if let Some(word) = words.iter().find(|word| !concerned && sentence.has(word)) {
            found(Rule::Item, word);
        }
    }
}
