# 文を組み立てることば。値はすべて文字列で渡す（数の書式は呼ぶ側で決める）。

list-and = { $first }、{ $last }
list-or = { $first }、または{ $last }
days-on = { $day }に
days-between = { $from }から{ $to }までの間に
days-since = { $from }以降に
days-until = { $to }までに
days-ever = これまでに
our-shop = 当店
here = このページ
elsewhere = お知らせのページ
some-only = { $item }（一部のお客様のみ）

number-at-most = 最大
number-about = 約
number-cards = カード{ $n }枚
number-orders = ご注文{ $n }件
number-events = 記録{ $n }件
number-persons = { $n }名
number-pair = { $records }（お客様{ $persons }）

whom = { $days }、{ $systems }で{ $whom }
whom-anywhere = { $whom }
whom-also = { $first }、および、{ $more }
whom-instead = 「{ $kind }」の記録が失われているため対象に含める、{ $who }
whom-lost = 「{ $kind }」の記録（{ $days }）が失われているため、当てはまるかどうかを確かめられない方
whom-card-typed = クレジットカード情報を入力されたお客様（ご注文に至らなかった場合を含みます）
whom-card-new = クレジットカード情報を新しく入力されたお客様（登録済みのカードを変更するための入力は含みません。ご注文に至らなかった場合を含みます）
whom-card-next = クレジットカード情報を入力し、次の画面へ進まれたお客様（ご注文に至らなかった場合を含みます）
whom-card-failed = クレジットカードでのお支払いを試み、完了しなかったお客様
whom-card-refused = クレジットカードでのお支払いを試み、カード会社による拒否やエラーで完了しなかったお客様
whom-card-placed = クレジットカードでお支払いになったお客様
whom-card-placed-typed = クレジットカード情報を入力し、お支払いを終えられたお客様
whom-card-saved = 登録済みのクレジットカードでのお支払いを選ばれたお客様（ご注文に至らなかった場合を含みます）
whom-card-any = クレジットカードでのお支払いに進まれたお客様（ご注文に至らなかった場合を含みます）
whom-card-registered = クレジットカードを登録されたお客様
whom-order = ご注文になったお客様
whom-order-card = クレジットカード払いでご注文になったお客様
whom-recipients = ご注文の品のお届け先となった方
whom-order-and-recipients = ご注文になったお客様と、そのお届け先となった方
whom-order-or-member = ご注文または会員登録をされたお客様
whom-all-and-recipients = ご注文または会員登録をされたお客様と、ご注文の品のお届け先となった方
whom-member = 会員登録をされたお客様
whom-login = ログインされたお客様

verdict-possible = { $items }が漏えいした可能性があります。
verdict-confirmed = { $items }が漏えいしたことを確認しています。
verdict-these-possible = これらの情報が漏えいした可能性があります。
verdict-these-confirmed = これらの情報が漏えいしたことを確認しています。
verdict-these-mixed = これらの情報が漏えいした可能性があり、一部のお客様については漏えいを確認しています。
items-some-only = ただし、「一部のお客様のみ」とした情報は、漏えいした可能性があるものです。
items-differ = どの情報が漏えいしたかは、お客様により異なります。
verdict-mixed = { $items }が漏えいした可能性があり、一部のお客様については漏えいを確認しています。

about-cards = クレジットカード情報の漏えいの可能性
about-cards-confirmed = クレジットカード情報の漏えい
about-personal = 個人情報の漏えいの可能性
about-personal-confirmed = 個人情報の漏えい
about-both = クレジットカード情報と個人情報の漏えいの可能性
about-both-confirmed = クレジットカード情報と個人情報の漏えい
subject = 【{ $shop }】{ $about }についてのお詫びとお知らせ
subject-retraction = 【{ $shop }】先日のお知らせの訂正とお詫び

contact-name = 窓口
contact-phone = 電話
contact-phone-hours = { $phone }（{ $hours }）
contact-mail = メール
contact-form = フォーム
contact-until = 受付期間
contact-open = { $day }まで
contact-open-from = { $day }から
contact-open-days = { $from }から{ $until }まで
contact-closed = { $day }で終了しました。以後は当店の通常の窓口で承ります
contact-none = お問い合わせの窓口を準備しています。開きましたら、{ $here }に載せます。
contact-none-office = お問い合わせの窓口を準備しています。開き次第、ご報告します。
contact-or = { $first } または { $last }
contact-ways = お問い合わせ先は { $ways } です。
