# Questions that customers ask, and answers put together from the facts. Values are texts.

part-cards = About cards
part-personal = About other personal data
part-asking = About notices and your questions
part-response = How it came about and what we do

## Cards

q-card-am-i = How do I know whether my card is concerned?
a-card-am-i = It concerns:
told-by-mail = We wrote to those concerned on { $day }, to the mail address given when they registered or ordered. The mail is headed:
told-by-mail-begun = We are writing to those concerned, to the mail address given when they registered or ordered. The mail is headed:
told-by-mail-soon = We will write to those concerned, to the mail address given when they registered or ordered. When that is done, { $here } will name the day and the subject.
told-by-mail-soon-office = Those concerned will be written to, at the mail address given when they registered or ordered.
told-by-letter = Whoever the mail did not reach was sent a letter on { $day }, to the postal address given when they registered or ordered.
told-by-letter-begun = Whoever the mail did not reach is being sent a letter, to the postal address given when they registered or ordered.
told-by-letter-soon = Whoever the mail does not reach will get a letter, to the postal address given when they registered or ordered.

q-card-meaning = What does it mean that card data “may have been leaked”?
a-meaning = The records that are left do not show whether each customer's data was in fact taken. That is why we say that it “may have been leaked”.
a-meaning-prepare = To be on the safe side, please act as if your data were in the hands of others. We are sorry for the trouble.

q-card-elsewhere = I used my card in another of your shops or services. Is it concerned?
a-elsewhere = “{ $system }” is not concerned. { $why }
a-elsewhere-unknown = We cannot yet say anything certain about other shops and services. When we can, { $here } will say so.

q-card-outside = I ordered before or after that time. What about my card?
a-card-outside = As far as the investigation has shown, the time that concerns cards is { $days } ({ $included }). Cards used at other times are not among those concerned.
a-card-outside-days = days in Japan, first and last included
a-card-outside-clock = Japan time
a-card-outside-personal = For personal data other than cards the time is another one: please see “About other personal data”.
a-may-change = The investigation has not ended. If it comes to other results, { $here } will say so, and we will write to whoever is newly concerned.

q-card-in-window = How can I find out whether I ordered within that time?
a-look-for-mail-begun = Please look for our mail, also among mail marked as spam. It is headed:
a-look-for-mail = Please look for our mail of { $day }, also among mail marked as spam. It is headed:
a-ask-in-window = If you cannot find it, or your mail address has changed, please ask us and name the mail address that you registered or ordered with. We answer to the address that we have on record.

q-card-unfinished = I typed in my card number, but the order did not go through. Is it concerned?
a-unfinished-meant = Yes. Cards that were typed in are concerned whether or not an order followed.
a-depends = That depends. It concerns:
a-unfinished-only = Yes. It concerns payments that did not go through. Payments that went through are not among them.
a-unfinished-not = No. It concerns payments that went through. Others are not among them.

q-card-saved = I paid with a saved card. Is it concerned?
a-saved-meant = Yes. Saved cards are concerned as well.
a-saved-alone = Yes. It concerns saved cards that were used. Cards that were typed in are not among them.
a-saved-not = Not if you used a saved card without typing in its number.
a-saved-not-typed = If you typed in a number to save or change a card, it is concerned.

q-card-which = How can I find out which card I used?
a-which-ask = Please ask us and give your full name as registered, and the mail address or telephone number that you registered.
a-which-can = What we can look up: { $items }.
a-which-cannot = What we cannot look up: { $items }.
a-which-unknown = We are finding out what we can look up; { $here } will say so.
a-which-owner-only = We tell you about your card only in person, at the mail address or telephone number that you registered. We cannot tell members of your family, and ask for your understanding.

q-card-reissue = How do I get a new card?
a-reissue-how = Please call the company that issued your card, at the number on its back, and ask for a new card number. Bills that are paid with the card will need the new number.
a-fee-merchant = We bear the fee for the new card; it costs you nothing.
a-fee-companies = The card companies bear the fee for the new card; it costs you nothing.
a-fee-asked-on = On { $day } we asked the card companies to see to it that the new card costs you nothing.
a-fee-asked = We are asking the card companies to see to it that the new card costs you nothing.
a-fee-until = This holds if you ask for the new card by { $day }.
a-fee-until-asked = Please ask them for it by { $day }.
a-fee-open = No last day for this is set at present. If one is set, { $here } will say so.
a-fee-passed = New cards without a fee could be asked for until { $day }. For a new card from now on, please ask the company that issued yours.
a-fee-unknown = Who bears the fee for a new card is not decided yet. When it is, { $here } will say so.

q-card-statement = How can I see whether my card was misused?
a-statement = Please go through your card's statements with care for some time, small amounts included.
a-statement-call = If you find a charge that you do not know, please call the number on the back of the card at once.

q-card-unknown-charge = There is a charge that I do not know. What should I do?
a-charge = Please tell the company that issued the card at once, at the number on its back, and ask whether the card should be blocked.
a-charge-shop = Only that company can take a charge back, but please let us know, too, if you are in difficulty.

