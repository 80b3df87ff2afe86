# 情報漏えいのお知らせを受け取った方のためのページ。

notice-title = お知らせを確かめる
notice-lead = 当店からのメールや封書が本物かどうかを、そこに書かれた番号でお確かめいただけます。
notice-code-label = お知らせの番号
notice-code-hint = 英数字12文字です。大文字と小文字、ハイフンの有無は問いません。
notice-code-length = お知らせの番号は、英数字{ $wanted }文字です（いま{ $typed }文字）。お手もとの番号をもう一度お確かめください。
notice-button = 確かめる
notice-genuine = 当店がお送りしたお知らせです
notice-subject = 件名
notice-day = お知らせの日付
notice-genuine-note = 件名がお手もとのものと違うときは、番号を写した偽のお知らせかもしれません。書かれたリンクは開かず、お問い合わせください。
notice-unknown = この番号のお知らせは、お送りしておりません
notice-unknown-typed = まず、番号に間違いがないかをお確かめください。0と1、I・L・Oの文字は使っておりません。
notice-unknown-false = 番号が合っている場合は、当店を装った偽のお知らせと思われます。書かれたリンクを開かず、電話番号にもおかけにならないようお願いいたします。
notice-never-ask = 当店が、メールや電話、封書でカード番号や暗証番号、パスワードをお尋ねすることは、決してございません。
