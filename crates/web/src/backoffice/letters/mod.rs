//! Letters to those whom no mail reaches, and to whoever asked for an answer on paper: batches that are approved by two, made by
//! `post`, printed and posted by people, and what came back. Addresses are not shown here: the files lie where `post` writes them,
//! for whoever prints them.

pub(super) mod plan;
pub(super) mod view;

use super::{
    Work, done,
    incidents::campaigns::{approved, is_open},
};
use crate::{error::Fault, form::PostForm};
use axum::response::Response;
use domain::letter::{BatchEvent, LetterReturn};
use http::Uri;
use store::{
    Error,
    letter::{self, Batch, each},
};
use uuid::Uuid;

/// What is worked on, in the notes of who did what.
const LETTERS: &str = "letters";

/// The batch that an address names.
async fn load(work: &Work<Uuid>) -> Result<Batch, Fault> {
    let id = work.id;
    work.app.store().read(move |tx| letter::get(tx, id)).await?.ok_or(Fault::NotFound)
}

fn to(work: &Work<Uuid>, word: &'static str) -> Response {
    done::to(&format!("/admin/letters/{}", work.id), word)
}

/// `POST /admin/letters/{id}/approve`: what has this hash, by password and code that come with it.
pub async fn approve(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let batch = load(&work).await?;
    match approved(&work, &fields).await? {
        Ok(detail) => {
            work.note(("letters.approve", LETTERS), detail).await?;
            Ok(to(&work, "letters_approved"))
        }
        Err(says) => view::again(&work, &batch, says).await,
    }
}

/// `POST /admin/letters/{id}/make`
pub async fn make(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let batch = load(&work).await?;
    if !is_open(&work).await? {
        return view::again(&work, &batch, work.say().s("bo-letters-not-approved")).await;
    }
    step(&work, BatchEvent::Make, "letters.make").await?;
    Ok(to(&work, "letters_making"))
}

/// `POST /admin/letters/{id}/printed`, `/posted`, `/drop`
pub async fn stepped(work: Work<Uuid>, uri: Uri, PostForm(_): PostForm) -> Result<Response, Fault> {
    let (event, action, word) = match uri.path().rsplit('/').next() {
        Some("printed") => (BatchEvent::Print, "letters.printed", "letters_printed"),
        Some("posted") => (BatchEvent::Post, "letters.posted", "letters_posted"),
        Some("drop") => (BatchEvent::Drop, "letters.drop", "letters_dropped"),
        _ => return Err(Fault::NotFound),
    };
    step(&work, event, action).await?;
    if event == BatchEvent::Drop {
        // Nothing of it opens any more.
        let (cap, id) = (work.session.cap(), work.id);
        work.app.vault().call(move |vault| vault.campaign_end(Some(&cap), id)).await?;
    }
    Ok(to(&work, word))
}

async fn step(work: &Work<Uuid>, event: BatchEvent, action: &'static str) -> Result<(), Fault> {
    load(work).await?;
    let step = move |tx: &mut store::Tx<'_>, id, by: &super::StaffSession, now| {
        letter::step(tx, id, event, Some(by.id()), now).map(drop)
    };
    Ok(work.write((action, LETTERS), "", step).await?)
}

/// `POST /admin/letters/{id}/returned`
pub async fn returned(work: Work<Uuid>, PostForm(fields): PostForm) -> Result<Response, Fault> {
    let batch = load(&work).await?;
    let number: u32 = fields.read("number")?;
    let why: LetterReturn = fields.read("reason")?;
    let noted = work
        .write(("letter.returned", LETTERS), why.word(), move |tx, id, by, now| {
            each::returned(tx, id, number, why, Some(by.id()), now).map(drop)
        })
        .await;
    match noted {
        Ok(()) => Ok(to(&work, "letter_returned")),
        Err(Error::NotFound(_)) => {
            view::again(&work, &batch, work.say().t.f1("bo-letters-no-number", "number", number)).await
        }
        Err(error) => Err(error.into()),
    }
}
