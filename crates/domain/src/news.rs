//! News of the shop: what it is, and from when on it can be read.

crate::words! {
    /// What becomes of a piece of news.
    NewsState {
        /// Being written; nobody outside sees it.
        Draft = "draft",
        /// Shown from its time on.
        Published = "published",
        /// Was shown, and no longer is.
        Withdrawn = "withdrawn",
    }
}

impl NewsState {
    /// Whether visitors can read a piece in this state at `now`, which is to be shown from `publish_at` on (both in
    /// milliseconds).
    pub fn is_shown(self, publish_at: i64, now: i64) -> bool {
        self == NewsState::Published && publish_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_shown_from_its_time_on_while_it_is_published() {
        assert!(NewsState::Published.is_shown(10, 10) && !NewsState::Published.is_shown(11, 10));
        assert!(!NewsState::Draft.is_shown(0, 10) && !NewsState::Withdrawn.is_shown(0, 10));
    }
}
