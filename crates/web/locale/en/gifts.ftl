# Several recipients in one order

checkout-ship-several = Send to two or more addresses
checkout-ship-several-note = On the next pages you choose the items, the noshi and the date for each recipient in turn.
checkout-named = Your recipients are on the next page.
checkout-one-again = The order now goes to one address. Please check noshi and delivery once more.
step-recipients = Recipients
cart-several-note = One order can go to up to 20 addresses. You choose how many items go where on the way to the checkout.

recipients-title = Your recipients
recipients-lead = Add one recipient after the other. When all are there, go on with the button below.
recipients-none = There are no recipients yet. Press “Add a recipient” to begin with the first.
recipients-add = Add a recipient
recipients-edit = Change
recipients-edit-of = Change { $name }
recipients-remove = Remove
recipients-remove-of = Remove { $name }
recipients-removed = One recipient was removed.
recipients-full = One order can go to 20 recipients at most.
recipients-changed = Your cart or our stock has changed. Please check the quantities once more.
recipients-nameless = No name yet
recipients-name = { $name }
recipients-orderer = { $name } (you)
recipients-goods = { $name } × { $n }
recipients-noshi = { $noshi }, { $name }
recipients-message = with a card
recipients-date = arrives { $date }
recipients-unfinished = Something is missing for recipient { $n }.
recipients-tally = What you send
recipients-tally-note = You order what you assign to your recipients here, even where the cart holds another number.
recipients-tally-item = Item
recipients-tally-cart = In the cart
recipients-tally-sent = To be sent
recipients-fewer = { $n } fewer than in the cart
recipients-more = { $n } more than in the cart
recipients-short = { $name }: only { $n } left. Please send fewer.
recipients-to-first = Back to your details
recipients-done = Review the order

recipient-title = Recipient { $n }
recipient-whom = To whom
recipient-self = Myself
recipient-self-of = Myself ({ $name })
recipient-other = Somebody else
recipient-goods = Items
recipient-goods-note = Choose how many pieces go to this person.
recipient-pieces = { $n }
recipient-pieces-of = Quantity of { $name }
recipient-left = { $n } left in the cart
recipient-same = Use this noshi and wrapping for all recipients
recipient-remove = Leave this recipient out
recipient-save = Keep this recipient
invalid-no-goods = Please choose how many pieces go to this person.
invalid-cash-others = Cash on delivery is possible only where all goods go to yourself. For gifts and for several recipients, please choose a card.

confirm-parcel = Recipient { $n }
confirm-parcel-sum = Items { $goods }, shipping { $fee }
confirm-parcel-sum-free = Items { $goods }, free shipping
confirm-edit-recipients = Change recipients
confirm-edit-parcel = Change this recipient

field-noshi-place = Position of the noshi
noshi-place-inside = Inside the wrapping paper
noshi-place-outside = Outside the wrapping paper
parcel-state = Status
parcel-state-unfulfilled = Being prepared
parcel-state-shipped = On its way
parcel-state-delivered = Delivered
parcel-state-canceled = Will not be sent
parcel-state-returned = Came back to us
parcel-dress = Noshi and wrapping
parcel-way = Parcel
parcel-delivered = delivered { $at }
path-shipped-of = Shipped ({ $n } of { $all })

terms-gift-2 = One order can go to up to 20 addresses. Shipping is charged for each address, and the tax is worked out over the whole order.
terms-gift-3 = The name on the noshi and your message are written as you typed them. Cash on delivery is possible only where everything goes to yourself.
