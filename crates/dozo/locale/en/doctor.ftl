# What `dozo doctor` says. What ends with "-do" says what to do.

landlock-whole = Walls around files and network (Landlock, version { $version }): folders, TCP ports and signals.
landlock-signals = Walls around files and network (Landlock, version { $version }): folders and TCP ports; not signals to other processes.
landlock-signals-do = Use Linux 6.12 or later.
landlock-ports = Walls around files (Landlock, version { $version }): folders only. Which ports a process connects to is not bounded.
landlock-ports-do = Use Linux 6.12 or later.
landlock-none = There are no walls around files and network (Landlock). Each process can read all files of its user.
landlock-none-do = Use Linux 6.12 or later, with landlock in the boot option lsm=. Until then, start the shop with --users.

calls-filtered = Walls around system calls (seccomp): no process can start a program.
calls-unfiltered = There are no walls around system calls (seccomp).
calls-unfiltered-do = Use a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or aarch64.

memory-unlimited = Memory that may be locked for keys: without a limit.
memory-locked = Memory: the vault has locked its own ({ $kib } KiB), no key gets into swap.
memory-limited = The memory that may be locked is limited: the vault would lock nothing, and keys could get into swap.
memory-limited-do = Lift the limit for the shop (in systemd: LimitMEMLOCK=infinity).
memory-not-locked = The vault has locked nothing of its memory: keys could get into swap.
memory-not-locked-do = Lift the limit for the shop (in systemd: LimitMEMLOCK=infinity).

swap-off = Swap: none on a disk.
swap-on = Swap is on ({ $devices }): what is in memory can end up on a disk.
swap-on-do = Unless it is encrypted, turn it off with swapoff, or encrypt it.

tpm-there = TPM: systemd-creds can bind the root key to this machine.
tpm-no-chip = There is no TPM. File modes, or a key of this machine, are all that guards the root key.
tpm-no-chip-do = Give a virtual machine a virtual TPM. Otherwise encrypt the whole disk.
tpm-no-creds = There is no systemd-creds. File modes are all that guards the root key.
tpm-no-creds-do = Use a machine with systemd, and give the root key to systemd-creds.

clock-right = Clock: kept right.
clock-free = Nothing keeps the clock right: times on the ledger and one-time codes will be off.
clock-free-do = Run systemd-timesyncd or chrony.
clock-unknown = Whether the clock is kept right could not be told.
clock-unknown-do = See whether systemd-timesyncd or chrony runs.

disk-disk = Data folder: on { $name }.
disk-memory = The data folder is in memory ({ $name }): all is lost when the power goes.
disk-memory-do = Name a folder on a disk with --data.
disk-network = The data folder is on the network ({ $name }): the database can break there.
disk-network-do = Name a folder on a disk of this machine with --data.
disk-unusual = The data folder is on { $name }. Whether what is written reaches a disk depends on what lies below.
disk-unusual-do = To sell, use a disk with ext4 or xfs.
disk-unknown = The data folder is on a file system that we do not know ({ $name }).
disk-unknown-do = To sell, use a disk with ext4 or xfs.

space-enough = Free space: { $mib } MiB ({ $percent } %).
space-little = Free space: only { $mib } MiB ({ $percent } %) are left.
space-little-do = Make room, or use a larger disk.
space-full = Free space: { $mib } MiB ({ $percent } %). Soon no order can be taken.
space-full-do = Make room now. When the ledger cannot be written, no customer's data can be opened.

sync-honest = Writing: { $us } µs until it is on the disk.
sync-too-fast = A write was done after { $us } µs: it seems that the disk says so before it is true.
sync-too-fast-do = Look at the write cache of the disk or the virtual machine. Orders could be lost when the power goes.
sync-unknown = Writing could not be tried.
sync-unknown-do = Try again as a user who may write in this folder.

shop-none = There is no shop in this folder yet.
shop-none-do = dozo new makes a shop of your own; dozo up --demo opens the demo shop.
shop-closed = The shop is closed. The walls of each process show while it is open.
shop-closed-do = Open it with dozo up, and try again.
shop-open = The shop is open.

users-own = Users: each process has one of its own.
users-one = All processes are one user. Nothing but the kernel's walls and the keys of the roles parts them.
users-one-do = To sell, start the shop as root with --users.
users-root = All processes are root (without its powers).
users-root-do = Start the shop with --users, so that each process is a user of its own.

demo-demo = This is the demo: plain HTTP, for this machine only; its mails stay readable in the demo's mailbox.
demo-demo-do = Give it nobody's real data.
demo-practice = This shop is in practice: plain HTTP, for this machine only; cards are paid at the sandbox, and mails stay readable in the mailbox.
demo-practice-do = To sell, make a shop in another folder with dozo new; --files takes over what you have written.

modes-private = File modes: keys and settings are for their owner only.
modes-open = Others can read: { $files }
modes-open-do = Run chmod go= on these, see who could, and change every key that may have been read.

process-walled = { $name }: all walls stand (user { $uid }, { $locked } KiB of memory locked).
process-away = { $name }: does not run.
process-away-do = See the end of logs/{ $name }.jsonl.
vault-well = vault: opens and seals, its ledger is written, its witness was there within a day.
vault-frozen = vault: staff and exports are frozen, because a planted customer was opened or a drill is under way. The shop and its orders go on.
vault-frozen-do = "The vault" in the back office says which of the two, and with whose pass. Only the owner ends it, there.
vault-ledger = vault: its ledger cannot be written. Nothing is opened or sealed; orders wait in envelopes.
vault-ledger-do = Make room on the disk of the vault's folder, and see the end of logs/vault.jsonl.
vault-witness = vault: the ledger's witness has been away for a day. Exports are stopped, all else goes on.
vault-witness-do = See whether watch runs, and the witness on the other machine where there is one (dozo witness look).
till-reached = till: the payment processor answers.
till-away = till: the payment processor has not answered for { $seconds } s.
till-away-do = See whether it reports an outage, whether this machine reaches it, and the end of logs/till.jsonl. Whoever wants to pay by card is told so.
tls-private = TLS key: for its owner only.
tls-open = Others can read the TLS key ({ $file }).
tls-open-do = Run chmod go= on it, see who could, and have a new key certified if it may have been read. A group for the gate alone is all right.
process-calls = { $name }: no walls around system calls.
process-calls-do = Look at the kernel's settings, and open the shop again.
process-files = { $name }: not all walls around files and network stand.
process-files-do = See what is said of Landlock above.
process-powers = { $name }: has powers of root.
process-powers-do = A gate on a port below 1024 needs one. For any other process, please tell us.
process-user = { $name }: is still root.
process-user-do = Open the shop again. If that does not help, please tell us.

sum-good = All is well.
sum-weaker = Good enough to try the shop. What could be stronger: { $weaker }.
sum-mend = Do not sell like this. To be mended: { $mend }; what could be stronger: { $weaker }.

browser-there = Browser: Chromium walks through the shop and watches for what only a browser sees.
browser-root = Browser: Chromium walks through the shop, but as root it has no sandbox of its own.
browser-root-do = Start with --users, so that each process is a user of its own.
browser-none = There is no Chromium. What only a browser sees is not watched.
browser-none-do = Install Chromium (on Debian: apt install chromium).
