//! How the vault is, in plain words: each state with what it means and what to do; and the end of a freeze.

use super::{
    Desk, Say, StaffSession,
    desk::{Alarm, Badge},
    done, proof,
};
use crate::{App, error::Fault, form::PostForm, view, visit::Visit};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::StaffId;
use http::{StatusCode, Uri};
use site::{Role, account::PASSWORD_CHARS_MAX};
use store::envelope::Count;
use vault_api::{BudgetLeft, Freeze, KeyChange, KeyPhase, KeysStatus, LedgerHealth, VaultError, VaultState};

#[derive(Template)]
#[template(path = "backoffice/vault.html")]
struct VaultPage {
    desk: Desk,
    /// Everything that is not as it should be.
    troubles: Vec<Trouble>,
    frozen: Option<FrozenView>,
    /// What is well.
    facts: Vec<(String, Badge, String)>,
    /// Changes of keys that are not over.
    changes: Vec<Change>,
    /// What whoever looks may still open.
    left: String,
    error: Option<String>,
    /// Whether there was a proof within the last minutes.
    proved: bool,
    password_chars_max: usize,
}

struct Trouble {
    title: String,
    means: String,
    todo: String,
}

/// A change of keys.
struct Change {
    name: String,
    phase: Badge,
    done: u64,
    total: u64,
    says: String,
}

struct FrozenView {
    title: String,
    means: String,
    todo: String,
    /// When, who and what; nobody did anything where it is a drill.
    facts: Vec<(String, String)>,
    /// Whether whoever looks may end it.
    may_end: bool,
}

/// `GET /admin/vault`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let done = done::query(&uri).get("done").to_owned();
    page(&app, &visit, &session, None, Some(&done)).await
}

/// `POST /admin/vault/unfreeze`: the owner has looked, and proves himself anew.
pub async fn unfreeze(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    if let Err(error) = proof::typed(&app, &session, &fields).await? {
        return refuse(&app, &visit, &session, error).await;
    }
    let cap = session.cap();
    match app.vault().ask(move |vault| vault.unfreeze(&cap)).await? {
        Ok(()) => {}
        // Nothing was frozen: somebody else ended it.
        Err(VaultError::BadRequest(_)) => return page(&app, &visit, &session, None, None).await,
        Err(error) => return refuse(&app, &visit, &session, error).await,
    }
    let now = app.now_ms();
    app.store()
        .write(move |tx| done::note(tx, &session, "vault.unfreeze", ("vault", &"freeze"), "", now))
        .await?;
    Ok(done::to("/admin/vault", "unfrozen"))
}

async fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    error: VaultError,
) -> Result<Response, Fault> {
    let says = proof::refused(&Say::to(visit), &error).ok_or(error)?;
    let mut response = page(app, visit, session, Some(says), None).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    wrong: Option<String>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let cap = session.cap();
    let asked = move |vault: &vault_api::Client| {
        Ok::<_, VaultError>((vault.state()?, vault.budget_left(&cap)?, vault.keys_status()?))
    };
    let (state, left, keys) = app.vault().call(asked).await?;
    let staff = state.frozen.and_then(|f| f.staff).map(StaffId);
    let (waiting, who) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let who = staff.map(|id| store::staff::get(tx, id)).transpose()?.flatten();
            Ok((store::envelope::count(tx)?, who.map(|s| s.display_name)))
        })
        .await?;
    let desk = Desk::of(app, visit, session, "vault", say.s("bo-vault-title"));
    view::html(&VaultPage {
        desk: desk.at("/admin/vault").with_done(done),
        troubles: troubles(&say, &state, waiting),
        frozen: state.frozen.map(|freeze| frozen(&say, freeze, who, session.role() == Role::Owner)),
        facts: facts(&say, &state, waiting),
        changes: changes(&say, &keys),
        left: budget(&say, left),
        error: wrong,
        proved: session.proved(),
        password_chars_max: PASSWORD_CHARS_MAX,
    })
}

/// What a staff member has left of the hour, in words.
pub(super) fn budget(say: &Say, left: BudgetLeft) -> String {
    say.t.f2("bo-budget-left", "n", left.persons, "max", left.persons_max)
}

fn frozen(say: &Say, freeze: Freeze, who: Option<String>, may_end: bool) -> FrozenView {
    let (word, since) = (frozen_word(freeze), say.when(freeze.since_ms));
    let text = |part: &str| say.w("bo-vault", &format!("{word}-{part}"));
    let mut facts = vec![(say.s("bo-frozen-when"), since)];
    if !freeze.is_drill() {
        let who = who.unwrap_or_else(|| say.s("bo-frozen-nobody"));
        facts.push((say.s("bo-frozen-who"), who));
        facts.push((say.s("bo-frozen-what"), say.t.f1("bo-frozen-persons", "n", freeze.persons)));
    }
    FrozenView { title: text("title"), means: text("means"), todo: text("todo"), facts, may_end }
}

fn frozen_word(freeze: Freeze) -> &'static str {
    if freeze.is_drill() { "drill" } else { "frozen" }
}

