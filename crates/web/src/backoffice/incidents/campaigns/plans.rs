//! Plans in the making: settling whom an incident concerns takes a moment in a small shop and minutes in a large one, which
//! no page waits for. One at a time; what is written of a plan that broke off is never sent.

use campaign::Unplanned;
use desk::{Lang, check::Finding};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// So long a page waits for a plan before it says that it is being made.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why there is no plan, for the page that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A notice says what the facts do not bear.
    Finding(Finding),
    /// Everybody whom it concerns was told so before, this many; or nobody is concerned.
    Nobody(usize),
    /// Nobody waits for a letter.
    NobodyWaits,
    /// Nobody who waits for a letter gets one: so many have no postal address, so many are not concerned.
    NoLetters(usize, usize),
    /// Another one is being made.
    Busy,
    /// The facts do not fit whom they are said to concern.
    Unfit(String),
    /// The vault does not answer, or refused.
    Vault,
    /// Something of ours is wrong; the log says what.
    Broken,
}

impl Why {
    /// What to say and, where something in the facts must be changed, what to write instead.
    pub fn says(&self, say: &crate::backoffice::Say, lang: Lang) -> String {
        match self {
            Why::Finding(finding) => format!("{} {}", finding.why(lang), finding.instead(lang)),
            Why::Nobody(0) => say.s("bo-camp-wrong-nobody"),
            Why::Nobody(before) => say.t.f1("bo-camp-wrong-told", "n", *before),
            Why::NobodyWaits => say.s("bo-letters-wrong-nobody"),
            Why::NoLetters(without, strangers) => {
                say.t.f2("bo-letters-wrong-none", "without", *without, "strangers", *strangers)
            }
            Why::Busy => say.s("bo-camp-wrong-busy"),
            Why::Unfit(why) => say.t.f1("bo-inc-unfit", "why", why),
            Why::Vault => say.s("bo-camp-wrong-vault"),
            Why::Broken => say.s("bo-camp-wrong-broken"),
        }
    }
}

impl From<Unplanned> for Why {
    fn from(error: Unplanned) -> Why {
        match error {
            Unplanned::Finding(finding) => Why::Finding(finding),
            Unplanned::Nobody { before, .. } => Why::Nobody(before),
            Unplanned::NobodyWaits => Why::NobodyWaits,
            Unplanned::NoLetters { without, strangers } => Why::NoLetters(without, strangers),
            Unplanned::Unwritten(why) => Why::Unfit(why.to_string()),
            Unplanned::Vault(error) => {
                tracing::warn!(%error, "the vault takes no campaign");
                Why::Vault
            }
            other => {
                tracing::error!(error = %other, "a campaign cannot be planned");
                Why::Broken
            }
        }
    }
}

/// The plans that are being made, by what they are of (an incident, a campaign, the answers that wait for letters), and why others
/// were not. Clones share them.
#[derive(Clone, Default)]
pub struct Plans(Arc<Mutex<HashMap<Uuid, Option<Why>>>>);

/// A plan that is being made, until it is dropped.
pub struct Planning {
    plans: Plans,
    of: Uuid,
    why: Option<Why>,
}

impl Plans {
    /// Begins one; none where another one is being made.
    fn begin(&self, of: Uuid) -> Option<Planning> {
        let mut all = self.all();
        if all.values().any(Option::is_none) {
            return None;
        }
        all.insert(of, None);
        Some(Planning { plans: self.clone(), of, why: Some(Why::Broken) })
    }

    /// Makes one on a thread of its own; `None`: it takes longer than a page waits.
    pub async fn make<T: Send + 'static>(
        &self,
        of: Uuid,
        make: impl FnOnce() -> Result<T, Why> + Send + 'static,
    ) -> Option<Result<T, Why>> {
        let Some(planning) = self.begin(of) else { return Some(Err(Why::Busy)) };
        let making = tokio::task::spawn_blocking(move || {
            let made = make();
            planning.end(made.as_ref().err().cloned());
            made
        });
        let made = tokio::time::timeout(PATIENCE, making).await.ok()?;
        Some(made.unwrap_or(Err(Why::Broken)))
    }

    /// Whether one is being made.
    pub fn works(&self, of: Uuid) -> bool {
        matches!(self.all().get(&of), Some(None))
    }

    /// Why there is no plan, where the last one failed.
    pub fn failed(&self, of: Uuid) -> Option<Why> {
        self.all().get(&of).cloned().flatten()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Option<Why>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planning {
    /// It is made, or it is not.
    fn end(mut self, why: Option<Why>) {
        self.why = why;
    }
}

impl Drop for Planning {
    fn drop(&mut self) {
        let mut all = self.plans.all();
        match self.why.take() {
            Some(why) => all.insert(self.of, Some(why)),
            None => all.remove(&self.of),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_what_broke_off_is_known() {
        let plans = Plans::default();
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = plans.begin(a).unwrap();
        assert!(plans.works(a) && plans.begin(b).is_none() && plans.begin(a).is_none());
        first.end(None);
        assert!(!plans.works(a) && plans.failed(a).is_none());
        drop(plans.begin(a).unwrap());
        assert_eq!(plans.failed(a), Some(Why::Broken), "whatever panicked");
        plans.begin(b).unwrap().end(Some(Why::Nobody(3)));
        assert_eq!(plans.failed(b), Some(Why::Nobody(3)));
        plans.begin(a).unwrap().end(None);
        assert_eq!(plans.failed(a), None, "the next one counts");
    }
}
