# お客様へお送りするメールの文面。
# 値はすべて文字列で渡す（数の書式は呼ぶ側で決める）。

## 書式

yen = { $amount }円
date = { $year }年{ $month }月{ $day }日（{ $weekday }）
date-time = { $date }{ $hour }:{ $minute }
weekday =
    { $day ->
        [mon] 月
        [tue] 火
        [wed] 水
        [thu] 木
        [fri] 金
        [sat] 土
       *[sun] 日
    }
honorific = { $name } 様
name-unshown = お客様
postcode = 〒{ $code }

## 題名

subject-received = 【{ $shop }】ご注文ありがとうございます（ご注文番号 { $number }）
subject-paid = 【{ $shop }】お支払いを確認いたしました（ご注文番号 { $number }）
subject-shipped = 【{ $shop }】商品を発送いたしました（ご注文番号 { $number }）
subject-canceled = 【{ $shop }】ご注文の取り消しについて（ご注文番号 { $number }）
subject-refunded = 【{ $shop }】ご返金のお知らせ（ご注文番号 { $number }）

## 見出し

title-received = ご注文を承りました
title-paid = お支払いを確認いたしました
title-shipped = 商品を発送いたしました
title-canceled = ご注文を取り消しました
title-refunded = ご返金の手続きをいたしました

## 一覧に出る一行（プリヘッダー）

preheader-received = ご注文番号 { $number }、合計 { $total }。内容をご確認ください。
preheader-paid = { $amount }のお支払いを確認いたしました。発送の準備に取りかかります。
preheader-shipped = { $carrier }、お問い合わせ番号 { $tracking }。到着までいましばらくお待ちください。
preheader-shipped-no-tracking = 到着までいましばらくお待ちください。
preheader-canceled = ご注文番号 { $number }を取り消しました。
preheader-refunded = { $amount }をお返しする手続きをいたしました。
preheader-answer = { $shop }へのお問い合わせへのご回答です。

## 本文: ご注文

received-thanks = このたびは{ $shop }をお選びくださいまして、誠にありがとうございます。下記のとおり、ご注文を承りました。
received-card-paid = お支払いはすでに確認しております。お品物の支度が整いしだい発送し、あらためてメールでお知らせいたします。
received-card-waiting = クレジットカードでのお支払いの確認がとれしだい、あらためてメールでお知らせいたします。お支払いがまだお済みでない場合は、下のご注文ページからお手続きください。
received-cash = お品物の支度が整いしだい発送し、あらためてメールでお知らせいたします。代金は、お届けの際に配送員へ現金でお支払いください。
received-check = お届け先やお品物に誤りがございましたら、お手数ですが、発送の前にお早めにご連絡くださいますようお願いいたします。

## 本文: お支払い

paid-thanks = いつもありがとうございます。下記のご注文のお支払いを、たしかに確認いたしました。
paid-next = これよりお品物の支度に取りかかります。発送の際には、あらためてメールでお知らせいたします。

## 本文: 発送

shipped-body = お待たせいたしました。ご注文のお品物を発送いたしましたので、お知らせいたします。
shipped-track = お荷物のようすは、{ $carrier }のお荷物お問い合わせのページで、お問い合わせ番号をご入力いただくとご覧になれます。番号が表示されるまで、半日ほどかかることがございます。
shipped-others = ほかのお届け先へのお品物は、発送のつど、別のメールでお知らせいたします。
shipped-enjoy = お手元に届きましたら、箱に記しました保存方法をご確認のうえ、お早めにお召し上がりくださいませ。

## 本文: 取り消し

canceled-body = 下記のご注文を取り消しましたので、お知らせいたします。
canceled-nothing-paid = お支払いは発生しておりません。お客様のお手続きは不要でございます。
canceled-refund-follows = お支払いいただいた{ $amount }は、お使いになったカードへお返しいたします。手続きが済みましたら、あらためてメールでお知らせいたします。
canceled-refunded = お支払いいただいた{ $amount }は、お使いになったカードへお返しする手続きをいたしました。
canceled-question = お心当たりのない場合やご不明の点は、お手数ですが下記までご連絡ください。またのご用命を心よりお待ち申し上げております。

## 本文: 返金

refunded-body = 下記のご注文につきまして、{ $amount }をお返しする手続きをいたしました。
refunded-card = お使いになったクレジットカードを通じてお返しいたします。ご利用明細に反映される時期はカード会社によって異なり、翌月以降になることもございます。
refunded-question = ご不明の点がございましたら、お手数ですが下記までご連絡ください。

## 項目

