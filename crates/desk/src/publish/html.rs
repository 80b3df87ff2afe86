//! Pages: valid HTML without a script, with one style of our own and nothing from elsewhere.

use super::{
    Files,
    record::{Change, Edition, Record},
};
use crate::{
    Block, Case, Lang, Section, Tongue,
    questions::{self, Answered},
    speaker::Speaker,
};
use incident::facts::Merchant;
use std::fmt::Write as _;

/// No script, no frame, no form, no font and no picture from anywhere: whatever a server adds in headers.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";

/// What the pages of one language are made of.
pub struct Site<'a> {
    pub merchant: &'a Merchant,
    pub case: Case<'a>,
    pub lang: Lang,
    pub record: &'a Record,
}

/// Where a page stands, and what stands around it.
struct Place<'a> {
    /// From the page's folder to that of the publication.
    up: &'static str,
    /// Path of the page from the folder of the publication.
    path: String,
    /// The same page in the other language.
    other: String,
    title: String,
    /// The word of the page in the navigation.
    word: &'a str,
}

/// A page's path in a language.
pub fn path(lang: Lang, name: &str) -> String {
    match lang {
        Lang::Ja => name.to_owned(),
        Lang::En => format!("en/{name}"),
    }
}

fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Ja => Lang::En,
        Lang::En => Lang::Ja,
    }
}

