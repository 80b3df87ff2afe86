# Texts of the mails to customers.
# All values are passed as strings (the caller decides how numbers are written).

## Forms

yen = ¥{ $amount }
date = { $weekday }, { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }
date-time = { $date }, { $hour }:{ $minute } (Japan time)
weekday =
    { $day ->
        [mon] Mon
        [tue] Tue
        [wed] Wed
        [thu] Thu
        [fri] Fri
        [sat] Sat
       *[sun] Sun
    }
honorific = Dear { $name },
name-unshown = Customer
postcode = { $code }

## Subjects

subject-received = { $shop }: thank you for your order { $number }
subject-paid = { $shop }: payment received for order { $number }
subject-shipped = { $shop }: your order { $number } is on its way
subject-canceled = { $shop }: order { $number } was cancelled
subject-refunded = { $shop }: refund for order { $number }

## Headings

title-received = We have received your order
title-paid = We have received your payment
title-shipped = Your order is on its way
title-canceled = Your order was cancelled
title-refunded = Your refund is on its way

## The line shown in a list of mails (preheader)

preheader-received = Order { $number }, { $total } in all. Please check the details.
preheader-paid = We have received { $amount } and are preparing your order.
preheader-shipped = { $carrier }, tracking number { $tracking }.
preheader-shipped-no-tracking = It will be with you soon.
preheader-canceled = Order { $number } was cancelled.
preheader-refunded = We are giving back { $amount }.
preheader-answer = The answer to your inquiry at { $shop }.

## Text: order

received-thanks = Thank you for choosing { $shop }. We have received your order as follows.
received-card-paid = Your payment has reached us. We will prepare your order and write again as soon as it leaves our house.
received-card-waiting = We will write again as soon as your card payment is confirmed. If you have not paid yet, please do so from the order page below.
received-cash = We will prepare your order and write again as soon as it leaves our house. Please pay the carrier in cash on delivery.
received-check = If anything in the order or the address is not right, please let us know before we send it.

## Text: payment

paid-thanks = Thank you. We have received the payment for the order below.
paid-next = We are now preparing your order and will write again as soon as it leaves our house.

## Text: shipping

shipped-body = Thank you for waiting. Your order has left our house.
shipped-track = You can follow the parcel on { $carrier }’s tracking page with the tracking number. It may take half a day until the number is known there.
shipped-others = We will write separately for each of the other recipients.
shipped-enjoy = When it arrives, please see the box for how to keep it, and enjoy it soon.

## Text: cancellation

canceled-body = The order below was cancelled.
canceled-nothing-paid = Nothing was charged, and you do not need to do anything.
canceled-refund-follows = We will give { $amount } back to the card you used, and write again when it is done.
canceled-refunded = We have given { $amount } back to the card you used.
canceled-question = If you did not expect this, or have a question, please get in touch. We hope to serve you another time.

## Text: refund

refunded-body = We have given back { $amount } for the order below.
refunded-card = The money goes back to the card you used. When it shows on your statement depends on the card company; it may be next month or later.
refunded-question = If you have a question, please get in touch.

## Labels

label-order = Order
label-number = Order number
label-placed-at = Ordered
label-payment = Payment
label-carrier = Carrier
label-tracking = Tracking number
label-shipped-at = Shipped
label-recipient = Deliver to
label-recipient-of = Deliver to ({ $index } of { $count })
label-address = Address
label-noshi = Noshi
label-noshi-name = Name on the noshi
label-noshi-place = Position of the noshi
label-wrapping = Wrapping
label-message = Message card
label-delivery = Delivery
label-goods = Items subtotal
label-shipping = Shipping
label-cool-fee = Chilled delivery
label-cod-fee = Cash on delivery fee
label-total = Total (tax included)
label-refunded = Refund
label-amounts = Amount

line-quantity = { $price } × { $quantity }
reduced-mark = *
reduced-note = * Reduced tax rate (8%).
tax-line = { $percent }%: { $gross } (including tax of { $tax })

payment-method =
    { $method ->
        [card] Credit card
       *[cash_on_delivery] Cash on delivery
    }
payment-card = Credit card ({ $brand }, ending in { $last4 })

delivery-any = As soon as possible
delivery-date = { $date }
delivery-slot = { $date }, { $slot }
delivery-slot-only = Any date, { $slot }
slot =
    { $slot ->
        [at_morning] in the morning
        [at_14_16] 14:00–16:00
        [at_16_18] 16:00–18:00
        [at_18_20] 18:00–20:00
        [at_19_21] 19:00–21:00
       *[at_any] at any time
    }
wrapping =
    { $wrapping ->
        [paper] Wrapped in our paper
       *[none] None
    }
noshi = { $inscription } ({ $cord })
noshi-place =
    { $place ->
        [box] on the box itself
        [outside] outside the wrapping
       *[inside] inside the wrapping
    }
cord =
    { $cord ->
        [red_white_bow] red and white bow
        [red_white_knot] red and white knot
       *[black_white_knot] black and white knot
    }
carrier =
    { $carrier ->
        [yamato] Yamato Transport
        [sagawa] Sagawa Express
       *[japan_post] Japan Post
    }

## Link and closing