label-order = ご注文
label-number = ご注文番号
label-placed-at = ご注文日時
label-payment = お支払い方法
label-carrier = 配送会社
label-tracking = お問い合わせ番号
label-shipped-at = 発送日
label-recipient = お届け先
label-recipient-of = お届け先（{ $index }／{ $count }件目）
label-address = ご住所
label-noshi = のし
label-noshi-name = のしのお名入れ
label-noshi-place = のしのかけ方
label-wrapping = 包装
label-message = メッセージカード
label-delivery = お届け希望
label-goods = 商品の小計
label-shipping = 送料
label-cool-fee = クール代
label-cod-fee = 代引手数料
label-total = 合計（税込）
label-refunded = ご返金額
label-amounts = お支払い金額

line-quantity = { $price } × { $quantity }点
reduced-mark = ※
reduced-note = ※は軽減税率（8％）の対象です。
tax-line = { $percent }％対象 { $gross }（うち消費税 { $tax }）

payment-method =
    { $method ->
        [card] クレジットカード
       *[cash_on_delivery] 代金引換
    }
payment-card = クレジットカード（{ $brand } 末尾 { $last4 }）

delivery-any = 最短でお届け
delivery-date = { $date }
delivery-slot = { $date }{ $slot }
delivery-slot-only = 日付指定なし、{ $slot }
slot =
    { $slot ->
        [at_morning] 午前中
        [at_14_16] 14～16時
        [at_16_18] 16～18時
        [at_18_20] 18～20時
        [at_19_21] 19～21時
       *[at_any] 時間指定なし
    }
wrapping =
    { $wrapping ->
        [paper] 包装紙でお包みします
       *[none] なし
    }
noshi = { $inscription }（{ $cord }）
noshi-place =
    { $place ->
        [box] 箱に直接
        [outside] 外のし
       *[inside] 内のし
    }
cord =
    { $cord ->
        [red_white_bow] 紅白蝶結び
        [red_white_knot] 紅白結び切り
       *[black_white_knot] 黒白結び切り
    }
carrier =
    { $carrier ->
        [yamato] ヤマト運輸
        [sagawa] 佐川急便
       *[japan_post] 日本郵便
    }

## リンクと結び

link-label = ご注文ページを開く
link-note = このリンクは{ $days }日間有効です。開くとご注文の内容が表示されますので、ほかの方へ転送なさらないようお願いいたします。
closing = ご不明の点がございましたら、どうぞお気軽にお問い合わせください。
automatic = このメールは、ご注文に関するお知らせとして自動でお送りしています。このメールにあるリンクは、すべて { $origin } で始まります。カード番号や暗証番号をメールでおたずねすることはございません。
phone = 電話 { $phone }

## 会員の方へのお知らせ

account-greeting = お客様
account-subject = 【{ $shop }】{ $title }
account-title-register = 会員登録のご確認
account-title-already = 会員登録はお済みです
account-title-reset = パスワードの再設定
account-title-none = このメールアドレスのご登録はございません
account-title-password = パスワードを変更いたしました
account-title-mail-confirm = 新しいメールアドレスのご確認
account-title-mail-taken = メールアドレス変更のお申し込みについて
account-title-mail-asked = メールアドレス変更のお申し込みを承りました
account-title-mail-changed = メールアドレスを変更いたしました
account-title-left = 退会の手続きが終わりました
account-title-passkey-added = パスキーを登録いたしました
account-title-passkey-removed = パスキーを削除いたしました
account-title-staff = 帳場へのご招待

account-register = { $shop }の会員登録のお申し込みを承りました。下のボタンから、お名前とパスワードなどをご入力いただくと、ご登録が完了します。
account-already = { $shop }の会員登録のお申し込みを承りましたが、このメールアドレスはすでにご登録いただいております。そのままサインインしていただけます。パスワードをお忘れのときは、下のボタンから新しいパスワードをお決めください。
account-reset = { $shop }のパスワード再設定のお申し込みを承りました。下のボタンから、新しいパスワードをお決めください。
account-none = { $shop }のパスワード再設定のお申し込みを承りましたが、このメールアドレスのご登録はございませんでした。ほかのメールアドレスでご登録でないか、お確かめください。新しくご登録になるときは、下のボタンからお進みください。
account-password = { $shop }の会員としてのパスワードが変更されましたので、お知らせいたします。ほかの端末でのサインインは、すべて終わっております。
account-password-passkeys = 登録済みのパスキーがあるときは、これからもそのままお使いいただけます。見覚えのないパスキーがないか、マイページの「パスキー」でお確かめください。
account-mail-confirm = { $shop }の会員のメールアドレスを、このアドレスへ変更するお申し込みを承りました。下のボタンから開いたページでご確認いただくと、変更が完了します。
account-mail-taken = { $shop }の会員のメールアドレスを、このアドレスへ変更するお申し込みがございましたが、このアドレスはすでに別のご登録に使われております。そのため、何も変更しておりません。
account-mail-asked = { $shop }の会員のメールアドレスを変更するお申し込みを承りました。新しいメールアドレスでご確認いただくまでは、これまでどおりこのアドレスでサインインしていただけます。
account-mail-changed = { $shop }の会員のメールアドレスが変更されましたので、お知らせいたします。これからのお知らせは、新しいメールアドレスへお送りします。このアドレスでは、もうサインインできません。
account-left = { $shop }をご退会いただきました。お預かりしていたお名前、ご住所、メールアドレス、お届け先などは消去し、当店のだれにも読めなくなりました。これまでのご愛顧に、心よりお礼申し上げます。
account-left-kept = ご注文の日付と品目、金額の記録だけは、お名前と切り離して、帳簿として残ります。
account-passkey-added = { $shop }の会員としてのパスキーが新しく登録されましたので、お知らせいたします。これからは、そのパスキーでもサインインしていただけます。
account-passkey-removed = { $shop }の会員としてのパスキーが削除されましたので、お知らせいたします。そのパスキーでは、もうサインインできません。
account-staff = { $shop }の帳場に、スタッフとして招待されました。下のボタンから開いたページで、パスキー、またはパスワードと確認コードをご登録ください。

