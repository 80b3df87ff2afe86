# 文面の確かめ。値はすべて文字列で渡す。

finding-certainty = 「{ $what }」は、漏えいが確かであるという言い方です。事実では「可能性」です。
finding-certainty-do = 「漏えいした可能性があります」と書きます。確かめられたら、まず原因の「条件に当てはまる方は」を「流出が確認されている」に改めます（ファイルでは certainty または confirmed）。
finding-safety = 「{ $what }」は、言い切れないことを言い切っています。
finding-safety-do = 分かっている範囲を書きます（例：「今回の対象に含まれていません」「○日までに悪用の報告は受けておりません」）。
finding-promise = 「{ $what }」は、事実にない約束です。
finding-promise-do = 約束できることだけを書きます。決まっているなら、まず事実の「補償として約束すること」や「カード会社と再発行」に書きます（ファイルでは compensation、cards.reissue）。
finding-secrets = 「{ $what }」を知らせるよう求めています。偽のお知らせと見分けがつかなくなります。
finding-secrets-do = お名前、登録のあるメールアドレスまたは電話番号だけをお尋ねします。
finding-link = 「{ $what }」は、事実にある当店のアドレスではありません（https でないものも含みます）。
finding-link-do = 「店と会社」と「問い合わせ窓口」に書いたアドレスだけを載せます（ファイルでは merchant、contacts）。
finding-phone = 「{ $what }」は、「問い合わせ窓口」にある電話番号ではありません。
finding-phone-do = 「問い合わせ窓口」の電話番号を載せます（ファイルでは contacts の phone）。
finding-subject = 「{ $what }」は、お知らせの件名と違います。件名が違うと、お客様は本物かどうかを見分けられません。
finding-subject-do = お知らせの件名を、そのまま使います（`dozo incident notice` も同じ件名を示します）。
finding-figure = 「{ $what }」という数は、事実にも集計にもありません。
finding-figure-do = 店の記録から数えた数（--scope）か、ほかの人が述べた数（stated）を使います。
finding-day = 「{ $what }」という日は、事実にありません。
finding-day-do = 事実の日付を使います。新しい日付は、まず事実に書きます。
finding-term = 「{ $what }」は過ぎています。これからのこととして書かれています。
finding-term-do = 過ぎたこととして書くか、事実の期限を改めます。

# 直し方に続ける。
finding-between = {""}
finding-ours = この事実では、次のとおりです：{ $ours }
finding-uncounted = 数えた結果（--scope）がないため、数は確かめられていません。

finding-item = 「{ $what }」が対象のように読めますが、事実では、どの原因（または名を挙げた原因）の対象でもありません。
finding-item-do = 事実の「外に出た、または出たおそれのある情報」（items）にある項目だけを書きます。対象が増えたなら、まず事実に書きます。
