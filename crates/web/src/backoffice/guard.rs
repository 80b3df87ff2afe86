//! Who may come in. [`layer`] stands before every route of the back office and asks the map of the site what the
//! route needs; a handler that works for staff takes a [`StaffSession`], which only this file can make.

use crate::{App, error::Fault, form, visit::Visit};
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    StaffId,
    staff::{StaffRole, StaffStatus},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use site::{Role, Route, Who};
use std::sync::Arc;
use store::staff::Staff;
use vault_api::{CapToken, Holder, VaultError};

/// Proof that the vault knows this member of staff now, that he or she works here, and that the role is enough for
/// the route. No `Debug`: it holds the capability.
#[derive(Clone)]
pub struct StaffSession {
    inner: Arc<Inner>,
}

struct Inner {
    staff: Staff,
    cap: CapToken,
    set_up: bool,
    proved: bool,
}

impl StaffSession {
    /// Who it is.
    pub fn id(&self) -> StaffId {
        self.inner.staff.id
    }

    /// What colleagues call him or her.
    pub fn name(&self) -> &str {
        &self.inner.staff.display_name
    }

    /// By what he or she signs in.
    pub fn login(&self) -> &str {
        &self.inner.staff.login
    }

    /// What he or she may do.
    pub fn role(&self) -> Role {
        role(self.inner.staff.role)
    }

    /// Whether what needs this role may be done.
    pub fn may(&self, needed: Role) -> bool {
        self.role() >= needed
    }

    /// For the vault.
    pub fn cap(&self) -> CapToken {
        self.inner.cap.clone()
    }

    /// Whether this is the session of a one-time link, which may set password and second factor.
    pub fn set_up(&self) -> bool {
        self.inner.set_up
    }

    /// Whether there was a proof within the last minutes that it is he or she.
    pub fn proved(&self) -> bool {
        self.inner.proved
    }

    /// Whether he or she was invited and has not finished setting up.
    pub fn invited(&self) -> bool {
        self.inner.staff.status == StaffStatus::Invited
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StaffSession {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<StaffSession, Fault> {
        parts.extensions.get::<StaffSession>().cloned().ok_or(Fault::StaffSignIn)
    }
}

/// The map's word for a role of the database.
pub fn role(role: StaffRole) -> Role {
    match role {
        StaffRole::Owner => Role::Owner,
        StaffRole::Manager => Role::Manager,
        StaffRole::Clerk => Role::Clerk,
    }
}

/// Around every route of the back office.
pub async fn layer(State(app): State<App>, visit: Visit, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let route = path.and_then(|path| declared(request.method(), path.as_str()));
    let mut response = match route {
        // Not on the map: nothing behind this wall is asked.
        None => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Some(route) => match admit(&app, &visit, route, request).await {
            Ok(request) => next.run(request).await,
            Err(fault) => fault.into_response(),
        },
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn admit(app: &App, visit: &Visit, route: &Route, mut request: Request) -> Result<Request, Fault> {
    let posted = request.method() == Method::POST;
    if posted && !form::from_our_page(request.headers(), &app.config().shop_origin, true) {
        return Err(Fault::Expired);
    }
    if route.who == Who::Public {
        let with = app.clone();
        // Facts that cannot be read leave the old ones standing: the sign-in page needs none.
        let _ = app.store().read(move |tx| with.read_shop(tx)).await;
        return Ok(request);
    }
    let session = session(app, visit).await?;
    if !allows(route, session.role(), session.set_up()) {
        return Err(Fault::Forbidden);
    }
    request.extensions_mut().insert(session);
    Ok(request)
}

/// The route as the map of the site has it.
fn declared(method: &Method, pattern: &str) -> Option<&'static Route> {
    let method = match *method {
        Method::GET | Method::HEAD => site::Method::Get,
        Method::POST => site::Method::Post,
        _ => return None,
    };
    desk_routes().find(|r| r.method == method && r.pattern == pattern)
}

/// Every route of the back office.
fn desk_routes() -> impl Iterator<Item = &'static Route> {
    site::routes().filter(|r| r.page.is_back_office())
}

/// Whether a member of staff with this role may take the route.
fn allows(route: &Route, role: Role, set_up: bool) -> bool {
    match route.who {
        Who::Public => true,
        Who::StaffSetup => set_up,
        Who::Staff(needed) => role >= needed,
        Who::GuestOrder | Who::Customer | Who::Processor => false,
    }
}

/// Asks the vault whose the cookie's capability is, and the database whether he or she still works here.
async fn session(app: &App, visit: &Visit) -> Result<StaffSession, Fault> {
    let cap = visit.staff_cap().ok_or(Fault::StaffSignIn)?.clone();
    let asked = cap.clone();
    let identity = match app.vault().ask(move |vault| vault.who_am_i(&asked)).await? {
        Ok(identity) => identity,
        Err(VaultError::Denied(_)) => return Err(Fault::StaffSignIn),
        Err(error) => return Err(error.into()),
    };
    let Holder::Staff { staff, set_up } = identity.holder else { return Err(Fault::StaffSignIn) };
    let with = app.clone();
    let row = app
        .store()
        .read(move |tx| {
            with.read_shop(tx)?;
            store::staff::get(tx, StaffId(staff))
        })
        .await?;
    match row {
        Some(staff) if works_here(staff.status, set_up) => {
            Ok(StaffSession { inner: Arc::new(Inner { staff, cap, set_up, proved: identity.proved }) })
        }
        _ => Err(Fault::StaffSignIn),
    }
}

/// Whoever was invited comes in by the link of the invitation only.
fn works_here(status: StaffStatus, set_up: bool) -> bool {
    match status {
        StaffStatus::Active => true,
        StaffStatus::Invited => set_up,
        StaffStatus::Left => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_the_map_is_not_there() {
        assert!(declared(&Method::GET, "/admin").is_some());
        assert!(declared(&Method::HEAD, "/admin/orders/{id}").is_some());
        assert!(declared(&Method::POST, "/admin").is_none());
        assert!(declared(&Method::DELETE, "/admin/orders/{id}").is_none());
        assert!(declared(&Method::GET, "/admin/settings").is_none());
    }

    #[test]
    fn a_role_is_enough_or_not() {
        for route in desk_routes() {
            for role in Role::ALL {
                let want = match route.who {
                    Who::Public => true,
                    Who::Staff(needed) => role >= needed,
                    _ => false,
                };
                assert_eq!(allows(route, role, false), want, "{} {}", route.id, role.word());
            }
            assert_eq!(
                allows(route, Role::Clerk, true),
                !matches!(route.who, Who::Staff(n) if n > Role::Clerk)
            );
        }
    }

    #[test]
    fn whoever_has_left_is_out_and_roles_have_one_word() {
        assert!(works_here(StaffStatus::Active, false) && works_here(StaffStatus::Invited, true));
        assert!(!works_here(StaffStatus::Invited, false) && !works_here(StaffStatus::Left, true));
        for r in StaffRole::ALL {
            assert_eq!(role(*r).word(), r.word());
        }
    }
}