account-not-me-harmless = お心当たりのないときは、どなたかがメールアドレスを間違えて入力されたものと思われます。何もなさらなければ、何も変わりません。このメールは破棄していただいてかまいません。
account-not-me-alarm = お心当たりのないときは、ほかの方がお客様のパスワードを知っているおそれがあります。お手数ですが、すぐに当店へご連絡ください。
account-not-me-passkey = お心当たりのないときは、マイページの「パスキー」で見覚えのないものを削除し、パスワードを変更なさってください。ご不明な点は、すぐに当店へご連絡ください。
account-not-me-staff = お心当たりのないときは、このメールを破棄してください。リンクを開かなければ、何も変わりません。

account-link-register = 登録を続ける
account-link-reset = 新しいパスワードを決める
account-link-mail = メールアドレスを確認する
account-link-staff = 帳場の設定を始める

# お一人で書き出しを承認したとき、店の宛先へ

account-title-export = お客様の情報の書き出し
account-export = { $shop }の帳場で、店主がお客様の情報の書き出しを、ご自身で承認しました。ほかにサインインできる方がいないためで、お二人で確かめる場合より弱い守りです。
account-not-me-export = お心当たりのないときは、すぐに帳場の「書き出し」で取り下げ、パスワードをお変えください。だれの何が書き出されたかは、蔵の帳面に一名ずつ残っています。
account-link-export = 書き出しを確かめる
account-link-contact = 当店に問い合わせる
account-link-note = このリンクは{ $hours }時間のあいだ、一度だけお使いいただけます。新しいメールをお申し込みになると、前のリンクは使えなくなります。ほかの方へ転送なさらないようお願いいたします。
account-automatic = このメールは、会員のお手続きに関するお知らせとして自動でお送りしています。このメールにあるリンクは、すべて { $origin } で始まります。パスワードやカード番号をメールでおたずねすることはございません。

## メールビューア（開発用）

viewer-title = メールビューア
viewer-badge = 開発用
viewer-about = ここに届いたメールは外へは送られません。開発と見学のためのもので、お店の一部ではありません。
viewer-list = 届いたメール
viewer-count = { $count }通
viewer-empty-title = まだメールは届いていません
viewer-empty = お店で注文すると、お客様あてのメールがここに届きます。この画面は自動で更新されます。
viewer-choose = 一覧からメールを選んでください
viewer-from = 差出人
viewer-to = 宛先
viewer-time = 受信
viewer-size = 大きさ
viewer-text = テキスト
viewer-html = HTML
viewer-source = ソース
viewer-part-missing = このメールには、この形式の本文がありません。
viewer-links = メールの中のリンク
viewer-clear = すべて削除
viewer-reload = 更新
viewer-back = 一覧へ戻る
viewer-no-subject = （題名なし）
viewer-gone-title = メールが見つかりません
viewer-gone = 削除されたか、アドレスが違います。
viewer-frame = メールのHTML表示

## お知らせの対象かどうかのお尋ね

account-title-answer = お尋ねへのお返事
account-link-answer = お知らせを確かめるページ
answer-automatic = このメールは、お問い合わせへのご回答として自動でお送りしています。カード番号や暗証番号、パスワードをメールでおたずねすることはございません。

## 封書の発送リスト

letters-number = 番号
letters-postcode = 郵便番号
letters-place = 住所
letters-company = 会社名
letters-name = 氏名
letters-sheets = 枚数
letters-bars = カスタマバーコード
letters-bars-yes = あり
