//! The Atom feed (RFC 4287): an entry for each version and each answer that was added.

use super::html::{Site, escaped, path};
use crate::Tongue;
use jiff::civil::Date;
use std::fmt::Write as _;

struct Entry {
    on: Date,
    address: String,
    title: String,
    text: String,
}

/// The feed of one language, the newest entry first.
pub fn atom(site: &Site<'_>) -> String {
    let (tongue, pages) = (Tongue::of(site.lang), &site.merchant.pages);
    let last = site.record.editions.len();
    let mut entries: Vec<Entry> = Vec::new();
    for (n, edition) in site.record.editions.iter().enumerate() {
        let texts = edition.texts(site.lang);
        let number = tongue.say("version-name", &[("number", &edition.number.to_string())]);
        entries.push(Entry {
            on: edition.on,
            address: format!("{pages}{}", path(site.lang, &format!("versions.html#v{}", edition.number))),
            title: format!("{} {number}", texts.title),
            text: tongue.text(&edition.why).to_owned(),
        });
        let added = texts.questions.iter().filter(|_| n + 1 == last);
        entries.extend(added.filter_map(|question| {
            Some(Entry {
                on: question.added?,
                address: format!("{pages}{}", path(site.lang, &format!("questions.html#{}", question.id))),
                title: question.question.clone(),
                text: crate::document::plain(&question.answer, site.lang).trim_end().to_owned(),
            })
        }));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.on));
    let updated = entries.first().map_or(site.case.today, |entry| entry.on);
    let name = tongue.say("feed-title", &[("shop", tongue.text(&site.merchant.shop))]);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">\n\
         <title>{name}</title>\n<id>{home}</id>\n<updated>{updated}T00:00:00+09:00</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n\
         <author><name>{author}</name></author>\n",
        lang = site.lang.word(),
        name = escaped(&name),
        home = escaped(&format!("{pages}{}", path(site.lang, "index.html"))),
        own = escaped(&format!("{pages}{}", path(site.lang, "feed.atom"))),
        author = escaped(tongue.text(&site.merchant.name)),
    );
    for entry in entries {
        let (address, title, text) = (escaped(&entry.address), escaped(&entry.title), escaped(&entry.text));
        writeln!(
            out,
            "<entry>\n<title>{title}</title>\n<id>{address}</id>\n<updated>{}T00:00:00+09:00</updated>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n<content type=\"text\">{text}</content>\n</entry>",
            entry.on
        )
        .ok();
    }
    out + "</feed>\n"
}
