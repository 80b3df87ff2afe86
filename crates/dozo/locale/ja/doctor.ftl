# `dozo doctor` の文面。「-do」で終わるものは、どうすればよいか。

landlock-whole = ファイルと通信の壁（Landlock 第{ $version }版）：フォルダー、TCPポート、シグナルのすべてを守れます。
landlock-signals = ファイルと通信の壁（Landlock 第{ $version }版）：フォルダーとTCPポートは守れますが、他のプロセスへのシグナルは防げません。
landlock-signals-do = Linux 6.12以降のカーネルに上げてください。
landlock-ports = ファイルと通信の壁（Landlock 第{ $version }版）：フォルダーだけを守れます。どのポートへつなぐかは制限できません。
landlock-ports-do = Linux 6.12以降のカーネルに上げてください。
landlock-none = ファイルと通信の壁（Landlock）がありません。各プロセスは、同じユーザーのファイルをすべて読めます。
landlock-none-do = Linux 6.12以降のカーネルで、起動オプション lsm= に landlock を加えてください。それまでは --users を付けて起動してください。

calls-filtered = システムコールの壁（seccomp）：プログラムの起動などを防げます。
calls-unfiltered = システムコールの壁（seccomp）がありません。
calls-unfiltered-do = CONFIG_SECCOMP_FILTER の有効なカーネルで、x86-64かaarch64の機械をお使いください。

memory-unlimited = 鍵をメモリーに留める上限：ありません。
memory-locked = メモリー：蔵は自分のメモリー（{ $kib } KiB）を留めており、鍵はスワップへ出ません。
memory-limited = 鍵をメモリーに留めるには上限があり、蔵は留められません。鍵がスワップへ出るおそれがあります。
memory-limited-do = お店のために上限をなくしてください（systemdでは LimitMEMLOCK=infinity）。
memory-not-locked = 蔵は自分のメモリーを留めていません。鍵がスワップへ出るおそれがあります。
memory-not-locked-do = お店のために上限をなくしてください（systemdでは LimitMEMLOCK=infinity）。

swap-off = スワップ：ディスクへのスワップはありません。
swap-on = スワップが有効です（{ $devices }）。メモリーの中身がディスクに残るおそれがあります。
swap-on-do = 暗号化されていなければ、swapoff で止めるか、暗号化してください。

tpm-there = TPM：systemd-credsで、根の鍵をこの機械に結び付けられます。
tpm-no-chip = TPMがありません。根の鍵はファイルの権限、またはこの機械の鍵だけで守られます。
tpm-no-chip-do = 仮想機械なら仮想TPMを付けてください。付けられなければ、ディスク全体を暗号化してください。
tpm-no-creds = systemd-credsがありません。根の鍵はファイルの権限だけで守られます。
tpm-no-creds-do = systemdのある機械で、根の鍵をsystemd-credsに預けてください。

clock-right = 時計：合わせられています。
clock-free = 時計を合わせるものが動いていません。帳簿の時刻と、ワンタイムコードがずれます。
clock-free-do = systemd-timesyncd か chrony を動かしてください。
clock-unknown = 時計が合わせられているかどうか、分かりませんでした。
clock-unknown-do = systemd-timesyncd か chrony が動いているか、お確かめください。

disk-disk = データのフォルダー：{ $name } の上にあります。
disk-memory = データのフォルダーがメモリー上（{ $name }）にあります。電源が切れるとすべて失われます。
disk-memory-do = --data でディスク上のフォルダーを指定してください。
disk-network = データのフォルダーがネットワーク上（{ $name }）にあります。データベースが壊れるおそれがあります。
disk-network-do = --data でこの機械のディスク上のフォルダーを指定してください。
disk-unusual = データのフォルダーが { $name } の上にあります。書いたものが本当にディスクに届くかは、その下しだいです。
disk-unusual-do = お店を開くときは、ext4かxfsのディスクをお使いください。
disk-unknown = データのフォルダーのファイルシステム（{ $name }）は、私たちの知らないものです。
disk-unknown-do = お店を開くときは、ext4かxfsのディスクをお使いください。

space-enough = 空き容量：{ $mib } MiB（{ $percent }％）。
space-little = 空き容量が残り { $mib } MiB（{ $percent }％）です。
space-little-do = 場所を空けるか、ディスクを大きくしてください。
space-full = 空き容量が { $mib } MiB（{ $percent }％）しかありません。まもなく注文を受けられなくなります。
space-full-do = すぐに場所を空けてください。帳簿が書けなくなると、お客様の情報は開けなくなります。

sync-honest = 書き込み：ディスクに届くまで { $us } マイクロ秒。
sync-too-fast = 書き込みが { $us } マイクロ秒で終わりました。ディスクに届く前に「書けた」と答えているようです。
sync-too-fast-do = ディスクや仮想機械の書き込みキャッシュの設定をお確かめください。停電で、受けた注文が失われるおそれがあります。
sync-unknown = 書き込みを試せませんでした。
sync-unknown-do = このフォルダーに書けるユーザーで、もう一度お試しください。

