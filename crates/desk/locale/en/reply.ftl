# Answers to inquiries. All values are texts.

reply-subject = [{ $shop }] The answer to your inquiry
reply-lead = This is the answer to an inquiry at { $shop }. It goes only to the contact that was given with an order or registration. If you did not ask, somebody may have typed in your contact; whoever did was told nothing.
reply-concerned = This is what is known of the orders or registrations with that contact.
reply-none = The orders or registrations with that contact are not concerned.
reply-cards = These cards were typed in where it concerns you:
reply-card = { $brand } ending in { $digits }
reply-brand-unknown = Card
reply-cards-only = The last four digits are all that we can see of a card number.
reply-cards-unknown = Our records do not say which card was typed in.
