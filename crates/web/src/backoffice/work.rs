//! The beginning of a handler of the back office that is about one thing: who works there, and which thing his address names.

use super::{Desk, Say, StaffSession, done};
use crate::{App, error::Fault, visit::Visit};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use std::{fmt::Display, str::FromStr};
use store::{Error, Millis, Tx};

/// Who does something to which thing. What does not read as its id is nothing that there is.
pub struct Work<Id> {
    /// The process.
    pub app: App,
    /// The visit.
    pub visit: Visit,
    /// Who works.
    pub session: StaffSession,
    /// The id that the address names.
    pub id: Id,
}

impl<Id: FromStr + Send> FromRequestParts<App> for Work<Id> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Work<Id>, Fault> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let session = StaffSession::from_request_parts(parts, app).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| Fault::NotFound)?;
        let id = id.parse().map_err(|_| Fault::NotFound)?;
        Ok(Work { app: app.clone(), visit, session, id })
    }
}

impl<Id> Work<Id> {
    /// In whose language is answered.
    pub fn say(&self) -> Say {
        Say::to(&self.visit)
    }

    /// What stands around a page of this section.
    pub fn desk(&self, section: &'static str, title: impl Into<String>) -> Desk {
        Desk::of(&self.app, &self.visit, &self.session, section, title)
    }
}

impl<Id: Copy + Display + Send + Sync + 'static> Work<Id> {
    /// Does database work and writes down in the same transaction who did which `action` to this `kind` of thing. `detail` as
    /// in [`done::note`].
    ///
    /// # Errors
    /// As the work says, and every database call.
    pub async fn write<T: Send + 'static>(
        &self,
        (action, kind): (&'static str, &'static str),
        detail: impl Into<String>,
        work: impl Fn(&mut Tx<'_>, Id, &StaffSession, Millis) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (session, id, now, detail) = (self.session.clone(), self.id, self.app.now_ms(), detail.into());
        let write = move |tx: &mut Tx<'_>| {
            let out = work(tx, id, &session, now)?;
            done::note(tx, &session, action, (kind, &id), &detail, now)?;
            Ok(out)
        };
        self.app.store().write(write).await
    }

    /// Writes down what was done elsewhere.
    ///
    /// # Errors
    /// As every database call.
    pub async fn note(
        &self,
        of: (&'static str, &'static str),
        detail: impl Into<String>,
    ) -> Result<(), Fault> {
        Ok(self.write(of, detail, |_, _, _, _| Ok(())).await?)
    }
}
