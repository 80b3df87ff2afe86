# What one person is told. Values are texts; where name and code belong, a mark is put in.

notice-name = Dear { $name },
notice-to-member = Thank you for shopping at { $shop }.
notice-to-guest = Thank you for shopping at { $shop }. We write to customers without an account as well.
notice-to-recipient = Please excuse this unexpected message. We write to those to whom an order was sent from { $shop }.
notice-apology = We apologise sincerely for the worry and trouble that this causes you.
notice-heading = ■ { $title }
notice-yours = What is known about your data
notice-discovered = We noticed it on { $day }.
notice-discovered-by = We were told on { $day } by { $by }.
notice-why = The cause, and harm that may follow
harm-may-follow = Where data is misused, such things as these may happen:
notice-please = What we ask of you
notice-genuine = How you can tell that this is genuine
notice-contact = Questions
notice-possible = This data of yours may have been leaked.
notice-confirmed = We have confirmed that this data of yours was leaked.
notice-confirmed-items = We have confirmed that this data of yours was leaked: { $items }.
notice-perhaps = This may have been leaked as well: { $items }. To be on the safe side, please act as if it were in the hands of others.
notice-confirmed-some = We have confirmed that data of yours was leaked. What is named above may be among it. To be on the safe side, please act as if it were in the hands of others.
notice-items-unknown = Which data of yours is concerned is not known yet.
notice-possible-why = The records do not show whether it was in fact taken. To be on the safe side, please act as if it were in the hands of others.
notice-attempts-only = What was typed in is concerned though the payment did not go through.
notice-attempts-too = What was typed in is concerned whether or not an order followed.
notice-code = The code of this notice is { $code }.
notice-check-page = You can check the code at { $page }.
notice-more = More, and answers to questions, can be read at { $pages }.
letter-open =
    Dear customer,
    { $text }
letter-close = What concerns you in particular follows.
letter-code = The code of this notice stands in the box at the foot of the first page.
letter-code-label = The code of this notice
letter-check = Type it in on this page to see that the notice is genuine
letter-why = We could not reach you by mail, and therefore send you this letter.
retraction-lead = We told you recently that data of yours at { $shop } is concerned. We have looked again and found an error in what we told you, which we correct.
retraction-none = Your data is not among what is concerned. Our earlier notice is withdrawn.
retraction-left = Of your data, this is what is concerned. The rest of our earlier notice is withdrawn.
retraction-sorry = We are very sorry for the worry that our error has caused you.
