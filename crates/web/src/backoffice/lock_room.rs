//! The lock, on the page of the watch: what is closed and since when, and closing by hand. To open takes the owner's
//! signature, which no page can give.

use super::{Say, StaffSession, done, proof, watch_room};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    view::Choice,
    visit::Visit,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jiff::Timestamp;
use lock_api::{By, Closed, Lock, LockError};
use site::lock::{REASONS, WHAT};
use vault_api::{Reason, VaultError};

/// What the page shows of the lock.
pub(super) struct LockView {
    pub(super) closed: bool,
    pub(super) says: String,
    pub(super) facts: Vec<(String, String)>,
    /// What can still be closed; none where the whole shop is.
    pub(super) what: Vec<Choice>,
    pub(super) reasons: Vec<Choice>,
    /// The reason that was chosen, where it is asked whether the whole shop is meant.
    pub(super) sure: Option<String>,
}

/// `POST /admin/watch/lock`
pub async fn lock(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let closed = Closed::of_word(fields.get("what")).ok_or(Fault::BadForm("what"))?;
    let reason = REASONS.iter().find(|r| **r == fields.get("reason")).ok_or(Fault::BadForm("reason"))?;
    if closed == Closed::Shop && fields.get("sure").is_empty() {
        let page = watch_room::Page { sure: Some(*reason), ..watch_room::Page::default() };
        return watch_room::page(&app, &visit, &session, page).await;
    }
    let refused = match proof::typed(&app, &session, &fields).await? {
        Err(error) => Some(proof::refused(&say, &error).ok_or(error)?),
        Ok(()) if session.proved() || typed(&fields) => None,
        Ok(()) => proof::refused(&say, &VaultError::Denied(Reason::Unproved)),
    };
    let sure = (closed == Closed::Shop).then_some(*reason);
    if let Some(error) = refused {
        return again(&app, &visit, &session, sure, error).await;
    }
    let done = app.lock().ask(move |gate| gate.close(closed, By::Office, reason)).await?;
    if done.is_err() {
        return again(&app, &visit, &session, sure, say.s("bo-lock-away")).await;
    }
    let (now, what) = (app.now_ms(), closed.word());
    app.store().write(move |tx| done::note(tx, &session, "shop.lock", ("lock", &what), reason, now)).await?;
    Ok(done::to("/admin/watch", "locked"))
}

/// Whether a proof came with the form; the vault has judged it then.
fn typed(fields: &Fields) -> bool {
    !fields.get("password").is_empty()
}

async fn again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    sure: Option<&'static str>,
    error: String,
) -> Result<Response, Fault> {
    let page = watch_room::Page { sure, error: Some(error), ..watch_room::Page::default() };
    let mut response = watch_room::page(app, visit, session, page).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// What the gate says of it.
pub(super) async fn view(app: &App, say: &Say, sure: Option<&'static str>) -> Result<LockView, Fault> {
    let lock = app.lock().ask(|gate| gate.state()).await?;
    Ok(LockView::of(say, lock, sure))
}

impl LockView {
    fn of(say: &Say, lock: Result<Lock, LockError>, sure: Option<&'static str>) -> LockView {
        // A gate that does not say is asked to close nevertheless.
        let closed = lock.as_ref().map_or(Closed::Nothing, |lock| lock.closed);
        let choice = |family: &'static str| {
            move |word: &&'static str| Choice {
                value: (*word).to_owned(),
                label: say.w(family, word),
                selected: *word == WHAT[0],
            }
        };
        let left = WHAT.iter().filter(|word| Closed::of_word(word).is_some_and(|what| what > closed));
        LockView {
            closed: closed != Closed::Nothing,
            says: match &lock {
                Ok(lock) => say.w("bo-lock-is", lock.closed.word()),
                Err(_) => say.s("bo-lock-unknown"),
            },
            facts: lock.ok().filter(|lock| lock.closed != Closed::Nothing).map_or(vec![], |l| facts(say, &l)),
            what: left.map(choice("bo-lock-what")).collect(),
            reasons: REASONS.iter().map(choice("bo-lock-why")).collect(),
            sure: sure.map(str::to_owned),
        }
    }
}

fn facts(say: &Say, lock: &Lock) -> Vec<(String, String)> {
    let since = lock.since.parse::<Timestamp>().map(|at| say.when(at.as_millisecond()));
    let why =
        if lock.why.is_empty() { say.s("bo-lock-why-unsaid") } else { say.word_or("bo-lock-why", &lock.why) };
    let mut facts = vec![
        (say.s("bo-col-since"), since.unwrap_or_default()),
        (say.s("bo-lock-who"), say.w("bo-lock-by", lock.by.word())),
        (say.s("bo-lock-reason"), why),
    ];
    if !lock.reference.is_empty() {
        facts.push((say.s("bo-lock-reference"), lock.reference.clone()));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Texts;
    use domain::Locale;

    #[test]
    fn each_state_has_its_words_in_both_languages() {
        for locale in [Locale::Ja, Locale::En] {
            let say = Say { t: Texts::of(locale), locale };
            for closed in [Closed::Nothing, Closed::Payment, Closed::Shop] {
                for by in [By::Gate, By::Owner, By::Office, By::Watch, By::Up] {
                    let lock = Lock { number: 1, closed, by, why: "page".into(), ..Lock::never() };
                    let view = LockView::of(&say, Ok(lock), None);
                    assert!(!view.says.is_empty() && view.facts.iter().all(|f| !f.0.is_empty()));
                    assert!(closed == Closed::Nothing || !view.facts[1].1.is_empty(), "{by:?}");
                    let left = [2, 1, 0][closed as usize];
                    assert_eq!((view.what.len(), view.reasons.len()), (left, REASONS.len()));
                    assert!(view.what.iter().chain(&view.reasons).all(|c| !c.label.is_empty()));
                }
            }
            assert!(!LockView::of(&say, Err(LockError::Unavailable), None).says.is_empty());
        }
    }
}
