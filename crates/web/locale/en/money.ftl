## Saved cards (customers)

cards-title = Saved cards
cards-lead = Your cards are kept by the payment processor. The shop never sees the number and cannot use them by itself. Cards appear here when you choose to save them on the payment page.
cards-none = You have no saved cards.
cards-away = The payment processor cannot be asked just now. Please try again in a little while; your cards are still saved.
cards-removed = The card was removed.
cards-remove = Remove
cards-remove-sure = Remove this card? It cannot be brought back.
cards-expires = Expires { $at }
cards-over = expired

## The way of an order

path-authorized = Card checked (you are charged when we ship)

## Capture

bo-pay-authorized-until = Authorised until
bo-capture = Capture now
bo-capture-note = The payment is only authorised. The whole amount is captured by itself when the first parcel is shipped.
bo-capture-lapsed = The authorisation has lapsed, so nothing could be captured. The parcel was not shipped. Contact the customer, then cancel the order or agree on another way to pay.
bo-capture-unknown = The payment processor does not answer: whether the payment was captured is not known. The parcel was not shipped. Try again in a moment; nothing is charged twice.
bo-capture-refused = The payment processor refused the capture ({ $why }). The parcel was not shipped.
bo-captures-title = Orders with authorised payments
bo-captures-note = After its time an authorisation is gone, and with it the money. The soonest first.
bo-capture-state-authorized = authorised
bo-capture-state-soon = lapses soon

## Disputes

bo-dispute-title = Dispute
bo-dispute-until = Answer by
bo-dispute-opened = Opened
bo-dispute-do = What to do
bo-disputes-title = Disputes (chargebacks)
bo-disputes-note = Customers asked their banks to take a payment back. Whoever does not answer in time, in the payment processor's dashboard, loses.
bo-dispute-state-warning-needs-response = inquiry, needs an answer
bo-dispute-state-warning-under-review = inquiry, under review
bo-dispute-state-warning-closed = inquiry closed
bo-dispute-state-needs-response = needs an answer
bo-dispute-state-under-review = under review
bo-dispute-state-won = won
bo-dispute-state-lost = lost
bo-dispute-short-warning-needs-response = Answer in the dashboard
bo-dispute-short-warning-under-review = Wait
bo-dispute-short-warning-closed = Nothing
bo-dispute-short-needs-response = Answer in the dashboard
bo-dispute-short-under-review = Wait
bo-dispute-short-won = Nothing
bo-dispute-short-lost = Nothing
bo-dispute-todo-warning-needs-response = The customer's bank has a question. Answer it in the payment processor's dashboard before the time is over, with the records of order and shipment. No money has moved yet.
bo-dispute-todo-warning-under-review = Your answer was sent. The bank is looking at it.
bo-dispute-todo-warning-closed = It remained a question. There is nothing to do.
bo-dispute-todo-needs-response = The bank holds the money. Answer in the payment processor's dashboard before the time is over, with the records of order, shipment and delivery. Until it is decided nothing can be shipped or refunded.
bo-dispute-todo-under-review = Your answer was sent. The bank is looking at it. Until it is decided nothing can be refunded.
bo-dispute-todo-won = You won, and the money is back. What was held can be shipped.
bo-dispute-todo-lost = The customer has the money back. Do not refund it again. If parcels are still in the house, cancel the order.
bo-dispute-reason-fraudulent = The customer does not recognise the payment as his or her own
bo-dispute-reason-duplicate = The customer says that it was charged twice
bo-dispute-reason-product-not-received = The customer says that nothing arrived
bo-dispute-reason-product-unacceptable = The customer says that the goods are not as promised
bo-dispute-reason-credit-not-processed = The customer says that a refund did not come
bo-dispute-reason-subscription-canceled = The customer says that it was cancelled
bo-dispute-reason-unrecognized = The customer does not recognise the charge
bo-dispute-reason-general = Another reason

## Other money matters

