//! The gate's own pages, which say why something does not pass: fixed texts with a few places that differ from answer to
//! answer, such as the reference number.

/// The longest that stands in such a place, in bytes.
const PLACE_BYTES_MAX: usize = 2_048;
/// What takes something from whoever reads a page, runs, or leads him elsewhere.
const ACTIVE: [&str; 14] = [
    "<form",
    "<input",
    "<textarea",
    "<select",
    "<button",
    "<script",
    "<iframe",
    "<frame",
    "<object",
    "<embed",
    "<a ",
    "<base",
    "<svg",
    "http-equiv",
];

/// Whether `page` is this text, with what belongs there in each `{{place}}`.
pub(crate) fn is(text: &str, page: &str, origin: &str) -> bool {
    let mut parts = text.split("{{");
    let before = parts.next().unwrap_or_default();
    let Some(mut rest) = page.strip_prefix(before) else { return false };
    for part in parts {
        let Some((place, after)) = part.split_once("}}") else { return false };
        let Some(length) = length(place, rest, origin) else { return false };
        let Some(next) = rest[length..].strip_prefix(after) else { return false };
        rest = next;
    }
    rest.is_empty()
}

/// How much of what comes next belongs into the place; `None` where that is something else.
fn length(place: &str, rest: &str, origin: &str) -> Option<usize> {
    let while_so = |so: fn(u8) -> bool| rest.bytes().take_while(|byte| so(*byte)).count();
    let length = match place {
        // Its name and its hours are the merchant's own: words, and nothing that ends the text in which they stand.
        "shop" | "hours_ja" | "hours_en" => while_so(|byte| byte >= b' ' && !b"\"'<>".contains(&byte)),
        "origin" => return rest.starts_with(origin).then_some(origin.len()),
        "reference" => while_so(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'),
        "phone" => while_so(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'+'),
        "seconds" => while_so(|byte| byte.is_ascii_digit()),
        // A path of the shop's: nothing that ends the attribute in which it stands.
        "back" if rest.starts_with('/') => while_so(|byte| byte > b' ' && !b"\"'<>\\".contains(&byte)),
        _ => return None,
    };
    (1..=PLACE_BYTES_MAX).contains(&length).then_some(length)
}

/// Whether a page that is none of the shop's could take something, run, or lead elsewhere. Proxies in front of a shop have
/// pages of their own for when it does not answer; those that only say so are no attack.
pub(crate) fn is_active(page: &str) -> bool {
    let page = page.to_ascii_lowercase();
    ACTIVE.iter().any(|element| page.contains(element))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<a href=\"{{origin}}{{back}}\">x</a>{{seconds}}秒 <b>{{reference}}</b>\n";
    const ORIGIN: &str = "https://shop.example";

    #[test]
    fn the_shops_name_is_words() {
        let text = "<header><a href=\"{{origin}}/\">{{shop}}</a></header>";
        let page = |name: &str| format!("<header><a href=\"{ORIGIN}/\">{name}</a></header>");
        for good in ["栗鼠堂", "A &amp; B", "月 &#39;山&#39;"] {
            assert!(is(text, &page(good), ORIGIN), "{good}");
        }
        for bad in ["", "<b>x</b>", "x</a><form>", "a\" onclick=\"b", "x\ny"] {
            assert!(!is(text, &page(bad), ORIGIN), "{bad}");
        }
    }

    #[test]
    fn the_telephone_is_digits() {
        let text = "<a href=\"tel:{{phone}}\">{{phone}}</a>（<span>{{hours_ja}}</span>）";
        let page = |phone: &str| format!("<a href=\"tel:{phone}\">{phone}</a>（<span>9:00–17:00</span>）");
        for (phone, good) in [("0263-00-0000", true), ("+81263000000", true), ("", false), ("1;x=\"", false)]
        {
            assert_eq!(is(text, &page(phone), ORIGIN), good, "{phone}");
        }
    }

    #[test]
    fn the_places_hold_what_belongs_there_and_nothing_else() {
        let page = |back: &str, reference: &str| {
            format!("<a href=\"{ORIGIN}{back}\">x</a>10秒 <b>{reference}</b>\n")
        };
        assert!(is(TEXT, &page("/cart?a=b", "AB12-34CD"), ORIGIN));
        assert!(!is(TEXT, &page("/cart", "AB12-34CD"), "https://other.example"));
        for (back, reference) in [
            ("", "A"),
            (".evil.example/", "A"),
            ("/\" onclick=\"x", "A"),
            ("/", ""),
            ("/", "a"),
            ("/", "A</b><form><b>"),
        ] {
            assert!(!is(TEXT, &page(back, reference), ORIGIN), "{back} {reference}");
        }
        for other in [page("/", "A") + "<", page("/", "A").replace("秒", "分"), String::new(), "<a".into()]
        {
            assert!(!is(TEXT, &other, ORIGIN), "{other}");
        }
        assert!(!is("{{place", "x", ORIGIN) && !is("{{other}}", "x", ORIGIN));
    }

    #[test]
    fn pages_of_others() {
        assert!(!is_active("<!doctype html><h1>502 Bad Gateway</h1><hr>nginx"));
        assert!(is_active("<h1>502</h1><FORM action=x>") && is_active("<p><A HREF=x>"));
    }
}
