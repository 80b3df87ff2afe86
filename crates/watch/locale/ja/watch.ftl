# 見張りの言葉。メールと帳場の両方で使う。

page = { $page ->
    [home] 入口のページ
    [product] 商品のページ
    [cart] かごのページ
    [category] 品ぞろえのページ
    [search] さがすページ
    [checkout] ご注文のページ
    [confirm] ご注文を確かめるページ
    [sign_in] ログインのページ
    [account] お客様のページ
    [register] 登録のページ
    [forgot] パスワードを忘れたときのページ
    [news] お知らせのページ
    [legal] 決まりごとのページ
    [stores] 店舗のページ
    [contact] お問い合わせのページ
    [processor] 決済会社のページ
    [order] 注文のページ
   *[other] { $page } のページ
}
channel = { $channel ->
    [mail] メール
   *[webhook] Webhook
}

gate-silent = 店の玄関（gate）が答えません
gate-silent-todo = 機械と「dozo up」が動いているかを確かめてください。動いていれば、logs/gate.jsonl に理由があります。
name-unknown = お店の名前がどこにもつながらず、見張りが店を見られません
name-unknown-todo = この機械から、[tls] の host に書いた名前の住所が引けません。名前が DNS にあるか（なければ、お客様も来られません）、この機械の名前の引き先（DNS サーバー）が答えるかを確かめてください。この機械の中だけで分かればよいときは、/etc/hosts に書いてください。
page-silent = { $page }が届きません
page-silent-todo = 長く続くときは、logs/web.jsonl と logs/gate.jsonl を見てください。
status = { $page }が状態 { $status } で返ります
status-todo = 店のプログラムを更新している間なら、すぐに終わります。続くときは logs/web.jsonl を見てください。
content-type = { $page }が HTML ではありません
content-type-todo = 店のプログラムか、その手前の何かが書き換えられた恐れがあります。「dozo lock payment」でお支払いを止め、専門の方にご相談ください。
header-weak = { $page }を守る見出し { $header } が、無いか弱くなっています
header-weak-todo = 手前に置いた中継の設定を確かめてください。覚えがなければ、だれかがページを変えようとしています。
server-named = { $page }の返事が、サーバーの種類を名乗っています
server-named-todo = 店の返事は名乗りません。手前に、知らない中継が置かれていないか確かめてください。

ledger-silent = 蔵の帳面に答えがありません
ledger-unsigned = 蔵の帳面に、正しい署名がありません
ledger-rolled-back = 蔵の帳面が、前に見たときより短くなっています
ledger-forked = 蔵の帳面が、前に見たものと食い違っています
ledger-replaced = 蔵の帳面が、別の帳面に替わっています
ledger-begun-anew = 蔵の帳面が、新しい巻で始まりました
ledger-withheld = 蔵の帳面が、署名した中身を見せません
ledger-stands-still = 蔵が仕事をしたのに、帳面に行が増えていません
ledger-stale = 蔵の帳面の署名が、古すぎるか、先の時刻です
copy-failed = 帳面の写しを書けません
copy-full = 帳面の写しが、決めた大きさに達しました
not-handed-back = 立会いの署名が、蔵に受け取られません
ledger-evidence-todo = 帳面の写しは watch/witness にあります。触らずに残し、専門の方にご相談ください。だれの情報が開かれたかを調べる大切な証拠です。
ledger-anew-todo = 控えから蔵を戻したときは、こうなります。覚えがなければ、専門の方にご相談ください。
ledger-away-todo = 蔵（vault）が動いているか、機械の時計が合っているかを確かめてください。
copy-todo = 見張りのフォルダーがあるディスクの空きを確かめてください。

