# The words of which sentences are made. Values are texts; whoever calls formats numbers.

list-and = { $first } and { $last }
list-or = { $first } or { $last }
days-on = on { $day }
days-between = from { $from } to { $to }
days-since = since { $from }
days-until = until { $to }
days-ever = at any time so far
our-shop = our shop
here = this page
elsewhere = our page
some-only = { $item } (of some customers only)

number-at-most = { "at most " }
number-about = { "about " }
number-cards =
    { $form ->
        [one] { $n } card
       *[other] { $n } cards
    }
number-orders =
    { $form ->
        [one] { $n } order
       *[other] { $n } orders
    }
number-events =
    { $form ->
        [one] { $n } record
       *[other] { $n } records
    }
number-persons =
    { $form ->
        [one] { $n } person
       *[other] { $n } persons
    }
number-pair = { $records } ({ $persons })

whom = those who, { $days }, { $whom } ({ $systems })
whom-anywhere = those who { $whom }
whom-also = { $first }; also { $more }
whom-instead = { $who }, because records of { $kind } are lost
whom-lost = others of whom nobody can tell, because records of { $kind } are lost ({ $days })
whom-card-typed = typed in a card, whether they placed an order or not
whom-card-new = typed in a card anew (not to change a saved one), whether they placed an order or not
whom-card-next = typed in a card and went on to the next page, whether they placed an order or not
whom-card-failed = tried to pay by card without success
whom-card-refused = tried to pay by card, which the card company refused or an error ended
whom-card-placed = paid by card
whom-card-placed-typed = typed in a card and paid
whom-card-saved = chose a saved card to pay with, whether they placed an order or not
whom-card-any = went on to pay by card, whether they placed an order or not
whom-card-registered = saved a card
whom-order = placed an order
whom-order-card = placed an order to be paid by card
whom-recipients = had goods sent to them by somebody else
whom-order-and-recipients = placed an order, or had goods sent to them by somebody else
whom-order-or-member = placed an order or registered
whom-all-and-recipients = placed an order, registered, or had goods sent to them by somebody else
whom-member = registered
whom-login = signed in

verdict-possible = What may have been leaked: { $items }.
verdict-confirmed = We have confirmed that the following was leaked: { $items }.
verdict-these-possible = This data may have been leaked.
verdict-these-confirmed = We have confirmed that this data was leaked.
verdict-these-mixed = This data may have been leaked, and of some customers we have confirmed it.
items-some-only = What is marked “of some customers only” may have been leaked.
items-differ = Which of it was leaked differs from customer to customer.
verdict-mixed = What may have been leaked, and of some customers we have confirmed it: { $items }.

about-cards = card data may have been leaked
about-cards-confirmed = card data was leaked
about-personal = personal data may have been leaked
about-personal-confirmed = personal data was leaked
about-both = card and personal data may have been leaked
about-both-confirmed = card and personal data was leaked
subject = { $shop }: { $about }. Our apology and what you can do
subject-retraction = { $shop }: correction of our earlier notice, with an apology

contact-name = Desk
contact-phone = Telephone
contact-phone-hours = { $phone } ({ $hours })
contact-mail = Mail
contact-form = Form
contact-until = Open
contact-open = until { $day }
contact-open-from = from { $day }
contact-open-days = from { $from } until { $until }
contact-closed = It closed on { $day }; please write to the shop as usual
contact-none = A desk for your questions is being prepared; { $here } will say when it opens.
contact-none-office = A desk for questions is being prepared. We will report when it opens.
contact-or = { $first } or { $last }
contact-ways = You can reach us at { $ways }.
