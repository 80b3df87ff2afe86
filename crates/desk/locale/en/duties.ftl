# Terms of reports, what to see to before publishing, drafts of reports. Values are texts.

gate-merchant = Say in “Shop and company” (merchant) whose incident it is.
gate-version = Say who changed the facts, when and why: on the page by freezing a version, in a file in versions (the first one has number = 1).
gate-version-ahead = The newest version is of a day to come: look at its day (on, in versions).
gate-status = State in “Investigation” (investigation) how far the investigation is. It need not have ended: to publish, it is enough to say where it stands.
gate-contact = Say in “Contact” (contacts) where customers can ask. They will begin to at once.
gate-contact-closed = The desk for questions has closed: look at its last day (open_until) in “Contact” (contacts).
gate-commission = Put the report to the Personal Information Protection Commission into “Reports and filings” (filings); if it was not made yet, say why (not_yet). Reporting need not wait for publishing.
gate-police = Put the report to the police into “Reports and filings” (filings); if it was not made yet, say why (not_yet).
gate-processor = Put the report to the payment processor or the card companies into “Reports and filings” (filings); if it was not made yet, say why (not_yet).

## Terms and filings

ground-money = It concerns data by whose misuse money can be lost (enforcement rules, article 7, item 2).
ground-malice = It may have been done to do harm (article 7, item 3).
ground-malice-unknown = As long as it is not settled that it was not done to do harm, this is taken to apply as well (article 7, item 3).
ground-many = It concerns more than 1,000 persons (article 7, item 4).
ground-many-unknown = Nobody knows yet how many persons it concerns; there may be more than 1,000 (article 7, item 4).
ground-none = By these facts no report to the Personal Information Protection Commission is called for. If in doubt, ask the Commission or a specialist.
duty-commission-preliminary = preliminary report to the Personal Information Protection Commission
duty-commission-final = final report to the Personal Information Protection Commission
duty-persons = the persons concerned
duty-processor = the payment processor
duty-card-companies = the card companies
duty-police = the police
duty-range = It is due from { $from } to { $due } (the day on which it became known is the first; weekends and holidays count).
duty-due = It is due on { $due }.
duty-due-either = It is due on { $due }. Where it may have been done to do harm it is due on { $later }; until that is settled, keep to the earlier day.
duty-soon = It has no term; the sooner the better.
duty-contract = No law sets a term; the sooner the better. See what your contract asks for.
duty-persons-soon = They are to be told promptly, as the circumstances allow (Act, article 26, paragraph 2). No number of days is set.
duty-persons-sent = { $mail } were sent by mail and { $letter } by post; { $rest } are on their way or to be written, { $none } reach nobody.
duty-unknown-start = The term cannot be counted: “discovered” of “Timeline” (timeline) does not name a day.
duty-done = Done on { $day }.
duty-done-late = Done on { $day }, after its term.
duty-open = Open; { $days } days are left, today among them.
duty-overdue = Open, and overdue by { $days } days. Report at once, with what is known.
duty-untimed = Open.
duty-reason = Reason: { $reason }
kind-preliminary = preliminary
kind-final = final
kind-report = report
duties-title = Terms of reports
duties-grounds = Why the Personal Information Protection Commission must be told
duties-register = Register of filings
duties-gate = Before publishing
duties-gate-none = Everything that publishing asks for is there.
duties-announced = “Timeline” (timeline) has no day of the announcement (announced). Enter it once it is made: reports name it under “What was published”.
duties-why-now = { $days } days lie between the day on which it became known and the announcement, and nothing says why (why_now, in announcements).
duties-note = Terms of reports to the Commission are computed from the law and the guideline. This is no legal advice.

## Drafts of reports

report-to = To
report-on = Of
report-from = From
report-unknown = Being looked into.
report-none = Does not apply.
report-commission-preliminary = Report of a leak (preliminary), draft
report-commission-final = Report of a leak (final), draft
report-processor = Report to the payment processor, draft
report-card-companies = Report to the card companies, draft
report-police = What the police should know, draft
report-staff = For those who answer customers
office-staff = Whoever answers customers
item-overview = Outline
item-items = Items of personal data that leaked or may have leaked
item-persons = Number of persons
item-cause = Cause
item-harm = Secondary harm, or the danger of it
item-persons-told = What was done for the persons concerned
told-by-mail-arrived = Notices sent by mail that did not come back
told-by-letter-posted = Notices posted as letters
told-under-way = Notices still on their way
told-unreachable = Notices that reach nobody
told-notices = { $n }
item-published = What was published
item-measures = Measures against recurrence
item-other = Other matters
item-published-on = Published on { $day } at { $pages }.
item-published-planned = Not published yet; it will be on { $day }.
item-published-unstated = (Before you file it:) put the day of the announcement here, or that there was none yet.
item-told-unstated = (Before you file it:) once notices have been sent, put the day of it here.
item-cause-complete = (Before you file it:) the final report states the cause that was found. If it is still not known, say what was looked into and why it is not.
item-measures-late = Some measures are not finished though their day has passed.
item-asked = What we ask of you
item-evidence = Evidence that is left
item-contact = Contact
item-never = What may be answered, and what not
item-never-say = Of what is not known, say that the page will tell. Never say that data “was leaked”, or that all is well.
item-next = What will be announced
asked-monitoring = to watch payments with the cards concerned with particular care
asked-reissue = to take requests for new cards from the customers concerned without a fee
asked-reissue-until = to take requests for new cards from the customers concerned without a fee until { $day }
asked-answer = to tell us from when until when you will do both
