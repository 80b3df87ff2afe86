# お一人おひとりへのお知らせ。値はすべて文字列で渡す。お名前と番号のところには、目印が入る。

notice-name = { $name } 様
notice-to-member = { $shop }をご利用くださり、ありがとうございます。
notice-to-guest = { $shop }でお買い物をしてくださり、ありがとうございます。会員登録をされていないお客様にも、お知らせしております。
notice-to-recipient = 突然のお知らせで失礼いたします。{ $shop }でご注文の品の、お届け先となったことのある方へお知らせしております。
notice-apology = ご心配とご迷惑をおかけしますことを、心よりお詫び申し上げます。
notice-heading = ■ { $title }
notice-yours = お客様について分かっていること
notice-please = お願いしたいこと
notice-genuine = このお知らせが本物であること
notice-contact = お問い合わせ
notice-possible = お客様のこれらの情報が、漏えいした可能性があります。
notice-confirmed = お客様のこれらの情報が漏えいしたことを、確認しております。
notice-possible-why = 実際に持ち出されたかどうかまでは、記録からは分かりません。念のため、情報が外に出たものとお考えになって備えてくださいますようお願いいたします。
notice-attempts-only = お支払いが完了しなかった場合も、入力された情報は対象となります。
notice-attempts-too = ご注文に至らなかった場合も、入力された情報は対象となります。
notice-code = このお知らせの番号は { $code } です。
notice-check-page = 番号は { $page } でお確かめになれます。
notice-more = くわしいこととご質問へのお答えは { $pages } に載せております。
letter-why = メールでお知らせできませんでしたので、この封書をお送りしております。
retraction-lead = 先日、{ $shop }から、お客様の情報が対象となる旨をお知らせいたしました。その後、調べ直したところ、お知らせの内容に誤りがありましたので、訂正いたします。
retraction-none = お客様の情報は、今回の対象ではございませんでした。先のお知らせは取り消します。
retraction-left = お客様の情報のうち、対象となるのは次のものです。そのほかは取り消します。
retraction-sorry = 誤ったお知らせでご心配をおかけしましたことを、深くお詫び申し上げます。
