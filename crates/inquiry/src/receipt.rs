//! What whoever asks is told at once.

use domain::{Locale, inquiry::Reach};

/// The one reply there is to an inquiry: it depends on the language, and on nothing that is recorded or was typed.
pub const fn text(locale: Locale) -> &'static str {
    match locale {
        Locale::Ja => {
            "お問い合わせをお受けしました。\n\
             ご回答は、ご注文時にご登録いただいたメールアドレス、電話番号、またはご住所にのみお送りします。\
             このページや、今回ご入力いただいた連絡先では、ご登録の有無も含めてお答えしておりません。\n\
             20分ほどたってもメールが届かない場合は、ご登録のメールアドレスが異なることがございます。\
             別のメールアドレスでお試しいただくか、お電話または郵送でのご回答をお選びください。\n\
             カード番号、セキュリティコード、パスワードをお尋ねすることはございません。"
        }
        Locale::En => {
            "We have received your inquiry.\n\
             The answer goes only to the mail address, telephone number or postal address that was registered with the \
             order. This page, and the contact that you have just given, are told nothing, not even whether anything is \
             registered.\n\
             If no mail arrives within about twenty minutes, another address may be registered: please try that one, or \
             choose an answer by telephone or letter.\n\
             We never ask for card numbers, security codes or passwords."
        }
    }
}

/// What is said to whoever asks by telephone, line by line: the caller sees no page. It depends on the language and on the way by
/// which he wants the answer, and on nothing that is recorded.
pub const fn spoken(locale: Locale, reach: Reach) -> [&'static str; 4] {
    match locale {
        Locale::Ja => [
            "お問い合わせをお受けいたしました。お電話をありがとうございます。",
            match reach {
                Reach::Mail => {
                    "ご登録がございましたら、ご注文やご登録の時のメールアドレスへ、20分ほどでご回答のメールをお送りします。\
                     届かないときは、別のアドレスでのご登録かもしれません。お手数ですが、もう一度お電話をいただけますでしょうか。"
                }
                Reach::Call => {
                    "ご登録がございましたら、ご注文の時のお電話番号へ、こちらからおかけしてお答えいたします。\
                     その番号をいまはお使いでないときは、ご住所への郵便でもお答えできますので、お申し付けください。"
                }
                Reach::Letter => {
                    "ご登録がございましたら、ご注文の時のご住所へ、郵便でお答えをお送りします。お届けまで、数日ほどお待ちください。"
                }
            },
            "申し訳ございませんが、このお電話では、どなたにも、ご登録があるかどうかも含めてお答えしておりません。\
             お客様の情報をお守りするためですので、どうかご了承ください。",
            "当店から、カード番号、セキュリティコード、パスワードをお尋ねすることはございません。",
        ],
        Locale::En => [
            "We have taken down your inquiry. Thank you for calling.",
            match reach {
                Reach::Mail => {
                    "If there is a registration, the answer goes to the mail address given with the order or the account, within about \
                     twenty minutes. If nothing arrives, another address may be registered; please call us again then."
                }
                Reach::Call => {
                    "If there is a registration, we call back at the telephone number given with the order. If you do not use that \
                     number any more, please tell us: we can also answer by letter to the postal address."
                }
                Reach::Letter => {
                    "If there is a registration, we send the answer by letter to the postal address given with the order. Please allow a \
                     few days for it to arrive."
                }
            },
            "I am sorry that on this call we tell nobody anything, not even whether anything is registered. This is to protect our \
             customers’ data.",
            "We never ask for card numbers, security codes or passwords.",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_hears_of_the_way_that_he_chose_and_of_no_page() {
        for locale in [Locale::Ja, Locale::En] {
            let said = Reach::ALL.iter().map(|reach| spoken(locale, *reach).concat());
            let said: std::collections::HashSet<String> = said.collect();
            assert_eq!(said.len(), Reach::ALL.len());
            for page in ["ページ", "画面", "入力", "お選び", "page", "choose"] {
                assert!(said.iter().all(|s| !s.contains(page)), "{page}");
            }
        }
    }
}
