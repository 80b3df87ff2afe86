# Exports of customers' data

bo-exports-title = Exports
bo-exports-lead = To put customers' data into a file, one of you asks for it and says why, and another one approves. Whose data it will be is settled when it is asked for and cannot change after the approval.
bo-exports-lead-alone = Nobody but you can sign in here, so you approve your own export, by proving once more that it is you. This protects less than two persons do. When you approve, a mail goes to the shop's address.
bo-export-subject-customers = Members
bo-export-subject-orders = Orders
bo-export-reason-mailing = To send a catalogue or a greeting
bo-export-reason-accounting = Books and taxes
bo-export-reason-shipping = For a carrier or a warehouse
bo-export-reason-migration = Moving to other software
bo-export-reason-authority = An authority asks for it
bo-export-field-name = Name
bo-export-field-email = Email address
bo-export-field-phone = Telephone number
bo-export-field-address = Address
bo-export-field-recipient = Recipients
bo-export-state-waiting = Waits for approval
bo-export-state-approved = Approved
bo-export-state-taken = Taken out
bo-export-state-ended = Taken back
bo-export-state-expired = Expired
bo-export-and = {", "}
bo-export-n-persons = { $n ->
    [one] { $n } person
   *[other] { $n } persons
}
bo-export-what = What
bo-export-fields = Columns
bo-export-why = Why
bo-export-who = Asked by
bo-export-when = When
bo-export-persons = Persons
bo-export-asked = Asked
bo-export-approved = Approved
bo-export-alone = By the same person
bo-export-hash = Reference
bo-export-history = Exports so far
bo-export-none = None yet.

bo-export-ask-title = Ask for an export
bo-export-ask-lead = Members are chosen by the day they registered, orders by the day they were placed. Recipients can be chosen for orders only. At most 100,000 entries at a time.
bo-export-ask = Ask for it
bo-export-approve-lead = Before you approve, ask your colleague what it is for, and compare the reference.
bo-export-approve-alone = You must prove that it is you once more, after having asked.
bo-export-approve = Approve exactly this
bo-export-waits = Waits for somebody else to approve it. After 24 hours it expires.
bo-export-take-lead = The file can be taken once. Nothing of it stays on the shop's server. Keep it safe, and delete it when you are done.
bo-export-take = Take the file
bo-export-take-back = Take it back
bo-export-turn-down = Do not approve
bo-proof-passkey = If you use a passkey, go here first:
bo-proof-fresh = You have just proved that it is you.

bo-export-wrong-subject = Choose what to export.
bo-export-wrong-reason = Choose a reason.
bo-export-wrong-fields = Choose at least one column.
bo-export-wrong-recipient = Recipients can be chosen for orders only.
bo-export-wrong-days = Check the first and the last day.
bo-export-wrong-nobody = There is nothing to export in this time.
bo-export-wrong-too-many = At most 100,000 entries can be exported at a time. Choose fewer days.
bo-export-wrong-step = This export has moved on or was taken back. See the list below.
bo-export-wrong-person = Somebody else has to approve this export.
bo-export-wrong-mail = The shop has no proper mail address to which the notice could go. Correct the facts of the shop.
bo-export-wrong-busy = Too many exports wait already. Take some back before you ask for another one.
bo-export-stopped-frozen = Somebody tried to open a planted customer, so exports are stopped.
bo-export-stopped-witness = The ledger's witness has been away for more than a day, so exports are stopped.

bo-done-export-asked = Asked for. It waits for its approval.
bo-done-export-approved = Approved. Whoever asked can take the file, once.
bo-done-export-ended = Taken back.
bo-action-export-asked = asked for an export
bo-action-export-approved = approved an export
bo-action-export-ended = took an export back
bo-action-export-taken = took an export's file

bo-csv-registered = Registered
bo-csv-name = Name
bo-csv-kana = Reading
bo-csv-email = Email address
bo-csv-phone = Telephone
bo-csv-postcode = Postcode
bo-csv-prefecture = Prefecture
bo-csv-city = City
bo-csv-street = Street
bo-csv-building = Building
bo-csv-total = Total (yen)
bo-csv-goods = Goods
bo-csv-to = Recipient: { $what }
