# 届け出の期限、公表の前に確かめること、報告の下書き。値はすべて文字列で渡す。

gate-merchant = どの店の事故かを「店と会社」（merchant）に書いてください。
gate-version = いつ、だれが、なぜ改めたかを残してください。画面では「版を確定する」で残ります。ファイルでは versions に書きます（最初の版は number = 1）。
gate-version-ahead = 最も新しい版の日付が、今日よりあとになっています。版の日付（versions の on）を確かめてください。
gate-status = 調査の状況を「調査」（investigation）に書いてください。終わっていなくてもかまいません。今どこまで進んでいるかが分かれば公表できます。
gate-contact = お客様の問い合わせ先を「問い合わせ窓口」（contacts）に書いてください。公表と同時に、お問い合わせが始まります。
gate-contact-closed = 問い合わせ先の受付期間が終わっています。「問い合わせ窓口」（contacts）の終わりの日（open_until）を確かめてください。
gate-commission = 個人情報保護委員会への報告を「報告と届け出」（filings）に書いてください。まだのときは、その理由を書きます（not_yet）。報告は、公表を待たずに行えます。
gate-police = 警察への届け出を「報告と届け出」（filings）に書いてください。まだのときは、その理由を書きます（not_yet）。
gate-processor = 決済代行会社またはカード会社への報告を「報告と届け出」（filings）に書いてください。まだのときは、その理由を書きます（not_yet）。

## 期限と届け出

ground-money = 不正に使われると財産的な被害が生じるおそれのある情報が対象です（施行規則第7条第2号）。
ground-malice = 不正の目的で行われたおそれがあります（施行規則第7条第3号）。
ground-malice-unknown = 不正の目的で行われたおそれがないと決められないうちは、これにも当てはまるものとして扱います（施行規則第7条第3号）。
ground-many = 対象の方が1,000人を超えています（施行規則第7条第4号）。
ground-many-unknown = 対象の方の数がまだ分からず、1,000人を超えるおそれがあります（施行規則第7条第4号）。
ground-none = この事実からは、個人情報保護委員会への報告が必要とは言えません。判断に迷うときは、委員会か専門家にご相談ください。
duty-commission-preliminary = 個人情報保護委員会への速報
duty-commission-final = 個人情報保護委員会への確報
duty-persons = ご本人への通知
duty-processor = 決済代行会社への連絡
duty-card-companies = カード会社への連絡
duty-police = 警察への届け出
duty-range = 期限の目安は{ $from }から{ $due }までです（分かった日を1日目とし、土日と祝日も数えます）。
duty-due = 期限は{ $due }です。
duty-due-either = 期限は{ $due }です。不正の目的で行われたおそれがあるときは{ $later }となりますが、そう決まるまでは、早いほうを守ってください。
duty-soon = 決まった期限はありませんが、早いほどよいものです。
duty-contract = 法令に期限の定めはありませんが、早いほどよいものです。契約に定めがないかもお確かめください。
duty-persons-soon = 状況に応じて速やかに行います（個人情報保護法第26条第2項）。日数の定めはありません。
duty-persons-sent = メール{ $mail }通、封書{ $letter }通をお送りしました。これからお届けするものは{ $rest }通、お届けできていないものは{ $none }通です。
duty-unknown-start = 分かった日が「経過」の「発覚」（ファイルでは timeline の discovered）に日まで書かれていないため、期限を数えられません。
duty-done = { $day }に済んでいます。
duty-done-late = { $day }に済んでいます（期限のあとでした）。
duty-open = まだ済んでいません。今日を含めてあと{ $days }日です。
duty-overdue = まだ済んでいません。期限を{ $days }日過ぎています。分かっていることだけで、すぐに報告してください。
duty-untimed = まだ済んでいません。
duty-reason = 理由：{ $reason }
kind-preliminary = 速報
kind-final = 確報
kind-report = 報告
duties-title = 届け出と報告の期限
duties-grounds = 個人情報保護委員会への報告が必要となる理由
duties-register = 届け出の控え
duties-gate = 公表の前に
duties-gate-none = 公表の前に確かめることは、すべてそろっています。
duties-announced = 「経過」に「公表」の日（ファイルでは timeline の announced）がありません。公表しましたら書き足してください。報告の「公表の実施状況」に載ります。
duties-why-now = 分かってから公表までに{ $days }日あります。その理由が「今後の公表」（ファイルでは announcements の why_now）にまだ書かれていません。
duties-note = 個人情報保護委員会への報告の期限は、法令とガイドラインに沿って計算したもので、法律上の助言ではありません。

## 報告の下書き

report-to = 宛先
report-on = 作成日
report-from = 報告者
report-unknown = 確認中です。
report-none = 該当しません。
report-commission-preliminary = 漏えい等報告（速報）の下書き
report-commission-final = 漏えい等報告（確報）の下書き
report-processor = 決済代行会社へのご報告（下書き）
report-card-companies = カード会社へのご報告（下書き）
report-police = 届け出の要点（下書き）
report-staff = 応対の要点
office-staff = お客様の応対をする方
item-overview = 概要
item-items = 漏えい等が発生し、または発生したおそれがある個人データの項目
item-persons = 本人の数
item-cause = 原因
item-harm = 二次被害またはそのおそれの有無とその内容
item-persons-told = 本人への対応の実施状況
told-by-mail-arrived = お知らせ：メールでお送りし、戻っていないもの
told-by-letter-posted = お知らせ：封書を発送したもの
told-under-way = お知らせ：これからお届けするもの
told-unreachable = お知らせ：お届けできていないもの
told-notices = { $n }通
item-published = 公表の実施状況
item-measures = 再発防止のための措置
item-other = その他参考となる事項
item-published-on = { $day }に公表しました。掲載先は { $pages } です。
item-published-planned = まだ公表していません。{ $day }に公表する予定です。
item-published-unstated = （提出の前に）公表した日を書いてください。まだ公表していないときは、そのことを書いてください。
item-told-unstated = （提出の前に）お知らせを送ったあとは、送った日を書いてください。
item-cause-complete = （提出の前に）確報では、調べて分かった原因をここに書きます。分からないままのときは、調べたことと、分からない理由を書いてください。
item-measures-late = 予定の日を過ぎても終わっていないものがあります。
item-asked = お願いしたいこと
item-evidence = 残っている証拠
item-contact = 連絡先
item-never = お答えしてよいこと、いけないこと
item-never-say = 分からないことは「分かりましたら、ページに載せます」とお伝えします。「漏えいしました」「安全です」とは言わないでください。
item-next = これからのお知らせ
asked-monitoring = 対象のカードのご利用を注意して見ていただくこと
asked-reissue = 対象のお客様からの再発行のお申し出を、手数料のご負担なく受け付けていただくこと
asked-reissue-until = 対象のお客様からの再発行のお申し出を、{ $day }まで手数料のご負担なく受け付けていただくこと
asked-answer = 上の二つをいつからいつまで行っていただけるか、お知らせいただくこと