/// The states that need somebody, but for the freeze, which has a part of the page of its own.
fn words(state: &VaultState, waiting: Count) -> Vec<&'static str> {
    let mut words = Vec::new();
    match state.ledger {
        LedgerHealth::Fine => {}
        LedgerHealth::Full => words.push("ledger-full"),
        LedgerHealth::Broken => words.push("ledger-broken"),
    }
    if state.clock_behind_ms > 0 {
        words.push("clock-back");
    }
    if state.store_older {
        words.push("store-older");
    }
    if state.witness_away {
        words.push("witness-away");
    }
    if state.mails_held.is_some() {
        words.push("mails-held");
    }
    if waiting.refused > 0 {
        words.push("envelopes-refused");
    }
    words
}

fn troubles(say: &Say, state: &VaultState, waiting: Count) -> Vec<Trouble> {
    let text = |word: &str, part: &str| say.w("bo-vault", &format!("{word}-{part}"));
    words(state, waiting)
        .into_iter()
        .map(|word| Trouble {
            title: text(word, "title"),
            means: text(word, "means"),
            todo: text(word, "todo"),
        })
        .collect()
}

fn facts(say: &Say, state: &VaultState, waiting: Count) -> Vec<(String, Badge, String)> {
    let fine = || Badge { text: say.s("bo-health-fine"), tone: "go" };
    let look = || Badge { text: say.s("bo-health-look"), tone: "stop" };
    let badge = |ok: bool| if ok { fine() } else { look() };
    let ledger = say.t.f1("bo-health-ledger-fine", "entries", state.ledger_seq);
    let held = state.mails_held.map(|held| {
        let (since, max) = (say.when(held.since_ms), held.persons_max);
        (say.s("bo-vault-mails"), look(), say.t.f2("bo-vault-mails-since", "since", since, "max", max))
    });
    let mut facts = vec![
        (say.s("bo-health-vault"), badge(state.frozen.is_none()), say.s("bo-health-vault-fine")),
        (say.s("bo-health-ledger"), badge(state.ledger == LedgerHealth::Fine), ledger),
        (
            say.s("bo-vault-envelopes"),
            badge(waiting.waiting == 0),
            say.t.f1("bo-vault-envelopes-waiting", "n", waiting.waiting),
        ),
    ];
    facts.extend(held);
    facts
}

/// The changes of keys that are not over. What only waits for its time is said, too: it may take months.
fn changes(say: &Say, keys: &KeysStatus) -> Vec<Change> {
    let running = keys.changes.iter().filter(|change| change.phase != KeyPhase::Done);
    let view = |change: &KeyChange| {
        let waits = change.phase == KeyPhase::Waiting;
        Change {
            name: say.word_or("bo-vault-key", &change.name),
            phase: match waits {
                true => Badge { text: say.s("bo-vault-key-waits"), tone: "wait" },
                false => Badge { text: say.s("bo-vault-key-runs"), tone: "go" },
            },
            done: change.done,
            total: change.total.max(1),
            says: match (waits, change.until_ms) {
                (true, Some(until)) => say.t.f1("bo-vault-key-until", "when", say.when(until)),
                (true, None) => say.s("bo-vault-key-waiting"),
                _ => say.t.f2("bo-vault-key-done", "done", change.done, "total", change.total),
            },
        }
    };
    running.map(view).collect()
}

/// What stands above each page of the back office while something is wrong.
pub(super) fn alarm(say: &Say, state: &VaultState) -> Option<Alarm> {
    let word = match state.frozen {
        Some(freeze) => frozen_word(freeze),
        None => words(state, Count::default()).into_iter().next()?,
    };
    let (text, look) = (say.w("bo-vault", &format!("{word}-title")), say.s("bo-vault-look"));
    Some(Alarm { text, href: "/admin/vault", look })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Texts;
    use domain::Locale;
    use vault_api::MailsHeld;

    const WELL: VaultState = VaultState {
        ledger: LedgerHealth::Fine,
        ledger_seq: 7,
        clock_behind_ms: 0,
        store_older: false,
        witness_away: false,
        frozen: None,
        mails_held: None,
    };

    #[test]
    fn each_state_has_its_words_in_both_languages() {
        let refused = Count { waiting: 1, refused: 1 };
        let (store_older, witness_away) = (true, true);
        let ledger = LedgerHealth::Full;
        let mails_held = Some(MailsHeld { since_ms: 1, persons_max: 100 });
        let all = VaultState { ledger, clock_behind_ms: 1, store_older, witness_away, mails_held, ..WELL };
        let broken = VaultState { ledger: LedgerHealth::Broken, ..WELL };
        let freeze = Freeze { since_ms: 1, staff: None, persons: 3 };
        let frozen_too = VaultState { frozen: Some(freeze), ..all };
        for locale in [Locale::Ja, Locale::En] {
            let say = Say { t: Texts::of(locale), locale };
            assert!(troubles(&say, &WELL, Count::default()).is_empty() && alarm(&say, &WELL).is_none());
            let mut said = troubles(&say, &all, refused);
            said.extend(troubles(&say, &broken, Count::default()));
            assert_eq!(said.len(), 7);
            assert!(said.iter().all(|t| ![&t.title, &t.means, &t.todo].iter().any(|text| text.is_empty())));
            let first = alarm(&say, &frozen_too).map(|alarm| alarm.text);
            assert_eq!(first, Some(say.w("bo-vault", "frozen-title")), "the freeze goes before all");
            let drill = Freeze { persons: 0, ..freeze };
            let said = frozen(&say, drill, None, true);
            assert!(said.title.contains(if locale == Locale::Ja { "練習" } else { "drill" }));
            assert!(said.facts.len() == 1 && said.means != said.todo);
        }
    }
}
