//! Forms, as a browser would send them: read from the page's text, encoded.

use anyhow::{Context, Result};
use testkit::http::{attribute, encode};

/// The hidden fields of the form with this action, encoded, each followed by `&`.
pub fn hidden(html: &str, action: &str) -> Result<String> {
    let mut body = String::with_capacity(1024);
    for tag in inputs(html, action)? {
        if tag.contains("type=\"hidden\"") {
            push(&mut body, tag);
        }
    }
    Ok(body)
}

/// The number fields of the form with this action, as they stand, encoded, each followed by `&`.
pub fn numbers(html: &str, action: &str) -> Result<String> {
    let mut body = String::with_capacity(64);
    inputs(html, action)?.filter(|tag| tag.contains("type=\"number\"")).for_each(|tag| push(&mut body, tag));
    Ok(body)
}

/// The first radio button of that name which can be chosen, in the form with this action.
pub fn first_choice(html: &str, action: &str, name: &str) -> Result<String> {
    let mut all = inputs(html, action)?
        .filter(|tag| tag.contains("type=\"radio\"") && !tag.contains(" disabled") && is(tag, name));
    let tag = all.next().with_context(|| format!("nothing to choose as {name} in the form {action}"))?;
    attribute(tag, "value").context("a choice without a value")
}

fn is(tag: &str, name: &str) -> bool {
    tag.contains(&format!(" name=\"{name}\""))
}

fn push(body: &mut String, tag: &str) {
    let (Some(name), Some(value)) = (attribute(tag, "name"), attribute(tag, "value")) else { return };
    body.push_str(&name);
    body.push('=');
    body.push_str(&encode(&value));
    body.push('&');
}

/// The texts of the form's input tags.
fn inputs<'a>(html: &'a str, action: &str) -> Result<impl Iterator<Item = &'a str>> {
    let action = format!("action=\"{action}\"");
    let form = html.split_once(&action).with_context(|| format!("no form with {action} on the page"))?.1;
    let form = form.split_once("</form>").map_or(form, |(form, _)| form);
    Ok(form.split("<input ").skip(1).map(|rest| {
        let end = rest.find('>').unwrap_or(rest.len());
        // `attribute` looks for a space before the name.
        let start = rest.as_ptr() as usize - form.as_ptr() as usize - 1;
        &form[start..start + 1 + end]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form action="/a"><input type="hidden" name="_t" value="x"></form>
        <form action="/buy" method="post"><input type="hidden" name="_t" value="a&amp;b">
        <input type="hidden" name="名" value="栗 鼠"><input type="radio" name="variant" value="1" disabled>
        <input type="radio" name="variant" value="2"><input name="q" value="no"></form>"#;

    #[test]
    fn hidden_fields_of_one_form() {
        assert_eq!(hidden(PAGE, "/buy").unwrap(), "_t=a%26b&名=%E6%A0%97+%E9%BC%A0&");
        assert_eq!(hidden(PAGE, "/a").unwrap(), "_t=x&");
        assert!(hidden(PAGE, "/none").is_err());
    }

    #[test]
    fn the_first_choice_that_is_left() {
        assert_eq!(first_choice(PAGE, "/buy", "variant").unwrap(), "2");
        assert!(first_choice(PAGE, "/a", "variant").is_err());
    }
}