q-card-monitoring = Do the card companies watch for misuse?
a-monitoring-since = On { $day } we asked the card companies to watch payments with these cards with particular care.
a-monitoring = We are asking the card companies to watch payments with these cards with particular care.
a-monitoring-until = That is planned until { $day }.
a-monitoring-passed = The card companies' particular care ended on { $day }. Please go on reading your statements.
a-monitoring-own = Not everything is noticed in this way, so please read your statements yourself as well.
a-monitoring-unknown = What we ask of the card companies is not decided yet. When it is, { $here } will say so.

q-card-compensation = Do I get compensation?
a-compensation-none = There is nothing else that we can promise at present. If that changes, { $here } will say so.
a-compensation-charge = For money lost by misuse of a card, please speak to the company that issued it.

q-card-count = How many people's cards are concerned?
a-count = “{ $cause }” concerns { $count }.
a-count-unlinked =
    { $form ->
        [one] Of these, { $n } record does not show whose it is, so that we cannot write to anybody about it.
       *[other] Of these, { $n } records do not show whose they are, so that we cannot write to anybody about them.
    }
told-not-all = We cannot write to those of whom our records do not show who they are. If you think that you are concerned, please ask us.
a-count-unknown = We have not finished counting whom “{ $cause }” concerns. When we have, { $here } will say so.
a-count-unknown-office = Whom “{ $cause }” concerns has not been counted to the end. We will report the number when it is known.
a-count-stated = The figure of { $by }: { $count }.

## Other personal data

q-personal-am-i = How do I know whether my personal data is concerned?
a-personal-am-i = It concerns:
q-personal-meaning = What does it mean that personal data “may have been leaked”?
q-personal-items = Which data is concerned?
a-items-of = “{ $cause }” concerns:
q-personal-cards-too = Are cards among it?
a-cards-too-yes = Yes. What “{ $cause }” concerns includes card data.
a-cards-too-no = No. What “{ $cause }” concerns does not include card data.
a-cards-not-kept = Our database is made so that it does not keep card numbers.
a-cards-other-cause = Card data is concerned by another cause, which has other limits: please see “About cards”.
q-personal-two-causes = Do cards and other personal data have different causes?
a-two-causes = What happened has { $n } different causes. They concern:
a-two-causes-differ = Since the ways by which data could get out differ, so do the time and the customers concerned.
q-personal-password = Are passwords concerned?
a-password-no = No. Passwords are not among what is concerned.
a-password-plain = Yes. Passwords as they were typed are among it.
a-password-hashed = Not passwords themselves, but what a calculation called hashing makes of them is among it. No calculation leads back from that to the password.
a-password-guess = Guesses, however, can be put through the same calculation and compared. Passwords that are short, common, or made of names and birthdays may be found out in this way.
a-password-pepper = To compare a guess, a key is needed that is kept in another place. That key is not among what is concerned.
a-password-change = If you use the same password elsewhere, please change it there.
q-personal-risks = What could happen if this data falls into the wrong hands?
a-risks = Such things as these:
a-risk-card = Misuse of the card, and charges that you do not know.
a-risk-mail = False mails in the name of our shop, a card company or a carrier.
a-risk-phone = Calls by strangers in the name of our shop or the police.
a-risk-address = Letters or goods that you did not ask for.
a-risk-password = Strangers signing in elsewhere, where you use the same password.
a-risk-bank = Messages about transfers or direct debits that are not what they seem.
a-never-ask = { $shop } never asks for card numbers, PINs or passwords by mail or telephone.
q-personal-recipient = I only received a gift and bought nothing. Am I concerned?
a-recipient-yes = Yes. Those to whom an order was sent are concerned as well.
a-recipient-items = What is concerned: { $items }.
a-recipient-told = Since we rarely know recipients' mail addresses, we write to them by post, or this page has to take the place of a letter.
a-recipient-no = No. Data of those to whom an order was sent is not among what is concerned.
q-personal-count = How many people's other personal data is concerned?

## Notices and questions

q-notice-genuine = How can I tell whether a notice is genuine?
a-genuine = A genuine notice has a subject that this page names.
a-genuine-sender = It comes from { $mail }.
a-genuine-code = It bears a code that you can check at { $page }.
q-notice-missing = I think I am concerned, but no notice has come.
a-missing = A change of address or a spam filter may have kept it from you.
a-missing-soon = The notices have yet to be sent.
a-missing-ask = Please ask us and name the mail address that you registered or ordered with. We look it up and answer where we have you on record.
q-notice-retracted = I was told that I am concerned, and then that I am not.
a-retracted = We looked again and found that some were told of what does not concern them. We are telling them so, with our apology, under the subject “{ $subject }”. We are sorry for the worry.
q-ask-where = Where can I ask?
q-ask-for-others = Can my family or a lawyer ask for me?
a-for-others = Anybody may ask. What concerns one customer, such as whether he is concerned or with which card, we tell only at the address that he registered.
a-for-others-how = We answer lawyers and others who act for you when you have told us that they do.
q-ask-address-changed = Neither my mail address nor my telephone number of then is in use any more.
a-address-changed = Please tell us so when you ask.
a-address-changed-letter = To make sure that it is you, we send a letter with a code to the postal address that you registered or ordered with, and answer when you tell us the code.

