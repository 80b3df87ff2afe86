# 公表するページのことば。値はすべて文字列で渡す。

title = { $about }についてのお詫びとお知らせ
title-questions = よくいただくご質問
title-versions = これまでの版
dateline = { $merchant }　{ $day }（第{ $number }版）
lead-intrusion = このたび、{ $shop }が不正アクセスを受け、{ $about }があることが分かりました。
lead-intrusion-confirmed = このたび、{ $shop }が不正アクセスを受け、{ $about }があったことを確認しました。
lead-confirmed = このたび、{ $shop }で、{ $about }があったことを確認しました。
lead = このたび、{ $shop }で、{ $about }があることが分かりました。
lead-apology = お客様に多大なご心配とご迷惑をおかけしますことを、心よりお詫び申し上げます。分かっていることと、お客様にお願いしたいことをお知らせします。

section-whom = 対象となるお客様と情報
section-elsewhere = 対象ではないもの
section-please = お客様へのお願い
section-cards = カードの再発行と、カード会社の対応
section-timeline = これまでの経緯
section-why = 原因
section-investigation = 調査の状況
section-measures = 再び起こさないために
section-reports = 届け出と報告
section-contact = お問い合わせと、これからのお知らせ

row-cause = 原因
row-cause-of = 原因{ $n }
row-whom = 対象の方
row-days = 対象の期間
row-items = 対象の情報
row-items-perhaps = 対象の可能性がある情報
row-count = 対象の数
row-count-unknown = いま数えております
whom-all = いずれかに当てはまる方は、{ $n }です。

please-card = カードのご利用明細をこまめに見て、お心当たりのないご請求があれば、カードの裏の窓口へすぐにお電話ください。ご不安なときは、カードの再発行をお申し出ください。
please-password = 同じパスワードをほかのサービスでもお使いでしたら、そのサービスのパスワードを変えてください。
please-mail = 当店やカード会社を名のるメールや電話にご注意ください。ご不安なときは、メールのリンクを開かず、ご自分で調べた連絡先へお尋ねください。
please-bank = 口座の入出金に、お心当たりのないものがないかをお確かめください。

timeline-unknown = 経緯は、いま整理しております。まとまりましたら、{ $here }に載せます。
step-intrusion = 不正アクセスが始まりました。
step-discovered = 当店が気づきました。
step-discovered-by = { $by }からの連絡で分かりました。
step-payment-stopped = カードでのお支払いを止めました。
step-shop-closed = ショップを閉じました。
step-isolated = サーバーをネットワークから切り離しました。
step-card-companies-told = カード会社と決済代行会社へ連絡しました。
step-firm-engaged = 社外の調査会社へ調査を依頼しました。
step-firm-engaged-by = { $by }へ調査を依頼しました。
step-report-received = 調査の報告を受け取りました。
step-announced = 公表しました。
step-notices-sent = 対象のお客様へメールをお送りしました。
step-letters-sent = メールが届かなかったお客様へ封書をお送りしました。
step-reopened = ショップを再開しました。

filed-preliminary = { $office }へ最初の報告（速報）を行いました。
filed-final = { $office }へ詳しい報告（確報）を行いました。
filed-report = { $office }へ報告しました。
filed-police = { $office }へ届け出ました。
filed-not-yet = { $office }へは、まだ報告しておりません。{ $why }
filed-not-yet-police = { $office }へは、まだ届け出ておりません。{ $why }
not-yet = 未了
reports-none = 届け出と報告の状況は、いま整理しております。まとまりましたら、{ $here }に載せます。
office-commission = 個人情報保護委員会
office-police = 警察
office-processor = 決済代行会社
office-card-companies = カード会社
office-other = 関係先

## ページの枠

nav = このお知らせのページ
nav-announcement = お知らせ
nav-questions = ご質問
nav-versions = これまでの版
nav-other-language = English
skip = 本文へ
contents = 目次
to-shop = { $shop }のトップへ
as-of = { $day }現在の内容です。
feed = 更新情報（Atom）
feed-title = { $shop } お知らせの更新
added = { $day }追加
question-mark = 問
questions-lead = いただいたご質問へのお答えを、日付を添えてここに書き足していきます。
versions-lead = 内容を改めるたびに版を改めています。前の版もそのまま読めるように残し、訂正したところを示しています。
version-name = 第{ $number }版
version-current = 現在の版
old-banner = これは{ $day }に公表した第{ $number }版です。内容はその後に改められています。
to-current = 現在の版を読む
corrected-title = この版で訂正したこと
corrected-later = その後の版で、次のとおり訂正しました。
corrected-none = 前の版の内容に、訂正はありません。
corrected-changed = 訂正前：{ $old }　→　訂正後：{ $new }
corrected-gone = 取り消しました。訂正前：{ $old }
corrected-new = 新たに加えました：{ $new }
corrected-numbers = 「{ $cause }」について、新たに対象となった方は{ $added }名、対象ではないと分かった方は{ $retracted }名です。
statement-days = 「{ $cause }」の期間
statement-whom = 「{ $cause }」の対象の方
statement-items = 「{ $cause }」の対象の情報
statement-verdict = 「{ $cause }」の確かさ
statement-count = 「{ $cause }」の対象の数
statement-persons = 対象の方の総数
statement-systems = 対象ではないもの
statement-intrusion = 不正アクセスの始まり
statement-discovered = 分かった日
