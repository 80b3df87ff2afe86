//! Proving anew that whoever holds a capability is the person: asked for before his own means are changed, and before
//! an owner decides who works here. A stolen session that is older than a few minutes changes nothing that lasts.

use crate::{
    entry::Kind,
    house::{Asked, Done, Fault, House},
    records::with_cap,
    subject::Subject,
};
use vault_api::{CapToken, Proof, Reason, Response};

impl House {
    pub(crate) fn prove_anew(&self, asked: Asked, token: &CapToken, proof: &Proof) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        match (subject, proof) {
            (Subject::Customer(_), proof) => drop(self.prove(asked, token, proof)?),
            (Subject::Staff(staff), Proof::PasswordAndCode(password, code)) => {
                let login = self.login_of(staff)?;
                let by = self.both_factors(asked, &login, password, code).map_err(|fault| match fault {
                    Fault::Denied(reason, _) => cap.denied(reason),
                    other => other,
                })?;
                if by != staff {
                    return Err(cap.denied(Reason::SignIn));
                }
            }
            (Subject::Staff(_), Proof::Passkey(assertion)) => {
                self.proved_by_passkey(asked, &cap, subject, assertion)?
            }
            (Subject::Staff(_), Proof::Password(_)) => {
                return Err(Fault::Bad("staff prove by password and code, or by a passkey"));
            }
        }
        self.write(&with_cap(asked.entry(Kind::SignIn), Some(&cap)))?;
        self.sign_ins.proved(&cap.hash, asked.now_ms);
        Ok(Response::Done)
    }
}
