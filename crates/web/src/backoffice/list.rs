//! Lists that can be filtered, sorted and turned over: their addresses and the heads of their columns.

use super::Say;
use crate::{form::Fields, view::Pager};

/// Rows on a page.
const PAGE_ROWS: u32 = 50;

/// What was asked of a list.
pub struct List {
    path: String,
    /// What filters it, as it stands in the address.
    kept: Vec<(&'static str, String)>,
    sort: &'static str,
    page: String,
}

/// The head of a column that a list can be sorted by.
pub struct Column {
    /// Its name.
    pub label: String,
    /// The list sorted by it, or the other way round.
    pub href: String,
    /// For `aria-sort`.
    pub order: &'static str,
    /// Whether numbers stand in it.
    pub num: bool,
}

impl List {
    /// Reads an address: the fields that filter the list at `path`, and one of `sorts`.
    pub fn read(
        path: impl Into<String>,
        asked: &Fields,
        filters: &[&'static str],
        sorts: &'static [&'static str],
    ) -> List {
        let kept = filters.iter().map(|f| (*f, asked.get(f).to_owned())).filter(|(_, v)| !v.is_empty());
        let sort = sorts.iter().find(|s| **s == asked.get("sort")).copied().unwrap_or("");
        List { path: path.into(), kept: kept.collect(), sort, page: asked.get("page").to_owned() }
    }

    /// The column that the list is sorted by, and whether it begins at the far end.
    pub fn sort(&self) -> (&'static str, bool) {
        match self.sort.strip_prefix('-') {
            Some(word) => (word, true),
            None => (self.sort, false),
        }
    }

    /// The word for the field `sort` of the form that filters.
    pub fn sort_word(&self) -> &'static str {
        self.sort
    }

    /// The list's address with what filters it, sorted by `sort`.
    pub fn href(&self, sort: &str) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.kept.iter().map(|(n, v)| (*n, v.as_str())));
        if !sort.is_empty() {
            out.append_pair("sort", sort);
        }
        match out.finish().as_str() {
            "" => self.path.clone(),
            pairs => format!("{}?{pairs}", self.path),
        }
    }

    /// The page that was asked for of a list so long.
    pub fn pager(&self, total: usize) -> Pager {
        Pager::new(&self.page, total, PAGE_ROWS, &self.href(self.sort))
    }

    /// The heads of columns: the texts' ids with the words they are sorted by; `#` before a word: numbers.
    pub fn columns(&self, say: &Say, columns: &[(&'static str, &'static str)]) -> Vec<Column> {
        let (by, far) = self.sort();
        let column = |(label, word): &(&'static str, &'static str)| {
            let (word, num) = word.strip_prefix('#').map_or((*word, false), |w| (w, true));
            let here = by == word;
            Column {
                label: say.s(label),
                href: match word {
                    "" => String::new(),
                    word if here && !far => self.href(&format!("-{word}")),
                    word => self.href(word),
                },
                order: match (here && !word.is_empty(), far) {
                    (false, _) => "none",
                    (true, false) => "ascending",
                    (true, true) => "descending",
                },
                num,
            }
        };
        columns.iter().map(column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn a_column_sorts_one_way_and_then_the_other() {
        let asked = Fields::parse("q=%E6%A0%97&show=&sort=-price&page=2".as_bytes()).unwrap();
        let list = List::read("/admin/products", &asked, &["q", "show"], site::backoffice::PRODUCT_SORTS);
        assert_eq!(list.sort(), ("price", true));
        let say = Say { t: crate::view::Texts::of(Locale::Ja), locale: Locale::Ja };
        let columns = list.columns(&say, &[("bo-col-price", "#price"), ("bo-col-product", "name")]);
        assert_eq!(
            (columns[0].href.as_str(), columns[0].order, columns[0].num),
            ("/admin/products?q=%E6%A0%97&sort=price", "descending", true)
        );
        assert_eq!(columns[1].href, "/admin/products?q=%E6%A0%97&sort=name");
        assert_eq!(list.pager(120).next.as_deref(), Some("/admin/products?q=%E6%A0%97&sort=-price&page=3"));
        let other = Fields::parse(b"sort=secret").unwrap();
        assert_eq!(List::read("/x", &other, &[], site::backoffice::STOCK_SORTS).sort(), ("", false));
    }
}
