# What the watch says, in mails and in the back office.

page = { $page ->
    [home] The front page
    [product] A product's page
    [cart] The cart
    [category] A category's page
    [search] The search page
    [checkout] The order page
    [confirm] The page to confirm an order
    [sign_in] The sign-in page
    [account] A customer's page
    [register] The registration page
    [forgot] The page for a forgotten password
    [news] The news page
    [legal] A legal page
    [stores] The page of the stores
    [contact] The contact page
    [processor] The processor's page
    [order] An order's page
   *[other] The page { $page }
}
channel = { $channel ->
    [mail] mail
   *[webhook] the webhook
}

gate-silent = The shop's door (gate) does not answer
gate-silent-todo = See whether the machine and “dozo up” are running. If they are, logs/gate.jsonl says why.
name-unknown = The shop's name leads nowhere: the watch cannot look at the shop
name-unknown-todo = This machine finds no address for the name under [tls] host. See whether the name is in the DNS (customers do not get here either, if it is not), and whether this machine's name server answers. Where the machine is only to know the name by itself, write it into /etc/hosts.
page-silent = { $page } does not come
page-silent-todo = If it lasts, look at logs/web.jsonl and logs/gate.jsonl.
status = { $page } comes with status { $status }
status-todo = While the shop's program is being updated, this passes by itself. If it lasts, look at logs/web.jsonl.
content-type = { $page } is not HTML
content-type-todo = The shop's program, or something in front of it, may have been changed. Stop payments with “dozo lock payment” and ask a specialist.
header-weak = { $page }: the protecting header { $header } is missing or weaker
header-weak-todo = Check the configuration of any proxy in front of the shop. If nobody changed it, somebody is trying to change your pages.
server-named = { $page }: the answer names the software of a server
server-named-todo = The shop's own answers never do. See whether an unknown proxy stands in front of the shop.

ledger-silent = The vault's ledger does not answer
ledger-unsigned = The vault's ledger bears no right signature
ledger-rolled-back = The vault's ledger is shorter than it was
ledger-forked = The vault's ledger contradicts what was seen before
ledger-replaced = The vault's ledger was replaced by another one
ledger-begun-anew = The vault's ledger begins a new volume
ledger-withheld = The vault's ledger does not show what it signed
ledger-stands-still = The vault has worked, and its ledger has no new line
ledger-stale = The ledger's newest signature is too old, or from the future
copy-failed = The copy of the ledger cannot be written
copy-full = The copy of the ledger has reached its largest size
not-handed-back = The vault does not take the witness's signature
ledger-evidence-todo = The copy of the ledger is in watch/witness. Leave it untouched and ask a specialist: it is the evidence of whose records were opened.
ledger-anew-todo = This is so after the vault was restored from a backup. If nobody did that, ask a specialist.
ledger-away-todo = See whether the vault is running, and whether the machine's clock is right.
copy-todo = See whether there is room on the disk of the watch's folder.

file-unexpected = Something lies in the shop's folder that does not belong there: { $file }
file-unexpected-todo = Neither open nor delete it: it may be somebody's tool, or what he collected. Stop payments and ask a specialist. If you put it there yourself, move it elsewhere.
file-grown = The file { $file } is larger than it can be
file-grown-todo = Somebody may be collecting something in it. Leave it as it is and ask a specialist.
program-replaced = The file of the shop's program is not the one that is running
program-replaced-todo = Right after an update, close the shop and open it again. If you did not update it, do not: ask a specialist.
journal-cut = Part of the gate's journal is gone
journal-cut-todo = Somebody may have removed the record of which pages were sent to whom. A copy is in watch/entries.jsonl. Close the shop with dozo lock, which preserves the evidence, and ask a specialist.
card-number = There seems to be a card number in the file { $file } ({ $disguise })
card-number-todo = No card number ever reaches this shop, so somebody may be collecting them. Stop payments, leave the file as it is and ask a specialist.
disguise-plain = as it stands
disguise-reversed = written backwards
disguise-hex = in hexadecimal
disguise-base64 = in base64
disguise-xor = XORed
disguise-hash = hash of the honey card

