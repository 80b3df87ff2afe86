//! What whoever asks is told at once.

use domain::Locale;

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
