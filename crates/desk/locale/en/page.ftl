# The words of what is published. Values are texts.

title = Apology and notice: { $about }
title-questions = Questions and answers
title-versions = Versions
dateline = { $merchant }, { $day } (version { $number })
lead-intrusion = There was an intrusion into { $shop }; { $about }.
lead-intrusion-confirmed = There was an intrusion into { $shop }; we have confirmed that { $about }.
lead-confirmed = We have to tell you of an incident at { $shop }: we have confirmed that { $about }.
lead = We have to tell you of an incident at { $shop }: { $about }.
lead-apology = We apologise sincerely for the worry and trouble that this causes you. Here is what is known, and what we ask of you.

section-whom = Whom and what it concerns
section-elsewhere = What it does not concern
section-please = What we ask of you
section-cards = New cards, and what card companies do
section-timeline = What happened when
section-why = Causes
section-investigation = The investigation
section-measures = So that it does not happen again
section-reports = Reports
section-contact = Questions, and what we will tell you

row-cause = Cause
row-cause-of = Cause { $n }
row-whom = Whom
row-days = When
row-items = What
row-items-perhaps = What else it may concern
row-count = How many
row-count-unknown = being counted
whom-all = One or more of these concern { $n }.

please-card = Please go through your card's statements, and call the number on the back of the card at once if there is a charge that you do not know. If you are worried, ask for a new card.
please-password = If you use the same password elsewhere, please change it there.
please-mail = Please be careful with mails and calls in the name of our shop or a card company. If in doubt, do not open links in mails, and ask at an address that you have found yourself.
please-bank = Please look for movements on your account that you do not know.

timeline-unknown = The course of events is being put together; { $here } will tell.
step-intrusion = The intrusion began.
step-discovered = We noticed it.
step-discovered-by = We were told by { $by }.
step-payment-stopped = We stopped payments by card.
step-shop-closed = We closed the shop.
step-isolated = We cut the server off from the network.
step-card-companies-told = We told the card companies and the payment processor.
step-firm-engaged = We ordered an investigation.
step-firm-engaged-by = We ordered an investigation by { $by }.
step-report-received = The report of the investigation came.
step-announced = We announced it.
step-notices-sent = We wrote to the customers concerned by mail.
step-letters-sent = We sent letters to those whom the mail did not reach.
step-reopened = The shop opened again.

filed-preliminary = We made the preliminary report to { $office }.
filed-final = We made the final report to { $office }.
filed-report = We reported it to { $office }.
filed-police = We reported it to { $office }.
filed-not-yet = We have not reported it to { $office } yet. { $why }
filed-not-yet-police = We have not gone to { $office } yet. { $why }
not-yet = not yet
reports-none = What has been reported to whom is being put together; { $here } will tell.
office-commission = the Personal Information Protection Commission
office-police = the police
office-processor = the payment processor
office-card-companies = the card companies
office-other = others concerned

## The frame of the page

nav = Pages of this notice
nav-announcement = Notice
nav-questions = Questions
nav-versions = Versions
nav-other-language = 日本語
skip = To the text
contents = Contents
to-shop = To { $shop }
as-of = As of { $day }.
feed = Updates (Atom)
feed-title = { $shop }: updates of the notice
added = added { $day }
question-mark = Q
questions-lead = Answers to your questions are added here, each with its date.
versions-lead = With each change there is a new version. Earlier ones stay readable, and what was corrected is marked.
version-name = Version { $number }
version-current = current
old-banner = This is version { $number } of { $day }. It has been replaced since.
to-current = Read the current version
corrected-title = What this version corrects
corrected-later = Later versions corrected the following.
corrected-none = Nothing that the version before said is corrected.
corrected-changed = before: { $old } → now: { $new }
corrected-gone = Withdrawn. Before: { $old }
corrected-new = New: { $new }
corrected-numbers = “{ $cause }”: newly concerned { $added }, found not to be concerned { $retracted }.
statement-days = “{ $cause }”: when
statement-whom = “{ $cause }”: whom
statement-items = “{ $cause }”: what
statement-verdict = “{ $cause }”: how certain
statement-count = “{ $cause }”: how many
statement-persons = How many it concerns in all
statement-systems = What it does not concern
statement-intrusion = Beginning of the intrusion
statement-discovered = When it was found out
