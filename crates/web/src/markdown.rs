//! Markdown of the staff's, as HTML. Nothing is cleaned: only what stands here is ever written, so that no text, however
//! it is made, becomes another element, attribute or address.
//!
//! Written are: paragraphs, headings, emphasis, lists, quotations, code, rules, links to `http:`, `https:`, `mailto:` and
//! to paths of the shop, and pictures of the shop's own. HTML is shown as the text that it is; pictures from elsewhere
//! are left to their words. A line's end is a line's end.

use askama::filters::HtmlSafe;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::fmt;

/// HTML that was written here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl Html {
    /// The text as HTML.
    pub fn of(markdown: &str) -> Html {
        let mut writer = Writer::default();
        Parser::new_ext(markdown, Options::empty()).for_each(|event| writer.event(event));
        Html(writer.out)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first words of a text, without its marks: at most `chars_max` characters.
pub fn opening(markdown: &str, chars_max: usize) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(markdown, Options::empty()) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock)
                if !out.ends_with(' ') =>
            {
                out.push(' ');
            }
            _ => {}
        }
        if out.chars().nth(chars_max).is_some() {
            let cut: String = out.chars().take(chars_max).collect();
            return format!("{}…", cut.trim_end());
        }
    }
    out.trim_end().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// For each link that is open: whether it was written.
    links: Vec<bool>,
    /// Within a picture: its words, and its address where it is ours.
    picture: Option<(String, Option<String>)>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        if let Some((words, _)) = &mut self.picture {
            match event {
                Event::Text(text) | Event::Code(text) => words.push_str(&text),
                Event::End(TagEnd::Image) => self.end_picture(),
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => {
                self.out.push_str("<code>");
                self.text(&text);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => self.heading("<", *level),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>\n"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.out.push_str("<pre><code>");
            }
            Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::List(Some(1)) => self.out.push_str("<ol>\n"),
            Tag::List(Some(from)) => self.out.push_str(&format!("<ol start=\"{from}\">\n")),
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::Item => self.out.push_str("<li>"),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Link { dest_url, .. } => {
                let rel = address(dest_url);
                self.links.push(rel.is_some());
                if let Some(rel) = rel {
                    self.out.push_str("<a href=\"");
                    self.text(dest_url);
                    self.out.push_str(rel);
                }
            }
            Tag::Image { dest_url, .. } => {
                let own = own_picture(dest_url).then(|| dest_url.to_string());
                self.picture = Some((String::new(), own));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.out.push_str("</p>\n"),
            TagEnd::Heading(level) => {
                self.heading("</", level);
                self.out.push('\n');
            }
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.out.push_str("</code></pre>\n"),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Link if self.links.pop() == Some(true) => self.out.push_str("</a>"),
            _ => {}
        }
    }

    /// The page has the first heading: those of a text begin below it.
    fn heading(&mut self, opening: &str, level: HeadingLevel) {
        let level = match level {
            HeadingLevel::H1 | HeadingLevel::H2 => '2',
            HeadingLevel::H3 => '3',
            _ => '4',
        };
        self.out.push_str(opening);
        self.out.push('h');
        self.out.push(level);
        self.out.push('>');
    }

    fn end_picture(&mut self) {
        let Some((words, address)) = self.picture.take() else { return };
        match address {
            Some(address) => {
                self.out.push_str("<img src=\"");
                self.text(&address);
                self.out.push_str("\" alt=\"");
                self.text(&words);
                self.out.push_str("\" loading=\"lazy\">");
            }
            None => self.text(&words),
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
    }
}

/// How the opening of a link to `url` ends, where there may be one: links that leave the shop say nothing of whence.
fn address(url: &str) -> Option<&'static str> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let lower = url.to_ascii_lowercase();
    let own = url.starts_with('/') && !url.starts_with("//");
    if own || lower.starts_with("mailto:") {
        Some("\">")
    } else if lower.starts_with("https://") || lower.starts_with("http://") {
        Some("\" rel=\"noopener noreferrer nofollow\">")
    } else {
        None
    }
}

