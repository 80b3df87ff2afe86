# A member's pages, and the way to them

# Navigation
account-nav-label = Your account
account-nav-overview = Your account
account-nav-orders = Order history
account-nav-profile = Your details
account-nav-addresses = Address book
account-nav-mail = Change email address
account-nav-password = Change password
account-nav-leave = Close the account

# Overview
account-greeting = Welcome, { $name }
account-greeting-nameless = Your account
account-orders = Recent orders
account-no-orders = There are no orders yet.
account-all-orders = See all orders
account-to-shop = To the shop
account-details = Your details
account-change-profile = Change name or address
account-no-contact = We do not have your name and address yet. Once they are here, checkout fills them in for you.
account-order-count = Orders so far: { $n }
account-goods-more = { $first } and { $more } more
account-again = Buy again
account-again-of = Buy again: { $goods }
account-pages = Pages of the history
account-newer = Newer orders
account-older = Older orders
account-save = Save
account-wait-minutes = There were several attempts in a row. Please try again in about { $minutes } minutes.
account-done-registered = Thank you for registering. From now on you find your orders here.
account-done-password = Your password is changed. You are signed out everywhere else.
account-done-mail-asked = We have sent a message to the new address. Open its link within 24 hours; until then nothing changes.
account-done-profile = Your details are saved.
account-done-address-saved = The address is saved.
account-done-address-removed = The address is removed.

# Asking
register-title = Register
register-lead = Tell us your email address. We send you a link to register with.
register-button = Send the email
forgot-title = Forgotten your password?
forgot-lead = Tell us the email address of your account. We send you a link to choose a new password.
forgot-button = Send the email
ask-to-sign-in = To sign-in
ask-note = We use the address for this message only.
sent-title = An email is on its way
sent-register = Open its link within 24 hours to go on. If the address has an account already, the message says so.
sent-forgot = Its link lets you choose a new password. It works once, for one hour.
sent-missing = If nothing comes within a few minutes, please look into your spam folder and check the address. One address gets at most five of these messages an hour.
sent-again = Send another one
dead-title = This link does not work
dead-body = It was used already, has expired, or a newer message was asked for since.
dead-next = Please open the link of the newest message, or ask for another one.
dead-register = Ask to register
dead-forgot = Ask for a new password
register-form-title = Register
register-form-lead = Your email address is confirmed. Please give your name, address and a password.
register-form-who = Your details
register-form-password = Password to sign in with
register-form-button = Register
register-agree = I agree to the terms and the privacy policy
reset-title = New password
reset-lead = Choose the password that you will use from now on.
reset-button = Change the password
mail-confirm-title = Confirm your new email address
mail-confirm-lead = With the button below, the address that received this message becomes the one for signing in and for our messages.
mail-confirm-button = Change it
mail-changed-title = Your email address is changed
mail-changed-body = From now on, sign in with the new address. We have told the old one, too.

# Passwords
field-new-password = New password
field-password-now = Current password
field-new-email = New email address
password-hint = At least { $n } characters. A few words in a row are easy to remember and hard to guess.
password-wrong = The current password does not match.

# The pages of the account
account-profile-lead = What you save here is filled in at checkout. Orders that you have placed do not change.
account-mail-lead = Your current address is { $email }. We send a message to the new one to confirm it, and a notice to the current one.
account-mail-button = Send the email
account-password-lead = A new password signs you out everywhere else.
account-password-button = Change the password
addresses-lead = Keep the addresses of those you send gifts to, and choose them at checkout.
addresses-empty = There are no addresses yet.
addresses-add = Add an address
addresses-edit = Change
addresses-edit-of = Change the address of { $name }
addresses-remove = Remove
addresses-remove-of = Remove the address of { $name }
addresses-remove-sure = Remove this address? It cannot be brought back.
addresses-full = The address book holds { $n } addresses. To add one, remove one that you no longer need.
address-new-title = Add an address
address-edit-title = Change an address
address-lead = Name and address of whoever receives the goods.

# Again
again-title = Buy again
again-some = What is on sale now is in your cart.
again-none = There was nothing to put into the cart.
again-gone = No longer on sale
again-full = Did not fit into the full cart
again-to-cart = To the cart

# Leaving
leave-lead = When you close your account, we erase your personal data so that nobody in the shop can read it any more.
leave-erased = Erased: name, address, phone, email address, address book, password, and to whom your orders went.
leave-kept = Kept: date, items and amounts of orders, without your name, for our books.
leave-final = This cannot be undone. You may register again at any time, but the orders so far cannot be shown any more.
leave-sure = I understand that what is erased cannot be restored
leave-not-sure = Please tick the box to confirm.
leave-not-now = Not now
leave-button = Close the account
leave-open-order = An order is not delivered yet. We need your name and address for it; please close the account afterwards. If you cannot wait, ask us to cancel the order.
leave-money = A refund or payment is still on its way. Once it is settled you can close the account.
leave-by-hand = The account cannot be closed from this page. Please contact us.
left-title = Your account is closed
left-body = Your personal data is erased. One last message tells you so.
left-thanks = Thank you for having been our guest.

# The address book at checkout
book-choose = From your address book
book-nobody = Please choose
book-entry = { $name } ({ $place })
book-take = Send it there
book-taken = Filled in from your address book. Please check it.
book-keep = Keep this address in my address book
book-kept = The address is kept in your address book.
book-full = Your address book is full, so the address was not kept. You can go on with the order.
book-not-kept = The address could not be kept. You can go on with the order.
