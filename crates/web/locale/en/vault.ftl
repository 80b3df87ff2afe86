# How the vault is

bo-vault-title = The vault
bo-vault-well = All is well with the vault.
bo-vault-means = What it means
bo-vault-todo = What to do
bo-vault-look = See the vault

bo-vault-frozen-title = Somebody tried to open a planted customer: the back office is frozen
bo-vault-frozen-means = Among the customers are some who do not exist. Nobody opens them in daily work. Something tried to, so nothing of that request was opened, and for all staff opening, looking up and exporting customers’ data has stopped. The shop and its orders go on.
bo-vault-frozen-todo = First ask the person below what he or she was doing at that time. If it was not them, their pass was stolen or the shop’s program was changed. Everybody who was opened stands in the vault’s ledger, so ask a specialist before going on. If it was a mistake, the owner goes on with password and a fresh code; everybody else signs in again.
bo-frozen-when = When
bo-frozen-who = With whose pass
bo-frozen-what = What
bo-frozen-nobody = not known
bo-frozen-persons = { $n } persons were to be opened at once (none was).
bo-frozen-owner = Only the owner can end this.
bo-unfreeze-go = I have looked into it: go on
bo-done-unfrozen = The back office goes on. Everybody else signs in again.
bo-action-vault-unfreeze = ended the freeze

bo-vault-ledger-full-title = The vault’s ledger cannot be written
bo-vault-ledger-full-means = The vault does nothing that is not on its ledger first. So nothing is opened or sealed now. Orders are taken in envelopes and are not lost.
bo-vault-ledger-full-todo = Make room on the disk of the vault’s folder. It goes on by itself then.
bo-vault-ledger-broken-title = The vault’s ledger did not reach the disk
bo-vault-ledger-broken-means = Nobody can tell whether the last lines are on the disk, so the vault has stopped and starts again by itself, usually within seconds.
bo-vault-ledger-broken-todo = If this comes again, the disk is failing: make a backup and replace it.
bo-vault-clock-back-title = The clock was set back
bo-vault-clock-back-means = The machine’s clock is behind the last time on the ledger. Times on the ledger, and when links and passes end, cannot be relied on.
bo-vault-clock-back-todo = See how the clock is set (time synchronisation). This ends when the clock has caught up.
bo-vault-store-older-title = A part of the vault was put back from an old backup
bo-vault-store-older-means = The file of keys (vault.redb) is older than the ledger. Customers who came after that backup have no keys: what is sealed of them does not open.
bo-vault-store-older-todo = When restoring, put the whole data folder back, all of one time. If nobody restored anything, somebody has replaced a file: ask a specialist.
bo-vault-witness-away-title = The ledger’s witness has been away for a day
bo-vault-witness-away-means = Nobody outside has confirmed for 24 hours that the ledger was not rewritten. Shop and back office go on; only exports of customers’ data are stopped.
bo-vault-witness-away-todo = See whether watch runs and, where it is on another machine, whether it can reach this one. It goes on by itself when the next confirmation comes.
bo-vault-envelopes-refused-title = There are orders in envelopes that do not open
bo-vault-envelopes-refused-means = Of the orders taken while the vault was away, some cannot be opened: the key of that day is not in this vault.
bo-vault-envelopes-refused-todo = A backup of the vault that has the key opens them. If there is none, give the money back from the orders on hold.
bo-vault-envelopes = Orders in envelopes
bo-vault-envelopes-waiting = { $n } orders wait to be taken in.

bo-budget-title = How many persons can be opened in an hour
bo-budget-left = { $n } left (of { $max } in any hour)
bo-budget-note = The same person counts once, however often opened. What is used up comes back as time goes by.
bo-name-older = opened one by one
bo-fault-frozen-title = The back office is frozen
bo-fault-frozen-body = Somebody tried to open a planted customer, so nobody can open customers’ data now. The shop and its orders go on. When it was and with whose pass is shown under “The vault”.

bo-vault-keys-title = Change of keys
bo-vault-keys-lead = The shop stays open. If it is interrupted, it goes on where it was.
bo-vault-key-root = Root key
bo-vault-key-person-wrap = Key that wraps customers' keys
bo-vault-key-grant = Key of mails' grants
bo-vault-key-staff-wrap = Key of what is kept of staff
bo-vault-key-pepper = Key mixed into passwords
bo-vault-key-link = Key of links
bo-vault-key-login = Key of the sign-in index
bo-vault-key-person = Customers' own keys
bo-vault-key-index = Keys of the search indexes
bo-vault-key-runs = Running
bo-vault-key-waits = Waiting
bo-vault-key-done = { $done } of { $total } done.
bo-vault-key-until = Something made with the key before is still in use. It ends by { $when } at the latest.
bo-vault-key-waiting = Something made with the key before is still in use. It ends by itself when that is over.
