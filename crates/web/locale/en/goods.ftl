# Pages of a list
pager-label = Pages
pager-prev = Previous
pager-next = Next
pager-where = Page { $page } of { $pages }

# Search
search-mended = Did you mean “{ $words }”? We looked for that.
search-some = Nothing has all of these words. Here is what comes close.
search-popular = In season now

# A product's form
bo-product-reading = Reading and other spellings
bo-product-reading-hint = Words to find it by in the shop; shown nowhere. In hiragana, with a space between words, such as くり ようかん 羊かん.

# Movements of stock
bo-move-any = All movements
bo-stock-csv = Save as CSV
bo-stock-history-filtered = No such movements.
bo-csv-on-hand-before = On the shelf before
bo-csv-on-hand-after = On the shelf after
bo-csv-reserved-before = Promised before
bo-csv-reserved-after = Promised after
bo-csv-staff = Staff

# Pictures of a product
bo-pictures-title = Pictures
bo-pictures-none = None yet.
bo-pictures-save = Save order and words
bo-picture-alt-ja = What it shows (Japanese)
bo-picture-alt-en = What it shows (English)
bo-picture-alt-hint = Read aloud to customers who cannot see it, such as: three chestnut manju on a plate.
bo-picture-alt-en-hint = Left empty, the Japanese words are used.
bo-picture-position = Position
bo-picture-remove = Take out picture { $n }
bo-picture-add = Add a picture
bo-picture-file = File
bo-picture-file-hint = JPEG, PNG or WebP of at most 10 MB. Where it was taken, the name of the camera and the like are dropped before it is kept.
bo-picture-where = Where
bo-picture-add-new = At the end
bo-picture-replace = In place of picture { $n }
bo-picture-send = Send the picture
bo-picture-wrong-none = Choose a file.
bo-picture-wrong-bytes = This picture has more than 10 MB. Make it smaller and choose it again.
bo-picture-wrong-again = Choose the file once more.
bo-picture-wrong-type = Choose a picture in JPEG, PNG or WebP.
bo-picture-wrong-broken = The picture could not be read to its end. Is the file whole? Please try another one.
bo-picture-wrong-large = The picture is too large. It may have { $max } megapixels.
bo-picture-wrong-small = The picture is too small. Its shorter side needs { $min } pixels.
bo-picture-wrong-many = A product has at most { $max } pictures. Take one out, or replace one.
bo-picture-wrong-twice = This picture is there already.
bo-done-picture-added = The picture is in its place; the shop shows it already.
bo-done-picture-removed = The picture was taken out.
bo-action-product-picture = Picture
bo-detail-add = added
bo-detail-replace = replaced
bo-detail-remove = taken out
bo-detail-order = order and words

# News, in the shop
news-title = News
news-none = There is no news at present.
news-all = All news
news-more = More news

# News, in the back office
bo-nav-news = News
bo-news-title = News
bo-news-new = Write news
bo-news-none = None yet. Write some to tell of something new or of days when the shop is closed.
bo-news-col-title = Title
bo-news-when = Published at
bo-news-day = Day
bo-news-time = Time
bo-news-when-note = From this time on the shop shows it. Set a later one, and it waits until then.
bo-news-words = Title and text
bo-news-marks = The text is Markdown: an empty line parts paragraphs; **bold**, ## headings, - lists and [words](/p/kuri-manju) for links can be used. HTML is shown as the text that it is.
bo-news-title-ja = Title (Japanese)
bo-news-title-en = Title (English)
bo-news-body-ja = Text (Japanese)
bo-news-body-en = Text (English)
bo-news-preview = Preview
bo-news-preview-note = This is how the shop will show it. Nothing is saved yet.
bo-news-save = Save
bo-news-publish = Publish
bo-news-withdraw = Withdraw
bo-news-in-shop = See it in the shop
bo-news-state-draft = Draft
bo-news-state-waiting = Waits for its time
bo-news-state-published = Published
bo-news-state-withdrawn = Withdrawn
bo-done-news-published = Published; the shop shows it already.
bo-done-news-waits = The shop will show it at that time.
bo-done-news-withdrawn = Withdrawn; the shop shows it no longer.
bo-action-news-keep = News
bo-detail-save = saved
bo-detail-publish = published
bo-detail-withdraw = withdrawn
