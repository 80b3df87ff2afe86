//! Words of the catalogue.

crate::words! {
    /// Whether a product or variant is on sale.
    SaleStatus {
        /// Not shown yet.
        Draft = "draft",
        /// Shown and sold.
        Active = "active",
        /// No longer sold; past orders still name it.
        Ended = "ended",
    }
}
