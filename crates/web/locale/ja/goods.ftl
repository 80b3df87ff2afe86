# 一覧のページ送り
pager-label = ページ送り
pager-prev = 前のページ
pager-next = 次のページ
pager-where = { $page } / { $pages }ページ

# さがす
search-mended = もしかして「{ $words }」でしょうか。こちらでおさがししました。
search-some = すべての言葉に合うお品はありませんでした。近いものをご覧ください。
search-popular = いまのおすすめ

# お品の登録
bo-product-reading = 読みと別の書き方
bo-product-reading-hint = 店頭でさがすための言葉です。画面には出ません。ひらがなで、言葉ごとに空けて入れてください（例：くり ようかん 羊かん）。

# 在庫の動き
bo-move-any = すべての動き
bo-stock-csv = CSVで保存
bo-stock-history-filtered = あてはまる動きはありません。
bo-csv-on-hand-before = 前の棚の数
bo-csv-on-hand-after = 後の棚の数
bo-csv-reserved-before = 前の約束の数
bo-csv-reserved-after = 後の約束の数
bo-csv-staff = 係

# お品の写真
bo-pictures-title = 写真
bo-pictures-none = まだ写真はありません。
bo-pictures-save = 並び順と説明を保存
bo-picture-alt-ja = 写真の説明
bo-picture-alt-en = 写真の説明（英語）
bo-picture-alt-hint = 写真をご覧になれないお客様に、読み上げの声で伝わります（例：皿に盛った栗まんじゅう三つ）。
bo-picture-alt-en-hint = 空けておくと、日本語の説明を使います。
bo-picture-position = 並び順
bo-picture-remove = { $n }枚目を外す
bo-picture-add = 写真を加える
bo-picture-file = 写真のファイル
bo-picture-file-hint = JPEG、PNG、WebPで、10MBまで。撮った場所やカメラの名などの記録は、保存する前にすべて消します。
bo-picture-where = 入れるところ
bo-picture-add-new = 最後に加える
bo-picture-replace = { $n }枚目と差し替える
bo-picture-send = 写真を送る
bo-picture-wrong-none = 写真のファイルを選んでください。
bo-picture-wrong-bytes = この写真は10MBを超えています。小さくしてから選び直してください。
bo-picture-wrong-again = 写真のファイルを、もう一度選んでください。
bo-picture-wrong-type = JPEG、PNG、WebPのいずれかの写真を選んでください。
bo-picture-wrong-broken = 写真を最後まで読めませんでした。ファイルが壊れていないか、別の写真でお試しください。
bo-picture-wrong-large = 写真が大きすぎます。{ $max }00万画素までに縮めてください。
bo-picture-wrong-small = 写真が小さすぎます。短いほうの辺が{ $min }ピクセル以上のものを選んでください。
bo-picture-wrong-many = 写真は{ $max }枚までです。先に一枚外すか、差し替えてください。
bo-picture-wrong-twice = この写真は、もう入っています。
bo-done-picture-added = 写真を入れました。店頭にもう出ています。
bo-done-picture-removed = 写真を外しました。
bo-action-product-picture = 写真
bo-detail-add = 加えた
bo-detail-replace = 差し替えた
bo-detail-remove = 外した
bo-detail-order = 並び順と説明

# お知らせ（店頭）
news-title = お知らせ
news-none = いまは、お知らせはありません。
news-all = お知らせの一覧
news-more = ほかのお知らせ

# お知らせ（帳場）
bo-nav-news = お知らせ
bo-news-title = お知らせ
bo-news-new = お知らせを書く
bo-news-none = まだお知らせはありません。「お知らせを書く」から、新しいお品や休みの日をお伝えできます。
bo-news-col-title = 見出し
bo-news-when = 公開の日時
bo-news-day = 日
bo-news-time = 時刻
bo-news-when-note = この時刻になると、店頭に出ます。先の日時にしておけば、それまでは出ません。
bo-news-words = 見出しと文
bo-news-marks = 文はMarkdownで書けます。空の行で段落が分かれ、**太字**、## 小見出し、- 箇条書き、[言葉](/p/kuri-manju) のリンクが使えます。HTMLは、そのまま文字として出ます。
bo-news-title-ja = 見出し
bo-news-title-en = 見出し（英語）
bo-news-body-ja = 文
bo-news-body-en = 文（英語）
bo-news-preview = 下見する
bo-news-preview-note = 店頭ではこのように見えます。まだ保存していません。
bo-news-save = 保存する
bo-news-publish = 公開する
bo-news-withdraw = 取り下げる
bo-news-in-shop = 店頭で見る
bo-news-state-draft = 下書き
bo-news-state-waiting = 公開を待っている
bo-news-state-published = 公開中
bo-news-state-withdrawn = 取り下げた
bo-done-news-published = 公開しました。店頭にもう出ています。
bo-done-news-waits = 公開を決めました。日時になると、店頭に出ます。
bo-done-news-withdrawn = 取り下げました。店頭にはもう出ません。
bo-action-news-keep = お知らせ
bo-detail-save = 保存
bo-detail-publish = 公開
bo-detail-withdraw = 取り下げ
