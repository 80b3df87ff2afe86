# 一度のご注文で、いくつかのお届け先へお送りするとき

checkout-ship-several = 二か所以上へ届ける
checkout-ship-several-note = お届け先ごとに、お品の数・のし・お届けの日を、次の画面からお一人ずつお決めいただけます。
checkout-named = お届け先は、次の画面でご覧いただけます。
checkout-one-again = お届け先を一か所に変えました。のしとお届けの日時を、もう一度お確かめください。
step-recipients = お届け先
cart-several-note = 一度のご注文で、20か所までのお届け先へお送りできます。お届け先ごとの数は、お手続きの途中でお決めいただけます。

recipients-title = お届け先の一覧
recipients-lead = お届け先を一か所ずつ足してください。すべてそろいましたら、下のボタンから内容の確認へお進みください。
recipients-none = まだお届け先がありません。「お届け先を足す」を押して、お一人目からお書きください。
recipients-add = お届け先を足す
recipients-edit = 直す
recipients-edit-of = { $name }の内容を直す
recipients-remove = はずす
recipients-remove-of = { $name }をお届け先からはずす
recipients-removed = お届け先を一か所はずしました。
recipients-full = お届け先は、一度のご注文で20か所までとさせていただいております。
recipients-changed = かごの中身か在庫が変わりました。お届け先ごとの数を、もう一度お確かめください。
recipients-nameless = お名前がまだありません
recipients-name = { $name } 様
recipients-orderer = { $name } 様（ご注文くださる方）
recipients-goods = { $name } × { $n }
recipients-noshi = { $noshi }　{ $name }
recipients-message = お手紙つき
recipients-date = { $date }着
recipients-unfinished = { $n }番目のお届け先に、お直しいただきたいところがあります。
recipients-tally = お送りする数
recipients-tally-note = ご注文になるのは、お届け先ごとにお決めいただいた数の合計です。かごの数とちがっていてもかまいません。
recipients-tally-item = お品
recipients-tally-cart = かごの数
recipients-tally-sent = お送りする数
recipients-fewer = かごの数より{ $n }点少なくお送りします
recipients-more = かごの数より{ $n }点多くお送りします
recipients-short = { $name }は、残りが{ $n }点です。数をお減らしください。
recipients-to-first = ご注文くださる方の画面へもどる
recipients-done = 内容の確認へ

recipient-title = { $n }番目のお届け先
recipient-whom = どなたへ
recipient-self = ご注文くださる方
recipient-self-of = ご注文くださる方（{ $name } 様）
recipient-other = ほかの方
recipient-goods = お届けするお品
recipient-goods-note = この方へお届けする数をお選びください。
recipient-pieces = { $n }点
recipient-pieces-of = { $name }の数
recipient-left = かごに残り{ $n }点
recipient-same = この、のしと包装を、ほかのお届け先にもそろえる
recipient-remove = このお届け先をやめる
recipient-save = このお届け先を決める
invalid-no-goods = お届けするお品の数をお選びください。
invalid-cash-others = 代金引換は、ご注文くださる方お一人へのお届けに限らせていただいております。ほかの方や二か所以上へのお届けは、カードをお選びください。

confirm-parcel = お届け先 { $n }
confirm-parcel-sum = お品代 { $goods }　送料 { $fee }
confirm-parcel-sum-free = お品代 { $goods }　送料 いただきません
confirm-edit-recipients = お届け先を直す
confirm-edit-parcel = このお届け先を直す

field-noshi-place = のしのかけ方
noshi-place-inside = 内のし（包装紙の内側にかける）
noshi-place-outside = 外のし（包装紙の外側にかける）
parcel-state = いまの様子
parcel-state-unfulfilled = ご用意しております
parcel-state-shipped = お送りしました
parcel-state-delivered = お届けしました
parcel-state-canceled = お送りしません
parcel-state-returned = 店へ戻りました
parcel-dress = のし・包装
parcel-way = お荷物
parcel-delivered = { $at } お届け
path-shipped-of = 発送（{ $all }か所のうち{ $n }か所）

terms-gift-2 = 一度のご注文で、20か所までのお届け先へお送りできます。送料はお届け先一か所ごとにかかり、消費税はご注文全体で計算します。
terms-gift-3 = のしのお名前とお手紙は、お書きいただいたとおりにお作りします。代金引換は、ご注文くださる方お一人へのお届けに限らせていただきます。