shop-none = このフォルダーには、まだお店がありません。
shop-none-do = dozo new で、ご自分のお店を作れます。dozo up --demo なら、デモのお店が開きます。
shop-closed = お店は閉まっています。各プロセスの壁は、開いているときに分かります。
shop-closed-do = dozo up で開いてから、もう一度お試しください。
shop-open = お店は開いています。

users-own = ユーザー：プロセスごとに別のユーザーで動きます。
users-one = すべてのプロセスが一人のユーザーで動きます。プロセスを分けるのは、カーネルの壁と役割の鍵だけです。
users-one-do = お店を開くときは、rootで --users を付けて起動してください。
users-root = すべてのプロセスがrootで動きます（特権は捨てています）。
users-root-do = --users を付けて起動し、プロセスごとに別のユーザーにしてください。

demo-demo = これはデモです。暗号化されていないHTTPで、この機械からだけ使えます。メールはデモの受信箱に平文で残ります。
demo-demo-do = 本物のお客様の情報は入れないでください。
demo-practice = 練習中の店です。暗号化されていないHTTPで、この機械からだけ使えます。カードは練習台で払い、メールは練習の受信箱に平文で残ります。
demo-practice-do = 商いを始めるときは、別のフォルダーに dozo new で作り直してください。書き込んだファイルは --files で引き継げます。

modes-private = ファイルの権限：鍵と設定は、持ち主だけが読めます。
modes-open = 他のユーザーが読めるファイルがあります：{ $files }
modes-open-do = chmod go= を実行し、誰が読めたかをお確かめください。読まれたおそれのある鍵は、替えてください。

process-walled = { $name }：壁はすべて立っています（ユーザー番号 { $uid }、留めたメモリー { $locked } KiB）。
process-away = { $name }：動いていません。
process-away-do = logs/{ $name }.jsonl の終わりをご覧ください。
vault-well = 蔵：開け閉めができ、帳面に書けています。立会人も一日のうちに来ています。
vault-frozen = 蔵：帳場とお客様の情報の書き出しを止めています。おとりのお客様の封が切られようとしたか、練習の途中です。店頭とご注文は続いています。
vault-frozen-do = どちらなのか、だれの通行証でのことかは、帳場の「蔵の様子」に出ています。終えられるのは店主だけで、その画面から行います。
vault-ledger = 蔵：帳面に書けません。お客様の情報は開くことも封をすることもできず、ご注文は封筒でお預かりしています。
vault-ledger-do = 蔵のフォルダーがあるディスクの空きを作り、logs/vault.jsonl の終わりをご覧ください。
vault-witness = 蔵：帳面の立会人が、一日以上来ていません。書き出しだけを止めています。
vault-witness-do = watch が動いているか、別の機械に立会人を置いたときは、そちらの様子（dozo witness look）をお確かめください。
till-reached = 勘定場：決済会社が答えています。
till-away = 勘定場：決済会社の返事が { $seconds } 秒ありません。
till-away-do = 決済会社の障害情報、この機械のインターネット接続、logs/till.jsonl の終わりをご覧ください。カードで払おうとなさる方には、そのことをお知らせしています。
tls-private = TLSの鍵：持ち主だけが読めます。
tls-open = TLSの鍵（{ $file }）を、他のユーザーが読めます。
tls-open-do = chmod go= を実行し、誰が読めたかをお確かめください。読まれたおそれがあれば、新しい鍵で証明書を取り直してください。gate だけのグループに読ませるのは、かまいません。
process-calls = { $name }：システムコールの壁がありません。
process-calls-do = カーネルの設定をご確認のうえ、お店を開き直してください。
process-files = { $name }：ファイルと通信の壁が、すべては立っていません。
process-files-do = 上のLandlockの項をご覧ください。
process-powers = { $name }：特権が残っています。
process-powers-do = 1024番より小さいポートを使う gate だけなら、そのためのものです。ほかのプロセスなら、お知らせください。
process-user = { $name }：rootのままで動いています。
process-user-do = お店を開き直してください。直らなければ、お知らせください。

sum-good = すべて整っています。
sum-weaker = 試すには十分です。より強くできるところが { $weaker } か所あります。
sum-mend = このままでは、お店を開かないでください。直すところが { $mend } か所、より強くできるところが { $weaker } か所あります。

browser-there = ブラウザー：Chromiumが店を歩き、ブラウザーでしか見えない書き換えを見張ります。
browser-root = ブラウザー：Chromiumが店を歩きますが、rootで動かすとブラウザー自身の囲いがありません。
browser-root-do = --usersを付けて、プロセスごとに別のユーザーにしてください。
browser-none = Chromiumがありません。ブラウザーでしか見えない書き換えは見張られません。
browser-none-do = Chromiumを入れてください（Debianなら apt install chromium）。