/// Whether `url` is that of a picture of ours.
fn own_picture(url: &str) -> bool {
    let named = url.strip_prefix("/pictures/");
    named.is_some_and(|n| n.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-' || b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(markdown: &str) -> String {
        Html::of(markdown).to_string()
    }

    #[test]
    fn what_staff_write() {
        assert_eq!(html("新栗が\n**届きました**"), "<p>新栗が<br>\n<strong>届きました</strong></p>\n");
        assert_eq!(
            html("# 大\n## 中\n### 小\n##### 細"),
            "<h2>大</h2>\n<h2>中</h2>\n<h3>小</h3>\n<h4>細</h4>\n"
        );
        assert_eq!(html("- 一\n- 二"), "<ul>\n<li>一</li>\n<li>二</li>\n</ul>\n");
        assert_eq!(html("3. 三"), "<ol start=\"3\">\n<li>三</li>\n</ol>\n");
        assert_eq!(html("> *葉*\n\n---"), "<blockquote>\n<p><em>葉</em></p>\n</blockquote>\n<hr>\n");
        assert_eq!(html("[お品](/p/kuri)"), "<p><a href=\"/p/kuri\">お品</a></p>\n");
        assert_eq!(
            html("<https://example.jp/?a=1&b=2>"),
            "<p><a href=\"https://example.jp/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">https://example.jp/?a=1&amp;b=2</a></p>\n"
        );
        let own = "/pictures/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77-page";
        assert_eq!(
            html(&format!("![栗 \"新\"]({own})")),
            format!("<p><img src=\"{own}\" alt=\"栗 &quot;新&quot;\" loading=\"lazy\"></p>\n")
        );
    }

    #[test]
    fn what_nobody_shall_write() {
        for (markdown, want) in [
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
            ("a <img src=x onerror=alert(1)>", "<p>a &lt;img src=x onerror=alert(1)&gt;</p>\n"),
            ("[x](javascript:alert(1))", "<p>x</p>\n"),
            ("[x](JaVaScRiPt:alert(1))", "<p>x</p>\n"),
            ("[x](data:text/html;base64,AA)", "<p>x</p>\n"),
            ("[x](//evil.example)", "<p>x</p>\n"),
            ("[x](/\\evil.example)", "<p>x</p>\n"),
            ("[x](ftp://evil.example)", "<p>x</p>\n"),
            ("![栗](https://evil.example/pixel.gif)", "<p>栗</p>\n"),
            ("![栗](/pictures/../admin)", "<p>栗</p>\n"),
            ("[x](/p/a\"onclick=\"alert)", "<p><a href=\"/p/a&quot;onclick=&quot;alert\">x</a></p>\n"),
        ] {
            assert_eq!(html(markdown), want, "{markdown}");
        }
    }

    #[test]
    fn the_opening_has_no_marks() {
        assert_eq!(
            opening("# 新栗\n\n**山の**[農家](/x)さんから、届きました。", 12),
            "新栗 山の農家さんから、…"
        );
        assert_eq!(opening("短い", 10), "短い");
        assert_eq!(opening("<b>x</b>", 10), "x");
    }

    /// Every tag in `html`, with its attributes.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).map(|t| t.split('>').next().unwrap_or(t)).collect()
    }

    proptest! {
        #[test]
        fn nothing_but_what_stands_here_is_ever_written(markdown in "([-a-z<>\\[\\]()!\"'#*_`:/&; \n=\\\\]|javascript:|<script>|栗| on[a-z]{3}=|http://){0,40}") {
            let html = html(&markdown);
            for tag in tags(&html) {
                let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                let known = ["p", "h2", "h3", "h4", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "br", "a", "img"];
                prop_assert!(known.contains(&name), "{name} in {html}");
                let bare = tag == name || tag.strip_prefix('/') == Some(name);
                let with = tag.starts_with("a href=\"") || tag.starts_with("img src=\"/pictures/") || tag.starts_with("ol start=\"");
                prop_assert!(bare || with, "{tag}");
                if let Some(address) = tag.strip_prefix("a href=\"") {
                    let address = address.to_ascii_lowercase();
                    prop_assert!(["/", "http://", "https://", "mailto:"].iter().any(|s| address.starts_with(s)), "{tag}");
                }
            }
        }

        #[test]
        fn any_text_is_survived(markdown: String) {
            let _ = (html(&markdown), opening(&markdown, 20));
        }
    }
}
