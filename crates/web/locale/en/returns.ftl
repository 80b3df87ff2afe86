# Mail that came back

bo-mail-state-returned = Not delivered
bo-return-title = { $mail }: it did not arrive
bo-return-address = The mail address is not in use any more. Ask the customer for the right one, by telephone for instance.
bo-return-mailbox = The mailbox is full or closed. Send it again in a few days, or tell the customer by telephone.
bo-return-filtered = The customer’s own settings refused it. Ask, by telephone for instance, to let the shop’s mails in, then send it again.
bo-return-ours = The other mail server does not take the shop’s mails. If this goes on, have the mail server’s settings looked at (SPF, DKIM, DMARC, its name in DNS). Tell this customer by telephone.
bo-return-passing = It could not be handed to the other mail server, perhaps for a passing fault. Send it again; if it comes back once more, tell the customer by telephone.
bo-return-complaint = The customer reported this mail as unwanted. Ask what is the matter, by telephone for instance.
bo-return-why = Their answer: { $codes }
