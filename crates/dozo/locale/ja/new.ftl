# `dozo new` の文面。「fault-」で始まるものは、商人の書いたファイルの誤りと、どう直すか。

made = { $data } にお店のフォルダーを作りました。次の順にお進みください。
    1. { $data }/merchant の shop.toml と catalogue.toml に、お店のことと、お品を書く
    2. { $data }/dozo.toml を読み、メールのサーバーと決済会社を書く
    3. 決済会社の鍵を { $data }/till/processor.key と { $data }/till/webhook.secret に置く
    4. dozo manifest key でご自分の鍵を作り、dozo manifest sign --data { $data } でページに署名する
    5. dozo new --check --data { $data } で、足りないものがないか確かめる
    6. dozo up --data { $data } で開ける
made-practice = { $data } に練習用のお店のフォルダーを作りました。次の順にお進みください。
    1. { $data }/merchant の shop.toml と catalogue.toml に、お店のことと、お品を書く
    2. dozo new --check --data { $data } で、足りないものがないか確かめる
    3. dozo up --data { $data } で開ける
check-good = { $data }：足りないものはありません。dozo up --data { $data } で開けられます。
check-faults = まだ開けられません。足りないところ、直すところが { $n } か所あります。

no-processor-key = till/processor.key がありません。決済会社の秘密の鍵を、この名前のファイルに一行で置いてください。
no-webhook-secret = till/webhook.secret がありません。決済会社が Webhook に署名する秘密を、この名前のファイルに一行で置いてください。
no-dkim-key = post/dkim.key がありません。dozo post dkim で作ってください。
no-manifest-owner = dozo.toml の [manifest] に owner がありません。dozo manifest key で店主の鍵を作り、出てきた一行を書いてください。
no-signature = ページの署名がありません。dozo manifest sign --data { $data } で署名してください。

fault-form = TOMLとして読めません：{ $says }
fault-missing = ファイルがありません。dozo new が作るものをもとに書いてください。
fault-not-utf8 = UTF-8の文字として読めません。UTF-8で保存してください。
fault-unreadable = ファイルが読めません。読める権限にしてください。
fault-empty = 空です。ここに書いてください。
fault-characters = 使えない文字（制御文字、改行、< >）があります。取り除いて書いてください。
fault-long = 長すぎます。{ $value }文字までで書いてください。
fault-postcode = 郵便番号は 390-0811 のように、七けたの数字で書いてください。
fault-phone = 電話番号は 0263-00-0000 のように、市外局番から書いてください。
fault-email = メールアドレスは shop@example.jp のように書いてください。
fault-invoice = 登録番号は T と13けたの数字です。お持ちでなければ空のままにしてください。
fault-amount = 金額は 0 から 1000000 までの円で書いてください。
fault-cash-steps = 代金引換の手数料は、up_to（1 から 1000000 までの円）の小さい順に、fee（0 円から）と並べて書いてください。
fault-hour = 時刻は 0 から 24 までで書いてください。
fault-days = 日数は 0 から { $value } までで書いてください。
fault-no-working-day = すべての曜日が休みになっています。発送する曜日を残してください。
fault-slug = アドレスに使う言葉です。英小文字・数字・ハイフンだけで、64文字までで書いてください。
fault-sku = 品番は、40文字までで書いてください。
fault-twice = 「{ $value }」は、ほかにもあります。別の言葉にしてください。
fault-twice-jan = このJANコードは、ほかにもあります。お確かめください。
fault-no-categories = お品の種類（[[category]]）が、ひとつもありません。少なくともひとつ書いてください。
fault-no-category = 種類「{ $value }」がありません。[[category]] の slug のどれかを書いてください。
fault-no-picture = 写真 { $value } が merchant/pictures にありません。置くか、この行を消してください。
fault-picture-name = 写真のファイル名「{ $value }」は使えません。英数字とハイフンだけの名前に、.jpg、.png、.webp、.svg のどれかを付けてください。
fault-picture-type = { $value } は、JPEG、PNG、WebPの写真でも、SVGの絵でもありません。
fault-picture-svg = { $value } には、動くもの、ほかから読み込むもの、文字のどれかが入っています（または viewBox がありません）。JPEGかPNGにしてください。
fault-picture-large = { $value } は画素が多すぎます。2500万画素までにしてください。
fault-picture-small = { $value } は小さすぎます。短い辺を200画素以上にしてください。
fault-picture-broken = { $value } は途中で壊れています。もう一度保存してください。
fault-day = 日付がありません。month は 1 から 12、day は 1 から 28 で書いてください。
fault-month = 月は 1 から 12 で書いてください。
fault-allergen-twice = 同じアレルゲンが二度あります。
fault-no-shelf-life = 食品には日持ち（shelf_life_days）を、製造からの日数で書いてください。
fault-no-storage = 食品には保存のしかた（storage）を "ambient"（常温）か "cool"（冷蔵）で書いてください。
fault-no-food = composition の食品が foods.json にありません。nutrition に栄養成分を書くこともできます。
fault-only-food = 食品でないお品（tax = "standard"）には、アレルゲン、栄養成分、保存のしかたを書きません。
fault-no-variants = 買えるものがありません。variants に、品番、名前、値段を書いてください。
fault-price = 値段は 1 から 1000000 までの円（税込）で書いてください。
fault-jan = { $value } は13けたのJANコードではありません（チェックディジットが合いません）。
fault-weight = 重さ（grams）は、入り数（pieces）で割り切れるグラムで書いてください。栄養成分のあるお品には、重さが要ります。
fault-stock-max = reorder_at と on_hand は、stock_max までにしてください。
fault-order-max = order_max は 1 から { $value } までで書いてください。

machine-says = { $value }
machine-not-this-machine = { $value } は、ほかの機械からも見えます。健康と数字は、この機械だけのものです。127.0.0.1:8084 のように書いてください。
machine-smtp-host = 「{ $value }」は、この機械ではありません。メールは暗号化せずに渡すので、この機械（127.0.0.1）に Postfix などの中継を置き、その先へ送らせてください。
machine-port = ポートは 1 から 65535 までで書いてください。
machine-mail = 「{ $value }」は、メールアドレスではありません。
machine-owner-key = 公開鍵として読めません。dozo manifest key が出す一行を、そのまま写してください。
machine-witness-key = { $value } は、証人の鍵ではありません。dozo witness key が出す一行を、そのまま写してください。
machine-no-pages = カードを入れる画面の場所を書いてください（https://checkout.stripe.com など）。
machine-pages = { $value } は、https の場所ではありません。https:// と名前だけを書いてください（https://checkout.stripe.com など）。
machine-empty-key = { $value } が空か、一行ではありません。決済会社の秘密の鍵を、一行で置いてください。
machine-empty-secret = { $value } が空か、一行ではありません。決済会社が Webhook に署名する秘密を、一行で置いてください。
machine-host = 「{ $value }」は、名前だけではありません。https:// も道筋も付けずに、shop.example.jp のように書いてください。
machine-same-port = ポート { $value } は、お店のポートです。redirect は、0.0.0.0:80 のように別のポートにしてください。
