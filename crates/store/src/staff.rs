//! People who work here, and what they did. Passwords and second factors are the vault's, not ours.

use crate::{
    Error, Millis, Span, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    StaffId,
    staff::{StaffRole, StaffStatus},
};
use uuid::Uuid;

statements! {
    INSERT = both("insert into staff (id, login, display_name, role, status, created_at)
          values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing");
    GET = both("select id, login, display_name, role, status, created_at from staff where id = $1");
    BY_LOGIN = both("select id, login, display_name, role, status, created_at from staff where login = $1");
    LIST = both("select id, login, display_name, role, status, created_at from staff order by login");
    SET_ROLE = both("update staff set role = $1 where id = $2");
    SET_STATUS = both("update staff set status = $1 where id = $2");
    RECORD = both("insert into staff_action (id, staff_id, action, subject, detail, created_at)
          values ($1, $2, $3, $4, $5, $6)");
    ACTIONS = both("select staff_id, action, subject, detail, created_at from staff_action
          where created_at >= $1 and created_at < $2 order by created_at desc, id desc limit $3");
    ACTIONS_ON = both("select staff_id, action, subject, detail, created_at from staff_action
          where subject = $1 order by created_at desc, id desc limit $2");
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Its id, also in the vault.
    pub id: StaffId,
    /// What is typed at sign-in.
    pub login: String,
    /// What colleagues see.
    pub display_name: String,
    /// What he or she may do.
    pub role: StaffRole,
    /// Whether he or she may come in.
    pub status: StaffStatus,
    /// Since when.
    pub created_at: Millis,
}

/// Something that a member of staff did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAction {
    /// Who.
    pub staff: StaffId,
    /// What, such as `order.ship`.
    pub action: String,
    /// To what, such as `order:<id>`.
    pub subject: String,
    /// Anything more; never personal data.
    pub detail: String,
    /// When.
    pub at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Staff, Error> {
    Ok(Staff {
        id: r.take()?,
        login: r.take()?,
        display_name: r.take()?,
        role: r.take()?,
        status: r.take()?,
        created_at: r.take()?,
    })
}

fn read_action(r: &mut Row<'_>) -> Result<StaffAction, Error> {
    Ok(StaffAction {
        staff: r.take()?,
        action: r.take()?,
        subject: r.take()?,
        detail: r.take()?,
        at: r.take()?,
    })
}

/// Adds a member of staff; one with the same id stays as it is.
///
/// # Errors
/// [`Error::Constraint`] where somebody else has the login.
pub fn insert(tx: &mut Tx<'_>, s: &Staff) -> Result<(), Error> {
    tx.exec(&INSERT, params![s.id, s.login, s.display_name, s.role, s.status, s.created_at]).map(|_| ())
}

/// A member of staff by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: StaffId) -> Result<Option<Staff>, Error> {
    tx.first(&GET, params![id], read)
}

/// A member of staff by login.
///
/// # Errors
/// As every database call.
pub fn by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<Staff>, Error> {
    tx.first(&BY_LOGIN, params![login], read)
}

/// Everyone, by login.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Staff>, Error> {
    tx.rows(&LIST, &[], read)
}

/// Changes what somebody may do.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_role(tx: &mut Tx<'_>, id: StaffId, role: StaffRole) -> Result<(), Error> {
    tx.exec_one(&SET_ROLE, params![role, id], "member of staff")
}

/// Changes whether somebody may come in.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_status(tx: &mut Tx<'_>, id: StaffId, status: StaffStatus) -> Result<(), Error> {
    tx.exec_one(&SET_STATUS, params![status, id], "member of staff")
}

/// Writes down what somebody did: call it in the transaction that does it.
///
/// # Errors
/// As every database call.
pub fn record(tx: &mut Tx<'_>, a: &StaffAction) -> Result<(), Error> {
    let id = Uuid::now_v7();
    tx.exec(&RECORD, params![id, a.staff, a.action, a.subject, a.detail, a.at]).map(|_| ())
}

/// What was done within `span`, newest first, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn actions(tx: &mut Tx<'_>, span: Span, limit: u32) -> Result<Vec<StaffAction>, Error> {
    tx.rows(&ACTIONS, params![span.from, span.until, limit], read_action)
}

/// What was done to `subject`, newest first, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn actions_on(tx: &mut Tx<'_>, subject: &str, limit: u32) -> Result<Vec<StaffAction>, Error> {
    tx.rows(&ACTIONS_ON, params![subject, limit], read_action)
}
