# Around the shop
skip-to-content = Skip to content
demo-label = Demonstration
demo-line = This is a demonstration shop. Nothing is delivered and no money moves.
practice-label = Practice notice
practice-line = We are practising before we open. Nothing is delivered, and no money moves.
search-label = Search our goods
search-placeholder = name of an item…
search-button = Search
nav-label = Kinds of goods
nav-account = Account
nav-cart = Cart
nav-cart-unit = items
nav-stores = Our stores
nav-contact = Contact us
nav-tokushoho = Seller information
nav-privacy = Privacy
nav-terms = Terms
foot-label = Information
foot-phone = Telephone
foot-promise = Card numbers are typed on the payment company’s own page and never reach us. Names and addresses are sealed one by one, and every opening of a seal is written down.
back-home = Back to the shop

# Home
home-seasonal = In season
home-seasonal-sub = Chosen for { $month }
home-see-season = See what is in season
home-categories = Our goods
home-story = About { $shop }
home-ways = How we serve you
home-way-gift = Gifts
home-way-gift-body = Noshi paper for any occasion, wrapping and a handwritten card are free of charge. We are glad to add a name.
home-way-shipping = Shipping
home-way-shipping-body = Free within Japan from { $free } per address (Okinawa excepted). Chilled goods carry a small extra fee.
home-way-safe = Payment
home-way-safe-body = Pay by card, or in cash when the parcel arrives. You need no account.
crumbs-label = You are here
crumbs-home = Shop
category-empty = There is nothing here just now. Do look in again.
category-count = { $n ->
    [one] One item
   *[other] { $n } items
 }
search-title = Search our goods
search-title-for = Goods for “{ $query }”
search-lead = Search by name, or by what an item is made of.
search-count = { $n ->
    [one] One item found
   *[other] { $n } items found
 }
search-none = We found nothing, sadly. Try a shorter word, or look through our goods.
tag-featured = House favourite
price-tax-included = tax included
price-from = from { $price }
stock-in = Ready to send
stock-few = { $n ->
    [one] Only one left
   *[other] Only { $n } left
 }
stock-out = Sold out

# Goods
product-choose = Choose a size
product-quantity = Quantity
product-add = Add to cart
product-sold-out = This item is sold out. Please wait a little until there is more.
product-tax-note = The price includes consumption tax at the reduced rate of 8%.
product-tax-note-standard = The price includes consumption tax of 10%.
product-cool = Sent chilled (extra fee { $fee }).
product-gift = Noshi, wrapping and a card are free.
product-facts = About this item
product-ingredients = Ingredients
product-shelf-life = Keeps for
product-shelf-life-days = { $n ->
    [one] one day from the day it is made
   *[other] { $n } days from the day it is made
 }
product-storage = How to keep it
product-content = Contents
product-content-line = { $name }: { $grams } g
product-allergens = Allergens
product-no-allergens = Contains none of the 28 allergens named in Japan’s labelling rules.
product-allergen-bold = In bold: the eight that the law requires us to name.{ " " }
product-nutrition = Nutrition (estimated)
product-more = You might also like
nutrition-per-100g = per 100 g
nutrition-per-piece = per piece ({ $grams } g)
nutrition-energy = Energy
nutrition-protein = Protein
nutrition-fat = Fat
nutrition-carbohydrate = Carbohydrate
nutrition-salt = Salt
nutrition-note = Worked out from the figures of the ingredients.
nutrition-source = Source:{ " " }

# Cart
cart-title = Your cart
cart-empty = There is nothing in your cart yet.
cart-unpaid = We have your order { $number }, but do not know of a payment yet.
cart-unpaid-order = To the order’s page
cart-back-to-shop = Continue shopping
cart-quantity-of = Quantity of { $name }
cart-update = Update quantities
cart-remove = Remove
cart-remove-of = Remove { $name } from the cart
cart-goods = Subtotal
cart-checkout = Go to checkout
cart-to-free = Add { $amount } more for free shipping (except to Okinawa and for chilled goods).
cart-is-free = Shipping is free (except to Okinawa and for chilled goods).
cart-cool = Some of these goods are kept chilled: { $fee } is added for each recipient of such goods.
cart-short = { $n ->
    [one] Only one is left. Please change the quantity.
   *[other] Only { $n } are left. Please change the quantity.
 }
