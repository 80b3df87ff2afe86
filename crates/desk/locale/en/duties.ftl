# Terms of reports, what to see to before publishing, drafts of reports. Values are texts.

gate-merchant = Say in [merchant] whose incident it is.
gate-version = Say in [[versions]] who changed the facts when and why. The first one has number = 1.
gate-version-ahead = The newest version is of a day to come: look at “on” in [[versions]].
gate-status = State in [investigation] how far the investigation is. It need not have ended: to publish, it is enough to say where it stands.
gate-contact = Say in [contacts] where customers can ask. They will begin to at once.
gate-contact-closed = The desk for questions has closed: look at “open_until” in [contacts].
gate-commission = Put the report to the Personal Information Protection Commission into [[filings]]; if it was not made yet, say why in “not_yet”. Reporting need not wait for publishing.
gate-police = Put the report to the police into [[filings]]; if it was not made yet, say why in “not_yet”.
gate-processor = Put the report to the payment processor or the card companies into [[filings]]; if it was not made yet, say why in “not_yet”.
