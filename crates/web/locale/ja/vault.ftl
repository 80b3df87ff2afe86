# 蔵の様子の言葉

bo-vault-title = 蔵の様子
bo-vault-well = 蔵は、すべてふだんどおりです。
bo-vault-means = どういうことか
bo-vault-todo = していただくこと
bo-vault-look = 蔵の様子を見る

bo-vault-frozen-title = おとりのお客様の封が切られようとしたため、帳場を止めています
bo-vault-frozen-means = 名簿には、実在しない「おとり」のお客様が混ぜてあります。ふだんの仕事で開くことはありません。その封を切ろうとした操作があったので、その操作では一件も開かず、係の全員について、お客様の情報を開くこと・探すこと・書き出すことを止めました。店頭とご注文は、そのまま続いています。
bo-vault-frozen-todo = まず、下の係の方に、その時刻に何をしていたかを聞いてください。覚えがないときは、その方の通行証が盗まれたか、店のプログラムが書き換えられています。開かれた方のお名前はすべて蔵の帳面に残っていますので、再開の前に、専門の方にご相談ください。まちがいと分かったときは、店主がパスワードと確認コードを入れ直すと再開します。ほかの方には、もう一度サインインしていただきます。
bo-frozen-when = いつ
bo-frozen-who = だれの通行証で
bo-frozen-what = 何を
bo-frozen-nobody = 分かりません
bo-frozen-persons = 一度に{ $n }名の封を切ろうとしました（一名も開いていません）。
bo-frozen-owner = 再開できるのは店主だけです。
bo-unfreeze-go = 確かめたので、帳場を再開する
bo-done-unfrozen = 帳場を再開しました。ほかの係の方は、もう一度サインインしてください。
bo-action-vault-unfreeze = 帳場を再開

bo-vault-ledger-full-title = 蔵の帳面に書けません
bo-vault-ledger-full-means = 帳面の先に書かれていないことを、蔵は行いません。そのため、お客様の情報を開くことも封をすることも止まっています。ご注文は封筒に入れてお預かりしているので、失われません。
bo-vault-ledger-full-todo = 蔵のフォルダーがあるディスクの空きを作ってください。空きができれば、ひとりでに元へ戻ります。
bo-vault-ledger-broken-title = 蔵の帳面が、ディスクに届きませんでした
bo-vault-ledger-broken-means = 書いたはずの行がディスクに残ったか分からないため、蔵は仕事を止め、ひとりでに起動し直します。ふつうは数秒で戻ります。
bo-vault-ledger-broken-todo = 何度も起こるときは、ディスクが傷んでいます。控えを取り、ディスクを替えてください。
bo-vault-clock-back-title = 時計が戻っています
bo-vault-clock-back-means = 機械の時計が、帳面の最後の時刻より前を指しています。帳面の時刻と、リンクや通行証の期限が当てになりません。
bo-vault-clock-back-todo = 時計の合わせ方（時刻の同期）をお確かめください。時計が追いつけば、この知らせは消えます。
bo-vault-store-older-title = 蔵の一部だけが、古い控えに戻されています
bo-vault-store-older-means = 鍵のファイル（vault.redb）が、帳面より古いものです。控えより後においでになったお客様の鍵がなく、その方々の封は開きません。
bo-vault-store-older-todo = 控えから戻すときは、データのフォルダーを丸ごと、同じ時のもので戻してください。覚えがないときは、だれかがファイルを置き換えています。専門の方にご相談ください。
bo-vault-witness-away-title = 帳面の立会人が、一日以上来ていません
bo-vault-witness-away-means = 帳面が書き換えられていないことを外から確かめる係（watch）の確認が、二十四時間以上ありません。店と帳場はふだんどおりで、お客様の情報の書き出しだけを止めています。
bo-vault-witness-away-todo = watch が動いているか、別の機械に置いたときはその間の通信をお確かめください。確認が届けば、ひとりでに元へ戻ります。
bo-vault-envelopes-refused-title = 開けられない封筒のご注文があります
bo-vault-envelopes-refused-means = 蔵が閉まっているあいだにお預かりしたご注文のうち、蔵が開けられないものがあります。その日の鍵が、いまの蔵にありません。
bo-vault-envelopes-refused-todo = 鍵のある蔵の控えを戻せば開きます。戻せないときは、止めてあるご注文からお代をお返しください。
bo-vault-envelopes = 封筒のご注文
bo-vault-envelopes-waiting = 蔵に入るのを待つご注文は{ $n }件です。

bo-budget-title = 一時間に開ける人数
bo-budget-left = 残り{ $n }人（一時間に{ $max }人まで）
bo-budget-note = 同じ方を何度開いても、一人と数えます。使い切っても、時間がたつにつれて戻ります。
bo-name-older = 一件ずつ開きます
bo-fault-frozen-title = 帳場を止めています
bo-fault-frozen-body = おとりのお客様の封が切られようとしたため、お客様の情報は、いまだれも開けません。店頭とご注文は続いています。いつ、だれの通行証でのことかは「蔵の様子」に出ています。

bo-vault-keys-title = 鍵の入れ替え
bo-vault-keys-lead = 店は開けたまま、少しずつ進みます。途中で止まっても、続きから始まります。
bo-vault-key-root = 元の鍵
bo-vault-key-person-wrap = お客様ごとの鍵を包む鍵
bo-vault-key-grant = メールの許しの鍵
bo-vault-key-staff-wrap = 係の控えの鍵
bo-vault-key-pepper = パスワードに混ぜる鍵
bo-vault-key-link = リンクの鍵
bo-vault-key-login = サインインの索引の鍵
bo-vault-key-person = お客様ごとの鍵
bo-vault-key-index = 検索の索引の鍵
bo-vault-key-runs = 進行中
bo-vault-key-waits = 待機中
bo-vault-key-done = { $total }件のうち{ $done }件が済みました。
bo-vault-key-until = 前の鍵で作ったものがまだ使われています。遅くとも{ $when }に終わります。
bo-vault-key-waiting = 前の鍵で作ったものがまだ使われています。使われなくなると、ひとりでに終わります。
