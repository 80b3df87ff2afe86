//! People who work here.

crate::words! {
    /// What a member of staff may do; each role may do what the ones after it may.
    StaffRole {
        /// Everything, the settings and other staff included.
        Owner = "owner",
        /// Orders with refunds, products, prices, stock.
        Manager = "manager",
        /// Orders and shipping, stock counts.
        Clerk = "clerk",
    }
}

crate::words! {
    /// Whether a member of staff may come in.
    StaffStatus {
        /// Invited; has set neither password nor second factor yet.
        Invited = "invited",
        /// Works here.
        Active = "active",
        /// Has left.
        Left = "left",
    }
}

impl StaffRole {
    /// Whether this role may do what `needed` may.
    pub fn may(self, needed: StaffRole) -> bool {
        self <= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_may_all() {
        assert!(StaffRole::ALL.iter().all(|r| StaffRole::Owner.may(*r)));
        assert!(StaffRole::Manager.may(StaffRole::Clerk) && !StaffRole::Clerk.may(StaffRole::Manager));
    }
}