page-refused = The gate held back a page that was changed ({ $route }: { $why })
page-refused-todo = No customer was shown it. The shop's program, or something in front of it, may have been changed. Leave it as it is and ask a specialist.
locked = { $closed ->
    [shop] The shop is
   *[payment] Payments are
} closed (by { $by ->
    [gate] the gate
    [owner] the owner
    [office] the back office
    [watch] the watch
   *[up] the supervisor, since the watch was silent
})
locked-outside = Customers are shown that the shop, or payment, is closed
locked-todo = Open again when you know why: the owner signs (dozo unlock). If you do not, ask a specialist first.
reported = Customers' browsers report { $kind ->
    [script] a script that is not ours
    [hash] a script of ours with other contents
    [form] a form that sends elsewhere
    [connect] a connection to elsewhere
    [frame] a page of somebody else in ours
   *[other] something that is not part of our pages
} ({ $from })
reported-todo = Three customers or more within an hour say so. The page may be changed behind the gate, on its way. Open it yourself, and ask a specialist if you cannot explain it.

watch-silent = The watch has given no sign of life for ten seconds
watch-silent-todo = Look at logs/watch.jsonl, close the shop and open it again. Until then nobody would notice a changed page.
not-delivered = Alarms do not arrive by { $channel }
not-delivered-todo = Check [alarm] in dozo.toml and whether the receiver is up. “dozo watch test-alarm” tries it.

honeytoken-opened = Somebody tried to open a planted customer, and the back office is frozen
honeytoken-opened-todo = "The vault" in the back office shows when it was and with whose pass. Ask that person, and get help if it was not him or her. The shop and its orders go on.
mails-held = Mails about older orders wait: this hour’s number of persons is used up
mails-held-todo = If you told many customers something just now, there is nothing to do: these mails leave within the next hours. If not, somebody may be reading customers’ records through the process that sends mail. "The vault" in the back office says more; "dozo ledger persons" names everybody who was opened.
processor-away = The payment company does not answer the till
processor-away-todo = Whoever wants to pay by card is told so, and nothing is charged; what was begun is asked about until there is an answer. See whether the payment company reports an outage, and whether this machine reaches it. logs/till.jsonl says what happens; is the address under [processor] right, and the name server?
disk-full = The disk of the shop's folder is almost full
disk-full-todo = Make room now, or use a larger disk: without room no order is taken, no customer's data is opened, and the watch cannot write down what it finds. "dozo doctor" says how much is left. Files logs/*.old.jsonl may be moved away.

severity-critical = critical
severity-warning = warning
mail-subject = [Dozo] The watch reports ({ $shop }): { $first }
mail-subject-more = { $first }, and { $n } more
mail-subject-over = [Dozo] Over ({ $shop }): { $first }
mail-opening = The watch over your shop has noticed the following.
mail-item = * [{ $severity }] { $title }
mail-item-open-again = still open
mail-item-over = over since { $time }
mail-since = Since: { $time }
mail-seen = Looks: { $n } (the last at { $time })
mail-todo = What to do: { $todo }
mail-more = And { $n } more.
mail-look = The page “Watch” of the back office shows all: { $url }
mail-test-subject = [Dozo] A test of the alarms ({ $shop })
mail-test = This is a test sent by “dozo watch test-alarm”. Nothing is wrong. If you read this, real alarms reach you, too.

page-changed = { $page } is not what the owner signed ({ $why ->
    [script] a script
    [style] a style
    [handler] something that runs
    [form] a form
    [field] a field
    [text] a text
    [frame] a frame
    [head] the head of the page
    [link] a link or picture
    [notice] another page in its place
   *[other] how the page is built: { $why }
})
page-changed-todo = It may have been changed after it passed the gate. Stop payment with "dozo lock payment", look at proxies and lines in front of the shop, leave everything as it is and ask a specialist.
file-changed = The shop's file { $file } is not what the owner signed
redirect-elsewhere = { $page } leads out of the shop
cloaked = { $page } is not the same for everybody
cloaked-todo = Some customers may be shown another page than others. Stop payment with "dozo lock payment", leave everything as it is and ask a specialist.
manifest-missing = There is no page manifest, so the watch cannot hold pages against it
manifest-unsigned = The page manifest does not bear the owner's signature
manifest-older = The page manifest was put back to an older one
manifest-other-build = The page manifest is not that of the shop's present program
manifest-todo = If the owner signs it anew with "dozo manifest sign", this is over. If you do not know how it came to change, do not sign, and ask a specialist.
manifest-other-owner = The key that signs the page manifest is another one than before
manifest-other-owner-todo = If the owner changed the key, remove watch/manifest/owner and this is over. If not, somebody is trying to replace the pages: ask a specialist.