cart-gone = Sold out. Please remove it to go on.
cart-full = That is more than one order can hold. Please look through your cart.
tax-included-of = of which tax ({ $percent }% on { $gross })

# Stores
stores-lead = When you are nearby, do come in.
stores-list = All stores
stores-note = Payments in our stores run on a system of their own, apart from this online shop.
store-address = Address
store-phone = Telephone
store-hours = Open
store-closed = Closed

# Contact
contact-title = Contact us
contact-lead = Ask us anything about your order or our goods. We answer by email within two working days.
contact-card-note = Please do not write a card number here.
contact-agree = I have read how you treat personal data, and agree
contact-send = Send
contact-sent-title = We have your message
contact-thanks = Thank you. Your message has reached us, and we will answer within two working days.
contact-subject = What is it about?
contact-message = Your message
contact-order-number = Order number
contact-line = { $label }: { $value }
contact-order-number-hint = If you have it at hand (such as R26-0000-1234)
subject-order = My order
subject-product = Our goods
subject-delivery = Delivery
subject-privacy = Personal data
subject-other = Something else

# Orders and account
sign-in-title = Sign in
sign-in-lead = Sign in to see your account and your orders.
sign-in-forgot = Forgotten your password?
sign-in-register = New here?
sign-in-register-body = With an account you see all your orders and keep the addresses of those you send gifts to. It is free.
sign-in-button = Sign in
sign-in-email = Email address
sign-in-password = Password
sign-in-guest = Bought without an account?
sign-in-guest-body = The link in your confirmation email opens your order at any time.
sign-in-failed = The email address or the password does not match. Please check them and try again.
sign-in-wait = There were several failed attempts. Please try again in about { $seconds } seconds.
sign-out = Sign out

# When something is wrong
fault-not-found-title = We cannot find that page
fault-not-found-body = It may have moved, or the address is slightly off.
fault-not-found-next = Try the front of the shop, or the search above.
fault-bad-form-title = That did not reach us properly
fault-bad-form-body = What was sent held something that this page cannot take.
fault-bad-form-next = Please go back and try once more.
fault-expired-title = This page has expired
fault-expired-body = It was open for a while, so we stopped here to be safe. What you sent just now has not been taken.
fault-expired-next = Please open the page before this one again and retry. Your cart is as you left it.
fault-needs-link-title = Please open the link in your email
fault-needs-link-body = We show an order only to the person who placed it. Your time to view it has run out, or this is another device.
fault-needs-link-next = Open the link in your confirmation email once more. If you cannot find it, please contact us.
fault-wait-title = Please wait a little
fault-wait-body = There were many attempts in a short time.
fault-wait-next = Please try again in a few minutes.
fault-forbidden-title = We cannot show you this page
fault-forbidden-body = Only certain people may see it.
fault-forbidden-next = If you think you should, please contact us.
fault-vault-away-title = One moment, please
fault-vault-away-body = The storehouse in which we keep customers’ details is closed just now. You can go on looking at our goods, and your cart is kept as it is.
fault-vault-away-next = Please try again in a minute.
fault-till-away-title = The payment desk does not answer
fault-till-away-body = We cannot reach the payment company just now. You have not been charged.
fault-till-away-next = Please try again shortly.
fault-busy-title = We are very busy
fault-busy-body = Many customers are here at the moment. Your cart is kept as it is.
fault-busy-next = Please try again shortly.
fault-internal-title = We are sorry
fault-internal-body = Something broke on our side and we could not show the page. Our people have been told.
fault-internal-next = Please try again shortly.