## How it came about

explained-suspected = { $text } (This is what we believe at present; it is being looked into.)
explained-unknown-but = { $text } (More is not known yet.)
explained-why-unknown = Why it could happen is not known yet. When it is, { $here } will say so.
explained-how-unknown = How data could get out is not known yet. When it is, { $here } will say so.
explained-why-unknown-commission = Why it could happen is being looked into. We will report it, in a further or the final report, as soon as it is known.
explained-why-unknown-office = Why it could happen is being looked into. We will report it as soon as it is known.
explained-how-unknown-commission = How data could get out is being looked into. We will report it, in a further or the final report, as soon as it is known.
explained-how-unknown-office = How data could get out is being looked into. We will report it as soon as it is known.
q-why = Why did this happen?
a-why-of = About “{ $cause }”:
q-updates = Was the software not up to date?
a-updates-applied = All updates that had been published were applied.
a-updates-not-applied = Some updates that had been published were not applied.
a-updates-unknown = Whether all updates had been applied is still being looked into.
a-updates-fix-later = The update that mends what was used here was published on { $fix }, after the intrusion had begun on { $intrusion }.
a-updates-fix = The update that mends what was used here was published on { $fix }.
q-defences = Had you taken measures against intrusions?
a-defences-had = These were in place:
a-defences-lacked = These were not:
a-defences-unknown = What was in place at the time is being put together along with the investigation.
q-discovered = When and how did you find out?
a-discovered = We noticed it on { $day }.
a-discovered-by = We were told on { $day } by { $by }.
a-discovered-unknown = How it was found out is being put together; { $here } will tell.
a-began-days =
    { $form ->
        [one] The intrusion began on { $day }; it took { $days } day until it was found out.
       *[other] The intrusion began on { $day }; it took { $days } days until it was found out.
    }
a-began = The intrusion began on { $day }.
a-began-unknown = When the intrusion began is not known yet.
q-investigation = Who investigates, and how far is it?
investigators = a firm of investigators
a-investigation-unstated = How far the investigation is, is being put together; { $here } will tell.
a-investigation-unstated-office = How far the investigation is, is being found out. We will report it as soon as it is known.
a-investigation-planned = As of { $day }, an investigation by { $by } is being arranged.
a-investigation-running = As of { $day }, the investigation by { $by } goes on.
a-investigation-finished = The investigation by { $by } has ended (as of { $day }).
a-investigation-accredited = They are specialists accredited by the card companies, who find out how data got out and whose.
a-misuse-seen = We have been told of cases in which such data was misused.
a-misuse-not-seen = Up to { $day } we have not been told of any misuse.
a-misuse-unknown = Whether any of it was misused is not known yet.
q-closed = Why did you close the shop?
a-payment-stopped = We stopped payments by card on { $day }.
a-shop-closed = We closed the shop on { $day }.
a-isolated = We cut the server off from the network on { $day }.
q-reopened = When will the shop open again?
a-reopened = It opened again on { $day }.
a-reopened-not-yet = The day is not set. When it is, { $here } will say so.
q-delay = Why did it take so long until you announced it?
a-delay =
    { $form ->
        [one] It was found out on { $known } and announced on { $announced }, { $days } day later. We are sorry that it took so long.
       *[other] It was found out on { $known } and announced on { $announced }, { $days } days later. We are sorry that it took so long.
    }
a-delay-none = We announced it on { $day }, the day on which it was found out.
a-delay-about = It was found out on { $known } and announced on { $announced }.
a-delay-meanwhile = What was done in the meantime:
q-measures = What do you do so that it does not happen again?
a-measures-done = This has been done:
a-measures-planned = This will be done:
a-measures-unknown = What we do follows from the investigation. When it is decided, { $here } will say so.
a-measures-unknown-office = Measures follow from the investigation. We will report them as soon as they are decided.
measure-done = { $what } ({ $on })
measure-planned = { $what } (planned by { $on })
measure-late = { $what } (planned by { $on }, and not finished yet)
q-commission = Have you reported it to the Personal Information Protection Commission?
a-commission-preliminary = We made the preliminary report on { $day }.
a-commission-final = We made the final report on { $day }.
a-commission-report = We reported it on { $day }.
a-commission-not-yet = Not yet.
q-police = Have you gone to the police?
a-police = We reported it to the police on { $day }.
a-police-at = We reported it on { $day } to { $office }.
a-police-not-yet = Not yet.
q-news = Where will new findings be told?
a-news-here = New findings are added to this page with their date. What it said before stays readable, with what was corrected.
a-news-next = The next announcement is planned by { $on }, about { $about }.
a-news-open = We will tell about { $about } as soon as it is known.
a-news-late = An announcement about { $about } was planned by { $on } and is late. We are sorry.
a-news-none = No further announcement about the investigation is planned. Answers to your questions will go on to be added to this page.
a-news-unknown = The day of the next announcement is not set. When it is, { $here } will say so.