seen-in-browser = { $page } holds what does not belong there, as a browser saw it ({ $kind ->
    [script] a script
    [request] a request to elsewhere
    [socket] a connection to elsewhere
    [frame] a frame
    [form] a form that leads elsewhere
    [field] an unknown field
    [covered] something over the button
    [header] a security header
    [page] how the page is built
    [policy] something against the page's policy
    [redirect] a way out of the shop
    [card] the honey card sent away
   *[other] the head of the page
}: { $from })
seen-in-browser-todo = Stop payment with "dozo lock payment", leave everything as it is and ask a specialist. It may be there to steal cards.
browser-away = The browser that walks through the shop does not walk
browser-away-todo = Look at logs/eyes.jsonl. Meanwhile nobody notices what only a browser sees.
browser-no-way = The browser does not get as far as the order
browser-no-way-todo = Customers may not, either. Look at the stock, and try to buy something yourself. logs/eyes.jsonl says why.

place = { $place ->
    [shop] shop
   *[processor] payment processor
}
address-elsewhere = The { $place }'s name leads to other addresses than those in the settings
address-elsewhere-todo = If the server was moved, change [watch] addresses in dozo.toml. If not, look at once whether somebody changed the domain.
address-moved = The { $place }'s name leads to other addresses than before
address-moved-todo = If the server was moved, this is over in an hour. If not, look at the domain, and at how this machine looks up names.
certificate-refused = Whoever answers at the { $place }'s address has no valid certificate
certificate-refused-todo = Look at the certificate's name and dates. Where an authority of your own signed the shop's, name that authority's file under [tls] as ca_file. If the right one is in its place and this lasts, somebody may pose as the other side: stop payment with "dozo lock payment".
certificate-other-issuer = The { $place }'s certificate is by another authority than before
certificate-other-key = The { $place }'s certificate has another key, before it was due
certificate-changed-todo = If you had it issued anew, this is over in an hour. If not, somebody may have obtained one in the shop's name: look at the public records (Certificate Transparency) and at the domain.
certificate-ends = The { $place }'s certificate ends soon ({ $day })
certificate-ends-todo = Put a new one in the place that [tls] names; it is taken while the shop is open. If it is the processor's, tell them.

staff-means = Who works in the back office, or how they sign in, was changed ({ $change ->
    [password] a password
    [code] an authenticator app
    [passkey] a passkey added
    [passkey_removed] a passkey removed
    [invited] somebody invited
   *[removed] somebody removed
})
staff-means-todo = If one of you did it, this is over in an hour. If not, somebody is using a colleague's account: sign everybody out under "Staff" in the back office, and remove who and what you do not know.

gate-unread = The watch cannot read what the gate writes down: { $file }
gate-unread-todo = Look at the owner and the mode of this file: the watch's user must be able to read it. Starting the shop again puts both right; if it comes back, somebody may be hiding what happens at the gate. Meanwhile refused pages and what was sent to whom go unnoticed.

database-unread = The watch cannot read the database
database-unread-todo = Check [watch] database in dozo.toml, and that its user may read. Meanwhile card numbers that are hidden in the database go unnoticed.

other-watch-silent = The watch on the other machine has given no sign of life for ten seconds
other-watch-silent-todo = Look at that machine, and at the line between. If it is the one on the shop's machine, somebody may have taken the shop over: look at it yourself.

renewal-fails = The shop's certificate is due and cannot be renewed
renewal-fails-todo = When it ends, browsers warn your customers. logs/acme.jsonl says why; most often port 80 cannot be reached from outside.
