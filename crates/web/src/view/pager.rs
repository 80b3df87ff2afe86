//! Pages of a longer list.

/// Which part of a list a page shows, and the ways to the parts beside it. Drawn by `_pager.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// The page, from 1.
    pub page: u32,
    /// How many pages there are; at least 1.
    pub pages: u32,
    /// How many entries the list has.
    pub total: u32,
    /// The address of the page before.
    pub prev: Option<String>,
    /// The address of the page behind.
    pub next: Option<String>,
    rows: u32,
}

impl Pager {
    /// The page that was asked for (`page` as typed; anything else is the first), or the last one where there are not
    /// so many. `base` is the list's address, with everything but the page in it.
    pub fn new(asked: &str, total: usize, rows: u32, base: &str) -> Pager {
        let rows = rows.max(1);
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        let pages = total.div_ceil(rows).max(1);
        let asked = domain::text::fold_width(asked).trim().parse().unwrap_or(1);
        let page = u32::clamp(asked, 1, pages);
        let at = |page: u32| match page {
            1 => base.to_owned(),
            _ => format!("{base}{}page={page}", if base.contains('?') { '&' } else { '?' }),
        };
        Pager {
            prev: (page > 1).then(|| at(page - 1)),
            next: (page < pages).then(|| at(page + 1)),
            page,
            pages,
            total,
            rows,
        }
    }

    /// How many entries stand on the pages before.
    pub fn offset(&self) -> u32 {
        (self.page - 1) * self.rows
    }

    /// How many entries stand on a page.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The entries of this page.
    pub fn part<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = (self.offset() as usize).min(all.len());
        &all[from..all.len().min(from + self.rows as usize)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_and_the_ways_between_them() {
        let first = Pager::new("", 51, 25, "/search?q=%E6%A0%97");
        assert_eq!((first.page, first.pages, first.prev.as_deref()), (1, 3, None));
        assert_eq!(first.next.as_deref(), Some("/search?q=%E6%A0%97&page=2"));
        let last = Pager::new("９９", 51, 25, "/admin/stock");
        assert_eq!((last.page, last.offset(), last.next.as_deref()), (3, 50, None));
        assert_eq!(last.prev.as_deref(), Some("/admin/stock?page=2"));
        assert_eq!(Pager::new("x", 0, 25, "/").part(&[0; 0]).len(), 0);
    }

    proptest! {
        #[test]
        fn every_entry_stands_on_one_page(total in 0usize..200, rows in 1u32..40) {
            let all: Vec<usize> = (0..total).collect();
            let pages = Pager::new("", total, rows, "/").pages;
            let shown: Vec<usize> =
                (1..=pages).flat_map(|p| Pager::new(&p.to_string(), total, rows, "/").part(&all).to_vec()).collect();
            prop_assert_eq!(shown, all);
        }
    }
}
