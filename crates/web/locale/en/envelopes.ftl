# Orders while the vault is away

order-waits = We have your order. The vault that keeps our customers’ details is closed just now, so your name and address wait with us under seal. As soon as it opens we will send the confirmation by email, and this page will show the address too. There is no need to order again.
checkout-as-guest = The vault is closed just now, so we cannot open what you have registered. Please type the address, and you can order all the same (the order will not appear among those of your account).

bo-order-waits = This order came while the vault was away. Name and address wait under seal and come in by themselves once it is back; only then can it be shipped.
bo-name-waits = waiting for the vault
bo-hold-envelope = The vault cannot open the seal of this order, as happens when it was restored from a backup. Name and address are not known: please give back what was paid.
