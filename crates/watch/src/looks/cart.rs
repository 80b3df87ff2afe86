//! A visitor with something in his cart, for the pages that a stranger is not shown. He orders nothing, and after a while
//! another one comes in his place.

use super::eyes::{Eyes, Face, Visitor};
use std::time::{Duration, Instant};

/// How long one visitor stays.
const STAYS: Duration = Duration::from_secs(3600);
/// How soon it is tried again where a cart could not be filled.
const AGAIN: Duration = Duration::from_secs(30);

/// The visitor, with the one browser that he has, and since when he is there.
#[derive(Default)]
pub(crate) struct Cart {
    now: Option<(Visitor, Face, Instant)>,
    filled: bool,
}

impl Cart {
    /// The visitor, with `product` in his cart where it could be put there. A new one has this face.
    pub(crate) fn visitor(&mut self, eyes: &mut Eyes, product: &str, face: Face) -> (&mut Visitor, Face) {
        let stays = if self.filled { STAYS } else { AGAIN };
        self.now = self.now.take().filter(|(_, _, since)| since.elapsed() < stays);
        let filled = &mut self.filled;
        let (visitor, face, _) = self.now.get_or_insert_with(|| {
            let mut visitor = Visitor::default();
            *filled = put(eyes, product, face, &mut visitor).is_some();
            (visitor, face, Instant::now())
        });
        (visitor, *face)
    }
}

/// Puts one piece of a product into the visitor's cart, by the form on its page.
fn put(eyes: &mut Eyes, product: &str, face: Face, visitor: &mut Visitor) -> Option<()> {
    let page = eyes.look(product, face, Some(visitor)).filter(|page| page.status == 200)?;
    let form = page.text()?.split("action=\"/cart/add\"").nth(1)?.split("</form>").next()?;
    let choices =
        form.split("<input").filter(|tag| tag.contains("name=\"variant\"") && !tag.contains(" disabled"));
    let variant = choices.filter_map(|tag| value(tag, "value=\"")).next()?;
    let token = value(form, "name=\"_t\" value=\"")?;
    let fields = [("variant", variant), ("quantity", "1"), ("_t", token)];
    let added = eyes.send("/cart/add", &fields, face, visitor)?;
    (added.status == 303).then_some(())
}

/// What stands behind `name` up to the next quotation mark.
fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split(name).nth(1)?.split('"').next()
}
