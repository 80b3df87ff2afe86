# 一時の不調のときの画面の言葉

fault-store-away-title = ただいま、帳面を開けません
fault-store-away-body = お店の帳面（データベース）が、いま一時的に応えておりません。かごの中身はそのままお預かりしております。
fault-store-away-next = 少したってから、同じ画面でもう一度お試しください。ご注文の確定を二度お送りいただいても、二重のご注文にはなりません。

bo-fault-store-away-title = データベースが応えていません
bo-fault-store-away-body = いまの操作は、済んだかどうかが分かりません。少したってから画面を開き直し、済んでいなければもう一度どうぞ。長く続くときは、データベースが動いているか、ディスクに空きがあるかを確かめてください。

fault-reference = 受付番号：{ $reference }（お問い合わせの際にお知らせください）
bo-fault-reference = 受付番号：{ $reference }