file-unexpected = 店のフォルダーに、あるはずのないもの（{ $file }）があります
file-unexpected-todo = 開いたり消したりせず、そのまま残してください。だれかが置いた仕掛けか、集めたデータかもしれません。お支払いを止め、専門の方にご相談ください。自分で置いたものなら、外へ移せば収まります。
file-grown = ファイル { $file } が、あるはずのない大きさになっています
file-grown-todo = だれかが、そこへ何かを書きためているかもしれません。そのまま残し、専門の方にご相談ください。
program-replaced = 店のプログラムのファイルが、いま動いているものと違います
program-replaced-todo = 更新した直後なら、店を閉めて開け直してください。覚えがなければ、開け直さず、専門の方にご相談ください。
journal-cut = 門の記録の一部が、なくなっています
journal-cut-todo = どのページがどなたに送られたかの記録が、消されたおそれがあります。写しは watch/entries.jsonl に残っています。dozo lock でお店を閉じて証拠を保全し、専門の方にご相談ください。
card-number = ファイル { $file } に、カード番号らしいものがあります（{ $disguise }）
card-number-todo = カード番号がこの店に届くことはありません。だれかが集めている恐れがあります。お支払いを止め、そのまま残して、専門の方にご相談ください。
disguise-plain = そのまま
disguise-reversed = 逆さの並び
disguise-hex = 16進
disguise-base64 = base64
disguise-xor = XOR
disguise-hash = おとりのカードのハッシュ

page-refused = 玄関（gate）が、書き換えられたページを止めました（{ $route }: { $why }）
page-refused-todo = そのページはお客様に届いていません。店のプログラムか、その手前が書き換えられた恐れがあります。そのまま残して、専門の方にご相談ください。
locked = { $closed ->
    [shop] 店全体
   *[payment] お支払い
}を閉めています（閉めたのは{ $by ->
    [gate] 玄関、自動で
    [owner] 店主、コマンドで
    [office] 帳場
    [watch] 見張り、自動で
   *[up] 見張りが途絶えたため、自動で
}）
locked-outside = お客様には、店またはお支払いを閉めているというお知らせが出ています
locked-todo = 訳を確かめてから、店主の署名で開けてください（dozo unlock）。訳の分からないときは、開けずに専門の方にご相談ください。
reported = お客様のブラウザーが、{ $kind ->
    [script] ページにない仕掛け（スクリプト）
    [hash] 中身の違うスクリプト
    [form] よそへ送ろうとする入力欄
    [connect] よそとの通信
    [frame] よそのページの埋め込み
   *[other] ページにない部品
}を知らせてきました（{ $from }）
reported-todo = 一時間のうちに三人以上のお客様から届きました。玄関より先（回線や中継）で書き換えられた恐れがあります。自分でもページを開き、覚えがなければ専門の方にご相談ください。

watch-silent = 見張り（watch）が十秒以上、動いていません
watch-silent-todo = logs/watch.jsonl を見て、店を閉めて開け直してください。そのあいだに店が書き換えられても、だれも気づきません。
not-delivered = お知らせが{ $channel }で届きません
not-delivered-todo = dozo.toml の [alarm] と、送り先が動いているかを確かめてください。「dozo watch test-alarm」で試せます。

