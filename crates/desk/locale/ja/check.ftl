# 文面の確かめ。値はすべて文字列で渡す。

finding-certainty = 「{ $what }」は、漏えいが確かであるという言い方です。事実では「可能性」です。
finding-certainty-do = 「漏えいした可能性があります」と書きます。確かめられたら、事実の certainty または confirmed を改めます。
finding-safety = 「{ $what }」は、言い切れないことを言い切っています。
finding-safety-do = 分かっている範囲を書きます（例：「今回の対象に含まれていません」「○日までに悪用の報告は受けておりません」）。
finding-promise = 「{ $what }」は、事実にない約束です。
finding-promise-do = 約束できることだけを書きます。決まっているなら、事実の compensation や cards.reissue に書きます。
finding-secrets = 「{ $what }」を知らせるよう求めています。偽のお知らせと見分けがつかなくなります。
finding-secrets-do = お名前、登録のあるメールアドレスまたは電話番号だけをお尋ねします。
finding-link = 「{ $what }」は、事実にある当店のアドレスではありません（https でないものも含みます）。
finding-link-do = merchant と contacts に書いたアドレスだけを載せます。
finding-phone = 「{ $what }」は、事実の contacts にある電話番号ではありません。
finding-phone-do = contacts の phone を載せます。
finding-subject = 「{ $what }」は、お知らせの件名と違います。件名が違うと、お客様は本物かどうかを見分けられません。
finding-subject-do = `dozo incident notice` が示す件名を、そのまま使います。
finding-figure = 「{ $what }」という数は、事実にも集計にもありません。
finding-figure-do = 集計（--scope）の数か、stated に書いた数を使います。
finding-day = 「{ $what }」という日は、事実にありません。
finding-day-do = 事実の日付を使います。新しい日付は、まず事実に書きます。
finding-term = 「{ $what }」は過ぎています。これからのこととして書かれています。
finding-term-do = 過ぎたこととして書くか、事実の期限を改めます。

# 直し方に続ける。
finding-between = {""}
finding-ours = この事実では、次のとおりです：{ $ours }
finding-uncounted = --scope がないため、集計の数は確かめられていません。

finding-item = 「{ $what }」が対象のように読めますが、事実では、どの原因（または名を挙げた原因）の対象でもありません。
finding-item-do = 事実の items にある項目だけを書きます。対象が増えたなら、まず事実に書きます。
