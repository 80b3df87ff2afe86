//! Pictures that are drawings (SVG): shapes and colours, and nothing that runs, loads or leads elsewhere.

use super::{
    Breach, Why,
    token::{Kind, Token, Tokens},
};

const ELEMENTS: [&str; 32] = [
    "svg",
    "g",
    "defs",
    "use",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "title",
    "desc",
    "symbol",
    "clipPath",
    "mask",
    "pattern",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feGaussianBlur",
    "feTurbulence",
    "feComposite",
    "feColorMatrix",
    "feOffset",
    "feBlend",
    "feFlood",
    "feMerge",
    "feMergeNode",
];
/// Why no other attribute is listed: these are the ones whose values run, load or lead somewhere.
const FORBIDDEN: [&str; 4] = ["style", "src", "begin", "requiredExtensions"];

/// Whether a drawing is nothing but one.
///
/// # Errors
/// The first thing that is not.
pub fn drawing(text: &str) -> Result<(), Breach> {
    let mut tokens = Tokens::new(text);
    let mut token = Token { kind: Kind::Begin, name: "", attributes: Vec::new(), text: "" };
    let mut open: Vec<&str> = Vec::new();
    loop {
        let at = tokens.at();
        let fails = |why| Breach { why, at };
        tokens.next(&mut token).map_err(fails)?;
        match token.kind {
            Kind::EndOfPage if open.is_empty() && at > 0 => return Ok(()),
            Kind::EndOfPage => return Err(fails(Why::End)),
            Kind::End if open.pop() == Some(token.name) => continue,
            Kind::End => return Err(fails(Why::Markup)),
            _ if !ELEMENTS.contains(&token.name) => return Err(fails(super::of_tag(&token))),
            _ if (at == 0) != (token.name == "svg") => return Err(fails(Why::Element)),
            Kind::Begin => open.push(token.name),
            Kind::Whole => {}
        }
        if !token.attributes.iter().all(|(name, value)| is_inert(name, value.unwrap_or_default())) {
            return Err(fails(Why::Handler));
        }
    }
}

fn is_inert(name: &str, value: &str) -> bool {
    let own = |rest: &str| rest.split("url(").skip(1).all(|to| to.starts_with('#'));
    match name {
        "href" => value.starts_with('#'),
        "xmlns" => value == "http://www.w3.org/2000/svg",
        _ => {
            !name.starts_with("on")
                && !FORBIDDEN.contains(&name)
                && !value.contains([':', '\\', '&'])
                && own(&value.to_ascii_lowercase())
        }
    }
}
