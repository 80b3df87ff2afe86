# What `dozo new` says. Those that begin with "fault-" name what is wrong in the merchant's files, and what to do.

made = The folder of the shop is made: { $data }. Go on in this order:
    1. write down the shop and its goods, in shop.toml and catalogue.toml of { $data }/merchant
    2. read { $data }/dozo.toml, and name the mail server and the payment processor
    3. put the processor's keys into { $data }/till/processor.key and { $data }/till/webhook.secret
    4. make a key of your own with dozo manifest key, and sign the pages with dozo manifest sign --data { $data }
    5. see with dozo new --check --data { $data } whether anything is missing
    6. open it with dozo up --data { $data }
made-practice = The folder of a shop in practice is made: { $data }. Go on in this order:
    1. write down the shop and its goods, in shop.toml and catalogue.toml of { $data }/merchant
    2. see with dozo new --check --data { $data } whether anything is missing
    3. open it with dozo up --data { $data }
check-good = { $data }: nothing is missing. Open it with dozo up --data { $data }.
check-faults = It cannot open yet. Places where something is missing or wrong: { $n }

no-processor-key = till/processor.key is missing: put the processor's secret key into this file, as one line.
no-webhook-secret = till/webhook.secret is missing: put the secret with which the processor signs webhooks into this file, as one line.
no-dkim-key = post/dkim.key is missing: make it with dozo post dkim.
no-manifest-owner = dozo.toml names no owner in [manifest]: make the owner's key with dozo manifest key, and write the line that it prints there.
no-signature = The pages are not signed: sign them with dozo manifest sign --data { $data }.

fault-form = this is not valid TOML: { $says }
fault-missing = the file is missing: write it after the one that dozo new makes.
fault-not-utf8 = the file is not UTF-8: save it as such.
fault-unreadable = the file cannot be read: change its mode.
fault-empty = it is empty: write it here.
fault-characters = there are characters that cannot be used (control characters, line ends, < >): take them out.
fault-long = it is too long: write at most { $value } characters.
fault-postcode = write the postcode as seven digits, such as 390-0811.
fault-phone = write the telephone number with its area code, such as 0263-00-0000.
fault-email = write a mail address, such as shop@example.jp.
fault-invoice = the registration number is T and 13 digits: leave it empty if you have none.
fault-amount = write an amount in yen, from 0 to 1000000.
fault-cash-steps = write steps of rising up_to (1 to 1000000 yen), each with its fee (from 0 yen).
fault-hour = write an hour from 0 to 24.
fault-days = write a number of days from 0 to { $value }.
fault-no-working-day = every day of the week is a day of rest: leave one on which orders are sent.
fault-slug = this word stands in addresses: write small letters, digits and hyphens only, 64 at most.
fault-sku = write an article number of at most 40 characters.
fault-twice = “{ $value }” is there twice: choose another word.
fault-twice-jan = this JAN code is there twice: look which is right.
fault-no-categories = there is no [[category]]: write at least one.
fault-no-category = there is no category “{ $value }”: write the slug of one of [[category]].
fault-no-picture = there is no picture { $value } in merchant/pictures: put it there, or take this line out.
fault-picture-name = a picture cannot be called { $value }: use letters, digits and hyphens, and .jpg, .png, .webp or .svg.
fault-picture-type = { $value } is no picture in JPEG, PNG, WebP or SVG.
fault-picture-svg = { $value } has something in it that acts, comes from elsewhere or is text (or it has no viewBox): make it a JPEG or PNG.
fault-picture-large = { $value } has too many pixels: 25 million at most.
fault-picture-small = { $value } is too small: its shorter side needs 200 pixels.
fault-picture-broken = { $value } breaks off: save it again.
fault-day = there is no such day: month is 1 to 12, day is 1 to 28.
fault-month = write a month from 1 to 12.
fault-allergen-twice = an allergen is there twice.
fault-no-shelf-life = food needs shelf_life_days: how many days it keeps from the day it is made.
fault-no-storage = food needs storage: "ambient" or "cool".
fault-no-food = a food of composition is not in foods.json; you can write the figures of the label as nutrition instead.
fault-only-food = what is no food (tax = "standard") has no allergens, nutrition or storage.
fault-no-variants = nothing of it can be bought: write variants with sku, name and price.
fault-price = write the price in yen, tax included, from 1 to 1000000.
fault-jan = { $value } is no JAN code of 13 digits: its check digit does not fit.
fault-weight = grams must be a multiple of pieces; goods with nutrition need a weight.
fault-stock-max = reorder_at and on_hand must not be above stock_max.
fault-order-max = write order_max from 1 to { $value }.

machine-says = { $value }
machine-not-this-machine = { $value } is open to other machines: health and metrics are for this one only, such as 127.0.0.1:8084.
machine-smtp-host = “{ $value }” is not this machine: mail goes out without TLS, so let a relay such as Postfix run here (127.0.0.1) and carry it on.
machine-port = write a port from 1 to 65535.
machine-mail = “{ $value }” is no mail address.
machine-owner-key = this is no public key: copy the whole line that dozo manifest key prints.
machine-witness-key = { $value } is no key of a witness: copy the whole line that dozo witness key prints.
machine-no-pages = name the origins of the pages on which cards are typed, such as https://checkout.stripe.com.
machine-pages = { $value } is no origin of https: write scheme and name alone, such as https://checkout.stripe.com.
machine-empty-key = { $value } is empty, or more than one line: put the processor's secret key there, as one line.
machine-empty-secret = { $value } is empty, or more than one line: put the secret with which the processor signs webhooks there, as one line.
machine-host = “{ $value }” is not a name alone: write it without https:// and without a path, such as shop.example.jp.
machine-same-port = port { $value } is the shop's own: let the redirect listen on another, such as 0.0.0.0:80.
