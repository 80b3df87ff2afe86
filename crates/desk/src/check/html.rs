//! HTML as it is seen, and where its links lead.

use super::fold::plain;

/// Where a block begins or ends.
pub const BLOCK: char = '\u{2029}';
/// A line that was broken by hand.
pub const BREAK: char = '\u{2028}';

/// A text as it is seen; lines stay where they are.
pub struct Seen {
    pub text: String,
    /// Lines and values of attributes that lead elsewhere.
    pub links: Vec<(usize, String)>,
    pub html: bool,
}

const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
];
const BLOCKS: &[&str] = &[
    "html",
    "head",
    "body",
    "title",
    "meta",
    "p",
    "br",
    "div",
    "form",
    "input",
    "button",
    "img",
    "script",
    "style",
    "table",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "section",
    "main",
    "iframe",
    "blockquote",
];
/// What stands in them is not read with the text around it.
const UNREAD: &[&str] = &["script", "style", "rt", "rp", "template"];

/// What is seen of HTML, whole or a piece; any other text as it is.
pub fn visible(text: &str) -> Seen {
    let lower = text.to_ascii_lowercase();
    if !is_html(&lower) {
        return Seen { text: text.to_owned(), links: Vec::new(), html: false };
    }
    let mut seen = Seen { text: String::with_capacity(text.len()), links: Vec::new(), html: true };
    let (mut at, mut line) = (0, 1);
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        seen.text.push_str(&entities(&text[at..open]));
        let end = open + end_of_tag(&text[open..]);
        let tag = &text[open..end];
        let name = name(&lower[open..end]);
        line += text[at..open].matches('\n').count();
        seen.links.extend(
            attributes(tag)
                .into_iter()
                .filter_map(|(name, value)| leads(&name, &value).map(|value| (line, value))),
        );
        at = end;
        let closed = UNREAD.contains(&name).then(|| lower[end..].find(&format!("</{name}"))).flatten();
        let unread = closed.map_or("", |closed| &text[end..end + closed]);
        at += unread.len();
        seen.links.extend(unread.match_indices("url(").map(|(at, _)| (line, in_brackets(&unread[at + 4..]))));
        match name {
            "br" => seen.text.push(BREAK),
            name if INLINE.contains(&name) || UNREAD.contains(&name) => {}
            _ => seen.text.push(BLOCK),
        }
        let within = text[open..at].matches('\n').count();
        seen.text.extend(std::iter::repeat_n('\n', within));
        line += within;
    }
    seen.text.push_str(&entities(&text[at..]));
    seen
}

fn is_html(lower: &str) -> bool {
    ["<!doctype", "<?xml"].iter().any(|start| lower.trim_start().starts_with(start))
        || lower.match_indices('<').any(|(at, _)| {
            let tag = &lower[at..];
            let known = name(tag);
            let behind = tag.trim_start_matches(['<', '/']).strip_prefix(known).unwrap_or_default();
            (INLINE.contains(&known) || BLOCKS.contains(&known))
                && behind.starts_with([' ', '>', '/', '\n', '\t'])
        })
}

/// The name of a tag in lower case.
fn name(tag: &str) -> &str {
    let tag = tag.trim_start_matches('<').trim_start_matches('/');
    &tag[..tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len())]
}

/// Where the tag ends: a quoted `>` ends none.
fn end_of_tag(text: &str) -> usize {
    if text.starts_with("<!--") {
        return text.find("-->").map_or(text.len(), |end| end + 3);
    }
    if !text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
        return 1;
    }
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') if text[..at].trim_end().ends_with('=') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Names in lower case and values, however they are quoted.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.trim_end().rsplit(|c: char| c.is_whitespace() || "\"'/".contains(c)).next();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => {
                after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len()))
            }
        };
        all.push((name.unwrap_or_default().to_ascii_lowercase(), entities(value)));
        rest = left;
    }
    all
}

/// Where an attribute leads, if anywhere.
fn leads(name: &str, value: &str) -> Option<String> {
    match name {
        "href" | "xlink:href" | "src" | "action" | "formaction" | "poster" | "data" | "background"
        | "ping" => Some(value.to_owned()),
        "srcset" => value.split(',').find_map(|one| {
            let one = one.split_whitespace().next()?;
            (one.contains(':') || one.starts_with("//")).then(|| one.to_owned())
        }),
        "content" => {
            let to = plain(value).find("url=").and_then(|at| value.get(at + 4..));
            to.or(Some(value).filter(|value| plain(value).starts_with("http"))).map(str::to_owned)
        }
        "style" => value.find("url(").map(|at| in_brackets(&value[at + 4..])),
        _ => None,
    }
}

fn in_brackets(text: &str) -> String {
    text.split(')').next().unwrap_or_default().trim_matches(['"', '\'', ' ']).to_owned()
}

/// Replaces references to characters, by name and by number.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(after.len());
        let known = match &after[..end] {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "amp" => Some('&'),
            "colon" => Some(':'),
            "sol" => Some('/'),
            "period" => Some('.'),
            "commat" => Some('@'),
            "shy" | "zwnj" | "zwj" => Some('\u{ad}'),
            "tab" | "Tab" | "NewLine" => Some(' '),
            number => number.strip_prefix('#').and_then(|number| {
                let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16).ok());
                char::from_u32(hex.unwrap_or_else(|| number.parse().ok())?)
            }),
        };
        out.push(known.unwrap_or('&'));
        rest = if known.is_some() { after[end..].strip_prefix(';').unwrap_or(&after[end..]) } else { after };
    }
    out + rest
}