link-label = Open the order page
link-note = This link works for { $days } days. It shows your order, so please do not forward it.
closing = If you have any question, please do not hesitate to ask.
automatic = This email was sent automatically because of your order. Every link in this email begins with { $origin }. We never ask for card numbers or passwords by email.
phone = Telephone { $phone }

## To members

account-greeting = Dear customer,
account-subject = [{ $shop }] { $title }
account-title-register = Please confirm your registration
account-title-already = You already have an account
account-title-reset = Choose a new password
account-title-none = No account has this email address
account-title-password = Your password was changed
account-title-mail-confirm = Please confirm your new email address
account-title-mail-taken = About a change of email address
account-title-mail-asked = A change of your email address was requested
account-title-mail-changed = Your email address was changed
account-title-left = Your account is closed
account-title-passkey-added = A passkey was added
account-title-passkey-removed = A passkey was removed
account-title-staff = Your invitation to the back office

account-register = Thank you for registering at { $shop }. Open the button below and give your name and a password: then your account is ready.
account-already = Somebody asked to register this email address at { $shop }, and it already has an account. You can simply sign in. If you have forgotten your password, choose a new one with the button below.
account-reset = You asked for a new password at { $shop }. Choose one with the button below.
account-none = You asked for a new password at { $shop }, but no account has this email address. Perhaps you registered with another one. If you would like an account, go on with the button below.
account-password = The password of your account at { $shop } was changed. You are signed out everywhere else.
account-password-passkeys = Passkeys that you have registered go on working. Please look under “Passkeys” in your account whether you know all of them.
account-mail-confirm = You asked to use this email address for your account at { $shop }. Open the button below and confirm it there: then the change is done.
account-mail-taken = Somebody asked to use this email address for an account at { $shop }, but it already belongs to another account. So nothing was changed.
account-mail-asked = A change of the email address of your account at { $shop } was requested. Until the new address is confirmed, you sign in with this one as before.
account-mail-changed = The email address of your account at { $shop } was changed. From now on we write to the new one. This address does not sign in any more.
account-left = You have left { $shop }. Your name, addresses and email address are erased, and nobody in our shop can read them any more. Thank you for having been our guest.
account-left-kept = Only dates, items and amounts of your orders remain in our books, without your name.
account-passkey-added = A passkey was added to your account at { $shop }. From now on it signs you in, too.
account-passkey-removed = A passkey was removed from your account at { $shop }. It does not sign you in any more.
account-staff = You are invited to work in the back office of { $shop }. With the button below you open a page on which you register a passkey, or a password and a code.

account-not-me-harmless = If this was not you, somebody probably mistyped an email address. If you do nothing, nothing changes, and you can delete this message.
account-not-me-alarm = If this was not you, somebody else may know your password. Please contact us at once.
account-not-me-passkey = If this was not you, remove the passkeys that you do not know under “Passkeys” in your account, and change your password. Contact us at once if anything is unclear.
account-not-me-staff = If you do not expect this, throw the message away. Nothing changes unless the link is opened.

account-link-register = Go on with the registration
account-link-reset = Choose a new password
account-link-mail = Confirm the email address
account-link-staff = Set up my access

# To the shop's own address, where an owner approved an export alone

account-title-export = Export of customers' data
account-export = In the back office of { $shop } an owner has approved an export of customers' data alone, because nobody else can sign in. This protects less than two persons do.
account-not-me-export = If that was not you, take the export back under “Exports” in the back office at once and change your password. Whose data was exported stands in the vault's ledger, person by person.
account-link-export = Look at the export
account-link-contact = Contact us
account-link-note = The link works once, for { $hours } hours. Asking for another message makes this one useless. Please do not forward it.
account-automatic = This is an automatic message about your account. Every link in this message begins with { $origin }. We never ask for passwords or card numbers by email.

## Mail viewer (for development)

viewer-title = Mail viewer
viewer-badge = Development
viewer-about = Mails that arrive here go nowhere else. This viewer is for development and for looking around; it is no part of the shop.
viewer-list = Mails
viewer-count = { $count } mails
viewer-empty-title = No mail yet
viewer-empty = Order something in the shop, and the mails to the customer arrive here. This page reloads by itself.
viewer-choose = Choose a mail from the list
viewer-from = From
viewer-to = To
viewer-time = Received
viewer-size = Size
viewer-text = Text
viewer-html = HTML
viewer-source = Source
viewer-part-missing = This mail has no body in this form.
viewer-links = Links in this mail
viewer-clear = Delete all
viewer-reload = Reload
viewer-back = Back to the list
viewer-no-subject = (no subject)
viewer-gone-title = No such mail
viewer-gone = It was deleted, or the address is wrong.
viewer-frame = The mail’s HTML part

## Whether an incident concerns somebody

account-title-answer = Reply to your question
account-link-answer = Check a notice
answer-automatic = This is an automatic message that answers an inquiry. We never ask for card numbers, PINs or passwords by email.

## The posting list of letters

letters-number = Number
letters-postcode = Postcode
letters-place = Address
letters-company = Company
letters-name = Name
letters-sheets = Sheets
letters-bars = Bar-code
letters-bars-yes = yes
