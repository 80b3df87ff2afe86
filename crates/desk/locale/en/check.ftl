# The check of texts. Values are texts.

finding-certainty = “{ $what }” says that it certainly leaked. By the facts it is possible.
finding-certainty-do = Write “may have been leaked”. Where it has been confirmed, change “certainty” or “confirmed” in the facts.
finding-safety = “{ $what }” is certain of what nobody can be certain of.
finding-safety-do = Write what is known, such as “is not among what is concerned” or “up to … we have not been told of any misuse”.
finding-promise = “{ $what }” is a promise that the facts do not hold.
finding-promise-do = Write what can be promised. Where it is decided, put it into “compensation” or “cards.reissue” of the facts.
finding-secrets = It asks for “{ $what }”. Nobody could tell it from a forged notice.
finding-secrets-do = Ask for name, and the mail address or telephone number on record, and nothing else.
finding-link = “{ $what }” is no address of the merchant's in the facts (one without https is none either).
finding-link-do = Use the addresses of “merchant” and “contacts” only.
finding-phone = “{ $what }” is not the telephone number in “contacts” of the facts.
finding-phone-do = Use “phone” of “contacts”.
finding-subject = “{ $what }” is not the subject of a notice. With another subject nobody can tell which is genuine.
finding-subject-do = Use the subject that `dozo incident notice` prints, as it stands.
finding-figure = The number “{ $what }” stands neither in the facts nor in the counts.
finding-figure-do = Use the counts (--scope), or figures of “stated”.
finding-day = The day “{ $what }” does not stand in the facts.
finding-day-do = Use the facts' days; put a new one into the facts first.
finding-term = “{ $what }” has passed, and is spoken of as if it had not.
finding-term-do = Say that it has passed, or change the term in the facts.

# Behind what to write instead.
finding-between = {" "}
finding-ours = Here it is: { $ours }
finding-uncounted = Nothing was counted for this check: without --scope no count is known.

finding-item = “{ $what }” is said to be concerned. By the facts no cause concerns it, or not the one that is named.
finding-item-do = Name what the facts have under “items”. Where more is concerned, put it there first.
