# 会員のページと、そのお申し込み

# 案内
account-nav-label = マイページのメニュー
account-nav-overview = マイページ
account-nav-orders = ご注文の履歴
account-nav-profile = お客様の情報
account-nav-addresses = お届け先帳
account-nav-mail = メールアドレスの変更
account-nav-password = パスワードの変更
account-nav-leave = 退会

# マイページ
account-greeting = { $name }様
account-greeting-nameless = マイページ
account-orders = 最近のご注文
account-no-orders = ご注文はまだございません。
account-all-orders = ご注文の履歴をすべて見る
account-to-shop = お品を見る
account-details = ご登録の内容
account-change-profile = お名前・ご住所を変更する
account-no-contact = お名前とご住所が、まだご登録されておりません。ご登録いただくと、ご注文のときに入力の手間が省けます。
account-order-count = これまでに{ $n }件のご注文をいただいております。
account-goods-more = { $first } ほか{ $more }点
account-again = もう一度注文する
account-again-of = もう一度注文する：{ $goods }
account-pages = 履歴のページ
account-newer = 新しいご注文へ
account-older = 前のご注文へ
account-save = 保存する
account-wait-minutes = 続けてお申し込みやお間違いがあったため、しばらくお待ちいただいております。{ $minutes }分ほどたってからお試しください。
account-done-registered = ご登録ありがとうございます。これからのご注文は、こちらからご覧いただけます。
account-done-password = パスワードを変更いたしました。ほかの端末でのサインインは、すべて終わっております。
account-done-mail-asked = 新しいメールアドレスへ、確認のメールをお送りしました。24時間のうちに、メールのリンクを開いてください。それまでは、これまでのメールアドレスのままです。
account-done-profile = お客様の情報を保存いたしました。
account-done-address-saved = お届け先を保存いたしました。
account-done-address-removed = お届け先を削除いたしました。

# お申し込み
register-title = 会員登録
register-lead = メールアドレスをお知らせください。ご登録のためのリンクを、メールでお送りします。
register-button = メールを送る
forgot-title = パスワードをお忘れのとき
forgot-lead = ご登録のメールアドレスをお知らせください。新しいパスワードを決めるためのリンクを、メールでお送りします。
forgot-button = メールを送る
ask-to-sign-in = サインインへ
ask-note = いただいたメールアドレスは、このご案内のほかには使いません。
sent-title = メールをお送りしました
sent-register = メールのリンクを24時間のうちに開いて、ご登録をお続けください。すでにご登録のメールアドレスには、その旨をお送りしています。
sent-forgot = メールのリンクから、新しいパスワードをお決めください。リンクは、一時間のあいだ一度だけお使いいただけます。
sent-missing = 数分待っても届かないときは、迷惑メールフォルダーと、入力なさったメールアドレスをお確かめください。一つのメールアドレスへは、一時間に五通までお送りします。
sent-again = もう一度送る
dead-title = このリンクはお使いいただけません
dead-body = すでにお使いになったか、期限が過ぎたか、あとから新しいメールをお申し込みになったようです。
dead-next = いちばん新しいメールのリンクをお開きになるか、もう一度お申し込みください。
dead-register = 会員登録を申し込む
dead-forgot = 新しいパスワードを申し込む
register-form-title = 会員登録
register-form-lead = メールアドレスを確認いたしました。お名前とご住所、パスワードをお書きください。
register-form-who = お客様の情報
register-form-password = サインインのためのパスワード
register-form-button = 登録する
register-agree = ご利用条件と、個人情報のお取り扱いに同意します
reset-title = 新しいパスワード
reset-lead = これからお使いになるパスワードをお決めください。
reset-button = パスワードを変更する
mail-confirm-title = 新しいメールアドレスのご確認
mail-confirm-lead = 下のボタンを押すと、このメールを受け取ったアドレスが、サインインとお知らせに使われます。
mail-confirm-button = 変更する
mail-changed-title = メールアドレスを変更いたしました
mail-changed-body = これからは、新しいメールアドレスでサインインしてください。これまでのアドレスにも、変更をお知らせしました。

