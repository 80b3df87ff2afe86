//! The vault's own alarms: somebody who was planted was opened, or `post` wants more persons than an hour allows. The
//! vault says so, and the watch cries out.

use crate::{Finding, alarms::Alarms};
use std::{sync::Arc, time::Duration};
use telemetry::Life;
use vault_api::Client;

/// How often the vault is asked.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Asks until `life` ends. A vault that does not answer says nothing: what stood before stands.
pub(crate) fn watch(vault: &Arc<Client>, mut alarms: Alarms, life: &Life) {
    loop {
        if let Ok(state) = vault.state() {
            let frozen = state.frozen.map(|_| Finding::HoneytokenOpened);
            let held = state.mails_held.map(|_| Finding::MailsHeld);
            alarms.compare(frozen.into_iter().chain(held).collect());
        }
        if life.sleep(ASK_EVERY) {
            return;
        }
    }
}