bo-hold-authorization-lapsed = The authorisation lapsed before anything was shipped
bo-hold-disputed = The customer asked the bank to take the payment back
bo-hold-refund-failed = The processor or the bank stopped a refund
bo-failure-generic-decline = declined by the issuer
bo-failure-expired-or-canceled-card = the card has expired or was cancelled: the refund came back
bo-failure-charge-disputed = disputed: cannot be refunded
bo-failure-charge-already-refunded = refunded already
bo-event-dispute-warning-needs-response = Inquiry of the bank
bo-event-dispute-warning-under-review = Inquiry answered
bo-event-dispute-warning-closed = Inquiry closed
bo-event-dispute-needs-response = Dispute opened
bo-event-dispute-under-review = Dispute answered
bo-event-dispute-won = Dispute won
bo-event-dispute-lost = Dispute lost
bo-action-order-capture = Captured the payment
bo-action-reconciliation-run = Asked for a comparison of the books
bo-done-captured = The payment was captured.
bo-done-reconciling = The comparison begins. Open this page again in a few seconds.
bo-tile-disputes = Disputes
bo-tile-captures = Authorised only
bo-tile-reconciliation = Books differ

## Reconciliation

bo-nav-reconciliation = Reconciliation
bo-recon-title = Reconciliation
bo-recon-lead = Every day after { $hour }:00 (Japan time) the orders and payments of the day before are compared, one by one, with what the payment processor has.
bo-recon-none = No day was compared yet. It begins after { $hour }:00 (Japan time); you can also start it below.
bo-recon-day-title = Reconciliation of { $day }
bo-recon-col-day = Day
bo-recon-state-open = in progress
bo-recon-state-well = agrees
bo-recon-state-differs = differs
bo-recon-orders = Card orders
bo-recon-payments = Payments at the processor
bo-recon-refunds = Refunds at the processor
bo-recon-disputes = Disputes
bo-recon-taken = Taken
bo-recon-returned = Given back
bo-recon-healed = Orders set right by asking again
bo-recon-started = Started
bo-recon-finished = Finished
bo-recon-next = Next try
bo-recon-facts-title = Figures
bo-recon-run-title = Compare a day
bo-recon-run-note = Any of the last 90 days. The new result takes the place of the one before.
bo-recon-run = Compare
bo-recon-again-title = Once more
bo-recon-again-note = After something was put right, see whether the books agree.
bo-recon-again = Compare this day again
bo-recon-reload = Open this page again
bo-recon-well-title = Everything agrees
bo-recon-well = Orders, payments, refunds and disputes of this day agree with the payment processor's records to the yen. There is nothing to do.
bo-recon-open-title = Not finished yet
bo-recon-open = It waits for its turn, or is under way.
bo-recon-problem-processor-away = The payment processor does not answer, so the books cannot be compared yet. It is tried again every 10 minutes.
bo-recon-differs-title = { $n ->
    [one] One difference
   *[other] { $n } differences
}
bo-recon-differs = These remained after the processor was asked once more. Below each stands what to do.
bo-recon-col-what = Difference
bo-recon-col-ours = Here
bo-recon-col-theirs = At the processor
bo-recon-no-order = none
bo-recon-kind-paid-without-order = A payment without an order
bo-recon-kind-payment-missing-here = A payment that is not here
bo-recon-kind-payment-missing-there = A payment that the processor does not have
bo-recon-kind-amount-differs = Another amount was taken
bo-recon-kind-refund-differs = Another amount was given back
bo-recon-kind-refund-missing-there = A refund that the processor does not have
bo-recon-kind-order-without-money = An order without money
bo-recon-kind-money-without-order = Money left of an order that is gone
bo-recon-kind-dispute-missing-here = A dispute that is not here
bo-recon-kind-card-entry-missing = No record of the card's entry
bo-recon-todo-paid-without-order = Open the payment in the processor's dashboard and find out where it came from. If it is not this shop's, leave it. If nobody knows it, refund it there.
bo-recon-todo-payment-missing-here = Look at the payment in the processor's dashboard; if the customer paid twice, refund it there.
bo-recon-todo-payment-missing-there = Ship nothing and ask the processor. See whether another account or test keys took the money.
bo-recon-todo-amount-differs = Open the order and see which amount is right. If money is missing, contact the customer; if it is too much, refund the difference.
bo-recon-todo-refund-differs = See whether somebody refunded it in the processor's dashboard. If so, compare this day again and it will agree.
bo-recon-todo-refund-missing-there = The customer may not have the money yet. Open the order and refund it again.
bo-recon-todo-order-without-money = Do not ship it. Open the order and look at its payment.
bo-recon-todo-money-without-order = Open the order and refund what is left.
bo-recon-todo-dispute-missing-here = Open the dispute in the processor's dashboard and answer before its time is over.
bo-recon-todo-card-entry-missing = Nobody can say on which pages this order's card was led to the processor: a record may have been removed. Compare with the copy in watch/entries.jsonl and ask a specialist.
