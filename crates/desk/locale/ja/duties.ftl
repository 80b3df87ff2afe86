# 届け出の期限、公表の前に確かめること、報告の下書き。値はすべて文字列で渡す。

gate-merchant = どなたの事故かを [merchant] に書いてください。
gate-version = いつ、だれが、なぜ改めたかを [[versions]] に書いてください。最初の版は number = 1 です。
gate-version-ahead = 最も新しい版の日付が、今日よりあとになっています。[[versions]] の on を確かめてください。
gate-status = 調査の状況を [investigation] に書いてください。終わっていなくてもかまいません。今どこまで進んでいるかが分かれば公表できます。
gate-contact = お客様の問い合わせ先を [contacts] に書いてください。公表と同時に、お問い合わせが始まります。
gate-contact-closed = 問い合わせ先の受付期間が終わっています。[contacts] の open_until を確かめてください。
gate-commission = 個人情報保護委員会への報告を [[filings]] に書いてください。まだのときは、その理由を not_yet に書きます。報告は、公表を待たずに行えます。
gate-police = 警察への届け出を [[filings]] に書いてください。まだのときは、その理由を not_yet に書きます。
gate-processor = 決済代行会社またはカード会社への報告を [[filings]] に書いてください。まだのときは、その理由を not_yet に書きます。
