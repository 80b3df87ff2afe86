# Pages for whoever got a notice about leaked information.

notice-title = Check a notice
notice-lead = See whether a mail or letter from us is genuine, by the code that stands in it.
notice-code-label = Code of the notice
notice-code-hint = 12 letters and digits. Capitals and hyphens do not matter.
notice-code-length = The code has { $wanted } letters and digits; you typed { $typed }. Please look at it once more.
notice-button = Check
notice-genuine = We sent this notice
notice-subject = Subject
notice-day = Date of the notice
notice-genuine-note = If the subject of yours is another one, somebody may have copied the code into a false notice: do not open its links, and contact us.
notice-unknown = We have not sent a notice with this code
notice-unknown-typed = Please look first whether the code is typed correctly. The digits 0 and 1 and the letters I, L and O are not used.
notice-unknown-false = If it is, the notice is probably false and only looks like ours. Please do not open its links, and do not call the numbers in it.
notice-never-ask = We never ask for card numbers, PINs or passwords, be it by mail, by telephone or by letter.