impl Site<'_> {
    fn speaker(&self) -> Speaker<'_> {
        Speaker::on_page(self.case, self.lang)
    }

    fn tongue(&self) -> &'static Tongue {
        Tongue::of(self.lang)
    }

    fn say(&self, id: &str) -> String {
        self.tongue().say(id, &[])
    }

    /// Every page in this language, by path.
    pub fn pages(&self) -> Files {
        let mut files = Files::new();
        let Some((current, earlier)) = self.record.editions.split_last() else { return files };
        for (name, word) in [("index.html", "announcement"), ("questions.html", "questions")] {
            let body = if word == "questions" {
                self.questions(current)
            } else {
                self.announcement(current, &self.corrections(current, earlier.last()))
            };
            files.extend([self.page(name, word, self.title(current, word), &body)]);
            for old in earlier {
                let body = self.old(old, word);
                let name = format!("v{}/{name}", old.number);
                files.extend([self.page(&name, word, self.title(old, word), &body)]);
            }
        }
        files.extend([self.page("versions.html", "versions", self.say("title-versions"), &self.versions())]);
        files
    }

    fn title(&self, edition: &Edition, word: &str) -> String {
        if word == "questions" { self.say("title-questions") } else { edition.texts(self.lang).title.clone() }
    }

    /// A whole page and its path.
    fn page(&self, name: &str, word: &str, title: String, body: &str) -> (String, String) {
        let path_here = path(self.lang, name);
        let up = match path_here.matches('/').count() {
            0 => "",
            1 => "../",
            _ => "../../",
        };
        let place = Place { up, other: path(other(self.lang), name), path: path_here.clone(), title, word };
        (path_here, self.frame(&place, body))
    }

    fn frame(&self, place: &Place<'_>, body: &str) -> String {
        let (lang, up, tongue) = (self.lang.word(), place.up, self.tongue());
        let shop = escaped(tongue.text(&self.merchant.shop));
        let title = format!("{} | {shop}", escaped(&place.title));
        let site = escaped(&self.merchant.site);
        let (other_lang, other_path) = (other(self.lang).word(), escaped(&place.other));
        let canonical = escaped(&format!("{}{}", self.merchant.pages, place.path));
        let feed = format!("{up}{}", path(self.lang, "feed.atom"));
        let feed_title = tongue.say("feed-title", &[("shop", tongue.text(&self.merchant.shop))]);
        let as_of = tongue.say("as-of", &[("day", &tongue.day(self.case.today))]);
        let mut nav = String::new();
        for (word, name) in
            [("announcement", "index.html"), ("questions", "questions.html"), ("versions", "versions.html")]
        {
            let here = if place.path == path(self.lang, name) { " aria-current=\"page\"" } else { "" };
            let within = if place.word == word && here.is_empty() { " class=\"within\"" } else { "" };
            let label = escaped(&self.say(&format!("nav-{word}")));
            let href = format!("{up}{}", path(self.lang, name));
            writeln!(nav, "<li><a href=\"{href}\"{here}{within}>{label}</a></li>").ok();
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<link rel=\"stylesheet\" href=\"{up}desk.css\">\n\
             <link rel=\"canonical\" href=\"{canonical}\">\n\
             <link rel=\"alternate\" hreflang=\"{other_lang}\" href=\"{up}{other_path}\">\n\
             <link rel=\"alternate\" type=\"application/atom+xml\" title=\"{feed_title}\" href=\"{feed}\">\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">{skip}</a>\n\
             <header class=\"head\"><div class=\"wrap\">\n<p class=\"brand\"><a href=\"{site}\">{shop}</a></p>\n\
             <nav aria-label=\"{nav_label}\"><ul>\n{nav}\
             <li class=\"lang\"><a href=\"{up}{other_path}\" lang=\"{other_lang}\" hreflang=\"{other_lang}\">{other_label}</a></li>\n\
             </ul></nav>\n</div></header>\n\
             <main id=\"main\" class=\"wrap\" tabindex=\"-1\">\n{body}</main>\n\
             <footer class=\"foot\"><div class=\"wrap\">\n<p class=\"foot-name\">{company}</p>\n<p>{as_of}</p>\n\
             <ul><li><a href=\"{site}\">{to_shop}</a></li><li><a href=\"{feed}\">{feed_label}</a></li></ul>\n\
             </div></footer>\n</body>\n</html>\n",
            feed_title = escaped(&feed_title),
            skip = escaped(&self.say("skip")),
            nav_label = escaped(&self.say("nav")),
            other_label = escaped(&self.say("nav-other-language")),
            company = escaped(tongue.text(&self.merchant.name)),
            to_shop = escaped(&tongue.say("to-shop", &[("shop", tongue.text(&self.merchant.shop))])),
            as_of = escaped(&as_of),
            feed_label = escaped(&self.say("feed")),
        )
    }

    fn announcement(&self, edition: &Edition, corrections: &[Block]) -> String {
        let texts = edition.texts(self.lang);
        let mut sections = texts.sections.clone();
        if !corrections.is_empty() {
            let title = self.say("corrected-title");
            sections.insert(0, Section { id: "corrected".to_owned(), title, blocks: corrections.to_vec() });
        }
        let mut out = format!(
            "<article>\n<h1>{}</h1>\n<p class=\"dateline\">{}</p>\n<div class=\"lead\">\n{}</div>\n",
            escaped(&texts.title),
            escaped(&texts.dateline),
            self.blocks(&texts.lead)
        );
        let contents: Vec<(&str, &str)> =
            sections.iter().map(|s| (s.id.as_str(), s.title.as_str())).collect();
        out.push_str(&self.contents(&contents));
        for section in &sections {
            let (id, title, blocks) = (&section.id, escaped(&section.title), self.blocks(&section.blocks));
            writeln!(out, "<section id=\"{id}\">\n<h2>{title}</h2>\n{blocks}</section>").ok();
        }
        out + "</article>\n"
    }

    fn questions(&self, edition: &Edition) -> String {
        let texts = edition.texts(self.lang);
        let speaker = self.speaker();
        let mut out = format!(
            "<article>\n<h1>{}</h1>\n<p class=\"dateline\">{}</p>\n<p class=\"lead\">{}</p>\n",
            escaped(&self.say("title-questions")),
            escaped(&texts.dateline),
            escaped(&self.say("questions-lead"))
        );
        let of = |part| texts.questions.iter().filter(move |q: &&Answered| q.part == part);
        let parts = questions::PARTS.into_iter().filter(|part| of(*part).next().is_some());
        let mut body = String::new();
        writeln!(
            out,
            "<nav class=\"contents\" aria-labelledby=\"contents\">\n<h2 id=\"contents\">{}</h2>",
            escaped(&self.say("contents"))
        )
        .ok();
        for (n, part) in parts.enumerate() {
            let title = escaped(&questions::part_title(&speaker, part));
            writeln!(out, "<h3><a href=\"#part-{n}\">{title}</a></h3>\n<ol>").ok();
            writeln!(body, "<section id=\"part-{n}\">\n<h2>{title}</h2>").ok();
            for asked in of(part) {
                let (id, number, question) = (&asked.id, asked.number, escaped(&asked.question));
                writeln!(out, "<li value=\"{number}\"><a href=\"#{id}\">{question}</a></li>").ok();
                body.push_str(&self.question(asked));
            }
            out.push_str("</ol>\n");
            body.push_str("</section>\n");
        }
        out + "</nav>\n" + &body + "</article>\n"
    }

    fn question(&self, asked: &Answered) -> String {
        let tongue = self.tongue();
        let added = asked.added.map(|day| {
            let text = tongue.say("added", &[("day", &tongue.day(day))]);
            format!(" <span class=\"added\">{}</span>", escaped(&text))
        });
        format!(
            "<div class=\"question\" id=\"{}\">\n<h3><span class=\"mark\">{}{}</span> {}{}</h3>\n<div class=\"answer\">\n{}</div>\n</div>\n",
            asked.id,
            escaped(&self.say("question-mark")),
            asked.number,
            escaped(&asked.question),
            added.unwrap_or_default(),
            self.blocks(&asked.answer)
        )
    }

    /// An earlier version, with what was corrected since.
    fn old(&self, edition: &Edition, word: &str) -> String {
        let tongue = self.tongue();
        let values = [("day", tongue.day(edition.on)), ("number", edition.number.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let name = if word == "questions" { "questions.html" } else { "index.html" };
        let up = if self.lang == Lang::Ja { "../" } else { "../../" };
        let mut banner = format!(
            "<div class=\"banner\" role=\"note\">\n<p>{}</p>\n",
            escaped(&tongue.say("old-banner", &values))
        );
        let later = self.record.editions.iter().find(|later| later.number > edition.number);
        let corrections = later.map(|later| self.corrections(later, Some(edition))).unwrap_or_default();
        if corrections.iter().any(|block| matches!(block, Block::Table(_) | Block::List(_))) {
            writeln!(
                banner,
                "<p>{}</p>\n{}",
                escaped(&self.say("corrected-later")),
                self.blocks(&corrections)
            )
            .ok();
        }
        let to_current = escaped(&self.say("to-current"));
        writeln!(banner, "<p><a href=\"{up}{}\">{to_current}</a></p>\n</div>", path(self.lang, name)).ok();
        banner + &if word == "questions" { self.questions(edition) } else { self.announcement(edition, &[]) }
    }

    /// What a version corrects of the one before it; empty for the first.
    fn corrections(&self, edition: &Edition, before: Option<&Edition>) -> Vec<Block> {
        let tongue = self.tongue();
        let Some(before) = before else { return Vec::new() };
        let row = |(name, change): (String, Change)| {
            let text = match &change {
                Change::Changed(old, new) => tongue.say("corrected-changed", &[("old", old), ("new", new)]),
                Change::Gone(old) => tongue.say("corrected-gone", &[("old", old)]),
                Change::New(new) => tongue.say("corrected-new", &[("new", new)]),
            };
            (name, text)
        };
        let rows: Vec<_> = edition.changes(before, self.lang).into_iter().map(row).collect();
        let mut blocks = vec![Block::Paragraph(tongue.text(&edition.why).to_owned())];
        if rows.is_empty() {
            blocks.push(Block::Paragraph(self.say("corrected-none")));
        } else {
            blocks.push(Block::Table(rows));
        }
        let moved = edition.moved.iter().map(|(cause, added, retracted)| {
            let (added, retracted) = (crate::tongue::grouped(*added), crate::tongue::grouped(*retracted));
            let values = [("cause", tongue.text(cause)), ("added", &added), ("retracted", &retracted)];
            tongue.say("corrected-numbers", &values)
        });
        let moved: Vec<String> = moved.collect();
        if !moved.is_empty() {
            blocks.push(Block::List(moved));
        }
        blocks
    }

    fn versions(&self) -> String {
        let tongue = self.tongue();
        let mut out = format!(
            "<article>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<ol class=\"versions\" reversed>\n",
            escaped(&self.say("title-versions")),
            escaped(&self.say("versions-lead"))
        );
        let last = self.record.editions.len();
        for (n, edition) in self.record.editions.iter().enumerate().rev() {
            let name = escaped(&tongue.say("version-name", &[("number", &edition.number.to_string())]));
            let current = n + 1 == last;
            let up = if self.lang == Lang::Ja { "" } else { "../" };
            let file =
                if current { "index.html".to_owned() } else { format!("v{}/index.html", edition.number) };
            let href = format!("{up}{}", path(self.lang, &file));
            let mark = if current {
                format!(" <span class=\"added\">{}</span>", escaped(&self.say("version-current")))
            } else {
                String::new()
            };
            let day = escaped(&tongue.day(edition.on));
            let before = n.checked_sub(1).and_then(|n| self.record.editions.get(n));
            let body = match before {
                None => self.blocks(&[Block::Paragraph(tongue.text(&edition.why).to_owned())]),
                Some(_) => self.blocks(&self.corrections(edition, before)),
            };
            writeln!(out, "<li value=\"{0}\" id=\"v{0}\">\n<h2><a href=\"{href}\">{name}</a>{mark}</h2>\n<p class=\"dateline\">{day}</p>\n{body}</li>", edition.number).ok();
        }
        out + "</ol>\n</article>\n"
    }

    fn contents(&self, all: &[(&str, &str)]) -> String {
        let mut out = format!(
            "<nav class=\"contents\" aria-labelledby=\"contents\">\n<h2 id=\"contents\">{}</h2>\n<ol>\n",
            escaped(&self.say("contents"))
        );
        for (id, title) in all {
            writeln!(out, "<li><a href=\"#{id}\">{}</a></li>", escaped(title)).ok();
        }
        out + "</ol>\n</nav>\n"
    }

    fn blocks(&self, blocks: &[Block]) -> String {
        let links = self.links();
        let mut out = String::new();
        for block in blocks {
            match block {
                Block::Paragraph(text) => writeln!(out, "<p>{}</p>", linked(text, &links)).ok(),
                // It stands in drafts alone, and nothing of a draft is published.
                Block::Note(_) => None,
                Block::List(all) => {
                    let items: String =
                        all.iter().map(|one| format!("<li>{}</li>\n", linked(one, &links))).collect();
                    writeln!(out, "<ul>\n{items}</ul>").ok()
                }
                Block::Table(rows) => {
                    let row = |(name, text): &(String, String)| {
                        format!(
                            "<div><dt>{}</dt><dd>{}</dd></div>\n",
                            linked(name, &links),
                            linked(text, &links)
                        )
                    };
                    writeln!(out, "<dl>\n{}</dl>", rows.iter().map(row).collect::<String>()).ok()
                }
            };
        }
        out
    }

    /// The addresses that become links where they stand in a text, the longest first.
    fn links(&self) -> Vec<(String, String)> {
        let contacts = self.case.facts.contacts.as_ref();
        let pages = [
            Some(&self.merchant.site),
            self.merchant.check_page.as_ref(),
            contacts.and_then(|c| c.form.as_ref()),
        ];
        let mut links: Vec<(String, String)> =
            pages.into_iter().flatten().map(|p| (p.clone(), p.clone())).collect();
        links.extend(
            contacts.and_then(|c| c.mail.as_ref()).map(|mail| (mail.clone(), format!("mailto:{mail}"))),
        );
        links.extend(contacts.and_then(|c| c.phone.as_ref()).map(|phone| {
            let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            (phone.clone(), format!("tel:{digits}"))
        }));
        links.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        links
    }
}

/// A text as HTML, with links where addresses stand in it.
fn linked(text: &str, links: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let next = links.iter().filter_map(|(text, href)| Some((rest.find(text.as_str())?, text, href)));
        let Some((at, found, href)) = next.min_by_key(|(at, text, _)| (*at, std::cmp::Reverse(text.len())))
        else {
            return out + &escaped(rest);
        };
        out.push_str(&escaped(&rest[..at]));
        write!(out, "<a href=\"{}\">{}</a>", escaped(href), escaped(found)).ok();
        rest = &rest[at + found.len()..];
    }
}

/// Text as it stands in HTML and XML, in an attribute, too. What XML cannot hold is left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
