## 保存したカード（お客様）

cards-title = 保存したカード
cards-lead = カードは決済会社が預かっており、当店ではカード番号を知ることも使うこともできません。お支払いの画面で「カードを保存する」をお選びになると、ここに表示されます。
cards-none = 保存したカードはありません。
cards-away = ただいま決済会社に確認できません。しばらくしてから、もう一度お試しください。カードはそのまま保存されています。
cards-removed = カードを削除しました。
cards-remove = 削除する
cards-remove-sure = このカードを削除してよろしいですか。元には戻せません。
cards-expires = 有効期限 { $at }
cards-over = 期限切れ

## ご注文の道のり

path-authorized = カードを確認（ご請求は発送のときに確定します）

## 売上の確定

bo-pay-authorized-until = 与信の期限
bo-capture = 今すぐ売上を確定する
bo-capture-note = お支払いは与信（お取り置き）のみです。最初の荷物を発送するときに、全額の売上がひとりでに確定します。
bo-capture-lapsed = 与信の期限が切れているため、売上を確定できませんでした。荷物は発送していません。お客様にご連絡のうえ、ご注文を取り消すか、ほかの方法でお支払いいただいてください。
bo-capture-unknown = 決済会社が答えないため、売上を確定できたかどうかわかりません。荷物は発送していません。少し待ってから、もう一度お試しください。二重に請求されることはありません。
bo-capture-refused = 決済会社が売上の確定を断りました（{ $why }）。荷物は発送していません。
bo-captures-title = 与信のみのご注文
bo-captures-note = 期限を過ぎると与信が消え、代金を受け取れなくなります。期限の早い順です。
bo-capture-state-authorized = 与信のみ
bo-capture-state-soon = 期限が近い

## 不審請求の申し立て

bo-dispute-title = 不審請求の申し立て
bo-dispute-until = 回答の期限
bo-dispute-opened = 申し立ての日時
bo-dispute-do = すること
bo-disputes-title = 不審請求の申し立て（チャージバック）
bo-disputes-note = お客様がカード会社に支払いの取り消しを求めています。期限までに決済会社の管理画面で回答しないと、お店の負けになります。
bo-dispute-state-warning-needs-response = 照会あり・要回答
bo-dispute-state-warning-under-review = 照会・審査中
bo-dispute-state-warning-closed = 照会のみで終了
bo-dispute-state-needs-response = 要回答
bo-dispute-state-under-review = 審査中
bo-dispute-state-won = お店の勝ち
bo-dispute-state-lost = お店の負け
bo-dispute-short-warning-needs-response = 管理画面で回答
bo-dispute-short-warning-under-review = 結果を待つ
bo-dispute-short-warning-closed = なし
bo-dispute-short-needs-response = 管理画面で回答
bo-dispute-short-under-review = 結果を待つ
bo-dispute-short-won = なし
bo-dispute-short-lost = なし
bo-dispute-todo-warning-needs-response = カード会社から問い合わせが来ています。期限までに、決済会社の管理画面で注文と発送の記録を添えて回答してください。まだお金は動いていません。
bo-dispute-todo-warning-under-review = 回答を送りました。カード会社の判断を待っています。
bo-dispute-todo-warning-closed = 問い合わせだけで終わりました。することはありません。
bo-dispute-todo-needs-response = 代金はカード会社が預かっています。期限までに、決済会社の管理画面で注文、発送、お届けの記録を添えて回答してください。決着がつくまで、発送も返金もできません。
bo-dispute-todo-under-review = 回答を送りました。カード会社の判断を待っています。決着がつくまで、返金はできません。
bo-dispute-todo-won = お店の主張が認められ、代金が戻りました。止めていた発送を再開できます。
bo-dispute-todo-lost = 代金はお客様に戻されました。改めて返金しないでください。発送前の荷物があれば、ご注文を取り消してください。
bo-dispute-reason-fraudulent = 身に覚えのない請求との申し立て
bo-dispute-reason-duplicate = 二重に請求されたとの申し立て
bo-dispute-reason-product-not-received = 商品が届かないとの申し立て
bo-dispute-reason-product-unacceptable = 商品に問題があるとの申し立て
bo-dispute-reason-credit-not-processed = 返金されないとの申し立て
bo-dispute-reason-subscription-canceled = 解約したとの申し立て
bo-dispute-reason-unrecognized = 請求の心当たりがないとの申し立て
bo-dispute-reason-general = そのほかの申し立て

## そのほか、お金のこと

bo-hold-authorization-lapsed = 発送の前に与信の期限が切れました
bo-hold-disputed = お客様がカード会社に支払いの取り消しを求めています
bo-hold-refund-failed = 返金が決済会社か銀行で止まりました
bo-failure-generic-decline = カード会社が断りました
bo-failure-expired-or-canceled-card = カードが期限切れか解約済みで、返金が戻されました
bo-failure-charge-disputed = 不審請求の申し立て中で、返金できません
bo-failure-charge-already-refunded = すでに返金済みです
bo-event-dispute-warning-needs-response = カード会社から照会
bo-event-dispute-warning-under-review = 照会に回答
bo-event-dispute-warning-closed = 照会が終了
bo-event-dispute-needs-response = 不審請求の申し立て
bo-event-dispute-under-review = 申し立てに回答
bo-event-dispute-won = 申し立て：お店の勝ち
bo-event-dispute-lost = 申し立て：お店の負け
bo-action-order-capture = 売上を確定した
bo-action-reconciliation-run = 帳簿の突き合わせを頼んだ
bo-done-captured = 売上を確定しました。
bo-done-reconciling = 突き合わせを始めます。数秒たってから、このページを開き直してください。
bo-tile-disputes = 不審請求
bo-tile-captures = 与信のみ
bo-tile-reconciliation = 帳簿の食い違い