# パスワード
field-new-password = 新しいパスワード
field-password-now = いまのパスワード
field-new-email = 新しいメールアドレス
password-hint = { $n }文字以上。言葉をいくつかつなげると、覚えやすく、人に知られにくくなります。
password-wrong = いまのパスワードが違うようです。

# マイページの各画面
account-profile-lead = ここに保存なさった内容が、ご注文のときに、はじめから入っています。これまでのご注文の内容は変わりません。
account-mail-lead = いまのメールアドレスは { $email } です。新しいアドレスへ確認のメールをお送りし、いまのアドレスにもお知らせします。
account-mail-button = 確認のメールを送る
account-password-lead = 変更すると、ほかの端末でのサインインはすべて終わります。
account-password-button = パスワードを変更する
addresses-lead = 贈り物の送り先などを控えておくと、ご注文のときに選べます。
addresses-empty = お届け先は、まだございません。
addresses-add = お届け先を加える
addresses-edit = 変更する
addresses-edit-of = { $name }様のお届け先を変更する
addresses-remove = 削除する
addresses-remove-of = { $name }様のお届け先を削除する
addresses-remove-sure = このお届け先を削除してよろしいですか。元には戻せません。
addresses-full = お届け先は{ $n }件まで控えられます。新しく加えるには、お使いにならないものを削除してください。
address-new-title = お届け先を加える
address-edit-title = お届け先を変更する
address-lead = お届けする方のお名前とご住所をお書きください。

# もう一度
again-title = もう一度のご注文
again-some = いまお求めいただけるものを、かごに入れました。
again-none = かごに入れられるものがございませんでした。
again-gone = いまは取り扱いのないもの
again-full = かごがいっぱいで、入らなかったもの
again-to-cart = かごを見る

# 退会
leave-lead = 退会なさると、お預かりしている個人情報を、当店のだれにも読めないように消去します。
leave-erased = 消去するもの：お名前、ご住所、電話番号、メールアドレス、お届け先帳、パスワード。これまでのご注文のお届け先も含みます。
leave-kept = 残るもの：ご注文の日付、品目、金額。お名前とは切り離して、帳簿として保ちます。
leave-final = 元には戻せません。ふたたびのご登録はいつでも承りますが、これまでのご注文はご覧になれなくなります。
leave-sure = 消去されたものは元に戻せないことを確認しました
leave-not-sure = 確認のしるしをお付けください。
leave-not-now = やめておく
leave-button = 退会する
leave-open-order = お届けの済んでいないご注文がございます。お届けのためにお名前とご住所が要りますので、済んでから退会のお手続きをお願いいたします。お急ぎのときは、ご注文の取り消しをお問い合わせください。
leave-money = ご返金かお支払いの手続きがまだ途中です。お金の行き来が済みましたら、退会していただけます。
leave-by-hand = この画面からは退会していただけません。お手数ですが、お問い合わせください。
left-title = 退会の手続きが終わりました
left-body = お預かりしていた個人情報は消去いたしました。お知らせのメールを、最後に一通お送りします。
left-thanks = これまでのご愛顧に、心よりお礼申し上げます。

# ご注文のときのお届け先帳
book-choose = お届け先帳から選ぶ
book-nobody = 選んでください
book-entry = { $name }様（{ $place }）
book-take = この方に届ける
book-taken = お届け先帳から入力しました。内容をお確かめください。
book-keep = このお届け先を、お届け先帳に控える
book-kept = お届け先を、お届け先帳に控えました。
book-full = お届け先帳がいっぱいのため、控えられませんでした。ご注文はこのままお進みいただけます。
book-not-kept = お届け先を控えられませんでした。ご注文はこのままお進みいただけます。
