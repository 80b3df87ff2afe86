# Words of the pages that are shown while something is away

fault-store-away-title = Our books cannot be opened just now
fault-store-away-body = The shop’s database does not answer for the moment. What is in your basket stays there.
fault-store-away-next = Please try again on the same page in a little while. Sending the same order twice never makes two orders.

bo-fault-store-away-title = The database does not answer
bo-fault-store-away-body = Nobody can tell whether this was done. Open the page again in a little while, and repeat it where it was not. If it goes on, see whether the database runs and whether its disk has room.

fault-reference = Reference: { $reference } (please mention it if you write to us about this)
bo-fault-reference = Reference: { $reference }