## 帳簿の突き合わせ

bo-nav-reconciliation = 突き合わせ
bo-recon-title = 帳簿の突き合わせ
bo-recon-lead = 毎日 { $hour } 時を過ぎると、前の日のご注文とお支払いを、決済会社の記録とひとつずつ突き合わせます。
bo-recon-none = まだ突き合わせた日がありません。次の { $hour } 時を過ぎると始まります。下から今すぐ始めることもできます。
bo-recon-day-title = { $day }の突き合わせ
bo-recon-col-day = 日
bo-recon-state-open = 突き合わせ中
bo-recon-state-well = 一致
bo-recon-state-differs = 食い違い
bo-recon-orders = カードのご注文
bo-recon-payments = 決済会社の支払い
bo-recon-refunds = 決済会社の返金
bo-recon-disputes = 不審請求の申し立て
bo-recon-taken = 受け取った額
bo-recon-returned = 返した額
bo-recon-healed = 確かめ直して合ったご注文
bo-recon-started = 始めた時刻
bo-recon-finished = 終えた時刻
bo-recon-next = 次に試す時刻
bo-recon-facts-title = 数字
bo-recon-run-title = 日を選んで突き合わせる
bo-recon-run-note = 90 日前までの日を選べます。前の結果は新しい結果に置き換わります。
bo-recon-run = 突き合わせる
bo-recon-again-title = もう一度
bo-recon-again-note = 直したあとに、合っているかを確かめられます。
bo-recon-again = この日を突き合わせ直す
bo-recon-reload = このページを開き直す
bo-recon-well-title = すべて合っています
bo-recon-well = この日のご注文とお支払い、返金、申し立ては、決済会社の記録と一円まで一致しました。することはありません。
bo-recon-open-title = まだ終わっていません
bo-recon-open = 順番を待っているか、突き合わせている途中です。
bo-recon-problem-processor-away = 決済会社が答えないため、まだ突き合わせられません。ひとりでに、10 分ごとに試します。
bo-recon-differs-title = 食い違いが { $n } 件あります
bo-recon-differs = 決済会社に一度確かめ直しても残ったものです。それぞれの下に、することを書いています。
bo-recon-col-what = 食い違い
bo-recon-col-ours = こちらの額
bo-recon-col-theirs = 決済会社の額
bo-recon-no-order = なし
bo-recon-kind-paid-without-order = ご注文のないお支払い
bo-recon-kind-payment-missing-here = こちらにないお支払い
bo-recon-kind-payment-missing-there = 決済会社にないお支払い
bo-recon-kind-amount-differs = 受け取った額の違い
bo-recon-kind-refund-differs = 返した額の違い
bo-recon-kind-refund-missing-there = 決済会社にない返金
bo-recon-kind-order-without-money = お金のないご注文
bo-recon-kind-money-without-order = 取り消されたご注文に残るお金
bo-recon-kind-dispute-missing-here = こちらにない申し立て
bo-recon-kind-card-entry-missing = カードの記録がありません
bo-recon-todo-paid-without-order = 決済会社の管理画面で支払いを開き、どこから来たものか確かめてください。このお店のものでなければ、そのままでかまいません。心当たりがなければ返金してください。
bo-recon-todo-payment-missing-here = 決済会社の管理画面で支払いを確かめ、二重の支払いであれば、そこで返金してください。
bo-recon-todo-payment-missing-there = 発送を止め、決済会社に問い合わせてください。別の口座か、試験用の鍵で受け取っていないかも確かめてください。
bo-recon-todo-amount-differs = ご注文を開き、どちらの額が正しいか確かめてください。足りなければお客様にご連絡を、多ければ差額を返してください。
bo-recon-todo-refund-differs = 決済会社の管理画面で直接返金していないか確かめてください。していれば、この日を突き合わせ直すと合います。
bo-recon-todo-refund-missing-there = お客様にまだお金が戻っていないおそれがあります。ご注文を開き、もう一度返金してください。
bo-recon-todo-order-without-money = 発送しないでください。ご注文を開き、お支払いの状態を確かめてください。
bo-recon-todo-money-without-order = ご注文を開き、残っている額を返してください。
bo-recon-todo-dispute-missing-here = 決済会社の管理画面で申し立てを開き、期限までに回答してください。
bo-recon-todo-card-entry-missing = このご注文に使われたカードが、どのページから入力されたのかが分かりません。記録が消されたおそれがあります。watch/entries.jsonl の写しと照らし合わせ、専門の方にご相談ください。
