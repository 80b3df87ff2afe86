# The words of the watch

bo-watch-title = Watch
bo-watch-look = See what the watch found
bo-watch-well = Seen from outside, all is as it should be.
bo-watch-away = The watch is not looking at the shop.
bo-watch-away-todo = See to “dozo up” and logs/watch.jsonl. Until then nobody would notice a change.
bo-watch-open-count = { $n } { $n ->
    [one] thing needs
   *[other] things need
} a look.
bo-watch-last = Seen last
bo-watch-times = ({ $n } { $n ->
    [one] time
   *[other] times
})
bo-watch-told-who = Told
bo-watch-told = by { $channel } at { $at }
bo-watch-and = {" · "}
bo-watch-told-nobody = nobody yet
bo-watch-severity = Severity
bo-watch-severity-critical = critical
bo-watch-severity-warning = warning
bo-watch-channel-mail = mail
bo-watch-channel-webhook = webhook
bo-watch-channels-title = The watch, and whom it tells
bo-watch-looks = Watch
bo-watch-rounds = It last looked at { $at }: look number { $n } since its start.
bo-watch-scan = Search for card numbers
bo-watch-scan-progress = { $done } of { $total } MiB of logs and database are read. What is added is read at once.
bo-watch-closed = Folders that it cannot see
bo-watch-closed-folders = The watch cannot even list these: { $folders }
bo-watch-channel-fine = The last message arrived at { $at }.
bo-watch-channel-unused = Nothing to tell so far. “dozo watch test-alarm” tries it.
bo-watch-channel-failing = Nothing has arrived since { $at }. Check the receiver, and [alarm] in dozo.toml.
bo-watch-channels = Receivers
bo-watch-channels-none = There are none. Write a mail address under [alarm] in dozo.toml: until then, only this page tells.
bo-watch-over-title = Over
bo-watch-over-none = Nothing so far.
bo-watch-what = What
bo-watch-until = Until
bo-watch-browser = Browser that walks through the shop
bo-watch-browser-walks = It walks every 15 seconds, from a product to where an order would be placed.
bo-watch-browser-unsandboxed = It walks every 15 seconds. It runs as root and so without its own sandbox; with a user for each process it has one.
bo-watch-browser-missing = There is no Chromium, so what only a browser sees (scripts that run, what lies over a button) is not watched.
bo-watch-browser-off = Switched off in the settings. What only a browser sees is not watched.
bo-watch-browser-away = It does not walk at the moment.
