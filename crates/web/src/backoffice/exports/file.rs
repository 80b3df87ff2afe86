//! The file itself: rows are read, opened by the vault and sent a page at a time. None of it lies anywhere, and what
//! cannot be finished breaks off: a file that is whole ends with its last line.

use super::{note, refuse_for};
use crate::{
    backoffice::{Say, Work},
    error::Fault,
    form::{Fields, PostForm},
};
use axum::{
    body::{Body, HttpBody},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::csv;
use http::header;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;
use uuid::Uuid;

mod lines;
mod rows;

use rows::Source;

/// Pages that are made before the browser has taken them.
const PAGES_AHEAD: usize = 2;

/// `POST /admin/exports/{id}/file`: once.
pub async fn send(work: Work<Uuid>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let Work { app, visit, session, id } = work;
    let cap = session.cap();
    let taken = match app.vault().ask(move |vault| vault.export_take(&cap, id)).await? {
        Ok(taken) => taken,
        Err(error) => return refuse_for(&app, &visit, &session, &Fields::default(), error).await,
    };
    note(&app, &session, "export.taken", id, &taken.export.persons.to_string(), None).await?;
    let name = format!("export-{}.csv", crate::view::in_japan(app.now_ms()).strftime("%Y%m%d-%H%M"));
    let mut source = Source::new(app, Say::to(&visit), taken);
    let mut first = String::from(csv::MARK);
    csv::line(&mut first, &source.heads());
    // What is refused at once is a page and no broken file.
    source.page(&mut first).await?;
    let headers = [
        (header::CONTENT_TYPE, csv::TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::new(Pages::of(first, source))).into_response())
}

/// The pages of a file, on their way.
struct Pages(mpsc::Receiver<Result<Bytes, Broken>>);

/// The file could not be finished; why is in the log.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off")]
struct Broken;

impl Pages {
    fn of(first: String, mut source: Source) -> Pages {
        let (pages, taken) = mpsc::channel(PAGES_AHEAD);
        tokio::spawn(async move {
            let mut page = first;
            loop {
                if pages.send(Ok(Bytes::from(std::mem::take(&mut page)))).await.is_err() || source.is_over() {
                    return;
                }
                if let Err(fault) = source.page(&mut page).await {
                    tracing::error!(fault = %fault, "an export broke off");
                    let _ = pages.send(Err(Broken)).await;
                    return;
                }
            }
        });
        Pages(taken)
    }
}

impl HttpBody for Pages {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Broken>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(http_body::Frame::data)))
    }
}