honeytoken-opened = おとりのお客様の封が切られようとし、帳場を止めています
honeytoken-opened-todo = 帳場の「蔵の様子」に、いつ、だれの通行証でのことかが出ています。その係に確かめ、覚えがなければ専門の方にご相談ください。店頭とご注文は続いています。
mails-held = 一時間に開ける人数を使い切り、以前のご注文についてのメールが待っています
mails-held-todo = たった今、大勢のお客様へお知らせをなさったのなら、そのままで結構です。数時間のうちに順に出ていきます。覚えがないときは、メールを出すプロセスからお客様の情報が読まれているおそれがあります。帳場の「蔵の様子」をご覧ください。開かれた方は「dozo ledger persons」で一人残らず分かります。
processor-away = 決済会社が、勘定場（till）の問い合わせに答えません
processor-away-todo = カードで払おうとなさる方には、そのことをお知らせしています。ご請求はされません。途中だったお支払いは、返事があるまで確かめ続けます。決済会社の障害情報と、この機械からつながるかをお確かめください。logs/till.jsonl に様子が出ています。dozo.toml の [processor] の住所と、名前の引き先（DNS）もご確認ください。
disk-full = 店のフォルダーのディスクが、もうすぐいっぱいです
disk-full-todo = すぐに空きを作るか、大きなディスクへ移してください。空きがなくなると、ご注文を受けられず、お客様の情報も開けず、見張りも気づいたことを書き残せません。残りは「dozo doctor」で分かります。logs/*.old.jsonl は、よそへ移してかまいません。

severity-critical = 重大
severity-warning = 注意
mail-subject = 【土蔵】見張りのお知らせ（{ $shop }）: { $first }
mail-subject-more = { $first }、ほか{ $n }件
mail-subject-over = 【土蔵】収まりました（{ $shop }）: { $first }
mail-opening = 店を見張っている係（watch）が、次のことに気づきました。
mail-item = ■ [{ $severity }] { $title }
mail-item-open-again = まだ続いています
mail-item-over = { $time } に収まりました
mail-since = いつから: { $time }
mail-seen = 見た回数: { $n }回（最後は { $time }）
mail-todo = していただくこと: { $todo }
mail-more = ほかに{ $n }件あります。
mail-look = 帳場の「見張り」でご覧になれます: { $url }
mail-test-subject = 【土蔵】お知らせの試し（{ $shop }）
mail-test = これは「dozo watch test-alarm」で送った試しのお知らせです。何も起きていません。届いたなら、本当のお知らせも届きます。

page-changed = { $page }が、店主の署名したものと違います（{ $why ->
    [script] スクリプト
    [style] 見た目
    [handler] 仕掛け
    [form] 送り先のある入力欄
    [field] 入力欄
    [text] 言葉
    [frame] 別のページの埋め込み
    [head] ページの頭の部品
    [link] リンクや画像
    [notice] ページの代わりに出る、別のページ
   *[other] ページの組み立て（{ $why }）
}）
page-changed-todo = 玄関（gate）を通ったあとで書き換えられた恐れがあります。「dozo lock payment」でお支払いを止め、手前の中継や回線を確かめ、そのまま残して専門の方にご相談ください。
file-changed = 店の部品 { $file } が、店主の署名したものと違います
redirect-elsewhere = { $page }が、店の外へ連れて行こうとします
cloaked = { $page }が、見る人によって違います
cloaked-todo = 一部のお客様にだけ、別のページを見せている恐れがあります。「dozo lock payment」でお支払いを止め、そのまま残して専門の方にご相談ください。
manifest-missing = ページの目録がないため、見張りがページを照らし合わせられません
manifest-unsigned = ページの目録に、店主の正しい署名がありません
manifest-older = ページの目録が、前より古いものに戻されています
manifest-other-build = ページの目録が、いまの店のプログラムのものではありません
manifest-todo = 店主が「dozo manifest sign」で署名し直せば収まります。覚えのない変わり方なら、署名せずに専門の方にご相談ください。
manifest-other-owner = ページの目録に署名する鍵が、前とは別の鍵になっています
manifest-other-owner-todo = 店主が鍵を替えたのなら、watch/manifest/owner を消せば収まります。覚えがなければ、だれかがページを差し替えようとしています。専門の方にご相談ください。

seen-in-browser = { $page }で、あるはずのないものをブラウザーが見ました（{ $kind ->
    [script] スクリプト
    [request] よそへの通信
    [socket] よそとつながる通信
    [frame] 別のページの埋め込み
    [form] よそへ送る入力欄
    [field] 知らない入力欄
    [covered] ボタンを覆うもの
    [header] 守る見出し
    [page] ページの組み立て
    [policy] 決まりに反する動き
    [redirect] よそへの案内
    [card] おとりのカード番号の持ち出し
   *[other] ページの頭の部品
}: { $from }）
seen-in-browser-todo = 「dozo lock payment」でお支払いを止め、そのまま残して専門の方にご相談ください。カードを盗む仕掛けかもしれません。
browser-away = 店を歩くブラウザーが動いていません
browser-away-todo = logs/eyes.jsonl を見てください。そのあいだ、ブラウザーでしか見えない書き換えにはだれも気づきません。
browser-no-way = ブラウザーが、ご注文の手前までたどり着けません
browser-no-way-todo = お客様も同じかもしれません。商品の在庫と、お買い物の道を自分で試してください。理由は logs/eyes.jsonl にあります。

place = { $place ->
    [shop] お店
   *[processor] 決済会社
}
address-elsewhere = { $place }の名前が、決めたものと違うアドレスにつながります
address-elsewhere-todo = サーバーを移したのなら、dozo.toml の [watch] addresses を直してください。覚えがなければ、ドメインの管理画面に身に覚えのない変更がないか、すぐに確かめてください。
address-moved = { $place }の名前が、前とは別のアドレスにつながるようになりました
address-moved-todo = サーバーを移した覚えがあれば、一時間で収まります。覚えがなければ、ドメインの管理画面と、このサーバーの名前解決の設定を確かめてください。
certificate-refused = { $place }の住所で答える相手の証明書が、正しいものではありません
certificate-refused-todo = 証明書の期限と名前を確かめてください。お店の証明書をご自分の認証局で出したときは、その認証局のファイルを [tls] の ca_file に書いてください。正しい証明書を置いているのに続くなら、だれかがなりすましているかもしれません。「dozo lock payment」でお支払いを止めてください。
certificate-other-issuer = { $place }の証明書が、前とは別の認証局のものになりました
certificate-other-key = { $place }の証明書が、期限の前に、別の鍵のものになりました
certificate-changed-todo = 証明書を自分で取り直したのなら、一時間で収まります。覚えがなければ、だれかが店の名前で証明書を取ったのかもしれません。証明書の公開記録（Certificate Transparency）とドメインの設定を確かめてください。
certificate-ends = { $place }の証明書の期限が近づいています（{ $day } まで）
certificate-ends-todo = 店のものなら、新しい証明書を [tls] の場所に置いてください。店を閉めずに差し替わります。決済会社のものなら、決済会社にお知らせください。

staff-means = 帳場で働く人、またはその入り方が変わりました（{ $change ->
    [password] パスワード
    [code] 認証アプリ
    [passkey] パスキーの追加
    [passkey_removed] パスキーの取り外し
    [invited] 新しい人の招待
   *[removed] 人の取り消し
}）
staff-means-todo = 自分たちでしたことなら、一時間で収まります。覚えがなければ、だれかがスタッフになりすましています。帳場の「スタッフ」で全員をサインアウトさせ、見覚えのない人とパスキーを外してください。

gate-unread = 見張りが、門の記録を読めません：{ $file }
gate-unread-todo = このファイルの持ち主と権限を確かめてください。見張りの利用者が読めなければなりません。お店を開け直すと元に戻ります。それでも続くときは、門で起きていることを誰かが隠しているおそれがあります。そのあいだ、止めたページや、どのページが送られたかには気づけません。

database-unread = 見張りが、データベースの中身を読めません
database-unread-todo = dozo.toml の [watch] database と、その利用者の読み取りの権限を確かめてください。そのあいだ、データベースに隠されたカード番号には気づけません。

other-watch-silent = もう一台の機械の見張りが、十秒以上、動いていません
other-watch-silent-todo = その機械と、あいだの回線を確かめてください。店の機械の見張りのほうなら、店が乗っ取られたのかもしれません。お支払いの様子を、ご自分の目でも確かめてください。

renewal-fails = サイトの証明書を、更新できずにいます
renewal-fails-todo = 期限が来ると、お客様のブラウザに警告が出ます。logs/acme.jsonl に理由が書かれています。多くは、外から 80 番ポートに届かないためです。
